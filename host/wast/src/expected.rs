//! Lists of failures that are known, each with its reason.
//!
//! A line is `PATH REASON…` or `PATH:LINE,LINE… REASON…`; blank lines and lines that start with `#` are passed over. A path
//! stands for every script whose path ends with it. Without a line number some directive of the script must fail, with
//! numbers each of these very directives. A failure that is not listed and a listed one that did not happen are both surprises, so a
//! list cannot rot.

use crate::report::Report;
use coracle::{Result, bail};

/// A list of failures that are known.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    path: String,
    /// Empty for some line or other.
    lines: Vec<usize>,
    reason: String,
}

/// What a report is, seen beside a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing failed, nor should it.
    Passed,
    /// What failed is what the list says.
    FailedAsExpected,
    /// Surprises, one line each.
    Surprise(Vec<String>),
}

impl Expected {
    /// Reads a list.
    ///
    /// # Errors
    /// When a row has no reason, or a line number that is none.
    pub fn parse(text: &str) -> Result<Self> {
        let mut rows = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((place, reason)) = line.split_once(char::is_whitespace) else {
                bail!("line {}: `{line}` has no reason", number + 1);
            };
            let (path, lines) = match place.rsplit_once(':') {
                Some((path, at)) => match at.split(',').map(str::parse).collect() {
                    Ok(lines) => (path, lines),
                    Err(_) => bail!("line {}: `{at}` is no line number", number + 1),
                },
                None => (place, Vec::new()),
            };
            rows.push(Row { path: path.to_owned(), lines, reason: reason.trim().to_owned() });
        }
        Ok(Self { rows })
    }

    /// Compares a report with the list.
    pub fn judge(&self, report: &Report) -> Verdict {
        let mut surprises = Vec::new();
        let whole = self.rows_of(&report.path).any(|row| row.lines.is_empty());
        for failure in &report.failures {
            let listed = self.rows_of(&report.path).any(|row| row.lines.contains(&failure.line));
            if !whole && !listed {
                let (line, column) = (failure.line, failure.column);
                surprises.push(format!("{line}:{column}: {}: {}", failure.directive, failure.message));
            }
        }
        for row in self.rows_of(&report.path) {
            if row.lines.is_empty() && report.failures.is_empty() {
                surprises.push(format!("the script passed, but is listed as failing: {}", row.reason));
            }
            let failed = |line: &usize| report.failures.iter().any(|failure| failure.line == *line);
            for line in row.lines.iter().filter(|line| !failed(line)) {
                surprises.push(format!("line {line} passed, but is listed as failing: {}", row.reason));
            }
        }
        match (surprises.is_empty(), report.failures.is_empty()) {
            (false, _) => Verdict::Surprise(surprises),
            (true, true) => Verdict::Passed,
            (true, false) => Verdict::FailedAsExpected,
        }
    }

    fn rows_of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| {
            path.strip_suffix(row.path.as_str()).is_some_and(|front| front.is_empty() || front.ends_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Failure;

    fn failed_at(path: &str, lines: &[usize]) -> Report {
        let failures = lines.iter().map(|&line| Failure { line, column: 1, directive: "invoke", message: "no".into() });
        Report { path: path.into(), passed: 1, failures: failures.collect(), ..Report::default() }
    }

    #[test]
    fn surprises_go_both_ways() {
        let list = Expected::parse("# known\ni31.wast  garbage collection\n\na/b.wast:7,9 a bug\n").unwrap();
        assert_eq!(list.judge(&failed_at("x/i31.wast", &[3])), Verdict::FailedAsExpected);
        assert!(matches!(list.judge(&failed_at("x/i31.wast", &[])), Verdict::Surprise(_)));
        assert!(matches!(list.judge(&failed_at("x/ai31.wast", &[3])), Verdict::Surprise(_)));
        assert_eq!(list.judge(&failed_at("a/b.wast", &[7, 9])), Verdict::FailedAsExpected);
        assert!(matches!(list.judge(&failed_at("a/b.wast", &[7, 8, 9])), Verdict::Surprise(_)));
        assert!(matches!(list.judge(&failed_at("a/b.wast", &[7])), Verdict::Surprise(_)));
        assert!(matches!(list.judge(&failed_at("a/b.wast", &[])), Verdict::Surprise(_)));
        assert_eq!(list.judge(&failed_at("b.wast", &[])), Verdict::Passed);
    }

    #[test]
    fn a_row_needs_a_reason() {
        assert!(Expected::parse("a.wast").is_err());
        assert!(Expected::parse("a.wast:x because").is_err());
    }
}

//! What came of a script.

use std::fmt;

/// A directive that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line, from 1.
    pub line: usize,
    /// The column, in bytes from 1.
    pub column: usize,
    /// The directive, as a script spells it.
    pub directive: &'static str,
    /// What was wrong.
    pub message: String,
}

/// What came of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The script.
    pub path: String,
    /// How many directives held.
    pub passed: usize,
    /// How many of these say of a component that it is valid, where it uses what cannot be run.
    pub only_validated: usize,
    /// Those that did not, in order.
    pub failures: Vec<Failure>,
}

impl Report {
    /// How many directives were run.
    pub fn total(&self) -> usize {
        self.passed + self.failures.len()
    }

    /// Whether every directive held.
    pub fn is_success(&self) -> bool {
        self.failures.is_empty()
    }

    /// Takes in what another thread of the same script has found.
    pub(crate) fn absorb(&mut self, other: Report) {
        self.passed += other.passed;
        self.only_validated += other.only_validated;
        self.failures.extend(other.failures);
    }
}

/// One line of totals, then one line for each failure.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}/{} directives passed", self.path, self.passed, self.total())?;
        if self.only_validated > 0 {
            write!(f, ", {} of them only validated", self.only_validated)?;
        }
        for Failure { line, column, directive, message } in &self.failures {
            let message = message.trim_end().replace('\n', "\n    ");
            write!(f, "\n{}:{line}:{column}: {directive}: {message}", self.path)?;
        }
        Ok(())
    }
}

//! Options in groups, by the letters and keys of Wasmtime's command: `-W fuel=7`, `-S tcp,udp=n`.
//!
//! Each group is a table. A row says what an option does, or why it does nothing: what means nothing here is taken with a
//! word about it, so that a command line that was written for Wasmtime runs; what would promise something that is not kept
//! is refused. `-W help` prints the table.
//!
//! # Invariants
//! - A key that a table does not have is an error, never ignored.
//! - What is without effect is told once, on standard error.

pub(crate) mod codegen;
pub(crate) mod wasi;
pub(crate) mod wasm;

use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::time::Duration;

/// How alike two keys are from which on one is taken for a slip of the other, out of 1.
const ALIKE: f64 = 0.8;

/// Options of one letter, and what they add up to.
pub(crate) trait Group: Default + Clone + Send + Sync + 'static {
    /// The letter, and the long name.
    const NAMES: (char, &'static str);
    /// What there is.
    const ROWS: &'static [Row<Self>];
}

/// One option.
pub(crate) struct Row<G: 'static> {
    /// Its name; with `*` at its end, all that begin so.
    key: &'static str,
    /// What stands behind the `=`, for people; empty where that may be left out.
    value: &'static str,
    help: &'static str,
    take: Take<G>,
}

impl<G> Row<G> {
    const fn new(key: &'static str, value: &'static str, help: &'static str, take: Take<G>) -> Self {
        Self { key, value, help, take }
    }

    /// Cranelift's settings are known by names with `_`, and here by the same with `-`.
    fn is(&self, key: &str) -> bool {
        match self.key.strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => self.key == key || key.contains('_') && self.key == key.replace('_', "-"),
        }
    }
}

/// What an option does with its value.
enum Take<G> {
    /// `y` or `n`.
    Flag(fn(&mut G, bool)),
    /// A number.
    Number(fn(&mut G, u64)),
    /// A number that counts bytes or things in memory.
    Size(fn(&mut G, usize)),
    /// Seconds, or a number with `ms`, `us`, `ns`, `s`, `m` or `h` behind it.
    Time(fn(&mut G, Duration)),
    /// A name and a value.
    Pair(fn(&mut G, String, String)),
    /// Nothing, whatever the value is.
    Nothing,
    /// It is so in any case: `n` is refused.
    Always,
    /// It is never so: all but `n` is refused.
    Never,
}

/// An option's value, read.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Flag(bool),
    Number(u64),
    Size(usize),
    Time(Duration),
    Pair(String, String),
    /// It has no effect, which is worth a word.
    Noted(String),
    /// It is as it is in any case.
    Given,
}

/// One option of a command line.
pub(crate) struct Chosen<G: 'static> {
    row: &'static Row<G>,
    value: Value,
}

impl<G> Clone for Chosen<G> {
    fn clone(&self) -> Self {
        Self { row: self.row, value: self.value.clone() }
    }
}

/// Why an option's text is none.
#[derive(Debug)]
pub(crate) enum OptionError {
    /// The table was asked for: here it is.
    Help(String),
    Wrong(String),
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Help(text) | Self::Wrong(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for OptionError {}

impl<G: Group> FromStr for Chosen<G> {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        if text == "help" {
            return Err(OptionError::Help(table::<G>()));
        }
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, None),
        };
        let row = G::ROWS.iter().find(|row| row.is(key)).ok_or_else(|| OptionError::Wrong(unknown::<G>(key)))?;
        let value = read(row, key, value, G::NAMES.0).map_err(OptionError::Wrong)?;
        Ok(Self { row, value })
    }
}

/// What all options of a group come to, the last one of a kind before the others.
pub(crate) fn sum<G: Group>(chosen: &[Chosen<G>]) -> G {
    let mut sum = G::default();
    for Chosen { row, value } in chosen {
        match (&row.take, value.clone()) {
            (Take::Flag(take), Value::Flag(on)) => take(&mut sum, on),
            (Take::Number(take), Value::Number(number)) => take(&mut sum, number),
            (Take::Size(take), Value::Size(size)) => take(&mut sum, size),
            (Take::Time(take), Value::Time(time)) => take(&mut sum, time),
            (Take::Pair(take), Value::Pair(name, value)) => take(&mut sum, name, value),
            _ => {}
        }
    }
    sum
}

/// A word about each option that is without effect.
pub(crate) fn notes<G: Group>(chosen: &[Chosen<G>]) -> impl Iterator<Item = &str> {
    chosen.iter().filter_map(|chosen| match &chosen.value {
        Value::Noted(note) => Some(note.as_str()),
        _ => None,
    })
}

fn read<G>(row: &Row<G>, key: &str, value: Option<&str>, letter: char) -> Result<Value, String> {
    let needed = || value.ok_or_else(|| format!("`{key}` needs a value: {key}={}", row.value));
    let on = || match value {
        None | Some("y" | "yes" | "true") => Ok(true),
        Some("n" | "no" | "false") => Ok(false),
        Some(other) => Err(format!("`{other}` is neither `y` nor `n`, which is what `{key}` takes")),
    };
    match row.take {
        Take::Flag(_) => on().map(Value::Flag),
        Take::Number(_) => number(key, needed()?).map(Value::Number),
        Take::Size(_) => number(key, needed()?).map(Value::Size),
        Take::Time(_) => time(needed()?).map(Value::Time),
        Take::Pair(_) => {
            let pair = value.and_then(|value| value.split_once('='));
            let (name, value) = pair
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| format!("`{key}` needs a name and a value: {key}=NAME=VALUE"))?;
            Ok(Value::Pair(name.to_owned(), value.to_owned()))
        }
        Take::Nothing => Ok(Value::Noted(format!("`-{letter} {key}` has no effect: {}", row.help))),
        Take::Always => match on()? {
            true => Ok(Value::Given),
            false => Err(format!("`{key}` cannot be switched off: {}", row.help)),
        },
        Take::Never => match on() {
            Ok(false) => Ok(Value::Given),
            _ => Err(format!("`{key}` is refused: {}", row.help)),
        },
    }
}

fn number<N: FromStr>(key: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is no number that `{key}` can have"))
}

/// A time: `2`, `2s`, `100ms`, `1.5s`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let end = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "us" | "μs" => 1e-6,
        "ns" => 1e-9,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is no unit of time; there are h, m, s, ms, us and ns")),
    };
    let number: f64 = number.parse().map_err(|_| format!("`{text}` is no time; write `2s` or `100ms`"))?;
    let time = Duration::try_from_secs_f64(number * seconds).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| format!("`{text}` is no time that can be waited for"))
}

fn unknown<G: Group>(key: &str) -> String {
    let letter = G::NAMES.0;
    let mut near: Vec<(f64, &str)> =
        G::ROWS.iter().map(|row| (strsim::jaro(row.key, key), row.key)).filter(|&(alike, _)| alike >= ALIKE).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    match near.first() {
        Some((_, near)) => format!("unknown option `{key}`; did you mean `{near}`? `-{letter} help` prints all"),
        None => format!("unknown option `{key}`; `-{letter} help` prints all that there are"),
    }
}

/// A group's options, for people.
fn table<G: Group>() -> String {
    let (letter, long) = G::NAMES;
    let mut text = format!("Options of -{letter}, --{long}; several are separated by commas\n");
    let mut rows = |title: &str, wanted: &dyn Fn(&Take<G>) -> bool| {
        let mut began = false;
        for row in G::ROWS.iter().filter(|row| wanted(&row.take)) {
            if !began {
                let _ = write!(text, "\n{title}\n");
                began = true;
            }
            let name = match row.value {
                "" => row.key.to_owned(),
                value => format!("{}={value}", row.key),
            };
            let _ = writeln!(text, "  {name:<36} {}", row.help);
        }
    };
    rows("What is granted, limited or changed:", &|take| !matches!(take, Take::Nothing | Take::Always | Take::Never));
    rows("On in any case:", &|take| matches!(take, Take::Always));
    rows("Accepted, and without effect:", &|take| matches!(take, Take::Nothing));
    rows("Refused:", &|take| matches!(take, Take::Never));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::codegen::{Codegen, Debug, Optimize};
    use crate::options::wasi::Wasi;
    use crate::options::wasm::Wasm;

    fn sound<G: Group>() {
        for (position, row) in G::ROWS.iter().enumerate() {
            assert!(
                row.key.bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789*".contains(&byte)),
                "{}",
                row.key
            );
            assert!(!row.help.is_empty() && !row.help.ends_with('.'), "{}", row.key);
            let first = G::ROWS.iter().position(|other| other.is(row.key));
            assert_eq!(first, Some(position), "`{}` stands behind a row that takes it", row.key);
        }
        assert!(matches!("help".parse::<Chosen<G>>(), Err(OptionError::Help(_))));
        assert!(matches!("".parse::<Chosen<G>>(), Err(OptionError::Wrong(_))));
        assert!(matches!("=".parse::<Chosen<G>>(), Err(OptionError::Wrong(_))));
    }

    #[test]
    fn the_tables_are_sound() {
        sound::<Wasm>();
        sound::<Wasi>();
        sound::<Optimize>();
        sound::<Codegen>();
        sound::<Debug>();
    }

    #[test]
    fn times() {
        for (text, millis) in
            [("2", 2000), ("2s", 2000), ("100ms", 100), ("1.5s", 1500), ("1m", 60_000), ("1h", 3_600_000)]
        {
            assert_eq!(time(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", "s", "-1", "1d", "0", "1e9", ".", "99999999999999999999h"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn slips_are_told() {
        let Err(error) = "fule=1".parse::<Chosen<Wasm>>() else { unreachable!("there is no such option") };
        assert!(error.to_string().contains("did you mean `fuel`"), "{error}");
    }
}

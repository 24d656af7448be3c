//! Ops of proposals that a build may be without: they have their places in all builds, and handlers where they are used.
//!
//! Such ops stand between others, some of them as forms of a row. So ops are numbered alike with them and without,
//! unlike those of `threads` and `simd`; and what was prepared says which of them it has. The loop dispatcher has all
//! handlers: it is not for machines with little memory for code, and would take minutes to compile.
//!
//! # Invariants
//! - What is not linked is not emitted: such operators are refused, and so is prepared code that has them.

#[cfg(any(tail_dispatch, handlers_apart))]
use crate::exec::machine::Exec;
use crate::exec::ops::{ROWS, Row, for_each_op};

/// The features that an op takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// It throws.
    pub(crate) exceptions: bool,
    /// It has an address of 64 bits.
    pub(crate) memory64: bool,
    /// It computes with floats, or moves them.
    pub(crate) floats: bool,
}

macro_rules! parts {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// What all forms of a row take, by its text.
        const PARTS: [Parts; ROWS] = [$(Parts::of_text($text)),*];
    };
}
for_each_op!(parts);

impl Parts {
    const fn of_text(row: &str) -> Self {
        Self { exceptions: has(row, "throw"), memory64: false, floats: has(row, "f32") || has(row, "f64") }
    }

    /// What an op takes: its form's text tells the rest.
    #[allow(dead_code, reason = "builds that prepare no code do not ask")]
    pub(crate) const fn of(row: Row, form: &str) -> Self {
        Self { memory64: has(form, "64"), ..PARTS[row as usize] }
    }
}

/// Whether this build has the handler of an op.
#[cfg(any(tail_dispatch, handlers_apart))]
pub(crate) const fn linked<E: Exec>(row: Row) -> bool {
    let row = PARTS[row as usize];
    (cfg!(feature = "exceptions") || !row.exceptions)
        && (cfg!(feature = "floats") || !row.floats)
        && (cfg!(feature = "memory64") || !has(E::FORM, "64"))
}

/// Whether a text has another in it.
const fn has(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut start = 0;
    while start + part.len() <= text.len() {
        let mut same = 0;
        while same < part.len() && text[start + same] == part[same] {
            same += 1;
        }
        if same == part.len() {
            return true;
        }
        start += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::forms::{all, form_of};
    use std::collections::BTreeSet;

    #[test]
    fn ops_are_told_apart_by_their_texts() {
        let ops: Vec<_> = all().filter_map(form_of).map(|(row, form)| (row, form.name)).collect();
        let of = |part: fn(&Parts) -> bool| ops.iter().filter(move |&&(row, form)| part(&Parts::of(row, form)));
        let throw: Vec<_> = of(|parts| parts.exceptions).map(|(row, _)| row.text()).collect();
        assert_eq!(throw, ["throw", "throw_ref"]);
        let wide: BTreeSet<_> = of(|parts| parts.memory64).map(|&(_, form)| form).collect();
        assert_eq!(wide.into_iter().collect::<Vec<_>>(), ["64", "any64", "s64", "s64_fuel"]);
        let integers = ["i32.add", "i64.load", "br_if i64.eq", "global.get", "memory.copy", "return1"];
        let floats: BTreeSet<_> = of(|parts| parts.floats).map(|(row, _)| row.text()).collect();
        assert!(integers.iter().all(|row| !floats.contains(row)));
        assert!(
            ["f32.load", "i32.trunc_sat_f64_u", "br_if f64.nlt", "f64.canon"].iter().all(|row| floats.contains(row))
        );
    }
}

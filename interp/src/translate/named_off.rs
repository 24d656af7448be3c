//! Operators have no names: the twin of `named` in builds without the feature `inspect`, since the names of all come to
//! tens of kilobytes.

use wasmparser::Operator;

/// What an operator is called.
pub(crate) fn named(_: &Operator<'_>) -> &'static str {
    "an operator"
}

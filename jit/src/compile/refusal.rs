//! Why a body is not compiled.

use std::fmt;

/// Why a function stays in the interpreter.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(String);

impl Refusal {
    /// For this reason.
    pub(crate) fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }

    /// For an operator that is not known here.
    pub(crate) fn operator(op: &wasmparser::Operator<'_>) -> Self {
        let text = format!("{op:?}");
        let name = text.split([' ', '{', '(']).next().unwrap_or_default();
        Self(format!("operator {name} is not compiled"))
    }

    /// For a body that the reader does not take.
    pub(crate) fn unreadable(error: wasmparser::Error) -> Self {
        Self(format!("body cannot be read: {error}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

//! Operators by their names, for messages.

use alloc::string::String;
use wasmparser::Operator;

/// What an operator is called.
pub(crate) fn named(op: &Operator<'_>) -> String {
    let name = alloc::format!("{op:?}");
    alloc::format!("the operator {}", name.split([' ', '{', '(']).next().unwrap_or_default())
}

//! Compact builds name what is missing and guess nothing.

use alloc::string::String;
use alloc::vec::Vec;

/// Nothing.
pub(crate) fn near(_: &str, _: impl FnOnce() -> Vec<String>) -> Vec<String> {
    Vec::new()
}

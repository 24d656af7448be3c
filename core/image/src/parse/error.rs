//! What is wrong with bytes, in our words.

use coracle_error::{Error, ErrorKind};

/// A parser's or validator's error as ours.
#[cold]
pub fn invalid(error: wasmparser::Error) -> Error {
    let message = alloc::string::String::from(error.message());
    Error::fault_at(ErrorKind::Invalid, message, error.offset())
}

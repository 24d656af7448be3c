//! What makes a result one of ours where its type alone does not say so.

use crate::error::Result;

/// `Ok`, with [`Error`](crate::Error) as the error's type: for closures whose type nothing else tells.
///
/// # Errors
/// Never.
#[allow(non_snake_case)]
pub fn Ok<T>(value: T) -> Result<T> {
    Result::Ok(value)
}

/// A result whose error is, or becomes, an [`Error`](crate::Error).
pub trait ToWasmtimeResult<T> {
    /// The same with an [`Error`](crate::Error).
    ///
    /// # Errors
    /// The error that there was.
    fn to_wasmtime_result(self) -> Result<T>;
}

impl<T> ToWasmtimeResult<T> for Result<T> {
    fn to_wasmtime_result(self) -> Self {
        self
    }
}

//! Coracle's errors under the name `wasmtime-environ`, for `[patch.crates-io]`.
//!
//! `wiggle` and its macro take their errors from there. It is all that they take, so it is all that is here.
//!
//! # What is absent
//! Logic, and everything that Wasmtime's own crates share by that name.
#![no_std]

pub use coracle_error::ToWasmtimeResult;

/// Errors: [`Error`](error::Error), and how one is made and carried on.
pub mod error {
    pub use coracle_error::{Chain, Context, Error, Ok, Result, ToWasmtimeResult, bail, ensure, format_err};
}

//! Errors and traps of Coracle: a leaf that all its packages, and what only needs its errors, depend on.
#![no_std]

extern crate alloc;

pub mod error;
pub mod trap;

pub use error::{Chain, Context, Error, ErrorKind, Fault, Result};
pub use trap::Trap;

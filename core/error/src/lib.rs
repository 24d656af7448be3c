//! Errors and traps of Coracle: a leaf that all its packages, and what only needs its errors, depend on.
#![no_std]

extern crate alloc;

#[cfg(feature = "anyhow")]
mod abroad;
#[cfg(not(feature = "anyhow"))]
#[path = "abroad_off.rs"]
mod abroad;
mod convert;
pub mod error;
#[cfg(feature = "anyhow")]
mod exchange;
pub mod fallible;
mod room;
pub mod shared;
mod told;
pub mod trap;
#[cfg_attr(all(feature = "compact", not(feature = "messages")), path = "wording_off.rs")]
mod wording;

/// The crate whose errors become ours, and the other way round.
#[cfg(feature = "anyhow")]
pub use anyhow;
pub use convert::{Ok, ToWasmtimeResult};
pub use error::{Chain, Context, Error, ErrorKind, Fault, OutOfMemory, Result};
pub use told::Told;
pub use trap::Trap;
pub use wording::{TEXTS, Wording};

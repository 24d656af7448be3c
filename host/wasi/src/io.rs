//! Streams and readiness: the traits behind `wasi:io`, and what its functions do.

mod poll;
mod streams;

pub use poll::{DynFuture, DynPollable, MakeFuture, Pollable, subscribe};
pub use streams::{DynInputStream, DynOutputStream, Error, InputStream, OutputStream, StreamError, StreamResult};

//! Coracle under the name `wasmtime`, for `[patch.crates-io]`: a dependency tree that was written for Wasmtime 48 builds
//! on Coracle by two lines in the manifest of whoever is at its root.
//!
//! ```toml
//! [patch.crates-io]
//! wasmtime = { git = "…", package = "wasmtime" }
//! wasmtime-environ = { git = "…", package = "wasmtime-environ" }
//! ```
//!
//! A program of one's own needs less: `wasmtime = { package = "coracle", … }`.
//!
//! # What is absent
//! Logic. What Coracle has no equal to is a missing name.
#![no_std]

pub use coracle::*;

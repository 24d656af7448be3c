//! Coracle under the name `wasmtime`, for `[patch.crates-io]`: a dependency tree that was written for Wasmtime 48 builds
//! on Coracle by two lines in the manifest at the root of its workspace.
//!
//! ```toml
//! [patch.crates-io]
//! wasmtime = { git = "…" }
//! wasmtime-environ = { git = "…" }
//! ```
//!
//! A program of one's own that needs no such tree needs less: `wasmtime = { package = "coracle", … }`.
//!
//! # A host with WASI
//!
//! ```
//! use wasmtime::component::{Component, Linker, ResourceTable};
//! use wasmtime::{Engine, Result, Store};
//! use wasmtime_wasi::p2::{bindings::sync::Command, pipe::MemoryOutputPipe};
//! use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
//!
//! struct State {
//!     wasi: WasiCtx,
//!     table: ResourceTable,
//! }
//!
//! impl WasiView for State {
//!     fn ctx(&mut self) -> WasiCtxView<'_> {
//!         WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
//!     }
//! }
//!
//! fn main() -> Result<()> {
//!     let engine = Engine::default();
//!     let component = Component::from_file(&engine, "../../tests/guests/hello/hello.wasm")?;
//!     let mut linker = Linker::<State>::new(&engine);
//!     wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
//!
//!     let stdout = MemoryOutputPipe::new(4096);
//!     let wasi = WasiCtx::builder().stdout(stdout.clone()).args(&["hello", "Ada"]).build();
//!     let mut store = Store::new(&engine, State { wasi, table: ResourceTable::new() });
//!     let command = Command::instantiate(&mut store, &component, &linker)?;
//!     assert!(command.wasi_cli_run().call_run(&mut store)?.is_ok());
//!     assert!(stdout.contents().starts_with(b"Hello, Ada!"));
//!     Ok(())
//! }
//! ```
//!
//! # What is absent
//! Logic. What Coracle has no equal to is a missing name.
#![no_std]

pub use coracle::*;

//! WASI 0.2 for Coracle: what a component of the `wasi:cli/command` world may ask of its host.
//!
//! Paths and names are those of the `wasmtime-wasi` crate, so that an embedder moves by changing a
//! dependency. A [`WasiCtx`] says what one guest may touch; a fresh one grants nothing: no arguments,
//! no environment, an empty standard input, and outputs that swallow what is written to them.
//!
//! ```no_run
//! use coracle::component::{Component, Linker, ResourceTable};
//! use coracle::{Engine, Result, Store};
//! use coracle_wasi::p2::bindings::sync::Command;
//! use coracle_wasi::{WasiCtx, WasiCtxView, WasiView};
//!
//! struct State {
//!     ctx: WasiCtx,
//!     table: ResourceTable,
//! }
//!
//! impl WasiView for State {
//!     fn ctx(&mut self) -> WasiCtxView<'_> {
//!         WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
//!     }
//! }
//!
//! fn main() -> Result<()> {
//!     let engine = Engine::default();
//!     let mut linker = Linker::<State>::new(&engine);
//!     coracle_wasi::p2::add_to_linker_sync(&mut linker)?;
//!     let ctx = WasiCtx::builder().inherit_stdout().arg("hello").build();
//!     let mut store = Store::new(&engine, State { ctx, table: ResourceTable::new() });
//!     let component = Component::from_file(&engine, "hello.wasm")?;
//!     let command = Command::instantiate(&mut store, &component, &linker)?;
//!     let succeeded = command.wasi_cli_run().call_run(&mut store)?.is_ok();
//!     println!("{succeeded}");
//!     Ok(())
//! }
//! ```
//!
//! # Invariants
//!
//! - Only the public API of `coracle` is used.
//! - `p2/bindings` has the types, traits and linker glue that `bindgen!` would emit for the texts in
//!   `wit/`; a test holds it to them. What the functions do stands in the other modules.
//! - A guest can neither panic the host nor make it allocate more than a fixed amount per call.

pub mod cli;
pub mod clocks;
mod ctx;
mod error;
mod executor;
pub mod filesystem;
mod io;
pub mod p2;
pub mod random;
mod view;

pub use self::clocks::{HostMonotonicClock, HostWallClock};
pub use self::ctx::{WasiCtx, WasiCtxBuilder};
pub use self::error::{I32Exit, TrappableError};
pub use self::random::Deterministic;
pub use self::view::{WasiCtxView, WasiView};
#[doc(no_inline)]
pub use async_trait::async_trait;
#[doc(no_inline)]
pub use coracle::component::{ResourceTable, ResourceTableError};
#[doc(no_inline)]
pub use rand_core::Rng;

/// Most bytes that one read or write moves; what a guest asks for beyond it, it gets in pieces.
const MAX_READ_SIZE_ALLOC: usize = 64 * 1024;

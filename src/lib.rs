//! Coracle: a runtime for WebAssembly components and modules that starts in an interpreter everywhere, and goes on as
//! native code where the program is hot.
//!
//! The API is Wasmtime's: names, signatures and behaviour. A program for Wasmtime's component or core API moves by one
//! line in its `Cargo.toml`: `wasmtime = { package = "coracle", … }`.
//!
//! ```
//! use coracle::{Caller, Engine, Linker, Module, Store};
//!
//! # fn main() -> coracle::Result<()> {
//! let engine = Engine::default();
//! let module = Module::new(&engine, r#"
//!     (module
//!         (import "host" "log" (func $log (param i32)))
//!         (func (export "double") (param i32) (result i32)
//!             (call $log (local.get 0))
//!             (i32.add (local.get 0) (local.get 0))))
//! "#)?;
//! let mut linker = Linker::new(&engine);
//! linker.func_wrap("host", "log", |mut caller: Caller<'_, Vec<i32>>, x: i32| caller.data_mut().push(x))?;
//!
//! let mut store = Store::new(&engine, Vec::new());
//! let instance = linker.instantiate(&mut store, &module)?;
//! let double = instance.get_typed_func::<i32, i32>(&mut store, "double")?;
//! assert_eq!(double.call(&mut store, 21)?, 42);
//! assert_eq!(store.data(), &[21]);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//! | feature | what it gives |
//! |---|---|
//! | `std` | threads, files, reserved memories |
//! | `jit` | Cranelift compiles what is hot; needs `std` |
//! | `simd` | 128-bit vectors |
//! | `floats`, `exceptions`, `memory64` | arithmetic of floats; `try_table`, `throw`, tags; memories and tables with 64-bit addresses: all three are part of `std` |
//! | `wat` | text format wherever bytes are taken; needs `std` |
//! | `inspect` | `inspect`, `Component::explain_export`, and operators by name in errors |
//! | `validate` | what is loaded is validated; part of `std`. Without it, nothing is loaded but what the program vouches for |
//! | `compact` | less code instead of the quickest, for microcontrollers: errors are a word, an offset, the number of a trap; off by default |
//! | `messages` | errors have texts in builds that are `compact`, too; part of `std` |
//! | `portable-dispatch` | the interpreter's dispatcher is a loop everywhere; slower, off by default |
//! | `profile-ops` | the interpreter counts what it dispatches; slow, off by default |
//! | `wit-parser` | exports can be looked up by `wit_parser::ItemName`; needs `std` |
//! | `anyhow` | our errors turn into those of the crate `anyhow`, and back |
//! | `cranelift`, and all others of Wasmtime 48 | accepted by name; `cranelift` is `jit` |
//!
//! The others are on by default. Without any, the crate needs `alloc` and nothing else.
//!
//! # What is absent
//! Logic: this crate names what the packages under `core` have, and [`Config`] joins the tiers.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod component;

#[cfg(feature = "std")]
mod code_builder;
mod config;
mod macros;

#[cfg(feature = "std")]
pub use code_builder::{CodeBuilder, CodeHint};
#[cfg(feature = "std")]
pub use config::{Cache, CacheConfig};
pub use config::{
    Collector, Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, ProfilingStrategy,
    RRConfig, RegallocAlgorithm, Strategy, WasmBacktraceDetails,
};
#[cfg(feature = "anyhow")]
pub use coracle_error::anyhow;
pub use coracle_error::{Error, ErrorKind, Result, ToWasmtimeResult, Trap, bail, ensure, format_err};
pub use coracle_image::entity::FuncIndex;
pub use coracle_image::fuel::{OperatorCost, VariableOperatorCost};
pub use coracle_image::plan::StaticModuleIndex;
pub use coracle_image::printable::Printable;
pub use coracle_vm::backtrace::{FrameInfo, FrameSymbol, WasmBacktrace};
pub use coracle_vm::embed::{
    Caller, ExnRef, ExnRefPre, ExnType, Export, ExportType, Extern, ExternRef, ExternType, Finality, Func, FuncType,
    GcHeapOutOfMemory, Global, GlobalType, HeapType, ImportType, Instance, InstancePre, IntoFunc, Linker, Memory,
    MemoryAccessError, MemoryType, MemoryTypeBuilder, Module, ModuleExport, ModuleFunction, ModuleVersionStrategy,
    Mutability, NoExtern, NoFunc, OwnedRooted, Precompiled, Ref, RefType, ResourcesRequired, RootScope, Rooted,
    RootedRef, SharedMemory, Table, TableType, Tag, TagType, ThrownException, TypedFunc, UnknownImportError, V128, Val,
    ValRaw, ValType, WaitResult, WasmParams, WasmResults, WasmRet, WasmTy, WasmTyList,
};
pub use coracle_vm::engine::{Engine, EngineWeak};
pub use coracle_vm::store::async_settings::CallHookHandler;
pub use coracle_vm::store::{
    AsContext, AsContextMut, CallHook, DEFAULT_INSTANCE_LIMIT, DEFAULT_MEMORY_LIMIT, DEFAULT_TABLE_LIMIT,
    ResourceLimiter, ResourceLimiterAsync, Store, StoreContext, StoreContextMut, StoreLimits, StoreLimitsBuilder,
    UpdateDeadline,
};
pub use coracle_vm::tier::{TierChange, TierEvent};
pub use coracle_vm::tuning::{Inlining, TierPolicy, Tuning};

#[cfg(feature = "inspect")]
pub use coracle_component::inspect;
#[cfg(feature = "profile-ops")]
pub use coracle_interp::tier::profile as op_profile;

/// Errors: [`Error`], and how context is added to one.
pub mod error {
    pub use coracle_error::{
        Chain, Context, Error, ErrorKind, Fault, Ok, OutOfMemory, Result, ToWasmtimeResult, bail, ensure, format_err,
    };
}

/// The code of the guides is compiled and run.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../docs/from-wasmtime.md")]
    struct FromWasmtime;

    #[doc = include_str!("../docs/from-wasmi.md")]
    struct FromWasmi;
}

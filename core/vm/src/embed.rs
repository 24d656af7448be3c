//! The API for core modules: what an embedder of WebAssembly without components sees.
//!
//! Names and behaviour are Wasmtime's. Handles ([`Func`], [`Memory`], [`Instance`] …) are small, `Copy`, and mean
//! something only with the store that they come from; with another store they panic. Behind them stand the numbers
//! and records of [`store`](crate::store); nothing here holds state of its own.
//!
//! # Invariants
//! - Whatever enters a store through this module is checked first: values by type, handles by store, types by engine.
//! - Arrows go one way: types (`types`, `extern_type`, `module`) and handles (`handle`) below; values (`val`), then what
//!   is done with each handle, above; `linker`, `default_value` and `unchecked` on top. A file names the file where a
//!   thing stands, never this one.
//! - `unsafe` stands in `raw`, where typed values become cells and back, and in `unchecked`, where whoever calls vouches
//!   for them.
//!
//! # What is absent
//! Components: they have an API of their own. Names: they are compared in [`Linker`] and in `get_export`, nowhere
//! else.

mod artifact;
mod backtrace;
mod caller;
mod default_value;
mod engine;
mod exception;
mod extern_type;
mod func;
mod global;
mod handle;
mod instance;
mod into_func;
mod item;
mod linker;
mod memory;
mod module;
mod raw;
mod reference;
mod table;
mod typed;
mod types;
mod unchecked;
mod val;
mod val_raw;

pub use crate::store::enter::ThrownException;
pub use caller::Caller;
pub use coracle_image::artifact::{ModuleVersionStrategy, Precompiled};
pub use engine::EngineConfig;
pub use extern_type::{
    ExnType, ExportType, ExternType, GlobalType, ImportType, MemoryType, MemoryTypeBuilder, ModuleExport, TableType,
    TagType,
};
pub use handle::{ExnRef, ExternRef, Func, Global, Instance, Memory, Rooted, SharedMemory, Table, Tag};
pub use instance::InstancePre;
pub use into_func::IntoFunc;
pub use item::{Export, Extern};
pub use linker::{Linker, UnknownImportError};
pub use memory::{MemoryAccessError, WaitResult};
pub use module::{Module, ModuleFunction, ResourcesRequired};
pub use raw::{WasmParams, WasmResults, WasmRet, WasmTy, WasmTyList};
pub use reference::{ExnRefPre, GcHeapOutOfMemory, OwnedRooted, RootScope, RootedRef};
pub use typed::TypedFunc;
pub use types::{Finality, FuncType, HeapType, Mutability, RefType, ValType};
pub use val::{NoExtern, NoFunc, Ref, V128, Val};
pub use val_raw::ValRaw;

/// What D1 promises of the handles.
const _: () = {
    const fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<Instance>();
    send_and_sync::<InstancePre<*mut u8>>();
    send_and_sync::<Module>();
    send_and_sync::<Func>();
    send_and_sync::<SharedMemory>();
    send_and_sync::<(Global, Table, Memory, Tag, Extern)>();
    send_and_sync::<TypedFunc<(), ()>>();
    send_and_sync::<Linker<*mut u8>>();
    send_and_sync::<Caller<'_, ()>>();
    send_and_sync::<(ExternRef, Rooted<ExternRef>, Val)>();
};

//! Components: the API that programs for Wasmtime's `component` module use.
//!
//! # Components that are linked to each other
//! An import can be an export of another component. All are instantiated together, each once.
//!
//! ```
//! use coracle::component::{Component, Linker};
//! use coracle::{Engine, Store};
//!
//! # fn main() -> coracle::Result<()> {
//! let engine = Engine::default();
//! let library = Component::new(&engine, r#"(component
//!     (core module $m (func (export "twice") (param i32) (result i32)
//!         (i32.mul (local.get 0) (i32.const 2))))
//!     (core instance $i (instantiate $m))
//!     (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $i "twice"))))"#)?;
//! let plugin = Component::new(&engine, r#"(component
//!     (import "double" (func $double (param "n" u32) (result u32)))
//!     (core func $lowered (canon lower (func $double)))
//!     (core module $m (import "" "double" (func $double (param i32) (result i32)))
//!         (func (export "run") (result i32) (call $double (i32.const 21))))
//!     (core instance $i (instantiate $m (with "" (instance (export "double" (func $lowered))))))
//!     (func (export "run") (result u32) (canon lift (core func $i "run"))))"#)?;
//! let library = Linker::<()>::new(&engine).instantiate_pre(&library)?;
//! let mut linker = Linker::new(&engine);
//! linker.root().export("double", &library, "twice")?;
//! let plugin = linker.instantiate_pre(&plugin)?;
//!
//! let mut store = Store::new(&engine, ());
//! let instance = plugin.instantiate(&mut store)?;
//! let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run")?;
//! assert_eq!(run.call(&mut store, ())?, (42,));
//! # Ok(())
//! # }
//! ```

pub use coracle_component::abi::resource::{Resource, ResourceAny, ResourceDynamic, ResourceType};
pub use coracle_component::abi::value::Val;
pub use coracle_component::abi::{ComponentNamedList, ComponentType, Lift, Lower};
pub use coracle_component::component::{
    Component, ExportError, ExportLookup, ExportLookup as InstanceExportLookup, ExportNode, Portable,
};
#[cfg(feature = "inspect")]
pub use coracle_component::component::{ExplainedName, Explanation, Outcome};
pub use coracle_component::func::{TypedFunc, TypedFuncPre};
#[cfg(feature = "adapters")]
pub use coracle_component::graph::{Graph, GraphEdge};
pub use coracle_component::handle::{Func, Instance};
pub use coracle_component::has_data::{Access, HasData, HasSelf};
pub use coracle_component::link::missing::{MissingImport, MissingImports};
pub use coracle_component::link::pre::InstancePre;
pub use coracle_component::link::{Linker, LinkerInstance};
pub use coracle_component::reflect::{self as types, Type};
pub use coracle_component::resource_table::{ResourceTable, ResourceTableError};
pub use coracle_component::view::{WasmList, WasmStr};
pub use coracle_image::export::ComponentExportIndex;
pub use coracle_macro::{ComponentType, Lift, Lower};

#[cfg(feature = "wave")]
pub use wasm_wave;
#[cfg(feature = "wit-parser")]
pub use wit_parser;

#[doc(inline)]
pub use crate::{__bindgen as bindgen, __flags as flags};

#[doc(hidden)]
pub use coracle_component::component_internal as __internal;

/// What the macros of this crate hand their input to, with `[$crate]` before it: so what they write names this crate,
/// by whatever name, or through whichever other crate, it was reached.
#[doc(hidden)]
pub mod __macros {
    pub use coracle_macro::{bindgen, flags};
}

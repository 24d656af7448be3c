//! Components: the API that programs for Wasmtime's `component` module use.

pub use coracle_component::abi::resource::{Resource, ResourceAny, ResourceDynamic, ResourceType};
pub use coracle_component::abi::value::Val;
pub use coracle_component::abi::{ComponentNamedList, ComponentType, Lift, Lower};
pub use coracle_component::component::{
    Component, ExportError, ExportLookup, ExportLookup as InstanceExportLookup, ExportNode,
};
#[cfg(feature = "inspect")]
pub use coracle_component::component::{ExplainedName, Explanation, Outcome};
pub use coracle_component::func::{TypedFunc, TypedFuncPre};
pub use coracle_component::handle::{Func, Instance};
pub use coracle_component::has_data::{Access, HasData, HasSelf};
pub use coracle_component::link::pre::InstancePre;
pub use coracle_component::link::{Linker, LinkerInstance};
pub use coracle_component::reflect::{self as types, Type};
pub use coracle_component::resource_table::{ResourceTable, ResourceTableError};
pub use coracle_component::view::{WasmList, WasmStr};
pub use coracle_image::export::ComponentExportIndex;
pub use coracle_macro::{ComponentType, Lift, Lower};

#[cfg(feature = "wave")]
pub use wasm_wave;

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

//! Components: the API that programs for Wasmtime's `component` module use.

pub use coracle_core::abi::{ComponentNamedList, ComponentType, Lift, Lower};
pub use coracle_core::component::{
    Component, ExplainedName, Explanation, ExportError, ExportLookup, ExportLookup as InstanceExportLookup, ExportNode,
    Outcome,
};
pub use coracle_core::export::ComponentExportIndex;
pub use coracle_core::func::{Func, TypedFunc, TypedFuncPre};
pub use coracle_core::has_data::{Access, HasData, HasSelf};
pub use coracle_core::instance::Instance;
pub use coracle_core::link::pre::InstancePre;
pub use coracle_core::link::{Linker, LinkerInstance};
pub use coracle_core::reflect::{self as types, Type};
pub use coracle_core::resource::{Resource, ResourceAny, ResourceDynamic, ResourceType};
pub use coracle_core::resource_table::{ResourceTable, ResourceTableError};
pub use coracle_core::value::Val;
pub use coracle_core::view::{WasmList, WasmStr};
pub use coracle_macro::{ComponentType, Lift, Lower};

#[doc(inline)]
pub use crate::{__bindgen as bindgen, __flags as flags};

#[doc(hidden)]
pub use coracle_core::component_internal as __internal;

/// What the macros of this crate hand their input to, with `[$crate]` before it: so what they write names this crate,
/// by whatever name, or through whichever other crate, it was reached.
#[doc(hidden)]
pub mod __macros {
    pub use coracle_macro::{bindgen, flags};
}

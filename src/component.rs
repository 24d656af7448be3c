//! Components: loading, linking, instantiating and calling them.

pub use coracle_core::abi::{ComponentNamedList, ComponentType, Lift, Lower};
pub use coracle_core::resource::{Resource, ResourceAny, ResourceDynamic, ResourceType};
pub use coracle_core::resource_table::{ResourceTable, ResourceTableError};
pub use coracle_core::value::Val;
pub use coracle_macro::{ComponentType, Lift, Lower, flags};

#[doc(hidden)]
pub use coracle_core::component_internal as __internal;

//! What generated code (derives, `flags!`, `bindgen!`) names. Not a public interface: it changes without notice.

pub use crate::abi::check::{self, Check};
pub use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
pub use crate::abi::{AbiInfo, FlatDst, FlatSrc, derived};
pub use alloc::boxed::Box;
pub use alloc::string::String;
pub use alloc::vec::Vec;
pub use coracle_error::{Error, Result};
pub use coracle_image::types::{InterfaceType, Ptr};
pub use coracle_vm::raw::RawVal;

#[cfg(test)]
mod tests;

use crate::abi::{ComponentNamedList, Lift, Lower};
use crate::component::Component;
use crate::func::TypedFunc;
use crate::handle::{Func, Instance};
use crate::link::pre::InstancePre;
use coracle_error::{Context, ErrorKind};
use coracle_image::export::ComponentExportIndex;
use coracle_vm::store::AsContextMut;

#[cfg(not(feature = "std"))]
pub use alloc::collections::BTreeMap as HashMap;
#[cfg(feature = "std")]
pub use std::collections::HashMap;

/// The handle of an exported instance.
///
/// # Errors
/// `ErrorKind::NotFound`.
pub fn export_instance(component: &Component, name: &str) -> Result<ComponentExportIndex> {
    let index = component.get_export_index(None, name);
    index.ok_or_else(|| Error::fault(ErrorKind::NotFound, alloc::format!("no exported instance named `{name}`")))
}

/// The handle of an exported function, of an exported instance or of the component itself.
///
/// # Errors
/// `ErrorKind::NotFound`.
pub fn export_func(
    component: &Component,
    instance: Option<(&str, &ComponentExportIndex)>,
    name: &str,
) -> Result<ComponentExportIndex> {
    let index = component.get_export_index(instance.map(|(_, index)| index), name);
    index.ok_or_else(|| {
        let message = match instance {
            Some((instance, _)) => alloc::format!("instance export `{instance}` does not have export `{name}`"),
            None => alloc::format!("no export `{name}` found"),
        };
        Error::fault(ErrorKind::NotFound, message)
    })
}

/// Checks the type of an exported function.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn check_export<T, P, R>(pre: &InstancePre<T>, index: &ComponentExportIndex, name: &str) -> Result<()>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let checked = pre.typed_func::<P, R>(index).map(drop);
    checked.with_context(|| alloc::format!("type-checking export func `{name}`"))
}

/// The function of a handle in an instance. O(1).
///
/// # Errors
/// `ErrorKind::NotFound` when the instance is of a component with other exports than the one that the handle is of.
pub fn load_func(store: impl AsContextMut, instance: &Instance, index: &ComponentExportIndex) -> Result<Func> {
    let func = instance.get_func(store, index);
    func.ok_or_else(|| Error::fault(ErrorKind::NotFound, "the instance is of another component than the indices"))
}

/// A function whose type [`check_export`] has checked.
pub fn typed_unchecked<P, R>(func: Func) -> TypedFunc<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    TypedFunc::new_unchecked(func)
}

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

use crate::abi::check::func_text;
use crate::abi::{ComponentNamedList, Lift, Lower};
use crate::component::Component;
use crate::func::TypedFunc;
use crate::handle::{Func, Instance};
use crate::link::pre::InstancePre;
use alloc::sync::Arc;
use coracle_error::{ErrorKind, Told, Wording};
use coracle_image::export::{ComponentExportIndex, ExportEntry};
use coracle_vm::store::AsContextMut;
use core::any::Any;
use core::fmt;

#[cfg(not(feature = "std"))]
pub use alloc::collections::BTreeMap as HashMap;
#[cfg(feature = "std")]
pub use std::collections::HashMap;

/// An exported function as WIT declares it: how it is found, and how errors speak of it.
pub struct WitFunc {
    /// The exported instance that it is in.
    pub instance: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: &'static str,
    /// File and line.
    pub at: &'static str,
}

impl fmt::Display for WitFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instance {
            Some(instance) => write!(f, "`{}` of `{instance}`", self.name),
            None => write!(f, "`{}`", self.name),
        }
    }
}

/// A linked component for which indices were looked up and types were checked.
///
/// Keeps it alive, so that its address says which it is.
#[derive(Clone)]
pub struct Linked {
    _alive: Arc<dyn Any + Send + Sync>,
    address: usize,
}

impl Linked {
    /// The linked component itself.
    pub fn new<T: 'static>(pre: &InstancePre<T>) -> Self {
        Self { _alive: Arc::new(pre.clone()), address: address(pre) }
    }

    /// Whether an instance was made from it. O(1).
    pub fn is_of<S: AsContextMut>(&self, store: &S, instance: &Instance) -> bool {
        address(&instance.instance_pre(store)) == self.address
    }
}

/// What clones of a linked component share, and no other has.
fn address<T: 'static>(pre: &InstancePre<T>) -> usize {
    core::ptr::from_ref(pre.component()).addr()
}

/// Whether a component has an export of this name.
pub fn has_export(component: &Component, name: &str) -> bool {
    component.get_export_index(None, name).is_some()
}

/// The handle of an exported instance, which WIT declares at `at`.
///
/// # Errors
/// `ErrorKind::NotFound`; `ErrorKind::Type` for an export that is no instance.
pub fn export_instance(component: &Component, name: &str, at: &str) -> Result<ComponentExportIndex> {
    let Some(index) = component.get_export_index(None, name) else {
        return Err(Error::fault(
            ErrorKind::NotFound,
            coracle_error::wording!("no exported instance named `{name}` ({at})"),
        ));
    };
    match component.lookup(None, &index).map(|index| component.entry(index)) {
        Some(ExportEntry::Instance { .. }) | None => Ok(index),
        Some(other) => {
            let found = other.desc();
            Err(Error::fault(
                ErrorKind::Type,
                coracle_error::wording!("export `{name}` ({at}) is a {found}, not an instance"),
            ))
        }
    }
}

/// The handle of an exported function, its type checked.
///
/// # Errors
/// `ErrorKind::NotFound`, `ErrorKind::Type`.
pub fn export_func<T, P, R>(
    pre: &InstancePre<T>,
    instance: Option<&ComponentExportIndex>,
    func: &WitFunc,
) -> Result<ComponentExportIndex>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    optional_func::<T, P, R>(pre, instance, func)?.ok_or_else(|| {
        let (name, ty, at) = (func.name, func.ty, func.at);
        let message = match func.instance {
            Some(instance) => {
                coracle_error::wording!("instance export `{instance}` does not have export `{name}`: {ty} ({at})")
            }
            None => coracle_error::wording!("no export `{name}` found: {ty} ({at})"),
        };
        Error::fault(ErrorKind::NotFound, message)
    })
}

/// The handle of an exported function, its type checked, where there is such an export.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn optional_func<T, P, R>(
    pre: &InstancePre<T>,
    instance: Option<&ComponentExportIndex>,
    func: &WitFunc,
) -> Result<Option<ComponentExportIndex>>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let Some(index) = pre.component().get_export_index(instance, func.name) else { return Ok(None) };
    let checked = pre.typed_func::<P, R>(&index);
    checked.told(|| mismatch(pre.component(), &index, func))?;
    Ok(Some(index))
}

#[cold]
fn mismatch(component: &Component, index: &ComponentExportIndex, func: &WitFunc) -> Wording {
    let WitFunc { ty, at, .. } = func;
    let entry = component.lookup(None, index).map(|index| component.entry(index));
    match entry {
        Some(ExportEntry::Func { ty: found, .. }) => {
            let found = func_text(component.types(), *found);
            coracle_error::wording!(
                "type mismatch: export {func} is `{ty}` in WIT ({at}) and `{found}` in the component"
            )
        }
        Some(other) => {
            coracle_error::wording!("type mismatch: export {func} is `{ty}` in WIT ({at}) and a {}", other.desc())
        }
        None => coracle_error::wording!("export {func} ({at})"),
    }
}

/// The function of a handle in an instance. O(1).
///
/// # Errors
/// `ErrorKind::NotFound` when the instance is of a component with other exports than the one that the handle is of.
pub fn load_func(store: impl AsContextMut, instance: &Instance, index: &ComponentExportIndex) -> Result<Func> {
    let func = instance.get_func(store, index);
    func.ok_or_else(|| Error::fault(ErrorKind::NotFound, "the instance is of another component than the indices"))
}

/// The function of a handle in an instance, where there is a handle. O(1).
///
/// # Errors
/// As of [`load_func`].
pub fn load_optional(
    store: impl AsContextMut,
    instance: &Instance,
    index: Option<&ComponentExportIndex>,
) -> Result<Option<Func>> {
    index.map(|index| load_func(store, instance, index)).transpose()
}

/// A function whose type [`export_func`] or [`optional_func`] has checked.
pub fn typed_unchecked<P, R>(func: Func) -> TypedFunc<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    TypedFunc::new_unchecked(func)
}

//! `ResourceAny`: a resource whose type is known at run time only.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
use crate::abi::handles::{Handles, HostHandle, Place};
use crate::abi::info::AbiInfo;
use crate::abi::resource::ty::ResourceType;
use crate::abi::typed::{ComponentType, Lift, Lower};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::types::InterfaceType;

/// A resource of any type, defined by the host or by a guest, that the host owns or has borrowed.
///
/// The value is an index into its store's host table, so it is `Copy`; it must be dropped explicitly, or else the
/// entry stays for as long as the store does. With another store it is an error, wherever it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceAny {
    handle: HostHandle,
    ty: ResourceType,
    owned: bool,
}

impl ResourceAny {
    pub(crate) fn new(handle: HostHandle, ty: ResourceType, owned: bool) -> Self {
        Self { handle, ty, owned }
    }

    /// The type of the resource.
    pub fn ty(&self) -> ResourceType {
        self.ty
    }

    /// Whether the host owns the resource, as against having borrowed it.
    pub fn owned(&self) -> bool {
        self.owned
    }

    /// The entry of the host's table.
    pub(crate) fn handle(&self) -> HostHandle {
        self.handle
    }

    /// Takes the resource out of the host's table; gives its representation. A borrow ends here: from now on it is
    /// the host's own business not to use it for too long.
    pub(crate) fn take(self, handles: &mut Handles) -> Result<u32> {
        if self.owned {
            return handles.host_lift_own(self.handle, self.ty);
        }
        let rep = handles.host_rep(self.handle, self.ty)?;
        handles.host_drop(self.handle, self.ty)?;
        Ok(rep)
    }

    fn lower(&self, cx: &mut LowerCx<'_>, ty: InterfaceType) -> Result<u32> {
        let (InterfaceType::Own(index) | InterfaceType::Borrow(index)) = ty else {
            return Err(bad_type());
        };
        cx.host.handles().host_rep(self.handle, self.ty)?;
        if cx.resource_type(index) != self.ty {
            return Err(mismatch());
        }
        let rep = match ty {
            InterfaceType::Own(_) => {
                cx.host.handles().room(Place::Guest(cx.table))?;
                cx.host.handles().host_lift_own(self.handle, self.ty)?
            }
            _ => cx.host.handles().host_lift_borrow(self.handle, self.ty)?,
        };
        cx.lower_handle(ty, rep)
    }

    fn lift(cx: &mut LiftCx<'_>, ty: InterfaceType, index: u32) -> Result<Self> {
        let (id, rep) = cx.lift_handle(ty, index)?;
        let owned = matches!(ty, InterfaceType::Own(_));
        let handle = if owned { cx.handles.host_lower_own(id, rep)? } else { cx.handles.host_lower_borrow(id, rep)? };
        Ok(Self { handle, ty: cx.handles.def(id).ty, owned })
    }
}

/// The error for a resource value whose type is not the one that is asked for.
#[cold]
pub(crate) fn mismatch() -> Error {
    Error::fault(ErrorKind::Type, "mismatched resource types")
}

/// A handle is one `i32`, in memory as well.
macro_rules! handle_value {
    ([$($generics:tt)*] $ty:ty) => {
        impl<$($generics)*> Lower for $ty {
            fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
                dst.push(coracle_vm::raw::RawVal::from_u32(self.lower(cx, ty)?));
                Ok(())
            }
            fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
                let index = self.lower(cx, ty)?;
                cx.write(at, index.to_le_bytes())
            }
        }
        impl<$($generics)*> Lift for $ty {
            fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
                Self::lift(cx, ty, src.next().u32())
            }
            fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
                let index = u32::load(cx, InterfaceType::U32, bytes)?;
                Self::lift(cx, ty, index)
            }
        }
    };
}
pub(crate) use handle_value;

impl ComponentType for ResourceAny {
    const ABI: AbiInfo = AbiInfo::scalar(4);
    const MAY_REQUIRE_REALLOC: bool = false;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        match ty {
            InterfaceType::Own(_) | InterfaceType::Borrow(_) => Ok(()),
            other => Err(check::expected("own` or `borrow", other, types)),
        }
    }
}

handle_value!([] ResourceAny);

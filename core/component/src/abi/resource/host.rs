//! `Resource<T>` and `ResourceDynamic`: resources that the host defines.
//!
//! Such a value is the representation, a `u32` of the embedder's choice, and a note of where it stands. It enters the
//! store's host table only when it is first lent to a guest: from then on the table knows about the loan, and the note
//! has the store's stamp.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
use crate::abi::handles::{Handles, HostHandle, Place};
use crate::abi::info::AbiInfo;
use crate::abi::resource::any::{ResourceAny, handle_value, mismatch};
use crate::abi::resource::ty::ResourceType;
use crate::abi::typed::{ComponentType, Lift, Lower};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::types::InterfaceType;
use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicU32, AtomicUsize};

/// Where a host-defined resource stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Borrowed from someone.
    Borrow,
    /// Owned, and never lent to a guest.
    Own,
    /// Owned, with an entry in the host's table of a store: from now on it is of that store.
    Listed(HostHandle),
    /// Given away.
    Taken,
}

/// A [`State`] that changes behind a shared reference: lowering takes `&self`, and two stores on two threads may lower the
/// same resource. So whoever gives it away or lists it takes it first; what is listed stays as it is. The marks are
/// generations that no handle has.
struct StateCell {
    store: AtomicUsize,
    index: AtomicU32,
    generation: AtomicU32,
}

const BORROW: u32 = u32::MAX;
const OWN: u32 = u32::MAX - 1;
const TAKEN: u32 = u32::MAX - 2;

impl StateCell {
    const fn new(generation: u32) -> Self {
        Self { store: AtomicUsize::new(0), index: AtomicU32::new(0), generation: AtomicU32::new(generation) }
    }

    fn get(&self) -> State {
        match self.generation.load(Acquire) {
            BORROW => State::Borrow,
            OWN => State::Own,
            TAKEN => State::Taken,
            generation => State::Listed(HostHandle {
                store: self.store.load(Relaxed) as u64,
                index: self.index.load(Relaxed),
                generation,
            }),
        }
    }

    fn set(&self, state: State) {
        let generation = match state {
            State::Borrow => BORROW,
            State::Own => OWN,
            State::Taken => TAKEN,
            State::Listed(handle) => {
                // A store's number was a `usize` to begin with.
                self.store.store(handle.store as usize, Relaxed);
                self.index.store(handle.index, Relaxed);
                handle.generation
            }
        };
        self.generation.store(generation, Release);
    }

    /// Turns what is owned and not listed into what was given away. Of several threads one succeeds.
    fn take(&self) -> bool {
        self.generation.compare_exchange(OWN, TAKEN, Acquire, Relaxed).is_ok()
    }
}

/// What both host-defined kinds of resource have in common.
struct HostResource {
    rep: u32,
    state: StateCell,
}

impl HostResource {
    const fn own(rep: u32) -> Self {
        Self { rep, state: StateCell::new(OWN) }
    }

    const fn borrow(rep: u32) -> Self {
        Self { rep, state: StateCell::new(BORROW) }
    }

    fn owned(&self) -> bool {
        self.state.get() != State::Borrow
    }

    fn lower(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, want: ResourceType) -> Result<u32> {
        let (InterfaceType::Own(index) | InterfaceType::Borrow(index)) = ty else {
            return Err(bad_type());
        };
        if cx.resource_type(index) != want {
            return Err(mismatch());
        }
        let rep = match (ty, self.state.get()) {
            (_, State::Taken) => return Err(consumed()),
            (InterfaceType::Own(_), State::Borrow) => {
                return Err(Error::fault(ErrorKind::Type, "cannot lower a `borrow` resource into an `own`"));
            }
            (_, State::Borrow) => self.rep,
            (InterfaceType::Own(_), State::Listed(handle)) => {
                cx.host.handles().room(Place::Guest(cx.table))?;
                cx.host.handles().host_lift_own(handle, want)?
            }
            (_, State::Listed(handle)) => cx.host.handles().host_lift_borrow(handle, want)?,
            (_, State::Own) if !self.state.take() => return Err(consumed()),
            (InterfaceType::Own(_), State::Own) => {
                let lowered = cx.lower_handle(ty, self.rep);
                if lowered.is_err() {
                    // It is nowhere else, so it stays the host's.
                    self.state.set(State::Own);
                }
                return lowered;
            }
            (_, State::Own) => {
                let id = cx.resources[index];
                let handle = cx.host.handles().host_lower_own(id, self.rep);
                self.state.set(handle.as_ref().map_or(State::Own, |&handle| State::Listed(handle)));
                cx.host.handles().host_lift_borrow(handle?, want)?
            }
        };
        cx.lower_handle(ty, rep)
    }

    /// A borrow gets no entry in the host's table: like a guest that defined the type, the host gets the
    /// representation, and is trusted to use it no longer than the call.
    fn lift(cx: &mut LiftCx<'_>, ty: InterfaceType, index: u32) -> Result<(Self, ResourceType)> {
        let (id, rep) = cx.lift_handle(ty, index)?;
        let value = if matches!(ty, InterfaceType::Own(_)) { Self::own(rep) } else { Self::borrow(rep) };
        Ok((value, cx.handles.def(id).ty))
    }

    fn into_any(self, handles: &mut Handles, ty: ResourceType) -> Result<ResourceAny> {
        let (handle, owned) = match self.state.get() {
            State::Taken => return Err(consumed()),
            State::Listed(handle) => {
                handles.host_rep(handle, ty)?;
                (handle, true)
            }
            State::Own => {
                let id = handles.host_type(ty)?;
                (handles.host_lower_own(id, self.rep)?, true)
            }
            State::Borrow => {
                let id = handles.host_type(ty)?;
                (handles.host_lower_borrow(id, self.rep)?, false)
            }
        };
        Ok(ResourceAny::new(handle, ty, owned))
    }

    fn from_any(any: ResourceAny, handles: &mut Handles) -> Result<Self> {
        let rep = any.take(handles)?;
        Ok(if any.owned() { Self::own(rep) } else { Self::borrow(rep) })
    }

    fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state.get() {
            State::Borrow => "borrow",
            State::Own => "own (not in table)",
            State::Listed(_) => "own",
            State::Taken => "taken",
        };
        f.debug_struct(name).field("rep", &self.rep).field("state", &state).finish()
    }
}

#[cold]
fn consumed() -> Error {
    Error::fault(ErrorKind::Type, "host resource already consumed")
}

fn typecheck(
    ty: InterfaceType,
    types: &InstanceType<'_>,
    fits: impl FnOnce(&ResourceType) -> bool,
    want: fmt::Arguments<'_>,
) -> Result<()> {
    let (InterfaceType::Own(index) | InterfaceType::Borrow(index)) = ty else {
        return Err(check::expected("own` or `borrow", ty, types));
    };
    let found = types.resources.resource_type(index);
    if fits(&found) {
        return Ok(());
    }
    let found = found.desc();
    Err(Error::fault(
        ErrorKind::Type,
        coracle_error::wording!("resource type mismatch: expected {want}, found a {found}"),
    ))
}

/// A resource that the host defines, its type told by the Rust type `T`.
///
/// The value holds a representation, not a `T`: what a `u32` means is the embedder's own affair, most easily an index
/// into a [`ResourceTable`](crate::resource_table::ResourceTable). Dropping the value drops nothing.
///
/// A representation belongs to no store. Once an own handle has been lent to a guest, a store keeps count of the loans;
/// from then on the value is of that store, and an error with any other.
pub struct Resource<T: 'static> {
    inner: HostResource,
    marker: PhantomData<fn() -> T>,
}

impl<T: 'static> Resource<T> {
    fn wrap(inner: HostResource) -> Self {
        Self { inner, marker: PhantomData }
    }

    /// A resource that the host owns.
    pub fn new_own(rep: u32) -> Self {
        Self::wrap(HostResource::own(rep))
    }

    /// A resource that is borrowed. Nothing checks that it is given up in time.
    pub fn new_borrow(rep: u32) -> Self {
        Self::wrap(HostResource::borrow(rep))
    }

    /// The representation.
    pub fn rep(&self) -> u32 {
        self.inner.rep
    }

    /// Whether this is an own handle, as against a borrow.
    pub fn owned(&self) -> bool {
        self.inner.owned()
    }

    /// The resource as a [`ResourceAny`], entered into the store's host table.
    pub(crate) fn into_any_inner(self, handles: &mut Handles) -> Result<ResourceAny> {
        self.inner.into_any(handles, ResourceType::host::<T>())
    }

    /// The resource that `any` is, taken out of the store's host table.
    pub(crate) fn from_any_inner(any: ResourceAny, handles: &mut Handles) -> Result<Self> {
        if !any.ty().is_host::<T>() {
            return Err(mismatch());
        }
        HostResource::from_any(any, handles).map(Self::wrap)
    }

    fn lower(&self, cx: &mut LowerCx<'_>, ty: InterfaceType) -> Result<u32> {
        self.inner.lower(cx, ty, ResourceType::host::<T>())
    }

    fn lift(cx: &mut LiftCx<'_>, ty: InterfaceType, index: u32) -> Result<Self> {
        HostResource::lift(cx, ty, index).map(|(inner, _)| Self::wrap(inner))
    }
}

impl<T: 'static> ComponentType for Resource<T> {
    const ABI: AbiInfo = AbiInfo::scalar(4);
    const MAY_REQUIRE_REALLOC: bool = false;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        let name = core::any::type_name::<T>();
        typecheck(ty, types, ResourceType::is_host::<T>, format_args!("the host's resource `{name}`"))
    }
}

handle_value!([T: 'static] Resource<T>);

impl<T: 'static> fmt::Debug for Resource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.debug("Resource", f)
    }
}

/// A resource that the host defines, its type told by a number: for embedders whose types are not known to Rust.
pub struct ResourceDynamic {
    inner: HostResource,
    ty: u32,
}

impl ResourceDynamic {
    /// A resource of type `ty` that the host owns.
    pub fn new_own(rep: u32, ty: u32) -> Self {
        Self { inner: HostResource::own(rep), ty }
    }

    /// A resource of type `ty` that is borrowed. Nothing checks that it is given up in time.
    pub fn new_borrow(rep: u32, ty: u32) -> Self {
        Self { inner: HostResource::borrow(rep), ty }
    }

    /// The representation.
    pub fn rep(&self) -> u32 {
        self.inner.rep
    }

    /// The number that tells the type.
    pub fn ty(&self) -> u32 {
        self.ty
    }

    /// Whether this is an own handle, as against a borrow.
    pub fn owned(&self) -> bool {
        self.inner.owned()
    }

    /// The resource as a [`ResourceAny`], entered into the store's host table.
    pub(crate) fn into_any_inner(self, handles: &mut Handles) -> Result<ResourceAny> {
        self.inner.into_any(handles, ResourceType::host_dynamic(self.ty))
    }

    /// The resource that `any` is, taken out of the store's host table.
    pub(crate) fn from_any_inner(any: ResourceAny, handles: &mut Handles) -> Result<Self> {
        let ty = any.ty().as_host_dynamic().ok_or_else(mismatch)?;
        Ok(Self { inner: HostResource::from_any(any, handles)?, ty })
    }

    fn lower(&self, cx: &mut LowerCx<'_>, ty: InterfaceType) -> Result<u32> {
        self.inner.lower(cx, ty, ResourceType::host_dynamic(self.ty))
    }

    fn lift(cx: &mut LiftCx<'_>, ty: InterfaceType, index: u32) -> Result<Self> {
        let (inner, ty) = HostResource::lift(cx, ty, index)?;
        Ok(Self { inner, ty: ty.as_host_dynamic().ok_or_else(bad_type)? })
    }
}

impl ComponentType for ResourceDynamic {
    const ABI: AbiInfo = AbiInfo::scalar(4);
    const MAY_REQUIRE_REALLOC: bool = false;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        typecheck(ty, types, |found| found.as_host_dynamic().is_some(), format_args!("a dynamic host resource"))
    }
}

handle_value!([] ResourceDynamic);

impl fmt::Debug for ResourceDynamic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.debug("ResourceDynamic", f)
    }
}

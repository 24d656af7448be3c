//! Host functions as running code calls them, and the way back from running code to the store.
//!
//! A host function is a record that begins with a [`Slot`]; its array entry is made for the closure's own type, so
//! that a call goes straight into it. Between guest and closure stand: the stack's first free cell, panics (caught,
//! kept in the store, resumed once the guest's frames have been left), and errors (kept in the store until then).
//!
//! # Invariants
//! - H1. While a guest runs, `VmStore::owner` is the address of its `StoreInner`, taken from the exclusive borrow
//!   with which the guest was entered; that borrow is not used until the guest is left. So a host function may make
//!   an exclusive borrow of it for as long as it runs.
//! - H2. A host function's slot is the first field of its record, and its entry is made for that very record type.
#![allow(unsafe_code)] // Turns the slot back into its record, and the running store's owner into the store.

use crate::engine::Engine;
use crate::host_func::{HostFunc, Record};
use crate::raw::RawVal;
use crate::store::enter::ThrownException;
use crate::store::ids::{FuncHandle, InstanceId};
use crate::store::inner::StoreInner;
use crate::store::opaque::StoreOpaque;
use crate::store::refs::EXCEPTIONS;
use crate::store::task::Panic;
use crate::tier::{Slot, Status, SuspendPoint, TailTarget, TrapRecord, VmCtx, VmFuncRef, VmStore};
use coracle_error::fallible::or_end;
use coracle_error::shared::{Arc, Block};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::module::FuncType;

/// One call of a host function.
pub struct HostCall<'a> {
    /// The store that the guest runs in.
    pub store: &'a mut StoreOpaque,
    /// Arguments, replaced by results from the first cell on.
    pub cells: &'a mut [RawVal],
    /// What the function was bound with in this store.
    pub data: *mut (),
    caller: *mut VmCtx,
}

impl HostCall<'_> {
    /// The instance that called; `None` when the host did.
    #[inline]
    pub fn caller(&self) -> Option<InstanceId> {
        // SAFETY: the array convention passes null or the context of an instance of the same store.
        unsafe { self.store.inner().instance_of(self.caller) }
    }
}

/// How a host function goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It has left its results.
    Return,
    /// It waits: its task gives way, and its results come when the task is resumed.
    Wait,
    /// Another function goes on in its place.
    GoOn(GoOn),
}

/// A function that goes on in the place of one of the host's, which has left its arguments where its own were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoOn(FuncHandle);

impl GoOn {
    /// This function, which has to be native code: the frames of the interpreter that it might run in know nothing of the
    /// host's stack.
    ///
    /// # Safety
    /// Its results are of the types of the host function's, and its arguments are in the cells when that returns.
    pub unsafe fn with(func: FuncHandle) -> Self {
        Self(func)
    }
}

/// What the body of a host function may answer: nothing, or how it goes on.
pub trait Answer {
    /// How it goes on.
    fn flow(self) -> Flow;
}

impl Answer for () {
    #[inline(always)]
    fn flow(self) -> Flow {
        Flow::Return
    }
}

impl Answer for Flow {
    #[inline(always)]
    fn flow(self) -> Flow {
        self
    }
}

impl HostFunc {
    /// A host function of a type. The body finds its arguments in the cells and leaves its results there. Where there is no
    /// memory for it, the process ends.
    ///
    /// The body vouches for the types of what it leaves there: references must be the store's own.
    ///
    /// # Safety
    /// The body leaves values of the result types in the cells; references among them belong to the call's store.
    pub unsafe fn new<F, A>(engine: &Engine, ty: FuncType, body: F) -> Self
    where
        F: Fn(&mut HostCall<'_>) -> Result<A> + Send + Sync + 'static,
        A: Answer,
    {
        // SAFETY: passed on.
        unsafe { Self::of_kind(engine, ty, false, body) }
    }

    /// The same, and whether the body may wait for the host, by `StoreInner::block_on`.
    ///
    /// # Safety
    /// As for [`HostFunc::new`].
    pub(crate) unsafe fn of_kind<F, A>(engine: &Engine, ty: FuncType, may_wait: bool, body: F) -> Self
    where
        F: Fn(&mut HostCall<'_>) -> Result<A> + Send + Sync + 'static,
        A: Answer,
    {
        // SAFETY: passed on.
        or_end(unsafe { Self::try_of_kind(engine, ty, may_wait, body) })
    }

    /// As [`HostFunc::of_kind`].
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Safety
    /// As for [`HostFunc::new`].
    pub(crate) unsafe fn try_of_kind<F, A>(engine: &Engine, ty: FuncType, may_wait: bool, body: F) -> Result<Self>
    where
        F: Fn(&mut HostCall<'_>) -> Result<A> + Send + Sync + 'static,
        A: Answer,
    {
        let cells = ty.param_cells().max(ty.result_cells());
        let signature = engine.intern(ty)?;
        let slot = Slot::for_host(signature.id(), cells, entry::<F, A>, engine.interpreter().stubs());
        let record = Arc::try_new(Record { slot, engine: engine.clone(), signature, may_wait, body })?;
        // SAFETY: an unsizing coercion.
        Ok(Self(unsafe { Arc::unsize(record, |record| record as *mut Block<Record<dyn Send + Sync>>) }))
    }
}

/// The store that a running guest belongs to.
///
/// # Safety
/// A guest of the store runs and has just called out of itself; the borrow ends before it goes on (H1).
#[inline(always)]
pub(crate) unsafe fn owner<'a>(store: *mut VmStore) -> &'a mut StoreInner {
    // SAFETY: H1.
    unsafe { &mut *(*store).owner.cast::<StoreInner>() }
}

/// The array entry of all host functions whose closure has type `F`.
unsafe extern "C" fn entry<F, A>(
    slot: *const Slot,
    callee: *mut VmCtx,
    store: *mut VmStore,
    caller: *mut VmCtx,
    cells: *mut RawVal,
) -> Status
where
    F: Fn(&mut HostCall<'_>) -> Result<A> + Send + Sync + 'static,
    A: Answer,
{
    let record = core::ptr::with_exposed_provenance::<Record<F>>(slot.addr());
    // SAFETY: H2, and the store keeps the record. The cells lie in the task's stack, with room for the slot's number
    // of them, and belong to the callee; the store's own memory is elsewhere. H1 for the store.
    let (result, saved) = unsafe {
        let count = (*record).slot.cells() as usize;
        let saved = (*store).stack_top;
        (*store).stack_top = cells.add(count);
        let cells = core::slice::from_raw_parts_mut(cells, count);
        let mut call = HostCall { store: owner(store).opaque_mut(), cells, data: callee.cast(), caller };
        (guarded(|| ((*record).body)(&mut call)), saved)
    };
    // SAFETY: the closure and its borrows are gone, and the store is alive; the record begins with its slot.
    unsafe {
        (*store).stack_top = saved;
        left(&(*record).slot, store, caller, cells, result.map(|answer| answer.map(Answer::flow)))
    }
}

/// What becomes of a guest whose call of a host function has ended like that.
///
/// # Safety
/// The store is alive and nobody has a borrow of it; the rest is as the entry was given it.
#[cfg_attr(feature = "compact", inline(never))]
#[cfg_attr(not(feature = "compact"), inline(always))]
unsafe fn left(
    slot: &Slot,
    store: *mut VmStore,
    caller: *mut VmCtx,
    cells: *mut RawVal,
    result: Result<Result<Flow>, Panic>,
) -> Status {
    match result {
        Ok(Ok(flow)) => match flow {
            Flow::Return => Status::Done,
            // SAFETY: by contract.
            Flow::Wait => unsafe {
                let count = slot.cells() as usize;
                (*store).suspended = SuspendPoint { cells, count, ..SuspendPoint::NONE };
                Status::Suspended
            },
            // SAFETY: as above.
            Flow::GoOn(GoOn(func)) => unsafe {
                let VmFuncRef { slot, callee, .. } = owner(store).func(func);
                (*store).tail = TailTarget { slot, callee, caller };
                Status::TailCall
            },
        },
        // SAFETY: as above.
        Ok(Err(error)) => refuse(unsafe { owner(store) }, error),
        // SAFETY: as above.
        Err(panic) => panicked(unsafe { owner(store) }, panic),
    }
}

/// Runs what is the embedder's, and catches its panic.
#[cfg(feature = "std")]
pub(crate) fn guarded<R>(f: impl FnOnce() -> R) -> Result<R, Panic> {
    // What the closure left half done is the embedder's to judge: the panic goes on to the embedder.
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(f))
}

/// Runs what is the embedder's.
#[cfg(not(feature = "std"))]
#[inline(always)]
pub(crate) fn guarded<R>(f: impl FnOnce() -> R) -> Result<R, Panic> {
    Ok(f())
}

/// The answer of what was [`guarded`], or its panic once more.
#[cfg(feature = "std")]
pub(crate) fn resumed<R>(answer: Result<R, Panic>) -> R {
    answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The answer of what was [`guarded`].
#[cfg(not(feature = "std"))]
#[inline(always)]
pub(crate) fn resumed<R>(answer: Result<R, Panic>) -> R {
    answer.unwrap_or_else(|panic| match panic {})
}

/// Keeps a panic in the store, and stops the guest.
#[cfg(feature = "std")]
#[cold]
fn panicked(store: &mut StoreInner, panic: Panic) -> Status {
    store.task.panic = Some(panic);
    store.vm.get_mut().trap = TrapRecord::NONE;
    Status::Trap
}

/// There is none to keep.
#[cfg(not(feature = "std"))]
fn panicked(_: &mut StoreInner, panic: Panic) -> Status {
    match panic {}
}

/// Keeps an error in the store, and stops the guest; an exception goes on as one.
#[cold]
pub(crate) fn refuse(store: &mut StoreInner, error: Error) -> Status {
    let error = match error.downcast_ref::<ThrownException>().filter(|_| EXCEPTIONS) {
        Some(thrown) if thrown.0.store() == store.id() => match store.ref_cell(thrown.0) {
            Some(exception) => {
                store.task.thrown = None;
                store.vm.get_mut().exception = exception;
                return Status::Throw;
            }
            None => lost_exception(&error, "the exception was freed"),
        },
        // In this store the number would be somebody else's.
        Some(_) => lost_exception(&error, "an exception of another store cannot be thrown into this one"),
        None => error,
    };
    set_pending(store, error);
    store.record_frames();
    Status::Trap
}

/// What a host function fails with that returns the error of an exception that this store does not have. It says the
/// same, and is not that error any more: whoever meets it must not take it for an exception of this store.
#[cold]
fn lost_exception(error: &Error, why: &str) -> Error {
    Error::fault(ErrorKind::Type, coracle_error::wording!("{why}: {error:#}"))
}

/// Keeps an error in the store, for whoever entered the guest.
pub(crate) fn set_pending(store: &mut StoreInner, error: Error) {
    store.vm.get_mut().trap = TrapRecord::NONE;
    store.task.pending = Some(error);
}

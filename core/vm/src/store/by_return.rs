//! `ByReturn`: the future of a call that may wait where there is no stack for it. The call gives way by returning.
//!
//! A host function that is not ready is left to the call, with the future that it waits for; the interpreter leaves its
//! frames where they are, in the cells of the task, and is resumed there. The rest is as with stacks
//! ([`on_stack`](crate::store::on_stack)): the store has no trace of a call that waits, one that is dropped has ended,
//! and what comes after one that is forgotten writes over its cells.
//!
//! Nothing but a host function that the interpreter has called can be left. A wait anywhere else (`realloc`,
//! `post-return`, a destructor, limiter or hook, an epoch) ends the call with `Trap::CannotBlockSyncTask`.
//!
//! # Invariants
//! - Y1. While the future is not polled, the store has no trace of its call: each turn is an entry of its own, and puts
//!   back what it has changed.
//! - Y2. What is left of a host function has the borrow of the store: until it is ready or dropped, nothing is touched
//!   but the pinned `VmStore`, of which nobody holds a reference. It is dropped before that borrow ends.
#![allow(unsafe_code)] // Enters and resumes guests with raw cells; the future crosses threads if what it holds may.

use crate::raw::RawVal;
use crate::store::StoreContextMut;
use crate::store::enter::{Restore, begin};
use crate::store::hook::CallHook;
use crate::store::host::refuse;
use crate::store::ids::FuncHandle;
use crate::store::inner::StoreInner;
use crate::store::wait::{Before, Left, Turn, Waiter};
use crate::tier::{Status, SuspendPoint, VmStore};
use alloc::boxed::Box;
use coracle_error::{Result, Trap};
use core::marker::PhantomData;
use core::mem::replace;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// A call of a function. `A` writes its arguments and `L` reads its results, as for `StoreInner::enter_with`.
pub(crate) struct ByReturn<'a, T: 'static, A, L> {
    store: NonNull<StoreInner>,
    vm: NonNull<VmStore>,
    func: FuncHandle,
    state: State<A>,
    results: Option<L>,
    borrow: PhantomData<StoreContextMut<'a, T>>,
}

enum State<A> {
    New(A),
    Waits(Waiting),
    Ended,
}

/// Where a call goes on.
struct Waiting {
    at: SuspendPoint,
    /// The cells that the call was entered with.
    entry: *mut RawVal,
    left: Box<dyn Left>,
}

// SAFETY: the cells belong to the store, which is borrowed; what is left of a host function may cross threads.
unsafe impl<T: Send, A: Send, L: Send> Send for ByReturn<'_, T, A, L> {}

impl<T: 'static, A, L> Unpin for ByReturn<'_, T, A, L> {}

impl<'a, T: 'static, A, L> ByReturn<'a, T, A, L> {
    /// Will call a function when it is polled.
    ///
    /// # Safety
    /// As for `StoreInner::enter_with`.
    pub(crate) unsafe fn new<R>(context: StoreContextMut<'a, T>, func: FuncHandle, args: A, results: L) -> Self
    where
        A: FnOnce(&mut StoreInner, &mut [RawVal]) -> Result<()>,
        L: FnOnce(&mut StoreInner, &[RawVal]) -> R,
    {
        // SAFETY: passed on.
        unsafe { Self::over(context.into_inner(), func, args, results) }
    }

    /// The same for a store whose data has the type `T`, or one that crosses threads no more than that.
    ///
    /// # Safety
    /// As for [`ByReturn::new`].
    pub(crate) unsafe fn over<R>(store: &'a mut StoreInner, func: FuncHandle, args: A, results: L) -> Self
    where
        A: FnOnce(&mut StoreInner, &mut [RawVal]) -> Result<()>,
        L: FnOnce(&mut StoreInner, &[RawVal]) -> R,
    {
        let vm = NonNull::from(store.vm.get_mut());
        Self {
            store: NonNull::from(store),
            vm,
            func,
            state: State::New(args),
            results: Some(results),
            borrow: PhantomData,
        }
    }
}

impl<T: 'static, A, L, R> Future for ByReturn<'_, T, A, L>
where
    A: FnOnce(&mut StoreInner, &mut [RawVal]) -> Result<()>,
    L: FnOnce(&mut StoreInner, &[RawVal]) -> R,
{
    type Output = Result<R>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        let this = self.get_mut();
        let mut waiter = Waiter::by_return(Turn::Poll(NonNull::from(&mut *context).cast()));
        // SAFETY: the store is borrowed for as long as this lives, and nobody runs in it.
        let _before = unsafe { Before::of(this.vm, &mut waiter) };
        let course = match replace(&mut this.state, State::Ended) {
            // SAFETY: nobody else has a part of the borrow of the store. The contract of `new`.
            State::New(args) => unsafe { this.store.as_mut().begin_by_return(this.func, args, &mut waiter) },
            State::Waits(mut waiting) => {
                // SAFETY: Y2.
                let running = unsafe { waiting.enter(this.vm, &mut waiter) }?;
                if waiting.left.poll(context).is_pending() {
                    drop(running);
                    Ok(Err(waiting))
                } else {
                    // SAFETY: nobody else has a part of the borrow of the store but what is left, which is ready. The
                    // call was left there, and nobody has touched its cells.
                    unsafe { this.store.as_mut().go_on_by_return(waiting, running, &mut waiter) }
                }
            }
            State::Ended => panic!("a call was polled after it had ended"),
        };
        match course {
            Ok(Ok(entry)) => {
                // SAFETY: as above.
                let store = unsafe { this.store.as_mut() };
                let count = store.cell_count(this.func);
                // SAFETY: the guest has left its results in the cells of the entry, and is done with them.
                let cells = unsafe { core::slice::from_raw_parts(entry, count) };
                let results = this.results.take().ok_or_else(|| coracle_error::bug!("a call has ended twice"));
                Poll::Ready(results.map(|results| results(store, cells)))
            }
            Ok(Err(waiting)) => {
                this.state = State::Waits(waiting);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<T: 'static, A, L> Drop for ByReturn<'_, T, A, L> {
    fn drop(&mut self) {
        let State::Waits(waiting) = replace(&mut self.state, State::Ended) else { return };
        let mut waiter = Waiter::by_return(Turn::Cancel);
        // SAFETY: as in `poll`.
        let _before = unsafe { Before::of(self.vm, &mut waiter) };
        // SAFETY: Y2.
        let _running = unsafe { waiting.enter(self.vm, &mut waiter) };
        // Frames in the cells hold nothing that has a destructor.
        drop(waiting.left);
    }
}

impl Waiting {
    /// Enters the store again, above the call's frames.
    ///
    /// # Errors
    /// `Trap::StackOverflow`.
    ///
    /// # Safety
    /// The store is alive, and nobody runs in it.
    unsafe fn enter(&self, mut vm: NonNull<VmStore>, waiter: &mut Waiter<'_>) -> Result<Restore> {
        // SAFETY: by contract.
        let vm = unsafe { vm.as_mut() };
        // All frames lie below the end of the waiting function's cells.
        let running = begin(vm, self.at.cells.wrapping_add(self.at.count)).ok_or(Trap::StackOverflow)?;
        waiter.depth = vm.host_depth;
        Ok(running)
    }
}

/// Where a call has come to: the cells of its results, or where it goes on.
type Course = core::result::Result<*mut RawVal, Waiting>;

impl StoreInner {
    fn cell_count(&self, func: FuncHandle) -> usize {
        // SAFETY: a function record's slot lives as long as the store (V5).
        unsafe { (*self.func(func).slot).cells() as usize }
    }

    /// Enters a function.
    ///
    /// # Safety
    /// As for `enter_with`.
    unsafe fn begin_by_return(
        &mut self,
        func: FuncHandle,
        args: impl FnOnce(&mut Self, &mut [RawVal]) -> Result<()>,
        waiter: &mut Waiter<'_>,
    ) -> Result<Course> {
        self.tidy_if_due();
        let args = |store: &mut Self, cells: &mut [RawVal]| {
            waiter.depth = store.vm.get().host_depth;
            args(store, cells)
        };
        // SAFETY: passed on.
        let (status, (first, _)) = unsafe { self.enter_to_suspend(func, args) }?;
        self.left_by_return(status, first, waiter)
    }

    /// Goes on with a call whose host function is ready.
    ///
    /// # Safety
    /// The call was left there, and nobody has touched its cells.
    unsafe fn go_on_by_return(
        &mut self,
        Waiting { at, entry, left }: Waiting,
        running: Restore,
        waiter: &mut Waiter<'_>,
    ) -> Result<Course> {
        // SAFETY: the cells are those that the host function was given; nobody else refers to them while it waits.
        let status = match left.finish(self, unsafe { core::slice::from_raw_parts_mut(at.cells, at.count) }) {
            Ok(()) => Status::Done,
            Err(error) => refuse(self, error),
        };
        // SAFETY: the interpreter has left this call there, and its cells are as they were.
        let status = unsafe { self.resume_at(&at, status, entry) };
        drop(running);
        self.left_by_return(status, entry, waiter)
    }

    /// What came of a turn.
    fn left_by_return(&mut self, status: Status, entry: *mut RawVal, waiter: &mut Waiter<'_>) -> Result<Course> {
        if status == Status::Suspended
            && let Some(left) = waiter.left.take()
        {
            let at = replace(&mut self.vm.get_mut().suspended, SuspendPoint::NONE);
            return Ok(Err(Waiting { at, entry, left }));
        }
        let left = (status != Status::Done).then(|| self.left_by(status));
        self.call_hook(CallHook::ReturningFromWasm)?;
        match left {
            Some(error) => Err(error),
            None => Ok(Ok(entry)),
        }
    }
}

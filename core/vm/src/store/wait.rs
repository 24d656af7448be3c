//! How running code waits for the host: a future of the embedder's is polled where it is needed, on the stack of the
//! call that needs it, until it is ready.
//!
//! A call that may wait has a [`Waiter`], which knows whose poll this is. Where there are stacks for such calls
//! ([`on_stack`](crate::store::on_stack)), it lies there: what is not ready suspends that stack, and the poll that goes on
//! with it comes back here. Where there are none, a host function leaves what is not ready to the call, and the
//! interpreter is left by returning ([`by_return`](crate::store::by_return)); whoever has frames that cannot be left
//! ends the call instead.
//!
//! In a store that has nothing to wait for (no function, limiter or hook that does, nobody who decides at epochs) a call
//! that may wait needs neither, and is made at once, with one waiter for all such calls ([`AT_ONCE`]). What it is given to
//! wait for meanwhile ends it, if it is not ready.
//!
//! # Invariants
//! - W1. `VmStore::waiter` is null or the address of the waiter of the innermost call that may wait and runs; it is there
//!   no longer when that call has ended or waits. Who writes to it asks for the call's own (`with_own_waiter`), or knows
//!   that it is none of [`AT_ONCE`].
//! - W2. A waiter's turn is that of the poll in progress; so its context is alive while the stack runs.
//! - W3. No frame of the embedder's stands between a wait and the start of its stack: what is synchronous is refused
//!   where waits may be needed ([`StoreInner::check_sync`]).
#![allow(unsafe_code)] // Follows the addresses of the waiter and of the poll's context.

use crate::raw::RawVal;
use crate::store::coroutine::Suspender;
use crate::store::host::Flow;
use crate::store::inner::StoreInner;
use crate::tier::VmStore;
use alloc::alloc::dealloc;
use alloc::boxed::Box;
use coracle_error::{Error, ErrorKind, Result, Trap};
use core::alloc::Layout;
use core::mem::{ManuallyDrop, MaybeUninit, replace};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

/// A future of the embedder's.
pub(crate) type BoxFuture<'a, R> = Pin<Box<AnyFuture<'a, R>>>;

type AnyFuture<'a, R> = dyn Future<Output = R> + Send + 'a;

/// What a call runs for.
#[derive(Clone, Copy)]
pub(crate) enum Turn {
    /// Its future is polled, in this context.
    Poll(NonNull<Context<'static>>),
    /// The same where nobody could wait: what is polled has a context in which nobody is woken.
    Once,
    /// It has been dropped: everything on the stack ends in an error.
    Cancel,
}

impl Turn {
    /// What a future is polled in; `once` has room for it where the call brings nothing.
    ///
    /// # Errors
    /// Where the call is cancelled.
    #[inline(always)]
    fn context(self, once: &mut MaybeUninit<Context<'static>>) -> Result<NonNull<Context<'static>>> {
        match self {
            Self::Poll(context) => Ok(context),
            Self::Once => Ok(NonNull::from(once.write(Context::from_waker(Waker::noop())))),
            Self::Cancel => Err(cancelled()),
        }
    }
}

/// A box that whoever polls the future takes apart.
///
/// PERF: `waits`. Were it dropped as a box is, that would be a function that it is handed to, and nobody could do without it.
struct Unboxed<'a, R>(*mut AnyFuture<'a, R>);

impl<'a, R> Unboxed<'a, R> {
    #[inline(always)]
    fn of(future: BoxFuture<'a, R>) -> Self {
        // SAFETY: it stays where it is until it is dropped.
        Self(Box::into_raw(unsafe { Pin::into_inner_unchecked(future) }))
    }

    #[inline(always)]
    fn as_mut(&mut self) -> Pin<&mut AnyFuture<'a, R>> {
        // SAFETY: it came out of a pinned box, and is this one's alone.
        unsafe { Pin::new_unchecked(&mut *self.0) }
    }

    /// The box that it was.
    fn back(self) -> BoxFuture<'a, R> {
        // SAFETY: it was one, and is nobody else's from here on.
        Box::into_pin(unsafe { Box::from_raw(ManuallyDrop::new(self).0) })
    }

    /// Drops the future. Should it panic, its block leaks.
    #[inline(always)]
    fn free(self) {
        let future = ManuallyDrop::new(self).0;
        // SAFETY: it was a box, whose future is dropped here, and whose block goes to where it came from.
        unsafe {
            let layout = Layout::for_value(&*future);
            core::ptr::drop_in_place(future);
            if layout.size() > 0 {
                dealloc(future.cast(), layout);
            }
        }
    }
}

impl<R> Drop for Unboxed<'_, R> {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: it was a box, and goes here.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// What a call that may wait waits with.
pub(crate) struct Waiter<'a> {
    /// Suspends the call's stack, if it has one of its own.
    suspender: Option<&'a Suspender<Turn>>,
    pub(crate) turn: Turn,
    /// Whether the embedder's hook runs: calls that it makes have none.
    pub(crate) in_hook: bool,
    /// What a host function has left to the call, to be waited for.
    pub(crate) left: Option<Box<dyn Left>>,
    /// The depth of entries at which something can be left: no frame of the host's stands above the call then.
    pub(crate) depth: u32,
}

/// The waiter of all calls that are made at once. Nobody writes to it.
struct AtOnce(Waiter<'static>);

// SAFETY: nobody writes to the waiter, and it leads nowhere.
unsafe impl Sync for AtOnce {}

static AT_ONCE: AtOnce = AtOnce(Waiter::by_return(Turn::Once));

/// What is left of a host function that waits.
pub(crate) trait Left: Send {
    /// Polls what it waits for.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Ends the host function, which has been polled to its end: writes its results into its cells.
    ///
    /// # Errors
    /// The host function's own.
    fn finish(self: Box<Self>, store: &mut StoreInner, cells: &mut [RawVal]) -> Result<()>;
}

/// A future and what is done with its output. The future is dropped first.
struct LeftFuture<'a, R, F> {
    future: BoxFuture<'a, R>,
    output: Option<R>,
    finish: F,
}

impl<R: Send, F> Left for LeftFuture<'_, R, F>
where
    F: FnOnce(R, &mut StoreInner, &mut [RawVal]) -> Result<()> + Send,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.future.as_mut().poll(context).map(|output| self.output = Some(output))
    }

    fn finish(self: Box<Self>, store: &mut StoreInner, cells: &mut [RawVal]) -> Result<()> {
        let Self { future, output, finish } = *self;
        drop(future);
        let output = output.ok_or_else(|| coracle_error::bug!("a host function has not ended"))?;
        finish(output, store, cells)
    }
}

impl<'a> Waiter<'a> {
    /// For a call on a stack of its own, within the hook or not.
    pub(crate) fn on_stack(suspender: &'a Suspender<Turn>, turn: Turn, in_hook: bool) -> Self {
        Self { suspender: Some(suspender), turn, in_hook, left: None, depth: 0 }
    }

    /// For a call that is left by returning, or not at all.
    pub(crate) const fn by_return(turn: Turn) -> Self {
        Self { suspender: None, turn, in_hook: false, left: None, depth: 0 }
    }
}

/// Puts the waiter back that was there before a turn.
pub(crate) struct Before {
    vm: NonNull<VmStore>,
    waiter: *mut (),
}

impl Before {
    /// From now on this waiter is the store's.
    ///
    /// # Safety
    /// The store is alive, and nobody runs in it. The waiter outlives this.
    #[inline(always)]
    pub(crate) unsafe fn of(mut vm: NonNull<VmStore>, waiter: *mut Waiter<'_>) -> Self {
        // SAFETY: by contract.
        let waiter = replace(unsafe { &mut vm.as_mut().waiter }, waiter.cast());
        Self { vm, waiter }
    }
}

impl Drop for Before {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the store outlives the turn.
        unsafe { self.vm.as_mut() }.waiter = self.waiter;
    }
}

impl StoreInner {
    /// Runs a future to its end, and waits as often as it is not ready.
    ///
    /// PERF: `waits`. One that is ready at once costs its poll: what it takes to wait is out of the way, so that a compiler
    /// that sees what `make` makes has all of it in one piece, and leaves out the box where nobody needs one.
    ///
    /// # Errors
    /// `ErrorKind::Other` where no call is under way that may wait, or its future has been dropped.
    #[inline(always)]
    pub(crate) fn block_on<'a, R>(&'a mut self, make: impl FnOnce(&'a mut Self) -> BoxFuture<'a, R>) -> Result<R> {
        let Some(waiter) = self.waiter() else { return Err(not_in_an_async_call()) };
        let mut once = MaybeUninit::uninit();
        // SAFETY: W1: this runs on the stack of the innermost call.
        let mut context = unsafe { (*waiter.as_ptr()).turn }.context(&mut once)?;
        let mut future = Unboxed::of(make(self));
        // SAFETY: W2: its future is polled, and nobody else uses the context meanwhile.
        match future.as_mut().poll(unsafe { context.as_mut() }) {
            Poll::Ready(result) => {
                future.free();
                Ok(result)
            }
            Poll::Pending => wait_for(waiter, future.back()),
        }
    }

    /// Polls the future of a host function that can be left while it waits, and ends the function by `finish` when it
    /// is ready. Where it is not, it is kept for the call to wait for.
    ///
    /// # Safety
    /// What the future borrows but the store lives as long as `finish`. The host function answers with what this returns.
    ///
    /// # Errors
    /// Those of `finish`; where no call is under way that may wait, or the host function cannot be left.
    pub(crate) unsafe fn leave_or_finish<'a, R: Send + 'a>(
        &'a mut self,
        cells: &mut [RawVal],
        make: impl FnOnce(&'a mut Self) -> BoxFuture<'a, R>,
        finish: impl FnOnce(R, &mut Self, &mut [RawVal]) -> Result<()> + Send + 'a,
    ) -> Result<Flow> {
        let Some(waiter) = self.waiter() else { return Err(not_in_an_async_call()) };
        let (mut store, depth) = (NonNull::from(&mut *self), self.vm.get().host_depth);
        let mut once = MaybeUninit::uninit();
        // SAFETY: W1: the innermost call runs here. Its waiter has no stack of its own.
        let (turn, at) = unsafe { ((*waiter.as_ptr()).turn, (*waiter.as_ptr()).depth) };
        let mut context = turn.context(&mut once)?;
        let mut future = make(self);
        // SAFETY: W2: its future is polled, and nobody else uses the context meanwhile.
        if let Poll::Ready(output) = future.as_mut().poll(unsafe { context.as_mut() }) {
            drop(future);
            // SAFETY: the future, which had the borrow of the store, is gone.
            finish(output, unsafe { store.as_mut() }, cells)?;
            return Ok(Flow::Return);
        }
        if depth != at {
            return Err(Trap::CannotBlockSyncTask.into());
        }
        let left: Box<dyn Left + 'a> = Box::new(LeftFuture { future, output: None, finish });
        // SAFETY: the call keeps what is left, drops it before it ends itself, and has the borrow of the store until
        // then; what else the future borrows lives as long as `finish`, which is kept beside it. The waiter as above; it is
        // one of a call that can be left, since no host function runs at the depth of `AT_ONCE`.
        unsafe { (*waiter.as_ptr()).left = Some(core::mem::transmute::<Box<dyn Left + 'a>, Box<dyn Left>>(left)) };
        Ok(Flow::Wait)
    }

    /// The waiter of the innermost call that may wait.
    #[inline(always)]
    pub(crate) fn waiter(&self) -> Option<NonNull<Waiter<'static>>> {
        NonNull::new(self.vm.get().waiter.cast())
    }

    /// Whether a call may have to wait: not where nothing in the store can ask for it.
    #[inline(always)]
    pub(crate) fn may_wait(&self) -> bool {
        self.async_required || self.epoch_hook.is_some()
    }

    /// Makes a call that may wait in a store that has nothing to wait for.
    ///
    /// # Errors
    /// Those of `f`.
    #[inline(always)]
    pub(crate) fn at_once<R>(&mut self, f: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        // SAFETY: the store is alive, and nobody runs in it: it is borrowed here. Nobody writes to that waiter.
        let _before = unsafe { Before::of(NonNull::from(self.vm.get_mut()), (&raw const AT_ONCE.0).cast_mut()) };
        f(self)
    }

    /// Runs `f` with a waiter that is its call's alone, and can be written to.
    #[cold]
    pub(crate) fn with_own_waiter<R>(&mut self, f: impl FnOnce(&mut Self, NonNull<Waiter<'static>>) -> R) -> Option<R> {
        let at = self.waiter()?;
        if !core::ptr::eq(at.as_ptr(), &raw const AT_ONCE.0) {
            return Some(f(self, at));
        }
        let mut own = Waiter::by_return(Turn::Once);
        // SAFETY: as in `at_once`; it lies here.
        let _before = unsafe { Before::of(NonNull::from(self.vm.get_mut()), &raw mut own) };
        Some(f(self, NonNull::from(&mut own)))
    }

    /// From now on all calls must be of those that may wait: something that may have to is part of the store.
    pub(crate) fn require_async(&mut self) {
        self.async_required = true;
    }

    /// Checks that a call that may not wait can be made.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` where something of the store may have to wait, and within a call that may wait.
    #[inline(always)]
    pub(crate) fn check_sync(&self) -> Result<()> {
        if self.async_required || !self.vm.get().waiter.is_null() { Err(self.not_sync()) } else { Ok(()) }
    }

    /// Why a call that may not wait cannot be made.
    #[cold]
    pub(crate) fn not_sync(&self) -> Error {
        let message = match self.async_required {
            true => "store configuration requires that `*_async` functions are used instead",
            false => "cannot do blocking `call` from an async context",
        };
        Error::fault(ErrorKind::Unsupported, message)
    }
}

/// Waits until a future is ready that was not when it was polled first, on the same stack.
#[cold]
#[inline(never)]
fn wait_for<R>(waiter: NonNull<Waiter<'static>>, mut future: BoxFuture<'_, R>) -> Result<R> {
    let mut once = MaybeUninit::uninit();
    loop {
        // SAFETY: W1, W2: as where it was polled first. The borrows end before anything else is done with waiter or context.
        let polled = unsafe {
            let turn = (*waiter.as_ptr()).suspender.and_then(Suspender::wait).ok_or(Trap::CannotBlockSyncTask)?;
            (*waiter.as_ptr()).turn = turn;
            future.as_mut().poll(turn.context(&mut once)?.as_mut())
        };
        if let Poll::Ready(result) = polled {
            return Ok(result);
        }
    }
}

/// A future that is ready when it is polled for the second time, which it asks for at once.
pub(crate) struct YieldNow(pub(crate) bool);

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cold]
fn not_in_an_async_call() -> Error {
    Error::fault(ErrorKind::Unsupported, "what has to wait was called by a function that is not one of `*_async`")
}

#[cold]
fn cancelled() -> Error {
    Error::fault(ErrorKind::Other, "the future of the call was dropped while it waited")
}

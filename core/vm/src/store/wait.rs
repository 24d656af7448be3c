//! How running code waits for the host: a future of the embedder's is polled where it is needed, on the stack of the
//! call that needs it, until it is ready.
//!
//! A call that may wait runs on a stack of its own ([`on_stack`](crate::store::on_stack)) and has a [`Waiter`] there,
//! which knows whose poll this is. What is not ready suspends that stack; the poll that goes on with it comes back here.
//!
//! # Invariants
//! - W1. `VmStore::waiter` is null or the address of the waiter of the innermost call that runs on a stack of its own;
//!   it lives on that stack, and is there no longer when that call has ended or is suspended.
//! - W2. A waiter's turn is that of the poll in progress; so its context is alive while the stack runs.
//! - W3. No frame of the embedder's stands between a wait and the start of its stack: what is synchronous is refused
//!   where waits may be needed ([`StoreInner::check_sync`]).
#![allow(unsafe_code)] // Follows the addresses of the waiter and of the poll's context.

use crate::store::coroutine::Suspender;
use crate::store::inner::StoreInner;
use alloc::boxed::Box;
use coracle_error::{Error, ErrorKind, Result, Trap};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// A future of the embedder's.
pub(crate) type BoxFuture<'a, R> = Pin<Box<dyn Future<Output = R> + Send + 'a>>;

/// What the stack of a call is resumed for.
#[derive(Clone, Copy)]
pub(crate) enum Turn {
    /// The future of the call is polled, in this context.
    Poll(NonNull<Context<'static>>),
    /// It has been dropped: everything on the stack ends in an error.
    Cancel,
}

/// What a call that may wait waits with.
pub(crate) struct Waiter<'a> {
    pub(crate) suspender: &'a Suspender<Turn>,
    pub(crate) turn: Turn,
    /// Whether the embedder's hook runs: calls that it makes have none.
    pub(crate) in_hook: bool,
}

impl StoreInner {
    /// Runs a future to its end, and waits as often as it is not ready.
    ///
    /// # Errors
    /// `ErrorKind::Other` where no call is under way that may wait, or its future has been dropped.
    pub(crate) fn block_on<'a, R>(&'a mut self, make: impl FnOnce(&'a mut Self) -> BoxFuture<'a, R>) -> Result<R> {
        let Some(waiter) = self.waiter() else { return Err(not_in_an_async_call()) };
        let mut future = make(self);
        loop {
            // SAFETY: W1, W2: this runs on the stack of the innermost call, whose future is polled. The borrows end
            // before anything else is done with waiter or context.
            let (suspender, polled) = unsafe {
                match (*waiter.as_ptr()).turn {
                    Turn::Poll(mut context) => ((*waiter.as_ptr()).suspender, future.as_mut().poll(context.as_mut())),
                    Turn::Cancel => return Err(cancelled()),
                }
            };
            if let Poll::Ready(result) = polled {
                return Ok(result);
            }
            let turn = suspender.wait().ok_or(Trap::CannotBlockSyncTask)?;
            // SAFETY: as above: the call goes on.
            unsafe { (*waiter.as_ptr()).turn = turn };
        }
    }

    /// The waiter of the innermost call that may wait.
    #[inline(always)]
    pub(crate) fn waiter(&self) -> Option<NonNull<Waiter<'static>>> {
        NonNull::new(self.vm.get().waiter.cast())
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

/// A future that is ready when it is polled for the second time, which it asks for at once.
pub(crate) struct YieldNow(pub(crate) bool);

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if core::mem::replace(&mut self.0, true) {
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

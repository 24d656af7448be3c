//! Coroutines of `corosensei`, on mapped stacks with a guard page.
#![allow(unsafe_code)] // Runs code on a stack that outlives no borrow of it.

use crate::provider::span::Span;
use crate::provider::thread_stack::Switched;
use alloc::boxed::Box;
use alloc::format;
use coracle_error::{Error, ErrorKind, Result};
use core::mem::ManuallyDrop;
use corosensei::stack::{DefaultStack, Stack, StackPointer};
use corosensei::{CoroutineResult, Yielder};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Bytes at the low end of a stack that may be its guard: as large as pages are anywhere.
const GUARD_BYTES: usize = 64 << 10;
/// More than this no stack has.
const MOST_BYTES: usize = isize::MAX as usize / 2;

/// A stack of the host's that no thread began on: one word, since it is moved at each call.
pub(crate) struct HostStack(Box<Memory>);

struct Memory {
    stack: DefaultStack,
    /// Where it lies, without its guard.
    span: Span,
}

impl HostStack {
    /// A stack of so many bytes, of which each page is had when it is touched.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when the host does not give it.
    pub(crate) fn new(bytes: usize) -> Result<Self> {
        let failed = || Error::fault(ErrorKind::Resource, format!("no memory for a host's stack of {bytes} bytes"));
        let wanted = bytes.checked_add(GUARD_BYTES).filter(|&wanted| wanted < MOST_BYTES).ok_or_else(failed)?;
        let stack = DefaultStack::new(wanted).map_err(|_| failed())?;
        let low = stack.limit().get() + GUARD_BYTES;
        let span = Span { low, bytes: stack.base().get() - low };
        Ok(Self(Box::new(Memory { stack, span })))
    }

    /// Where it lies, without its guard.
    #[inline(always)]
    pub(crate) fn span(&self) -> Span {
        self.0.span
    }
}

// SAFETY: all answers are those of a stack that keeps the contract.
unsafe impl Stack for HostStack {
    #[inline(always)]
    fn base(&self) -> StackPointer {
        self.0.stack.base()
    }

    #[inline(always)]
    fn limit(&self) -> StackPointer {
        self.0.stack.limit()
    }
}

/// What a coroutine's body waits with.
#[repr(transparent)]
pub(crate) struct Suspender<I>(Yielder<I, ()>);

impl<I> Suspender<I> {
    /// Gives way to whoever has resumed the coroutine, until it is resumed again, and with what.
    pub(crate) fn wait(&self) -> Option<I> {
        Some(self.0.suspend(()))
    }
}

/// How far a coroutine has come.
pub(crate) enum Course<I, R> {
    /// To its end. Its stack is free again.
    Ended(R, HostStack),
    /// It waits.
    Waits(Coroutine<I, R>),
}

/// A function on a stack of its own that waits in the middle.
pub(crate) struct Coroutine<I, R> {
    inner: ManuallyDrop<corosensei::Coroutine<I, (), std::thread::Result<R>, HostStack>>,
    span: Span,
}

impl<I, R> Coroutine<I, R> {
    /// Runs `body` on a stack until it waits, or to its end.
    ///
    /// # Safety
    /// What `body` borrows lives until it has ended, or for ever where it does not end. Whatever is alive on its stack
    /// while it waits may go from thread to thread, or the coroutine does not.
    ///
    /// # Panics
    /// With the panic of the body.
    #[inline(always)]
    pub(crate) unsafe fn begin(stack: HostStack, input: I, body: impl FnOnce(&Suspender<I>, I) -> R) -> Course<I, R> {
        let body = |yielder: &Yielder<I, ()>, first: I| {
            // SAFETY: a suspender is nothing but a yielder.
            let suspender = unsafe { &*core::ptr::from_ref(yielder).cast::<Suspender<I>>() };
            catch_unwind(AssertUnwindSafe(|| body(suspender, first)))
        };
        let span = stack.span();
        // SAFETY: passed on.
        let coroutine = unsafe { corosensei::Coroutine::with_stack_unchecked(stack, body) };
        Self { inner: ManuallyDrop::new(coroutine), span }.resume(input)
    }

    /// Runs it until it waits again, or to its end.
    ///
    /// # Panics
    /// With the panic of its body.
    #[inline(always)]
    pub(crate) fn resume(mut self, input: I) -> Course<I, R> {
        let switched = Switched::to(self.span);
        let result = self.inner.resume(input);
        drop(switched);
        match result {
            CoroutineResult::Yield(()) => Course::Waits(self),
            CoroutineResult::Return(Ok(result)) => Course::Ended(result, self.into_stack()),
            CoroutineResult::Return(Err(panic)) => resume_unwind(panic),
        }
    }

    #[inline(always)]
    fn into_stack(self) -> HostStack {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `self` is neither dropped nor used again.
        unsafe { ManuallyDrop::take(&mut this.inner) }.into_stack()
    }
}

impl<I, R> Drop for Coroutine<I, R> {
    fn drop(&mut self) {
        if self.inner.done() {
            // SAFETY: dropped once, here. Nothing on its stack has to be unwound (K1).
            unsafe { ManuallyDrop::drop(&mut self.inner) };
        }
    }
}

/// The future of a call that may wait: here it has a stack.
#[inline(always)]
pub(crate) fn on_stack_or_by_return<V, A: Future, B: Future<Output = A::Output>>(
    values: V,
    on_stack: impl FnOnce(V) -> A,
    _by_return: impl FnOnce(V) -> B,
) -> impl Future<Output = A::Output> {
    on_stack(values)
}

#[cfg(test)]
mod tests {
    use super::{Coroutine, Course, GUARD_BYTES, HostStack, MOST_BYTES, Suspender};
    use crate::provider::thread_stack::{bounds, here, open};

    fn stack() -> HostStack {
        HostStack::new(64 << 10).expect("a stack")
    }

    #[test]
    fn values_go_in_and_out() {
        let (stack, before) = (stack(), bounds());
        let span = stack.span();
        let body = |suspender: &Suspender<u32>, first: u32| {
            assert!(span.contains(here()) && span.bytes >= 64 << 10 && bounds() == span && open().contains(here()));
            [first, suspender.wait().expect("another turn")]
        };
        // SAFETY: the body borrows nothing that dies before it ends.
        let Course::Waits(coroutine) = (unsafe { Coroutine::begin(stack, 1, body) }) else { panic!("it waits") };
        let Course::Ended(seen, stack) = coroutine.resume(2) else { panic!("it ends") };
        assert_eq!((seen, stack.span(), bounds()), ([1, 2], span, before));
    }

    #[test]
    fn a_panic_comes_out() {
        let body = |suspender: &Suspender<()>, ()| -> () {
            suspender.wait();
            panic!("out")
        };
        // SAFETY: the body borrows nothing.
        let Course::Waits(coroutine) = (unsafe { Coroutine::begin(stack(), (), body) }) else { panic!("it waits") };
        let resumed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(coroutine.resume(()))));
        let panic = resumed.expect_err("the panic comes out");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"out"));
    }

    #[test]
    fn a_stack_that_cannot_be_had_is_an_error() {
        assert!(HostStack::new(usize::MAX).is_err() && HostStack::new(MOST_BYTES - GUARD_BYTES - 1).is_err());
    }
}

//! Coroutines of `corosensei`, on mapped stacks with a guard page.
#![allow(unsafe_code)] // Runs code on a stack that outlives no borrow of it.

use crate::provider::span::Span;
use crate::provider::thread_stack::Switched;
use alloc::boxed::Box;
use alloc::format;
use coracle_error::{Error, ErrorKind, Result};
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
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
pub(crate) struct Suspender<I>(Yielder<(), Next<I>>);

/// Where a coroutine that waits is told what it is resumed for: on its own stack.
type Next<I> = NonNull<Option<I>>;

impl<I> Suspender<I> {
    /// Gives way to whoever has resumed the coroutine, until it is resumed again, and with what.
    pub(crate) fn wait(&self) -> Option<I> {
        let mut next = None;
        self.0.suspend(NonNull::from(&mut next));
        next
    }
}

/// How the body of a coroutine ended, or none yet.
pub(crate) struct Ending<R>(Option<std::thread::Result<R>>);

impl<R> Ending<R> {
    /// None yet.
    pub(crate) const NONE: Self = Self(None);

    /// That of `body`, which is run.
    #[inline(always)]
    pub(crate) fn of(body: impl FnOnce() -> R) -> Self {
        Self(Some(catch_unwind(AssertUnwindSafe(body))))
    }

    /// What it ended with; `None` if it has not, or was asked for that before.
    ///
    /// # Panics
    /// With the panic of the body.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<R> {
        match self.0.take()? {
            Ok(result) => Some(result),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// How far a coroutine has come.
pub(crate) enum Course<I> {
    /// To its end. Its stack is free again.
    Ended(HostStack),
    /// It waits.
    Waits(Coroutine<I>),
}

/// A function on a stack of its own that waits in the middle.
///
/// PERF: `waits`. What goes from one stack to the other is a word at most: a processor reads at once what it has just written
/// only in the same pieces, and values of several words are written and copied in different ones.
pub(crate) struct Coroutine<I> {
    inner: ManuallyDrop<Inner<I>>,
    span: Span,
    next: Next<I>,
}

type Inner<I> = corosensei::Coroutine<(), Next<I>, (), HostStack>;

impl<I> Coroutine<I> {
    /// Runs `body` on a stack until it waits, or to its end. A panic of the body ends the process ([`Ending`]).
    ///
    /// # Safety
    /// What `body` borrows lives until it has ended, or for ever where it does not end. Whatever is alive on its stack
    /// while it waits may go from thread to thread, or the coroutine does not.
    #[inline(always)]
    pub(crate) unsafe fn begin(stack: HostStack, body: impl FnOnce(&Suspender<I>)) -> Course<I> {
        let body = |yielder: &Yielder<(), Next<I>>, ()| {
            // SAFETY: a suspender is nothing but a yielder.
            body(unsafe { &*core::ptr::from_ref(yielder).cast::<Suspender<I>>() });
        };
        let span = stack.span();
        // SAFETY: passed on.
        let coroutine = unsafe { corosensei::Coroutine::with_stack_unchecked(stack, body) };
        Self::run(ManuallyDrop::new(coroutine), span)
    }

    /// Runs it until it waits again, or to its end.
    pub(crate) fn resume(self, input: I) -> Course<I> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: it waits, so what it looks at when it goes on is there on its stack, and nobody reads it meanwhile.
        unsafe { this.next.write(Some(input)) };
        // SAFETY: `this` is neither dropped nor used again.
        Self::run(ManuallyDrop::new(unsafe { ManuallyDrop::take(&mut this.inner) }), this.span)
    }

    #[inline(always)]
    fn run(mut inner: ManuallyDrop<Inner<I>>, span: Span) -> Course<I> {
        let switched = Switched::to(span);
        let result = inner.resume(());
        drop(switched);
        match result {
            CoroutineResult::Yield(next) => Course::Waits(Self { inner, span, next }),
            CoroutineResult::Return(()) => Course::Ended(ManuallyDrop::into_inner(inner).into_stack()),
        }
    }
}

impl<I> Drop for Coroutine<I> {
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
    use super::{Coroutine, Course, Ending, GUARD_BYTES, HostStack, MOST_BYTES, Suspender};
    use crate::provider::thread_stack::{bounds, here, open};
    use core::ptr::NonNull;

    fn stack() -> HostStack {
        HostStack::new(64 << 10).expect("a stack")
    }

    #[test]
    fn values_go_in_and_out() {
        let (stack, before) = (stack(), bounds());
        let (span, mut seen) = (stack.span(), None);
        let mut out = NonNull::from(&mut seen);
        let body = |suspender: &Suspender<u32>| {
            assert!(span.contains(here()) && span.bytes >= 64 << 10 && bounds() == span && open().contains(here()));
            // SAFETY: nobody else uses it until the coroutine has ended.
            *unsafe { out.as_mut() } = suspender.wait();
        };
        // SAFETY: what the body borrows is there until it ends.
        let Course::Waits(coroutine) = (unsafe { Coroutine::begin(stack, body) }) else { panic!("it waits") };
        let Course::Ended(stack) = coroutine.resume(2) else { panic!("it ends") };
        assert_eq!((seen, stack.span(), bounds()), (Some(2), span, before));
    }

    #[test]
    fn a_panic_comes_out() {
        let mut ending = Ending::<()>::NONE;
        let mut out = NonNull::from(&mut ending);
        let body = |suspender: &Suspender<()>| {
            let ending = Ending::of(|| {
                suspender.wait();
                panic!("out")
            });
            // SAFETY: nobody else uses it until the coroutine has ended.
            *unsafe { out.as_mut() } = ending;
        };
        // SAFETY: what the body borrows is there until it ends.
        let Course::Waits(coroutine) = (unsafe { Coroutine::begin(stack(), body) }) else { panic!("it waits") };
        assert!(matches!(coroutine.resume(()), Course::Ended(_)));
        let taken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ending.take()));
        assert_eq!(taken.expect_err("the panic comes out").downcast_ref::<&str>(), Some(&"out"));
        assert!(ending.take().is_none());
    }

    #[test]
    fn a_stack_that_cannot_be_had_is_an_error() {
        assert!(HostStack::new(usize::MAX).is_err() && HostStack::new(MOST_BYTES - GUARD_BYTES - 1).is_err());
    }
}

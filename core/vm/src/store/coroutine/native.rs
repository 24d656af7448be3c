//! Coroutines of `corosensei`, on mapped stacks with a guard page.
#![allow(unsafe_code)] // Runs code on a stack that outlives no borrow of it.

use crate::provider::span::Span;
use crate::provider::thread_stack::{Bounds, Switched};
use alloc::boxed::Box;
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
pub(crate) struct HostStack(NonNull<Memory>);

struct Memory {
    stack: DefaultStack,
    /// Where it lies, without its guard.
    bounds: Bounds,
}

// SAFETY: it is the only owner of memory that belongs to no thread.
unsafe impl Send for HostStack {}
// SAFETY: what can be asked of it does not change.
unsafe impl Sync for HostStack {}

impl HostStack {
    /// A stack of so many bytes, of which each page is had when it is touched.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when the host does not give it.
    pub(crate) fn new(bytes: usize) -> Result<Self> {
        let failed = || {
            Error::fault(ErrorKind::Resource, coracle_error::wording!("no memory for a host's stack of {bytes} bytes"))
        };
        let wanted = bytes.checked_add(GUARD_BYTES).filter(|&wanted| wanted < MOST_BYTES).ok_or_else(failed)?;
        let stack = DefaultStack::new(wanted).map_err(|_| failed())?;
        let low = stack.limit().get() + GUARD_BYTES;
        let bounds = Bounds::of(Span { low, bytes: stack.base().get() - low });
        Ok(Self(NonNull::from(Box::leak(Box::new(Memory { stack, bounds })))))
    }

    /// Where it lies, without its guard.
    #[inline(always)]
    pub(crate) fn span(&self) -> Span {
        // SAFETY: it is there as long as this.
        unsafe { (*self.0.as_ptr()).bounds.stack }
    }

    /// Where its bounds are.
    #[inline(always)]
    fn bounds(&self) -> NonNull<Bounds> {
        // SAFETY: as above.
        unsafe { NonNull::from_ref(&(*self.0.as_ptr()).bounds) }
    }
}

impl Drop for HostStack {
    fn drop(&mut self) {
        // SAFETY: it was made by `new`, and goes once.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// A stack as a coroutine has it. Its owner keeps it meanwhile: a coroutine that has ended need not be taken apart.
struct OnLoan(NonNull<Memory>);

// SAFETY: all answers are those of a stack that keeps the contract, and is there as long as the coroutine is used.
unsafe impl Stack for OnLoan {
    #[inline(always)]
    fn base(&self) -> StackPointer {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).stack.base() }
    }

    #[inline(always)]
    fn limit(&self) -> StackPointer {
        // SAFETY: as above.
        unsafe { (*self.0.as_ptr()).stack.limit() }
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

/// How the body of a coroutine ended.
pub(crate) struct Ending<R>(std::thread::Result<R>);

impl<R> Ending<R> {
    /// That of `body`, which is run.
    #[inline(always)]
    pub(crate) fn of(body: impl FnOnce() -> R) -> Self {
        Self(catch_unwind(AssertUnwindSafe(body)))
    }

    /// What it ended with.
    ///
    /// # Panics
    /// With the panic of the body.
    #[inline(always)]
    pub(crate) fn told(self) -> R {
        self.0.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// How far a coroutine has come.
pub(crate) enum Course<I> {
    /// To its end. Its stack is free again.
    Ended(HostStack),
    /// It waits.
    Waits(Coroutine<I>),
}

/// A function on a stack of its own that waits in the middle. Dropped like that, it leaks its stack (K1).
///
/// PERF: `waits`. What goes from one stack to the other is a word at most: a processor reads at once what it has just written
/// only in the same pieces, and values of several words are written and copied in different ones.
pub(crate) struct Coroutine<I> {
    inner: ManuallyDrop<Inner<I>>,
    stack: ManuallyDrop<HostStack>,
    next: Next<I>,
}

type Inner<I> = corosensei::Coroutine<(), Next<I>, (), OnLoan>;

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
        // SAFETY: passed on.
        let coroutine = unsafe { corosensei::Coroutine::with_stack_unchecked(OnLoan(stack.0), body) };
        Self::run(ManuallyDrop::new(coroutine), ManuallyDrop::new(stack))
    }

    /// Runs it until it waits again, or to its end.
    pub(crate) fn resume(self, input: I) -> Course<I> {
        let Self { inner, stack, next } = self;
        // SAFETY: it waits, so what it looks at when it goes on is there on its stack, and nobody reads it meanwhile.
        unsafe { next.write(Some(input)) };
        Self::run(inner, stack)
    }

    #[inline(always)]
    fn run(mut inner: ManuallyDrop<Inner<I>>, stack: ManuallyDrop<HostStack>) -> Course<I> {
        // SAFETY: the stack is here.
        let switched = unsafe { Switched::to(stack.bounds()) };
        let result = inner.resume(());
        drop(switched);
        match result {
            CoroutineResult::Yield(next) => Course::Waits(Self { inner, stack, next }),
            CoroutineResult::Return(()) => {
                if cfg!(feature = "address-sanitizer") {
                    // It is told that nothing of what was on the stack is there any more.
                    ManuallyDrop::into_inner(inner).into_stack();
                }
                Course::Ended(ManuallyDrop::into_inner(stack))
            }
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
        let mut ending = None;
        let mut out = NonNull::from(&mut ending);
        let body = |suspender: &Suspender<()>| {
            let ending = Ending::<()>::of(|| {
                suspender.wait();
                panic!("out")
            });
            // SAFETY: nobody else uses it until the coroutine has ended.
            *unsafe { out.as_mut() } = Some(ending);
        };
        // SAFETY: what the body borrows is there until it ends.
        let Course::Waits(coroutine) = (unsafe { Coroutine::begin(stack(), body) }) else { panic!("it waits") };
        assert!(matches!(coroutine.resume(()), Course::Ended(_)));
        let ending = ending.expect("it has ended");
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ending.told()));
        assert_eq!(told.expect_err("the panic comes out").downcast_ref::<&str>(), Some(&"out"));
    }

    #[test]
    fn a_stack_that_cannot_be_had_is_an_error() {
        assert!(HostStack::new(usize::MAX).is_err() && HostStack::new(MOST_BYTES - GUARD_BYTES - 1).is_err());
    }
}

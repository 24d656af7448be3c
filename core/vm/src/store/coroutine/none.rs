//! Coroutines that cannot wait: each is a function that is called.
#![allow(unsafe_code)] // The same functions as where they can.

use crate::provider::span::Span;
use coracle_error::Result;
use core::convert::Infallible;
use core::marker::PhantomData;

/// No stack.
pub(crate) struct HostStack(());

impl HostStack {
    /// None.
    ///
    /// # Errors
    /// Never.
    pub(crate) fn new(_: usize) -> Result<Self> {
        Ok(Self(()))
    }

    /// Nowhere.
    pub(crate) fn span(&self) -> Span {
        Span { low: 0, bytes: 0 }
    }
}

/// What a coroutine's body cannot wait with.
pub(crate) struct Suspender<I>(PhantomData<fn(I)>);

impl<I> Suspender<I> {
    /// Nothing: it cannot wait.
    pub(crate) fn wait(&self) -> Option<I> {
        None
    }
}

/// How the body of a coroutine ended.
pub(crate) struct Ending<R>(R);

impl<R> Ending<R> {
    /// That of `body`, which is run.
    pub(crate) fn of(body: impl FnOnce() -> R) -> Self {
        Self(body())
    }

    /// What it ended with.
    pub(crate) fn told(self) -> R {
        self.0
    }
}

/// How far a coroutine has come.
pub(crate) enum Course<I> {
    /// To its end.
    Ended(HostStack),
    /// Nowhere else.
    #[allow(dead_code, reason = "where stacks are, they wait")]
    Waits(Coroutine<I>),
}

/// None.
pub(crate) struct Coroutine<I>(Infallible, PhantomData<fn(I)>);

impl<I> Coroutine<I> {
    /// Runs `body` to its end.
    ///
    /// # Safety
    /// None: it is asked for where there are stacks.
    pub(crate) unsafe fn begin(stack: HostStack, body: impl FnOnce(&Suspender<I>)) -> Course<I> {
        body(&Suspender(PhantomData));
        Course::Ended(stack)
    }

    /// Never.
    pub(crate) fn resume(self, _: I) -> Course<I> {
        match self.0 {}
    }
}

/// The future of a call that may wait: here it gives way by returning.
pub(crate) fn on_stack_or_by_return<V, A: Future, B: Future<Output = A::Output>>(
    values: V,
    _on_stack: impl FnOnce(V) -> A,
    by_return: impl FnOnce(V) -> B,
) -> impl Future<Output = A::Output> {
    by_return(values)
}

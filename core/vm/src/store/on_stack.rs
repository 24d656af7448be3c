//! `OnStack`: the future of a call that may wait. The call runs on a stack of the host's own, from its start to its end.
//!
//! The stack belongs to the future. While the call waits, nothing of it is in the store: what running code reads of it
//! is exchanged for what was there before, so whoever polls finds the store as it was. The cells of its frames stay
//! where they are, since nobody else can use the store as long as the future borrows it; a future that is forgotten is
//! never gone on with, and what comes after it writes over its cells.
//!
//! A future that is dropped in the middle resumes its stack once more: all that waits there fails, guests are left as by
//! a trap, and frames of Rust return. What was pending there is dropped there.
//!
//! Rejected: a task with cells of its own for each such call. It would cost more than the call, and buy that several
//! could wait in one store, which their borrows exclude.
//!
//! # Invariants
//! - X1. While the future is not polled, the store has no trace of its call: `VmStore` is as before the call began, and
//!   its waiter is not there.
//! - X2. On the stack stand frames of ours alone while it is suspended, and all that they hold may go to another thread
//!   if the store's data and the call's closure may.
//! - X3. After its start the store is reached through the pointers that the call itself uses. What the future touches
//!   while the call waits lies in the pinned `VmStore`, of which nobody holds a reference then.
#![allow(unsafe_code)] // Runs a closure on another stack; the future crosses threads if what it holds may.

use crate::provider::thread_stack::here;
use crate::raw::RawVal;
use crate::store::AsContextMut;
use crate::store::coroutine::{Coroutine, Course, HostStack, Suspender};
use crate::store::inner::StoreInner;
use crate::store::wait::{Turn, Waiter};
use crate::tier::vmctx::Activation;
use crate::tier::{NativeStack, VmStore};
use alloc::boxed::Box;
use coracle_error::Result;
use core::marker::PhantomPinned;
use core::mem::{ManuallyDrop, forget, replace, swap};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// A call of the store that `S` holds, on a stack of its own if it may have to wait. `F` makes it, and its result is a
/// `Result<R>`.
///
/// It is small, since it is moved before it is polled, and most calls are over when that is done once: what a call that
/// waits has is in a box of its own, which it gets when it waits.
pub(crate) struct OnStack<S, F, R> {
    store: S,
    state: State<F, R>,
    _pinned: PhantomPinned,
}

enum State<F, R> {
    New(F),
    Waits(Box<Waiting<R>>),
    Ended,
}

/// A call that waits. While it is resumed, its coroutine is not here.
struct Waiting<R> {
    coroutine: Option<Coroutine<Turn, Result<R>>>,
    call: Running,
}

/// A call that has a stack.
struct Running {
    store: NonNull<StoreInner>,
    vm: NonNull<VmStore>,
    /// While the call runs, what was there before; while it waits, what is its own.
    place: Place,
}

// SAFETY: X2: what is on the stack is the closure, its result, the store with its data, and frames of ours.
unsafe impl<S: AsContextMut<Data: Send> + Send, F: Send, R: Send> Send for OnStack<S, F, R> {}

/// What running code reads of the call that it belongs to.
#[derive(Clone, Copy)]
struct Place {
    native_stack: NativeStack,
    stack_top: *mut RawVal,
    activation: *mut Activation,
    owner: *mut (),
    host_depth: u32,
    waiter: *mut (),
}

impl Place {
    #[inline(always)]
    fn of(vm: &VmStore) -> Self {
        let VmStore { native_stack, stack_top, activation, owner, host_depth, waiter, .. } = *vm;
        Self { native_stack, stack_top, activation, owner, host_depth, waiter }
    }

    #[inline(always)]
    fn exchange(&mut self, vm: &mut VmStore) {
        swap(&mut self.native_stack, &mut vm.native_stack);
        swap(&mut self.stack_top, &mut vm.stack_top);
        swap(&mut self.activation, &mut vm.activation);
        swap(&mut self.owner, &mut vm.owner);
        swap(&mut self.host_depth, &mut vm.host_depth);
        swap(&mut self.waiter, &mut vm.waiter);
    }
}

/// Exchanges the places when the stack is left, also by a panic (X1).
struct Back<'a> {
    vm: NonNull<VmStore>,
    place: &'a mut Place,
}

impl Drop for Back<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the store is alive and nobody runs in it (X3).
        self.place.exchange(unsafe { self.vm.as_mut() });
    }
}

/// Gives back what the stack of a call counts for, where a panic has ended the call: its stack is gone with it.
struct Gone(NonNull<StoreInner>);

impl Drop for Gone {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: the call has ended, and with it all borrows that it made of the store.
        let store = unsafe { self.0.as_mut() };
        store.budget.give_back(store.engine().settings().async_stack_bytes);
    }
}

impl Running {
    fn of(store: &mut StoreInner) -> Self {
        let vm = NonNull::from(store.vm.get_mut());
        let place = Place::of(store.vm.get());
        Self { store: NonNull::from(store), vm, place }
    }

    /// Begins the call, and runs it until it waits or ends.
    #[inline]
    fn begin<R>(
        &mut self,
        f: impl FnOnce(&mut StoreInner) -> Result<R>,
        turn: Turn,
    ) -> Result<Course<Turn, Result<R>>> {
        let mut pointer = self.store;
        // SAFETY: the store is borrowed for as long as the future lives, and nobody else has a part of that borrow yet.
        let store = unsafe { pointer.as_mut() };
        store.sweep_if_due();
        store.parked = None;
        let bytes = store.engine().settings().async_stack_bytes;
        store.budget.take(bytes)?;
        let stack = store.host_stack.take().inspect_err(|_| store.budget.give_back(bytes))?;
        let span = stack.span();
        let in_hook = match store.waiter() {
            // SAFETY: it is that of a call around this one, which runs.
            Some(around) => unsafe { (*around.as_ptr()).in_hook },
            None => false,
        };
        let mut f = ManuallyDrop::new(f);
        let f = NonNull::from(&mut *f);
        let body = move |suspender: &Suspender<Turn>, turn: Turn| {
            // SAFETY: this runs once, before the function that has `f` goes on, and that drops it not.
            let f = unsafe { f.read() };
            let mut waiter = Waiter::on_stack(suspender, turn, in_hook);
            // SAFETY: nobody else has a part of the borrow of the store until the call ends or waits. The waiter stays
            // where it is until this function ends, and its address is taken out of the store then (X1).
            let store = unsafe { pointer.as_mut() };
            let vm = store.vm.get_mut();
            vm.waiter = (&raw mut waiter).cast();
            if span.bytes > 0 {
                vm.native_stack = vm.native_stack.within(span, here());
                // The stack is one that the limit is made for: entries on it make none of their own.
                vm.host_depth = vm.host_depth.max(1);
            }
            f(store)
        };
        let gone = Gone(self.store);
        let back = Back { vm: self.vm, place: &mut self.place };
        // SAFETY: what `f` borrows lives as long as the future, which ends the call before it is gone; if it is
        // forgotten, the call is never gone on with. X2.
        let course = unsafe { Coroutine::begin(stack, turn, body) };
        drop(back);
        forget(gone);
        Ok(course)
    }

    /// Goes on with the call until it waits again or ends.
    fn resume<R>(&mut self, coroutine: Coroutine<Turn, Result<R>>, turn: Turn) -> Course<Turn, Result<R>> {
        // SAFETY: as in `Back`.
        self.place.exchange(unsafe { self.vm.as_mut() });
        let gone = Gone(self.store);
        let back = Back { vm: self.vm, place: &mut self.place };
        let course = coroutine.resume(turn);
        drop(back);
        forget(gone);
        course
    }

    /// Takes back what a call that has ended had of its store.
    fn end(&mut self, stack: HostStack) {
        // SAFETY: the call has ended, and with it all borrows that it made of the store.
        let store = unsafe { self.store.as_mut() };
        store.budget.give_back(store.engine().settings().async_stack_bytes);
        store.host_stack.keep(stack);
    }
}

impl<S, F, R> OnStack<S, F, R> {
    /// Goes on with a call that waits, until it waits again or ends.
    fn go_on(&mut self, mut waiting: Box<Waiting<R>>, turn: Turn) -> Poll<Result<R>> {
        let Some(coroutine) = waiting.coroutine.take() else {
            return Poll::Ready(Err(coracle_error::bug!("a call that waits has no stack")));
        };
        match waiting.call.resume(coroutine, turn) {
            Course::Waits(coroutine) => {
                waiting.coroutine = Some(coroutine);
                self.state = State::Waits(waiting);
                Poll::Pending
            }
            Course::Ended(result, stack) => {
                waiting.call.end(stack);
                Poll::Ready(result)
            }
        }
    }
}

impl<S: AsContextMut, F, R> OnStack<S, F, R>
where
    F: FnOnce(&mut StoreInner) -> Result<R>,
{
    /// Will call `f` with the store when it is polled: on a stack, or at once in a store that has nothing to wait for.
    #[inline(always)]
    pub(crate) fn new(store: S, f: F) -> Self {
        Self { store, state: State::New(f), _pinned: PhantomPinned }
    }

    /// Begins a call that may have to wait.
    fn begin(&mut self, f: F, turn: Turn) -> Poll<Result<R>> {
        let mut call = Running::of(self.store.as_context_mut().inner());
        match call.begin(f, turn) {
            Ok(Course::Waits(coroutine)) => {
                self.state = State::Waits(Box::new(Waiting { coroutine: Some(coroutine), call }));
                Poll::Pending
            }
            Ok(Course::Ended(result, stack)) => {
                call.end(stack);
                Poll::Ready(result)
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<S: AsContextMut, F, R> Future for OnStack<S, F, R>
where
    F: FnOnce(&mut StoreInner) -> Result<R>,
{
    type Output = Result<R>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        // SAFETY: what holds the store stays where it is, and nobody is given it once the call has begun.
        let this = unsafe { self.get_unchecked_mut() };
        let turn = Turn::Poll(NonNull::from(context).cast());
        match replace(&mut this.state, State::Ended) {
            State::New(f) => {
                let mut context = this.store.as_context_mut();
                let store = context.inner();
                if !store.may_wait() {
                    return Poll::Ready(store.at_once(f));
                }
                this.begin(f, turn)
            }
            State::Waits(waiting) => this.go_on(waiting, turn),
            State::Ended => panic!("a call was polled after it had ended"),
        }
    }
}

impl<S, F, R> Drop for OnStack<S, F, R> {
    #[inline]
    fn drop(&mut self) {
        if let State::Waits(_) = self.state
            && let State::Waits(waiting) = replace(&mut self.state, State::Ended)
        {
            // Nothing waits any more in a call that is cancelled, so it ends; how, nobody asks.
            drop(self.go_on(waiting, Turn::Cancel));
        }
    }
}

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
use crate::store::StoreContextMut;
use crate::store::coroutine::{Coroutine, Course, Suspender};
use crate::store::inner::StoreInner;
use crate::store::wait::{Turn, Waiter};
use crate::tier::vmctx::Activation;
use crate::tier::{NativeStack, VmStore};
use coracle_error::Result;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, forget, replace, swap};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// A call on a stack of its own. `F` makes it, and its result is a `Result<R>`.
pub(crate) struct OnStack<'a, T: 'static, F, R> {
    store: NonNull<StoreInner>,
    vm: NonNull<VmStore>,
    state: State<F, R>,
    /// While the call runs, what was there before; while it waits, what is its own.
    place: Place,
    borrow: PhantomData<StoreContextMut<'a, T>>,
}

enum State<F, R> {
    New(F),
    Waits(Coroutine<Turn, Result<R>>),
    Ended,
}

// SAFETY: X2: what is on the stack is the closure, its result, the store with its data, and frames of ours.
unsafe impl<T: Send, F: Send, R: Send> Send for OnStack<'_, T, F, R> {}

impl<T: 'static, F, R> Unpin for OnStack<'_, T, F, R> {}

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

impl<'a, T: 'static, F, R> OnStack<'a, T, F, R> {
    /// Will call `f` with the store when it is polled.
    #[inline]
    pub(crate) fn new(context: StoreContextMut<'a, T>, f: F) -> Self
    where
        F: FnOnce(&mut StoreInner) -> Result<R>,
    {
        let store = context.into_inner();
        let (vm, place) = (NonNull::from(store.vm.get_mut()), Place::of(store.vm.get()));
        Self { store: NonNull::from(store), vm, state: State::New(f), place, borrow: PhantomData }
    }

    /// Goes on with the call until it waits again or ends.
    fn resume(&mut self, coroutine: Coroutine<Turn, Result<R>>, turn: Turn) -> Course<Turn, Result<R>> {
        // SAFETY: as in `Back`.
        self.place.exchange(unsafe { self.vm.as_mut() });
        let gone = Gone(self.store);
        let back = Back { vm: self.vm, place: &mut self.place };
        let course = coroutine.resume(turn);
        drop(back);
        forget(gone);
        course
    }

    /// What came of a turn.
    #[inline]
    fn arrive(&mut self, course: Course<Turn, Result<R>>) -> Result<Option<R>> {
        match course {
            Course::Waits(coroutine) => {
                self.state = State::Waits(coroutine);
                Ok(None)
            }
            Course::Ended(result, stack) => {
                // SAFETY: the call has ended, and with it all borrows that it made of the store.
                let store = unsafe { self.store.as_mut() };
                store.budget.give_back(store.engine().settings().async_stack_bytes);
                store.host_stack.keep(stack);
                result.map(Some)
            }
        }
    }
}

impl<T: 'static, F, R> OnStack<'_, T, F, R>
where
    F: FnOnce(&mut StoreInner) -> Result<R>,
{
    /// Runs the call until it waits or ends.
    #[inline(always)]
    fn turn(&mut self, turn: Turn) -> Result<Option<R>> {
        let course = match replace(&mut self.state, State::Ended) {
            State::New(f) => self.begin(f, turn)?,
            State::Waits(coroutine) => self.resume(coroutine, turn),
            State::Ended => panic!("a call was polled after it had ended"),
        };
        self.arrive(course)
    }

    fn begin(&mut self, f: F, turn: Turn) -> Result<Course<Turn, Result<R>>> {
        let mut pointer = self.store;
        // SAFETY: the store is borrowed for as long as this lives, and nobody else has a part of that borrow yet.
        let store = unsafe { pointer.as_mut() };
        store.sweep_if_due();
        store.parked = None;
        let bytes = store.engine().settings().async_stack_bytes;
        store.budget.take(bytes)?;
        let stack = store.host_stack.take().inspect_err(|_| store.budget.give_back(bytes))?;
        let span = stack.span();
        self.place = Place::of(store.vm.get());
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
        // SAFETY: what `f` borrows lives as long as this future, which ends the call before it is gone; if it is
        // forgotten, the call is never gone on with. X2.
        let course = unsafe { Coroutine::begin(stack, turn, body) };
        drop(back);
        forget(gone);
        Ok(course)
    }
}

impl<T: 'static, F, R> Future for OnStack<'_, T, F, R>
where
    F: FnOnce(&mut StoreInner) -> Result<R>,
{
    type Output = Result<R>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        match self.get_mut().turn(Turn::Poll(NonNull::from(context).cast())).transpose() {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        }
    }
}

impl<T: 'static, F, R> Drop for OnStack<'_, T, F, R> {
    fn drop(&mut self) {
        if let State::Waits(coroutine) = replace(&mut self.state, State::Ended) {
            let course = self.resume(coroutine, Turn::Cancel);
            // Nothing waits any more in a call that is cancelled, so it has ended; how, nobody asks.
            drop(self.arrive(course));
        }
    }
}

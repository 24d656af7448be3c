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

use crate::provider::span::Span;
use crate::provider::thread_stack::here;
use crate::raw::RawVal;
use crate::store::AsContextMut;
use crate::store::coroutine::{Coroutine, Course, Ending, HostStack, Suspender};
use crate::store::inner::StoreInner;
use crate::store::wait::{Turn, Waiter};
use crate::tier::vmctx::Activation;
use crate::tier::{NativeStack, VmStore};
use alloc::boxed::Box;
use coracle_error::{Error, Result};
use core::marker::PhantomPinned;
use core::mem::{ManuallyDrop, replace};
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
    /// Dropped out of the way: of most calls nothing is left by then.
    state: ManuallyDrop<State<F, R>>,
    _pinned: PhantomPinned,
}

enum State<F, R> {
    New(F),
    Waits(Box<Waiting>),
    /// How it has ended, until somebody was told.
    Ended(Ending<Result<R>>),
    /// It runs, or somebody was told.
    Over,
}

/// PERF: `waits`. What a state holds is read where it lies, and not moved out with the rest: such a move is made of pieces
/// as wide as registers are, and a processor that has just written narrower ones waits for each of them.
impl<F, R> State<F, R> {
    /// Begins the call, which is over from here on; `None` if it has begun before.
    ///
    /// # Safety
    /// The state is there, and nobody else uses it until `run` does its work.
    #[inline(always)]
    unsafe fn begin<O>(this: *mut Self, run: impl FnOnce(F) -> O) -> Option<O> {
        // SAFETY: by contract; the closure is read once, since the state is another one before anything else happens, and
        // what is written over is not dropped.
        let f = unsafe {
            let Self::New(f) = &*this else { return None };
            let f = core::ptr::read(f);
            this.write(Self::Over);
            f
        };
        Some(run(f))
    }

    /// How the call has ended; `None` if it has not, or somebody was told.
    #[inline(always)]
    fn end(&mut self) -> Option<Ending<Result<R>>> {
        let Self::Ended(ending) = self else { return None };
        // SAFETY: it is read once, as above.
        unsafe {
            let ending = core::ptr::read(ending);
            core::ptr::write(self, Self::Over);
            Some(ending)
        }
    }
}

/// A call that waits. While it is resumed, its coroutine is not here.
struct Waiting {
    coroutine: Option<Coroutine<Turn>>,
    call: Running,
}

/// A call that has a stack.
struct Running {
    store: NonNull<StoreInner>,
    vm: NonNull<VmStore>,
    /// While the call runs, what was there before; while it waits, what is its own.
    place: Place,
}

/// What a call begins with, on its stack.
struct Start<F, R> {
    store: NonNull<StoreInner>,
    /// Of its future: where the closure is, and how the call ends. No reference: the future is polled meanwhile.
    state: *mut State<F, R>,
    turn: Turn,
    span: Span,
    in_hook: bool,
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
    fn put(self, vm: &mut VmStore) {
        vm.native_stack = self.native_stack;
        vm.stack_top = self.stack_top;
        vm.activation = self.activation;
        vm.owner = self.owner;
        vm.host_depth = self.host_depth;
        vm.waiter = self.waiter;
    }
}

impl Running {
    fn of(store: &mut StoreInner) -> Self {
        let vm = NonNull::from(store.vm.get_mut());
        let place = Place::of(store.vm.get());
        Self { store: NonNull::from(store), vm, place }
    }

    /// A stack for the call, and whether it is made within the hook.
    ///
    /// # Errors
    /// `ErrorKind::Resource` or `ErrorKind::Limit` where there is none.
    fn prepare(&mut self) -> Result<(HostStack, bool)> {
        // SAFETY: the store is borrowed for as long as the future lives, and nobody else has a part of that borrow yet.
        let store = unsafe { self.store.as_mut() };
        store.tidy_if_due();
        store.parked = None;
        let bytes = store.engine().settings().async_stack_bytes;
        store.budget.take(bytes)?;
        let stack = store.host_stack.take().inspect_err(|_| store.budget.give_back(bytes))?;
        let in_hook = match store.waiter() {
            // SAFETY: it is that of a call around this one, which runs.
            Some(around) => unsafe { (*around.as_ptr()).in_hook },
            None => false,
        };
        Ok((stack, in_hook))
    }

    /// Begins the call whose closure stands in `state`, and runs it until it waits or ends.
    #[inline]
    fn begin<F, R>(&mut self, state: *mut State<F, R>, turn: Turn) -> Result<Course<Turn>>
    where
        F: FnOnce(&mut StoreInner) -> Result<R>,
    {
        let (stack, in_hook) = self.prepare()?;
        let start = Start { store: self.store, state, turn, span: stack.span(), in_hook };
        let start = NonNull::from(&start);
        let body = move |suspender: &Suspender<Turn>| {
            // SAFETY: what a call begins with is there until it waits. Its future stays where it is, is polled through
            // pointers that claim nothing for themselves (it is `!Unpin`), and leaves its state alone while the call runs.
            let Start { store, state, turn, span, in_hook } = unsafe { start.read() };
            let ending = Ending::of(|| {
                let run = |f| run(store, f, Waiter::on_stack(suspender, turn, in_hook), span);
                // SAFETY: as above.
                unsafe { State::begin(state, run) }.unwrap_or_else(|| Err(begun_before()))
            });
            // SAFETY: the future is there: it ends the call before it is gone, and if it is forgotten, the call is never gone
            // on with. Nothing is lost: while the call runs, its state is `Over`.
            unsafe { state.write(State::Ended(ending)) };
        };
        // SAFETY: what `f` borrows lives as long as the future, as above. X2.
        let course = unsafe { Coroutine::begin(stack, body) };
        Ok(self.left(course))
    }

    /// Goes on with the call until it waits again or ends.
    fn resume(&mut self, coroutine: Coroutine<Turn>, turn: Turn) -> Course<Turn> {
        self.exchange();
        let course = coroutine.resume(turn);
        self.left(course)
    }

    /// Exchanges the places.
    fn exchange(&mut self) {
        // SAFETY: the store is alive and nobody runs in it (X3).
        let vm = unsafe { self.vm.as_mut() };
        let now = Place::of(vm);
        replace(&mut self.place, now).put(vm);
    }

    /// The call has left its stack: its traces are taken out of the store (X1), and what it had if it has ended.
    #[inline(always)]
    fn left(&mut self, course: Course<Turn>) -> Course<Turn> {
        match course {
            Course::Waits(_) => self.exchange(),
            // SAFETY: the store is alive and nobody runs in it (X3).
            Course::Ended(_) => self.place.put(unsafe { self.vm.as_mut() }),
        }
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

/// Runs a call on its stack, to its end.
#[inline(always)]
fn run<R>(
    mut store: NonNull<StoreInner>,
    f: impl FnOnce(&mut StoreInner) -> Result<R>,
    mut waiter: Waiter<'_>,
    span: Span,
) -> Result<R> {
    // SAFETY: nobody else has a part of the borrow of the store until the call ends or waits. The waiter stays where it is
    // until this function ends, and its address is taken out of the store then (X1).
    let store = unsafe { store.as_mut() };
    let vm = store.vm.get_mut();
    vm.waiter = (&raw mut waiter).cast();
    if span.bytes > 0 {
        vm.native_stack = vm.native_stack.within(span, here());
        // The stack is one that the limit is made for: entries on it make none of their own.
        vm.host_depth = vm.host_depth.max(1);
    }
    f(store)
}

impl<S, F, R> OnStack<S, F, R> {
    /// Goes on with a call that waits, until it waits again or ends.
    fn go_on(&mut self, mut waiting: Box<Waiting>, turn: Turn) -> Poll<Result<R>> {
        let Some(coroutine) = waiting.coroutine.take() else {
            return Poll::Ready(Err(coracle_error::bug!("a call that waits has no stack")));
        };
        match waiting.call.resume(coroutine, turn) {
            Course::Waits(coroutine) => {
                waiting.coroutine = Some(coroutine);
                *self.state = State::Waits(waiting);
                Poll::Pending
            }
            Course::Ended(stack) => {
                waiting.call.end(stack);
                Poll::Ready(self.ending())
            }
        }
    }

    /// Drops a call that has not begun, or ends one that waits: nothing waits any more in it, so it comes to its end. How,
    /// nobody asks.
    #[cold]
    #[inline(never)]
    fn drop_state(&mut self) {
        if let State::Waits(_) = *self.state
            && let State::Waits(waiting) = replace(&mut *self.state, State::Over)
        {
            drop(self.go_on(waiting, Turn::Cancel));
        }
        drop(replace(&mut *self.state, State::Over));
    }

    /// How the call has ended.
    ///
    /// # Panics
    /// With the panic that has ended it.
    #[inline(always)]
    fn ending(&mut self) -> Result<R> {
        match self.state.end() {
            Some(ending) => ending.told(),
            None => Err(coracle_error::bug!("a call has ended without a result")),
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
        Self { store, state: ManuallyDrop::new(State::New(f)), _pinned: PhantomPinned }
    }

    /// Begins a call that may have to wait.
    fn begin(&mut self, turn: Turn) -> Poll<Result<R>> {
        let mut call = Running::of(self.store.as_context_mut().inner());
        match call.begin(&raw mut *self.state, turn) {
            Ok(Course::Waits(coroutine)) => {
                *self.state = State::Waits(Box::new(Waiting { coroutine: Some(coroutine), call }));
                Poll::Pending
            }
            Ok(Course::Ended(stack)) => {
                call.end(stack);
                Poll::Ready(self.ending())
            }
            Err(error) => {
                *self.state = State::Over;
                Poll::Ready(Err(error))
            }
        }
    }

    /// Makes the call in a store that has nothing to wait for; `None` in any other.
    #[inline(always)]
    fn at_once(&mut self) -> Option<Result<R>> {
        let mut context = self.store.as_context_mut();
        let store = context.inner();
        if store.may_wait() {
            return None;
        }
        // SAFETY: it is here, and borrowed.
        let result = unsafe { State::begin(&raw mut *self.state, |f| store.at_once(f)) };
        Some(result.unwrap_or_else(|| Err(begun_before())))
    }
}

#[cold]
fn begun_before() -> Error {
    coracle_error::bug!("a call begins twice")
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
        match &mut *this.state {
            State::New(_) => match this.at_once() {
                Some(result) => Poll::Ready(result),
                None => this.begin(turn),
            },
            State::Waits(_) => match replace(&mut *this.state, State::Over) {
                State::Waits(waiting) => this.go_on(waiting, turn),
                _ => Poll::Ready(Err(coracle_error::bug!("a call waits no more"))),
            },
            State::Ended(_) | State::Over => panic!("a call was polled after it had ended"),
        }
    }
}

impl<S, F, R> Drop for OnStack<S, F, R> {
    #[inline(always)]
    fn drop(&mut self) {
        if !matches!(*self.state, State::Over) {
            self.drop_state();
        }
    }
}

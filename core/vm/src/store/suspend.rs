//! Tasks that give way and go on: begun, resumed, dropped.
//!
//! A task suspends by returning: a host function answers that it waits, the interpreter leaves its frames where they
//! are, in the task's own stack, and whoever began the task gets an id for it. To go on is an entry like the first.
//! Whoever cannot leave frames behind on the way (native code, a host function that has entered a guest) ends the call
//! with `Trap::CannotBlockSyncTask` instead, so no frame of the host's is ever left in the middle.
//!
//! # Invariants
//! - U1. Whichever way a task's turn ends, a panic included, the task that ran before runs again.
#![allow(unsafe_code)] // Enters running code with raw cells, and goes on in it.

use crate::raw::RawVal;
use crate::stamp::Stamp;
use crate::store::budget::Budget;
use crate::store::extension::Globals;
use crate::store::hook::CallHook;
use crate::store::host::refuse;
use crate::store::ids::{FuncHandle, TaskId};
use crate::store::inner::StoreInner;
use crate::store::task::Task;
use crate::tier::{ENTRY_HEADER_CELLS, Slot, Status, SuspendPoint, VmFuncRef, VmStore};
use alloc::boxed::Box;
use coracle_error::{Error, ErrorKind, Result, Trap};

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<R> {
    /// It is done.
    Done(R),
    /// It waits, and goes on when it is resumed.
    Waiting(TaskId),
}

/// One task's turn: whatever ran before is kept here, and put back (U1).
struct Turn<'a> {
    store: &'a mut StoreInner,
    /// `None` only when the turn has ended.
    before: Option<Box<Task>>,
}

impl<'a> Turn<'a> {
    /// Takes a task up.
    fn begin(store: &'a mut StoreInner, mut task: Box<Task>) -> Self {
        store.turns += 1;
        store.exchange_task(&mut task);
        Self { store, before: Some(task) }
    }

    /// Ends the turn and sets the task that has had it aside.
    fn wait(mut self) -> TaskId {
        let id = TaskId(Stamp::new());
        let task = self.leave();
        self.store.waiting.extend(task.map(|task| (id, task)));
        id
    }

    /// Ends the turn: the task that has had it.
    fn leave(&mut self) -> Option<Box<Task>> {
        let mut task = self.before.take()?;
        self.store.exchange_task(&mut task);
        self.store.turns -= 1;
        Some(task)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // It neither waits nor has returned: an error, a trap or a panic has ended it.
        if self.before.is_some() {
            self.store.break_off_task();
            self.leave();
        }
    }
}

impl StoreInner {
    /// Exchanges the task that runs with another.
    fn exchange_task(&mut self, other: &mut Task) {
        let Self { task, vm, globals, extension, .. } = self;
        let globals = &mut Globals(globals);
        task.exchange(vm.get_mut(), globals, extension);
        core::mem::swap(task, other);
        task.exchange(vm.get_mut(), globals, extension);
    }

    /// Ends all calls of the task that runs: none of them returns.
    fn break_off_task(&mut self) {
        self.extension.break_off(&mut Globals(&mut self.globals));
    }

    /// Whether frames of another task than the one that runs may hold references.
    pub(crate) fn has_other_tasks(&self) -> bool {
        self.turns > 0 || !self.waiting.is_empty()
    }

    /// Calls a function in a task of its own, which may wait. `args` and `results` as for [`StoreInner::enter_with`].
    ///
    /// # Errors
    /// As there; and `ErrorKind::Limit` when the store may not have one more, `ErrorKind::Resource` when there is no memory
    /// for the task's stack.
    ///
    /// # Safety
    /// As there; `results` for whoever resumes the task as well.
    ///
    /// # Panics
    /// As there.
    pub(crate) unsafe fn start_task<R>(
        &mut self,
        func: FuncHandle,
        args: impl FnOnce(&mut Self, &mut [RawVal]) -> Result<()>,
        results: impl FnOnce(&mut Self, &[RawVal]) -> R,
    ) -> Result<Progress<R>> {
        let share = Budget::share(&self.budget, size_of::<Task>() + self.engine().settings().stack_bytes)?;
        let mut task = Box::new(Task::new(self.engine())?);
        task.share = Some(share);
        let turn = Turn::begin(self, task);
        // SAFETY: passed on.
        let (status, entry) = unsafe { turn.store.enter_to_suspend(func, args) }?;
        turn.store.task.entry = entry;
        turn.finish(status, results)
    }

    /// Enters a function that may suspend: how it was left, and the cells that it was entered with.
    ///
    /// # Errors
    /// What `args` or a hook failed with; `Trap::StackOverflow`.
    ///
    /// # Safety
    /// As for [`StoreInner::enter_with`].
    ///
    /// # Panics
    /// As there.
    pub(crate) unsafe fn enter_to_suspend(
        &mut self,
        func: FuncHandle,
        args: impl FnOnce(&mut Self, &mut [RawVal]) -> Result<()>,
    ) -> Result<(Status, (*mut RawVal, usize))> {
        let VmFuncRef { slot, callee, .. } = self.func(func);
        // SAFETY: a function record's slot lives as long as the store (V5).
        let slot: &Slot = unsafe { &*slot };
        let count = slot.cells() as usize;
        let first = self.vm.get().stack_top.wrapping_add(ENTRY_HEADER_CELLS);
        let running = self.begin(first.wrapping_add(count)).ok_or(Trap::StackOverflow)?;
        // SAFETY: as in `enter_record`.
        args(self, unsafe { core::slice::from_raw_parts_mut(first, count) })?;
        self.call_hook(CallHook::CallingWasm)?;
        let vm = self.vm.as_ptr();
        // SAFETY: as in `enter_record`.
        let status = unsafe {
            (*vm).owner = core::ptr::from_mut(&mut *self).cast();
            slot.enter(callee, vm, core::ptr::null_mut(), first)
        };
        drop(running);
        Ok((status, (first, count)))
    }

    /// Goes on with a task that waits: `outcome` writes the results of the host function that it waits in, or tells
    /// how that failed.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` when no such task of this store waits; else as for [`StoreInner::start_task`].
    ///
    /// # Safety
    /// `outcome` leaves values of the host function's result types in the cells, of this store.
    ///
    /// # Panics
    /// As there.
    pub(crate) unsafe fn resume_task<R>(
        &mut self,
        id: TaskId,
        outcome: impl FnOnce(&mut Self, &mut [RawVal]) -> Result<()>,
        results: impl FnOnce(&mut Self, &[RawVal]) -> R,
    ) -> Result<Progress<R>> {
        let task = self.waiting.remove(&id);
        let task = task.ok_or_else(|| Error::fault(ErrorKind::NotFound, "no such task of this store waits"))?;
        let turn = Turn::begin(self, task);
        let store = &mut *turn.store;
        let at = core::mem::replace(&mut store.vm.get_mut().suspended, SuspendPoint::NONE);
        // All frames lie below the end of the waiting function's cells.
        let running = store.begin(at.cells.wrapping_add(at.count)).ok_or(Trap::StackOverflow)?;
        // SAFETY: the cells are those that the host function was given; nobody else refers to them while it waits.
        let status = match outcome(store, unsafe { core::slice::from_raw_parts_mut(at.cells, at.count) }) {
            Ok(()) => Status::Done,
            Err(error) => refuse(store, error),
        };
        store.call_hook(CallHook::CallingWasm)?;
        let cells = store.task.entry.0;
        // SAFETY: `at` is where the interpreter has left this very task, whose registers are in place.
        let status = unsafe { store.resume_at(&at, status, cells) };
        drop(running);
        turn.finish(status, results)
    }

    /// Goes on where the interpreter was left, as if the function that waits there had come back with a status.
    ///
    /// # Safety
    /// The interpreter was left there in the running task, whose cells are as they were; `entry` is where they begin.
    pub(crate) unsafe fn resume_at(&mut self, at: &SuspendPoint, status: Status, entry: *mut RawVal) -> Status {
        let resume = self.engine().interpreter().resume();
        let vm = self.vm.as_ptr();
        // SAFETY: by contract. `owner` as in `enter_record`. The last frame may leave by a tail call, as there.
        unsafe {
            (*vm).owner = core::ptr::from_mut(&mut *self).cast();
            let mut status = if at.state == [0; 3] { status } else { resume(vm, at, status) };
            while status == Status::TailCall {
                status = tail_call(vm, entry);
            }
            status
        }
    }

    /// Breaks off a task that waits; whether there was one. Nothing of it runs any more.
    pub(crate) fn drop_task(&mut self, id: TaskId) -> bool {
        let Some(task) = self.waiting.remove(&id) else { return false };
        drop(Turn::begin(self, task));
        true
    }
}

/// Makes the call that the task's last frame has left for.
///
/// # Safety
/// As for [`Slot::enter`], of which this is one step.
unsafe fn tail_call(vm: *mut VmStore, cells: *mut RawVal) -> Status {
    // SAFETY: by contract: `tail` is a live target of this store, with its arguments at `cells`.
    unsafe {
        let target = (*vm).tail;
        ((*target.slot).entry())(target.slot, target.callee, vm, target.caller, cells)
    }
}

impl Turn<'_> {
    /// What came of the turn.
    fn finish<R>(
        mut self,
        status: Status,
        results: impl FnOnce(&mut StoreInner, &[RawVal]) -> R,
    ) -> Result<Progress<R>> {
        let store = &mut *self.store;
        let left = match status {
            Status::Done | Status::Suspended => None,
            _ => Some(store.left_by(status)),
        };
        store.call_hook(CallHook::ReturningFromWasm)?;
        if let Some(error) = left {
            return Err(error);
        }
        if status == Status::Done {
            let (first, count) = store.task.entry;
            // SAFETY: as in `enter_record`: the guest has left its results in the cells of the entry.
            let cells = unsafe { core::slice::from_raw_parts(first, count) };
            let results = results(store, cells);
            self.leave();
            return Ok(Progress::Done(results));
        }
        Ok(Progress::Waiting(self.wait()))
    }
}

//! From the host into a guest, and out again: the only place where a guest is entered.
//!
//! # Invariants
//! - E1. After an entry, whatever way it ended, the task's stack, the depth and the owner are what they were before; the
//!   limit of the host's stack as well, if there was an entry around it.
#![allow(unsafe_code)] // Enters running code with raw cells.

use crate::backtrace::{RECORDED, WasmBacktrace};
use crate::module::Module;
use crate::provider::thread_stack::here;
use crate::raw::RawVal;
use crate::store::hook::CallHook;
use crate::store::ids::FuncHandle;
use crate::store::ids::{RefId, Stored};
use crate::store::inner::StoreInner;
use crate::store::refs::EXCEPTIONS;
use crate::store::value::Value;
use crate::tier::vmctx::{Activation, VmCtx};
use crate::tier::{ENTRY_HEADER_CELLS, NativeStack, Slot, Status, TrapRecord, VmFuncRef, VmStore};
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::{Error, ErrorKind, Result, Told};
use coracle_image::limits::HOST_DEPTH;
use core::fmt;
use core::ops::ControlFlow;

/// The error of a call that an exception ended, and the error by which a host function throws one into its caller.
///
/// The exception itself waits in the store: [`Store::throw`](crate::store::Store::throw) puts it there, and
/// [`Store::take_pending_exception`](crate::store::Store::take_pending_exception) takes it out. A host function that
/// returns the error of another store's exception throws nothing: its caller ends with that error.
#[derive(Clone, Copy)]
pub struct ThrownException(pub(crate) Stored<RefId>);

impl fmt::Debug for ThrownException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ThrownException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("thrown Wasm exception")
    }
}

impl core::error::Error for ThrownException {}

/// Puts back what an entry changed, also when a panic passes through (E1).
pub(crate) struct Restore {
    vm: *mut VmStore,
    stack_top: *mut RawVal,
    owner: *mut (),
    activation: *mut Activation,
}

impl Drop for Restore {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the store outlives the entry that made this.
        let vm = unsafe { &mut *self.vm };
        vm.stack_top = self.stack_top;
        vm.owner = self.owner;
        vm.activation = self.activation;
        vm.host_depth -= 1;
    }
}

/// Puts back the limit of the stack that was left for another one (N1).
struct OtherStack {
    vm: *mut VmStore,
    before: NativeStack,
}

impl Drop for OtherStack {
    fn drop(&mut self) {
        // SAFETY: the store outlives the entry that made this.
        unsafe { (*self.vm).native_stack = self.before }
    }
}

/// Checks the limits of an entry whose cells end at `end`, and takes hold of what it changes.
#[inline(always)]
pub(crate) fn begin(vm: &mut VmStore, end: *mut RawVal) -> Option<Restore> {
    let here = here();
    let fits = match vm.host_depth {
        0 => vm.native_stack.begin(here),
        depth => vm.native_stack.allows(here) && depth < HOST_DEPTH,
    };
    if !fits || end > vm.stack_end {
        return None;
    }
    vm.host_depth += 1;
    let restore =
        Restore { vm: core::ptr::from_mut(vm), stack_top: vm.stack_top, owner: vm.owner, activation: vm.activation };
    vm.stack_top = end;
    Some(restore)
}

/// What writes the arguments of a call into cells, its own type forgotten.
type Writes<'a> = dyn FnMut(&mut StoreInner, &mut [RawVal]) -> Result<()> + 'a;

/// What reads the results, likewise.
type Reads<'a> = dyn FnMut(&mut StoreInner, &[RawVal]) + 'a;

/// Makes a call by `enter`, which knows the types of the other two no more.
///
/// # Errors
/// Those of `enter`.
fn by_turns<R>(
    args: impl FnOnce(&mut StoreInner, &mut [RawVal]) -> Result<()>,
    results: impl FnOnce(&mut StoreInner, &[RawVal]) -> R,
    enter: impl FnOnce(&mut Writes<'_>, &mut Reads<'_>) -> Result<()>,
) -> Result<R> {
    let (mut args, mut results, mut answer) = (Some(args), Some(results), None);
    let mut write =
        |store: &mut StoreInner, cells: &mut [RawVal]| args.take().map_or(Ok(()), |args| args(store, cells));
    let mut read = |store: &mut StoreInner, cells: &[RawVal]| answer = results.take().map(|read| read(store, cells));
    enter(&mut write, &mut read)?;
    answer.ok_or_else(|| coracle_error::bug!("a guest returned without results"))
}

impl StoreInner {
    /// Calls a function. `args` writes the arguments into cells, `results` reads the results from the same cells.
    ///
    /// There are as many cells as the parameters or the results take, whichever is more. Both closures may call
    /// into the store again. No allocation.
    ///
    /// # Errors
    /// The trap, the host's own error, or what `args` failed with.
    ///
    /// # Safety
    /// `args` leaves values of the parameter types in the cells; references among them belong to this store.
    ///
    /// # Panics
    /// If the function is of another store; or with the panic of a host function that the guest called.
    #[inline]
    pub unsafe fn enter_with<R>(
        &mut self,
        func: FuncHandle,
        args: impl FnOnce(&mut Self, &mut [RawVal]) -> Result<()>,
        results: impl FnOnce(&mut Self, &[RawVal]) -> R,
    ) -> Result<R> {
        let record = self.func(func);
        if cfg!(feature = "compact") {
            // One entry for all that are called.
            let enter = |args: &mut Writes<'_>, results: &mut Reads<'_>| {
                // SAFETY: the record is one of this store's; passed on for the rest.
                unsafe { self.enter_record(record, core::ptr::null_mut(), args, results) }
            };
            return by_turns(args, results, enter);
        }
        // SAFETY: as above.
        unsafe { self.enter_record(record, core::ptr::null_mut(), args, results) }
    }

    /// As [`StoreInner::enter_with`], for a function that no reference leads to, and on behalf of an instance, or of nobody
    /// where `caller` is null.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Safety
    /// As there; and slot and context belong together and to this store, which keeps both, and `caller` if there is one.
    #[inline]
    pub(crate) unsafe fn enter_record<R>(
        &mut self,
        VmFuncRef { slot, callee, .. }: VmFuncRef,
        caller: *mut VmCtx,
        args: impl FnOnce(&mut Self, &mut [RawVal]) -> Result<()>,
        results: impl FnOnce(&mut Self, &[RawVal]) -> R,
    ) -> Result<R> {
        // SAFETY: a function record's slot lives as long as the store (V5).
        let slot: &Slot = unsafe { &*slot };
        let count = slot.cells() as usize;
        let first = self.vm.get().stack_top.wrapping_add(ENTRY_HEADER_CELLS);
        self.tidy_if_due();
        let end = first.wrapping_add(count);
        let Some(restore) = self.begin(end) else {
            let enter = |args: &mut Writes<'_>, results: &mut Reads<'_>| {
                // SAFETY: passed on.
                unsafe { self.enter_elsewhere(VmFuncRef::new(slot, callee), caller, end, args, results) }
            };
            return by_turns(args, results, enter);
        };
        // SAFETY: `begin` has seen that the cells lie in the stack, and `stack_top` is behind them now, so nested
        // entries leave them alone. They are initialised: the stack was zeroed when it was made.
        let cells = unsafe { core::slice::from_raw_parts_mut(first, count) };
        args(self, cells)?;
        self.call_hook(CallHook::CallingWasm)?;
        let vm = self.vm.as_ptr();
        // SAFETY: the record's slot and context belong together and to this store (V5); the cells are in place, and
        // the caller vouches for the arguments. `owner` was set from this borrow, which is not used until the guest
        // has returned (H1).
        let status = unsafe {
            (*vm).owner = core::ptr::from_mut(self).cast();
            slot.enter(callee, vm, caller, first)
        };
        if status != Status::Done {
            let error = self.left_by(status);
            self.call_hook(CallHook::ReturningFromWasm)?;
            return Err(error);
        }
        self.call_hook(CallHook::ReturningFromWasm)?;
        // SAFETY: as above; the guest has left its results in the cells and is done with them.
        let cells = unsafe { core::slice::from_raw_parts(first, count) };
        let results = results(self, cells);
        drop(restore);
        Ok(results)
    }

    /// Now and then, where no call is under way: frees references that nothing holds, and leaves the queue in which a
    /// call waited that was forgotten.
    #[inline(always)]
    pub(crate) fn tidy_if_due(&mut self) {
        if self.refs.sweep_is_due() && self.vm.get().host_depth == 0 {
            self.tidy();
        }
    }

    #[cold]
    fn tidy(&mut self) {
        self.parked = None;
        if !self.has_other_tasks() {
            self.sweep_refs();
        }
    }

    /// Makes an entry that [`StoreInner::begin`] did not let begin, if it is on another stack than the one around it.
    ///
    /// # Errors
    /// `Trap::StackOverflow` where the stack at hand, the task's stack or the depth is exhausted; else as there.
    ///
    /// # Safety
    /// As for [`StoreInner::enter_record`].
    #[cold]
    unsafe fn enter_elsewhere(
        &mut self,
        record: VmFuncRef,
        caller: *mut VmCtx,
        end: *mut RawVal,
        args: &mut Writes<'_>,
        results: &mut Reads<'_>,
    ) -> Result<()> {
        let (vm, here) = (self.vm.as_ptr(), here());
        let VmStore { native_stack: before, host_depth, stack_end, .. } = *self.vm.get();
        let may_move = (1..HOST_DEPTH).contains(&host_depth) && end <= stack_end && !before.allows(here);
        let Some(other) = before.elsewhere(here).filter(|_| may_move) else {
            return Err(Trap::StackOverflow.into());
        };
        self.vm.get_mut().native_stack = other;
        let _back = OtherStack { vm, before };
        // SAFETY: passed on. Where the other stack ends at once, this comes here again, and finds the same stack.
        unsafe { self.enter_record(record, caller, args, results) }
    }

    /// Checks the limits of an entry whose cells end at `end`, and takes hold of what it changes.
    #[inline(always)]
    pub(crate) fn begin(&mut self, end: *mut RawVal) -> Option<Restore> {
        begin(self.vm.get_mut(), end)
    }

    /// Why a guest was left otherwise than by returning.
    ///
    /// # Panics
    /// With the panic of a host function.
    #[cold]
    pub(crate) fn left_by(&mut self, status: Status) -> Error {
        let record = core::mem::replace(&mut self.vm.get_mut().trap, TrapRecord::NONE);
        #[cfg(feature = "std")]
        if let Some(panic) = self.task.panic.take() {
            (self.task.frames, self.task.pending) = (None, None);
            std::panic::resume_unwind(panic);
        }
        match status {
            Status::Trap => {
                let frames = self.task.frames.take();
                let error = match (Trap::from_u8(record.code as u8), self.task.pending.take()) {
                    (None, Some(error)) => error,
                    (Some(trap), _) => trap.into(),
                    (None, None) => return coracle_error::bug!("a guest trapped without a reason"),
                };
                let frames = frames.or_else(|| self.single_frame(&record));
                match frames {
                    Some(frames) if RECORDED && !error.is::<WasmBacktrace>() => error.context(frames),
                    _ => error,
                }
            }
            Status::Throw if EXCEPTIONS => {
                let exception = core::mem::take(&mut self.vm.get_mut().exception);
                let Some(id) = self.refs.id(exception) else {
                    return coracle_error::bug!("a guest threw no exception");
                };
                self.refs.show(exception, false);
                let thrown = self.stamp(id);
                self.task.thrown = Some(thrown);
                let error = Error::new(Trap::UncaughtException).context(ThrownException(thrown));
                match self.task.thrown_frames.take() {
                    Some((of, frames)) if RECORDED && of.u32() == exception.u32() => error.context(frames),
                    _ => error,
                }
            }
            // Frames of the host's stand around this call, or it is one that was not begun as a task: it cannot wait.
            Status::Suspended => Trap::CannotBlockSyncTask.into(),
            Status::Done | Status::TailCall | Status::Throw => {
                coracle_error::bug!("a guest was left by {status:?} where it may not")
            }
        }
    }

    /// The frame that a trap record names, where the tier recorded no others.
    fn single_frame(&self, record: &TrapRecord) -> Option<WasmBacktrace> {
        let most = self.most_frames();
        if most == 0 {
            return None;
        }
        // SAFETY: the slot is null or that of a function that this store has just run, whose module it keeps.
        let (slot, module) = unsafe {
            let slot = record.slot.as_ref()?;
            (slot, Module::of_slot(slot)?)
        };
        let mut trace = WasmBacktrace::default();
        let _ = trace.push(module, slot.func(), &mut || record.offset, most);
        Some(trace)
    }

    /// How many frames an error tells at most.
    fn most_frames(&self) -> usize {
        if RECORDED { self.engine().settings().backtrace_frames } else { 0 }
    }

    /// The frames of all that runs in this store at the moment, innermost first; at most `most`, and no more are looked at.
    pub(crate) fn walk(&self, most: usize) -> WasmBacktrace {
        let mut trace = WasmBacktrace::default();
        if !RECORDED {
            return trace;
        }
        let mut at: *const Activation = self.vm.get().activation;
        // SAFETY: activations are alive while their run is, and tell of slots whose modules this store keeps.
        while let Some(activation) = unsafe { at.as_ref() } {
            let mut push = |slot: *const Slot, offset: &mut dyn FnMut() -> u32| {
                // SAFETY: as above.
                let (func, module) = unsafe { ((*slot).func(), Module::of_slot(&*slot)) };
                module.map_or(ControlFlow::Continue(()), |module| trace.push(module, func, offset, most))
            };
            // SAFETY: `walk` is given the activation that holds it.
            if unsafe { (activation.walk)(at, &mut push) }.is_break() {
                break;
            }
            at = activation.prev;
        }
        trace
    }

    /// Keeps the frames of all that runs for the error that is on its way, unless it has some already.
    pub(crate) fn record_frames(&mut self) {
        let most = self.most_frames();
        let known = self.task.pending.as_ref().is_some_and(|error| error.is::<WasmBacktrace>());
        if most > 0 && self.task.frames.is_none() && !known {
            self.task.frames = Some(self.walk(most)).filter(|trace| !trace.frames().is_empty());
        }
    }

    /// Keeps the frames of all that runs for the exception on its way, unless a run within this one has.
    pub(crate) fn record_thrown(&mut self) {
        let most = self.most_frames();
        let exception = self.vm.get_mut().exception;
        let known = self.task.thrown_frames.as_ref().is_some_and(|(of, _)| of.u32() == exception.u32());
        if most > 0 && !known {
            self.task.thrown_frames = Some((exception, self.walk(most)));
        }
    }

    /// The frames of all that runs in this store at the moment, if the engine records any.
    pub fn backtrace(&self) -> WasmBacktrace {
        self.walk(self.engine().settings().backtrace_frames)
    }

    /// Calls a function with values. Allocates where there are more than a few results.
    ///
    /// # Errors
    /// `ErrorKind::Type` when number or types of the arguments are wrong; else as for [`StoreInner::enter_with`].
    ///
    /// # Panics
    /// If the function is of another store; or with the panic of a host function.
    pub fn call_values(&mut self, func: FuncHandle, args: &[Value]) -> Result<Vec<Value>> {
        let ty = self.func_type(func);
        self.check_values(args, &ty.params)?;
        let write = |store: &mut Self, cells: &mut [RawVal]| {
            let mut at = 0;
            for (value, ty) in args.iter().zip(&ty.params) {
                store.write_value(value, &mut cells[at..])?;
                at += ty.cells() as usize;
            }
            Ok(())
        };
        let read = |store: &mut Self, cells: &[RawVal]| {
            let mut at = 0;
            let one = |&ty: &coracle_image::module::ValType| {
                // SAFETY: the function has left values of its result types, made by this store.
                let value = unsafe { store.read_value(ty, &cells[at..]) };
                at += ty.cells() as usize;
                value
            };
            ty.results.iter().map(one).collect()
        };
        // SAFETY: the values have the parameters' types, and `write_value` refuses those of another store.
        unsafe { self.enter_with(func, write, read) }
    }

    /// Whether values are of this store and have these types.
    ///
    /// # Errors
    /// `ErrorKind::Type` when they are not, or do not.
    pub fn check_values(&self, values: &[Value], types: &[coracle_image::module::ValType]) -> Result<()> {
        if values.len() != types.len() {
            let (want, got) = (types.len(), values.len());
            let message = coracle_error::wording!("expected {want} arguments, got {got}");
            return Err(Error::fault(ErrorKind::Type, message));
        }
        let mut pairs = values.iter().zip(types);
        pairs.try_for_each(|(value, &ty)| self.ensure_value(value, ty)).told(|| "argument type mismatch")
    }
}

//! `Task`: all that belongs to one running call.
//!
//! A store runs one task at a time and may have any number that wait. What running code reads of its task lies in the
//! store's [`VmStore`], at the same place whichever runs; it is exchanged when another task is taken up, so that code
//! costs no load more. What only the runtime needs lies here.
//!
//! Fuel and epochs are the store's, not a task's: were the reserve a task's, a store with two tasks would hand out the
//! same fuel twice, or lose what a task that is dropped had left.
//!
//! # Invariants
//! - T1. Of the running task, the registers are in the `VmStore` and those here mean nothing; of all others it is the
//!   other way round.
//! - T2. Frames of a task that waits hold nothing that has a destructor: to drop it frees its stack, and that is all.

use crate::backtrace::WasmBacktrace;
use crate::engine::{Engine, LentStack};
use crate::raw::RawVal;
use crate::store::budget::Share;
use crate::store::extension::{Extension, Globals, TaskExtension};
use crate::store::ids::{RefId, Stored};
use crate::tier::vmctx::Activation;
use crate::tier::{NativeStack, SuspendPoint, TailTarget, TrapRecord, VmStore};
use coracle_error::{Error, Result};
use core::mem::swap;
use core::ptr::null_mut;

/// What a panic carries.
#[cfg(feature = "std")]
pub(crate) type Panic = alloc::boxed::Box<dyn core::any::Any + Send>;
/// Without `std` a panic never returns.
#[cfg(not(feature = "std"))]
pub(crate) type Panic = core::convert::Infallible;

/// One call from the host, with all that runs below it.
pub(crate) struct Task {
    /// Kept because the cells of its frames lie in it.
    _stack: LentStack,
    /// What the store counts for it; nothing for its first task.
    pub(crate) share: Option<Share>,
    registers: Registers,
    /// The cells that the call was entered with: its results, when it is done.
    pub(crate) entry: (*mut RawVal, usize),
    /// The error that a host function or limiter stopped the guest with.
    pub(crate) pending: Option<Error>,
    /// The exception that was thrown last, and neither caught nor taken.
    pub(crate) thrown: Option<Stored<RefId>>,
    /// The panic that a host function stopped the guest with.
    #[cfg(feature = "std")]
    pub(crate) panic: Option<Panic>,
    /// The frames that the trap on its way has left.
    pub(crate) frames: Option<WasmBacktrace>,
    /// The frames that the exception on its way has left, with its cell: nobody knows whether it will be caught.
    pub(crate) thrown_frames: Option<(RawVal, WasmBacktrace)>,
    /// What the storey above keeps in a task.
    pub(crate) extension: TaskExtension,
}

/// What running code reads of its task.
struct Registers {
    native_stack: NativeStack,
    stack_top: *mut RawVal,
    stack_end: *mut RawVal,
    trap: TrapRecord,
    tail: TailTarget,
    exception: RawVal,
    suspended: SuspendPoint,
    host_depth: u32,
    activation: *mut Activation,
    owner: *mut (),
    waiter: *mut (),
}

impl Task {
    /// A task that has not begun.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory for its stack.
    pub(crate) fn new(engine: &Engine) -> Result<Self> {
        let mut stack = engine.lend_stack()?;
        let [stack_top, stack_end] = stack.bounds();
        let registers = Registers {
            native_stack: NativeStack { limit: 0, bytes: 0, most: engine.settings().native_stack_bytes },
            stack_top,
            stack_end,
            trap: TrapRecord::NONE,
            tail: TailTarget { slot: core::ptr::null(), callee: null_mut(), caller: null_mut() },
            exception: RawVal::ZERO,
            suspended: SuspendPoint::NONE,
            host_depth: 0,
            activation: null_mut(),
            owner: null_mut(),
            waiter: null_mut(),
        };
        Ok(Self {
            _stack: stack,
            share: None,
            registers,
            entry: (stack_top, 0),
            pending: None,
            thrown: None,
            #[cfg(feature = "std")]
            panic: None,
            frames: None,
            thrown_frames: None,
            extension: TaskExtension::default(),
        })
    }

    /// Exchanges what is here with what the store has of its running task (T1).
    pub(crate) fn exchange(&mut self, vm: &mut VmStore, globals: &mut Globals<'_>, extension: &mut Extension) {
        extension.exchange(globals, &mut self.extension);
        let here = &mut self.registers;
        swap(&mut here.native_stack, &mut vm.native_stack);
        swap(&mut here.stack_top, &mut vm.stack_top);
        swap(&mut here.stack_end, &mut vm.stack_end);
        swap(&mut here.trap, &mut vm.trap);
        swap(&mut here.tail, &mut vm.tail);
        swap(&mut here.exception, &mut vm.exception);
        swap(&mut here.suspended, &mut vm.suspended);
        swap(&mut here.host_depth, &mut vm.host_depth);
        swap(&mut here.activation, &mut vm.activation);
        swap(&mut here.owner, &mut vm.owner);
        swap(&mut here.waiter, &mut vm.waiter);
    }
}

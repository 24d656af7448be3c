//! The portable dispatcher: one loop, one `match`, all handlers inlined.
//!
//! A code word is an op's number. This is the dispatcher of targets without register arguments, and of builds with
//! `portable-dispatch`; its fast twin is `dispatch_tail`, the one for builds that must not have all handlers in one
//! function `dispatch_apart`.
//!
//! # Invariants
//! - The loop calls nothing. A compiler gives up on keeping values in machine registers around calls in a function of this
//!   size, and would have all of the loop's in memory, for all ops. What has to call is run by [`run`], outside
//!   (`Dispatch::rare`, `Exec::CALLS`).
#![allow(unsafe_code)] // Reads code words.

#[cfg(feature = "threads")]
use crate::exec::atomic;
use crate::exec::ends::ends;
use crate::exec::machine::{Dispatch, Exec, Invalid, Registers, Regs};
use crate::exec::ops::{Family, Row, for_each_op};
#[cfg(feature = "simd")]
use crate::exec::simd;
use crate::exec::{branch, control, fused, loaded, machine, memory, numeric, stack, table, wide};
use coracle_vm::tier::Status;

/// The portable dispatcher.
pub(crate) struct Portable;

/// What comes of a handler.
pub(crate) enum Flow {
    Next(Regs),
    /// What goes on here calls, and is run outside of the loop.
    Leave(Regs, Outside),
    Exit(Status),
}

/// A handler that is run outside of the loop, on registers in memory: whether the run has ended.
pub(crate) type Outside = fn(&mut Registers) -> Option<Status>;

/// Why the loop was left.
enum Left {
    For(Outside),
    Ended(Status),
}

impl Dispatch for Portable {
    type Out = Flow;

    #[inline(always)]
    fn next(m: Regs) -> Flow {
        Flow::Next(m)
    }

    #[inline(always)]
    fn apart<E: Exec>(m: Regs) -> Flow {
        if E::CALLS { Self::rare::<E>(m) } else { E::exec::<Self>(m) }
    }

    #[inline(always)]
    fn rare<E: Exec>(m: Regs) -> Flow {
        Flow::Leave(m, outside::<E>)
    }

    #[inline(always)]
    fn exit(m: Regs, status: Status) -> Flow {
        m.store_fuel();
        Flow::Exit(status)
    }

    #[inline(always)]
    unsafe fn run(m: Registers) -> Status {
        // SAFETY: by contract.
        unsafe { run(m) }
    }

    #[inline(always)]
    fn exit_op() -> *const u64 {
        first_op(&EXIT)
    }

    #[inline(always)]
    fn foreign_op() -> *const u64 {
        first_op(&FOREIGN)
    }

    #[inline(always)]
    fn fuel_word() -> u64 {
        code_word(Row::Fuel.op(0))
    }
}

/// The code word of an op.
#[inline]
pub(crate) fn code_word(op: u16) -> u64 {
    u64::from(op)
}

ends!(Portable, u64, (Row::Exit as u64) << 4, (Row::Lazy as u64) << 4, (Row::Foreign as u64) << 4);

/// A handler outside of the loop.
fn outside<E: Exec>(m: &mut Registers) -> Option<Status> {
    match E::exec::<Portable>(*m) {
        Flow::Next(next) => {
            *m = next;
            None
        }
        Flow::Leave(next, outside) => {
            *m = next;
            outside(m)
        }
        Flow::Exit(status) => Some(status),
    }
}

/// Runs an op, and the registers are those to go on with: in the loop, or where it is left.
#[inline(always)]
fn step<E: Exec>(m: &mut Regs) -> Option<Left> {
    // One by one: what is copied whole may stay in memory.
    let Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel } = *m;
    let flow = Portable::apart::<E>(Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel });
    let (next, left) = match flow {
        Flow::Next(next) => (next, None),
        Flow::Leave(next, outside) => (next, Some(Left::For(outside))),
        Flow::Exit(status) => return Some(Left::Ended(status)),
    };
    let Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel } = next;
    (m.ip, m.fp, m.mem, m.len, m.ctx) = (ip, fp, mem, len, ctx);
    (m.acc, m.facc, m.sacc, m.fuel) = (acc, facc, sacc, fuel);
    left
}

/// Runs from `m` on until the first frame returns.
///
/// # Safety
/// The registers are those of a frame that was just entered.
unsafe fn run(m: Registers) -> Status {
    let mut m = m;
    loop {
        // SAFETY: by contract, and what runs outside of the loop leaves the registers at an op.
        let ended = match unsafe { ops(&mut m) } {
            Left::For(outside) => outside(&mut m),
            Left::Ended(status) => Some(status),
        };
        if let Some(status) = ended {
            return status;
        }
    }
}

/// Runs an op in the loop.
macro_rules! next {
    ($op:ty, $m:ident) => {
        match step::<$op>(&mut $m) {
            None => continue,
            Some(left) => break left,
        }
    };
}

macro_rules! run {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// Numbers of ops as patterns: a module per row, a constant per form.
        #[allow(non_snake_case)]
        mod number {
            $(pub(super) mod $row {
                pub(in crate::exec::dispatch) const AT: u16 = (crate::exec::ops::Row::$row as u16) << 4;
                pub(in crate::exec::dispatch) const F0: u16 = AT;
                pub(in crate::exec::dispatch) const F1: u16 = AT + 1;
                pub(in crate::exec::dispatch) const F2: u16 = AT + 2;
                pub(in crate::exec::dispatch) const F3: u16 = AT + 3;
                pub(in crate::exec::dispatch) const F4: u16 = AT + 4;
                pub(in crate::exec::dispatch) const F5: u16 = AT + 5;
                pub(in crate::exec::dispatch) const F6: u16 = AT + 6;
                pub(in crate::exec::dispatch) const F7: u16 = AT + 7;
                pub(in crate::exec::dispatch) const F8: u16 = AT + 8;
                pub(in crate::exec::dispatch) const F9: u16 = AT + 9;
                pub(in crate::exec::dispatch) const F10: u16 = AT + 10;
                pub(in crate::exec::dispatch) const F11: u16 = AT + 11;
                pub(in crate::exec::dispatch) const F12: u16 = AT + 12;
                pub(in crate::exec::dispatch) const F13: u16 = AT + 13;
                pub(in crate::exec::dispatch) const F14: u16 = AT + 14;
                pub(in crate::exec::dispatch) const F15: u16 = AT + 15;
            })*
        }

        /// Runs ops until one has to be run outside, or the first frame has returned.
        ///
        /// # Safety
        /// The registers are those of a live run, and `ip` points to the code word of an op.
        #[inline(never)]
        unsafe fn ops(registers: &mut Registers) -> Left {
            let Registers { ip, fp, mem, len, ctx, acc, facc, sacc, fuel } = *registers;
            let mut m = Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel };
            let left = loop {
                // SAFETY: M1: `ip` points to the code word of an op.
                let op = unsafe { m.ip.read() } as u16;
                crate::exec::profile::count(op);
                match op {
                    $(
                        number::$row::F0 => next!(<$family as Family>::F0, m),
                        number::$row::F1 => next!(<$family as Family>::F1, m),
                        number::$row::F2 => next!(<$family as Family>::F2, m),
                        number::$row::F3 => next!(<$family as Family>::F3, m),
                        number::$row::F4 => next!(<$family as Family>::F4, m),
                        number::$row::F5 => next!(<$family as Family>::F5, m),
                        number::$row::F6 => next!(<$family as Family>::F6, m),
                        number::$row::F7 => next!(<$family as Family>::F7, m),
                        number::$row::F8 => next!(<$family as Family>::F8, m),
                        number::$row::F9 => next!(<$family as Family>::F9, m),
                        number::$row::F10 => next!(<$family as Family>::F10, m),
                        number::$row::F11 => next!(<$family as Family>::F11, m),
                        number::$row::F12 => next!(<$family as Family>::F12, m),
                        number::$row::F13 => next!(<$family as Family>::F13, m),
                        number::$row::F14 => next!(<$family as Family>::F14, m),
                        number::$row::F15 => next!(<$family as Family>::F15, m),
                    )*
                    _ => next!(Invalid, m),
                }
            };
            *registers = m;
            left
        }
    };
}
for_each_op!(run);

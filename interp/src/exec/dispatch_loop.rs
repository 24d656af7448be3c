//! The portable dispatcher: one loop, one `match`, all handlers inlined.
//!
//! A code word is an op's number. This is the dispatcher of targets without register arguments, and of builds with
//! `portable-dispatch`; its fast twin is `dispatch_tail`, the one for builds that must not have all handlers in one
//! function `dispatch_apart`.
#![allow(unsafe_code)] // Reads code words.

#[cfg(feature = "threads")]
use crate::exec::atomic;
use crate::exec::ends::ends;
use crate::exec::machine::{Dispatch, Exec, Registers, Regs};
use crate::exec::ops::{Family, Row, for_each_op};
#[cfg(feature = "simd")]
use crate::exec::simd;
use crate::exec::{branch, control, fused, machine, memory, numeric, stack, table, wide};
use coracle_vm::tier::Status;

/// The portable dispatcher.
pub(crate) struct Portable;

/// How the loop goes on.
pub(crate) enum Flow {
    Next(Regs),
    Exit(Status),
}

impl Dispatch for Portable {
    type Out = Flow;

    #[inline(always)]
    fn next(m: Regs) -> Flow {
        Flow::Next(m)
    }

    #[inline(always)]
    fn apart<E: Exec>(m: Regs) -> Flow {
        E::exec::<Self>(m)
    }

    // Out of the loop, which is large enough.
    #[cold]
    #[inline(never)]
    fn rare<E: Exec>(m: Regs) -> Flow {
        E::exec::<Self>(m)
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

/// Runs an op on registers of its own. A handler may call what is not inlined and hand it the address of its registers;
/// were they the loop's, those of all ops would have to stand in memory.
#[inline(always)]
fn step<E: Exec>(m: &mut Regs) -> Option<Status> {
    let Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel } = *m;
    end(E::exec::<Portable>(Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel }), m)
}

/// What a handler came to: registers to go on with, or the end of the run.
#[inline(always)]
fn end(flow: Flow, m: &mut Regs) -> Option<Status> {
    match flow {
        Flow::Next(Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel }) => {
            (m.ip, m.fp, m.mem, m.len, m.ctx) = (ip, fp, mem, len, ctx);
            (m.acc, m.facc, m.sacc, m.fuel) = (acc, facc, sacc, fuel);
            None
        }
        Flow::Exit(status) => Some(status),
    }
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

        /// Runs from `m` on until the first frame returns.
        ///
        /// # Safety
        /// The registers are those of a frame that was just entered.
        unsafe fn run(m: Registers) -> Status {
            // One by one: what is copied whole may stay where the caller has it, in memory.
            let Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel } = m;
            let mut m = Regs { ip, fp, mem, len, ctx, acc, facc, sacc, fuel };
            loop {
                // SAFETY: M1: `ip` points to the code word of an op.
                let op = unsafe { m.ip.read() } as u16;
                crate::exec::profile::count(op);
                let end = match op {
                    $(
                        number::$row::F0 => step::<<$family as Family>::F0>(&mut m),
                        number::$row::F1 => step::<<$family as Family>::F1>(&mut m),
                        number::$row::F2 => step::<<$family as Family>::F2>(&mut m),
                        number::$row::F3 => step::<<$family as Family>::F3>(&mut m),
                        number::$row::F4 => step::<<$family as Family>::F4>(&mut m),
                        number::$row::F5 => step::<<$family as Family>::F5>(&mut m),
                        number::$row::F6 => step::<<$family as Family>::F6>(&mut m),
                        number::$row::F7 => step::<<$family as Family>::F7>(&mut m),
                        number::$row::F8 => step::<<$family as Family>::F8>(&mut m),
                        number::$row::F9 => step::<<$family as Family>::F9>(&mut m),
                        number::$row::F10 => step::<<$family as Family>::F10>(&mut m),
                        number::$row::F11 => step::<<$family as Family>::F11>(&mut m),
                        number::$row::F12 => step::<<$family as Family>::F12>(&mut m),
                        number::$row::F13 => step::<<$family as Family>::F13>(&mut m),
                        number::$row::F14 => step::<<$family as Family>::F14>(&mut m),
                        number::$row::F15 => step::<<$family as Family>::F15>(&mut m),
                    )*
                    _ => end(crate::exec::machine::invalid::<Portable>(m), &mut m),
                };
                if let Some(status) = end {
                    return status;
                }
            }
        }
    };
}
for_each_op!(run);

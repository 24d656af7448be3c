//! The dispatcher that calls handlers through a table: small, and quick to compile.
//!
//! Without optimisation the locals of all handlers would stand in the frame of one loop side by side, half a megabyte
//! for each nested entry; with assertions, or for size, the loop would take many minutes to compile, and on a machine
//! with little memory for code it would be most of the program. So each handler is a function that changes the
//! registers in place.
//!
//! A code word is a place in the table, which has the ops that there are and no gaps.
//!
//! # Invariants
//! - A handler does not keep the registers: what it is given is borrowed from the loop's frame.
#![allow(unsafe_code)] // Reads code words, and lends handlers the registers.

#[cfg(feature = "threads")]
use crate::exec::atomic;
use crate::exec::ends::ends;
use crate::exec::machine::{Dispatch, Exec, Invalid, Registers, Regs, exists};
use crate::exec::ops::{Family, ROWS, Row, for_each_op};
use crate::exec::parts::linked;
use crate::exec::places::{self, ENTRIES, PLACES};
#[cfg(feature = "simd")]
use crate::exec::simd;
use crate::exec::{branch, control, fused, loaded, machine, memory, numeric, profile, stack, table, wide};
use coracle_vm::tier::Status;

/// The dispatcher.
pub(crate) struct Apart;

/// How the loop goes on: with the next op, or not.
type Flow = Option<Status>;

type Handler = fn(Regs) -> Flow;

impl Dispatch for Apart {
    type Out = Flow;

    #[inline(always)]
    fn next(_: Regs) -> Flow {
        None
    }

    #[inline(always)]
    fn apart<E: Exec>(m: Regs) -> Flow {
        E::exec::<Self>(m)
    }

    #[cold]
    #[inline(never)]
    fn rare<E: Exec>(m: Regs) -> Flow {
        E::exec::<Self>(m)
    }

    #[inline(always)]
    fn exit(m: Regs, status: Status) -> Flow {
        m.store_fuel();
        Some(status)
    }

    unsafe fn run(m: Registers) -> Status {
        let mut registers = m;
        loop {
            // SAFETY: M1: `ip` points to the code word of an op.
            let word = unsafe { registers.ip.read() } as usize;
            if cfg!(feature = "profile-ops") {
                profile::count(places::op(&PLACES, word as u16).unwrap_or(0));
            }
            // SAFETY: the handler ends before the registers do.
            let m = unsafe { Regs::of(&mut registers) };
            let flow = match HANDLERS.get(word) {
                Some(handler) => handler(m),
                None => crate::exec::machine::invalid::<Self>(m),
            };
            if let Some(status) = flow {
                return status;
            }
        }
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
        const { code_word(Row::Fuel.op(0)) }
    }
}

/// A handler as a function.
fn op<E: Exec>(m: Regs) -> Flow {
    E::exec::<Apart>(m)
}

const fn handler<E: Exec>(row: Row) -> Option<Handler> {
    match (exists::<E>(), linked::<E>(row)) {
        (true, true) => Some(op::<E>),
        (true, false) => Some(op::<Invalid>),
        (false, _) => None,
    }
}

const fn handlers<F: Family>(row: Row) -> [Option<Handler>; 16] {
    [
        handler::<F::F0>(row),
        handler::<F::F1>(row),
        handler::<F::F2>(row),
        handler::<F::F3>(row),
        handler::<F::F4>(row),
        handler::<F::F5>(row),
        handler::<F::F6>(row),
        handler::<F::F7>(row),
        handler::<F::F8>(row),
        handler::<F::F9>(row),
        handler::<F::F10>(row),
        handler::<F::F11>(row),
        handler::<F::F12>(row),
        handler::<F::F13>(row),
        handler::<F::F14>(row),
        handler::<F::F15>(row),
    ]
}

macro_rules! table {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// The handlers of all rows, by form.
        const FAMILIES: [[Option<Handler>; 16]; ROWS] = [$(handlers::<$family>(Row::$row)),*];
    };
}
for_each_op!(table);

/// The handler of each op, by its place.
static HANDLERS: [Handler; ENTRIES] = {
    let mut handlers: [Handler; ENTRIES] = [op::<Invalid>; ENTRIES];
    let (mut next, mut row) = (1, 0);
    while row < ROWS {
        let mut form = 0;
        while form < 16 {
            if let Some(handler) = FAMILIES[row][form] {
                handlers[next] = handler;
                next += 1;
            }
            form += 1;
        }
        row += 1;
    }
    handlers
};

/// The code word of an op.
#[inline]
pub(crate) const fn code_word(op: u16) -> u64 {
    places::place(&PLACES, op) as u64
}

ends!(Apart, u64, code_word(Row::Exit.op(0)), code_word(Row::Lazy.op(0)), code_word(Row::Foreign.op(0)));

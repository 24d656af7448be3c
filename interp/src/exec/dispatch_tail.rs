//! The fast dispatcher: each handler ends in a jump to the next.
//!
//! A code word is the address of a handler. `return next(registers)` through a function pointer compiles to a jump as
//! long as all arguments travel in machine registers and nothing with a stack address or a destructor is alive; that
//! holds from opt-level 2 on where no assertions are compiled in, which is when `build.rs` chooses this dispatcher.
//! `tests/handlers.rs` checks it in the machine code, and `tests/depth.rs` by running; `tests/profiles` runs both in the
//! profiles of others. Elsewhere the portable twin, `dispatch_loop`, is used.
#![allow(unsafe_code)] // Jumps to handler addresses that it reads from code words.

#[cfg(feature = "threads")]
use crate::exec::atomic;
use crate::exec::ends::ends;
use crate::exec::machine::{Dispatch, Exec, Invalid, Registers, Regs};
use crate::exec::ops::{Family, ROWS, Row, for_each_op};
use crate::exec::parts::linked;
use crate::exec::profile;
#[cfg(feature = "simd")]
use crate::exec::simd;
use crate::exec::{branch, control, fused, loaded, machine, memory, numeric, stack, table, wide};
use coracle_vm::raw::RawVal;
use coracle_vm::tier::Status;

/// The tail dispatcher.
pub(crate) struct Tail;

/// A handler as a function, with the calling convention that jumps best on this target, and the jump to one: given the
/// registers in the order in which they travel, each with its type as an argument and the ways there and back.
macro_rules! handlers {
    ($abi:literal; $($register:ident: $ty:ty, $to:ident, $from:ident;)*) => {
        type Handler = unsafe extern $abi fn($($ty),*) -> Status;

        /// Runs the op of one handler, and all that follow.
        ///
        /// # Safety
        /// The registers are those of a live run, and `ip` points to this handler's op.
        #[allow(clippy::too_many_arguments, reason = "these are the machine's registers")]
        unsafe extern $abi fn op<E: Exec>($($register: $ty),*) -> Status {
            E::exec::<Tail>(Regs { $($register: $from($register)),* })
        }

        /// The same, out of line: a handler that jumps here needs no frame of its own for it.
        ///
        /// # Safety
        /// As for [`op`].
        #[cold]
        #[inline(never)]
        #[allow(clippy::too_many_arguments, reason = "these are the machine's registers")]
        unsafe extern $abi fn rare<E: Exec>($($register: $ty),*) -> Status {
            E::exec::<Tail>(Regs { $($register: $from($register)),* })
        }

        /// Goes on in a handler.
        ///
        /// # Safety
        /// As for [`op`].
        #[inline(always)]
        unsafe fn jump(handler: Handler, m: Regs) -> Status {
            // SAFETY: by contract.
            unsafe { handler($($to(m.$register)),*) }
        }
    };
}

/// Six arguments that are no floats travel in registers; those that are needed least are dressed up as floats.
macro_rules! registers {
    ($abi:literal, $ctx:ty, $back:ty) => {
        handlers! {
            $abi;
            ip: *const u64, plain, plain;
            fp: *mut RawVal, plain, plain;
            mem: *mut u8, plain, plain;
            len: usize, plain, plain;
            fuel: i64, plain, plain;
            acc: u64, plain, plain;
            ctx: $ctx, as_argument, of_argument;
            facc: f64, plain, plain;
            sacc: f32, plain, plain;
            back: $back, as_argument, of_argument;
            callee: f64, dress, undress;
        }
    };
}

/// A register that is an argument as it is.
#[inline(always)]
fn plain<T>(register: T) -> T {
    register
}

/// A pointer as an argument that is a float.
#[inline(always)]
fn dress<T>(pointer: *mut T) -> f64 {
    f64::from_bits(pointer.expose_provenance() as u64)
}

/// And back.
#[inline(always)]
fn undress<T>(pointer: f64) -> *mut T {
    core::ptr::with_exposed_provenance_mut(pointer.to_bits() as usize)
}

#[cfg(target_arch = "x86_64")]
use self::{dress as as_argument, undress as of_argument};
#[cfg(target_arch = "x86_64")]
registers!("sysv64", f64, f64);

/// Here eight arguments travel in registers, so two more need not be dressed up.
#[cfg(not(target_arch = "x86_64"))]
use self::{plain as as_argument, plain as of_argument};
#[cfg(not(target_arch = "x86_64"))]
registers!("C", *mut coracle_vm::tier::VmCtx, *mut u64);

impl Dispatch for Tail {
    type Out = Status;

    #[inline(always)]
    fn next(m: Regs) -> Status {
        // SAFETY: M1: `ip` points to the code word of an op, which holds one of `HANDLERS`, tagged or not.
        unsafe {
            let handler = profile::note(m.ip.cast::<*const ()>().read());
            jump(core::mem::transmute::<*const (), Handler>(handler), m)
        }
    }

    #[inline(always)]
    fn apart<E: Exec>(m: Regs) -> Status {
        // A jump that many share is hard to predict. But what calls would cost the handler that it is in a frame.
        if !E::CALLS {
            return E::exec::<Self>(m);
        }
        // SAFETY: the caller's op has the same registers; `E` reads its operands from the same place.
        unsafe { jump(op::<E>, m) }
    }

    #[inline(always)]
    fn rare<E: Exec>(m: Regs) -> Status {
        // SAFETY: as in `apart`.
        unsafe { jump(rare::<E>, m) }
    }

    #[inline(always)]
    fn exit(m: Regs, status: Status) -> Status {
        m.store_fuel();
        status
    }

    #[inline(always)]
    unsafe fn run(m: Registers) -> Status {
        Self::next(m)
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

/// The handler of an op.
const fn handler<E: Exec>(row: Row) -> Handler {
    if linked::<E>(row) { op::<E> } else { op::<Invalid> }
}

macro_rules! table {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// The handler of each op, by row and form.
        static HANDLERS: [[Handler; 16]; ROWS] = [$([
            handler::<<$family as Family>::F0>(Row::$row), handler::<<$family as Family>::F1>(Row::$row),
            handler::<<$family as Family>::F2>(Row::$row), handler::<<$family as Family>::F3>(Row::$row),
            handler::<<$family as Family>::F4>(Row::$row), handler::<<$family as Family>::F5>(Row::$row),
            handler::<<$family as Family>::F6>(Row::$row), handler::<<$family as Family>::F7>(Row::$row),
            handler::<<$family as Family>::F8>(Row::$row), handler::<<$family as Family>::F9>(Row::$row),
            handler::<<$family as Family>::F10>(Row::$row), handler::<<$family as Family>::F11>(Row::$row),
            handler::<<$family as Family>::F12>(Row::$row), handler::<<$family as Family>::F13>(Row::$row),
            handler::<<$family as Family>::F14>(Row::$row), handler::<<$family as Family>::F15>(Row::$row),
        ]),*];
    };
}
for_each_op!(table);

/// The code word of an op.
#[inline]
pub(crate) fn code_word(op: u16) -> u64 {
    profile::tag(HANDLERS[(op >> 4) as usize][(op & 15) as usize] as usize as u64, op)
}

ends!(Tail, Handler, op::<control::Exit>, op::<control::Lazy>, op::<stack::Foreign>);

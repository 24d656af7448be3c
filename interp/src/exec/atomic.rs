//! Handlers: atomic accesses, wait and notify.
//!
//! A narrow result is zero-extended whatever the operator's type, so the operators of `i32` and `i64` of one width are
//! one op.

use crate::exec::any::Width;
use crate::exec::machine::{Dispatch, Exec, Field, Regs};
use crate::exec::memory::Address;
use crate::exec::stack::{leave, trap};
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::builtin::TRAPPED;
use core::marker::PhantomData;

/// What an atomic operator makes of the old number and its operand.
pub(crate) trait RmwOp {
    fn run(old: u64, operand: u64) -> u64;
}

macro_rules! rmw_ops {
    ($($name:ident |$old:ident, $operand:ident| $run:expr;)*) => {$(
        pub(crate) struct $name;
        impl RmwOp for $name {
            #[inline(always)]
            fn run($old: u64, $operand: u64) -> u64 { $run }
        }
    )*};
}
rmw_ops! {
    Add |old, operand| old.wrapping_add(operand);
    Sub |old, operand| old.wrapping_sub(operand);
    And |old, operand| old & operand;
    Or |old, operand| old | operand;
    Xor |old, operand| old ^ operand;
    Xchg |_old, operand| operand;
}

const FIELDS_3: [Field; 6] =
    [Field::Dst(0), Field::Src(2), Field::Imm32(4), Field::Imm64(8), Field::Src(16), Field::Src(18)];

/// An address operand of this type: its cell is at 2, the offset at 8.
#[inline(always)]
fn base<A: Address>(m: &Regs) -> u64 {
    A::of(m.cell(m.u16(2))).wide()
}

/// An atomic operator: dst at 0, address at 2, memory's place at 4, offset at 8, operand at 16. With `Xchg` and its
/// result dropped it is a store; with an operand of 0 and `Or`, a load.
pub(crate) struct Rmw<W, O, A>(PhantomData<(W, O, A)>);
/// A compare-exchange: as [`Rmw`], the expected number at 16, the new one at 18. Of both the width counts alone.
pub(crate) struct Cmpxchg<W, A>(PhantomData<(W, A)>);
/// A load: as [`Rmw`], without operand.
pub(crate) struct AtomicLoad<W, A>(PhantomData<(W, A)>);

/// The forms of an atomic operator: by type of addresses.
pub(crate) type Rmws<W, O> = (Rmw<W, O, u32>, Rmw<W, O, u64>);
/// The forms of a compare-exchange: by type of addresses.
pub(crate) type Cmpxchgs<W> = (Cmpxchg<W, u32>, Cmpxchg<W, u64>);
/// The forms of an atomic load.
pub(crate) type AtomicLoads<W> = (AtomicLoad<W, u32>, AtomicLoad<W, u64>);

#[inline(always)]
fn finish<P: Dispatch>(m: Regs, result: Result<u64, Trap>) -> P::Out {
    let mut m = m;
    match result {
        Ok(old) => {
            m.set_cell(m.u16(0), RawVal::from_u64(old));
            m.skip(4);
            P::next(m)
        }
        Err(code) => trap::<P>(m, code),
    }
}

impl<W: Width, O: RmwOp, A: Address> Exec for Rmw<W, O, A> {
    const FORM: &'static str = A::NAME;
    const FIELDS: [Field; 6] = FIELDS_3;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let operand = m.cell(m.u16(16)).u64();
        let result = m.atomic::<W>(m.u32(4), base::<A>(&m), m.u64(8), |old| O::run(old, operand));
        finish::<P>(m, result)
    }
}

impl<W: Width, A: Address> Exec for Cmpxchg<W, A> {
    const FORM: &'static str = A::NAME;
    const FIELDS: [Field; 6] = FIELDS_3;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let unused = 64 - 8 * W::BYTES;
        let (expected, new) = (m.cell(m.u16(16)).u64() << unused >> unused, m.cell(m.u16(18)).u64());
        let change = |old| if old == expected { new } else { old };
        let result = m.atomic::<W>(m.u32(4), base::<A>(&m), m.u64(8), change);
        finish::<P>(m, result)
    }
}

impl<W: Width, A: Address> Exec for AtomicLoad<W, A> {
    const FORM: &'static str = A::NAME;
    const FIELDS: [Field; 6] = FIELDS_3;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let result = m.atomic::<W>(m.u32(4), base::<A>(&m), m.u64(8), |old| old);
        finish::<P>(m, result)
    }
}

/// `memory.atomic.notify` (0), `wait32` (4) and `wait64` (8): dst at 0, address at 2, the memory's index and the frame's
/// first free slot, 16 bits each, at 4, offset at 8, count or expected number at 16, timeout at 18.
pub(crate) struct Park<A, const BYTES: u8>(PhantomData<A>);
impl<A: Address, const BYTES: u8> Exec for Park<A, BYTES> {
    const FORM: &'static str = A::NAME;
    const FIELDS: [Field; 6] = FIELDS_3;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let Some(address) = base::<A>(&m).checked_add(m.u64(8)) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        let (memory, top, operand) = (u32::from(m.u16(4)), m.u16(6), m.cell(m.u16(16)));
        let timeout = m.cell(m.u16(18)).i64();
        let result = match BYTES {
            4 => m.atomic_wait32(top, memory, address, operand.u32(), timeout),
            8 => m.atomic_wait64(top, memory, address, operand.u64(), timeout),
            _ => m.atomic_notify(memory, address, operand.u32()),
        };
        if result == TRAPPED {
            return leave::<P>(m);
        }
        finish::<P>(m, Ok(result))
    }
}

/// `atomic.fence`.
pub(crate) struct Fence;
impl Exec for Fence {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = [Field::None; 6];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
        m.skip(1);
        P::next(m)
    }
}

//! Handlers: atomic accesses, wait and notify.
//!
//! A narrow result is zero-extended whatever the operator's type, so the operators of `i32` and `i64` of one width are
//! one op.

use crate::exec::any::Width;
use crate::exec::machine::{Dispatch, Exec, Regs};
use crate::exec::memory::Address;
use crate::exec::operand::{Name, Operand, dst, imm16, imm32, imm64, name, src};
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

/// What all atomic accesses begin with.
const ACCESS: [Operand; 4] = [dst(Name::Dst), src(Name::Address), imm32(Name::Memory), imm64(Name::Offset)];

/// An address operand of this type.
#[inline(always)]
fn base<A: Address>(m: &Regs, at: usize) -> u64 {
    A::of(m.cell(m.u16(at))).wide()
}

/// An atomic operator. With `Xchg` and its result dropped it is a store.
pub(crate) struct Rmw<W, O, A>(PhantomData<(W, O, A)>);
/// A compare-exchange: `a` is what is expected, `b` what is put there. Of both the width counts alone.
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
fn finish<P: Dispatch, E: Exec>(m: Regs, result: Result<u64, Trap>) -> P::Out {
    let mut m = m;
    match result {
        Ok(old) => {
            m.set_cell(m.u16(E::at(name::Dst)), RawVal::from_u64(old));
            m.skip(E::WORDS);
            P::next(m)
        }
        Err(code) => trap::<P>(m, code),
    }
}

impl<W: Width, O: RmwOp, A: Address> Exec for Rmw<W, O, A> {
    const FORM: &'static str = A::NAME;
    const OPERANDS: &'static [Operand] = &[ACCESS[0], ACCESS[1], ACCESS[2], ACCESS[3], src(Name::A)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let operand = m.cell(m.u16(Self::at(name::A))).u64();
        let (memory, offset) = (m.u32(Self::at(name::Memory)), m.u64(Self::at(name::Offset)));
        let base = base::<A>(&m, Self::at(name::Address));
        let result = m.atomic::<W>(memory, base, offset, |old| O::run(old, operand));
        finish::<P, Self>(m, result)
    }
}

impl<W: Width, A: Address> Exec for Cmpxchg<W, A> {
    const FORM: &'static str = A::NAME;
    const OPERANDS: &'static [Operand] = &[ACCESS[0], ACCESS[1], ACCESS[2], ACCESS[3], src(Name::A), src(Name::B)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let unused = 64 - 8 * W::BYTES;
        let expected = m.cell(m.u16(Self::at(name::A))).u64() << unused >> unused;
        let new = m.cell(m.u16(Self::at(name::B))).u64();
        let change = |old| if old == expected { new } else { old };
        let (memory, offset) = (m.u32(Self::at(name::Memory)), m.u64(Self::at(name::Offset)));
        let base = base::<A>(&m, Self::at(name::Address));
        let result = m.atomic::<W>(memory, base, offset, change);
        finish::<P, Self>(m, result)
    }
}

impl<W: Width, A: Address> Exec for AtomicLoad<W, A> {
    const FORM: &'static str = A::NAME;
    const OPERANDS: &'static [Operand] = &ACCESS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (memory, offset) = (m.u32(Self::at(name::Memory)), m.u64(Self::at(name::Offset)));
        let base = base::<A>(&m, Self::at(name::Address));
        let result = m.atomic::<W>(memory, base, offset, |old| old);
        finish::<P, Self>(m, result)
    }
}

/// `memory.atomic.notify` (0), `wait32` (4) and `wait64` (8): `a` is the count or what is expected, `b` the timeout, which
/// the first does not look at. Modules have a hundred memories at most, so their numbers have 16 bits here.
pub(crate) struct Park<A, const BYTES: u8>(PhantomData<A>);
impl<A: Address, const BYTES: u8> Exec for Park<A, BYTES> {
    const CALLS: bool = true;
    const FORM: &'static str = A::NAME;
    const OPERANDS: &'static [Operand] = &[
        dst(Name::Dst),
        src(Name::Address),
        imm16(Name::Memory),
        imm16(Name::Top),
        imm64(Name::Offset),
        src(Name::A),
        src(Name::B),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let base = base::<A>(&m, Self::at(name::Address));
        let Some(address) = base.checked_add(m.u64(Self::at(name::Offset))) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        let (memory, top) = (u32::from(m.u16(Self::at(name::Memory))), m.u16(Self::at(name::Top)));
        let (operand, timeout) = (m.cell(m.u16(Self::at(name::A))), m.cell(m.u16(Self::at(name::B))).i64());
        let result = match BYTES {
            4 => m.atomic_wait32(top, memory, address, operand.u32(), timeout),
            8 => m.atomic_wait64(top, memory, address, operand.u64(), timeout),
            _ => m.atomic_notify(memory, address, operand.u32()),
        };
        if result == TRAPPED {
            return leave::<P>(m);
        }
        finish::<P, Self>(m, Ok(result))
    }
}

/// `atomic.fence`.
pub(crate) struct Fence;
impl Exec for Fence {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

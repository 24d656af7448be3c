//! Two cells of the frame as one value of 128 bits, and handlers of 128-bit arithmetic.
#![allow(unsafe_code)] // Reads two cells of the frame as one.

use crate::exec::machine::{Dispatch, Exec, Regs};
use crate::exec::operand::{Name, Operand, dst, name, src};
use coracle_vm::raw::RawVal;

impl Regs {
    /// The 128-bit value in two cells of the frame.
    #[inline(always)]
    pub(crate) fn wide(&self, slot: u16) -> u128 {
        // SAFETY: M2, for this slot and the next.
        RawVal::v128(unsafe { self.fp.add(slot as usize).cast::<[RawVal; 2]>().read() })
    }

    /// Writes a 128-bit value to two cells of the frame.
    #[inline(always)]
    pub(crate) fn set_wide(&mut self, slot: u16, value: u128) {
        // SAFETY: M2, for this slot and the next.
        unsafe { self.fp.add(slot as usize).cast::<[RawVal; 2]>().write(RawVal::from_v128(value)) }
    }
}

/// 128-bit addition and subtraction: `dst` is two cells, and the low and high halves of the others are slots.
pub(crate) struct Wide<const SUB: bool>;
impl<const SUB: bool> Exec for Wide<SUB> {
    const QUIET: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A), src(Name::B), src(Name::C), src(Name::D)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let pair = |low, high| RawVal::v128([m.cell(m.u16(low)), m.cell(m.u16(high))]);
        let (a, b) = (pair(Self::at(name::A), Self::at(name::B)), pair(Self::at(name::C), Self::at(name::D)));
        m.set_wide(m.u16(Self::at(name::Dst)), if SUB { a.wrapping_sub(b) } else { a.wrapping_add(b) });
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// 64-bit multiplication with a 128-bit result, in two cells.
pub(crate) struct MulWide<const SIGNED: bool>;
impl<const SIGNED: bool> Exec for MulWide<SIGNED> {
    const QUIET: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A), src(Name::B)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (a, b) = (m.cell(m.u16(Self::at(name::A))), m.cell(m.u16(Self::at(name::B))));
        let product = if SIGNED {
            (i128::from(a.i64()) * i128::from(b.i64())) as u128
        } else {
            u128::from(a.u64()) * u128::from(b.u64())
        };
        m.set_wide(m.u16(Self::at(name::Dst)), product);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

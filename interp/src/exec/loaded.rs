//! Handlers: what is loaded from memory 0, and at once computed with or branched on.
//!
//! Most of what compilers load they look at right away. `translate::combine` emits these.

use crate::exec::any::Bytes;
use crate::exec::branch::{TARGET, either};
use crate::exec::fused::{Small, finish, letters};
use crate::exec::machine::{Dispatch, Dst, Exec, I, R, Regs, S, Src, Val};
use crate::exec::memory::{Abs, LoadOp, Place, Sum, address};
use crate::exec::numeric::{BinOp, CmpOp};
use crate::exec::operand::{Name, Operand, imm16, imm32, name, result, source, src};
use crate::exec::stack::trap;
use coracle_error::Trap;
use core::marker::PhantomData;

/// `dst = memory[address + offset] O b`, b being a slot or a small number.
pub(crate) struct LoadOf<L, O, D, A, B>(PhantomData<(L, O, D, A, B)>);
/// The forms of an operator on what it loads and a slot.
pub(crate) type LoadOps<L, O> = (
    LoadOf<L, O, S, S, S>,
    LoadOf<L, O, R, S, S>,
    LoadOf<L, O, S, R, S>,
    LoadOf<L, O, R, R, S>,
    LoadOf<L, O, S, Sum, S>,
    LoadOf<L, O, R, Sum, S>,
);
/// The same, and those of an operator on what it loads and a number, [`LOAD_NUMBER_FORMS`] behind.
pub(crate) type LoadNumbers<L, O> = (
    LoadOf<L, O, S, S, S>,
    LoadOf<L, O, R, S, S>,
    LoadOf<L, O, S, R, S>,
    LoadOf<L, O, R, R, S>,
    LoadOf<L, O, S, Sum, S>,
    LoadOf<L, O, R, Sum, S>,
    LoadOf<L, O, S, S, Small>,
    LoadOf<L, O, R, S, Small>,
    LoadOf<L, O, S, R, Small>,
    LoadOf<L, O, R, R, Small>,
    LoadOf<L, O, S, Sum, Small>,
    LoadOf<L, O, R, Sum, Small>,
);
/// How far behind the others the forms with a number stand, of an operator on what it loads.
pub(crate) const LOAD_NUMBER_FORMS: u8 = 6;
impl<L: LoadOp, O: BinOp<A = L::R>, D: Dst, A: Place, B: Src> Exec for LoadOf<L, O, D, A, B> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (D::KIND, A::KIND, B::KIND) {
        (d, a, b's') => letters(d, a),
        (b's', b's', _) => "ssn",
        (b'r', b's', _) => "rsn",
        (b's', b'r', _) => "srn",
        (b'r', b'r', _) => "rrn",
        (b's', _, _) => "s+n",
        (_, _, _) => "r+n",
    };
    const OPERANDS: &'static [Operand] = &[
        result(D::KIND),
        address(A::KIND),
        if B::KIND == b's' { src(Name::B) } else { imm16(Name::B) },
        imm16(Name::Offset),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let number = m.u16(Self::at(name::Offset));
        // What a sum adds is signed.
        let number = if A::KIND == b'+' { number as i16 as u32 } else { u32::from(number) };
        let (base, offset) = A::place(&m, Self::at(name::Address), number);
        let b = B::read::<O::A>(&m, Self::at(name::B));
        match L::Bytes::load0(&m, base, offset) {
            Some(bytes) => finish::<P, Self, D, _>(m, O::run(L::read(bytes), b)),
            None => trap::<P>(m, Trap::MemoryOutOfBounds),
        }
    }
}

/// `dst = memory[address + offset]`, and a branch if that compares with b.
pub(crate) struct LoadBr<L, O, D, A, B, const FUEL: bool>(PhantomData<(L, O, D, A, B)>);
/// The forms of a load with a branch, of those addresses that are frequent.
pub(crate) type LoadBrs<L, O> = (
    LoadBr<L, O, S, S, I, false>,
    LoadBr<L, O, R, S, I, false>,
    LoadBr<L, O, S, S, S, false>,
    LoadBr<L, O, R, S, S, false>,
    LoadBr<L, O, R, Sum, I, false>,
    LoadBr<L, O, R, Sum, S, false>,
    LoadBr<L, O, R, R, I, false>,
    LoadBr<L, O, R, R, S, false>,
    LoadBr<L, O, S, S, I, true>,
    LoadBr<L, O, R, S, I, true>,
    LoadBr<L, O, S, S, S, true>,
    LoadBr<L, O, R, S, S, true>,
    LoadBr<L, O, R, Sum, I, true>,
    LoadBr<L, O, R, Sum, S, true>,
    LoadBr<L, O, R, R, I, true>,
    LoadBr<L, O, R, R, S, true>,
);
/// The forms of a load with a branch, of the others.
pub(crate) type LoadBrsElse<L, O> = (
    LoadBr<L, O, S, Abs, I, false>,
    LoadBr<L, O, R, Abs, I, false>,
    LoadBr<L, O, S, Abs, S, false>,
    LoadBr<L, O, R, Abs, S, false>,
    LoadBr<L, O, S, R, I, false>,
    LoadBr<L, O, S, R, S, false>,
    LoadBr<L, O, S, Sum, I, false>,
    LoadBr<L, O, S, Sum, S, false>,
    LoadBr<L, O, S, Abs, I, true>,
    LoadBr<L, O, R, Abs, I, true>,
    LoadBr<L, O, S, Abs, S, true>,
    LoadBr<L, O, R, Abs, S, true>,
    LoadBr<L, O, S, R, I, true>,
    LoadBr<L, O, S, R, S, true>,
    LoadBr<L, O, S, Sum, I, true>,
    LoadBr<L, O, S, Sum, S, true>,
);
/// How far behind the others the forms with fuel stand, of a load with a branch.
pub(crate) const LOAD_FUEL_FORMS: u8 = 8;

/// The letters of a load with a branch.
const fn load_branch_form(d: u8, a: u8, b: u8, fuel: bool) -> &'static str {
    let forms = match (d, a) {
        (b's', b's') => ["ss", "ss_s", "ss_fuel", "ss_s_fuel"],
        (b's', b'r') => ["sr", "sr_s", "sr_fuel", "sr_s_fuel"],
        (b's', b'i') => ["si", "si_s", "si_fuel", "si_s_fuel"],
        (b's', _) => ["s+", "s+_s", "s+_fuel", "s+_s_fuel"],
        (_, b's') => ["rs", "rs_s", "rs_fuel", "rs_s_fuel"],
        (_, b'r') => ["rr", "rr_s", "rr_fuel", "rr_s_fuel"],
        (_, b'i') => ["ri", "ri_s", "ri_fuel", "ri_s_fuel"],
        (_, _) => ["r+", "r+_s", "r+_fuel", "r+_s_fuel"],
    };
    forms[(b == b's') as usize + 2 * fuel as usize]
}

impl<L: LoadOp, O: CmpOp, D: Dst, A: Place, B: Src, const FUEL: bool> Exec for LoadBr<L, O, D, A, B, FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = load_branch_form(D::KIND, A::KIND, B::KIND, FUEL);
    const OPERANDS: &'static [Operand] =
        &[TARGET, result(D::KIND), address(A::KIND), imm32(Name::Offset), source(Name::B, B::KIND, false)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (base, offset) = A::place(&m, Self::at(name::Address), m.u32(Self::at(name::Offset)));
        let Some(bytes) = L::Bytes::load0(&m, base, offset) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        let value = L::read(bytes);
        D::write(&mut m, Self::at(name::Dst), value);
        let taken = O::run(O::A::of(value.cell()), B::read(&m, Self::at(name::B)));
        either::<P, FUEL>(m, taken, Self::WORDS)
    }
}

//! Handlers: two operators, or an operator and a move, as one op.
//!
//! A dispatch costs more than most operators, so what compilers put side by side is one op. Which pairs are worth it
//! was counted (`coracle run --profile-ops`); each occurs in at least three programs of different kinds.
//! `translate::combine` emits them; what stands in one topic's file, such as branches on comparisons, stays there.

use crate::exec::any::Bytes;
use crate::exec::branch::{Br, Number, TARGET, either, go};
use crate::exec::machine::{Dispatch, Dst, Exec, I, R, Regs, S, Src, Val, now};
use crate::exec::memory::{LoadOp, StoreOp};
use crate::exec::numeric::{BinOp, CmpOp, copy_first, copy_second};
use crate::exec::operand::{Name, Operand, dst, imm16, imm32, lacking, name, result, source, src};
use crate::exec::stack::{self, trap};
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use core::marker::PhantomData;

/// The letters of an op with a result and one operand that may be in the accumulator.
pub(crate) const fn letters(d: u8, a: u8) -> &'static str {
    match (d, a) {
        (b's', b's') => "ss",
        (b'r', b's') => "rs",
        (b's', b'r') => "sr",
        (b'r', b'r') => "rr",
        (b's', _) => "s+",
        _ => "r+",
    }
}

/// An operator with its operands swapped.
pub(crate) struct Swap<O>(PhantomData<O>);
impl<O: BinOp> BinOp for Swap<O> {
    type A = O::A;
    type R = O::R;
    #[inline(always)]
    fn run(a: O::A, b: O::A) -> Result<O::R, Trap> {
        O::run(b, a)
    }
}

/// `dst = (a H b) O c`.
pub(crate) struct Two<H, O, D, A>(PhantomData<(H, O, D, A)>);
/// The forms of two operators.
pub(crate) type Pair<H, O> = (Two<H, O, S, S>, Two<H, O, R, S>, Two<H, O, S, R>, Two<H, O, R, R>);
impl<H: BinOp, O: BinOp<A = H::R>, D: Dst, A: Src> Exec for Two<H, O, D, A> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const OPERANDS: &'static [Operand] =
        &[result(D::KIND), source(Name::A, A::KIND, false), src(Name::B), src(Name::C)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let (b, c) = (S::read::<H::A>(&m, Self::at(name::B)), S::read::<O::A>(&m, Self::at(name::C)));
        let value = H::run(A::read(&m, Self::at(name::A)), b).and_then(|x| O::run(x, c));
        finish::<P, Self, D, _>(m, value)
    }
}

/// `dst = (a H shift) O b`.
pub(crate) struct Shifted<H, O, D, A, B>(PhantomData<(H, O, D, A, B)>);
/// The forms of an operator whose first operand is shifted; in the last two, the accumulator is both.
pub(crate) type ShiftedOp<H, O> = (
    Shifted<H, O, S, S, S>,
    Shifted<H, O, R, S, S>,
    Shifted<H, O, S, R, S>,
    Shifted<H, O, R, R, S>,
    Shifted<H, O, S, R, R>,
    Shifted<H, O, R, R, R>,
);
impl<H: BinOp, O: BinOp<A = H::R>, D: Dst, A: Src, B: Src> Exec for Shifted<H, O, D, A, B>
where
    H::A: From<u16>,
{
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (B::KIND, D::KIND) {
        (b's', d) => letters(d, A::KIND),
        (_, b's') => "srr",
        _ => "rrr",
    };
    const OPERANDS: &'static [Operand] =
        &[result(D::KIND), source(Name::A, A::KIND, false), source(Name::B, B::KIND, false), imm16(Name::Shift)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let b = B::read::<O::A>(&m, Self::at(name::B));
        let shift = H::A::from(m.u16(Self::at(name::Shift)));
        let value = H::run(A::read(&m, Self::at(name::A)), shift).and_then(|x| O::run(x, b));
        finish::<P, Self, D, _>(m, value)
    }
}

/// `dst = (a H b) O shift`.
pub(crate) struct Turned<H, O, D, A>(PhantomData<(H, O, D, A)>);
/// The forms of an operator whose result is shifted.
pub(crate) type OpShifted<H, O> = (Turned<H, O, S, S>, Turned<H, O, R, S>, Turned<H, O, S, R>, Turned<H, O, R, R>);
impl<H: BinOp, O: BinOp<A = H::R>, D: Dst, A: Src> Exec for Turned<H, O, D, A>
where
    H::R: From<u16>,
{
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const OPERANDS: &'static [Operand] =
        &[result(D::KIND), source(Name::A, A::KIND, false), src(Name::B), imm16(Name::Shift)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let b = S::read::<H::A>(&m, Self::at(name::B));
        let shift = H::R::from(m.u16(Self::at(name::Shift)));
        let value = H::run(A::read(&m, Self::at(name::A)), b).and_then(|x| O::run(x, shift));
        finish::<P, Self, D, _>(m, value)
    }
}

/// The result of `E` is written, and the op is left behind.
#[inline(always)]
pub(crate) fn finish<P: Dispatch, E: Exec, D: Dst, V: Val>(m: Regs, value: Result<V, Trap>) -> P::Out {
    let mut m = m;
    match value {
        Ok(value) => {
            D::write(&mut m, E::at(name::Dst), value);
            m.skip(E::WORDS);
            P::next(m)
        }
        Err(code) => trap::<P>(m, code),
    }
}

/// `dst = a * factor + number` as `i32`.
pub(crate) struct MulAdd<D, A>(PhantomData<(D, A)>);
/// The forms of a multiplication and an addition of numbers.
pub(crate) type MulAdds = (MulAdd<S, S>, MulAdd<R, S>, MulAdd<S, R>, MulAdd<R, R>);
impl<D: Dst, A: Src> Exec for MulAdd<D, A> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const OPERANDS: &'static [Operand] =
        &[result(D::KIND), source(Name::A, A::KIND, false), imm32(Name::Factor), imm32(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let product = A::read::<u32>(&m, Self::at(name::A)).wrapping_mul(m.u32(Self::at(name::Factor)));
        let value = product.wrapping_add(m.u32(Self::at(name::Number)));
        D::write(&mut m, Self::at(name::Dst), value);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// A number of 16 bits with a sign, of an operator of 32 bits.
pub(crate) struct Small;
impl Src for Small {
    const KIND: u8 = b'n';
    #[inline(always)]
    fn read<T: Val>(m: &Regs, at: usize) -> T {
        T::of(RawVal::from_u32(m.u16(at) as i16 as u32))
    }
}

/// `dst = (a >> shift) & mask` as `i32`, unsigned: bits of a field.
pub(crate) struct Field<D, A>(PhantomData<(D, A)>);
/// The forms of a field.
pub(crate) type Fields = (Field<S, S>, Field<R, S>, Field<S, R>, Field<R, R>);
impl<D: Dst, A: Src> Exec for Field<D, A> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const OPERANDS: &'static [Operand] =
        &[result(D::KIND), source(Name::A, A::KIND, false), imm16(Name::Shift), imm16(Name::B)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let bits = A::read::<u32>(&m, Self::at(name::A)).wrapping_shr(u32::from(m.u16(Self::at(name::Shift))));
        let value = bits & Small::read::<u32>(&m, Self::at(name::B));
        D::write(&mut m, Self::at(name::Dst), value);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// The sum of a slot, whose number lies at `at`, and a number.
#[inline(always)]
fn sum(m: &Regs, at: usize, number: usize) -> u32 {
    m.cell(m.u16(at)).u32().wrapping_add(m.u32(number))
}

/// Two sums as `i32`: `dst = a + number`, and then `dst2 = b + number2`, which stays in the accumulator.
pub(crate) struct Add2;
/// A sum as `i32`, `dst = a + number`, which stays in the accumulator, and then a copy, `dst2 = b`.
pub(crate) struct AddCopy;
/// Two numbers, below 2^32 each.
pub(crate) struct Const2;
/// A branch that copies a cell first. `FUEL` as in `branch::Br`.
pub(crate) struct BrCopy<const FUEL: bool>;
/// A branch that writes a number below 2^32 first.
pub(crate) struct BrConst<const FUEL: bool>;

impl Exec for Add2 {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = "ssi_ssi";
    const OPERANDS: &'static [Operand] =
        &[dst(Name::Dst), src(Name::A), dst(Name::Dst2), src(Name::B), imm32(Name::Number), imm32(Name::Number2)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = sum(&m, Self::at(name::A), Self::at(name::Number));
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(first));
        let second = sum(&m, Self::at(name::B), Self::at(name::Number2));
        m.set_cell(m.u16(Self::at(name::Dst2)), RawVal::from_u32(second));
        m.acc = u64::from(second);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for AddCopy {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = "ssi_ss";
    const OPERANDS: &'static [Operand] =
        &[dst(Name::Dst), src(Name::A), dst(Name::Dst2), src(Name::B), imm32(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = sum(&m, Self::at(name::A), Self::at(name::Number));
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(sum));
        m.acc = u64::from(sum);
        copy_second::<Self>(&mut m);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for Const2 {
    const QUIET: bool = true;
    const FORM: &'static str = "si_si";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), dst(Name::Dst2), imm32(Name::Number), imm32(Name::Number2)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(m.u32(Self::at(name::Number))));
        m.set_cell(m.u16(Self::at(name::Dst2)), RawVal::from_u32(m.u32(Self::at(name::Number2))));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl<const FUEL: bool> Exec for BrCopy<FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if FUEL { "copy_fuel" } else { "copy" };
    const OPERANDS: &'static [Operand] = &[TARGET, dst(Name::Dst), src(Name::A)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy_first::<Self>(&mut m);
        let words = m.u32(Self::at(name::Target)) as i32;
        go::<P, FUEL>(m, words)
    }
}

impl<const FUEL: bool> Exec for BrConst<FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if FUEL { "const_fuel" } else { "const" };
    const OPERANDS: &'static [Operand] = &[TARGET, dst(Name::Dst), imm32(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(m.u32(Self::at(name::Number))));
        let words = m.u32(Self::at(name::Target)) as i32;
        go::<P, FUEL>(m, words)
    }
}

/// `global = a + number`, and a frame is left. `A`: where the value comes from that is returned, `()` for nothing.
pub(crate) struct RetSum<A, const FUEL: bool>(PhantomData<A>);
/// The forms of the end of a function with a frame in memory.
pub(crate) type RetSums =
    (RetSum<(), false>, RetSum<S, false>, RetSum<R, false>, RetSum<(), true>, RetSum<S, true>, RetSum<R, true>);
/// How far behind the others the forms with fuel stand, of the end of a function with a frame in memory.
pub(crate) const SUM_FUEL_FORMS: u8 = 3;
/// What such a function returns.
pub(crate) trait Value {
    /// The form's letter.
    const KIND: u8;
    /// Writes the value, whose slot lies at `at`, to the frame's start.
    fn give(m: &mut Regs, at: usize);
}
impl Value for () {
    const KIND: u8 = b' ';
    #[inline(always)]
    fn give(_: &mut Regs, _: usize) {}
}
impl Value for S {
    const KIND: u8 = b's';
    #[inline(always)]
    fn give(m: &mut Regs, at: usize) {
        let value = m.cell(m.u16(at));
        m.set_cell(0, value);
        m.acc = value.u64();
    }
}
impl Value for R {
    const KIND: u8 = b'r';
    #[inline(always)]
    fn give(m: &mut Regs, _: usize) {
        m.set_cell(0, RawVal::from_u64(m.acc));
    }
}
impl<A: Value, const FUEL: bool> Exec for RetSum<A, FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (A::KIND, FUEL) {
        (b's', false) => "s",
        (b'r', false) => "r",
        (_, false) => "",
        (b's', true) => "s_fuel",
        (b'r', true) => "r_fuel",
        (_, true) => "fuel",
    };
    const OPERANDS: &'static [Operand] = &[
        imm16(Name::Header),
        src(Name::A),
        imm32(Name::Global),
        imm32(Name::Number),
        if A::KIND == b's' { src(Name::Value) } else { lacking(Name::Value) },
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = now(u64::from(sum(&m, Self::at(name::A), Self::at(name::Number))));
        m.global_set(m.u32(Self::at(name::Global)), RawVal::from_u64(sum));
        A::give(&mut m, Self::at(name::Value));
        let header = m.u16(Self::at(name::Header));
        stack::ret::<P, FUEL>(m, header)
    }
}

/// Two sums as `i32`, as of [`Add2`], and a branch if the second compares with c, a number or a slot. `FUEL`: fuel ops
/// lie at the target and behind.
pub(crate) struct Add2Br<O, B, const FUEL: bool>(PhantomData<(O, B)>);
/// The forms of two sums with a branch.
pub(crate) type Add2Brs<O> = (Add2Br<O, S, false>, Add2Br<O, I, false>, Add2Br<O, S, true>, Add2Br<O, I, true>);
/// How far behind the others the forms with fuel stand, of two sums with a branch.
pub(crate) const STEPS_FUEL_FORMS: u8 = 2;
impl<O: CmpOp<A = u32>, B: Src, const FUEL: bool> Exec for Add2Br<O, B, FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (B::KIND, FUEL) {
        (b's', false) => "s",
        (b's', true) => "s_fuel",
        (_, false) => "i",
        (_, true) => "i_fuel",
    };
    const OPERANDS: &'static [Operand] = &[
        TARGET,
        dst(Name::Dst),
        src(Name::A),
        dst(Name::Dst2),
        src(Name::B),
        imm32(Name::Number),
        imm32(Name::Number2),
        source(Name::C, B::KIND, false),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = sum(&m, Self::at(name::A), Self::at(name::Number));
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(first));
        let second = sum(&m, Self::at(name::B), Self::at(name::Number2));
        m.set_cell(m.u16(Self::at(name::Dst2)), RawVal::from_u32(second));
        m.acc = u64::from(second);
        let taken = O::run(second, B::read(&m, Self::at(name::C)));
        either::<P, FUEL>(m, taken, Self::WORDS)
    }
}

/// `dst = a O b ? c : d` over cells.
pub(crate) struct Choose<O, D, A, B>(PhantomData<(O, D, A, B)>);
/// The forms of a choice by a comparison: a result's place is the least of the form's bits, b's kind the next.
pub(crate) type Chooses<O> = (
    Choose<O, S, S, S>,
    Choose<O, R, S, S>,
    Choose<O, S, S, I>,
    Choose<O, R, S, I>,
    Choose<O, S, R, S>,
    Choose<O, R, R, S>,
    Choose<O, S, R, I>,
    Choose<O, R, R, I>,
);
impl<O: CmpOp, D: Dst, A: Src, B: Src> Exec for Choose<O, D, A, B> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (D::KIND, A::KIND, B::KIND) {
        (b's', b's', b's') => "sss",
        (b's', b's', _) => "ssi",
        (b's', _, b's') => "srs",
        (b's', _, _) => "sri",
        (_, b's', b's') => "rss",
        (_, b's', _) => "rsi",
        (_, _, b's') => "rrs",
        (_, _, _) => "rri",
    };
    const OPERANDS: &'static [Operand] = &[
        result(D::KIND),
        source(Name::A, A::KIND, false),
        src(Name::C),
        src(Name::D),
        source(Name::B, B::KIND, false),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (c, d) = (S::read::<u64>(&m, Self::at(name::C)), S::read::<u64>(&m, Self::at(name::D)));
        let holds = O::run(A::read(&m, Self::at(name::A)), B::read(&m, Self::at(name::B)));
        D::write(&mut m, Self::at(name::Dst), core::hint::select_unpredictable(holds, c, d));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `dst2 = r + a`, and `dst = dst2 + b`, as `i32`. The second sum stays in the accumulator.
pub(crate) struct AddBoth;
impl Exec for AddBoth {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = "srs_srs";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A), dst(Name::Dst2), src(Name::B)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = (m.acc as u32).wrapping_add(m.cell(m.u16(Self::at(name::A))).u32());
        m.set_cell(m.u16(Self::at(name::Dst2)), RawVal::from_u32(first));
        let second = first.wrapping_add(m.cell(m.u16(Self::at(name::B))).u32());
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(second));
        m.acc = u64::from(second);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `memory[address + offset] += number` as `i32`. The sum stays in the accumulator.
pub(crate) struct MemoryAdd;
impl Exec for MemoryAdd {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[src(Name::Address), imm32(Name::Offset), imm32(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (base, offset) = (m.cell(m.u16(Self::at(name::Address))).u32(), m.u32(Self::at(name::Offset)));
        let Some(bytes) = m.load::<4>(base, offset) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        let sum = u32::from_le_bytes(bytes).wrapping_add(m.u32(Self::at(name::Number)));
        m.acc = u64::from(sum);
        // What can be loaded can be stored.
        match m.store(base, offset, sum.to_le_bytes()) {
            Some(()) => {
                m.skip(Self::WORDS);
                P::next(m)
            }
            None => trap::<P>(m, Trap::MemoryOutOfBounds),
        }
    }
}

/// Two loads of `i32`: `dst2 = memory[address2 + offset2]`, and then `dst = memory[address + offset]`.
pub(crate) struct Load2<D>(PhantomData<D>);
/// Two stores of `i32`: `memory[address + offset] = value`, and then the second likewise.
pub(crate) struct Store2;
/// `memory[address2 + offset2] = memory[address + offset]`. What is loaded stays in the accumulator.
pub(crate) struct LoadStore<L, W>(PhantomData<(L, W)>);

impl<D: Dst> Exec for Load2<D> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = if D::KIND == b's' { "ss_ss" } else { "rs_ss" };
    const OPERANDS: &'static [Operand] = &[
        result(D::KIND),
        src(Name::Address),
        dst(Name::Dst2),
        src(Name::Address2),
        imm32(Name::Offset),
        imm32(Name::Offset2),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let base = m.cell(m.u16(Self::at(name::Address2))).u32();
        let Some(bytes) = m.load(base, m.u32(Self::at(name::Offset2))) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        m.set_cell(m.u16(Self::at(name::Dst2)), RawVal::from_u32(u32::from_le_bytes(bytes)));
        let base = m.cell(m.u16(Self::at(name::Address))).u32();
        let Some(bytes) = m.load(base, m.u32(Self::at(name::Offset))) else {
            return second_trapped::<P>(m);
        };
        D::write(&mut m, Self::at(name::Dst), u32::from_le_bytes(bytes));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for Store2 {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = "ss_ss";
    const OPERANDS: &'static [Operand] = &[
        src(Name::Address),
        src(Name::Value),
        src(Name::Address2),
        src(Name::Value2),
        imm32(Name::Offset),
        imm32(Name::Offset2),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let value = m.cell(m.u16(Self::at(name::Value))).u32().to_le_bytes();
        let base = m.cell(m.u16(Self::at(name::Address))).u32();
        if m.store(base, m.u32(Self::at(name::Offset)), value).is_none() {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        }
        let value = m.cell(m.u16(Self::at(name::Value2))).u32().to_le_bytes();
        let base = m.cell(m.u16(Self::at(name::Address2))).u32();
        if m.store(base, m.u32(Self::at(name::Offset2)), value).is_none() {
            return second_trapped::<P>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl<L: LoadOp, W: StoreOp<V = L::R>> Exec for LoadStore<L, W>
where
    L::R: Into<u64>,
{
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] =
        &[src(Name::Address), src(Name::Address2), imm32(Name::Offset), imm32(Name::Offset2)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let base = m.cell(m.u16(Self::at(name::Address))).u32();
        let Some(bytes) = L::Bytes::load0(&m, base, m.u32(Self::at(name::Offset))) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        m.acc = now(L::read(bytes).into());
        let (base, offset) = (m.cell(m.u16(Self::at(name::Address2))).u32(), m.u32(Self::at(name::Offset2)));
        if W::write(Val::acc(&m)).store0(&mut m, base, offset).is_none() {
            return second_trapped::<P>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// The second of two accesses traps: operators that became one op are told apart by where in it a trap stands.
#[inline(always)]
fn second_trapped<P: Dispatch>(m: Regs) -> P::Out {
    let mut m = m;
    m.skip(1);
    trap::<P>(m, Trap::MemoryOutOfBounds)
}

/// `dst = a + b`, which stays in the accumulator, and then a copy, `dst2 = c`. `KEEP`: what is copied was read before the
/// sum, and goes to `dst3` as well. That is what values come to that are passed on from turn to turn of a loop.
pub(crate) struct SumCopy<T, const KEEP: bool>(PhantomData<T>);
/// The forms of a sum with copies.
pub(crate) type SumCopies<T> = (SumCopy<T, false>, SumCopy<T, true>);
impl<T: Number, const KEEP: bool> Exec for SumCopy<T, KEEP> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = if KEEP { "sss_sss" } else { "sss_ss" };
    const OPERANDS: &'static [Operand] = &[
        dst(Name::Dst),
        src(Name::A),
        src(Name::B),
        dst(Name::Dst2),
        src(Name::C),
        if KEEP { dst(Name::Dst3) } else { lacking(Name::Dst3) },
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let early = m.cell(m.u16(Self::at(name::C)));
        if KEEP {
            m.set_cell(m.u16(Self::at(name::Dst3)), early);
        }
        let (a, b) = (T::of(m.cell(m.u16(Self::at(name::A)))), T::of(m.cell(m.u16(Self::at(name::B)))));
        let sum = a.sum(b);
        m.set_cell(m.u16(Self::at(name::Dst)), sum.cell());
        sum.set_acc(&mut m);
        let copied = if KEEP { early } else { m.cell(m.u16(Self::at(name::C))) };
        m.set_cell(m.u16(Self::at(name::Dst2)), copied);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// Four copies, one after the other.
pub(crate) struct Copy4;
impl Exec for Copy4 {
    const QUIET: bool = true;
    const FORM: &'static str = "4";
    const OPERANDS: &'static [Operand] = &[
        dst(Name::Dst),
        src(Name::A),
        dst(Name::Dst2),
        src(Name::B),
        dst(Name::Dst3),
        src(Name::C),
        dst(Name::Dst4),
        src(Name::D),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy_first::<Self>(&mut m);
        copy_second::<Self>(&mut m);
        m.set_cell(m.u16(Self::at(name::Dst3)), m.cell(m.u16(Self::at(name::C))));
        m.set_cell(m.u16(Self::at(name::Dst4)), m.cell(m.u16(Self::at(name::D))));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// The forms of a branch that is always taken; those with fuel are odd.
pub(crate) type Brs =
    (Br<false>, Br<true>, BrCopy<false>, BrCopy<true>, BrConst<false>, BrConst<true>, BrAdd<false>, BrAdd<true>);

/// A branch that computes a sum first: `dst = a + number`, as `i32`.
pub(crate) struct BrAdd<const FUEL: bool>;
impl<const FUEL: bool> Exec for BrAdd<FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if FUEL { "add_fuel" } else { "add" };
    const OPERANDS: &'static [Operand] = &[TARGET, dst(Name::Dst), src(Name::A), imm32(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = sum(&m, Self::at(name::A), Self::at(name::Number));
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(sum));
        let words = m.u32(Self::at(name::Target)) as i32;
        go::<P, FUEL>(m, words)
    }
}

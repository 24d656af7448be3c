//! Handlers: two operators, or an operator and a move, as one op.
//!
//! A dispatch costs more than most operators, so what compilers put side by side is one op. Which pairs are worth it
//! was counted (`coracle run --profile-ops`); each occurs in at least three programs of different kinds.
//! `translate::combine` emits them; what stands in one topic's file, such as branches on comparisons, stays there.

use crate::exec::any::Bytes;
use crate::exec::branch::{Br, Number, go};
use crate::exec::machine::{Dispatch, Dst, Exec, Field, I, R, Regs, S, Src, Val, now, words};
use crate::exec::memory::{LoadOp, StoreOp};
use crate::exec::numeric::{BinOp, CmpOp, dst_field, src_field};
use crate::exec::stack::{self, trap};
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use core::marker::PhantomData;

/// The letters of an op with a result and one operand that may be in the accumulator.
const fn letters(d: u8, a: u8) -> &'static str {
    match (d, a) {
        (b's', b's') => "ss",
        (b'r', b's') => "rs",
        (b's', b'r') => "sr",
        (b'r', b'r') => "rr",
        (b's', _) => "s+",
        _ => "r+",
    }
}

/// The fields of an op of two operators, one of which shifts by a number.
const fn shift_fields(d: u8, a: u8) -> [Field; 6] {
    [dst_field(d, 0), src_field(a, 2, 0, false), Field::Src(4), Field::Imm16(6), Field::None, Field::None]
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

/// `dst = (a H b) O c`: dst at 0, a at 2, b at 4, c at 6.
pub(crate) struct Two<H, O, D, A>(PhantomData<(H, O, D, A)>);
/// The forms of two operators.
pub(crate) type Pair<H, O> = (Two<H, O, S, S>, Two<H, O, R, S>, Two<H, O, S, R>, Two<H, O, R, R>);
impl<H: BinOp, O: BinOp<A = H::R>, D: Dst, A: Src> Exec for Two<H, O, D, A> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const FIELDS: [Field; 6] = [
        dst_field(D::KIND, 0),
        src_field(A::KIND, 2, 0, false),
        Field::Src(4),
        Field::Src(6),
        Field::None,
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let (b, c) = (S::read::<H::A>(&m, 4, 0), S::read::<O::A>(&m, 6, 0));
        let value = H::run(A::read(&m, 2, 0), b).and_then(|x| O::run(x, c));
        finish::<P, D, _>(m, value)
    }
}

/// `dst = (a H k) O b`: dst at 0, a at 2, b at 4, k at 6. `H` is a shift.
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
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (B::KIND, D::KIND) {
        (b's', d) => letters(d, A::KIND),
        (_, b's') => "srr",
        _ => "rrr",
    };
    const FIELDS: [Field; 6] = [
        dst_field(D::KIND, 0),
        src_field(A::KIND, 2, 0, false),
        src_field(B::KIND, 4, 0, false),
        Field::Imm16(6),
        Field::None,
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let b = B::read::<O::A>(&m, 4, 0);
        let k = H::A::from(m.u16(6));
        let value = H::run(A::read(&m, 2, 0), k).and_then(|x| O::run(x, b));
        finish::<P, D, _>(m, value)
    }
}

/// `dst = (a H b) O k`: dst at 0, a at 2, b at 4, k at 6.
pub(crate) struct Turned<H, O, D, A>(PhantomData<(H, O, D, A)>);
/// The forms of an operator whose result is shifted.
pub(crate) type OpShifted<H, O> = (Turned<H, O, S, S>, Turned<H, O, R, S>, Turned<H, O, S, R>, Turned<H, O, R, R>);
impl<H: BinOp, O: BinOp<A = H::R>, D: Dst, A: Src> Exec for Turned<H, O, D, A>
where
    H::R: From<u16>,
{
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const FIELDS: [Field; 6] = shift_fields(D::KIND, A::KIND);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let b = S::read::<H::A>(&m, 4, 0);
        let k = H::R::from(m.u16(6));
        let value = H::run(A::read(&m, 2, 0), b).and_then(|x| O::run(x, k));
        finish::<P, D, _>(m, value)
    }
}

/// The result is written, and the op of two words is left behind.
#[inline(always)]
fn finish<P: Dispatch, D: Dst, V: Val>(m: Regs, value: Result<V, Trap>) -> P::Out {
    let mut m = m;
    match value {
        Ok(value) => {
            D::write(&mut m, 0, value);
            m.skip(2);
            P::next(m)
        }
        Err(code) => trap::<P>(m, code),
    }
}

/// `dst = a * k + n` as `i32`: dst at 0, a at 2, k at 4, n at 8.
pub(crate) struct MulAdd<D, A>(PhantomData<(D, A)>);
/// The forms of a multiplication and an addition of numbers.
pub(crate) type MulAdds = (MulAdd<S, S>, MulAdd<R, S>, MulAdd<S, R>, MulAdd<R, R>);
impl<D: Dst, A: Src> Exec for MulAdd<D, A> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const FIELDS: [Field; 6] = [
        dst_field(D::KIND, 0),
        src_field(A::KIND, 2, 0, false),
        Field::Imm32(4),
        Field::Imm32(8),
        Field::None,
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let value = A::read::<u32>(&m, 2, 0).wrapping_mul(m.u32(4)).wrapping_add(m.u32(8));
        D::write(&mut m, 0, value);
        m.skip(3);
        P::next(m)
    }
}

/// Where a load that an operator takes goes: a slot or the accumulator, and a number.
pub(crate) trait Near {
    /// The form's letter, as an operand has it.
    const KIND: u8;
    /// The address, whose slot lies at `at`, and the offset, to be added without wrapping.
    fn place(m: &Regs, at: usize, number: u32) -> (u32, u32);
}
impl Near for S {
    const KIND: u8 = b's';
    #[inline(always)]
    fn place(m: &Regs, at: usize, number: u32) -> (u32, u32) {
        (m.cell(m.u16(at)).u32(), number)
    }
}
impl Near for R {
    const KIND: u8 = b'r';
    #[inline(always)]
    fn place(m: &Regs, _: usize, number: u32) -> (u32, u32) {
        (m.acc as u32, number)
    }
}
/// The sum of a slot and a number, which wraps.
pub(crate) struct Sum;
impl Near for Sum {
    const KIND: u8 = b'+';
    #[inline(always)]
    fn place(m: &Regs, at: usize, number: u32) -> (u32, u32) {
        (m.cell(m.u16(at)).u32().wrapping_add(number), 0)
    }
}

/// The field of such a place, whose slot lies at `at`.
const fn near_field(kind: u8, at: u8) -> Field {
    if kind == b'r' { Field::SrcAcc } else { Field::Src(at) }
}

/// `dst = memory[address] O b`: dst at 0, the address at 2 and 6, b at 4.
pub(crate) struct LoadOf<L, O, D, A>(PhantomData<(L, O, D, A)>);
/// The forms of an operator on what it loads.
pub(crate) type LoadOps<L, O> = (
    LoadOf<L, O, S, S>,
    LoadOf<L, O, R, S>,
    LoadOf<L, O, S, R>,
    LoadOf<L, O, R, R>,
    LoadOf<L, O, S, Sum>,
    LoadOf<L, O, R, Sum>,
);
impl<L: LoadOp, O: BinOp<A = L::R>, D: Dst, A: Near> Exec for LoadOf<L, O, D, A> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = letters(D::KIND, A::KIND);
    const FIELDS: [Field; 6] =
        [dst_field(D::KIND, 0), near_field(A::KIND, 2), Field::Src(4), Field::Imm16(6), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        // What a sum adds is signed.
        let number = if A::KIND == b'+' { m.u16(6) as i16 as u32 } else { u32::from(m.u16(6)) };
        let (base, offset) = A::place(&m, 2, number);
        let b = S::read::<O::A>(&m, 4, 0);
        match L::Bytes::load0(&m, base, offset) {
            Some(bytes) => finish::<P, D, _>(m, O::run(L::read(bytes), b)),
            None => trap::<P>(m, Trap::MemoryOutOfBounds),
        }
    }
}

/// What is moved into a cell.
#[inline(always)]
fn sum(m: &Regs, at: usize, number: usize) -> u32 {
    m.cell(m.u16(at)).u32().wrapping_add(m.u32(number))
}

/// Two sums as `i32`, the second after the first: their slots at 0 and 4, what they add to at 2 and 6, the numbers at 8
/// and 12. The second stays in the accumulator.
pub(crate) struct Add2;
/// A sum as `i32`, and a copy after it: the sum's slot at 0, what it adds to at 2, the copy at 4, the number at 8. The
/// sum stays in the accumulator.
pub(crate) struct AddCopy;
/// Two numbers, below 2^32 each: their slots at 0 and 2, they themselves at 4 and 8.
pub(crate) struct Const2;
/// A branch that copies a cell first: target at 0, the copy at 4. `FUEL` as in `branch::Br`.
pub(crate) struct BrCopy<const FUEL: bool>;
/// A branch that writes a number below 2^32 first: target at 0, the slot at 4, the number at 8.
pub(crate) struct BrConst<const FUEL: bool>;

impl Exec for Add2 {
    const SHORTCUT: bool = true;
    const FORM: &'static str = "ssi_ssi";
    const FIELDS: [Field; 6] =
        [Field::Dst(0), Field::Src(2), Field::Dst(4), Field::Src(6), Field::Imm32(8), Field::Imm32(12)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(0), RawVal::from_u32(sum(&m, 2, 8)));
        let second = sum(&m, 6, 12);
        m.set_cell(m.u16(4), RawVal::from_u32(second));
        m.acc = u64::from(second);
        m.skip(3);
        P::next(m)
    }
}

impl Exec for AddCopy {
    const SHORTCUT: bool = true;
    const FORM: &'static str = "ssi_ss";
    const FIELDS: [Field; 6] =
        [Field::Dst(0), Field::Src(2), Field::Dst(4), Field::Src(6), Field::Imm32(8), Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = sum(&m, 2, 8);
        m.set_cell(m.u16(0), RawVal::from_u32(sum));
        m.acc = u64::from(sum);
        m.set_cell(m.u16(4), m.cell(m.u16(6)));
        m.skip(3);
        P::next(m)
    }
}

impl Exec for Const2 {
    const FORM: &'static str = "si_si";
    const FIELDS: [Field; 6] =
        [Field::Dst(0), Field::Dst(2), Field::Imm32(4), Field::Imm32(8), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(0), RawVal::from_u32(m.u32(4)));
        m.set_cell(m.u16(2), RawVal::from_u32(m.u32(8)));
        m.skip(const { words(&<Self as Exec>::FIELDS) });
        P::next(m)
    }
}

impl<const FUEL: bool> Exec for BrCopy<FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if FUEL { "copy_fuel" } else { "copy" };
    const FIELDS: [Field; 6] = [Field::Target(0), Field::Copy(4), Field::None, Field::None, Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(4), m.cell(m.u16(6)));
        let words = m.u32(0) as i32;
        go::<P, FUEL>(m, words)
    }
}

impl<const FUEL: bool> Exec for BrConst<FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if FUEL { "const_fuel" } else { "const" };
    const FIELDS: [Field; 6] =
        [Field::Target(0), Field::Dst(4), Field::Imm32(8), Field::None, Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(4), RawVal::from_u32(m.u32(8)));
        let words = m.u32(0) as i32;
        go::<P, FUEL>(m, words)
    }
}

/// A global is set to the sum of a slot and a number, and a frame is left: the header's slot at 0, what is added to at
/// 2, the global's place at 4, the number at 8, the value that is returned at 12. `A`: where from, `()` for nothing.
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
    /// Writes the value to the frame's start.
    fn give(m: &mut Regs);
}
impl Value for () {
    const KIND: u8 = b' ';
    #[inline(always)]
    fn give(_: &mut Regs) {}
}
impl Value for S {
    const KIND: u8 = b's';
    #[inline(always)]
    fn give(m: &mut Regs) {
        let value = m.cell(m.u16(12));
        m.set_cell(0, value);
        m.acc = value.u64();
    }
}
impl Value for R {
    const KIND: u8 = b'r';
    #[inline(always)]
    fn give(m: &mut Regs) {
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
    const FIELDS: [Field; 6] = [
        Field::Imm16(0),
        Field::Src(2),
        Field::Imm32(4),
        Field::Imm32(8),
        if A::KIND == b's' { Field::Src(12) } else { Field::None },
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = now(u64::from(sum(&m, 2, 8)));
        m.global_set(m.u32(4), RawVal::from_u64(sum));
        A::give(&mut m);
        let header = m.u16(0);
        stack::ret::<P, FUEL>(m, header)
    }
}

/// Two sums as `i32` and a branch if the second compares with a number or a slot: target at 0, the sums as of [`Add2`]
/// at 4, 6, 8 and 10 with their numbers at 12 and 16, the other side at 20. `FUEL`: fuel ops lie at the target and behind.
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
    const FIELDS: [Field; 6] = [
        Field::Target(0),
        Field::Copy(4),
        Field::Copy(8),
        Field::Imm32(12),
        Field::Imm32(16),
        if B::KIND == b's' { Field::Src(20) } else { Field::Imm32(20) },
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(4), RawVal::from_u32(sum(&m, 6, 12)));
        let second = sum(&m, 10, 16);
        m.set_cell(m.u16(8), RawVal::from_u32(second));
        m.acc = u64::from(second);
        let taken = O::run(second, B::read(&m, 20, 20));
        branch::<P, FUEL>(m, taken, 4)
    }
}

/// Takes the branch at 0 of an op of `words` words, or goes on behind it.
#[inline(always)]
fn branch<P: Dispatch, const FUEL: bool>(m: Regs, taken: bool, words: usize) -> P::Out {
    let mut m = m;
    if taken {
        return P::apart::<Br<FUEL>>(m);
    }
    m.skip(words);
    stack::arrive::<P, FUEL>(m)
}

/// A load, and a branch if what it loads compares: target at 0, dst at 4, a at 6, the offset at 8, the other side at 12.
pub(crate) struct LoadBr<L, O, D, A, B, const FUEL: bool>(PhantomData<(L, O, D, A, B)>);
/// The forms of a load with a branch.
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
/// How far behind the others the forms with fuel stand, of a load with a branch.
pub(crate) const LOAD_FUEL_FORMS: u8 = 8;
impl<L: LoadOp, O: CmpOp<A = L::R>, D: Dst, A: Near, B: Src, const FUEL: bool> Exec for LoadBr<L, O, D, A, B, FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (D::KIND, A::KIND, B::KIND, FUEL) {
        (b's', _, b's', false) => "ss_s",
        (b's', _, _, false) => "ss",
        (_, b's', b's', false) => "rs_s",
        (_, b's', _, false) => "rs",
        (_, b'+', b's', false) => "r+_s",
        (_, b'+', _, false) => "r+",
        (_, _, b's', false) => "rr_s",
        (_, _, _, false) => "rr",
        (b's', _, b's', true) => "ss_s_fuel",
        (b's', _, _, true) => "ss_fuel",
        (_, b's', b's', true) => "rs_s_fuel",
        (_, b's', _, true) => "rs_fuel",
        (_, b'+', b's', true) => "r+_s_fuel",
        (_, b'+', _, true) => "r+_fuel",
        (_, _, b's', true) => "rr_s_fuel",
        (_, _, _, true) => "rr_fuel",
    };
    const FIELDS: [Field; 6] = [
        Field::Target(0),
        dst_field(D::KIND, 4),
        near_field(A::KIND, 6),
        Field::Imm32(8),
        src_field(B::KIND, 12, 12, false),
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (base, offset) = A::place(&m, 6, m.u32(8));
        let Some(bytes) = L::Bytes::load0(&m, base, offset) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        let value = L::read(bytes);
        D::write(&mut m, 4, value);
        let taken = O::run(value, B::read(&m, 12, 12));
        branch::<P, FUEL>(m, taken, 3)
    }
}

/// `dst = a O b ? x : y` over cells: dst at 0, a at 2, x at 4, y at 6, b at 8 as a slot or a number.
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
    const FIELDS: [Field; 6] = [
        dst_field(D::KIND, 0),
        src_field(A::KIND, 2, 0, false),
        Field::Src(4),
        Field::Src(6),
        src_field(B::KIND, 8, 8, false),
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (x, y) = (S::read::<u64>(&m, 4, 0), S::read::<u64>(&m, 6, 0));
        let holds = O::run(A::read(&m, 2, 0), B::read(&m, 8, 8));
        D::write(&mut m, 0, core::hint::select_unpredictable(holds, x, y));
        m.skip(3);
        P::next(m)
    }
}

/// `first = r + b`, and `dst = first + c`, as `i32`: dst at 0, b at 2, first at 4, c at 6. The second stays in the
/// accumulator.
pub(crate) struct AddBoth;
impl Exec for AddBoth {
    const SHORTCUT: bool = true;
    const FORM: &'static str = "srs_srs";
    const FIELDS: [Field; 6] = [Field::Dst(0), Field::Src(2), Field::Dst(4), Field::Src(6), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = (m.acc as u32).wrapping_add(m.cell(m.u16(2)).u32());
        m.set_cell(m.u16(4), RawVal::from_u32(first));
        let second = first.wrapping_add(m.cell(m.u16(6)).u32());
        m.set_cell(m.u16(0), RawVal::from_u32(second));
        m.acc = u64::from(second);
        m.skip(2);
        P::next(m)
    }
}

/// `memory[a + offset] += n` as `i32`: a at 0, the offset at 4, n at 8. The sum stays in the accumulator.
pub(crate) struct MemoryAdd;
impl Exec for MemoryAdd {
    const SHORTCUT: bool = true;
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = [Field::Src(0), Field::Imm32(4), Field::Imm32(8), Field::None, Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (base, offset) = (m.cell(m.u16(0)).u32(), m.u32(4));
        let Some(bytes) = m.load::<4>(base, offset) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        let sum = u32::from_le_bytes(bytes).wrapping_add(m.u32(8));
        m.acc = u64::from(sum);
        // What can be loaded can be stored.
        match m.store(base, offset, sum.to_le_bytes()) {
            Some(()) => {
                m.skip(3);
                P::next(m)
            }
            None => trap::<P>(m, Trap::MemoryOutOfBounds),
        }
    }
}

/// Two loads of `i32`, the one at 0 after the one at 4: each its slot and its address, and their offsets at 8 and 12.
pub(crate) struct Load2<D>(PhantomData<D>);
/// Two stores of `i32`, the second after the first: the addresses at 0 and 4, the values at 2 and 6, the offsets at 8 and 12.
pub(crate) struct Store2;
/// A load and a store of it: where from at 0, where to at 2, their offsets at 4 and 8. It stays in the accumulator.
pub(crate) struct LoadStore<L, W>(PhantomData<(L, W)>);

impl<D: Dst> Exec for Load2<D> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if D::KIND == b's' { "ss_ss" } else { "rs_ss" };
    const FIELDS: [Field; 6] =
        [dst_field(D::KIND, 0), Field::Src(2), Field::Dst(4), Field::Src(6), Field::Imm32(8), Field::Imm32(12)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let Some(bytes) = m.load(m.cell(m.u16(6)).u32(), m.u32(12)) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        m.set_cell(m.u16(4), RawVal::from_u32(u32::from_le_bytes(bytes)));
        let Some(bytes) = m.load(m.cell(m.u16(2)).u32(), m.u32(8)) else {
            return second_trapped::<P>(m);
        };
        D::write(&mut m, 0, u32::from_le_bytes(bytes));
        m.skip(3);
        P::next(m)
    }
}

impl Exec for Store2 {
    const SHORTCUT: bool = true;
    const FORM: &'static str = "ss_ss";
    const FIELDS: [Field; 6] =
        [Field::Src(0), Field::Src(2), Field::Src(4), Field::Src(6), Field::Imm32(8), Field::Imm32(12)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let value = m.cell(m.u16(2)).u32().to_le_bytes();
        if m.store(m.cell(m.u16(0)).u32(), m.u32(8), value).is_none() {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        }
        let value = m.cell(m.u16(6)).u32().to_le_bytes();
        if m.store(m.cell(m.u16(4)).u32(), m.u32(12), value).is_none() {
            return second_trapped::<P>(m);
        }
        m.skip(3);
        P::next(m)
    }
}

impl<L: LoadOp, W: StoreOp<V = L::R>> Exec for LoadStore<L, W>
where
    L::R: Into<u64>,
{
    const SHORTCUT: bool = true;
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] =
        [Field::Src(0), Field::Src(2), Field::Imm32(4), Field::Imm32(8), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let Some(bytes) = L::Bytes::load0(&m, m.cell(m.u16(0)).u32(), m.u32(4)) else {
            return trap::<P>(m, Trap::MemoryOutOfBounds);
        };
        m.acc = now(L::read(bytes).into());
        let (base, offset) = (m.cell(m.u16(2)).u32(), m.u32(8));
        if W::write(Val::acc(&m)).store0(&mut m, base, offset).is_none() {
            return second_trapped::<P>(m);
        }
        m.skip(3);
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

/// A sum of slots and a copy after it: the sum at 0, of 2 and 4, the copy at 6, from 8. `KEEP`: what is copied was read
/// before the sum, and goes to the slot at 10 as well. That is what values come to that are passed on from turn to turn
/// of a loop. The sum stays in the accumulator.
pub(crate) struct SumCopy<T, const KEEP: bool>(PhantomData<T>);
/// The forms of a sum with copies.
pub(crate) type SumCopies<T> = (SumCopy<T, false>, SumCopy<T, true>);
impl<T: Number, const KEEP: bool> Exec for SumCopy<T, KEEP> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if KEEP { "sss_sss" } else { "sss_ss" };
    const FIELDS: [Field; 6] = [
        Field::Dst(0),
        Field::Src(2),
        Field::Src(4),
        Field::Copy(6),
        if KEEP { Field::Dst(10) } else { Field::None },
        Field::None,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let early = m.cell(m.u16(8));
        if KEEP {
            m.set_cell(m.u16(10), early);
        }
        let sum = T::of(m.cell(m.u16(2))).sum(T::of(m.cell(m.u16(4))));
        m.set_cell(m.u16(0), sum.cell());
        sum.set_acc(&mut m);
        let copied = if KEEP { early } else { m.cell(m.u16(8)) };
        m.set_cell(m.u16(6), copied);
        m.skip(3);
        P::next(m)
    }
}

/// Four copies, one after the other: each as a slot and where from.
pub(crate) struct Copy4;
impl Exec for Copy4 {
    const FORM: &'static str = "4";
    const FIELDS: [Field; 6] =
        [Field::Copy(0), Field::Copy(4), Field::Copy(8), Field::Copy(12), Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        for at in [0, 4, 8, 12] {
            m.set_cell(m.u16(at), m.cell(m.u16(at + 2)));
        }
        m.skip(3);
        P::next(m)
    }
}

/// The forms of a branch that is always taken; those with fuel are odd.
pub(crate) type Brs =
    (Br<false>, Br<true>, BrCopy<false>, BrCopy<true>, BrConst<false>, BrConst<true>, BrAdd<false>, BrAdd<true>);

/// A branch that adds a number to a slot first: target at 0, dst at 4, a at 6, the number at 8.
pub(crate) struct BrAdd<const FUEL: bool>;
impl<const FUEL: bool> Exec for BrAdd<FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = if FUEL { "add_fuel" } else { "add" };
    const FIELDS: [Field; 6] =
        [Field::Target(0), Field::Copy(4), Field::Imm32(8), Field::None, Field::None, Field::None];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(4), RawVal::from_u32(sum(&m, 6, 8)));
        let words = m.u32(0) as i32;
        go::<P, FUEL>(m, words)
    }
}

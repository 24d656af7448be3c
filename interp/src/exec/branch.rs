//! Handlers: branches.
//!
//! A conditional branch dispatches in both arms, and the arms must stay apart: merged into one dispatch behind a
//! conditional move, every loop would wait for its condition. So the taken arm is another handler, [`Dispatch::apart`].

use crate::exec::guess;
use crate::exec::machine::{Dispatch, Exec, I, R, Regs, S, Src, Val};
use crate::exec::numeric::{BinOp, CmpOp, form};
use crate::exec::operand::{Name, Operand, TARGETS, dst, imm32, lacking, name, source, src, target};
use crate::exec::stack;
use core::marker::PhantomData;

/// What every branch but those by number begins with, so that it can be taken in the place of another.
pub(crate) const TARGET: Operand = target(Name::Target);

/// A branch. `FUEL`: a fuel op ends where it leads, which is paid for on the way.
pub(crate) struct Br<const FUEL: bool>;
impl<const FUEL: bool> Exec for Br<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const OPERANDS: &'static [Operand] = &[TARGET];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let words = m.u32(Self::at(name::Target)) as i32;
        go::<P, FUEL>(m, words)
    }
}

/// How a branch ends.
pub(crate) struct Arrived<const FUEL: bool>;
impl<const FUEL: bool> Exec for Arrived<FUEL> {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        stack::arrived::<P, FUEL>(m)
    }
}

/// Goes `words` words on, or back. `FUEL`: a fuel op ends there, which is paid for: to step over it here would be an
/// addition in the chain along which all ops wait for each other.
#[inline(always)]
pub(crate) fn go<P: Dispatch, const FUEL: bool>(m: Regs, words: i32) -> P::Out {
    let mut m = m;
    m.jump(words);
    if words < 0 { guess::went_back::<P, Arrived<FUEL>>(m) } else { stack::arrived::<P, FUEL>(m) }
}

/// A branch if a comparison holds. `FUEL`: fuel ops end at the target and lie behind this one.
pub(crate) struct BrCmp<O, A, B, const FUEL: bool>(PhantomData<(O, A, B)>);
/// `dst = c`, and then a branch if a comparison holds. `FUEL` as in [`BrCmp`].
pub(crate) struct CopyBr<O, A, B, const FUEL: bool>(PhantomData<(O, A, B)>);
/// The forms of a branch on a comparison; those with fuel stand [`FUEL_FORMS`] behind those without.
pub(crate) type Branches<O> = (
    BrCmp<O, S, S, false>,
    BrCmp<O, S, I, false>,
    BrCmp<O, R, S, false>,
    BrCmp<O, R, I, false>,
    BrCmp<O, S, S, true>,
    BrCmp<O, S, I, true>,
    BrCmp<O, R, S, true>,
    BrCmp<O, R, I, true>,
);
/// The same, and those with a copy before it, [`COPY_FORMS`] behind.
pub(crate) type CopyBranches<O> = (
    BrCmp<O, S, S, false>,
    BrCmp<O, S, I, false>,
    BrCmp<O, R, S, false>,
    BrCmp<O, R, I, false>,
    BrCmp<O, S, S, true>,
    BrCmp<O, S, I, true>,
    BrCmp<O, R, S, true>,
    BrCmp<O, R, I, true>,
    CopyBr<O, S, S, false>,
    CopyBr<O, S, I, false>,
    CopyBr<O, R, S, false>,
    CopyBr<O, R, I, false>,
    CopyBr<O, S, S, true>,
    CopyBr<O, S, I, true>,
    CopyBr<O, R, S, true>,
    CopyBr<O, R, I, true>,
);
/// How far behind the others the forms with fuel stand, of a branch on a comparison.
pub(crate) const FUEL_FORMS: u8 = 4;
/// How far behind the others the forms with a copy stand.
pub(crate) const COPY_FORMS: u8 = 8;

/// The letters of a branch.
pub(crate) const fn branch_form(a: u8, b: u8, fuel: bool) -> &'static str {
    match (a, b, fuel) {
        (b's', b's', true) => "ss_fuel",
        (b's', b'i', true) => "si_fuel",
        (b'r', b's', true) => "rs_fuel",
        (b'r', b'i', true) => "ri_fuel",
        (b's', 0, true) => "s_fuel",
        (b'r', 0, true) => "r_fuel",
        (b'i', 0, true) => "i_fuel",
        _ => form(a, b, 0),
    }
}

impl<O: CmpOp, A: Src, B: Src, const FUEL: bool> Exec for BrCmp<O, A, B, FUEL> {
    const SHORTCUT: bool = O::A::FLOAT;
    const FORM: &'static str = branch_form(A::KIND, B::KIND, FUEL);
    const OPERANDS: &'static [Operand] =
        &[TARGET, source(Name::A, A::KIND, O::A::WIDE), source(Name::B, B::KIND, O::A::WIDE)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let taken = O::run(A::read::<O::A>(&m, Self::at(name::A)), B::read::<O::A>(&m, Self::at(name::B)));
        either::<P, FUEL>(m, taken, Self::WORDS)
    }
}

/// Takes the branch of an op of `words` words, or goes on behind it.
#[inline(always)]
pub(crate) fn either<P: Dispatch, const FUEL: bool>(m: Regs, taken: bool, words: usize) -> P::Out {
    let mut m = m;
    if taken {
        return P::apart::<Br<FUEL>>(m);
    }
    m.skip(words);
    stack::arrive::<P, FUEL>(m)
}

impl<O: CmpOp, A: Src, B: Src, const FUEL: bool> Exec for CopyBr<O, A, B, FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (A::KIND, B::KIND, FUEL) {
        (b's', b's', false) => "copy_ss",
        (b's', b's', true) => "copy_ss_fuel",
        (b's', _, false) => "copy_si",
        (b's', _, true) => "copy_si_fuel",
        (_, b's', false) => "copy_rs",
        (_, b's', true) => "copy_rs_fuel",
        (_, _, false) => "copy_ri",
        (_, _, true) => "copy_ri_fuel",
    };
    const OPERANDS: &'static [Operand] = &[
        TARGET,
        source(Name::A, A::KIND, O::A::WIDE),
        source(Name::B, B::KIND, O::A::WIDE),
        dst(Name::Dst),
        src(Name::C),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(Self::at(name::Dst)), m.cell(m.u16(Self::at(name::C))));
        let taken = O::run(A::read::<O::A>(&m, Self::at(name::A)), B::read::<O::A>(&m, Self::at(name::B)));
        either::<P, FUEL>(m, taken, Self::WORDS)
    }
}

/// A branch if `a H number` compares with another number, of 32 bits. `FUEL` as in [`BrCmp`].
pub(crate) struct TestBr<H, O, A, const FUEL: bool>(PhantomData<(H, O, A)>);
/// The forms of a test with a branch.
pub(crate) type TestBranches<H, O> =
    (TestBr<H, O, S, false>, TestBr<H, O, R, false>, TestBr<H, O, S, true>, TestBr<H, O, R, true>);
/// How far behind the others the forms with fuel stand, of a test with a branch.
pub(crate) const TEST_FUEL_FORMS: u8 = 2;
impl<H: BinOp<A = u32, R = u32>, O: CmpOp<A = u32>, A: Src, const FUEL: bool> Exec for TestBr<H, O, A, FUEL> {
    const SHORTCUT: bool = true;
    const FORM: &'static str = branch_form(A::KIND, 0, FUEL);
    const OPERANDS: &'static [Operand] =
        &[TARGET, source(Name::A, A::KIND, false), imm32(Name::Number), imm32(Name::Number2)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let number = m.u32(Self::at(name::Number));
        match H::run(A::read(&m, Self::at(name::A)), number) {
            Ok(value) => {
                let taken = O::run(value, m.u32(Self::at(name::Number2)));
                either::<P, FUEL>(m, taken, Self::WORDS)
            }
            Err(code) => stack::trap::<P>(m, code),
        }
    }
}

/// A number that a loop steps.
pub(crate) trait Number: Val {
    /// It and a small number, which wraps.
    fn step(self, by: i32) -> Self;
    /// A small number.
    fn small(number: i32) -> Self;
    /// It and another, which wraps.
    fn sum(self, other: Self) -> Self;
}
macro_rules! numbers {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            #[inline(always)]
            fn step(self, by: i32) -> Self { self.wrapping_add(by as $ty) }
            #[inline(always)]
            fn small(number: i32) -> Self { number as $ty }
            #[inline(always)]
            fn sum(self, other: Self) -> Self { self.wrapping_add(other) }
        }
    )*};
}
numbers!(i32 u32 i64 u64);

/// By how much an [`AddBr`] steps.
pub(crate) trait Step {
    /// Whether it is a number, which takes a half word.
    const NUMBER: bool;
    /// Whether the sum is copied to a second slot as well.
    const COPY: bool;
    /// The sum, of which what is added lies at `step`.
    fn sum<T: Number>(m: &Regs, y: T, step: usize) -> T;
}
/// By a number, and the sum is wanted in two slots.
pub(crate) struct Twice;
impl Step for I {
    const NUMBER: bool = true;
    const COPY: bool = false;
    #[inline(always)]
    fn sum<T: Number>(m: &Regs, y: T, step: usize) -> T {
        y.step(m.u32(step) as i32)
    }
}
impl Step for Twice {
    const NUMBER: bool = true;
    const COPY: bool = true;
    #[inline(always)]
    fn sum<T: Number>(m: &Regs, y: T, step: usize) -> T {
        I::sum(m, y, step)
    }
}
impl Step for S {
    const NUMBER: bool = false;
    const COPY: bool = false;
    #[inline(always)]
    fn sum<T: Number>(m: &Regs, y: T, step: usize) -> T {
        y.sum(T::of(m.cell(m.u16(step))))
    }
}

/// `dst = a + step`, and a branch if the sum compares with b; the sum may be copied to a second slot. Numbers have 32
/// bits, whatever is compared.
pub(crate) struct AddBr<O, K, B, const FUEL: bool>(PhantomData<(O, K, B)>);
/// The forms of an addition with a branch: three steps, each with a slot and a number on the other side, without fuel
/// and with it.
pub(crate) type AddBranches<O> = (
    AddBr<O, I, S, false>,
    AddBr<O, I, S, true>,
    AddBr<O, I, I, false>,
    AddBr<O, I, I, true>,
    AddBr<O, Twice, S, false>,
    AddBr<O, Twice, S, true>,
    AddBr<O, Twice, I, false>,
    AddBr<O, Twice, I, true>,
    AddBr<O, S, S, false>,
    AddBr<O, S, S, true>,
    AddBr<O, S, I, false>,
    AddBr<O, S, I, true>,
);
impl<O: CmpOp, K: Step, B: Src, const FUEL: bool> Exec for AddBr<O, K, B, FUEL>
where
    O::A: Number,
{
    const SHORTCUT: bool = true;
    const FORM: &'static str = match (K::NUMBER, K::COPY, B::KIND, FUEL) {
        (true, false, b's', false) => "s",
        (true, false, b's', true) => "s_fuel",
        (true, false, _, false) => "i",
        (true, false, _, true) => "i_fuel",
        (true, true, b's', false) => "copy_s",
        (true, true, b's', true) => "copy_s_fuel",
        (true, true, _, false) => "copy_i",
        (true, true, _, true) => "copy_i_fuel",
        (false, _, b's', false) => "ss",
        (false, _, b's', true) => "ss_fuel",
        (false, _, _, false) => "si",
        (false, _, _, true) => "si_fuel",
    };
    const OPERANDS: &'static [Operand] = &[
        TARGET,
        dst(Name::Dst),
        src(Name::A),
        if K::NUMBER { imm32(Name::Step) } else { src(Name::Step) },
        source(Name::B, B::KIND, false),
        if K::COPY { dst(Name::Dst2) } else { lacking(Name::Dst2) },
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = K::sum(&m, O::A::of(m.cell(m.u16(Self::at(name::A)))), Self::at(name::Step));
        // The other side may be the result itself: it is read behind the addition, as it is written.
        m.set_cell(m.u16(Self::at(name::Dst)), sum.cell());
        if K::COPY {
            m.set_cell(m.u16(Self::at(name::Dst2)), sum.cell());
        }
        sum.set_acc(&mut m);
        let b = Self::at(name::B);
        let other = if B::KIND == b's' { S::read(&m, b) } else { O::A::small(m.u32(b) as i32) };
        if O::run(sum, other) {
            return P::apart::<Br<FUEL>>(m);
        }
        m.skip(Self::WORDS);
        stack::arrive::<P, FUEL>(m)
    }
}

/// A branch by number. `FUEL`: fuel ops end at all targets.
pub(crate) struct BrTable<A, const FUEL: bool>(PhantomData<A>);
/// A branch by the sum of an index and a number.
pub(crate) struct BrTableSum<A, const FUEL: bool>(PhantomData<A>);
/// The forms of a branch by number: those with fuel are odd.
pub(crate) type BrTables = (
    BrTable<S, false>,
    BrTable<S, true>,
    BrTable<R, false>,
    BrTable<R, true>,
    BrTableSum<S, false>,
    BrTableSum<S, true>,
    BrTableSum<R, false>,
    BrTableSum<R, true>,
);

/// The letters of a branch by number.
const fn table_form(a: u8, sum: bool, fuel: bool) -> &'static str {
    match (a, sum, fuel) {
        (b's', false, false) => "s",
        (b's', false, true) => "s_fuel",
        (_, false, false) => "r",
        (_, false, true) => "r_fuel",
        (b's', true, false) => "s+",
        (b's', true, true) => "s+_fuel",
        (_, true, false) => "r+",
        (_, true, true) => "r+_fuel",
    }
}

impl<A: Src, const FUEL: bool> Exec for BrTable<A, FUEL> {
    const FORM: &'static str = table_form(A::KIND, false, FUEL);
    const OPERANDS: &'static [Operand] = &[source(Name::Index, A::KIND, false), TARGETS];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let index = A::read::<u32>(&m, Self::at(name::Index)).min(m.u32(Self::at(name::Targets)));
        let words = m.target(Self::at(name::Targets), index);
        go::<P, FUEL>(m, words)
    }
}

impl<A: Src, const FUEL: bool> Exec for BrTableSum<A, FUEL> {
    const FORM: &'static str = table_form(A::KIND, true, FUEL);
    const OPERANDS: &'static [Operand] = &[source(Name::Index, A::KIND, false), imm32(Name::Number), TARGETS];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let sum = A::read::<u32>(&m, Self::at(name::Index)).wrapping_add(m.u32(Self::at(name::Number)));
        let index = sum.min(m.u32(Self::at(name::Targets)));
        let words = m.target(Self::at(name::Targets), index);
        go::<P, FUEL>(m, words)
    }
}

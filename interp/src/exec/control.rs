//! Handlers: branches, calls, returns, and what is counted at them.
//!
//! A conditional branch dispatches in both arms, and the arms must stay apart: merged into one dispatch behind a
//! conditional move, every loop would wait for its condition. So the taken arm is another handler, [`Dispatch::apart`].

use crate::exec::machine::{Dispatch, Exec, Field, I, R, Regs, S, Src, Val, words};
use crate::exec::numeric::{CmpOp, form, src_field};
use crate::exec::stack::{self, FUEL_WORDS, leave, trap};
use crate::exec::tier_up;
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{Slot, Status};
use core::marker::PhantomData;

const fn fields<const N: usize>(some: [Field; N]) -> [Field; 6] {
    let mut all = [Field::None; 6];
    let mut i = 0;
    while i < N {
        all[i] = some[i];
        i += 1;
    }
    all
}

/// The end of a run: its first frame has returned.
pub(crate) struct Exit;
/// The code of a function that was never called.
pub(crate) struct Lazy;

impl Exec for Exit {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = [Field::None; 6];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        P::exit(m, Status::Done)
    }
}
impl Exec for Lazy {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = [Field::None; 6];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        tier_up::lazy_stub::<P>(m)
    }
}

/// `unreachable`.
pub(crate) struct Unreachable;
impl Exec for Unreachable {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = [Field::None; 6];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        trap::<P>(m, Trap::UnreachableCodeReached)
    }
}

/// A branch: target at 0. `FUEL`: a fuel op lies there, which is paid for on the way.
pub(crate) struct Br<const FUEL: bool>;
impl<const FUEL: bool> Exec for Br<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const FIELDS: [Field; 6] = fields([Field::Target(0)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.jump(m.u32(0) as i32);
        if FUEL { stack::paid::<P>(m) } else { P::next(m) }
    }
}

/// A branch if a comparison holds: target at 0, a at 4, b at 6, an immediate at 8.
/// `FUEL`: fuel ops lie at the target and behind this one.
pub(crate) struct BrCmp<O, A, B, const FUEL: bool>(PhantomData<(O, A, B)>);
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
/// How far behind the others the forms with fuel stand, of a branch on a comparison.
pub(crate) const FUEL_FORMS: u8 = 4;

/// The letters of a branch.
const fn branch_form(a: u8, b: u8, fuel: bool) -> &'static str {
    match (a, b, fuel) {
        (b's', b's', true) => "ss_fuel",
        (b's', b'i', true) => "si_fuel",
        (b'r', b's', true) => "rs_fuel",
        (b'r', b'i', true) => "ri_fuel",
        (b's', 0, true) => "s_fuel",
        (b'i', 0, true) => "i_fuel",
        _ => form(a, b, 0),
    }
}

impl<O: CmpOp, A: Src, B: Src, const FUEL: bool> Exec for BrCmp<O, A, B, FUEL> {
    const FORM: &'static str = branch_form(A::KIND, B::KIND, FUEL);
    const FIELDS: [Field; 6] =
        fields([Field::Target(0), src_field(A::KIND, 4, 8, O::A::WIDE), src_field(B::KIND, 6, 8, O::A::WIDE)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        if O::run(A::read::<O::A>(&m, 4, 8), B::read::<O::A>(&m, 6, 8)) {
            return P::apart::<Br<FUEL>>(m);
        }
        m.skip(const { words(&<Self as Exec>::FIELDS) });
        if FUEL { stack::paid::<P>(m) } else { P::next(m) }
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

/// By how much an [`AddBr`] steps: it lies at 8.
pub(crate) trait Step {
    /// Whether it is a number, which takes a half word.
    const NUMBER: bool;
    /// Whether the sum is copied to the slot behind the op's other operands as well.
    const COPY: bool;
    /// The sum.
    fn sum<T: Number>(m: &Regs, y: T) -> T;
}
/// By a number, and the sum is wanted in two slots.
pub(crate) struct Twice;
impl Step for I {
    const NUMBER: bool = true;
    const COPY: bool = false;
    #[inline(always)]
    fn sum<T: Number>(m: &Regs, y: T) -> T {
        y.step(m.u32(8) as i32)
    }
}
impl Step for Twice {
    const NUMBER: bool = true;
    const COPY: bool = true;
    #[inline(always)]
    fn sum<T: Number>(m: &Regs, y: T) -> T {
        I::sum(m, y)
    }
}
impl Step for S {
    const NUMBER: bool = false;
    const COPY: bool = false;
    #[inline(always)]
    fn sum<T: Number>(m: &Regs, y: T) -> T {
        y.sum(T::of(m.cell(m.u16(8))))
    }
}

/// `x = y + step`, and a branch if the sum compares: target at 0, x at 4, y at 6, step at 8, the other side at 12, and
/// at 16 where the sum is copied to. Numbers have 32 bits, whatever is compared.
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
    const FIELDS: [Field; 6] = [
        Field::Target(0),
        Field::Dst(4),
        Field::Src(6),
        if K::NUMBER { Field::Imm32(8) } else { Field::Src(8) },
        src_field(B::KIND, 12, 12, false),
        if K::COPY { Field::Dst(16) } else { Field::None },
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = K::sum(&m, O::A::of(m.cell(m.u16(6))));
        // The other side may be x itself: it is read behind the addition, as it is written.
        m.set_cell(m.u16(4), sum.cell());
        if K::COPY {
            m.set_cell(m.u16(16), sum.cell());
        }
        sum.set_acc(&mut m);
        let other = if B::KIND == b's' { S::read(&m, 12, 12) } else { O::A::small(m.u32(12) as i32) };
        if O::run(sum, other) {
            return P::apart::<Br<FUEL>>(m);
        }
        m.skip(const { words(&<Self as Exec>::FIELDS) });
        if FUEL { stack::paid::<P>(m) } else { P::next(m) }
    }
}

/// A branch by number: index at 0, how many targets before the default at 4, then all of them.
/// `FUEL`: fuel ops lie at all targets.
pub(crate) struct BrTable<A, const FUEL: bool>(PhantomData<A>);
/// A branch by a sum: index at 0, a number that is added to it at 4, how many targets before the default at 8, then all
/// of them.
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
    const FIELDS: [Field; 6] = fields([src_field(A::KIND, 0, 0, false), Field::Targets(4)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let index = A::read::<u32>(&m, 0, 0).min(m.u32(4));
        m.jump(m.target(8, index));
        if FUEL { stack::paid::<P>(m) } else { P::next(m) }
    }
}

impl<A: Src, const FUEL: bool> Exec for BrTableSum<A, FUEL> {
    const FORM: &'static str = table_form(A::KIND, true, FUEL);
    const FIELDS: [Field; 6] = fields([src_field(A::KIND, 0, 0, false), Field::Imm32(4), Field::Targets(8)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let index = A::read::<u32>(&m, 0, 0).wrapping_add(m.u32(4)).min(m.u32(8));
        m.jump(m.target(12, index));
        if FUEL { stack::paid::<P>(m) } else { P::next(m) }
    }
}

/// Sets locals to zero: first slot at 0, how many at 2.
pub(crate) struct Zero;
impl Exec for Zero {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Run(0)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.zero_cells(m.u16(0), m.u16(2));
        m.skip(2);
        P::next(m)
    }
}

/// For how many locals there is an op of its own.
pub(crate) const ZERO_FEW: u16 = 14;

/// The same for few locals: `N` slots from the one at 0.
pub(crate) struct ZeroFew<const N: u16>;
impl<const N: u16> Exec for ZeroFew<N> {
    const FORM: &'static str = "few";
    const FIELDS: [Field; 6] = fields([Field::Run(0)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = m.u16(0);
        for i in 0..N {
            m.set_cell(first + i, RawVal::ZERO);
        }
        m.skip(2);
        P::next(m)
    }
}

/// The same for few locals, before a fuel op.
pub(crate) struct ZeroFuel<const N: u16>;
impl<const N: u16> Exec for ZeroFuel<N> {
    const FORM: &'static str = "fuel";
    const FIELDS: [Field; 6] = fields([Field::Run(0)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = m.u16(0);
        for i in 0..N {
            m.set_cell(first + i, RawVal::ZERO);
        }
        m.skip(2);
        stack::paid::<P>(m)
    }
}

/// Return of nothing: the header's slot at 0. `FUEL` as in [`stack::ret`].
pub(crate) struct Ret0<const FUEL: bool>;
impl<const FUEL: bool> Exec for Ret0<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const FIELDS: [Field; 6] = fields([Field::Imm16(0)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        stack::ret::<P, FUEL>(m, m.u16(0))
    }
}

/// Return of one cell: the header's slot at 0, the value at 2, an immediate at 8.
pub(crate) struct Ret1<T, A, const FUEL: bool>(PhantomData<(T, A)>);
/// The forms of a return of one cell; those with fuel stand [`RET_FUEL_FORMS`] behind those without.
pub(crate) type Ret1s = (
    Ret1<u64, S, false>,
    Ret1<u64, I, false>,
    Ret1<u64, R, false>,
    Ret1<f64, R, false>,
    Ret1<f32, R, false>,
    Ret1<u64, S, true>,
    Ret1<u64, I, true>,
    Ret1<u64, R, true>,
    Ret1<f64, R, true>,
    Ret1<f32, R, true>,
);
/// How far behind the others the forms with fuel stand, of a return of one cell.
pub(crate) const RET_FUEL_FORMS: u8 = 5;
impl<T: Val, A: Src, const FUEL: bool> Exec for Ret1<T, A, FUEL> {
    const FORM: &'static str = match (A::KIND, FUEL) {
        (b'r', true) => "r_fuel",
        (kind, fuel) => branch_form(kind, 0, fuel),
    };
    const FIELDS: [Field; 6] = fields([Field::Imm16(0), src_field(A::KIND, 2, 8, true)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let value = A::read::<T>(&m, 2, 8);
        m.set_cell(0, value.cell());
        // F5
        value.set_acc(&mut m);
        stack::ret::<P, FUEL>(m, m.u16(0))
    }
}

/// Return of a run of cells: the header's slot at 0, the first cell at 4, how many at 6.
pub(crate) struct RetN<const FUEL: bool>;
impl<const FUEL: bool> Exec for RetN<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const FIELDS: [Field; 6] = fields([Field::Imm16(0), Field::Run(4)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.move_cells(0, m.u16(4), m.u16(6));
        stack::ret::<P, FUEL>(m, m.u16(0))
    }
}

/// How far behind the others the forms with fuel stand, of a call in this instance.
pub(crate) const CALL_FUEL_FORMS: u8 = 4;

/// A call in this instance: the callee's frame at 0, its header within it at 2, its slot's distance at 4; at 12 the
/// distance of this op's end from the start of the code. `FUEL` as in [`stack::enter`].
pub(crate) struct Call<const FUEL: bool>;
impl<const FUEL: bool> Exec for Call<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const FIELDS: [Field; 6] = fields([Field::Imm16(0), Field::Imm16(2), Field::Imm32(4), Field::Imm32(12)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        stack::call::<P, FUEL>(m, m.slot(m.u32(4)), m.u16(0), 3)
    }
}

/// The same, one argument being copied first: to the cell at 8, from the one at 10.
pub(crate) struct CallCopy<const FUEL: bool>;
impl<const FUEL: bool> Exec for CallCopy<FUEL> {
    const FORM: &'static str = if FUEL { "copy_fuel" } else { "copy" };
    const FIELDS: [Field; 6] =
        fields([Field::Imm16(0), Field::Imm16(2), Field::Imm32(4), Field::Copy(8), Field::Imm32(12)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy(&mut m, 8);
        stack::call::<P, FUEL>(m, m.slot(m.u32(4)), m.u16(0), 3)
    }
}

/// The same, two arguments being copied first.
pub(crate) struct CallCopy2<const FUEL: bool>;
impl<const FUEL: bool> Exec for CallCopy2<FUEL> {
    const FORM: &'static str = if FUEL { "copy2_fuel" } else { "copy2" };
    const FIELDS: [Field; 6] =
        [Field::Imm16(0), Field::Imm16(2), Field::Imm32(4), Field::Copy(8), Field::Copy(12), Field::Imm32(20)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy(&mut m, 8);
        copy(&mut m, 12);
        stack::call::<P, FUEL>(m, m.slot(m.u32(4)), m.u16(0), 4)
    }
}

/// The same, one argument being the sum of a cell and a number: to the cell at 8, from the one at 10, the number at 12.
pub(crate) struct CallLea<const FUEL: bool>;
impl<const FUEL: bool> Exec for CallLea<FUEL> {
    const FORM: &'static str = if FUEL { "lea_fuel" } else { "lea" };
    const FIELDS: [Field; 6] =
        [Field::Imm16(0), Field::Imm16(2), Field::Imm32(4), Field::Copy(8), Field::Imm32(12), Field::Imm32(20)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(8), RawVal::from_u32(m.cell(m.u16(10)).u32().wrapping_add(m.u32(12))));
        stack::call::<P, FUEL>(m, m.slot(m.u32(4)), m.u16(0), 4)
    }
}

/// Copies a cell, as the operands at `at` say.
#[inline(always)]
fn copy(m: &mut Regs, at: usize) {
    m.set_cell(m.u16(at), m.cell(m.u16(at + 2)));
}

/// A call of an import: as [`Call`], but the place of the function reference at 4.
pub(crate) struct CallImport;
impl Exec for CallImport {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm16(0), Field::Imm16(2), Field::Imm32(4), Field::Imm32(12)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let target = m.target_of(m.func_ref(m.u32(4)));
        stack::call_other::<P, false>(m, target.slot, target.callee, m.u16(0), 3)
    }
}

/// What an indirect call finds: the table's place and the type lie at `at` and behind it.
#[inline(always)]
fn indirect(m: &Regs, index: u64, at: usize) -> Result<usize, Trap> {
    let func_ref = m.table_get(m.u32(at), index).ok_or(Trap::TableOutOfBounds)?;
    if func_ref == 0 {
        return Err(Trap::IndirectCallToNull);
    }
    if m.sig_of(func_ref) != m.u32(at + 4) {
        return Err(Trap::BadSignature);
    }
    Ok(func_ref)
}

/// A call through a table: the callee's frame at 0, its header at 2, the index at 4, the table's place at 8, the type
/// at 12; arguments to copy first, `N` of them, from 16 on; in the last half word the distance of this op's end. `T` is
/// the type of indices.
pub(crate) struct CallIndirect<T, A, const N: usize, const FUEL: bool>(PhantomData<(T, A)>);
/// How far behind the others the forms with fuel stand, of a call through a table.
pub(crate) const INDIRECT_FUEL_FORMS: u8 = 7;
/// The forms of a call through a table.
pub(crate) type CallIndirects = (
    CallIndirect<u32, S, 0, false>,
    CallIndirect<u32, R, 0, false>,
    CallIndirect<u64, S, 0, false>,
    CallIndirect<u32, S, 1, false>,
    CallIndirect<u32, R, 1, false>,
    CallIndirect<u32, S, 2, false>,
    CallIndirect<u32, R, 2, false>,
    CallIndirect<u32, S, 0, true>,
    CallIndirect<u32, R, 0, true>,
    CallIndirect<u64, S, 0, true>,
    CallIndirect<u32, S, 1, true>,
    CallIndirect<u32, R, 1, true>,
    CallIndirect<u32, S, 2, true>,
    CallIndirect<u32, R, 2, true>,
);
impl<T: Val + Into<u64>, A: Src, const N: usize, const FUEL: bool> Exec for CallIndirect<T, A, N, FUEL> {
    const FORM: &'static str = match (A::KIND, T::WIDE, N, FUEL) {
        (b's', false, 0, false) => "s",
        (b's', false, 1, false) => "s_copy",
        (b's', false, _, false) => "s_copy2",
        (_, false, 0, false) => "r",
        (_, false, 1, false) => "r_copy",
        (_, false, _, false) => "r_copy2",
        (_, true, _, false) => "s64",
        (b's', false, 0, true) => "s_fuel",
        (b's', false, 1, true) => "s_copy_fuel",
        (b's', false, _, true) => "s_copy2_fuel",
        (_, false, 0, true) => "r_fuel",
        (_, false, 1, true) => "r_copy_fuel",
        (_, false, _, true) => "r_copy2_fuel",
        (_, true, _, true) => "s64_fuel",
    };
    const FIELDS: [Field; 6] = [
        // The callee's frame and its header.
        Field::Imm32(0),
        src_field(A::KIND, 4, 0, false),
        // The table and the type.
        Field::Imm64(8),
        if N > 0 { Field::Copy(16) } else { Field::None },
        if N > 1 { Field::Copy(20) } else { Field::None },
        Field::Imm32(if N > 1 { 28 } else { 20 }),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        match indirect(&m, A::read::<T>(&m, 4, 0).into(), 8) {
            Ok(func_ref) => {
                let mut m = m;
                for i in 0..N {
                    copy(&mut m, 16 + 4 * i);
                }
                let target = m.target_of(func_ref);
                let words = const { words(&<Self as Exec>::FIELDS) };
                stack::call_other::<P, FUEL>(m, target.slot, target.callee, m.u16(0), words)
            }
            Err(code) => trap::<P>(m, code),
        }
    }
}

/// A call of a reference: the callee's frame at 0, its header at 2, the reference at 4; at 12 the distance of this
/// op's end.
pub(crate) struct CallRef;
impl Exec for CallRef {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm16(0), Field::Imm16(2), Field::Src(4), Field::Imm32(12)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let func_ref = m.cell(m.u16(4)).usize();
        if func_ref == 0 {
            return trap::<P>(m, Trap::NullReference);
        }
        let target = m.target_of(func_ref);
        stack::call_other::<P, false>(m, target.slot, target.callee, m.u16(0), 3)
    }
}

/// A tail call in this instance: the arguments at 0, how many at 2, this frame's header at 4, the callee's at 6, its
/// slot's distance at 8.
pub(crate) struct TailCall;
impl Exec for TailCall {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Run(0), Field::Imm16(4), Field::Imm16(6), Field::Imm32(8)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        go::<P>(m, m.slot(m.u32(8)), m.ctx)
    }
}

/// A tail call of an import: as [`TailCall`], but the place of the function reference at 8.
pub(crate) struct TailCallImport;
impl Exec for TailCallImport {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Run(0), Field::Imm16(4), Field::Imm16(6), Field::Imm32(8)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let target = m.target_of(m.func_ref(m.u32(8)));
        go::<P>(m, target.slot, target.callee)
    }
}

/// A tail call through a table: as [`TailCall`], but the index at 8, the table's place at 12, the type at 16.
pub(crate) struct TailCallIndirect<T>(PhantomData<T>);
impl<T: Val + Into<u64>> Exec for TailCallIndirect<T> {
    const FORM: &'static str = if T::WIDE { "s64" } else { "s" };
    const FIELDS: [Field; 6] =
        [Field::Run(0), Field::Imm16(4), Field::Imm16(6), Field::Src(8), Field::Imm32(12), Field::Imm32(16)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        match indirect(&m, S::read::<T>(&m, 8, 0).into(), 12) {
            Ok(func_ref) => {
                let target = m.target_of(func_ref);
                go::<P>(m, target.slot, target.callee)
            }
            Err(code) => trap::<P>(m, code),
        }
    }
}

/// A tail call of a reference: as [`TailCall`], but the reference at 8.
pub(crate) struct TailCallRef;
impl Exec for TailCallRef {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Run(0), Field::Imm16(4), Field::Imm16(6), Field::Src(8)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let func_ref = m.cell(m.u16(8)).usize();
        if func_ref == 0 {
            return trap::<P>(m, Trap::NullReference);
        }
        let target = m.target_of(func_ref);
        go::<P>(m, target.slot, target.callee)
    }
}

/// The fields that all tail calls share: arguments and their count at 0 and 2, both headers at 4 and 6.
#[inline(always)]
fn go<P: Dispatch>(m: Regs, slot: *const Slot, callee: *mut coracle_vm::tier::VmCtx) -> P::Out {
    stack::tail_call::<P>(m, slot, callee, (m.u16(0), m.u16(2)), m.u16(4), m.u16(6))
}

/// Charges fuel: the cost at 0, the first free slot at 8. Ops that lead here pay for it and step over it.
pub(crate) struct Fuel;
impl Exec for Fuel {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm64(0), Field::Imm16(8)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        stack::paid::<P>(m)
    }
}

const _: () = assert!(words(&Fuel::FIELDS) == FUEL_WORDS);

/// Looks at the epoch: the first free slot at 4.
pub(crate) struct Epoch;
impl Exec for Epoch {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm16(4)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        if m.epoch_over() {
            return P::rare::<EpochOver>(m);
        }
        let mut m = m;
        m.skip(2);
        P::next(m)
    }
}

/// The way out of [`Epoch`] when the deadline is reached.
pub(crate) struct EpochOver;
impl Exec for EpochOver {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = Epoch::FIELDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        if !m.new_epoch(m.u16(4)) {
            return leave::<P>(m);
        }
        m.skip(2);
        P::next(m)
    }
}

/// Counts a call while there is a compiler: the heat at 0. The first op of its function.
pub(crate) struct CallHeat;
impl Exec for CallHeat {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm32(0)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        if !tier_up::heat::<true>(&m, 0, m.u32(0) as i32) {
            return P::rare::<CallHot>(m);
        }
        m.skip(2);
        P::next(m)
    }
}

/// The way out of [`CallHeat`] when the heat is used up.
pub(crate) struct CallHot;
impl Exec for CallHot {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = CallHeat::FIELDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        tier_up::call_hot::<P>(m, 2)
    }
}

/// Counts a turn of a loop while there is a compiler: the heat at 0, the loop's number at 4, the distance of this op
/// from the start of the code at 8.
pub(crate) struct LoopHeat;
impl Exec for LoopHeat {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm32(0), Field::Imm32(4), Field::Imm32(8)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        if !tier_up::heat::<false>(&m, m.u32(8) as usize, m.u32(0) as i32) {
            return P::rare::<LoopHot>(m);
        }
        m.skip(3);
        P::next(m)
    }
}

/// The way out of [`LoopHeat`] when the heat is used up.
pub(crate) struct LoopHot;
impl Exec for LoopHot {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = LoopHeat::FIELDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        tier_up::loop_hot::<P>(m, m.u32(4), m.u32(8) as usize, 3)
    }
}

/// `throw`: the tag at 0, the first argument at 4; at 12 the distance of this op's end, as a call has it.
pub(crate) struct Throw;
impl Exec for Throw {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm32(0), Field::Imm16(4), Field::Imm32(12)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let status = m.throw(m.u32(0), m.u16(4));
        stack::thrown::<P>(m, status, 3)
    }
}

/// `throw_ref`: the exception at 0; at 12 the distance of this op's end, as a call has it.
pub(crate) struct ThrowRef;
impl Exec for ThrowRef {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Src(0), Field::Imm32(12)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let status = m.throw_ref(m.cell(m.u16(0)).u64());
        stack::thrown::<P>(m, status, 3)
    }
}

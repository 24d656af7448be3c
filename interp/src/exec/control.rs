//! Handlers: how a function begins, calls, returns, and what is counted there.

use crate::exec::branch::{branch_form, fields};
use crate::exec::machine::{Dispatch, Exec, Field, I, R, Regs, S, Src, Val, words};
use crate::exec::numeric::src_field;
use crate::exec::stack::{self, FUEL_WORDS, leave, trap};
use crate::exec::tier_up;
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{Slot, Status};
use core::marker::PhantomData;

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
    const SHORTCUT: bool = true;
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

/// The forms of setting locals to zero: any number of them, or few.
pub(crate) type Zeros = (
    Zero,
    ZeroFew<1>,
    ZeroFew<2>,
    ZeroFew<3>,
    ZeroFew<4>,
    ZeroFew<5>,
    ZeroFew<6>,
    ZeroFew<7>,
    ZeroFew<8>,
    ZeroFew<9>,
    ZeroFew<10>,
    ZeroFew<11>,
    ZeroFew<12>,
    ZeroFew<13>,
    ZeroFew<14>,
);

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

/// The forms of setting few locals to zero before a fuel op.
pub(crate) type ZeroFuels = (
    ZeroFuel<0>,
    ZeroFuel<1>,
    ZeroFuel<2>,
    ZeroFuel<3>,
    ZeroFuel<4>,
    ZeroFuel<5>,
    ZeroFuel<6>,
    ZeroFuel<7>,
    ZeroFuel<8>,
    ZeroFuel<9>,
    ZeroFuel<10>,
    ZeroFuel<11>,
    ZeroFuel<12>,
    ZeroFuel<13>,
    ZeroFuel<14>,
);

/// Return of nothing: the header's slot at 0. `FUEL` as in [`stack::ret`].
pub(crate) struct Ret0<const FUEL: bool>;
impl<const FUEL: bool> Exec for Ret0<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const FIELDS: [Field; 6] = fields([Field::Imm16(0)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let header = m.u16(0);
        stack::ret::<P, FUEL>(m, header)
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
        let header = m.u16(0);
        stack::ret::<P, FUEL>(m, header)
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
        let header = m.u16(0);
        stack::ret::<P, FUEL>(m, header)
    }
}

/// How far behind the others the forms with fuel stand, of a call in this instance.
pub(crate) const CALL_FUEL_FORMS: u8 = 4;

/// The forms of a call in this instance.
pub(crate) type Calls = (
    Call<false>,
    CallCopy<false>,
    CallCopy2<false>,
    CallLea<false>,
    Call<true>,
    CallCopy<true>,
    CallCopy2<true>,
    CallLea<true>,
);

/// A call in this instance: the callee's frame at 0, its header within it at 2, its slot's distance at 4; at 12 the
/// distance of this op's end from the start of the code. `FUEL` as in [`stack::enter`].
pub(crate) struct Call<const FUEL: bool>;
impl<const FUEL: bool> Exec for Call<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const FIELDS: [Field; 6] = fields([Field::Imm16(0), Field::Imm16(2), Field::Imm32(4), Field::Imm32(12)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let (slot, base) = (m.slot(m.u32(4)), m.u16(0));
        stack::call::<P, FUEL>(m, slot, base, 3)
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
        let (slot, base) = (m.slot(m.u32(4)), m.u16(0));
        stack::call::<P, FUEL>(m, slot, base, 3)
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
        let (slot, base) = (m.slot(m.u32(4)), m.u16(0));
        stack::call::<P, FUEL>(m, slot, base, 4)
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
        let (slot, base) = (m.slot(m.u32(4)), m.u16(0));
        stack::call::<P, FUEL>(m, slot, base, 4)
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
        let base = m.u16(0);
        stack::call_other::<P, false>(m, target.slot, target.callee, base, 3)
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
                let base = m.u16(0);
                stack::call_other::<P, FUEL>(m, target.slot, target.callee, base, words)
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
        let base = m.u16(0);
        stack::call_other::<P, false>(m, target.slot, target.callee, base, 3)
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
        let (slot, ctx) = (m.slot(m.u32(8)), m.ctx);
        go::<P>(m, slot, ctx)
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
    let (arguments, header, cells) = ((m.u16(0), m.u16(2)), m.u16(4), m.u16(6));
    stack::tail_call::<P>(m, slot, callee, arguments, header, cells)
}

/// Charges fuel: the cost at 0, the first free slot at 8; at 12 where it goes on if there is less, or 0 (`translate/fuel`).
/// Ops that lead here pay for it and step over it.
pub(crate) struct Fuel;
impl Exec for Fuel {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = fields([Field::Imm64(0), Field::Imm16(8), Field::Target(12)]);
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
        let (index, distance) = (m.u32(4), m.u32(8) as usize);
        tier_up::loop_hot::<P>(m, index, distance, 3)
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

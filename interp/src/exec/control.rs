//! Handlers: how a function begins, calls, returns, and what is counted there.

use crate::exec::branch::branch_form;
use crate::exec::machine::{Dispatch, Exec, FUEL, I, R, Regs, S, Src, Val};
use crate::exec::numeric::{copy_first, copy_second};
use crate::exec::operand::{LINK, Name, Operand, dst, imm16, imm32, lacking, name, run, source, src};
use crate::exec::stack::{self, CALLEE, leave, trap};
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
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        P::exit(m, Status::Done)
    }
}
impl Exec for Lazy {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        tier_up::lazy_stub::<P>(m)
    }
}

/// `unreachable`.
pub(crate) struct Unreachable;
impl Exec for Unreachable {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        trap::<P>(m, Trap::UnreachableCodeReached)
    }
}

/// Sets locals to zero.
pub(crate) struct Zero;
impl Exec for Zero {
    const QUIET: bool = true;
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[run(Name::Cells)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (first, count) = m.run(Self::at(name::Cells));
        m.zero_cells(first, count);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// For how many locals there is an op of its own.
pub(crate) const ZERO_FEW: u16 = 14;

/// The same for few locals, `N` of them.
pub(crate) struct ZeroFew<const N: u16>;
impl<const N: u16> Exec for ZeroFew<N> {
    const QUIET: bool = true;
    const SHORTCUT: bool = true;
    const FORM: &'static str = "few";
    const OPERANDS: &'static [Operand] = Zero::OPERANDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = m.u16(Self::at(name::Cells));
        for i in 0..N {
            m.set_cell(first + i, RawVal::ZERO);
        }
        m.skip(Self::WORDS);
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
    const OPERANDS: &'static [Operand] = Zero::OPERANDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let first = m.u16(Self::at(name::Cells));
        for i in 0..N {
            m.set_cell(first + i, RawVal::ZERO);
        }
        m.skip(Self::WORDS);
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

/// Return of nothing. `FUEL` as in [`stack::ret`].
pub(crate) struct Ret0<const FUEL: bool>;
impl<const FUEL: bool> Exec for Ret0<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const OPERANDS: &'static [Operand] = &[imm16(Name::Header)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let header = m.u16(Self::at(name::Header));
        stack::ret::<P, FUEL>(m, header)
    }
}

/// Return of one cell.
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
    const FORM: &'static str = branch_form(A::KIND, 0, FUEL);
    const OPERANDS: &'static [Operand] = &[imm16(Name::Header), source(Name::Value, A::KIND, true)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let value = A::read::<T>(&m, Self::at(name::Value));
        m.set_cell(0, value.cell());
        // F5
        value.set_acc(&mut m);
        let header = m.u16(Self::at(name::Header));
        stack::ret::<P, FUEL>(m, header)
    }
}

/// Return of a run of cells.
pub(crate) struct RetN<const FUEL: bool>;
impl<const FUEL: bool> Exec for RetN<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const OPERANDS: &'static [Operand] = &[imm16(Name::Header), run(Name::Cells)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (first, count) = m.run(Self::at(name::Cells));
        m.move_cells(0, first, count);
        let header = m.u16(Self::at(name::Header));
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

/// A call in this instance, of the function whose slot lies so far from the first. `FUEL` as in [`stack::enter`].
pub(crate) struct Call<const FUEL: bool>;
impl<const FUEL: bool> Exec for Call<FUEL> {
    const FORM: &'static str = if FUEL { "fuel" } else { "" };
    const OPERANDS: &'static [Operand] = &[CALLEE[0], CALLEE[1], imm32(Name::Callee), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let (slot, base) = (m.slot(m.u32(Self::at(name::Callee))), m.u16(Self::at(name::Base)));
        stack::call::<P, FUEL>(m, slot, base, Self::WORDS)
    }
}

/// The same, one argument being copied first: `dst = a`.
pub(crate) struct CallCopy<const FUEL: bool>;
impl<const FUEL: bool> Exec for CallCopy<FUEL> {
    const FORM: &'static str = if FUEL { "copy_fuel" } else { "copy" };
    const OPERANDS: &'static [Operand] =
        &[CALLEE[0], CALLEE[1], imm32(Name::Callee), dst(Name::Dst), src(Name::A), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy_first::<Self>(&mut m);
        let (slot, base) = (m.slot(m.u32(Self::at(name::Callee))), m.u16(Self::at(name::Base)));
        stack::call::<P, FUEL>(m, slot, base, Self::WORDS)
    }
}

/// The same, two arguments being copied first: then `dst2 = b`.
pub(crate) struct CallCopy2<const FUEL: bool>;
impl<const FUEL: bool> Exec for CallCopy2<FUEL> {
    const FORM: &'static str = if FUEL { "copy2_fuel" } else { "copy2" };
    const OPERANDS: &'static [Operand] =
        &[CALLEE[0], CALLEE[1], imm32(Name::Callee), dst(Name::Dst), src(Name::A), dst(Name::Dst2), src(Name::B), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy_first::<Self>(&mut m);
        copy_second::<Self>(&mut m);
        let (slot, base) = (m.slot(m.u32(Self::at(name::Callee))), m.u16(Self::at(name::Base)));
        stack::call::<P, FUEL>(m, slot, base, Self::WORDS)
    }
}

/// The same, one argument being the sum of a cell and a number: `dst = a + number`.
pub(crate) struct CallLea<const FUEL: bool>;
impl<const FUEL: bool> Exec for CallLea<FUEL> {
    const FORM: &'static str = if FUEL { "lea_fuel" } else { "lea" };
    const OPERANDS: &'static [Operand] =
        &[CALLEE[0], CALLEE[1], imm32(Name::Callee), dst(Name::Dst), src(Name::A), imm32(Name::Number), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = m.cell(m.u16(Self::at(name::A))).u32().wrapping_add(m.u32(Self::at(name::Number)));
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(sum));
        let (slot, base) = (m.slot(m.u32(Self::at(name::Callee))), m.u16(Self::at(name::Base)));
        stack::call::<P, FUEL>(m, slot, base, Self::WORDS)
    }
}

/// A call of an import: as [`Call`], but of the function reference that lies there.
pub(crate) struct CallImport;
impl Exec for CallImport {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[CALLEE[0], CALLEE[1], imm32(Name::Callee), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let target = m.target_of(m.func_ref(m.u32(Self::at(name::Callee))));
        let base = m.u16(Self::at(name::Base));
        // An import is never the instance's own: that was not there when it was linked.
        stack::call_elsewhere::<P, false>(m, target.slot, target.callee, base, Self::WORDS)
    }
}

/// What an indirect call finds in a table, whose place lies at `table`.
#[inline(always)]
fn element(m: &Regs, index: u64, table: usize) -> Result<usize, Trap> {
    let func_ref = m.table_get(m.u32(table), index).ok_or(Trap::TableOutOfBounds)?;
    if func_ref == 0 { Err(Trap::IndirectCallToNull) } else { Ok(func_ref) }
}

/// The same, if it is of the type that lies at `sig`.
#[inline(always)]
fn indirect(m: &Regs, index: u64, table: usize, sig: usize) -> Result<usize, Trap> {
    let func_ref = element(m, index, table)?;
    if m.sig_of(func_ref) == m.u32(sig) { Ok(func_ref) } else { Err(Trap::BadSignature) }
}

/// A call through a table; arguments are copied first, `N` of them. `T` is the type of indices.
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
    const OPERANDS: &'static [Operand] = &[
        CALLEE[0],
        CALLEE[1],
        source(Name::Index, A::KIND, false),
        imm32(Name::Table),
        imm32(Name::Sig),
        if N > 0 { dst(Name::Dst) } else { lacking(Name::Dst) },
        if N > 0 { src(Name::A) } else { lacking(Name::A) },
        if N > 1 { dst(Name::Dst2) } else { lacking(Name::Dst2) },
        if N > 1 { src(Name::B) } else { lacking(Name::B) },
        LINK,
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        through_table::<P, T, A, N, FUEL, { cfg!(not(tail_dispatch)) }>(m)
    }
}

/// A call through a table of what another instance or the host has. It wants more registers than there are, and so would
/// cost all calls through tables a frame on the host's stack.
pub(crate) struct CallElsewhere<T, A, const N: usize, const FUEL: bool>(PhantomData<(T, A)>);
impl<T: Val + Into<u64>, A: Src, const N: usize, const FUEL: bool> Exec for CallElsewhere<T, A, N, FUEL> {
    const FORM: &'static str = CallIndirect::<T, A, N, FUEL>::FORM;
    const OPERANDS: &'static [Operand] = CallIndirect::<T, A, N, FUEL>::OPERANDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        through_table::<P, T, A, N, FUEL, true>(m)
    }
}

/// Calls through a table. `ANY`: what this or another instance has; else another's goes on in [`CallElsewhere`], before
/// more registers are taken than there are.
#[inline(always)]
fn through_table<P: Dispatch, T: Val + Into<u64>, A: Src, const N: usize, const FUEL: bool, const ANY: bool>(
    m: Regs,
) -> P::Out {
    let mut m = m;
    let index = A::read::<T>(&m, CallIndirect::<T, A, N, FUEL>::at(name::Index)).into();
    let func_ref = match element(&m, index, CallIndirect::<T, A, N, FUEL>::at(name::Table)) {
        Ok(func_ref) => func_ref,
        Err(code) => return trap::<P>(m, code),
    };
    if !ANY && m.target_of(func_ref).callee != m.ctx {
        return P::rare::<CallElsewhere<T, A, N, FUEL>>(m);
    }
    if m.sig_of(func_ref) != m.u32(CallIndirect::<T, A, N, FUEL>::at(name::Sig)) {
        return trap::<P>(m, Trap::BadSignature);
    }
    if N > 0 {
        copy_first::<CallIndirect<T, A, N, FUEL>>(&mut m);
    }
    if N > 1 {
        copy_second::<CallIndirect<T, A, N, FUEL>>(&mut m);
    }
    let target = m.target_of(func_ref);
    let base = m.u16(CallIndirect::<T, A, N, FUEL>::at(name::Base));
    let words = CallIndirect::<T, A, N, FUEL>::WORDS;
    if ANY {
        return stack::call_other::<P, FUEL>(m, target.slot, target.callee, base, words);
    }
    stack::call::<P, FUEL>(m, target.slot, base, words)
}

/// A call of a reference.
pub(crate) struct CallRef;
impl Exec for CallRef {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[CALLEE[0], CALLEE[1], src(Name::Ref), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let func_ref = m.cell(m.u16(Self::at(name::Ref))).usize();
        if func_ref == 0 {
            return trap::<P>(m, Trap::NullReference);
        }
        let target = m.target_of(func_ref);
        let base = m.u16(Self::at(name::Base));
        stack::call_other::<P, false>(m, target.slot, target.callee, base, Self::WORDS)
    }
}

/// What all tail calls begin with: the arguments, this frame's header and the callee's.
const TAIL: [Operand; 3] = [run(Name::Arguments), imm16(Name::Header), imm16(Name::NextHeader)];

/// A tail call in this instance, of the function whose slot lies so far from the first.
pub(crate) struct TailCall;
impl Exec for TailCall {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[TAIL[0], TAIL[1], TAIL[2], imm32(Name::Callee)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let (slot, ctx) = (m.slot(m.u32(Self::at(name::Callee))), m.ctx);
        go::<P>(m, slot, ctx)
    }
}

/// A tail call of an import: as [`TailCall`], but of the function reference that lies there.
pub(crate) struct TailCallImport;
impl Exec for TailCallImport {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = TailCall::OPERANDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let target = m.target_of(m.func_ref(m.u32(Self::at(name::Callee))));
        go::<P>(m, target.slot, target.callee)
    }
}

/// A tail call through a table. `T` is the type of indices.
pub(crate) struct TailCallIndirect<T>(PhantomData<T>);
impl<T: Val + Into<u64>> Exec for TailCallIndirect<T> {
    const FORM: &'static str = if T::WIDE { "s64" } else { "s" };
    const OPERANDS: &'static [Operand] =
        &[TAIL[0], TAIL[1], TAIL[2], src(Name::Index), imm32(Name::Table), imm32(Name::Sig)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let index = S::read::<T>(&m, Self::at(name::Index));
        match indirect(&m, index.into(), Self::at(name::Table), Self::at(name::Sig)) {
            Ok(func_ref) => {
                let target = m.target_of(func_ref);
                go::<P>(m, target.slot, target.callee)
            }
            Err(code) => trap::<P>(m, code),
        }
    }
}

/// A tail call of a reference.
pub(crate) struct TailCallRef;
impl Exec for TailCallRef {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[TAIL[0], TAIL[1], TAIL[2], src(Name::Ref)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let func_ref = m.cell(m.u16(Self::at(name::Ref))).usize();
        if func_ref == 0 {
            return trap::<P>(m, Trap::NullReference);
        }
        let target = m.target_of(func_ref);
        go::<P>(m, target.slot, target.callee)
    }
}

/// Goes on in the callee of a tail call, as the operands say that all of them have.
#[inline(always)]
fn go<P: Dispatch>(m: Regs, slot: *const Slot, callee: *mut coracle_vm::tier::VmCtx) -> P::Out {
    let arguments = m.run(TailCall::at(name::Arguments));
    let (header, cells) = (m.u16(TailCall::at(name::Header)), m.u16(TailCall::at(name::NextHeader)));
    stack::tail_call::<P>(m, slot, callee, arguments, header, cells)
}

/// Charges fuel. Ops that lead here pay for it and step over it.
pub(crate) struct Fuel;
impl Exec for Fuel {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &FUEL;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        stack::paid::<P>(m)
    }
}

/// Looks at the epoch.
pub(crate) struct Epoch;
impl Exec for Epoch {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[imm16(Name::Top)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        if m.epoch_over() {
            return P::rare::<EpochOver>(m);
        }
        let mut m = m;
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// The way out of [`Epoch`] when the deadline is reached.
pub(crate) struct EpochOver;
impl Exec for EpochOver {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = Epoch::OPERANDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        if !m.new_epoch(m.u16(Self::at(name::Top))) {
            return leave::<P>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// Counts a call while there is a compiler. The first op of its function.
pub(crate) struct CallHeat;
impl Exec for CallHeat {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[HEAT];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        if !tier_up::heat::<true>(&m, 0, m.u32(Self::at(name::Heat)) as i32) {
            return P::rare::<CallHot>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// What ops that count begin with.
pub(crate) const HEAT: Operand = imm32(Name::Heat);

/// The way out of [`CallHeat`] when the heat is used up.
pub(crate) struct CallHot;
impl Exec for CallHot {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = CallHeat::OPERANDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        tier_up::call_hot::<P>(m, Self::WORDS)
    }
}

/// Counts a turn of a loop while there is a compiler: the loop has a number, and this op a distance from the start of the
/// code.
pub(crate) struct LoopHeat;
impl Exec for LoopHeat {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[HEAT, imm32(Name::Loop), imm32(Name::Distance)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        if !tier_up::heat::<false>(&m, m.u32(Self::at(name::Distance)) as usize, m.u32(Self::at(name::Heat)) as i32) {
            return P::rare::<LoopHot>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// The way out of [`LoopHeat`] when the heat is used up.
pub(crate) struct LoopHot;
impl Exec for LoopHot {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = LoopHeat::OPERANDS;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let (index, distance) = (m.u32(Self::at(name::Loop)), m.u32(Self::at(name::Distance)) as usize);
        tier_up::loop_hot::<P>(m, index, distance, Self::WORDS)
    }
}

/// `throw`, of arguments that begin at a slot.
pub(crate) struct Throw;
impl Exec for Throw {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[imm32(Name::Tag), imm16(Name::Arguments), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let status = m.throw(m.u32(Self::at(name::Tag)), m.u16(Self::at(name::Arguments)));
        stack::thrown::<P>(m, status, Self::WORDS)
    }
}

/// `throw_ref`.
pub(crate) struct ThrowRef;
impl Exec for ThrowRef {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[src(Name::Ref), LINK];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let status = m.throw_ref(m.cell(m.u16(Self::at(name::Ref))).u64());
        stack::thrown::<P>(m, status, Self::WORDS)
    }
}

//! Handlers: globals, tables, references.

use crate::exec::machine::{Dispatch, Exec, Field, Regs, now};
use crate::exec::stack::{leave, trap};
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::builtin::TRAPPED;

const fn fields<const N: usize>(some: [Field; N]) -> [Field; 6] {
    let mut all = [Field::None; 6];
    let mut i = 0;
    while i < N {
        all[i] = some[i];
        i += 1;
    }
    all
}

/// An index operand of a table with 64-bit (`wide`) or 32-bit indices.
#[inline(always)]
fn index(m: &Regs, at: usize, wide: bool) -> u64 {
    let cell = m.cell(m.u16(at));
    if wide { cell.u64() } else { u64::from(cell.u32()) }
}

macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident$(<const $w:ident: bool>)? [$($field:expr),*] $form:expr, |$m:ident| $body:block)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name$(<const $w: bool>)?;
        impl$(<const $w: bool>)? Exec for $name$(<$w>)? {
            const FORM: &'static str = $form;
            const FIELDS: [Field; 6] = fields([$($field),*]);
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                #[allow(unused_mut)]
                let mut $m = m;
                match $body {
                    Ok(()) => {
                        $m.skip(const { crate::exec::machine::words(&<Self as Exec>::FIELDS) });
                        P::next($m)
                    }
                    Err(Some(code)) => trap::<P>($m, code),
                    Err(None) => leave::<P>($m),
                }
            }
        }
    )*};
}

handlers! {
    /// `global.get`: dst at 0, the global's place at 4.
    GlobalGet [Field::Dst(0), Field::Imm32(4)] "", |m| {
        m.set_cell(m.u16(0), m.global_get(m.u32(4)));
        Ok::<(), Option<Trap>>(())
    }
    /// `global.set`: the value at 0, the global's place at 4.
    GlobalSet [Field::Src(0), Field::Imm32(4)] "", |m| {
        m.global_set(m.u32(4), m.cell(m.u16(0)));
        Ok::<(), Option<Trap>>(())
    }
    /// `global = a + imm` as `i32`: a at 0, the global's place at 4, imm at 8.
    GlobalSetSum [Field::Src(0), Field::Imm32(4), Field::Imm32(8)] "sum", |m| {
        let sum = now(u64::from(m.cell(m.u16(0)).u32().wrapping_add(m.u32(8))));
        m.global_set(m.u32(4), RawVal::from_u64(sum));
        Ok::<(), Option<Trap>>(())
    }
    /// `dst = global = global + imm` as `i32`: dst at 0, the global's place at 4, imm at 8.
    GlobalAdd [Field::Dst(0), Field::Imm32(4), Field::Imm32(8)] "", |m| {
        let sum = m.global_add(m.u32(4), m.u32(8));
        m.set_cell(m.u16(0), RawVal::from_u32(sum));
        m.acc = u64::from(sum);
        Ok::<(), Option<Trap>>(())
    }
    /// `global.get` of a vector.
    GlobalGetWide [Field::Dst(0), Field::Imm32(4)] "wide", |m| {
        m.set_wide(m.u16(0), m.global_get_wide(m.u32(4)));
        Ok::<(), Option<Trap>>(())
    }
    /// `global.set` of a vector.
    GlobalSetWide [Field::Src(0), Field::Imm32(4)] "wide", |m| {
        m.global_set_wide(m.u32(4), m.wide(m.u16(0)));
        Ok::<(), Option<Trap>>(())
    }
    /// `ref.func`: dst at 0, the reference's place at 4.
    RefFunc [Field::Dst(0), Field::Imm32(4)] "", |m| {
        m.set_cell(m.u16(0), RawVal::from_usize(m.func_ref(m.u32(4))));
        Ok::<(), Option<Trap>>(())
    }
    /// `ref.as_non_null`: the reference at 0.
    RefAsNonNull [Field::Src(0)] "", |m| {
        if m.cell(m.u16(0)).is_null_ref() { Err(Some(Trap::NullReference)) } else { Ok(()) }
    }
    /// `table.get`: dst at 0, index at 2, the table's place at 4.
    TableGet<const W: bool> [Field::Dst(0), Field::Src(2), Field::Imm32(4)] if W { "64" } else { "32" }, |m| {
        match m.table_get(m.u32(4), index(&m, 2, W)) {
            Some(value) => {
                m.set_cell(m.u16(0), RawVal::from_usize(value));
                Ok(())
            }
            None => Err(Some(Trap::TableOutOfBounds)),
        }
    }
    /// `table.set`: index at 0, value at 2, the table's place at 4.
    TableSet<const W: bool> [Field::Src(0), Field::Src(2), Field::Imm32(4)] if W { "64" } else { "32" }, |m| {
        let value = m.cell(m.u16(2)).usize();
        m.table_set(m.u32(4), index(&m, 0, W), value).ok_or(Some(Trap::TableOutOfBounds))
    }
    /// `table.size`: dst at 0, the table's place at 4.
    TableSize [Field::Dst(0), Field::Imm32(4)] "", |m| {
        m.set_cell(m.u16(0), RawVal::from_u64(m.table_len(m.u32(4))));
        Ok::<(), Option<Trap>>(())
    }
    /// `table.grow`: dst at 0, initial value at 2, delta at 4, the first free slot at 6, the table's index at 8.
    TableGrow<const W: bool> [Field::Dst(0), Field::Src(2), Field::Src(4), Field::Imm16(6), Field::Imm32(8)]
    if W { "64" } else { "32" }, |m| {
        let value = m.cell(m.u16(2)).usize();
        let old = m.table_grow(m.u16(6), m.u32(8), index(&m, 4, W), value);
        if old == TRAPPED {
            Err(None)
        } else {
            m.set_cell(m.u16(0), if W { RawVal::from_u64(old) } else { RawVal::from_u32(old as u32) });
            Ok(())
        }
    }
    /// `table.fill`: index at 0, value at 2, length at 4, the table's index at 8.
    TableFill<const W: bool> [Field::Src(0), Field::Src(2), Field::Src(4), Field::Imm32(8)]
    if W { "64" } else { "32" }, |m| {
        let value = m.cell(m.u16(2)).usize();
        if m.table_fill(m.u32(8), index(&m, 0, W), value, index(&m, 4, W)) { Ok(()) } else { Err(None::<Trap>) }
    }
    /// `table.copy`: destination at 0, source at 2, length at 4, which of them have 64 bits at 6 (1, 2, 4), the
    /// tables' indices at 8 and 12.
    TableCopy [Field::Src(0), Field::Src(2), Field::Src(4), Field::Imm16(6), Field::Imm32(8), Field::Imm32(12)]
    "", |m| {
        let wide = m.u16(6);
        let (dst, src) = (index(&m, 0, wide & 1 != 0), index(&m, 2, wide & 2 != 0));
        let done = m.table_copy(m.u32(8), m.u32(12), dst, src, index(&m, 4, wide & 4 != 0));
        if done { Ok(()) } else { Err(None::<Trap>) }
    }
    /// `table.init`: destination at 0, source at 2, length at 4, whether the destination has 64 bits at 6, table at
    /// 8, segment at 12.
    TableInit [Field::Src(0), Field::Src(2), Field::Src(4), Field::Imm16(6), Field::Imm32(8), Field::Imm32(12)]
    "", |m| {
        let dst = index(&m, 0, m.u16(6) != 0);
        let (src, len) = (m.cell(m.u16(2)).u32(), m.cell(m.u16(4)).u32());
        if m.table_init(m.u32(8), m.u32(12), dst, src, len) { Ok(()) } else { Err(None::<Trap>) }
    }
    /// `elem.drop`: the segment at 0.
    ElemDrop [Field::Imm32(0)] "", |m| {
        m.elem_drop(m.u32(0));
        Ok::<(), Option<Trap>>(())
    }
}

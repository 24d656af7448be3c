//! Handlers: globals, tables, references.

use crate::exec::machine::{Dispatch, Exec, MEMORY64, Regs, now};
use crate::exec::operand::{Name, Operand, dst, imm16, imm32, name, src};
use crate::exec::stack::{leave, trap};
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::builtin::TRAPPED;

/// An index operand of a table with 64-bit (`wide`) or 32-bit indices.
#[inline(always)]
fn index(m: &Regs, at: usize, wide: bool) -> u64 {
    let cell = m.cell(m.u16(at));
    if MEMORY64 && wide { cell.u64() } else { u64::from(cell.u32()) }
}

/// Whether handlers are `Exec::QUIET`.
const QUIET: bool = true;
const LOUD: bool = false;

macro_rules! handlers {
    ($($(#[$doc:meta])* $quiet:ident $name:ident$(<const $w:ident: bool>)? [$($operand:expr),*] $form:expr,
        |$m:ident| $body:block)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name$(<const $w: bool>)?;
        impl$(<const $w: bool>)? Exec for $name$(<$w>)? {
            const FORM: &'static str = $form;
            const OPERANDS: &'static [Operand] = &[$($operand),*];
            const QUIET: bool = $quiet;
            const CALLS: bool = !$quiet;
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                #[allow(unused_mut)]
                let mut $m = m;
                match $body {
                    Ok(()) => {
                        $m.skip(Self::WORDS);
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
    /// `global.get`.
    QUIET GlobalGet [dst(Name::Dst), imm32(Name::Global)] "", |m| {
        m.set_cell(m.u16(Self::at(name::Dst)), m.global_get(m.u32(Self::at(name::Global))));
        Ok::<(), Option<Trap>>(())
    }
    /// `global.set`.
    QUIET GlobalSet [src(Name::Value), imm32(Name::Global)] "", |m| {
        m.global_set(m.u32(Self::at(name::Global)), m.cell(m.u16(Self::at(name::Value))));
        Ok::<(), Option<Trap>>(())
    }
    /// `global = a + number` as `i32`.
    QUIET GlobalSetSum [src(Name::A), imm32(Name::Global), imm32(Name::Number)] "sum", |m| {
        let a = m.cell(m.u16(Self::at(name::A))).u32();
        let sum = now(u64::from(a.wrapping_add(m.u32(Self::at(name::Number)))));
        m.global_set(m.u32(Self::at(name::Global)), RawVal::from_u64(sum));
        Ok::<(), Option<Trap>>(())
    }
    /// `dst = global = global + number` as `i32`.
    QUIET GlobalAdd [dst(Name::Dst), imm32(Name::Global), imm32(Name::Number)] "", |m| {
        let sum = m.global_add(m.u32(Self::at(name::Global)), m.u32(Self::at(name::Number)));
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(sum));
        m.acc = u64::from(sum);
        Ok::<(), Option<Trap>>(())
    }
    /// `global.get` of a vector.
    QUIET GlobalGetWide [dst(Name::Dst), imm32(Name::Global)] "wide", |m| {
        m.set_wide(m.u16(Self::at(name::Dst)), m.global_get_wide(m.u32(Self::at(name::Global))));
        Ok::<(), Option<Trap>>(())
    }
    /// `global.set` of a vector.
    QUIET GlobalSetWide [src(Name::Value), imm32(Name::Global)] "wide", |m| {
        m.global_set_wide(m.u32(Self::at(name::Global)), m.wide(m.u16(Self::at(name::Value))));
        Ok::<(), Option<Trap>>(())
    }
    /// `ref.func`: the reference lies at that distance in the context.
    QUIET RefFunc [dst(Name::Dst), imm32(Name::Ref)] "", |m| {
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_usize(m.func_ref(m.u32(Self::at(name::Ref)))));
        Ok::<(), Option<Trap>>(())
    }
    /// `ref.as_non_null`.
    QUIET RefAsNonNull [src(Name::Ref)] "", |m| {
        if m.cell(m.u16(Self::at(name::Ref))).is_null_ref() { Err(Some(Trap::NullReference)) } else { Ok(()) }
    }
    /// `table.get`.
    QUIET TableGet<const W: bool> [dst(Name::Dst), src(Name::Index), imm32(Name::Table)] if W { "64" } else { "32" }, |m| {
        match m.table_get(m.u32(Self::at(name::Table)), index(&m, Self::at(name::Index), W)) {
            Some(value) => {
                m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_usize(value));
                Ok(())
            }
            None => Err(Some(Trap::TableOutOfBounds)),
        }
    }
    /// `table.set`.
    QUIET TableSet<const W: bool> [src(Name::Index), src(Name::Value), imm32(Name::Table)] if W { "64" } else { "32" }, |m| {
        let value = m.cell(m.u16(Self::at(name::Value))).usize();
        let index = index(&m, Self::at(name::Index), W);
        m.table_set(m.u32(Self::at(name::Table)), index, value).ok_or(Some(Trap::TableOutOfBounds))
    }
    /// `table.size`.
    QUIET TableSize [dst(Name::Dst), imm32(Name::Table)] "", |m| {
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u64(m.table_len(m.u32(Self::at(name::Table)))));
        Ok::<(), Option<Trap>>(())
    }
    /// `table.grow`, of the table of this number.
    LOUD TableGrow<const W: bool> [
        dst(Name::Dst), src(Name::Value), src(Name::Delta), imm16(Name::Top), imm32(Name::Table)
    ] if W { "64" } else { "32" }, |m| {
        let value = m.cell(m.u16(Self::at(name::Value))).usize();
        let (top, table) = (m.u16(Self::at(name::Top)), m.u32(Self::at(name::Table)));
        let old = m.table_grow(top, table, index(&m, Self::at(name::Delta), W), value);
        if old == TRAPPED {
            Err(None)
        } else {
            let old = if W { RawVal::from_u64(old) } else { RawVal::from_u32(old as u32) };
            m.set_cell(m.u16(Self::at(name::Dst)), old);
            Ok(())
        }
    }
    /// `table.fill`, of the table of this number.
    LOUD TableFill<const W: bool> [src(Name::To), src(Name::Value), src(Name::Len), imm32(Name::Table)]
    if W { "64" } else { "32" }, |m| {
        let value = m.cell(m.u16(Self::at(name::Value))).usize();
        let (to, len) = (index(&m, Self::at(name::To), W), index(&m, Self::at(name::Len), W));
        if m.table_fill(m.u32(Self::at(name::Table)), to, value, len) { Ok(()) } else { Err(None::<Trap>) }
    }
    /// `table.copy`, from the second of these tables; which of the operands have 64 bits is told by bits (1, 2, 4).
    LOUD TableCopy [
        src(Name::To), src(Name::From), src(Name::Len), imm16(Name::Widths), imm32(Name::Table), imm32(Name::Table2)
    ] "", |m| {
        let wide = m.u16(Self::at(name::Widths));
        let (to, from) = (index(&m, Self::at(name::To), wide & 1 != 0), index(&m, Self::at(name::From), wide & 2 != 0));
        let (table, other) = (m.u32(Self::at(name::Table)), m.u32(Self::at(name::Table2)));
        let done = m.table_copy(table, other, to, from, index(&m, Self::at(name::Len), wide & 4 != 0));
        if done { Ok(()) } else { Err(None::<Trap>) }
    }
    /// `table.init`; whether the destination has 64 bits is told by a bit.
    LOUD TableInit [
        src(Name::To), src(Name::From), src(Name::Len), imm16(Name::Widths), imm32(Name::Table), imm32(Name::Segment)
    ] "", |m| {
        let to = index(&m, Self::at(name::To), m.u16(Self::at(name::Widths)) != 0);
        let (from, len) = (m.cell(m.u16(Self::at(name::From))).u32(), m.cell(m.u16(Self::at(name::Len))).u32());
        let done = m.table_init(m.u32(Self::at(name::Table)), m.u32(Self::at(name::Segment)), to, from, len);
        if done { Ok(()) } else { Err(None::<Trap>) }
    }
    /// `elem.drop`.
    LOUD ElemDrop [imm32(Name::Segment)] "", |m| {
        m.elem_drop(m.u32(Self::at(name::Segment)));
        Ok::<(), Option<Trap>>(())
    }
}

//! Wasm operators → CLIF: references and tables.
//!
//! A reference is its cell: null is 0, a function is the address of its record.

use crate::compile::env::{Builtin, Region, in_region, trap_code};
use crate::compile::refusal::Refusal;
use crate::compile::sig::WORD;
use crate::compile::translator::Translator;
use crate::compile::visit_memory::{guarded, narrow, number, number_call, status_call, widen};
use coracle_error::Trap;
use coracle_image::entity::{FuncIndex, TableIndex};
use coracle_vm::internals;
use coracle_vm::tier::builtin::call;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value};
use wasmparser::Operator as O;

/// Translates a reference or table operator; false if it is none.
pub(crate) fn visit(t: &mut Translator<'_, '_>, op: &O<'_>) -> Result<bool, Refusal> {
    Ok(reference(t, op)? || table_element(t, op) || table_bulk(t, op))
}

fn reference(t: &mut Translator<'_, '_>, op: &O<'_>) -> Result<bool, Refusal> {
    match *op {
        O::RefNull { .. } => {
            let null = t.b.ins().iconst(WORD, 0);
            t.stack.push(null);
        }
        O::RefIsNull => {
            let value = t.pop();
            let bit = t.b.ins().icmp_imm_u(IntCC::Equal, value, 0);
            let bit = t.b.ins().uextend(I32, bit);
            t.stack.push(bit);
        }
        O::RefFunc { function_index } => {
            let func = FuncIndex::from_u32(function_index);
            let value = t.env.func_ref(&mut t.b, func).ok_or_else(|| Refusal::new("a function without a record"))?;
            t.stack.push(value);
        }
        O::RefAsNonNull => {
            let value = t.peek();
            null_trap(t, value);
        }
        O::BrOnNull { relative_depth } => {
            let value = t.pop();
            let null = t.b.ins().icmp_imm_u(IntCC::Equal, value, 0);
            t.branch_if(null, relative_depth);
            t.stack.push(value);
        }
        O::BrOnNonNull { relative_depth } => {
            let value = t.peek();
            t.branch_if(value, relative_depth);
            t.pop();
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Traps if a reference is null.
fn null_trap(t: &mut Translator<'_, '_>, value: Value) {
    t.b.ins().trapz(value, trap_code(Trap::NullReference));
}

/// The address of a table's element. Outside of the table it is null, where an access traps and whither a processor that
/// guesses goes too (Spectre); unless the engine has no such guards, then this traps.
pub(crate) fn element(t: &mut Translator<'_, '_>, table: TableIndex, index: Value) -> Value {
    let index = widen(t, index);
    let (base, len) = t.env.table(&mut t.b, table);
    let outside = t.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
    let at = t.b.ins().ishl_imm_u(index, 3);
    let at = t.b.ins().iadd(base, at);
    if internals::settings(t.env.module.engine()).table_spectre_guards {
        return guarded(t, outside, at);
    }
    t.env.trap_if(&mut t.b, outside, Trap::TableOutOfBounds);
    at
}

/// Flags of an access to a table's element, whose address may be null.
pub(crate) fn element_flags(t: &mut Translator<'_, '_>) -> MemFlagsData {
    in_region(&mut t.b, Region::Table).with_trap_code(Some(trap_code(Trap::TableOutOfBounds)))
}

fn table_element(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::TableGet { table } => {
            let index = t.pop();
            let at = element(t, TableIndex::from_u32(table), index);
            let flags = element_flags(t);
            let value = t.b.ins().load(WORD, flags, at, 0);
            t.stack.push(value);
        }
        O::TableSet { table } => {
            let (index, value) = t.pop2();
            let at = element(t, TableIndex::from_u32(table), index);
            let flags = element_flags(t);
            t.b.ins().store(flags, value, at, 0);
        }
        O::TableSize { table } => {
            let index = TableIndex::from_u32(table);
            let (_, len) = t.env.table(&mut t.b, index);
            let wide = t.env.module.data().tables[index].table64;
            let len = narrow(t, len, wide);
            t.stack.push(len);
        }
        _ => return false,
    }
    true
}

fn table_bulk(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::TableGrow { table } => {
            let (init, delta) = t.pop2();
            let delta = widen(t, delta);
            let index = number(t, table);
            let old = number_call(t, call::table_grow, &[I32, I64, WORD], &[index, delta, init]);
            let wide = t.env.module.data().tables[TableIndex::from_u32(table)].table64;
            let old = narrow(t, old, wide);
            t.stack.push(old);
        }
        O::TableCopy { dst_table, src_table } => {
            let args: Vec<Value> = t.pop_many(3).into_iter().map(|v| widen(t, v)).collect();
            let tables = [number(t, dst_table), number(t, src_table)];
            let args = [tables[0], tables[1], args[0], args[1], args[2]];
            status_call(t, call::table_copy, &[I32, I32, I64, I64, I64], &args);
        }
        O::TableFill { table } => {
            let args = t.pop_many(3);
            let (at, len) = (widen(t, args[0]), widen(t, args[2]));
            let index = number(t, table);
            status_call(t, call::table_fill, &[I32, I64, WORD, I64], &[index, at, args[1], len]);
        }
        O::TableInit { elem_index, table } => {
            let args = t.pop_many(3);
            let at = widen(t, args[0]);
            let (index, elem) = (number(t, table), number(t, elem_index));
            let args = [index, elem, at, args[1], args[2]];
            status_call(t, call::table_init, &[I32, I32, I64, I32, I32], &args);
        }
        O::ElemDrop { elem_index } => {
            let elem = number(t, elem_index);
            let call = Builtin { call: call::elem_drop, params: &[I32], result: None };
            t.env.builtin(&mut t.b, &call, &[elem], t.offset);
        }
        _ => return false,
    }
    true
}

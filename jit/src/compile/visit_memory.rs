//! Wasm operators → CLIF: loads, stores, bulk memory, globals; bounds checks.

use crate::compile::env::{Builtin, Region, heap, heap_store, in_region};
use crate::compile::refusal::Refusal;
use crate::compile::sig::{WORD, clif_type};
use crate::compile::translator::Translator;
use crate::trap::NULL_PAGE_BYTES;
use coracle_error::Trap;
use coracle_image::entity::{GlobalIndex, MemoryIndex};
use coracle_vm::internals;
use coracle_vm::provider::{GUARD_BYTES, MemoryStyle};
use coracle_vm::tier::builtin::{RuntimeCall, TRAPPED, call};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F32, F64, I8X16, I32, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value};
use wasmparser::{MemArg, MemArgTarget, Operator as O};

/// Translates a memory or global operator; false if it is none.
pub(crate) fn visit(t: &mut Translator<'_, '_>, op: &O<'_>) -> Result<bool, Refusal> {
    Ok(load(t, op) || store(t, op) || bulk(t, op) || global(t, op))
}

/// How a narrow load becomes a value.
#[derive(Clone, Copy)]
enum Load {
    Whole,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
}

fn load(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    use Load::*;
    let (memarg, ty, bytes, how) = match op {
        O::I32Load { memarg } => (memarg, I32, 4, Whole),
        O::I64Load { memarg } => (memarg, I64, 8, Whole),
        O::F32Load { memarg } => (memarg, F32, 4, Whole),
        O::F64Load { memarg } => (memarg, F64, 8, Whole),
        O::V128Load { memarg } => (memarg, I8X16, 16, Whole),
        O::I32Load8S { memarg } => (memarg, I32, 1, S8),
        O::I32Load8U { memarg } => (memarg, I32, 1, U8),
        O::I32Load16S { memarg } => (memarg, I32, 2, S16),
        O::I32Load16U { memarg } => (memarg, I32, 2, U16),
        O::I64Load8S { memarg } => (memarg, I64, 1, S8),
        O::I64Load8U { memarg } => (memarg, I64, 1, U8),
        O::I64Load16S { memarg } => (memarg, I64, 2, S16),
        O::I64Load16U { memarg } => (memarg, I64, 2, U16),
        O::I64Load32S { memarg } => (memarg, I64, 4, S32),
        O::I64Load32U { memarg } => (memarg, I64, 4, U32),
        _ => return false,
    };
    let Some(memory) = memory_of(memarg) else { return false };
    let index = t.pop();
    let (at, offset) = address(t, memory, memarg.offset, index, bytes);
    let flags = heap(&mut t.b);
    let ins = t.b.ins();
    let value = match how {
        Whole => ins.load(ty, flags, at, offset),
        S8 => ins.sload8(ty, flags, at, offset),
        U8 => ins.uload8(ty, flags, at, offset),
        S16 => ins.sload16(ty, flags, at, offset),
        U16 => ins.uload16(ty, flags, at, offset),
        S32 => ins.sload32(flags, at, offset),
        U32 => ins.uload32(flags, at, offset),
    };
    t.stack.push(value);
    true
}

fn store(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let (memarg, bytes, whole) = match op {
        O::I32Store { memarg } | O::F32Store { memarg } => (memarg, 4, true),
        O::I64Store { memarg } | O::F64Store { memarg } => (memarg, 8, true),
        O::V128Store { memarg } => (memarg, 16, true),
        O::I32Store8 { memarg } | O::I64Store8 { memarg } => (memarg, 1, false),
        O::I32Store16 { memarg } | O::I64Store16 { memarg } => (memarg, 2, false),
        O::I64Store32 { memarg } => (memarg, 4, false),
        _ => return false,
    };
    let Some(memory) = memory_of(memarg) else { return false };
    let (index, value) = t.pop2();
    let (at, offset) = address(t, memory, memarg.offset, index, bytes);
    let flags = heap_store(&mut t.b);
    let ins = t.b.ins();
    match (whole, bytes) {
        (true, _) => ins.store(flags, value, at, offset),
        (false, 1) => ins.istore8(flags, value, at, offset),
        (false, 2) => ins.istore16(flags, value, at, offset),
        (false, _) => ins.istore32(flags, value, at, offset),
    };
    true
}

/// The memory that an access goes to; `None` for what is not a memory.
pub(crate) fn memory_of(memarg: &MemArg) -> Option<MemoryIndex> {
    match memarg.target {
        MemArgTarget::Memory(index) => Some(MemoryIndex::from_u32(index)),
        _ => None,
    }
}

/// The address of an access of `bytes` bytes, and a constant offset to add to it, after whatever check is needed.
///
/// Reserved memories need none while the constant offset stays within the guard: the access lands in the memory or
/// faults. Otherwise its end is compared with the length, and the address depends on how that comes out: a processor
/// that guesses goes to no place that the guest could choose (Spectre).
pub(crate) fn address(
    t: &mut Translator<'_, '_>,
    memory: MemoryIndex,
    offset: u64,
    index: Value,
    bytes: u64,
) -> (Value, i32) {
    let memory64 = t.env.memory_type(memory).memory64;
    let index = if memory64 { index } else { t.b.ins().uextend(I64, index) };
    let end = offset.checked_add(bytes);
    let unchecked = t.env.memory_style(memory) == MemoryStyle::Reserved && end.is_some_and(|end| end <= GUARD_BYTES);
    let outside = if unchecked { None } else { Some(check(t, memory, index, end)) };
    let outside = outside.filter(|_| internals::settings(t.env.module.engine()).heap_spectre_guards);
    let base = t.env.memory_base(&mut t.b, memory);
    let at = t.b.ins().iadd(base, index);
    // What stands in the instruction is added behind the guard, so that must stay within the first page.
    let farthest = if outside.is_some() { NULL_PAGE_BYTES as i32 - 16 } else { i32::MAX };
    let (at, offset) = match i32::try_from(offset) {
        Ok(offset) if offset < farthest => (at, offset),
        _ => {
            let offset = t.b.ins().iconst(I64, offset as i64);
            (t.b.ins().iadd(at, offset), 0)
        }
    };
    match outside {
        Some(outside) => (guarded(t, outside, at), offset),
        None => (at, offset),
    }
}

/// An address that has been compared with an end, or null while the processor only guesses that it lies before it.
pub(crate) fn guarded(t: &mut Translator<'_, '_>, outside: Value, at: Value) -> Value {
    let null = t.b.ins().iconst(I64, 0);
    t.b.ins().select_spectre_guard(outside, null, at)
}

/// Traps unless `index + end` is at most the memory's length; whether it is more. `end` is `None` where it is beyond 64
/// bits.
pub(crate) fn check(t: &mut Translator<'_, '_>, memory: MemoryIndex, index: Value, end: Option<u64>) -> Value {
    let code = crate::compile::env::trap_code(Trap::MemoryOutOfBounds);
    let Some(end) = end else {
        let always = t.b.ins().iconst(I32, 1);
        t.b.ins().trapnz(always, code);
        return always;
    };
    let end = t.b.ins().iconst(I64, end as i64);
    let beyond = if t.env.memory_type(memory).memory64 {
        t.b.ins().uadd_overflow_trap(index, end, code)
    } else {
        t.b.ins().iadd(index, end)
    };
    let len = t.env.memory_len(&mut t.b, memory);
    let outside = t.b.ins().icmp(IntCC::UnsignedGreaterThan, beyond, len);
    t.env.trap_if(&mut t.b, outside, Trap::MemoryOutOfBounds);
    outside
}

/// An address or length as runtime calls take it.
pub(crate) fn widen(t: &mut Translator<'_, '_>, value: Value) -> Value {
    match t.b.func.dfg.value_type(value) {
        I64 => value,
        _ => t.b.ins().uextend(I64, value),
    }
}

/// A number that a runtime call returned, as the guest's index type has it.
pub(crate) fn narrow(t: &mut Translator<'_, '_>, value: Value, wide: bool) -> Value {
    if wide { value } else { t.b.ins().ireduce(I32, value) }
}

/// A constant argument of a runtime call.
pub(crate) fn number(t: &mut Translator<'_, '_>, value: u32) -> Value {
    t.b.ins().iconst(I32, i64::from(value))
}

/// Makes a runtime call that returns a status, and leaves if it is not `Done`.
pub(crate) fn status_call(t: &mut Translator<'_, '_>, call: RuntimeCall, params: &[Type], args: &[Value]) {
    let call = Builtin { call, params, result: Some(WORD) };
    let status = t.env.builtin(&mut t.b, &call, args, t.offset).expect("the call has a result");
    t.env.check_status(&mut t.b, status, t.offset);
}

/// Makes a runtime call that returns a number, and leaves if that says `TRAPPED`.
pub(crate) fn number_call(t: &mut Translator<'_, '_>, call: RuntimeCall, params: &[Type], args: &[Value]) -> Value {
    let call = Builtin { call, params, result: Some(I64) };
    let value = t.env.builtin(&mut t.b, &call, args, t.offset).expect("the call has a result");
    let trapped = t.b.ins().iconst(I64, TRAPPED as i64);
    let failed = t.b.ins().icmp(IntCC::Equal, value, trapped);
    t.env.leave_if(&mut t.b, failed, t.offset);
    value
}

fn bulk(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::MemorySize { mem } => {
            let memory = MemoryIndex::from_u32(mem);
            let ty = t.env.memory_type(memory);
            let len = t.env.memory_len(&mut t.b, memory);
            let pages = t.b.ins().ushr_imm_u(len, i64::from(ty.page_size_log2));
            let pages = narrow(t, pages, ty.memory64);
            t.stack.push(pages);
        }
        O::MemoryGrow { mem } => {
            let delta = t.pop();
            let delta = widen(t, delta);
            let memory = number(t, mem);
            let old = number_call(t, call::memory_grow, &[I32, I64], &[memory, delta]);
            let wide = t.env.memory_type(MemoryIndex::from_u32(mem)).memory64;
            let old = narrow(t, old, wide);
            t.stack.push(old);
        }
        O::MemoryInit { data_index, mem } => {
            let args = t.pop_many(3);
            let at = widen(t, args[0]);
            let (memory, data) = (number(t, mem), number(t, data_index));
            let args = [memory, data, at, args[1], args[2]];
            status_call(t, call::memory_init, &[I32, I32, I64, I32, I32], &args);
        }
        O::DataDrop { data_index } => {
            let data = number(t, data_index);
            let call = Builtin { call: call::data_drop, params: &[I32], result: None };
            t.env.builtin(&mut t.b, &call, &[data], t.offset);
        }
        _ => return false,
    }
    true
}

fn global(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::GlobalGet { global_index } => {
            let index = GlobalIndex::from_u32(global_index);
            let ty = t.env.module.data().globals[index];
            let cells = t.env.global(&mut t.b, index);
            let flags = match ty.mutable {
                true => in_region(&mut t.b, Region::Global),
                false => MemFlagsData::trusted().with_readonly(),
            };
            let value = t.b.ins().load(clif_type(ty.content), flags, cells, 0);
            t.stack.push(value);
        }
        O::GlobalSet { global_index } => {
            let index = GlobalIndex::from_u32(global_index);
            let value = t.pop();
            let cells = t.env.global(&mut t.b, index);
            let flags = in_region(&mut t.b, Region::Global);
            t.b.ins().store(flags, value, cells, 0);
        }
        _ => return false,
    }
    true
}

//! Wasm operators → CLIF: atomic accesses, wait and notify.
//!
//! # Invariants
//! - An access beyond the memory traps as such even where its address is not aligned either, as in the interpreter.
//! - A narrow result is zero-extended. Of the operands of a narrow compare-exchange the low bits count.

use crate::compile::env::{heap, trap_code};
use crate::compile::translator::Translator;
use crate::compile::visit_memory::{address, check, memory_of, number, number_call, widen};
use coracle_error::Trap;
use coracle_vm::tier::builtin::call;
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, Type, Value};
use wasmparser::{MemArg, Operator as O};

/// Translates an atomic operator; false if it is none.
pub(crate) fn visit(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    access(t, op) || rmw(t, op) || cmpxchg(t, op) || park(t, op)
}

/// Loads, stores, fences.
fn access(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match op {
        O::I32AtomicLoad { memarg } => load(t, memarg, I32, I32),
        O::I32AtomicLoad8U { memarg } => load(t, memarg, I8, I32),
        O::I32AtomicLoad16U { memarg } => load(t, memarg, I16, I32),
        O::I64AtomicLoad { memarg } => load(t, memarg, I64, I64),
        O::I64AtomicLoad8U { memarg } => load(t, memarg, I8, I64),
        O::I64AtomicLoad16U { memarg } => load(t, memarg, I16, I64),
        O::I64AtomicLoad32U { memarg } => load(t, memarg, I32, I64),
        O::I32AtomicStore { memarg } | O::I64AtomicStore32 { memarg } => store(t, memarg, I32),
        O::I32AtomicStore8 { memarg } | O::I64AtomicStore8 { memarg } => store(t, memarg, I8),
        O::I32AtomicStore16 { memarg } | O::I64AtomicStore16 { memarg } => store(t, memarg, I16),
        O::I64AtomicStore { memarg } => store(t, memarg, I64),
        O::AtomicFence { .. } => {
            t.b.ins().fence();
            true
        }
        _ => false,
    }
}

fn rmw(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    macro_rules! table {
        ($($change:ident: $narrow32:ident $half32:ident $whole32:ident
            $narrow64:ident $half64:ident $word64:ident $whole64:ident;)*) => {
            match op {
                $(O::$narrow32 { memarg } => (memarg, AtomicRmwOp::$change, I8, I32),
                O::$half32 { memarg } => (memarg, AtomicRmwOp::$change, I16, I32),
                O::$whole32 { memarg } => (memarg, AtomicRmwOp::$change, I32, I32),
                O::$narrow64 { memarg } => (memarg, AtomicRmwOp::$change, I8, I64),
                O::$half64 { memarg } => (memarg, AtomicRmwOp::$change, I16, I64),
                O::$word64 { memarg } => (memarg, AtomicRmwOp::$change, I32, I64),
                O::$whole64 { memarg } => (memarg, AtomicRmwOp::$change, I64, I64),)*
                _ => return false,
            }
        };
    }
    let (memarg, change, width, ty) = table! {
        Add: I32AtomicRmw8AddU I32AtomicRmw16AddU I32AtomicRmwAdd
            I64AtomicRmw8AddU I64AtomicRmw16AddU I64AtomicRmw32AddU I64AtomicRmwAdd;
        Sub: I32AtomicRmw8SubU I32AtomicRmw16SubU I32AtomicRmwSub
            I64AtomicRmw8SubU I64AtomicRmw16SubU I64AtomicRmw32SubU I64AtomicRmwSub;
        And: I32AtomicRmw8AndU I32AtomicRmw16AndU I32AtomicRmwAnd
            I64AtomicRmw8AndU I64AtomicRmw16AndU I64AtomicRmw32AndU I64AtomicRmwAnd;
        Or: I32AtomicRmw8OrU I32AtomicRmw16OrU I32AtomicRmwOr
            I64AtomicRmw8OrU I64AtomicRmw16OrU I64AtomicRmw32OrU I64AtomicRmwOr;
        Xor: I32AtomicRmw8XorU I32AtomicRmw16XorU I32AtomicRmwXor
            I64AtomicRmw8XorU I64AtomicRmw16XorU I64AtomicRmw32XorU I64AtomicRmwXor;
        Xchg: I32AtomicRmw8XchgU I32AtomicRmw16XchgU I32AtomicRmwXchg
            I64AtomicRmw8XchgU I64AtomicRmw16XchgU I64AtomicRmw32XchgU I64AtomicRmwXchg;
    };
    let operand = pop_narrow(t, width);
    let Some(at) = place(t, memarg, width) else { return false };
    let flags = heap(&mut t.b);
    let old = t.b.ins().atomic_rmw(width, flags, change, at, operand);
    push_wide(t, old, ty);
    true
}

fn cmpxchg(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let (memarg, width, ty) = match op {
        O::I32AtomicRmw8CmpxchgU { memarg } => (memarg, I8, I32),
        O::I32AtomicRmw16CmpxchgU { memarg } => (memarg, I16, I32),
        O::I32AtomicRmwCmpxchg { memarg } => (memarg, I32, I32),
        O::I64AtomicRmw8CmpxchgU { memarg } => (memarg, I8, I64),
        O::I64AtomicRmw16CmpxchgU { memarg } => (memarg, I16, I64),
        O::I64AtomicRmw32CmpxchgU { memarg } => (memarg, I32, I64),
        O::I64AtomicRmwCmpxchg { memarg } => (memarg, I64, I64),
        _ => return false,
    };
    let new = pop_narrow(t, width);
    let expected = pop_narrow(t, width);
    let Some(at) = place(t, memarg, width) else { return false };
    let flags = heap(&mut t.b);
    let old = t.b.ins().atomic_cas(flags, at, expected, new);
    push_wide(t, old, ty);
    true
}

fn load(t: &mut Translator<'_, '_>, memarg: &MemArg, width: Type, ty: Type) -> bool {
    let Some(at) = place(t, memarg, width) else { return false };
    let flags = heap(&mut t.b);
    let value = t.b.ins().atomic_load(width, flags, at);
    push_wide(t, value, ty);
    true
}

fn store(t: &mut Translator<'_, '_>, memarg: &MemArg, width: Type) -> bool {
    let value = pop_narrow(t, width);
    let Some(at) = place(t, memarg, width) else { return false };
    let flags = heap(&mut t.b);
    t.b.ins().atomic_store(flags, value, at);
    true
}

fn pop_narrow(t: &mut Translator<'_, '_>, width: Type) -> Value {
    let value = t.pop();
    if t.b.func.dfg.value_type(value) == width { value } else { t.b.ins().ireduce(width, value) }
}

fn push_wide(t: &mut Translator<'_, '_>, value: Value, ty: Type) {
    let wide = if t.b.func.dfg.value_type(value) == ty { value } else { t.b.ins().uextend(ty, value) };
    t.stack.push(wide);
}

/// The address of an access, which is aligned; `None` for what is no access to a memory.
fn place(t: &mut Translator<'_, '_>, memarg: &MemArg, width: Type) -> Option<Value> {
    let memory = memory_of(memarg)?;
    let index = t.pop();
    let bytes = u64::from(width.bytes());
    if bytes > 1 {
        let wide = widen(t, index);
        let start = t.b.ins().iadd_imm_s(wide, memarg.offset as i64);
        let low = t.b.ins().band_imm_u(start, bytes as i64 - 1);
        let (odd, on) = (t.b.create_block(), t.b.create_block());
        t.b.set_cold_block(odd);
        t.b.ins().brif(low, odd, &[], on, &[]);
        t.b.seal_block(odd);
        t.b.seal_block(on);
        t.b.switch_to_block(odd);
        check(t, memory, wide, memarg.offset.checked_add(bytes));
        t.b.ins().trap(trap_code(Trap::HeapMisaligned));
        t.b.switch_to_block(on);
    }
    let (at, offset) = address(t, memory, memarg.offset, index, bytes);
    Some(if offset == 0 { at } else { t.b.ins().iadd_imm_s(at, i64::from(offset)) })
}

/// `memory.atomic.notify` and `memory.atomic.wait`: runtime calls.
fn park(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let (memarg, at, params, operands) = match op {
        O::MemoryAtomicNotify { memarg } => (memarg, call::atomic_notify, &[I32, I64, I32][..], 1),
        O::MemoryAtomicWait32 { memarg } => (memarg, call::atomic_wait32, &[I32, I64, I32, I64][..], 2),
        O::MemoryAtomicWait64 { memarg } => (memarg, call::atomic_wait64, &[I32, I64, I64, I64][..], 2),
        _ => return false,
    };
    let Some(memory) = memory_of(memarg) else { return false };
    let operands = t.pop_many(operands);
    let index = t.pop();
    let start = widen(t, index);
    let start = if memarg.offset == 0 {
        start
    } else {
        let offset = t.b.ins().iconst(I64, memarg.offset as i64);
        t.b.ins().uadd_overflow_trap(start, offset, trap_code(Trap::MemoryOutOfBounds))
    };
    let memory = number(t, memory.as_u32());
    let args = [&[memory, start], &operands[..]].concat();
    let result = number_call(t, at, params, &args);
    let result = t.b.ins().ireduce(I32, result);
    t.stack.push(result);
    true
}

//! Wasm operators → CLIF: copies and fills of memories, without the runtime where nothing has to be counted.
//!
//! Runs are compared with the memories' lengths here, and short ones are moved here; the others go to the C library.
//! Where fuel is counted, and for memories that other threads write, the runtime is called: it charges by the byte, and
//! goes byte by byte.

use crate::compile::env::{Region, address, in_region};
use crate::compile::sig::WORD;
use crate::compile::translator::Translator;
use crate::compile::visit_memory::{guarded, number, status_call, widen};
use coracle_error::Trap;
use coracle_image::entity::MemoryIndex;
use coracle_vm::internals;
use coracle_vm::tier::builtin::call;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8X16, I32, I64};
use cranelift_codegen::ir::{AbiParam, Block, InstBuilder, MemFlagsData, Signature, Type, Value};
use wasmparser::Operator as O;

/// Translates a copy or fill of memories; false if the operator is none.
pub(crate) fn visit(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::MemoryCopy { dst_mem, src_mem } => copy(t, dst_mem, src_mem),
        O::MemoryFill { mem } => fill(t, mem),
        _ => return false,
    }
    true
}

fn copy(t: &mut Translator<'_, '_>, dst_memory: u32, src_memory: u32) {
    let args: Vec<Value> = t.pop_many(3).into_iter().map(|v| widen(t, v)).collect();
    let [dst, src, len] = args[..] else { unreachable!("three operands") };
    let [to, from] = [dst_memory, src_memory].map(MemoryIndex::from_u32);
    if !is_plain(t, to) || !is_plain(t, from) {
        let args = [number(t, dst_memory), number(t, src_memory), dst, src, len];
        return status_call(t, call::memory_copy, &[I32, I32, I64, I64, I64], &args);
    }
    let (dst, src) = (run(t, to, dst, len), run(t, from, src, len));
    let done = t.b.create_block();
    for (least, ty) in [(8, I64), (16, I8X16)] {
        move_ends(t, [dst, src, len], (least, ty), done);
    }
    libc_call(t, libc::memmove as *const () as usize, &[WORD, WORD, WORD], &[dst, src, len]);
    t.b.ins().jump(done, &[]);
    t.b.switch_to_block(done);
    t.b.seal_block(done);
}

fn fill(t: &mut Translator<'_, '_>, memory: u32) {
    let args = t.pop_many(3);
    let (dst, byte, len) = (widen(t, args[0]), args[1], widen(t, args[2]));
    let index = MemoryIndex::from_u32(memory);
    if !is_plain(t, index) {
        let args = [number(t, memory), dst, byte, len];
        return status_call(t, call::memory_fill, &[I32, I64, I32, I64], &args);
    }
    let dst = run(t, index, dst, len);
    libc_call(t, libc::memset as *const () as usize, &[WORD, I32, WORD], &[dst, byte, len]);
}

/// Whether code may write a memory itself, many bytes at once.
fn is_plain(t: &Translator<'_, '_>, memory: MemoryIndex) -> bool {
    !t.env.memory_type(memory).shared && !internals::settings(t.env.module.engine()).fuel
}

/// The address of `len` bytes of a memory, or a trap; a processor that guesses goes to no other address (Spectre).
fn run(t: &mut Translator<'_, '_>, memory: MemoryIndex, index: Value, len: Value) -> Value {
    let code = crate::compile::env::trap_code(Trap::MemoryOutOfBounds);
    // Of a 32-bit memory both have 32 bits.
    let end = match t.env.memory_type(memory).memory64 {
        true => t.b.ins().uadd_overflow_trap(index, len, code),
        false => t.b.ins().iadd(index, len),
    };
    let bytes = t.env.memory_len(&mut t.b, memory);
    let outside = t.b.ins().icmp(IntCC::UnsignedGreaterThan, end, bytes);
    t.env.trap_if(&mut t.b, outside, Trap::MemoryOutOfBounds);
    let base = t.env.memory_base(&mut t.b, memory);
    let at = t.b.ins().iadd(base, index);
    match internals::settings(t.env.module.engine()).heap_spectre_guards {
        true => guarded(t, outside, at),
        false => at,
    }
}

/// Moves `least` to twice as many bytes by their two ends, which may overlap, as one value each, and goes to `done`; goes
/// on behind for other lengths.
fn move_ends(t: &mut Translator<'_, '_>, [dst, src, len]: [Value; 3], (least, ty): (i64, Type), done: Block) {
    let (here, other) = (t.b.create_block(), t.b.create_block());
    let beyond = t.b.ins().iadd_imm_s(len, -least);
    let fits = t.b.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, beyond, least);
    t.b.ins().brif(fits, here, &[], other, &[]);
    t.b.switch_to_block(here);
    t.b.seal_block(here);
    // The run was compared with the memory's length: nothing of it faults.
    let heap = in_region(&mut t.b, Region::Heap).alias_region();
    let flags = MemFlagsData::new().with_notrap().with_alias_region(heap);
    let ends = [src, dst].map(|at| (at, t.b.ins().iadd(at, beyond)));
    let first = t.b.ins().load(ty, flags, ends[0].0, 0);
    let last = t.b.ins().load(ty, flags, ends[0].1, 0);
    t.b.ins().store(flags, first, ends[1].0, 0);
    t.b.ins().store(flags, last, ends[1].1, 0);
    t.b.ins().jump(done, &[]);
    t.b.switch_to_block(other);
    t.b.seal_block(other);
}

/// Calls a function of the C library whose result nobody wants.
fn libc_call(t: &mut Translator<'_, '_>, function: usize, params: &[Type], args: &[Value]) {
    let mut signature = Signature::new(t.env.host);
    signature.params.extend(params.iter().map(|&ty| AbiParam::new(ty)));
    signature.returns.push(AbiParam::new(WORD));
    let signature = t.b.import_signature(signature);
    let callee = address(&mut t.b, function);
    t.b.ins().call_indirect(signature, callee, args);
}

//! A validated body → code: one pass, no recursion.
//!
//! Wasm's operand stack is played through at translation time (`stack`): `local.get` and constants push only a note of
//! what they are, and the op that pops them names the local's slot or carries the immediate. A value that an op
//! computes goes to the slot that belongs to its place on the stack, its *canonical* slot, unless the next op wants it
//! in a local or takes it from the accumulator (`emit`). Where ways join (`control`), values lie in canonical slots.
//! Code that cannot be reached is skipped, not translated.
//!
//! # Invariants
//! - T1. Slots that ops name are below the frame's size.
//! - T2. A note of a local on the operand stack is replaced by a copy before the local is written, and before a block
//!   begins; so no note is older than the innermost label.
//! - T3. `last` and what the accumulators hold are forgotten at every label.
//! - T4. Translation depends on the body, the module and the engine's settings alone, so translating again gives the
//!   same code; [`offsets`] rest on it.

mod access;
mod body;
mod call;
mod combine;
mod control;
mod emit;
mod fuel;
mod func;
mod fuse;
mod heat;
mod inline;
#[cfg_attr(not(feature = "inspect"), path = "translate/named_off.rs")]
mod named;
mod operand;
mod read;
mod stack;
mod visit;
#[cfg_attr(not(feature = "threads"), path = "translate/visit_atomic_off.rs")]
mod visit_atomic;
mod visit_exception;
mod visit_float;
mod visit_memory;
mod visit_rare;
#[cfg_attr(not(feature = "simd"), path = "translate/visit_simd_off.rs")]
mod visit_simd;
mod zero;

use crate::code::Code;
#[cfg(op_forms)]
use crate::code::HEAD_WORDS;
#[cfg(op_forms)]
use crate::code::Handler;
#[cfg(verify_code)]
use crate::verify::{Finished, verify};
#[cfg(op_forms)]
use alloc::vec::Vec;
use body::operators;
use coracle_error::Result;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::body::FuncBody;
use coracle_vm::module::Module;
use coracle_vm::tier::{LoopHead, OpOffsets};
#[cfg(op_forms)]
pub(crate) use func::Machine;
use func::{Func, Purpose, malformed, no_memory};
use wasmparser::{BinaryReader, FunctionBody};

/// Code as the printer takes it: op numbers in the place of handlers.
#[cfg(feature = "inspect")]
pub(crate) struct Listing {
    pub(crate) ops: Vec<u64>,
    pub(crate) frame_cells: usize,
}

/// Translates a function.
pub(crate) fn translate(module: &Module, func: DefinedFuncIndex) -> Result<Code> {
    #[cfg(verify_code)]
    look(module, func)?;
    let func = run(module, func, Purpose::Run)?;
    let frame = func.frame_cells();
    let inlines = !func.inlined.is_empty();
    Code::new(func.words, func.slot, frame, &func.finished_handlers, inlines).ok_or_else(no_memory)
}

/// Translates a function as it will be, with op numbers, and looks at that. Whatever is wrong is our bug, and loud.
#[cfg(verify_code)]
fn look(module: &Module, func: DefinedFuncIndex) -> Result<()> {
    let made = run(module, func, Purpose::Print)?;
    let at = made.body.offset;
    if let Some((op, name)) = made.misplaced {
        panic!("the code of {func:?}, at offset {at:#x}: op {op:#x} has another operand in the turn of {name:?}");
    }
    let ops = &made.words[HEAD_WORDS..];
    let code = Finished { ops, frame_cells: made.frame_cells(), handlers: &made.finished_handlers };
    if let Err(wrong) = verify(code) {
        panic!("the code of {func:?}, at offset {at:#x}: {wrong}");
    }
    Ok(())
}

/// Translates a function to be shown.
#[cfg(feature = "inspect")]
pub(crate) fn for_print(module: &Module, func: DefinedFuncIndex) -> Result<Listing> {
    let func = run(module, func, Purpose::Print)?;
    let frame_cells = func.frame_cells();
    Ok(Listing { ops: func.words[HEAD_WORDS..].into(), frame_cells })
}

/// Code to be run elsewhere, with op numbers and without its head.
#[cfg(op_forms)]
pub(crate) struct Plain {
    pub(crate) words: Vec<u64>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) frame_cells: usize,
    /// Where ops come from.
    pub(crate) offsets: Vec<(u32, u32)>,
    /// Where the body begins.
    pub(crate) start: u32,
}

/// Translates a function for such a machine.
#[cfg(op_forms)]
pub(crate) fn plain(module: &Module, func: DefinedFuncIndex, machine: Machine) -> Result<Plain> {
    let func = run(module, func, Purpose::Prepare(machine))?;
    let (frame_cells, start) = (func.frame_cells(), func.body.offset as u32);
    Ok(Plain { words: func.words, handlers: func.finished_handlers, frame_cells, offsets: func.offsets, start })
}

/// Where in the module's binary a function's ops come from, for [`Offsets`](crate::code::Offsets): translates it once
/// more.
pub(crate) fn offsets(module: &Module, func: DefinedFuncIndex) -> Option<OpOffsets> {
    let Func { offsets, inlined, prepaid, .. } = run(module, func, Purpose::Offsets).ok()?;
    Some(OpOffsets { ops: offsets, inlined, prepaid })
}

/// Where everything lies at the head of a loop.
pub(crate) fn loop_head(module: &Module, func: DefinedFuncIndex, index: u32) -> Option<LoopHead> {
    run(module, func, Purpose::Head(index)).ok()?.head
}

fn run<'a>(module: &'a Module, defined: DefinedFuncIndex, purpose: Purpose) -> Result<Func<'a>> {
    let body = FuncBody::of(module, defined);
    let reader = FunctionBody::new(BinaryReader::new(body.bytes, body.offset as u64));
    let mut func = Func::new(body, purpose)?;
    for group in reader.get_locals_reader().map_err(malformed)? {
        let (count, ty) = group.map_err(malformed)?;
        func.declare(count, ty == wasmparser::ValType::V128)?;
    }
    func.make_room()?;
    func.make_more_room()?;
    func.begin()?;
    let ops = reader.get_binary_reader_for_operators().map_err(malformed)?;
    operators(&mut func, ops)?;
    func.end_fuel()?;
    func.end_zeros();
    Ok(func)
}

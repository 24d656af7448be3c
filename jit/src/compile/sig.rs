//! Signatures: the native convention, the array convention, and what they have in common.
//!
//! Native: Cranelift's `tail` convention with the callee's context, the caller's context, then the wasm parameters;
//! the wasm results come back in registers. Results that do not fit in registers on every machine go through memory:
//! the last parameter then points to cells for them, and nothing is returned.

use crate::compile::refusal::Refusal;
use coracle_image::module::{FuncType, ValType};
use cranelift_codegen::ir::{AbiParam, ArgumentPurpose, Signature, Type, types};
use cranelift_codegen::isa::CallConv;

/// Pointers, and cells.
pub(crate) const WORD: Type = types::I64;
/// Bytes of a cell.
pub(crate) const CELL: i32 = 8;
/// Cells of parameters or results that a function may have to be compiled: 2 KiB.
const STUB_CELLS: u32 = 256;
/// Results of one function that come back in registers.
const RESULTS_IN_REGISTERS: usize = 6;

/// The type that holds a wasm value; references are their cells.
pub(crate) fn clif_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => types::I32,
        ValType::I64 | ValType::Ref(_) => types::I64,
        ValType::F32 => types::F32,
        ValType::F64 => types::F64,
        ValType::V128 => types::I8X16,
    }
}

/// Whether results of this type go through memory.
pub(crate) fn results_in_memory(ty: &FuncType) -> bool {
    ty.results.len() > RESULTS_IN_REGISTERS
}

/// Refuses functions of a type with so many values that its stubs' frames count.
///
/// A stub does not look at the stack's limit: bodies do, and leave enough for what stubs need.
pub(crate) fn check(ty: &FuncType) -> Result<(), Refusal> {
    match ty.param_cells().max(ty.result_cells()) {
        0..=STUB_CELLS => Ok(()),
        cells => Err(Refusal::new(format_args!("parameters or results take {cells} cells, {STUB_CELLS} are compiled"))),
    }
}

fn native_with(ty: &FuncType, extra: &[Type]) -> Signature {
    let mut sig = Signature::new(CallConv::Tail);
    sig.params.push(AbiParam::special(WORD, ArgumentPurpose::VMContext));
    sig.params.push(AbiParam::new(WORD));
    sig.params.extend(extra.iter().map(|&ty| AbiParam::new(ty)));
    sig.params.extend(ty.params.iter().map(|&ty| AbiParam::new(clif_type(ty))));
    finish_results(&mut sig, ty);
    sig
}

fn finish_results(sig: &mut Signature, ty: &FuncType) {
    if results_in_memory(ty) {
        sig.params.push(AbiParam::new(WORD));
    } else {
        sig.returns.extend(ty.results.iter().map(|&ty| AbiParam::new(clif_type(ty))));
    }
}

/// A function body: callee, caller, parameters.
pub(crate) fn native(ty: &FuncType) -> Signature {
    native_with(ty, &[])
}

/// A bounce to the array convention: callee, caller, slot, parameters.
pub(crate) fn bounce(ty: &FuncType) -> Signature {
    native_with(ty, &[WORD])
}

/// A body that is entered in the middle: callee, caller, cells.
pub(crate) fn osr(ty: &FuncType) -> Signature {
    let mut sig = Signature::new(CallConv::Tail);
    sig.params.push(AbiParam::special(WORD, ArgumentPurpose::VMContext));
    sig.params.push(AbiParam::new(WORD));
    sig.params.push(AbiParam::new(WORD));
    finish_results(&mut sig, ty);
    sig
}

/// A question to the store, which keeps every register: the context.
pub(crate) fn ask() -> Signature {
    let mut sig = Signature::new(CallConv::PreserveAll);
    sig.params.push(AbiParam::special(WORD, ArgumentPurpose::VMContext));
    sig
}

/// The array convention: slot, callee, store, caller, cells; a status.
pub(crate) fn array(host: CallConv) -> Signature {
    let mut sig = Signature::new(host);
    sig.params.extend([AbiParam::new(WORD); 5]);
    sig.returns.push(AbiParam::new(WORD));
    sig
}

/// The offset of each value among cells, in bytes.
pub(crate) fn cell_offsets(types: &[ValType]) -> impl Iterator<Item = (ValType, i32)> {
    types.iter().scan(0, |at, &ty| {
        let offset = *at;
        *at += ty.cells() as i32 * CELL;
        Some((ty, offset))
    })
}

//! Entry in front of a hot loop: an OSR function takes a frame of the interpreter over.
//!
//! The function is entered with the frame's cells and reads each local and each operand from where the interpreter
//! says that it lies at the loop head. What follows is ordinary translation (`visit`).

use crate::compile::env::cell;
use crate::compile::sig::CELL;
use coracle_vm::tier::{CellLoc, LoopHead};
use cranelift_codegen::ir::immediates::{Ieee32, Ieee64};
use cranelift_codegen::ir::types::{F32, F64, I32};
use cranelift_codegen::ir::{Block, InstBuilder, Type, Value};
use cranelift_frontend::FunctionBuilder;

/// The loop that is entered, and where.
pub(crate) struct OsrHead<'a> {
    /// The loop, and where values lie.
    pub(crate) head: &'a LoopHead,
    /// The block that the function's entry has jumped to; filled when the loop is met.
    pub(crate) start: Block,
    /// The frame.
    pub(crate) cells: Value,
}

impl OsrHead<'_> {
    /// One value of the frame.
    pub(crate) fn load(&self, b: &mut FunctionBuilder<'_>, at: CellLoc, ty: Type) -> Value {
        match at {
            CellLoc::Cell(place) => {
                let flags = cell(b, ty).with_alias_region(None);
                let offset = i64::from(place) * i64::from(CELL);
                match i32::try_from(offset) {
                    Ok(offset) => b.ins().load(ty, flags, self.cells, offset),
                    Err(_) => {
                        let at = b.ins().iadd_imm_s(self.cells, offset);
                        b.ins().load(ty, flags, at, 0)
                    }
                }
            }
            CellLoc::Imm(bits) => match ty {
                F32 => b.ins().f32const(Ieee32::with_bits(bits as u32)),
                F64 => b.ins().f64const(Ieee64::with_bits(bits)),
                I32 => b.ins().iconst(I32, i64::from(bits as u32)),
                ty if ty.is_vector() => {
                    let constant = b.func.dfg.constants.insert(u128::from(bits).to_le_bytes().as_slice().into());
                    b.ins().vconst(ty, constant)
                }
                ty => b.ins().iconst(ty, bits as i64),
            },
        }
    }
}

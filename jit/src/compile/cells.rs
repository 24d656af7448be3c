//! Values in cells of the task's stack, and out of them.

use crate::compile::env::cell;
use crate::compile::sig::{cell_offsets, clif_type};
use coracle_image::module::ValType;
use cranelift_codegen::ir::{InstBuilder, Value};
use cranelift_frontend::FunctionBuilder;

/// Stores values to cells, one after the other.
pub(crate) fn store_cells(b: &mut FunctionBuilder<'_>, types: &[ValType], values: &[Value], cells: Value) {
    for ((ty, offset), &value) in cell_offsets(types).zip(values) {
        let flags = cell(b, clif_type(ty));
        b.ins().store(flags, value, cells, offset);
    }
}

/// Loads values from cells, one after the other.
pub(crate) fn load_cells(b: &mut FunctionBuilder<'_>, types: &[ValType], cells: Value) -> Vec<Value> {
    let load = |(ty, offset)| {
        let ty = clif_type(ty);
        let flags = cell(b, ty);
        b.ins().load(ty, flags, cells, offset)
    };
    cell_offsets(types).map(load).collect()
}

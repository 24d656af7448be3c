//! Which operator a fault belongs to.
//!
//! Cranelift may make one machine instruction of a load and of a pure instruction that takes what is loaded; it stands
//! at the place of the latter, and the interpreter's trap at that of the load. Only the load that is the last effect in
//! front of a pure instruction can go into it. So each pure instruction gets the place of the load in front of it:
//! its own is of no use, for it cannot trap.
//!
//! # Invariants
//! - Runs behind Cranelift's optimizer, which moves and makes pure instructions, and in front of its lowering.
//! - Instructions with an effect keep their places. What would take a load in has flags that forbid it (`heap_store`).

use cranelift_codegen::ir::{Function, Inst, Opcode};

/// Gives each pure instruction the place of the load that may go into it.
pub(crate) fn of_loads(func: &mut Function) {
    for block in func.layout.blocks().collect::<Vec<_>>() {
        let mut load = None;
        for inst in func.layout.block_insts(block).collect::<Vec<_>>() {
            if has_effect(func, inst) {
                load = (func.dfg.insts[inst].opcode() == Opcode::Load).then(|| func.srcloc(inst));
            } else if let Some(place) = load {
                func.set_srcloc(inst, place);
            }
        }
    }
}

/// Whether no load goes past it.
fn has_effect(func: &Function, inst: Inst) -> bool {
    let op = func.dfg.insts[inst].opcode();
    op.can_load()
        || op.can_store()
        || op.can_trap()
        || op.is_call()
        || op.is_terminator()
        || op.is_branch()
        || op.other_side_effects()
}

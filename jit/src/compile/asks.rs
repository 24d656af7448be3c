//! Questions to the store that hardly ever have to be put: whether a guest that has no fuel left, or whose epoch is over,
//! may go on.
//!
//! A body says where it asks by a conditional trap. Here each becomes a branch to a block that stands out of the way and
//! calls a stub (`bounce::ask`), whose convention keeps every register, and comes back: the code around is as if nothing
//! were there. To make these blocks while a body is translated would have each of its variables joined behind each of
//! them, which took longer than all else.
//!
//! # Invariants
//! - Q1. Behind the end of an epoch everything is read again, since the embedder's function may have changed it: those
//!   branches are made in front of the optimizer. Out of fuel nobody but an executor runs, which cannot reach the store:
//!   those are made behind it, and loads in front of them are as good behind them.
//! - Q2. The stub is told the context of the function that is compiled; all that meet in it are of one store. What
//!   operator asks it finds by the address to which it returns (`trap::stopped`).

use crate::compile::env::trap_code;
use coracle_error::Trap;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{FuncRef, Function, Inst, InstBuilder, InstructionData, Opcode, TrapCode};

/// What the trap of a body says that has less fuel than the block costs that it enters.
pub(crate) const FUEL: TrapCode = trap_code(Trap::OutOfFuel);
/// What it says when the epoch is over.
pub(crate) const EPOCH: TrapCode = trap_code(Trap::Interrupt);

/// The stubs that a body asks, where it does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asks {
    pub(crate) fuel: Option<FuncRef>,
    pub(crate) epoch: Option<FuncRef>,
}

impl Asks {
    /// Makes branches of the traps at the end of an epoch: in front of the optimizer (Q1).
    pub(crate) fn about_epochs(&self, func: &mut Function) {
        if let Some(stub) = self.epoch {
            branches(func, EPOCH, stub);
        }
    }

    /// Makes branches of the traps that end the fuel: behind the optimizer (Q1). Whether there were any.
    pub(crate) fn about_fuel(&self, func: &mut Function) -> bool {
        self.fuel.is_some_and(|stub| branches(func, FUEL, stub))
    }
}

/// Makes branches of all conditional traps with that code; whether there were any.
fn branches(func: &mut Function, code: TrapCode, stub: FuncRef) -> bool {
    let asks = |func: &Function, inst: Inst| {
        let data = func.dfg.insts[inst];
        data.opcode() == Opcode::Trapnz && data.trap_code() == Some(code)
    };
    let blocks = func.layout.blocks();
    let all: Vec<Inst> =
        blocks.flat_map(|block| func.layout.block_insts(block)).filter(|&inst| asks(func, inst)).collect();
    all.iter().for_each(|&inst| branch(func, inst, stub));
    !all.is_empty()
}

/// Makes a branch of one.
fn branch(func: &mut Function, inst: Inst, stub: FuncRef) {
    let InstructionData::CondTrap { arg: over, .. } = func.dfg.insts[inst] else { return };
    let (Some(block), Some(entry)) = (func.layout.inst_block(inst), func.layout.entry_block()) else { return };
    let ctx = func.dfg.block_params(entry)[0];
    let place = func.srcloc(inst);
    let (ask, on) = (func.dfg.make_block(), func.dfg.make_block());
    func.layout.split_block(on, inst);
    func.layout.remove_inst(inst);
    func.layout.append_block(ask);
    func.layout.set_cold(ask);
    if func.layout.is_cold(block) {
        func.layout.set_cold(on);
    }
    let mut cursor = FuncCursor::new(func).with_srcloc(place);
    cursor.goto_bottom(block);
    cursor.ins().brif(over, ask, &[], on, &[]);
    cursor.goto_bottom(ask);
    cursor.ins().call(stub, &[ctx]);
    cursor.ins().jump(on, &[]);
}

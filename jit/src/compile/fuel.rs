//! Fuel and epochs: charged and looked at where the interpreter does (`tier/fuel`).
//!
//! # Invariants
//! - A block's cost is charged in front of its first operator, as a constant that is filled in when the block ends.
//!   The counter lies in memory, so a fault loses none.

use crate::compile::env::{Builtin, Region, fixed, in_region};
use crate::compile::sig::WORD;
use crate::compile::translator::{FuelBlock, Translator};
use coracle_image::fuel::cost;
use coracle_vm::internals;
use coracle_vm::tier::VmStore;
use coracle_vm::tier::builtin::{RuntimeCall, call};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, InstructionData, MemFlagsData, Opcode, Value, types};
use std::mem::offset_of;
use wasmparser::Operator;

impl Translator<'_, '_> {
    /// Ends the fuel block at hand and begins the next.
    pub(crate) fn cut(&mut self) {
        self.close_fuel();
        self.open_fuel();
    }

    /// Begins a fuel block.
    pub(crate) fn open_fuel(&mut self) {
        if !internals::settings(self.env.module.engine()).fuel {
            return;
        }
        let store = self.env.store(&mut self.b);
        let flags = in_region(&mut self.b, Region::Vm);
        let at = offset_of!(VmStore, fuel) as i32;
        let left = self.b.ins().load(types::I64, flags, store, at);
        let charge = self.b.ins().iconst(types::I64, 0);
        let left = self.b.ins().isub(left, charge);
        self.b.ins().store(flags, left, store, at);
        let empty = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0);
        self.ask_if(empty, call::out_of_fuel);
        let constant = self.b.func.dfg.value_def(charge).inst().expect("an instruction made it");
        self.fuel = Some(FuelBlock { constant, cost: 0 });
    }

    /// Ends the fuel block at hand: its cost is known.
    pub(crate) fn close_fuel(&mut self) {
        if let Some(block) = self.fuel.take() {
            let imm = i64::from(block.cost).into();
            self.b.func.dfg.insts[block.constant] = InstructionData::UnaryImm { opcode: Opcode::Iconst, imm };
        }
    }

    /// Counts an operator.
    pub(crate) fn charge_operator(&mut self, op: &Operator<'_>) {
        if self.fuel.is_some() {
            let set = &internals::settings(self.env.module.engine()).operator_cost;
            let charge = set.as_ref().map_or_else(|| cost(op), |costs| costs.cost(op));
            self.charge(charge);
        }
    }

    /// Counts what something costs.
    pub(crate) fn charge(&mut self, cost: u32) {
        if let Some(block) = &mut self.fuel {
            block.cost = block.cost.saturating_add(cost);
        }
    }

    /// Looks whether the epoch is over, where the engine has epochs.
    pub(crate) fn look_at_epoch(&mut self) {
        if !internals::settings(self.env.module.engine()).epochs {
            return;
        }
        let store = self.env.store(&mut self.b);
        let epoch = self.b.ins().load(WORD, fixed(), store, offset_of!(VmStore, epoch) as i32);
        // Atomic, so that no two looks are made one.
        let now = self.b.ins().atomic_load(WORD, MemFlagsData::trusted(), epoch);
        let flags = in_region(&mut self.b, Region::Vm);
        let deadline = self.b.ins().load(WORD, flags, store, offset_of!(VmStore, epoch_deadline) as i32);
        let over = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, now, deadline);
        self.ask_if(over, call::new_epoch);
    }

    /// Makes a runtime call that lets the guest go on or stops it, if `condition`.
    fn ask_if(&mut self, condition: Value, call: RuntimeCall) {
        let (ask, on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(ask);
        self.b.ins().brif(condition, ask, &[], on, &[]);
        self.b.seal_block(ask);
        self.b.switch_to_block(ask);
        let call = Builtin { call, params: &[], result: Some(WORD) };
        let status = self.env.builtin(&mut self.b, &call, &[], self.offset).expect("the call has a result");
        self.env.check_status(&mut self.b, status, self.offset);
        self.b.ins().jump(on, &[]);
        self.b.seal_block(on);
        self.b.switch_to_block(on);
    }
}

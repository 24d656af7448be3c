//! Fuel and epochs: charged and looked at where the interpreter does (`tier/fuel`).
//!
//! While native code runs, what is left of the fuel is in a register of its own, which nobody else has (Cranelift's
//! *pinned* one): a block takes its cost from it and looks whether it is below zero. So charges do not wait for memory,
//! calls between native functions have nothing to put down or take up, and a fault finds the count in the register.
//! Where no fuel is counted, the epoch at which the guest is asked is there.
//!
//! A charge ends no block while a body is translated: it is a conditional trap, and becomes a branch to a call that
//! stands out of the way (`asks`) when the optimizer is through. The stub that is called keeps every register.
//!
//! # Invariants
//! - F1. The store's own count of fuel is out of date while native code runs. Whatever leaves it, or lets somebody look at the
//!   store, writes the count back first; whoever comes back reads it again. Those are array stubs, bounces, runtime
//!   calls, landings of exceptions, and the signal handler (`trap`). A deadline is never written back, only read again.
//! - F2. A block's cost is charged in front of its first operator that does or costs anything, as a constant that is
//!   filled in when the block ends; operators that only structure the code, which many blocks have alone, cost nothing.
//!
//! # Rejected
//! - The count in memory: the charges of a loop wait for each other, and every look at it was a call that took all
//!   registers, so compiled code was 1.6 times as slow with fuel, and compilation four times.
//! - The count as a value in each function: every call writes and reads it, and every block that can trap writes it.

use crate::compile::asks::{Asks, EPOCH, FUEL};
use crate::compile::env::{Pinned, Region, in_region};
use crate::compile::inlinees::{each_operator, is_call};
use crate::compile::links::{Stub, func_ref, no_values};
use crate::compile::refusal::Refusal;
use crate::compile::sig::{self, WORD};
use crate::compile::translator::{FuelBlock, Translator};
use coracle_image::fuel::cost;
use coracle_image::module::EntityIndex;
use coracle_vm::internals;
use coracle_vm::tier::VmStore;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{FuncRef, InstBuilder, InstructionData, Opcode};
use std::mem::offset_of;
use wasmparser::Operator;

impl Translator<'_, '_> {
    /// Names the stubs that this body may ask.
    pub(crate) fn begin_asks(&mut self) -> Result<(), Refusal> {
        let settings = internals::settings(self.env.module.engine());
        let (fuel, epochs) = (settings.fuel, settings.epochs);
        self.asks = Asks { fuel: self.ask(Stub::OutOfFuel, fuel)?, epoch: self.ask(Stub::NewEpoch, epochs)? };
        Ok(())
    }

    fn ask(&mut self, stub: Stub, wanted: bool) -> Result<Option<FuncRef>, Refusal> {
        if !wanted {
            return Ok(None);
        }
        let id = self.links.stub(stub, &no_values())?;
        Ok(Some(func_ref(self.b.func, id, sig::ask())))
    }

    /// Reads the count again where no way from the code in front has kept it (F1).
    pub(crate) fn take_up_fuel(&mut self) {
        let pinned = Pinned::of(self.env.module);
        if pinned != Pinned::Nothing {
            let store = self.env.store(&mut self.b);
            pinned.take_up(&mut self.b, store);
        }
    }

    /// Ends the fuel block at hand and begins the next.
    pub(crate) fn cut(&mut self) {
        self.close_fuel();
        self.open_fuel();
    }

    /// Begins a fuel block.
    pub(crate) fn open_fuel(&mut self) {
        if self.asks.fuel.is_some() {
            self.fuel = Some(FuelBlock { offset: self.offset, constant: None, cost: 0 });
        }
    }

    /// Ends the fuel block at hand: its cost is known.
    pub(crate) fn close_fuel(&mut self) {
        if let Some(FuelBlock { constant: Some(constant), cost, .. }) = self.fuel.take() {
            let imm = i64::from(cost).into();
            self.b.func.dfg.insts[constant] = InstructionData::UnaryImm { opcode: Opcode::Iconst, imm };
        }
    }

    /// Counts an operator.
    pub(crate) fn charge_operator(&mut self, op: &Operator<'_>) {
        if self.fuel.is_some() {
            let set = &internals::settings(self.env.module.engine()).operator_cost;
            let charge = set.as_ref().map_or_else(|| cost(op), |costs| costs.cost(op));
            self.charge(charge);
            // What does something may be free where the embedder has set the costs.
            if cost(op) > 0 {
                self.pay();
            }
        }
    }

    /// Counts what something costs.
    pub(crate) fn charge(&mut self, cost: u32) {
        let Some(block) = &mut self.fuel else { return };
        block.cost = block.cost.saturating_add(cost);
        if cost > 0 {
            self.pay();
        }
    }

    /// Takes the cost of the block at hand from what is left, unless that is done (F2).
    fn pay(&mut self) {
        let Some(FuelBlock { offset, constant: None, .. }) = self.fuel else { return };
        let at = std::mem::replace(&mut self.offset, offset);
        self.set_place();
        let left = self.b.ins().get_pinned_reg(WORD);
        let charge = self.b.ins().iconst(WORD, 0);
        let constant = self.b.func.dfg.value_def(charge).inst();
        let left = self.b.ins().isub(left, charge);
        self.b.ins().set_pinned_reg(left);
        let empty = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0);
        self.b.ins().trapnz(empty, FUEL);
        self.offset = at;
        self.set_place();
        if let Some(block) = &mut self.fuel {
            block.constant = constant;
        }
    }

    /// Whether the body at hand need not look at the epoch where it begins: it has no loop and calls nothing, and its
    /// module does not export it, or it stands in the place of a call, so that whoever calls has looked.
    pub(crate) fn is_looked_after(&self) -> bool {
        let ends_soon = |op: &Operator<'_>| !matches!(op, Operator::Loop { .. }) && !is_call(op);
        if self.asks.epoch.is_none() || !each_operator(&self.body, ends_soon) {
            return false;
        }
        let (module, func) = (self.body.module, self.body.func);
        // Most functions are not referred to, which is found out faster.
        let is_exported = || module.data().exports.iter().any(|(_, item)| *item == EntityIndex::Func(func));
        self.env.call != 0 || module.func_ref(func).is_none() || !is_exported()
    }

    /// Looks whether the epoch is over, where the engine has epochs.
    pub(crate) fn look_at_epoch(&mut self) {
        if self.asks.epoch.is_none() {
            return;
        }
        // Where both are over it is the fuel, as in the interpreter.
        self.pay();
        let deadline = match Pinned::of(self.env.module) {
            Pinned::Deadline => self.b.ins().get_pinned_reg(WORD),
            Pinned::Nothing | Pinned::Fuel => {
                let store = self.env.store(&mut self.b);
                let flags = in_region(&mut self.b, Region::Vm);
                self.b.ins().load(WORD, flags, store, offset_of!(VmStore, epoch_deadline) as i32)
            }
        };
        // Behind each look stands a call, so that no two are made one; and one instruction loads and compares.
        let epoch = self.env.epoch(&mut self.b);
        let flags = in_region(&mut self.b, Region::Vm);
        let now = self.b.ins().load(WORD, flags, epoch, 0);
        let over = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, deadline, now);
        self.b.ins().trapnz(over, EPOCH);
    }
}

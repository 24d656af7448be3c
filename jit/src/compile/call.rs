//! Calls: direct, through a slot, indirect, tail calls.
//!
//! A function that has native code in this module is called directly. Any other goes through its slot: its native
//! entry if there is one by now, else a bounce to the array convention. A reference keeps the native entry that it led to
//! the last time, so that a call of it needs its slot once.

use crate::compile::cells::load_cells;
use crate::compile::env::trap_code;
use crate::compile::inlinees::Inlinee;
use crate::compile::links::{Stub, func_ref};
use crate::compile::refusal::Refusal;
use crate::compile::sig::{self, CELL, WORD, clif_type, results_in_memory};
use crate::compile::translator::{Translator, block_args, types};
use crate::compile::visit_exception::Callee;
use crate::compile::visit_reference::{element, element_flags};
use coracle_error::Trap;
use coracle_error::shared::Arc;
use coracle_image::entity::{FuncIndex, SigId, TableIndex, TypeIndex};
use coracle_image::module::{FuncType, HeapType};
use coracle_vm::internals;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Signature, StackSlotData, StackSlotKind, Value};
use cranelift_module::FuncId;
use wasmparser::Operator as O;

/// What is called.
enum Target {
    /// A native entry of this module and this instance.
    Direct(FuncId),
    /// Whatever the slot has, in that context. As far as anybody knows it is a function of the host's, or not.
    Slot { slot: Value, callee: Value, of_host: bool },
    /// What a reference leads to, if it is of the type that is asked for; the trap where it is null.
    Reference { func_ref: Value, checked: bool, null: Trap },
}

/// Two ways to make a call, and where they join.
struct Ways {
    hot: Block,
    cold: Block,
    join: Block,
}

/// A call to be made.
struct Call<'a> {
    target: Target,
    sig: SigId,
    ty: Arc<FuncType>,
    tail: bool,
    /// What may stand in its place.
    inlinee: Option<&'a Inlinee>,
}

impl<'a> Translator<'a, '_> {
    /// Translates a call; false if the operator is none.
    pub(crate) fn call(&mut self, op: &O<'_>) -> Result<bool, Refusal> {
        let (call, tail) = match *op {
            O::Call { function_index } => (self.call_function(function_index), false),
            O::ReturnCall { function_index } => (self.call_function(function_index), true),
            O::CallIndirect { type_index, table_index } => (self.call_table(type_index, table_index), false),
            O::ReturnCallIndirect { type_index, table_index } => (self.call_table(type_index, table_index), true),
            O::CallRef { type_index } => (self.call_reference(type_index), false),
            O::ReturnCallRef { type_index } => (self.call_reference(type_index), true),
            _ => return Ok(false),
        };
        self.make_call(&Call { tail, ..call })?;
        Ok(true)
    }

    fn call_function(&mut self, index: u32) -> Call<'a> {
        let func = FuncIndex::from_u32(index);
        let module = self.env.module;
        let sig = module.data().funcs[func];
        let target = match module.defined(func) {
            None => {
                let (slot, callee) = self.env.import(&mut self.b, func);
                Target::Slot { slot, callee, of_host: module.is_linked_to_host(func) }
            }
            Some(defined) => match self.links.direct(defined).filter(|_| self.is_home()) {
                Some(id) => Target::Direct(id),
                None => {
                    let slot = self.env.own_slot(&mut self.b, defined);
                    Target::Slot { slot, callee: self.env.ctx, of_host: false }
                }
            },
        };
        let ty = internals::func_type(module.engine(), sig);
        Call { target, sig, ty, tail: false, inlinee: self.inlinee(func) }
    }

    fn call_table(&mut self, type_index: u32, table: u32) -> Call<'a> {
        let module = self.env.module;
        let sig = module.data().types[TypeIndex::from_u32(type_index)];
        let table = TableIndex::from_u32(table);
        let index = self.pop();
        let at = element(self, table, index);
        let flags = element_flags(self);
        let func_ref = self.b.ins().load(WORD, flags, at, 0);
        let checked = module.data().tables[table].element.heap != HeapType::Sig(sig);
        let ty = internals::func_type(module.engine(), sig);
        let target = Target::Reference { func_ref, checked, null: Trap::IndirectCallToNull };
        Call { target, sig, ty, tail: false, inlinee: None }
    }

    fn call_reference(&mut self, type_index: u32) -> Call<'a> {
        let sig = self.env.module.data().types[TypeIndex::from_u32(type_index)];
        let func_ref = self.pop();
        let target = Target::Reference { func_ref, checked: false, null: Trap::NullReference };
        Call { target, sig, ty: self.type_at(type_index), tail: false, inlinee: None }
    }

    fn make_call(&mut self, call: &Call<'a>) -> Result<(), Refusal> {
        sig::check(&call.ty)?;
        let params = self.pop_many(call.ty.params.len());
        if let Some(inlinee) = call.inlinee.filter(|_| !call.tail) {
            return self.inlined_call(call, inlinee, &params);
        }
        // A tail call's results are this function's own, so its area serves.
        let area = match (results_in_memory(&call.ty), call.tail) {
            (false, _) => None,
            (true, true) => self.result_area,
            (true, false) => Some(self.new_result_area(&call.ty)),
        };
        let results = match call.target {
            Target::Direct(id) => {
                let args = [&[self.env.ctx, self.env.ctx], &params[..], area.as_slice()].concat();
                self.named_call(id, sig::native(&call.ty), &args, call.tail)
            }
            Target::Slot { slot, callee, of_host: false } => self.slot_call(call, slot, callee, &params, area)?,
            // There is no native entry to look for; and what is none of the host's after all is reached as well.
            Target::Slot { slot, callee, of_host: true } => {
                let bounce = self.links.stub(Stub::Bounce(call.sig), &call.ty)?;
                self.hold(call.sig);
                let args = [&[callee, self.env.ctx, slot], &params[..], area.as_slice()].concat();
                self.named_call(bounce, sig::bounce(&call.ty), &args, call.tail)
            }
            Target::Reference { func_ref, checked, null } => {
                self.reference_call(call, (func_ref, checked, null), &params, area)?
            }
        };
        if call.tail {
            self.set_unreachable();
            return Ok(());
        }
        self.cut();
        match area {
            None => self.stack.extend(results),
            Some(area) => {
                let results = load_cells(&mut self.b, &call.ty.results, area);
                self.stack.extend(results);
            }
        }
        Ok(())
    }

    /// A call in whose place a body stands, or may stand.
    fn inlined_call(&mut self, call: &Call<'a>, inlinee: &'a Inlinee, params: &[Value]) -> Result<(), Refusal> {
        self.close_fuel();
        match call.target {
            Target::Slot { slot, callee, .. } if inlinee.linked => {
                let is = self.is_slot_of(slot, inlinee);
                let (here, there) = (self.b.create_block(), self.b.create_block());
                let join = self.label_block(&types(&call.ty.results));
                self.b.set_cold_block(there);
                self.b.ins().brif(is, here, &[], there, &[]);
                self.b.seal_block(here);
                self.b.seal_block(there);
                self.b.switch_to_block(here);
                self.inline(inlinee, callee, params)?;
                if self.reachable {
                    let results = self.pop_many(call.ty.results.len());
                    self.b.ins().jump(join, &block_args(&results));
                }
                self.b.switch_to_block(there);
                self.reachable = true;
                let results = self.slot_call(call, slot, callee, params, None)?;
                self.b.ins().jump(join, &block_args(&results));
                self.b.switch_to_block(join);
                self.b.seal_block(join);
                self.stack.extend_from_slice(self.b.block_params(join));
            }
            _ => self.inline(inlinee, self.env.ctx, params)?,
        }
        if self.reachable {
            self.open_fuel();
        }
        Ok(())
    }

    fn new_result_area(&mut self, ty: &FuncType) -> Value {
        let bytes = ty.result_cells() * CELL as u32;
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4));
        self.b.ins().stack_addr(WORD, slot, 0)
    }

    fn named_call(&mut self, id: FuncId, signature: Signature, args: &[Value], tail: bool) -> Vec<Value> {
        let callee = func_ref(self.b.func, id, signature.clone());
        if tail {
            self.b.ins().return_call(callee, args);
            return Vec::new();
        }
        self.call_native(Callee::Named(callee), signature, args)
    }

    /// A call of the slot's native entry, or of a bounce where there is none.
    fn slot_call(
        &mut self,
        call: &Call<'_>,
        slot: Value,
        callee: Value,
        params: &[Value],
        area: Option<Value>,
    ) -> Result<Vec<Value>, Refusal> {
        let bounce = self.links.stub(Stub::Bounce(call.sig), &call.ty)?;
        self.hold(call.sig);
        let native = self.env.slot_native(&mut self.b, slot);
        let ways = self.two_ways(native);
        let args = [&[callee, self.env.ctx], params, area.as_slice()].concat();
        self.native_way(call, &ways, native, &args);
        self.b.switch_to_block(ways.cold);
        let args = [&[callee, self.env.ctx, slot], params, area.as_slice()].concat();
        Ok(self.stub_way(call, &ways, bounce, &args))
    }

    /// A call of what a reference leads to: of the native entry that it knows, or of a stub that asks its slot.
    fn reference_call(
        &mut self,
        call: &Call<'_>,
        (func_ref, checked, null): (Value, bool, Trap),
        params: &[Value],
        area: Option<Value>,
    ) -> Result<Vec<Value>, Refusal> {
        let meet = self.links.stub(Stub::Meet(call.sig), &call.ty)?;
        self.hold(call.sig);
        if !self.env.finds_out_by_faults() {
            self.b.ins().trapz(func_ref, trap_code(null));
        }
        // The type is known with the entry and not before, so one comparison answers both.
        let expected = self.env.sig_id(&mut self.b, call.sig);
        let (ways, native) = if checked {
            let known = self.env.known_sig(&mut self.b, func_ref, null);
            let same = self.b.ins().icmp(IntCC::Equal, known, expected);
            (self.two_ways(same), None)
        } else {
            let native = self.env.known_native(&mut self.b, func_ref, Some(null));
            (self.two_ways(native), Some(native))
        };
        self.b.switch_to_block(ways.hot);
        let native = native.unwrap_or_else(|| self.env.known_native(&mut self.b, func_ref, None));
        let callee = self.env.referred_callee(&mut self.b, func_ref);
        let args = [&[callee, self.env.ctx], params, area.as_slice()].concat();
        self.native_way(call, &ways, native, &args);

        self.b.switch_to_block(ways.cold);
        if checked {
            let slot = self.env.referred_slot(&mut self.b, func_ref);
            let actual = self.env.slot_sig(&mut self.b, slot);
            let other = self.b.ins().icmp(IntCC::NotEqual, actual, expected);
            self.env.trap_if(&mut self.b, other, Trap::BadSignature);
        }
        let callee = self.env.referred_callee(&mut self.b, func_ref);
        let args = [&[callee, self.env.ctx, func_ref], params, area.as_slice()].concat();
        Ok(self.stub_way(call, &ways, meet, &args))
    }

    /// Branches to the hot way if `condition` is not zero. Goes on there.
    fn two_ways(&mut self, condition: Value) -> Ways {
        let (hot, cold, join) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(cold);
        self.b.ins().brif(condition, hot, &[], cold, &[]);
        self.b.seal_block(hot);
        self.b.seal_block(cold);
        self.b.switch_to_block(hot);
        Ways { hot, cold, join }
    }

    /// Calls a native entry, and goes to where the ways join.
    fn native_way(&mut self, call: &Call<'_>, ways: &Ways, native: Value, args: &[Value]) {
        let signature = sig::native(&call.ty);
        if call.tail {
            let signature = self.b.import_signature(signature);
            self.b.ins().return_call_indirect(signature, native, args);
        } else {
            let results = self.call_native(Callee::At(native), signature, args);
            self.b.ins().jump(ways.join, &block_args(&results));
        }
    }

    /// Calls a stub, and goes on where the ways join, with the results.
    fn stub_way(&mut self, call: &Call<'_>, ways: &Ways, stub: FuncId, args: &[Value]) -> Vec<Value> {
        let results = self.named_call(stub, sig::bounce(&call.ty), args, call.tail);
        if call.tail {
            return Vec::new();
        }
        self.b.ins().jump(ways.join, &block_args(&results));
        if !results_in_memory(&call.ty) {
            for &ty in &call.ty.results {
                self.b.append_block_param(ways.join, clif_type(ty));
            }
        }
        self.b.seal_block(ways.join);
        self.b.switch_to_block(ways.join);
        self.b.block_params(ways.join).to_vec()
    }
}

//! Wasm operators → CLIF: `try_table`, `throw`, `throw_ref`; and calls that a handler of the same body may catch from.
//!
//! Each `try_table` has one *landing*, a block to which what is thrown in its body goes with the exception's cell. It
//! asks the clauses in order and goes to the label of the first that catches, else to the landing around it, else out
//! of the function. A `throw` in the body jumps there; a call in the body names the landing as its exceptional way
//! back, which `trap` finds by the address that the call returns to. With the exception comes the place of the operator,
//! which a backtrace tells if nobody catches.
//!
//! # Invariants
//! - A landing is made where its `try_table` ends, also when nothing leads there: what a label is worth must not depend
//!   on it, since fuel is counted by labels.
//! - Every register is lost on the way to a landing; Cranelift knows that of exceptional ways.

use crate::compile::cells::{load_cells, store_cells};
use crate::compile::env::{Builtin, Region, in_region, leave};
use crate::compile::refusal::Refusal;
use crate::compile::sig::{CELL, WORD};
use crate::compile::translator::{Kind, Translator, Try};
use crate::compile::visit_memory::number;
use coracle_error::shared::Arc;
use coracle_image::entity::TagIndex;
use coracle_image::module::FuncType;
use coracle_vm::internals;
use coracle_vm::tier::builtin::{RuntimeCall, call};
use coracle_vm::tier::{Status, VmStore};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, ExceptionTable, ExceptionTableData, ExceptionTableItem, FuncRef, InstBuilder,
    Signature, StackSlotData, StackSlotKind, Type, Value,
};
use std::mem::offset_of;
use wasmparser::{Catch, Operator as O, TryTable};

/// Operands of ways to a landing that weigh as much as one value in what a body may come to.
const WAYS_PER_VALUE: usize = 4;

/// What a call instruction names.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// A function of the module's native code.
    Named(FuncRef),
    /// The address of native code.
    At(Value),
}

/// Translates an operator that throws; false if it is none.
pub(crate) fn visit(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::Throw { tag_index } => throw(t, tag_index),
        O::ThrowRef => {
            let exception = t.pop();
            throw_by(t, call::throw_ref, &[I64], &[exception]);
        }
        _ => return false,
    }
    true
}

fn throw(t: &mut Translator<'_, '_>, tag: u32) {
    let ty = tag_type(t, tag);
    let args = t.pop_many(ty.params.len());
    let cells = cells_for(t, &ty);
    store_cells(&mut t.b, &ty.params, &args, cells);
    let tag = number(t, tag);
    throw_by(t, call::throw, &[I32, WORD], &[tag, cells]);
}

fn tag_type(t: &Translator<'_, '_>, tag: u32) -> Arc<FuncType> {
    let module = t.env.module;
    internals::func_type(module.engine(), module.data().tags[TagIndex::from_u32(tag)])
}

/// Room for the arguments of a tag. They stay there for one runtime call, so all tags of one size share it.
fn cells_for(t: &mut Translator<'_, '_>, ty: &FuncType) -> Value {
    let bytes = ty.param_cells() * CELL as u32;
    let slot = match t.tag_cells.iter().find(|(size, _)| *size == bytes) {
        Some(&(_, slot)) => slot,
        None => {
            let slot = t.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4));
            t.tag_cells.push((bytes, slot));
            slot
        }
    };
    t.b.ins().stack_addr(WORD, slot, 0)
}

/// Makes a runtime call that throws, or traps instead. Nothing behind it is reached.
fn throw_by(t: &mut Translator<'_, '_>, call: RuntimeCall, params: &[Type], args: &[Value]) {
    let call = Builtin { call, params, result: Some(WORD) };
    let status = t.env.builtin(&mut t.b, &call, args, t.offset).expect("the call has a result");
    let trapped = t.b.ins().icmp_imm_u(IntCC::Equal, status, Status::Trap as i64);
    t.env.leave_if(&mut t.b, trapped, t.offset);
    match t.landing() {
        Some(landing) => {
            let store = t.env.store(&mut t.b);
            let flags = in_region(&mut t.b, Region::Vm);
            let exception = t.b.ins().load(I64, flags, store, offset_of!(VmStore, exception) as i32);
            let at = t.b.ins().iconst(I64, t.offset as i64);
            t.b.ins().jump(landing, &[exception.into(), at.into()]);
        }
        None => {
            let at = t.b.ins().iconst(I64, t.offset as i64);
            leave_thrown(t, at);
        }
    }
    t.set_unreachable();
}

/// Leaves the function with the exception on its way, which began at the operator `at`. Ends the block.
fn leave_thrown(t: &mut Translator<'_, '_>, at: Value) {
    let status = t.b.ins().iconst(WORD, Status::Throw as i64);
    let slot = t.env.own_slot(&mut t.b, t.env.defined);
    leave(&mut t.b, t.env.host, [t.env.ctx, status, slot, at], t.env.call);
}

impl Translator<'_, '_> {
    /// `try_table`: its label, and the landing of what is thrown in it.
    pub(crate) fn begin_try(&mut self, try_table: &TryTable) -> Result<(), Refusal> {
        let (params, results) = self.block_type(try_table.ty)?;
        let end = self.label_block(&results);
        let landing = self.b.create_block();
        // The exception, and the operator that threw it or called who did.
        self.b.append_block_param(landing, I64);
        self.b.append_block_param(landing, I64);
        self.b.set_cold_block(landing);
        let handlers = Try { landing, catches: try_table.catches.clone(), ways: 0, sets: self.sets };
        self.push_frame(Kind::Try(handlers), end, params.len(), results.len());
        self.cut();
        Ok(())
    }

    /// Where the `try_table` has ended: asks its clauses. Operands are those below the block.
    pub(crate) fn land(&mut self, handlers: &Try) {
        let Try { landing, ref catches, ways, sets } = *handlers;
        // Each way brings its own value of each local that is set in the block.
        self.carried += ways * (self.sets - sets).min(self.locals.len()) / WAYS_PER_VALUE;
        self.b.switch_to_block(landing);
        self.b.seal_block(landing);
        self.take_up_fuel();
        let (exception, at) = (self.b.block_params(landing)[0], self.b.block_params(landing)[1]);
        let height = self.stack.len();
        for catch in catches {
            let (tag, label, with_ref) = match *catch {
                Catch::One { tag, label } => (Some(tag), label, false),
                Catch::OneRef { tag, label } => (Some(tag), label, true),
                Catch::All { label } => (None, label, false),
                Catch::AllRef { label } => (None, label, true),
            };
            let next = tag.map(|tag| self.catch_if(exception, tag));
            if with_ref {
                self.stack.push(exception);
            } else {
                let call = Builtin { call: call::exception_handled, params: &[I64], result: None };
                self.env.builtin(&mut self.b, &call, &[exception], self.offset);
            }
            self.branch(label);
            self.stack.truncate(height);
            match next {
                Some(next) => self.b.switch_to_block(next),
                None => return,
            }
        }
        match self.landing() {
            Some(around) => {
                self.b.ins().jump(around, &[exception.into(), at.into()]);
            }
            None => leave_thrown(self, at),
        }
    }

    /// Goes on with the exception's arguments as operands if it is of this tag; else in the block that is given back.
    fn catch_if(&mut self, exception: Value, tag: u32) -> Block {
        let ty = tag_type(self, tag);
        let cells = cells_for(self, &ty);
        let tag = number(self, tag);
        let call = Builtin { call: call::exception_match, params: &[I64, I32, WORD], result: Some(I64) };
        let matches =
            self.env.builtin(&mut self.b, &call, &[exception, tag, cells], self.offset).expect("the call has a result");
        let (caught, next) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(matches, caught, &[], next, &[]);
        self.b.seal_block(caught);
        self.b.seal_block(next);
        self.b.switch_to_block(caught);
        let args = load_cells(&mut self.b, &ty.params, cells);
        self.stack.extend(args);
        next
    }

    /// Calls native code that returns, or throws into the innermost landing of this body. Its results.
    pub(crate) fn call_native(&mut self, callee: Callee, signature: Signature, args: &[Value]) -> Vec<Value> {
        let Some(landing) = self.landing() else {
            let inst = match callee {
                Callee::Named(func) => self.b.ins().call(func, args),
                Callee::At(address) => {
                    let signature = self.b.import_signature(signature);
                    self.b.ins().call_indirect(signature, address, args)
                }
            };
            return self.b.inst_results(inst).to_vec();
        };
        let next = self.b.create_block();
        for result in &signature.returns {
            self.b.append_block_param(next, result.value_type);
        }
        let table = self.ways_back(signature, next, landing);
        match callee {
            Callee::Named(func) => self.b.ins().try_call(func, args, table),
            Callee::At(address) => self.b.ins().try_call_indirect(address, args, table),
        };
        self.b.switch_to_block(next);
        self.b.seal_block(next);
        self.b.block_params(next).to_vec()
    }

    /// Where a call goes on: with its results in `next`, with an exception in `landing`.
    fn ways_back(&mut self, signature: Signature, next: Block, landing: Block) -> ExceptionTable {
        let results = (0..signature.returns.len() as u32).map(BlockArg::TryCallRet);
        let lists = &mut self.b.func.dfg.value_lists;
        let normal = BlockCall::new(next, results, lists);
        let thrown = BlockCall::new(landing, [BlockArg::TryCallExn(0), BlockArg::TryCallExn(1)], lists);
        let signature = self.b.import_signature(signature);
        let table = ExceptionTableData::new(signature, normal, [ExceptionTableItem::Default(thrown)]);
        self.b.func.dfg.exception_tables.push(table)
    }
}

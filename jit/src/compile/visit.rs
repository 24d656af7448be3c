//! Wasm operators → CLIF: the walk over a body, and control flow. Mirrors the interpreter's translator.
//!
//! # Invariants
//! - `stack` holds the operands of the code being made; in code that no branch reaches, nothing is made and only the
//!   nesting of blocks is followed.
//! - A label's block is entered with the label's parameters as block parameters.
//! - An OSR function is the whole function, entered in front of one loop: the normal start is made but has no way in,
//!   so Cranelift drops it, and enclosing loops are reached by their back-edges alone.

use crate::compile::asks::Asks;
use crate::compile::env::trap_code;
use crate::compile::inlinees::Inlining;
use crate::compile::refusal::Refusal;
use crate::compile::sig::clif_type;
use crate::compile::translator::{Frame, Kind, Translator, block_args, types, value_type};
use crate::compile::{
    visit_atomic, visit_bulk, visit_exception, visit_memory, visit_numeric, visit_reference, visit_simd,
};
use coracle_error::Trap;
use coracle_image::fuel::ENTRY_COST;
use coracle_vm::tuning::{COMPILED_BODY_BYTES, COMPILED_BODY_DEPTH, COMPILED_BODY_NESTING, COMPILED_BODY_VALUES};
use cranelift_codegen::ir::{BlockCall, InstBuilder, JumpTableData, Type, Value};
use cranelift_frontend::FunctionBuilder;
use wasmparser::{BlockType, FunctionBody, Operator};

impl<'a, 'f> Translator<'a, 'f> {
    /// Translates the whole body; `params` are the values of the parameters, or none where zeros will do.
    pub(crate) fn run(mut self, params: Option<&[Value]>) -> Result<(FunctionBuilder<'f>, Inlining, Asks), Refusal> {
        if self.body.bytes.len() > COMPILED_BODY_BYTES {
            return Err(Refusal::new(format_args!("the body has more than {COMPILED_BODY_BYTES} bytes")));
        }
        let reader = wasmparser::BinaryReader::new(self.body.bytes, self.body.offset as u64);
        let body = FunctionBody::new(reader);
        self.begin_asks()?;
        self.declare_locals(&body, params)?;
        self.operators(&body)?;
        self.close_fuel();
        if self.reachable {
            let results = std::mem::take(&mut self.stack);
            self.return_values(&results);
        }
        if self.osr.is_some() {
            return Err(Refusal::new("the loop to enter is not in the body"));
        }
        Ok((self.b, self.inlining, self.asks))
    }

    /// Enters the body at hand, and translates its operators up to its end, whose label is that of a block.
    pub(crate) fn operators(&mut self, body: &FunctionBody<'_>) -> Result<(), Refusal> {
        let results = types(&self.body.ty.results);
        let end = self.label_block(&results);
        let height = self.stack.len();
        let kind = Kind::Block;
        self.frames.push(Frame { kind, end, branched: false, params: 0, results: results.len(), height });
        self.open_fuel();
        self.charge(ENTRY_COST);
        if !self.is_looked_after() {
            self.look_at_epoch();
        }
        let mut operators = body.get_operators_reader().map_err(Refusal::unreadable)?;
        while !operators.eof() && self.frames.len() > self.base {
            let (op, offset) = operators.read_with_offset().map_err(Refusal::unreadable)?;
            match op {
                Operator::Loop { blockty } if self.is_made_twice(&operators) => {
                    self.make_twice(blockty, offset, &mut operators)?;
                }
                op => self.one(&op, offset)?,
            }
        }
        Ok(())
    }

    /// Translates the operator that stands there.
    pub(crate) fn one(&mut self, op: &Operator<'_>, offset: u64) -> Result<(), Refusal> {
        self.offset = offset;
        self.set_place();
        self.operator(op)?;
        if !self.reachable {
            self.close_fuel();
        }
        self.check_size()
    }

    /// Whether this is still worth compiling.
    fn check_size(&self) -> Result<(), Refusal> {
        if self.b.func.dfg.num_values() + self.carried > COMPILED_BODY_VALUES {
            return Err(Refusal::new(format_args!("the body comes to more than {COMPILED_BODY_VALUES} values")));
        }
        if self.frames.len() > COMPILED_BODY_DEPTH || self.nesting > COMPILED_BODY_NESTING {
            return Err(Refusal::new("the body has too many blocks within each other"));
        }
        Ok(())
    }

    pub(crate) fn declare_locals(&mut self, body: &FunctionBody<'_>, params: Option<&[Value]>) -> Result<(), Refusal> {
        for (i, &ty) in self.body.ty.params.iter().enumerate() {
            let ty = clif_type(ty);
            let value = match params {
                Some(params) => params[i],
                None => self.zero(ty),
            };
            self.declare_local(ty, value);
        }
        for local in body.get_locals_reader().map_err(Refusal::unreadable)? {
            let (count, ty) = local.map_err(Refusal::unreadable)?;
            let ty = value_type(ty)?;
            let zero = self.zero(ty);
            for _ in 0..count {
                self.declare_local(ty, zero);
            }
        }
        Ok(())
    }

    fn declare_local(&mut self, ty: Type, value: Value) {
        let variable = self.b.declare_var(ty);
        self.b.def_var(variable, value);
        self.locals.push((variable, ty));
    }

    /// Zero, or null.
    fn zero(&mut self, ty: Type) -> Value {
        use cranelift_codegen::ir::types::{F32, F64};
        match ty {
            F32 => self.b.ins().f32const(0.0f32),
            F64 => self.b.ins().f64const(0.0f64),
            ty if ty.is_vector() => {
                let bytes = self.b.func.dfg.constants.insert(vec![0; 16].into());
                self.b.ins().vconst(ty, bytes)
            }
            ty => self.b.ins().iconst(ty, 0),
        }
    }

    fn operator(&mut self, op: &Operator<'_>) -> Result<(), Refusal> {
        if self.reachable {
            self.charge_operator(op);
        }
        match op {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::TryTable { .. } => return self.structure(op),
            _ if !self.reachable => return Ok(()),
            _ => {}
        }
        if self.plain(op)?
            || visit_numeric::visit(self, op)
            || visit_memory::visit(self, op)?
            || visit_bulk::visit(self, op)
            || visit_reference::visit(self, op)?
            || visit_simd::visit(self, op)
            || visit_atomic::visit(self, op)
            || visit_exception::visit(self, op)
        {
            return Ok(());
        }
        Err(Refusal::operator(op))
    }

    /// Operators that open or close a block; they count in dead code as well.
    fn structure(&mut self, op: &Operator<'_>) -> Result<(), Refusal> {
        if let Operator::Loop { .. } = op {
            self.loops += 1;
        }
        if !self.reachable {
            match op {
                Operator::Else if self.dead == 0 => self.begin_else(),
                Operator::End if self.dead == 0 => self.end(),
                Operator::Else => {}
                Operator::End => self.dead -= 1,
                _ => self.dead += 1,
            }
            return Ok(());
        }
        match op {
            Operator::Block { blockty } => {
                let (params, results) = self.block_type(*blockty)?;
                let end = self.label_block(&results);
                self.push_frame(Kind::Block, end, params.len(), results.len());
            }
            Operator::Loop { blockty } => self.begin_loop(*blockty)?,
            Operator::If { blockty } => self.begin_if(*blockty)?,
            Operator::Else => self.begin_else(),
            Operator::End => self.end(),
            Operator::TryTable { try_table } => self.begin_try(try_table)?,
            _ => return Err(Refusal::operator(op)),
        }
        Ok(())
    }

    /// Branches, calls, locals, constants: what needs the whole translator.
    fn plain(&mut self, op: &Operator<'_>) -> Result<bool, Refusal> {
        match op {
            Operator::Nop => {}
            Operator::Unreachable => {
                // A block that only traps would become part of the branch to it, and stand at that operator's place.
                self.b.ins().nop();
                self.is_cold();
                self.b.ins().trap(trap_code(Trap::UnreachableCodeReached));
                self.reachable = false;
            }
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
                self.reachable = false;
            }
            Operator::BrIf { relative_depth } => {
                let condition = self.pop();
                self.branch_if(condition, *relative_depth);
            }
            Operator::BrTable { targets } => self.branch_table(targets)?,
            Operator::Return => {
                let depth = (self.frames.len() - self.base) as u32 - 1;
                self.branch(depth);
                self.reachable = false;
            }
            Operator::LocalGet { local_index } => {
                let value = self.b.use_var(self.locals[*local_index as usize].0);
                self.stack.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop();
                self.set_local(*local_index, value);
            }
            Operator::LocalTee { local_index } => {
                let value = self.peek();
                self.set_local(*local_index, value);
            }
            Operator::Drop => {
                self.pop();
            }
            Operator::Select | Operator::TypedSelect { .. } => {
                let condition = self.pop();
                let (x, y) = self.pop2();
                let value = self.b.ins().select(condition, x, y);
                self.stack.push(value);
            }
            _ => return self.call(op),
        }
        Ok(true)
    }

    fn set_local(&mut self, index: u32, value: Value) {
        self.b.def_var(self.locals[index as usize].0, value);
        self.sets += 1;
    }

    pub(crate) fn begin_loop(&mut self, ty: BlockType) -> Result<(), Refusal> {
        let (params, results) = self.block_type(ty)?;
        self.close_fuel();
        if self.osr.as_ref().is_some_and(|osr| osr.head.index == self.loops - 1) {
            self.enter_from_frame()?;
        }
        let end = self.label_block(&results);
        let head = self.label_block(&params);
        let args = self.pop_many(params.len());
        if self.osr.is_some() {
            self.note_below();
        }
        self.b.ins().jump(head, &block_args(&args));
        self.b.switch_to_block(head);
        self.straight = None;
        // Before variables are read, which may make parameters of the head too.
        let operands = self.b.block_params(head).to_vec();
        if self.osr.is_some() {
            self.read_below();
        }
        self.stack.extend(operands);
        self.push_frame(Kind::Loop(head), end, params.len(), results.len());
        self.open_fuel();
        self.look_at_epoch();
        Ok(())
    }

    /// Before a loop around the one that is entered, perhaps: what lies below its operands gets variables, since its head
    /// will be reached from the entry too, where other values lie there.
    fn note_below(&mut self) {
        let open = self.frames.len();
        self.below.retain(|&(frame, _)| frame < open);
        let mut variables = Vec::with_capacity(self.stack.len());
        for &value in &self.stack {
            let variable = self.b.declare_var(self.b.func.dfg.value_type(value));
            self.b.def_var(variable, value);
            variables.push(variable);
        }
        self.below.push((open, variables));
    }

    /// Behind its head: takes them from there.
    fn read_below(&mut self) {
        if let Some((_, variables)) = self.below.last() {
            self.stack = variables.iter().map(|&variable| self.b.use_var(variable)).collect();
        }
    }

    /// Joins the OSR entry with the way from the normal start, in front of the loop that is entered.
    fn enter_from_frame(&mut self) -> Result<(), Refusal> {
        let osr = self.osr.take().expect("the caller has looked");
        let operands: Vec<Type> = self.stack.iter().map(|&v| self.b.func.dfg.value_type(v)).collect();
        if operands.len() != osr.head.operands.len() || self.locals.len() != osr.head.locals.len() {
            return Err(Refusal::new("the frame at the loop head does not fit the body"));
        }
        let join = self.label_block(&operands);
        let args = block_args(&self.stack);
        self.b.ins().jump(join, &args);
        self.b.switch_to_block(osr.start);
        self.b.seal_block(osr.start);
        for i in 0..self.locals.len() {
            let (variable, ty) = self.locals[i];
            let value = osr.load(&mut self.b, osr.head.locals[i], ty);
            self.b.def_var(variable, value);
        }
        let loaded: Vec<Value> =
            operands.iter().zip(&osr.head.operands).map(|(&ty, &at)| osr.load(&mut self.b, at, ty)).collect();
        for (frame, variables) in &self.below {
            if self.frames.get(*frame).is_some_and(|frame| matches!(frame.kind, Kind::Loop(_))) {
                variables.iter().zip(&loaded).for_each(|(&variable, &value)| self.b.def_var(variable, value));
            }
        }
        self.b.ins().jump(join, &block_args(&loaded));
        self.b.switch_to_block(join);
        self.b.seal_block(join);
        self.stack = self.b.block_params(join).to_vec();
        Ok(())
    }

    fn begin_if(&mut self, ty: BlockType) -> Result<(), Refusal> {
        let (params, results) = self.block_type(ty)?;
        let condition = self.pop();
        let (then, otherwise) = (self.b.create_block(), self.b.create_block());
        let end = self.label_block(&results);
        self.b.ins().brif(condition, then, &[], otherwise, &[]);
        self.begin_straight(then);
        self.b.seal_block(then);
        self.b.seal_block(otherwise);
        let values = self.stack[self.stack.len() - params.len()..].to_vec();
        self.push_frame(Kind::If { otherwise, params: values }, end, params.len(), results.len());
        self.cut();
        Ok(())
    }

    /// Goes on behind the block at hand, if this point is reached. Of a loop too, whose label is its head.
    pub(crate) fn fall_to_end(&mut self) {
        if !self.reachable {
            return;
        }
        let frame = self.frames.last_mut().expect("the body was validated");
        let args = block_args(&self.stack[self.stack.len() - frame.results..]);
        self.b.ins().jump(frame.end, &args);
    }

    fn begin_else(&mut self) {
        self.fall_to_end();
        let frame = self.frames.last_mut().expect("the body was validated");
        frame.branched |= self.reachable;
        if let Kind::If { otherwise, params } = std::mem::replace(&mut frame.kind, Kind::Else) {
            self.stack.truncate(frame.height);
            self.stack.extend(params);
            self.begin_straight(otherwise);
            self.reachable = true;
            self.cut();
        }
    }

    pub(crate) fn end(&mut self) {
        self.fall_to_end();
        let mut frame = self.frames.pop().expect("the body was validated");
        self.stack.truncate(frame.height);
        self.nesting -= usize::from(frame.kind.nests());
        match frame.kind {
            Kind::If { otherwise, ref params } => {
                self.b.switch_to_block(otherwise);
                self.b.ins().jump(frame.end, &block_args(params));
                frame.branched = true;
            }
            Kind::Loop(head) => {
                self.b.seal_block(head);
                // Each value that is joined here lives through all loops around this one.
                let around = self.frames.iter().filter(|frame| matches!(frame.kind, Kind::Loop(_))).count();
                self.carried += self.b.block_params(head).len() * around;
            }
            Kind::Try(ref handlers) => self.land(handlers),
            Kind::Block | Kind::Else => {}
        }
        self.reachable |= frame.branched;
        if self.reachable {
            self.begin_straight(frame.end);
            self.b.seal_block(frame.end);
            self.stack.extend_from_slice(self.b.block_params(frame.end));
        }
        // What only fell out of the block goes on in its fuel block; the function's own end charges nothing.
        if frame.branched && self.frames.len() > self.base {
            self.cut();
        }
    }

    pub(crate) fn branch(&mut self, depth: u32) {
        let (block, args) = self.label(depth);
        self.b.ins().jump(block, &args);
    }

    /// Branches if `condition` is not zero, and goes on behind otherwise.
    pub(crate) fn branch_if(&mut self, condition: Value, depth: u32) {
        let (block, args) = self.label(depth);
        let next = self.b.create_block();
        self.b.ins().brif(condition, block, &args, next, &[]);
        self.begin_straight(next);
        self.b.seal_block(next);
        self.cut();
    }

    fn branch_table(&mut self, targets: &wasmparser::BrTable<'_>) -> Result<(), Refusal> {
        let index = self.pop();
        let mut calls = Vec::with_capacity(targets.len() as usize);
        for depth in targets.targets() {
            calls.push(self.block_call(depth.map_err(Refusal::unreadable)?));
            self.check_size()?;
        }
        let default = self.block_call(targets.default());
        let table = self.b.create_jump_table(JumpTableData::new(default, &calls));
        self.b.ins().br_table(index, table);
        self.reachable = false;
        Ok(())
    }

    fn block_call(&mut self, depth: u32) -> BlockCall {
        let (block, args) = self.label(depth);
        BlockCall::new(block, args, &mut self.b.func.dfg.value_lists)
    }
}

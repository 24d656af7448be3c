//! Small callees that run in their caller's frame.
//!
//! Where a call costs as much as what it calls, the callee's body is translated in the place of the call: its operands
//! and locals lie where its frame would, behind the caller's operands; a return is a branch to its end. A parameter that
//! it does not write stands for the argument itself, if that is a constant or a local. Fuel and epochs are as in the
//! callee's own code. A walk finds the frames that are not there by [`InlinedBody`].
//!
//! Only engines without a compiler do this: whoever counts heat counts calls, and what is hot becomes native sooner than
//! inlining would pay. It happens at the first translation, so that no code is ever replaced.
//!
//! # Invariants
//! - N1. A body that is inlined has no handlers of exceptions, no tail calls, no vectors and at most one result.
//! - N2. What is inlined and what is looked at for it are bounded for each function, so translation stays linear; and so
//!   is how deep it recurses.

use crate::translate::body::operators;
use crate::translate::func::{
    Block, Caller, Frame, Func, Kind, Local, MAX_FRAME_CELLS, NONE, Purpose, Signature, malformed, reserve,
};
use coracle_error::Result;
use coracle_image::entity::{DefinedFuncIndex, FuncIndex};
use coracle_image::module::ValType;
use coracle_image::parse::operator::operator;
use coracle_vm::body::FuncBody;
use coracle_vm::internals;
use coracle_vm::tier::InlinedBody;
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// Bytes that a body may have to be inlined, its declarations included; and those of one that is likely to run often.
const MAX_BYTES: usize = 32;
const MAX_OFTEN: usize = 80;

/// Bytes of bodies that are inlined in one function, in all.
const MAX_SUM: usize = 1024;

/// How deep bodies are inlined in each other.
const MAX_DEPTH: usize = 4;

/// How often one function may be among those that a place of the code is in: a recursion is unrolled once.
const MAX_SELF: usize = 2;

/// Cells that a frame must have left for what is inlined: far more than a body of so few bytes can name, or hand on.
const ROOM: u32 = 8192;

/// Locals that it may have, parameters among them: there is a bit for each.
const MAX_LOCALS: u32 = 16;

/// What has to be known of a body before it is inlined.
#[derive(Clone, Copy, Debug, Default)]
struct Small {
    locals: u32,
    /// Those that it writes, and those that it may read before, a bit for each.
    written: u32,
    zero: u32,
}

impl Small {
    /// Looks at a body: nothing if it must not be inlined (N1).
    fn of(body: &FuncBody<'_>) -> Result<Option<Self>> {
        let params = body.ty.params.len() as u32;
        let no_vectors = |types: &[ValType]| types.iter().all(|ty| ty.cells() == 1);
        if params > MAX_LOCALS
            || body.ty.results.len() > 1
            || !no_vectors(&body.ty.params)
            || !no_vectors(&body.ty.results)
        {
            return Ok(None);
        }
        let mut small = Self { locals: params, ..Self::default() };
        for group in reader(body).get_locals_reader().map_err(malformed)? {
            let (count, ty) = group.map_err(malformed)?;
            small.locals = small.locals.saturating_add(count);
            if small.locals > MAX_LOCALS || ty == wasmparser::ValType::V128 {
                return Ok(None);
            }
        }
        let mut ops = reader(body).get_binary_reader_for_operators().map_err(malformed)?;
        // Parameters, and what was written outside all blocks, and so before all that follows.
        let (mut known, mut depth) = ((1 << params) - 1, 0_u32);
        while !ops.eof() {
            match operator(&mut ops)? {
                Operator::LocalGet { local_index } => small.zero |= 1 << local_index & !known,
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    small.written |= 1 << local_index;
                    known |= if depth == 0 { 1 << local_index } else { 0 };
                }
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::End => depth = depth.saturating_sub(1),
                op if !may_inline(&op) => return Ok(None),
                _ => {}
            }
        }
        Ok(Some(small))
    }
}

/// Whether a body with this operator may be inlined (N1).
fn may_inline(op: &Operator<'_>) -> bool {
    !matches!(
        op,
        Operator::BrTable { .. }
            | Operator::TryTable { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
    )
}

fn reader<'a>(body: &FuncBody<'a>) -> FunctionBody<'a> {
    FunctionBody::new(BinaryReader::new(body.bytes, body.offset as u64))
}

impl<'a> Func<'a> {
    /// Translates the body of a callee in the place of its call, whose arguments lie on top of the stack: whether that
    /// was to be done.
    pub(crate) fn inline(&mut self, index: u32) -> Result<bool> {
        let module = self.body.module;
        let alone = !self.counts() && internals::compiler(module.engine()).is_none();
        let off = self.few() || !alone || matches!(self.purpose, Purpose::Head(_) | Purpose::Prepare(_));
        let Some(defined) = module.defined(FuncIndex::from_u32(index)).filter(|_| !off) else { return Ok(false) };
        let body = FuncBody::of(module, defined);
        let most = if self.runs_often(defined) { MAX_OFTEN } else { MAX_BYTES };
        let around = self.callers.iter().map(|caller| &caller.body).chain([&self.body]);
        let outermost = around.clone().next().map_or(0, |body| body.bytes.len());
        if body.bytes.len() > most
            || self.callers.len() >= MAX_DEPTH
            || self.inlined_bytes + body.bytes.len() > MAX_SUM
            || self.looked_at > MAX_SUM + outermost
            || self.top_cell() + ROOM > MAX_FRAME_CELLS
            || around.filter(|body| body.defined == defined).count() >= MAX_SELF
        {
            return Ok(false);
        }
        self.looked_at += body.bytes.len();
        let Some(small) = Small::of(&body)? else { return Ok(false) };
        self.inlined_bytes += body.bytes.len();
        let ops = reader(&body).get_binary_reader_for_operators().map_err(malformed)?;
        self.begin_inlined(body, small)?;
        operators(self, ops)?;
        Ok(true)
    }

    /// Whether a call of this function is likely to run often: in a loop, or in the function itself.
    fn runs_often(&self, callee: DefinedFuncIndex) -> bool {
        // The first of those is the function itself, the others are the open loops.
        self.body.defined == callee || self.work.open.len() > 1
    }

    fn begin_inlined(&mut self, body: FuncBody<'a>, small: Small) -> Result<()> {
        reserve(&mut self.locals, small.locals as usize)?;
        reserve(&mut self.callers, 1)?;
        reserve(&mut self.frames, 1)?;
        self.make_room()?;
        let params = body.ty.params.len();
        let base = self.stack.len() - params;
        for (i, index) in (base..self.stack.len()).enumerate() {
            if small.written & 1 << i != 0 || matches!(self.stack[index].kind, Kind::Sum(..)) {
                self.settle(index);
            }
        }
        let cell = self.stack.get(base).map_or(self.top_cell(), |entry| u32::from(entry.cell));
        let first_local = self.locals.len() as u32;
        for index in base..self.stack.len() {
            let entry = self.stack[index];
            let mut local = Local::new(entry.cell, false, true);
            local.stands_for = (entry.kind != Kind::Temp).then_some(entry.kind);
            self.locals.push(local);
        }
        self.truncate(base);
        let own = cell + params.max(body.ty.results.len()) as u32;
        let end = own + small.locals - params as u32;
        self.reserve(end)?;
        self.locals.extend((own..end).map(|slot| Local::new(slot as u16, false, true)));
        self.keep_apart();
        let frame = Frame {
            block: Block::Inlined,
            signature: Signature::Func(body.ty),
            base,
            cell: cell as u16,
            fixes: NONE,
            table: 0,
            stub: false,
            stub_fixes: NONE,
            writes: self.zeros.mark(),
            exit: None,
            entered: self.often(),
            arrived: 0,
        };
        let caller = Caller {
            body: core::mem::replace(&mut self.body, body),
            first_cell: core::mem::replace(&mut self.first_cell, end),
            first_local: core::mem::replace(&mut self.first_local, first_local),
            offset: self.offset,
            start: self.words.len(),
            frame: self.frames.len(),
        };
        self.frames.push(frame);
        self.callers.push(caller);
        self.offset = self.body.offset as u32;
        self.zero_inlined(small.zero >> params, own);
        self.follow()?;
        self.enter();
        Ok(())
    }

    /// Sets the cells from `first` on to zero, as far as `zero` has bits for them.
    fn zero_inlined(&mut self, zero: u32, first: u32) {
        if zero == 0 {
            return;
        }
        let (first, end) = (first + zero.trailing_zeros(), first + u32::BITS - zero.leading_zeros());
        let (op, operands) = self.zero_op(first, end, self.pays() && !self.may_join());
        self.emit(op, operands);
        (first..end).for_each(|slot| self.acc.forget(slot as u16));
    }

    /// The end of a body that is inlined: its result goes to where a call would leave it.
    pub(crate) fn end_inlined(&mut self) -> Result<()> {
        let Some(Frame { base, cell, fixes, .. }) = self.frames.pop() else { return Ok(()) };
        let label = fixes != NONE;
        let result = if self.dead || self.body.ty.results.is_empty() { None } else { Some(self.result(cell, label)?) };
        self.drop_empty_fuel();
        self.patch_all_here(fixes);
        let fell = !core::mem::take(&mut self.dead);
        if label {
            self.close_fuel();
        }
        self.truncate(base);
        self.locals.truncate(self.first_local as usize);
        let has_result = !self.body.ty.results.is_empty();
        let Some(caller) = self.callers.pop() else { return Err(self.unexpected("no caller")) };
        let body = core::mem::replace(&mut self.body, caller.body);
        (self.first_cell, self.first_local, self.offset) = (caller.first_cell, caller.first_local, caller.offset);
        reserve(&mut self.inlined, 1)?;
        let (start, end) = (caller.start as u32, self.words.len() as u32);
        self.inlined.push(InlinedBody { start, end, func: body.defined, call: caller.offset });
        if !label && !fell {
            self.die();
            return Ok(());
        }
        if label {
            self.forget();
        }
        self.keep_apart();
        match result {
            Some(Kind::Local(local, _)) => self.push_local(local)?,
            Some(Kind::Sum(local, _, number)) => self.push_sum(local, number)?,
            Some(kind) => self.push(kind, false).map(|_| ())?,
            None if has_result => self.push(Kind::Temp, false).map(|_| ())?,
            None => {}
        }
        self.follow()
    }

    /// What the result of an inlined body is for its caller: in `cell`, or a note that means the same there. At a label
    /// it is always in `cell`.
    fn result(&mut self, cell: u16, label: bool) -> Result<Kind> {
        let entry = self.pop()?;
        match entry.kind {
            Kind::Const(_) if !label => return Ok(entry.kind),
            Kind::Local(local, _) | Kind::Sum(local, ..) if !label && local < self.first_local => return Ok(entry.kind),
            Kind::Const(value) => self.emit_const(cell, value),
            Kind::Sum(local, _, number) => self.emit_sum(cell, local, number),
            _ if self.last_for(&entry).is_some() => self.send_last(cell, false),
            _ => self.emit_copy(cell, self.slot_of(&entry), false),
        }
        Ok(Kind::Temp)
    }
}

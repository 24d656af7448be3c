//! Blocks, labels, branches and returns.

use crate::exec::branch::{BrCmp, BrTable as TableBranch, BrTableSum, COPY_FORMS, FUEL_FORMS, TARGET};
use crate::exec::control::{LoopHeat, RET_FUEL_FORMS};
use crate::exec::machine::{Exec, I, S};
use crate::exec::numeric::I32Eq;
use crate::exec::operand::{Name, full, name, place};
use crate::exec::ops::Row;
use crate::translate::func::{Block, Compared, Entry, Fix, Frame, Func, Kind, NONE, Purpose, Signature, malformed};
use crate::translate::fuse::{branch_row, contrary_branch, step_row};
use crate::translate::operand::{Class, Opd, Operands, Shape};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::module::{FuncType, ValType};
use coracle_vm::tier::{CellLoc, LoopHead};
use wasmparser::{BlockType, BrTable};

/// Operands that a branch moves one by one; more are put in their places once, and then moved by one op. So the code
/// of a branch has a bounded length, whatever it takes along.
const FEW: usize = 8;

/// The form of a copy that moves a run of cells.
const COPY_RUN: u8 = 3;

/// The half word of a branch that tells where it leads.
pub(crate) const TARGET_HALF: u32 = place(&[TARGET], Name::Target) as u32 / 4;

impl<'a> Func<'a> {
    /// Begins the code: locals are set to zero.
    pub(crate) fn begin(&mut self) -> Result<()> {
        if self.locals.is_empty() && self.first_cell == 0 {
            self.declare_params()?;
        }
        self.max_cell = self.max_cell.max(self.first_cell);
        let at = self.words.len();
        if self.counts() {
            self.emit(Row::CallHeat.op(0), Operands::new().u32(Name::Heat, 0));
        }
        self.begin_work(at);
        self.begin_zeros();
        let signature = Signature::Func(self.body.ty);
        self.frames.push(Frame {
            block: Block::Body,
            signature,
            base: 0,
            cell: self.first_cell as u16,
            fixes: NONE,
            table: 0,
            stub: false,
            stub_fixes: NONE,
            writes: 0,
            exit: None,
            entered: self.often(),
            arrived: 0,
        });
        self.works(coracle_image::fuel::ENTRY_COST);
        self.open_fuel();
        self.enter();
        Ok(())
    }

    /// What is paid for and looked at when a function is entered.
    pub(crate) fn enter(&mut self) {
        self.charge(coracle_image::fuel::ENTRY_COST);
        self.look_at_epoch();
    }

    fn signature(&self, ty: BlockType) -> Signature<'a> {
        match ty {
            BlockType::Empty => Signature::Empty,
            BlockType::Type(ty) => Signature::One(ty == wasmparser::ValType::V128),
            BlockType::FuncType(index) => Signature::Func(self.type_at(index)),
        }
    }

    /// A function type of the module's index space.
    pub(crate) fn type_at(&self, index: u32) -> &'a FuncType {
        let module = self.body.module;
        module.sig_type(module.data().types[coracle_image::entity::TypeIndex::from_u32(index)])
    }

    fn open(&mut self, block: Block, signature: Signature<'a>) {
        let params = signature.params();
        let base = self.stack.len() - params;
        let cell = self.stack.get(base).map_or(self.top_cell() as u16, |entry| entry.cell);
        let (writes, entered) = (self.zeros.mark(), self.often());
        self.frames.push(Frame {
            block,
            signature,
            base,
            cell,
            fixes: NONE,
            table: 0,
            stub: false,
            stub_fixes: NONE,
            writes,
            exit: None,
            entered,
            arrived: 0,
        });
    }

    /// `block`.
    pub(crate) fn block(&mut self, ty: BlockType) {
        let signature = self.signature(ty);
        self.settle_top(signature.params());
        self.settle_locals();
        self.open(Block::Block, signature);
    }

    /// `loop`.
    pub(crate) fn begin_loop(&mut self, ty: BlockType) {
        let signature = self.signature(ty);
        self.settle_top(signature.params());
        self.settle_locals();
        let entry = self.jump_into_loop();
        self.forget();
        self.drop_empty_fuel();
        self.close_fuel();
        if let Some(at) = entry {
            self.patch_here(at, TARGET_HALF);
        }
        self.open(Block::Loop(self.words.len() as u32), signature);
        self.loop_heat();
        self.open_fuel();
        self.look_at_epoch();
    }

    /// The point at a loop's head where native code can take the frame over.
    fn loop_heat(&mut self) {
        if self.purpose == Purpose::Head(self.loops) {
            self.head = Some(self.loop_head());
        }
        let counts = self.counts();
        if counts {
            self.empty_fuel();
        }
        self.begin_work(self.words.len());
        if counts {
            let distance = self.link_start(LoopHeat::at(name::Distance));
            let operands = Operands::new().u32(Name::Heat, 0).u32(Name::Loop, self.loops);
            self.emit(Row::LoopHeat.op(0), operands.u32(Name::Distance, distance));
        }
        self.loops += 1;
    }

    /// Where everything lies at this loop's head.
    fn loop_head(&self) -> LoopHead {
        LoopHead {
            index: self.loops,
            offset: self.offset - self.body.offset as u32,
            locals: self.locals.iter().map(|local| CellLoc::Cell(u32::from(local.slot))).collect(),
            operands: self
                .stack
                .iter()
                .map(|entry| match entry.kind {
                    Kind::Const(value) => CellLoc::Imm(value),
                    _ => CellLoc::Cell(u32::from(self.slot_of(entry))),
                })
                .collect(),
        }
    }

    /// How many operands a block takes.
    pub(crate) fn params_of(&self, ty: BlockType) -> usize {
        self.signature(ty).params()
    }

    /// Opens the block of a `try_table`.
    pub(crate) fn open_try(&mut self, ty: BlockType, start: u32, first: usize) {
        let signature = self.signature(ty);
        self.open(Block::Try(start, first as u32), signature);
    }

    /// Ends the fuel block before code that is not of the body.
    pub(crate) fn close_block(&mut self) {
        self.close_fuel();
    }

    /// `if`.
    pub(crate) fn begin_if(&mut self, ty: BlockType) -> Result<()> {
        let signature = self.signature(ty);
        let condition = self.pop_value()?;
        let settle = |func: &mut Self| {
            func.settle_top(signature.params());
            func.settle_locals();
        };
        // What is settled here must not come between the condition and its branch. It lies below the condition's
        // operands, so neither depends on the other.
        match self.last_for(&condition) {
            Some(_) => self.before_last(settle),
            None => settle(self),
        }
        let skip = self.branch_if(&condition, false);
        self.branch_pays(skip);
        self.note_exit(skip, self.frames.len());
        self.fixes.push(Fix { at: skip, half: TARGET_HALF, next: NONE });
        self.open(Block::If(self.fixes.len() as u32 - 1), signature);
        self.halves();
        self.cut();
        Ok(())
    }

    /// `else`.
    pub(crate) fn begin_else(&mut self) -> Result<()> {
        if self.dead_depth > 0 {
            return Ok(());
        }
        let index = self.frames.len() - 1;
        let results = self.frames[index].signature.results();
        if !self.dead {
            self.settle_top(results);
            self.close_fuel();
            let at = self.jump();
            self.branch_pays(at);
            self.fix_later(index, at, TARGET_HALF);
        }
        let Block::If(skip) = self.frames[index].block else {
            return Err(self.unexpected("else without if"));
        };
        self.other_half(index, !self.dead);
        self.frames[index].block = Block::Else;
        self.forget_writes(self.frames[index].writes);
        self.patch_all_here(skip);
        self.restart(index, true)
    }

    /// Goes on at a label of this block, with its parameters or results on the stack.
    fn restart(&mut self, index: usize, params: bool) -> Result<()> {
        self.forget();
        self.dead = false;
        let Frame { base, signature, .. } = self.frames[index];
        self.truncate(base);
        match &signature {
            Signature::Func(ty) => {
                for ty in if params { &ty.params } else { &ty.results } {
                    self.push(Kind::Temp, ty.cells() == 2)?;
                }
            }
            Signature::One(wide) if !params => {
                self.push(Kind::Temp, *wide)?;
            }
            _ => {}
        }
        self.settled = self.stack.len();
        self.cut();
        Ok(())
    }

    /// `end`.
    pub(crate) fn end(&mut self) -> Result<()> {
        if self.dead_depth > 0 {
            self.dead_depth -= 1;
            return Ok(());
        }
        let index = self.frames.len() - 1;
        if self.frames[index].block == Block::Inlined {
            return self.end_inlined();
        }
        if self.frames[index].block == Block::Body {
            if !self.dead {
                self.ret()?;
            }
            self.finish_work();
            self.frames.pop();
            return Ok(());
        }
        self.joins(index, !self.dead);
        if matches!(self.frames[index].block, Block::Loop(_)) {
            self.finish_work();
        }
        if !matches!(self.frames[index].block, Block::Loop(_)) {
            self.forget_writes(self.frames[index].writes);
        }
        let results = self.frames[index].signature.results();
        let mut reached = !self.dead;
        let mut label = false;
        if !self.dead && !matches!(self.frames[index].block, Block::Loop(_)) {
            self.settle_top(results);
        }
        if matches!(self.frames[index].block, Block::If(_)) || self.frames[index].fixes != NONE {
            self.drop_empty_fuel();
        }
        if let Block::If(skip) = self.frames[index].block {
            if self.dead {
                self.close_fuel();
            }
            self.patch_all_here(skip);
            (reached, label) = (true, true);
        }
        if let Block::Try(start, first) = self.frames[index].block {
            self.close_try(start, first as usize);
        }
        if self.frames[index].fixes != NONE {
            self.patch_all_here(self.frames[index].fixes);
            (reached, label) = (true, true);
        }
        if label {
            self.close_fuel();
            self.restart(index, false)?;
        } else if !reached {
            let base = self.frames[index].base;
            self.truncate(base);
            // The enclosing block is dead as well, up to its own end.
            self.dead = true;
        }
        self.frames.pop();
        Ok(())
    }

    /// From here on nothing can be reached, up to the next label.
    pub(crate) fn die(&mut self) {
        self.close_fuel();
        self.forget();
        self.dead = true;
        let base = self.frames.last().map_or(0, |frame| frame.base);
        self.truncate(base);
    }

    /// Aims a branch at the op that comes next.
    pub(crate) fn patch_here(&mut self, at: u32, half: u32) {
        self.lead(at, half, self.words.len() as u32);
    }

    /// Aims a branch, for the first time, at the op that begins at `target`: one that pays goes behind the fuel op there, as
    /// the number says that stands in the place of the distance (`branch_pays`).
    fn lead(&mut self, at: u32, half: u32, target: u32) {
        let further = full(&self.words[at as usize..], 4 * half as usize) as i32;
        self.patch(at, half, (i64::from(target) - i64::from(at)) as i32 + further);
    }

    /// Aims these branches at the op that comes next.
    pub(crate) fn patch_all_here(&mut self, mut fix: u32) {
        while fix != NONE {
            let Fix { at, half, next } = self.fixes[fix as usize];
            self.patch_here(at, half);
            fix = next;
        }
    }

    /// Writes half word number `half` behind the code word at `at`.
    pub(crate) fn patch(&mut self, at: u32, half: u32, value: i32) {
        let word = at as usize + 1 + half as usize / 2;
        let mut bytes = self.words[word].to_ne_bytes();
        let from = half as usize % 2 * 4;
        bytes[from..from + 4].copy_from_slice(&value.to_ne_bytes());
        self.words[word] = u64::from_ne_bytes(bytes);
    }

    fn fix_later(&mut self, frame: usize, at: u32, half: u32) {
        let next = self.frames[frame].fixes;
        self.frames[frame].fixes = self.fixes.len() as u32;
        self.fixes.push(Fix { at, half, next });
    }

    /// A branch forward, to be aimed later. What the last op moves into a cell is moved by the branch.
    pub(crate) fn jump(&mut self) -> u32 {
        let (form, operands) = self.moved_by_branch().unwrap_or((0, branch_operands()));
        let at = self.words.len() as u32;
        self.emit(Row::Br.op(form), operands);
        self.paying = Row::Br.op(form + 1);
        at
    }

    /// A branch on `condition`, taken when it is `when`; where its target has to be written.
    fn branch_if(&mut self, condition: &Entry, when: bool) -> u32 {
        if let Some(last) = self.last_for(condition)
            && last.row == Row::I32Eq
            && last.b == Opd::Imm(0)
            && let Some(test) = self.feeding(&last)
            && let Some(row) = branch_row(test.row, !when, self.few())
            && matches!((test.a, test.b), (Opd::Slot(_) | Opd::Acc, Opd::Slot(_) | Opd::Imm(_)))
        {
            self.take_back(&test);
            return self.branch_on(row, test.a, test.b);
        }
        if let Some(last) = self.last_for(condition)
            && let Some(row) = branch_row(last.row, when, self.few())
            && matches!((last.a, last.b), (Opd::Slot(_) | Opd::Acc, Opd::Slot(_) | Opd::Imm(_)))
        {
            if let Some(at) = self.compared_branch(&last, row) {
                return at;
            }
            if let Some(sum) = self.step_before(&last)
                && let Some((row, b)) = step_row(row, last.b, sum.wide)
            {
                self.take_back_both(&sum, &last);
                return self.branch_step(row, &sum, b);
            }
            let copy = self.previous.filter(|copy| copy.at + usize::from(copy.words) == last.at);
            self.take_back(&last);
            self.last = copy.filter(|copy| copy.shape == Shape::Copy);
            return self.branch_on(row, last.a, last.b);
        }
        if !matches!(condition.kind, Kind::Const(_))
            && let Some(at) = self.computed_branch(condition, when)
        {
            return at;
        }
        let a = match condition.kind {
            Kind::Const(_) => Opd::Slot(self.as_slot(condition)),
            _ => self.as_acc_or_slot(condition, Class::Int),
        };
        let row = if when { Row::BrI32Ne } else { Row::BrI32Eq };
        self.branch_on(row, a, Opd::Imm(0))
    }

    /// A branch on a comparison, with a copy that was written last.
    pub(crate) fn branch_on(&mut self, row: Row, a: Opd, b: Opd) -> u32 {
        let copy = self.copy_for(row);
        let at = self.words.len() as u32;
        let operands = branch_operands().operand(Name::A, a, false).operand(Name::B, b, compares_wide(row));
        let form = u8::from(a == Opd::Acc) << 1 | u8::from(matches!(b, Opd::Imm(_)));
        let (form, operands) = match copy {
            Some((dst, src)) => (form + COPY_FORMS, operands.u16(Name::Dst, dst).u16(Name::C, src)),
            None => (form, operands),
        };
        self.emit(row.op(form), operands);
        self.paying = row.op(form + FUEL_FORMS);
        self.compared = match a {
            Opd::Slot(a) if copy.is_none() => Some(Compared { at, row, a, b }),
            _ => None,
        };
        at
    }

    /// The branch at `at` leaves the block number `frame`. If it is what a loop begins with, turns of that loop may end
    /// in it.
    fn note_exit(&mut self, at: u32, frame: usize) {
        let Some(compared) = self.compared.filter(|compared| compared.at == at) else { return };
        for open in self.frames.iter_mut().rev() {
            match open.block {
                Block::Block => {}
                Block::Loop(head) if head == at => return open.exit = Some((compared, frame)),
                _ => return,
            }
        }
    }

    /// A branch back to a loop that begins with a branch out of it: its contrary, to what stands behind that one, and a
    /// branch out. So a turn takes one op less. Where something is counted at the loop's head, no branch stands there.
    fn turn(&mut self, head: u32, (Compared { row, a, b, .. }, out): (Compared, usize)) -> bool {
        let Some(row) = contrary_branch(row) else { return false };
        let [by_slot, by_number] = const { [BrCmp::<I32Eq, S, S, false>::WORDS, BrCmp::<I32Eq, S, I, false>::WORDS] };
        let behind = head as usize + if matches!(b, Opd::Imm(_)) { by_number } else { by_slot };
        let sum = self.sum_in(a).and_then(|sum| Some((sum, step_row(row, b, sum.wide)?)));
        let at = match sum {
            Some((sum, (row, b))) => {
                self.words.truncate(sum.at);
                self.branch_step(row, &sum, b)
            }
            None if self.acc.holds(Class::Int, a) => self.branch_on(row, Opd::Acc, b),
            None => self.branch_on(row, Opd::Slot(a), b),
        };
        self.patch(at, TARGET_HALF, (behind as i64 - i64::from(at)) as i32);
        let at = self.jump();
        let target = full(&self.words[head as usize..], 4 * TARGET_HALF as usize) as i32;
        match self.frames.get(out).map(|frame| frame.block) {
            _ if target != 0 => {
                self.patch(at, TARGET_HALF, (i64::from(head) + i64::from(target) - i64::from(at)) as i32);
            }
            Some(Block::If(next)) => {
                self.frames[out].block = Block::If(self.fixes.len() as u32);
                self.fixes.push(Fix { at, half: TARGET_HALF, next });
            }
            _ => self.fix_later(out, at, TARGET_HALF),
        }
        true
    }

    /// Sends a branch op to the label of a block.
    fn aim(&mut self, frame: usize, at: u32, half: u32) {
        match self.frames[frame].block {
            Block::Loop(head) => self.lead(at, half, head),
            _ => self.fix_later(frame, at, half),
        }
    }

    /// How many operands a branch to this label takes along.
    pub(crate) fn arity(&self, frame: usize) -> usize {
        let Frame { block, signature, .. } = &self.frames[frame];
        if matches!(block, Block::Loop(_)) { signature.params() } else { signature.results() }
    }

    /// Whether operands have to be moved for a branch to this label.
    fn moves(&self, frame: usize) -> bool {
        let count = self.arity(frame);
        let from = &self.stack[self.stack.len() - count..];
        from.iter().any(|e| e.kind != Kind::Temp)
            || from.first().is_some_and(|first| first.cell != self.frames[frame].cell)
    }

    /// Before a branch that may not be taken, or that is one of several: puts the operands that it takes along in their
    /// places, if the branch would do that itself, and so on its own way alone. The condition, if any, was popped.
    pub(crate) fn settle_carried(&mut self, frame: usize, condition: Option<&Entry>) {
        let count = self.arity(frame);
        let sum = || matches!(self.stack.last(), Some(Entry { kind: Kind::Sum(..), .. }));
        let returns = self.frames[frame].block == Block::Body && (self.body.ty.result_cells() > 1 || sum());
        if count <= FEW && !returns {
            return;
        }
        // As for `if`: nothing may come between the condition and its branch.
        match condition.and_then(|condition| self.last_for(condition)) {
            Some(_) => self.before_last(|func| func.settle_top(count)),
            None => self.settle_top(count),
        }
    }

    /// Moves the operands to where this label wants them. They go to slots at or below their own, in order, so none
    /// is overwritten before it was read.
    fn emit_moves(&mut self, frame: usize) {
        let count = self.arity(frame);
        let mut to = self.frames[frame].cell;
        if count > FEW {
            self.settle_top(count);
            let first = self.stack[self.stack.len() - count].cell;
            if first != to {
                let cells = (self.top_cell() - u32::from(first)) as u16;
                self.emit(Row::Copy.op(COPY_RUN), Operands::to(to).run(Name::Cells, first, cells));
            }
            return;
        }
        for index in self.stack.len() - count..self.stack.len() {
            let entry = self.stack[index];
            match entry.kind {
                Kind::Const(value) => self.emit_const(to, value),
                Kind::Sum(local, _, number) => self.emit_lea(to, self.locals[local as usize].slot, number),
                _ => {
                    self.emit_copy(to, self.slot_of(&entry), entry.wide);
                }
            }
            to += if entry.wide { 2 } else { 1 };
        }
    }

    fn target(&self, depth: u32) -> usize {
        self.frames.len() - 1 - depth as usize
    }

    /// `br`.
    pub(crate) fn br(&mut self, depth: u32) -> Result<()> {
        self.leaves(self.target(depth), true);
        self.br_to(self.target(depth))?;
        self.die();
        Ok(())
    }

    /// A branch that is always taken; the operands stay on the stack.
    pub(crate) fn br_to(&mut self, frame: usize) -> Result<()> {
        if self.frames[frame].block == Block::Body {
            return self.ret_values();
        }
        self.emit_moves(frame);
        if let (Block::Loop(head), Some(exit)) = (self.frames[frame].block, self.frames[frame].exit)
            && self.turn(head, exit)
        {
            return Ok(());
        }
        let at = self.jump();
        self.branch_pays(at);
        self.aim(frame, at, TARGET_HALF);
        Ok(())
    }

    /// `br_if`.
    pub(crate) fn br_if(&mut self, depth: u32) -> Result<()> {
        let condition = self.pop_value()?;
        let frame = self.target(depth);
        self.leaves(frame, false);
        self.settle_carried(frame, Some(&condition));
        self.settle_turn(frame, &condition);
        self.branch_values(frame, |func, when| func.branch_if(&condition, when))
    }

    /// Before a branch back to a loop that carries a note or two of locals to the places where they belong on the stack:
    /// puts them there, so that the branch need not be turned round. Most turns are followed by another.
    fn settle_turn(&mut self, frame: usize, condition: &Entry) {
        let count = self.arity(frame);
        let is_loop = matches!(self.frames[frame].block, Block::Loop(_));
        if !is_loop || !matches!(count, 1 | 2) || !self.moves(frame) {
            return;
        }
        let carried = &self.stack[self.stack.len() - count..];
        let in_place = carried[0].cell == self.frames[frame].cell;
        let plain = |entry: &Entry| !entry.wide && matches!(entry.kind, Kind::Temp | Kind::Local(..));
        if !in_place || !carried.iter().all(plain) {
            return;
        }
        // Nothing comes between the condition and its branch, and what computes it is not what is carried.
        let apart = match self.last {
            None => true,
            Some(last) if carried.iter().any(|entry| self.slot_of(entry) == last.dst) => false,
            Some(last) if self.last_for(condition).is_some() => self.step_before(&last).is_none(),
            Some(last) => self.sum_in(last.dst).is_some_and(|sum| carried.iter().all(|entry| entry.cell != sum.from)),
        };
        if apart {
            self.before_last(|func| func.settle_top(count));
        }
    }

    /// A branch to `frame` on a condition that `branch` writes, for the given sense.
    pub(crate) fn branch_values(&mut self, frame: usize, branch: impl FnOnce(&mut Self, bool) -> u32) -> Result<()> {
        if self.frames[frame].block != Block::Body && !self.moves(frame) {
            let at = branch(self, true);
            self.branch_pays(at);
            if !matches!(self.frames[frame].block, Block::Loop(_)) {
                self.note_exit(at, frame);
            }
            self.aim(frame, at, TARGET_HALF);
        } else {
            let skip = branch(self, false);
            if self.carried_step(skip, frame) {
                self.branch_pays(skip);
                self.aim(frame, skip, TARGET_HALF);
                self.cut();
                return Ok(());
            }
            let acc = self.acc;
            self.br_to(frame)?;
            self.last = None;
            self.acc = acc;
            self.patch_here(skip, TARGET_HALF);
        }
        self.cut();
        Ok(())
    }

    /// The frame that a branch of this depth leads to.
    pub(crate) fn frame_at(&self, depth: u32) -> usize {
        self.target(depth)
    }

    /// `br_table`.
    pub(crate) fn br_table(&mut self, targets: &BrTable<'_>) -> Result<()> {
        let (index, sum) = self.table_index()?;
        let outermost = targets.targets().filter_map(|depth| depth.ok()).fold(targets.default(), u32::max);
        // What is put in place between the index and the branch leaves the accumulator alone.
        self.settle_carried(self.target(outermost), None);
        self.tables += 1;
        let at = self.words.len() as u32;
        let form = u8::from(self.pays()) | u8::from(index == Opd::Acc) << 1 | u8::from(sum.is_some()) << 2;
        let operands = Operands::new().operand(Name::Index, index, false);
        let (operands, count) = match sum {
            Some(number) => (operands.u32(Name::Number, number), BrTableSum::<S, false>::at(name::Targets)),
            None => (operands, TableBranch::<S, false>::at(name::Targets)),
        };
        self.emit(Row::BrTable.op(form), operands.u32(Name::Targets, targets.len()));
        // Targets lie behind their count.
        let first = count as u32 / 4 + 1;
        self.words.resize(at as usize + 1 + (first as usize + targets.len() as usize + 1).div_ceil(2), 0);
        let mut stubs: Vec<usize> = Vec::new();
        for (i, depth) in targets.targets().chain(core::iter::once(Ok(targets.default()))).enumerate() {
            let frame = self.target(depth.map_err(malformed)?);
            let half = first + i as u32;
            self.goes_behind_fuel(at, half);
            self.arrives(frame, self.often() / (targets.len() + 1));
            if self.frames[frame].table != self.tables {
                let stub = self.frames[frame].block == Block::Body || self.moves(frame);
                let known = &mut self.frames[frame];
                (known.table, known.stub, known.stub_fixes) = (self.tables, stub, NONE);
                if stub {
                    stubs.push(frame);
                }
            }
            if self.frames[frame].stub {
                let next = self.frames[frame].stub_fixes;
                self.frames[frame].stub_fixes = self.fixes.len() as u32;
                self.fixes.push(Fix { at, half, next });
            } else {
                self.aim(frame, at, half);
            }
        }
        for frame in stubs {
            self.patch_all_here(self.frames[frame].stub_fixes);
            self.forget();
            self.empty_fuel();
            self.br_to(frame)?;
        }
        self.die();
        Ok(())
    }

    /// Where the index of a `br_table` lies, and the number that is to be added to it.
    fn table_index(&mut self) -> Result<(Opd, Option<u32>)> {
        let index = self.pop()?;
        if let Kind::Sum(local, _, number) = index.kind {
            return Ok((Opd::Slot(self.locals[local as usize].slot), Some(number)));
        }
        if let Some(last) = self.last_for(&index)
            && let (Row::I32Add, a @ (Opd::Slot(_) | Opd::Acc), Opd::Imm(number)) = (last.row, last.a, last.b)
        {
            self.take_back(&last);
            return Ok((a, Some(number as u32)));
        }
        Ok((self.as_acc_or_slot(&index, Class::Int), None))
    }

    /// `return`.
    pub(crate) fn ret(&mut self) -> Result<()> {
        match self.callers.last() {
            Some(caller) => self.br_to(caller.frame)?,
            None => self.ret_values()?,
        }
        self.die();
        Ok(())
    }

    /// Returns the topmost operands, which stay on the stack.
    fn ret_values(&mut self) -> Result<()> {
        let results = self.body.ty.results.len();
        let cells = self.body.ty.result_cells();
        let header = Operands::new().u16(Name::Header, self.header());
        if cells == 0 {
            if self.return_sum(Opd::None) {
                return Ok(());
            }
            self.emit(Row::Ret0.op(u8::from(self.pays())), header);
            return Ok(());
        }
        let fuel = if self.pays() { RET_FUEL_FORMS } else { 0 };
        if cells == 1 {
            let entry = self.pop_value()?;
            self.push_back(entry);
            if let Kind::Const(value) = entry.kind {
                self.emit(Row::Ret1.op(1 + fuel), header.u64(Name::Value, value));
                return Ok(());
            }
            let (class, form) = match self.body.ty.results[0] {
                ValType::F64 => (Class::F64, 3),
                ValType::F32 => (Class::F32, 4),
                _ => (Class::Int, 2),
            };
            let value = self.as_acc_or_slot(&entry, class);
            if (class == Class::Int || value != Opd::Acc) && self.return_sum(value) {
                return Ok(());
            }
            let form = if value == Opd::Acc { form } else { 0 };
            self.emit(Row::Ret1.op(form + fuel), header.operand(Name::Value, value, true));
            return Ok(());
        }
        self.settle_top(results);
        let first = self.stack[self.stack.len() - results].cell;
        self.emit(Row::RetN.op(u8::from(self.pays())), header.run(Name::Cells, first, cells as u16));
        Ok(())
    }
}

/// The operands that all branches but those by number begin with: where it leads is written when that is known.
pub(crate) fn branch_operands() -> Operands {
    Operands::new().u32(Name::Target, 0)
}

/// Whether a branch compares numbers of 64 bits.
fn compares_wide(row: Row) -> bool {
    let among = |first: Row, last: Row| (first as u16..=last as u16).contains(&(row as u16));
    among(Row::BrI64Eq, Row::BrI64GeU) || among(Row::BrF64Eq, Row::BrF64Nge)
}

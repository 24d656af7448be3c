//! Writing ops, and choosing their forms.
//!
//! The last op stays known until the next is written, so that the next can change it: send its result to a local, keep
//! it in the accumulator alone, or replace both by one op that does it all.

use crate::exec::dispatch::code_word;
use crate::exec::machine::Exec;
use crate::exec::numeric::Copy2;
use crate::exec::operand::{Name, full, half, name};
use crate::exec::ops::Row;
use crate::exec::quiet::is_quiet;
use crate::exec::table::GlobalGet;
use crate::translate::func::{Entry, Func, GlobalSum, Kind, NONE, Purpose};
use crate::translate::fuse::contrary;
use crate::translate::operand::{Acc, Argument, Class, Last, Opd, Operands, Shape, Sum, Typing, small};
use coracle_error::Result;

impl Func<'_> {
    /// Writes an op, and forgets the last one.
    pub(crate) fn emit(&mut self, op: u16, operands: Operands) {
        self.last = None;
        self.write(op, operands);
    }

    fn write(&mut self, op: u16, operands: Operands) {
        if self.notes() {
            self.note_offset(self.words.len(), self.offset);
        }
        #[cfg(verify_code)]
        {
            let wrong = crate::verify::misplaced(op, operands.noted());
            self.misplaced = self.misplaced.or(wrong.map(|name| (op, name)));
        }
        if let Some(block) = &mut self.fuel {
            block.quiet &= is_quiet(op);
        }
        let word = self.code_word(op);
        self.words.push(word);
        self.words.extend((0..operands.words()).map(|index| operands.word(index)));
    }

    /// Writes an op that ends by telling how far its end lies from the start of the code.
    pub(crate) fn emit_linked(&mut self, op: u16, operands: Operands) {
        let distance = self.link(1 + operands.link(0).words());
        self.emit(op, operands.link(distance));
    }

    /// Notes where an op that was written comes from.
    fn note_offsets(&mut self, last: &Last) {
        self.note_both(last.at, last.offset, last.behind);
    }

    /// Notes that the op at `at` comes from `offset`; an op that stood behind is gone.
    fn note_offset(&mut self, at: usize, offset: u32) {
        let at = at as u32;
        while self.offsets.last().is_some_and(|&(behind, _)| behind >= at) {
            self.offsets.pop();
        }
        self.offsets.push((at, offset));
    }

    /// The addition that stands before the comparison `last`, if its sum goes to a slot and the comparison takes it from
    /// the accumulator.
    pub(crate) fn step_before(&self, last: &Last) -> Option<Sum> {
        if self.few() {
            return None;
        }
        let step = self.previous.filter(|_| last.a == Opd::Acc)?;
        let wide = step.row == Row::I64Add;
        // The form tells that the sum is still written to its slot.
        let (form, by, words) = match step.b {
            Opd::Imm(number) => (2, Opd::Imm(small(number, wide)?.into()), if wide { 3 } else { 2 }),
            Opd::Slot(_) => (0, step.b, 2),
            _ => return None,
        };
        let written = self.words[step.at] == self.code_word(step.row.op(form));
        match step.a {
            Opd::Slot(from)
                if written && matches!(step.row, Row::I32Add | Row::I64Add) && step.at + words == last.at =>
            {
                Some(Sum { at: step.at, dst: step.dst, from, by, wide })
            }
            _ => None,
        }
    }

    pub(crate) fn code_word(&self, op: u16) -> u64 {
        if self.purpose == Purpose::Run { code_word(op) } else { u64::from(op) }
    }

    /// Takes back the two last ops, the addition of [`Func::step_before`] and the comparison, for one that does both.
    pub(crate) fn take_back_both(&mut self, sum: &Sum, last: &Last) {
        self.words.truncate(sum.at);
        self.acc = last.before;
        self.last = None;
    }

    /// Takes the last op back if it puts arguments in place that a call can copy itself. A call that reads a slot of its
    /// own does so first, and `read` is that slot: what puts something there stays before it.
    pub(crate) fn last_argument(&mut self, read: Option<u16>) -> Argument {
        let Some(last) = self.last else { return Argument::Other };
        let argument = match (last.shape, last.a, last.b) {
            (Shape::Copy, Opd::Slot(src), _) => Argument::Copy(last.dst, src),
            (Shape::Copy2, ..) => {
                let (first, second) = self.copies(&last);
                Argument::Two(first, second)
            }
            (Shape::Fixed, Opd::Slot(src), Opd::Imm(number)) if last.row == Row::Lea => {
                Argument::Sum(last.dst, src, number as u32)
            }
            _ => return Argument::Other,
        };
        let written = match argument {
            Argument::Copy(dst, _) | Argument::Sum(dst, ..) => [dst, dst],
            Argument::Two((dst, _), (dst2, _)) => [dst, dst2],
            Argument::Other => return argument,
        };
        if read.is_some_and(|slot| written.contains(&slot)) {
            return Argument::Other;
        }
        self.words.truncate(last.at);
        self.last = None;
        argument
    }

    /// Where two copies that are one op go to and come from.
    fn copies(&self, both: &Last) -> ((u16, u16), (u16, u16)) {
        let op = &self.words[both.at..];
        let first = (half(op, Copy2::at(name::Dst)), half(op, Copy2::at(name::A)));
        (first, (half(op, Copy2::at(name::Dst2)), half(op, Copy2::at(name::B))))
    }

    /// Turns the last op into its contrary, if it is a comparison whose result is on top of the stack.
    pub(crate) fn negate_last(&mut self) -> bool {
        let Some(last) = self.stack.last().and_then(|entry| self.last_for(entry)) else { return false };
        let Some(row) = contrary(last.row) else { return false };
        self.words[last.at] = self.code_word(row.op(last.form));
        self.last = Some(Last { row, ..last });
        true
    }

    /// The op before `last`, if nothing came between, it left its result in the accumulator alone, and `last` takes it
    /// from there as its first operand.
    pub(crate) fn feeding(&self, last: &Last) -> Option<Last> {
        let before = self.previous?;
        let alone = self.words[before.at] == self.code_word(before.row.op(before.form | 1));
        let adjacent = before.at + usize::from(before.words) == last.at;
        (before.shape == Shape::Value && alone && adjacent && last.a == Opd::Acc).then_some(before)
    }

    /// `global.set`. What a function with a frame in memory does at its start and its end is one op each.
    pub(crate) fn set_global(&mut self, place: u32, wide: bool) -> Result<()> {
        let entry = self.pop()?;
        if let Kind::Sum(local, _, number) = entry.kind {
            let slot = self.locals[local as usize].slot;
            self.global_sum = Some(GlobalSum { at: self.words.len(), slot, place, number });
            let operands = Operands::new().u16(Name::A, slot).u32(Name::Global, place).u32(Name::Number, number);
            self.emit(Row::GlobalSet.op(2), operands);
            return Ok(());
        }
        if let (Some(last), Some(before)) = (self.last, self.previous)
            && let (Opd::Slot(from), Opd::Imm(number)) = (last.a, last.b)
            && last.row == Row::I32Add
            && before.row == Row::GlobalGet
            && before.at + 2 == last.at
            && from == before.dst
            // Nobody else reads what was taken from the global: it went to a place on the stack that is free again.
            && u32::from(from) >= self.first_cell
            && matches!(entry.kind, Kind::Temp | Kind::Local(..))
            && self.slot_of(&entry) == last.dst
            && self.words[before.at] == self.code_word(Row::GlobalGet.op(0))
            && full(&self.words[before.at..], GlobalGet::at(name::Global)) == place
        {
            self.words.truncate(before.at);
            self.acc = before.before;
            let operands = Operands::to(last.dst).u32(Name::Global, place).u32(Name::Number, number as u32);
            self.emit(Row::GlobalAdd.op(0), operands);
            self.acc.set(Class::Int, last.dst);
            return Ok(());
        }
        let value = self.as_slot(&entry);
        let operands = Operands::new().u16(Name::Value, value).u32(Name::Global, place);
        self.emit(Row::GlobalSet.op(u8::from(wide)), operands);
        Ok(())
    }

    /// Takes the last op back, to replace it.
    pub(crate) fn take_back(&mut self, last: &Last) {
        self.words.truncate(last.at);
        self.acc = last.before;
        self.last = None;
    }

    /// The last op, if it computed `entry` into its canonical slot just now.
    pub(crate) fn last_for(&self, entry: &Entry) -> Option<Last> {
        self.last.filter(|last| entry.kind == Kind::Temp && last.dst == entry.cell)
    }

    /// Writes an op whose result is its first operand.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn emit_value(
        &mut self,
        row: Row,
        form: u8,
        operands: Operands,
        dst: u16,
        class: Class,
        shape: Shape,
        (a, b): (Opd, Opd),
    ) {
        let (at, before) = (self.words.len(), self.acc);
        self.previous = self.last;
        self.write(row.op(form), operands);
        if shape == Shape::Value {
            self.acc.set(class, dst);
        } else {
            self.acc.forget(dst);
        }
        let (offset, words) = (self.offset, (self.words.len() - at) as u8);
        self.last = Some(Last { at, words, row, form, shape, dst, class, a, b, before, offset, behind: offset });
    }

    /// Writes an op of [`Operands::result`] with no other form, and pushes its result.
    pub(crate) fn emit_fixed(&mut self, row: Row, form: u8, operands: Operands, wide: bool) -> Result<()> {
        let dst = self.push(Kind::Temp, wide)?;
        self.emit_value(row, form, operands.send(dst), dst, Class::None, Shape::Fixed, (Opd::None, Opd::None));
        if wide {
            self.acc.forget(dst + 1);
        }
        Ok(())
    }

    /// Writes a copy of a cell or two.
    pub(crate) fn emit_copy(&mut self, dst: u16, src: u16, wide: bool) {
        if dst == src {
            return;
        }
        let operands = Operands::to(dst).u16(Name::A, src);
        if wide {
            self.acc.forget(dst);
            self.acc.forget(dst + 1);
            self.emit(Row::CopyWide.op(0), operands);
            return;
        }
        if let Some(last @ Last { shape: Shape::Copy, a: Opd::Slot(first), .. }) = self.last {
            self.words.truncate(last.at);
            self.acc.forget(dst);
            if let Some(before) = self.previous.filter(|it| it.shape == Shape::Copy2 && it.at + 2 == last.at) {
                let ((dst1, src1), (dst2, src2)) = self.copies(&before);
                self.words.truncate(before.at);
                let two = Operands::to(dst1).u16(Name::A, src1).u16(Name::Dst2, dst2).u16(Name::B, src2);
                let three = two.u16(Name::Dst3, last.dst).u16(Name::C, first);
                let four = three.u16(Name::Dst4, dst).u16(Name::D, src);
                let none = (Opd::None, Opd::None);
                return self.emit_value(Row::Copy, 2, four, u16::MAX, Class::None, Shape::Fixed, none);
            }
            let both = Operands::to(last.dst).u16(Name::A, first).u16(Name::Dst2, dst).u16(Name::B, src);
            // No operand lies at this destination, so nobody sends the first copy elsewhere.
            self.emit_value(Row::Copy, 1, both, u16::MAX, Class::None, Shape::Copy2, (Opd::None, Opd::None));
            return;
        }
        if self.sum_and_copy(dst, src) {
            return;
        }
        self.emit_value(Row::Copy, 0, operands, dst, Class::None, Shape::Copy, (Opd::Slot(src), Opd::None));
    }

    /// Writes the sum of a local and a number to a slot.
    pub(crate) fn emit_sum(&mut self, dst: u16, local: u32, number: u32) {
        let slot = self.locals[local as usize].slot;
        // A local that is stepped is read from its slot, since the step may become one op with a branch.
        let in_acc = dst != slot && self.acc.holds(Class::Int, slot);
        if !in_acc && self.second_sum(dst, slot, number) {
            return;
        }
        let a = if in_acc { Opd::Acc } else { Opd::Slot(slot) };
        let b = Opd::Imm(u64::from(number));
        let operands = Operands::to(dst).operand(Name::A, a, false).u32(Name::B, number);
        self.emit_value(Row::I32Add, value_form(a, b), operands, dst, Class::Int, Shape::Value, (a, b));
    }

    /// The same without a trace in the accumulator.
    pub(crate) fn emit_lea(&mut self, dst: u16, slot: u16, number: u32) {
        let operands = Operands::to(dst).u16(Name::A, slot).u32(Name::Number, number);
        let from = (Opd::Slot(slot), Opd::Imm(u64::from(number)));
        self.emit_value(Row::Lea, 0, operands, dst, Class::None, Shape::Fixed, from);
    }

    /// Writes a constant to a cell.
    pub(crate) fn emit_const(&mut self, dst: u16, value: u64) {
        self.acc.forget(dst);
        let Ok(small) = u32::try_from(value) else {
            return self.emit(Row::Const.op(1), Operands::to(dst).u64(Name::Number, value));
        };
        let (form, operands, shape, dst) = match self.last {
            Some(last @ Last { shape: Shape::Const, a: Opd::Imm(first), .. }) if last.dst != dst => {
                self.words.truncate(last.at);
                let both = Operands::to(last.dst).u16(Name::Dst2, dst);
                let both = both.u32(Name::Number, first as u32).u32(Name::Number2, small);
                // No operand lies at this destination, so nobody sends the first number elsewhere.
                (2, both, Shape::Fixed, u16::MAX)
            }
            _ => (0, Operands::to(dst).u32(Name::Number, small), Shape::Const, dst),
        };
        self.emit_value(Row::Const, form, operands, dst, Class::None, shape, (Opd::Imm(value), Opd::None));
    }

    /// The slot of an operand that was popped; a constant is put into its canonical slot.
    pub(crate) fn as_slot(&mut self, entry: &Entry) -> u16 {
        if let Kind::Const(value) = entry.kind {
            self.emit_const(entry.cell, value);
        }
        self.slot_of(entry)
    }

    /// An operand that was popped, from the accumulator if it is there. Where the last op computed it for this use
    /// alone, that op keeps it in the accumulator and writes no slot.
    pub(crate) fn as_acc_or_slot(&mut self, entry: &Entry, class: Class) -> Opd {
        let slot = self.as_slot(entry);
        if !self.acc.holds(class, slot) {
            return Opd::Slot(slot);
        }
        if let Some(last) = self.last_for(entry)
            && last.shape == Shape::Value
            && last.class == class
        {
            let op = last.row.op(last.form | 1);
            self.words[last.at] = self.code_word(op);
            // Its slot has no value now.
            self.acc.forget(slot);
        }
        Opd::Acc
    }

    /// `a op b`, with whatever form fits. `mirror` is the row for swapped operands, if there is one.
    pub(crate) fn binary(&mut self, row: Row, mirror: Option<Row>, typing: Typing) -> Result<()> {
        let (mut b, mut a, mut row) = (self.pop_value()?, self.pop_value()?, row);
        let is_const = |e: &Entry| matches!(e.kind, Kind::Const(_));
        if let (Some(mirror), true, false) = (mirror, is_const(&a), is_const(&b)) {
            (a, b, row) = (b, a, mirror);
        }
        let class = typing.operands;
        let (a, b) = match (a.kind, b.kind) {
            _ if self.few() && matches!(class, Class::F32 | Class::F64) => {
                (Opd::Slot(self.as_slot(&a)), Opd::Slot(self.as_slot(&b)))
            }
            (_, Kind::Const(value)) => (self.as_acc_or_slot(&a, class), Opd::Imm(value)),
            (Kind::Const(value), _) => (Opd::Imm(value), self.as_acc_or_slot(&b, class)),
            _ if self.acc.holds(class, self.slot_of(&b)) => {
                if let Some(mirror) = mirror {
                    row = mirror;
                    (self.as_acc_or_slot(&b, class), Opd::Slot(self.slot_of(&a)))
                } else {
                    (Opd::Slot(self.slot_of(&a)), self.as_acc_or_slot(&b, class))
                }
            }
            _ => (self.as_acc_or_slot(&a, class), Opd::Slot(self.slot_of(&b))),
        };
        let combined = match (a, b) {
            (Opd::Acc, b) => self.combined(row, b, false)?,
            (a @ Opd::Slot(_), Opd::Acc) => self.combined(row, a, true)?,
            _ => false,
        };
        if combined {
            return Ok(());
        }
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::to(dst).operand(Name::A, a, typing.wide).operand(Name::B, b, typing.wide);
        self.emit_value(row, value_form(a, b), operands, dst, typing.result, Shape::Value, (a, b));
        Ok(())
    }

    /// `op a`.
    pub(crate) fn unary(&mut self, row: Row, operand: Class, result: Class) -> Result<()> {
        let entry = self.pop_value()?;
        let a = self.as_acc_or_slot(&entry, operand);
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::to(dst).operand(Name::A, a, true);
        self.emit_value(row, value_form(a, Opd::None), operands, dst, result, Shape::Value, (a, Opd::None));
        Ok(())
    }

    /// The last op comes from the operator at `offset`, and what traps behind its first word from the one at `behind`.
    pub(crate) fn comes_from_both(&mut self, offset: u32, behind: u32) {
        if let Some(last) = &mut self.last {
            (last.offset, last.behind) = (offset, behind);
        }
        if let Some(last) = self.last {
            self.note_offsets(&last);
        }
    }

    /// The same of the op at `at`.
    pub(crate) fn note_both(&mut self, at: usize, offset: u32, behind: u32) {
        if self.notes() {
            self.note_offset(at, offset);
            if behind != offset {
                self.note_offset(at + 1, behind);
            }
        }
    }

    /// Writes ops before the last one, which must not depend on them nor they on it.
    pub(crate) fn before_last(&mut self, emit: impl FnOnce(&mut Self)) {
        let Some(mut last) = self.last else {
            return emit(self);
        };
        let mut held = [0_u64; 5];
        let len = self.words.len() - last.at;
        held[..len].copy_from_slice(&self.words[last.at..]);
        self.words.truncate(last.at);
        self.last = None;
        emit(self);
        if self.words.len() > last.at {
            // What it was is not what stands before it now: two copies in one op, for instance.
            self.previous = self.last;
        }
        last.at = self.words.len();
        self.note_offsets(&last);
        self.words.extend_from_slice(&held[..len]);
        last.before = Acc::none(!self.few());
        self.last = Some(last);
    }

    /// `select`.
    pub(crate) fn select(&mut self) -> Result<()> {
        let (cond, b, a) = (self.pop_value()?, self.pop_value()?, self.pop_value()?);
        if a.wide {
            let (cond, a, b) = (self.as_slot(&cond), self.slot_of(&a), self.slot_of(&b));
            let operands = Operands::result().u16(Name::Condition, cond).u16(Name::A, a).u16(Name::B, b);
            return self.emit_fixed(Row::SelectWide, 0, operands, true);
        }
        let is_const = |entry: &Entry| matches!(entry.kind, Kind::Const(_));
        if let Some(last) = self.last_for(&cond).filter(|_| !is_const(&a) && !is_const(&b))
            && self.choose(&last, (self.slot_of(&a), self.slot_of(&b)))?
        {
            return Ok(());
        }
        let c = self.as_acc_or_slot(&cond, Class::Int);
        let operand = |func: &Self, entry: &Entry| match entry.kind {
            Kind::Const(value) => Opd::Imm(value),
            _ => Opd::Slot(func.slot_of(entry)),
        };
        let (a, b) = (operand(self, &a), operand(self, &b));
        let imm = |o: &Opd| u8::from(matches!(o, Opd::Imm(_)));
        let form = imm(&a) << 3 | u8::from(c == Opd::Acc) << 2 | imm(&b) << 1;
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::to(dst).operand(Name::Condition, c, false);
        let operands = operands.operand(Name::A, a, true).operand(Name::B, b, true);
        self.emit_value(Row::Select, form, operands, dst, Class::Int, Shape::Value, (a, b));
        Ok(())
    }

    /// `local.set`, and `local.tee` without its result.
    pub(crate) fn set_local(&mut self, index: u32, entry: &Entry) {
        let local = self.locals[index as usize];
        if self.last_for(entry).is_some() {
            if local.noted != NONE {
                self.before_last(|func| func.settle_notes(index));
            }
            self.send_last(local.slot, local.wide);
            return;
        }
        self.settle_notes(index);
        match entry.kind {
            Kind::Const(value) => self.emit_const(local.slot, value),
            Kind::Sum(from, _, number) => self.emit_sum(local.slot, from, number),
            _ => {
                self.acc.forget(local.slot);
                self.emit_copy(local.slot, self.slot_of(entry), local.wide);
            }
        }
    }

    /// Sends the result of the last op to another slot.
    pub(crate) fn send_last(&mut self, dst: u16, wide: bool) {
        let Some(last) = &mut self.last else { return };
        let (at, class, from) = (last.at, last.class, core::mem::replace(&mut last.dst, dst));
        let held = self.acc.holds(class, from);
        let mut bytes = self.words[at + 1].to_ne_bytes();
        bytes[..2].copy_from_slice(&dst.to_ne_bytes());
        self.words[at + 1] = u64::from_ne_bytes(bytes);
        self.acc.forget(from);
        self.acc.forget(dst);
        if wide {
            self.acc.forget(dst + 1);
        }
        if held {
            self.acc.set(class, dst);
        }
    }

    /// Forgets what is known of two slots that are written.
    pub(crate) fn forget_slots(&mut self, a: u16, b: u16) {
        self.acc.forget(a);
        self.acc.forget(b);
    }

    /// Forgets what a label or a call makes unknown.
    pub(crate) fn forget(&mut self) {
        self.keep_apart();
        self.acc = Acc::none(!self.few());
    }

    /// Keeps the next op from becoming one with those before it.
    pub(crate) fn keep_apart(&mut self) {
        self.last = None;
        self.global_sum = None;
        self.slot_store = None;
    }
}

/// The form of a value-producing op that writes a slot: by the order of the families in `exec`.
fn value_form(a: Opd, b: Opd) -> u8 {
    let pair = match (a, b) {
        (Opd::Slot(_), Opd::None | Opd::Slot(_)) => 0,
        (Opd::Acc, Opd::None) | (Opd::Slot(_), Opd::Imm(_)) => 1,
        (Opd::Acc, Opd::Slot(_)) => 2,
        (Opd::Acc, Opd::Imm(_)) => 3,
        (Opd::Slot(_), Opd::Acc) => 4,
        (Opd::Imm(_), Opd::Slot(_)) => 5,
        _ => 6,
    };
    pair * 2
}

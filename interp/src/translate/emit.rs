//! Writing ops, and choosing their forms.
//!
//! The last op stays known until the next is written, so that the next can change it: send its result to a local, keep
//! it in the accumulator alone, or replace both by one op that does it all.

use crate::exec::dispatch::code_word;
use crate::ops::Row;
use crate::translate::stack::{Entry, Kind};
use crate::translate::{Func, Purpose};
use coracle_core::error::Result;

/// The class of a value: which accumulator holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// `i32`, `i64`, references, and whatever is moved as a cell.
    Int,
    F32,
    F64,
    /// None: vectors, and ops that leave the accumulators alone.
    None,
}

/// What is known of the accumulators: the slot whose value each holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acc([u32; 3]);

impl Acc {
    /// Nothing is known.
    pub(crate) const NONE: Self = Self([u32::MAX; 3]);

    fn holds(&self, class: Class, slot: u16) -> bool {
        class != Class::None && self.0[class as usize] == u32::from(slot)
    }

    /// A slot is written: no accumulator holds its value any more.
    fn forget(&mut self, slot: u16) {
        for held in &mut self.0 {
            if *held == u32::from(slot) {
                *held = u32::MAX;
            }
        }
    }

    fn set(&mut self, class: Class, slot: u16) {
        self.forget(slot);
        if class != Class::None {
            self.0[class as usize] = u32::from(slot);
        }
    }
}

/// An operand of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opd {
    Slot(u16),
    Acc,
    Imm(u64),
    /// There is none.
    None,
}

/// What the last op was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last {
    /// Where it begins.
    pub(crate) at: usize,
    pub(crate) row: Row,
    form: u8,
    pub(crate) shape: Shape,
    /// The slot that it writes.
    pub(crate) dst: u16,
    pub(crate) class: Class,
    pub(crate) a: Opd,
    pub(crate) b: Opd,
    /// What the accumulators held before it.
    before: Acc,
    /// Where it comes from.
    offset: u32,
}

/// What can be done with the last op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Its destination lies at 0; the next form keeps the result in the accumulator alone.
    Value,
    /// Its destination lies at 0, and it has no other form.
    Fixed,
    /// A copy of one cell.
    Copy,
}

/// The operand bytes of an op.
#[derive(Clone, Copy)]
pub(crate) struct Operands {
    bytes: [u8; 24],
    len: usize,
}

impl Operands {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; 24], len: 0 }
    }
    fn put(mut self, at: usize, bytes: &[u8]) -> Self {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self.len = self.len.max(at + bytes.len());
        self
    }
    pub(crate) fn u16(self, at: usize, value: u16) -> Self {
        self.put(at, &value.to_ne_bytes())
    }
    pub(crate) fn u32(self, at: usize, value: u32) -> Self {
        self.put(at, &value.to_ne_bytes())
    }
    pub(crate) fn u64(self, at: usize, value: u64) -> Self {
        self.put(at, &value.to_ne_bytes())
    }
    /// An operand whose slot lies at `at`, or whose immediate lies at `imm`.
    fn operand(self, operand: Opd, at: usize, imm: usize, wide: bool) -> Self {
        match operand {
            Opd::Slot(slot) => self.u16(at, slot),
            Opd::Acc | Opd::None => self,
            Opd::Imm(value) if wide => self.u64(imm, value),
            Opd::Imm(value) => self.u32(imm, value as u32),
        }
    }
}

/// How the operands of an arithmetic op are typed: their class, and whether an immediate takes a word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typing {
    pub(crate) operands: Class,
    pub(crate) wide: bool,
    pub(crate) result: Class,
}

impl Func<'_> {
    /// Writes an op, and forgets the last one.
    pub(crate) fn emit(&mut self, op: u16, operands: Operands) {
        self.last = None;
        self.write(op, operands);
    }

    fn write(&mut self, op: u16, operands: Operands) {
        if self.purpose == Purpose::Offsets {
            self.note_offset(self.words.len(), self.offset);
        }
        self.words.push(if self.purpose == Purpose::Run { code_word(op) } else { u64::from(op) });
        for word in operands.bytes[..operands.len].chunks(8) {
            let mut bytes = [0; 8];
            bytes[..word.len()].copy_from_slice(word);
            self.words.push(u64::from_ne_bytes(bytes));
        }
    }

    /// Notes that the op at `at` comes from `offset`; an op that stood behind is gone.
    fn note_offset(&mut self, at: usize, offset: u32) {
        let at = at as u32;
        while self.offsets.last().is_some_and(|&(behind, _)| behind >= at) {
            self.offsets.pop();
        }
        self.offsets.push((at, offset));
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

    /// Writes an op whose destination lies at 0.
    #[allow(clippy::too_many_arguments)]
    fn emit_value(
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
        self.write(row.op(form), operands);
        if shape == Shape::Value {
            self.acc.set(class, dst);
        } else {
            self.acc.forget(dst);
        }
        self.last = Some(Last { at, row, form, shape, dst, class, a, b, before, offset: self.offset });
    }

    /// Writes an op with a destination at 0 and no other form, and pushes its result.
    pub(crate) fn emit_fixed(&mut self, row: Row, form: u8, operands: Operands, wide: bool) -> Result<()> {
        let dst = self.push(Kind::Temp, wide)?;
        self.emit_value(row, form, operands.u16(0, dst), dst, Class::None, Shape::Fixed, (Opd::None, Opd::None));
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
        let operands = Operands::new().u16(0, dst).u16(2, src);
        if wide {
            self.acc.forget(dst);
            self.acc.forget(dst + 1);
            self.emit(Row::CopyWide.op(0), operands);
            return;
        }
        if let Some(last @ Last { shape: Shape::Copy, a: Opd::Slot(first), .. }) = self.last {
            self.words.truncate(last.at);
            self.acc.forget(dst);
            let both = Operands::new().u16(0, last.dst).u16(2, first).u16(4, dst).u16(6, src);
            self.emit(Row::Copy.op(1), both);
            return;
        }
        self.emit_value(Row::Copy, 0, operands, dst, Class::None, Shape::Copy, (Opd::Slot(src), Opd::None));
    }

    /// Writes a constant to a cell.
    pub(crate) fn emit_const(&mut self, dst: u16, value: u64) {
        self.acc.forget(dst);
        match u32::try_from(value) {
            Ok(small) => self.emit(Row::Const.op(0), Operands::new().u16(0, dst).u32(4, small)),
            Err(_) => self.emit(Row::Const.op(1), Operands::new().u16(0, dst).u64(8, value)),
        }
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
            self.words[last.at] = if self.purpose == Purpose::Run { code_word(op) } else { u64::from(op) };
            // Its slot has no value now.
            self.acc.forget(slot);
        }
        Opd::Acc
    }

    /// `a op b`, with whatever form fits. `mirror` is the row for swapped operands, if there is one.
    pub(crate) fn binary(&mut self, row: Row, mirror: Option<Row>, typing: Typing) -> Result<()> {
        let (mut b, mut a, mut row) = (self.pop()?, self.pop()?, row);
        let is_const = |e: &Entry| matches!(e.kind, Kind::Const(_));
        if let (Some(mirror), true, false) = (mirror, is_const(&a), is_const(&b)) {
            (a, b, row) = (b, a, mirror);
        }
        let class = typing.operands;
        let (a, b) = match (a.kind, b.kind) {
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
        let dst = self.push(Kind::Temp, false)?;
        let (imm, second) = (if typing.wide { 8 } else { 4 }, if matches!(a, Opd::Imm(_)) { 2 } else { 4 });
        let operands =
            Operands::new().u16(0, dst).u16(6, 0).operand(a, 2, imm, typing.wide).operand(b, second, imm, typing.wide);
        self.emit_value(row, value_form(a, b), operands, dst, typing.result, Shape::Value, (a, b));
        Ok(())
    }

    /// `op a`.
    pub(crate) fn unary(&mut self, row: Row, operand: Class, result: Class) -> Result<()> {
        let entry = self.pop()?;
        let a = self.as_acc_or_slot(&entry, operand);
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::new().u16(0, dst).u16(4, 0).operand(a, 2, 8, true);
        self.emit_value(row, value_form(a, Opd::None), operands, dst, result, Shape::Value, (a, Opd::None));
        Ok(())
    }

    /// A load from memory 0.
    pub(crate) fn load(&mut self, row: Row, offset: u32, result: Class) -> Result<()> {
        let entry = self.pop()?;
        let a = self.as_acc_or_slot(&entry, Class::Int);
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::new().u16(0, dst).operand(a, 2, 8, true).u32(4, offset);
        self.emit_value(row, value_form(a, Opd::None), operands, dst, result, Shape::Value, (a, Opd::None));
        Ok(())
    }

    /// A store to memory 0.
    pub(crate) fn store(&mut self, row: Row, offset: u32, class: Class, wide: bool) -> Result<()> {
        let (value, address) = (self.pop()?, self.pop()?);
        let (a, v) = match value.kind {
            Kind::Const(value) => (self.as_acc_or_slot(&address, Class::Int), Opd::Imm(value)),
            _ if self.acc.holds(class, self.slot_of(&value)) => {
                let a = self.as_slot_quietly(&address);
                (Opd::Slot(a), self.as_acc_or_slot(&value, class))
            }
            _ => (self.as_acc_or_slot(&address, Class::Int), Opd::Slot(self.slot_of(&value))),
        };
        let form = match (a, v) {
            (Opd::Acc, Opd::Imm(_)) => 4,
            (_, Opd::Imm(_)) => 3,
            (_, Opd::Acc) => 2,
            (Opd::Acc, _) => 1,
            _ => 0,
        };
        let operands = Operands::new().operand(a, 0, 8, true).operand(v, 2, 8, wide).u32(4, offset);
        self.emit(row.op(form), operands);
        Ok(())
    }

    /// As [`Func::as_slot`]; a constant's op is put before the last one, which stays the last.
    fn as_slot_quietly(&mut self, entry: &Entry) -> u16 {
        if let Kind::Const(value) = entry.kind {
            let cell = entry.cell;
            self.before_last(|func| func.emit_const(cell, value));
        }
        self.slot_of(entry)
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
        last.at = self.words.len();
        if self.purpose == Purpose::Offsets {
            self.note_offset(last.at, last.offset);
        }
        self.words.extend_from_slice(&held[..len]);
        last.before = Acc::NONE;
        self.last = Some(last);
    }

    /// `select`.
    pub(crate) fn select(&mut self) -> Result<()> {
        let (cond, b, a) = (self.pop()?, self.pop()?, self.pop()?);
        if a.wide {
            let (cond, a, b) = (self.as_slot(&cond), self.slot_of(&a), self.slot_of(&b));
            return self.emit_fixed(Row::SelectWide, 0, Operands::new().u16(2, cond).u16(4, a).u16(6, b), true);
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
        let operands = Operands::new()
            .u16(0, dst)
            .u16(6, 0)
            .operand(c, 2, 0, false)
            .operand(a, 4, 8, true)
            .operand(b, 6, 16, true);
        self.emit_value(Row::Select, form, operands, dst, Class::Int, Shape::Value, (a, b));
        Ok(())
    }

    /// `local.set`, and `local.tee` without its result.
    pub(crate) fn set_local(&mut self, index: u32, entry: &Entry) {
        let local = self.locals[index as usize];
        if let Some(last) = self.last_for(entry) {
            if local.noted != crate::translate::stack::NONE {
                self.before_last(|func| func.settle_notes(index));
            }
            let class = last.class;
            let held = self.acc.holds(class, entry.cell);
            let Some(last) = &mut self.last else { return };
            last.dst = local.slot;
            let at = last.at;
            let mut bytes = self.words[at + 1].to_ne_bytes();
            bytes[..2].copy_from_slice(&local.slot.to_ne_bytes());
            self.words[at + 1] = u64::from_ne_bytes(bytes);
            self.acc.forget(entry.cell);
            self.acc.forget(local.slot);
            if local.wide {
                self.acc.forget(local.slot + 1);
            }
            if held {
                self.acc.set(class, local.slot);
            }
            return;
        }
        self.settle_notes(index);
        match entry.kind {
            Kind::Const(value) => self.emit_const(local.slot, value),
            _ => {
                self.acc.forget(local.slot);
                self.emit_copy(local.slot, self.slot_of(entry), local.wide);
            }
        }
    }

    /// Forgets what is known of two slots that are written.
    pub(crate) fn forget_slots(&mut self, a: u16, b: u16) {
        self.acc.forget(a);
        self.acc.forget(b);
    }

    /// Forgets what a label or a call makes unknown.
    pub(crate) fn forget(&mut self) {
        self.last = None;
        self.acc = Acc::NONE;
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

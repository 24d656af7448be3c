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

/// Where an access to memory 0 goes, in the order of the forms.
#[derive(Clone, Copy, Debug)]
enum Place {
    Slot(u16),
    Acc,
    Abs,
    Sum(u16),
}

impl Place {
    fn kind(self) -> u8 {
        match self {
            Self::Slot(_) => 0,
            Self::Acc => 1,
            Self::Abs => 2,
            Self::Sum(_) => 3,
        }
    }
    fn slot(self) -> u16 {
        match self {
            Self::Slot(slot) | Self::Sum(slot) => slot,
            _ => 0,
        }
    }
}

impl From<Opd> for Place {
    fn from(operand: Opd) -> Self {
        match operand {
            Opd::Slot(slot) => Self::Slot(slot),
            _ => Self::Acc,
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
        let word = self.code_word(op);
        self.words.push(word);
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

    /// The addition that stands before the comparison `last`, if it adds a number to a slot that the comparison then
    /// takes from the accumulator.
    pub(crate) fn step_before(&self, last: &Last) -> Option<(u16, u32)> {
        let step = self.previous?;
        let whole = step.at + 2 == last.at && last.a == Opd::Acc && step.row == Row::I32Add;
        // The form tells that the sum is still written to its slot.
        let written = self.words[step.at] == self.code_word(Row::I32Add.op(2));
        match (step.a, step.b) {
            (Opd::Slot(slot), Opd::Imm(number)) if whole && written && slot == step.dst => Some((slot, number as u32)),
            _ => None,
        }
    }

    fn code_word(&self, op: u16) -> u64 {
        if self.purpose == Purpose::Run { code_word(op) } else { u64::from(op) }
    }

    /// Takes back the two last ops, the addition of [`Func::step_before`] and the comparison, for one that does both.
    pub(crate) fn take_back_both(&mut self, last: &Last) {
        self.words.truncate(last.at - 2);
        self.acc = last.before;
        self.last = None;
    }

    /// Takes the last op back if it is a copy of a cell: its destination and its source.
    pub(crate) fn last_copy(&mut self) -> Option<(u16, u16)> {
        let last = self.last?;
        match (last.shape, last.a) {
            (Shape::Copy, Opd::Slot(src)) => {
                self.words.truncate(last.at);
                self.last = None;
                Some((last.dst, src))
            }
            _ => None,
        }
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
        self.previous = self.last;
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

    /// Writes the sum of a local and a number to a slot.
    pub(crate) fn emit_sum(&mut self, dst: u16, local: u32, number: u32) {
        let slot = self.locals[local as usize].slot;
        // A local that is stepped is read from its slot, since the step may become one op with a branch.
        let in_acc = dst != slot && self.acc.holds(Class::Int, slot);
        let a = if in_acc { Opd::Acc } else { Opd::Slot(slot) };
        let b = Opd::Imm(u64::from(number));
        let operands = Operands::new().u16(0, dst).operand(a, 2, 4, false).u32(4, number);
        self.emit_value(Row::I32Add, value_form(a, b), operands, dst, Class::Int, Shape::Value, (a, b));
    }

    /// The same without a trace in the accumulator.
    pub(crate) fn emit_lea(&mut self, dst: u16, slot: u16, number: u32) {
        self.acc.forget(dst);
        self.emit(Row::Lea.op(0), Operands::new().u16(0, dst).u16(2, slot).u32(4, number));
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
        let entry = self.pop_value()?;
        let a = self.as_acc_or_slot(&entry, operand);
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::new().u16(0, dst).u16(4, 0).operand(a, 2, 8, true);
        self.emit_value(row, value_form(a, Opd::None), operands, dst, result, Shape::Value, (a, Opd::None));
        Ok(())
    }

    /// Where an access goes, and the number that lies at 4: the offset, or what it is added to.
    fn place(&mut self, address: &Entry, offset: u32) -> (Place, u32) {
        match address.kind {
            Kind::Const(value) if value + u64::from(offset) <= u64::from(u32::MAX) => {
                (Place::Abs, value as u32 + offset)
            }
            Kind::Sum(local, _, number) if offset == 0 => (Place::Sum(self.locals[local as usize].slot), number),
            Kind::Sum(local, _, number) => {
                self.emit_sum(address.cell, local, number);
                let address = Entry { kind: Kind::Temp, ..*address };
                (self.as_acc_or_slot(&address, Class::Int).into(), offset)
            }
            _ => (self.as_acc_or_slot(address, Class::Int).into(), offset),
        }
    }

    /// A load from memory 0.
    pub(crate) fn load(&mut self, row: Row, offset: u32, result: Class) -> Result<()> {
        let entry = self.pop()?;
        let (place, number) = self.place(&entry, offset);
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::new().u16(0, dst).u16(2, place.slot()).u32(4, number);
        self.emit_value(row, place.kind() * 2, operands, dst, result, Shape::Value, (Opd::None, Opd::None));
        Ok(())
    }

    /// A store to memory 0.
    pub(crate) fn store(&mut self, row: Row, offset: u32, class: Class, wide: bool) -> Result<()> {
        let (value, address) = (self.pop_value()?, self.pop()?);
        let plain = matches!(address.kind, Kind::Temp | Kind::Local(..));
        let in_acc = !matches!(value.kind, Kind::Const(_)) && self.acc.holds(class, self.slot_of(&value));
        // What is in the accumulator is taken from there before anything else is written.
        let (v, place, number) = match value.kind {
            Kind::Const(value) => {
                let (place, number) = self.place(&address, offset);
                (Opd::Imm(value), place, number)
            }
            _ if in_acc && plain => {
                let slot = self.slot_of(&address);
                (self.as_acc_or_slot(&value, class), Place::Slot(slot), offset)
            }
            _ if in_acc && self.is_direct(&address, offset) => {
                let v = self.as_acc_or_slot(&value, class);
                let (place, number) = self.place(&address, offset);
                (v, place, number)
            }
            _ => {
                let (place, number) = self.place(&address, offset);
                (Opd::Slot(self.slot_of(&value)), place, number)
            }
        };
        let kind = match v {
            Opd::Imm(_) => 8,
            Opd::Acc => 4,
            _ => 0,
        };
        let operands = Operands::new().u16(0, place.slot()).operand(v, 2, 8, wide).u32(4, number);
        self.emit(row.op(kind + place.kind()), operands);
        Ok(())
    }

    /// Whether an address needs no op of its own.
    fn is_direct(&self, address: &Entry, offset: u32) -> bool {
        match address.kind {
            Kind::Const(value) => value + u64::from(offset) <= u64::from(u32::MAX),
            Kind::Sum(..) => offset == 0,
            _ => true,
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
        let (cond, b, a) = (self.pop_value()?, self.pop_value()?, self.pop_value()?);
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
            Kind::Sum(from, _, number) => self.emit_sum(local.slot, from, number),
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

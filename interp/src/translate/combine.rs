//! Two operators as one op: which pairs of `fuse` stand side by side, and what becomes of them.
//!
//! The op that is written last decides: it takes back the one before, whose result it alone takes from the accumulator,
//! and writes one op for both.
//!
//! # Invariants
//! - What an op that is taken back had computed for others as well stays: only ops whose result nobody else reads, or
//!   whose destination is named by the new op too, are taken back.

use crate::exec::branch::TEST_FUEL_FORMS;
use crate::exec::fused::{Add2, STEPS_FUEL_FORMS, SUM_FUEL_FORMS, Small};
use crate::exec::loaded::{LOAD_FUEL_FORMS, LOAD_NUMBER_FORMS, LoadOf};
use crate::exec::machine::{Exec, S};
use crate::exec::memory::I32Load;
use crate::exec::numeric::I32And;
use crate::exec::operand::{Name, full, half, name};
use crate::exec::ops::Row;
use crate::translate::control::{TARGET_HALF, branch_operands};
use crate::translate::func::{Entry, Func, Kind, SlotStore, Stepped};
use crate::translate::fuse::{
    choose_row, contrary_step, copies, load_branch_else, load_branch_row, load_number_row, loaded_row, pair_row,
    shifted_row, steps_row, test_row, turned_row,
};
use crate::translate::operand::{Class, Last, Opd, Operands, Shape, Sum, small};
use coracle_error::Result;

/// The form of an op whose first operand is shifted, where the accumulator is both.
const BOTH_ACC: u8 = 4;

impl Func<'_> {
    /// `x row b`, where the last op computed x for it alone: as one op with that, if there is such an op. `swapped`: it
    /// is `b row x`.
    pub(crate) fn combined(&mut self, row: Row, b: Opd, swapped: bool) -> Result<bool> {
        if self.few() {
            return Ok(false);
        }
        let Some(last) = self.last else { return Ok(false) };
        if let (Row::I32Add, Row::I32Add, Opd::Acc, Opd::Slot(first), Opd::Slot(second)) =
            (row, last.row, last.a, last.b, b)
            && self.words[last.at] == self.code_word(Row::I32Add.op(4))
        {
            return self.add_both(&last, first, second);
        }
        // Its result went to the accumulator alone just now.
        if last.shape != Shape::Value || self.words[last.at] != self.code_word(last.row.op(last.form | 1)) {
            return Ok(false);
        }
        match b {
            Opd::Slot(b) => match last.b {
                _ if last.is_load() => self.load_and(row, &last, b, swapped),
                Opd::Imm(number) if !swapped => self.shifted(row, &last, number, b),
                Opd::Slot(_) | Opd::Acc => self.two(row, &last, b, swapped),
                _ => Ok(false),
            },
            Opd::Imm(number) if !swapped => self.with_number(row, &last, number),
            _ => Ok(false),
        }
    }

    /// `(a H k) O b`.
    fn shifted(&mut self, row: Row, last: &Last, number: u64, b: u16) -> Result<bool> {
        let Some((row, bits)) = shifted_row(last.row, row) else { return Ok(false) };
        if !matches!(last.a, Opd::Slot(_) | Opd::Acc) {
            return Ok(false);
        }
        let number = number as u16 & (bits - 1);
        if last.a == Opd::Acc && last.before.holds(Class::Int, b) {
            // Both are there; read from its slot, the second would wait until it is written.
            self.take_back(last);
            let dst = self.push(Kind::Temp, false)?;
            let operands = Operands::to(dst).operand(Name::A, Opd::Acc, false).operand(Name::B, Opd::Acc, false);
            let operands = operands.u16(Name::Shift, number);
            self.emit_value(row, BOTH_ACC, operands, dst, last.class, Shape::Value, (Opd::Acc, Opd::Acc));
            return Ok(true);
        }
        let operands = Operands::result().operand(Name::A, last.a, false).u16(Name::B, b).u16(Name::Shift, number);
        self.replace(last, row, operands, (last.a, Opd::Slot(b)))
    }

    /// `(a H b) O c`.
    fn two(&mut self, row: Row, last: &Last, c: u16, swapped: bool) -> Result<bool> {
        let Some((row, commutes)) = pair_row(last.row, row, swapped) else { return Ok(false) };
        let (a, b) = match (last.a, last.b) {
            (a, Opd::Slot(b)) => (a, b),
            (Opd::Slot(a), Opd::Acc) if commutes => (Opd::Acc, a),
            _ => return Ok(false),
        };
        if !matches!(a, Opd::Slot(_) | Opd::Acc) {
            return Ok(false);
        }
        let operands = Operands::result().operand(Name::A, a, false).u16(Name::B, b).u16(Name::C, c);
        self.replace(last, row, operands, (a, Opd::None))
    }

    /// `(a H b) O k`, `a * k + n` and the like.
    fn with_number(&mut self, row: Row, last: &Last, number: u64) -> Result<bool> {
        if !matches!(last.a, Opd::Slot(_) | Opd::Acc) {
            return Ok(false);
        }
        if last.is_load() {
            return self.load_and_number(row, last, number);
        }
        let operands = Operands::result().operand(Name::A, last.a, false);
        match (last.row, row, last.b) {
            (Row::I32ShrU, Row::I32And, Opd::Imm(shift)) => {
                let Some(mask) = short(number) else { return Ok(false) };
                let operands = operands.u16(Name::Shift, shift as u16 & 31).u16(Name::B, mask);
                self.replace(last, Row::I32Field, operands, (last.a, Opd::None))
            }
            (Row::I32Mul, Row::I32Add, Opd::Imm(factor)) => {
                let operands = operands.u32(Name::Factor, factor as u32).u32(Name::Number, number as u32);
                self.replace(last, Row::I32MulAdd, operands, (last.a, Opd::None))
            }
            (first, _, Opd::Slot(b)) => {
                let Some((row, bits)) = turned_row(first, row) else { return Ok(false) };
                let operands = operands.u16(Name::B, b).u16(Name::Shift, number as u16 & (bits - 1));
                self.replace(last, row, operands, (last.a, Opd::None))
            }
            _ => Ok(false),
        }
    }

    /// `memory[…] O b`.
    fn load_and(&mut self, row: Row, last: &Last, b: u16, swapped: bool) -> Result<bool> {
        let Some(row) = loaded_row(last.row, row, swapped) else { return Ok(false) };
        let Some((form, offset)) = near(last) else { return Ok(false) };
        self.load_with(row, form, last, b, offset)
    }

    /// `memory[…] O k`.
    fn load_and_number(&mut self, row: Row, last: &Last, number: u64) -> Result<bool> {
        let (row, number) = match (load_number_row(last.row, row), row) {
            (Some(row), Row::I32Shl | Row::I32ShrU) => (row, Some(number as u16 & 31)),
            (Some(row), _) => (row, short(number)),
            _ => return Ok(false),
        };
        let (Some((form, offset)), Some(number)) = (near(last), number) else { return Ok(false) };
        self.load_with(row, form + LOAD_NUMBER_FORMS, last, number, offset)
    }

    /// Writes an op on what is loaded, and `b`, in the place of the load `last`.
    fn load_with(&mut self, row: Row, form: u8, last: &Last, b: u16, offset: u16) -> Result<bool> {
        self.take_back(last);
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::to(dst).operand(Name::Address, last.a, false);
        let operands = operands.u16(Name::B, b).u16(Name::Offset, offset);
        self.emit_value(row, form, operands, dst, last.class, Shape::Value, (last.a, Opd::None));
        self.comes_from_both(last.offset, last.offset);
        Ok(true)
    }

    /// The load in `last`, if that is one and an operator with a number on what it loads: the load as it would be by
    /// itself, the operator, and the number.
    fn load_in(&self, last: &Last) -> Option<(Last, Row, u32)> {
        let (load, then) = match last.row {
            Row::I32LoadAdd => (Row::I32Load, Row::I32Add),
            Row::I32LoadAnd => (Row::I32Load, Row::I32And),
            Row::I32Load8UAnd => (Row::I32Load8U, Row::I32And),
            Row::I32Load8UShl => (Row::I32Load8U, Row::I32Shl),
            _ => return None,
        };
        let form = last.form.checked_sub(LOAD_NUMBER_FORMS)?;
        let op = &self.words[last.at..];
        let number = |at| i32::from(half(op, at) as i16) as u32;
        type Op = LoadOf<I32Load, I32And, S, S, Small>;
        let (number, offset) = (number(Op::at(name::B)), number(Op::at(name::Offset)));
        // A sum's number has a sign, an offset none.
        let (form, offset) = if form == 4 { (6, offset) } else { (form, offset & 0xffff) };
        Some((Last { row: load, form, b: Opd::Imm(offset.into()), ..*last }, then, number))
    }

    /// Writes an op of [`Operands::result`] in the place of `last`, whose first operand may be the accumulator.
    fn replace(&mut self, last: &Last, row: Row, operands: Operands, from: (Opd, Opd)) -> Result<bool> {
        self.take_back(last);
        let dst = self.push(Kind::Temp, false)?;
        let form = if from.0 == Opd::Acc { 2 } else { 0 };
        self.emit_value(row, form, operands.send(dst), dst, last.class, Shape::Value, from);
        Ok(true)
    }

    /// The sum of a slot and a number, to a local: as one op with another such sum before it, if there is one.
    pub(crate) fn second_sum(&mut self, dst: u16, slot: u16, number: u32) -> bool {
        if self.few() {
            return false;
        }
        let Some((last, from, first)) = self.last_sum() else { return false };
        if !self.is_local(dst) {
            return false;
        }
        self.take_back(&last);
        let operands = Operands::to(last.dst).u16(Name::A, from).u16(Name::Dst2, dst).u16(Name::B, slot);
        self.acc.forget(last.dst);
        // No operand lies at this destination, so nobody sends the first sum elsewhere.
        let none = (Opd::None, Opd::None);
        let operands = operands.u32(Name::Number, first).u32(Name::Number2, number);
        self.emit_value(Row::Add2, 0, operands, u16::MAX, Class::None, Shape::Fixed, none);
        self.acc.set(Class::Int, dst);
        true
    }

    /// A copy: as one op with a sum before it, if there is one.
    pub(crate) fn sum_and_copy(&mut self, dst: u16, src: u16) -> bool {
        if self.few() {
            return false;
        }
        let Some((last, from, number)) = self.last_sum() else { return self.slots_sum_and_copy(dst, src) };
        let acc = self.acc;
        self.take_back(&last);
        let operands = Operands::to(last.dst).u16(Name::A, from).u16(Name::Dst2, dst).u16(Name::B, src);
        let operands = operands.u32(Name::Number, number);
        let none = (Opd::None, Opd::None);
        self.emit_value(Row::AddCopy, 0, operands, u16::MAX, Class::None, Shape::Fixed, none);
        // The sum is in the accumulator still: somebody may have seen it there, and take it behind the copy.
        self.acc = acc;
        self.acc.forget(dst);
        true
    }

    /// The same of a sum of slots, and a copy before that.
    fn slots_sum_and_copy(&mut self, dst: u16, src: u16) -> bool {
        let Some(last) = self.last.filter(|last| self.is_local(last.dst)) else { return false };
        let row = match last.row {
            Row::I32Add => Row::I32SumCopy,
            Row::I64Add => Row::I64SumCopy,
            _ => return false,
        };
        let (Opd::Slot(a), Opd::Slot(b)) = (last.a, last.b) else { return false };
        if self.words[last.at] != self.code_word(last.row.op(0)) {
            return false;
        }
        let operands = Operands::to(last.dst).u16(Name::A, a).u16(Name::B, b).u16(Name::Dst2, dst);
        let before = self.previous.filter(|before| before.shape == Shape::Copy && before.at + 2 == last.at);
        let (at, form, operands) = match before {
            // What was copied before the sum is what is copied behind it.
            Some(before @ Last { a: Opd::Slot(from), .. }) if before.dst == src && last.dst != src => {
                (before.at, 1, operands.u16(Name::C, from).u16(Name::Dst3, src))
            }
            _ => (last.at, 0, operands.u16(Name::C, src)),
        };
        self.words.truncate(at);
        // No operand lies at this destination, so nobody sends the sum elsewhere.
        let (acc, none) = (self.acc, (Opd::None, Opd::None));
        self.emit_value(row, form, operands, u16::MAX, Class::None, Shape::Fixed, none);
        self.acc = acc;
        self.acc.forget(dst);
        true
    }

    /// The last op, if it is the sum of a slot and a number that went to a local.
    fn last_sum(&self) -> Option<(Last, u16, u32)> {
        self.any_sum().filter(|(last, ..)| self.is_local(last.dst))
    }

    fn is_local(&self, slot: u16) -> bool {
        u32::from(slot) < self.first_cell
    }

    /// The end of a function with a frame in memory, whose result lies in `value`: as one op with the `global.set` before
    /// it, if there is one.
    pub(crate) fn return_sum(&mut self, value: Opd) -> bool {
        if self.few() {
            return false;
        }
        let Some(sum) = self.global_sum.filter(|sum| sum.at + 3 == self.words.len()) else { return false };
        let operands = Operands::new().u16(Name::Header, self.header()).u16(Name::A, sum.slot);
        let operands = operands.u32(Name::Global, sum.place).u32(Name::Number, sum.number);
        let (form, operands) = match value {
            Opd::None => (0, operands),
            Opd::Slot(slot) => (1, operands.u16(Name::Value, slot)),
            Opd::Acc => (2, operands),
            Opd::Imm(_) => return false,
        };
        self.words.truncate(sum.at);
        let fuel = if self.pays() { SUM_FUEL_FORMS } else { 0 };
        self.emit(Row::RetSum.op(form + fuel), operands);
        true
    }

    /// Two additions, each to the sum so far, which are both kept.
    fn add_both(&mut self, last: &Last, b: u16, c: u16) -> Result<bool> {
        self.take_back(last);
        let dst = self.push(Kind::Temp, false)?;
        self.acc.forget(last.dst);
        let operands = Operands::to(dst).u16(Name::A, b).u16(Name::Dst2, last.dst).u16(Name::B, c);
        self.emit_value(Row::I32AddBoth, 0, operands, dst, Class::Int, Shape::Fixed, (Opd::None, Opd::None));
        self.acc.set(Class::Int, dst);
        Ok(true)
    }

    /// A load of `i32` from a slot's address: as one op with such a load before it, if there is one.
    pub(crate) fn second_load(&mut self, base: u16, offset: u32) -> Result<bool> {
        if self.few() {
            return Ok(false);
        }
        let Some(last) = self.last else { return Ok(false) };
        let (Row::I32Load, Opd::Slot(from), Opd::Imm(first)) = (last.row, last.a, last.b) else { return Ok(false) };
        if self.words[last.at] != self.code_word(Row::I32Load.op(0)) {
            return Ok(false);
        }
        self.take_back(&last);
        let dst = self.push(Kind::Temp, false)?;
        self.acc.forget(last.dst);
        let operands = Operands::to(dst).u16(Name::Address, base).u16(Name::Dst2, last.dst).u16(Name::Address2, from);
        let operands = operands.u32(Name::Offset, offset).u32(Name::Offset2, first as u32);
        self.emit_value(Row::I32Load2, 0, operands, dst, Class::Int, Shape::Value, (Opd::None, Opd::None));
        self.comes_from_both(last.offset, self.offset);
        Ok(true)
    }

    /// A store to a slot's address: as one op with what is before it, if there is something that fits.
    pub(crate) fn combined_store(&mut self, row: Row, base: u16, v: Opd, offset: u32) -> bool {
        if self.few() {
            return false;
        }
        match (row, v) {
            (Row::I32Store, Opd::Slot(value)) => self.second_store(base, value, offset),
            (Row::I32Store, Opd::Acc) => {
                self.stored_sum(base, offset) || self.stored_load(Row::I32Load, Row::I32LoadStore, base, offset)
            }
            (Row::I64Store, Opd::Acc) => self.stored_load(Row::I64Load, Row::I64LoadStore, base, offset),
            _ => false,
        }
    }

    fn second_store(&mut self, base: u16, value: u16, offset: u32) -> bool {
        let store = SlotStore { at: self.words.len(), from: self.offset, base, value, offset };
        let Some(first) = self.slot_store.replace(store).filter(|first| first.at + 2 == store.at) else { return false };
        self.words.truncate(first.at);
        let operands = Operands::new().u16(Name::Address, first.base).u16(Name::Value, first.value);
        let operands = operands.u16(Name::Address2, base).u16(Name::Value2, value);
        self.emit(Row::I32Store2.op(0), operands.u32(Name::Offset, first.offset).u32(Name::Offset2, offset));
        self.note_both(first.at, first.from, self.offset);
        self.slot_store = None;
        true
    }

    /// `memory[a] = memory[a] + n`.
    fn stored_sum(&mut self, base: u16, offset: u32) -> bool {
        let Some(last) = self.last else { return false };
        if let Some((load, Row::I32Add, number)) = self.load_in(&last) {
            let alone = self.words[last.at] == self.code_word(last.row.op(last.form | 1));
            return alone && self.memory_add(&load, number, base, offset);
        }
        let (Row::I32Add, Opd::Imm(number)) = (last.row, last.b) else { return false };
        let Some(load) = self.feeding(&last) else { return false };
        let alone = self.words[last.at] == self.code_word(Row::I32Add.op(7));
        alone && self.memory_add(&load, number as u32, base, offset)
    }

    /// Writes an op that adds in memory in the place of `load` and what follows, if it would store where that loads from.
    fn memory_add(&mut self, load: &Last, number: u32, base: u16, offset: u32) -> bool {
        let same = (load.row, load.a, load.b) == (Row::I32Load, Opd::Slot(base), Opd::Imm(u64::from(offset)));
        if !same || load.form != 0 {
            return false;
        }
        let acc = self.acc;
        self.take_back(load);
        self.acc = acc;
        let at = self.words.len();
        let operands = Operands::new().u16(Name::Address, base).u32(Name::Offset, offset);
        self.emit(Row::I32MemoryAdd.op(0), operands.u32(Name::Number, number));
        self.note_both(at, load.offset, load.offset);
        true
    }

    /// `memory[a] = memory[b]`, where the last op is `load` and nobody else wants what it loads.
    fn stored_load(&mut self, load: Row, store: Row, base: u16, offset: u32) -> bool {
        let Some(last) = self.last.filter(|last| last.row == load) else { return false };
        let (Opd::Slot(from), Opd::Imm(first)) = (last.a, last.b) else { return false };
        if last.form != 0 || self.words[last.at] != self.code_word(load.op(1)) {
            return false;
        }
        let acc = self.acc;
        self.take_back(&last);
        self.acc = acc;
        let at = self.words.len();
        let operands = Operands::new().u16(Name::Address, from).u16(Name::Address2, base);
        self.emit(store.op(0), operands.u32(Name::Offset, first as u32).u32(Name::Offset2, offset));
        self.note_both(at, last.offset, self.offset);
        true
    }

    /// A branch on whether `slot`, which is not a constant, is zero or not: as one op with what computes it, if that
    /// comes right before and is known.
    pub(crate) fn computed_branch(&mut self, condition: &Entry, when: bool) -> Option<u32> {
        if self.few() {
            return None;
        }
        let last = self.last?;
        let row = if when { Row::BrI32Ne } else { Row::BrI32Eq };
        let slot = self.slot_of(condition);
        let alone = condition.kind == Kind::Temp;
        if last.dst == slot {
            let at = match self.load_in(&last) {
                Some((load, then, number)) if alone => self.load_test(&load, (then, number), row, 0),
                _ => self.load_branch(&last, alone, row, Opd::Imm(0)),
            };
            if at.is_some() {
                if alone {
                    self.acc.forget(slot);
                }
                return at;
            }
        }
        if let Some(sum) = self.sum_in(slot).filter(|sum| !sum.wide) {
            self.words.truncate(sum.at);
            let row = if when { Row::AddBrI32Ne } else { Row::AddBrI32Eq };
            return Some(self.branch_step(row, &sum, Opd::Imm(0)));
        }
        if last.row == Row::Add2 && when && self.second_of(&last) == slot {
            return Some(self.branch_steps(Row::Add2Br, &last, Opd::Imm(0)));
        }
        None
    }

    /// A branch on the comparison `last`: as one op with what computes its first operand, if there is such an op.
    pub(crate) fn compared_branch(&mut self, last: &Last, row: Row) -> Option<u32> {
        if self.few() {
            return None;
        }
        let before = self.previous.filter(|_| last.a == Opd::Acc)?;
        if before.row == Row::Add2
            && before.at + 3 == last.at
            && last.b != Opd::Acc
            && let Some(row) = steps_row(row)
        {
            self.words.truncate(last.at);
            self.acc = last.before;
            return Some(self.branch_steps(row, &before, last.b));
        }
        if before.at + usize::from(before.words) != last.at || last.b == Opd::Acc {
            return None;
        }
        let alone = self.words[before.at] == self.code_word(before.row.op(before.form | 1));
        let at = match (self.load_in(&before), last.b) {
            (Some((load, then, number)), Opd::Imm(than)) if alone => {
                self.load_test(&load, (then, number), row, than as u32)
            }
            (None, Opd::Imm(than)) if alone && before.shape == Shape::Value => {
                self.test_branch(&before, row, than as u32).or_else(|| self.load_branch(&before, alone, row, last.b))
            }
            _ => self.load_branch(&before, alone, row, last.b),
        };
        at.inspect(|_| self.acc = last.before)
    }

    /// A branch on what `first` computes with a number and on another, if there is such an op; it takes the place of that
    /// and of all behind it. Nobody else wants what it computes.
    fn test_branch(&mut self, first: &Last, row: Row, than: u32) -> Option<u32> {
        let (row, than) = test_row(first.row, row, than)?;
        let (Opd::Slot(_) | Opd::Acc, Opd::Imm(number)) = (first.a, first.b) else { return None };
        self.words.truncate(first.at);
        let operands = branch_operands().operand(Name::A, first.a, false);
        let operands = operands.u32(Name::Number, number as u32).u32(Name::Number2, than);
        let form = u8::from(first.a == Opd::Acc);
        self.emit(row.op(form), operands);
        self.paying = row.op(form + TEST_FUEL_FORMS);
        Some(first.at as u32)
    }

    /// A branch on what `load` loads, with an operator and a number in between that can be done without; it takes the
    /// place of all that. Nobody else wants what is loaded.
    fn load_test(&mut self, load: &Last, (then, number): (Row, u32), row: Row, than: u32) -> Option<u32> {
        match (then, row) {
            (Row::I32And, Row::BrI32Eq) if than == 0 => self.load_branch(load, true, Row::BrI32And0, imm(number)),
            (Row::I32And, Row::BrI32Ne) if than == 0 => self.load_branch(load, true, Row::BrI32AndN, imm(number)),
            // A byte that is shifted within 32 bits is equal to whatever it would be before.
            (Row::I32Shl, Row::BrI32Eq | Row::BrI32Ne) if number <= 24 && than.trailing_zeros() >= number => {
                self.load_branch(load, true, row, imm(than >> number))
            }
            _ => None,
        }
    }

    /// A branch on what the op `load` loads and on `b`, if there is such an op; it takes the place of that and of all
    /// behind it. `alone`: nobody else wants what is loaded.
    fn load_branch(&mut self, load: &Last, alone: bool, row: Row, b: Opd) -> Option<u32> {
        let row = load_branch_row(load.row, row)?;
        let Opd::Imm(offset) = load.b else { return None };
        // Of the first kind of address there are forms for both places of what is loaded; then come pairs.
        let (row, form, next) = match (load.form & !1, load.a, alone) {
            (0, Opd::Slot(_), _) => (row, u8::from(alone), 2),
            (6, Opd::Slot(_), true) => (row, 4, 1),
            (2, Opd::Acc, true) => (row, 6, 1),
            (4, Opd::None, _) => (load_branch_else(row)?, u8::from(alone), 2),
            (2, Opd::Acc, false) => (load_branch_else(row)?, 4, 1),
            (6, Opd::Slot(_), false) => (load_branch_else(row)?, 6, 1),
            _ => return None,
        };
        self.words.truncate(load.at);
        let at = load.at;
        let operands = branch_operands().u16(Name::Dst, load.dst).operand(Name::Address, load.a, false);
        let operands = operands.u32(Name::Offset, offset as u32).operand(Name::B, b, false);
        let form = form + if matches!(b, Opd::Slot(_)) { next } else { 0 };
        self.emit(row.op(form), operands);
        self.note_both(at, load.offset, load.offset);
        self.paying = row.op(form + LOAD_FUEL_FORMS);
        Some(at as u32)
    }

    /// `select` of two slots by the comparison `last`, as one op with that, if there is such an op.
    pub(crate) fn choose(&mut self, last: &Last, (x, y): (u16, u16)) -> Result<bool> {
        let Some((row, swapped)) = choose_row(last.row).filter(|_| !self.few()) else { return Ok(false) };
        if !matches!((last.a, last.b), (Opd::Slot(_) | Opd::Acc, Opd::Slot(_) | Opd::Imm(_))) {
            return Ok(false);
        }
        self.take_back(last);
        let dst = self.push(Kind::Temp, false)?;
        let (x, y) = if swapped { (y, x) } else { (x, y) };
        let form = u8::from(last.a == Opd::Acc) << 2 | u8::from(matches!(last.b, Opd::Imm(_))) << 1;
        let operands = Operands::to(dst).operand(Name::A, last.a, false).u16(Name::C, x).u16(Name::D, y);
        let operands = operands.operand(Name::B, last.b, false);
        self.emit_value(row, form, operands, dst, Class::Int, Shape::Value, (Opd::None, Opd::None));
        Ok(true)
    }

    /// The copy that was written last, taken back, for a branch of this row that can do it.
    pub(crate) fn copy_for(&mut self, row: Row) -> Option<(u16, u16)> {
        let copy = self.last.filter(|last| last.shape == Shape::Copy && !self.few())?;
        let (true, Opd::Slot(src)) = (copies(row), copy.a) else { return None };
        self.words.truncate(copy.at);
        Some((copy.dst, src))
    }

    /// The last op, if it is the sum of a slot and a number that went to a slot.
    fn any_sum(&self) -> Option<(Last, u16, u32)> {
        let last = self.last?;
        match (last.row, last.a, last.b) {
            (Row::I32Add, Opd::Slot(from), Opd::Imm(number))
                if self.words[last.at] == self.code_word(Row::I32Add.op(2)) =>
            {
                Some((last, from, number as u32))
            }
            _ => None,
        }
    }

    /// The last op, if it is a sum that went to `slot` and that a branch can compute.
    pub(crate) fn sum_in(&self, slot: u16) -> Option<Sum> {
        if self.few() {
            return None;
        }
        let last = self.last.filter(|last| last.dst == slot)?;
        let wide = last.row == Row::I64Add;
        let (Opd::Slot(from), Opd::Imm(number)) = (last.a, last.b) else { return None };
        let whole = wide || last.row == Row::I32Add;
        if !whole || self.words[last.at] != self.code_word(last.row.op(2)) {
            return None;
        }
        Some(Sum { at: last.at, dst: slot, from, by: Opd::Imm(small(number, wide)?.into()), wide })
    }

    /// An addition and a branch on the sum, if there is such an op: it takes the place of both.
    pub(crate) fn branch_step(&mut self, row: Row, sum: &Sum, b: Opd) -> u32 {
        let at = self.words.len() as u32;
        let operands = branch_operands().u16(Name::Dst, sum.dst).u16(Name::A, sum.from);
        let operands = operands.operand(Name::Step, sum.by, false).operand(Name::B, b, false);
        let form = if matches!(sum.by, Opd::Slot(_)) { 8 } else { 0 };
        let form = form + if matches!(b, Opd::Slot(_)) { 0 } else { 2 };
        self.emit(row.op(form), operands);
        self.paying = row.op(form + 1);
        self.stepped = Some(Stepped { at, row, form, sum: *sum, operands });
        at
    }

    /// The branch at `at`, which skips a branch that carries the one operand that a label takes: as one op that does
    /// what it does not skip, if it steps that operand.
    pub(crate) fn carried_step(&mut self, at: u32, frame: usize) -> bool {
        let Some(stepped) = self.stepped.take().filter(|it| it.at == at && it.form < 4) else { return false };
        let Stepped { row, form, sum, operands, .. } = stepped;
        let (Some(row), [.., carried]) = (contrary_step(row), &self.stack[..]) else { return false };
        let cell = carried.cell;
        // What lies in its own place already may be written before it is known whether the branch is taken.
        if self.arity(frame) != 1
            || cell != self.frames[frame].cell
            || !matches!(carried.kind, Kind::Local(..))
            || self.slot_of(carried) != sum.dst
        {
            return false;
        }
        self.words.truncate(at as usize);
        self.emit(row.op(form + 4), operands.u16(Name::Dst2, cell));
        self.paying = row.op(form + 5);
        true
    }

    /// The slot of the second of two sums.
    fn second_of(&self, sums: &Last) -> u16 {
        half(&self.words[sums.at..], Add2::at(name::Dst2))
    }

    /// Two additions, which stand last, and a branch on the second's sum and `b`.
    fn branch_steps(&mut self, row: Row, sums: &Last, b: Opd) -> u32 {
        let op = &self.words[sums.at..];
        let operands = branch_operands()
            .u16(Name::Dst, half(op, Add2::at(name::Dst)))
            .u16(Name::A, half(op, Add2::at(name::A)))
            .u16(Name::Dst2, half(op, Add2::at(name::Dst2)))
            .u16(Name::B, half(op, Add2::at(name::B)))
            .u32(Name::Number, full(op, Add2::at(name::Number)))
            .u32(Name::Number2, full(op, Add2::at(name::Number2)))
            .operand(Name::C, b, false);
        self.words.truncate(sums.at);
        let form = if matches!(b, Opd::Slot(_)) { 0 } else { 1 };
        self.emit(row.op(form), operands);
        self.paying = row.op(form + STEPS_FUEL_FORMS);
        sums.at as u32
    }

    /// What the last op moves into a cell, taken back: the form of a branch that does it, and its operands.
    pub(crate) fn moved_by_branch(&mut self) -> Option<(u8, Operands)> {
        if self.few() {
            return None;
        }
        let last = self.last?;
        let operands = branch_operands().u16(Name::Dst, last.dst);
        let found = match (last.shape, last.a) {
            (Shape::Copy, Opd::Slot(from)) => (2, operands.u16(Name::A, from)),
            (Shape::Const, Opd::Imm(number)) => (4, operands.u32(Name::Number, number as u32)),
            _ => {
                let (_, from, number) = self.any_sum()?;
                (6, operands.u16(Name::A, from).u32(Name::Number, number))
            }
        };
        self.words.truncate(last.at);
        Some(found)
    }

    /// A branch into the loop that begins next, in the place of a last op that a branch can do: so that it pays for the
    /// fuel op at the loop's head.
    pub(crate) fn jump_into_loop(&mut self) -> Option<u32> {
        if !self.pays() || self.counts() {
            return None;
        }
        let (form, operands) = self.moved_by_branch()?;
        let at = self.words.len() as u32;
        self.emit(Row::Br.op(form + 1), operands);
        self.goes_behind_fuel(at, TARGET_HALF);
        Some(at)
    }
}

/// A number as an op has it whose numbers have 16 bits and a sign.
fn short(number: u64) -> Option<u16> {
    i16::try_from(number as u32 as i32).ok().map(|number| number as u16)
}

/// A number as an operand.
fn imm(number: u32) -> Opd {
    Opd::Imm(number.into())
}

/// The form of an operator on what `load` loads, and the load's offset as such an op takes it.
fn near(load: &Last) -> Option<(u8, u16)> {
    let Opd::Imm(offset) = load.b else { return None };
    match (load.form & !1, load.a) {
        (0, Opd::Slot(_)) => Some((0, u16::try_from(offset).ok()?)),
        (2, Opd::Acc) => Some((2, u16::try_from(offset).ok()?)),
        (6, Opd::Slot(_)) => Some((4, short(offset)?)),
        _ => None,
    }
}

//! Two operators as one op: which pairs of `fuse` stand side by side, and what becomes of them.
//!
//! The op that is written last decides: it takes back the one before, whose result it alone takes from the accumulator,
//! and writes one op for both.
//!
//! # Invariants
//! - What an op that is taken back had computed for others as well stays: only ops whose result nobody else reads, or
//!   whose destination is named by the new op too, are taken back.

use crate::exec::fused::SUM_FUEL_FORMS;
use crate::ops::Row;
use crate::translate::Func;
use crate::translate::emit::{Class, Last, Opd, Operands, Shape};
use crate::translate::fuse::{loaded_row, pair_row, shifted_row, turned_row};
use coracle_core::error::Result;

/// The last `global.set` of a sum: the global's place, the slot and the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlobalSum {
    pub(crate) at: usize,
    pub(crate) slot: u16,
    pub(crate) place: u32,
    pub(crate) number: u32,
}

impl Func<'_> {
    /// `x row b`, where the last op computed x for it alone: as one op with that, if there is such an op. `swapped`: it
    /// is `b row x`.
    pub(crate) fn combined(&mut self, row: Row, b: Opd, swapped: bool) -> Result<bool> {
        let Some(last) = self.last else { return Ok(false) };
        // Its result went to the accumulator alone just now.
        if last.shape != Shape::Value || self.words[last.at] != self.code_word(last.row.op(last.form() | 1)) {
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
        let operands = Operands::new().operand(last.a, 2, 0, false).u16(4, b).u16(6, number as u16 & (bits - 1));
        self.replace(last, row, operands, last.a)
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
        self.replace(last, row, Operands::new().operand(a, 2, 0, false).u16(4, b).u16(6, c), a)
    }

    /// `(a H b) O k`, and `a * k + n`.
    fn with_number(&mut self, row: Row, last: &Last, number: u64) -> Result<bool> {
        if !matches!(last.a, Opd::Slot(_) | Opd::Acc) {
            return Ok(false);
        }
        let operands = Operands::new().operand(last.a, 2, 0, false);
        match (last.row, row, last.b) {
            (Row::I32Mul, Row::I32Add, Opd::Imm(factor)) => {
                let operands = operands.u32(4, factor as u32).u32(8, number as u32);
                self.replace(last, Row::I32MulAdd, operands, last.a)
            }
            (first, _, Opd::Slot(b)) => {
                let Some((row, bits)) = turned_row(first, row) else { return Ok(false) };
                self.replace(last, row, operands.u16(4, b).u16(6, number as u16 & (bits - 1)), last.a)
            }
            _ => Ok(false),
        }
    }

    /// `memory[…] O b`.
    fn load_and(&mut self, row: Row, last: &Last, b: u16, swapped: bool) -> Result<bool> {
        let Some(row) = loaded_row(last.row, row, swapped) else { return Ok(false) };
        let Opd::Imm(number) = last.b else { return Ok(false) };
        let (form, operands) = match (last.form() & !1, last.a) {
            (0, Opd::Slot(base)) if number <= u64::from(u16::MAX) => (0, Operands::new().u16(2, base)),
            (2, _) if number <= u64::from(u16::MAX) => (2, Operands::new()),
            (6, Opd::Slot(base)) if i16::try_from(number as u32 as i32).is_ok() => (4, Operands::new().u16(2, base)),
            _ => return Ok(false),
        };
        let offset = last.offset;
        self.take_back(last);
        let dst = self.push(crate::translate::stack::Kind::Temp, false)?;
        let operands = operands.u16(0, dst).u16(4, b).u16(6, number as u16);
        self.emit_value(row, form, operands, dst, last.class, Shape::Value, (Opd::None, Opd::None));
        self.comes_from(offset);
        Ok(true)
    }

    /// Writes an op in the place of `last`, whose destination lies at 0 and whose first operand may be the accumulator.
    fn replace(&mut self, last: &Last, row: Row, operands: Operands, a: Opd) -> Result<bool> {
        self.take_back(last);
        let dst = self.push(crate::translate::stack::Kind::Temp, false)?;
        let form = if a == Opd::Acc { 2 } else { 0 };
        self.emit_value(row, form, operands.u16(0, dst), dst, last.class, Shape::Value, (a, Opd::None));
        Ok(true)
    }

    /// The sum of a slot and a number, to a local: as one op with another such sum before it, if there is one.
    pub(crate) fn second_sum(&mut self, dst: u16, slot: u16, number: u32) -> bool {
        let Some((last, from, first)) = self.last_sum() else { return false };
        if !self.is_local(dst) {
            return false;
        }
        self.take_back(&last);
        let operands = Operands::new().u16(0, last.dst).u16(2, from).u16(4, dst).u16(6, slot);
        self.acc.forget(last.dst);
        // No operand lies at this destination, so nobody sends the first sum elsewhere.
        let none = (Opd::None, Opd::None);
        let operands = operands.u32(8, first).u32(12, number);
        self.emit_value(Row::Add2, 0, operands, u16::MAX, Class::None, Shape::Fixed, none);
        self.acc.set(Class::Int, dst);
        true
    }

    /// A copy: as one op with a sum before it, if there is one.
    pub(crate) fn sum_and_copy(&mut self, dst: u16, src: u16) -> bool {
        let Some((last, from, number)) = self.last_sum() else { return false };
        self.take_back(&last);
        let operands = Operands::new().u16(0, last.dst).u16(2, from).u16(4, dst).u16(6, src).u32(8, number);
        self.acc.forget(last.dst);
        self.acc.forget(dst);
        let none = (Opd::None, Opd::None);
        self.emit_value(Row::AddCopy, 0, operands, u16::MAX, Class::None, Shape::Fixed, none);
        true
    }

    /// The last op, if it is the sum of a slot and a number that went to a local.
    fn last_sum(&self) -> Option<(Last, u16, u32)> {
        let last = self.last?;
        match (last.row, last.a, last.b) {
            // The form tells that the sum is written to its slot.
            (Row::I32Add, Opd::Slot(from), Opd::Imm(number))
                if self.is_local(last.dst) && self.words[last.at] == self.code_word(Row::I32Add.op(2)) =>
            {
                Some((last, from, number as u32))
            }
            _ => None,
        }
    }

    fn is_local(&self, slot: u16) -> bool {
        u32::from(slot) < self.first_cell
    }

    /// The end of a function with a frame in memory, whose result lies in `value`: as one op with the `global.set` before
    /// it, if there is one.
    pub(crate) fn return_sum(&mut self, value: Opd) -> bool {
        let Some(sum) = self.global_sum.filter(|sum| sum.at + 3 == self.words.len()) else { return false };
        let (form, operands) = match value {
            Opd::None => (0, Operands::new()),
            Opd::Slot(slot) => (1, Operands::new().u16(12, slot)),
            Opd::Acc => (2, Operands::new()),
            Opd::Imm(_) => return false,
        };
        self.words.truncate(sum.at);
        let operands = operands.u16(0, self.header()).u16(2, sum.slot).u32(4, sum.place).u32(8, sum.number);
        let fuel = if self.charges() { SUM_FUEL_FORMS } else { 0 };
        self.emit(Row::RetSum.op(form + fuel), operands);
        true
    }
}

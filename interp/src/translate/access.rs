//! Accesses to memory 0: where they go, and which op computes that on the way.

use crate::exec::ops::Row;
use crate::translate::func::{Entry, Func, Kind};
use crate::translate::operand::{Class, Last, Opd, Operands, Shape};
use coracle_error::Result;

/// The forms of a load whose address is computed by the same op.
const LOAD_BEHIND: u8 = 10;
const LOAD_ELEMENT_ACC: u8 = 12;
const LOAD_ELEMENT_SLOT: u8 = 14;

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

impl Func<'_> {
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
        if let Some(last) = self.last_for(&entry)
            && self.load_far(row, &last, offset, result)?
        {
            return Ok(());
        }
        let (place, number) = self.place(&entry, offset);
        if let (Row::I32Load, Place::Slot(base)) = (row, place)
            && self.second_load(base, number)?
        {
            return Ok(());
        }
        let dst = self.push(Kind::Temp, false)?;
        let operands = Operands::new().u16(0, dst).u16(2, place.slot()).u32(4, number);
        let from = match place {
            Place::Slot(slot) | Place::Sum(slot) => (Opd::Slot(slot), Opd::Imm(u64::from(number))),
            Place::Acc => (Opd::Acc, Opd::Imm(u64::from(number))),
            Place::Abs => (Opd::None, Opd::None),
        };
        self.emit_value(row, place.kind() * 2, operands, dst, result, Shape::Value, from);
        Ok(())
    }

    /// A load whose address the last op computed for it alone, as one op with that: whether there is such an op.
    fn load_far(&mut self, row: Row, last: &Last, offset: u32, result: Class) -> Result<bool> {
        if self.few {
            return Ok(false);
        }
        let operands = Operands::new().u32(4, offset);
        let (form, operands, first) = match (last.row, last.a, last.b) {
            (Row::I32Load, Opd::Slot(base), Opd::Imm(inner)) if last.form == 0 => {
                self.take_back(last);
                (LOAD_BEHIND, operands.u16(2, base).u32(8, inner as u32), last.offset)
            }
            (Row::I32Add, Opd::Slot(a), Opd::Slot(b)) => {
                self.take_back(last);
                (LOAD_ELEMENT_SLOT, operands.u16(2, a).u16(8, b).u16(10, 0), self.offset)
            }
            (Row::I32Add, Opd::Acc, Opd::Slot(b)) => {
                self.take_back(last);
                (LOAD_ELEMENT_ACC, operands.u16(8, b).u16(10, 0), self.offset)
            }
            (Row::I32ShlAdd, a, Opd::Slot(b)) => {
                let [.., low, high] = self.words[last.at + 1].to_ne_bytes();
                self.take_back(last);
                let form = if a == Opd::Acc { LOAD_ELEMENT_ACC } else { LOAD_ELEMENT_SLOT };
                let operands = operands.operand(a, 2, 0, false).u16(8, b);
                (form, operands.u16(10, u16::from_ne_bytes([low, high])), self.offset)
            }
            _ => return Ok(false),
        };
        let dst = self.push(Kind::Temp, false)?;
        self.emit_value(row, form, operands.u16(0, dst), dst, result, Shape::Value, (Opd::None, Opd::None));
        self.comes_from_both(first, self.offset);
        Ok(true)
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
        if let Place::Slot(base) = place
            && self.combined_store(row, base, v, number)
        {
            return Ok(());
        }
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
}

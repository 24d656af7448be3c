//! Accesses to memory 0: where they go, and which op computes that on the way.

use crate::exec::fused::Shifted;
use crate::exec::machine::{Exec, S};
use crate::exec::numeric::{I32Add, I32Shl};
use crate::exec::operand::{Name, half, name};
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
    /// The operand of the op that goes there.
    fn operand(self) -> Opd {
        match self {
            Self::Slot(slot) | Self::Sum(slot) => Opd::Slot(slot),
            Self::Acc => Opd::Acc,
            Self::Abs => Opd::None,
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
    /// Where an access goes, and its offset, or the number that is added to its address.
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
        let operands = Operands::to(dst).operand(Name::Address, place.operand(), false).u32(Name::Offset, number);
        let from = (place.operand(), Opd::Imm(u64::from(number)));
        self.emit_value(row, place.kind() * 2, operands, dst, result, Shape::Value, from);
        Ok(())
    }

    /// A load whose address the last op computed for it alone, as one op with that: whether there is such an op.
    fn load_far(&mut self, row: Row, last: &Last, offset: u32, result: Class) -> Result<bool> {
        if self.few() {
            return Ok(false);
        }
        let element = |index, base, shift| {
            let form = if index == Opd::Acc { LOAD_ELEMENT_ACC } else { LOAD_ELEMENT_SLOT };
            let operands = Operands::result().operand(Name::Index, index, false).u32(Name::Offset, offset);
            (form, operands.u16(Name::A, base).u16(Name::Shift, shift))
        };
        let ((form, operands), first) = match (last.row, last.a, last.b) {
            (Row::I32Load, Opd::Slot(base), Opd::Imm(inner)) if last.form == 0 => {
                let operands = Operands::result().u16(Name::Address, base).u32(Name::Offset, offset);
                ((LOAD_BEHIND, operands.u32(Name::Offset2, inner as u32)), last.offset)
            }
            (Row::I32Add, index @ (Opd::Slot(_) | Opd::Acc), Opd::Slot(base)) => (element(index, base, 0), self.offset),
            (Row::I32ShlAdd, index, Opd::Slot(base)) => {
                let shift = half(&self.words[last.at..], Shifted::<I32Shl, I32Add, S, S, S>::at(name::Shift));
                (element(index, base, shift), self.offset)
            }
            _ => return Ok(false),
        };
        self.take_back(last);
        let dst = self.push(Kind::Temp, false)?;
        self.emit_value(row, form, operands.send(dst), dst, result, Shape::Value, (Opd::None, Opd::None));
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
        let operands = Operands::new().operand(Name::Address, place.operand(), false);
        let operands = operands.operand(Name::Value, v, wide).u32(Name::Offset, number);
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

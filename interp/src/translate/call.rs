//! Calls and tail calls: arguments in place, and which op does the rest.

use crate::code::HEAD_WORDS;
use crate::exec::control::{CALL_FUEL_FORMS, INDIRECT_FUEL_FORMS};
use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::exec::stack::HEADER_CELLS;
use crate::translate::func::{Func, Kind};
use crate::translate::operand::{Argument, Class, Opd, Operands};
use coracle_error::Result;
use coracle_image::module::{FuncType, ValType};

impl<'a> Func<'a> {
    /// Puts the arguments of a call in place; returns where the callee's frame begins, and its header in it.
    fn arguments(&mut self, ty: &FuncType) -> Result<(u16, u16)> {
        let params = ty.params.len();
        self.settle_top(params);
        let base = match params {
            0 => self.top_cell(),
            n => u32::from(self.stack[self.stack.len() - n].cell),
        };
        let header = ty.param_cells().max(ty.result_cells());
        self.reserve(base + header + HEADER_CELLS as u32)?;
        Ok((base as u16, header as u16))
    }

    fn results(&mut self, ty: &FuncType) -> Result<()> {
        self.truncate(self.stack.len() - ty.params.len());
        self.forget();
        for result in &ty.results {
            self.push(Kind::Temp, result.cells() == 2)?;
        }
        self.cut();
        // F5
        if let [ValType::I32 | ValType::I64] = ty.results[..]
            && let Some(result) = self.stack.last()
        {
            self.acc.set(Class::Int, result.cell);
        }
        Ok(())
    }

    /// How far the end of an op of `words` words that begins here lies from the first op.
    pub(crate) fn distance(&self, words: usize) -> u32 {
        (self.words.len() + words - HEAD_WORDS) as u32
    }

    /// `call`.
    pub(crate) fn call(&mut self, index: u32) -> Result<()> {
        if self.inline(index)? {
            return Ok(());
        }
        let (row, place, ty) = self.callee(index);
        let (base, header) = self.arguments(ty)?;
        let operands = callee(base, header).u32(Name::Callee, place);
        let argument = if row == Row::Call { self.last_argument(None) } else { Argument::Other };
        let (form, operands) = match argument {
            Argument::Copy(dst, src) => (1, copy(operands, dst, src)),
            Argument::Two((dst, src), second) => (2, second_copy(copy(operands, dst, src), second)),
            Argument::Sum(dst, src, number) => (3, copy(operands, dst, src).u32(Name::Number, number)),
            Argument::Other => (0, operands),
        };
        let fuel = if row == Row::Call && self.pays() { CALL_FUEL_FORMS } else { 0 };
        self.emit_linked(row.op(form + fuel), operands);
        self.results(ty)
    }

    /// The op for calling a function, where it finds it, and its type.
    fn callee(&self, index: u32) -> (Row, u32, &'a FuncType) {
        let module = self.body.module;
        let func = coracle_image::entity::FuncIndex::from_u32(index);
        let ty = module.func_type(func);
        match module.defined(func) {
            Some(defined) => (Row::Call, self.slot_place(defined), ty),
            None => (Row::CallImport, self.layout.func_ref(index), ty),
        }
    }

    /// `call_indirect`.
    pub(crate) fn call_indirect(&mut self, ty: u32, table: u32) -> Result<()> {
        let (place, wide, sig) = self.indirect(ty, table);
        let ty = self.type_at(ty);
        let index = self.pop_value()?;
        // Arguments that are put in place between the index and the call leave the accumulator alone.
        let index = if wide || matches!(index.kind, Kind::Const(_)) {
            Opd::Slot(self.as_slot(&index))
        } else {
            self.as_acc_or_slot(&index, Class::Int)
        };
        let (base, header) = self.arguments(ty)?;
        let read = if let Opd::Slot(slot) = index { Some(slot) } else { None };
        let argument = if wide { Argument::Other } else { self.last_argument(read) };
        let operands = callee(base, header).operand(Name::Index, index, false);
        let operands = operands.u32(Name::Table, place).u32(Name::Sig, sig);
        let form = u8::from(index == Opd::Acc);
        let (form, operands) = match argument {
            _ if wide => (2, operands),
            Argument::Copy(dst, src) => (form + 3, copy(operands, dst, src)),
            Argument::Two((dst, src), second) => (form + 5, second_copy(copy(operands, dst, src), second)),
            Argument::Sum(dst, src, number) => {
                self.emit_lea(dst, src, number);
                (form, operands)
            }
            Argument::Other => (form, operands),
        };
        let fuel = if self.pays() { INDIRECT_FUEL_FORMS } else { 0 };
        self.emit_linked(Row::CallIndirect.op(form + fuel), operands);
        self.results(ty)
    }

    /// A table's place, whether its indices have 64 bits, and the number of a type.
    fn indirect(&self, ty: u32, table: u32) -> (u32, bool, u32) {
        let place = self.layout.table(coracle_image::entity::TableIndex::from_u32(table));
        (place, self.table64(table), self.sig(ty))
    }

    /// `call_ref`.
    pub(crate) fn call_ref(&mut self, ty: u32) -> Result<()> {
        let ty = self.type_at(ty);
        let reference = self.pop_value()?;
        let slot = self.as_slot(&reference);
        let (base, header) = self.arguments(ty)?;
        self.emit_linked(Row::CallRef.op(0), callee(base, header).u16(Name::Ref, slot));
        self.results(ty)
    }

    /// The operands that all tail calls share.
    fn tail_arguments(&mut self, ty: &FuncType) -> Result<Operands> {
        let (base, header) = self.arguments(ty)?;
        let operands = Operands::new().run(Name::Arguments, base, ty.param_cells() as u16);
        Ok(operands.u16(Name::Header, self.header()).u16(Name::NextHeader, header))
    }

    /// `return_call`.
    pub(crate) fn return_call(&mut self, index: u32) -> Result<()> {
        let (row, place, ty) = self.callee(index);
        let operands = self.tail_arguments(ty)?.u32(Name::Callee, place);
        let row = if row == Row::Call { Row::TailCall } else { Row::TailCallImport };
        self.emit(row.op(0), operands);
        self.die();
        Ok(())
    }

    /// `return_call_indirect`.
    pub(crate) fn return_call_indirect(&mut self, ty: u32, table: u32) -> Result<()> {
        let (place, wide, sig) = self.indirect(ty, table);
        let ty = self.type_at(ty);
        let index = self.pop_value()?;
        let index = self.as_slot(&index);
        let operands = self.tail_arguments(ty)?.u16(Name::Index, index).u32(Name::Table, place).u32(Name::Sig, sig);
        self.emit(Row::TailCallIndirect.op(u8::from(wide)), operands);
        self.die();
        Ok(())
    }

    /// `return_call_ref`.
    pub(crate) fn return_call_ref(&mut self, ty: u32) -> Result<()> {
        let ty = self.type_at(ty);
        let callee = self.pop_value()?;
        let slot = self.as_slot(&callee);
        let operands = self.tail_arguments(ty)?.u16(Name::Ref, slot);
        self.emit(Row::TailCallRef.op(0), operands);
        self.die();
        Ok(())
    }
}

/// The operands that all calls begin with.
fn callee(base: u16, header: u16) -> Operands {
    Operands::new().u16(Name::Base, base).u16(Name::Header, header)
}

/// An argument that a call copies.
fn copy(operands: Operands, dst: u16, src: u16) -> Operands {
    operands.u16(Name::Dst, dst).u16(Name::A, src)
}

/// Another one behind it.
fn second_copy(operands: Operands, (dst, src): (u16, u16)) -> Operands {
    operands.u16(Name::Dst2, dst).u16(Name::B, src)
}

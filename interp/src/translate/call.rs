//! Calls and tail calls: arguments in place, and which op does the rest.

use crate::code::HEAD_WORDS;
use crate::exec::control::{CALL_FUEL_FORMS, INDIRECT_FUEL_FORMS};
use crate::exec::ops::Row;
use crate::exec::stack::HEADER_CELLS;
use crate::translate::func::{Func, Kind};
use crate::translate::operand::{Argument, Class, Opd, Operands};
use coracle_error::Result;
use coracle_image::module::{FuncType, ValType};

impl<'a> Func<'a> {
    /// Puts the arguments of a call in place; returns the callee's frame and header as operands.
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
        let (row, place, ty) = self.callee(index);
        let (base, header) = self.arguments(ty)?;
        let operands = Operands::new().u16(0, base).u16(2, header).u32(4, place);
        let argument = if row == Row::Call { self.last_argument(None) } else { Argument::Other };
        let (form, operands, words) = match argument {
            Argument::Copy(dst, src) => (1, operands.u16(8, dst).u16(10, src), 3),
            Argument::Two((dst, src), (dst2, src2)) => {
                (2, operands.u16(8, dst).u16(10, src).u16(12, dst2).u16(14, src2), 4)
            }
            Argument::Sum(dst, src, number) => (3, operands.u16(8, dst).u16(10, src).u32(12, number), 4),
            Argument::Other => (0, operands, 3),
        };
        let fuel = if row == Row::Call && self.pays() { CALL_FUEL_FORMS } else { 0 };
        let distance = self.link(words);
        self.emit(row.op(form + fuel), operands.u32(words * 8 - 12, distance));
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
        let mut operands = Operands::new().u16(0, base).u16(2, header).u32(8, place).u32(12, sig);
        let form = match index {
            Opd::Slot(slot) => {
                operands = operands.u16(4, slot);
                0
            }
            _ => 1,
        };
        let (form, operands, words) = match argument {
            _ if wide => (2, operands, 4),
            Argument::Copy(dst, src) => (form + 3, operands.u16(16, dst).u16(18, src), 4),
            Argument::Two((dst, src), (dst2, src2)) => {
                (form + 5, operands.u16(16, dst).u16(18, src).u16(20, dst2).u16(22, src2), 5)
            }
            Argument::Sum(dst, src, number) => {
                self.emit_lea(dst, src, number);
                (form, operands, 4)
            }
            Argument::Other => (form, operands, 4),
        };
        let fuel = if self.pays() { INDIRECT_FUEL_FORMS } else { 0 };
        let distance = self.link(words);
        self.emit(Row::CallIndirect.op(form + fuel), operands.u32(words * 8 - 12, distance));
        self.results(ty)
    }

    /// A table's place, whether its indices have 64 bits, and the number of a type.
    fn indirect(&self, ty: u32, table: u32) -> (u32, bool, u32) {
        let module = self.body.module;
        let table = coracle_image::entity::TableIndex::from_u32(table);
        (self.layout.table(table), module.data().tables[table].table64, self.sig(ty))
    }

    /// `call_ref`.
    pub(crate) fn call_ref(&mut self, ty: u32) -> Result<()> {
        let ty = self.type_at(ty);
        let callee = self.pop_value()?;
        let slot = self.as_slot(&callee);
        let (base, header) = self.arguments(ty)?;
        let operands = Operands::new().u16(0, base).u16(2, header).u16(4, slot).u32(12, self.link(3));
        self.emit(Row::CallRef.op(0), operands);
        self.results(ty)
    }

    /// The operands that all tail calls share.
    fn tail_arguments(&mut self, ty: &FuncType) -> Result<Operands> {
        let (base, header) = self.arguments(ty)?;
        Ok(Operands::new().u16(0, base).u16(2, ty.param_cells() as u16).u16(4, self.header()).u16(6, header))
    }

    /// `return_call`.
    pub(crate) fn return_call(&mut self, index: u32) -> Result<()> {
        let (row, place, ty) = self.callee(index);
        let operands = self.tail_arguments(ty)?.u32(8, place);
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
        let operands = self.tail_arguments(ty)?.u16(8, index).u32(12, place).u32(16, sig);
        self.emit(Row::TailCallIndirect.op(u8::from(wide)), operands);
        self.die();
        Ok(())
    }

    /// `return_call_ref`.
    pub(crate) fn return_call_ref(&mut self, ty: u32) -> Result<()> {
        let ty = self.type_at(ty);
        let callee = self.pop_value()?;
        let slot = self.as_slot(&callee);
        let operands = self.tail_arguments(ty)?.u16(8, slot);
        self.emit(Row::TailCallRef.op(0), operands);
        self.die();
        Ok(())
    }
}

//! Wasm operators → ops: memories, tables.

use crate::exec::machine::MEMORY64;
use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::translate::func::{Entry, Func};
use crate::translate::operand::{Class, Operands};
use coracle_error::Result;
use coracle_image::entity::{MemoryIndex, TableIndex};
use wasmparser::{MemArg, MemArgTarget, Operator};

/// Where the forms of loads and stores for any memory begin.
const LOAD_ANY: u8 = 8;
const STORE_ANY: u8 = 12;

impl Func<'_> {
    pub(crate) fn visit_memory(&mut self, op: &Operator<'_>) -> Result<()> {
        macro_rules! table {
            (loads { $($load:ident;)* } stores { $($store:ident $wide:literal;)* }) => {
                match op {
                    $(Operator::$load { memarg } => self.visit_load(Row::$load, memarg, Class::Int),)*
                    $(Operator::$store { memarg } => self.visit_store(Row::$store, memarg, Class::Int, $wide),)*
                    _ => self.visit_bulk(op),
                }
            };
        }
        table! {
            loads {
                I32Load; I32Load8S; I32Load8U; I32Load16S; I32Load16U;
                I64Load; I64Load8S; I64Load8U; I64Load16S; I64Load16U; I64Load32S;
                I64Load32U;
            }
            stores {
                I32Store false; I32Store8 false; I32Store16 false;
                I64Store true; I64Store8 true; I64Store16 true; I64Store32 true;
            }
        }
    }

    pub(crate) fn visit_load(&mut self, row: Row, memarg: &MemArg, to: Class) -> Result<()> {
        let place = self.memory(memarg)?;
        let Some((place, wide)) = place else {
            return self.load(row, memarg.offset as u32, to);
        };
        let address = self.pop_value()?;
        let address = self.as_slot(&address);
        let operands = Operands::result().u16(Name::Address, address);
        let operands = operands.u32(Name::Memory, place).u64(Name::Offset, memarg.offset);
        self.emit_fixed(row, LOAD_ANY + u8::from(wide), operands, false)
    }

    pub(crate) fn visit_store(&mut self, row: Row, memarg: &MemArg, from: Class, wide_value: bool) -> Result<()> {
        let place = self.memory(memarg)?;
        let Some((place, wide)) = place else {
            return self.store(row, memarg.offset as u32, from, wide_value);
        };
        let (value, address) = (self.pop_value()?, self.pop_value()?);
        let (address, value) = (self.as_slot(&address), self.as_slot(&value));
        let operands = Operands::new().u16(Name::Address, address).u16(Name::Value, value);
        let operands = operands.u32(Name::Memory, place).u64(Name::Offset, memarg.offset);
        self.emit(row.op(STORE_ANY + u8::from(wide)), operands);
        Ok(())
    }

    /// Where a memory lies and whether its addresses have 64 bits; nothing for memory 0 as the registers hold it.
    pub(crate) fn memory(&self, memarg: &MemArg) -> Result<Option<(u32, bool)>> {
        let (index, wide) = self.memory_of(memarg)?;
        if self.plain(index.as_u32()) {
            return Ok(None);
        }
        Ok(Some((self.layout.memory(index), wide)))
    }

    /// A memory, and whether its addresses have 64 bits.
    pub(crate) fn memory_of(&self, memarg: &MemArg) -> Result<(MemoryIndex, bool)> {
        let MemArgTarget::Memory(index) = memarg.target else {
            return Err(self.unexpected("an access to an array"));
        };
        let index = MemoryIndex::from_u32(index);
        Ok((index, self.memory64(index.as_u32())))
    }

    /// Whether this is memory 0 as the registers hold it: with 32-bit addresses, and not shared.
    fn plain(&self, index: u32) -> bool {
        let ty = self.body.module.data().memories[MemoryIndex::from_u32(index)];
        index == 0 && !self.memory64(index) && !ty.shared
    }

    fn memory64(&self, index: u32) -> bool {
        MEMORY64 && self.body.module.data().memories[MemoryIndex::from_u32(index)].memory64
    }

    pub(crate) fn table64(&self, index: u32) -> bool {
        MEMORY64 && self.body.module.data().tables[TableIndex::from_u32(index)].table64
    }

    pub(crate) fn pop_slots<const N: usize>(&mut self) -> Result<[u16; N]> {
        let mut entries: [Option<Entry>; N] = [None; N];
        for entry in entries.iter_mut().rev() {
            *entry = Some(self.pop_value()?);
        }
        Ok(entries.map(|entry| entry.map_or(0, |entry| self.as_slot(&entry))))
    }

    fn visit_bulk(&mut self, op: &Operator<'_>) -> Result<()> {
        match *op {
            Operator::MemorySize { mem } => {
                let memory = MemoryIndex::from_u32(mem);
                let page = self.body.module.data().memories[memory].page_size_log2 as u16;
                let place = self.layout.memory(memory);
                let operands = Operands::result().u16(Name::Page, page).u32(Name::Memory, place);
                self.emit_fixed(Row::MemorySize, 0, operands, false)
            }
            Operator::MemoryGrow { mem } => {
                let [delta] = self.pop_slots()?;
                let form = u8::from(self.memory64(mem));
                let operands = Operands::result().u16(Name::Delta, delta).u32(Name::Memory, mem);
                self.emit_fixed(Row::MemoryGrow, form, operands.u16(Name::Top, self.top_cell() as u16), false)
            }
            Operator::MemoryFill { mem } => {
                let [dst, byte, len] = self.pop_slots()?;
                let operands = Operands::new().u16(Name::To, dst).u16(Name::Value, byte).u16(Name::Len, len);
                if self.plain(mem) && !self.charges() {
                    self.emit(Row::MemoryFill.op(2), operands);
                    return Ok(());
                }
                self.emit(Row::MemoryFill.op(u8::from(self.memory64(mem))), operands.u32(Name::Memory, mem));
                Ok(())
            }
            Operator::MemoryCopy { dst_mem, src_mem } => {
                if dst_mem == src_mem && self.plain(dst_mem) && !self.charges() {
                    let [dst, src, len] = self.pop_slots()?;
                    let operands = Operands::new().u16(Name::To, dst).u16(Name::From, src).u16(Name::Len, len);
                    self.emit(Row::MemoryCopy.op(1), operands);
                    return Ok(());
                }
                let wide = widths(self.memory64(dst_mem), self.memory64(src_mem));
                self.three(Row::MemoryCopy, wide, (Name::Memory, dst_mem), (Name::Memory2, src_mem))
            }
            Operator::MemoryInit { data_index, mem } => {
                let wide = u16::from(self.memory64(mem));
                self.three(Row::MemoryInit, wide, (Name::Memory, mem), (Name::Segment, data_index))
            }
            Operator::DataDrop { data_index } => {
                self.emit(Row::DataDrop.op(0), Operands::new().u32(Name::Segment, data_index));
                Ok(())
            }
            _ => self.visit_table(op),
        }
    }

    /// An op with three operands, their widths and two indices.
    fn three(&mut self, row: Row, wide: u16, first: (Name, u32), second: (Name, u32)) -> Result<()> {
        let [dst, src, len] = self.pop_slots()?;
        let operands = Operands::new().u16(Name::To, dst).u16(Name::From, src).u16(Name::Len, len);
        let operands = operands.u16(Name::Widths, wide).u32(first.0, first.1).u32(second.0, second.1);
        self.emit(row.op(0), operands);
        Ok(())
    }

    fn visit_table(&mut self, op: &Operator<'_>) -> Result<()> {
        let place = |func: &Self, table: u32| func.layout.table(TableIndex::from_u32(table));
        match *op {
            Operator::TableGet { table } => {
                let [index] = self.pop_slots()?;
                let operands = Operands::result().u16(Name::Index, index).u32(Name::Table, place(self, table));
                self.emit_fixed(Row::TableGet, u8::from(self.table64(table)), operands, false)
            }
            Operator::TableSet { table } => {
                let [index, value] = self.pop_slots()?;
                let operands = Operands::new().u16(Name::Index, index).u16(Name::Value, value);
                let operands = operands.u32(Name::Table, place(self, table));
                self.emit(Row::TableSet.op(u8::from(self.table64(table))), operands);
                Ok(())
            }
            Operator::TableSize { table } => {
                let operands = Operands::result().u32(Name::Table, place(self, table));
                self.emit_fixed(Row::TableSize, 0, operands, false)
            }
            Operator::TableGrow { table } => {
                let [value, delta] = self.pop_slots()?;
                let top = self.top_cell() as u16;
                let operands = Operands::result().u16(Name::Value, value).u16(Name::Delta, delta);
                let operands = operands.u16(Name::Top, top).u32(Name::Table, table);
                self.emit_fixed(Row::TableGrow, u8::from(self.table64(table)), operands, false)
            }
            Operator::TableFill { table } => {
                let [at, value, len] = self.pop_slots()?;
                let operands = Operands::new().u16(Name::To, at).u16(Name::Value, value).u16(Name::Len, len);
                let operands = operands.u32(Name::Table, table);
                self.emit(Row::TableFill.op(u8::from(self.table64(table))), operands);
                Ok(())
            }
            Operator::TableCopy { dst_table, src_table } => {
                let wide = widths(self.table64(dst_table), self.table64(src_table));
                self.three(Row::TableCopy, wide, (Name::Table, dst_table), (Name::Table2, src_table))
            }
            Operator::TableInit { elem_index, table } => {
                let wide = u16::from(self.table64(table));
                self.three(Row::TableInit, wide, (Name::Table, table), (Name::Segment, elem_index))
            }
            Operator::ElemDrop { elem_index } => {
                self.emit(Row::ElemDrop.op(0), Operands::new().u32(Name::Segment, elem_index));
                Ok(())
            }
            _ => self.visit_atomic(op),
        }
    }
}

/// Which operands of a copy have 64 bits: destination 1, source 2, length 4. The length has the narrower type.
fn widths(dst: bool, src: bool) -> u16 {
    u16::from(dst) | u16::from(src) << 1 | u16::from(dst && src) << 2
}

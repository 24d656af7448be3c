//! Wasm operators → ops: atomics, 128-bit arithmetic, exceptions.

use crate::code::Handler;
use crate::exec::ops::Row;
use crate::translate::func::{Func, Kind, NONE};
use crate::translate::operand::Operands;
use coracle_error::Result;
use coracle_image::entity::{MemoryIndex, TagIndex};
use wasmparser::{Catch, MemArg, MemArgTarget, Operator, TryTable};

impl<'a> Func<'a> {
    pub(crate) fn visit_atomic(&mut self, op: &Operator<'_>) -> Result<()> {
        macro_rules! table {
            (
                loads { $($load:ident $load_row:ident;)* }
                stores { $($store:ident $store_row:ident;)* }
                rmws { $($rmw:ident $rmw_row:ident;)* }
                cmpxchgs { $($cmp:ident $cmp_row:ident;)* }
            ) => {
                match op {
                    $(Operator::$load { memarg } => self.atomic::<0>(Row::$load_row, memarg, true),)*
                    $(Operator::$store { memarg } => self.atomic::<1>(Row::$store_row, memarg, false),)*
                    $(Operator::$rmw { memarg } => self.atomic::<1>(Row::$rmw_row, memarg, true),)*
                    $(Operator::$cmp { memarg } => self.atomic::<2>(Row::$cmp_row, memarg, true),)*
                    _ => self.visit_wide(op),
                }
            };
        }
        table! {
            loads {
                I32AtomicLoad8U AtomicLoad8; I32AtomicLoad16U AtomicLoad16; I32AtomicLoad AtomicLoad32;
                I64AtomicLoad8U AtomicLoad8; I64AtomicLoad16U AtomicLoad16; I64AtomicLoad32U AtomicLoad32;
                I64AtomicLoad AtomicLoad64;
            }
            stores {
                I32AtomicStore8 Atomic8Xchg; I32AtomicStore16 Atomic16Xchg; I32AtomicStore Atomic32Xchg;
                I64AtomicStore8 Atomic8Xchg; I64AtomicStore16 Atomic16Xchg; I64AtomicStore32 Atomic32Xchg;
                I64AtomicStore Atomic64Xchg;
            }
            rmws {
                I32AtomicRmw8AddU Atomic8Add; I32AtomicRmw8SubU Atomic8Sub; I32AtomicRmw8AndU Atomic8And;
                I32AtomicRmw8OrU Atomic8Or; I32AtomicRmw8XorU Atomic8Xor; I32AtomicRmw8XchgU Atomic8Xchg;
                I32AtomicRmw16AddU Atomic16Add; I32AtomicRmw16SubU Atomic16Sub; I32AtomicRmw16AndU Atomic16And;
                I32AtomicRmw16OrU Atomic16Or; I32AtomicRmw16XorU Atomic16Xor; I32AtomicRmw16XchgU Atomic16Xchg;
                I32AtomicRmwAdd Atomic32Add; I32AtomicRmwSub Atomic32Sub; I32AtomicRmwAnd Atomic32And;
                I32AtomicRmwOr Atomic32Or; I32AtomicRmwXor Atomic32Xor; I32AtomicRmwXchg Atomic32Xchg;
                I64AtomicRmw8AddU Atomic8Add; I64AtomicRmw8SubU Atomic8Sub; I64AtomicRmw8AndU Atomic8And;
                I64AtomicRmw8OrU Atomic8Or; I64AtomicRmw8XorU Atomic8Xor; I64AtomicRmw8XchgU Atomic8Xchg;
                I64AtomicRmw16AddU Atomic16Add; I64AtomicRmw16SubU Atomic16Sub; I64AtomicRmw16AndU Atomic16And;
                I64AtomicRmw16OrU Atomic16Or; I64AtomicRmw16XorU Atomic16Xor; I64AtomicRmw16XchgU Atomic16Xchg;
                I64AtomicRmw32AddU Atomic32Add; I64AtomicRmw32SubU Atomic32Sub; I64AtomicRmw32AndU Atomic32And;
                I64AtomicRmw32OrU Atomic32Or; I64AtomicRmw32XorU Atomic32Xor; I64AtomicRmw32XchgU Atomic32Xchg;
                I64AtomicRmwAdd Atomic64Add; I64AtomicRmwSub Atomic64Sub; I64AtomicRmwAnd Atomic64And;
                I64AtomicRmwOr Atomic64Or; I64AtomicRmwXor Atomic64Xor; I64AtomicRmwXchg Atomic64Xchg;
            }
            cmpxchgs {
                I32AtomicRmw8CmpxchgU Atomic8Cmpxchg; I32AtomicRmw16CmpxchgU Atomic16Cmpxchg;
                I32AtomicRmwCmpxchg Atomic32Cmpxchg; I64AtomicRmw8CmpxchgU Atomic8Cmpxchg;
                I64AtomicRmw16CmpxchgU Atomic16Cmpxchg; I64AtomicRmw32CmpxchgU Atomic32Cmpxchg;
                I64AtomicRmwCmpxchg Atomic64Cmpxchg;
            }
        }
    }

    /// An atomic access with `N` operands behind the address.
    fn atomic<const N: usize>(&mut self, row: Row, memarg: &MemArg, result: bool) -> Result<()> {
        let (index, wide) = self.memory_of(memarg)?;
        let place = self.body.module.layout().memory(index);
        self.access::<N>(row, u8::from(wide), memarg, place, result)
    }

    /// A memory, and whether its addresses have 64 bits.
    pub(crate) fn memory_of(&self, memarg: &MemArg) -> Result<(MemoryIndex, bool)> {
        let MemArgTarget::Memory(index) = memarg.target else {
            return Err(self.unexpected("an access to an array"));
        };
        let index = MemoryIndex::from_u32(index);
        Ok((index, self.body.module.data().memories[index].memory64))
    }

    fn access<const N: usize>(&mut self, row: Row, form: u8, memarg: &MemArg, place: u32, result: bool) -> Result<()> {
        let operands: [u16; N] = self.pop_slots()?;
        let [address] = self.pop_slots()?;
        let mut all = Operands::new().u16(2, address).u32(4, place).u64(8, memarg.offset).u16(16, 0).u16(18, 0);
        for (i, operand) in operands.into_iter().enumerate() {
            all = all.u16(16 + 2 * i, operand);
        }
        self.emit_fixed(row, form, all, false)?;
        if !result {
            self.pop()?;
            self.last = None;
        }
        Ok(())
    }

    fn park<const N: usize>(&mut self, row: Row, memarg: &MemArg) -> Result<()> {
        let (index, wide) = self.memory_of(memarg)?;
        // Modules have a hundred memories at most, and frames as many slots as 16 bits count.
        let index_and_top = index.as_u32() | u32::from(self.top_cell() as u16) << 16;
        self.access::<N>(row, u8::from(wide), memarg, index_and_top, true)
    }

    fn visit_wide(&mut self, op: &Operator<'_>) -> Result<()> {
        match op {
            Operator::MemoryAtomicNotify { memarg } => self.park::<1>(Row::Notify, memarg),
            Operator::MemoryAtomicWait32 { memarg } => self.park::<2>(Row::Wait32, memarg),
            Operator::MemoryAtomicWait64 { memarg } => self.park::<2>(Row::Wait64, memarg),
            Operator::AtomicFence { .. } => {
                self.emit(Row::Fence.op(0), Operands::new());
                Ok(())
            }
            Operator::I64Add128 => self.add128(Row::Add128),
            Operator::I64Sub128 => self.add128(Row::Sub128),
            Operator::I64MulWideS => self.mul_wide(Row::MulWideS),
            Operator::I64MulWideU => self.mul_wide(Row::MulWideU),
            Operator::TryTable { try_table } => self.try_table(try_table),
            Operator::Throw { tag_index } => self.throw(*tag_index),
            Operator::ThrowRef => {
                let [exception] = self.pop_slots()?;
                let distance = self.link(3);
                self.emit(Row::ThrowRef.op(0), Operands::new().u16(0, exception).u32(12, distance));
                self.die();
                Ok(())
            }
            _ => self.visit_simd(op),
        }
    }

    fn add128(&mut self, row: Row) -> Result<()> {
        let [a, b, c, d] = self.pop_slots()?;
        self.pair(row, Operands::new().u16(2, a).u16(4, b).u16(6, c).u16(8, d))
    }

    fn mul_wide(&mut self, row: Row) -> Result<()> {
        let [a, b] = self.pop_slots()?;
        self.pair(row, Operands::new().u16(2, a).u16(4, b))
    }

    /// An op with two results, in two cells.
    fn pair(&mut self, row: Row, operands: Operands) -> Result<()> {
        let low = self.push(Kind::Temp, false)?;
        let high = self.push(Kind::Temp, false)?;
        self.forget_slots(low, high);
        self.emit(row.op(0), operands.u16(0, low));
        Ok(())
    }

    fn throw(&mut self, tag: u32) -> Result<()> {
        let ty = self.tag_type(tag);
        self.settle_top(ty.params.len());
        let first = self.stack[self.stack.len() - ty.params.len()..].first().map_or(0, |entry| entry.cell);
        let operands = Operands::new().u32(0, tag).u16(4, first).u32(12, self.link(3));
        self.emit(Row::Throw.op(0), operands);
        self.die();
        Ok(())
    }

    fn tag_type(&self, tag: u32) -> &'a coracle_image::module::FuncType {
        let module = self.body.module;
        module.sig_type(module.data().tags[TagIndex::from_u32(tag)])
    }

    /// `try_table`: for each clause a landing that takes what was caught to the clause's label; then the block.
    fn try_table(&mut self, try_table: &TryTable) -> Result<()> {
        let params = self.params_of(try_table.ty);
        self.settle_top(params);
        self.settle_locals();
        self.close_block();
        let over = self.jump();
        let base = self.stack.len() - params;
        let held: alloc::vec::Vec<_> = self.stack[base..].to_vec();
        self.truncate(base);
        let cell = self.top_cell();
        let first = self.handlers.len();
        for catch in &try_table.catches {
            let (tag, label, with_ref) = match *catch {
                Catch::One { tag, label } => (tag, label, false),
                Catch::OneRef { tag, label } => (tag, label, true),
                Catch::All { label } => (NONE, label, false),
                Catch::AllRef { label } => (NONE, label, true),
            };
            self.forget();
            let target = self.distance(0);
            let mut args = 0;
            if tag != NONE {
                let ty = self.tag_type(tag);
                args = ty.param_cells();
                for ty in &ty.params {
                    self.push(Kind::Temp, ty.cells() == 2)?;
                }
            }
            if with_ref {
                self.push(Kind::Temp, false)?;
            }
            self.handlers.push(Handler { start: 0, end: 0, tag, target, cell, args, with_ref });
            self.br_to(self.frame_at(label))?;
            self.truncate(base);
        }
        for entry in held {
            self.push(Kind::Temp, entry.wide)?;
        }
        self.settled = self.stack.len();
        self.patch_here(over, 0);
        self.forget();
        self.open_try(try_table.ty, self.distance(0), first);
        self.cut();
        Ok(())
    }

    /// The block of a `try_table` is at its end: its clauses cover what lies between. Inner blocks end first, so their
    /// clauses are found first.
    pub(crate) fn close_try(&mut self, start: u32, first: usize) {
        let end = self.distance(0);
        let mut done = self.handlers.split_off(first);
        for handler in &mut done {
            (handler.start, handler.end) = (start, end);
        }
        self.finished_handlers.append(&mut done);
    }
}

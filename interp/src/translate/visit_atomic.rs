//! Wasm operators → ops: atomics.

use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::translate::func::Func;
use crate::translate::operand::Operands;
use coracle_error::Result;
use wasmparser::{MemArg, Operator};

impl Func<'_> {
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
                    _ => self.visit_parked(op),
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
        let place = self.layout.memory(index);
        let operands: [u16; N] = self.pop_slots()?;
        let [address] = self.pop_slots()?;
        let all = Operands::result().u16(Name::Address, address);
        let all = all.u32(Name::Memory, place).u64(Name::Offset, memarg.offset);
        let all = operands.into_iter().zip([Name::A, Name::B]).fold(all, |all, (slot, name)| all.u16(name, slot));
        self.emit_fixed(row, u8::from(wide), all, false)?;
        if !result {
            self.pop()?;
            self.last = None;
        }
        Ok(())
    }

    /// A wait, or a notification, which has no timeout.
    fn park<const N: usize>(&mut self, row: Row, memarg: &MemArg) -> Result<()> {
        let (index, wide) = self.memory_of(memarg)?;
        let top = self.top_cell() as u16;
        let operands: [u16; N] = self.pop_slots()?;
        let [address] = self.pop_slots()?;
        let all = Operands::result().u16(Name::Address, address);
        // Modules have a hundred memories at most.
        let all = all.u16(Name::Memory, index.as_u32() as u16).u16(Name::Top, top).u64(Name::Offset, memarg.offset);
        let timeout = operands.get(1).copied().unwrap_or_default();
        let operand = operands.first().copied().unwrap_or_default();
        self.emit_fixed(row, u8::from(wide), all.u16(Name::A, operand).u16(Name::B, timeout), false)
    }

    fn visit_parked(&mut self, op: &Operator<'_>) -> Result<()> {
        match op {
            Operator::MemoryAtomicNotify { memarg } => self.park::<1>(Row::Notify, memarg),
            Operator::MemoryAtomicWait32 { memarg } => self.park::<2>(Row::Wait32, memarg),
            Operator::MemoryAtomicWait64 { memarg } => self.park::<2>(Row::Wait64, memarg),
            Operator::AtomicFence { .. } => {
                self.emit(Row::Fence.op(0), Operands::new());
                Ok(())
            }
            _ => self.visit_rare(op),
        }
    }
}

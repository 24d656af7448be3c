//! Wasm operators → ops: 128-bit vectors.

use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::translate::func::Func;
use crate::translate::operand::{Class, Operands};
use coracle_error::Result;
use coracle_vm::internals;
use wasmparser::{MemArg, Operator};

impl Func<'_> {
    pub(crate) fn visit_simd(&mut self, op: &Operator<'_>) -> Result<()> {
        macro_rules! table {
            (
                unary { $($un:ident $un_row:ident $un_canon:ident;)* }
                binary { $($bin:ident $bin_row:ident $bin_canon:ident;)* }
                ternary { $($tri:ident $tri_row:ident $tri_canon:ident;)* }
                shift { $($shift:ident;)* }
                test { $($test:ident;)* }
                splat { $($splat:ident;)* }
                extract { $($ext:ident;)* }
                replace { $($rep:ident;)* }
            ) => {
                match op {
                    $(Operator::$un => self.vector::<1>(Row::$un_row, true, Class::$un_canon),)*
                    $(Operator::$bin => self.vector::<2>(Row::$bin_row, true, Class::$bin_canon),)*
                    $(Operator::$tri => self.vector::<3>(Row::$tri_row, true, Class::$tri_canon),)*
                    $(Operator::$shift => self.vector::<2>(Row::$shift, true, Class::None),)*
                    $(Operator::$test => self.vector::<1>(Row::$test, false, Class::None),)*
                    $(Operator::$splat => self.vector::<1>(Row::$splat, true, Class::None),)*
                    $(Operator::$ext { lane } => {
                        let [a] = self.pop_slots()?;
                        let operands = Operands::result().u16(Name::A, a).u16(Name::Lane, u16::from(*lane));
                        self.emit_fixed(Row::$ext, 0, operands, false)
                    })*
                    $(Operator::$rep { lane } => {
                        let [a, x] = self.pop_slots()?;
                        let operands = Operands::result().u16(Name::A, a).u16(Name::B, x);
                        self.emit_fixed(Row::$rep, 0, operands.u16(Name::Lane, u16::from(*lane)), true)
                    })*
                    _ => self.visit_simd_memory(op),
                }
            };
        }
        table! {
            unary {
                I8x16Abs I8x16Abs None; I8x16Neg I8x16Neg None;
                I16x8Abs I16x8Abs None; I16x8Neg I16x8Neg None;
                I32x4Abs I32x4Abs None; I32x4Neg I32x4Neg None;
                I64x2Abs I64x2Abs None; I64x2Neg I64x2Neg None;
                I8x16Popcnt I8x16Popcnt None; I16x8ExtendLowI8x16S I16x8ExtendLowI8x16S None;
                I16x8ExtendHighI8x16S I16x8ExtendHighI8x16S None; I16x8ExtAddPairwiseI8x16S I16x8ExtAddPairwiseI8x16S None;
                I16x8ExtendLowI8x16U I16x8ExtendLowI8x16U None; I16x8ExtendHighI8x16U I16x8ExtendHighI8x16U None;
                I16x8ExtAddPairwiseI8x16U I16x8ExtAddPairwiseI8x16U None; I32x4ExtendLowI16x8S I32x4ExtendLowI16x8S None;
                I32x4ExtendHighI16x8S I32x4ExtendHighI16x8S None; I32x4ExtAddPairwiseI16x8S I32x4ExtAddPairwiseI16x8S None;
                I32x4ExtendLowI16x8U I32x4ExtendLowI16x8U None; I32x4ExtendHighI16x8U I32x4ExtendHighI16x8U None;
                I32x4ExtAddPairwiseI16x8U I32x4ExtAddPairwiseI16x8U None; I64x2ExtendLowI32x4S I64x2ExtendLowI32x4S None;
                I64x2ExtendHighI32x4S I64x2ExtendHighI32x4S None; I64x2ExtendLowI32x4U I64x2ExtendLowI32x4U None;
                I64x2ExtendHighI32x4U I64x2ExtendHighI32x4U None; V128Not V128Not None;
                F32x4Ceil F32x4Ceil F32; F32x4Floor F32x4Floor F32;
                F32x4Trunc F32x4Trunc F32; F32x4Nearest F32x4Nearest F32;
                F32x4Sqrt F32x4Sqrt F32; F32x4Abs F32x4Abs None;
                F32x4Neg F32x4Neg None; F64x2Ceil F64x2Ceil F64;
                F64x2Floor F64x2Floor F64; F64x2Trunc F64x2Trunc F64;
                F64x2Nearest F64x2Nearest F64; F64x2Sqrt F64x2Sqrt F64;
                F64x2Abs F64x2Abs None; F64x2Neg F64x2Neg None;
                I32x4TruncSatF32x4S I32x4TruncSatF32x4S None; I32x4TruncSatF64x2SZero I32x4TruncSatF64x2SZero None;
                F32x4ConvertI32x4S F32x4ConvertI32x4S None; F64x2ConvertLowI32x4S F64x2ConvertLowI32x4S None;
                I32x4TruncSatF32x4U I32x4TruncSatF32x4U None; I32x4TruncSatF64x2UZero I32x4TruncSatF64x2UZero None;
                F32x4ConvertI32x4U F32x4ConvertI32x4U None; F64x2ConvertLowI32x4U F64x2ConvertLowI32x4U None;
                F32x4DemoteF64x2Zero F32x4DemoteF64x2Zero F32; F64x2PromoteLowF32x4 F64x2PromoteLowF32x4 F64;
                I32x4RelaxedTruncF32x4S I32x4TruncSatF32x4S None; I32x4RelaxedTruncF32x4U I32x4TruncSatF32x4U None;
                I32x4RelaxedTruncF64x2SZero I32x4TruncSatF64x2SZero None; I32x4RelaxedTruncF64x2UZero I32x4TruncSatF64x2UZero None;
            }
            binary {
                I8x16Add I8x16Add None; I8x16Sub I8x16Sub None;
                I8x16Eq I8x16Eq None; I8x16Ne I8x16Ne None;
                I8x16LtS I8x16LtS None; I8x16LtU I8x16LtU None;
                I8x16GtS I8x16GtS None; I8x16GtU I8x16GtU None;
                I8x16LeS I8x16LeS None; I8x16LeU I8x16LeU None;
                I8x16GeS I8x16GeS None; I8x16GeU I8x16GeU None;
                I8x16MinS I8x16MinS None; I8x16MinU I8x16MinU None;
                I8x16MaxS I8x16MaxS None; I8x16MaxU I8x16MaxU None;
                I8x16AddSatS I8x16AddSatS None; I8x16AddSatU I8x16AddSatU None;
                I8x16SubSatS I8x16SubSatS None; I8x16SubSatU I8x16SubSatU None;
                I8x16AvgrU I8x16AvgrU None; I16x8Add I16x8Add None;
                I16x8Sub I16x8Sub None; I16x8Mul I16x8Mul None;
                I16x8Eq I16x8Eq None; I16x8Ne I16x8Ne None;
                I16x8LtS I16x8LtS None; I16x8LtU I16x8LtU None;
                I16x8GtS I16x8GtS None; I16x8GtU I16x8GtU None;
                I16x8LeS I16x8LeS None; I16x8LeU I16x8LeU None;
                I16x8GeS I16x8GeS None; I16x8GeU I16x8GeU None;
                I16x8MinS I16x8MinS None; I16x8MinU I16x8MinU None;
                I16x8MaxS I16x8MaxS None; I16x8MaxU I16x8MaxU None;
                I16x8AddSatS I16x8AddSatS None; I16x8AddSatU I16x8AddSatU None;
                I16x8SubSatS I16x8SubSatS None; I16x8SubSatU I16x8SubSatU None;
                I16x8AvgrU I16x8AvgrU None; I32x4Add I32x4Add None;
                I32x4Sub I32x4Sub None; I32x4Mul I32x4Mul None;
                I32x4Eq I32x4Eq None; I32x4Ne I32x4Ne None;
                I32x4LtS I32x4LtS None; I32x4LtU I32x4LtU None;
                I32x4GtS I32x4GtS None; I32x4GtU I32x4GtU None;
                I32x4LeS I32x4LeS None; I32x4LeU I32x4LeU None;
                I32x4GeS I32x4GeS None; I32x4GeU I32x4GeU None;
                I32x4MinS I32x4MinS None; I32x4MinU I32x4MinU None;
                I32x4MaxS I32x4MaxS None; I32x4MaxU I32x4MaxU None;
                I64x2Add I64x2Add None; I64x2Sub I64x2Sub None;
                I64x2Mul I64x2Mul None; I64x2Eq I64x2Eq None;
                I64x2Ne I64x2Ne None; I64x2LtS I64x2LtS None;
                I64x2GtS I64x2GtS None; I64x2LeS I64x2LeS None;
                I64x2GeS I64x2GeS None; I16x8ExtMulLowI8x16S I16x8ExtMulLowI8x16S None;
                I16x8ExtMulHighI8x16S I16x8ExtMulHighI8x16S None; I16x8ExtMulLowI8x16U I16x8ExtMulLowI8x16U None;
                I16x8ExtMulHighI8x16U I16x8ExtMulHighI8x16U None; I32x4ExtMulLowI16x8S I32x4ExtMulLowI16x8S None;
                I32x4ExtMulHighI16x8S I32x4ExtMulHighI16x8S None; I32x4ExtMulLowI16x8U I32x4ExtMulLowI16x8U None;
                I32x4ExtMulHighI16x8U I32x4ExtMulHighI16x8U None; I64x2ExtMulLowI32x4S I64x2ExtMulLowI32x4S None;
                I64x2ExtMulHighI32x4S I64x2ExtMulHighI32x4S None; I64x2ExtMulLowI32x4U I64x2ExtMulLowI32x4U None;
                I64x2ExtMulHighI32x4U I64x2ExtMulHighI32x4U None; I8x16NarrowI16x8S I8x16NarrowI16x8S None;
                I8x16NarrowI16x8U I8x16NarrowI16x8U None; I16x8NarrowI32x4S I16x8NarrowI32x4S None;
                I16x8NarrowI32x4U I16x8NarrowI32x4U None; I32x4DotI16x8S I32x4DotI16x8S None;
                I16x8Q15MulrSatS I16x8Q15MulrSatS None; I8x16Swizzle I8x16Swizzle None;
                I16x8RelaxedDotI8x16I7x16S I16x8RelaxedDotI8x16I7x16S None; V128And V128And None;
                V128Or V128Or None; V128Xor V128Xor None;
                V128AndNot V128AndNot None; F32x4Add F32x4Add F32;
                F32x4Sub F32x4Sub F32; F32x4Mul F32x4Mul F32;
                F32x4Div F32x4Div F32; F32x4Min F32x4Min F32;
                F32x4Max F32x4Max F32; F32x4PMin F32x4PMin None;
                F32x4PMax F32x4PMax None; F32x4Eq F32x4Eq None;
                F32x4Ne F32x4Ne None; F32x4Lt F32x4Lt None;
                F32x4Gt F32x4Gt None; F32x4Le F32x4Le None;
                F32x4Ge F32x4Ge None; F64x2Add F64x2Add F64;
                F64x2Sub F64x2Sub F64; F64x2Mul F64x2Mul F64;
                F64x2Div F64x2Div F64; F64x2Min F64x2Min F64;
                F64x2Max F64x2Max F64; F64x2PMin F64x2PMin None;
                F64x2PMax F64x2PMax None; F64x2Eq F64x2Eq None;
                F64x2Ne F64x2Ne None; F64x2Lt F64x2Lt None;
                F64x2Gt F64x2Gt None; F64x2Le F64x2Le None;
                F64x2Ge F64x2Ge None; I8x16RelaxedSwizzle I8x16Swizzle None;
                F32x4RelaxedMin F32x4Min F32; F32x4RelaxedMax F32x4Max F32;
                F64x2RelaxedMin F64x2Min F64; F64x2RelaxedMax F64x2Max F64;
                I16x8RelaxedQ15mulrS I16x8Q15MulrSatS None;
            }
            ternary {
                F32x4RelaxedMadd F32x4RelaxedMadd F32; F32x4RelaxedNmadd F32x4RelaxedNmadd F32;
                F64x2RelaxedMadd F64x2RelaxedMadd F64; F64x2RelaxedNmadd F64x2RelaxedNmadd F64;
                V128Bitselect V128Bitselect None; I32x4RelaxedDotI8x16I7x16AddS I32x4RelaxedDotI8x16I7x16AddS None;
                I8x16RelaxedLaneselect V128Bitselect None; I16x8RelaxedLaneselect V128Bitselect None;
                I32x4RelaxedLaneselect V128Bitselect None; I64x2RelaxedLaneselect V128Bitselect None;
            }
            shift {
                I8x16Shl; I8x16ShrS; I8x16ShrU; I16x8Shl; I16x8ShrS;
                I16x8ShrU; I32x4Shl; I32x4ShrS; I32x4ShrU; I64x2Shl;
                I64x2ShrS; I64x2ShrU;
            }
            test {
                I8x16AllTrue; I8x16Bitmask; I16x8AllTrue; I16x8Bitmask; I32x4AllTrue;
                I32x4Bitmask; I64x2AllTrue; I64x2Bitmask; V128AnyTrue;
            }
            splat {
                I8x16Splat; I16x8Splat; I32x4Splat; I64x2Splat; F32x4Splat;
                F64x2Splat;
            }
            extract {
                I8x16ExtractLaneS; I8x16ExtractLaneU; I16x8ExtractLaneS; I16x8ExtractLaneU;
                I32x4ExtractLane; I64x2ExtractLane; F32x4ExtractLane; F64x2ExtractLane;
            }
            replace {
                I8x16ReplaceLane; I16x8ReplaceLane; I32x4ReplaceLane; I64x2ReplaceLane;
                F32x4ReplaceLane; F64x2ReplaceLane;
            }
        }
    }

    /// An op on `N` vectors, or vectors and a number. A float result is made canonical where the engine asks for it.
    fn vector<const N: usize>(&mut self, row: Row, wide: bool, canon: Class) -> Result<()> {
        let operands: [u16; N] = self.pop_slots()?;
        let named = operands.into_iter().zip([Name::A, Name::B, Name::C]);
        let all = named.fold(Operands::result(), |all, (slot, name)| all.u16(name, slot));
        self.emit_fixed(row, 0, all, wide)?;
        if canon != Class::None && internals::settings(self.body.module.engine()).canonical_nans {
            let row = if canon == Class::F32 { Row::F32x4Canon } else { Row::F64x2Canon };
            return self.vector::<1>(row, true, Class::None);
        }
        Ok(())
    }

    fn visit_simd_memory(&mut self, op: &Operator<'_>) -> Result<()> {
        macro_rules! table {
            (
                loads { $($load:ident;)* }
                lanes { $($load_lane:ident $store_lane:ident;)* }
            ) => {
                match op {
                    $(Operator::$load { memarg } => self.vector_load(Row::$load, memarg),)*
                    $(Operator::$load_lane { memarg, lane } => {
                        let (operands, form) = self.lane(Operands::result(), memarg, *lane)?;
                        self.emit_fixed(Row::$load_lane, form, operands, true)
                    })*
                    $(Operator::$store_lane { memarg, lane } => {
                        let (operands, form) = self.lane(Operands::new(), memarg, *lane)?;
                        self.emit(Row::$store_lane.op(form), operands);
                        Ok(())
                    })*
                    Operator::V128Store { memarg } => self.vector_store(memarg),
                    Operator::V128Const { value } => {
                        let value = u128::from_le_bytes(*value.bytes());
                        let (low, high) = (value as u64, (value >> 64) as u64);
                        let operands = Operands::result().u64(Name::Low, low).u64(Name::High, high);
                        self.emit_fixed(Row::CopyWide, 1, operands, true)
                    }
                    Operator::I8x16Shuffle { lanes } => {
                        let lanes = u128::from_le_bytes(*lanes);
                        let [a, b] = self.pop_slots()?;
                        let operands = Operands::result().u16(Name::A, a).u16(Name::B, b);
                        let operands = operands.u64(Name::Low, lanes as u64).u64(Name::High, (lanes >> 64) as u64);
                        self.emit_fixed(Row::I8x16Shuffle, 0, operands, true)
                    }
                    _ => Err(self.unsupported(op)),
                }
            };
        }
        table! {
            loads {
                V128Load; V128Load8x8S; V128Load8x8U; V128Load16x4S;
                V128Load16x4U; V128Load32x2S; V128Load32x2U; V128Load8Splat;
                V128Load16Splat; V128Load32Splat; V128Load64Splat; V128Load32Zero;
                V128Load64Zero;
            }
            lanes {
                V128Load8Lane V128Store8Lane; V128Load16Lane V128Store16Lane; V128Load32Lane V128Store32Lane;
                V128Load64Lane V128Store64Lane;
            }
        }
    }

    fn vector_load(&mut self, row: Row, memarg: &MemArg) -> Result<()> {
        let place = self.memory(memarg)?;
        let [a] = self.pop_slots()?;
        let operands = Operands::result().u16(Name::Address, a);
        match place {
            None => self.emit_fixed(row, 0, operands.u32(Name::Offset, memarg.offset as u32), true),
            Some((place, wide)) => {
                let operands = operands.u32(Name::Memory, place).u64(Name::Offset, memarg.offset);
                self.emit_fixed(row, 1 + u8::from(wide), operands, true)
            }
        }
    }

    fn vector_store(&mut self, memarg: &MemArg) -> Result<()> {
        let place = self.memory(memarg)?;
        let [a, value] = self.pop_slots()?;
        let operands = Operands::new().u16(Name::Address, a).u16(Name::Value, value);
        match place {
            None => self.emit(Row::V128Store.op(0), operands.u32(Name::Offset, memarg.offset as u32)),
            Some((place, wide)) => {
                let operands = operands.u32(Name::Memory, place).u64(Name::Offset, memarg.offset);
                self.emit(Row::V128Store.op(1 + u8::from(wide)), operands);
            }
        }
        Ok(())
    }

    /// The operands of an access to one lane, behind those that it begins with, and its form.
    fn lane(&mut self, begun: Operands, memarg: &MemArg, lane: u8) -> Result<(Operands, u8)> {
        let (index, wide) = self.memory_of(memarg)?;
        let place = self.layout.memory(index);
        let [a, vector] = self.pop_slots()?;
        let operands = begun.u16(Name::Address, a).u32(Name::Memory, place).u64(Name::Offset, memarg.offset);
        Ok((operands.u16(Name::A, vector).u16(Name::Lane, u16::from(lane)), u8::from(wide)))
    }
}

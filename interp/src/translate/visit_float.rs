//! Wasm operators → ops: floats.

use crate::exec::ops::Row;
use crate::translate::func::Func;
use crate::translate::fuse::mirror;
use crate::translate::operand::{Class, Typing};
use coracle_error::Result;
use coracle_vm::internals;
use wasmparser::Operator;

const F32: Typing = Typing { operands: Class::F32, wide: false, result: Class::F32 };
const F64: Typing = Typing { operands: Class::F64, wide: true, result: Class::F64 };
/// The same for comparisons, whose result is an integer.
const F32_CMP: Typing = Typing { result: Class::Int, ..F32 };
const F64_CMP: Typing = Typing { result: Class::Int, ..F64 };

impl Func<'_> {
    pub(crate) fn visit_float(&mut self, op: &Operator<'_>) -> Result<()> {
        if !cfg!(feature = "floats") {
            return self.visit_memory(op);
        }
        macro_rules! table {
            (
                plain { $($plain:ident $plain_ty:ident;)* }
                float { $($float:ident $float_ty:ident $canon:ident;)* }
                compare { $($cmp:ident $cmp_ty:ident;)* }
                unary { $($un:ident $from:ident $to:ident;)* }
                float_unary { $($fun:ident $ffrom:ident $fto:ident $fcanon:ident;)* }
                loads { $($load:ident $load_to:ident;)* }
                stores { $($store:ident $store_from:ident $wide:literal;)* }
            ) => {
                match op {
                    $(Operator::$plain => self.binary(Row::$plain, None, $plain_ty),)*
                    $(Operator::$float => {
                        self.binary(Row::$float, None, $float_ty)?;
                        self.canonical(Row::$canon, $float_ty.result)
                    })*
                    $(Operator::$cmp => self.binary(Row::$cmp, Some(mirror(Row::$cmp)), $cmp_ty),)*
                    $(Operator::$un => self.unary(Row::$un, Class::$from, Class::$to),)*
                    $(Operator::$fun => {
                        self.unary(Row::$fun, Class::$ffrom, Class::$fto)?;
                        self.canonical(Row::$fcanon, Class::$fto)
                    })*
                    $(Operator::$load { memarg } => self.visit_load(Row::$load, memarg, Class::$load_to),)*
                    $(Operator::$store { memarg } => {
                        self.visit_store(Row::$store, memarg, Class::$store_from, $wide)
                    })*
                    _ => self.visit_memory(op),
                }
            };
        }
        table! {
            plain { F32Copysign F32; F64Copysign F64; }
            float {
                F32Add F32 F32Canon; F32Sub F32 F32Canon; F32Mul F32 F32Canon; F32Div F32 F32Canon;
                F32Min F32 F32Canon; F32Max F32 F32Canon;
                F64Add F64 F64Canon; F64Sub F64 F64Canon; F64Mul F64 F64Canon; F64Div F64 F64Canon;
                F64Min F64 F64Canon; F64Max F64 F64Canon;
            }
            compare {
                F32Eq F32_CMP; F32Ne F32_CMP; F32Lt F32_CMP; F32Gt F32_CMP; F32Le F32_CMP; F32Ge F32_CMP;
                F64Eq F64_CMP; F64Ne F64_CMP; F64Lt F64_CMP; F64Gt F64_CMP; F64Le F64_CMP; F64Ge F64_CMP;
            }
            unary {
                F32Abs F32 F32; F32Neg F32 F32; F64Abs F64 F64; F64Neg F64 F64;
                I32TruncF32S F32 Int; I32TruncF32U F32 Int; I32TruncF64S F64 Int; I32TruncF64U F64 Int;
                I64TruncF32S F32 Int; I64TruncF32U F32 Int; I64TruncF64S F64 Int; I64TruncF64U F64 Int;
                I32TruncSatF32S F32 Int; I32TruncSatF32U F32 Int; I32TruncSatF64S F64 Int; I32TruncSatF64U F64 Int;
                I64TruncSatF32S F32 Int; I64TruncSatF32U F32 Int; I64TruncSatF64S F64 Int; I64TruncSatF64U F64 Int;
                F32ConvertI32S Int F32; F32ConvertI32U Int F32; F32ConvertI64S Int F32; F32ConvertI64U Int F32;
                F64ConvertI32S Int F64; F64ConvertI32U Int F64; F64ConvertI64S Int F64; F64ConvertI64U Int F64;
                I32ReinterpretF32 F32 Int; I64ReinterpretF64 F64 Int;
                F32ReinterpretI32 Int F32; F64ReinterpretI64 Int F64;
            }
            float_unary {
                F32Ceil F32 F32 F32Canon; F32Floor F32 F32 F32Canon; F32Trunc F32 F32 F32Canon;
                F32Nearest F32 F32 F32Canon; F32Sqrt F32 F32 F32Canon;
                F64Ceil F64 F64 F64Canon; F64Floor F64 F64 F64Canon; F64Trunc F64 F64 F64Canon;
                F64Nearest F64 F64 F64Canon; F64Sqrt F64 F64 F64Canon;
                F32DemoteF64 F64 F32 F32Canon; F64PromoteF32 F32 F64 F64Canon;
            }
            loads { F32Load F32; F64Load F64; }
            stores { F32Store F32 false; F64Store F64 true; }
        }
    }

    /// Makes a NaN the canonical one, where the engine asks for it.
    fn canonical(&mut self, row: Row, class: Class) -> Result<()> {
        if internals::settings(self.body.module.engine()).canonical_nans {
            self.unary(row, class, class)?;
        }
        Ok(())
    }
}

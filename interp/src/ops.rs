//! THE TABLE: every op, its text and its forms.
//!
//! One row per op: a name, its text, and its forms as a tuple of handlers (`exec`), which say by themselves where their
//! operands lie. Numbers of ops, both dispatchers, the encoder's choice of form, the printer and the verifier all come
//! from here.
//!
//! # Adding an op
//! Write its handler in `exec`, add a row, emit it in `translate`. An op's number is its row times 16 plus its form.
//!
//! # Invariants
//! - A row has at most 16 forms. Rows of one family order their forms alike: `translate::fuse` computes with that.

use crate::exec::machine::{Exec, Field, Invalid};

/// Calls `$with` with all rows.
macro_rules! for_each_op {
    ($with:ident) => {
        $with! {
            Exit "exit" (crate::exec::control::Exit,);
            Lazy "lazy" (crate::exec::control::Lazy,);
            Foreign "foreign" (crate::exec::control::Foreign,);
            Unreachable "unreachable" (crate::exec::control::Unreachable,);
            Br "br" (crate::exec::control::Br,);
            BrTable "br_table" (crate::exec::control::BrTable,);
            Zero "zero" (crate::exec::control::Zero, crate::exec::control::ZeroFew<1>, crate::exec::control::ZeroFew<2>, crate::exec::control::ZeroFew<3>, crate::exec::control::ZeroFew<4>);
            Ret0 "return" (crate::exec::control::Ret0,);
            Ret1 "return1" crate::exec::control::Ret1s;
            RetN "return_n" (crate::exec::control::RetN,);
            Call "call" (crate::exec::control::Call,);
            CallImport "call_import" (crate::exec::control::CallImport,);
            CallIndirect "call_indirect" (crate::exec::control::CallIndirect<u32, crate::exec::machine::S>, crate::exec::control::CallIndirect<u32, crate::exec::machine::R>, crate::exec::control::CallIndirect<u64, crate::exec::machine::S>);
            CallRef "call_ref" (crate::exec::control::CallRef,);
            TailCall "return_call" (crate::exec::control::TailCall,);
            TailCallImport "return_call_import" (crate::exec::control::TailCallImport,);
            TailCallIndirect "return_call_indirect" (crate::exec::control::TailCallIndirect<u32>, crate::exec::control::TailCallIndirect<u64>);
            TailCallRef "return_call_ref" (crate::exec::control::TailCallRef,);
            Fuel "fuel" (crate::exec::control::Fuel,);
            Epoch "epoch" (crate::exec::control::Epoch,);
            CallHeat "heat" (crate::exec::control::CallHeat,);
            LoopHeat "loop_heat" (crate::exec::control::LoopHeat,);
            Copy "copy" (crate::exec::numeric::Copy, crate::exec::numeric::Copy2);
            Const "const" (crate::exec::numeric::ConstSmall, crate::exec::numeric::Const);
            CopyWide "copy_wide" (crate::exec::numeric::CopyWide, crate::exec::numeric::ConstWide);
            Select "select" crate::exec::numeric::Selects;
            SelectWide "select_wide" (crate::exec::numeric::SelectWide,);
            I32Add "i32.add" crate::exec::numeric::Comm<crate::exec::numeric::I32Add>;
            I32Mul "i32.mul" crate::exec::numeric::Comm<crate::exec::numeric::I32Mul>;
            I32And "i32.and" crate::exec::numeric::Comm<crate::exec::numeric::I32And>;
            I32Or "i32.or" crate::exec::numeric::Comm<crate::exec::numeric::I32Or>;
            I32Xor "i32.xor" crate::exec::numeric::Comm<crate::exec::numeric::I32Xor>;
            I32Sub "i32.sub" crate::exec::numeric::Plain<crate::exec::numeric::I32Sub>;
            I32DivS "i32.div_s" crate::exec::numeric::Plain<crate::exec::numeric::I32DivS>;
            I32DivU "i32.div_u" crate::exec::numeric::Plain<crate::exec::numeric::I32DivU>;
            I32RemS "i32.rem_s" crate::exec::numeric::Plain<crate::exec::numeric::I32RemS>;
            I32RemU "i32.rem_u" crate::exec::numeric::Plain<crate::exec::numeric::I32RemU>;
            I32Shl "i32.shl" crate::exec::numeric::Plain<crate::exec::numeric::I32Shl>;
            I32ShrS "i32.shr_s" crate::exec::numeric::Plain<crate::exec::numeric::I32ShrS>;
            I32ShrU "i32.shr_u" crate::exec::numeric::Plain<crate::exec::numeric::I32ShrU>;
            I32Rotl "i32.rotl" crate::exec::numeric::Plain<crate::exec::numeric::I32Rotl>;
            I32Rotr "i32.rotr" crate::exec::numeric::Plain<crate::exec::numeric::I32Rotr>;
            I64Add "i64.add" crate::exec::numeric::Comm<crate::exec::numeric::I64Add>;
            I64Mul "i64.mul" crate::exec::numeric::Comm<crate::exec::numeric::I64Mul>;
            I64And "i64.and" crate::exec::numeric::Comm<crate::exec::numeric::I64And>;
            I64Or "i64.or" crate::exec::numeric::Comm<crate::exec::numeric::I64Or>;
            I64Xor "i64.xor" crate::exec::numeric::Comm<crate::exec::numeric::I64Xor>;
            I64Sub "i64.sub" crate::exec::numeric::Plain<crate::exec::numeric::I64Sub>;
            I64DivS "i64.div_s" crate::exec::numeric::Plain<crate::exec::numeric::I64DivS>;
            I64DivU "i64.div_u" crate::exec::numeric::Plain<crate::exec::numeric::I64DivU>;
            I64RemS "i64.rem_s" crate::exec::numeric::Plain<crate::exec::numeric::I64RemS>;
            I64RemU "i64.rem_u" crate::exec::numeric::Plain<crate::exec::numeric::I64RemU>;
            I64Shl "i64.shl" crate::exec::numeric::Plain<crate::exec::numeric::I64Shl>;
            I64ShrS "i64.shr_s" crate::exec::numeric::Plain<crate::exec::numeric::I64ShrS>;
            I64ShrU "i64.shr_u" crate::exec::numeric::Plain<crate::exec::numeric::I64ShrU>;
            I64Rotl "i64.rotl" crate::exec::numeric::Plain<crate::exec::numeric::I64Rotl>;
            I64Rotr "i64.rotr" crate::exec::numeric::Plain<crate::exec::numeric::I64Rotr>;
            F32Add "f32.add" crate::exec::numeric::Plain<crate::exec::numeric::F32Add>;
            F32Mul "f32.mul" crate::exec::numeric::Plain<crate::exec::numeric::F32Mul>;
            F32Sub "f32.sub" crate::exec::numeric::Plain<crate::exec::numeric::F32Sub>;
            F32Div "f32.div" crate::exec::numeric::Plain<crate::exec::numeric::F32Div>;
            F32Min "f32.min" crate::exec::numeric::Plain<crate::exec::numeric::F32Min>;
            F32Max "f32.max" crate::exec::numeric::Plain<crate::exec::numeric::F32Max>;
            F32Copysign "f32.copysign" crate::exec::numeric::Plain<crate::exec::numeric::F32Copysign>;
            F64Add "f64.add" crate::exec::numeric::Plain<crate::exec::numeric::F64Add>;
            F64Mul "f64.mul" crate::exec::numeric::Plain<crate::exec::numeric::F64Mul>;
            F64Sub "f64.sub" crate::exec::numeric::Plain<crate::exec::numeric::F64Sub>;
            F64Div "f64.div" crate::exec::numeric::Plain<crate::exec::numeric::F64Div>;
            F64Min "f64.min" crate::exec::numeric::Plain<crate::exec::numeric::F64Min>;
            F64Max "f64.max" crate::exec::numeric::Plain<crate::exec::numeric::F64Max>;
            F64Copysign "f64.copysign" crate::exec::numeric::Plain<crate::exec::numeric::F64Copysign>;
            I32Eq "i32.eq" crate::exec::numeric::CmpV<crate::exec::numeric::I32Eq>;
            I32Ne "i32.ne" crate::exec::numeric::CmpV<crate::exec::numeric::I32Ne>;
            I32LtS "i32.lt_s" crate::exec::numeric::CmpV<crate::exec::numeric::I32LtS>;
            I32LtU "i32.lt_u" crate::exec::numeric::CmpV<crate::exec::numeric::I32LtU>;
            I32GtS "i32.gt_s" crate::exec::numeric::CmpV<crate::exec::numeric::I32GtS>;
            I32GtU "i32.gt_u" crate::exec::numeric::CmpV<crate::exec::numeric::I32GtU>;
            I32LeS "i32.le_s" crate::exec::numeric::CmpV<crate::exec::numeric::I32LeS>;
            I32LeU "i32.le_u" crate::exec::numeric::CmpV<crate::exec::numeric::I32LeU>;
            I32GeS "i32.ge_s" crate::exec::numeric::CmpV<crate::exec::numeric::I32GeS>;
            I32GeU "i32.ge_u" crate::exec::numeric::CmpV<crate::exec::numeric::I32GeU>;
            I64Eq "i64.eq" crate::exec::numeric::CmpV<crate::exec::numeric::I64Eq>;
            I64Ne "i64.ne" crate::exec::numeric::CmpV<crate::exec::numeric::I64Ne>;
            I64LtS "i64.lt_s" crate::exec::numeric::CmpV<crate::exec::numeric::I64LtS>;
            I64LtU "i64.lt_u" crate::exec::numeric::CmpV<crate::exec::numeric::I64LtU>;
            I64GtS "i64.gt_s" crate::exec::numeric::CmpV<crate::exec::numeric::I64GtS>;
            I64GtU "i64.gt_u" crate::exec::numeric::CmpV<crate::exec::numeric::I64GtU>;
            I64LeS "i64.le_s" crate::exec::numeric::CmpV<crate::exec::numeric::I64LeS>;
            I64LeU "i64.le_u" crate::exec::numeric::CmpV<crate::exec::numeric::I64LeU>;
            I64GeS "i64.ge_s" crate::exec::numeric::CmpV<crate::exec::numeric::I64GeS>;
            I64GeU "i64.ge_u" crate::exec::numeric::CmpV<crate::exec::numeric::I64GeU>;
            F32Eq "f32.eq" crate::exec::numeric::CmpV<crate::exec::numeric::F32Eq>;
            F32Ne "f32.ne" crate::exec::numeric::CmpV<crate::exec::numeric::F32Ne>;
            F32Lt "f32.lt" crate::exec::numeric::CmpV<crate::exec::numeric::F32Lt>;
            F32Gt "f32.gt" crate::exec::numeric::CmpV<crate::exec::numeric::F32Gt>;
            F32Le "f32.le" crate::exec::numeric::CmpV<crate::exec::numeric::F32Le>;
            F32Ge "f32.ge" crate::exec::numeric::CmpV<crate::exec::numeric::F32Ge>;
            F64Eq "f64.eq" crate::exec::numeric::CmpV<crate::exec::numeric::F64Eq>;
            F64Ne "f64.ne" crate::exec::numeric::CmpV<crate::exec::numeric::F64Ne>;
            F64Lt "f64.lt" crate::exec::numeric::CmpV<crate::exec::numeric::F64Lt>;
            F64Gt "f64.gt" crate::exec::numeric::CmpV<crate::exec::numeric::F64Gt>;
            F64Le "f64.le" crate::exec::numeric::CmpV<crate::exec::numeric::F64Le>;
            F64Ge "f64.ge" crate::exec::numeric::CmpV<crate::exec::numeric::F64Ge>;
            BrI32Eq "br_if i32.eq" crate::exec::control::Branches<crate::exec::numeric::I32Eq>;
            BrI32Ne "br_if i32.ne" crate::exec::control::Branches<crate::exec::numeric::I32Ne>;
            BrI32LtS "br_if i32.lt_s" crate::exec::control::Branches<crate::exec::numeric::I32LtS>;
            BrI32LtU "br_if i32.lt_u" crate::exec::control::Branches<crate::exec::numeric::I32LtU>;
            BrI32GtS "br_if i32.gt_s" crate::exec::control::Branches<crate::exec::numeric::I32GtS>;
            BrI32GtU "br_if i32.gt_u" crate::exec::control::Branches<crate::exec::numeric::I32GtU>;
            BrI32LeS "br_if i32.le_s" crate::exec::control::Branches<crate::exec::numeric::I32LeS>;
            BrI32LeU "br_if i32.le_u" crate::exec::control::Branches<crate::exec::numeric::I32LeU>;
            BrI32GeS "br_if i32.ge_s" crate::exec::control::Branches<crate::exec::numeric::I32GeS>;
            BrI32GeU "br_if i32.ge_u" crate::exec::control::Branches<crate::exec::numeric::I32GeU>;
            BrI64Eq "br_if i64.eq" crate::exec::control::Branches<crate::exec::numeric::I64Eq>;
            BrI64Ne "br_if i64.ne" crate::exec::control::Branches<crate::exec::numeric::I64Ne>;
            BrI64LtS "br_if i64.lt_s" crate::exec::control::Branches<crate::exec::numeric::I64LtS>;
            BrI64LtU "br_if i64.lt_u" crate::exec::control::Branches<crate::exec::numeric::I64LtU>;
            BrI64GtS "br_if i64.gt_s" crate::exec::control::Branches<crate::exec::numeric::I64GtS>;
            BrI64GtU "br_if i64.gt_u" crate::exec::control::Branches<crate::exec::numeric::I64GtU>;
            BrI64LeS "br_if i64.le_s" crate::exec::control::Branches<crate::exec::numeric::I64LeS>;
            BrI64LeU "br_if i64.le_u" crate::exec::control::Branches<crate::exec::numeric::I64LeU>;
            BrI64GeS "br_if i64.ge_s" crate::exec::control::Branches<crate::exec::numeric::I64GeS>;
            BrI64GeU "br_if i64.ge_u" crate::exec::control::Branches<crate::exec::numeric::I64GeU>;
            BrF32Eq "br_if f32.eq" crate::exec::control::Branches<crate::exec::numeric::F32Eq>;
            BrF32Ne "br_if f32.ne" crate::exec::control::Branches<crate::exec::numeric::F32Ne>;
            BrF32Lt "br_if f32.lt" crate::exec::control::Branches<crate::exec::numeric::F32Lt>;
            BrF32Gt "br_if f32.gt" crate::exec::control::Branches<crate::exec::numeric::F32Gt>;
            BrF32Le "br_if f32.le" crate::exec::control::Branches<crate::exec::numeric::F32Le>;
            BrF32Ge "br_if f32.ge" crate::exec::control::Branches<crate::exec::numeric::F32Ge>;
            BrF32Nlt "br_if f32.nlt" crate::exec::control::Branches<crate::exec::numeric::F32Nlt>;
            BrF32Ngt "br_if f32.ngt" crate::exec::control::Branches<crate::exec::numeric::F32Ngt>;
            BrF32Nle "br_if f32.nle" crate::exec::control::Branches<crate::exec::numeric::F32Nle>;
            BrF32Nge "br_if f32.nge" crate::exec::control::Branches<crate::exec::numeric::F32Nge>;
            BrF64Eq "br_if f64.eq" crate::exec::control::Branches<crate::exec::numeric::F64Eq>;
            BrF64Ne "br_if f64.ne" crate::exec::control::Branches<crate::exec::numeric::F64Ne>;
            BrF64Lt "br_if f64.lt" crate::exec::control::Branches<crate::exec::numeric::F64Lt>;
            BrF64Gt "br_if f64.gt" crate::exec::control::Branches<crate::exec::numeric::F64Gt>;
            BrF64Le "br_if f64.le" crate::exec::control::Branches<crate::exec::numeric::F64Le>;
            BrF64Ge "br_if f64.ge" crate::exec::control::Branches<crate::exec::numeric::F64Ge>;
            BrF64Nlt "br_if f64.nlt" crate::exec::control::Branches<crate::exec::numeric::F64Nlt>;
            BrF64Ngt "br_if f64.ngt" crate::exec::control::Branches<crate::exec::numeric::F64Ngt>;
            BrF64Nle "br_if f64.nle" crate::exec::control::Branches<crate::exec::numeric::F64Nle>;
            BrF64Nge "br_if f64.nge" crate::exec::control::Branches<crate::exec::numeric::F64Nge>;
            BrI32And0 "br_if i32.and_0" crate::exec::control::Branches<crate::exec::numeric::I32And0>;
            BrI32AndN "br_if i32.and_n" crate::exec::control::Branches<crate::exec::numeric::I32AndN>;
            I32Clz "i32.clz" crate::exec::numeric::Unary<crate::exec::numeric::I32Clz>;
            I32Ctz "i32.ctz" crate::exec::numeric::Unary<crate::exec::numeric::I32Ctz>;
            I32Popcnt "i32.popcnt" crate::exec::numeric::Unary<crate::exec::numeric::I32Popcnt>;
            I32Extend8S "i32.extend8_s" crate::exec::numeric::Unary<crate::exec::numeric::I32Extend8S>;
            I32Extend16S "i32.extend16_s" crate::exec::numeric::Unary<crate::exec::numeric::I32Extend16S>;
            I64Clz "i64.clz" crate::exec::numeric::Unary<crate::exec::numeric::I64Clz>;
            I64Ctz "i64.ctz" crate::exec::numeric::Unary<crate::exec::numeric::I64Ctz>;
            I64Popcnt "i64.popcnt" crate::exec::numeric::Unary<crate::exec::numeric::I64Popcnt>;
            I64Extend8S "i64.extend8_s" crate::exec::numeric::Unary<crate::exec::numeric::I64Extend8S>;
            I64Extend16S "i64.extend16_s" crate::exec::numeric::Unary<crate::exec::numeric::I64Extend16S>;
            I64Extend32S "i64.extend32_s" crate::exec::numeric::Unary<crate::exec::numeric::I64Extend32S>;
            I64ExtendI32S "i64.extend_i32_s" crate::exec::numeric::Unary<crate::exec::numeric::I64ExtendI32S>;
            I64ExtendI32U "i64.extend_i32_u" crate::exec::numeric::Unary<crate::exec::numeric::I64ExtendI32U>;
            I64Eqz "i64.eqz" crate::exec::numeric::Unary<crate::exec::numeric::I64Eqz>;
            F32Abs "f32.abs" crate::exec::numeric::Unary<crate::exec::numeric::F32Abs>;
            F32Neg "f32.neg" crate::exec::numeric::Unary<crate::exec::numeric::F32Neg>;
            F32Ceil "f32.ceil" crate::exec::numeric::Unary<crate::exec::numeric::F32Ceil>;
            F32Floor "f32.floor" crate::exec::numeric::Unary<crate::exec::numeric::F32Floor>;
            F32Trunc "f32.trunc" crate::exec::numeric::Unary<crate::exec::numeric::F32Trunc>;
            F32Nearest "f32.nearest" crate::exec::numeric::Unary<crate::exec::numeric::F32Nearest>;
            F32Sqrt "f32.sqrt" crate::exec::numeric::Unary<crate::exec::numeric::F32Sqrt>;
            F64Abs "f64.abs" crate::exec::numeric::Unary<crate::exec::numeric::F64Abs>;
            F64Neg "f64.neg" crate::exec::numeric::Unary<crate::exec::numeric::F64Neg>;
            F64Ceil "f64.ceil" crate::exec::numeric::Unary<crate::exec::numeric::F64Ceil>;
            F64Floor "f64.floor" crate::exec::numeric::Unary<crate::exec::numeric::F64Floor>;
            F64Trunc "f64.trunc" crate::exec::numeric::Unary<crate::exec::numeric::F64Trunc>;
            F64Nearest "f64.nearest" crate::exec::numeric::Unary<crate::exec::numeric::F64Nearest>;
            F64Sqrt "f64.sqrt" crate::exec::numeric::Unary<crate::exec::numeric::F64Sqrt>;
            F32Canon "f32.canon" crate::exec::numeric::Unary<crate::exec::numeric::F32Canon>;
            F64Canon "f64.canon" crate::exec::numeric::Unary<crate::exec::numeric::F64Canon>;
            I32TruncF32S "i32.trunc_f32_s" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncF32S>;
            I32TruncF32U "i32.trunc_f32_u" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncF32U>;
            I32TruncF64S "i32.trunc_f64_s" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncF64S>;
            I32TruncF64U "i32.trunc_f64_u" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncF64U>;
            I64TruncF32S "i64.trunc_f32_s" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncF32S>;
            I64TruncF32U "i64.trunc_f32_u" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncF32U>;
            I64TruncF64S "i64.trunc_f64_s" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncF64S>;
            I64TruncF64U "i64.trunc_f64_u" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncF64U>;
            I32TruncSatF32S "i32.trunc_sat_f32_s" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncSatF32S>;
            I32TruncSatF32U "i32.trunc_sat_f32_u" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncSatF32U>;
            I32TruncSatF64S "i32.trunc_sat_f64_s" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncSatF64S>;
            I32TruncSatF64U "i32.trunc_sat_f64_u" crate::exec::numeric::Unary<crate::exec::numeric::I32TruncSatF64U>;
            I64TruncSatF32S "i64.trunc_sat_f32_s" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncSatF32S>;
            I64TruncSatF32U "i64.trunc_sat_f32_u" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncSatF32U>;
            I64TruncSatF64S "i64.trunc_sat_f64_s" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncSatF64S>;
            I64TruncSatF64U "i64.trunc_sat_f64_u" crate::exec::numeric::Unary<crate::exec::numeric::I64TruncSatF64U>;
            F32ConvertI32S "f32.convert_i32_s" crate::exec::numeric::Unary<crate::exec::numeric::F32ConvertI32S>;
            F32ConvertI32U "f32.convert_i32_u" crate::exec::numeric::Unary<crate::exec::numeric::F32ConvertI32U>;
            F32ConvertI64S "f32.convert_i64_s" crate::exec::numeric::Unary<crate::exec::numeric::F32ConvertI64S>;
            F32ConvertI64U "f32.convert_i64_u" crate::exec::numeric::Unary<crate::exec::numeric::F32ConvertI64U>;
            F32DemoteF64 "f32.demote_f64" crate::exec::numeric::Unary<crate::exec::numeric::F32DemoteF64>;
            F64ConvertI32S "f64.convert_i32_s" crate::exec::numeric::Unary<crate::exec::numeric::F64ConvertI32S>;
            F64ConvertI32U "f64.convert_i32_u" crate::exec::numeric::Unary<crate::exec::numeric::F64ConvertI32U>;
            F64ConvertI64S "f64.convert_i64_s" crate::exec::numeric::Unary<crate::exec::numeric::F64ConvertI64S>;
            F64ConvertI64U "f64.convert_i64_u" crate::exec::numeric::Unary<crate::exec::numeric::F64ConvertI64U>;
            F64PromoteF32 "f64.promote_f32" crate::exec::numeric::Unary<crate::exec::numeric::F64PromoteF32>;
            I32ReinterpretF32 "i32.reinterpret_f32" crate::exec::numeric::Unary<crate::exec::numeric::I32ReinterpretF32>;
            I64ReinterpretF64 "i64.reinterpret_f64" crate::exec::numeric::Unary<crate::exec::numeric::I64ReinterpretF64>;
            F32ReinterpretI32 "f32.reinterpret_i32" crate::exec::numeric::Unary<crate::exec::numeric::F32ReinterpretI32>;
            F64ReinterpretI64 "f64.reinterpret_i64" crate::exec::numeric::Unary<crate::exec::numeric::F64ReinterpretI64>;
            I32Load "i32.load" crate::exec::memory::Loads<crate::exec::memory::I32Load>;
            I32Load8S "i32.load8_s" crate::exec::memory::Loads<crate::exec::memory::I32Load8S>;
            I32Load8U "i32.load8_u" crate::exec::memory::Loads<crate::exec::memory::I32Load8U>;
            I32Load16S "i32.load16_s" crate::exec::memory::Loads<crate::exec::memory::I32Load16S>;
            I32Load16U "i32.load16_u" crate::exec::memory::Loads<crate::exec::memory::I32Load16U>;
            I64Load "i64.load" crate::exec::memory::Loads<crate::exec::memory::I64Load>;
            I64Load8S "i64.load8_s" crate::exec::memory::Loads<crate::exec::memory::I64Load8S>;
            I64Load8U "i64.load8_u" crate::exec::memory::Loads<crate::exec::memory::I64Load8U>;
            I64Load16S "i64.load16_s" crate::exec::memory::Loads<crate::exec::memory::I64Load16S>;
            I64Load16U "i64.load16_u" crate::exec::memory::Loads<crate::exec::memory::I64Load16U>;
            I64Load32S "i64.load32_s" crate::exec::memory::Loads<crate::exec::memory::I64Load32S>;
            I64Load32U "i64.load32_u" crate::exec::memory::Loads<crate::exec::memory::I64Load32U>;
            F32Load "f32.load" crate::exec::memory::Loads<crate::exec::memory::F32Load>;
            F64Load "f64.load" crate::exec::memory::Loads<crate::exec::memory::F64Load>;
            I32Store "i32.store" crate::exec::memory::Stores<crate::exec::memory::I32Store>;
            I32Store8 "i32.store8" crate::exec::memory::Stores<crate::exec::memory::I32Store8>;
            I32Store16 "i32.store16" crate::exec::memory::Stores<crate::exec::memory::I32Store16>;
            I64Store "i64.store" crate::exec::memory::Stores<crate::exec::memory::I64Store>;
            I64Store8 "i64.store8" crate::exec::memory::Stores<crate::exec::memory::I64Store8>;
            I64Store16 "i64.store16" crate::exec::memory::Stores<crate::exec::memory::I64Store16>;
            I64Store32 "i64.store32" crate::exec::memory::Stores<crate::exec::memory::I64Store32>;
            F32Store "f32.store" crate::exec::memory::Stores<crate::exec::memory::F32Store>;
            F64Store "f64.store" crate::exec::memory::Stores<crate::exec::memory::F64Store>;
            MemorySize "memory.size" (crate::exec::memory::MemorySize,);
            MemoryGrow "memory.grow" (crate::exec::memory::MemoryGrow<false>, crate::exec::memory::MemoryGrow<true>);
            MemoryFill "memory.fill" (crate::exec::memory::MemoryFill<false>, crate::exec::memory::MemoryFill<true>);
            MemoryCopy "memory.copy" (crate::exec::memory::MemoryCopy,);
            MemoryInit "memory.init" (crate::exec::memory::MemoryInit,);
            DataDrop "data.drop" (crate::exec::memory::DataDrop,);
            GlobalGet "global.get" (crate::exec::table::GlobalGet, crate::exec::table::GlobalGetWide);
            GlobalSet "global.set" (crate::exec::table::GlobalSet, crate::exec::table::GlobalSetWide);
            RefFunc "ref.func" (crate::exec::table::RefFunc,);
            RefAsNonNull "ref.as_non_null" (crate::exec::table::RefAsNonNull,);
            TableGet "table.get" (crate::exec::table::TableGet<false>, crate::exec::table::TableGet<true>);
            TableSet "table.set" (crate::exec::table::TableSet<false>, crate::exec::table::TableSet<true>);
            TableSize "table.size" (crate::exec::table::TableSize,);
            TableGrow "table.grow" (crate::exec::table::TableGrow<false>, crate::exec::table::TableGrow<true>);
            TableFill "table.fill" (crate::exec::table::TableFill<false>, crate::exec::table::TableFill<true>);
            TableCopy "table.copy" (crate::exec::table::TableCopy,);
            TableInit "table.init" (crate::exec::table::TableInit,);
            ElemDrop "elem.drop" (crate::exec::table::ElemDrop,);
        }
    };
}
pub(crate) use for_each_op;

macro_rules! rows {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// The rows of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        #[allow(missing_docs)]
        pub(crate) enum Row { $($row),* }

        /// How many rows there are.
        pub(crate) const ROWS: usize = [$(Row::$row),*].len();

        impl Row {
            /// All rows, by number.
            pub(crate) const ALL: [Self; ROWS] = [$(Self::$row),*];

            /// The name as text.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$row => $text),* }
            }
        }

        /// Every form of every row, by number.
        pub(crate) static FORMS: [[Form; 16]; ROWS] = [$(<$family as Family>::FORMS),*];
    };
}
for_each_op!(rows);

impl Row {
    /// The op of this row in form number `form`.
    #[inline]
    pub(crate) const fn op(self, form: u8) -> u16 {
        (self as u16) << 4 | form as u16
    }
}

/// What printer and verifier know of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Whether there is such an op.
    pub(crate) valid: bool,
    /// Its letters.
    pub(crate) name: &'static str,
    /// Its operands.
    pub(crate) fields: [Field; 6],
}

impl Form {
    const fn of<E: Exec>() -> Self {
        Self { valid: E::VALID, name: E::FORM, fields: E::FIELDS }
    }
}

/// The form of an op, if there is such an op.
pub(crate) fn form_of(op: u16) -> Option<(Row, &'static Form)> {
    let row = *Row::ALL.get((op >> 4) as usize)?;
    let form = &FORMS[(op >> 4) as usize][(op & 15) as usize];
    form.valid.then_some((row, form))
}

/// The forms of a row: a tuple of handlers, completed by ones that do not exist.
pub(crate) trait Family {
    /// Form 0.
    type F0: Exec;
    /// Form 1.
    type F1: Exec;
    /// Form 2.
    type F2: Exec;
    /// Form 3.
    type F3: Exec;
    /// Form 4.
    type F4: Exec;
    /// Form 5.
    type F5: Exec;
    /// Form 6.
    type F6: Exec;
    /// Form 7.
    type F7: Exec;
    /// Form 8.
    type F8: Exec;
    /// Form 9.
    type F9: Exec;
    /// Form 10.
    type F10: Exec;
    /// Form 11.
    type F11: Exec;
    /// Form 12.
    type F12: Exec;
    /// Form 13.
    type F13: Exec;
    /// Form 14.
    type F14: Exec;
    /// Form 15.
    type F15: Exec;
    /// What is known of them.
    const FORMS: [Form; 16] = [
        Form::of::<Self::F0>(),
        Form::of::<Self::F1>(),
        Form::of::<Self::F2>(),
        Form::of::<Self::F3>(),
        Form::of::<Self::F4>(),
        Form::of::<Self::F5>(),
        Form::of::<Self::F6>(),
        Form::of::<Self::F7>(),
        Form::of::<Self::F8>(),
        Form::of::<Self::F9>(),
        Form::of::<Self::F10>(),
        Form::of::<Self::F11>(),
        Form::of::<Self::F12>(),
        Form::of::<Self::F13>(),
        Form::of::<Self::F14>(),
        Form::of::<Self::F15>(),
    ];
}

macro_rules! families {
    ($($($form:ident)* : $($rest:ident)*;)*) => {$(
        impl<$($form: Exec),*> Family for ($($form,)*) {
            $(type $form = $form;)*
            $(type $rest = Invalid;)*
        }
    )*};
}
families! {
    F0 : F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 : F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 : F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 : F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 : F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 : F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 : F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 : F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 : F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 : F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 : F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 : F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 : F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 : F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 : F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 : ;
}

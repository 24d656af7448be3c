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
use crate::exec::{atomic, branch, control, fused, machine, memory, numeric, simd, stack, table};

/// Calls `$with` with all rows. Who uses it has the modules of `exec` in scope that the rows name.
macro_rules! for_each_op {
    ($with:ident) => {
        $with! {
            Exit "exit" (control::Exit,);
            Lazy "lazy" (control::Lazy,);
            Foreign "foreign" (stack::Foreign,);
            Unreachable "unreachable" (control::Unreachable,);
            Br "br" fused::Brs;
            BrTable "br_table" branch::BrTables;
            Zero "zero" control::Zeros;
            ZeroFuel "zero" control::ZeroFuels;
            Ret0 "return" (control::Ret0<false>, control::Ret0<true>);
            Ret1 "return1" control::Ret1s;
            RetN "return_n" (control::RetN<false>, control::RetN<true>);
            Call "call" control::Calls;
            CallImport "call_import" (control::CallImport,);
            CallIndirect "call_indirect" control::CallIndirects;
            CallRef "call_ref" (control::CallRef,);
            TailCall "return_call" (control::TailCall,);
            TailCallImport "return_call_import" (control::TailCallImport,);
            TailCallIndirect "return_call_indirect" (control::TailCallIndirect<u32>, control::TailCallIndirect<u64>);
            TailCallRef "return_call_ref" (control::TailCallRef,);
            Fuel "fuel" (control::Fuel,);
            Epoch "epoch" (control::Epoch,);
            CallHeat "heat" (control::CallHeat,);
            LoopHeat "loop_heat" (control::LoopHeat,);
            Lea "lea" (numeric::Lea,);
            Copy "copy" (numeric::Copy, numeric::Copy2, fused::Copy4, numeric::CopyRun);
            Const "const" (numeric::ConstSmall, numeric::Const, fused::Const2);
            CopyWide "copy_wide" (numeric::CopyWide, numeric::ConstWide);
            Select "select" numeric::Selects;
            SelectWide "select_wide" (numeric::SelectWide,);
            I32Add "i32.add" numeric::Comm<numeric::I32Add>;
            I32Mul "i32.mul" numeric::Comm<numeric::I32Mul>;
            I32And "i32.and" numeric::Comm<numeric::I32And>;
            I32Or "i32.or" numeric::Comm<numeric::I32Or>;
            I32Xor "i32.xor" numeric::Comm<numeric::I32Xor>;
            I32Sub "i32.sub" numeric::Plain<numeric::I32Sub>;
            I32DivS "i32.div_s" numeric::Plain<numeric::I32DivS>;
            I32DivU "i32.div_u" numeric::Plain<numeric::I32DivU>;
            I32RemS "i32.rem_s" numeric::Plain<numeric::I32RemS>;
            I32RemU "i32.rem_u" numeric::Plain<numeric::I32RemU>;
            I32Shl "i32.shl" numeric::Plain<numeric::I32Shl>;
            I32ShrS "i32.shr_s" numeric::Plain<numeric::I32ShrS>;
            I32ShrU "i32.shr_u" numeric::Plain<numeric::I32ShrU>;
            I32Rotl "i32.rotl" numeric::Plain<numeric::I32Rotl>;
            I32Rotr "i32.rotr" numeric::Plain<numeric::I32Rotr>;
            I32ShlAdd "i32.shl add" fused::ShiftedOp<numeric::I32Shl, numeric::I32Add>;
            I32ShlXor "i32.shl xor" fused::ShiftedOp<numeric::I32Shl, numeric::I32Xor>;
            I32ShrUXor "i32.shr_u xor" fused::ShiftedOp<numeric::I32ShrU, numeric::I32Xor>;
            I32RotlXor "i32.rotl xor" fused::ShiftedOp<numeric::I32Rotl, numeric::I32Xor>;
            I64ShrUXor "i64.shr_u xor" fused::ShiftedOp<numeric::I64ShrU, numeric::I64Xor>;
            I64RotlXor "i64.rotl xor" fused::ShiftedOp<numeric::I64Rotl, numeric::I64Xor>;
            I64RotlAdd "i64.rotl add" fused::ShiftedOp<numeric::I64Rotl, numeric::I64Add>;
            I32XorRotl "i32.xor rotl" fused::OpShifted<numeric::I32Xor, numeric::I32Rotl>;
            I64XorRotl "i64.xor rotl" fused::OpShifted<numeric::I64Xor, numeric::I64Rotl>;
            I32AddAdd "i32.add add" fused::Pair<numeric::I32Add, numeric::I32Add>;
            I32AddXor "i32.add xor" fused::Pair<numeric::I32Add, numeric::I32Xor>;
            I32XorAdd "i32.xor add" fused::Pair<numeric::I32Xor, numeric::I32Add>;
            I32XorAnd "i32.xor and" fused::Pair<numeric::I32Xor, numeric::I32And>;
            I32AndXor "i32.and xor" fused::Pair<numeric::I32And, numeric::I32Xor>;
            I32AndOr "i32.and or" fused::Pair<numeric::I32And, numeric::I32Or>;
            I32MulAddS "i32.mul add" fused::Pair<numeric::I32Mul, numeric::I32Add>;
            I64MulAdd "i64.mul add" fused::Pair<numeric::I64Mul, numeric::I64Add>;
            F64AddAdd "f64.add add" fused::Pair<numeric::F64Add, numeric::F64Add>;
            F64AddMul "f64.add mul" fused::Pair<numeric::F64Add, numeric::F64Mul>;
            F64MulAdd "f64.mul add" fused::Pair<numeric::F64Mul, numeric::F64Add>;
            F64MulMul "f64.mul mul" fused::Pair<numeric::F64Mul, numeric::F64Mul>;
            F64SubAdd "f64.sub add" fused::Pair<numeric::F64Sub, numeric::F64Add>;
            F64SubMul "f64.sub mul" fused::Pair<numeric::F64Sub, numeric::F64Mul>;
            F64MulSub "f64.mul sub" fused::Pair<numeric::F64Mul, numeric::F64Sub>;
            F64MulSubFrom "f64.mul sub_from" fused::Pair<numeric::F64Mul, fused::Swap<numeric::F64Sub>>;
            I32MulAdd "i32.mul add_n" fused::MulAdds;
            I32LoadAdd "i32.load add" fused::LoadOps<memory::I32Load, numeric::I32Add>;
            I32LoadMul "i32.load mul" fused::LoadOps<memory::I32Load, numeric::I32Mul>;
            I32LoadAnd "i32.load and" fused::LoadOps<memory::I32Load, numeric::I32And>;
            I32LoadXor "i32.load xor" fused::LoadOps<memory::I32Load, numeric::I32Xor>;
            I32LoadSub "i32.load sub" fused::LoadOps<memory::I32Load, numeric::I32Sub>;
            I32LoadSubFrom "i32.load sub_from" fused::LoadOps<memory::I32Load, fused::Swap<numeric::I32Sub>>;
            I32Load8UAdd "i32.load8_u add" fused::LoadOps<memory::I32Load8U, numeric::I32Add>;
            I64LoadAdd "i64.load add" fused::LoadOps<memory::I64Load, numeric::I64Add>;
            I64LoadXor "i64.load xor" fused::LoadOps<memory::I64Load, numeric::I64Xor>;
            F64LoadAdd "f64.load add" fused::LoadOps<memory::F64Load, numeric::F64Add>;
            F64LoadMul "f64.load mul" fused::LoadOps<memory::F64Load, numeric::F64Mul>;
            F64LoadSub "f64.load sub" fused::LoadOps<memory::F64Load, numeric::F64Sub>;
            F64LoadSubFrom "f64.load sub_from" fused::LoadOps<memory::F64Load, fused::Swap<numeric::F64Sub>>;
            Add2 "add2" (fused::Add2,);
            Add2Br "add2 br_if i32.ne" fused::Add2Brs;
            BrI32LoadEq "i32.load br_if i32.eq" fused::LoadBrs<memory::I32Load, numeric::I32Eq>;
            BrI32LoadNe "i32.load br_if i32.ne" fused::LoadBrs<memory::I32Load, numeric::I32Ne>;
            BrI32Load8UEq "i32.load8_u br_if i32.eq" fused::LoadBrs<memory::I32Load8U, numeric::I32Eq>;
            BrI32Load8UNe "i32.load8_u br_if i32.ne" fused::LoadBrs<memory::I32Load8U, numeric::I32Ne>;
            I32AddBoth "i32.add i32.add" (fused::AddBoth,);
            I32MemoryAdd "i32.load add store" (fused::MemoryAdd,);
            I32Load2 "i32.load2" (fused::Load2<machine::S>, fused::Load2<machine::R>);
            I32Store2 "i32.store2" (fused::Store2,);
            I32LoadStore "i32.load store" (fused::LoadStore<memory::I32Load, memory::I32Store>,);
            I64LoadStore "i64.load store" (fused::LoadStore<memory::I64Load, memory::I64Store>,);
            AddCopy "add copy" (fused::AddCopy,);
            I32SumCopy "i32.add copy" fused::SumCopies<u32>;
            I64SumCopy "i64.add copy" fused::SumCopies<u64>;
            RetSum "global.set return" fused::RetSums;
            I64Add "i64.add" numeric::Comm<numeric::I64Add>;
            I64Mul "i64.mul" numeric::Comm<numeric::I64Mul>;
            I64And "i64.and" numeric::Comm<numeric::I64And>;
            I64Or "i64.or" numeric::Comm<numeric::I64Or>;
            I64Xor "i64.xor" numeric::Comm<numeric::I64Xor>;
            I64Sub "i64.sub" numeric::Plain<numeric::I64Sub>;
            I64DivS "i64.div_s" numeric::Plain<numeric::I64DivS>;
            I64DivU "i64.div_u" numeric::Plain<numeric::I64DivU>;
            I64RemS "i64.rem_s" numeric::Plain<numeric::I64RemS>;
            I64RemU "i64.rem_u" numeric::Plain<numeric::I64RemU>;
            I64Shl "i64.shl" numeric::Plain<numeric::I64Shl>;
            I64ShrS "i64.shr_s" numeric::Plain<numeric::I64ShrS>;
            I64ShrU "i64.shr_u" numeric::Plain<numeric::I64ShrU>;
            I64Rotl "i64.rotl" numeric::Plain<numeric::I64Rotl>;
            I64Rotr "i64.rotr" numeric::Plain<numeric::I64Rotr>;
            F32Add "f32.add" numeric::Plain<numeric::F32Add>;
            F32Mul "f32.mul" numeric::Plain<numeric::F32Mul>;
            F32Sub "f32.sub" numeric::Plain<numeric::F32Sub>;
            F32Div "f32.div" numeric::Plain<numeric::F32Div>;
            F32Min "f32.min" numeric::Plain<numeric::F32Min>;
            F32Max "f32.max" numeric::Plain<numeric::F32Max>;
            F32Copysign "f32.copysign" numeric::Plain<numeric::F32Copysign>;
            F64Add "f64.add" numeric::Plain<numeric::F64Add>;
            F64Mul "f64.mul" numeric::Plain<numeric::F64Mul>;
            F64Sub "f64.sub" numeric::Plain<numeric::F64Sub>;
            F64Div "f64.div" numeric::Plain<numeric::F64Div>;
            F64Min "f64.min" numeric::Plain<numeric::F64Min>;
            F64Max "f64.max" numeric::Plain<numeric::F64Max>;
            F64Copysign "f64.copysign" numeric::Plain<numeric::F64Copysign>;
            I32Eq "i32.eq" numeric::CmpV<numeric::I32Eq>;
            I32Ne "i32.ne" numeric::CmpV<numeric::I32Ne>;
            I32LtS "i32.lt_s" numeric::CmpV<numeric::I32LtS>;
            I32LtU "i32.lt_u" numeric::CmpV<numeric::I32LtU>;
            I32GtS "i32.gt_s" numeric::CmpV<numeric::I32GtS>;
            I32GtU "i32.gt_u" numeric::CmpV<numeric::I32GtU>;
            I32LeS "i32.le_s" numeric::CmpV<numeric::I32LeS>;
            I32LeU "i32.le_u" numeric::CmpV<numeric::I32LeU>;
            I32GeS "i32.ge_s" numeric::CmpV<numeric::I32GeS>;
            I32GeU "i32.ge_u" numeric::CmpV<numeric::I32GeU>;
            I64Eq "i64.eq" numeric::CmpV<numeric::I64Eq>;
            I64Ne "i64.ne" numeric::CmpV<numeric::I64Ne>;
            I64LtS "i64.lt_s" numeric::CmpV<numeric::I64LtS>;
            I64LtU "i64.lt_u" numeric::CmpV<numeric::I64LtU>;
            I64GtS "i64.gt_s" numeric::CmpV<numeric::I64GtS>;
            I64GtU "i64.gt_u" numeric::CmpV<numeric::I64GtU>;
            I64LeS "i64.le_s" numeric::CmpV<numeric::I64LeS>;
            I64LeU "i64.le_u" numeric::CmpV<numeric::I64LeU>;
            I64GeS "i64.ge_s" numeric::CmpV<numeric::I64GeS>;
            I64GeU "i64.ge_u" numeric::CmpV<numeric::I64GeU>;
            F32Eq "f32.eq" numeric::CmpV<numeric::F32Eq>;
            F32Ne "f32.ne" numeric::CmpV<numeric::F32Ne>;
            F32Lt "f32.lt" numeric::CmpV<numeric::F32Lt>;
            F32Gt "f32.gt" numeric::CmpV<numeric::F32Gt>;
            F32Le "f32.le" numeric::CmpV<numeric::F32Le>;
            F32Ge "f32.ge" numeric::CmpV<numeric::F32Ge>;
            F64Eq "f64.eq" numeric::CmpV<numeric::F64Eq>;
            F64Ne "f64.ne" numeric::CmpV<numeric::F64Ne>;
            F64Lt "f64.lt" numeric::CmpV<numeric::F64Lt>;
            F64Gt "f64.gt" numeric::CmpV<numeric::F64Gt>;
            F64Le "f64.le" numeric::CmpV<numeric::F64Le>;
            F64Ge "f64.ge" numeric::CmpV<numeric::F64Ge>;
            BrI32Eq "br_if i32.eq" branch::Branches<numeric::I32Eq>;
            BrI32Ne "br_if i32.ne" branch::Branches<numeric::I32Ne>;
            BrI32LtS "br_if i32.lt_s" branch::Branches<numeric::I32LtS>;
            BrI32LtU "br_if i32.lt_u" branch::Branches<numeric::I32LtU>;
            BrI32GtS "br_if i32.gt_s" branch::Branches<numeric::I32GtS>;
            BrI32GtU "br_if i32.gt_u" branch::Branches<numeric::I32GtU>;
            BrI32LeS "br_if i32.le_s" branch::Branches<numeric::I32LeS>;
            BrI32LeU "br_if i32.le_u" branch::Branches<numeric::I32LeU>;
            BrI32GeS "br_if i32.ge_s" branch::Branches<numeric::I32GeS>;
            BrI32GeU "br_if i32.ge_u" branch::Branches<numeric::I32GeU>;
            BrI64Eq "br_if i64.eq" branch::Branches<numeric::I64Eq>;
            BrI64Ne "br_if i64.ne" branch::Branches<numeric::I64Ne>;
            BrI64LtS "br_if i64.lt_s" branch::Branches<numeric::I64LtS>;
            BrI64LtU "br_if i64.lt_u" branch::Branches<numeric::I64LtU>;
            BrI64GtS "br_if i64.gt_s" branch::Branches<numeric::I64GtS>;
            BrI64GtU "br_if i64.gt_u" branch::Branches<numeric::I64GtU>;
            BrI64LeS "br_if i64.le_s" branch::Branches<numeric::I64LeS>;
            BrI64LeU "br_if i64.le_u" branch::Branches<numeric::I64LeU>;
            BrI64GeS "br_if i64.ge_s" branch::Branches<numeric::I64GeS>;
            BrI64GeU "br_if i64.ge_u" branch::Branches<numeric::I64GeU>;
            BrF32Eq "br_if f32.eq" branch::Branches<numeric::F32Eq>;
            BrF32Ne "br_if f32.ne" branch::Branches<numeric::F32Ne>;
            BrF32Lt "br_if f32.lt" branch::Branches<numeric::F32Lt>;
            BrF32Gt "br_if f32.gt" branch::Branches<numeric::F32Gt>;
            BrF32Le "br_if f32.le" branch::Branches<numeric::F32Le>;
            BrF32Ge "br_if f32.ge" branch::Branches<numeric::F32Ge>;
            BrF32Nlt "br_if f32.nlt" branch::Branches<numeric::F32Nlt>;
            BrF32Ngt "br_if f32.ngt" branch::Branches<numeric::F32Ngt>;
            BrF32Nle "br_if f32.nle" branch::Branches<numeric::F32Nle>;
            BrF32Nge "br_if f32.nge" branch::Branches<numeric::F32Nge>;
            BrF64Eq "br_if f64.eq" branch::Branches<numeric::F64Eq>;
            BrF64Ne "br_if f64.ne" branch::Branches<numeric::F64Ne>;
            BrF64Lt "br_if f64.lt" branch::Branches<numeric::F64Lt>;
            BrF64Gt "br_if f64.gt" branch::Branches<numeric::F64Gt>;
            BrF64Le "br_if f64.le" branch::Branches<numeric::F64Le>;
            BrF64Ge "br_if f64.ge" branch::Branches<numeric::F64Ge>;
            BrF64Nlt "br_if f64.nlt" branch::Branches<numeric::F64Nlt>;
            BrF64Ngt "br_if f64.ngt" branch::Branches<numeric::F64Ngt>;
            BrF64Nle "br_if f64.nle" branch::Branches<numeric::F64Nle>;
            BrF64Nge "br_if f64.nge" branch::Branches<numeric::F64Nge>;
            AddBrI32Eq "add br_if i32.eq" branch::AddBranches<numeric::I32Eq>;
            AddBrI32Ne "add br_if i32.ne" branch::AddBranches<numeric::I32Ne>;
            AddBrI32LtS "add br_if i32.lt_s" branch::AddBranches<numeric::I32LtS>;
            AddBrI32LtU "add br_if i32.lt_u" branch::AddBranches<numeric::I32LtU>;
            AddBrI32GtS "add br_if i32.gt_s" branch::AddBranches<numeric::I32GtS>;
            AddBrI32GtU "add br_if i32.gt_u" branch::AddBranches<numeric::I32GtU>;
            AddBrI32LeS "add br_if i32.le_s" branch::AddBranches<numeric::I32LeS>;
            AddBrI32LeU "add br_if i32.le_u" branch::AddBranches<numeric::I32LeU>;
            AddBrI32GeS "add br_if i32.ge_s" branch::AddBranches<numeric::I32GeS>;
            AddBrI32GeU "add br_if i32.ge_u" branch::AddBranches<numeric::I32GeU>;
            AddBrI64Eq "add br_if i64.eq" branch::AddBranches<numeric::I64Eq>;
            AddBrI64Ne "add br_if i64.ne" branch::AddBranches<numeric::I64Ne>;
            AddBrI64LtU "add br_if i64.lt_u" branch::AddBranches<numeric::I64LtU>;
            AddBrI64GeU "add br_if i64.ge_u" branch::AddBranches<numeric::I64GeU>;
            BrI32And0 "br_if i32.and_0" branch::Branches<numeric::I32And0>;
            BrI32AndN "br_if i32.and_n" branch::Branches<numeric::I32AndN>;
            I32Clz "i32.clz" numeric::Unary<numeric::I32Clz>;
            I32Ctz "i32.ctz" numeric::Unary<numeric::I32Ctz>;
            I32Popcnt "i32.popcnt" numeric::Unary<numeric::I32Popcnt>;
            I32Extend8S "i32.extend8_s" numeric::Unary<numeric::I32Extend8S>;
            I32Extend16S "i32.extend16_s" numeric::Unary<numeric::I32Extend16S>;
            I64Clz "i64.clz" numeric::Unary<numeric::I64Clz>;
            I64Ctz "i64.ctz" numeric::Unary<numeric::I64Ctz>;
            I64Popcnt "i64.popcnt" numeric::Unary<numeric::I64Popcnt>;
            I64Extend8S "i64.extend8_s" numeric::Unary<numeric::I64Extend8S>;
            I64Extend16S "i64.extend16_s" numeric::Unary<numeric::I64Extend16S>;
            I64Extend32S "i64.extend32_s" numeric::Unary<numeric::I64Extend32S>;
            I64ExtendI32S "i64.extend_i32_s" numeric::Unary<numeric::I64ExtendI32S>;
            I64ExtendI32U "i64.extend_i32_u" numeric::Unary<numeric::I64ExtendI32U>;
            F32Abs "f32.abs" numeric::Unary<numeric::F32Abs>;
            F32Neg "f32.neg" numeric::Unary<numeric::F32Neg>;
            F32Ceil "f32.ceil" numeric::Unary<numeric::F32Ceil>;
            F32Floor "f32.floor" numeric::Unary<numeric::F32Floor>;
            F32Trunc "f32.trunc" numeric::Unary<numeric::F32Trunc>;
            F32Nearest "f32.nearest" numeric::Unary<numeric::F32Nearest>;
            F32Sqrt "f32.sqrt" numeric::Unary<numeric::F32Sqrt>;
            F64Abs "f64.abs" numeric::Unary<numeric::F64Abs>;
            F64Neg "f64.neg" numeric::Unary<numeric::F64Neg>;
            F64Ceil "f64.ceil" numeric::Unary<numeric::F64Ceil>;
            F64Floor "f64.floor" numeric::Unary<numeric::F64Floor>;
            F64Trunc "f64.trunc" numeric::Unary<numeric::F64Trunc>;
            F64Nearest "f64.nearest" numeric::Unary<numeric::F64Nearest>;
            F64Sqrt "f64.sqrt" numeric::Unary<numeric::F64Sqrt>;
            F32Canon "f32.canon" numeric::Unary<numeric::F32Canon>;
            F64Canon "f64.canon" numeric::Unary<numeric::F64Canon>;
            I32TruncF32S "i32.trunc_f32_s" numeric::Unary<numeric::I32TruncF32S>;
            I32TruncF32U "i32.trunc_f32_u" numeric::Unary<numeric::I32TruncF32U>;
            I32TruncF64S "i32.trunc_f64_s" numeric::Unary<numeric::I32TruncF64S>;
            I32TruncF64U "i32.trunc_f64_u" numeric::Unary<numeric::I32TruncF64U>;
            I64TruncF32S "i64.trunc_f32_s" numeric::Unary<numeric::I64TruncF32S>;
            I64TruncF32U "i64.trunc_f32_u" numeric::Unary<numeric::I64TruncF32U>;
            I64TruncF64S "i64.trunc_f64_s" numeric::Unary<numeric::I64TruncF64S>;
            I64TruncF64U "i64.trunc_f64_u" numeric::Unary<numeric::I64TruncF64U>;
            I32TruncSatF32S "i32.trunc_sat_f32_s" numeric::Unary<numeric::I32TruncSatF32S>;
            I32TruncSatF32U "i32.trunc_sat_f32_u" numeric::Unary<numeric::I32TruncSatF32U>;
            I32TruncSatF64S "i32.trunc_sat_f64_s" numeric::Unary<numeric::I32TruncSatF64S>;
            I32TruncSatF64U "i32.trunc_sat_f64_u" numeric::Unary<numeric::I32TruncSatF64U>;
            I64TruncSatF32S "i64.trunc_sat_f32_s" numeric::Unary<numeric::I64TruncSatF32S>;
            I64TruncSatF32U "i64.trunc_sat_f32_u" numeric::Unary<numeric::I64TruncSatF32U>;
            I64TruncSatF64S "i64.trunc_sat_f64_s" numeric::Unary<numeric::I64TruncSatF64S>;
            I64TruncSatF64U "i64.trunc_sat_f64_u" numeric::Unary<numeric::I64TruncSatF64U>;
            F32ConvertI32S "f32.convert_i32_s" numeric::Unary<numeric::F32ConvertI32S>;
            F32ConvertI32U "f32.convert_i32_u" numeric::Unary<numeric::F32ConvertI32U>;
            F32ConvertI64S "f32.convert_i64_s" numeric::Unary<numeric::F32ConvertI64S>;
            F32ConvertI64U "f32.convert_i64_u" numeric::Unary<numeric::F32ConvertI64U>;
            F32DemoteF64 "f32.demote_f64" numeric::Unary<numeric::F32DemoteF64>;
            F64ConvertI32S "f64.convert_i32_s" numeric::Unary<numeric::F64ConvertI32S>;
            F64ConvertI32U "f64.convert_i32_u" numeric::Unary<numeric::F64ConvertI32U>;
            F64ConvertI64S "f64.convert_i64_s" numeric::Unary<numeric::F64ConvertI64S>;
            F64ConvertI64U "f64.convert_i64_u" numeric::Unary<numeric::F64ConvertI64U>;
            F64PromoteF32 "f64.promote_f32" numeric::Unary<numeric::F64PromoteF32>;
            I32ReinterpretF32 "i32.reinterpret_f32" numeric::Unary<numeric::I32ReinterpretF32>;
            I64ReinterpretF64 "i64.reinterpret_f64" numeric::Unary<numeric::I64ReinterpretF64>;
            F32ReinterpretI32 "f32.reinterpret_i32" numeric::Unary<numeric::F32ReinterpretI32>;
            F64ReinterpretI64 "f64.reinterpret_i64" numeric::Unary<numeric::F64ReinterpretI64>;
            I32Load "i32.load" memory::Loads<memory::I32Load>;
            I32Load8S "i32.load8_s" memory::Loads<memory::I32Load8S>;
            I32Load8U "i32.load8_u" memory::Loads<memory::I32Load8U>;
            I32Load16S "i32.load16_s" memory::Loads<memory::I32Load16S>;
            I32Load16U "i32.load16_u" memory::Loads<memory::I32Load16U>;
            I64Load "i64.load" memory::Loads<memory::I64Load>;
            I64Load8S "i64.load8_s" memory::Loads<memory::I64Load8S>;
            I64Load8U "i64.load8_u" memory::Loads<memory::I64Load8U>;
            I64Load16S "i64.load16_s" memory::Loads<memory::I64Load16S>;
            I64Load16U "i64.load16_u" memory::Loads<memory::I64Load16U>;
            I64Load32S "i64.load32_s" memory::Loads<memory::I64Load32S>;
            I64Load32U "i64.load32_u" memory::Loads<memory::I64Load32U>;
            F32Load "f32.load" memory::Loads<memory::F32Load>;
            F64Load "f64.load" memory::Loads<memory::F64Load>;
            I32Store "i32.store" memory::Stores<memory::I32Store>;
            I32Store8 "i32.store8" memory::Stores<memory::I32Store8>;
            I32Store16 "i32.store16" memory::Stores<memory::I32Store16>;
            I64Store "i64.store" memory::Stores<memory::I64Store>;
            I64Store8 "i64.store8" memory::Stores<memory::I64Store8>;
            I64Store16 "i64.store16" memory::Stores<memory::I64Store16>;
            I64Store32 "i64.store32" memory::Stores<memory::I64Store32>;
            F32Store "f32.store" memory::Stores<memory::F32Store>;
            F64Store "f64.store" memory::Stores<memory::F64Store>;
            MemorySize "memory.size" (memory::MemorySize,);
            MemoryGrow "memory.grow" (memory::MemoryGrow<false>, memory::MemoryGrow<true>);
            MemoryFill "memory.fill" (memory::MemoryFill<false>, memory::MemoryFill<true>, memory::Fill0);
            MemoryCopy "memory.copy" (memory::MemoryCopy, memory::Copy0);
            MemoryInit "memory.init" (memory::MemoryInit,);
            DataDrop "data.drop" (memory::DataDrop,);
            GlobalGet "global.get" (table::GlobalGet, table::GlobalGetWide);
            GlobalSet "global.set" (table::GlobalSet, table::GlobalSetWide, table::GlobalSetSum);
            GlobalAdd "global.add" (table::GlobalAdd,);
            RefFunc "ref.func" (table::RefFunc,);
            RefAsNonNull "ref.as_non_null" (table::RefAsNonNull,);
            TableGet "table.get" (table::TableGet<false>, table::TableGet<true>);
            TableSet "table.set" (table::TableSet<false>, table::TableSet<true>);
            TableSize "table.size" (table::TableSize,);
            TableGrow "table.grow" (table::TableGrow<false>, table::TableGrow<true>);
            TableFill "table.fill" (table::TableFill<false>, table::TableFill<true>);
            Throw "throw" (control::Throw,);
            ThrowRef "throw_ref" (control::ThrowRef,);
            AtomicLoad8 "atomic8.load" atomic::AtomicLoads<u8>;
            Atomic8Add "atomic8.rmw.add" atomic::Rmws<u8, atomic::Add>;
            Atomic8Sub "atomic8.rmw.sub" atomic::Rmws<u8, atomic::Sub>;
            Atomic8And "atomic8.rmw.and" atomic::Rmws<u8, atomic::And>;
            Atomic8Or "atomic8.rmw.or" atomic::Rmws<u8, atomic::Or>;
            Atomic8Xor "atomic8.rmw.xor" atomic::Rmws<u8, atomic::Xor>;
            Atomic8Xchg "atomic8.rmw.xchg" atomic::Rmws<u8, atomic::Xchg>;
            Atomic8Cmpxchg "atomic8.rmw.cmpxchg" atomic::Cmpxchgs<u8>;
            AtomicLoad16 "atomic16.load" atomic::AtomicLoads<u16>;
            Atomic16Add "atomic16.rmw.add" atomic::Rmws<u16, atomic::Add>;
            Atomic16Sub "atomic16.rmw.sub" atomic::Rmws<u16, atomic::Sub>;
            Atomic16And "atomic16.rmw.and" atomic::Rmws<u16, atomic::And>;
            Atomic16Or "atomic16.rmw.or" atomic::Rmws<u16, atomic::Or>;
            Atomic16Xor "atomic16.rmw.xor" atomic::Rmws<u16, atomic::Xor>;
            Atomic16Xchg "atomic16.rmw.xchg" atomic::Rmws<u16, atomic::Xchg>;
            Atomic16Cmpxchg "atomic16.rmw.cmpxchg" atomic::Cmpxchgs<u16>;
            AtomicLoad32 "atomic32.load" atomic::AtomicLoads<u32>;
            Atomic32Add "atomic32.rmw.add" atomic::Rmws<u32, atomic::Add>;
            Atomic32Sub "atomic32.rmw.sub" atomic::Rmws<u32, atomic::Sub>;
            Atomic32And "atomic32.rmw.and" atomic::Rmws<u32, atomic::And>;
            Atomic32Or "atomic32.rmw.or" atomic::Rmws<u32, atomic::Or>;
            Atomic32Xor "atomic32.rmw.xor" atomic::Rmws<u32, atomic::Xor>;
            Atomic32Xchg "atomic32.rmw.xchg" atomic::Rmws<u32, atomic::Xchg>;
            Atomic32Cmpxchg "atomic32.rmw.cmpxchg" atomic::Cmpxchgs<u32>;
            AtomicLoad64 "atomic64.load" atomic::AtomicLoads<u64>;
            Atomic64Add "atomic64.rmw.add" atomic::Rmws<u64, atomic::Add>;
            Atomic64Sub "atomic64.rmw.sub" atomic::Rmws<u64, atomic::Sub>;
            Atomic64And "atomic64.rmw.and" atomic::Rmws<u64, atomic::And>;
            Atomic64Or "atomic64.rmw.or" atomic::Rmws<u64, atomic::Or>;
            Atomic64Xor "atomic64.rmw.xor" atomic::Rmws<u64, atomic::Xor>;
            Atomic64Xchg "atomic64.rmw.xchg" atomic::Rmws<u64, atomic::Xchg>;
            Atomic64Cmpxchg "atomic64.rmw.cmpxchg" atomic::Cmpxchgs<u64>;
            Notify "memory.atomic.notify" (atomic::Park<u32, 0>, atomic::Park<u64, 0>);
            Wait32 "memory.atomic.wait32" (atomic::Park<u32, 4>, atomic::Park<u64, 4>);
            Wait64 "memory.atomic.wait64" (atomic::Park<u32, 8>, atomic::Park<u64, 8>);
            Fence "atomic.fence" (atomic::Fence,);
            Add128 "i64.add128" (atomic::Wide<false>,);
            Sub128 "i64.sub128" (atomic::Wide<true>,);
            MulWideS "i64.mul_wide_s" (atomic::MulWide<true>,);
            MulWideU "i64.mul_wide_u" (atomic::MulWide<false>,);
            I8x16Abs "i8x16.abs" (simd::V1<simd::I8x16Abs>,);
            I8x16Neg "i8x16.neg" (simd::V1<simd::I8x16Neg>,);
            I16x8Abs "i16x8.abs" (simd::V1<simd::I16x8Abs>,);
            I16x8Neg "i16x8.neg" (simd::V1<simd::I16x8Neg>,);
            I32x4Abs "i32x4.abs" (simd::V1<simd::I32x4Abs>,);
            I32x4Neg "i32x4.neg" (simd::V1<simd::I32x4Neg>,);
            I64x2Abs "i64x2.abs" (simd::V1<simd::I64x2Abs>,);
            I64x2Neg "i64x2.neg" (simd::V1<simd::I64x2Neg>,);
            I8x16Popcnt "i8x16.popcnt" (simd::V1<simd::I8x16Popcnt>,);
            I16x8ExtendLowI8x16S "i16x8.extend_low_i8x16_s" (simd::V1<simd::I16x8ExtendLowI8x16S>,);
            I16x8ExtendHighI8x16S "i16x8.extend_high_i8x16_s" (simd::V1<simd::I16x8ExtendHighI8x16S>,);
            I16x8ExtAddPairwiseI8x16S "i16x8.ext_add_pairwise_i8x16_s" (simd::V1<simd::I16x8ExtAddPairwiseI8x16S>,);
            I16x8ExtendLowI8x16U "i16x8.extend_low_i8x16_u" (simd::V1<simd::I16x8ExtendLowI8x16U>,);
            I16x8ExtendHighI8x16U "i16x8.extend_high_i8x16_u" (simd::V1<simd::I16x8ExtendHighI8x16U>,);
            I16x8ExtAddPairwiseI8x16U "i16x8.ext_add_pairwise_i8x16_u" (simd::V1<simd::I16x8ExtAddPairwiseI8x16U>,);
            I32x4ExtendLowI16x8S "i32x4.extend_low_i16x8_s" (simd::V1<simd::I32x4ExtendLowI16x8S>,);
            I32x4ExtendHighI16x8S "i32x4.extend_high_i16x8_s" (simd::V1<simd::I32x4ExtendHighI16x8S>,);
            I32x4ExtAddPairwiseI16x8S "i32x4.ext_add_pairwise_i16x8_s" (simd::V1<simd::I32x4ExtAddPairwiseI16x8S>,);
            I32x4ExtendLowI16x8U "i32x4.extend_low_i16x8_u" (simd::V1<simd::I32x4ExtendLowI16x8U>,);
            I32x4ExtendHighI16x8U "i32x4.extend_high_i16x8_u" (simd::V1<simd::I32x4ExtendHighI16x8U>,);
            I32x4ExtAddPairwiseI16x8U "i32x4.ext_add_pairwise_i16x8_u" (simd::V1<simd::I32x4ExtAddPairwiseI16x8U>,);
            I64x2ExtendLowI32x4S "i64x2.extend_low_i32x4_s" (simd::V1<simd::I64x2ExtendLowI32x4S>,);
            I64x2ExtendHighI32x4S "i64x2.extend_high_i32x4_s" (simd::V1<simd::I64x2ExtendHighI32x4S>,);
            I64x2ExtendLowI32x4U "i64x2.extend_low_i32x4_u" (simd::V1<simd::I64x2ExtendLowI32x4U>,);
            I64x2ExtendHighI32x4U "i64x2.extend_high_i32x4_u" (simd::V1<simd::I64x2ExtendHighI32x4U>,);
            V128Not "v128.not" (simd::V1<simd::V128Not>,);
            F32x4Ceil "f32x4.ceil" (simd::V1<simd::F32x4Ceil>,);
            F32x4Floor "f32x4.floor" (simd::V1<simd::F32x4Floor>,);
            F32x4Trunc "f32x4.trunc" (simd::V1<simd::F32x4Trunc>,);
            F32x4Nearest "f32x4.nearest" (simd::V1<simd::F32x4Nearest>,);
            F32x4Sqrt "f32x4.sqrt" (simd::V1<simd::F32x4Sqrt>,);
            F32x4Abs "f32x4.abs" (simd::V1<simd::F32x4Abs>,);
            F32x4Neg "f32x4.neg" (simd::V1<simd::F32x4Neg>,);
            F32x4Canon "f32x4.canon" (simd::V1<simd::F32x4Canon>,);
            F64x2Ceil "f64x2.ceil" (simd::V1<simd::F64x2Ceil>,);
            F64x2Floor "f64x2.floor" (simd::V1<simd::F64x2Floor>,);
            F64x2Trunc "f64x2.trunc" (simd::V1<simd::F64x2Trunc>,);
            F64x2Nearest "f64x2.nearest" (simd::V1<simd::F64x2Nearest>,);
            F64x2Sqrt "f64x2.sqrt" (simd::V1<simd::F64x2Sqrt>,);
            F64x2Abs "f64x2.abs" (simd::V1<simd::F64x2Abs>,);
            F64x2Neg "f64x2.neg" (simd::V1<simd::F64x2Neg>,);
            F64x2Canon "f64x2.canon" (simd::V1<simd::F64x2Canon>,);
            I32x4TruncSatF32x4S "i32x4.trunc_sat_f32x4_s" (simd::V1<simd::I32x4TruncSatF32x4S>,);
            I32x4TruncSatF64x2SZero "i32x4.trunc_sat_f64x2_s_zero" (simd::V1<simd::I32x4TruncSatF64x2SZero>,);
            F32x4ConvertI32x4S "f32x4.convert_i32x4_s" (simd::V1<simd::F32x4ConvertI32x4S>,);
            F64x2ConvertLowI32x4S "f64x2.convert_low_i32x4_s" (simd::V1<simd::F64x2ConvertLowI32x4S>,);
            I32x4TruncSatF32x4U "i32x4.trunc_sat_f32x4_u" (simd::V1<simd::I32x4TruncSatF32x4U>,);
            I32x4TruncSatF64x2UZero "i32x4.trunc_sat_f64x2_u_zero" (simd::V1<simd::I32x4TruncSatF64x2UZero>,);
            F32x4ConvertI32x4U "f32x4.convert_i32x4_u" (simd::V1<simd::F32x4ConvertI32x4U>,);
            F64x2ConvertLowI32x4U "f64x2.convert_low_i32x4_u" (simd::V1<simd::F64x2ConvertLowI32x4U>,);
            F32x4DemoteF64x2Zero "f32x4.demote_f64x2_zero" (simd::V1<simd::F32x4DemoteF64x2Zero>,);
            F64x2PromoteLowF32x4 "f64x2.promote_low_f32x4" (simd::V1<simd::F64x2PromoteLowF32x4>,);
            I8x16Add "i8x16.add" (simd::V2<simd::I8x16Add>,);
            I8x16Sub "i8x16.sub" (simd::V2<simd::I8x16Sub>,);
            I8x16Eq "i8x16.eq" (simd::V2<simd::I8x16Eq>,);
            I8x16Ne "i8x16.ne" (simd::V2<simd::I8x16Ne>,);
            I8x16LtS "i8x16.lt_s" (simd::V2<simd::I8x16LtS>,);
            I8x16LtU "i8x16.lt_u" (simd::V2<simd::I8x16LtU>,);
            I8x16GtS "i8x16.gt_s" (simd::V2<simd::I8x16GtS>,);
            I8x16GtU "i8x16.gt_u" (simd::V2<simd::I8x16GtU>,);
            I8x16LeS "i8x16.le_s" (simd::V2<simd::I8x16LeS>,);
            I8x16LeU "i8x16.le_u" (simd::V2<simd::I8x16LeU>,);
            I8x16GeS "i8x16.ge_s" (simd::V2<simd::I8x16GeS>,);
            I8x16GeU "i8x16.ge_u" (simd::V2<simd::I8x16GeU>,);
            I8x16MinS "i8x16.min_s" (simd::V2<simd::I8x16MinS>,);
            I8x16MinU "i8x16.min_u" (simd::V2<simd::I8x16MinU>,);
            I8x16MaxS "i8x16.max_s" (simd::V2<simd::I8x16MaxS>,);
            I8x16MaxU "i8x16.max_u" (simd::V2<simd::I8x16MaxU>,);
            I8x16AddSatS "i8x16.add_sat_s" (simd::V2<simd::I8x16AddSatS>,);
            I8x16AddSatU "i8x16.add_sat_u" (simd::V2<simd::I8x16AddSatU>,);
            I8x16SubSatS "i8x16.sub_sat_s" (simd::V2<simd::I8x16SubSatS>,);
            I8x16SubSatU "i8x16.sub_sat_u" (simd::V2<simd::I8x16SubSatU>,);
            I8x16AvgrU "i8x16.avgr_u" (simd::V2<simd::I8x16AvgrU>,);
            I16x8Add "i16x8.add" (simd::V2<simd::I16x8Add>,);
            I16x8Sub "i16x8.sub" (simd::V2<simd::I16x8Sub>,);
            I16x8Mul "i16x8.mul" (simd::V2<simd::I16x8Mul>,);
            I16x8Eq "i16x8.eq" (simd::V2<simd::I16x8Eq>,);
            I16x8Ne "i16x8.ne" (simd::V2<simd::I16x8Ne>,);
            I16x8LtS "i16x8.lt_s" (simd::V2<simd::I16x8LtS>,);
            I16x8LtU "i16x8.lt_u" (simd::V2<simd::I16x8LtU>,);
            I16x8GtS "i16x8.gt_s" (simd::V2<simd::I16x8GtS>,);
            I16x8GtU "i16x8.gt_u" (simd::V2<simd::I16x8GtU>,);
            I16x8LeS "i16x8.le_s" (simd::V2<simd::I16x8LeS>,);
            I16x8LeU "i16x8.le_u" (simd::V2<simd::I16x8LeU>,);
            I16x8GeS "i16x8.ge_s" (simd::V2<simd::I16x8GeS>,);
            I16x8GeU "i16x8.ge_u" (simd::V2<simd::I16x8GeU>,);
            I16x8MinS "i16x8.min_s" (simd::V2<simd::I16x8MinS>,);
            I16x8MinU "i16x8.min_u" (simd::V2<simd::I16x8MinU>,);
            I16x8MaxS "i16x8.max_s" (simd::V2<simd::I16x8MaxS>,);
            I16x8MaxU "i16x8.max_u" (simd::V2<simd::I16x8MaxU>,);
            I16x8AddSatS "i16x8.add_sat_s" (simd::V2<simd::I16x8AddSatS>,);
            I16x8AddSatU "i16x8.add_sat_u" (simd::V2<simd::I16x8AddSatU>,);
            I16x8SubSatS "i16x8.sub_sat_s" (simd::V2<simd::I16x8SubSatS>,);
            I16x8SubSatU "i16x8.sub_sat_u" (simd::V2<simd::I16x8SubSatU>,);
            I16x8AvgrU "i16x8.avgr_u" (simd::V2<simd::I16x8AvgrU>,);
            I32x4Add "i32x4.add" (simd::V2<simd::I32x4Add>,);
            I32x4Sub "i32x4.sub" (simd::V2<simd::I32x4Sub>,);
            I32x4Mul "i32x4.mul" (simd::V2<simd::I32x4Mul>,);
            I32x4Eq "i32x4.eq" (simd::V2<simd::I32x4Eq>,);
            I32x4Ne "i32x4.ne" (simd::V2<simd::I32x4Ne>,);
            I32x4LtS "i32x4.lt_s" (simd::V2<simd::I32x4LtS>,);
            I32x4LtU "i32x4.lt_u" (simd::V2<simd::I32x4LtU>,);
            I32x4GtS "i32x4.gt_s" (simd::V2<simd::I32x4GtS>,);
            I32x4GtU "i32x4.gt_u" (simd::V2<simd::I32x4GtU>,);
            I32x4LeS "i32x4.le_s" (simd::V2<simd::I32x4LeS>,);
            I32x4LeU "i32x4.le_u" (simd::V2<simd::I32x4LeU>,);
            I32x4GeS "i32x4.ge_s" (simd::V2<simd::I32x4GeS>,);
            I32x4GeU "i32x4.ge_u" (simd::V2<simd::I32x4GeU>,);
            I32x4MinS "i32x4.min_s" (simd::V2<simd::I32x4MinS>,);
            I32x4MinU "i32x4.min_u" (simd::V2<simd::I32x4MinU>,);
            I32x4MaxS "i32x4.max_s" (simd::V2<simd::I32x4MaxS>,);
            I32x4MaxU "i32x4.max_u" (simd::V2<simd::I32x4MaxU>,);
            I64x2Add "i64x2.add" (simd::V2<simd::I64x2Add>,);
            I64x2Sub "i64x2.sub" (simd::V2<simd::I64x2Sub>,);
            I64x2Mul "i64x2.mul" (simd::V2<simd::I64x2Mul>,);
            I64x2Eq "i64x2.eq" (simd::V2<simd::I64x2Eq>,);
            I64x2Ne "i64x2.ne" (simd::V2<simd::I64x2Ne>,);
            I64x2LtS "i64x2.lt_s" (simd::V2<simd::I64x2LtS>,);
            I64x2GtS "i64x2.gt_s" (simd::V2<simd::I64x2GtS>,);
            I64x2LeS "i64x2.le_s" (simd::V2<simd::I64x2LeS>,);
            I64x2GeS "i64x2.ge_s" (simd::V2<simd::I64x2GeS>,);
            I16x8ExtMulLowI8x16S "i16x8.ext_mul_low_i8x16_s" (simd::V2<simd::I16x8ExtMulLowI8x16S>,);
            I16x8ExtMulHighI8x16S "i16x8.ext_mul_high_i8x16_s" (simd::V2<simd::I16x8ExtMulHighI8x16S>,);
            I16x8ExtMulLowI8x16U "i16x8.ext_mul_low_i8x16_u" (simd::V2<simd::I16x8ExtMulLowI8x16U>,);
            I16x8ExtMulHighI8x16U "i16x8.ext_mul_high_i8x16_u" (simd::V2<simd::I16x8ExtMulHighI8x16U>,);
            I32x4ExtMulLowI16x8S "i32x4.ext_mul_low_i16x8_s" (simd::V2<simd::I32x4ExtMulLowI16x8S>,);
            I32x4ExtMulHighI16x8S "i32x4.ext_mul_high_i16x8_s" (simd::V2<simd::I32x4ExtMulHighI16x8S>,);
            I32x4ExtMulLowI16x8U "i32x4.ext_mul_low_i16x8_u" (simd::V2<simd::I32x4ExtMulLowI16x8U>,);
            I32x4ExtMulHighI16x8U "i32x4.ext_mul_high_i16x8_u" (simd::V2<simd::I32x4ExtMulHighI16x8U>,);
            I64x2ExtMulLowI32x4S "i64x2.ext_mul_low_i32x4_s" (simd::V2<simd::I64x2ExtMulLowI32x4S>,);
            I64x2ExtMulHighI32x4S "i64x2.ext_mul_high_i32x4_s" (simd::V2<simd::I64x2ExtMulHighI32x4S>,);
            I64x2ExtMulLowI32x4U "i64x2.ext_mul_low_i32x4_u" (simd::V2<simd::I64x2ExtMulLowI32x4U>,);
            I64x2ExtMulHighI32x4U "i64x2.ext_mul_high_i32x4_u" (simd::V2<simd::I64x2ExtMulHighI32x4U>,);
            I8x16NarrowI16x8S "i8x16.narrow_i16x8_s" (simd::V2<simd::I8x16NarrowI16x8S>,);
            I8x16NarrowI16x8U "i8x16.narrow_i16x8_u" (simd::V2<simd::I8x16NarrowI16x8U>,);
            I16x8NarrowI32x4S "i16x8.narrow_i32x4_s" (simd::V2<simd::I16x8NarrowI32x4S>,);
            I16x8NarrowI32x4U "i16x8.narrow_i32x4_u" (simd::V2<simd::I16x8NarrowI32x4U>,);
            I32x4DotI16x8S "i32x4.dot_i16x8_s" (simd::V2<simd::I32x4DotI16x8S>,);
            I16x8Q15MulrSatS "i16x8.q15_mulr_sat_s" (simd::V2<simd::I16x8Q15MulrSatS>,);
            I8x16Swizzle "i8x16.swizzle" (simd::V2<simd::I8x16Swizzle>,);
            I16x8RelaxedDotI8x16I7x16S "i16x8.relaxed_dot_i8x16_i7x16_s" (simd::V2<simd::I16x8RelaxedDotI8x16I7x16S>,);
            V128And "v128.and" (simd::V2<simd::V128And>,);
            V128Or "v128.or" (simd::V2<simd::V128Or>,);
            V128Xor "v128.xor" (simd::V2<simd::V128Xor>,);
            V128AndNot "v128.and_not" (simd::V2<simd::V128AndNot>,);
            F32x4Add "f32x4.add" (simd::V2<simd::F32x4Add>,);
            F32x4Sub "f32x4.sub" (simd::V2<simd::F32x4Sub>,);
            F32x4Mul "f32x4.mul" (simd::V2<simd::F32x4Mul>,);
            F32x4Div "f32x4.div" (simd::V2<simd::F32x4Div>,);
            F32x4Min "f32x4.min" (simd::V2<simd::F32x4Min>,);
            F32x4Max "f32x4.max" (simd::V2<simd::F32x4Max>,);
            F32x4PMin "f32x4.p_min" (simd::V2<simd::F32x4PMin>,);
            F32x4PMax "f32x4.p_max" (simd::V2<simd::F32x4PMax>,);
            F32x4Eq "f32x4.eq" (simd::V2<simd::F32x4Eq>,);
            F32x4Ne "f32x4.ne" (simd::V2<simd::F32x4Ne>,);
            F32x4Lt "f32x4.lt" (simd::V2<simd::F32x4Lt>,);
            F32x4Gt "f32x4.gt" (simd::V2<simd::F32x4Gt>,);
            F32x4Le "f32x4.le" (simd::V2<simd::F32x4Le>,);
            F32x4Ge "f32x4.ge" (simd::V2<simd::F32x4Ge>,);
            F64x2Add "f64x2.add" (simd::V2<simd::F64x2Add>,);
            F64x2Sub "f64x2.sub" (simd::V2<simd::F64x2Sub>,);
            F64x2Mul "f64x2.mul" (simd::V2<simd::F64x2Mul>,);
            F64x2Div "f64x2.div" (simd::V2<simd::F64x2Div>,);
            F64x2Min "f64x2.min" (simd::V2<simd::F64x2Min>,);
            F64x2Max "f64x2.max" (simd::V2<simd::F64x2Max>,);
            F64x2PMin "f64x2.p_min" (simd::V2<simd::F64x2PMin>,);
            F64x2PMax "f64x2.p_max" (simd::V2<simd::F64x2PMax>,);
            F64x2Eq "f64x2.eq" (simd::V2<simd::F64x2Eq>,);
            F64x2Ne "f64x2.ne" (simd::V2<simd::F64x2Ne>,);
            F64x2Lt "f64x2.lt" (simd::V2<simd::F64x2Lt>,);
            F64x2Gt "f64x2.gt" (simd::V2<simd::F64x2Gt>,);
            F64x2Le "f64x2.le" (simd::V2<simd::F64x2Le>,);
            F64x2Ge "f64x2.ge" (simd::V2<simd::F64x2Ge>,);
            F32x4RelaxedMadd "f32x4.relaxed_madd" (simd::V3<simd::F32x4RelaxedMadd>,);
            F32x4RelaxedNmadd "f32x4.relaxed_nmadd" (simd::V3<simd::F32x4RelaxedNmadd>,);
            F64x2RelaxedMadd "f64x2.relaxed_madd" (simd::V3<simd::F64x2RelaxedMadd>,);
            F64x2RelaxedNmadd "f64x2.relaxed_nmadd" (simd::V3<simd::F64x2RelaxedNmadd>,);
            V128Bitselect "v128.bitselect" (simd::V3<simd::V128Bitselect>,);
            I32x4RelaxedDotI8x16I7x16AddS "i32x4.relaxed_dot_i8x16_i7x16_add_s" (simd::V3<simd::I32x4RelaxedDotI8x16I7x16AddS>,);
            I8x16Shl "i8x16.shl" (simd::VShift<simd::I8x16Shl>,);
            I8x16ShrS "i8x16.shr_s" (simd::VShift<simd::I8x16ShrS>,);
            I8x16ShrU "i8x16.shr_u" (simd::VShift<simd::I8x16ShrU>,);
            I16x8Shl "i16x8.shl" (simd::VShift<simd::I16x8Shl>,);
            I16x8ShrS "i16x8.shr_s" (simd::VShift<simd::I16x8ShrS>,);
            I16x8ShrU "i16x8.shr_u" (simd::VShift<simd::I16x8ShrU>,);
            I32x4Shl "i32x4.shl" (simd::VShift<simd::I32x4Shl>,);
            I32x4ShrS "i32x4.shr_s" (simd::VShift<simd::I32x4ShrS>,);
            I32x4ShrU "i32x4.shr_u" (simd::VShift<simd::I32x4ShrU>,);
            I64x2Shl "i64x2.shl" (simd::VShift<simd::I64x2Shl>,);
            I64x2ShrS "i64x2.shr_s" (simd::VShift<simd::I64x2ShrS>,);
            I64x2ShrU "i64x2.shr_u" (simd::VShift<simd::I64x2ShrU>,);
            I8x16AllTrue "i8x16.all_true" (simd::VTest<simd::I8x16AllTrue>,);
            I8x16Bitmask "i8x16.bitmask" (simd::VTest<simd::I8x16Bitmask>,);
            I16x8AllTrue "i16x8.all_true" (simd::VTest<simd::I16x8AllTrue>,);
            I16x8Bitmask "i16x8.bitmask" (simd::VTest<simd::I16x8Bitmask>,);
            I32x4AllTrue "i32x4.all_true" (simd::VTest<simd::I32x4AllTrue>,);
            I32x4Bitmask "i32x4.bitmask" (simd::VTest<simd::I32x4Bitmask>,);
            I64x2AllTrue "i64x2.all_true" (simd::VTest<simd::I64x2AllTrue>,);
            I64x2Bitmask "i64x2.bitmask" (simd::VTest<simd::I64x2Bitmask>,);
            V128AnyTrue "v128.any_true" (simd::VTest<simd::V128AnyTrue>,);
            I8x16Splat "i8x16.splat" (simd::VSplat<simd::I8x16Splat>,);
            I16x8Splat "i16x8.splat" (simd::VSplat<simd::I16x8Splat>,);
            I32x4Splat "i32x4.splat" (simd::VSplat<simd::I32x4Splat>,);
            I64x2Splat "i64x2.splat" (simd::VSplat<simd::I64x2Splat>,);
            F32x4Splat "f32x4.splat" (simd::VSplat<simd::F32x4Splat>,);
            F64x2Splat "f64x2.splat" (simd::VSplat<simd::F64x2Splat>,);
            I8x16ExtractLaneS "i8x16.extract_lane_s" (simd::VExtract<simd::I8x16ExtractLaneS>,);
            I8x16ExtractLaneU "i8x16.extract_lane_u" (simd::VExtract<simd::I8x16ExtractLaneU>,);
            I16x8ExtractLaneS "i16x8.extract_lane_s" (simd::VExtract<simd::I16x8ExtractLaneS>,);
            I16x8ExtractLaneU "i16x8.extract_lane_u" (simd::VExtract<simd::I16x8ExtractLaneU>,);
            I32x4ExtractLane "i32x4.extract_lane" (simd::VExtract<simd::I32x4ExtractLane>,);
            I64x2ExtractLane "i64x2.extract_lane" (simd::VExtract<simd::I64x2ExtractLane>,);
            F32x4ExtractLane "f32x4.extract_lane" (simd::VExtract<simd::F32x4ExtractLane>,);
            F64x2ExtractLane "f64x2.extract_lane" (simd::VExtract<simd::F64x2ExtractLane>,);
            I8x16ReplaceLane "i8x16.replace_lane" (simd::VReplace<simd::I8x16ReplaceLane>,);
            I16x8ReplaceLane "i16x8.replace_lane" (simd::VReplace<simd::I16x8ReplaceLane>,);
            I32x4ReplaceLane "i32x4.replace_lane" (simd::VReplace<simd::I32x4ReplaceLane>,);
            I64x2ReplaceLane "i64x2.replace_lane" (simd::VReplace<simd::I64x2ReplaceLane>,);
            F32x4ReplaceLane "f32x4.replace_lane" (simd::VReplace<simd::F32x4ReplaceLane>,);
            F64x2ReplaceLane "f64x2.replace_lane" (simd::VReplace<simd::F64x2ReplaceLane>,);
            V128Load "v128.load" simd::VLoads<simd::V128Load, 16>;
            V128Load8x8S "v128.load8x8_s" simd::VLoads<simd::V128Load8x8S, 8>;
            V128Load8x8U "v128.load8x8_u" simd::VLoads<simd::V128Load8x8U, 8>;
            V128Load16x4S "v128.load16x4_s" simd::VLoads<simd::V128Load16x4S, 8>;
            V128Load16x4U "v128.load16x4_u" simd::VLoads<simd::V128Load16x4U, 8>;
            V128Load32x2S "v128.load32x2_s" simd::VLoads<simd::V128Load32x2S, 8>;
            V128Load32x2U "v128.load32x2_u" simd::VLoads<simd::V128Load32x2U, 8>;
            V128Load8Splat "v128.load8_splat" simd::VLoads<simd::V128Load8Splat, 1>;
            V128Load16Splat "v128.load16_splat" simd::VLoads<simd::V128Load16Splat, 2>;
            V128Load32Splat "v128.load32_splat" simd::VLoads<simd::V128Load32Splat, 4>;
            V128Load64Splat "v128.load64_splat" simd::VLoads<simd::V128Load64Splat, 8>;
            V128Load32Zero "v128.load32_zero" simd::VLoads<simd::V128Load32Zero, 4>;
            V128Load64Zero "v128.load64_zero" simd::VLoads<simd::V128Load64Zero, 8>;
            I8x16Shuffle "i8x16.shuffle" (simd::Shuffle,);
            V128Store "v128.store" simd::VStores;
            V128Load8Lane "v128.load8_lane" (simd::LoadLane<u32, 1>, simd::LoadLane<u64, 1>);
            V128Store8Lane "v128.store8_lane" (simd::StoreLane<u32, 1>, simd::StoreLane<u64, 1>);
            V128Load16Lane "v128.load16_lane" (simd::LoadLane<u32, 2>, simd::LoadLane<u64, 2>);
            V128Store16Lane "v128.store16_lane" (simd::StoreLane<u32, 2>, simd::StoreLane<u64, 2>);
            V128Load32Lane "v128.load32_lane" (simd::LoadLane<u32, 4>, simd::LoadLane<u64, 4>);
            V128Store32Lane "v128.store32_lane" (simd::StoreLane<u32, 4>, simd::StoreLane<u64, 4>);
            V128Load64Lane "v128.load64_lane" (simd::LoadLane<u32, 8>, simd::LoadLane<u64, 8>);
            V128Store64Lane "v128.store64_lane" (simd::StoreLane<u32, 8>, simd::StoreLane<u64, 8>);
            TableCopy "table.copy" (table::TableCopy,);
            TableInit "table.init" (table::TableInit,);
            ElemDrop "elem.drop" (table::ElemDrop,);
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

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
            Foreign "foreign" (crate::exec::stack::Foreign,);
            Unreachable "unreachable" (crate::exec::control::Unreachable,);
            Br "br" (crate::exec::control::Br<false>, crate::exec::control::Br<true>, crate::exec::fused::BrCopy<false>, crate::exec::fused::BrCopy<true>, crate::exec::fused::BrConst<false>, crate::exec::fused::BrConst<true>, crate::exec::fused::BrAdd<false>, crate::exec::fused::BrAdd<true>);
            BrTable "br_table" crate::exec::control::BrTables;
            Zero "zero" (crate::exec::control::Zero, crate::exec::control::ZeroFew<1>, crate::exec::control::ZeroFew<2>, crate::exec::control::ZeroFew<3>, crate::exec::control::ZeroFew<4>, crate::exec::control::ZeroFew<5>, crate::exec::control::ZeroFew<6>, crate::exec::control::ZeroFew<7>, crate::exec::control::ZeroFew<8>, crate::exec::control::ZeroFew<9>, crate::exec::control::ZeroFew<10>, crate::exec::control::ZeroFew<11>, crate::exec::control::ZeroFew<12>, crate::exec::control::ZeroFew<13>, crate::exec::control::ZeroFew<14>);
            ZeroFuel "zero" (crate::exec::control::ZeroFuel<0>, crate::exec::control::ZeroFuel<1>, crate::exec::control::ZeroFuel<2>, crate::exec::control::ZeroFuel<3>, crate::exec::control::ZeroFuel<4>, crate::exec::control::ZeroFuel<5>, crate::exec::control::ZeroFuel<6>, crate::exec::control::ZeroFuel<7>, crate::exec::control::ZeroFuel<8>, crate::exec::control::ZeroFuel<9>, crate::exec::control::ZeroFuel<10>, crate::exec::control::ZeroFuel<11>, crate::exec::control::ZeroFuel<12>, crate::exec::control::ZeroFuel<13>, crate::exec::control::ZeroFuel<14>);
            Ret0 "return" (crate::exec::control::Ret0<false>, crate::exec::control::Ret0<true>);
            Ret1 "return1" crate::exec::control::Ret1s;
            RetN "return_n" (crate::exec::control::RetN<false>, crate::exec::control::RetN<true>);
            Call "call" (crate::exec::control::Call<false>, crate::exec::control::CallCopy<false>, crate::exec::control::CallCopy2<false>, crate::exec::control::CallLea<false>, crate::exec::control::Call<true>, crate::exec::control::CallCopy<true>, crate::exec::control::CallCopy2<true>, crate::exec::control::CallLea<true>);
            CallImport "call_import" (crate::exec::control::CallImport,);
            CallIndirect "call_indirect" crate::exec::control::CallIndirects;
            CallRef "call_ref" (crate::exec::control::CallRef,);
            TailCall "return_call" (crate::exec::control::TailCall,);
            TailCallImport "return_call_import" (crate::exec::control::TailCallImport,);
            TailCallIndirect "return_call_indirect" (crate::exec::control::TailCallIndirect<u32>, crate::exec::control::TailCallIndirect<u64>);
            TailCallRef "return_call_ref" (crate::exec::control::TailCallRef,);
            Fuel "fuel" (crate::exec::control::Fuel,);
            Epoch "epoch" (crate::exec::control::Epoch,);
            CallHeat "heat" (crate::exec::control::CallHeat,);
            LoopHeat "loop_heat" (crate::exec::control::LoopHeat,);
            Lea "lea" (crate::exec::numeric::Lea,);
            Copy "copy" (crate::exec::numeric::Copy, crate::exec::numeric::Copy2, crate::exec::fused::Copy4, crate::exec::numeric::CopyRun);
            Const "const" (crate::exec::numeric::ConstSmall, crate::exec::numeric::Const, crate::exec::fused::Const2);
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
            I32ShlAdd "i32.shl add" crate::exec::fused::ShiftedOp<crate::exec::numeric::I32Shl, crate::exec::numeric::I32Add>;
            I32ShlXor "i32.shl xor" crate::exec::fused::ShiftedOp<crate::exec::numeric::I32Shl, crate::exec::numeric::I32Xor>;
            I32ShrUXor "i32.shr_u xor" crate::exec::fused::ShiftedOp<crate::exec::numeric::I32ShrU, crate::exec::numeric::I32Xor>;
            I32RotlXor "i32.rotl xor" crate::exec::fused::ShiftedOp<crate::exec::numeric::I32Rotl, crate::exec::numeric::I32Xor>;
            I64ShrUXor "i64.shr_u xor" crate::exec::fused::ShiftedOp<crate::exec::numeric::I64ShrU, crate::exec::numeric::I64Xor>;
            I64RotlXor "i64.rotl xor" crate::exec::fused::ShiftedOp<crate::exec::numeric::I64Rotl, crate::exec::numeric::I64Xor>;
            I64RotlAdd "i64.rotl add" crate::exec::fused::ShiftedOp<crate::exec::numeric::I64Rotl, crate::exec::numeric::I64Add>;
            I32XorRotl "i32.xor rotl" crate::exec::fused::OpShifted<crate::exec::numeric::I32Xor, crate::exec::numeric::I32Rotl>;
            I64XorRotl "i64.xor rotl" crate::exec::fused::OpShifted<crate::exec::numeric::I64Xor, crate::exec::numeric::I64Rotl>;
            I32AddAdd "i32.add add" crate::exec::fused::Pair<crate::exec::numeric::I32Add, crate::exec::numeric::I32Add>;
            I32AddXor "i32.add xor" crate::exec::fused::Pair<crate::exec::numeric::I32Add, crate::exec::numeric::I32Xor>;
            I32XorAdd "i32.xor add" crate::exec::fused::Pair<crate::exec::numeric::I32Xor, crate::exec::numeric::I32Add>;
            I32XorAnd "i32.xor and" crate::exec::fused::Pair<crate::exec::numeric::I32Xor, crate::exec::numeric::I32And>;
            I32AndXor "i32.and xor" crate::exec::fused::Pair<crate::exec::numeric::I32And, crate::exec::numeric::I32Xor>;
            I32AndOr "i32.and or" crate::exec::fused::Pair<crate::exec::numeric::I32And, crate::exec::numeric::I32Or>;
            I32MulAddS "i32.mul add" crate::exec::fused::Pair<crate::exec::numeric::I32Mul, crate::exec::numeric::I32Add>;
            I64MulAdd "i64.mul add" crate::exec::fused::Pair<crate::exec::numeric::I64Mul, crate::exec::numeric::I64Add>;
            F64AddAdd "f64.add add" crate::exec::fused::Pair<crate::exec::numeric::F64Add, crate::exec::numeric::F64Add>;
            F64AddMul "f64.add mul" crate::exec::fused::Pair<crate::exec::numeric::F64Add, crate::exec::numeric::F64Mul>;
            F64MulAdd "f64.mul add" crate::exec::fused::Pair<crate::exec::numeric::F64Mul, crate::exec::numeric::F64Add>;
            F64MulMul "f64.mul mul" crate::exec::fused::Pair<crate::exec::numeric::F64Mul, crate::exec::numeric::F64Mul>;
            F64SubAdd "f64.sub add" crate::exec::fused::Pair<crate::exec::numeric::F64Sub, crate::exec::numeric::F64Add>;
            F64SubMul "f64.sub mul" crate::exec::fused::Pair<crate::exec::numeric::F64Sub, crate::exec::numeric::F64Mul>;
            F64MulSub "f64.mul sub" crate::exec::fused::Pair<crate::exec::numeric::F64Mul, crate::exec::numeric::F64Sub>;
            F64MulSubFrom "f64.mul sub_from" crate::exec::fused::Pair<crate::exec::numeric::F64Mul, crate::exec::fused::Swap<crate::exec::numeric::F64Sub>>;
            I32MulAdd "i32.mul add_n" crate::exec::fused::MulAdds;
            I32LoadAdd "i32.load add" crate::exec::fused::LoadOps<crate::exec::memory::I32Load, crate::exec::numeric::I32Add>;
            I32LoadMul "i32.load mul" crate::exec::fused::LoadOps<crate::exec::memory::I32Load, crate::exec::numeric::I32Mul>;
            I32LoadAnd "i32.load and" crate::exec::fused::LoadOps<crate::exec::memory::I32Load, crate::exec::numeric::I32And>;
            I32LoadXor "i32.load xor" crate::exec::fused::LoadOps<crate::exec::memory::I32Load, crate::exec::numeric::I32Xor>;
            I32LoadSub "i32.load sub" crate::exec::fused::LoadOps<crate::exec::memory::I32Load, crate::exec::numeric::I32Sub>;
            I32LoadSubFrom "i32.load sub_from" crate::exec::fused::LoadOps<crate::exec::memory::I32Load, crate::exec::fused::Swap<crate::exec::numeric::I32Sub>>;
            I32Load8UAdd "i32.load8_u add" crate::exec::fused::LoadOps<crate::exec::memory::I32Load8U, crate::exec::numeric::I32Add>;
            I64LoadAdd "i64.load add" crate::exec::fused::LoadOps<crate::exec::memory::I64Load, crate::exec::numeric::I64Add>;
            I64LoadXor "i64.load xor" crate::exec::fused::LoadOps<crate::exec::memory::I64Load, crate::exec::numeric::I64Xor>;
            F64LoadAdd "f64.load add" crate::exec::fused::LoadOps<crate::exec::memory::F64Load, crate::exec::numeric::F64Add>;
            F64LoadMul "f64.load mul" crate::exec::fused::LoadOps<crate::exec::memory::F64Load, crate::exec::numeric::F64Mul>;
            F64LoadSub "f64.load sub" crate::exec::fused::LoadOps<crate::exec::memory::F64Load, crate::exec::numeric::F64Sub>;
            F64LoadSubFrom "f64.load sub_from" crate::exec::fused::LoadOps<crate::exec::memory::F64Load, crate::exec::fused::Swap<crate::exec::numeric::F64Sub>>;
            Add2 "add2" (crate::exec::fused::Add2,);
            Add2Br "add2 br_if i32.ne" crate::exec::fused::Add2Brs;
            BrI32LoadEq "i32.load br_if i32.eq" crate::exec::fused::LoadBrs<crate::exec::memory::I32Load, crate::exec::numeric::I32Eq>;
            BrI32LoadNe "i32.load br_if i32.ne" crate::exec::fused::LoadBrs<crate::exec::memory::I32Load, crate::exec::numeric::I32Ne>;
            BrI32Load8UEq "i32.load8_u br_if i32.eq" crate::exec::fused::LoadBrs<crate::exec::memory::I32Load8U, crate::exec::numeric::I32Eq>;
            BrI32Load8UNe "i32.load8_u br_if i32.ne" crate::exec::fused::LoadBrs<crate::exec::memory::I32Load8U, crate::exec::numeric::I32Ne>;
            I32AddBoth "i32.add i32.add" (crate::exec::fused::AddBoth,);
            I32MemoryAdd "i32.load add store" (crate::exec::fused::MemoryAdd,);
            I32Load2 "i32.load2" (crate::exec::fused::Load2<crate::exec::machine::S>, crate::exec::fused::Load2<crate::exec::machine::R>);
            I32Store2 "i32.store2" (crate::exec::fused::Store2,);
            I32LoadStore "i32.load store" (crate::exec::fused::LoadStore<4>,);
            I64LoadStore "i64.load store" (crate::exec::fused::LoadStore<8>,);
            AddCopy "add copy" (crate::exec::fused::AddCopy,);
            I32SumCopy "i32.add copy" crate::exec::fused::SumCopies<u32>;
            I64SumCopy "i64.add copy" crate::exec::fused::SumCopies<u64>;
            RetSum "global.set return" crate::exec::fused::RetSums;
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
            AddBrI32Eq "add br_if i32.eq" crate::exec::control::AddBranches<crate::exec::numeric::I32Eq>;
            AddBrI32Ne "add br_if i32.ne" crate::exec::control::AddBranches<crate::exec::numeric::I32Ne>;
            AddBrI32LtS "add br_if i32.lt_s" crate::exec::control::AddBranches<crate::exec::numeric::I32LtS>;
            AddBrI32LtU "add br_if i32.lt_u" crate::exec::control::AddBranches<crate::exec::numeric::I32LtU>;
            AddBrI32GtS "add br_if i32.gt_s" crate::exec::control::AddBranches<crate::exec::numeric::I32GtS>;
            AddBrI32GtU "add br_if i32.gt_u" crate::exec::control::AddBranches<crate::exec::numeric::I32GtU>;
            AddBrI32LeS "add br_if i32.le_s" crate::exec::control::AddBranches<crate::exec::numeric::I32LeS>;
            AddBrI32LeU "add br_if i32.le_u" crate::exec::control::AddBranches<crate::exec::numeric::I32LeU>;
            AddBrI32GeS "add br_if i32.ge_s" crate::exec::control::AddBranches<crate::exec::numeric::I32GeS>;
            AddBrI32GeU "add br_if i32.ge_u" crate::exec::control::AddBranches<crate::exec::numeric::I32GeU>;
            AddBrI64Eq "add br_if i64.eq" crate::exec::control::AddBranches<crate::exec::numeric::I64Eq>;
            AddBrI64Ne "add br_if i64.ne" crate::exec::control::AddBranches<crate::exec::numeric::I64Ne>;
            AddBrI64LtU "add br_if i64.lt_u" crate::exec::control::AddBranches<crate::exec::numeric::I64LtU>;
            AddBrI64GeU "add br_if i64.ge_u" crate::exec::control::AddBranches<crate::exec::numeric::I64GeU>;
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
            MemoryFill "memory.fill" (crate::exec::memory::MemoryFill<false>, crate::exec::memory::MemoryFill<true>, crate::exec::memory::Fill0);
            MemoryCopy "memory.copy" (crate::exec::memory::MemoryCopy, crate::exec::memory::Copy0);
            MemoryInit "memory.init" (crate::exec::memory::MemoryInit,);
            DataDrop "data.drop" (crate::exec::memory::DataDrop,);
            GlobalGet "global.get" (crate::exec::table::GlobalGet, crate::exec::table::GlobalGetWide);
            GlobalSet "global.set" (crate::exec::table::GlobalSet, crate::exec::table::GlobalSetWide, crate::exec::table::GlobalSetSum);
            GlobalAdd "global.add" (crate::exec::table::GlobalAdd,);
            RefFunc "ref.func" (crate::exec::table::RefFunc,);
            RefAsNonNull "ref.as_non_null" (crate::exec::table::RefAsNonNull,);
            TableGet "table.get" (crate::exec::table::TableGet<false>, crate::exec::table::TableGet<true>);
            TableSet "table.set" (crate::exec::table::TableSet<false>, crate::exec::table::TableSet<true>);
            TableSize "table.size" (crate::exec::table::TableSize,);
            TableGrow "table.grow" (crate::exec::table::TableGrow<false>, crate::exec::table::TableGrow<true>);
            TableFill "table.fill" (crate::exec::table::TableFill<false>, crate::exec::table::TableFill<true>);
            Throw "throw" (crate::exec::control::Throw,);
            ThrowRef "throw_ref" (crate::exec::control::ThrowRef,);
            AtomicLoad8 "atomic8.load" crate::exec::atomic::AtomicLoads<u8>;
            Atomic8Add "atomic8.rmw.add" crate::exec::atomic::Rmws<u8, crate::exec::atomic::Add>;
            Atomic8Sub "atomic8.rmw.sub" crate::exec::atomic::Rmws<u8, crate::exec::atomic::Sub>;
            Atomic8And "atomic8.rmw.and" crate::exec::atomic::Rmws<u8, crate::exec::atomic::And>;
            Atomic8Or "atomic8.rmw.or" crate::exec::atomic::Rmws<u8, crate::exec::atomic::Or>;
            Atomic8Xor "atomic8.rmw.xor" crate::exec::atomic::Rmws<u8, crate::exec::atomic::Xor>;
            Atomic8Xchg "atomic8.rmw.xchg" crate::exec::atomic::Rmws<u8, crate::exec::atomic::Xchg>;
            Atomic8Cmpxchg "atomic8.rmw.cmpxchg" crate::exec::atomic::Cmpxchgs<u8>;
            AtomicLoad16 "atomic16.load" crate::exec::atomic::AtomicLoads<u16>;
            Atomic16Add "atomic16.rmw.add" crate::exec::atomic::Rmws<u16, crate::exec::atomic::Add>;
            Atomic16Sub "atomic16.rmw.sub" crate::exec::atomic::Rmws<u16, crate::exec::atomic::Sub>;
            Atomic16And "atomic16.rmw.and" crate::exec::atomic::Rmws<u16, crate::exec::atomic::And>;
            Atomic16Or "atomic16.rmw.or" crate::exec::atomic::Rmws<u16, crate::exec::atomic::Or>;
            Atomic16Xor "atomic16.rmw.xor" crate::exec::atomic::Rmws<u16, crate::exec::atomic::Xor>;
            Atomic16Xchg "atomic16.rmw.xchg" crate::exec::atomic::Rmws<u16, crate::exec::atomic::Xchg>;
            Atomic16Cmpxchg "atomic16.rmw.cmpxchg" crate::exec::atomic::Cmpxchgs<u16>;
            AtomicLoad32 "atomic32.load" crate::exec::atomic::AtomicLoads<u32>;
            Atomic32Add "atomic32.rmw.add" crate::exec::atomic::Rmws<u32, crate::exec::atomic::Add>;
            Atomic32Sub "atomic32.rmw.sub" crate::exec::atomic::Rmws<u32, crate::exec::atomic::Sub>;
            Atomic32And "atomic32.rmw.and" crate::exec::atomic::Rmws<u32, crate::exec::atomic::And>;
            Atomic32Or "atomic32.rmw.or" crate::exec::atomic::Rmws<u32, crate::exec::atomic::Or>;
            Atomic32Xor "atomic32.rmw.xor" crate::exec::atomic::Rmws<u32, crate::exec::atomic::Xor>;
            Atomic32Xchg "atomic32.rmw.xchg" crate::exec::atomic::Rmws<u32, crate::exec::atomic::Xchg>;
            Atomic32Cmpxchg "atomic32.rmw.cmpxchg" crate::exec::atomic::Cmpxchgs<u32>;
            AtomicLoad64 "atomic64.load" crate::exec::atomic::AtomicLoads<u64>;
            Atomic64Add "atomic64.rmw.add" crate::exec::atomic::Rmws<u64, crate::exec::atomic::Add>;
            Atomic64Sub "atomic64.rmw.sub" crate::exec::atomic::Rmws<u64, crate::exec::atomic::Sub>;
            Atomic64And "atomic64.rmw.and" crate::exec::atomic::Rmws<u64, crate::exec::atomic::And>;
            Atomic64Or "atomic64.rmw.or" crate::exec::atomic::Rmws<u64, crate::exec::atomic::Or>;
            Atomic64Xor "atomic64.rmw.xor" crate::exec::atomic::Rmws<u64, crate::exec::atomic::Xor>;
            Atomic64Xchg "atomic64.rmw.xchg" crate::exec::atomic::Rmws<u64, crate::exec::atomic::Xchg>;
            Atomic64Cmpxchg "atomic64.rmw.cmpxchg" crate::exec::atomic::Cmpxchgs<u64>;
            Notify "memory.atomic.notify" (crate::exec::atomic::Park<u32, 0>, crate::exec::atomic::Park<u64, 0>);
            Wait32 "memory.atomic.wait32" (crate::exec::atomic::Park<u32, 4>, crate::exec::atomic::Park<u64, 4>);
            Wait64 "memory.atomic.wait64" (crate::exec::atomic::Park<u32, 8>, crate::exec::atomic::Park<u64, 8>);
            Fence "atomic.fence" (crate::exec::atomic::Fence,);
            Add128 "i64.add128" (crate::exec::atomic::Wide<false>,);
            Sub128 "i64.sub128" (crate::exec::atomic::Wide<true>,);
            MulWideS "i64.mul_wide_s" (crate::exec::atomic::MulWide<true>,);
            MulWideU "i64.mul_wide_u" (crate::exec::atomic::MulWide<false>,);
            I8x16Abs "i8x16.abs" (crate::exec::simd::V1<crate::exec::simd::I8x16Abs>,);
            I8x16Neg "i8x16.neg" (crate::exec::simd::V1<crate::exec::simd::I8x16Neg>,);
            I16x8Abs "i16x8.abs" (crate::exec::simd::V1<crate::exec::simd::I16x8Abs>,);
            I16x8Neg "i16x8.neg" (crate::exec::simd::V1<crate::exec::simd::I16x8Neg>,);
            I32x4Abs "i32x4.abs" (crate::exec::simd::V1<crate::exec::simd::I32x4Abs>,);
            I32x4Neg "i32x4.neg" (crate::exec::simd::V1<crate::exec::simd::I32x4Neg>,);
            I64x2Abs "i64x2.abs" (crate::exec::simd::V1<crate::exec::simd::I64x2Abs>,);
            I64x2Neg "i64x2.neg" (crate::exec::simd::V1<crate::exec::simd::I64x2Neg>,);
            I8x16Popcnt "i8x16.popcnt" (crate::exec::simd::V1<crate::exec::simd::I8x16Popcnt>,);
            I16x8ExtendLowI8x16S "i16x8.extend_low_i8x16_s" (crate::exec::simd::V1<crate::exec::simd::I16x8ExtendLowI8x16S>,);
            I16x8ExtendHighI8x16S "i16x8.extend_high_i8x16_s" (crate::exec::simd::V1<crate::exec::simd::I16x8ExtendHighI8x16S>,);
            I16x8ExtAddPairwiseI8x16S "i16x8.ext_add_pairwise_i8x16_s" (crate::exec::simd::V1<crate::exec::simd::I16x8ExtAddPairwiseI8x16S>,);
            I16x8ExtendLowI8x16U "i16x8.extend_low_i8x16_u" (crate::exec::simd::V1<crate::exec::simd::I16x8ExtendLowI8x16U>,);
            I16x8ExtendHighI8x16U "i16x8.extend_high_i8x16_u" (crate::exec::simd::V1<crate::exec::simd::I16x8ExtendHighI8x16U>,);
            I16x8ExtAddPairwiseI8x16U "i16x8.ext_add_pairwise_i8x16_u" (crate::exec::simd::V1<crate::exec::simd::I16x8ExtAddPairwiseI8x16U>,);
            I32x4ExtendLowI16x8S "i32x4.extend_low_i16x8_s" (crate::exec::simd::V1<crate::exec::simd::I32x4ExtendLowI16x8S>,);
            I32x4ExtendHighI16x8S "i32x4.extend_high_i16x8_s" (crate::exec::simd::V1<crate::exec::simd::I32x4ExtendHighI16x8S>,);
            I32x4ExtAddPairwiseI16x8S "i32x4.ext_add_pairwise_i16x8_s" (crate::exec::simd::V1<crate::exec::simd::I32x4ExtAddPairwiseI16x8S>,);
            I32x4ExtendLowI16x8U "i32x4.extend_low_i16x8_u" (crate::exec::simd::V1<crate::exec::simd::I32x4ExtendLowI16x8U>,);
            I32x4ExtendHighI16x8U "i32x4.extend_high_i16x8_u" (crate::exec::simd::V1<crate::exec::simd::I32x4ExtendHighI16x8U>,);
            I32x4ExtAddPairwiseI16x8U "i32x4.ext_add_pairwise_i16x8_u" (crate::exec::simd::V1<crate::exec::simd::I32x4ExtAddPairwiseI16x8U>,);
            I64x2ExtendLowI32x4S "i64x2.extend_low_i32x4_s" (crate::exec::simd::V1<crate::exec::simd::I64x2ExtendLowI32x4S>,);
            I64x2ExtendHighI32x4S "i64x2.extend_high_i32x4_s" (crate::exec::simd::V1<crate::exec::simd::I64x2ExtendHighI32x4S>,);
            I64x2ExtendLowI32x4U "i64x2.extend_low_i32x4_u" (crate::exec::simd::V1<crate::exec::simd::I64x2ExtendLowI32x4U>,);
            I64x2ExtendHighI32x4U "i64x2.extend_high_i32x4_u" (crate::exec::simd::V1<crate::exec::simd::I64x2ExtendHighI32x4U>,);
            V128Not "v128.not" (crate::exec::simd::V1<crate::exec::simd::V128Not>,);
            F32x4Ceil "f32x4.ceil" (crate::exec::simd::V1<crate::exec::simd::F32x4Ceil>,);
            F32x4Floor "f32x4.floor" (crate::exec::simd::V1<crate::exec::simd::F32x4Floor>,);
            F32x4Trunc "f32x4.trunc" (crate::exec::simd::V1<crate::exec::simd::F32x4Trunc>,);
            F32x4Nearest "f32x4.nearest" (crate::exec::simd::V1<crate::exec::simd::F32x4Nearest>,);
            F32x4Sqrt "f32x4.sqrt" (crate::exec::simd::V1<crate::exec::simd::F32x4Sqrt>,);
            F32x4Abs "f32x4.abs" (crate::exec::simd::V1<crate::exec::simd::F32x4Abs>,);
            F32x4Neg "f32x4.neg" (crate::exec::simd::V1<crate::exec::simd::F32x4Neg>,);
            F32x4Canon "f32x4.canon" (crate::exec::simd::V1<crate::exec::simd::F32x4Canon>,);
            F64x2Ceil "f64x2.ceil" (crate::exec::simd::V1<crate::exec::simd::F64x2Ceil>,);
            F64x2Floor "f64x2.floor" (crate::exec::simd::V1<crate::exec::simd::F64x2Floor>,);
            F64x2Trunc "f64x2.trunc" (crate::exec::simd::V1<crate::exec::simd::F64x2Trunc>,);
            F64x2Nearest "f64x2.nearest" (crate::exec::simd::V1<crate::exec::simd::F64x2Nearest>,);
            F64x2Sqrt "f64x2.sqrt" (crate::exec::simd::V1<crate::exec::simd::F64x2Sqrt>,);
            F64x2Abs "f64x2.abs" (crate::exec::simd::V1<crate::exec::simd::F64x2Abs>,);
            F64x2Neg "f64x2.neg" (crate::exec::simd::V1<crate::exec::simd::F64x2Neg>,);
            F64x2Canon "f64x2.canon" (crate::exec::simd::V1<crate::exec::simd::F64x2Canon>,);
            I32x4TruncSatF32x4S "i32x4.trunc_sat_f32x4_s" (crate::exec::simd::V1<crate::exec::simd::I32x4TruncSatF32x4S>,);
            I32x4TruncSatF64x2SZero "i32x4.trunc_sat_f64x2_s_zero" (crate::exec::simd::V1<crate::exec::simd::I32x4TruncSatF64x2SZero>,);
            F32x4ConvertI32x4S "f32x4.convert_i32x4_s" (crate::exec::simd::V1<crate::exec::simd::F32x4ConvertI32x4S>,);
            F64x2ConvertLowI32x4S "f64x2.convert_low_i32x4_s" (crate::exec::simd::V1<crate::exec::simd::F64x2ConvertLowI32x4S>,);
            I32x4TruncSatF32x4U "i32x4.trunc_sat_f32x4_u" (crate::exec::simd::V1<crate::exec::simd::I32x4TruncSatF32x4U>,);
            I32x4TruncSatF64x2UZero "i32x4.trunc_sat_f64x2_u_zero" (crate::exec::simd::V1<crate::exec::simd::I32x4TruncSatF64x2UZero>,);
            F32x4ConvertI32x4U "f32x4.convert_i32x4_u" (crate::exec::simd::V1<crate::exec::simd::F32x4ConvertI32x4U>,);
            F64x2ConvertLowI32x4U "f64x2.convert_low_i32x4_u" (crate::exec::simd::V1<crate::exec::simd::F64x2ConvertLowI32x4U>,);
            F32x4DemoteF64x2Zero "f32x4.demote_f64x2_zero" (crate::exec::simd::V1<crate::exec::simd::F32x4DemoteF64x2Zero>,);
            F64x2PromoteLowF32x4 "f64x2.promote_low_f32x4" (crate::exec::simd::V1<crate::exec::simd::F64x2PromoteLowF32x4>,);
            I8x16Add "i8x16.add" (crate::exec::simd::V2<crate::exec::simd::I8x16Add>,);
            I8x16Sub "i8x16.sub" (crate::exec::simd::V2<crate::exec::simd::I8x16Sub>,);
            I8x16Eq "i8x16.eq" (crate::exec::simd::V2<crate::exec::simd::I8x16Eq>,);
            I8x16Ne "i8x16.ne" (crate::exec::simd::V2<crate::exec::simd::I8x16Ne>,);
            I8x16LtS "i8x16.lt_s" (crate::exec::simd::V2<crate::exec::simd::I8x16LtS>,);
            I8x16LtU "i8x16.lt_u" (crate::exec::simd::V2<crate::exec::simd::I8x16LtU>,);
            I8x16GtS "i8x16.gt_s" (crate::exec::simd::V2<crate::exec::simd::I8x16GtS>,);
            I8x16GtU "i8x16.gt_u" (crate::exec::simd::V2<crate::exec::simd::I8x16GtU>,);
            I8x16LeS "i8x16.le_s" (crate::exec::simd::V2<crate::exec::simd::I8x16LeS>,);
            I8x16LeU "i8x16.le_u" (crate::exec::simd::V2<crate::exec::simd::I8x16LeU>,);
            I8x16GeS "i8x16.ge_s" (crate::exec::simd::V2<crate::exec::simd::I8x16GeS>,);
            I8x16GeU "i8x16.ge_u" (crate::exec::simd::V2<crate::exec::simd::I8x16GeU>,);
            I8x16MinS "i8x16.min_s" (crate::exec::simd::V2<crate::exec::simd::I8x16MinS>,);
            I8x16MinU "i8x16.min_u" (crate::exec::simd::V2<crate::exec::simd::I8x16MinU>,);
            I8x16MaxS "i8x16.max_s" (crate::exec::simd::V2<crate::exec::simd::I8x16MaxS>,);
            I8x16MaxU "i8x16.max_u" (crate::exec::simd::V2<crate::exec::simd::I8x16MaxU>,);
            I8x16AddSatS "i8x16.add_sat_s" (crate::exec::simd::V2<crate::exec::simd::I8x16AddSatS>,);
            I8x16AddSatU "i8x16.add_sat_u" (crate::exec::simd::V2<crate::exec::simd::I8x16AddSatU>,);
            I8x16SubSatS "i8x16.sub_sat_s" (crate::exec::simd::V2<crate::exec::simd::I8x16SubSatS>,);
            I8x16SubSatU "i8x16.sub_sat_u" (crate::exec::simd::V2<crate::exec::simd::I8x16SubSatU>,);
            I8x16AvgrU "i8x16.avgr_u" (crate::exec::simd::V2<crate::exec::simd::I8x16AvgrU>,);
            I16x8Add "i16x8.add" (crate::exec::simd::V2<crate::exec::simd::I16x8Add>,);
            I16x8Sub "i16x8.sub" (crate::exec::simd::V2<crate::exec::simd::I16x8Sub>,);
            I16x8Mul "i16x8.mul" (crate::exec::simd::V2<crate::exec::simd::I16x8Mul>,);
            I16x8Eq "i16x8.eq" (crate::exec::simd::V2<crate::exec::simd::I16x8Eq>,);
            I16x8Ne "i16x8.ne" (crate::exec::simd::V2<crate::exec::simd::I16x8Ne>,);
            I16x8LtS "i16x8.lt_s" (crate::exec::simd::V2<crate::exec::simd::I16x8LtS>,);
            I16x8LtU "i16x8.lt_u" (crate::exec::simd::V2<crate::exec::simd::I16x8LtU>,);
            I16x8GtS "i16x8.gt_s" (crate::exec::simd::V2<crate::exec::simd::I16x8GtS>,);
            I16x8GtU "i16x8.gt_u" (crate::exec::simd::V2<crate::exec::simd::I16x8GtU>,);
            I16x8LeS "i16x8.le_s" (crate::exec::simd::V2<crate::exec::simd::I16x8LeS>,);
            I16x8LeU "i16x8.le_u" (crate::exec::simd::V2<crate::exec::simd::I16x8LeU>,);
            I16x8GeS "i16x8.ge_s" (crate::exec::simd::V2<crate::exec::simd::I16x8GeS>,);
            I16x8GeU "i16x8.ge_u" (crate::exec::simd::V2<crate::exec::simd::I16x8GeU>,);
            I16x8MinS "i16x8.min_s" (crate::exec::simd::V2<crate::exec::simd::I16x8MinS>,);
            I16x8MinU "i16x8.min_u" (crate::exec::simd::V2<crate::exec::simd::I16x8MinU>,);
            I16x8MaxS "i16x8.max_s" (crate::exec::simd::V2<crate::exec::simd::I16x8MaxS>,);
            I16x8MaxU "i16x8.max_u" (crate::exec::simd::V2<crate::exec::simd::I16x8MaxU>,);
            I16x8AddSatS "i16x8.add_sat_s" (crate::exec::simd::V2<crate::exec::simd::I16x8AddSatS>,);
            I16x8AddSatU "i16x8.add_sat_u" (crate::exec::simd::V2<crate::exec::simd::I16x8AddSatU>,);
            I16x8SubSatS "i16x8.sub_sat_s" (crate::exec::simd::V2<crate::exec::simd::I16x8SubSatS>,);
            I16x8SubSatU "i16x8.sub_sat_u" (crate::exec::simd::V2<crate::exec::simd::I16x8SubSatU>,);
            I16x8AvgrU "i16x8.avgr_u" (crate::exec::simd::V2<crate::exec::simd::I16x8AvgrU>,);
            I32x4Add "i32x4.add" (crate::exec::simd::V2<crate::exec::simd::I32x4Add>,);
            I32x4Sub "i32x4.sub" (crate::exec::simd::V2<crate::exec::simd::I32x4Sub>,);
            I32x4Mul "i32x4.mul" (crate::exec::simd::V2<crate::exec::simd::I32x4Mul>,);
            I32x4Eq "i32x4.eq" (crate::exec::simd::V2<crate::exec::simd::I32x4Eq>,);
            I32x4Ne "i32x4.ne" (crate::exec::simd::V2<crate::exec::simd::I32x4Ne>,);
            I32x4LtS "i32x4.lt_s" (crate::exec::simd::V2<crate::exec::simd::I32x4LtS>,);
            I32x4LtU "i32x4.lt_u" (crate::exec::simd::V2<crate::exec::simd::I32x4LtU>,);
            I32x4GtS "i32x4.gt_s" (crate::exec::simd::V2<crate::exec::simd::I32x4GtS>,);
            I32x4GtU "i32x4.gt_u" (crate::exec::simd::V2<crate::exec::simd::I32x4GtU>,);
            I32x4LeS "i32x4.le_s" (crate::exec::simd::V2<crate::exec::simd::I32x4LeS>,);
            I32x4LeU "i32x4.le_u" (crate::exec::simd::V2<crate::exec::simd::I32x4LeU>,);
            I32x4GeS "i32x4.ge_s" (crate::exec::simd::V2<crate::exec::simd::I32x4GeS>,);
            I32x4GeU "i32x4.ge_u" (crate::exec::simd::V2<crate::exec::simd::I32x4GeU>,);
            I32x4MinS "i32x4.min_s" (crate::exec::simd::V2<crate::exec::simd::I32x4MinS>,);
            I32x4MinU "i32x4.min_u" (crate::exec::simd::V2<crate::exec::simd::I32x4MinU>,);
            I32x4MaxS "i32x4.max_s" (crate::exec::simd::V2<crate::exec::simd::I32x4MaxS>,);
            I32x4MaxU "i32x4.max_u" (crate::exec::simd::V2<crate::exec::simd::I32x4MaxU>,);
            I64x2Add "i64x2.add" (crate::exec::simd::V2<crate::exec::simd::I64x2Add>,);
            I64x2Sub "i64x2.sub" (crate::exec::simd::V2<crate::exec::simd::I64x2Sub>,);
            I64x2Mul "i64x2.mul" (crate::exec::simd::V2<crate::exec::simd::I64x2Mul>,);
            I64x2Eq "i64x2.eq" (crate::exec::simd::V2<crate::exec::simd::I64x2Eq>,);
            I64x2Ne "i64x2.ne" (crate::exec::simd::V2<crate::exec::simd::I64x2Ne>,);
            I64x2LtS "i64x2.lt_s" (crate::exec::simd::V2<crate::exec::simd::I64x2LtS>,);
            I64x2GtS "i64x2.gt_s" (crate::exec::simd::V2<crate::exec::simd::I64x2GtS>,);
            I64x2LeS "i64x2.le_s" (crate::exec::simd::V2<crate::exec::simd::I64x2LeS>,);
            I64x2GeS "i64x2.ge_s" (crate::exec::simd::V2<crate::exec::simd::I64x2GeS>,);
            I16x8ExtMulLowI8x16S "i16x8.ext_mul_low_i8x16_s" (crate::exec::simd::V2<crate::exec::simd::I16x8ExtMulLowI8x16S>,);
            I16x8ExtMulHighI8x16S "i16x8.ext_mul_high_i8x16_s" (crate::exec::simd::V2<crate::exec::simd::I16x8ExtMulHighI8x16S>,);
            I16x8ExtMulLowI8x16U "i16x8.ext_mul_low_i8x16_u" (crate::exec::simd::V2<crate::exec::simd::I16x8ExtMulLowI8x16U>,);
            I16x8ExtMulHighI8x16U "i16x8.ext_mul_high_i8x16_u" (crate::exec::simd::V2<crate::exec::simd::I16x8ExtMulHighI8x16U>,);
            I32x4ExtMulLowI16x8S "i32x4.ext_mul_low_i16x8_s" (crate::exec::simd::V2<crate::exec::simd::I32x4ExtMulLowI16x8S>,);
            I32x4ExtMulHighI16x8S "i32x4.ext_mul_high_i16x8_s" (crate::exec::simd::V2<crate::exec::simd::I32x4ExtMulHighI16x8S>,);
            I32x4ExtMulLowI16x8U "i32x4.ext_mul_low_i16x8_u" (crate::exec::simd::V2<crate::exec::simd::I32x4ExtMulLowI16x8U>,);
            I32x4ExtMulHighI16x8U "i32x4.ext_mul_high_i16x8_u" (crate::exec::simd::V2<crate::exec::simd::I32x4ExtMulHighI16x8U>,);
            I64x2ExtMulLowI32x4S "i64x2.ext_mul_low_i32x4_s" (crate::exec::simd::V2<crate::exec::simd::I64x2ExtMulLowI32x4S>,);
            I64x2ExtMulHighI32x4S "i64x2.ext_mul_high_i32x4_s" (crate::exec::simd::V2<crate::exec::simd::I64x2ExtMulHighI32x4S>,);
            I64x2ExtMulLowI32x4U "i64x2.ext_mul_low_i32x4_u" (crate::exec::simd::V2<crate::exec::simd::I64x2ExtMulLowI32x4U>,);
            I64x2ExtMulHighI32x4U "i64x2.ext_mul_high_i32x4_u" (crate::exec::simd::V2<crate::exec::simd::I64x2ExtMulHighI32x4U>,);
            I8x16NarrowI16x8S "i8x16.narrow_i16x8_s" (crate::exec::simd::V2<crate::exec::simd::I8x16NarrowI16x8S>,);
            I8x16NarrowI16x8U "i8x16.narrow_i16x8_u" (crate::exec::simd::V2<crate::exec::simd::I8x16NarrowI16x8U>,);
            I16x8NarrowI32x4S "i16x8.narrow_i32x4_s" (crate::exec::simd::V2<crate::exec::simd::I16x8NarrowI32x4S>,);
            I16x8NarrowI32x4U "i16x8.narrow_i32x4_u" (crate::exec::simd::V2<crate::exec::simd::I16x8NarrowI32x4U>,);
            I32x4DotI16x8S "i32x4.dot_i16x8_s" (crate::exec::simd::V2<crate::exec::simd::I32x4DotI16x8S>,);
            I16x8Q15MulrSatS "i16x8.q15_mulr_sat_s" (crate::exec::simd::V2<crate::exec::simd::I16x8Q15MulrSatS>,);
            I8x16Swizzle "i8x16.swizzle" (crate::exec::simd::V2<crate::exec::simd::I8x16Swizzle>,);
            I16x8RelaxedDotI8x16I7x16S "i16x8.relaxed_dot_i8x16_i7x16_s" (crate::exec::simd::V2<crate::exec::simd::I16x8RelaxedDotI8x16I7x16S>,);
            V128And "v128.and" (crate::exec::simd::V2<crate::exec::simd::V128And>,);
            V128Or "v128.or" (crate::exec::simd::V2<crate::exec::simd::V128Or>,);
            V128Xor "v128.xor" (crate::exec::simd::V2<crate::exec::simd::V128Xor>,);
            V128AndNot "v128.and_not" (crate::exec::simd::V2<crate::exec::simd::V128AndNot>,);
            F32x4Add "f32x4.add" (crate::exec::simd::V2<crate::exec::simd::F32x4Add>,);
            F32x4Sub "f32x4.sub" (crate::exec::simd::V2<crate::exec::simd::F32x4Sub>,);
            F32x4Mul "f32x4.mul" (crate::exec::simd::V2<crate::exec::simd::F32x4Mul>,);
            F32x4Div "f32x4.div" (crate::exec::simd::V2<crate::exec::simd::F32x4Div>,);
            F32x4Min "f32x4.min" (crate::exec::simd::V2<crate::exec::simd::F32x4Min>,);
            F32x4Max "f32x4.max" (crate::exec::simd::V2<crate::exec::simd::F32x4Max>,);
            F32x4PMin "f32x4.p_min" (crate::exec::simd::V2<crate::exec::simd::F32x4PMin>,);
            F32x4PMax "f32x4.p_max" (crate::exec::simd::V2<crate::exec::simd::F32x4PMax>,);
            F32x4Eq "f32x4.eq" (crate::exec::simd::V2<crate::exec::simd::F32x4Eq>,);
            F32x4Ne "f32x4.ne" (crate::exec::simd::V2<crate::exec::simd::F32x4Ne>,);
            F32x4Lt "f32x4.lt" (crate::exec::simd::V2<crate::exec::simd::F32x4Lt>,);
            F32x4Gt "f32x4.gt" (crate::exec::simd::V2<crate::exec::simd::F32x4Gt>,);
            F32x4Le "f32x4.le" (crate::exec::simd::V2<crate::exec::simd::F32x4Le>,);
            F32x4Ge "f32x4.ge" (crate::exec::simd::V2<crate::exec::simd::F32x4Ge>,);
            F64x2Add "f64x2.add" (crate::exec::simd::V2<crate::exec::simd::F64x2Add>,);
            F64x2Sub "f64x2.sub" (crate::exec::simd::V2<crate::exec::simd::F64x2Sub>,);
            F64x2Mul "f64x2.mul" (crate::exec::simd::V2<crate::exec::simd::F64x2Mul>,);
            F64x2Div "f64x2.div" (crate::exec::simd::V2<crate::exec::simd::F64x2Div>,);
            F64x2Min "f64x2.min" (crate::exec::simd::V2<crate::exec::simd::F64x2Min>,);
            F64x2Max "f64x2.max" (crate::exec::simd::V2<crate::exec::simd::F64x2Max>,);
            F64x2PMin "f64x2.p_min" (crate::exec::simd::V2<crate::exec::simd::F64x2PMin>,);
            F64x2PMax "f64x2.p_max" (crate::exec::simd::V2<crate::exec::simd::F64x2PMax>,);
            F64x2Eq "f64x2.eq" (crate::exec::simd::V2<crate::exec::simd::F64x2Eq>,);
            F64x2Ne "f64x2.ne" (crate::exec::simd::V2<crate::exec::simd::F64x2Ne>,);
            F64x2Lt "f64x2.lt" (crate::exec::simd::V2<crate::exec::simd::F64x2Lt>,);
            F64x2Gt "f64x2.gt" (crate::exec::simd::V2<crate::exec::simd::F64x2Gt>,);
            F64x2Le "f64x2.le" (crate::exec::simd::V2<crate::exec::simd::F64x2Le>,);
            F64x2Ge "f64x2.ge" (crate::exec::simd::V2<crate::exec::simd::F64x2Ge>,);
            F32x4RelaxedMadd "f32x4.relaxed_madd" (crate::exec::simd::V3<crate::exec::simd::F32x4RelaxedMadd>,);
            F32x4RelaxedNmadd "f32x4.relaxed_nmadd" (crate::exec::simd::V3<crate::exec::simd::F32x4RelaxedNmadd>,);
            F64x2RelaxedMadd "f64x2.relaxed_madd" (crate::exec::simd::V3<crate::exec::simd::F64x2RelaxedMadd>,);
            F64x2RelaxedNmadd "f64x2.relaxed_nmadd" (crate::exec::simd::V3<crate::exec::simd::F64x2RelaxedNmadd>,);
            V128Bitselect "v128.bitselect" (crate::exec::simd::V3<crate::exec::simd::V128Bitselect>,);
            I32x4RelaxedDotI8x16I7x16AddS "i32x4.relaxed_dot_i8x16_i7x16_add_s" (crate::exec::simd::V3<crate::exec::simd::I32x4RelaxedDotI8x16I7x16AddS>,);
            I8x16Shl "i8x16.shl" (crate::exec::simd::VShift<crate::exec::simd::I8x16Shl>,);
            I8x16ShrS "i8x16.shr_s" (crate::exec::simd::VShift<crate::exec::simd::I8x16ShrS>,);
            I8x16ShrU "i8x16.shr_u" (crate::exec::simd::VShift<crate::exec::simd::I8x16ShrU>,);
            I16x8Shl "i16x8.shl" (crate::exec::simd::VShift<crate::exec::simd::I16x8Shl>,);
            I16x8ShrS "i16x8.shr_s" (crate::exec::simd::VShift<crate::exec::simd::I16x8ShrS>,);
            I16x8ShrU "i16x8.shr_u" (crate::exec::simd::VShift<crate::exec::simd::I16x8ShrU>,);
            I32x4Shl "i32x4.shl" (crate::exec::simd::VShift<crate::exec::simd::I32x4Shl>,);
            I32x4ShrS "i32x4.shr_s" (crate::exec::simd::VShift<crate::exec::simd::I32x4ShrS>,);
            I32x4ShrU "i32x4.shr_u" (crate::exec::simd::VShift<crate::exec::simd::I32x4ShrU>,);
            I64x2Shl "i64x2.shl" (crate::exec::simd::VShift<crate::exec::simd::I64x2Shl>,);
            I64x2ShrS "i64x2.shr_s" (crate::exec::simd::VShift<crate::exec::simd::I64x2ShrS>,);
            I64x2ShrU "i64x2.shr_u" (crate::exec::simd::VShift<crate::exec::simd::I64x2ShrU>,);
            I8x16AllTrue "i8x16.all_true" (crate::exec::simd::VTest<crate::exec::simd::I8x16AllTrue>,);
            I8x16Bitmask "i8x16.bitmask" (crate::exec::simd::VTest<crate::exec::simd::I8x16Bitmask>,);
            I16x8AllTrue "i16x8.all_true" (crate::exec::simd::VTest<crate::exec::simd::I16x8AllTrue>,);
            I16x8Bitmask "i16x8.bitmask" (crate::exec::simd::VTest<crate::exec::simd::I16x8Bitmask>,);
            I32x4AllTrue "i32x4.all_true" (crate::exec::simd::VTest<crate::exec::simd::I32x4AllTrue>,);
            I32x4Bitmask "i32x4.bitmask" (crate::exec::simd::VTest<crate::exec::simd::I32x4Bitmask>,);
            I64x2AllTrue "i64x2.all_true" (crate::exec::simd::VTest<crate::exec::simd::I64x2AllTrue>,);
            I64x2Bitmask "i64x2.bitmask" (crate::exec::simd::VTest<crate::exec::simd::I64x2Bitmask>,);
            V128AnyTrue "v128.any_true" (crate::exec::simd::VTest<crate::exec::simd::V128AnyTrue>,);
            I8x16Splat "i8x16.splat" (crate::exec::simd::VSplat<crate::exec::simd::I8x16Splat>,);
            I16x8Splat "i16x8.splat" (crate::exec::simd::VSplat<crate::exec::simd::I16x8Splat>,);
            I32x4Splat "i32x4.splat" (crate::exec::simd::VSplat<crate::exec::simd::I32x4Splat>,);
            I64x2Splat "i64x2.splat" (crate::exec::simd::VSplat<crate::exec::simd::I64x2Splat>,);
            F32x4Splat "f32x4.splat" (crate::exec::simd::VSplat<crate::exec::simd::F32x4Splat>,);
            F64x2Splat "f64x2.splat" (crate::exec::simd::VSplat<crate::exec::simd::F64x2Splat>,);
            I8x16ExtractLaneS "i8x16.extract_lane_s" (crate::exec::simd::VExtract<crate::exec::simd::I8x16ExtractLaneS>,);
            I8x16ExtractLaneU "i8x16.extract_lane_u" (crate::exec::simd::VExtract<crate::exec::simd::I8x16ExtractLaneU>,);
            I16x8ExtractLaneS "i16x8.extract_lane_s" (crate::exec::simd::VExtract<crate::exec::simd::I16x8ExtractLaneS>,);
            I16x8ExtractLaneU "i16x8.extract_lane_u" (crate::exec::simd::VExtract<crate::exec::simd::I16x8ExtractLaneU>,);
            I32x4ExtractLane "i32x4.extract_lane" (crate::exec::simd::VExtract<crate::exec::simd::I32x4ExtractLane>,);
            I64x2ExtractLane "i64x2.extract_lane" (crate::exec::simd::VExtract<crate::exec::simd::I64x2ExtractLane>,);
            F32x4ExtractLane "f32x4.extract_lane" (crate::exec::simd::VExtract<crate::exec::simd::F32x4ExtractLane>,);
            F64x2ExtractLane "f64x2.extract_lane" (crate::exec::simd::VExtract<crate::exec::simd::F64x2ExtractLane>,);
            I8x16ReplaceLane "i8x16.replace_lane" (crate::exec::simd::VReplace<crate::exec::simd::I8x16ReplaceLane>,);
            I16x8ReplaceLane "i16x8.replace_lane" (crate::exec::simd::VReplace<crate::exec::simd::I16x8ReplaceLane>,);
            I32x4ReplaceLane "i32x4.replace_lane" (crate::exec::simd::VReplace<crate::exec::simd::I32x4ReplaceLane>,);
            I64x2ReplaceLane "i64x2.replace_lane" (crate::exec::simd::VReplace<crate::exec::simd::I64x2ReplaceLane>,);
            F32x4ReplaceLane "f32x4.replace_lane" (crate::exec::simd::VReplace<crate::exec::simd::F32x4ReplaceLane>,);
            F64x2ReplaceLane "f64x2.replace_lane" (crate::exec::simd::VReplace<crate::exec::simd::F64x2ReplaceLane>,);
            V128Load "v128.load" crate::exec::simd::VLoads<crate::exec::simd::V128Load, 16>;
            V128Load8x8S "v128.load8x8_s" crate::exec::simd::VLoads<crate::exec::simd::V128Load8x8S, 8>;
            V128Load8x8U "v128.load8x8_u" crate::exec::simd::VLoads<crate::exec::simd::V128Load8x8U, 8>;
            V128Load16x4S "v128.load16x4_s" crate::exec::simd::VLoads<crate::exec::simd::V128Load16x4S, 8>;
            V128Load16x4U "v128.load16x4_u" crate::exec::simd::VLoads<crate::exec::simd::V128Load16x4U, 8>;
            V128Load32x2S "v128.load32x2_s" crate::exec::simd::VLoads<crate::exec::simd::V128Load32x2S, 8>;
            V128Load32x2U "v128.load32x2_u" crate::exec::simd::VLoads<crate::exec::simd::V128Load32x2U, 8>;
            V128Load8Splat "v128.load8_splat" crate::exec::simd::VLoads<crate::exec::simd::V128Load8Splat, 1>;
            V128Load16Splat "v128.load16_splat" crate::exec::simd::VLoads<crate::exec::simd::V128Load16Splat, 2>;
            V128Load32Splat "v128.load32_splat" crate::exec::simd::VLoads<crate::exec::simd::V128Load32Splat, 4>;
            V128Load64Splat "v128.load64_splat" crate::exec::simd::VLoads<crate::exec::simd::V128Load64Splat, 8>;
            V128Load32Zero "v128.load32_zero" crate::exec::simd::VLoads<crate::exec::simd::V128Load32Zero, 4>;
            V128Load64Zero "v128.load64_zero" crate::exec::simd::VLoads<crate::exec::simd::V128Load64Zero, 8>;
            I8x16Shuffle "i8x16.shuffle" (crate::exec::simd::Shuffle,);
            V128Store "v128.store" crate::exec::simd::VStores;
            V128Load8Lane "v128.load8_lane" (crate::exec::simd::LoadLane<u32, 1>, crate::exec::simd::LoadLane<u64, 1>);
            V128Store8Lane "v128.store8_lane" (crate::exec::simd::StoreLane<u32, 1>, crate::exec::simd::StoreLane<u64, 1>);
            V128Load16Lane "v128.load16_lane" (crate::exec::simd::LoadLane<u32, 2>, crate::exec::simd::LoadLane<u64, 2>);
            V128Store16Lane "v128.store16_lane" (crate::exec::simd::StoreLane<u32, 2>, crate::exec::simd::StoreLane<u64, 2>);
            V128Load32Lane "v128.load32_lane" (crate::exec::simd::LoadLane<u32, 4>, crate::exec::simd::LoadLane<u64, 4>);
            V128Store32Lane "v128.store32_lane" (crate::exec::simd::StoreLane<u32, 4>, crate::exec::simd::StoreLane<u64, 4>);
            V128Load64Lane "v128.load64_lane" (crate::exec::simd::LoadLane<u32, 8>, crate::exec::simd::LoadLane<u64, 8>);
            V128Store64Lane "v128.store64_lane" (crate::exec::simd::StoreLane<u32, 8>, crate::exec::simd::StoreLane<u64, 8>);
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

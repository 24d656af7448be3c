//! Wasm operators → CLIF: 128-bit vectors.
//!
//! An operand is held as sixteen bytes; each operator sees it as the lanes that it works on. Relaxed operators give
//! what the interpreter gives, which is their deterministic result.
//!
//! # Invariants
//! - Vectors on the operand stack have the type `I8X16`, so that locals, labels and calls need not tell them apart.

use crate::compile::env::heap;
use crate::compile::translator::Translator;
use crate::compile::visit_memory::{address, memory_of};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32X4, F64X2, I8, I8X16, I16, I16X8, I32, I32X4, I64X2};
use cranelift_codegen::ir::{Endianness, InstBuilder, InstructionData, MemFlagsData, Opcode, Type, Value, ValueDef};
use wasmparser::{MemArg, Operator as O};

/// Translates a vector operator; false if it is none.
pub(crate) fn visit(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    constant(t, op)
        || lane(t, op)
        || bitwise(t, op)
        || integer(t, op)
        || shift(t, op)
        || integer_compare(t, op)
        || wider_or_narrower(t, op)
        || product(t, op)
        || float(t, op)
        || float_compare(t, op)
        || convert(t, op)
        || load(t, op)
        || lane_in_memory(t, op)
}

/// The same bits as another type of vector.
fn cast(t: &mut Translator<'_, '_>, value: Value, ty: Type) -> Value {
    if t.b.func.dfg.value_type(value) == ty {
        return value;
    }
    t.b.ins().bitcast(ty, MemFlagsData::new().with_endianness(Endianness::Little), value)
}

/// The topmost operand as lanes. What an operator before has made of such lanes is taken as it was, so that Cranelift
/// sees the two side by side.
fn pop(t: &mut Translator<'_, '_>, ty: Type) -> Value {
    let value = t.pop();
    let dfg = &t.b.func.dfg;
    if let ValueDef::Result(inst, _) = dfg.value_def(value)
        && let InstructionData::LoadNoOffset { opcode: Opcode::Bitcast, arg, .. } = dfg.insts[inst]
        && dfg.value_type(arg) == ty
    {
        return arg;
    }
    cast(t, value, ty)
}

fn push(t: &mut Translator<'_, '_>, value: Value) {
    let value = cast(t, value, I8X16);
    t.stack.push(value);
}

fn unary(t: &mut Translator<'_, '_>, ty: Type, f: impl FnOnce(&mut Translator<'_, '_>, Value) -> Value) -> bool {
    let x = pop(t, ty);
    let value = f(t, x);
    push(t, value);
    true
}

fn binary(
    t: &mut Translator<'_, '_>,
    ty: Type,
    f: impl FnOnce(&mut Translator<'_, '_>, Value, Value) -> Value,
) -> bool {
    let y = pop(t, ty);
    unary(t, ty, |t, x| f(t, x, y))
}

fn ternary(
    t: &mut Translator<'_, '_>,
    ty: Type,
    f: impl FnOnce(&mut Translator<'_, '_>, Value, Value, Value) -> Value,
) -> bool {
    let z = pop(t, ty);
    binary(t, ty, |t, x, y| f(t, x, y, z))
}

/// A vector of these bytes.
pub(crate) fn bytes(t: &mut Translator<'_, '_>, ty: Type, bytes: [u8; 16]) -> Value {
    let constant = t.b.func.dfg.constants.insert(bytes.as_slice().into());
    t.b.ins().vconst(ty, constant)
}

fn constant(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::V128Const { value } => {
            let value = bytes(t, I8X16, *value.bytes());
            t.stack.push(value);
        }
        O::I8x16Shuffle { lanes } => {
            let mask = t.b.func.dfg.immediates.push(lanes.as_slice().into());
            return binary(t, I8X16, |t, x, y| t.b.ins().shuffle(x, y, mask));
        }
        O::I8x16Swizzle | O::I8x16RelaxedSwizzle => return binary(t, I8X16, |t, x, y| t.b.ins().swizzle(x, y)),
        _ => return false,
    }
    true
}

/// Splats, and lanes as numbers.
fn lane(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match *op {
        O::I8x16Splat => splat(t, I8X16),
        O::I16x8Splat => splat(t, I16X8),
        O::I32x4Splat => splat(t, I32X4),
        O::I64x2Splat => splat(t, I64X2),
        O::F32x4Splat => splat(t, F32X4),
        O::F64x2Splat => splat(t, F64X2),
        O::I8x16ExtractLaneS { lane } => extract(t, I8X16, lane, Some(true)),
        O::I8x16ExtractLaneU { lane } => extract(t, I8X16, lane, Some(false)),
        O::I16x8ExtractLaneS { lane } => extract(t, I16X8, lane, Some(true)),
        O::I16x8ExtractLaneU { lane } => extract(t, I16X8, lane, Some(false)),
        O::I32x4ExtractLane { lane } => extract(t, I32X4, lane, None),
        O::I64x2ExtractLane { lane } => extract(t, I64X2, lane, None),
        O::F32x4ExtractLane { lane } => extract(t, F32X4, lane, None),
        O::F64x2ExtractLane { lane } => extract(t, F64X2, lane, None),
        O::I8x16ReplaceLane { lane } => replace(t, I8X16, lane),
        O::I16x8ReplaceLane { lane } => replace(t, I16X8, lane),
        O::I32x4ReplaceLane { lane } => replace(t, I32X4, lane),
        O::I64x2ReplaceLane { lane } => replace(t, I64X2, lane),
        O::F32x4ReplaceLane { lane } => replace(t, F32X4, lane),
        O::F64x2ReplaceLane { lane } => replace(t, F64X2, lane),
        _ => return false,
    }
    true
}

/// The topmost number, as narrow as a lane of `ty`.
fn pop_lane(t: &mut Translator<'_, '_>, ty: Type) -> Value {
    let number = t.pop();
    match ty.lane_type() {
        narrow @ (I8 | I16) => t.b.ins().ireduce(narrow, number),
        _ => number,
    }
}

fn splat(t: &mut Translator<'_, '_>, ty: Type) {
    let number = pop_lane(t, ty);
    let value = t.b.ins().splat(ty, number);
    push(t, value);
}

/// One lane as a number; `signed` tells how a narrow one is extended.
fn extract(t: &mut Translator<'_, '_>, ty: Type, lane: u8, signed: Option<bool>) {
    let vector = pop(t, ty);
    let number = t.b.ins().extractlane(vector, lane);
    let number = match signed {
        Some(true) => t.b.ins().sextend(I32, number),
        Some(false) => t.b.ins().uextend(I32, number),
        None => number,
    };
    t.stack.push(number);
}

fn replace(t: &mut Translator<'_, '_>, ty: Type, lane: u8) {
    let number = pop_lane(t, ty);
    unary(t, ty, |t, x| t.b.ins().insertlane(x, number, lane));
}

/// Bits, whatever lanes they are in, and questions about lanes.
fn bitwise(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match op {
        O::V128Not => unary(t, I8X16, |t, x| t.b.ins().bnot(x)),
        O::V128And => binary(t, I8X16, |t, x, y| t.b.ins().band(x, y)),
        O::V128AndNot => binary(t, I8X16, |t, x, y| t.b.ins().band_not(x, y)),
        O::V128Or => binary(t, I8X16, |t, x, y| t.b.ins().bor(x, y)),
        O::V128Xor => binary(t, I8X16, |t, x, y| t.b.ins().bxor(x, y)),
        O::V128Bitselect
        | O::I8x16RelaxedLaneselect
        | O::I16x8RelaxedLaneselect
        | O::I32x4RelaxedLaneselect
        | O::I64x2RelaxedLaneselect => ternary(t, I8X16, |t, x, y, mask| t.b.ins().bitselect(mask, x, y)),
        O::V128AnyTrue => {
            let vector = pop(t, I8X16);
            let bit = t.b.ins().vany_true(vector);
            answer(t, bit)
        }
        O::I8x16AllTrue => all_true(t, I8X16),
        O::I16x8AllTrue => all_true(t, I16X8),
        O::I32x4AllTrue => all_true(t, I32X4),
        O::I64x2AllTrue => all_true(t, I64X2),
        O::I8x16Bitmask => bitmask(t, I8X16),
        O::I16x8Bitmask => bitmask(t, I16X8),
        O::I32x4Bitmask => bitmask(t, I32X4),
        O::I64x2Bitmask => bitmask(t, I64X2),
        _ => false,
    }
}

fn answer(t: &mut Translator<'_, '_>, bit: Value) -> bool {
    let number = t.b.ins().uextend(I32, bit);
    t.stack.push(number);
    true
}

fn all_true(t: &mut Translator<'_, '_>, ty: Type) -> bool {
    let vector = pop(t, ty);
    let bit = t.b.ins().vall_true(vector);
    answer(t, bit)
}

fn bitmask(t: &mut Translator<'_, '_>, ty: Type) -> bool {
    let vector = pop(t, ty);
    let bits = t.b.ins().vhigh_bits(I32, vector);
    t.stack.push(bits);
    true
}

/// What is done to integer lanes.
fn integer(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    macro_rules! table {
        ($($ins:ident/$arity:tt: $($op:ident $ty:ident),*;)*) => {
            match op {
                $($(O::$op => table!(@$arity $ins $ty),)*)*
                _ => false,
            }
        };
        (@1 $ins:ident $ty:ident) => { unary(t, $ty, |t, x| t.b.ins().$ins(x)) };
        (@2 $ins:ident $ty:ident) => { binary(t, $ty, |t, x, y| t.b.ins().$ins(x, y)) };
    }
    table! {
        iabs/1: I8x16Abs I8X16, I16x8Abs I16X8, I32x4Abs I32X4, I64x2Abs I64X2;
        ineg/1: I8x16Neg I8X16, I16x8Neg I16X8, I32x4Neg I32X4, I64x2Neg I64X2;
        popcnt/1: I8x16Popcnt I8X16;
        iadd/2: I8x16Add I8X16, I16x8Add I16X8, I32x4Add I32X4, I64x2Add I64X2;
        isub/2: I8x16Sub I8X16, I16x8Sub I16X8, I32x4Sub I32X4, I64x2Sub I64X2;
        imul/2: I16x8Mul I16X8, I32x4Mul I32X4, I64x2Mul I64X2;
        sadd_sat/2: I8x16AddSatS I8X16, I16x8AddSatS I16X8;
        uadd_sat/2: I8x16AddSatU I8X16, I16x8AddSatU I16X8;
        ssub_sat/2: I8x16SubSatS I8X16, I16x8SubSatS I16X8;
        usub_sat/2: I8x16SubSatU I8X16, I16x8SubSatU I16X8;
        smin/2: I8x16MinS I8X16, I16x8MinS I16X8, I32x4MinS I32X4;
        umin/2: I8x16MinU I8X16, I16x8MinU I16X8, I32x4MinU I32X4;
        smax/2: I8x16MaxS I8X16, I16x8MaxS I16X8, I32x4MaxS I32X4;
        umax/2: I8x16MaxU I8X16, I16x8MaxU I16X8, I32x4MaxU I32X4;
        avg_round/2: I8x16AvgrU I8X16, I16x8AvgrU I16X8;
        sqmul_round_sat/2: I16x8Q15MulrSatS I16X8, I16x8RelaxedQ15mulrS I16X8;
        snarrow/2: I8x16NarrowI16x8S I16X8, I16x8NarrowI32x4S I32X4;
        unarrow/2: I8x16NarrowI16x8U I16X8, I16x8NarrowI32x4U I32X4;
    }
}

/// Shifts; CLIF takes the count modulo the lane's width, as wasm does.
fn shift(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    macro_rules! table {
        ($($ins:ident: $($op:ident $ty:ident),*;)*) => {
            match op {
                $($(O::$op => {
                    let by = t.pop();
                    unary(t, $ty, |t, x| t.b.ins().$ins(x, by))
                })*)*
                _ => false,
            }
        };
    }
    table! {
        ishl: I8x16Shl I8X16, I16x8Shl I16X8, I32x4Shl I32X4, I64x2Shl I64X2;
        sshr: I8x16ShrS I8X16, I16x8ShrS I16X8, I32x4ShrS I32X4, I64x2ShrS I64X2;
        ushr: I8x16ShrU I8X16, I16x8ShrU I16X8, I32x4ShrU I32X4, I64x2ShrU I64X2;
    }
}

fn integer_compare(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    macro_rules! table {
        ($($cc:ident: $($op:ident $ty:ident),*;)*) => {
            match op {
                $($(O::$op => (IntCC::$cc, $ty),)*)*
                _ => return false,
            }
        };
    }
    let (cc, ty) = table! {
        Equal: I8x16Eq I8X16, I16x8Eq I16X8, I32x4Eq I32X4, I64x2Eq I64X2;
        NotEqual: I8x16Ne I8X16, I16x8Ne I16X8, I32x4Ne I32X4, I64x2Ne I64X2;
        SignedLessThan: I8x16LtS I8X16, I16x8LtS I16X8, I32x4LtS I32X4, I64x2LtS I64X2;
        UnsignedLessThan: I8x16LtU I8X16, I16x8LtU I16X8, I32x4LtU I32X4;
        SignedGreaterThan: I8x16GtS I8X16, I16x8GtS I16X8, I32x4GtS I32X4, I64x2GtS I64X2;
        UnsignedGreaterThan: I8x16GtU I8X16, I16x8GtU I16X8, I32x4GtU I32X4;
        SignedLessThanOrEqual: I8x16LeS I8X16, I16x8LeS I16X8, I32x4LeS I32X4, I64x2LeS I64X2;
        UnsignedLessThanOrEqual: I8x16LeU I8X16, I16x8LeU I16X8, I32x4LeU I32X4;
        SignedGreaterThanOrEqual: I8x16GeS I8X16, I16x8GeS I16X8, I32x4GeS I32X4, I64x2GeS I64X2;
        UnsignedGreaterThanOrEqual: I8x16GeU I8X16, I16x8GeU I16X8, I32x4GeU I32X4;
    };
    binary(t, ty, |t, x, y| t.b.ins().icmp(cc, x, y))
}

/// Which half of a vector is widened, and how.
#[derive(Clone, Copy)]
enum Widen {
    LowS,
    HighS,
    LowU,
    HighU,
}

fn widen(t: &mut Translator<'_, '_>, how: Widen, x: Value) -> Value {
    match how {
        Widen::LowS => t.b.ins().swiden_low(x),
        Widen::HighS => t.b.ins().swiden_high(x),
        Widen::LowU => t.b.ins().uwiden_low(x),
        Widen::HighU => t.b.ins().uwiden_high(x),
    }
}

fn wider_or_narrower(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    use Widen::*;
    let (how, ty) = match op {
        O::I16x8ExtendLowI8x16S => (LowS, I8X16),
        O::I16x8ExtendHighI8x16S => (HighS, I8X16),
        O::I16x8ExtendLowI8x16U => (LowU, I8X16),
        O::I16x8ExtendHighI8x16U => (HighU, I8X16),
        O::I32x4ExtendLowI16x8S => (LowS, I16X8),
        O::I32x4ExtendHighI16x8S => (HighS, I16X8),
        O::I32x4ExtendLowI16x8U => (LowU, I16X8),
        O::I32x4ExtendHighI16x8U => (HighU, I16X8),
        O::I64x2ExtendLowI32x4S => (LowS, I32X4),
        O::I64x2ExtendHighI32x4S => (HighS, I32X4),
        O::I64x2ExtendLowI32x4U => (LowU, I32X4),
        O::I64x2ExtendHighI32x4U => (HighU, I32X4),
        O::I16x8ExtAddPairwiseI8x16S => return pairwise(t, I8X16, LowS, HighS),
        O::I16x8ExtAddPairwiseI8x16U => return pairwise(t, I8X16, LowU, HighU),
        O::I32x4ExtAddPairwiseI16x8S => return pairwise(t, I16X8, LowS, HighS),
        O::I32x4ExtAddPairwiseI16x8U => return pairwise(t, I16X8, LowU, HighU),
        _ => return false,
    };
    unary(t, ty, |t, x| widen(t, how, x))
}

/// Neighbours, widened and added.
fn pairwise(t: &mut Translator<'_, '_>, ty: Type, low: Widen, high: Widen) -> bool {
    unary(t, ty, |t, x| {
        let (low, high) = (widen(t, low, x), widen(t, high, x));
        t.b.ins().iadd_pairwise(low, high)
    })
}

/// Products that are wider than their factors.
fn product(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    use Widen::*;
    let (how, ty) = match op {
        O::I16x8ExtMulLowI8x16S => (LowS, I8X16),
        O::I16x8ExtMulHighI8x16S => (HighS, I8X16),
        O::I16x8ExtMulLowI8x16U => (LowU, I8X16),
        O::I16x8ExtMulHighI8x16U => (HighU, I8X16),
        O::I32x4ExtMulLowI16x8S => (LowS, I16X8),
        O::I32x4ExtMulHighI16x8S => (HighS, I16X8),
        O::I32x4ExtMulLowI16x8U => (LowU, I16X8),
        O::I32x4ExtMulHighI16x8U => (HighU, I16X8),
        O::I64x2ExtMulLowI32x4S => (LowS, I32X4),
        O::I64x2ExtMulHighI32x4S => (HighS, I32X4),
        O::I64x2ExtMulLowI32x4U => (LowU, I32X4),
        O::I64x2ExtMulHighI32x4U => (HighU, I32X4),
        O::I32x4DotI16x8S => return binary(t, I16X8, dot),
        O::I16x8RelaxedDotI8x16I7x16S => return binary(t, I8X16, dot),
        O::I32x4RelaxedDotI8x16I7x16AddS => {
            let sum = pop(t, I32X4);
            return binary(t, I8X16, |t, x, y| {
                let dot = dot(t, x, y);
                let (low, high) = (t.b.ins().swiden_low(dot), t.b.ins().swiden_high(dot));
                let pairs = t.b.ins().iadd_pairwise(low, high);
                t.b.ins().iadd(pairs, sum)
            });
        }
        _ => return false,
    };
    binary(t, ty, |t, x, y| {
        let (x, y) = (widen(t, how, x), widen(t, how, y));
        t.b.ins().imul(x, y)
    })
}

/// Products of signed lanes, neighbours added.
fn dot(t: &mut Translator<'_, '_>, x: Value, y: Value) -> Value {
    let [low, high] = [Widen::LowS, Widen::HighS].map(|how| {
        let (x, y) = (widen(t, how, x), widen(t, how, y));
        t.b.ins().imul(x, y)
    });
    t.b.ins().iadd_pairwise(low, high)
}

/// What is done to float lanes.
fn float(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    macro_rules! table {
        ($($ins:ident/$arity:tt: $($op:ident $ty:ident),*;)*) => {
            match op {
                $($(O::$op => table!(@$arity $ins $ty),)*)*
                O::F32x4PMin => pseudo(t, F32X4, false),
                O::F32x4PMax => pseudo(t, F32X4, true),
                O::F64x2PMin => pseudo(t, F64X2, false),
                O::F64x2PMax => pseudo(t, F64X2, true),
                O::F32x4RelaxedNmadd => negated(t, F32X4),
                O::F64x2RelaxedNmadd => negated(t, F64X2),
                _ => false,
            }
        };
        (@1 $ins:ident $ty:ident) => { unary(t, $ty, |t, x| t.b.ins().$ins(x)) };
        (@2 $ins:ident $ty:ident) => { binary(t, $ty, |t, x, y| t.b.ins().$ins(x, y)) };
        (@3 $ins:ident $ty:ident) => { ternary(t, $ty, |t, x, y, z| t.b.ins().$ins(x, y, z)) };
    }
    table! {
        fabs/1: F32x4Abs F32X4, F64x2Abs F64X2;
        fneg/1: F32x4Neg F32X4, F64x2Neg F64X2;
        sqrt/1: F32x4Sqrt F32X4, F64x2Sqrt F64X2;
        ceil/1: F32x4Ceil F32X4, F64x2Ceil F64X2;
        floor/1: F32x4Floor F32X4, F64x2Floor F64X2;
        trunc/1: F32x4Trunc F32X4, F64x2Trunc F64X2;
        nearest/1: F32x4Nearest F32X4, F64x2Nearest F64X2;
        fadd/2: F32x4Add F32X4, F64x2Add F64X2;
        fsub/2: F32x4Sub F32X4, F64x2Sub F64X2;
        fmul/2: F32x4Mul F32X4, F64x2Mul F64X2;
        fdiv/2: F32x4Div F32X4, F64x2Div F64X2;
        fmin/2: F32x4Min F32X4, F64x2Min F64X2, F32x4RelaxedMin F32X4, F64x2RelaxedMin F64X2;
        fmax/2: F32x4Max F32X4, F64x2Max F64X2, F32x4RelaxedMax F32X4, F64x2RelaxedMax F64X2;
        fma/3: F32x4RelaxedMadd F32X4, F64x2RelaxedMadd F64X2;
    }
}

/// `pmin` and `pmax`: the second operand where it is less, or greater, else the first.
fn pseudo(t: &mut Translator<'_, '_>, ty: Type, greatest: bool) -> bool {
    binary(t, ty, |t, x, y| {
        let (less, more) = if greatest { (x, y) } else { (y, x) };
        let second = t.b.ins().fcmp(FloatCC::LessThan, less, more);
        let second = cast(t, second, ty);
        t.b.ins().bitselect(second, y, x)
    })
}

/// `-x * y + z`.
fn negated(t: &mut Translator<'_, '_>, ty: Type) -> bool {
    ternary(t, ty, |t, x, y, z| {
        let x = t.b.ins().fneg(x);
        t.b.ins().fma(x, y, z)
    })
}

fn float_compare(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let (cc, ty) = match op {
        O::F32x4Eq => (FloatCC::Equal, F32X4),
        O::F32x4Ne => (FloatCC::NotEqual, F32X4),
        O::F32x4Lt => (FloatCC::LessThan, F32X4),
        O::F32x4Gt => (FloatCC::GreaterThan, F32X4),
        O::F32x4Le => (FloatCC::LessThanOrEqual, F32X4),
        O::F32x4Ge => (FloatCC::GreaterThanOrEqual, F32X4),
        O::F64x2Eq => (FloatCC::Equal, F64X2),
        O::F64x2Ne => (FloatCC::NotEqual, F64X2),
        O::F64x2Lt => (FloatCC::LessThan, F64X2),
        O::F64x2Gt => (FloatCC::GreaterThan, F64X2),
        O::F64x2Le => (FloatCC::LessThanOrEqual, F64X2),
        O::F64x2Ge => (FloatCC::GreaterThanOrEqual, F64X2),
        _ => return false,
    };
    binary(t, ty, |t, x, y| t.b.ins().fcmp(cc, x, y))
}

fn convert(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match op {
        O::I32x4TruncSatF32x4S | O::I32x4RelaxedTruncF32x4S => {
            unary(t, F32X4, |t, x| t.b.ins().fcvt_to_sint_sat(I32X4, x))
        }
        O::I32x4TruncSatF32x4U | O::I32x4RelaxedTruncF32x4U => {
            unary(t, F32X4, |t, x| t.b.ins().fcvt_to_uint_sat(I32X4, x))
        }
        O::I32x4TruncSatF64x2SZero | O::I32x4RelaxedTruncF64x2SZero => unary(t, F64X2, |t, x| {
            let wide = t.b.ins().fcvt_to_sint_sat(I64X2, x);
            let zero = bytes(t, I64X2, [0; 16]);
            t.b.ins().snarrow(wide, zero)
        }),
        O::I32x4TruncSatF64x2UZero | O::I32x4RelaxedTruncF64x2UZero => unary(t, F64X2, |t, x| {
            let wide = t.b.ins().fcvt_to_uint_sat(I64X2, x);
            let zero = bytes(t, I64X2, [0; 16]);
            t.b.ins().uunarrow(wide, zero)
        }),
        O::F32x4ConvertI32x4S => unary(t, I32X4, |t, x| t.b.ins().fcvt_from_sint(F32X4, x)),
        O::F32x4ConvertI32x4U => unary(t, I32X4, |t, x| t.b.ins().fcvt_from_uint(F32X4, x)),
        O::F64x2ConvertLowI32x4S => unary(t, I32X4, |t, x| {
            let wide = t.b.ins().swiden_low(x);
            t.b.ins().fcvt_from_sint(F64X2, wide)
        }),
        O::F64x2ConvertLowI32x4U => unary(t, I32X4, |t, x| {
            let wide = t.b.ins().uwiden_low(x);
            t.b.ins().fcvt_from_uint(F64X2, wide)
        }),
        O::F32x4DemoteF64x2Zero => unary(t, F64X2, |t, x| t.b.ins().fvdemote(x)),
        O::F64x2PromoteLowF32x4 => unary(t, F32X4, |t, x| t.b.ins().fvpromote_low(x)),
        _ => false,
    }
}

/// The address of an access, and the offset to add to it; `None` for what is no access to a memory.
fn place(t: &mut Translator<'_, '_>, memarg: &MemArg, bytes: u64) -> Option<(Value, i32)> {
    let memory = memory_of(memarg)?;
    let index = t.pop();
    Some(address(t, memory, memarg.offset, index, bytes))
}

/// Loads that widen, repeat or pad what they read.
fn load(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    macro_rules! wide {
        ($memarg:expr, $ins:ident) => {{
            let Some((at, offset)) = place(t, $memarg, 8) else { return false };
            let flags = heap(&mut t.b);
            t.b.ins().$ins(flags, at, offset)
        }};
    }
    let value = match op {
        O::V128Load8x8S { memarg } => wide!(memarg, sload8x8),
        O::V128Load8x8U { memarg } => wide!(memarg, uload8x8),
        O::V128Load16x4S { memarg } => wide!(memarg, sload16x4),
        O::V128Load16x4U { memarg } => wide!(memarg, uload16x4),
        O::V128Load32x2S { memarg } => wide!(memarg, sload32x2),
        O::V128Load32x2U { memarg } => wide!(memarg, uload32x2),
        O::V128Load8Splat { memarg } => return from_number(t, memarg, I8X16, true),
        O::V128Load16Splat { memarg } => return from_number(t, memarg, I16X8, true),
        O::V128Load32Splat { memarg } => return from_number(t, memarg, I32X4, true),
        O::V128Load64Splat { memarg } => return from_number(t, memarg, I64X2, true),
        O::V128Load32Zero { memarg } => return from_number(t, memarg, I32X4, false),
        O::V128Load64Zero { memarg } => return from_number(t, memarg, I64X2, false),
        _ => return false,
    };
    push(t, value);
    true
}

/// A number of memory, in all lanes or in the first.
fn from_number(t: &mut Translator<'_, '_>, memarg: &MemArg, ty: Type, everywhere: bool) -> bool {
    let lane = ty.lane_type();
    let Some((at, offset)) = place(t, memarg, u64::from(lane.bytes())) else { return false };
    let flags = heap(&mut t.b);
    let number = t.b.ins().load(lane, flags, at, offset);
    let value = match everywhere {
        true => t.b.ins().splat(ty, number),
        false => t.b.ins().scalar_to_vector(ty, number),
    };
    push(t, value);
    true
}

/// Loads of one lane, and stores of one.
fn lane_in_memory(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let (memarg, lane, ty, load) = match op {
        O::V128Load8Lane { memarg, lane } => (memarg, *lane, I8X16, true),
        O::V128Load16Lane { memarg, lane } => (memarg, *lane, I16X8, true),
        O::V128Load32Lane { memarg, lane } => (memarg, *lane, I32X4, true),
        O::V128Load64Lane { memarg, lane } => (memarg, *lane, I64X2, true),
        O::V128Store8Lane { memarg, lane } => (memarg, *lane, I8X16, false),
        O::V128Store16Lane { memarg, lane } => (memarg, *lane, I16X8, false),
        O::V128Store32Lane { memarg, lane } => (memarg, *lane, I32X4, false),
        O::V128Store64Lane { memarg, lane } => (memarg, *lane, I64X2, false),
        _ => return false,
    };
    let vector = pop(t, ty);
    let number = ty.lane_type();
    let Some((at, offset)) = place(t, memarg, u64::from(number.bytes())) else { return false };
    let flags = heap(&mut t.b);
    if load {
        let number = t.b.ins().load(number, flags, at, offset);
        let value = t.b.ins().insertlane(vector, number, lane);
        push(t, value);
    } else {
        let number = t.b.ins().extractlane(vector, lane);
        t.b.ins().store(flags, number, at, offset);
    }
    true
}

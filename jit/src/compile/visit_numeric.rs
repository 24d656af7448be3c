//! Wasm operators → CLIF: constants, integers, floats, conversions.
//!
//! CLIF took its arithmetic from WebAssembly: shifts mask their count, divisions and conversions trap by themselves.

use crate::compile::translator::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::{Ieee32, Ieee64};
use cranelift_codegen::ir::types::{F32, F64, I8, I16, I32, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value};
use wasmparser::Operator as O;

/// Translates a numeric operator; false if it is none.
pub(crate) fn visit(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    constant(t, op)
        || integer_compare(t, op)
        || integer(t, op)
        || float_compare(t, op)
        || float(t, op)
        || convert(t, op)
        || to_integer(t, op)
        || wide(t, op)
}

fn constant(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let value = match *op {
        O::I32Const { value } => t.b.ins().iconst(I32, i64::from(value as u32)),
        O::I64Const { value } => t.b.ins().iconst(I64, value),
        O::F32Const { value } => t.b.ins().f32const(Ieee32::with_bits(value.bits())),
        O::F64Const { value } => t.b.ins().f64const(Ieee64::with_bits(value.bits())),
        _ => return false,
    };
    t.stack.push(value);
    true
}

fn unary(t: &mut Translator<'_, '_>, f: impl FnOnce(&mut Translator<'_, '_>, Value) -> Value) -> bool {
    let x = t.pop();
    let value = f(t, x);
    t.stack.push(value);
    true
}

fn binary(t: &mut Translator<'_, '_>, f: impl FnOnce(&mut Translator<'_, '_>, Value, Value) -> Value) -> bool {
    let (x, y) = t.pop2();
    let value = f(t, x, y);
    t.stack.push(value);
    true
}

fn integer_compare(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let cc = match op {
        O::I32Eqz | O::I64Eqz => {
            return unary(t, |t, x| {
                let bit = t.b.ins().icmp_imm_u(IntCC::Equal, x, 0);
                t.b.ins().uextend(I32, bit)
            });
        }
        O::I32Eq | O::I64Eq => IntCC::Equal,
        O::I32Ne | O::I64Ne => IntCC::NotEqual,
        O::I32LtS | O::I64LtS => IntCC::SignedLessThan,
        O::I32LtU | O::I64LtU => IntCC::UnsignedLessThan,
        O::I32GtS | O::I64GtS => IntCC::SignedGreaterThan,
        O::I32GtU | O::I64GtU => IntCC::UnsignedGreaterThan,
        O::I32LeS | O::I64LeS => IntCC::SignedLessThanOrEqual,
        O::I32LeU | O::I64LeU => IntCC::UnsignedLessThanOrEqual,
        O::I32GeS | O::I64GeS => IntCC::SignedGreaterThanOrEqual,
        O::I32GeU | O::I64GeU => IntCC::UnsignedGreaterThanOrEqual,
        _ => return false,
    };
    binary(t, |t, x, y| {
        let bit = t.b.ins().icmp(cc, x, y);
        t.b.ins().uextend(I32, bit)
    })
}

fn integer(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match op {
        O::I32Clz | O::I64Clz => unary(t, |t, x| t.b.ins().clz(x)),
        O::I32Ctz | O::I64Ctz => unary(t, |t, x| t.b.ins().ctz(x)),
        O::I32Popcnt | O::I64Popcnt => unary(t, |t, x| t.b.ins().popcnt(x)),
        O::I32Add | O::I64Add => binary(t, |t, x, y| t.b.ins().iadd(x, y)),
        O::I32Sub | O::I64Sub => binary(t, |t, x, y| t.b.ins().isub(x, y)),
        O::I32Mul | O::I64Mul => binary(t, |t, x, y| t.b.ins().imul(x, y)),
        O::I32DivS | O::I64DivS => binary(t, |t, x, y| t.b.ins().sdiv(x, y)),
        O::I32DivU | O::I64DivU => binary(t, |t, x, y| t.b.ins().udiv(x, y)),
        O::I32RemS | O::I64RemS => binary(t, |t, x, y| t.b.ins().srem(x, y)),
        O::I32RemU | O::I64RemU => binary(t, |t, x, y| t.b.ins().urem(x, y)),
        O::I32And | O::I64And => binary(t, |t, x, y| t.b.ins().band(x, y)),
        O::I32Or | O::I64Or => binary(t, |t, x, y| t.b.ins().bor(x, y)),
        O::I32Xor | O::I64Xor => binary(t, |t, x, y| t.b.ins().bxor(x, y)),
        O::I32Shl | O::I64Shl => binary(t, |t, x, y| t.b.ins().ishl(x, y)),
        O::I32ShrS | O::I64ShrS => binary(t, |t, x, y| t.b.ins().sshr(x, y)),
        O::I32ShrU | O::I64ShrU => binary(t, |t, x, y| t.b.ins().ushr(x, y)),
        O::I32Rotl | O::I64Rotl => binary(t, |t, x, y| t.b.ins().rotl(x, y)),
        O::I32Rotr | O::I64Rotr => binary(t, |t, x, y| t.b.ins().rotr(x, y)),
        O::I32Extend8S => extend_within(t, I8, I32),
        O::I32Extend16S => extend_within(t, I16, I32),
        O::I64Extend8S => extend_within(t, I8, I64),
        O::I64Extend16S => extend_within(t, I16, I64),
        O::I64Extend32S => extend_within(t, I32, I64),
        O::I32WrapI64 => unary(t, |t, x| t.b.ins().ireduce(I32, x)),
        O::I64ExtendI32S => unary(t, |t, x| t.b.ins().sextend(I64, x)),
        O::I64ExtendI32U => unary(t, |t, x| t.b.ins().uextend(I64, x)),
        _ => false,
    }
}

fn extend_within(t: &mut Translator<'_, '_>, narrow: Type, wide: Type) -> bool {
    unary(t, |t, x| {
        let low = t.b.ins().ireduce(narrow, x);
        t.b.ins().sextend(wide, low)
    })
}

fn float_compare(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let cc = match op {
        O::F32Eq | O::F64Eq => FloatCC::Equal,
        O::F32Ne | O::F64Ne => FloatCC::NotEqual,
        O::F32Lt | O::F64Lt => FloatCC::LessThan,
        O::F32Gt | O::F64Gt => FloatCC::GreaterThan,
        O::F32Le | O::F64Le => FloatCC::LessThanOrEqual,
        O::F32Ge | O::F64Ge => FloatCC::GreaterThanOrEqual,
        _ => return false,
    };
    binary(t, |t, x, y| {
        let bit = t.b.ins().fcmp(cc, x, y);
        t.b.ins().uextend(I32, bit)
    })
}

fn float(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match op {
        O::F32Abs | O::F64Abs => unary(t, |t, x| t.b.ins().fabs(x)),
        O::F32Neg | O::F64Neg => unary(t, |t, x| t.b.ins().fneg(x)),
        O::F32Ceil | O::F64Ceil => unary(t, |t, x| t.b.ins().ceil(x)),
        O::F32Floor | O::F64Floor => unary(t, |t, x| t.b.ins().floor(x)),
        O::F32Trunc | O::F64Trunc => unary(t, |t, x| t.b.ins().trunc(x)),
        O::F32Nearest | O::F64Nearest => unary(t, |t, x| t.b.ins().nearest(x)),
        O::F32Sqrt | O::F64Sqrt => unary(t, |t, x| t.b.ins().sqrt(x)),
        O::F32Add | O::F64Add => binary(t, |t, x, y| t.b.ins().fadd(x, y)),
        O::F32Sub | O::F64Sub => binary(t, |t, x, y| t.b.ins().fsub(x, y)),
        O::F32Mul | O::F64Mul => binary(t, |t, x, y| t.b.ins().fmul(x, y)),
        O::F32Div | O::F64Div => binary(t, |t, x, y| t.b.ins().fdiv(x, y)),
        O::F32Min | O::F64Min => binary(t, |t, x, y| t.b.ins().fmin(x, y)),
        O::F32Max | O::F64Max => binary(t, |t, x, y| t.b.ins().fmax(x, y)),
        O::F32Copysign | O::F64Copysign => binary(t, |t, x, y| t.b.ins().fcopysign(x, y)),
        O::F32DemoteF64 => unary(t, |t, x| t.b.ins().fdemote(F32, x)),
        O::F64PromoteF32 => unary(t, |t, x| t.b.ins().fpromote(F64, x)),
        _ => false,
    }
}

fn convert(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    let (signed, to) = match op {
        O::F32ConvertI32S | O::F32ConvertI64S => (true, F32),
        O::F32ConvertI32U | O::F32ConvertI64U => (false, F32),
        O::F64ConvertI32S | O::F64ConvertI64S => (true, F64),
        O::F64ConvertI32U | O::F64ConvertI64U => (false, F64),
        O::I32ReinterpretF32 => return bitcast(t, I32),
        O::I64ReinterpretF64 => return bitcast(t, I64),
        O::F32ReinterpretI32 => return bitcast(t, F32),
        O::F64ReinterpretI64 => return bitcast(t, F64),
        _ => return false,
    };
    unary(t, |t, x| match signed {
        true => t.b.ins().fcvt_from_sint(to, x),
        false => t.b.ins().fcvt_from_uint(to, x),
    })
}

fn bitcast(t: &mut Translator<'_, '_>, to: Type) -> bool {
    unary(t, |t, x| t.b.ins().bitcast(to, MemFlagsData::new(), x))
}

fn to_integer(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match op {
        O::I32TruncF32S | O::I32TruncF64S => unary(t, |t, x| t.b.ins().fcvt_to_sint(I32, x)),
        O::I32TruncF32U | O::I32TruncF64U => unary(t, |t, x| t.b.ins().fcvt_to_uint(I32, x)),
        O::I64TruncF32S | O::I64TruncF64S => unary(t, |t, x| t.b.ins().fcvt_to_sint(I64, x)),
        O::I64TruncF32U | O::I64TruncF64U => unary(t, |t, x| t.b.ins().fcvt_to_uint(I64, x)),
        O::I32TruncSatF32S | O::I32TruncSatF64S => unary(t, |t, x| t.b.ins().fcvt_to_sint_sat(I32, x)),
        O::I32TruncSatF32U | O::I32TruncSatF64U => unary(t, |t, x| t.b.ins().fcvt_to_uint_sat(I32, x)),
        O::I64TruncSatF32S | O::I64TruncSatF64S => unary(t, |t, x| t.b.ins().fcvt_to_sint_sat(I64, x)),
        O::I64TruncSatF32U | O::I64TruncSatF64U => unary(t, |t, x| t.b.ins().fcvt_to_uint_sat(I64, x)),
        _ => false,
    }
}

/// Wide arithmetic: pairs of 64-bit halves, low one first.
fn wide(t: &mut Translator<'_, '_>, op: &O<'_>) -> bool {
    match op {
        O::I64Add128 | O::I64Sub128 => {
            let (y_low, y_high) = t.pop2();
            let (x_low, x_high) = t.pop2();
            let x = t.b.ins().iconcat(x_low, x_high);
            let y = t.b.ins().iconcat(y_low, y_high);
            let sum = match op {
                O::I64Add128 => t.b.ins().iadd(x, y),
                _ => t.b.ins().isub(x, y),
            };
            let (low, high) = t.b.ins().isplit(sum);
            t.stack.extend([low, high]);
        }
        O::I64MulWideS | O::I64MulWideU => {
            let (x, y) = t.pop2();
            let low = t.b.ins().imul(x, y);
            let high = match op {
                O::I64MulWideS => t.b.ins().smulhi(x, y),
                _ => t.b.ins().umulhi(x, y),
            };
            t.stack.extend([low, high]);
        }
        _ => return false,
    }
    true
}

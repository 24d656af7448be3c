//! Handlers: numbers. What an operator computes stands here once; its forms come from [`Bin`] and [`Un`].

use crate::exec::machine::{Dispatch, Dst, Exec, I, R, Regs, S, Src, Val};
use crate::exec::operand::{Name, Operand, dst, imm32, imm64, name, result, run, source, src};
use crate::exec::stack::trap;
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use core::marker::PhantomData;

/// An operator with two operands.
pub(crate) trait BinOp {
    type A: Val;
    type R: Val;
    fn run(a: Self::A, b: Self::A) -> Result<Self::R, Trap>;
}

/// An operator with one operand.
pub(crate) trait UnOp {
    type A: Val;
    type R: Val;
    /// As of [`Exec::CALLS`].
    const CALLS: bool = false;
    fn run(a: Self::A) -> Result<Self::R, Trap>;
}

/// A comparison, by itself and in front of a branch.
pub(crate) trait CmpOp {
    type A: Val;
    fn run(a: Self::A, b: Self::A) -> bool;
}

/// `dst = a op b`.
pub(crate) struct Bin<O, D, A, B>(PhantomData<(O, D, A, B)>);
/// `dst = op a`.
pub(crate) struct Un<O, D, A>(PhantomData<(O, D, A)>);
/// A comparison whose result is a number.
pub(crate) struct Cmp<O>(PhantomData<O>);

impl<O: CmpOp> BinOp for Cmp<O> {
    type A = O::A;
    type R = u32;
    #[inline(always)]
    fn run(a: O::A, b: O::A) -> Result<u32, Trap> {
        Ok(u32::from(O::run(a, b)))
    }
}

/// The forms of a commutative operator.
pub(crate) type Comm<O> = (
    Bin<O, S, S, S>,
    Bin<O, R, S, S>,
    Bin<O, S, S, I>,
    Bin<O, R, S, I>,
    Bin<O, S, R, S>,
    Bin<O, R, R, S>,
    Bin<O, S, R, I>,
    Bin<O, R, R, I>,
);
/// The forms of an operator whose operands cannot be swapped.
pub(crate) type Plain<O> = (
    Bin<O, S, S, S>,
    Bin<O, R, S, S>,
    Bin<O, S, S, I>,
    Bin<O, R, S, I>,
    Bin<O, S, R, S>,
    Bin<O, R, R, S>,
    Bin<O, S, R, I>,
    Bin<O, R, R, I>,
    Bin<O, S, S, R>,
    Bin<O, R, S, R>,
    Bin<O, S, I, S>,
    Bin<O, R, I, S>,
    Bin<O, S, I, R>,
    Bin<O, R, I, R>,
);
/// The forms of a comparison's value: the other order is the mirrored comparison.
pub(crate) type CmpV<O> = Comm<Cmp<O>>;
/// The forms of an operator with one operand.
pub(crate) type Unary<O> = (Un<O, S, S>, Un<O, R, S>, Un<O, S, R>, Un<O, R, R>);

/// The letters of a form.
pub(crate) const fn form(d: u8, a: u8, b: u8) -> &'static str {
    match (d, a, b) {
        (b's', b's', b's') => "sss",
        (b's', b's', b'i') => "ssi",
        (b's', b'r', b's') => "srs",
        (b's', b'r', b'i') => "sri",
        (b's', b's', b'r') => "ssr",
        (b's', b'i', b's') => "sis",
        (b's', b'i', b'r') => "sir",
        (b'r', b's', b's') => "rss",
        (b'r', b's', b'i') => "rsi",
        (b'r', b'r', b's') => "rrs",
        (b'r', b'r', b'i') => "rri",
        (b'r', b's', b'r') => "rsr",
        (b'r', b'i', b's') => "ris",
        (b'r', b'i', b'r') => "rir",
        (b's', b's', 0) => "ss",
        (b's', b'r', 0) => "sr",
        (b's', b'i', 0) => "si",
        (b'r', b's', 0) => "rs",
        (b'r', b'r', 0) => "rr",
        (b'r', b'i', 0) => "ri",
        (b's', 0, 0) => "s",
        (b'r', 0, 0) => "r",
        (b'i', 0, 0) => "i",
        _ => "",
    }
}

impl<O: BinOp, D: Dst, A: Src, B: Src> Exec for Bin<O, D, A, B> {
    const SHORTCUT: bool = O::A::FLOAT && (A::KIND == b'i' || B::KIND == b'i');
    const QUIET: bool = true;
    const FORM: &'static str = form(D::KIND, A::KIND, B::KIND);
    const OPERANDS: &'static [Operand] =
        &[result(D::KIND), source(Name::A, A::KIND, O::A::WIDE), source(Name::B, B::KIND, O::A::WIDE)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let a = A::read::<O::A>(&m, Self::at(name::A));
        let b = B::read::<O::A>(&m, Self::at(name::B));
        match O::run(a, b) {
            Ok(value) => {
                D::write(&mut m, Self::at(name::Dst), value);
                m.skip(Self::WORDS);
                P::next(m)
            }
            Err(code) => trap::<P>(m, code),
        }
    }
}

impl<O: UnOp, D: Dst, A: Src> Exec for Un<O, D, A> {
    const QUIET: bool = true;
    const CALLS: bool = O::CALLS;
    const FORM: &'static str = form(D::KIND, A::KIND, 0);
    const OPERANDS: &'static [Operand] = &[result(D::KIND), source(Name::A, A::KIND, O::A::WIDE)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        match O::run(A::read::<O::A>(&m, Self::at(name::A))) {
            Ok(value) => {
                D::write(&mut m, Self::at(name::Dst), value);
                m.skip(Self::WORDS);
                P::next(m)
            }
            Err(code) => trap::<P>(m, code),
        }
    }
}

macro_rules! bin_ops {
    ($($name:ident($a:ident, $b:ident: $ty:ty) -> $to:ty { $run:expr })*) => {$(
        pub(crate) struct $name;
        impl BinOp for $name {
            type A = $ty;
            type R = $to;
            #[inline(always)]
            fn run($a: $ty, $b: $ty) -> Result<$to, Trap> { $run }
        }
    )*};
}
macro_rules! un_ops {
    ($($(@$calls:ident)? $name:ident($a:ident: $ty:ty) -> $to:ty { $run:expr })*) => {$(
        pub(crate) struct $name;
        impl UnOp for $name {
            type A = $ty;
            type R = $to;
            $(const CALLS: bool = float::$calls;)?
            #[inline(always)]
            fn run($a: $ty) -> Result<$to, Trap> { $run }
        }
    )*};
}
macro_rules! cmp_ops {
    ($($name:ident($a:ident, $b:ident: $ty:ty) { $run:expr })*) => {$(
        pub(crate) struct $name;
        impl CmpOp for $name {
            type A = $ty;
            #[inline(always)]
            #[allow(clippy::neg_cmp_op_on_partial_ord, reason = "with a NaN, a comparison's negation is not its opposite")]
            fn run($a: $ty, $b: $ty) -> bool { $run }
        }
    )*};
}

bin_ops! {
    I32Add(a, b: u32) -> u32 { Ok(a.wrapping_add(b)) }
    I32Sub(a, b: u32) -> u32 { Ok(a.wrapping_sub(b)) }
    I32Mul(a, b: u32) -> u32 { Ok(a.wrapping_mul(b)) }
    I32DivS(a, b: i32) -> i32 { div(b == 0, b == -1 && a == i32::MIN, || a.wrapping_div(b)) }
    I32DivU(a, b: u32) -> u32 { a.checked_div(b).ok_or(Trap::IntegerDivisionByZero) }
    I32RemS(a, b: i32) -> i32 { if b == 0 { Err(Trap::IntegerDivisionByZero) } else { Ok(a.wrapping_rem(b)) } }
    I32RemU(a, b: u32) -> u32 { a.checked_rem(b).ok_or(Trap::IntegerDivisionByZero) }
    I32And(a, b: u32) -> u32 { Ok(a & b) }
    I32Or(a, b: u32) -> u32 { Ok(a | b) }
    I32Xor(a, b: u32) -> u32 { Ok(a ^ b) }
    I32Shl(a, b: u32) -> u32 { Ok(a.wrapping_shl(b)) }
    I32ShrS(a, b: i32) -> i32 { Ok(a.wrapping_shr(b as u32)) }
    I32ShrU(a, b: u32) -> u32 { Ok(a.wrapping_shr(b)) }
    I32Rotl(a, b: u32) -> u32 { Ok(a.rotate_left(b & 31)) }
    I32Rotr(a, b: u32) -> u32 { Ok(a.rotate_right(b & 31)) }
    I64Add(a, b: u64) -> u64 { Ok(a.wrapping_add(b)) }
    I64Sub(a, b: u64) -> u64 { Ok(a.wrapping_sub(b)) }
    I64Mul(a, b: u64) -> u64 { Ok(a.wrapping_mul(b)) }
    I64DivS(a, b: i64) -> i64 { div(b == 0, b == -1 && a == i64::MIN, || a.wrapping_div(b)) }
    I64DivU(a, b: u64) -> u64 { a.checked_div(b).ok_or(Trap::IntegerDivisionByZero) }
    I64RemS(a, b: i64) -> i64 { if b == 0 { Err(Trap::IntegerDivisionByZero) } else { Ok(a.wrapping_rem(b)) } }
    I64RemU(a, b: u64) -> u64 { a.checked_rem(b).ok_or(Trap::IntegerDivisionByZero) }
    I64And(a, b: u64) -> u64 { Ok(a & b) }
    I64Or(a, b: u64) -> u64 { Ok(a | b) }
    I64Xor(a, b: u64) -> u64 { Ok(a ^ b) }
    I64Shl(a, b: u64) -> u64 { Ok(a.wrapping_shl(b as u32)) }
    I64ShrS(a, b: i64) -> i64 { Ok(a.wrapping_shr(b as u32)) }
    I64ShrU(a, b: u64) -> u64 { Ok(a.wrapping_shr(b as u32)) }
    I64Rotl(a, b: u64) -> u64 { Ok(a.rotate_left(b as u32 & 63)) }
    I64Rotr(a, b: u64) -> u64 { Ok(a.rotate_right(b as u32 & 63)) }
    F32Add(a, b: f32) -> f32 { Ok(a + b) }
    F32Sub(a, b: f32) -> f32 { Ok(a - b) }
    F32Mul(a, b: f32) -> f32 { Ok(a * b) }
    F32Div(a, b: f32) -> f32 { Ok(a / b) }
    F32Min(a, b: f32) -> f32 { Ok(float::min32(a, b)) }
    F32Max(a, b: f32) -> f32 { Ok(float::max32(a, b)) }
    F32Copysign(a, b: f32) -> f32 { Ok(a.copysign(b)) }
    F64Add(a, b: f64) -> f64 { Ok(a + b) }
    F64Sub(a, b: f64) -> f64 { Ok(a - b) }
    F64Mul(a, b: f64) -> f64 { Ok(a * b) }
    F64Div(a, b: f64) -> f64 { Ok(a / b) }
    F64Min(a, b: f64) -> f64 { Ok(float::min64(a, b)) }
    F64Max(a, b: f64) -> f64 { Ok(float::max64(a, b)) }
    F64Copysign(a, b: f64) -> f64 { Ok(a.copysign(b)) }
}

cmp_ops! {
    I32Eq(a, b: u32) { a == b }
    I32Ne(a, b: u32) { a != b }
    I32LtS(a, b: i32) { a < b }
    I32LtU(a, b: u32) { a < b }
    I32GtS(a, b: i32) { a > b }
    I32GtU(a, b: u32) { a > b }
    I32LeS(a, b: i32) { a <= b }
    I32LeU(a, b: u32) { a <= b }
    I32GeS(a, b: i32) { a >= b }
    I32GeU(a, b: u32) { a >= b }
    I64Eq(a, b: u64) { a == b }
    I64Ne(a, b: u64) { a != b }
    I64LtS(a, b: i64) { a < b }
    I64LtU(a, b: u64) { a < b }
    I64GtS(a, b: i64) { a > b }
    I64GtU(a, b: u64) { a > b }
    I64LeS(a, b: i64) { a <= b }
    I64LeU(a, b: u64) { a <= b }
    I64GeS(a, b: i64) { a >= b }
    I64GeU(a, b: u64) { a >= b }
    F32Eq(a, b: f32) { a == b }
    F32Ne(a, b: f32) { a != b }
    F32Lt(a, b: f32) { a < b }
    F32Gt(a, b: f32) { a > b }
    F32Le(a, b: f32) { a <= b }
    F32Ge(a, b: f32) { a >= b }
    F32Nlt(a, b: f32) { !(a < b) }
    F32Ngt(a, b: f32) { !(a > b) }
    F32Nle(a, b: f32) { !(a <= b) }
    F32Nge(a, b: f32) { !(a >= b) }
    F64Eq(a, b: f64) { a == b }
    F64Ne(a, b: f64) { a != b }
    F64Lt(a, b: f64) { a < b }
    F64Gt(a, b: f64) { a > b }
    F64Le(a, b: f64) { a <= b }
    F64Ge(a, b: f64) { a >= b }
    F64Nlt(a, b: f64) { !(a < b) }
    F64Ngt(a, b: f64) { !(a > b) }
    F64Nle(a, b: f64) { !(a <= b) }
    F64Nge(a, b: f64) { !(a >= b) }
    I32And0(a, b: u32) { a & b == 0 }
    I32AndN(a, b: u32) { a & b != 0 }
}

un_ops! {
    I32Clz(a: u32) -> u32 { Ok(a.leading_zeros()) }
    I32Ctz(a: u32) -> u32 { Ok(a.trailing_zeros()) }
    I32Popcnt(a: u32) -> u32 { Ok(a.count_ones()) }
    I32Extend8S(a: u32) -> i32 { Ok(i32::from(a as i8)) }
    I32Extend16S(a: u32) -> i32 { Ok(i32::from(a as i16)) }
    I64Clz(a: u64) -> u64 { Ok(u64::from(a.leading_zeros())) }
    I64Ctz(a: u64) -> u64 { Ok(u64::from(a.trailing_zeros())) }
    I64Popcnt(a: u64) -> u64 { Ok(u64::from(a.count_ones())) }
    I64Extend8S(a: u64) -> i64 { Ok(i64::from(a as i8)) }
    I64Extend16S(a: u64) -> i64 { Ok(i64::from(a as i16)) }
    I64Extend32S(a: u64) -> i64 { Ok(i64::from(a as i32)) }
    I64ExtendI32S(a: i32) -> i64 { Ok(i64::from(a)) }
    I64ExtendI32U(a: u32) -> u64 { Ok(u64::from(a)) }
    F32Abs(a: f32) -> f32 { Ok(f32::from_bits(a.to_bits() & (u32::MAX >> 1))) }
    F32Neg(a: f32) -> f32 { Ok(f32::from_bits(a.to_bits() ^ (1 << 31))) }
    F32Ceil(a: f32) -> f32 { Ok(float::ceil32(a)) }
    F32Floor(a: f32) -> f32 { Ok(float::floor32(a)) }
    F32Trunc(a: f32) -> f32 { Ok(float::trunc32(a)) }
    F32Nearest(a: f32) -> f32 { Ok(float::nearest32(a)) }
    @ROOTS_CALL F32Sqrt(a: f32) -> f32 { Ok(float::sqrt32(a)) }
    F64Abs(a: f64) -> f64 { Ok(f64::from_bits(a.to_bits() & (u64::MAX >> 1))) }
    F64Neg(a: f64) -> f64 { Ok(f64::from_bits(a.to_bits() ^ (1 << 63))) }
    F64Ceil(a: f64) -> f64 { Ok(float::ceil64(a)) }
    F64Floor(a: f64) -> f64 { Ok(float::floor64(a)) }
    F64Trunc(a: f64) -> f64 { Ok(float::trunc64(a)) }
    F64Nearest(a: f64) -> f64 { Ok(float::nearest64(a)) }
    @ROOTS_CALL F64Sqrt(a: f64) -> f64 { Ok(float::sqrt64(a)) }
    F32Canon(a: f32) -> f32 { Ok(if a.is_nan() { f32::from_bits(0x7fc0_0000) } else { a }) }
    F64Canon(a: f64) -> f64 { Ok(if a.is_nan() { f64::from_bits(0x7ff8_0000_0000_0000) } else { a }) }
    I32TruncF32S(a: f32) -> i32 { trunc(a.is_nan(), (-2147483648.0..2147483648.0).contains(&a), a as i32) }
    I32TruncF32U(a: f32) -> u32 { trunc(a.is_nan(), a > -1.0 && a < 4294967296.0, a as u32) }
    I32TruncF64S(a: f64) -> i32 { trunc(a.is_nan(), a > -2147483649.0 && a < 2147483648.0, a as i32) }
    I32TruncF64U(a: f64) -> u32 { trunc(a.is_nan(), a > -1.0 && a < 4294967296.0, a as u32) }
    I64TruncF32S(a: f32) -> i64 {
        trunc(a.is_nan(), (-9223372036854775808.0..9223372036854775808.0).contains(&a), a as i64)
    }
    I64TruncF32U(a: f32) -> u64 { trunc(a.is_nan(), a > -1.0 && a < 18446744073709551616.0, a as u64) }
    I64TruncF64S(a: f64) -> i64 {
        trunc(a.is_nan(), (-9223372036854775808.0..9223372036854775808.0).contains(&a), a as i64)
    }
    I64TruncF64U(a: f64) -> u64 { trunc(a.is_nan(), a > -1.0 && a < 18446744073709551616.0, a as u64) }
    I32TruncSatF32S(a: f32) -> i32 { Ok(a as i32) }
    I32TruncSatF32U(a: f32) -> u32 { Ok(a as u32) }
    I32TruncSatF64S(a: f64) -> i32 { Ok(a as i32) }
    I32TruncSatF64U(a: f64) -> u32 { Ok(a as u32) }
    I64TruncSatF32S(a: f32) -> i64 { Ok(a as i64) }
    I64TruncSatF32U(a: f32) -> u64 { Ok(a as u64) }
    I64TruncSatF64S(a: f64) -> i64 { Ok(a as i64) }
    I64TruncSatF64U(a: f64) -> u64 { Ok(a as u64) }
    F32ConvertI32S(a: i32) -> f32 { Ok(a as f32) }
    F32ConvertI32U(a: u32) -> f32 { Ok(a as f32) }
    F32ConvertI64S(a: i64) -> f32 { Ok(a as f32) }
    F32ConvertI64U(a: u64) -> f32 { Ok(a as f32) }
    F32DemoteF64(a: f64) -> f32 { Ok(a as f32) }
    F64ConvertI32S(a: i32) -> f64 { Ok(f64::from(a)) }
    F64ConvertI32U(a: u32) -> f64 { Ok(f64::from(a)) }
    F64ConvertI64S(a: i64) -> f64 { Ok(a as f64) }
    F64ConvertI64U(a: u64) -> f64 { Ok(a as f64) }
    F64PromoteF32(a: f32) -> f64 { Ok(f64::from(a)) }
    I32ReinterpretF32(a: f32) -> u32 { Ok(a.to_bits()) }
    I64ReinterpretF64(a: f64) -> u64 { Ok(a.to_bits()) }
    F32ReinterpretI32(a: u32) -> f32 { Ok(f32::from_bits(a)) }
    F64ReinterpretI64(a: u64) -> f64 { Ok(f64::from_bits(a)) }
}

#[inline(always)]
fn div<T>(by_zero: bool, overflows: bool, quotient: impl FnOnce() -> T) -> Result<T, Trap> {
    if by_zero {
        return Err(Trap::IntegerDivisionByZero);
    }
    if overflows { Err(Trap::IntegerOverflow) } else { Ok(quotient()) }
}

#[inline(always)]
fn trunc<T>(nan: bool, fits: bool, value: T) -> Result<T, Trap> {
    if fits {
        Ok(value)
    } else if nan {
        Err(Trap::BadConversionToInteger)
    } else {
        Err(Trap::IntegerOverflow)
    }
}

/// Rounding and the like. What is one instruction everywhere comes from `std` where there is one; libraries' rounding is
/// a call on machines that lack the instruction, and a call costs a handler a frame.
pub(crate) mod float {
    macro_rules! rounding {
        ($($ty:ty, $whole:literal: $nearest:ident $floor:ident $ceil:ident $trunc:ident;)*) => {$(
            /// The nearest whole number, of two the even one.
            #[inline(always)]
            pub(crate) fn $nearest(a: $ty) -> $ty {
                // From this size on every number is whole; below, adding it leaves no room for a fraction.
                if a.abs() < $whole {
                    ((a.abs() + $whole) - $whole).copysign(a)
                } else if a.is_nan() {
                    // A signalling NaN has to come out quiet.
                    a + a
                } else {
                    a
                }
            }
            /// The next whole number below.
            #[inline(always)]
            pub(crate) fn $floor(a: $ty) -> $ty {
                let near = $nearest(a);
                if near > a { near - 1.0 } else { near }
            }
            /// The next whole number above.
            #[inline(always)]
            pub(crate) fn $ceil(a: $ty) -> $ty {
                let near = $nearest(a);
                // The sum of -1 and 1 is a positive zero.
                if near < a { (near + 1.0).copysign(a) } else { near }
            }
            /// The next whole number towards zero.
            #[inline(always)]
            pub(crate) fn $trunc(a: $ty) -> $ty {
                $floor(a.abs()).copysign(a)
            }
        )*};
    }
    rounding! {
        f32, 8388608.0: nearest32 floor32 ceil32 trunc32;
        f64, 4503599627370496.0: nearest64 floor64 ceil64 trunc64;
    }

    /// Whether a root is computed by a library.
    pub(crate) const ROOTS_CALL: bool = cfg!(not(feature = "std"));

    macro_rules! roots {
        ($($name:ident $libm:ident $ty:ty: $std:ident;)*) => {$(
            #[inline(always)]
            pub(crate) fn $name(a: $ty) -> $ty {
                // A signalling NaN has to come out quiet, which libraries leave to chance.
                if a.is_nan() {
                    return a + a;
                }
                #[cfg(feature = "std")]
                return a.$std();
                #[cfg(not(feature = "std"))]
                return libm::$libm(a);
            }
        )*};
    }
    roots! {
        sqrt32 sqrtf f32: sqrt;
        sqrt64 sqrt f64: sqrt;
    }

    /// Whether a product and a sum in one are computed by a library.
    #[cfg(feature = "simd")]
    pub(crate) const SUMS_CALL: bool = true;

    #[cfg(feature = "simd")]
    macro_rules! fused {
        ($($name:ident $libm:ident $ty:ty;)*) => {$(
            #[inline]
            pub(crate) fn $name(a: $ty, b: $ty, c: $ty) -> $ty {
                #[cfg(feature = "std")]
                return a.mul_add(b, c);
                #[cfg(not(feature = "std"))]
                return libm::$libm(a, b, c);
            }
        )*};
    }
    #[cfg(feature = "simd")]
    fused! {
        fma32 fmaf f32;
        fma64 fma f64;
    }

    macro_rules! extremes {
        ($($min:ident $max:ident $ty:ty;)*) => {$(
            #[inline(always)]
            pub(crate) fn $min(a: $ty, b: $ty) -> $ty {
                if a < b {
                    a
                } else if b < a {
                    b
                } else if a == b {
                    <$ty>::from_bits(a.to_bits() | b.to_bits())
                } else {
                    a + b
                }
            }
            #[inline(always)]
            pub(crate) fn $max(a: $ty, b: $ty) -> $ty {
                if a > b {
                    a
                } else if b > a {
                    b
                } else if a == b {
                    <$ty>::from_bits(a.to_bits() & b.to_bits())
                } else {
                    a + b
                }
            }
        )*};
    }
    extremes! {
        min32 max32 f32;
        min64 max64 f64;
    }
}

/// `dst = a + number` as `i32`, with no trace in the accumulator.
pub(crate) struct Lea;
/// `dst = a`.
pub(crate) struct Copy;
/// `dst = number`, a word.
pub(crate) struct Const;
/// `dst = number`, below 2^32.
pub(crate) struct ConstSmall;
/// `dst = a`, two cells.
pub(crate) struct CopyWide;
/// `dst = number`, two words.
pub(crate) struct ConstWide;
/// Two copies, the second after the first.
pub(crate) struct Copy2;
/// Copies of a run of cells to as many others, which begin at `dst`.
pub(crate) struct CopyRun;

impl Exec for Lea {
    const QUIET: bool = true;
    const FORM: &'static str = "ssi";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A), imm32(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let sum = m.cell(m.u16(Self::at(name::A))).u32().wrapping_add(m.u32(Self::at(name::Number)));
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(sum));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for Copy {
    const QUIET: bool = true;
    const FORM: &'static str = "ss";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy_first::<Self>(&mut m);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for Copy2 {
    const QUIET: bool = true;
    const FORM: &'static str = "ss_ss";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A), dst(Name::Dst2), src(Name::B)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        copy_first::<Self>(&mut m);
        copy_second::<Self>(&mut m);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for CopyRun {
    const QUIET: bool = true;
    const FORM: &'static str = "run";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), run(Name::Cells)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (first, count) = m.run(Self::at(name::Cells));
        m.move_cells(m.u16(Self::at(name::Dst)), first, count);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for Const {
    const QUIET: bool = true;
    const FORM: &'static str = "si";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), imm64(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u64(m.u64(Self::at(name::Number))));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for ConstSmall {
    const QUIET: bool = true;
    const FORM: &'static str = "si";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), imm32(Name::Number)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_cell(m.u16(Self::at(name::Dst)), RawVal::from_u32(m.u32(Self::at(name::Number))));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for CopyWide {
    const QUIET: bool = true;
    const FORM: &'static str = "ss";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        m.set_wide(m.u16(Self::at(name::Dst)), m.wide(m.u16(Self::at(name::A))));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

impl Exec for ConstWide {
    const QUIET: bool = true;
    const FORM: &'static str = "si";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), imm64(Name::Low), imm64(Name::High)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let (low, high) = (m.u64(Self::at(name::Low)), m.u64(Self::at(name::High)));
        m.set_wide(m.u16(Self::at(name::Dst)), u128::from(low) | u128::from(high) << 64);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `dst = condition != 0 ? a : b` over cells.
pub(crate) struct Select<D, C, A, B>(PhantomData<(D, C, A, B)>);

/// The forms of `select`.
pub(crate) type Selects = (
    Select<S, S, S, S>,
    Select<R, S, S, S>,
    Select<S, S, S, I>,
    Select<R, S, S, I>,
    Select<S, R, S, S>,
    Select<R, R, S, S>,
    Select<S, R, S, I>,
    Select<R, R, S, I>,
    Select<S, S, I, S>,
    Select<R, S, I, S>,
    Select<S, S, I, I>,
    Select<R, S, I, I>,
    Select<S, R, I, S>,
    Select<R, R, I, S>,
    Select<S, R, I, I>,
    Select<R, R, I, I>,
);

impl<D: Dst, C: Src, A: Src, B: Src> Exec for Select<D, C, A, B> {
    const QUIET: bool = true;
    const FORM: &'static str = match (A::KIND, B::KIND) {
        (b's', b's') => concat_select(D::KIND, C::KIND, 0),
        (b's', _) => concat_select(D::KIND, C::KIND, 1),
        (_, b's') => concat_select(D::KIND, C::KIND, 2),
        _ => concat_select(D::KIND, C::KIND, 3),
    };
    const OPERANDS: &'static [Operand] = &[
        result(D::KIND),
        source(Name::Condition, C::KIND, false),
        source(Name::A, A::KIND, true),
        source(Name::B, B::KIND, true),
    ];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let a = A::read::<u64>(&m, Self::at(name::A));
        let b = B::read::<u64>(&m, Self::at(name::B));
        let condition = C::read::<u32>(&m, Self::at(name::Condition));
        let value = core::hint::select_unpredictable(condition != 0, a, b);
        D::write(&mut m, Self::at(name::Dst), value);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

const fn concat_select(d: u8, c: u8, ab: u8) -> &'static str {
    match (d, c, ab) {
        (b's', b's', 0) => "ssss",
        (b's', b's', 1) => "sssi",
        (b's', b's', 2) => "ssis",
        (b's', b's', _) => "ssii",
        (b's', _, 0) => "srss",
        (b's', _, 1) => "srsi",
        (b's', _, 2) => "sris",
        (b's', _, _) => "srii",
        (_, b's', 0) => "rsss",
        (_, b's', 1) => "rssi",
        (_, b's', 2) => "rsis",
        (_, b's', _) => "rsii",
        (_, _, 0) => "rrss",
        (_, _, 1) => "rrsi",
        (_, _, 2) => "rris",
        _ => "rrii",
    }
}

/// Copies a cell, as the first result and operand say.
#[inline(always)]
pub(crate) fn copy_first<E: Exec>(m: &mut Regs) {
    m.set_cell(m.u16(E::at(name::Dst)), m.cell(m.u16(E::at(name::A))));
}

/// The same of the second ones.
#[inline(always)]
pub(crate) fn copy_second<E: Exec>(m: &mut Regs) {
    m.set_cell(m.u16(E::at(name::Dst2)), m.cell(m.u16(E::at(name::B))));
}

/// `select` over two cells.
pub(crate) struct SelectWide;

impl Exec for SelectWide {
    const QUIET: bool = true;
    const FORM: &'static str = "ssss";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::Condition), src(Name::A), src(Name::B)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let holds = m.cell(m.u16(Self::at(name::Condition))).u32() != 0;
        let from = if holds { m.u16(Self::at(name::A)) } else { m.u16(Self::at(name::B)) };
        m.set_wide(m.u16(Self::at(name::Dst)), m.wide(from));
        m.skip(Self::WORDS);
        P::next(m)
    }
}

//! Handlers: 128-bit vectors. What an operator computes stands here once, over arrays of lanes, which compile to vector
//! instructions where the target has them. Relaxed operators compute their deterministic results.

#![allow(clippy::needless_range_loop, reason = "see `each`")]

use crate::exec::machine::{Dispatch, Exec, Field, Regs, S, Src, Val};
use crate::exec::memory::Address;
use crate::exec::numeric::float;
use crate::exec::stack::trap;
use coracle_error::Trap;
use coracle_vm::raw::RawVal;
use core::marker::PhantomData;

/// A vector as lanes, lane 0 in the lowest bits.
pub(crate) trait Lanes: Copy {
    fn of(v: u128) -> Self;
    fn v128(self) -> u128;
}
impl Lanes for u128 {
    #[inline(always)]
    fn of(v: u128) -> Self {
        v
    }
    #[inline(always)]
    fn v128(self) -> u128 {
        self
    }
}
macro_rules! lanes {
    ($($ty:ty, $bytes:literal, $count:literal;)*) => {$(
        impl Lanes for [$ty; $count] {
            #[inline(always)]
            fn of(v: u128) -> Self {
                let all = v.to_le_bytes();
                let mut lanes = [<$ty>::default(); $count];
                for i in 0..$count {
                    let mut bytes = [0; $bytes];
                    for j in 0..$bytes {
                        bytes[j] = all[i * $bytes + j];
                    }
                    lanes[i] = <$ty>::from_le_bytes(bytes);
                }
                lanes
            }
            #[inline(always)]
            fn v128(self) -> u128 {
                let mut all = [0; 16];
                for i in 0..$count {
                    let bytes = self[i].to_le_bytes();
                    for j in 0..$bytes {
                        all[i * $bytes + j] = bytes[j];
                    }
                }
                u128::from_le_bytes(all)
            }
        }
    )*};
}
lanes! {
    i8, 1, 16; u8, 1, 16; i16, 2, 8; u16, 2, 8; i32, 4, 4; u32, 4, 4; i64, 8, 2; u64, 8, 2; f32, 4, 4; f64, 8, 2;
}

// Loops over numbers rather than iterators and `array::from_fn`, which are not always inlined.
#[inline(always)]
fn each<T: Copy + Default, const N: usize>(f: impl Fn(usize) -> T) -> [T; N] {
    let mut all = [T::default(); N];
    for i in 0..N {
        all[i] = f(i);
    }
    all
}
#[inline(always)]
fn map<T: Copy, const N: usize>(a: [T; N], f: impl Fn(T) -> T) -> [T; N] {
    let mut all = a;
    for i in 0..N {
        all[i] = f(a[i]);
    }
    all
}
#[inline(always)]
fn zip<T: Copy, const N: usize>(a: [T; N], b: [T; N], f: impl Fn(T, T) -> T) -> [T; N] {
    let mut all = a;
    for i in 0..N {
        all[i] = f(a[i], b[i]);
    }
    all
}
macro_rules! masks {
    ($($name:ident $ty:ty;)*) => {$(
        /// All ones where a comparison holds.
        #[inline(always)]
        fn $name(holds: bool) -> $ty { if holds { <$ty>::MAX } else { 0 } }
    )*};
}
masks! { mask8 u8; mask16 u16; mask32 u32; mask64 u64; }

/// An operator on one vector.
pub(crate) trait V1Op {
    fn run(a: u128) -> u128;
}
/// On two.
pub(crate) trait V2Op {
    fn run(a: u128, b: u128) -> u128;
}
/// On three.
pub(crate) trait V3Op {
    fn run(a: u128, b: u128, c: u128) -> u128;
}
/// A shift.
pub(crate) trait ShiftOp {
    fn run(a: u128, by: u32) -> u128;
}
/// A question.
pub(crate) trait TestOp {
    fn run(a: u128) -> u32;
}
/// A number in all lanes.
pub(crate) trait SplatOp {
    type V: Val;
    fn run(x: Self::V) -> u128;
}
/// One lane as a number.
pub(crate) trait ExtractOp {
    type V: Val;
    fn run(a: u128, lane: usize) -> Self::V;
}
/// One lane replaced.
pub(crate) trait ReplaceOp {
    type V: Val;
    fn run(a: u128, x: Self::V, lane: usize) -> u128;
}

/// What each handler is: operands at 2, 4 and 6, the result at 0.
macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident: $op:ident [$($field:expr),*] |$m:ident| $run:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name<O>(PhantomData<O>);
        impl<O: $op> Exec for $name<O> {
            const FORM: &'static str = "";
            const FIELDS: [Field; 6] = pad([$($field),*]);
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                let mut $m = m;
                $run;
                $m.skip(2);
                P::next($m)
            }
        }
    )*};
}
const fn pad<const N: usize>(some: [Field; N]) -> [Field; 6] {
    let mut all = [Field::None; 6];
    let mut i = 0;
    while i < N {
        all[i] = some[i];
        i += 1;
    }
    all
}
handlers! {
    /// `dst = op a`.
    V1: V1Op [Field::Dst(0), Field::Src(2)] |m| m.set_wide(m.u16(0), O::run(m.wide(m.u16(2))));
    /// `dst = a op b`.
    V2: V2Op [Field::Dst(0), Field::Src(2), Field::Src(4)]
        |m| m.set_wide(m.u16(0), O::run(m.wide(m.u16(2)), m.wide(m.u16(4))));
    /// `dst = op(a, b, c)`.
    V3: V3Op [Field::Dst(0), Field::Src(2), Field::Src(4), Field::Src(6)]
        |m| m.set_wide(m.u16(0), O::run(m.wide(m.u16(2)), m.wide(m.u16(4)), m.wide(m.u16(6))));
    /// `dst = a shifted by b`.
    VShift: ShiftOp [Field::Dst(0), Field::Src(2), Field::Src(4)]
        |m| m.set_wide(m.u16(0), O::run(m.wide(m.u16(2)), m.cell(m.u16(4)).u32()));
    /// `dst = op a`, a number.
    VTest: TestOp [Field::Dst(0), Field::Src(2)]
        |m| m.set_cell(m.u16(0), RawVal::from_u32(O::run(m.wide(m.u16(2)))));
    /// `dst = a in all lanes`.
    VSplat: SplatOp [Field::Dst(0), Field::Src(2)]
        |m| m.set_wide(m.u16(0), O::run(S::read::<O::V>(&m, 2, 0)));
    /// `dst = a[lane]`, the lane at 4.
    VExtract: ExtractOp [Field::Dst(0), Field::Src(2), Field::Imm16(4)]
        |m| m.set_cell(m.u16(0), O::run(m.wide(m.u16(2)), m.u16(4) as usize).cell());
    /// `dst = a with b in a lane`, the lane at 6.
    VReplace: ReplaceOp [Field::Dst(0), Field::Src(2), Field::Src(4), Field::Imm16(6)]
        |m| m.set_wide(m.u16(0), O::run(m.wide(m.u16(2)), S::read::<O::V>(&m, 4, 0), m.u16(6) as usize));
}

/// `i8x16.shuffle`: a at 2, b at 4, the lanes at 8.
pub(crate) struct Shuffle;
impl Exec for Shuffle {
    const FORM: &'static str = "";
    const FIELDS: [Field; 6] = pad([Field::Dst(0), Field::Src(2), Field::Src(4), Field::Imm64(8), Field::Imm64(16)]);
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let lanes = u128::from(m.u64(8)) | u128::from(m.u64(16)) << 64;
        m.set_wide(m.u16(0), shuffle(m.wide(m.u16(2)), m.wide(m.u16(4)), lanes));
        m.skip(4);
        P::next(m)
    }
}

/// Bytes of `a` and `b` by number. Apart from the handler, which would lose its jump to the arrays' place on the stack.
#[inline(never)]
fn shuffle(a: u128, b: u128, lanes: u128) -> u128 {
    let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
    let pick = |i: u8| if i < 16 { a[i as usize & 15] } else { b[i as usize & 15] };
    u128::from_le_bytes(lanes.to_le_bytes().map(pick))
}

/// How bytes become a vector.
pub(crate) trait VLoadOp<const N: usize> {
    fn read(bytes: [u8; N]) -> u128;
}
/// `dst = memory[a + offset]`, memory 0: dst at 0, a at 2, offset at 4.
pub(crate) struct VLoad<O, const N: usize>(PhantomData<O>);
/// The same of any memory: its place at 4, offset at 8. `A` is the type of addresses.
pub(crate) struct VLoadAny<O, A, const N: usize>(PhantomData<(O, A)>);
/// The forms of a vector load.
pub(crate) type VLoads<O, const N: usize> = (VLoad<O, N>, VLoadAny<O, u32, N>, VLoadAny<O, u64, N>);
/// `memory[a + offset] = value`, memory 0: a at 0, value at 2, offset at 4.
pub(crate) struct VStore;
/// The same of any memory: its place at 4, offset at 8.
pub(crate) struct VStoreAny<A>(PhantomData<A>);
/// The forms of a vector store.
pub(crate) type VStores = (VStore, VStoreAny<u32>, VStoreAny<u64>);
/// A load of `N` bytes into one lane: dst at 0, a at 2, the memory's place at 4, offset at 8, vector at 16, lane at 18.
pub(crate) struct LoadLane<A, const N: usize>(PhantomData<A>);
/// A store of `N` bytes of one lane: a at 2, the memory's place at 4, offset at 8, vector at 16, lane at 18.
pub(crate) struct StoreLane<A, const N: usize>(PhantomData<A>);

#[inline(always)]
fn address<A: Address>(m: &Regs, at: usize) -> u64 {
    S::read::<A>(m, at, 0).wide()
}

macro_rules! memory_handlers {
    ($($(#[$bound:meta])? [$($g:tt)*] $name:ty, $form:expr, [$($field:expr),*], $words:literal, |$m:ident| $run:expr;)*) => {$(
        impl<$($g)*> Exec for $name {
            const FORM: &'static str = $form;
            const FIELDS: [Field; 6] = pad([$($field),*]);
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                let mut $m = m;
                let done: Option<()> = $run;
                if done.is_none() {
                    return trap::<P>($m, Trap::MemoryOutOfBounds);
                }
                $m.skip($words);
                P::next($m)
            }
        }
    )*};
}
memory_handlers! {
    [O: VLoadOp<N>, const N: usize] VLoad<O, N>, "", [Field::Dst(0), Field::Src(2), Field::Imm32(4)], 2,
        |m| m.load::<N>(m.cell(m.u16(2)).u32(), m.u32(4)).map(|bytes| m.set_wide(m.u16(0), O::read(bytes)));
    [O: VLoadOp<N>, A: Address, const N: usize] VLoadAny<O, A, N>, A::NAME,
        [Field::Dst(0), Field::Src(2), Field::Imm32(4), Field::Imm64(8)], 3,
        |m| m.load_any::<N>(m.u32(4), address::<A>(&m, 2), m.u64(8)).map(|bytes| m.set_wide(m.u16(0), O::read(bytes)));
    [] VStore, "", [Field::Src(0), Field::Src(2), Field::Imm32(4)], 2,
        |m| m.store(m.cell(m.u16(0)).u32(), m.u32(4), m.wide(m.u16(2)).to_le_bytes());
    [A: Address] VStoreAny<A>, A::NAME, [Field::Src(0), Field::Src(2), Field::Imm32(4), Field::Imm64(8)], 3,
        |m| m.store_any(m.u32(4), address::<A>(&m, 0), m.u64(8), m.wide(m.u16(2)).to_le_bytes());
    [A: Address, const N: usize] LoadLane<A, N>, A::NAME,
        [Field::Dst(0), Field::Src(2), Field::Imm32(4), Field::Imm64(8), Field::Src(16), Field::Imm16(18)], 4,
        |m| m.load_any::<N>(m.u32(4), address::<A>(&m, 2), m.u64(8)).map(|bytes| {
            let mut all = m.wide(m.u16(16)).to_le_bytes();
            let lane = m.u16(18) as usize * N;
            for (to, from) in all.iter_mut().skip(lane).zip(bytes) {
                *to = from;
            }
            m.set_wide(m.u16(0), u128::from_le_bytes(all));
        });
    [A: Address, const N: usize] StoreLane<A, N>, A::NAME,
        [Field::Src(2), Field::Imm32(4), Field::Imm64(8), Field::Src(16), Field::Imm16(18)], 4,
        |m| {
            let all = m.wide(m.u16(16)).to_le_bytes();
            let lane = m.u16(18) as usize * N;
            let bytes: [u8; N] = core::array::from_fn(|i| all[(lane + i) & 15]);
            m.store_any(m.u32(4), address::<A>(&m, 2), m.u64(8), bytes)
        };
}

/// `i32x4.relaxed_dot_i8x16_i7x16_add_s`.
pub(crate) struct I32x4RelaxedDotI8x16I7x16AddS;
impl V3Op for I32x4RelaxedDotI8x16I7x16AddS {
    #[inline(always)]
    fn run(a: u128, b: u128, c: u128) -> u128 {
        let dot = <[i16; 8]>::of(I16x8RelaxedDotI8x16I7x16S::run(a, b));
        let c = <[i32; 4]>::of(c);
        each::<i32, 4>(|i| (i32::from(dot[2 * i]) + i32::from(dot[2 * i + 1])).wrapping_add(c[i])).v128()
    }
}

macro_rules! ops {
    (
        unary { $($un:ident: $un_a:ty => $un_r:ty, |$ua:ident| $un_run:expr;)* }
        binary { $($bin:ident: $bin_a:ty => $bin_r:ty, |$ba:ident, $bb:ident| $bin_run:expr;)* }
        ternary { $($tri:ident: $tri_a:ty, |$ta:ident, $tb:ident, $tc:ident| $tri_run:expr;)* }
        shift { $($shift:ident: $sh_a:ty, |$sa:ident, $by:ident| $sh_run:expr;)* }
        test { $($test:ident: $te_a:ty, |$ea:ident| $te_run:expr;)* }
        splat { $($splat:ident: $sp_v:ty, |$x:ident| $sp_run:expr;)* }
        extract { $($ext:ident: $ex_a:ty, $ex_v:ty;)* }
        replace { $($rep:ident: $re_a:ty, $re_v:ty, $re_t:ty;)* }
        load { $($load:ident: $bytes:literal, |$b:ident| $ld_run:expr;)* }
    ) => {
        $(pub(crate) struct $un;
        impl V1Op for $un {
            #[inline(always)]
            fn run(a: u128) -> u128 {
                let $ua = <$un_a>::of(a);
                let r: $un_r = $un_run;
                r.v128()
            }
        })*
        $(pub(crate) struct $bin;
        impl V2Op for $bin {
            #[inline(always)]
            fn run(a: u128, b: u128) -> u128 {
                let ($ba, $bb) = (<$bin_a>::of(a), <$bin_a>::of(b));
                let r: $bin_r = $bin_run;
                r.v128()
            }
        })*
        $(pub(crate) struct $tri;
        impl V3Op for $tri {
            #[inline(always)]
            fn run(a: u128, b: u128, c: u128) -> u128 {
                let ($ta, $tb, $tc) = (<$tri_a>::of(a), <$tri_a>::of(b), <$tri_a>::of(c));
                let r: $tri_a = $tri_run;
                r.v128()
            }
        })*
        $(pub(crate) struct $shift;
        impl ShiftOp for $shift {
            #[inline(always)]
            fn run(a: u128, $by: u32) -> u128 {
                let $sa = <$sh_a>::of(a);
                let r: $sh_a = $sh_run;
                r.v128()
            }
        })*
        $(pub(crate) struct $test;
        impl TestOp for $test {
            #[inline(always)]
            fn run(a: u128) -> u32 {
                let $ea = <$te_a>::of(a);
                $te_run
            }
        })*
        $(pub(crate) struct $splat;
        impl SplatOp for $splat {
            type V = $sp_v;
            #[inline(always)]
            fn run($x: $sp_v) -> u128 { $sp_run }
        })*
        $(pub(crate) struct $ext;
        impl ExtractOp for $ext {
            type V = $ex_v;
            #[inline(always)]
            fn run(a: u128, lane: usize) -> $ex_v {
                let lanes = <$ex_a>::of(a);
                lanes[lane % lanes.len()].into()
            }
        })*
        $(pub(crate) struct $rep;
        impl ReplaceOp for $rep {
            type V = $re_v;
            #[inline(always)]
            fn run(a: u128, x: $re_v, lane: usize) -> u128 {
                let mut lanes = <$re_a>::of(a);
                let count = lanes.len();
                lanes[lane % count] = x as $re_t;
                lanes.v128()
            }
        })*
        $(pub(crate) struct $load;
        impl VLoadOp<$bytes> for $load {
            #[inline(always)]
            fn read($b: [u8; $bytes]) -> u128 { $ld_run }
        })*
    };
}
ops! {
    unary {
        I8x16Abs: [i8; 16] => [i8; 16], |a| map(a, |x| x.wrapping_abs());
        I8x16Neg: [i8; 16] => [i8; 16], |a| map(a, |x| x.wrapping_neg());
        I16x8Abs: [i16; 8] => [i16; 8], |a| map(a, |x| x.wrapping_abs());
        I16x8Neg: [i16; 8] => [i16; 8], |a| map(a, |x| x.wrapping_neg());
        I32x4Abs: [i32; 4] => [i32; 4], |a| map(a, |x| x.wrapping_abs());
        I32x4Neg: [i32; 4] => [i32; 4], |a| map(a, |x| x.wrapping_neg());
        I64x2Abs: [i64; 2] => [i64; 2], |a| map(a, |x| x.wrapping_abs());
        I64x2Neg: [i64; 2] => [i64; 2], |a| map(a, |x| x.wrapping_neg());
        I8x16Popcnt: [u8; 16] => [u8; 16], |a| map(a, |x| x.count_ones() as u8);
        I16x8ExtendLowI8x16S: [i8; 16] => [i16; 8], |a| each(|i| i16::from(a[i]));
        I16x8ExtendHighI8x16S: [i8; 16] => [i16; 8], |a| each(|i| i16::from(a[i + 8]));
        I16x8ExtAddPairwiseI8x16S: [i8; 16] => [i16; 8], |a| each(|i| i16::from(a[2 * i]) + i16::from(a[2 * i + 1]));
        I16x8ExtendLowI8x16U: [u8; 16] => [u16; 8], |a| each(|i| u16::from(a[i]));
        I16x8ExtendHighI8x16U: [u8; 16] => [u16; 8], |a| each(|i| u16::from(a[i + 8]));
        I16x8ExtAddPairwiseI8x16U: [u8; 16] => [u16; 8], |a| each(|i| u16::from(a[2 * i]) + u16::from(a[2 * i + 1]));
        I32x4ExtendLowI16x8S: [i16; 8] => [i32; 4], |a| each(|i| i32::from(a[i]));
        I32x4ExtendHighI16x8S: [i16; 8] => [i32; 4], |a| each(|i| i32::from(a[i + 4]));
        I32x4ExtAddPairwiseI16x8S: [i16; 8] => [i32; 4], |a| each(|i| i32::from(a[2 * i]) + i32::from(a[2 * i + 1]));
        I32x4ExtendLowI16x8U: [u16; 8] => [u32; 4], |a| each(|i| u32::from(a[i]));
        I32x4ExtendHighI16x8U: [u16; 8] => [u32; 4], |a| each(|i| u32::from(a[i + 4]));
        I32x4ExtAddPairwiseI16x8U: [u16; 8] => [u32; 4], |a| each(|i| u32::from(a[2 * i]) + u32::from(a[2 * i + 1]));
        I64x2ExtendLowI32x4S: [i32; 4] => [i64; 2], |a| each(|i| i64::from(a[i]));
        I64x2ExtendHighI32x4S: [i32; 4] => [i64; 2], |a| each(|i| i64::from(a[i + 2]));
        I64x2ExtendLowI32x4U: [u32; 4] => [u64; 2], |a| each(|i| u64::from(a[i]));
        I64x2ExtendHighI32x4U: [u32; 4] => [u64; 2], |a| each(|i| u64::from(a[i + 2]));
        V128Not: u128 => u128, |a| !a;
        F32x4Ceil: [f32; 4] => [f32; 4], |a| map(a, float::ceil32);
        F32x4Floor: [f32; 4] => [f32; 4], |a| map(a, float::floor32);
        F32x4Trunc: [f32; 4] => [f32; 4], |a| map(a, float::trunc32);
        F32x4Nearest: [f32; 4] => [f32; 4], |a| map(a, float::nearest32);
        F32x4Sqrt: [f32; 4] => [f32; 4], |a| map(a, float::sqrt32);
        F32x4Abs: [u32; 4] => [u32; 4], |a| map(a, |x| x & (u32::MAX >> 1));
        F32x4Neg: [u32; 4] => [u32; 4], |a| map(a, |x| x ^ (1 << 31));
        F32x4Canon: [f32; 4] => [f32; 4], |a| map(a, |x| if x.is_nan() { f32::NAN } else { x });
        F64x2Ceil: [f64; 2] => [f64; 2], |a| map(a, float::ceil64);
        F64x2Floor: [f64; 2] => [f64; 2], |a| map(a, float::floor64);
        F64x2Trunc: [f64; 2] => [f64; 2], |a| map(a, float::trunc64);
        F64x2Nearest: [f64; 2] => [f64; 2], |a| map(a, float::nearest64);
        F64x2Sqrt: [f64; 2] => [f64; 2], |a| map(a, float::sqrt64);
        F64x2Abs: [u64; 2] => [u64; 2], |a| map(a, |x| x & (u64::MAX >> 1));
        F64x2Neg: [u64; 2] => [u64; 2], |a| map(a, |x| x ^ (1 << 63));
        F64x2Canon: [f64; 2] => [f64; 2], |a| map(a, |x| if x.is_nan() { f64::NAN } else { x });
        I32x4TruncSatF32x4S: [f32; 4] => [i32; 4], |a| each(|i| a[i] as i32);
        I32x4TruncSatF64x2SZero: [f64; 2] => [i32; 4], |a| each(|i| if i < 2 { a[i] as i32 } else { 0 });
        F32x4ConvertI32x4S: [i32; 4] => [f32; 4], |a| each(|i| a[i] as f32);
        F64x2ConvertLowI32x4S: [i32; 4] => [f64; 2], |a| each(|i| f64::from(a[i]));
        I32x4TruncSatF32x4U: [f32; 4] => [u32; 4], |a| each(|i| a[i] as u32);
        I32x4TruncSatF64x2UZero: [f64; 2] => [u32; 4], |a| each(|i| if i < 2 { a[i] as u32 } else { 0 });
        F32x4ConvertI32x4U: [u32; 4] => [f32; 4], |a| each(|i| a[i] as f32);
        F64x2ConvertLowI32x4U: [u32; 4] => [f64; 2], |a| each(|i| f64::from(a[i]));
        F32x4DemoteF64x2Zero: [f64; 2] => [f32; 4], |a| each(|i| if i < 2 { a[i] as f32 } else { 0.0 });
        F64x2PromoteLowF32x4: [f32; 4] => [f64; 2], |a| each(|i| f64::from(a[i]));
    }
    binary {
        I8x16Add: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| x.wrapping_add(y));
        I8x16Sub: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| x.wrapping_sub(y));
        I8x16Eq: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| mask8(x == y));
        I8x16Ne: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| mask8(x != y));
        I8x16LtS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| mask8(x < y) as i8);
        I8x16LtU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| mask8(x < y));
        I8x16GtS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| mask8(x > y) as i8);
        I8x16GtU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| mask8(x > y));
        I8x16LeS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| mask8(x <= y) as i8);
        I8x16LeU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| mask8(x <= y));
        I8x16GeS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| mask8(x >= y) as i8);
        I8x16GeU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| mask8(x >= y));
        I8x16MinS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| x.min(y));
        I8x16MinU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| x.min(y));
        I8x16MaxS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| x.max(y));
        I8x16MaxU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| x.max(y));
        I8x16AddSatS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| x.saturating_add(y));
        I8x16AddSatU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| x.saturating_add(y));
        I8x16SubSatS: [i8; 16] => [i8; 16], |a, b| zip(a, b, |x, y| x.saturating_sub(y));
        I8x16SubSatU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| x.saturating_sub(y));
        I8x16AvgrU: [u8; 16] => [u8; 16], |a, b| zip(a, b, |x, y| (u32::from(x) + u32::from(y)).div_ceil(2) as u8);
        I16x8Add: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| x.wrapping_add(y));
        I16x8Sub: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| x.wrapping_sub(y));
        I16x8Mul: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| x.wrapping_mul(y));
        I16x8Eq: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| mask16(x == y));
        I16x8Ne: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| mask16(x != y));
        I16x8LtS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| mask16(x < y) as i16);
        I16x8LtU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| mask16(x < y));
        I16x8GtS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| mask16(x > y) as i16);
        I16x8GtU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| mask16(x > y));
        I16x8LeS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| mask16(x <= y) as i16);
        I16x8LeU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| mask16(x <= y));
        I16x8GeS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| mask16(x >= y) as i16);
        I16x8GeU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| mask16(x >= y));
        I16x8MinS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| x.min(y));
        I16x8MinU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| x.min(y));
        I16x8MaxS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| x.max(y));
        I16x8MaxU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| x.max(y));
        I16x8AddSatS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| x.saturating_add(y));
        I16x8AddSatU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| x.saturating_add(y));
        I16x8SubSatS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| x.saturating_sub(y));
        I16x8SubSatU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| x.saturating_sub(y));
        I16x8AvgrU: [u16; 8] => [u16; 8], |a, b| zip(a, b, |x, y| (u32::from(x) + u32::from(y)).div_ceil(2) as u16);
        I32x4Add: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| x.wrapping_add(y));
        I32x4Sub: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| x.wrapping_sub(y));
        I32x4Mul: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| x.wrapping_mul(y));
        I32x4Eq: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| mask32(x == y));
        I32x4Ne: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| mask32(x != y));
        I32x4LtS: [i32; 4] => [i32; 4], |a, b| zip(a, b, |x, y| mask32(x < y) as i32);
        I32x4LtU: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| mask32(x < y));
        I32x4GtS: [i32; 4] => [i32; 4], |a, b| zip(a, b, |x, y| mask32(x > y) as i32);
        I32x4GtU: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| mask32(x > y));
        I32x4LeS: [i32; 4] => [i32; 4], |a, b| zip(a, b, |x, y| mask32(x <= y) as i32);
        I32x4LeU: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| mask32(x <= y));
        I32x4GeS: [i32; 4] => [i32; 4], |a, b| zip(a, b, |x, y| mask32(x >= y) as i32);
        I32x4GeU: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| mask32(x >= y));
        I32x4MinS: [i32; 4] => [i32; 4], |a, b| zip(a, b, |x, y| x.min(y));
        I32x4MinU: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| x.min(y));
        I32x4MaxS: [i32; 4] => [i32; 4], |a, b| zip(a, b, |x, y| x.max(y));
        I32x4MaxU: [u32; 4] => [u32; 4], |a, b| zip(a, b, |x, y| x.max(y));
        I64x2Add: [u64; 2] => [u64; 2], |a, b| zip(a, b, |x, y| x.wrapping_add(y));
        I64x2Sub: [u64; 2] => [u64; 2], |a, b| zip(a, b, |x, y| x.wrapping_sub(y));
        I64x2Mul: [u64; 2] => [u64; 2], |a, b| zip(a, b, |x, y| x.wrapping_mul(y));
        I64x2Eq: [u64; 2] => [u64; 2], |a, b| zip(a, b, |x, y| mask64(x == y));
        I64x2Ne: [u64; 2] => [u64; 2], |a, b| zip(a, b, |x, y| mask64(x != y));
        I64x2LtS: [i64; 2] => [i64; 2], |a, b| zip(a, b, |x, y| mask64(x < y) as i64);
        I64x2GtS: [i64; 2] => [i64; 2], |a, b| zip(a, b, |x, y| mask64(x > y) as i64);
        I64x2LeS: [i64; 2] => [i64; 2], |a, b| zip(a, b, |x, y| mask64(x <= y) as i64);
        I64x2GeS: [i64; 2] => [i64; 2], |a, b| zip(a, b, |x, y| mask64(x >= y) as i64);
        I16x8ExtMulLowI8x16S: [i8; 16] => [i16; 8], |a, b| each(|i| i16::from(a[i]) * i16::from(b[i]));
        I16x8ExtMulHighI8x16S: [i8; 16] => [i16; 8], |a, b| each(|i| i16::from(a[i + 8]) * i16::from(b[i + 8]));
        I16x8ExtMulLowI8x16U: [u8; 16] => [u16; 8], |a, b| each(|i| u16::from(a[i]) * u16::from(b[i]));
        I16x8ExtMulHighI8x16U: [u8; 16] => [u16; 8], |a, b| each(|i| u16::from(a[i + 8]) * u16::from(b[i + 8]));
        I32x4ExtMulLowI16x8S: [i16; 8] => [i32; 4], |a, b| each(|i| i32::from(a[i]) * i32::from(b[i]));
        I32x4ExtMulHighI16x8S: [i16; 8] => [i32; 4], |a, b| each(|i| i32::from(a[i + 4]) * i32::from(b[i + 4]));
        I32x4ExtMulLowI16x8U: [u16; 8] => [u32; 4], |a, b| each(|i| u32::from(a[i]) * u32::from(b[i]));
        I32x4ExtMulHighI16x8U: [u16; 8] => [u32; 4], |a, b| each(|i| u32::from(a[i + 4]) * u32::from(b[i + 4]));
        I64x2ExtMulLowI32x4S: [i32; 4] => [i64; 2], |a, b| each(|i| i64::from(a[i]) * i64::from(b[i]));
        I64x2ExtMulHighI32x4S: [i32; 4] => [i64; 2], |a, b| each(|i| i64::from(a[i + 2]) * i64::from(b[i + 2]));
        I64x2ExtMulLowI32x4U: [u32; 4] => [u64; 2], |a, b| each(|i| u64::from(a[i]) * u64::from(b[i]));
        I64x2ExtMulHighI32x4U: [u32; 4] => [u64; 2], |a, b| each(|i| u64::from(a[i + 2]) * u64::from(b[i + 2]));
        I8x16NarrowI16x8S: [i16; 8] => [i8; 16], |a, b| each(|i| if i < 8 { a[i] } else { b[i - 8] }.clamp(i16::from(i8::MIN), i16::from(i8::MAX)) as i8);
        I8x16NarrowI16x8U: [i16; 8] => [u8; 16], |a, b| each(|i| if i < 8 { a[i] } else { b[i - 8] }.clamp(i16::from(u8::MIN), i16::from(u8::MAX)) as u8);
        I16x8NarrowI32x4S: [i32; 4] => [i16; 8], |a, b| each(|i| if i < 4 { a[i] } else { b[i - 4] }.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
        I16x8NarrowI32x4U: [i32; 4] => [u16; 8], |a, b| each(|i| if i < 4 { a[i] } else { b[i - 4] }.clamp(i32::from(u16::MIN), i32::from(u16::MAX)) as u16);
        I32x4DotI16x8S: [i16; 8] => [i32; 4], |a, b| each(|i| (i32::from(a[2 * i]) * i32::from(b[2 * i])).wrapping_add(i32::from(a[2 * i + 1]) * i32::from(b[2 * i + 1])));
        I16x8Q15MulrSatS: [i16; 8] => [i16; 8], |a, b| zip(a, b, |x, y| ((i32::from(x) * i32::from(y) + 0x4000) >> 15).min(0x7fff) as i16);
        I8x16Swizzle: [u8; 16] => [u8; 16], |a, b| map(b, |i| if i < 16 { a[i as usize] } else { 0 });
        I16x8RelaxedDotI8x16I7x16S: [i8; 16] => [i16; 8], |a, b| each(|i| (i16::from(a[2 * i]) * i16::from(b[2 * i])).wrapping_add(i16::from(a[2 * i + 1]) * i16::from(b[2 * i + 1])));
        V128And: u128 => u128, |a, b| a & b;
        V128Or: u128 => u128, |a, b| a | b;
        V128Xor: u128 => u128, |a, b| a ^ b;
        V128AndNot: u128 => u128, |a, b| a & !b;
        F32x4Add: [f32; 4] => [f32; 4], |a, b| zip(a, b, |x, y| x + y);
        F32x4Sub: [f32; 4] => [f32; 4], |a, b| zip(a, b, |x, y| x - y);
        F32x4Mul: [f32; 4] => [f32; 4], |a, b| zip(a, b, |x, y| x * y);
        F32x4Div: [f32; 4] => [f32; 4], |a, b| zip(a, b, |x, y| x / y);
        F32x4Min: [f32; 4] => [f32; 4], |a, b| zip(a, b, float::min32);
        F32x4Max: [f32; 4] => [f32; 4], |a, b| zip(a, b, float::max32);
        F32x4PMin: [f32; 4] => [f32; 4], |a, b| zip(a, b, |x, y| if y < x { y } else { x });
        F32x4PMax: [f32; 4] => [f32; 4], |a, b| zip(a, b, |x, y| if x < y { y } else { x });
        F32x4Eq: [f32; 4] => [u32; 4], |a, b| each(|i| mask32(a[i] == b[i]));
        F32x4Ne: [f32; 4] => [u32; 4], |a, b| each(|i| mask32(a[i] != b[i]));
        F32x4Lt: [f32; 4] => [u32; 4], |a, b| each(|i| mask32(a[i] < b[i]));
        F32x4Gt: [f32; 4] => [u32; 4], |a, b| each(|i| mask32(a[i] > b[i]));
        F32x4Le: [f32; 4] => [u32; 4], |a, b| each(|i| mask32(a[i] <= b[i]));
        F32x4Ge: [f32; 4] => [u32; 4], |a, b| each(|i| mask32(a[i] >= b[i]));
        F64x2Add: [f64; 2] => [f64; 2], |a, b| zip(a, b, |x, y| x + y);
        F64x2Sub: [f64; 2] => [f64; 2], |a, b| zip(a, b, |x, y| x - y);
        F64x2Mul: [f64; 2] => [f64; 2], |a, b| zip(a, b, |x, y| x * y);
        F64x2Div: [f64; 2] => [f64; 2], |a, b| zip(a, b, |x, y| x / y);
        F64x2Min: [f64; 2] => [f64; 2], |a, b| zip(a, b, float::min64);
        F64x2Max: [f64; 2] => [f64; 2], |a, b| zip(a, b, float::max64);
        F64x2PMin: [f64; 2] => [f64; 2], |a, b| zip(a, b, |x, y| if y < x { y } else { x });
        F64x2PMax: [f64; 2] => [f64; 2], |a, b| zip(a, b, |x, y| if x < y { y } else { x });
        F64x2Eq: [f64; 2] => [u64; 2], |a, b| each(|i| mask64(a[i] == b[i]));
        F64x2Ne: [f64; 2] => [u64; 2], |a, b| each(|i| mask64(a[i] != b[i]));
        F64x2Lt: [f64; 2] => [u64; 2], |a, b| each(|i| mask64(a[i] < b[i]));
        F64x2Gt: [f64; 2] => [u64; 2], |a, b| each(|i| mask64(a[i] > b[i]));
        F64x2Le: [f64; 2] => [u64; 2], |a, b| each(|i| mask64(a[i] <= b[i]));
        F64x2Ge: [f64; 2] => [u64; 2], |a, b| each(|i| mask64(a[i] >= b[i]));
    }
    ternary {
        F32x4RelaxedMadd: [f32; 4], |a, b, c| each(|i| float::fma32(a[i], b[i], c[i]));
        F32x4RelaxedNmadd: [f32; 4], |a, b, c| each(|i| float::fma32(-a[i], b[i], c[i]));
        F64x2RelaxedMadd: [f64; 2], |a, b, c| each(|i| float::fma64(a[i], b[i], c[i]));
        F64x2RelaxedNmadd: [f64; 2], |a, b, c| each(|i| float::fma64(-a[i], b[i], c[i]));
        V128Bitselect: u128, |a, b, c| (a & c) | (b & !c);
    }
    shift {
        I8x16Shl: [u8; 16], |a, by| map(a, |x| x.wrapping_shl(by));
        I8x16ShrS: [i8; 16], |a, by| map(a, |x| x.wrapping_shr(by));
        I8x16ShrU: [u8; 16], |a, by| map(a, |x| x.wrapping_shr(by));
        I16x8Shl: [u16; 8], |a, by| map(a, |x| x.wrapping_shl(by));
        I16x8ShrS: [i16; 8], |a, by| map(a, |x| x.wrapping_shr(by));
        I16x8ShrU: [u16; 8], |a, by| map(a, |x| x.wrapping_shr(by));
        I32x4Shl: [u32; 4], |a, by| map(a, |x| x.wrapping_shl(by));
        I32x4ShrS: [i32; 4], |a, by| map(a, |x| x.wrapping_shr(by));
        I32x4ShrU: [u32; 4], |a, by| map(a, |x| x.wrapping_shr(by));
        I64x2Shl: [u64; 2], |a, by| map(a, |x| x.wrapping_shl(by));
        I64x2ShrS: [i64; 2], |a, by| map(a, |x| x.wrapping_shr(by));
        I64x2ShrU: [u64; 2], |a, by| map(a, |x| x.wrapping_shr(by));
    }
    test {
        I8x16AllTrue: [u8; 16], |a| u32::from(a.iter().all(|&x| x != 0));
        I8x16Bitmask: [i8; 16], |a| a.iter().enumerate().fold(0, |bits, (i, &x)| bits | u32::from(x < 0) << i);
        I16x8AllTrue: [u16; 8], |a| u32::from(a.iter().all(|&x| x != 0));
        I16x8Bitmask: [i16; 8], |a| a.iter().enumerate().fold(0, |bits, (i, &x)| bits | u32::from(x < 0) << i);
        I32x4AllTrue: [u32; 4], |a| u32::from(a.iter().all(|&x| x != 0));
        I32x4Bitmask: [i32; 4], |a| a.iter().enumerate().fold(0, |bits, (i, &x)| bits | u32::from(x < 0) << i);
        I64x2AllTrue: [u64; 2], |a| u32::from(a.iter().all(|&x| x != 0));
        I64x2Bitmask: [i64; 2], |a| a.iter().enumerate().fold(0, |bits, (i, &x)| bits | u32::from(x < 0) << i);
        V128AnyTrue: u128, |a| u32::from(a != 0);
    }
    splat {
        I8x16Splat: u32, |x| [x as u8; 16].v128();
        I16x8Splat: u32, |x| [x as u16; 8].v128();
        I32x4Splat: u32, |x| [x as u32; 4].v128();
        I64x2Splat: u64, |x| [x as u64; 2].v128();
        F32x4Splat: f32, |x| [x as f32; 4].v128();
        F64x2Splat: f64, |x| [x as f64; 2].v128();
    }
    extract {
        I8x16ExtractLaneS: [i8; 16], i32;
        I8x16ExtractLaneU: [u8; 16], u32;
        I16x8ExtractLaneS: [i16; 8], i32;
        I16x8ExtractLaneU: [u16; 8], u32;
        I32x4ExtractLane: [u32; 4], u32;
        I64x2ExtractLane: [u64; 2], u64;
        F32x4ExtractLane: [f32; 4], f32;
        F64x2ExtractLane: [f64; 2], f64;
    }
    replace {
        I8x16ReplaceLane: [u8; 16], u32, u8;
        I16x8ReplaceLane: [u16; 8], u32, u16;
        I32x4ReplaceLane: [u32; 4], u32, u32;
        I64x2ReplaceLane: [u64; 2], u64, u64;
        F32x4ReplaceLane: [f32; 4], f32, f32;
        F64x2ReplaceLane: [f64; 2], f64, f64;
    }
    load {
        V128Load: 16, |b| u128::from_le_bytes(b);
        V128Load8x8S: 8, |b| { let a = <[i8; 16]>::of(u128::from(u64::from_le_bytes(b))); each::<i16, 8>(|i| i16::from(a[i])).v128() };
        V128Load8x8U: 8, |b| { let a = <[u8; 16]>::of(u128::from(u64::from_le_bytes(b))); each::<u16, 8>(|i| u16::from(a[i])).v128() };
        V128Load16x4S: 8, |b| { let a = <[i16; 8]>::of(u128::from(u64::from_le_bytes(b))); each::<i32, 4>(|i| i32::from(a[i])).v128() };
        V128Load16x4U: 8, |b| { let a = <[u16; 8]>::of(u128::from(u64::from_le_bytes(b))); each::<u32, 4>(|i| u32::from(a[i])).v128() };
        V128Load32x2S: 8, |b| { let a = <[i32; 4]>::of(u128::from(u64::from_le_bytes(b))); each::<i64, 2>(|i| i64::from(a[i])).v128() };
        V128Load32x2U: 8, |b| { let a = <[u32; 4]>::of(u128::from(u64::from_le_bytes(b))); each::<u64, 2>(|i| u64::from(a[i])).v128() };
        V128Load8Splat: 1, |b| [u8::from_le_bytes(b); 16].v128();
        V128Load16Splat: 2, |b| [u16::from_le_bytes(b); 8].v128();
        V128Load32Splat: 4, |b| [u32::from_le_bytes(b); 4].v128();
        V128Load64Splat: 8, |b| [u64::from_le_bytes(b); 2].v128();
        V128Load32Zero: 4, |b| u128::from(u32::from_le_bytes(b));
        V128Load64Zero: 8, |b| u128::from(u64::from_le_bytes(b));
    }
}

//! Handlers: 128-bit vectors. What an operator computes stands here once, over arrays of lanes, which compile to vector
//! instructions where the target has them. Relaxed operators compute their deterministic results.

#![allow(clippy::needless_range_loop, reason = "see `each`")]

use crate::exec::any::{Bytes, Bytewise, Way, Whole};
use crate::exec::lanes::Lanes;
use crate::exec::machine::{Dispatch, Exec, Regs, S, Src, Val};
use crate::exec::memory::Address;
use crate::exec::numeric::float;
use crate::exec::operand::{Name, Operand, dst, imm16, imm32, imm64, name, src};
use coracle_vm::raw::RawVal;
use core::marker::PhantomData;

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
/// 1 if no lane is 0.
#[inline(always)]
fn all_true<T: Copy + Default + PartialEq, const N: usize>(a: [T; N]) -> u32 {
    let mut all = 1;
    for i in 0..N {
        all &= u32::from(a[i] != T::default());
    }
    all
}
/// The signs of lanes of `BITS` bits, each half gathered by one multiplication.
#[inline(always)]
fn bitmask<const BITS: u32>(a: [u64; 2]) -> u32 {
    let count = 64 / BITS;
    // A one in each lane; and a factor that brings the one of lane `i` to bit `i` of the last lane.
    let (ones, mut factor) = (u64::MAX / (u64::MAX >> (64 - BITS)), 0);
    for i in 0..count {
        factor |= 1 << ((count - 1 - i) * BITS + i);
    }
    let half = |x: u64| ((x >> (BITS - 1) & ones).wrapping_mul(factor) >> (64 - BITS)) as u32 & ((1 << count) - 1);
    half(a[0]) | half(a[1]) << count
}
/// Numbers of `BITS` bits, 8 or 16, each in a lane of twice as many.
#[inline(always)]
fn spread<const BITS: u32>(bytes: [u8; 8], signed: bool) -> [u64; 2] {
    let all = u64::from_le_bytes(bytes);
    let half = |x: u64| {
        let x = (x | x << 16) & 0xffff_0000_ffff;
        let (x, sign) =
            if BITS == 8 { ((x | x << 8) & 0xff_00ff_00ff_00ff, 0x80_0080_0080_0080) } else { (x, 0x8000_0000_8000) };
        // A sign times this is as many ones above it, and none elsewhere.
        if signed { x | (x & sign).wrapping_mul(((1 << BITS) - 1) << 1) } else { x }
    };
    [half(all & 0xffff_ffff), half(all >> 32)]
}
macro_rules! masks {
    ($($name:ident $ty:ty;)*) => {$(
        /// All ones where a comparison holds.
        #[inline(always)]
        fn $name(holds: bool) -> $ty { if holds { <$ty>::MAX } else { 0 } }
    )*};
}
masks! { mask8 u8; mask16 u16; mask32 u32; mask64 u64; }

/// An operator on one vector: `A` is how it sees the operand, `R` how the result.
pub(crate) trait V1Op {
    type A: Lanes;
    type R: Lanes;
    /// As of [`Exec::CALLS`].
    const CALLS: bool = false;
    fn run(a: Self::A) -> Self::R;
}
/// On two.
pub(crate) trait V2Op {
    type A: Lanes;
    type R: Lanes;
    fn run(a: Self::A, b: Self::A) -> Self::R;
}
/// On three: the last has the lanes of the result.
pub(crate) trait V3Op {
    type A: Lanes;
    type R: Lanes;
    /// As of [`Exec::CALLS`].
    const CALLS: bool = false;
    fn run(a: Self::A, b: Self::A, c: Self::R) -> Self::R;
}
/// A shift.
pub(crate) trait ShiftOp {
    type A: Lanes;
    fn run(a: Self::A, by: u32) -> Self::A;
}
/// A question.
pub(crate) trait TestOp {
    type A: Lanes;
    fn run(a: Self::A) -> u32;
}
/// A number in all lanes.
pub(crate) trait SplatOp {
    type V: Val;
    type R: Lanes;
    fn run(x: Self::V) -> Self::R;
}
/// One lane as a number.
pub(crate) trait ExtractOp {
    type V: Val;
    fn run(m: &Regs, slot: u16, lane: u16) -> Self::V;
}
/// One lane of a slot replaced.
pub(crate) trait ReplaceOp {
    type V: Val;
    fn run(m: &mut Regs, slot: u16, lane: u16, x: Self::V);
}

/// What each handler is: its operands, and the result, written as `$set` does. Its slot is read last, since registers are
/// scarce.
macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident: $op:ident [$($operand:expr),*] $calls:expr, $set:ident |$m:ident| $run:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name<O>(PhantomData<O>);
        impl<O: $op> Exec for $name<O> {
            const FORM: &'static str = "";
            const OPERANDS: &'static [Operand] = &[$($operand),*];
            const CALLS: bool = $calls;
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                let mut $m = m;
                let result = $run;
                $m.$set($m.u16(Self::at(name::Dst)), result);
                $m.skip(Self::WORDS);
                P::next($m)
            }
        }
    )*};
}
handlers! {
    /// `dst = op a`.
    V1: V1Op [dst(Name::Dst), src(Name::A)] O::CALLS, set_lanes |m| O::run(m.lanes(m.u16(Self::at(name::A))));
    /// `dst = a op b`.
    V2: V2Op [dst(Name::Dst), src(Name::A), src(Name::B)] false, set_lanes
        |m| O::run(m.lanes(m.u16(Self::at(name::A))), m.lanes(m.u16(Self::at(name::B))));
    /// `dst = op(a, b, c)`.
    V3: V3Op [dst(Name::Dst), src(Name::A), src(Name::B), src(Name::C)] O::CALLS, set_lanes |m| O::run(
        m.lanes(m.u16(Self::at(name::A))),
        m.lanes(m.u16(Self::at(name::B))),
        m.lanes(m.u16(Self::at(name::C))),
    );
    /// `dst = a shifted by b`.
    VShift: ShiftOp [dst(Name::Dst), src(Name::A), src(Name::B)] false, set_lanes
        |m| O::run(m.lanes(m.u16(Self::at(name::A))), m.cell(m.u16(Self::at(name::B))).u32());
    /// `dst = op a`, a number.
    VTest: TestOp [dst(Name::Dst), src(Name::A)] false, set_cell
        |m| RawVal::from_u32(O::run(m.lanes(m.u16(Self::at(name::A)))));
    /// `dst = a in all lanes`.
    VSplat: SplatOp [dst(Name::Dst), src(Name::A)] false, set_lanes |m| O::run(S::read::<O::V>(&m, Self::at(name::A)));
    /// `dst = a[lane]`.
    VExtract: ExtractOp [dst(Name::Dst), src(Name::A), imm16(Name::Lane)] false, set_cell
        |m| O::run(&m, m.u16(Self::at(name::A)), m.u16(Self::at(name::Lane))).cell();
}

/// `dst = a with b in a lane`.
pub(crate) struct VReplace<O>(PhantomData<O>);
impl<O: ReplaceOp> Exec for VReplace<O> {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[dst(Name::Dst), src(Name::A), src(Name::B), imm16(Name::Lane)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        // Before the vector is copied, which may lie where this did.
        let x = S::read::<O::V>(&m, Self::at(name::B));
        let vector = m.lanes::<[u8; 16]>(m.u16(Self::at(name::A)));
        m.set_lanes(m.u16(Self::at(name::Dst)), vector);
        let (slot, lane) = (m.u16(Self::at(name::Dst)), m.u16(Self::at(name::Lane)));
        O::run(&mut m, slot, lane, x);
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// `i8x16.shuffle`, by lanes of which the first eight are in `low`.
pub(crate) struct Shuffle;
impl Exec for Shuffle {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] =
        &[dst(Name::Dst), src(Name::A), src(Name::B), imm64(Name::Low), imm64(Name::High)];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let lanes = u128::from(m.u64(Self::at(name::Low))) | u128::from(m.u64(Self::at(name::High))) << 64;
        let (a, b) = (m.wide(m.u16(Self::at(name::A))), m.wide(m.u16(Self::at(name::B))));
        m.set_wide(m.u16(Self::at(name::Dst)), shuffle(a, b, lanes));
        m.skip(Self::WORDS);
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
    type R: Lanes;
    fn read(bytes: [u8; N]) -> Self::R;
}
/// `dst = memory[address + offset]`, memory 0.
pub(crate) struct VLoad<O, const N: usize>(PhantomData<O>);
/// The same of any memory. `A` is the type of addresses, `W` how the memory is accessed.
pub(crate) struct VLoadAny<O, A, const N: usize, W = Whole>(PhantomData<(O, A, W)>);
/// The forms of a vector load.
pub(crate) type VLoads<O, const N: usize> = (VLoad<O, N>, VLoadAny<O, u32, N>, VLoadAny<O, u64, N>);
/// `memory[address + offset] = value`, memory 0.
pub(crate) struct VStore;
/// The same of any memory.
pub(crate) struct VStoreAny<A, W = Whole>(PhantomData<(A, W)>);
/// The forms of a vector store.
pub(crate) type VStores = (VStore, VStoreAny<u32>, VStoreAny<u64>);
/// A load of `N` bytes into one lane of the vector `a`.
pub(crate) struct LoadLane<A, const N: usize, W = Whole>(PhantomData<(A, W)>);
/// A store of `N` bytes of one lane of it.
pub(crate) struct StoreLane<A, const N: usize, W = Whole>(PhantomData<(A, W)>);

#[inline(always)]
fn address<A: Address>(m: &Regs, at: usize) -> u64 {
    S::read::<A>(m, at).wide()
}

/// Writes a result whose slot lies at `at`, which is read last.
#[inline(always)]
fn set<T: Lanes>(m: &mut Regs, at: usize, lanes: T) {
    m.set_lanes(m.u16(at), lanes);
}

macro_rules! memory_handlers {
    ($([$($g:tt)*] [$($bound:tt)*] $name:ty, $form:expr, [$($operand:expr),*], |$m:ident| $run:expr, $way:ty, $slow:ty;)*) => {$(
        impl<$($g)*> Exec for $name where $($bound)* {
            const FORM: &'static str = $form;
            const OPERANDS: &'static [Operand] = &[$($operand),*];
            #[inline(always)]
            fn exec<P: Dispatch>(m: Regs) -> P::Out {
                let mut $m = m;
                let done: Option<()> = $run;
                if done.is_none() {
                    return <$way>::otherwise::<P, $slow>($m);
                }
                $m.skip(Self::WORDS);
                P::next($m)
            }
        }
    )*};
}
memory_handlers! {
    [O: VLoadOp<N>, const N: usize] [] VLoad<O, N>, "", [dst(Name::Dst), src(Name::Address), imm32(Name::Offset)],
        |m| m
            .load::<N>(m.cell(m.u16(Self::at(name::Address))).u32(), m.u32(Self::at(name::Offset)))
            .map(|bytes| set(&mut m, Self::at(name::Dst), O::read(bytes))),
        Bytewise, Self;
    [O: VLoadOp<N>, A: Address, const N: usize, W: Way] [[u8; N]: Bytes] VLoadAny<O, A, N, W>, A::NAME,
        [dst(Name::Dst), src(Name::Address), imm32(Name::Memory), imm64(Name::Offset)],
        |m| {
            let (memory, offset) = (m.u32(Self::at(name::Memory)), m.u64(Self::at(name::Offset)));
            W::load(&m, memory, address::<A>(&m, Self::at(name::Address)), offset)
                .map(|bytes| set(&mut m, Self::at(name::Dst), O::read(bytes)))
        },
        W, VLoadAny<O, A, N, Bytewise>;
    [] [] VStore, "", [src(Name::Address), src(Name::Value), imm32(Name::Offset)],
        |m| m.store(
            m.cell(m.u16(Self::at(name::Address))).u32(),
            m.u32(Self::at(name::Offset)),
            m.lanes::<[u8; 16]>(m.u16(Self::at(name::Value))),
        ),
        Bytewise, Self;
    [A: Address, W: Way] [] VStoreAny<A, W>, A::NAME,
        [src(Name::Address), src(Name::Value), imm32(Name::Memory), imm64(Name::Offset)],
        |m| {
            let (memory, offset) = (m.u32(Self::at(name::Memory)), m.u64(Self::at(name::Offset)));
            let bytes = || m.lanes::<[u8; 16]>(m.u16(Self::at(name::Value)));
            W::store(&m, memory, address::<A>(&m, Self::at(name::Address)), offset, bytes)
        },
        W, VStoreAny<A, Bytewise>;
    [A: Address, const N: usize, W: Way] [[u8; N]: Bytes] LoadLane<A, N, W>, A::NAME,
        [
            dst(Name::Dst), src(Name::Address), imm32(Name::Memory), imm64(Name::Offset), src(Name::A),
            imm16(Name::Lane)
        ],
        |m| {
            let (memory, offset) = (m.u32(Self::at(name::Memory)), m.u64(Self::at(name::Offset)));
            W::load::<[u8; N]>(&m, memory, address::<A>(&m, Self::at(name::Address)), offset).map(|bytes| {
                let vector = m.lanes::<[u8; 16]>(m.u16(Self::at(name::A)));
                m.set_lanes(m.u16(Self::at(name::Dst)), vector);
                m.set_lane(m.u16(Self::at(name::Dst)), m.u16(Self::at(name::Lane)), bytes);
            })
        },
        W, LoadLane<A, N, Bytewise>;
    [A: Address, const N: usize, W: Way] [[u8; N]: Bytes] StoreLane<A, N, W>, A::NAME,
        [src(Name::Address), imm32(Name::Memory), imm64(Name::Offset), src(Name::A), imm16(Name::Lane)],
        |m| {
            let (memory, offset) = (m.u32(Self::at(name::Memory)), m.u64(Self::at(name::Offset)));
            let bytes = || m.lane::<N>(m.u16(Self::at(name::A)), m.u16(Self::at(name::Lane)));
            W::store(&m, memory, address::<A>(&m, Self::at(name::Address)), offset, bytes)
        },
        W, StoreLane<A, N, Bytewise>;
}

/// `i32x4.relaxed_dot_i8x16_i7x16_add_s`.
pub(crate) struct I32x4RelaxedDotI8x16I7x16AddS;
impl V3Op for I32x4RelaxedDotI8x16I7x16AddS {
    type A = [i8; 16];
    type R = [i32; 4];
    #[inline(always)]
    fn run(a: [i8; 16], b: [i8; 16], c: [i32; 4]) -> [i32; 4] {
        let dot = I16x8RelaxedDotI8x16I7x16S::run(a, b);
        each(|i| (i32::from(dot[2 * i]) + i32::from(dot[2 * i + 1])).wrapping_add(c[i]))
    }
}

macro_rules! ops {
    (
        unary { $($(@$un_calls:ident)? $un:ident: $un_a:ty => $un_r:ty, |$ua:ident| $un_run:expr;)* }
        binary { $($bin:ident: $bin_a:ty => $bin_r:ty, |$ba:ident, $bb:ident| $bin_run:expr;)* }
        ternary { $($(@$tri_calls:ident)? $tri:ident: $tri_a:ty, |$ta:ident, $tb:ident, $tc:ident| $tri_run:expr;)* }
        shift { $($shift:ident: $sh_a:ty, |$sa:ident, $by:ident| $sh_run:expr;)* }
        test { $($test:ident: $te_a:ty, |$ea:ident| $te_run:expr;)* }
        splat { $($splat:ident: $sp_v:ty => $sp_r:ty, |$x:ident| $sp_run:expr;)* }
        extract { $($ext:ident: $ex_t:ty, $ex_v:ty;)* }
        replace { $($rep:ident: $re_v:ty, $re_t:ty;)* }
        load { $($load:ident: $bytes:literal => $ld_r:ty, |$b:ident| $ld_run:expr;)* }
    ) => {
        $(pub(crate) struct $un;
        impl V1Op for $un {
            type A = $un_a;
            type R = $un_r;
            $(const CALLS: bool = float::$un_calls;)?
            #[inline(always)]
            fn run($ua: $un_a) -> $un_r { $un_run }
        })*
        $(pub(crate) struct $bin;
        impl V2Op for $bin {
            type A = $bin_a;
            type R = $bin_r;
            #[inline(always)]
            fn run($ba: $bin_a, $bb: $bin_a) -> $bin_r { $bin_run }
        })*
        $(pub(crate) struct $tri;
        impl V3Op for $tri {
            type A = $tri_a;
            type R = $tri_a;
            $(const CALLS: bool = float::$tri_calls;)?
            #[inline(always)]
            fn run($ta: $tri_a, $tb: $tri_a, $tc: $tri_a) -> $tri_a { $tri_run }
        })*
        $(pub(crate) struct $shift;
        impl ShiftOp for $shift {
            type A = $sh_a;
            #[inline(always)]
            fn run($sa: $sh_a, $by: u32) -> $sh_a { $sh_run }
        })*
        $(pub(crate) struct $test;
        impl TestOp for $test {
            type A = $te_a;
            #[inline(always)]
            fn run($ea: $te_a) -> u32 { $te_run }
        })*
        $(pub(crate) struct $splat;
        impl SplatOp for $splat {
            type V = $sp_v;
            type R = $sp_r;
            #[inline(always)]
            fn run($x: $sp_v) -> $sp_r { $sp_run }
        })*
        $(pub(crate) struct $ext;
        impl ExtractOp for $ext {
            type V = $ex_v;
            #[inline(always)]
            fn run(m: &Regs, slot: u16, lane: u16) -> $ex_v {
                <$ex_t>::from_le_bytes(m.lane(slot, lane)).into()
            }
        })*
        $(pub(crate) struct $rep;
        impl ReplaceOp for $rep {
            type V = $re_v;
            #[inline(always)]
            fn run(m: &mut Regs, slot: u16, lane: u16, x: $re_v) {
                m.set_lane(slot, lane, (x as $re_t).to_le_bytes());
            }
        })*
        $(pub(crate) struct $load;
        impl VLoadOp<$bytes> for $load {
            type R = $ld_r;
            #[inline(always)]
            fn read($b: [u8; $bytes]) -> $ld_r { $ld_run }
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
        @ROOTS_CALL F32x4Sqrt: [f32; 4] => [f32; 4], |a| map(a, float::sqrt32);
        F32x4Abs: [u32; 4] => [u32; 4], |a| map(a, |x| x & (u32::MAX >> 1));
        F32x4Neg: [u32; 4] => [u32; 4], |a| map(a, |x| x ^ (1 << 31));
        F32x4Canon: [f32; 4] => [f32; 4], |a| map(a, |x| if x.is_nan() { f32::NAN } else { x });
        F64x2Ceil: [f64; 2] => [f64; 2], |a| map(a, float::ceil64);
        F64x2Floor: [f64; 2] => [f64; 2], |a| map(a, float::floor64);
        F64x2Trunc: [f64; 2] => [f64; 2], |a| map(a, float::trunc64);
        F64x2Nearest: [f64; 2] => [f64; 2], |a| map(a, float::nearest64);
        @ROOTS_CALL F64x2Sqrt: [f64; 2] => [f64; 2], |a| map(a, float::sqrt64);
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
        @SUMS_CALL F32x4RelaxedMadd: [f32; 4], |a, b, c| each(|i| float::fma32(a[i], b[i], c[i]));
        @SUMS_CALL F32x4RelaxedNmadd: [f32; 4], |a, b, c| each(|i| float::fma32(-a[i], b[i], c[i]));
        @SUMS_CALL F64x2RelaxedMadd: [f64; 2], |a, b, c| each(|i| float::fma64(a[i], b[i], c[i]));
        @SUMS_CALL F64x2RelaxedNmadd: [f64; 2], |a, b, c| each(|i| float::fma64(-a[i], b[i], c[i]));
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
        I8x16AllTrue: [u8; 16], |a| all_true(a);
        I8x16Bitmask: [u64; 2], |a| bitmask::<8>(a);
        I16x8AllTrue: [u16; 8], |a| all_true(a);
        I16x8Bitmask: [u64; 2], |a| bitmask::<16>(a);
        I32x4AllTrue: [u32; 4], |a| all_true(a);
        I32x4Bitmask: [u64; 2], |a| bitmask::<32>(a);
        I64x2AllTrue: [u64; 2], |a| all_true(a);
        I64x2Bitmask: [u64; 2], |a| bitmask::<64>(a);
        V128AnyTrue: u128, |a| u32::from(a != 0);
    }
    splat {
        I8x16Splat: u32 => [u8; 16], |x| [x as u8; 16];
        I16x8Splat: u32 => [u16; 8], |x| [x as u16; 8];
        I32x4Splat: u32 => [u32; 4], |x| [x; 4];
        I64x2Splat: u64 => [u64; 2], |x| [x; 2];
        F32x4Splat: f32 => [f32; 4], |x| [x; 4];
        F64x2Splat: f64 => [f64; 2], |x| [x; 2];
    }
    extract {
        I8x16ExtractLaneS: i8, i32;
        I8x16ExtractLaneU: u8, u32;
        I16x8ExtractLaneS: i16, i32;
        I16x8ExtractLaneU: u16, u32;
        I32x4ExtractLane: u32, u32;
        I64x2ExtractLane: u64, u64;
        F32x4ExtractLane: f32, f32;
        F64x2ExtractLane: f64, f64;
    }
    replace {
        I8x16ReplaceLane: u32, u8;
        I16x8ReplaceLane: u32, u16;
        I32x4ReplaceLane: u32, u32;
        I64x2ReplaceLane: u64, u64;
        F32x4ReplaceLane: f32, f32;
        F64x2ReplaceLane: f64, f64;
    }
    load {
        V128Load: 16 => [u8; 16], |b| b;
        V128Load8x8S: 8 => [u64; 2], |b| spread::<8>(b, true);
        V128Load8x8U: 8 => [u64; 2], |b| spread::<8>(b, false);
        V128Load16x4S: 8 => [u64; 2], |b| spread::<16>(b, true);
        V128Load16x4U: 8 => [u64; 2], |b| spread::<16>(b, false);
        V128Load32x2S: 8 => [i64; 2], |b| each(|i| i64::from((u64::from_le_bytes(b) >> (32 * i)) as i32));
        V128Load32x2U: 8 => [u64; 2], |b| each(|i| u64::from((u64::from_le_bytes(b) >> (32 * i)) as u32));
        V128Load8Splat: 1 => [u8; 16], |b| [b[0]; 16];
        V128Load16Splat: 2 => [u16; 8], |b| [u16::from_le_bytes(b); 8];
        V128Load32Splat: 4 => [u32; 4], |b| [u32::from_le_bytes(b); 4];
        V128Load64Splat: 8 => [u64; 2], |b| [u64::from_le_bytes(b); 2];
        V128Load32Zero: 4 => u128, |b| u128::from(u32::from_le_bytes(b));
        V128Load64Zero: 8 => u128, |b| u128::from(u64::from_le_bytes(b));
    }
}

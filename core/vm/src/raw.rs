//! `RawVal`: one 64-bit cell that holds a core value.
//!
//! Arguments, results, frame slots and globals are cells. `i32` and `f32` lie in the low half (the high half is
//! unspecified), `v128` takes two cells, low half first. References: null is 0; a `funcref` is the address of its
//! pinned [`VmFuncRef`](crate::tier::VmFuncRef); `externref` and `exnref` are an index into a store arena plus one.

use core::fmt;

/// One core value cell, untyped.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[repr(transparent)]
pub struct RawVal(u64);

macro_rules! conversions {
    ($($make:ident $get:ident $ty:ty: |$v:ident| $to:expr, |$bits:ident| $from:expr;)*) => {$(
        #[doc = concat!("A cell with an `", stringify!($ty), "` in it.")]
        #[inline(always)]
        pub const fn $make($v: $ty) -> Self { Self($to) }
        #[doc = concat!("The cell read as `", stringify!($ty), "`.")]
        #[inline(always)]
        pub const fn $get(self) -> $ty { let $bits = self.0; $from }
    )*};
}

impl RawVal {
    /// A cell of zeros: the number 0 and the null reference.
    pub const ZERO: Self = Self(0);

    conversions! {
        from_i32 i32 i32: |v| v as u32 as u64, |b| b as i32;
        from_u32 u32 u32: |v| v as u64, |b| b as u32;
        from_i64 i64 i64: |v| v as u64, |b| b as i64;
        from_u64 u64 u64: |v| v, |b| b;
        from_f32 f32 f32: |v| v.to_bits() as u64, |b| f32::from_bits(b as u32);
        from_f64 f64 f64: |v| v.to_bits(), |b| f64::from_bits(b);
        from_usize usize usize: |v| v as u64, |b| b as usize;
    }

    /// Whether the cell, read as a reference, is null.
    #[inline(always)]
    pub const fn is_null_ref(self) -> bool {
        self.0 == 0
    }

    /// The two cells of a vector, low half first.
    #[inline(always)]
    pub const fn from_v128(v: u128) -> [Self; 2] {
        [Self(v as u64), Self((v >> 64) as u64)]
    }

    /// The vector that lies in two cells, low half first.
    #[inline(always)]
    pub const fn v128(cells: [Self; 2]) -> u128 {
        cells[0].0 as u128 | (cells[1].0 as u128) << 64
    }
}

impl fmt::Debug for RawVal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

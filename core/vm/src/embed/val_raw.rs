//! `ValRaw`: a core value without its type, as the unchecked calls take and give it.
//!
//! It is sixteen bytes for every type, whereas cells are eight and a vector takes two: so what is passed raw is
//! converted on its way, and a caller need not know how values lie inside.

use core::ffi::c_void;
use core::fmt;

/// A core value without its type: whoever reads it knows which one was written.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct ValRaw(u128);

macro_rules! conversions {
    ($($make:ident $get:ident $ty:ty: $what:literal, |$value:ident| $to:expr, |$bits:ident| $from:expr;)*) => {$(
        #[doc = concat!("Makes ", $what, ".")]
        #[inline]
        pub fn $make($value: $ty) -> Self {
            Self($to)
        }

        #[doc = concat!("Reads ", $what, ".")]
        #[inline]
        pub fn $get(&self) -> $ty {
            let $bits = self.0;
            $from
        }
    )*};
}

impl ValRaw {
    /// All bits zero: the number zero of each type, and null.
    #[inline]
    pub fn null() -> Self {
        Self(0)
    }

    conversions! {
        i32 get_i32 i32: "an `i32`", |value| u128::from(value as u32), |bits| bits as i32;
        i64 get_i64 i64: "an `i64`", |value| u128::from(value as u64), |bits| bits as i64;
        u32 get_u32 u32: "an `i32`", |value| u128::from(value), |bits| bits as u32;
        u64 get_u64 u64: "an `i64`", |value| u128::from(value), |bits| bits as u64;
        f32 get_f32 u32: "an `f32`, as its bits", |value| u128::from(value), |bits| bits as u32;
        f64 get_f64 u64: "an `f64`, as its bits", |value| u128::from(value), |bits| bits as u64;
        v128 get_v128 u128: "a `v128`, lane 0 lowest", |value| value, |bits| bits;
        funcref get_funcref *mut c_void: "a `funcref`, as from `Func::to_raw`",
            |value| value.expose_provenance() as u128,
            |bits| core::ptr::with_exposed_provenance_mut(bits as usize);
        externref get_externref u32: "an `externref`, as from `Rooted::to_raw`",
            |value| u128::from(value), |bits| bits as u32;
        exnref get_exnref u32: "an `exnref`, as from `Rooted::to_raw`",
            |value| u128::from(value), |bits| bits as u32;
    }
}

impl fmt::Debug for ValRaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValRaw({:#x})", self.0)
    }
}

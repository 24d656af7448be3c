//! Numbers, `bool` and `char`.
//!
//! Lists of numbers cross as one loop over fixed-size chunks, which the compiler turns into a block copy.
//! SPEC: lifting a float canonicalises its NaN; lowering may pass any NaN on, and does.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx};
use crate::abi::info::AbiInfo;
use crate::abi::typed::{ComponentType, Lift, LiftNumbers, Lower, LowerNumbers};
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::{Error, Result};
use coracle_image::types::InterfaceType;
use coracle_vm::raw::RawVal;

macro_rules! component_type {
    ($rust:ty, $component:ident, $bytes:literal) => {
        impl ComponentType for $rust {
            const ABI: AbiInfo = AbiInfo::scalar($bytes);
            const MAY_REQUIRE_REALLOC: bool = false;
            fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
                check::exactly(InterfaceType::$component, ty, types)
            }
        }
    };
}

/// Writes numbers to as many bytes as they take. Bytes are copied at once, however well the rest is optimised.
macro_rules! store_all {
    (u8, $items:expr, $bytes:expr, $size:literal) => {
        $bytes.copy_from_slice($items)
    };
    ($rust:ident, $items:expr, $bytes:expr, $size:literal) => {
        for (to, item) in $bytes.chunks_exact_mut($size).zip($items) {
            to.copy_from_slice(&item.to_le_bytes());
        }
    };
}

/// Reads numbers from bytes; `$lift` finishes each.
macro_rules! load_all {
    (u8, $bytes:expr, $size:literal, |$raw:ident| $lift:expr) => {
        $bytes.to_vec()
    };
    ($rust:ident, $bytes:expr, $size:literal, |$raw:ident| $lift:expr) => {{
        let finish = |chunk: &[u8]| {
            let mut raw = [0; $size];
            raw.copy_from_slice(chunk);
            let $raw = $rust::from_le_bytes(raw);
            $lift
        };
        $bytes.chunks_exact($size).map(finish).collect()
    }};
}

/// `$to` makes a cell of a value, `$from` a value of a cell; `$lift` finishes a value that was read from memory.
macro_rules! numbers {
    ($($rust:ident = $component:ident, $bytes:literal,
        |$v:ident| $to:expr, |$cell:ident| $from:expr, |$raw:ident| $lift:expr;)*) => {$(
        component_type!($rust, $component, $bytes);

        impl Lower for $rust {
            const NUMBERS: Option<LowerNumbers<Self>> = Some(|&$v, dst| dst.push($to));
            #[inline]
            fn lower_flat(&self, _: &mut LowerCx<'_>, _: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
                let $v = *self;
                dst.push($to);
                Ok(())
            }
            #[inline]
            fn store(&self, cx: &mut LowerCx<'_>, _: InterfaceType, at: usize) -> Result<()> {
                cx.write(at, self.to_le_bytes())
            }
            fn store_list(cx: &mut LowerCx<'_>, _: InterfaceType, at: usize, items: &[Self]) -> Result<()> {
                let bytes = cx.bytes_mut(at, items.len() * $bytes)?;
                store_all!($rust, items, bytes, $bytes);
                Ok(())
            }
        }

        impl Lift for $rust {
            const NUMBERS: Option<LiftNumbers<Self>> = Some(|src| {
                let $cell = src.next();
                Ok($from)
            });
            #[inline]
            fn lift_flat(_: &mut LiftCx<'_>, _: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
                let $cell = src.next();
                Ok($from)
            }
            #[inline]
            fn load(_: &mut LiftCx<'_>, _: InterfaceType, bytes: &[u8]) -> Result<Self> {
                let mut raw = [0; $bytes];
                raw.copy_from_slice(bytes);
                let $raw = <$rust>::from_le_bytes(raw);
                Ok($lift)
            }
            fn load_list(_: &mut LiftCx<'_>, _: InterfaceType, bytes: &[u8], len: usize) -> Result<Vec<Self>> {
                Ok(load_all!($rust, bytes[..len * $bytes], $bytes, |$raw| $lift))
            }
        }
    )*};
}

numbers! {
    i8 = S8, 1, |v| RawVal::from_i32(v.into()), |cell| cell.i32() as i8, |raw| raw;
    u8 = U8, 1, |v| RawVal::from_u32(v.into()), |cell| cell.u32() as u8, |raw| raw;
    i16 = S16, 2, |v| RawVal::from_i32(v.into()), |cell| cell.i32() as i16, |raw| raw;
    u16 = U16, 2, |v| RawVal::from_u32(v.into()), |cell| cell.u32() as u16, |raw| raw;
    i32 = S32, 4, |v| RawVal::from_i32(v), |cell| cell.i32(), |raw| raw;
    u32 = U32, 4, |v| RawVal::from_u32(v), |cell| cell.u32(), |raw| raw;
    i64 = S64, 8, |v| RawVal::from_i64(v), |cell| cell.i64(), |raw| raw;
    u64 = U64, 8, |v| RawVal::from_u64(v), |cell| cell.u64(), |raw| raw;
    f32 = F32, 4, |v| RawVal::from_f32(v), |cell| canonical32(cell.f32()), |raw| canonical32(raw);
    f64 = F64, 8, |v| RawVal::from_f64(v), |cell| canonical64(cell.f64()), |raw| canonical64(raw);
}

/// The one NaN that a lifted float can be.
#[inline(always)]
pub(crate) fn canonical32(v: f32) -> f32 {
    if v.is_nan() { f32::from_bits(0x7fc0_0000) } else { v }
}

/// The one NaN that a lifted float can be.
#[inline(always)]
pub(crate) fn canonical64(v: f64) -> f64 {
    if v.is_nan() { f64::from_bits(0x7ff8_0000_0000_0000) } else { v }
}

component_type!(bool, Bool, 1);

impl Lower for bool {
    const NUMBERS: Option<LowerNumbers<Self>> = Some(|&v, dst| dst.push(RawVal::from_u32(v.into())));
    #[inline]
    fn lower_flat(&self, _: &mut LowerCx<'_>, _: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        dst.push(RawVal::from_u32((*self).into()));
        Ok(())
    }
    #[inline]
    fn store(&self, cx: &mut LowerCx<'_>, _: InterfaceType, at: usize) -> Result<()> {
        cx.write(at, [u8::from(*self)])
    }
}

impl Lift for bool {
    const NUMBERS: Option<LiftNumbers<Self>> = Some(|src| Ok(src.next().u32() != 0));
    #[inline]
    fn lift_flat(_: &mut LiftCx<'_>, _: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        Ok(src.next().u32() != 0)
    }
    #[inline]
    fn load(_: &mut LiftCx<'_>, _: InterfaceType, bytes: &[u8]) -> Result<Self> {
        Ok(bytes[0] != 0)
    }
}

component_type!(char, Char, 4);

impl Lower for char {
    const NUMBERS: Option<LowerNumbers<Self>> = Some(|&v, dst| dst.push(RawVal::from_u32(v.into())));
    #[inline]
    fn lower_flat(&self, _: &mut LowerCx<'_>, _: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        dst.push(RawVal::from_u32((*self).into()));
        Ok(())
    }
    #[inline]
    fn store(&self, cx: &mut LowerCx<'_>, _: InterfaceType, at: usize) -> Result<()> {
        cx.write(at, u32::from(*self).to_le_bytes())
    }
}

impl Lift for char {
    const NUMBERS: Option<LiftNumbers<Self>> = Some(|src| lift_char(src.next().u32()));
    #[inline]
    fn lift_flat(_: &mut LiftCx<'_>, _: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        lift_char(src.next().u32())
    }
    #[inline]
    fn load(_: &mut LiftCx<'_>, _: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let mut raw = [0; 4];
        raw.copy_from_slice(bytes);
        lift_char(u32::from_le_bytes(raw))
    }
}

#[inline]
fn lift_char(raw: u32) -> Result<char> {
    char::from_u32(raw).ok_or_else(|| Error::new(Trap::InvalidChar))
}

//! Strings, and pointers that pass on what they point to.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx};
use crate::abi::info::AbiInfo;
use crate::abi::string::{PointerPair, lift_string, lower_string};
use crate::abi::typed::{ComponentType, Lift, Lower};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use coracle_error::Result;
use coracle_image::types::InterfaceType;

impl ComponentType for str {
    const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        check::exactly(InterfaceType::String, ty, types)
    }
}

impl Lower for str {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, _: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        let pair = lower_string(cx, self)?;
        dst.push_ptr(pair.ptr as usize);
        dst.push(coracle_vm::raw::RawVal::from_u64(pair.len));
        Ok(())
    }
    fn store(&self, cx: &mut LowerCx<'_>, _: InterfaceType, at: usize) -> Result<()> {
        let pair = lower_string(cx, self)?;
        let half = cx.ptr().bytes() as usize;
        cx.write_ptr(at, pair.ptr as usize)?;
        match half {
            4 => cx.write(at + half, (pair.len as u32).to_le_bytes()),
            _ => cx.write(at + half, pair.len.to_le_bytes()),
        }
    }
}

impl ComponentType for String {
    const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        str::typecheck(ty, types)
    }
}

impl Lower for String {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        self.as_str().lower_flat(cx, ty, dst)
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        self.as_str().store(cx, ty, at)
    }
}

impl Lift for String {
    fn lift_flat(cx: &mut LiftCx<'_>, _: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        let pair = PointerPair::from_flat(cx.ptr(), src);
        lift_string(cx, pair)
    }
    fn load(cx: &mut LiftCx<'_>, _: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let pair = PointerPair::from_bytes(cx.ptr(), bytes);
        lift_string(cx, pair)
    }
}

/// Pointers are what they point to.
macro_rules! forward {
    ($([$($generics:tt)*] $pointer:ty;)*) => {$(
        impl<$($generics)* T: ComponentType + ?Sized> ComponentType for $pointer {
            const ABI: AbiInfo = T::ABI;
            const MAY_REQUIRE_REALLOC: bool = T::MAY_REQUIRE_REALLOC;
            const IS_RUST_UNIT_TYPE: bool = T::IS_RUST_UNIT_TYPE;
            fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
                T::typecheck(ty, types)
            }
        }
        impl<$($generics)* T: Lower + ?Sized> Lower for $pointer {
            #[inline]
            fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
                T::lower_flat(self, cx, ty, dst)
            }
            #[inline]
            fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
                T::store(self, cx, ty, at)
            }
        }
    )*};
}

forward! {
    ['a,] &'a T;
    ['a,] &'a mut T;
    [] Box<T>;
    [] Arc<T>;
}

/// Pointers to what was lifted as another type.
macro_rules! lift_into {
    ($([$($generics:tt)*] $pointer:ty = $from:ty;)*) => {$(
        impl<$($generics)*> Lift for $pointer {
            fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
                Ok(<$from>::lift_flat(cx, ty, src)?.into())
            }
            fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
                Ok(<$from>::load(cx, ty, bytes)?.into())
            }
        }
    )*};
}

lift_into! {
    [] Box<str> = String;
    [] Arc<str> = String;
    [T: Lift] Box<T> = T;
    [T: Lift] Arc<T> = T;
    [T: Lift] Box<[T]> = alloc::vec::Vec<T>;
    [T: Lift] Arc<[T]> = alloc::vec::Vec<T>;
}

//! `bytes::Bytes` and `BytesMut` as lists of bytes.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::cx::{InstanceType, LiftCx, LowerCx};
use crate::abi::info::AbiInfo;
use crate::abi::typed::{ComponentType, Lift, Lower};
use alloc::vec::Vec;
use bytes::{Bytes, BytesMut};
use coracle_error::Result;
use coracle_image::types::InterfaceType;

macro_rules! lists_of_bytes {
    ($($ty:ty)*) => {$(
        impl ComponentType for $ty {
            const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
            fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
                <[u8]>::typecheck(ty, types)
            }
        }
        impl Lower for $ty {
            fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
                self[..].lower_flat(cx, ty, dst)
            }
            fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
                self[..].store(cx, ty, at)
            }
        }
        impl Lift for $ty {
            fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
                Ok(Bytes::from(Vec::<u8>::lift_flat(cx, ty, src)?).into())
            }
            fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
                Ok(Bytes::from(Vec::<u8>::load(cx, ty, bytes)?).into())
            }
        }
    )*};
}

lists_of_bytes!(Bytes BytesMut);

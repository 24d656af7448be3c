//! Lists, and lists of fixed length.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
use crate::abi::info::AbiInfo;
use crate::abi::string::PointerPair;
use crate::abi::typed::{ComponentType, Lift, Lower};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::types::InterfaceType;

#[inline]
fn element_type(cx: &coracle_image::types::TypeTable, ty: InterfaceType) -> Result<InterfaceType> {
    match ty {
        InterfaceType::List(index) => Ok(cx[index].element),
        InterfaceType::FixedLengthList(index) => Ok(cx[index].element),
        _ => Err(bad_type()),
    }
}

impl<T: ComponentType> ComponentType for [T] {
    const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        check::list(ty, types, T::typecheck)
    }
}

fn lower_list<T: Lower>(cx: &mut LowerCx<'_>, ty: InterfaceType, items: &[T]) -> Result<usize> {
    let element = element_type(cx.types, ty)?;
    let ptr = cx.ptr();
    let bytes = crate::abi::string::list_bytes(items.len(), T::ABI.size(ptr))?;
    let at = cx.alloc(T::ABI.align(ptr), bytes)?;
    T::store_list(cx, element, at, items)?;
    Ok(at)
}

impl<T: Lower> Lower for [T] {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        let at = lower_list(cx, ty, self)?;
        dst.push_ptr(at);
        dst.push_ptr(self.len());
        Ok(())
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        let to = lower_list(cx, ty, self)?;
        cx.write_ptr(at, to)?;
        cx.write_ptr(at + cx.ptr().bytes() as usize, self.len())
    }
}

impl<T: ComponentType> ComponentType for Vec<T> {
    const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        <[T]>::typecheck(ty, types)
    }
}

impl<T: Lower> Lower for Vec<T> {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        self.as_slice().lower_flat(cx, ty, dst)
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        self.as_slice().store(cx, ty, at)
    }
}

fn lift_list<T: Lift>(cx: &mut LiftCx<'_>, ty: InterfaceType, pair: PointerPair) -> Result<Vec<T>> {
    let element = element_type(cx.types, ty)?;
    let size = T::ABI.size(cx.ptr());
    let (at, len) = pair.check_list(cx.memory.len(), size, T::ABI.align(cx.ptr()))?;
    // What the host allocates can be more than what the guest wrote.
    cx.charge(len.saturating_mul(size_of::<T>().max(size)))?;
    let bytes = cx.bytes(at, len * size)?;
    T::load_list(cx, element, bytes, len)
}

impl<T: Lift> Lift for Vec<T> {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        let pair = PointerPair::from_flat(cx.ptr(), src);
        lift_list(cx, ty, pair)
    }
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let pair = PointerPair::from_bytes(cx.ptr(), bytes);
        lift_list(cx, ty, pair)
    }
}

impl<T: ComponentType, const N: usize> ComponentType for [T; N] {
    const ABI: AbiInfo = AbiInfo::array(T::ABI, N);
    const MAY_REQUIRE_REALLOC: bool = T::MAY_REQUIRE_REALLOC;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        check::fixed_length_list(ty, types, N, T::typecheck)
    }
}

impl<T: Lower, const N: usize> Lower for [T; N] {
    fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
        let element = element_type(cx.types, ty)?;
        self.iter().try_for_each(|item| item.lower_flat(cx, element, dst))
    }
    fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
        let element = element_type(cx.types, ty)?;
        T::store_list(cx, element, at, self)
    }
}

impl<T: Lift, const N: usize> Lift for [T; N] {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        let element = element_type(cx.types, ty)?;
        let items = (0..N).map(|_| T::lift_flat(cx, element, src)).collect::<Result<Vec<T>>>()?;
        items.try_into().map_err(|_| bad_type())
    }
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let element = element_type(cx.types, ty)?;
        T::load_list(cx, element, bytes, N)?.try_into().map_err(|_| bad_type())
    }
}

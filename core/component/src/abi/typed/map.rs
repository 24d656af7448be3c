//! Maps. In the guest they are lists of pairs; a key that comes twice keeps its last value.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
use crate::abi::info::AbiInfo;
use crate::abi::string::{PointerPair, list_bytes};
use crate::abi::typed::{ComponentType, Lift, Lower};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::types::{InterfaceType, Map, TypeTable};

fn definition(types: &TypeTable, ty: InterfaceType) -> Result<&Map> {
    match ty {
        InterfaceType::Map(index) => Ok(&types[index]),
        _ => Err(bad_type()),
    }
}

const fn entry<K: ComponentType, V: ComponentType>() -> AbiInfo {
    AbiInfo::record(&[K::ABI, V::ABI])
}

fn lower_map<'i, K: Lower + 'i, V: Lower + 'i>(
    cx: &mut LowerCx<'_>,
    ty: InterfaceType,
    items: impl ExactSizeIterator<Item = (&'i K, &'i V)>,
) -> Result<usize> {
    let (entry, ptr) = (const { entry::<K, V>() }, cx.ptr());
    let map = definition(cx.types, ty)?;
    let mut to = cx.alloc(entry.align(ptr), list_bytes(items.len(), entry.size(ptr))?)?;
    let start = to;
    for (key, value) in items {
        let mut end = 0;
        key.store(cx, map.key, to + K::ABI.next_field(&mut end, ptr))?;
        value.store(cx, map.value, to + V::ABI.next_field(&mut end, ptr))?;
        to += entry.size(ptr);
    }
    Ok(start)
}

fn lift_map<K: Lift, V: Lift>(cx: &mut LiftCx<'_>, ty: InterfaceType, pair: PointerPair) -> Result<Vec<(K, V)>> {
    let (entry, ptr) = (const { entry::<K, V>() }, cx.ptr());
    let map = definition(cx.types, ty)?;
    let size = entry.size(ptr);
    let (at, len) = pair.check_list(cx.memory.len(), size, entry.align(ptr))?;
    cx.charge(len.saturating_mul(size_of::<(K, V)>().max(size)))?;
    let bytes = cx.bytes(at, len * size)?;
    let mut end = 0;
    let key_at = K::ABI.next_field(&mut end, ptr);
    let value_at = V::ABI.next_field(&mut end, ptr);
    let mut items = Vec::with_capacity(len);
    for i in 0..len {
        let bytes = &bytes[i * size..(i + 1) * size];
        let key = K::load(cx, map.key, &bytes[key_at..key_at + K::ABI.size(ptr)])?;
        let value = V::load(cx, map.value, &bytes[value_at..value_at + V::ABI.size(ptr)])?;
        items.push((key, value));
    }
    Ok(items)
}

macro_rules! maps {
    ($($(#[$cfg:meta])* $map:ident [$($bound:tt)*];)*) => {$(
        $(#[$cfg])*
        impl<K: ComponentType, V: ComponentType> ComponentType for $map<K, V> {
            const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
            fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
                check::map(ty, types, K::typecheck, V::typecheck)
            }
        }

        $(#[$cfg])*
        impl<K: Lower, V: Lower> Lower for $map<K, V> {
            fn lower_flat(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
                let to = lower_map(cx, ty, self.iter())?;
                dst.push_ptr(to);
                dst.push_ptr(self.len());
                Ok(())
            }
            fn store(&self, cx: &mut LowerCx<'_>, ty: InterfaceType, at: usize) -> Result<()> {
                let to = lower_map(cx, ty, self.iter())?;
                cx.write_ptr(at, to)?;
                cx.write_ptr(at + cx.ptr().bytes() as usize, self.len())
            }
        }

        $(#[$cfg])*
        impl<K: Lift + $($bound)*, V: Lift> Lift for $map<K, V> {
            fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
                let pair = PointerPair::from_flat(cx.ptr(), src);
                Ok(lift_map(cx, ty, pair)?.into_iter().collect())
            }
            fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
                let pair = PointerPair::from_bytes(cx.ptr(), bytes);
                Ok(lift_map(cx, ty, pair)?.into_iter().collect())
            }
        }
    )*};
}

#[cfg(feature = "std")]
use std::collections::HashMap;

maps! {
    BTreeMap [Ord];
    #[cfg(feature = "std")]
    HashMap [Eq + core::hash::Hash];
}

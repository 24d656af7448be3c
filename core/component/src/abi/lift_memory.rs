//! Memory → `Val` (Canonical ABI, "Loading").

use crate::abi::cx::{LiftCx, bad_type};
use crate::abi::dynamic::{case_value, cases, flags_value, nth_case, read_tag};
use crate::abi::resource::any::ResourceAny;
use crate::abi::string::PointerPair;
use crate::abi::typed::Lift;
use crate::abi::typed::compound::invalid_discriminant;
use crate::abi::value::Val;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::types::InterfaceType;

/// Reads a value from the bytes that it has in memory.
///
/// # Errors
/// The traps of the canonical ABI.
pub fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Val> {
    use InterfaceType as T;
    let (types, ptr) = (cx.types, cx.ptr());
    Ok(match ty {
        T::Bool => Val::Bool(bool::load(cx, ty, bytes)?),
        T::S8 => Val::S8(i8::load(cx, ty, bytes)?),
        T::U8 => Val::U8(u8::load(cx, ty, bytes)?),
        T::S16 => Val::S16(i16::load(cx, ty, bytes)?),
        T::U16 => Val::U16(u16::load(cx, ty, bytes)?),
        T::S32 => Val::S32(i32::load(cx, ty, bytes)?),
        T::U32 => Val::U32(u32::load(cx, ty, bytes)?),
        T::S64 => Val::S64(i64::load(cx, ty, bytes)?),
        T::U64 => Val::U64(u64::load(cx, ty, bytes)?),
        T::F32 => Val::Float32(f32::load(cx, ty, bytes)?),
        T::F64 => Val::Float64(f64::load(cx, ty, bytes)?),
        T::Char => Val::Char(char::load(cx, ty, bytes)?),
        T::String => Val::String(String::load(cx, ty, bytes)?),
        T::Own(_) | T::Borrow(_) => Val::Resource(ResourceAny::load(cx, ty, bytes)?),
        T::List(_) => load_list(cx, ty, PointerPair::from_bytes(ptr, bytes))?,
        T::Map(_) => load_map(cx, ty, PointerPair::from_bytes(ptr, bytes))?,
        T::FixedLengthList(index) => {
            let (element, len) = (types[index].element, types[index].len as usize);
            cx.charge(len.saturating_mul(size_of::<Val>()))?;
            Val::FixedLengthList(load_list_from_valid_range(cx, element, bytes, len)?)
        }
        T::Record(index) => {
            let fields = types[index].fields.iter().map(|field| {
                let val = load(cx, field.ty, field_bytes(cx, field.ty, bytes, field.offset(ptr)))?;
                Ok((types.name(field.name).into(), val))
            });
            Val::Record(fields.collect::<Result<_>>()?)
        }
        T::Tuple(index) => {
            let tuple = &types[index];
            let items = tuple.types.iter().enumerate();
            let items = items.map(|(n, &ty)| load(cx, ty, field_bytes(cx, ty, bytes, tuple.offset(n, ptr))));
            Val::Tuple(items.collect::<Result<_>>()?)
        }
        T::Flags(index) => flags_value(types, &types[index].names, |n| {
            let word = &bytes[4 * n..bytes.len().min(4 * n + 4)];
            word.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))
        }),
        T::Variant(_) | T::Enum(_) | T::Option(_) | T::Result(_) => {
            let info = cases(types, ty).ok_or_else(bad_type)?;
            let case = read_tag(info.tag, bytes);
            let payload = nth_case(types, ty, case).ok_or_else(invalid_discriminant)?;
            let payload = payload.map(|ty| load(cx, ty, field_bytes(cx, ty, bytes, info.payload_offset(ptr))));
            case_value(types, ty, case, payload.transpose()?)
        }
        T::ErrorContext | T::Future(_) | T::Stream(_) => return Err(bad_type()),
    })
}

fn field_bytes<'b>(cx: &LiftCx<'_>, ty: InterfaceType, bytes: &'b [u8], offset: u32) -> &'b [u8] {
    let at = offset as usize;
    &bytes[at..at + cx.types.layout(ty).size(cx.ptr()) as usize]
}

fn load_list_from_valid_range(
    cx: &mut LiftCx<'_>,
    element: InterfaceType,
    bytes: &[u8],
    len: usize,
) -> Result<Vec<Val>> {
    let size = cx.types.layout(element).size(cx.ptr()) as usize;
    let mut items = Vec::with_capacity(len);
    for n in 0..len {
        items.push(load(cx, element, &bytes[n * size..(n + 1) * size])?);
    }
    Ok(items)
}

/// Reads a list that is somewhere else in memory.
pub(crate) fn load_list(cx: &mut LiftCx<'_>, ty: InterfaceType, pair: PointerPair) -> Result<Val> {
    let InterfaceType::List(index) = ty else { return Err(bad_type()) };
    let element = cx.types[index].element;
    let layout = cx.types.layout(element);
    let size = layout.size(cx.ptr()) as usize;
    let (at, len) = pair.check_list(cx.memory.len(), size, layout.align(cx.ptr()))?;
    cx.charge(len.saturating_mul(size_of::<Val>()))?;
    let bytes = cx.bytes(at, len * size)?;
    Ok(Val::List(load_list_from_valid_range(cx, element, bytes, len)?))
}

/// Reads a map that is somewhere else in memory.
pub(crate) fn load_map(cx: &mut LiftCx<'_>, ty: InterfaceType, pair: PointerPair) -> Result<Val> {
    let InterfaceType::Map(index) = ty else { return Err(bad_type()) };
    let (map, ptr) = (&cx.types[index], cx.ptr());
    let entry = &cx.types[map.entry];
    let size = entry.layout.size(ptr) as usize;
    let (at, len) = pair.check_list(cx.memory.len(), size, entry.layout.align(ptr))?;
    cx.charge(len.saturating_mul(size_of::<(Val, Val)>()))?;
    let bytes = cx.bytes(at, len * size)?;
    let mut items = Vec::with_capacity(len);
    for bytes in bytes.chunks_exact(size) {
        let key = load(cx, map.key, field_bytes(cx, map.key, bytes, entry.offset(0, ptr)))?;
        let value = load(cx, map.value, field_bytes(cx, map.value, bytes, entry.offset(1, ptr)))?;
        items.push((key, value));
    }
    Ok(Val::Map(items))
}

//! Core values → `Val` (Canonical ABI, "Flat Lifting").

use crate::abi::cells::FlatSrc;
use crate::abi::cx::{LiftCx, bad_type};
use crate::abi::dynamic::{case_value, flags_value, nth_case};
use crate::abi::lift_memory::{load_list, load_map};
use crate::abi::resource::any::ResourceAny;
use crate::abi::string::PointerPair;
use crate::abi::typed::Lift;
use crate::abi::typed::compound::invalid_discriminant;
use crate::abi::value::Val;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::types::InterfaceType;

/// Reads a value from core values.
///
/// # Errors
/// The traps of the canonical ABI.
pub fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Val> {
    use InterfaceType as T;
    let types = cx.types;
    Ok(match ty {
        T::Bool => Val::Bool(bool::lift_flat(cx, ty, src)?),
        T::S8 => Val::S8(i8::lift_flat(cx, ty, src)?),
        T::U8 => Val::U8(u8::lift_flat(cx, ty, src)?),
        T::S16 => Val::S16(i16::lift_flat(cx, ty, src)?),
        T::U16 => Val::U16(u16::lift_flat(cx, ty, src)?),
        T::S32 => Val::S32(i32::lift_flat(cx, ty, src)?),
        T::U32 => Val::U32(u32::lift_flat(cx, ty, src)?),
        T::S64 => Val::S64(i64::lift_flat(cx, ty, src)?),
        T::U64 => Val::U64(u64::lift_flat(cx, ty, src)?),
        T::F32 => Val::Float32(f32::lift_flat(cx, ty, src)?),
        T::F64 => Val::Float64(f64::lift_flat(cx, ty, src)?),
        T::Char => Val::Char(char::lift_flat(cx, ty, src)?),
        T::String => Val::String(String::lift_flat(cx, ty, src)?),
        T::Own(_) | T::Borrow(_) => Val::Resource(ResourceAny::lift_flat(cx, ty, src)?),
        T::List(_) => {
            let pair = PointerPair::from_flat(cx.ptr(), src);
            load_list(cx, ty, pair)?
        }
        T::Map(_) => {
            let pair = PointerPair::from_flat(cx.ptr(), src);
            load_map(cx, ty, pair)?
        }
        T::FixedLengthList(index) => {
            let list = &types[index];
            let items = (0..list.len).map(|_| lift_flat(cx, list.element, src));
            Val::FixedLengthList(items.collect::<Result<_>>()?)
        }
        T::Record(index) => {
            let fields = types[index].fields.iter();
            let fields = fields.map(|field| Ok((types.name(field.name).into(), lift_flat(cx, field.ty, src)?)));
            Val::Record(fields.collect::<Result<_>>()?)
        }
        T::Tuple(index) => {
            let items = types[index].types.iter().map(|&ty| lift_flat(cx, ty, src));
            Val::Tuple(items.collect::<Result<_>>()?)
        }
        T::Flags(index) => {
            let names = &types[index].names;
            let words: Vec<u32> = (0..names.len().div_ceil(32)).map(|_| src.next().u32()).collect();
            flags_value(types, names, |n| words[n])
        }
        T::Variant(_) | T::Enum(_) | T::Option(_) | T::Result(_) => {
            let end = src.position() + types.layout(ty).flat(cx.ptr()).count();
            let case = src.next().u32();
            let payload = nth_case(types, ty, case).ok_or_else(invalid_discriminant)?;
            let payload = payload.map(|ty| lift_flat(cx, ty, src)).transpose()?;
            src.skip_to(end);
            case_value(types, ty, case, payload)
        }
        T::ErrorContext | T::Future(_) | T::Stream(_) => return Err(bad_type()),
    })
}

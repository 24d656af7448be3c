//! `Val` → memory (Canonical ABI, "Storing").

use crate::abi::cx::{LowerCx, bad_type};
use crate::abi::dynamic::{case_of, cases, check_count, check_fields, flag_words, mismatch, within, within_nth};
use crate::abi::string::list_bytes;
use crate::abi::typed::Lower;
use crate::abi::value::Val;
use coracle_error::Result;
use coracle_image::types::{Discriminant, InterfaceType};

/// Writes a value to memory at `at`, which is aligned and within bounds.
///
/// # Errors
/// `ErrorKind::Type` when the value is not of the type, and what allocation in the guest raises.
pub fn store(cx: &mut LowerCx<'_>, val: &Val, ty: InterfaceType, at: usize) -> Result<()> {
    use InterfaceType as T;
    let (types, ptr) = (cx.types, cx.ptr());
    match (ty, val) {
        (T::Bool, Val::Bool(v)) => v.store(cx, ty, at),
        (T::S8, Val::S8(v)) => v.store(cx, ty, at),
        (T::U8, Val::U8(v)) => v.store(cx, ty, at),
        (T::S16, Val::S16(v)) => v.store(cx, ty, at),
        (T::U16, Val::U16(v)) => v.store(cx, ty, at),
        (T::S32, Val::S32(v)) => v.store(cx, ty, at),
        (T::U32, Val::U32(v)) => v.store(cx, ty, at),
        (T::S64, Val::S64(v)) => v.store(cx, ty, at),
        (T::U64, Val::U64(v)) => v.store(cx, ty, at),
        (T::F32, Val::Float32(v)) => v.store(cx, ty, at),
        (T::F64, Val::Float64(v)) => v.store(cx, ty, at),
        (T::Char, Val::Char(v)) => v.store(cx, ty, at),
        (T::String, Val::String(v)) => v.store(cx, ty, at),
        (T::Own(_) | T::Borrow(_), Val::Resource(v)) => v.store(cx, ty, at),
        (T::List(_), Val::List(items)) => {
            let to = store_list_into_range(cx, items, ty)?;
            store_pair(cx, at, to, items.len())
        }
        (T::Map(_), Val::Map(items)) => {
            let to = store_map_into_range(cx, items, ty)?;
            store_pair(cx, at, to, items.len())
        }
        (T::FixedLengthList(index), Val::FixedLengthList(items)) => {
            check_count(types[index].len as usize, items.len(), "list elements")?;
            store_list_into_valid_range(cx, items, types[index].element, at)
        }
        (T::Record(index), Val::Record(fields)) => {
            let record = &types[index];
            check_fields(types, record, fields)?;
            let mut both = record.fields.iter().zip(fields);
            both.try_for_each(|(field, (name, val))| {
                within(store(cx, val, field.ty, at + field.offset(ptr) as usize), "in field", name)
            })
        }
        (T::Tuple(index), Val::Tuple(items)) => {
            check_count(types[index].types.len(), items.len(), "tuple fields")?;
            let mut both = types[index].types.iter().zip(items).enumerate();
            both.try_for_each(|(n, (&ty, val))| {
                within_nth(store(cx, val, ty, at + types[index].offset(n, ptr) as usize), "in tuple field", n)
            })
        }
        (T::Flags(index), Val::Flags(set)) => {
            let words = flag_words(types, &types[index].names, set)?;
            store_flags(cx, at, types[index].layout.size(ptr), &words)
        }
        (T::Variant(_) | T::Enum(_) | T::Option(_) | T::Result(_), _) => store_case(cx, val, ty, at),
        _ => Err(mismatch(types, ty, val)),
    }
}

fn store_pair(cx: &mut LowerCx<'_>, at: usize, to: usize, len: usize) -> Result<()> {
    cx.write_ptr(at, to)?;
    cx.write_ptr(at + cx.ptr().bytes() as usize, len)
}

fn store_flags(cx: &mut LowerCx<'_>, at: usize, size: u32, words: &[u32]) -> Result<()> {
    match (size, words) {
        (1, &[word]) => cx.write(at, [word as u8]),
        (2, &[word]) => cx.write(at, (word as u16).to_le_bytes()),
        _ => (0..).zip(words).try_for_each(|(n, word)| cx.write(at + 4 * n, word.to_le_bytes())),
    }
}

fn store_case(cx: &mut LowerCx<'_>, val: &Val, ty: InterfaceType, at: usize) -> Result<()> {
    let types = cx.types;
    let Some((case, payload)) = case_of(types, ty, val)? else {
        return Err(mismatch(types, ty, val));
    };
    let info = cases(types, ty).ok_or_else(bad_type)?;
    store_tag(cx, info.tag, at, case)?;
    match payload {
        Some((val, ty)) => store(cx, val, ty, at + info.payload_offset(cx.ptr()) as usize),
        None => Ok(()),
    }
}

/// Writes a discriminant.
pub(crate) fn store_tag(cx: &mut LowerCx<'_>, tag: Discriminant, at: usize, case: u32) -> Result<()> {
    match tag {
        Discriminant::U8 => cx.write(at, [case as u8]),
        Discriminant::U16 => cx.write(at, (case as u16).to_le_bytes()),
        Discriminant::U32 => cx.write(at, case.to_le_bytes()),
    }
}

/// Allocates a list in the guest and fills it; gives its address.
pub(crate) fn store_list_into_range(cx: &mut LowerCx<'_>, items: &[Val], ty: InterfaceType) -> Result<usize> {
    let InterfaceType::List(index) = ty else { return Err(bad_type()) };
    let element = cx.types[index].element;
    let layout = cx.types.layout(element);
    let bytes = list_bytes(items.len(), layout.size(cx.ptr()) as usize)?;
    let at = cx.alloc(layout.align(cx.ptr()), bytes)?;
    store_list_into_valid_range(cx, items, element, at)?;
    Ok(at)
}

fn store_list_into_valid_range(
    cx: &mut LowerCx<'_>,
    items: &[Val],
    element: InterfaceType,
    mut at: usize,
) -> Result<()> {
    let size = cx.types.layout(element).size(cx.ptr()) as usize;
    for (n, item) in items.iter().enumerate() {
        within_nth(store(cx, item, element, at), "in list element", n)?;
        at += size;
    }
    Ok(())
}

/// Allocates a map in the guest, as a list of pairs, and fills it; gives its address.
pub(crate) fn store_map_into_range(cx: &mut LowerCx<'_>, items: &[(Val, Val)], ty: InterfaceType) -> Result<usize> {
    let InterfaceType::Map(index) = ty else { return Err(bad_type()) };
    let (map, ptr) = (&cx.types[index], cx.ptr());
    let entry = &cx.types[map.entry];
    let size = entry.layout.size(ptr) as usize;
    let start = cx.alloc(entry.layout.align(ptr), list_bytes(items.len(), size)?)?;
    for (n, (key, value)) in items.iter().enumerate() {
        let at = start + n * size;
        within_nth(store(cx, key, map.key, at + entry.offset(0, ptr) as usize), "in map key", n)?;
        within_nth(store(cx, value, map.value, at + entry.offset(1, ptr) as usize), "in map value", n)?;
    }
    Ok(start)
}

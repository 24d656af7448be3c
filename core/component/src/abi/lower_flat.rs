//! `Val` → core values (Canonical ABI, "Flat Lowering").

use crate::abi::cells::FlatDst;
use crate::abi::cx::LowerCx;
use crate::abi::dynamic::{case_of, check_count, check_fields, flag_words, mismatch, within, within_nth};
use crate::abi::lower_memory::{store_list_into_range, store_map_into_range};
use crate::abi::typed::Lower;
use crate::abi::value::Val;
use coracle_error::Result;
use coracle_image::types::InterfaceType;
use coracle_vm::raw::RawVal;

/// Writes a value as core values.
///
/// # Errors
/// `ErrorKind::Type` when the value is not of the type, and what allocation in the guest raises.
pub fn lower_flat(cx: &mut LowerCx<'_>, val: &Val, ty: InterfaceType, dst: &mut FlatDst<'_>) -> Result<()> {
    use InterfaceType as T;
    let types = cx.types;
    match (ty, val) {
        (T::Bool, Val::Bool(v)) => v.lower_flat(cx, ty, dst),
        (T::S8, Val::S8(v)) => v.lower_flat(cx, ty, dst),
        (T::U8, Val::U8(v)) => v.lower_flat(cx, ty, dst),
        (T::S16, Val::S16(v)) => v.lower_flat(cx, ty, dst),
        (T::U16, Val::U16(v)) => v.lower_flat(cx, ty, dst),
        (T::S32, Val::S32(v)) => v.lower_flat(cx, ty, dst),
        (T::U32, Val::U32(v)) => v.lower_flat(cx, ty, dst),
        (T::S64, Val::S64(v)) => v.lower_flat(cx, ty, dst),
        (T::U64, Val::U64(v)) => v.lower_flat(cx, ty, dst),
        (T::F32, Val::Float32(v)) => v.lower_flat(cx, ty, dst),
        (T::F64, Val::Float64(v)) => v.lower_flat(cx, ty, dst),
        (T::Char, Val::Char(v)) => v.lower_flat(cx, ty, dst),
        (T::String, Val::String(v)) => v.lower_flat(cx, ty, dst),
        (T::Own(_) | T::Borrow(_), Val::Resource(v)) => v.lower_flat(cx, ty, dst),
        (T::List(_), Val::List(items)) => {
            let at = store_list_into_range(cx, items, ty)?;
            dst.push_ptr(at);
            dst.push_ptr(items.len());
            Ok(())
        }
        (T::Map(_), Val::Map(items)) => {
            let at = store_map_into_range(cx, items, ty)?;
            dst.push_ptr(at);
            dst.push_ptr(items.len());
            Ok(())
        }
        (T::FixedLengthList(index), Val::FixedLengthList(items)) => {
            check_count(types[index].len as usize, items.len(), "list elements")?;
            let element = types[index].element;
            let mut items = items.iter().enumerate();
            items.try_for_each(|(n, item)| within_nth(lower_flat(cx, item, element, dst), "in list element", n))
        }
        (T::Record(index), Val::Record(fields)) => {
            let record = &types[index];
            check_fields(types, record, fields)?;
            let mut both = record.fields.iter().zip(fields);
            both.try_for_each(|(field, (name, val))| within(lower_flat(cx, val, field.ty, dst), "in field", name))
        }
        (T::Tuple(index), Val::Tuple(items)) => {
            let tuple = &types[index].types;
            check_count(tuple.len(), items.len(), "tuple fields")?;
            let mut both = tuple.iter().zip(items).enumerate();
            both.try_for_each(|(n, (&ty, val))| within_nth(lower_flat(cx, val, ty, dst), "in tuple field", n))
        }
        (T::Flags(index), Val::Flags(set)) => {
            let words = flag_words(types, &types[index].names, set)?;
            words.iter().for_each(|&word| dst.push(RawVal::from_u32(word)));
            Ok(())
        }
        (T::Variant(_) | T::Enum(_) | T::Option(_) | T::Result(_), _) => {
            let Some((case, payload)) = case_of(types, ty, val)? else {
                return Err(mismatch(types, ty, val));
            };
            let end = dst.len() + types.layout(ty).flat(cx.ptr()).count();
            dst.push(RawVal::from_u32(case));
            if let Some((val, ty)) = payload {
                lower_flat(cx, val, ty, dst)?;
            }
            dst.pad_to(end);
            Ok(())
        }
        _ => Err(mismatch(types, ty, val)),
    }
}

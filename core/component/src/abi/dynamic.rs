//! What the four dynamic directions share: which case, which bits, and errors that say where.

use crate::abi::check::TypeText;
use crate::abi::value::Val;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Fault, Result, Wording};
use coracle_image::strings::NameId;
use coracle_image::types::{Discriminant, InterfaceType, TypeTable};
use core::fmt;

/// The error for a value that is not of the type.
#[cold]
pub(crate) fn mismatch(types: &TypeTable, ty: InterfaceType, found: &Val) -> Error {
    let want = TypeText::new(types, ty);
    Error::fault(ErrorKind::Type, coracle_error::wording!("type mismatch: expected `{want}`, found `{}`", found.desc()))
}

#[cold]
pub(crate) fn wrong(message: Wording) -> Error {
    Error::fault(ErrorKind::Type, message)
}

/// Where in a value something is wrong, from the outside in.
#[derive(Debug)]
struct Place(Wording);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Place {}

/// Adds the field or case in which an error happened.
#[inline]
pub(crate) fn within<T>(result: Result<T>, what: &'static str, name: &str) -> Result<T> {
    result.map_err(|error| at(error, coracle_error::wording!("{what} `{name}`")))
}

/// Adds the position at which an error happened.
#[inline]
pub(crate) fn within_nth<T>(result: Result<T>, what: &'static str, n: usize) -> Result<T> {
    result.map_err(|error| at(error, coracle_error::wording!("{what} {n}")))
}

/// Adds a place below what happened there, which is said first. What is no fault of the value's has no place in it.
#[cold]
fn at(mut error: Error, outer: Wording) -> Error {
    if let Some(Place(inner)) = error.downcast_mut::<Place>() {
        *inner = coracle_error::wording!("{outer}: {inner}");
        return error;
    }
    match error.downcast::<Fault>() {
        Ok(fault) => Error::new(Place(outer)).context(fault),
        Err(error) => error,
    }
}

/// A case of a variant, option, result or enum: its number, and its payload with its type.
pub(crate) type Case<'v> = (u32, Option<(&'v Val, InterfaceType)>);

/// The case that a value of a type with cases is; `None` when value and type do not fit.
pub(crate) fn case_of<'v>(types: &TypeTable, ty: InterfaceType, val: &'v Val) -> Result<Option<Case<'v>>> {
    Ok(Some(match (ty, val) {
        (InterfaceType::Variant(index), Val::Variant(name, payload)) => {
            let cases = &types[index].cases;
            let Some(n) = cases.iter().position(|case| types.name(case.name) == name) else {
                return Err(unknown("case", "variant", name, cases.iter().map(|case| case.name), types));
            };
            (n as u32, within(payload_of(cases[n].ty, payload), "in case", name)?)
        }
        (InterfaceType::Enum(index), Val::Enum(name)) => {
            let names = &types[index].names;
            let Some(n) = names.iter().position(|&case| types.name(case) == name) else {
                return Err(unknown("case", "enum", name, names.iter().copied(), types));
            };
            (n as u32, None)
        }
        (InterfaceType::Option(_), Val::Option(None)) => (0, None),
        (InterfaceType::Option(index), Val::Option(Some(val))) => (1, Some((&**val, types[index].ty))),
        (InterfaceType::Result(index), Val::Result(Ok(val))) => {
            (0, within(payload_of(types[index].ok, val), "in case", "ok")?)
        }
        (InterfaceType::Result(index), Val::Result(Err(val))) => {
            (1, within(payload_of(types[index].err, val), "in case", "error")?)
        }
        _ => return Ok(None),
    }))
}

fn payload_of(ty: Option<InterfaceType>, val: &Option<Box<Val>>) -> Result<Option<(&Val, InterfaceType)>> {
    match (ty, val) {
        (Some(ty), Some(val)) => Ok(Some((&**val, ty))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(wrong("expected a payload, found none".into())),
        (None, Some(_)) => Err(wrong("expected no payload, found one".into())),
    }
}

#[cold]
fn unknown(what: &str, kind: &str, name: &str, known: impl Iterator<Item = NameId>, types: &TypeTable) -> Error {
    let known: Vec<_> = known.take(16).map(|name| types.name(name)).collect();
    wrong(coracle_error::wording!("unknown {kind} {what} `{name}`, expected one of: {}", known.join(", ")))
}

/// The payload type of a case by its number; `None` when there is no such case.
pub(crate) fn nth_case(types: &TypeTable, ty: InterfaceType, n: u32) -> Option<Option<InterfaceType>> {
    let n = n as usize;
    match ty {
        InterfaceType::Variant(index) => types[index].cases.get(n).map(|case| case.ty),
        InterfaceType::Enum(index) => types[index].names.get(n).map(|_| None),
        InterfaceType::Option(index) => [None, Some(types[index].ty)].get(n).copied(),
        InterfaceType::Result(index) => [types[index].ok, types[index].err].get(n).copied(),
        _ => None,
    }
}

/// The value of a case.
pub(crate) fn case_value(types: &TypeTable, ty: InterfaceType, n: u32, payload: Option<Val>) -> Val {
    let payload = payload.map(Box::new);
    match ty {
        InterfaceType::Variant(index) => Val::Variant(types.name(types[index].cases[n as usize].name).into(), payload),
        InterfaceType::Enum(index) => Val::Enum(types.name(types[index].names[n as usize]).into()),
        InterfaceType::Result(_) if n == 0 => Val::Result(Ok(payload)),
        InterfaceType::Result(_) => Val::Result(Err(payload)),
        _ => Val::Option(payload),
    }
}

/// The discriminant and the payload offset of a type with cases.
pub(crate) fn cases(types: &TypeTable, ty: InterfaceType) -> Option<&coracle_image::types::Cases> {
    match ty {
        InterfaceType::Variant(index) => Some(&types[index].info),
        InterfaceType::Enum(index) => Some(&types[index].info),
        InterfaceType::Option(index) => Some(&types[index].info),
        InterfaceType::Result(index) => Some(&types[index].info),
        _ => None,
    }
}

/// Reads a discriminant from the first bytes of a value.
pub(crate) fn read_tag(tag: Discriminant, bytes: &[u8]) -> u32 {
    match tag {
        Discriminant::U8 => bytes[0].into(),
        Discriminant::U16 => u16::from_le_bytes([bytes[0], bytes[1]]).into(),
        Discriminant::U32 => u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
    }
}

/// The bits of flags, as words of 32.
pub(crate) fn flag_words(types: &TypeTable, names: &[NameId], set: &[String]) -> Result<Vec<u32>> {
    let mut words = alloc::vec![0; names.len().div_ceil(32)];
    for flag in set {
        let Some(bit) = names.iter().position(|&name| types.name(name) == flag) else {
            return Err(unknown("flag", "flags", flag, names.iter().copied(), types));
        };
        words[bit / 32] |= 1_u32 << (bit % 32);
    }
    Ok(words)
}

/// The flags that are set in words of 32; bits without a name are ignored.
pub(crate) fn flags_value(types: &TypeTable, names: &[NameId], words: impl Fn(usize) -> u32) -> Val {
    let set = names.iter().enumerate().filter(|&(bit, _)| words(bit / 32) >> (bit % 32) & 1 != 0);
    Val::Flags(set.map(|(_, &name)| types.name(name).into()).collect())
}

/// Checks the fields of a record value against its type: the same names in the same order.
pub(crate) fn check_fields(
    types: &TypeTable,
    want: &coracle_image::types::Record,
    found: &[(String, Val)],
) -> Result<()> {
    if want.fields.len() != found.len() {
        return Err(wrong(coracle_error::wording!(
            "expected {} record fields, found {}",
            want.fields.len(),
            found.len()
        )));
    }
    for (want, (found, _)) in want.fields.iter().zip(found) {
        let want = types.name(want.name);
        if want != found {
            return Err(wrong(coracle_error::wording!("expected record field `{want}`, found `{found}`")));
        }
    }
    Ok(())
}

/// Checks a number of items.
pub(crate) fn check_count(want: usize, found: usize, what: &str) -> Result<()> {
    if want == found {
        return Ok(());
    }
    Err(wrong(coracle_error::wording!("expected {want} {what}, found {found}")))
}

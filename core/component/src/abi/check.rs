//! Checks that a Rust type stands for a component's type, and errors that name both.
//!
//! A mismatch deep inside is reported from the outside in: each level adds the field, case or element in which it
//! was found as context.

use crate::abi::cx::InstanceType;
use alloc::string::String;
use coracle_error::{Error, ErrorKind, Result, Told, Wording};
use coracle_image::types::{FuncTypeIndex, InterfaceType, TypeTable};
use core::fmt::{self, Write};

/// A type check of one Rust type, as a plain function.
pub type Check = fn(InterfaceType, &InstanceType<'_>) -> Result<()>;

/// A type as it is written in WIT, for error messages.
pub struct TypeText<'a> {
    types: &'a TypeTable,
    ty: InterfaceType,
}

/// Levels of a type that a message shows; of none it shows the kind.
const SHOWN_LEVELS: u32 = if cfg!(feature = "compact") { 0 } else { 3 };
/// Fields or cases of a type that a message shows.
const SHOWN_NAMES: usize = 8;

impl<'a> TypeText<'a> {
    /// The text of a type of this table.
    pub fn new(types: &'a TypeTable, ty: InterfaceType) -> Self {
        Self { types, ty }
    }

    fn write(&self, ty: InterfaceType, levels: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use InterfaceType as T;
        let types = self.types;
        if levels == 0 {
            return f.write_str(kind(ty));
        }
        let some = |ty: InterfaceType, f: &mut fmt::Formatter<'_>| self.write(ty, levels - 1, f);
        match ty {
            T::Record(i) => self.names(f, "record", types[i].fields.iter().map(|x| (x.name, Some(x.ty))), levels),
            T::Variant(i) => self.names(f, "variant", types[i].cases.iter().map(|x| (x.name, x.ty)), levels),
            T::Enum(i) => self.names(f, "enum", types[i].names.iter().map(|&name| (name, None)), levels),
            T::Flags(i) => self.names(f, "flags", types[i].names.iter().map(|&name| (name, None)), levels),
            T::List(i) => {
                f.write_str("list<")?;
                some(types[i].element, f)?;
                f.write_char('>')
            }
            T::FixedLengthList(i) => {
                f.write_str("list<")?;
                some(types[i].element, f)?;
                write!(f, ", {}>", types[i].len)
            }
            T::Map(i) => {
                f.write_str("map<")?;
                some(types[i].key, f)?;
                f.write_str(", ")?;
                some(types[i].value, f)?;
                f.write_char('>')
            }
            T::Option(i) => {
                f.write_str("option<")?;
                some(types[i].ty, f)?;
                f.write_char('>')
            }
            T::Tuple(i) => {
                f.write_str("tuple<")?;
                for (n, &ty) in types[i].types.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { ", " })?;
                    some(ty, f)?;
                }
                f.write_char('>')
            }
            T::Result(i) => match (types[i].ok, types[i].err) {
                (None, None) => f.write_str("result"),
                (ok, err) => {
                    f.write_str("result<")?;
                    match ok {
                        Some(ok) => some(ok, f)?,
                        None => f.write_char('_')?,
                    }
                    if let Some(err) = err {
                        f.write_str(", ")?;
                        some(err, f)?;
                    }
                    f.write_char('>')
                }
            },
            _ => f.write_str(kind(ty)),
        }
    }

    fn names(
        &self,
        f: &mut fmt::Formatter<'_>,
        what: &str,
        items: impl ExactSizeIterator<Item = (coracle_image::strings::NameId, Option<InterfaceType>)>,
        levels: u32,
    ) -> fmt::Result {
        let count = items.len();
        write!(f, "{what} {{ ")?;
        for (n, (name, ty)) in items.take(SHOWN_NAMES).enumerate() {
            write!(f, "{}{}", if n == 0 { "" } else { ", " }, self.types.name(name))?;
            if let Some(ty) = ty {
                f.write_str(": ")?;
                self.write(ty, levels - 1, f)?;
            }
        }
        f.write_str(if count > SHOWN_NAMES { ", … }" } else { " }" })
    }
}

impl fmt::Display for TypeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(self.ty, SHOWN_LEVELS, f)
    }
}

/// A function's type, as deep as errors show types.
pub(crate) fn func_text(types: &TypeTable, index: FuncTypeIndex) -> String {
    let ty = &types[index];
    let mut text = String::from(if ty.is_async { "async func(" } else { "func(" });
    for (n, (&name, &param)) in ty.param_names.iter().zip(types.params(index)).enumerate() {
        let comma = if n == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}{}: {}", types.name(name), TypeText::new(types, param));
    }
    text.push(')');
    if let Some(result) = ty.result {
        let _ = write!(text, " -> {}", TypeText::new(types, result));
    }
    text
}

/// The kind of a type, as its keyword.
pub fn kind(ty: InterfaceType) -> &'static str {
    use InterfaceType as T;
    match ty {
        T::Bool => "bool",
        T::S8 => "s8",
        T::U8 => "u8",
        T::S16 => "s16",
        T::U16 => "u16",
        T::S32 => "s32",
        T::U32 => "u32",
        T::S64 => "s64",
        T::U64 => "u64",
        T::F32 => "f32",
        T::F64 => "f64",
        T::Char => "char",
        T::String => "string",
        T::ErrorContext => "error-context",
        T::Record(_) => "record",
        T::Variant(_) => "variant",
        T::List(_) => "list",
        T::FixedLengthList(_) => "fixed-length list",
        T::Map(_) => "map",
        T::Tuple(_) => "tuple",
        T::Flags(_) => "flags",
        T::Enum(_) => "enum",
        T::Option(_) => "option",
        T::Result(_) => "result",
        T::Own(_) => "own",
        T::Borrow(_) => "borrow",
        T::Future(_) => "future",
        T::Stream(_) => "stream",
    }
}

/// The error for a Rust type that stands for another kind of type.
#[cold]
pub fn expected(want: &str, found: InterfaceType, types: &InstanceType<'_>) -> Error {
    let found = TypeText::new(types.types, found);
    Error::fault(ErrorKind::Type, coracle_error::wording!("expected `{want}`, found `{found}`"))
}

#[cold]
fn wrong(message: Wording) -> Error {
    Error::fault(ErrorKind::Type, message)
}

/// Checks a type that stands for exactly one component type.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn exactly(want: InterfaceType, ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
    if ty == want { Ok(()) } else { Err(expected(kind(want), ty, types)) }
}

/// Checks a record: the same fields by name, in the same order.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn record(ty: InterfaceType, types: &InstanceType<'_>, fields: &[(&str, Check)]) -> Result<()> {
    let InterfaceType::Record(index) = ty else {
        return Err(expected("record", ty, types));
    };
    let found = &types.types[index].fields;
    if found.len() != fields.len() {
        return Err(wrong(coracle_error::wording!(
            "expected record of {} fields, found {} fields",
            fields.len(),
            found.len()
        )));
    }
    for (&(want, check), field) in fields.iter().zip(found) {
        let name = types.types.name(field.name);
        if want != name {
            return Err(wrong(coracle_error::wording!("expected record field named `{want}`, found `{name}`")));
        }
        check(field.ty, types).told(|| coracle_error::wording!("type mismatch in field `{name}`"))?;
    }
    Ok(())
}

/// Checks a variant: the same cases by name, in the same order, with or without payload.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn variant(ty: InterfaceType, types: &InstanceType<'_>, cases: &[(&str, Option<Check>)]) -> Result<()> {
    let InterfaceType::Variant(index) = ty else {
        return Err(expected("variant", ty, types));
    };
    let found = &types.types[index].cases;
    if found.len() != cases.len() {
        return Err(wrong(coracle_error::wording!(
            "expected variant of {} cases, found {} cases",
            cases.len(),
            found.len()
        )));
    }
    for (&(want, check), case) in cases.iter().zip(found) {
        let name = types.types.name(case.name);
        if want != name {
            return Err(wrong(coracle_error::wording!("expected variant case named `{want}`, found `{name}`")));
        }
        payload(check, case.ty, types).told(|| coracle_error::wording!("type mismatch in case `{name}`"))?;
    }
    Ok(())
}

/// Checks a payload that may be absent.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn payload(check: Option<Check>, ty: Option<InterfaceType>, types: &InstanceType<'_>) -> Result<()> {
    match (check, ty) {
        (Some(check), Some(ty)) => check(ty, types),
        (None, None) => Ok(()),
        (Some(_), None) => Err(wrong("expected a payload, found none".into())),
        (None, Some(ty)) => {
            Err(wrong(coracle_error::wording!("expected no payload, found `{}`", TypeText::new(types.types, ty))))
        }
    }
}

/// Checks an enum: the same names in the same order.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn enumeration(ty: InterfaceType, types: &InstanceType<'_>, names: &[&str]) -> Result<()> {
    let InterfaceType::Enum(index) = ty else {
        return Err(expected("enum", ty, types));
    };
    same_names("enum case", "cases", names, &types.types[index].names, types)
}

/// Checks flags: the same names in the same order.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn flags(ty: InterfaceType, types: &InstanceType<'_>, names: &[&str]) -> Result<()> {
    let InterfaceType::Flags(index) = ty else {
        return Err(expected("flags", ty, types));
    };
    same_names("flag", "flags", names, &types.types[index].names, types)
}

fn same_names(
    one: &str,
    many: &str,
    want: &[&str],
    found: &[coracle_image::strings::NameId],
    types: &InstanceType<'_>,
) -> Result<()> {
    if want.len() != found.len() {
        return Err(wrong(coracle_error::wording!("expected {} {many}, found {} {many}", want.len(), found.len())));
    }
    for (&want, &found) in want.iter().zip(found) {
        let found = types.types.name(found);
        if want != found {
            return Err(wrong(coracle_error::wording!("expected {one} named `{want}`, found `{found}`")));
        }
    }
    Ok(())
}

/// Checks a tuple: the same number of types, each one fitting.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn tuple(ty: InterfaceType, types: &InstanceType<'_>, checks: &[Check]) -> Result<()> {
    let InterfaceType::Tuple(index) = ty else {
        return Err(expected("tuple", ty, types));
    };
    let found = &types.types[index].types;
    if found.len() != checks.len() {
        return Err(wrong(coracle_error::wording!("expected {}-tuple, found {}-tuple", checks.len(), found.len())));
    }
    for i in 0..checks.len() {
        checks[i](found[i], types).told(|| coracle_error::wording!("type mismatch in tuple field {i}"))?;
    }
    Ok(())
}

/// Checks a list and its element.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn list(ty: InterfaceType, types: &InstanceType<'_>, check: Check) -> Result<()> {
    match ty {
        InterfaceType::List(index) => check(types.types[index].element, types).told(|| "type mismatch in list element"),
        other => Err(expected("list", other, types)),
    }
}

/// Checks a map, its key and its value.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn map(ty: InterfaceType, types: &InstanceType<'_>, key: Check, value: Check) -> Result<()> {
    match ty {
        InterfaceType::Map(index) => {
            key(types.types[index].key, types).told(|| "type mismatch in map key")?;
            value(types.types[index].value, types).told(|| "type mismatch in map value")
        }
        other => Err(expected("map", other, types)),
    }
}

/// Checks a list of fixed length and its element.
///
/// # Errors
/// `ErrorKind::Type`.
pub fn fixed_length_list(ty: InterfaceType, types: &InstanceType<'_>, len: usize, check: Check) -> Result<()> {
    match ty {
        InterfaceType::FixedLengthList(index) => {
            let found = types.types[index].len;
            if found as usize != len {
                return Err(wrong(coracle_error::wording!("expected list of fixed length {len}, found {found}")));
            }
            check(types.types[index].element, types).told(|| "type mismatch in list element")
        }
        other => Err(expected("fixed-length list", other, types)),
    }
}

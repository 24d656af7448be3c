//! Types as text, near to how WIT writes them. Structure is written out; resources by number.

use crate::strings::NameId;
use crate::types::*;
use core::fmt::{self, Display as _, Write as _};

/// Prints a value type.
#[derive(Clone, Copy)]
pub struct PrintType<'a>(pub &'a TypeTable, pub InterfaceType);

/// Prints a function type.
#[derive(Clone, Copy)]
pub struct PrintFunc<'a>(pub &'a TypeTable, pub FuncTypeIndex);

/// Prints the type of an import or export, members of instances by name only.
#[derive(Clone, Copy)]
pub struct PrintDef<'a>(pub &'a TypeTable, pub TypeDef);

impl fmt::Display for PrintType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use InterfaceType as T;
        let &Self(table, ty) = self;
        match ty {
            T::Bool => f.write_str("bool"),
            T::S8 => f.write_str("s8"),
            T::U8 => f.write_str("u8"),
            T::S16 => f.write_str("s16"),
            T::U16 => f.write_str("u16"),
            T::S32 => f.write_str("s32"),
            T::U32 => f.write_str("u32"),
            T::S64 => f.write_str("s64"),
            T::U64 => f.write_str("u64"),
            T::F32 => f.write_str("f32"),
            T::F64 => f.write_str("f64"),
            T::Char => f.write_str("char"),
            T::String => f.write_str("string"),
            T::ErrorContext => f.write_str("error-context"),
            T::Record(i) => {
                let fields = table[i].fields.iter().map(|field| (Some(field.name), Some(field.ty)));
                list(f, table, "record { ", fields, " }")
            }
            T::Variant(i) => {
                f.write_str("variant { ")?;
                for (i, case) in table[i].cases.iter().enumerate() {
                    separate(f, i)?;
                    f.write_str(table.name(case.name))?;
                    if let Some(ty) = case.ty {
                        write!(f, "({})", PrintType(table, ty))?;
                    }
                }
                f.write_str(" }")
            }
            T::List(i) => write!(f, "list<{}>", PrintType(table, table[i].element)),
            T::FixedLengthList(i) => write!(f, "list<{}, {}>", PrintType(table, table[i].element), table[i].len),
            T::Map(i) => list(f, table, "map<", [table[i].key, table[i].value].map(|ty| (None, Some(ty))), ">"),
            T::Tuple(i) => list(f, table, "tuple<", table[i].types.iter().map(|&ty| (None, Some(ty))), ">"),
            T::Flags(i) => list(f, table, "flags { ", table[i].names.iter().map(|&name| (Some(name), None)), " }"),
            T::Enum(i) => list(f, table, "enum { ", table[i].names.iter().map(|&name| (Some(name), None)), " }"),
            T::Option(i) => write!(f, "option<{}>", PrintType(table, table[i].ty)),
            T::Result(i) => match (table[i].ok, table[i].err) {
                (None, None) => f.write_str("result"),
                (Some(ok), None) => write!(f, "result<{}>", PrintType(table, ok)),
                (None, Some(err)) => write!(f, "result<_, {}>", PrintType(table, err)),
                (Some(ok), Some(err)) => write!(f, "result<{}, {}>", PrintType(table, ok), PrintType(table, err)),
            },
            T::Own(resource) => write!(f, "own<{resource}>"),
            T::Borrow(resource) => write!(f, "borrow<{resource}>"),
            T::Future(i) => payload(f, table, "future", table[i]),
            T::Stream(i) => payload(f, table, "stream", table[i]),
        }
    }
}

impl fmt::Display for PrintFunc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self(table, index) = self;
        let ty = &table[index];
        let params = ty.param_names.iter().zip(table.params(index)).map(|(&name, &ty)| (Some(name), Some(ty)));
        list(f, table, if ty.is_async { "async func(" } else { "func(" }, params, ")")?;
        match ty.result {
            Some(result) => write!(f, " -> {}", PrintType(table, result)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PrintDef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self(table, ty) = self;
        match ty {
            TypeDef::Func(ty) => PrintFunc(table, ty).fmt(f),
            TypeDef::Instance(ty) => {
                f.write_str("instance ")?;
                names(f, table, table[ty].exports.iter().map(|&(name, _)| name))
            }
            TypeDef::Component(_) => f.write_str("component"),
            TypeDef::Module(ty) => {
                f.write_str("core module ")?;
                names(f, table, table[ty].exports.iter().map(|&(name, _)| name))
            }
            TypeDef::Interface(ty) => write!(f, "type {}", PrintType(table, ty)),
            TypeDef::Resource(resource) => write!(f, "type {resource}"),
            TypeDef::FuncType(ty) => write!(f, "type {}", PrintFunc(table, ty)),
            TypeDef::InstanceType(ty) => {
                f.write_str("type instance ")?;
                names(f, table, table[ty].exports.iter().map(|&(name, _)| name))
            }
            TypeDef::ComponentType(_) => f.write_str("type component"),
        }
    }
}

fn separate(f: &mut fmt::Formatter<'_>, position: usize) -> fmt::Result {
    if position > 0 { f.write_str(", ") } else { Ok(()) }
}

fn list(
    f: &mut fmt::Formatter<'_>,
    table: &TypeTable,
    open: &str,
    items: impl IntoIterator<Item = (Option<NameId>, Option<InterfaceType>)>,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (i, (name, ty)) in items.into_iter().enumerate() {
        separate(f, i)?;
        if let Some(name) = name {
            f.write_str(table.name(name))?;
        }
        if name.is_some() && ty.is_some() {
            f.write_str(": ")?;
        }
        if let Some(ty) = ty {
            PrintType(table, ty).fmt(f)?;
        }
    }
    f.write_str(close)
}

fn payload(f: &mut fmt::Formatter<'_>, table: &TypeTable, name: &str, ty: Payload) -> fmt::Result {
    match ty {
        Some(ty) => write!(f, "{name}<{}>", PrintType(table, ty)),
        None => f.write_str(name),
    }
}

fn names(f: &mut fmt::Formatter<'_>, table: &TypeTable, items: impl Iterator<Item = NameId>) -> fmt::Result {
    f.write_char('{')?;
    for (i, name) in items.enumerate() {
        write!(f, "{}{}", if i == 0 { " " } else { ", " }, table.name(name))?;
    }
    f.write_str(" }")
}

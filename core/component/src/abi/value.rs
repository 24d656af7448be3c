//! `Val`: a component-level value of any type, for callers that know the type at run time only.

use crate::abi::resource::any::ResourceAny;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A value of a component-level type. Its variant is the type's kind; names stand for fields, cases and flags.
#[derive(Clone, Debug)]
pub enum Val {
    /// `bool`
    Bool(bool),
    /// `s8`
    S8(i8),
    /// `u8`
    U8(u8),
    /// `s16`
    S16(i16),
    /// `u16`
    U16(u16),
    /// `s32`
    S32(i32),
    /// `u32`
    U32(u32),
    /// `s64`
    S64(i64),
    /// `u64`
    U64(u64),
    /// `f32`
    Float32(f32),
    /// `f64`
    Float64(f64),
    /// `char`
    Char(char),
    /// `string`
    String(String),
    /// `list<T>`
    List(Vec<Val>),
    /// `map<K, V>`
    Map(Vec<(Val, Val)>),
    /// `record`: the fields in the order of the type.
    Record(Vec<(String, Val)>),
    /// `tuple`
    Tuple(Vec<Val>),
    /// `variant`: the case and its payload.
    Variant(String, Option<Box<Val>>),
    /// `enum`: the case.
    Enum(String),
    /// `option<T>`
    Option(Option<Box<Val>>),
    /// `result<T, E>`
    Result(Result<Option<Box<Val>>, Option<Box<Val>>>),
    /// `flags`: the names of those that are set.
    Flags(Vec<String>),
    /// `own<R>` or `borrow<R>`
    Resource(ResourceAny),
    /// `list<T, N>`
    FixedLengthList(Vec<Val>),
}

impl Val {
    /// What an error message calls the kind of value.
    pub(crate) fn desc(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::S8(_) => "s8",
            Self::U8(_) => "u8",
            Self::S16(_) => "s16",
            Self::U16(_) => "u16",
            Self::S32(_) => "s32",
            Self::U32(_) => "u32",
            Self::S64(_) => "s64",
            Self::U64(_) => "u64",
            Self::Float32(_) => "f32",
            Self::Float64(_) => "f64",
            Self::Char(_) => "char",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Record(_) => "record",
            Self::Tuple(_) => "tuple",
            Self::Variant(..) => "variant",
            Self::Enum(_) => "enum",
            Self::Option(_) => "option",
            Self::Result(_) => "result",
            Self::Flags(_) => "flags",
            Self::Resource(_) => "resource",
            Self::FixedLengthList(_) => "fixed-length list",
        }
    }
}

/// Equal values; a NaN equals a NaN, and flags are a set.
impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::S8(a), Self::S8(b)) => a == b,
            (Self::U8(a), Self::U8(b)) => a == b,
            (Self::S16(a), Self::S16(b)) => a == b,
            (Self::U16(a), Self::U16(b)) => a == b,
            (Self::S32(a), Self::S32(b)) => a == b,
            (Self::U32(a), Self::U32(b)) => a == b,
            (Self::S64(a), Self::S64(b)) => a == b,
            (Self::U64(a), Self::U64(b)) => a == b,
            (Self::Float32(a), Self::Float32(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Float64(a), Self::Float64(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Char(a), Self::Char(b)) => a == b,
            (Self::String(a), Self::String(b)) | (Self::Enum(a), Self::Enum(b)) => a == b,
            (Self::List(a), Self::List(b))
            | (Self::Tuple(a), Self::Tuple(b))
            | (Self::FixedLengthList(a), Self::FixedLengthList(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Record(a), Self::Record(b)) => a == b,
            (Self::Variant(a, x), Self::Variant(b, y)) => a == b && x == y,
            (Self::Option(a), Self::Option(b)) => a == b,
            (Self::Result(a), Self::Result(b)) => a == b,
            (Self::Flags(a), Self::Flags(b)) => {
                a.iter().all(|flag| b.contains(flag)) && b.iter().all(|flag| a.contains(flag))
            }
            (Self::Resource(a), Self::Resource(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Val {}

macro_rules! from {
    ($($rust:ty => $variant:ident;)*) => {$(
        impl From<$rust> for Val {
            fn from(value: $rust) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

from! {
    bool => Bool;
    i8 => S8;
    u8 => U8;
    i16 => S16;
    u16 => U16;
    i32 => S32;
    u32 => U32;
    i64 => S64;
    u64 => U64;
    f32 => Float32;
    f64 => Float64;
    char => Char;
    String => String;
    ResourceAny => Resource;
}

//! Values as WAVE text: `wasm-wave`'s traits over our values and types.
//!
//! # What is absent
//! Handles: a resource has no text, and none is read.

use crate::abi::value::Val;
use crate::reflect::{ComponentFunc, Type};
use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind};
use coracle_image::limits::TYPE_DEPTH;
use wasm_wave::wasm::{WasmFunc, WasmType, WasmTypeKind, WasmValue, WasmValueError};

impl Val {
    /// Reads a value of a type from WAVE text.
    ///
    /// # Errors
    /// `ErrorKind::Type` for a text that is none of that type, or a type that has no text.
    pub fn from_wave(ty: &Type, text: &str) -> coracle_error::Result<Self> {
        // The reader recurses.
        if nesting(text) > TYPE_DEPTH.into() {
            let message = format!("the text is nested deeper than any type, {TYPE_DEPTH} brackets");
            return Err(Error::fault(ErrorKind::Type, message));
        }
        wasm_wave::from_str(ty, text)
            .map_err(|error| Error::new(error).as_fault(ErrorKind::Type, "no value of the type"))
    }

    /// Writes the value as WAVE text.
    ///
    /// # Errors
    /// `ErrorKind::Type` for a value with a handle in it: it has no text.
    pub fn to_wave(&self) -> coracle_error::Result<String> {
        if has_handle(self) {
            return Err(Error::fault(ErrorKind::Type, "a handle (resource, stream or future) has no text form"));
        }
        Ok(wasm_wave::to_string(self)?)
    }
}

/// How deep brackets stand in each other; those in strings count too, which errs on the safe side.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

type Items<'a, T> = Box<dyn Iterator<Item = T> + 'a>;

impl WasmFunc for ComponentFunc {
    type Type = Type;

    fn params(&self) -> Items<'_, Type> {
        Box::new(self.params().map(|(_, ty)| ty))
    }

    fn param_names(&self) -> Items<'_, Cow<'_, str>> {
        Box::new(self.params().map(|(name, _)| Cow::Borrowed(name)))
    }

    fn results(&self) -> Items<'_, Type> {
        Box::new(self.results())
    }
}

impl WasmType for Type {
    fn kind(&self) -> WasmTypeKind {
        match self {
            Self::Bool => WasmTypeKind::Bool,
            Self::S8 => WasmTypeKind::S8,
            Self::U8 => WasmTypeKind::U8,
            Self::S16 => WasmTypeKind::S16,
            Self::U16 => WasmTypeKind::U16,
            Self::S32 => WasmTypeKind::S32,
            Self::U32 => WasmTypeKind::U32,
            Self::S64 => WasmTypeKind::S64,
            Self::U64 => WasmTypeKind::U64,
            Self::Float32 => WasmTypeKind::F32,
            Self::Float64 => WasmTypeKind::F64,
            Self::Char => WasmTypeKind::Char,
            Self::String => WasmTypeKind::String,
            Self::List(_) => WasmTypeKind::List,
            Self::Record(_) => WasmTypeKind::Record,
            Self::Tuple(_) => WasmTypeKind::Tuple,
            Self::Variant(_) => WasmTypeKind::Variant,
            Self::Enum(_) => WasmTypeKind::Enum,
            Self::Option(_) => WasmTypeKind::Option,
            Self::Result(_) => WasmTypeKind::Result,
            Self::Flags(_) => WasmTypeKind::Flags,
            _ => WasmTypeKind::Unsupported,
        }
    }

    fn list_element_type(&self) -> Option<Self> {
        match self {
            Self::List(list) => Some(list.ty()),
            _ => None,
        }
    }

    fn record_fields(&self) -> Items<'_, (Cow<'_, str>, Self)> {
        match self {
            Self::Record(record) => Box::new(record.fields().map(|field| (Cow::Borrowed(field.name), field.ty))),
            _ => Box::new(core::iter::empty()),
        }
    }

    fn tuple_element_types(&self) -> Items<'_, Self> {
        match self {
            Self::Tuple(tuple) => Box::new(tuple.types()),
            _ => Box::new(core::iter::empty()),
        }
    }

    fn variant_cases(&self) -> Items<'_, (Cow<'_, str>, Option<Self>)> {
        match self {
            Self::Variant(variant) => Box::new(variant.cases().map(|case| (Cow::Borrowed(case.name), case.ty))),
            _ => Box::new(core::iter::empty()),
        }
    }

    fn enum_cases(&self) -> Items<'_, Cow<'_, str>> {
        match self {
            Self::Enum(cases) => Box::new(cases.names().map(Cow::Borrowed)),
            _ => Box::new(core::iter::empty()),
        }
    }

    fn option_some_type(&self) -> Option<Self> {
        match self {
            Self::Option(option) => Some(option.ty()),
            _ => None,
        }
    }

    fn result_types(&self) -> Option<(Option<Self>, Option<Self>)> {
        match self {
            Self::Result(result) => Some((result.ok(), result.err())),
            _ => None,
        }
    }

    fn flags_names(&self) -> Items<'_, Cow<'_, str>> {
        match self {
            Self::Flags(flags) => Box::new(flags.names().map(Cow::Borrowed)),
            _ => Box::new(core::iter::empty()),
        }
    }
}

/// The makers and readers of the values that stand for themselves.
macro_rules! plain_values {
    ($($variant:ident($ty:ty): $make:ident, $unwrap:ident;)*) => {
        $(
            fn $make(val: $ty) -> Self {
                Self::$variant(val)
            }

            fn $unwrap(&self) -> $ty {
                match *self {
                    Self::$variant(val) => val,
                    _ => wrong_kind(stringify!($unwrap)),
                }
            }
        )*
    };
}

/// `wasm-wave` asks a value only for what its kind has.
fn wrong_kind(asked: &str) -> ! {
    unreachable!("{asked} on a value of another kind")
}

fn borrowed(val: &Val) -> Cow<'_, Val> {
    Cow::Borrowed(val)
}

fn boxed(val: Option<Val>) -> Option<Box<Val>> {
    val.map(Box::new)
}

fn unboxed(val: &Option<Box<Val>>) -> Option<Cow<'_, Val>> {
    val.as_deref().map(borrowed)
}

/// Whether there is a handle in a value.
fn has_handle(val: &Val) -> bool {
    let some = |val: &Option<Box<Val>>| val.as_deref().is_some_and(has_handle);
    match val {
        Val::List(vals) | Val::FixedLengthList(vals) | Val::Tuple(vals) => vals.iter().any(has_handle),
        Val::Record(fields) => fields.iter().any(|(_, val)| has_handle(val)),
        Val::Variant(_, val) | Val::Option(val) | Val::Result(Ok(val) | Err(val)) => some(val),
        val => val.kind() == WasmTypeKind::Unsupported,
    }
}

impl WasmValue for Val {
    type Type = Type;

    fn kind(&self) -> WasmTypeKind {
        match self {
            Self::Bool(_) => WasmTypeKind::Bool,
            Self::S8(_) => WasmTypeKind::S8,
            Self::U8(_) => WasmTypeKind::U8,
            Self::S16(_) => WasmTypeKind::S16,
            Self::U16(_) => WasmTypeKind::U16,
            Self::S32(_) => WasmTypeKind::S32,
            Self::U32(_) => WasmTypeKind::U32,
            Self::S64(_) => WasmTypeKind::S64,
            Self::U64(_) => WasmTypeKind::U64,
            Self::Float32(_) => WasmTypeKind::F32,
            Self::Float64(_) => WasmTypeKind::F64,
            Self::Char(_) => WasmTypeKind::Char,
            Self::String(_) => WasmTypeKind::String,
            Self::List(_) => WasmTypeKind::List,
            Self::Record(_) => WasmTypeKind::Record,
            Self::Tuple(_) => WasmTypeKind::Tuple,
            Self::Variant(..) => WasmTypeKind::Variant,
            Self::Enum(_) => WasmTypeKind::Enum,
            Self::Option(_) => WasmTypeKind::Option,
            Self::Result(_) => WasmTypeKind::Result,
            Self::Flags(_) => WasmTypeKind::Flags,
            _ => WasmTypeKind::Unsupported,
        }
    }

    plain_values! {
        Bool(bool): make_bool, unwrap_bool;
        S8(i8): make_s8, unwrap_s8;
        S16(i16): make_s16, unwrap_s16;
        S32(i32): make_s32, unwrap_s32;
        S64(i64): make_s64, unwrap_s64;
        U8(u8): make_u8, unwrap_u8;
        U16(u16): make_u16, unwrap_u16;
        U32(u32): make_u32, unwrap_u32;
        U64(u64): make_u64, unwrap_u64;
        Float32(f32): make_f32, unwrap_f32;
        Float64(f64): make_f64, unwrap_f64;
        Char(char): make_char, unwrap_char;
    }

    fn make_string(val: Cow<'_, str>) -> Self {
        Self::String(val.into_owned())
    }

    fn make_list(_: &Type, vals: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        Ok(Self::List(vals.into_iter().collect()))
    }

    fn make_record<'a>(ty: &Type, fields: impl IntoIterator<Item = (&'a str, Self)>) -> Result<Self, WasmValueError> {
        let mut given: Vec<(&str, Self)> = fields.into_iter().collect();
        let mut sorted = Vec::with_capacity(given.len());
        for (name, _) in ty.record_fields() {
            let at = given
                .iter()
                .position(|(field, _)| *field == name)
                .ok_or_else(|| WasmValueError::MissingField(name.to_string()))?;
            sorted.push((name.into_owned(), given.swap_remove(at).1));
        }
        match given.first() {
            Some((name, _)) => Err(WasmValueError::UnknownField((*name).to_owned())),
            None => Ok(Self::Record(sorted)),
        }
    }

    fn make_tuple(ty: &Type, vals: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        let vals: Vec<Val> = vals.into_iter().collect();
        let (want, got) = (ty.tuple_element_types().count(), vals.len());
        if want != got {
            return Err(WasmValueError::WrongNumberOfTupleValues { want, got });
        }
        Ok(Self::Tuple(vals))
    }

    fn make_variant(ty: &Type, case: &str, val: Option<Self>) -> Result<Self, WasmValueError> {
        let Some((_, payload)) = ty.variant_cases().find(|(name, _)| name == case) else {
            return Err(WasmValueError::UnknownCase(case.to_owned()));
        };
        match (payload, &val) {
            (Some(_), None) => Err(WasmValueError::MissingPayload(case.to_owned())),
            (None, Some(_)) => Err(WasmValueError::UnexpectedPayload(case.to_owned())),
            _ => Ok(Self::Variant(case.to_owned(), boxed(val))),
        }
    }

    fn make_enum(ty: &Type, case: &str) -> Result<Self, WasmValueError> {
        if !ty.enum_cases().any(|name| name == case) {
            return Err(WasmValueError::UnknownCase(case.to_owned()));
        }
        Ok(Self::Enum(case.to_owned()))
    }

    fn make_option(_: &Type, val: Option<Self>) -> Result<Self, WasmValueError> {
        Ok(Self::Option(boxed(val)))
    }

    fn make_result(ty: &Type, val: Result<Option<Self>, Option<Self>>) -> Result<Self, WasmValueError> {
        let (ok, err) = ty.result_types().unwrap_or((None, None));
        let (case, payload, given) = match &val {
            Ok(val) => ("ok", ok, val.is_some()),
            Err(val) => ("err", err, val.is_some()),
        };
        match (payload.is_some(), given) {
            (true, false) => Err(WasmValueError::MissingPayload(case.to_owned())),
            (false, true) => Err(WasmValueError::UnexpectedPayload(case.to_owned())),
            _ => Ok(Self::Result(val.map(boxed).map_err(boxed))),
        }
    }

    fn make_flags<'a>(ty: &Type, names: impl IntoIterator<Item = &'a str>) -> Result<Self, WasmValueError> {
        let given: Vec<&str> = names.into_iter().collect();
        let known: Vec<Cow<'_, str>> = ty.flags_names().collect();
        if let Some(name) = given.iter().find(|name| !known.iter().any(|known| known == *name)) {
            return Err(WasmValueError::UnknownCase((*name).to_owned()));
        }
        let set = known.into_iter().filter(|name| given.contains(&&**name));
        Ok(Self::Flags(set.map(Cow::into_owned).collect()))
    }

    fn unwrap_string(&self) -> Cow<'_, str> {
        match self {
            Self::String(text) => Cow::Borrowed(text.as_str()),
            _ => wrong_kind("unwrap_string"),
        }
    }

    fn unwrap_list(&self) -> Items<'_, Cow<'_, Self>> {
        match self {
            Self::List(vals) => Box::new(vals.iter().map(borrowed)),
            _ => wrong_kind("unwrap_list"),
        }
    }

    fn unwrap_record(&self) -> Items<'_, (Cow<'_, str>, Cow<'_, Self>)> {
        match self {
            Self::Record(fields) => Box::new(fields.iter().map(|(name, val)| (Cow::Borrowed(&**name), borrowed(val)))),
            _ => wrong_kind("unwrap_record"),
        }
    }

    fn unwrap_tuple(&self) -> Items<'_, Cow<'_, Self>> {
        match self {
            Self::Tuple(vals) => Box::new(vals.iter().map(borrowed)),
            _ => wrong_kind("unwrap_tuple"),
        }
    }

    fn unwrap_variant(&self) -> (Cow<'_, str>, Option<Cow<'_, Self>>) {
        match self {
            Self::Variant(case, val) => (Cow::Borrowed(&**case), unboxed(val)),
            _ => wrong_kind("unwrap_variant"),
        }
    }

    fn unwrap_enum(&self) -> Cow<'_, str> {
        match self {
            Self::Enum(case) => Cow::Borrowed(&**case),
            _ => wrong_kind("unwrap_enum"),
        }
    }

    fn unwrap_option(&self) -> Option<Cow<'_, Self>> {
        match self {
            Self::Option(val) => unboxed(val),
            _ => wrong_kind("unwrap_option"),
        }
    }

    fn unwrap_result(&self) -> Result<Option<Cow<'_, Self>>, Option<Cow<'_, Self>>> {
        match self {
            Self::Result(Ok(val)) => Ok(unboxed(val)),
            Self::Result(Err(val)) => Err(unboxed(val)),
            _ => wrong_kind("unwrap_result"),
        }
    }

    fn unwrap_flags(&self) -> Items<'_, Cow<'_, str>> {
        match self {
            Self::Flags(names) => Box::new(names.iter().map(|name| Cow::Borrowed(&**name))),
            _ => wrong_kind("unwrap_flags"),
        }
    }
}

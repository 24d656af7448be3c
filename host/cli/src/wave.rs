//! Component values as WAVE text: `wasm-wave`'s traits over Coracle's values and types.

use coracle::component::{Type, Val};
use std::borrow::Cow;
use wasm_wave::wasm::{WasmType, WasmTypeKind, WasmValue, WasmValueError};

/// A type that `wasm-wave` can walk.
#[derive(Clone)]
pub(crate) struct WaveType(pub(crate) Type);

/// A value that `wasm-wave` can make and walk.
#[derive(Clone)]
pub(crate) struct WaveVal(pub(crate) Val);

/// Prints a value. Handles have no text.
pub(crate) fn to_text(val: Val) -> Result<String, String> {
    let val = WaveVal(val);
    if val.has_handle() {
        return Err("a handle (resource, stream or future) has no text form".to_owned());
    }
    wasm_wave::to_string(&val).map_err(|error| error.to_string())
}

type Items<'a, T> = Box<dyn Iterator<Item = T> + 'a>;

impl WasmType for WaveType {
    fn kind(&self) -> WasmTypeKind {
        match &self.0 {
            Type::Bool => WasmTypeKind::Bool,
            Type::S8 => WasmTypeKind::S8,
            Type::U8 => WasmTypeKind::U8,
            Type::S16 => WasmTypeKind::S16,
            Type::U16 => WasmTypeKind::U16,
            Type::S32 => WasmTypeKind::S32,
            Type::U32 => WasmTypeKind::U32,
            Type::S64 => WasmTypeKind::S64,
            Type::U64 => WasmTypeKind::U64,
            Type::Float32 => WasmTypeKind::F32,
            Type::Float64 => WasmTypeKind::F64,
            Type::Char => WasmTypeKind::Char,
            Type::String => WasmTypeKind::String,
            Type::List(_) => WasmTypeKind::List,
            Type::Record(_) => WasmTypeKind::Record,
            Type::Tuple(_) => WasmTypeKind::Tuple,
            Type::Variant(_) => WasmTypeKind::Variant,
            Type::Enum(_) => WasmTypeKind::Enum,
            Type::Option(_) => WasmTypeKind::Option,
            Type::Result(_) => WasmTypeKind::Result,
            Type::Flags(_) => WasmTypeKind::Flags,
            _ => WasmTypeKind::Unsupported,
        }
    }

    fn list_element_type(&self) -> Option<Self> {
        match &self.0 {
            Type::List(list) => Some(Self(list.ty())),
            _ => None,
        }
    }

    fn record_fields(&self) -> Items<'_, (Cow<'_, str>, Self)> {
        match &self.0 {
            Type::Record(record) => Box::new(record.fields().map(|field| (Cow::Borrowed(field.name), Self(field.ty)))),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn tuple_element_types(&self) -> Items<'_, Self> {
        match &self.0 {
            Type::Tuple(tuple) => Box::new(tuple.types().map(Self)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn variant_cases(&self) -> Items<'_, (Cow<'_, str>, Option<Self>)> {
        match &self.0 {
            Type::Variant(variant) => {
                Box::new(variant.cases().map(|case| (Cow::Borrowed(case.name), case.ty.map(Self))))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    fn enum_cases(&self) -> Items<'_, Cow<'_, str>> {
        match &self.0 {
            Type::Enum(cases) => Box::new(cases.names().map(Cow::Borrowed)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn option_some_type(&self) -> Option<Self> {
        match &self.0 {
            Type::Option(option) => Some(Self(option.ty())),
            _ => None,
        }
    }

    fn result_types(&self) -> Option<(Option<Self>, Option<Self>)> {
        match &self.0 {
            Type::Result(result) => Some((result.ok().map(Self), result.err().map(Self))),
            _ => None,
        }
    }

    fn flags_names(&self) -> Items<'_, Cow<'_, str>> {
        match &self.0 {
            Type::Flags(flags) => Box::new(flags.names().map(Cow::Borrowed)),
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// The makers and readers of the values that stand for themselves.
macro_rules! plain_values {
    ($($variant:ident($ty:ty): $make:ident, $unwrap:ident;)*) => {
        $(
            fn $make(val: $ty) -> Self {
                Self(Val::$variant(val))
            }

            fn $unwrap(&self) -> $ty {
                match self.0 {
                    Val::$variant(val) => val,
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

fn borrowed(val: &Val) -> Cow<'_, WaveVal> {
    Cow::Owned(WaveVal(val.clone()))
}

fn boxed(val: Option<WaveVal>) -> Option<Box<Val>> {
    val.map(|val| Box::new(val.0))
}

fn unboxed(val: &Option<Box<Val>>) -> Option<Cow<'_, WaveVal>> {
    val.as_deref().map(borrowed)
}

impl WaveVal {
    fn has_handle(&self) -> bool {
        fn walk(val: &Val) -> bool {
            let some = |val: &Option<Box<Val>>| val.as_deref().is_some_and(walk);
            match val {
                Val::List(vals) | Val::Tuple(vals) => vals.iter().any(walk),
                Val::Record(fields) => fields.iter().any(|(_, val)| walk(val)),
                Val::Variant(_, val) | Val::Option(val) => some(val),
                Val::Result(Ok(val) | Err(val)) => some(val),
                val => WaveVal::plain_kind(val) == WasmTypeKind::Unsupported,
            }
        }
        walk(&self.0)
    }

    fn plain_kind(val: &Val) -> WasmTypeKind {
        match val {
            Val::Bool(_) => WasmTypeKind::Bool,
            Val::S8(_) => WasmTypeKind::S8,
            Val::U8(_) => WasmTypeKind::U8,
            Val::S16(_) => WasmTypeKind::S16,
            Val::U16(_) => WasmTypeKind::U16,
            Val::S32(_) => WasmTypeKind::S32,
            Val::U32(_) => WasmTypeKind::U32,
            Val::S64(_) => WasmTypeKind::S64,
            Val::U64(_) => WasmTypeKind::U64,
            Val::Float32(_) => WasmTypeKind::F32,
            Val::Float64(_) => WasmTypeKind::F64,
            Val::Char(_) => WasmTypeKind::Char,
            Val::String(_) => WasmTypeKind::String,
            Val::List(_) => WasmTypeKind::List,
            Val::Record(_) => WasmTypeKind::Record,
            Val::Tuple(_) => WasmTypeKind::Tuple,
            Val::Variant(..) => WasmTypeKind::Variant,
            Val::Enum(_) => WasmTypeKind::Enum,
            Val::Option(_) => WasmTypeKind::Option,
            Val::Result(_) => WasmTypeKind::Result,
            Val::Flags(_) => WasmTypeKind::Flags,
            _ => WasmTypeKind::Unsupported,
        }
    }
}

impl WasmValue for WaveVal {
    type Type = WaveType;

    fn kind(&self) -> WasmTypeKind {
        Self::plain_kind(&self.0)
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
        Self(Val::String(val.into_owned()))
    }

    fn make_list(_: &WaveType, vals: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        Ok(Self(Val::List(vals.into_iter().map(|val| val.0).collect())))
    }

    fn make_record<'a>(
        ty: &WaveType,
        fields: impl IntoIterator<Item = (&'a str, Self)>,
    ) -> Result<Self, WasmValueError> {
        let mut given: Vec<(&str, Self)> = fields.into_iter().collect();
        let mut sorted = Vec::with_capacity(given.len());
        for (name, _) in ty.record_fields() {
            let at = given
                .iter()
                .position(|(field, _)| *field == name)
                .ok_or_else(|| WasmValueError::MissingField(name.to_string()))?;
            sorted.push((name.into_owned(), given.swap_remove(at).1.0));
        }
        match given.first() {
            Some((name, _)) => Err(WasmValueError::UnknownField((*name).to_owned())),
            None => Ok(Self(Val::Record(sorted))),
        }
    }

    fn make_tuple(ty: &WaveType, vals: impl IntoIterator<Item = Self>) -> Result<Self, WasmValueError> {
        let vals: Vec<Val> = vals.into_iter().map(|val| val.0).collect();
        let (want, got) = (ty.tuple_element_types().count(), vals.len());
        if want != got {
            return Err(WasmValueError::WrongNumberOfTupleValues { want, got });
        }
        Ok(Self(Val::Tuple(vals)))
    }

    fn make_variant(ty: &WaveType, case: &str, val: Option<Self>) -> Result<Self, WasmValueError> {
        let Some((_, payload)) = ty.variant_cases().find(|(name, _)| name == case) else {
            return Err(WasmValueError::UnknownCase(case.to_owned()));
        };
        match (payload, &val) {
            (Some(_), None) => Err(WasmValueError::MissingPayload(case.to_owned())),
            (None, Some(_)) => Err(WasmValueError::UnexpectedPayload(case.to_owned())),
            _ => Ok(Self(Val::Variant(case.to_owned(), boxed(val)))),
        }
    }

    fn make_enum(ty: &WaveType, case: &str) -> Result<Self, WasmValueError> {
        if !ty.enum_cases().any(|name| name == case) {
            return Err(WasmValueError::UnknownCase(case.to_owned()));
        }
        Ok(Self(Val::Enum(case.to_owned())))
    }

    fn make_option(_: &WaveType, val: Option<Self>) -> Result<Self, WasmValueError> {
        Ok(Self(Val::Option(boxed(val))))
    }

    fn make_result(ty: &WaveType, val: Result<Option<Self>, Option<Self>>) -> Result<Self, WasmValueError> {
        let (ok, err) = ty.result_types().unwrap_or((None, None));
        let (case, payload, given) = match &val {
            Ok(val) => ("ok", ok, val.is_some()),
            Err(val) => ("err", err, val.is_some()),
        };
        match (payload.is_some(), given) {
            (true, false) => Err(WasmValueError::MissingPayload(case.to_owned())),
            (false, true) => Err(WasmValueError::UnexpectedPayload(case.to_owned())),
            _ => Ok(Self(Val::Result(val.map(boxed).map_err(boxed)))),
        }
    }

    fn make_flags<'a>(ty: &WaveType, names: impl IntoIterator<Item = &'a str>) -> Result<Self, WasmValueError> {
        let given: Vec<&str> = names.into_iter().collect();
        let known: Vec<Cow<'_, str>> = ty.flags_names().collect();
        if let Some(name) = given.iter().find(|name| !known.iter().any(|known| known == *name)) {
            return Err(WasmValueError::UnknownCase((*name).to_owned()));
        }
        let set = known.into_iter().filter(|name| given.contains(&&**name));
        Ok(Self(Val::Flags(set.map(Cow::into_owned).collect())))
    }

    fn unwrap_string(&self) -> Cow<'_, str> {
        match &self.0 {
            Val::String(text) => Cow::Borrowed(text.as_str()),
            _ => wrong_kind("unwrap_string"),
        }
    }

    fn unwrap_list(&self) -> Items<'_, Cow<'_, Self>> {
        match &self.0 {
            Val::List(vals) => Box::new(vals.iter().map(borrowed)),
            _ => wrong_kind("unwrap_list"),
        }
    }

    fn unwrap_record(&self) -> Items<'_, (Cow<'_, str>, Cow<'_, Self>)> {
        match &self.0 {
            Val::Record(fields) => Box::new(fields.iter().map(|(name, val)| (Cow::Borrowed(&**name), borrowed(val)))),
            _ => wrong_kind("unwrap_record"),
        }
    }

    fn unwrap_tuple(&self) -> Items<'_, Cow<'_, Self>> {
        match &self.0 {
            Val::Tuple(vals) => Box::new(vals.iter().map(borrowed)),
            _ => wrong_kind("unwrap_tuple"),
        }
    }

    fn unwrap_variant(&self) -> (Cow<'_, str>, Option<Cow<'_, Self>>) {
        match &self.0 {
            Val::Variant(case, val) => (Cow::Borrowed(&**case), unboxed(val)),
            _ => wrong_kind("unwrap_variant"),
        }
    }

    fn unwrap_enum(&self) -> Cow<'_, str> {
        match &self.0 {
            Val::Enum(case) => Cow::Borrowed(&**case),
            _ => wrong_kind("unwrap_enum"),
        }
    }

    fn unwrap_option(&self) -> Option<Cow<'_, Self>> {
        match &self.0 {
            Val::Option(val) => unboxed(val),
            _ => wrong_kind("unwrap_option"),
        }
    }

    fn unwrap_result(&self) -> Result<Option<Cow<'_, Self>>, Option<Cow<'_, Self>>> {
        match &self.0 {
            Val::Result(Ok(val)) => Ok(unboxed(val)),
            Val::Result(Err(val)) => Err(unboxed(val)),
            _ => wrong_kind("unwrap_result"),
        }
    }

    fn unwrap_flags(&self) -> Items<'_, Cow<'_, str>> {
        match &self.0 {
            Val::Flags(names) => Box::new(names.iter().map(|name| Cow::Borrowed(&**name))),
            _ => wrong_kind("unwrap_flags"),
        }
    }
}

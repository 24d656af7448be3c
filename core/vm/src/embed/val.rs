//! `Val` and `Ref`: core values whose type is known at run time only; `NoFunc` and `NoExtern`, of which there is none.

use crate::embed::handle::{ExnRef, ExternRef, Func, Rooted};
use crate::embed::types::{FuncType, HeapType, RefType, ValType};
use crate::store::AsContext;
use crate::store::inner::StoreInner;
use crate::store::value::Value;
use coracle_error::Result;
use core::convert::Infallible;
use core::fmt;

/// A 128-bit vector.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct V128(u128);

impl V128 {
    /// The bits; lane 0 is lowest.
    pub fn as_u128(&self) -> u128 {
        self.0
    }
}

impl From<u128> for V128 {
    fn from(bits: u128) -> Self {
        Self(bits)
    }
}

impl From<V128> for u128 {
    fn from(vector: V128) -> Self {
        vector.0
    }
}

impl fmt::Debug for V128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#034x}", self.0)
    }
}

/// A core value. References belong to one store.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Val {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f32`, as its bits.
    F32(u32),
    /// An `f64`, as its bits.
    F64(u64),
    /// A `v128`.
    V128(V128),
    /// A function, or null.
    FuncRef(Option<Func>),
    /// A value of the host's, or null.
    ExternRef(Option<Rooted<ExternRef>>),
    /// An exception, or null.
    ExnRef(Option<Rooted<ExnRef>>),
}

/// A reference. It belongs to one store.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Ref {
    /// A function, or null.
    Func(Option<Func>),
    /// A value of the host's, or null.
    Extern(Option<Rooted<ExternRef>>),
    /// An exception, or null.
    Exn(Option<Rooted<ExnRef>>),
}

/// No function at all: `Option<NoFunc>` is the type of the null that belongs to every type of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoFunc(Infallible);

impl NoFunc {
    /// What follows from there being one: anything.
    pub(crate) fn never(self) -> ! {
        match self.0 {}
    }

    /// Null, as a Rust value to be passed to a typed function.
    pub fn null() -> Option<Self> {
        None
    }

    /// Null, as a reference.
    pub fn null_ref() -> Ref {
        Ref::Func(None)
    }

    /// Null, as a value.
    pub fn null_val() -> Val {
        Val::FuncRef(None)
    }
}

/// No value of the host's at all: `Option<NoExtern>` is the type of the null that belongs to every such reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoExtern(Infallible);

impl NoExtern {
    /// What follows from there being one: anything.
    pub(crate) fn never(self) -> ! {
        match self.0 {}
    }

    /// Null, as a Rust value to be passed to a typed function.
    pub fn null() -> Option<Self> {
        None
    }

    /// Null, as a reference.
    pub fn null_ref() -> Ref {
        Ref::Extern(None)
    }

    /// Null, as a value.
    pub fn null_val() -> Val {
        Val::ExternRef(None)
    }
}

macro_rules! numbers {
    ($($kind:ident $ty:ident $get:ident $unwrap:ident |$bits:ident| $from:expr;)*) => {$(
        #[doc = concat!("The number, if it is an `", stringify!($ty), "`.")]
        pub fn $get(&self) -> Option<$ty> {
            match *self {
                Self::$kind($bits) => Some($from),
                _ => None,
            }
        }

        #[doc = concat!("The number.\n\n# Panics\nWhen it is no `", stringify!($ty), "`.")]
        pub fn $unwrap(&self) -> $ty {
            self.$get().expect(concat!("expected ", stringify!($ty)))
        }
    )*};
}

impl Val {
    numbers! {
        I32 i32 i32 unwrap_i32 |bits| bits;
        I64 i64 i64 unwrap_i64 |bits| bits;
        F32 f32 f32 unwrap_f32 |bits| f32::from_bits(bits);
        F64 f64 f64 unwrap_f64 |bits| f64::from_bits(bits);
        V128 V128 v128 unwrap_v128 |bits| bits;
    }

    /// Null of a type.
    pub fn null_ref(heap_type: &HeapType) -> Self {
        Ref::null(heap_type).into()
    }

    /// Null, as a function.
    pub const fn null_func_ref() -> Self {
        Self::FuncRef(None)
    }

    /// Null, as a value of the host's.
    pub const fn null_extern_ref() -> Self {
        Self::ExternRef(None)
    }

    /// The type's default: zero or null. `None` for a reference type that null does not belong to.
    pub fn default_for_ty(ty: &ValType) -> Option<Self> {
        Value::default_of(ty.to_raw()).map(Into::into)
    }

    /// The type of this very value: a null is of a type that has only null.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If it refers to another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ValType> {
        Ok(match self {
            Self::I32(_) => ValType::I32,
            Self::I64(_) => ValType::I64,
            Self::F32(_) => ValType::F32,
            Self::F64(_) => ValType::F64,
            Self::V128(_) => ValType::V128,
            Self::FuncRef(_) | Self::ExternRef(_) | Self::ExnRef(_) => {
                ValType::Ref(self.ref_().expect("one of the three reference kinds").ty(store)?)
            }
        })
    }

    /// Whether it belongs to a type.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If it refers to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ValType) -> Result<bool> {
        Ok(self.is_a(store.as_context().inner(), ty))
    }

    /// The reference, if it is one.
    pub fn ref_(self) -> Option<Ref> {
        match self {
            Self::FuncRef(x) => Some(Ref::Func(x)),
            Self::ExternRef(x) => Some(Ref::Extern(x)),
            Self::ExnRef(x) => Some(Ref::Exn(x)),
            _ => None,
        }
    }

    /// As [`Val::funcref`].
    pub fn func_ref(&self) -> Option<Option<&Func>> {
        self.funcref()
    }

    /// As [`Val::unwrap_funcref`].
    ///
    /// # Panics
    /// When it is no reference to a function.
    pub fn unwrap_func_ref(&self) -> Option<&Func> {
        self.unwrap_funcref()
    }

    /// As [`Val::externref`].
    pub fn extern_ref(&self) -> Option<Option<&Rooted<ExternRef>>> {
        self.externref()
    }

    /// As [`Val::unwrap_externref`].
    ///
    /// # Panics
    /// When it is no reference to a value of the host's.
    pub fn unwrap_extern_ref(&self) -> Option<&Rooted<ExternRef>> {
        self.unwrap_externref()
    }

    /// The function or null, if it is a reference to a function.
    pub fn funcref(&self) -> Option<Option<&Func>> {
        match self {
            Self::FuncRef(x) => Some(x.as_ref()),
            _ => None,
        }
    }

    /// The function, or null.
    ///
    /// # Panics
    /// When it is no reference to a function.
    pub fn unwrap_funcref(&self) -> Option<&Func> {
        self.funcref().expect("expected funcref")
    }

    /// The host's value or null, if it is a reference to one.
    pub fn externref(&self) -> Option<Option<&Rooted<ExternRef>>> {
        match self {
            Self::ExternRef(x) => Some(x.as_ref()),
            _ => None,
        }
    }

    /// The host's value, or null.
    ///
    /// # Panics
    /// When it is no reference to a value of the host's.
    pub fn unwrap_externref(&self) -> Option<&Rooted<ExternRef>> {
        self.externref().expect("expected externref")
    }

    /// The exception or null, if it is a reference to one.
    pub fn exnref(&self) -> Option<Option<&Rooted<ExnRef>>> {
        match self {
            Self::ExnRef(x) => Some(x.as_ref()),
            _ => None,
        }
    }

    /// The exception, or null.
    ///
    /// # Panics
    /// When it is no reference to an exception.
    pub fn unwrap_exnref(&self) -> Option<&Rooted<ExnRef>> {
        self.exnref().expect("expected exnref")
    }

    pub(crate) fn is_a(&self, store: &StoreInner, ty: &ValType) -> bool {
        ty.comes_from(store.engine()) && store.value_is(&(*self).into(), ty.to_raw())
    }
}

impl Ref {
    /// Null of a type.
    pub fn null(heap_type: &HeapType) -> Self {
        match heap_type.top() {
            HeapType::Extern => Self::Extern(None),
            HeapType::Exn => Self::Exn(None),
            _ => Self::Func(None),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Func(None) | Self::Extern(None) | Self::Exn(None))
    }

    /// Whether it is not null.
    pub fn is_non_null(&self) -> bool {
        !self.is_null()
    }

    /// Whether it is a function or its null.
    pub fn is_func(&self) -> bool {
        matches!(self, Self::Func(_))
    }

    /// The function or null, if it is a reference to a function.
    pub fn as_func(&self) -> Option<Option<&Func>> {
        match self {
            Self::Func(x) => Some(x.as_ref()),
            _ => None,
        }
    }

    /// The function, or null.
    ///
    /// # Panics
    /// When it is no reference to a function.
    pub fn unwrap_func(&self) -> Option<&Func> {
        self.as_func().expect("expected funcref")
    }

    /// Whether it is a value of the host's or its null.
    pub fn is_extern(&self) -> bool {
        matches!(self, Self::Extern(_))
    }

    /// The host's value or null, if it is a reference to one.
    pub fn as_extern(&self) -> Option<Option<&Rooted<ExternRef>>> {
        match self {
            Self::Extern(x) => Some(x.as_ref()),
            _ => None,
        }
    }

    /// The host's value, or null.
    ///
    /// # Panics
    /// When it is no reference to a value of the host's.
    pub fn unwrap_extern(&self) -> Option<&Rooted<ExternRef>> {
        self.as_extern().expect("expected externref")
    }

    /// Whether it is an exception or its null.
    pub fn is_exn(&self) -> bool {
        matches!(self, Self::Exn(_))
    }

    /// The exception or null, if it is a reference to one.
    pub fn as_exn(&self) -> Option<Option<&Rooted<ExnRef>>> {
        match self {
            Self::Exn(x) => Some(x.as_ref()),
            _ => None,
        }
    }

    /// The exception, or null.
    ///
    /// # Panics
    /// When it is no reference to an exception.
    pub fn unwrap_exn(&self) -> Option<&Rooted<ExnRef>> {
        self.as_exn().expect("expected exnref")
    }

    /// The type of this very reference: a null is of a type that has only null.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> Result<RefType> {
        let heap = match self {
            Self::Func(None) => HeapType::NoFunc,
            Self::Extern(None) => HeapType::NoExtern,
            Self::Exn(None) => HeapType::NoExn,
            Self::Func(Some(func)) => {
                let store = store.as_context();
                HeapType::ConcreteFunc(FuncType::from_id(store.engine(), store.inner().func_sig(func.0)))
            }
            Self::Extern(Some(_)) => HeapType::Extern,
            Self::Exn(Some(_)) => HeapType::Exn,
        };
        Ok(RefType::new(self.is_null(), heap))
    }

    /// Whether it belongs to a type.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &RefType) -> Result<bool> {
        Ok(Val::from(*self).is_a(store.as_context().inner(), &ValType::Ref(ty.clone())))
    }
}

impl From<Value> for Val {
    fn from(value: Value) -> Self {
        match value {
            Value::I32(x) => Self::I32(x),
            Value::I64(x) => Self::I64(x),
            Value::F32(x) => Self::F32(x),
            Value::F64(x) => Self::F64(x),
            Value::V128(x) => Self::V128(x.into()),
            Value::Func(x) => Self::FuncRef(x.map(Func)),
            Value::Extern(x) => Self::ExternRef(x.map(Rooted::new)),
            Value::Exn(x) => Self::ExnRef(x.map(Rooted::new)),
        }
    }
}

impl From<Val> for Value {
    fn from(value: Val) -> Self {
        match value {
            Val::I32(x) => Self::I32(x),
            Val::I64(x) => Self::I64(x),
            Val::F32(x) => Self::F32(x),
            Val::F64(x) => Self::F64(x),
            Val::V128(x) => Self::V128(x.into()),
            Val::FuncRef(x) => Self::Func(x.map(|x| x.0)),
            Val::ExternRef(x) => Self::Extern(x.map(Rooted::id)),
            Val::ExnRef(x) => Self::Exn(x.map(Rooted::id)),
        }
    }
}

macro_rules! from {
    ($($ty:ty: |$x:ident| $val:expr;)*) => {$(
        impl From<$ty> for Val {
            fn from($x: $ty) -> Self {
                $val
            }
        }
    )*};
}

from! {
    i32: |x| Self::I32(x);
    i64: |x| Self::I64(x);
    f32: |x| Self::F32(x.to_bits());
    f64: |x| Self::F64(x.to_bits());
    V128: |x| Self::V128(x);
    u128: |x| Self::V128(x.into());
    Func: |x| Self::FuncRef(Some(x));
    Option<Func>: |x| Self::FuncRef(x);
    Rooted<ExternRef>: |x| Self::ExternRef(Some(x));
    Option<Rooted<ExternRef>>: |x| Self::ExternRef(x);
    Rooted<ExnRef>: |x| Self::ExnRef(Some(x));
    Option<Rooted<ExnRef>>: |x| Self::ExnRef(x);
}

impl From<Ref> for Val {
    fn from(x: Ref) -> Self {
        match x {
            Ref::Func(x) => Self::FuncRef(x),
            Ref::Extern(x) => Self::ExternRef(x),
            Ref::Exn(x) => Self::ExnRef(x),
        }
    }
}

impl From<Func> for Ref {
    fn from(x: Func) -> Self {
        Self::Func(Some(x))
    }
}

impl From<Option<Func>> for Ref {
    fn from(x: Option<Func>) -> Self {
        Self::Func(x)
    }
}

impl From<Rooted<ExnRef>> for Ref {
    fn from(x: Rooted<ExnRef>) -> Self {
        Self::Exn(Some(x))
    }
}

impl From<Option<Rooted<ExnRef>>> for Ref {
    fn from(x: Option<Rooted<ExnRef>>) -> Self {
        Self::Exn(x)
    }
}

impl From<Rooted<ExternRef>> for Ref {
    fn from(x: Rooted<ExternRef>) -> Self {
        Self::Extern(Some(x))
    }
}

impl From<Option<Rooted<ExternRef>>> for Ref {
    fn from(x: Option<Rooted<ExternRef>>) -> Self {
        Self::Extern(x)
    }
}

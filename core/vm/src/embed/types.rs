//! Core types as an embedder sees them: value types and function types.
//!
//! Inside, a function type is a number that means something to its engine alone ([`SigId`]); here it carries its
//! engine along, so that it can be printed, taken apart and compared without anything else at hand.
//!
//! [`SigId`]: coracle_image::entity::SigId

use crate::engine::Engine;
use crate::signatures::Signature;
use coracle_error::fallible::or_end;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::SigId;
use coracle_image::module;
use core::fmt;

/// Whether a global can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// It keeps its first value.
    Const,
    /// It can be set.
    Var,
}

impl Mutability {
    /// Whether it is `Const`.
    pub fn is_const(&self) -> bool {
        *self == Self::Const
    }

    /// Whether it is `Var`.
    pub fn is_var(&self) -> bool {
        *self == Self::Var
    }
}

/// Whether subtypes of a type can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finality {
    /// They cannot.
    Final,
    /// They can.
    NonFinal,
}

impl Finality {
    /// Whether it is `Final`.
    pub fn is_final(&self) -> bool {
        *self == Self::Final
    }

    /// Whether it is `NonFinal`.
    pub fn is_non_final(&self) -> bool {
        *self == Self::NonFinal
    }
}

/// A core value type.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// Reference.
    Ref(RefType),
}

/// A reference type.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RefType {
    nullable: bool,
    heap: HeapType,
}

/// What a reference refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeapType {
    /// Anything of the host's.
    Extern,
    /// Nothing of the host's: null only.
    NoExtern,
    /// Any function.
    Func,
    /// A function of this type.
    ConcreteFunc(FuncType),
    /// No function: null only.
    NoFunc,
    /// An exception.
    Exn,
    /// No exception: null only.
    NoExn,
}

/// A core function type of one engine. Cloning is cheap.
#[derive(Clone)]
pub struct FuncType {
    engine: Engine,
    signature: Signature,
}

impl ValType {
    /// `externref`.
    pub const EXTERNREF: Self = Self::Ref(RefType::EXTERNREF);
    /// `nullexternref`.
    pub const NULLEXTERNREF: Self = Self::Ref(RefType::NULLEXTERNREF);
    /// `funcref`.
    pub const FUNCREF: Self = Self::Ref(RefType::FUNCREF);
    /// `nullfuncref`.
    pub const NULLFUNCREF: Self = Self::Ref(RefType::NULLFUNCREF);
    /// `exnref`.
    pub const EXNREF: Self = Self::Ref(RefType::EXNREF);
    /// `nullexnref`.
    pub const NULLEXNREF: Self = Self::Ref(RefType::NULLEXNREF);

    /// Whether it is a number: neither a vector nor a reference.
    pub fn is_num(&self) -> bool {
        matches!(self, Self::I32 | Self::I64 | Self::F32 | Self::F64)
    }

    /// Whether it is `i32`.
    pub fn is_i32(&self) -> bool {
        matches!(self, Self::I32)
    }

    /// Whether it is `i64`.
    pub fn is_i64(&self) -> bool {
        matches!(self, Self::I64)
    }

    /// Whether it is `f32`.
    pub fn is_f32(&self) -> bool {
        matches!(self, Self::F32)
    }

    /// Whether it is `f64`.
    pub fn is_f64(&self) -> bool {
        matches!(self, Self::F64)
    }

    /// Whether it is `v128`.
    pub fn is_v128(&self) -> bool {
        matches!(self, Self::V128)
    }

    /// Whether it is a reference.
    pub fn is_ref(&self) -> bool {
        matches!(self, Self::Ref(_))
    }

    /// Whether it is `funcref`.
    pub fn is_funcref(&self) -> bool {
        *self == Self::FUNCREF
    }

    /// Whether it is `externref`.
    pub fn is_externref(&self) -> bool {
        *self == Self::EXTERNREF
    }

    /// The reference type, if it is one.
    pub fn as_ref(&self) -> Option<&RefType> {
        match self {
            Self::Ref(ty) => Some(ty),
            _ => None,
        }
    }

    /// The reference type.
    ///
    /// # Panics
    /// When it is none.
    pub fn unwrap_ref(&self) -> &RefType {
        self.as_ref().expect("a reference type")
    }

    /// Whether every value of this type is one of `other`.
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ref(a), Self::Ref(b)) => a.matches(b),
            _ => self == other,
        }
    }

    pub(crate) fn from_raw(engine: &Engine, ty: module::ValType) -> Self {
        match ty {
            module::ValType::I32 => Self::I32,
            module::ValType::I64 => Self::I64,
            module::ValType::F32 => Self::F32,
            module::ValType::F64 => Self::F64,
            module::ValType::V128 => Self::V128,
            module::ValType::Ref(ty) => Self::Ref(RefType::from_raw(engine, ty)),
        }
    }

    pub(crate) fn to_raw(&self) -> module::ValType {
        match self {
            Self::I32 => module::ValType::I32,
            Self::I64 => module::ValType::I64,
            Self::F32 => module::ValType::F32,
            Self::F64 => module::ValType::F64,
            Self::V128 => module::ValType::V128,
            Self::Ref(ty) => module::ValType::Ref(ty.to_raw()),
        }
    }

    /// Whether the type means something to modules of this engine.
    pub(crate) fn comes_from(&self, engine: &Engine) -> bool {
        self.as_ref().is_none_or(|ty| ty.comes_from(engine))
    }
}

impl From<RefType> for ValType {
    fn from(ty: RefType) -> Self {
        Self::Ref(ty)
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32 => f.write_str("i32"),
            Self::I64 => f.write_str("i64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::V128 => f.write_str("v128"),
            Self::Ref(ty) => ty.fmt(f),
        }
    }
}

impl fmt::Debug for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl RefType {
    /// `externref`.
    pub const EXTERNREF: Self = Self { nullable: true, heap: HeapType::Extern };
    /// `nullexternref`.
    pub const NULLEXTERNREF: Self = Self { nullable: true, heap: HeapType::NoExtern };
    /// `funcref`.
    pub const FUNCREF: Self = Self { nullable: true, heap: HeapType::Func };
    /// `nullfuncref`.
    pub const NULLFUNCREF: Self = Self { nullable: true, heap: HeapType::NoFunc };
    /// `exnref`.
    pub const EXNREF: Self = Self { nullable: true, heap: HeapType::Exn };
    /// `nullexnref`.
    pub const NULLEXNREF: Self = Self { nullable: true, heap: HeapType::NoExn };

    /// A reference to `heap_type`, or also null.
    pub fn new(is_nullable: bool, heap_type: HeapType) -> Self {
        Self { nullable: is_nullable, heap: heap_type }
    }

    /// Whether null belongs to it.
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// What it refers to.
    pub fn heap_type(&self) -> &HeapType {
        &self.heap
    }

    /// Whether every value of this type is one of `other`.
    pub fn matches(&self, other: &Self) -> bool {
        (other.nullable || !self.nullable) && self.heap.matches(&other.heap)
    }

    pub(crate) fn from_raw(engine: &Engine, ty: module::RefType) -> Self {
        Self { nullable: ty.nullable, heap: HeapType::from_raw(engine, ty.heap) }
    }

    pub(crate) fn to_raw(&self) -> module::RefType {
        module::RefType { nullable: self.nullable, heap: self.heap.to_raw() }
    }

    pub(crate) fn comes_from(&self, engine: &Engine) -> bool {
        match &self.heap {
            HeapType::ConcreteFunc(ty) => ty.comes_from(engine),
            _ => true,
        }
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(ref {}{})", if self.nullable { "null " } else { "" }, self.heap)
    }
}

impl fmt::Debug for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl HeapType {
    /// Whether it is `extern`.
    pub fn is_extern(&self) -> bool {
        matches!(self, Self::Extern)
    }

    /// Whether it is `func`.
    pub fn is_func(&self) -> bool {
        matches!(self, Self::Func)
    }

    /// Whether it is `nofunc`.
    pub fn is_no_func(&self) -> bool {
        matches!(self, Self::NoFunc)
    }

    /// Whether it is `exn`.
    pub fn is_exn(&self) -> bool {
        matches!(self, Self::Exn)
    }

    /// Whether it is `noexn`.
    pub fn is_no_exn(&self) -> bool {
        matches!(self, Self::NoExn)
    }

    /// Whether it is a certain function type.
    pub fn is_concrete(&self) -> bool {
        matches!(self, Self::ConcreteFunc(_))
    }

    /// Whether it is no certain type.
    pub fn is_abstract(&self) -> bool {
        !self.is_concrete()
    }

    /// The function type, if it is a certain one.
    pub fn as_concrete_func(&self) -> Option<&FuncType> {
        match self {
            Self::ConcreteFunc(ty) => Some(ty),
            _ => None,
        }
    }

    /// Whether it is a certain function type.
    pub fn is_concrete_func(&self) -> bool {
        matches!(self, Self::ConcreteFunc(_))
    }

    /// The function type.
    ///
    /// # Panics
    /// When it is no certain one.
    pub fn unwrap_concrete_func(&self) -> &FuncType {
        self.as_concrete_func().expect("a certain function type")
    }

    /// Whether it is the greatest type of its kind.
    pub fn is_top(&self) -> bool {
        *self == self.top()
    }

    /// The least type of its kind: that of null alone.
    pub fn bottom(&self) -> Self {
        match self.top() {
            Self::Func => Self::NoFunc,
            Self::Exn => Self::NoExn,
            _ => Self::NoExtern,
        }
    }

    /// Whether it is the least type of its kind.
    pub fn is_bottom(&self) -> bool {
        *self == self.bottom()
    }

    /// The greatest type that this one belongs to.
    pub fn top(&self) -> Self {
        match self {
            Self::Extern | Self::NoExtern => Self::Extern,
            Self::Func | Self::ConcreteFunc(_) | Self::NoFunc => Self::Func,
            Self::Exn | Self::NoExn => Self::Exn,
        }
    }

    /// Whether every reference to this is one to `other`.
    pub fn matches(&self, other: &Self) -> bool {
        match self {
            _ if self == other => true,
            Self::NoExtern => other.is_extern(),
            Self::NoFunc => other.top().is_func(),
            Self::ConcreteFunc(_) => other.is_func(),
            Self::NoExn => other.is_exn(),
            Self::Extern | Self::Func | Self::Exn => false,
        }
    }

    pub(crate) fn from_raw(engine: &Engine, ty: module::HeapType) -> Self {
        match ty {
            module::HeapType::Func => Self::Func,
            module::HeapType::Sig(id) => Self::ConcreteFunc(FuncType::from_id(engine, id)),
            module::HeapType::NoFunc => Self::NoFunc,
            module::HeapType::Extern => Self::Extern,
            module::HeapType::NoExtern => Self::NoExtern,
            module::HeapType::Exn => Self::Exn,
            module::HeapType::NoExn => Self::NoExn,
        }
    }

    pub(crate) fn to_raw(&self) -> module::HeapType {
        match self {
            Self::Func => module::HeapType::Func,
            Self::ConcreteFunc(ty) => module::HeapType::Sig(ty.id()),
            Self::NoFunc => module::HeapType::NoFunc,
            Self::Extern => module::HeapType::Extern,
            Self::NoExtern => module::HeapType::NoExtern,
            Self::Exn => module::HeapType::Exn,
            Self::NoExn => module::HeapType::NoExn,
        }
    }
}

impl From<FuncType> for HeapType {
    fn from(ty: FuncType) -> Self {
        Self::ConcreteFunc(ty)
    }
}

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extern => f.write_str("extern"),
            Self::NoExtern => f.write_str("noextern"),
            Self::Func => f.write_str("func"),
            Self::ConcreteFunc(ty) => write!(f, "(concrete func {})", ty.id()),
            Self::NoFunc => f.write_str("nofunc"),
            Self::Exn => f.write_str("exn"),
            Self::NoExn => f.write_str("noexn"),
        }
    }
}

impl FuncType {
    /// The type with these parameters and results.
    ///
    /// # Panics
    /// When one of them refers to a function type of another engine.
    pub fn new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Self {
        let raw = |ty: ValType| {
            assert!(ty.comes_from(engine), "a function type of another engine was used");
            ty.to_raw()
        };
        let params = params.into_iter().map(raw).collect();
        let results = results.into_iter().map(raw).collect();
        Self { engine: engine.clone(), signature: or_end(engine.intern(module::FuncType { params, results })) }
    }

    /// As [`FuncType::new`], for programs that want to hear of a lack of memory. The host's allocator aborts on one, so
    /// this does as well.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// When one of them refers to a function type of another engine.
    pub fn try_new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<Self> {
        Ok(Self::new(engine, params, results))
    }

    /// As [`FuncType::new`], with what is declared of subtypes. Those are part of garbage collection, which there is not:
    /// every type is final and has no supertype.
    ///
    /// # Errors
    /// `ErrorKind::Type` for a supertype: all are final. `ErrorKind::Unsupported` for a type that is not to be final.
    ///
    /// # Panics
    /// When one of them refers to a function type of another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&Self>,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<Self> {
        if let Some(supertype) = supertype {
            assert!(supertype.comes_from(engine), "a function type of another engine was used");
            return Err(Error::fault(ErrorKind::Type, "cannot create a subtype of a final supertype"));
        }
        if finality.is_non_final() {
            return Err(Error::fault(ErrorKind::Unsupported, "types that are not final need garbage collection"));
        }
        Ok(Self::new(engine, params, results))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether subtypes of it can be declared: never.
    pub fn finality(&self) -> Finality {
        Finality::Final
    }

    /// The type that it is declared a subtype of: none.
    pub fn supertype(&self) -> Option<Self> {
        None
    }

    /// The parameter at a position.
    pub fn param(&self, at: usize) -> Option<ValType> {
        self.raw().params.get(at).map(|&ty| ValType::from_raw(&self.engine, ty))
    }

    /// The parameters.
    pub fn params(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.raw().params.iter().map(|&ty| ValType::from_raw(&self.engine, ty))
    }

    /// The result at a position.
    pub fn result(&self, at: usize) -> Option<ValType> {
        self.raw().results.get(at).map(|&ty| ValType::from_raw(&self.engine, ty))
    }

    /// The results.
    pub fn results(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.raw().results.iter().map(|&ty| ValType::from_raw(&self.engine, ty))
    }

    /// Whether a function of this type can stand where one of `other` is asked for.
    pub fn matches(&self, other: &Self) -> bool {
        self == other
    }

    pub(crate) fn from_id(engine: &Engine, id: SigId) -> Self {
        Self { engine: engine.clone(), signature: engine.signature(id) }
    }

    pub(crate) fn id(&self) -> SigId {
        self.signature.id()
    }

    pub(crate) fn raw(&self) -> &module::FuncType {
        self.signature.ty()
    }

    pub(crate) fn comes_from(&self, engine: &Engine) -> bool {
        Engine::same(&self.engine, engine)
    }
}

impl PartialEq for FuncType {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id() && Engine::same(&self.engine, &other.engine)
    }
}

impl Eq for FuncType {}

impl core::hash::Hash for FuncType {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

/// As in the text format: `(type (func (param i32 i64) (result f32)))`.
impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(type (func")?;
        for (word, types) in [("param", &self.raw().params), ("result", &self.raw().results)] {
            if !types.is_empty() {
                write!(f, " ({word}")?;
                for &ty in types {
                    write!(f, " {}", ValType::from_raw(&self.engine, ty))?;
                }
                f.write_str(")")?;
            }
        }
        f.write_str("))")
    }
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

//! The types of what modules import and export.

use crate::embed::types::{FuncType, Mutability, RefType, ValType};
use crate::engine::Engine;
use crate::stamp::Stamp;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::EntityRef;
use coracle_image::module;
use coracle_image::module::{EntityIndex, ModuleData};
use core::fmt;

/// The type of an import or export.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExternType {
    /// Of a function.
    Func(FuncType),
    /// Of a global.
    Global(GlobalType),
    /// Of a table.
    Table(TableType),
    /// Of a memory.
    Memory(MemoryType),
    /// Of a tag.
    Tag(TagType),
}

macro_rules! kinds {
    ($($kind:ident $ty:ident $get:ident $unwrap:ident $what:literal;)*) => {
        impl ExternType {$(
            #[doc = concat!("The type of the ", $what, ", if it is one.")]
            pub fn $get(&self) -> Option<&$ty> {
                match self {
                    Self::$kind(ty) => Some(ty),
                    _ => None,
                }
            }

            #[doc = concat!("The type of the ", $what, ".\n\n# Panics\nWhen it is none.")]
            pub fn $unwrap(&self) -> &$ty {
                self.$get().expect(concat!("the type of a ", $what))
            }
        )*}
        $(impl From<$ty> for ExternType {
            fn from(ty: $ty) -> Self {
                Self::$kind(ty)
            }
        })*
    };
}

kinds! {
    Func FuncType func unwrap_func "function";
    Global GlobalType global unwrap_global "global";
    Table TableType table unwrap_table "table";
    Memory MemoryType memory unwrap_memory "memory";
    Tag TagType tag unwrap_tag "tag";
}

impl ExternType {
    /// The same type in the words of a component's type table, turned around.
    pub(crate) fn from_raw(engine: &Engine, ty: &coracle_image::types::ExternType) -> Self {
        use coracle_image::types::ExternType as Raw;
        match *ty {
            Raw::Func(sig) => Self::Func(FuncType::from_id(engine, sig)),
            Raw::Global(ty) => Self::Global(GlobalType::from_raw(engine, ty)),
            Raw::Table(ty) => Self::Table(TableType::from_raw(engine, ty)),
            Raw::Memory(ty) => Self::Memory(MemoryType(ty)),
            Raw::Tag(sig) => Self::Tag(TagType::new(FuncType::from_id(engine, sig))),
        }
    }

    pub(crate) fn of(engine: &Engine, data: &ModuleData, item: EntityIndex) -> Self {
        match item {
            EntityIndex::Func(at) => Self::Func(FuncType::from_id(engine, data.funcs[at])),
            EntityIndex::Global(at) => Self::Global(GlobalType::from_raw(engine, data.globals[at])),
            EntityIndex::Table(at) => Self::Table(TableType::from_raw(engine, data.tables[at])),
            EntityIndex::Memory(at) => Self::Memory(MemoryType(data.memories[at])),
            EntityIndex::Tag(at) => Self::Tag(TagType::new(FuncType::from_id(engine, data.tags[at]))),
        }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Func(ty) => ty.raw().fmt(f),
            Self::Global(ty) if ty.mutability.is_var() => write!(f, "(global (mut {}))", ty.content),
            Self::Global(ty) => write!(f, "(global {})", ty.content),
            Self::Table(ty) => write!(f, "(table {} {})", Limits(ty.is_64(), ty.raw.min, ty.raw.max), ty.element),
            Self::Memory(ty) => {
                let shared = if ty.0.shared { " shared" } else { "" };
                write!(f, "(memory {}{shared})", Limits(ty.is_64(), ty.0.min, ty.0.max))
            }
            Self::Tag(ty) => write!(f, "(tag {})", ty.ty.raw()),
        }
    }
}

/// Limits as in the text format.
struct Limits(bool, u64, Option<u64>);

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self(wide, min, max) = self;
        write!(f, "{}{min}", if wide { "i64 " } else { "" })?;
        max.map_or(Ok(()), |max| write!(f, " {max}"))
    }
}

/// The type of a global.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// A global that holds `content`.
    pub fn new(content: ValType, mutability: Mutability) -> Self {
        Self { content, mutability }
    }

    /// What it holds.
    pub fn content(&self) -> &ValType {
        &self.content
    }

    /// Whether it can be set.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    pub(crate) fn from_raw(engine: &Engine, ty: module::GlobalType) -> Self {
        let mutability = if ty.mutable { Mutability::Var } else { Mutability::Const };
        Self { content: ValType::from_raw(engine, ty.content), mutability }
    }

    pub(crate) fn to_raw(&self) -> module::GlobalType {
        module::GlobalType { content: self.content.to_raw(), mutable: self.mutability.is_var() }
    }
}

/// The type of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableType {
    element: RefType,
    raw: module::TableType,
}

impl TableType {
    /// A table of at least `min` and at most `max` elements.
    pub fn new(element: RefType, min: u32, max: Option<u32>) -> Self {
        Self::make(element, min.into(), max.map(Into::into), false)
    }

    /// The same with 64-bit indices.
    pub fn new64(element: RefType, min: u64, max: Option<u64>) -> Self {
        Self::make(element, min, max, true)
    }

    fn make(element: RefType, min: u64, max: Option<u64>, table64: bool) -> Self {
        let raw = module::TableType { element: element.to_raw(), min, max, table64 };
        Self { element, raw }
    }

    /// Whether indices have 64 bits.
    pub fn is_64(&self) -> bool {
        self.raw.table64
    }

    /// What the elements are.
    pub fn element(&self) -> &RefType {
        &self.element
    }

    /// Elements at the start.
    pub fn minimum(&self) -> u64 {
        self.raw.min
    }

    /// Elements at most.
    pub fn maximum(&self) -> Option<u64> {
        self.raw.max
    }

    pub(crate) fn from_raw(engine: &Engine, raw: module::TableType) -> Self {
        Self { element: RefType::from_raw(engine, raw.element), raw }
    }

    pub(crate) fn raw(&self) -> module::TableType {
        self.raw
    }
}

/// The type of a memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemoryType(pub(crate) module::MemoryType);

impl MemoryType {
    /// A memory of at least `minimum` and at most `maximum` pages of 64 KiB.
    ///
    /// # Panics
    /// When the limits contradict each other or go beyond the address space; [`MemoryType::builder`] returns an error.
    pub fn new(minimum: u32, maximum: Option<u32>) -> Self {
        let max = maximum.map(Into::into);
        Self::builder().min(minimum.into()).max(max).build().expect("limits of a memory")
    }

    /// The same with 64-bit addresses.
    ///
    /// # Panics
    /// As for [`MemoryType::new`].
    pub fn new64(minimum: u64, maximum: Option<u64>) -> Self {
        Self::builder().memory64(true).min(minimum).max(maximum).build().expect("limits of a memory")
    }

    /// A memory that several threads share.
    ///
    /// # Panics
    /// As for [`MemoryType::new`].
    pub fn shared(minimum: u32, maximum: u32) -> Self {
        let builder = &mut Self::builder();
        builder.shared(true).min(minimum.into()).max(Some(maximum.into())).build().expect("limits of a memory")
    }

    /// Makes a type step by step.
    pub fn builder() -> MemoryTypeBuilder {
        MemoryTypeBuilder::new()
    }

    /// Whether addresses have 64 bits.
    pub fn is_64(&self) -> bool {
        self.0.memory64
    }

    /// Whether several threads share it.
    pub fn is_shared(&self) -> bool {
        self.0.shared
    }

    /// Pages at the start.
    pub fn minimum(&self) -> u64 {
        self.0.min
    }

    /// Pages at most.
    pub fn maximum(&self) -> Option<u64> {
        self.0.max
    }

    /// Bytes of a page.
    pub fn page_size(&self) -> u64 {
        1 << self.0.page_size_log2
    }

    /// Bytes of a page, as a power of two.
    pub fn page_size_log2(&self) -> u8 {
        self.0.page_size_log2 as u8
    }
}

/// Makes a [`MemoryType`] step by step.
#[derive(Clone, Debug)]
pub struct MemoryTypeBuilder(module::MemoryType);

impl MemoryTypeBuilder {
    /// A 32-bit memory of no pages of 64 KiB, and no upper limit.
    pub fn new() -> Self {
        Self(module::MemoryType { min: 0, max: None, page_size_log2: 16, memory64: false, shared: false })
    }

    /// Pages at the start.
    pub fn min(&mut self, minimum: u64) -> &mut Self {
        self.0.min = minimum;
        self
    }

    /// Pages at most.
    pub fn max(&mut self, maximum: Option<u64>) -> &mut Self {
        self.0.max = maximum;
        self
    }

    /// Whether addresses have 64 bits.
    pub fn memory64(&mut self, memory64: bool) -> &mut Self {
        self.0.memory64 = memory64;
        self
    }

    /// Whether several threads share it.
    pub fn shared(&mut self, shared: bool) -> &mut Self {
        self.0.shared = shared;
        self
    }

    /// Bytes of a page, as a power of two: 0 or 16.
    pub fn page_size_log2(&mut self, page_size_log2: u8) -> &mut Self {
        self.0.page_size_log2 = page_size_log2.into();
        self
    }

    /// The type.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` when the page size is not 1 or 65536, the limits contradict each other or go beyond the
    /// address space, or a shared memory has no maximum.
    pub fn build(&self) -> Result<MemoryType> {
        let ty = self.0;
        let invalid = |text: &'static str| Err(Error::fault(ErrorKind::Invalid, text));
        if ty.max.is_some_and(|max| max < ty.min) {
            return invalid("maximum page size cannot be smaller than the minimum page size");
        }
        if ty.page_size_log2 != 0 && ty.page_size_log2 != 16 {
            return invalid("page size must be 2**16 or 2**0");
        }
        if ty.shared && ty.max.is_none() {
            return invalid("shared memories must have a maximum size");
        }
        let address_bits = if ty.memory64 { 64 } else { 32 };
        let most = (1_u128 << address_bits) >> ty.page_size_log2;
        if u128::from(ty.min) > most {
            return invalid("minimum size is too large for this memory type's index type");
        }
        if u128::from(ty.max.unwrap_or(0)) > most {
            return invalid("maximum size is too large for this memory type's index type");
        }
        Ok(MemoryType(ty))
    }
}

impl Default for MemoryTypeBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// The type of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TagType {
    ty: FuncType,
}

impl TagType {
    /// A tag whose exceptions carry the parameters of `ty`.
    pub fn new(ty: FuncType) -> Self {
        Self { ty }
    }

    /// The function type: its parameters are what an exception carries.
    pub fn ty(&self) -> &FuncType {
        &self.ty
    }
}

/// The type of exceptions of a tag's type: what [`ExnRefPre::new`](crate::embed::ExnRefPre::new) takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExnType {
    tag: TagType,
}

impl ExnType {
    /// Exceptions that carry these.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// When one of them refers to a function type of another engine.
    pub fn new(engine: &Engine, fields: impl IntoIterator<Item = ValType>) -> Result<Self> {
        Ok(Self { tag: TagType::new(FuncType::new(engine, fields, [])) })
    }

    /// Exceptions of a tag's type.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the tag's type has results.
    pub fn from_tag_type(tag: &TagType) -> Result<Self> {
        if tag.ty.results().len() > 0 {
            return Err(Error::fault(ErrorKind::Type, "a tag's type has no results"));
        }
        Ok(Self { tag: tag.clone() })
    }

    /// The type of tags that such exceptions are thrown with.
    pub fn tag_type(&self) -> TagType {
        self.tag.clone()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.tag.ty.engine()
    }

    /// Whether an exception of this type can stand where one of `other` is asked for.
    pub fn matches(&self, other: &Self) -> bool {
        self == other
    }
}

/// An import of a module.
#[derive(Clone)]
pub struct ImportType<'module> {
    pub(crate) module: &'module str,
    pub(crate) name: &'module str,
    pub(crate) ty: ExternType,
}

impl<'module> ImportType<'module> {
    pub(crate) fn of(engine: &Engine, data: &'module ModuleData, import: &'module module::Import) -> Self {
        Self { module: &import.module, name: &import.name, ty: ExternType::of(engine, data, import.item) }
    }

    /// The first name.
    pub fn module(&self) -> &'module str {
        self.module
    }

    /// The second name.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// The type that is asked for.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

impl fmt::Debug for ImportType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportType")
            .field("module", &self.module)
            .field("name", &self.name)
            .field("ty", &self.ty)
            .finish()
    }
}

/// An export of a module.
#[derive(Clone)]
pub struct ExportType<'module> {
    name: &'module str,
    ty: ExternType,
}

impl<'module> ExportType<'module> {
    pub(crate) fn of(engine: &Engine, data: &'module ModuleData, at: usize) -> Self {
        let (name, item) = &data.exports[at];
        Self { name, ty: ExternType::of(engine, data, *item) }
    }

    /// The name.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// The type.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

impl fmt::Debug for ExportType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportType").field("name", &self.name).field("ty", &self.ty).finish()
    }
}

/// Names an export of a module by position: found once, then looked up in any instance of the module in O(1).
#[derive(Clone)]
pub struct ModuleExport {
    pub(crate) module: Stamp,
    pub(crate) item: EntityIndex,
}

impl fmt::Debug for ModuleExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = match self.item {
            EntityIndex::Func(at) => at.index(),
            EntityIndex::Global(at) => at.index(),
            EntityIndex::Table(at) => at.index(),
            EntityIndex::Memory(at) => at.index(),
            EntityIndex::Tag(at) => at.index(),
        };
        f.debug_struct("ModuleExport").field("position", &position).finish()
    }
}

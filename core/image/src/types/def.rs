//! Component-level type definitions, in the specification's words.
//!
//! Definitions are data: they are interned by [`TypeTable`](crate::types::TypeTable), which computes the layouts that
//! stand in them. Names are ids of the table's string pool.

use crate::codec;
use crate::entity::{EntityRef, SigId};
use crate::module::{GlobalType, MemoryType, TableType};
use crate::strings::NameId;
use crate::types::flat::{CoreSig, Flat, Ptr};
use crate::types::layout::{Discriminant, Layout};
use alloc::boxed::Box;

crate::entity! {
    /// A record type of a type table.
    RecordIndex = "record";
    /// A variant type of a type table.
    VariantIndex = "variant";
    /// A list type of a type table.
    ListIndex = "list";
    /// A fixed-length list type of a type table.
    FixedLengthListIndex = "fixed-list";
    /// A map type of a type table.
    MapIndex = "map";
    /// A tuple type of a type table.
    TupleIndex = "tuple";
    /// A flags type of a type table.
    FlagsIndex = "flags";
    /// An enum type of a type table.
    EnumIndex = "enum";
    /// An option type of a type table.
    OptionIndex = "option";
    /// A result type of a type table.
    ResultIndex = "result";
    /// A future type of a type table.
    FutureIndex = "future";
    /// A stream type of a type table.
    StreamIndex = "stream";
    /// A component function type of a type table.
    FuncTypeIndex = "functype";
    /// A component instance type of a type table.
    InstanceTypeIndex = "instancetype";
    /// A component type of a type table.
    ComponentTypeIndex = "componenttype";
    /// A core module type of a type table.
    ModuleTypeIndex = "moduletype";
    /// A resource type as one component's plan knows it: imported, defined, or (in the types of components that are
    /// only described) abstract. Each instance binds it to an identity of its own.
    ResourceIndex = "resource";
}

/// The type of a value. Equal types of one table are equal `InterfaceType`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceType {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `string`
    String,
    /// `error-context`
    ErrorContext,
    /// `record`
    Record(RecordIndex),
    /// `variant`
    Variant(VariantIndex),
    /// `list<T>`
    List(ListIndex),
    /// `list<T, N>`
    FixedLengthList(FixedLengthListIndex),
    /// `map<K, V>`
    Map(MapIndex),
    /// `tuple`
    Tuple(TupleIndex),
    /// `flags`
    Flags(FlagsIndex),
    /// `enum`
    Enum(EnumIndex),
    /// `option<T>`
    Option(OptionIndex),
    /// `result<T, E>`
    Result(ResultIndex),
    /// `own<R>`
    Own(ResourceIndex),
    /// `borrow<R>`
    Borrow(ResourceIndex),
    /// `future<T>`
    Future(FutureIndex),
    /// `stream<T>`
    Stream(StreamIndex),
}

/// The type of anything that can be imported or exported, or of a type export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeDef {
    /// A component function of this type.
    Func(FuncTypeIndex),
    /// A component instance of this type.
    Instance(InstanceTypeIndex),
    /// A component of this type.
    Component(ComponentTypeIndex),
    /// A core module of this type.
    Module(ModuleTypeIndex),
    /// A type: this value type.
    Interface(InterfaceType),
    /// A type: this resource type.
    Resource(ResourceIndex),
    /// A type: this function type.
    FuncType(FuncTypeIndex),
    /// A type: this instance type.
    InstanceType(InstanceTypeIndex),
    /// A type: this component type.
    ComponentType(ComponentTypeIndex),
}

impl TypeDef {
    /// What an error message calls it.
    pub fn desc(&self) -> &'static str {
        match self {
            Self::Func(_) => "function",
            Self::Instance(_) => "instance",
            Self::Component(_) => "component",
            Self::Module(_) => "module",
            Self::Resource(_) => "resource",
            Self::Interface(_) | Self::FuncType(_) | Self::InstanceType(_) | Self::ComponentType(_) => "type",
        }
    }
}

/// `record`: named fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The fields, in order.
    pub fields: Box<[Field]>,
    /// Layout of the whole.
    pub layout: Layout,
}

/// A field of a [`Record`].
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: NameId,
    /// Its type.
    pub ty: InterfaceType,
    offset: [u32; 2],
}

impl Field {
    pub(crate) fn new(name: NameId, ty: InterfaceType, offset: [u32; 2]) -> Self {
        Self { name, ty, offset }
    }
    /// Bytes from the start of the record.
    #[inline]
    pub fn offset(&self, ptr: Ptr) -> u32 {
        self.offset[ptr as usize]
    }
}

/// `tuple`: fields without names.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuple {
    /// The types, in order.
    pub types: Box<[InterfaceType]>,
    pub(crate) offsets: Box<[[u32; 2]]>,
    /// Layout of the whole.
    pub layout: Layout,
}

impl Tuple {
    /// Bytes from the start of the tuple to its field `i`.
    ///
    /// # Panics
    /// If there is no such field.
    #[inline]
    pub fn offset(&self, i: usize, ptr: Ptr) -> u32 {
        self.offsets[i][ptr as usize]
    }
}

/// How a discriminant and its payload lie in memory; shared by variant, option and result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cases {
    /// Width of the discriminant.
    pub tag: Discriminant,
    payload_offset: [u32; 2],
    /// Layout of the whole. Flat form: the discriminant as `i32`, then the joined payloads.
    pub layout: Layout,
}

impl Cases {
    pub(crate) fn new((layout, tag, payload_offset): (Layout, Discriminant, [u32; 2])) -> Self {
        Self { tag, payload_offset, layout }
    }
    /// Bytes from the start to the payload.
    #[inline]
    pub fn payload_offset(&self, ptr: Ptr) -> u32 {
        self.payload_offset[ptr as usize]
    }
}

/// `variant`: named cases, each with a payload or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The cases, in order of their discriminants.
    pub cases: Box<[Case]>,
    /// Discriminant, payload offset and layout.
    pub info: Cases,
}

/// A case of a [`Variant`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Case {
    /// Its name.
    pub name: NameId,
    /// Its payload.
    pub ty: Option<InterfaceType>,
}

/// `option<T>`: case 0 is `none`, case 1 is `some`.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionType {
    /// The type of `some`'s payload.
    pub ty: InterfaceType,
    /// Discriminant, payload offset and layout.
    pub info: Cases,
}

/// `result<T, E>`: case 0 is `ok`, case 1 is `error`.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultType {
    /// The payload of `ok`.
    pub ok: Option<InterfaceType>,
    /// The payload of `error`.
    pub err: Option<InterfaceType>,
    /// Discriminant, payload offset and layout.
    pub info: Cases,
}

/// `enum`: cases without payloads.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumType {
    /// The names, in order of their discriminants.
    pub names: Box<[NameId]>,
    /// Discriminant and layout.
    pub info: Cases,
}

/// `flags`: named bits, the first the lowest.
#[derive(Clone, Debug, PartialEq)]
pub struct FlagsType {
    /// The names, lowest bit first.
    pub names: Box<[NameId]>,
    /// Layout: one, two or four bytes, or several words of four.
    pub layout: Layout,
}

/// `list<T>`
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// The type of the elements. Its layout gives stride and alignment.
    pub element: InterfaceType,
    /// Layout of the address and length.
    pub layout: Layout,
}

/// `list<T, N>`, stored in place.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedLengthList {
    /// The type of the elements.
    pub element: InterfaceType,
    /// How many.
    pub len: u32,
    /// Layout of the whole.
    pub layout: Layout,
}

/// `map<K, V>`, represented as a list of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The type of the keys.
    pub key: InterfaceType,
    /// The type of the values.
    pub value: InterfaceType,
    /// The pair that is the element of the representing list.
    pub entry: TupleIndex,
    /// Layout of the address and length.
    pub layout: Layout,
}

/// A component function type.
#[derive(Clone, Debug, PartialEq)]
pub struct FuncType {
    /// Whether the function may suspend (`async`).
    pub is_async: bool,
    /// The names of the parameters. Their types are those of [`FuncType::params`].
    pub param_names: Box<[NameId]>,
    /// The parameters as one tuple; its layout is that of spilled parameters.
    pub params: TupleIndex,
    /// The result as a tuple of one or none; its layout is that of a spilled result.
    pub results: TupleIndex,
    /// The result.
    pub result: Option<InterfaceType>,
    pub(crate) abi: [FuncAbi; 2],
}

impl FuncType {
    /// How parameters and results cross, for a memory with addresses of this width.
    #[inline]
    pub fn abi(&self, ptr: Ptr) -> &FuncAbi {
        &self.abi[ptr as usize]
    }
}

/// How the parameters and the result of a function cross the canonical ABI synchronously.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuncAbi {
    /// Flat parameters; [`Flat::overflows`] means that they cross as one pointer to the parameter tuple.
    pub params: Flat,
    /// Flat result; more than [`MAX_FLAT_RESULTS`](crate::limits::MAX_FLAT_RESULTS) means that it crosses in memory:
    /// a lifted function returns a pointer to it, a lowered one gets a return pointer as last parameter.
    pub results: Flat,
    /// Signature of the core function that `canon lift` takes.
    pub lift: CoreSig,
    /// Signature of the core function that `canon lower` makes.
    pub lower: CoreSig,
}

impl FuncAbi {
    /// Whether the parameters cross in memory.
    #[inline]
    pub fn params_spill(&self) -> bool {
        self.params.overflows()
    }
    /// Whether the result crosses in memory.
    #[inline]
    pub fn results_spill(&self) -> bool {
        self.results.count() > crate::limits::MAX_FLAT_RESULTS
    }
}

/// A component instance type: what it exports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceType {
    /// Names and types, in order of declaration.
    pub exports: Box<[(NameId, TypeDef)]>,
}

/// A component type: what it imports and exports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentType {
    /// Names and types of the imports, in order of declaration.
    pub imports: Box<[(NameId, TypeDef)]>,
    /// Names and types of the exports, in order of declaration.
    pub exports: Box<[(NameId, TypeDef)]>,
}

/// A core module type: what it imports and exports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleType {
    /// Both names and the type of each import, in order.
    pub imports: Box<[(NameId, NameId, ExternType)]>,
    /// Name and type of each export, in order.
    pub exports: Box<[(NameId, ExternType)]>,
}

/// The type of a core import or export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExternType {
    /// A function.
    Func(SigId),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag.
    Tag(SigId),
}

impl ExternType {
    /// The same type with its function types numbered by another registry.
    pub fn renumbered(self, ids: &[SigId]) -> Self {
        match self {
            Self::Func(sig) => Self::Func(ids[sig.index()]),
            Self::Tag(sig) => Self::Tag(ids[sig.index()]),
            Self::Table(ty) => Self::Table(TableType { element: ty.element.renumbered(ids), ..ty }),
            Self::Global(ty) => Self::Global(GlobalType { content: ty.content.renumbered(ids), ..ty }),
            Self::Memory(_) => self,
        }
    }
}

codec::indices! {
    RecordIndex VariantIndex ListIndex FixedLengthListIndex MapIndex TupleIndex FlagsIndex EnumIndex OptionIndex ResultIndex
    FutureIndex StreamIndex FuncTypeIndex InstanceTypeIndex ComponentTypeIndex ModuleTypeIndex ResourceIndex
}

codec::choice! {
    InterfaceType {
        0 = Bool, 1 = S8, 2 = U8, 3 = S16, 4 = U16, 5 = S32, 6 = U32, 7 = S64, 8 = U64, 9 = F32, 10 = F64, 11 = Char,
        12 = String, 13 = ErrorContext, 14 = Record(ty), 15 = Variant(ty), 16 = List(ty), 17 = FixedLengthList(ty),
        18 = Map(ty), 19 = Tuple(ty), 20 = Flags(ty), 21 = Enum(ty), 22 = Option(ty), 23 = Result(ty), 24 = Own(ty),
        25 = Borrow(ty), 26 = Future(ty), 27 = Stream(ty),
    }
    TypeDef {
        0 = Func(ty), 1 = Instance(ty), 2 = Component(ty), 3 = Module(ty), 4 = Interface(ty), 5 = Resource(ty),
        6 = FuncType(ty), 7 = InstanceType(ty), 8 = ComponentType(ty),
    }
    ExternType { 0 = Func(sig), 1 = Table(ty), 2 = Memory(ty), 3 = Global(ty), 4 = Tag(sig) }
}

codec::record! {
    Record { fields, layout }
    Field { name, ty, offset }
    Tuple { types, offsets, layout }
    Cases { tag, payload_offset, layout }
    Variant { cases, info }
    Case { name, ty }
    OptionType { ty, info }
    ResultType { ok, err, info }
    EnumType { names, info }
    FlagsType { names, layout }
    List { element, layout }
    FixedLengthList { element, len, layout }
    Map { key, value, entry, layout }
    FuncType { is_async, param_names, params, results, result, abi }
    FuncAbi { params, results, lift, lower }
    InstanceType { exports }
    ComponentType { imports, exports }
    ModuleType { imports, exports }
}

//! `Parsed`: a component as it nests, as data. It dies in `flatten`.
//!
//! Definitions stand in the order of the binary, section borders gone. Numbers are indices of the local index spaces
//! that the binary uses; names are ids of [`Parsed::names`]. All of it was validated, so a number that leads nowhere is
//! a bug of ours.

use crate::arena::PrimaryMap;
use crate::entity::SigId;
use crate::func_types::FuncTypesBuilder;
use crate::module::{Bytes, ModuleData};
use crate::plan::{Attributes, StaticModuleIndex, StringEncoding};
use crate::strings::{NameId, StringPool};
use crate::types::{ExternType, FlatType};
use alloc::boxed::Box;
use alloc::vec::Vec;

crate::entity! {
    /// A component that lies in the binary: the root is 0.
    StaticComponentIndex = "component";
}

/// A validated component with everything that is nested in it.
#[derive(Debug)]
pub struct Parsed {
    /// The binary.
    pub bytes: Bytes,
    /// All names.
    pub names: StringPool,
    /// The function types of the component and of all modules in it.
    pub func_types: FuncTypesBuilder,
    /// All components, in order of their beginnings.
    pub components: PrimaryMap<StaticComponentIndex, Vec<Item>>,
    /// All core modules.
    pub modules: PrimaryMap<StaticModuleIndex, ModuleData>,
}

/// One definition.
#[derive(Debug)]
pub enum Item {
    /// `(core type …)`
    CoreType(CoreType),
    /// `(type …)`
    Type(Type),
    /// `(import …)`
    Import(ExternName, ExternRef),
    /// `(alias …)`
    Alias(Alias),
    /// `(core module …)`
    Module(StaticModuleIndex),
    /// `(component …)`
    Component(StaticComponentIndex),
    /// `(core instance (instantiate …))`: the module, and core instances by name.
    CoreInstantiate(u32, Box<[(NameId, u32)]>),
    /// `(core instance (export …)…)`
    CoreBundle(Box<[(NameId, CoreSort, u32)]>),
    /// `(instance (instantiate …))`: the component, and arguments by name.
    Instantiate(u32, Box<[(NameId, Sort, u32)]>),
    /// `(instance (export …)…)`
    Bundle(Box<[(ExternName, Sort, u32)]>),
    /// `(canon lift …)`: core function, type, options.
    Lift(u32, u32, Options),
    /// `(canon lower …)`: function, options.
    Lower(u32, Options),
    /// `(canon resource.new …)`
    ResourceNew(u32),
    /// `(canon resource.rep …)`
    ResourceRep(u32),
    /// `(canon resource.drop …)`
    ResourceDrop(u32),
    /// `(export …)`, perhaps with a type.
    Export(ExternName, Sort, u32, Option<ExternRef>),
    /// Something that is valid and cannot be run.
    Unsupported(Unsupported),
}

/// What cannot be run, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Unsupported {
    /// The feature, for the error message.
    pub what: &'static str,
    /// Bytes from the start of the binary.
    pub offset: u64,
}

/// The name of an import or export.
#[derive(Clone, Copy, Debug)]
pub struct ExternName {
    /// The name itself.
    pub name: NameId,
    /// What stands beside it.
    pub attributes: Attributes,
}

/// A kind of component-level definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A core module.
    Module,
    /// A component function.
    Func,
    /// A type.
    Type,
    /// A component.
    Component,
    /// A component instance.
    Instance,
}

/// A kind of core definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreSort {
    /// A function.
    Func,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// A tag.
    Tag,
}

/// The type of an import, or the one that an export is ascribed.
#[derive(Clone, Copy, Debug)]
pub enum ExternRef {
    /// A core module, of this core type.
    Module(u32),
    /// A function, of this type.
    Func(u32),
    /// A type that equals this one.
    TypeEq(u32),
    /// A resource type.
    SubResource,
    /// An instance, of this type.
    Instance(u32),
    /// A component, of this type.
    Component(u32),
    /// A value.
    Value,
}

/// `(alias …)`
#[derive(Debug)]
pub enum Alias {
    /// An export of a component instance.
    Export(u32, NameId, Sort),
    /// An export of a core instance.
    CoreExport(u32, NameId, CoreSort),
    /// A type of an enclosing scope, this many scopes out.
    OuterType(u32, u32),
    /// A core type of an enclosing scope.
    OuterCoreType(u32, u32),
    /// A core module of an enclosing component.
    OuterModule(u32, u32),
    /// A component of an enclosing component.
    OuterComponent(u32, u32),
}

/// Canonical options, unresolved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// String encoding.
    pub encoding: StringEncoding,
    /// A core memory.
    pub memory: Option<u32>,
    /// A core function.
    pub realloc: Option<u32>,
    /// A core function.
    pub post_return: Option<u32>,
}

/// `(core type …)`
#[derive(Clone, Debug)]
pub enum CoreType {
    /// A function type.
    Func(SigId),
    /// A module type.
    Module(Box<[ModuleDecl]>),
    /// A type that no supported module type can use.
    Unsupported(Unsupported),
}

/// A declaration of a core module type. Types are resolved already, but for those that are aliased.
#[derive(Clone, Debug)]
pub enum ModuleDecl {
    /// `(type …)`; `None` for one that is not supported.
    Type(Option<SigId>),
    /// `(alias outer … (type …))`: scopes out, index.
    OuterType(u32, u32),
    /// `(import …)`
    Import(NameId, NameId, CoreExtern),
    /// `(export …)`
    Export(NameId, CoreExtern),
}

/// The type of a core import or export in a module type.
#[derive(Clone, Copy, Debug)]
pub enum CoreExtern {
    /// A function of a type of the module type's own index space.
    Func(u32),
    /// A tag of a type of the module type's own index space.
    Tag(u32),
    /// Anything else.
    Other(ExternType),
    /// A type that is not supported.
    Unsupported(Unsupported),
}

/// A reference to a value type: the primitive itself, or a type of the scope.
#[derive(Clone, Copy, Debug)]
pub enum ValType {
    /// A primitive type.
    Primitive(crate::types::InterfaceType),
    /// A defined type.
    Type(u32),
}

/// `(type …)`
#[derive(Debug)]
pub enum Type {
    /// A primitive type, or an alias of a defined one.
    Alias(ValType),
    /// `record`
    Record(Box<[(NameId, ValType)]>),
    /// `variant`
    Variant(Box<[(NameId, Option<ValType>)]>),
    /// `list`
    List(ValType),
    /// `list` of fixed length
    FixedLengthList(ValType, u32),
    /// `map`
    Map(ValType, ValType),
    /// `tuple`
    Tuple(Box<[ValType]>),
    /// `flags`
    Flags(Box<[NameId]>),
    /// `enum`
    Enum(Box<[NameId]>),
    /// `option`
    Option(ValType),
    /// `result`
    Result(Option<ValType>, Option<ValType>),
    /// `own`
    Own(u32),
    /// `borrow`
    Borrow(u32),
    /// `future`
    Future(Option<ValType>),
    /// `stream`
    Stream(Option<ValType>),
    /// `func`
    Func {
        /// Whether it is `async`.
        is_async: bool,
        /// Names and types of the parameters.
        params: Box<[(NameId, ValType)]>,
        /// The result.
        result: Option<ValType>,
    },
    /// `instance`
    Instance(Box<[TypeDecl]>),
    /// `component`
    Component(Box<[TypeDecl]>),
    /// `resource`: type of the representation, destructor.
    Resource(FlatType, Option<u32>),
}

/// A declaration of an instance type or component type.
#[derive(Debug)]
pub enum TypeDecl {
    /// `(core type …)`
    CoreType(CoreType),
    /// `(type …)`
    Type(Type),
    /// `(alias …)`
    Alias(Alias),
    /// `(import …)`, in component types
    Import(ExternName, ExternRef),
    /// `(export …)`
    Export(ExternName, ExternRef),
}

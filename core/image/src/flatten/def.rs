//! Where an item comes from, absolutely: no index here depends on the scope that looks at it.
//!
//! These are the values of the abstract machine that [`inline`](crate::flatten::inline) is. All of them are small and
//! `Copy`; what is large stands in [`Defs`], an arena that lives as long as the flattening.

use crate::arena::PrimaryMap;
use crate::keyed::KeyMap;
use crate::limits;
use crate::parse::parsed::{ModuleDecl, Sort, StaticComponentIndex, TypeDecl};
use crate::plan::*;
use crate::strings::NameId;
use crate::types::{FuncTypeIndex, InterfaceType, ModuleTypeIndex, Ptr, ResourceIndex};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Result;

crate::entity! {
    /// A component function.
    FuncId = "f";
    /// A component instance.
    InstanceId = "i";
    /// A component, with the scope that it closes over.
    ComponentId = "c";
    /// A core module.
    ModuleId = "m";
    /// A core instance.
    CoreInstanceId = "ci";
    /// A way into an import.
    PathId = "p";
    /// An instance, component or module type, with the scope that it closes over.
    ClosureId = "t";
    /// A scope.
    ScopeId = "s";
}

/// A component-level item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Def {
    Func(FuncId),
    Instance(InstanceId),
    Component(ComponentId),
    Module(ModuleId),
    Type(TypeVal),
}

impl Def {
    pub(crate) fn sort(self) -> Sort {
        match self {
            Self::Func(_) => Sort::Func,
            Self::Instance(_) => Sort::Instance,
            Self::Component(_) => Sort::Component,
            Self::Module(_) => Sort::Module,
            Self::Type(_) => Sort::Type,
        }
    }
}

/// What a type index stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TypeVal {
    Interface(InterfaceType),
    Resource(ResourceIndex),
    Func(FuncTypeIndex),
    Instance(ClosureId),
    Component(ClosureId),
}

/// What a core type index stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CoreTypeVal {
    Func(crate::entity::SigId),
    Module(ClosureId),
    Unsupported(crate::parse::parsed::Unsupported),
}

/// A component function.
#[derive(Clone, Debug)]
pub(crate) struct FuncDef {
    pub(crate) ty: FuncTypeIndex,
    pub(crate) source: FuncFrom,
}

#[derive(Clone, Debug)]
pub(crate) enum FuncFrom {
    Import(PathId),
    Lift {
        func: CoreDef,
        options: OptionsIndex,
    },
    /// A declaration in a type: there is no function.
    Declared,
}

/// A component instance: its exports, in order.
#[derive(Debug, Default)]
pub(crate) struct InstanceDef {
    pub(crate) exports: Vec<(NameId, Attributes, Def)>,
    pub(crate) by_name: KeyMap<NameId, u32>,
    /// Levels of instances below this one.
    pub(crate) depth: usize,
}

impl InstanceDef {
    pub(crate) fn get(&self, name: NameId) -> Option<Def> {
        self.by_name.get(&name).map(|&i| self.exports[i as usize].2)
    }
}

/// A component that can be instantiated, or one that is only declared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ComponentDef {
    Static(StaticComponentIndex, ScopeId),
    Declared(ClosureId),
}

/// A core module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ModuleDef {
    Static(StaticModuleIndex),
    Import(PathId, ModuleTypeIndex),
    /// A declaration in a type.
    Declared(ModuleTypeIndex),
    /// A static module, seen at a narrower type.
    Ascribed(StaticModuleIndex, ModuleTypeIndex),
}

/// A core instance.
#[derive(Debug)]
pub(crate) enum CoreInstanceDef {
    Made(RuntimeInstanceIndex, ModuleId),
    Bundle(KeyMap<NameId, CoreItem>),
}

/// A core item.
#[derive(Clone, Debug)]
pub(crate) enum CoreItem {
    Func(CoreDef),
    Table(CoreDef),
    Memory(CoreDef, Ptr),
    Global(CoreDef),
    Tag(CoreDef),
}

impl CoreItem {
    pub(crate) fn def(&self) -> &CoreDef {
        match self {
            Self::Func(def) | Self::Table(def) | Self::Memory(def, _) | Self::Global(def) | Self::Tag(def) => def,
        }
    }
}

/// A way into an import, as a chain: many paths share their beginnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Path {
    Root(ImportIndex),
    Member(PathId, NameId),
}

/// A type with the scope that it closes over. It is evaluated when something depends on what is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Closure<'a> {
    Decls(&'a [TypeDecl], ScopeId),
    Module(&'a [ModuleDecl], ScopeId),
}

/// The arena of all items.
#[derive(Debug, Default)]
pub(crate) struct Defs<'a> {
    pub(crate) funcs: PrimaryMap<FuncId, FuncDef>,
    pub(crate) instances: PrimaryMap<InstanceId, InstanceDef>,
    pub(crate) components: PrimaryMap<ComponentId, ComponentDef>,
    pub(crate) modules: PrimaryMap<ModuleId, ModuleDef>,
    pub(crate) core_instances: PrimaryMap<CoreInstanceId, CoreInstanceDef>,
    pub(crate) paths: PrimaryMap<PathId, Path>,
    pub(crate) closures: PrimaryMap<ClosureId, Closure<'a>>,
}

impl Defs<'_> {
    /// Makes an instance of these exports.
    pub(crate) fn instance(&mut self, exports: Vec<(NameId, Attributes, Def)>) -> Result<InstanceId> {
        let below = |&(_, _, def): &(_, _, Def)| match def {
            Def::Instance(id) => self.instances[id].depth + 1,
            _ => 0,
        };
        let depth = exports.iter().map(below).max().unwrap_or(0);
        if depth > limits::INSTANCE_DEPTH {
            return Err(limits::exceeded("levels of instances within an instance", limits::INSTANCE_DEPTH));
        }
        let by_name = exports.iter().enumerate().map(|(i, &(name, ..))| (name, i as u32)).collect();
        self.instances.try_push(InstanceDef { exports, by_name, depth })
    }

    /// The import that a path begins at, and the names that follow.
    pub(crate) fn path(&self, mut id: PathId) -> (ImportIndex, Box<[NameId]>) {
        let mut names = Vec::new();
        loop {
            match self.paths[id] {
                Path::Root(import) => {
                    names.reverse();
                    return (import, names.into());
                }
                Path::Member(outer, name) => {
                    names.push(name);
                    id = outer;
                }
            }
        }
    }
}

/// An item of a core instance, of a known kind.
pub(crate) fn entity_item(instance: RuntimeInstanceIndex, item: ExportItem, kind: CoreKind) -> CoreItem {
    let def = CoreDef::Export(CoreExport { instance, item });
    match kind {
        CoreKind::Func => CoreItem::Func(def),
        CoreKind::Table => CoreItem::Table(def),
        CoreKind::Memory(ptr) => CoreItem::Memory(def, ptr),
        CoreKind::Global => CoreItem::Global(def),
        CoreKind::Tag => CoreItem::Tag(def),
    }
}

/// What kind of core item it is, and what must be known of its type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CoreKind {
    Func,
    Table,
    Memory(Ptr),
    Global,
    Tag,
}

/// Looks an index up. The binary is validated, so one that leads nowhere is a bug of ours, not the component's.
pub(crate) fn at<T: Clone>(space: &[T], index: u32) -> Result<T> {
    space.get(index as usize).cloned().ok_or_else(lost)
}

/// The error for something that validation should have caught.
#[cold]
pub(crate) fn lost() -> coracle_error::Error {
    coracle_error::bug!("a validated component refers to an item that is not there")
}

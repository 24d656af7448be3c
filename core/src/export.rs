//! `ExportGraph`: every export at every depth in one dense table, found by path once and by index ever after.
//!
//! An entry stands for one (item, ascribed type); an item that is exported under several names is one entry. An
//! instance's entry has the names of its members, which lead to entries of smaller index. The graph is made by
//! `flatten`, needs no store, and is the last place where an export's name is looked at.
//!
//! Names resolve exactly first, and then on the semver track: see [`names`](crate::parse::names).
//!
//! # Invariants
//! - Members come before the instance that has them; the root instance is the last entry.
//! - [`GraphId`] is a collision-resistant hash of kinds, names and types in order, and of nothing else: components
//!   with equal graphs share handles, whatever their code does.

mod identity;

use crate::arena::PrimaryMap;
use crate::engine::Engine;
use crate::entity::EntityRef;
use crate::parse::names::{Match, NameMap};
use crate::plan::{Attributes, CoreDef, OptionsIndex, RuntimeImportIndex, StaticModuleIndex};
use crate::strings::NameId;
use crate::types::{FuncTypeIndex, InstanceTypeIndex, ModuleTypeIndex, ResourceIndex, TypeDef, TypeTable};
use alloc::sync::Arc;
use core::fmt;

crate::entity! {
    /// An entry of an export graph.
    ExportIndex = "export";
}

/// What identifies an export graph: equal for every load of the same component.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GraphId([u64; 2]);

impl GraphId {
    /// The id that is this hash.
    pub fn from_bytes(hash: [u8; 16]) -> Self {
        let word = |i: usize| u64::from_le_bytes(core::array::from_fn(|j| hash[i * 8 + j]));
        Self([word(0), word(1)])
    }
}

impl fmt::Debug for GraphId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0[0].swap_bytes(), self.0[1].swap_bytes())
    }
}

/// A handle to one export: where it lies in its graph, and which graph that is.
///
/// It costs nothing to copy, and finding the export by it costs O(1): no name, no allocation, no type check. It is
/// good for every load of the component that it was made from. With another component it finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ComponentExportIndex {
    graph: GraphId,
    index: ExportIndex,
    /// Whether the export is a function: so the graph itself need not be read to find one.
    is_func: bool,
}

impl ComponentExportIndex {
    /// The entry, if it is a function of the graph of this id.
    #[inline]
    pub(crate) fn func_of(self, graph: GraphId) -> Option<ExportIndex> {
        (self.graph == graph && self.is_func).then_some(self.index)
    }

    /// The entry, if it is one of this graph.
    #[inline]
    pub fn of(self, graph: &ExportGraph) -> Option<ExportIndex> {
        (self.graph == graph.id && self.index.index() < graph.entries.len()).then_some(self.index)
    }
}

/// Everything that a component exports.
#[derive(Clone, Debug)]
pub struct ExportGraph {
    id: GraphId,
    entries: PrimaryMap<ExportIndex, ExportEntry>,
    root: ExportIndex,
    types: Arc<TypeTable>,
}

/// One item, with the type that it is exported at.
#[derive(Clone, Debug)]
pub enum ExportEntry {
    /// A function.
    Func {
        /// Its type.
        ty: FuncTypeIndex,
        /// Where it is.
        source: FuncSource,
    },
    /// A core module.
    Module {
        /// Its type.
        ty: ModuleTypeIndex,
        /// Where it is.
        source: ModuleSource,
    },
    /// An instance.
    Instance {
        /// Its type.
        ty: InstanceTypeIndex,
        /// Its members by name.
        members: NameMap<Member>,
    },
    /// A resource type.
    Resource(ResourceIndex),
    /// Any other type. It is only information.
    Type(TypeDef),
}

impl ExportEntry {
    /// Its type.
    pub fn type_def(&self) -> TypeDef {
        match *self {
            Self::Func { ty, .. } => TypeDef::Func(ty),
            Self::Module { ty, .. } => TypeDef::Module(ty),
            Self::Instance { ty, .. } => TypeDef::Instance(ty),
            Self::Resource(resource) => TypeDef::Resource(resource),
            Self::Type(ty) => ty,
        }
    }

    /// What an error message calls it.
    pub fn desc(&self) -> &'static str {
        match self {
            Self::Func { .. } => "function",
            Self::Module { .. } => "module",
            Self::Instance { .. } => "instance",
            Self::Resource(_) => "resource",
            Self::Type(_) => "type",
        }
    }
}

/// Where an exported function is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FuncSource {
    /// A lifted core function.
    Lifted {
        /// The core function.
        func: CoreDef,
        /// Its canonical options.
        options: OptionsIndex,
    },
    /// A function that is imported, and exported again.
    Import(RuntimeImportIndex),
}

/// Where an exported module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleSource {
    /// In the component.
    Static(StaticModuleIndex),
    /// A module that is imported, and exported again.
    Import(RuntimeImportIndex),
}

/// A named member of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Its entry.
    pub export: ExportIndex,
    /// What its name does not say.
    pub attributes: Attributes,
}

impl ExportGraph {
    /// Freezes a graph: hashes it, once.
    pub(crate) fn new(
        engine: &Engine,
        entries: PrimaryMap<ExportIndex, ExportEntry>,
        root: ExportIndex,
        types: Arc<TypeTable>,
    ) -> Self {
        let id = identity::identity(engine, &types, &entries);
        Self { id, entries, root, types }
    }

    /// What identifies it.
    pub fn id(&self) -> GraphId {
        self.id
    }

    /// The instance that the component itself is.
    #[inline]
    pub fn root(&self) -> ExportIndex {
        self.root
    }

    /// All entries.
    #[inline]
    pub fn entries(&self) -> &PrimaryMap<ExportIndex, ExportEntry> {
        &self.entries
    }

    /// The types and names that the entries refer to.
    #[inline]
    pub fn types(&self) -> &Arc<TypeTable> {
        &self.types
    }

    /// The text of a name of this graph.
    pub fn name(&self, id: NameId) -> &str {
        self.types.name(id)
    }

    /// The member of an instance entry that `name` resolves to, and how; `None` for an entry of another kind.
    pub fn resolve(&self, instance: ExportIndex, name: &str) -> Option<(ExportIndex, Match)> {
        match self.entries.get(instance)? {
            ExportEntry::Instance { members, .. } => {
                members.resolve(self.types.names(), name).map(|(_, member, how)| (member.export, how))
            }
            _ => None,
        }
    }

    /// The handle of an entry.
    #[inline]
    pub fn handle(&self, index: ExportIndex) -> ComponentExportIndex {
        let is_func = matches!(self.entries[index], ExportEntry::Func { .. });
        ComponentExportIndex { graph: self.id, index, is_func }
    }
}

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

pub mod entry;
#[cfg(feature = "inspect")]
pub mod explain;
mod identity;
pub mod lookup;
pub mod node;

pub use entry::{ExportEntry, ExportIndex, FuncSource, GraphId, Member, ModuleSource};

use crate::arena::PrimaryMap;
use crate::codec::{Codec, Reader, Writer};
use crate::entity::{EntityRef, SigId};
use crate::func_types::FuncTypes;
use crate::parse::names::Match;
use crate::strings::NameId;
use crate::types::TypeTable;
use coracle_error::Result;
use coracle_error::shared::Arc;

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
    pub fn func_of(self, graph: GraphId) -> Option<ExportIndex> {
        (self.graph == graph && self.is_func).then_some(self.index)
    }

    /// The entry, if it is one of this graph.
    #[inline]
    pub fn of(self, graph: &ExportGraph) -> Option<ExportIndex> {
        (self.graph == graph.id && self.index.index() < graph.entries.len()).then_some(self.index)
    }
}

/// Everything that a component exports.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportGraph {
    id: GraphId,
    entries: PrimaryMap<ExportIndex, ExportEntry>,
    root: ExportIndex,
    types: Arc<TypeTable>,
}

impl ExportGraph {
    /// Freezes a graph: hashes it, once.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(
        entries: PrimaryMap<ExportIndex, ExportEntry>,
        root: ExportIndex,
        types: Arc<TypeTable>,
        func_types: &FuncTypes,
    ) -> Result<Self> {
        let id = identity::identity(func_types, &types, &entries)?;
        Ok(Self { id, entries, root, types })
    }

    /// Writes it, with its types, for [`ExportGraph::read`].
    pub(crate) fn write(&self, to: &mut Writer) {
        self.types.write(to);
        self.id.write(to);
        self.root.write(to);
        to.number(self.entries.len() as u64);
        self.entries.values().for_each(|entry| entry.write(to));
    }

    /// Reads what was written. The hash is not made again.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline(never)]
    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self> {
        let mut types = TypeTable::read(from);
        let (id, root) = (GraphId::read(from), ExportIndex::read(from));
        let entries: PrimaryMap<_, _> = from.list_of(|from| ExportEntry::read(from, types.names_mut())).into();
        if entries.get(root).is_none() {
            from.damaged();
        }
        Ok(Self { id, entries, root, types: Arc::try_new(types)? })
    }

    /// Exchanges the numbers of core function types for another registry's. `types` is the graph's own table, given up
    /// by whoever shares it, and is returned as it is now. What identifies the graph does not change.
    ///
    /// # Errors
    /// `ErrorKind::Bug` where somebody else shares the table.
    pub fn renumber_types(&mut self, types: Arc<TypeTable>, ids: &[SigId]) -> Result<Arc<TypeTable>> {
        drop(types);
        let Some(types) = Arc::get_mut(&mut self.types) else {
            return Err(coracle_error::bug!("the types of a component are shared before it is loaded"));
        };
        types.renumber(ids);
        Ok(self.types.clone())
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

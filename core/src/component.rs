//! `Component`: what a component's bytes became, shared and immutable.
//!
//! Looking an export up needs no store and no instance. By index it costs O(1): a comparison of the graph's identity
//! and of a bound. By name it costs one look-up per level. [`Component::root`] walks the same graph and tells *missing*,
//! *foreign* and *wrong kind* apart, where the calls in Wasmtime's shape say `None`.

pub(crate) mod batch;
pub mod explain;
pub mod node;

pub use explain::{ExplainedName, Explanation, Outcome};
pub use node::{ExportError, ExportNode};

use batch::AdapterBatch;

use crate::arena::PrimaryMap;
use crate::engine::Engine;
use crate::error::Result;
use crate::export::{ComponentExportIndex, ExportEntry, ExportGraph, ExportIndex};
use crate::flatten::{Flat, flatten};
use crate::module::{Bytes, Module};
use crate::parse;
use crate::plan::{Plan, StaticModuleIndex};
use crate::reflect;
use crate::text;
use crate::types::TypeTable;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A validated component, ready to be linked. Cloning is cheap.
#[derive(Clone)]
pub struct Component(Arc<Inner>);

struct Inner {
    engine: Engine,
    flat: Flat,
    adapters: Vec<AdapterBatch>,
}

impl Component {
    /// Loads a component from its binary, or from text where the feature `wat` is on.
    ///
    /// # Errors
    /// Those of [`Component::from_binary`], and those of the text.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::from_binary(engine, &text::to_binary(bytes.as_ref())?)
    }

    /// Loads a component from a file, binary or, where the feature `wat` is on, text.
    ///
    /// # Errors
    /// Those of [`Component::new`], and that the file cannot be read.
    #[cfg(feature = "std")]
    pub fn from_file(engine: &Engine, path: impl AsRef<std::path::Path>) -> Result<Self> {
        use crate::error::Context;
        let path = path.as_ref();
        let bytes = std::fs::read(path).with_context(|| alloc::format!("failed to read `{}`", path.display()))?;
        Self::new(engine, bytes)
    }

    /// Loads a component from its binary.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`, with the offset, for bytes that are no valid component; `ErrorKind::Unsupported` for a
    /// component that needs what cannot be run, by name; `ErrorKind::Limit` for one that is too large once its
    /// nesting is undone.
    pub fn from_binary(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        Self::load(engine, Bytes::Shared(bytes.into()))
    }

    /// Loads a component from a binary that is there for ever, such as flash, without copying it.
    ///
    /// # Errors
    /// Those of [`Component::from_binary`].
    pub fn from_static(engine: &Engine, bytes: &'static [u8]) -> Result<Self> {
        Self::load(engine, Bytes::Static(bytes))
    }

    /// Loads a component from bytes that may be shared.
    ///
    /// # Errors
    /// Those of [`Component::from_binary`].
    pub fn load(engine: &Engine, bytes: Bytes) -> Result<Self> {
        let flat = flatten(engine, parse::component(engine, bytes)?)?;
        if let Some(compiler) = engine.compiler() {
            flat.modules.values().try_for_each(|module| compiler.module_loaded(module))?;
        }
        let adapters = batch::generate(engine, &flat)?;
        Ok(Self(Arc::new(Inner { engine: engine.clone(), flat, adapters })))
    }

    /// Checks that bytes are a valid component, whether or not it can be run.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`, with the offset; `ErrorKind::Unsupported` where a core module in it uses a proposal that
    /// is off or not supported.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        parse::component(engine, Bytes::Shared(bytes.into())).map(drop)
    }

    /// The engine.
    #[inline]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// How it is instantiated.
    pub fn plan(&self) -> &Plan {
        &self.0.flat.plan
    }

    /// What it exports.
    #[inline]
    pub fn graph(&self) -> &ExportGraph {
        &self.0.flat.graph
    }

    /// Its types.
    #[inline]
    pub fn types(&self) -> &Arc<TypeTable> {
        &self.0.flat.types
    }

    /// Its core modules.
    pub fn modules(&self) -> &PrimaryMap<StaticModuleIndex, Module> {
        &self.0.flat.modules
    }

    /// The batches of fused adapters, in the order of their steps.
    pub(crate) fn adapter_batches(&self) -> &[AdapterBatch] {
        &self.0.adapters
    }

    /// A number that tells loaded components apart for as long as this one lives. Clones share it.
    pub fn id(&self) -> u64 {
        Arc::as_ptr(&self.0) as usize as u64
    }

    /// Whether two handles are of one loaded component.
    #[inline]
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// The handle of an export, of the component itself or of an instance that it exports.
    ///
    /// `None` when there is no such name, or when `instance` is not an instance of this component's graph.
    pub fn get_export_index(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: impl ExportLookup,
    ) -> Option<ComponentExportIndex> {
        self.lookup(instance, &name).map(|index| self.graph().handle(index))
    }

    /// The type and the handle of an export.
    ///
    /// `None` as with [`Component::get_export_index`], which is cheaper.
    pub fn get_export(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: impl ExportLookup,
    ) -> Option<(reflect::ComponentItem, ComponentExportIndex)> {
        let index = self.lookup(instance, &name)?;
        Some((reflect::ComponentItem::unlinked(self, index), self.graph().handle(index)))
    }

    /// What it imports and exports, before linking.
    pub fn component_type(&self) -> reflect::Component {
        reflect::Component::unlinked(self)
    }

    /// The index of an export of this component's graph.
    #[inline]
    pub(crate) fn lookup(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: &impl ExportLookup,
    ) -> Option<ExportIndex> {
        let graph = self.graph();
        let parent = match instance {
            Some(handle) => handle.of(graph)?,
            None => graph.root(),
        };
        name.lookup_in(graph, parent)
    }

    /// The component itself, as the instance that it will be.
    pub fn root(&self) -> ExportNode<'_> {
        ExportNode::new(self, self.graph().root())
    }

    /// The export of a handle.
    ///
    /// # Errors
    /// [`ExportError::Foreign`] when the handle is of another component's graph.
    pub fn node(&self, handle: ComponentExportIndex) -> Result<ExportNode<'_>, ExportError> {
        match handle.of(self.graph()) {
            Some(index) => Ok(ExportNode::new(self, index)),
            None => Err(ExportError::Foreign),
        }
    }

    /// The entry of an index of this component's graph.
    #[inline]
    pub(crate) fn entry(&self, index: ExportIndex) -> &ExportEntry {
        &self.graph().entries()[index]
    }
}

impl core::fmt::Debug for Component {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Component").field("graph", &self.graph().id()).finish_non_exhaustive()
    }
}

/// What an export can be looked up by: its name, or its handle.
pub trait ExportLookup {
    /// The entry in `graph`, as seen from the instance `parent`. A handle is absolute and ignores `parent`.
    #[doc(hidden)]
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex>;

    /// The handle that this is, if it is no name.
    #[doc(hidden)]
    #[inline]
    fn as_handle(&self) -> Option<ComponentExportIndex> {
        None
    }
}

impl<T: ExportLookup + ?Sized> ExportLookup for &T {
    #[inline]
    fn as_handle(&self) -> Option<ComponentExportIndex> {
        (**self).as_handle()
    }
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        (**self).lookup_in(graph, parent)
    }
}

impl ExportLookup for str {
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        graph.resolve(parent, self).map(|(index, _)| index)
    }
}

impl ExportLookup for String {
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        self.as_str().lookup_in(graph, parent)
    }
}

/// An item of an interface, `ns:pkg/iface.item@1.0.0`, as seen from the parent instance like any other name.
///
/// An interface that is not there ends the search: the item is not looked for one level up.
#[cfg(feature = "wit-parser")]
impl ExportLookup for wit_parser::ItemName {
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        let instance = match self.instance_name() {
            Some(name) => name.lookup_in(graph, parent)?,
            None => parent,
        };
        self.name.lookup_in(graph, instance)
    }
}

impl ExportLookup for ComponentExportIndex {
    #[inline]
    fn as_handle(&self) -> Option<ComponentExportIndex> {
        Some(*self)
    }
    #[inline]
    fn lookup_in(&self, graph: &ExportGraph, _parent: ExportIndex) -> Option<ExportIndex> {
        self.of(graph)
    }
}

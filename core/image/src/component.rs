//! `ComponentImage`: a component as its bytes say it, flat and frozen.
//!
//! Parsing and flattening need no engine: what comes out is data that knows nothing of slots, stores or other
//! components. Loading consumes it.
//!
//! # Invariants
//! - Two parses of the same bytes give equal images.

#[cfg(not(feature = "adapters"))]
use crate::adapter::batch;
use crate::adapter::batch::AdapterBatch;
#[cfg(feature = "adapters")]
use crate::adapter::generate::generate;
use crate::arena::PrimaryMap;
use crate::codec::{Codec, Reader, Writer};
use crate::export::ExportGraph;
use crate::flatten::{Flat, flatten};
use crate::func_types::FuncTypes;
use crate::module::{Bytes, ModuleData};
use crate::parse;
use crate::parse::features::{Features, Trust};
use crate::parse::parsed::Parsed;
use crate::plan::{Plan, StaticModuleIndex};
use crate::types::TypeTable;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::shared::Arc;

/// A validated component, flat and frozen.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentImage {
    /// How to instantiate it.
    pub plan: Plan,
    /// What it exports.
    pub graph: ExportGraph,
    /// Its types.
    pub types: Arc<TypeTable>,
    /// Its modules.
    pub modules: PrimaryMap<StaticModuleIndex, ModuleData>,
    /// The fused adapters between its component instances, in the order of their steps.
    pub adapters: Vec<AdapterBatch>,
    /// The function types that modules, adapters and core types number.
    pub func_types: FuncTypes,
    /// The binary.
    pub bytes: Bytes,
}

impl ComponentImage {
    /// Reads, validates and flattens a component; one that somebody vouches for is not validated.
    ///
    /// # Errors
    /// `ErrorKind::Invalid`, with the offset, for bytes that are no valid component; `ErrorKind::Unsupported` for a
    /// component that needs what cannot be run, by name; `ErrorKind::Limit` for one that is too large once its
    /// nesting is undone.
    pub fn parse(features: &Features, bytes: Bytes, trust: Trust) -> Result<Self> {
        let Parsed { bytes, names, func_types, components, modules } = parse::component(features, bytes, trust)?;
        let Flat { plan, entries: (entries, root), types } = flatten(names, &components, &modules)?;
        #[cfg(feature = "adapters")]
        let (adapters, func_types) = generate(&plan, &types, &modules, func_types)?;
        #[cfg(not(feature = "adapters"))]
        let adapters = batch::refuse(&plan).map(|()| Vec::new())?;
        let (types, func_types) = (Arc::try_new(types)?, func_types.finish());
        let graph = ExportGraph::new(entries, root, types.clone(), &func_types)?;
        Ok(Self { plan, graph, types, modules, adapters, func_types, bytes })
    }

    /// Writes it for [`ComponentImage::read`], but for the bytes that ranges of its modules refer to.
    pub fn write(&self, to: &mut Writer) {
        self.plan.write(to);
        self.graph.write(to);
        self.func_types.write(to);
        to.number(self.modules.len() as u64);
        self.modules.values().for_each(|module| module.write(to));
        to.number(self.adapters.len() as u64);
        self.adapters.iter().for_each(|batch| batch.write(to));
    }

    /// Reads what was written; `bytes` are those that ranges of its modules refer to.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn read(from: &mut Reader<'_>, bytes: &Bytes) -> Result<Self> {
        let (plan, graph, func_types) = (Plan::read(from), ExportGraph::read(from)?, FuncTypes::read(from));
        let modules = from.list_of(|from| ModuleData::read(from, bytes)).into();
        let adapters = from.list_of(|from| AdapterBatch::read(from, bytes));
        let types = graph.types().clone();
        Ok(Self { plan, graph, types, modules, adapters, func_types, bytes: bytes.clone() })
    }
}

//! Fused adapters of a component as core modules, made once when the component is loaded.

use crate::adapter::{self, Builtin, Call, Import};
use crate::engine::Engine;
use crate::entity::EntityRef;
use crate::error::Result;
use crate::flatten::Flat;
use crate::module::{Bytes, Module};
use crate::parse::module::parse_trusted;
use crate::plan::{AdapterIndex, Step};
use alloc::vec::Vec;

/// One batch: a module, and what it imports in order.
pub(crate) struct AdapterBatch {
    pub(crate) module: Module,
    pub(crate) imports: Vec<Import>,
}

impl AdapterBatch {
    /// The runtime calls among the imports, in order.
    pub(crate) fn builtins(&self) -> impl Iterator<Item = Builtin> {
        self.imports.iter().filter_map(|import| match import {
            Import::Builtin(builtin) => Some(*builtin),
            _ => None,
        })
    }
}

/// Writes the modules of all batches of a plan.
pub(crate) fn generate(engine: &Engine, flat: &Flat) -> Result<Vec<AdapterBatch>> {
    let can_throw = flat.modules.values().any(|module| !module.data().tags.is_empty());
    let mut batches = Vec::new();
    for step in &flat.plan.steps {
        let Step::Adapters { first, end } = step else { continue };
        let calls: Vec<_> = (first.index()..end.index())
            .map(|index| Call::of_plan(&flat.plan, AdapterIndex::new(index), can_throw))
            .collect();
        let batch = adapter::generate(&flat.types, &calls)?;
        let module = parse_trusted(engine, Bytes::Shared(batch.bytes.into()))?;
        batches.push(AdapterBatch { module, imports: batch.imports });
    }
    Ok(batches)
}

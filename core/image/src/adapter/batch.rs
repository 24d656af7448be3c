//! Fused adapters of a component as core modules, made once when the component is parsed.

use crate::adapter::{self, Builtin, Call, Import};
use crate::arena::PrimaryMap;
use crate::entity::EntityRef;
use crate::func_types::FuncTypesBuilder;
use crate::module::{Bytes, ModuleData};
use crate::parse::module::parse_trusted;
use crate::plan::{AdapterIndex, Plan, StaticModuleIndex, Step};
use crate::types::TypeTable;
use alloc::vec::Vec;
use coracle_error::Result;

/// One batch: a module, and what it imports in order.
#[derive(Clone, Debug, PartialEq)]
pub struct AdapterBatch {
    /// The module.
    pub module: ModuleData,
    /// What it imports.
    pub imports: Vec<Import>,
}

/// The runtime calls among a batch's imports, in order.
pub fn builtins(imports: &[Import]) -> impl Iterator<Item = Builtin> {
    imports.iter().filter_map(|import| match import {
        Import::Builtin(builtin) => Some(*builtin),
        _ => None,
    })
}

/// Writes the modules of all batches of a plan.
///
/// # Errors
/// `ErrorKind::Unsupported` for types that only asynchronous components have.
pub fn generate(
    plan: &Plan,
    types: &TypeTable,
    modules: &PrimaryMap<StaticModuleIndex, ModuleData>,
    func_types: &mut FuncTypesBuilder,
) -> Result<Vec<AdapterBatch>> {
    let can_throw = modules.values().any(|module| !module.tags.is_empty());
    let mut batches = Vec::new();
    for step in &plan.steps {
        let Step::Adapters { first, end } = step else { continue };
        let calls: Vec<_> = (first.index()..end.index())
            .map(|index| Call::of_plan(plan, AdapterIndex::new(index), can_throw))
            .collect();
        let batch = adapter::generate(types, &calls)?;
        let module = parse_trusted(func_types, Bytes::Shared(batch.bytes.into()))?;
        batches.push(AdapterBatch { module, imports: batch.imports });
    }
    Ok(batches)
}

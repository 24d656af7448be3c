//! The batches of a plan, written once when the component is parsed.

use crate::adapter::Call;
use crate::adapter::batch::AdapterBatch;
use crate::adapter::write;
use crate::arena::PrimaryMap;
use crate::entity::EntityRef;
use crate::func_types::FuncTypesBuilder;
use crate::module::{Bytes, ModuleData};
use crate::parse::module::parse_trusted;
use crate::plan::{AdapterIndex, Plan, StaticModuleIndex, Step};
use crate::types::TypeTable;
use alloc::vec::Vec;
use coracle_error::Result;

/// Writes the modules of all batches of a plan.
///
/// # Errors
/// `ErrorKind::Unsupported` for types that only asynchronous components have.
pub fn generate(
    plan: &Plan,
    types: &TypeTable,
    modules: &PrimaryMap<StaticModuleIndex, ModuleData>,
    mut func_types: FuncTypesBuilder,
) -> Result<(Vec<AdapterBatch>, FuncTypesBuilder)> {
    let can_throw = modules.values().any(|module| !module.tags.is_empty());
    let mut batches = Vec::new();
    for step in &plan.steps {
        let Step::Adapters { first, end } = step else { continue };
        let calls: Vec<_> = (first.index()..end.index())
            .map(|index| Call::of_plan(plan, AdapterIndex::new(index), can_throw))
            .collect();
        let batch = write::generate(types, &calls)?;
        let module = parse_trusted(&mut func_types, Bytes::Shared(batch.bytes.into()))?;
        batches.push(AdapterBatch { module, imports: batch.imports });
    }
    Ok((batches, func_types))
}

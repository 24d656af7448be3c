//! Adapters between two components that are linked at run time.
//!
//! The caller lowers an import, the callee lifted an export; each has a plan of its own. The types were found to be the
//! same, so both sides are written by the caller's: what differs is which memory, functions and tables are meant, and
//! that the keys tell.
//!
//! # Invariants
//! - A key with the bit [`Call::THERE`] is of the callee's plan, any other of the caller's. A lifted function's key is
//!   the callee's export, with [`Call::LIFTED`] too.
//! - Which resource types are meant is told by the caller's indices, on both sides.

#[cfg(feature = "adapters")]
use crate::adapter::batch::AdapterBatch;
#[cfg(feature = "adapters")]
use crate::adapter::write;
use crate::adapter::{Call, SideOptions};
use crate::export::ExportIndex;
#[cfg(feature = "adapters")]
use crate::func_types::{FuncTypes, FuncTypesBuilder};
#[cfg(feature = "adapters")]
use crate::module::Bytes;
#[cfg(feature = "adapters")]
use crate::parse::module::parse_trusted;
use crate::plan::{OptionsIndex, Plan};
use crate::types::FuncTypeIndex;
#[cfg(feature = "adapters")]
use crate::types::TypeTable;
#[cfg(feature = "adapters")]
use coracle_error::Result;

/// An import of one component that an export of another stands for.
#[derive(Clone, Copy, Debug)]
pub struct Crossing {
    /// The import's type.
    pub ty: FuncTypeIndex,
    /// How the importer lowers it.
    pub lower: OptionsIndex,
    /// The export.
    pub export: ExportIndex,
    /// How the exporter lifts it.
    pub lift: OptionsIndex,
}

impl Call {
    /// The call that a crossing makes between components with these plans.
    pub fn across(crossing: Crossing, importer: &Plan, exporter: &Plan, can_throw: bool) -> Self {
        let Crossing { ty, lower, export, lift } = crossing;
        Self {
            caller: (ty, SideOptions::of_plan(importer, lower)),
            callee: (ty, SideOptions::of_plan(exporter, lift).marked(Self::THERE)),
            func: export.as_u32() | Self::LIFTED | Self::THERE,
            post_return: exporter.options[lift].post_return.map(|func| func.as_u32() | Self::THERE),
            can_throw,
        }
    }
}

/// Writes one batch of such calls, over the importer's types.
///
/// # Errors
/// `ErrorKind::Unsupported` for types that only asynchronous components have.
#[cfg(feature = "adapters")]
pub fn write(types: &TypeTable, calls: &[Call]) -> Result<(AdapterBatch, FuncTypes)> {
    let batch = write::generate(types, calls)?;
    let mut func_types = FuncTypesBuilder::default();
    let module = parse_trusted(&mut func_types, Bytes::Shared(batch.bytes.into()))?;
    Ok((AdapterBatch { module, imports: batch.imports }, func_types.finish()))
}

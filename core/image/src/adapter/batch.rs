//! Fused adapters of a component as core modules.

use crate::adapter::{Builtin, Import};
use crate::codec::{Codec, Reader, Writer};
use crate::module::{Bytes, ModuleData};
#[cfg(not(feature = "adapters"))]
use crate::plan::{Plan, Step};
use alloc::vec::Vec;
#[cfg(not(feature = "adapters"))]
use coracle_error::Result;

/// One batch: a module, and what it imports in order.
#[derive(Clone, Debug, PartialEq)]
pub struct AdapterBatch {
    /// The module.
    pub module: ModuleData,
    /// What it imports.
    pub imports: Vec<Import>,
}

impl AdapterBatch {
    /// Writes it for [`AdapterBatch::read`].
    pub fn write(&self, to: &mut Writer) {
        self.module.write(to);
        self.imports.write(to);
    }

    /// Reads what was written; `bytes` are those that the module's ranges refer to.
    pub fn read(from: &mut Reader<'_>, bytes: &Bytes) -> Self {
        Self { module: ModuleData::read(from, bytes), imports: Codec::read(from) }
    }
}

/// The runtime calls among a batch's imports, in order.
pub fn builtins(imports: &[Import]) -> impl Iterator<Item = Builtin> {
    imports.iter().filter_map(|import| match import {
        Import::Builtin(builtin) => Some(*builtin),
        _ => None,
    })
}

/// Refuses a plan that needs any.
///
/// # Errors
/// `ErrorKind::Unsupported` where one component instance calls another.
#[cfg(not(feature = "adapters"))]
pub fn refuse(plan: &Plan) -> Result<()> {
    use coracle_error::{Error, ErrorKind};

    match plan.steps.iter().any(|step| matches!(step, Step::Adapters { .. })) {
        false => Ok(()),
        true => Err(Error::fault(
            ErrorKind::Unsupported,
            "the component calls between its parts, and this build is without the feature `adapters`",
        )),
    }
}

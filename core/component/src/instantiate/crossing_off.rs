//! Builds without adapters: components that have any are refused when they are loaded, or linked.

use crate::state::Shared;
use coracle_error::Result;
use coracle_error::shared::Arc;
use coracle_image::plan::AdapterIndex;
use coracle_vm::store::opaque::StoreOpaque;

/// What was made: nothing.
#[derive(Default)]
pub(crate) struct Crossed {}

impl Crossed {
    /// Makes nothing.
    ///
    /// # Errors
    /// If there is a batch: a bug.
    pub(crate) fn batch(
        &mut self,
        _: &mut StoreOpaque,
        _: &Arc<Shared>,
        _: core::ops::Range<AdapterIndex>,
    ) -> Result<()> {
        Err(coracle_error::bug!("a component with adapters was loaded"))
    }

    /// Makes nothing.
    ///
    /// # Errors
    /// None.
    pub(crate) fn seams(&mut self, _: &mut StoreOpaque, _: &Arc<Shared>, _: usize) -> Result<()> {
        Ok(())
    }
}

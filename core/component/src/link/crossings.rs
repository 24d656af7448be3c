//! What adapters take to be made: those between a component's parts, and those that lead to other components.

use crate::component::AdapterBatch;
use crate::ids::NodeIndex;
use alloc::vec::Vec;
use coracle_error::shared::Arc;
use coracle_image::plan::TrampolineIndex;
use coracle_vm::host_func::HostFunc;

/// All of a linked component.
#[derive(Clone)]
pub(crate) struct Crossings {
    /// Per batch of adapters, what its module imports of the runtime, in the order of its imports.
    pub(crate) builtins: Arc<[Vec<HostFunc>]>,
    /// Its calls of nodes, in the order of their steps.
    pub(crate) seams: Arc<[Seam]>,
    /// What the batches of the seams import.
    pub(crate) of_seams: Arc<[Vec<HostFunc>]>,
}

/// Adapters between a linked component and one node: a batch that is made before a certain step.
pub(crate) struct Seam {
    /// The step of the importer's plan; behind the last one for what no step needs.
    pub(crate) step: usize,
    pub(crate) node: NodeIndex,
    /// What the adapters stand for, in the order of the batch's functions.
    pub(crate) trampolines: Vec<TrampolineIndex>,
    pub(crate) batch: Arc<AdapterBatch>,
}

//! What names the component instances of a store.

use crate::abi::handles::HandleTableId;
use coracle_vm::store::ids::GlobalId;

coracle_image::entity! {
    /// One instantiation of a root component in a store.
    ComponentInstanceId = "componentinstance";
    /// A component that a linked component is linked to.
    NodeIndex = "node";
}

/// One component instance of a plan, made in a store: the root, or one nested in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) flags: GlobalId,
    pub(crate) table: HandleTableId,
}

//! Handles on what lives in a store: component instances and their exported functions.

use crate::ids::ComponentInstanceId;
use coracle_image::export::ExportIndex;
use coracle_vm::internals;
use coracle_vm::store::ids::Stored;
use coracle_vm::store::opaque::StoreOpaque;

/// An instance of a component in a store. It is only a handle: copying it copies nothing, and using it with another
/// store panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance(Stored<ComponentInstanceId>);

impl Instance {
    pub(crate) fn new(store: &StoreOpaque, id: ComponentInstanceId) -> Self {
        Self(internals::stamp(store, id))
    }

    #[inline]
    pub(crate) fn id(self, store: &StoreOpaque) -> ComponentInstanceId {
        internals::unstamp(store, self.0)
    }

    #[inline]
    pub(crate) fn stamped(self) -> Stored<ComponentInstanceId> {
        self.0
    }
}

/// An exported function of a component instance. It is only a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Func {
    pub(crate) instance: Stored<ComponentInstanceId>,
    pub(crate) index: ExportIndex,
}

impl Func {
    #[inline]
    pub(crate) fn new(instance: Stored<ComponentInstanceId>, index: ExportIndex) -> Self {
        Self { instance, index }
    }
}

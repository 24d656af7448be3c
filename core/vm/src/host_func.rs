//! `HostFunc`: a function of the host's, its closure's type erased.
//!
//! It is a record that begins with a [`Slot`], so that guests call it as they call any function.

use crate::engine::Engine;
use crate::signatures::Signature;
use crate::tier::Slot;
use coracle_error::shared::Arc;
use coracle_image::entity::SigId;
use coracle_image::module::FuncType;

/// A function of the host's that guests can call. Cloning is cheap.
#[derive(Clone)]
pub struct HostFunc(pub(crate) Arc<Record<dyn Send + Sync>>);

/// The slot first, then what its entry calls.
#[repr(C)]
pub(crate) struct Record<F: ?Sized> {
    pub(crate) slot: Slot,
    pub(crate) engine: Engine,
    /// Keeps the slot's type interned.
    pub(crate) signature: Signature,
    /// Whether the body waits for the host.
    pub(crate) may_wait: bool,
    pub(crate) body: F,
}

impl HostFunc {
    /// Where its slot lies: the address of the whole record.
    pub(crate) fn slot(&self) -> *const Slot {
        let record = Arc::as_ptr(&self.0);
        // The entry gets a pointer that was a reference to the slot alone on its way; it takes the record's
        // provenance from here.
        let _ = record.cast::<u8>().expose_provenance();
        record.cast::<Slot>()
    }

    /// The engine that it was made for.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Whether it may have to wait for the host, so that only calls that may wait can reach it.
    pub fn may_wait(&self) -> bool {
        self.0.may_wait
    }

    /// The engine-wide id of its type.
    pub fn sig(&self) -> SigId {
        self.0.slot.sig()
    }

    /// Its type.
    pub fn ty(&self) -> Arc<FuncType> {
        self.0.signature.ty().clone()
    }
}

impl core::fmt::Debug for HostFunc {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HostFunc").field("ty", &self.ty()).finish()
    }
}

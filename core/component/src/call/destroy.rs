//! The end of a resource: its destructor, of the host's or of a guest's.

use crate::abi::handles::ResourceId;
use crate::call::raw::call_core;
use crate::state::{self, Dtor, OpenCall};
use coracle_error::Result;
use coracle_vm::raw::RawVal;
use coracle_vm::store::opaque::StoreOpaque;

/// Ends a resource that the host owned. A failure poisons, as in any call from the host.
///
/// # Errors
/// A trap of the destructor, or an error of the host's.
pub(crate) fn destroy_from_host(store: &mut StoreOpaque, resource: ResourceId, rep: u32) -> Result<()> {
    let call = OpenCall::begin(store, true);
    destroy(call.store, resource, rep)?;
    call.end()
}

/// Ends a resource whose last own handle is gone.
///
/// # Errors
/// A trap of the destructor, or an error of the host's.
pub(crate) fn destroy(store: &mut StoreOpaque, resource: ResourceId, rep: u32) -> Result<()> {
    match state::of(store).dtors.get(resource).clone() {
        None => Ok(()),
        Some(Dtor::Host(dtor)) => dtor.run(store, rep),
        Some(Dtor::Guest { func, wide }) => {
            state::of(store).check_may_enter()?;
            let rep = if wide { RawVal::from_u64(u64::from(rep)) } else { RawVal::from_u32(rep) };
            call_core(store, func, &[rep]).map(|_| ())
        }
    }
}

//! The end of a resource: its destructor, of the host's or of a guest's.

use crate::abi::handles::ResourceId;
use crate::call::raw::call_core;
use crate::state::{self, Dtor, OpenCall};
use coracle_error::Result;
use coracle_vm::raw::RawVal;
use coracle_vm::store::opaque::StoreOpaque;

/// Ends a resource whose last own handle is gone. A guest's destructor is a call into the instance that defines the
/// resource, whoever drops it.
///
/// # Errors
/// A trap of the destructor, or an error of the host's.
pub(crate) fn destroy(store: &mut StoreOpaque, resource: ResourceId, rep: u32) -> Result<()> {
    let states = state::of(store);
    match states.dtors.get(resource) {
        None => Ok(()),
        Some(Dtor::Host(dtor)) => dtor.clone().run(store, rep),
        &Some(Dtor::Guest { func, wide }) => {
            let owner = states.handles.def(resource).owner;
            owner.map_or(Ok(()), |owner| states.check_may_enter(owner))?;
            let rep = if wide { RawVal::from_u64(u64::from(rep)) } else { RawVal::from_u32(rep) };
            let call = OpenCall::begin(store, owner)?;
            call_core(call.store, func, &[rep])?;
            call.end()
        }
    }
}

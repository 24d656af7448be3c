//! The end of a resource: its destructor, of the host's or of a guest's.

use crate::abi::handles::{HandleTableId, ResourceId};
use crate::call::raw::{call_core, go_on_in_destructor};
use crate::state::{self, Dtor, OpenCall};
use coracle_error::Result;
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::host::Flow;
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
            let call = OpenCall::begin(store, owner)?;
            call_core(call.store, func, &[representation(rep, wide)])?;
            call.end()
        }
    }
}

/// The same for a guest that drops the resource, from a function with these cells. Its own destructor is code of an
/// instance that is in the call already, so there is nothing to note of it: it goes on in the place of that function.
///
/// # Errors
/// As there.
pub(crate) fn destroy_for(
    store: &mut StoreOpaque,
    guest: HandleTableId,
    resource: ResourceId,
    rep: u32,
    cells: &mut [RawVal],
) -> Result<Flow> {
    let states = state::of(store);
    if let &Some(Dtor::Guest { func, wide }) = states.dtors.get(resource)
        && states.handles.def(resource).owner == Some(guest)
        && internals::is_native(store, func)
    {
        states.check_may_enter(guest)?;
        cells[0] = representation(rep, wide);
        return Ok(go_on_in_destructor(func));
    }
    destroy(store, resource, rep).map(|()| Flow::Return)
}

/// What a guest's destructor is given.
fn representation(rep: u32, wide: bool) -> RawVal {
    if wide { RawVal::from_u64(u64::from(rep)) } else { RawVal::from_u32(rep) }
}

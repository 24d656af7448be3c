//! A host function that a component exports again, called by the host.
//!
//! No guest stands in between, but the function still takes core values: parameters are lowered into a buffer of the
//! host's as if it were a guest's memory, the function lifts them from there, and its result comes back the same way.

use crate::abi::MAX_CELLS;
use crate::abi::cx::{LiftCx, LowerCx, Options};
use crate::call::scratch::Scratch;
use crate::host_function::ImportCall;
use crate::ids::ComponentInstanceId;
use crate::link::pre::Linked;
use crate::state::{self, OpenCall};
use alloc::vec::Vec;
use coracle_error::{Error, Result, Trap};
use coracle_image::plan::{RuntimeComponentInstanceIndex, RuntimeImportIndex};
use coracle_image::types::{FuncType, FuncTypeIndex, Ptr};
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::host::Flow;
use coracle_vm::store::opaque::StoreOpaque;
use core::cell::RefCell;

/// Calls an import of an instance on behalf of the host.
pub(crate) fn call<R>(
    store: &mut StoreOpaque,
    (instance, import, ty): (ComponentInstanceId, RuntimeImportIndex, FuncTypeIndex),
    lower: impl FnOnce(&mut LowerCx<'_>, &FuncType, &mut [RawVal]) -> Result<usize>,
    lift: impl FnOnce(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<R>,
) -> Result<R> {
    let shared = state::shared(store, instance);
    let Linked::Func(func) = shared.pre.imports[import].clone() else {
        return Err(coracle_error::bug!("a function that is exported again was linked to something else"));
    };
    let (types, part) = (shared.types(), shared.parts[RuntimeComponentInstanceIndex::ROOT]);
    let ty_def = &types[ty];
    let options = Options { ptr: Ptr::P64, ..Options::default() };
    // No guest takes part, so there is none to poison.
    let call = OpenCall::begin(store, None)?;
    // A table of its own: what crosses here is no component's.
    let table = state::of_mut(call.store).handles.take_table()?;
    let mut bytes = Vec::new();
    let run = |store: &mut StoreOpaque| {
        let mut cells = [RawVal::ZERO; MAX_CELLS];
        let mut host = Scratch { bytes: &mut bytes, handles: &mut state::of_mut(store).handles };
        let mut cx = LowerCx { options, types, resources: &shared.bindings, table, host: &mut host };
        let count = lower(&mut cx, ty_def, &mut cells)?;
        let abi = ty_def.abi(options.ptr);
        if abi.results_spill() {
            let layout = types.layout(coracle_image::types::InterfaceType::Tuple(ty_def.results));
            let at = cx.alloc(layout.align(options.ptr), layout.size(options.ptr) as usize)?;
            cells[count] = RawVal::from_usize(at);
        }
        let scratch = Some(RefCell::new(core::mem::take(&mut bytes)));
        let import = ImportCall {
            types,
            scope: &shared.pre.types,
            resources: &shared.bindings,
            instance,
            ty,
            options,
            part,
            table,
            scratch,
        };
        let returned = cells[count];
        if func.call(store, &import, &mut cells)? == Flow::Wait {
            // No guest stands below that could give way.
            return Err(Error::new(Trap::CannotBlockSyncTask));
        }
        let bytes = import.scratch.map(RefCell::into_inner).unwrap_or_default();
        if abi.results_spill() {
            cells[0] = returned;
        }
        let mut fuel = internals::hostcall_fuel(store);
        let mut cx = LiftCx {
            options,
            types,
            resources: &shared.bindings,
            table,
            memory: &bytes,
            handles: &mut state::of_mut(store).handles,
            fuel: &mut fuel,
            source: None,
        };
        lift(&mut cx, ty_def, &cells)
    };
    let ended = run(call.store).and_then(|result| call.end().map(|()| result));
    // The call's scope is over by now, whichever way it went: nothing of the table is lent any more.
    state::of_mut(store).handles.give_table_back(table);
    ended
}

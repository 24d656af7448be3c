//! Host → guest: lower parameters, enter the function, lift the result, post-return.

use crate::abi::cx::{LiftCx, LowerCx, Source};
use crate::call::raw::{StoreAbi, beside_shared, call_core, call_lifted, call_lifted_by_return};
use crate::ids::ComponentInstanceId;
use crate::state::{self, OpenCall, Shared};
use coracle_error::{ErrorKind, Result};
use coracle_image::plan::{OptionsIndex, RuntimeFuncIndex};
use coracle_image::types::{FuncType, FuncTypeIndex};
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::ids::FuncHandle;
use coracle_vm::store::opaque::StoreOpaque;
use core::cell::Cell;

/// A lifted function of a live instance: everything that a call needs, resolved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GuestFunc {
    pub(crate) instance: ComponentInstanceId,
    pub(crate) func: FuncHandle,
    pub(crate) ty: FuncTypeIndex,
    pub(crate) options: OptionsIndex,
}

/// Calls a lifted function.
///
/// `lower` writes the parameters and tells how many cells they took; `lift` reads the result. After a trap, an error or
/// a panic of a host function the component instances that were in the call can no longer be entered. An argument that
/// cannot be lowered (a wrong type, a resource that was given away) is the host's fault: no code of the guest's has
/// failed, and it can be entered again.
pub(crate) fn call<R>(
    store: &mut StoreOpaque,
    target: &GuestFunc,
    lower: impl FnOnce(&mut LowerCx<'_>, &FuncType, &mut [RawVal]) -> Result<usize>,
    lift: impl FnOnce(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<R>,
) -> Result<R> {
    let (store, shared) = beside_shared(store, target.instance);
    let mut call = OpenCall::enter(store, target.instance, target.options)?;
    let mut lowered = false;
    let write = |store: &mut StoreOpaque, cells: &mut [RawVal]| {
        lower_params(store, (shared, target), cells, lower)?;
        lowered = true;
        Ok(())
    };
    let result = call_lifted(call.store, target.func, write)
        .and_then(|flat| lift_result(call.store, (shared, target), flat, lift));
    match &result {
        Ok(_) => call.returned(),
        // Lowering runs code of the guest's too, its `realloc`; whoever runs that sees to what it leaves behind.
        Err(error) => call.harmful = lowered || error.kind() == ErrorKind::Trap,
    }
    result
}

/// The same by a call that may wait, and gives way by returning.
pub(crate) async fn call_by_return<R>(
    store: &mut StoreOpaque,
    target: &GuestFunc,
    lower: impl FnOnce(&mut LowerCx<'_>, &FuncType, &mut [RawVal]) -> Result<usize>,
    lift: impl FnOnce(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<R>,
) -> Result<R> {
    let (store, shared) = beside_shared(store, target.instance);
    let mut call = OpenCall::enter(store, target.instance, target.options)?;
    let lowered = Cell::new(false);
    let write = |store: &mut StoreOpaque, cells: &mut [RawVal]| {
        lower_params(store, (shared, target), cells, lower)?;
        lowered.set(true);
        Ok(())
    };
    let result = match call_lifted_by_return(call.store, target.func, write).await {
        Ok(flat) => lift_result(call.store, (shared, target), flat, lift),
        Err(error) => Err(error),
    };
    match &result {
        Ok(_) => call.returned(),
        // As above.
        Err(error) => call.harmful = lowered.get() || error.kind() == ErrorKind::Trap,
    }
    result
}

/// What a call goes by.
type Known<'a> = (&'a Shared, &'a GuestFunc);

/// Writes the parameters into the cells of the core function.
#[inline(always)]
fn lower_params(
    store: &mut StoreOpaque,
    (shared, target): Known<'_>,
    cells: &mut [RawVal],
    lower: impl FnOnce(&mut LowerCx<'_>, &FuncType, &mut [RawVal]) -> Result<usize>,
) -> Result<()> {
    let (types, options) = (shared.types(), state::abi_options(store, target.instance, target.options));
    let part = shared.parts[shared.canon(target.options).instance];
    let mut host = StoreAbi { store, instance: target.instance, part };
    let resources = &shared.bindings;
    let mut cx = LowerCx { options, types, resources, table: part.table, host: &mut host };
    // In their place: whoever copies in wide pieces what was just written in narrow ones waits for it.
    lower(&mut cx, &types[target.ty], cells).map(drop)
}

/// Reads the result, and ends the guest's part of the call.
#[inline(always)]
fn lift_result<R>(
    store: &mut StoreOpaque,
    (shared, target): Known<'_>,
    flat: RawVal,
    lift: impl FnOnce(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<R>,
) -> Result<R> {
    let (types, options) = (shared.types(), state::abi_options(store, target.instance, target.options));
    let ty = &types[target.ty];
    let part = shared.parts[shared.canon(target.options).instance];
    let mut fuel = internals::hostcall_fuel(store);
    let (memory, states) = state::memory_and_states(store, options);
    let mut cx = LiftCx {
        options,
        types,
        resources: &shared.bindings,
        table: part.table,
        memory,
        source: Some(Source { store: states.handles.store(), instance: target.instance.as_u32() }),
        handles: &mut states.handles,
        fuel: &mut fuel,
    };
    let flat = core::slice::from_ref(&flat);
    let result = lift(&mut cx, ty, flat)?;
    states.handles.exit_call()?;
    if let Some(post_return) = options.post_return {
        let func = state::of(store).instances[target.instance].funcs[RuntimeFuncIndex::from_u32(post_return.0 as u32)];
        let args = if ty.abi(options.ptr).lift.result().is_some() { flat } else { &[] };
        state::without_leaving(store, part, |store| call_core(store, func, args))?;
    }
    Ok(result)
}

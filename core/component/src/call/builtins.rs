//! Core functions that the runtime gives to guests: lowered imports and resource builtins. What adapters call stands in
//! `crossing`.
//!
//! They are made once per linked component, and bound in each store with the instance that calls.

use crate::call::destroy::{destroy, destroy_for};
use crate::call::raw::{host_func, numbers};
use crate::component::Component;
use crate::host_function::ImportCall;
use crate::link::pre::{CoreFuncs, Linked};
use crate::state::{self, Shared};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::module::ValType;
use coracle_image::plan::{OptionsIndex, RuntimeImportIndex, Trampoline, TrampolineIndex};
use coracle_image::types::FuncTypeIndex;
use coracle_vm::host_func::HostFunc;
use coracle_vm::module::Module;
use coracle_vm::raw::RawVal;
use coracle_vm::store::host::Flow;
use coracle_vm::store::opaque::StoreOpaque;

impl CoreFuncs {
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(component: &Component, imports: &PrimaryMap<RuntimeImportIndex, Linked>) -> Result<Self> {
        let plan = component.plan();
        let can_throw = can_throw(component, imports);
        let one = |index| trampoline(component, imports, index, can_throw);
        let trampolines = PrimaryMap::try_collect(plan.trampolines.keys().map(one))?;
        Ok(Self { trampolines })
    }
}

fn trampoline(
    component: &Component,
    imports: &PrimaryMap<RuntimeImportIndex, Linked>,
    index: TrampolineIndex,
    can_throw: bool,
) -> Result<Option<HostFunc>> {
    let plan = component.plan();
    let sig = plan.trampoline_sig(component.types(), index);
    let sig = numbers(sig.params(), sig.result().as_slice())?;
    let engine = component.engine();
    let wide = sig.params.first() == Some(&ValType::I64);
    let made = match plan.trampolines[index] {
        Trampoline::LowerImport { import, ty, options } => {
            let func = match &imports[import] {
                Linked::Func(func) => func.clone(),
                Linked::Export(..) => return Ok(None),
                _ => unreachable!("the import was checked when linked"),
            };
            match func.of_numbers() {
                Some(make) => make(engine, sig, plan.options[options].instance),
                None => host_func(engine, sig, move |store, shared, cells| {
                    let import = lowered(store, shared, ty, options);
                    func.call(store, &import, cells)
                }),
            }
        }
        Trampoline::ResourceNew { resource, instance } => host_func(engine, sig, move |store, shared, cells| {
            let rep = if wide { narrow_rep(cells[0].u64())? } else { cells[0].u32() };
            let part = shared.parts[instance];
            state::check_may_leave(store, part)?;
            let handles = &mut state::of_mut(store).handles;
            let handle = handles.resource_new(part.table, shared.bindings[resource], rep)?;
            cells[0] = RawVal::from_u32(handle);
            Ok(())
        }),
        Trampoline::ResourceRep { resource, instance } => host_func(engine, sig, move |store, shared, cells| {
            let (table, handle) = (shared.parts[instance].table, cells[0].u32());
            let rep = state::of(store).handles.resource_rep(table, shared.bindings[resource], handle)?;
            cells[0] = RawVal::from_u32(rep);
            Ok(())
        }),
        Trampoline::ResourceDrop { resource, instance } => host_func(engine, sig, move |store, shared, cells| {
            let part = shared.parts[instance];
            state::check_may_leave(store, part)?;
            let resource = shared.bindings[resource];
            match state::of_mut(store).handles.resource_drop(part.table, resource, cells[0].u32())? {
                Some(rep) if can_throw => destroy(store, resource, rep).map(|()| Flow::Return),
                Some(rep) => destroy_for(store, part.table, resource, rep, cells),
                None => Ok(Flow::Return),
            }
        }),
    };
    made.map(Some)
}

/// Whether code of the component's may throw an exception, which does not leave a destructor.
fn can_throw(component: &Component, imports: &PrimaryMap<RuntimeImportIndex, Linked>) -> bool {
    let has_tags = |module: &Module| !module.data().tags.is_empty();
    let linked = |linked: &Linked| matches!(linked, Linked::Module(module) if has_tags(module));
    component.modules().values().any(has_tags) || imports.values().any(linked)
}

/// A representation in 64 bits as handle tables keep it.
///
/// # Errors
/// `ErrorKind::Unsupported` when it needs more than 32 of them: a borrow that its implementer takes is an `i32` in the
/// canonical ABI, so a wider one could not be told from another.
fn narrow_rep(rep: u64) -> Result<u32> {
    u32::try_from(rep).map_err(|_| {
        let message = "not supported: a resource whose representation needs more than 32 bits";
        Error::fault(ErrorKind::Unsupported, message)
    })
}

fn lowered<'a>(store: &StoreOpaque, shared: &'a Shared, ty: FuncTypeIndex, options: OptionsIndex) -> ImportCall<'a> {
    let part = shared.parts[shared.canon(options).instance];
    ImportCall {
        types: shared.types(),
        scope: &shared.pre.types,
        resources: &shared.bindings,
        instance: shared.id,
        ty,
        options: state::abi_options(store, shared.id, options),
        part,
        table: part.table,
        scratch: None,
    }
}

//! A host function that a component exports again, called by the host.
//!
//! No guest stands in between, but the function still takes core values: parameters are lowered into a buffer of the
//! host's as if it were a guest's memory, the function lifts them from there, and its result comes back the same way.

use crate::abi::MAX_CELLS;
use crate::abi::cx::{AbiHost, LiftCx, LowerCx, Options};
use crate::call::into_host::ImportCall;
use crate::error::{Error, Result};
use crate::link::pre::Linked;
use crate::plan::{RuntimeComponentInstanceIndex, RuntimeImportIndex};
use crate::raw::RawVal;
use crate::store::StoreInner;
use crate::store::component::ComponentInstanceId;
use crate::store::resource::Handles;
use crate::trap::Trap;
use crate::types::{FuncType, FuncTypeIndex, Ptr};
use alloc::vec::Vec;
use core::cell::RefCell;

/// A buffer that allocates upwards, as a guest's memory with the simplest `realloc`.
pub(crate) struct Scratch<'a> {
    pub(crate) bytes: &'a mut Vec<u8>,
    pub(crate) handles: &'a mut Handles,
}

impl AbiHost for Scratch<'_> {
    fn memory(&self, _: &Options) -> &[u8] {
        self.bytes
    }

    fn memory_mut(&mut self, _: &Options) -> &mut [u8] {
        self.bytes
    }

    fn realloc(&mut self, _: &Options, old: u64, old_size: u64, align: u32, new_size: u64) -> Result<u64> {
        let at = self.bytes.len().next_multiple_of(align as usize);
        let end = at.checked_add(new_size as usize).ok_or_else(|| Error::new(Trap::TooLong))?;
        self.bytes.resize(end, 0);
        let (old, kept) = (old as usize, old_size.min(new_size) as usize);
        self.bytes.copy_within(old..old + kept, at);
        Ok(at as u64)
    }

    fn handles(&mut self) -> &mut Handles {
        self.handles
    }
}

/// Calls an import of an instance on behalf of the host.
pub(crate) fn call<R>(
    store: &mut StoreInner,
    (instance, import, ty): (ComponentInstanceId, RuntimeImportIndex, FuncTypeIndex),
    lower: impl FnOnce(&mut LowerCx<'_>, &FuncType, &mut [RawVal; MAX_CELLS]) -> Result<usize>,
    lift: impl FnOnce(&mut LiftCx<'_>, &FuncType, &[RawVal]) -> Result<R>,
) -> Result<R> {
    let shared = store.component_shared(instance);
    let Linked::Func(func) = shared.pre.imports[import].clone() else {
        return Err(crate::bug!("a function that is exported again was linked to something else"));
    };
    let (types, part) = (shared.types(), shared.parts[RuntimeComponentInstanceIndex::ROOT]);
    let ty_def = &types[ty];
    // A table of its own: what crosses here is no component's.
    let table = store.components.handles.add_table();
    let options = Options { ptr: Ptr::P64, ..Options::default() };
    let mark = store.components.handles.mark();
    store.components.handles.enter_call();
    let mut bytes = Vec::new();
    let result = (|| {
        let mut cells = [RawVal::ZERO; MAX_CELLS];
        let mut host = Scratch { bytes: &mut bytes, handles: &mut store.components.handles };
        let mut cx = LowerCx { options, types, resources: &shared.bindings, table, host: &mut host };
        let count = lower(&mut cx, ty_def, &mut cells)?;
        let abi = ty_def.abi(options.ptr);
        if abi.results_spill() {
            let layout = types.layout(crate::types::InterfaceType::Tuple(ty_def.results));
            let at = cx.alloc(layout.align(options.ptr), layout.size(options.ptr) as usize)?;
            cells[count] = RawVal::from_usize(at);
        }
        let scratch = Some(RefCell::new(core::mem::take(&mut bytes)));
        let import = ImportCall { shared: &shared, ty, options, part, table, scratch };
        let returned = cells[count];
        func.call(store, &import, &mut cells)?;
        let bytes = import.scratch.map(RefCell::into_inner).unwrap_or_default();
        if abi.results_spill() {
            cells[0] = returned;
        }
        let mut fuel = store.components.hostcall_fuel;
        let mut cx = LiftCx {
            options,
            types,
            resources: &shared.bindings,
            table,
            memory: &bytes,
            handles: &mut store.components.handles,
            fuel: &mut fuel,
            source: None,
        };
        lift(&mut cx, ty_def, &cells)
    })();
    match result {
        Ok(result) => store.components.handles.exit_call().map(|()| result),
        Err(error) => {
            store.components.handles.unwind(mark);
            Err(error)
        }
    }
}

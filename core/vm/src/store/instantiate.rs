//! Instantiation of a core module in a store.
//!
//! The order is the specification's: imports are checked, everything is allocated and initialised, then active
//! element segments, then active data segments, then the start function. What a failure half way has written into
//! imported tables and memories stays, and so does the instance, since those may refer to it.
#![allow(unsafe_code)] // Enters the start function, which has no reference of its own to be entered by.

use crate::module::{LinkedFunc, Module};
use crate::raw::RawVal;
use crate::store::budget::BLOCK_BYTES;
use crate::store::global::{GlobalState, TagState};
use crate::store::ids::{InstanceId, RawExtern, TableId};
use crate::store::inner::StoreInner;
use crate::store::instance::{ContextBox, ContextEntries, ElemState, InstanceState};
use crate::store::limiter::{Grows, Growth};
use crate::store::memory::{self, MemoryState};
use crate::store::table::{self, TableState};
use crate::tier::{Slot, VmFuncRef};
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, collect};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::entity::*;
use coracle_image::module::*;
use smallvec::SmallVec;

/// Makes an instance of a module. `imports` stand in the order of the module's imports.
///
/// # Errors
/// `ErrorKind::Link` when an import is missing or does not fit; `ErrorKind::Resource` and `ErrorKind::Limit` when
/// memory or the embedder's limits do not allow it; the trap of a segment or of the start function.
///
/// # Panics
/// If a function is of another store.
pub fn instantiate_module(store: &mut StoreInner, module: &Module, imports: &[RawExtern]) -> Result<InstanceId> {
    crate::store::imports::check_imports(store, module, imports)?;
    instantiate_checked(store, module, imports)
}

/// The same with imports that `check_imports` has said yes to, for this store or for any of its engine.
///
/// # Errors
/// As there, but for the imports.
pub(crate) fn instantiate_checked(
    store: &mut StoreInner,
    module: &Module,
    imports: &[RawExtern],
) -> Result<InstanceId> {
    let instance = instantiate_unstarted(store, module, imports)?;
    run_start(store, instance, module)?;
    Ok(instance)
}

/// The same up to the start function, which is left to [`run_start`]: up to there no guest code runs.
///
/// # Errors
/// As there.
pub(crate) fn instantiate_unstarted(
    store: &mut StoreInner,
    module: &Module,
    imports: &[RawExtern],
) -> Result<InstanceId> {
    check_counts(store, module)?;
    store.budget.take(bytes(module))?;
    let instance = allocate(store, module, imports)?;
    apply_elems(store, instance, module)?;
    apply_datas(store, instance, module)?;
    Ok(instance)
}

/// Whether the embedder's limits leave room for one more instance and what it defines.
fn check_counts(store: &mut StoreInner, module: &Module) -> Result<()> {
    let [instances, tables, memories] = store.allowed_counts();
    let data = module.data();
    let check = |what: &str, have: usize, more: usize, limit: usize| {
        if have + more <= limit {
            return Ok(());
        }
        let count = have + more;
        Err(Error::fault_args(
            ErrorKind::Limit,
            format_args!("resource limit exceeded: {what} count too high at {count}"),
        ))
    };
    check("instance", store.instances.len(), 1, instances)?;
    check("table", store.tables.len(), data.tables.len() - data.imported.tables as usize, tables)?;
    check("memory", store.memories.len(), data.memories.len() - data.imported.memories as usize, memories)
}

/// Bytes that an instance takes, but for what its memories and tables hold.
fn bytes(module: &Module) -> usize {
    let (data, context) = (module.data(), module.layout().bytes());
    let held: usize = data.elems.values().map(elem_bytes).sum();
    let lists = size_of::<u32>() * (data.tables.len() + data.memories.len() + data.globals.len() + data.tags.len());
    let globals = data.globals.len() - data.imported.globals as usize;
    let tags = data.tags.len() - data.imported.tags as usize;
    2 * size_of::<InstanceState>()
        + context
        + lists
        + held
        + data.datas.len()
        + globals * GlobalState::BYTES
        + tags * TagState::BYTES
        + 8 * BLOCK_BYTES
}

/// Bytes that what an instance keeps of an element segment takes.
fn elem_bytes(segment: &ElemSegment) -> usize {
    let held = match (&segment.mode, &segment.items) {
        (SegmentMode::Declared, _) | (_, ElemItems::Funcs(_)) => 0,
        (_, ElemItems::Exprs(exprs)) => exprs.len() * size_of::<usize>() + BLOCK_BYTES,
    };
    size_of::<ElemState>() + held
}

/// Makes everything that the module defines, all initial values included, and records the instance.
fn allocate(store: &mut StoreInner, module: &Module, imports: &[RawExtern]) -> Result<InstanceId> {
    let data = module.data();
    let ctx = {
        let (vm, empty) = (store.vm.as_ptr(), store.empty_memory.as_ptr());
        ContextBox::new(module, store.instances.next_key(), vm, empty)?
    };
    let mut state = InstanceState {
        module: module.clone(),
        ctx,
        tables: PrimaryMap::with_room(data.tables.len())?,
        memories: PrimaryMap::with_room(data.memories.len())?,
        globals: PrimaryMap::with_room(data.globals.len())?,
        tags: PrimaryMap::with_room(data.tags.len())?,
        elems: PrimaryMap::with_room(data.elems.len())?,
        dropped_datas: collect(data.datas.values().map(|_| false))?,
    };
    let mut funcs = Vec::with_room(data.imported.funcs as usize + data.escaping.len())?;
    for import in imports {
        match *import {
            RawExtern::Func(func) => funcs.push(store.func(func)),
            RawExtern::Table(table) => drop(state.tables.push(table)),
            RawExtern::Memory(memory) => drop(state.memories.push(memory)),
            RawExtern::Global(global) => drop(state.globals.push(global)),
            RawExtern::Tag(tag) => drop(state.tags.push(tag)),
        }
    }
    let own = |&func: &FuncIndex| {
        let defined = DefinedFuncIndex::from_u32(func.as_u32() - data.imported.funcs);
        VmFuncRef::new(module.slot(defined), state.ctx.as_ptr())
    };
    if store.engine().strategy().needs_compiler() {
        // SAFETY: the store keeps the modules of the functions that it knows.
        let defined = |slot: &Slot| match unsafe { Module::of_slot(slot) } {
            Some(module) => LinkedFunc::Wasm(module.downgrade(), slot.func()),
            None => LinkedFunc::Host,
        };
        // SAFETY: as above.
        module.note_linked(funcs.iter().map(|record: &VmFuncRef| defined(unsafe { &*record.slot })));
    }
    funcs.extend(data.escaping.iter().map(own));
    // Functions first: initial values of all else may refer to them.
    state.ctx.fill(module.layout(), &ContextEntries { funcs: &funcs, ..Default::default() });
    define_globals(store, &mut state)?;
    define_tables(store, &mut state)?;
    define_memories(store, &mut state)?;
    for (_, &sig) in data.tags.iter().skip(data.imported.tags as usize) {
        state.tags.push(store.tags.try_push(TagState::new(sig)?)?);
    }
    for segment in data.elems.values() {
        let elem = elem_state(store, &state, segment)?;
        state.elems.push(elem);
    }
    let entries = ContextEntries {
        memories: &collect(state.memories.values().map(|&id| store.memories[id].vm()))?,
        tables: &collect(state.tables.values().map(|&id| store.tables[id].vm()))?,
        globals: &collect(state.globals.values().map(|&id| store.globals[id].vm()))?,
        tags: &collect(state.tags.values().map(|&id| store.tags[id].vm()))?,
        funcs: &[],
    };
    state.ctx.fill(module.layout(), &entries);
    store.instances.try_push(state)
}

fn define_globals(store: &mut StoreInner, state: &mut InstanceState) -> Result<()> {
    let module = state.module.clone();
    let data = module.data();
    let defined = data.globals.values().skip(data.imported.globals as usize);
    for (&ty, init) in defined.zip(&data.global_inits) {
        let cells = evaluate(store, state, init);
        state.globals.push(store.globals.try_push(GlobalState::new(ty, cells)?)?);
    }
    Ok(())
}

fn define_tables(store: &mut StoreInner, state: &mut InstanceState) -> Result<()> {
    let module = state.module.clone();
    let data = module.data();
    let defined = data.tables.values().skip(data.imported.tables as usize);
    for (&ty, init) in defined.zip(&data.table_inits) {
        let init = evaluate(store, state, init)[0].usize();
        let id = store.define_table(ty, init)?;
        state.tables.push(id);
    }
    Ok(())
}

fn define_memories(store: &mut StoreInner, state: &mut InstanceState) -> Result<()> {
    let module = state.module.clone();
    let data = module.data();
    for (_, &ty) in data.memories.iter().skip(data.imported.memories as usize) {
        let id = store.define_memory(ty)?;
        state.memories.push(id);
    }
    Ok(())
}

impl StoreInner {
    /// A new memory of this store, if the limiter allows it.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when the store may not have the bytes; `ErrorKind::Resource` when the limiter or the host do not give it; the limiter's own error.
    pub fn define_memory(&mut self, ty: MemoryType) -> Result<crate::store::ids::MemoryId> {
        let most = 0_usize.wrapping_sub(1 << ty.page_size_log2);
        let desired = memory::initial_bytes(&ty).unwrap_or(most);
        let maximum = memory::told_maximum(&ty);
        if !self.may_grow(Growth { what: Grows::Memory, current: 0, desired, maximum })? {
            return Err(memory::too_large(&ty));
        }
        let bytes = desired.saturating_add(MemoryState::BYTES);
        self.budget.take(bytes)?;
        let state = MemoryState::new(self.engine(), ty).inspect_err(|_| self.budget.give_back(bytes))?;
        self.memories.try_push(state)
    }

    /// A new table of this store, if the limiter allows it. `init` is a reference of the table's type and of this
    /// store.
    pub(crate) fn define_table(&mut self, ty: TableType, init: usize) -> Result<TableId> {
        let desired = usize::try_from(ty.min).unwrap_or(usize::MAX);
        let maximum = table::told_maximum(&ty);
        if !self.may_grow(Growth { what: Grows::Table, current: 0, desired, maximum })? {
            let message = coracle_error::wording!("table minimum size of {} elements exceeds table limits", ty.min);
            return Err(Error::fault(ErrorKind::Resource, message));
        }
        let bytes = desired.saturating_mul(size_of::<usize>()).saturating_add(TableState::BYTES);
        self.budget.take(bytes)?;
        let state = TableState::new(ty, init).inspect_err(|_| self.budget.give_back(bytes))?;
        self.tables.try_push(state)
    }
}

/// What an element segment holds before it is applied.
fn elem_state(store: &StoreInner, state: &InstanceState, segment: &ElemSegment) -> Result<ElemState> {
    Ok(match (&segment.mode, &segment.items) {
        (SegmentMode::Declared, _) => ElemState::Dropped,
        (_, ElemItems::Funcs(_)) => ElemState::Funcs,
        (_, ElemItems::Exprs(exprs)) => {
            let refs = collect(exprs.iter().map(|expr| evaluate(store, state, expr)[0].usize()))?;
            ElemState::Refs(refs.into_boxed_slice())
        }
    })
}

/// Runs a constant expression. Validation has seen to its types, and that what it names is there by now.
fn evaluate(store: &StoreInner, state: &InstanceState, expr: &ConstExpr) -> [RawVal; 2] {
    let one = |cell: RawVal| [cell, RawVal::ZERO];
    if let ConstExpr::One(ConstOp::Value(bits)) = *expr {
        return one(RawVal::from_u64(bits));
    }
    let mut stack: SmallVec<[[RawVal; 2]; 4]> = SmallVec::new();
    for op in expr.ops() {
        let value = match *op {
            ConstOp::Value(bits) => one(RawVal::from_u64(bits)),
            ConstOp::V128(bytes) => RawVal::from_v128(u128::from_le_bytes(bytes)),
            ConstOp::GlobalGet(global) => store.globals[state.globals[global]].cells(),
            ConstOp::RefNull => one(RawVal::ZERO),
            ConstOp::RefFunc(func) => {
                one(RawVal::from_usize(state.func_ref(func).map_or(0, |record| record.as_ptr() as usize)))
            }
            _ => {
                let (b, a) = (stack.pop().unwrap_or_default()[0], stack.pop().unwrap_or_default()[0]);
                one(match op {
                    ConstOp::I32Add => RawVal::from_i32(a.i32().wrapping_add(b.i32())),
                    ConstOp::I32Sub => RawVal::from_i32(a.i32().wrapping_sub(b.i32())),
                    ConstOp::I32Mul => RawVal::from_i32(a.i32().wrapping_mul(b.i32())),
                    ConstOp::I64Add => RawVal::from_i64(a.i64().wrapping_add(b.i64())),
                    ConstOp::I64Sub => RawVal::from_i64(a.i64().wrapping_sub(b.i64())),
                    _ => RawVal::from_i64(a.i64().wrapping_mul(b.i64())),
                })
            }
        };
        stack.push(value);
    }
    stack.pop().unwrap_or_default()
}

/// The offset that a segment is applied at.
fn offset(store: &StoreInner, instance: InstanceId, expr: &ConstExpr, is_64: bool) -> u64 {
    let cell = evaluate(store, &store.instances[instance], expr)[0];
    if is_64 { cell.u64() } else { cell.u32() as u64 }
}

fn apply_elems(store: &mut StoreInner, instance: InstanceId, module: &Module) -> Result<()> {
    for (elem, segment) in module.data().elems.iter() {
        let SegmentMode::Active(table, at) = &segment.mode else { continue };
        let at = offset(store, instance, at, module.data().tables[*table].table64);
        let len = match &segment.items {
            ElemItems::Funcs(funcs) => funcs.len(),
            ElemItems::Exprs(exprs) => exprs.len(),
        };
        let table = store.instances[instance].tables[*table];
        store.init_table(instance, table, elem, (at, 0, len as u32), false)?;
        store.instances[instance].elems[elem] = ElemState::Dropped;
    }
    Ok(())
}

fn apply_datas(store: &mut StoreInner, instance: InstanceId, module: &Module) -> Result<()> {
    for (data, segment) in module.data().datas.iter() {
        let SegmentMode::Active(memory, at) = &segment.mode else { continue };
        let at = offset(store, instance, at, module.data().memories[*memory].memory64);
        let memory = store.instances[instance].memories[*memory];
        store.init_memory(instance, memory, data, (at, 0, segment.range.len() as u32), false)?;
        store.instances[instance].dropped_datas[data.index()] = true;
    }
    Ok(())
}

pub(crate) fn run_start(store: &mut StoreInner, instance: InstanceId, module: &Module) -> Result<()> {
    let Some(start) = module.data().start else { return Ok(()) };
    let state = &store.instances[instance];
    let caller = state.ctx.as_ptr();
    let record = match module.defined(start) {
        Some(defined) => VmFuncRef::new(module.slot(defined), caller),
        None => match store.instance_item(instance, EntityIndex::Func(start)) {
            Some(RawExtern::Func(func)) => store.func(func),
            _ => return Err(coracle_error::bug!("an imported function has no reference")),
        },
    };
    // A host function that is the start function itself finds the instance as its caller.
    // SAFETY: slot and context belong together and to this store, which keeps both, and the instance's; a start function
    // takes no arguments.
    unsafe { store.enter_record(record, caller, |_, _| Ok(()), |_, _| ()) }
}

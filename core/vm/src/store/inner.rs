//! `StoreInner`: all state of a store, with its data's type erased.
//!
//! # Invariants
//! - I1. What running code points at is pinned and lives until the store dies (V1 of [`vmctx`](crate::tier::vmctx)).
//! - I2. Every handle that leaves the store carries its stamp; a handle with another stamp is refused by a panic
//!   before anything is reached through it.
//! - I3. Modules and host functions that a function reference leads to are kept until the store dies.
#![allow(unsafe_code)] // Reads pinned records through the addresses that handles carry; sends itself with its data.

use crate::engine::{Engine, KeptStack};
use crate::host_func::HostFunc;
use crate::raw::RawVal;
use crate::signatures::Signature;
use crate::store::budget::{BLOCK_BYTES, Budget};
use crate::store::extension::{Extension, Globals};
use crate::store::global::{GlobalState, TagState};
use crate::store::hook::CallHook;
use crate::store::ids::{
    FuncHandle, GlobalId, InstanceId, MemoryId, RawExtern, RefId, StoreId, Stored, TableId, TagId, TaskId,
    UpdateDeadline,
};
use crate::store::instance::InstanceState;
use crate::store::limiter::LimiterHook;
use crate::store::memory::MemoryState;
use crate::store::park::Queued;
use crate::store::pinned::Pinned;
use crate::store::refs::RefArena;
use crate::store::table::TableState;
use crate::store::task::Task;
use crate::store::value::Value;
use crate::tier::{Builtins, VmCtx, VmFuncRef, VmMemory, VmStore};
use alloc::boxed::Box;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::entity::SigId;
use coracle_image::keyed::KeyMap;
use coracle_image::limits::{DEFAULT_HOSTCALL_FUEL, DEFAULT_STORE_HANDLES};
use coracle_image::module::{EntityIndex, FuncType};
use core::any::Any;
use core::num::NonZeroU64;
use core::ptr::NonNull;
use core::sync::atomic::AtomicUsize;

/// What a handle is told that names what is gone.
pub(crate) const FREED: &str = "the reference was freed: it came from within a call, and no guest holds it any more";

/// Bytes that a host function takes in a store that it is callable in.
const HOST_FUNC_BYTES: usize =
    2 * size_of::<((usize, usize), (HostFunc, Pinned<VmFuncRef>))>() + size_of::<VmFuncRef>() + BLOCK_BYTES;

type SyncHook = dyn FnMut(&mut StoreInner, CallHook) -> Result<()> + Send + Sync;
type AsyncHook = dyn Fn(&mut StoreInner, CallHook) -> Result<()> + Send + Sync;

/// The embedder's hook.
pub(crate) enum CallHookFn {
    /// One that returns at once. While it runs, it is not in the store.
    Sync(Box<SyncHook>),
    /// One that may wait; it stays in the store, since a call that waits may be forgotten.
    Async(alloc::sync::Arc<AsyncHook>),
}

pub(crate) type EpochHook = Box<dyn FnMut(&mut StoreInner) -> Result<UpdateDeadline> + Send + Sync>;

/// All state of a store.
pub struct StoreInner {
    pub(crate) id: StoreId,
    pub(crate) vm: Pinned<VmStore>,
    engine: Engine,
    pub(crate) data: Option<Box<dyn Any>>,
    pub(crate) instances: PrimaryMap<InstanceId, InstanceState>,
    pub(crate) memories: PrimaryMap<MemoryId, MemoryState>,
    pub(crate) tables: PrimaryMap<TableId, TableState>,
    pub(crate) globals: PrimaryMap<GlobalId, GlobalState>,
    pub(crate) tags: PrimaryMap<TagId, TagState>,
    pub(crate) refs: RefArena,
    /// What all of this takes of the host's memory.
    pub(crate) budget: Arc<Budget>,
    /// Function types that something of the store has which no module of it defines.
    pub(crate) signatures: KeyMap<SigId, Signature>,
    host_funcs: KeyMap<(usize, usize), (HostFunc, Pinned<VmFuncRef>)>,
    pub(crate) empty_memory: Pinned<VmMemory>,
    /// The task that runs, or ran last.
    pub(crate) task: Task,
    /// Tasks that wait.
    pub(crate) waiting: KeyMap<TaskId, Box<Task>>,
    /// Tasks that have been taken up and not been left, but for the store's first one.
    pub(crate) turns: u32,
    pub(crate) limiter: Option<LimiterHook>,
    pub(crate) epoch_hook: Option<EpochHook>,
    pub(crate) call_hook: Option<CallHookFn>,
    /// Fuel beyond what fits the running counter.
    pub(crate) fuel_reserve: u64,
    /// After how much fuel a call gives way.
    pub(crate) fuel_interval: Option<NonZeroU64>,
    /// What the storey above keeps here.
    pub(crate) extension: Extension,
    /// Bytes that guests may make the host copy in one call.
    pub(crate) hostcall_fuel: usize,
    /// How many handles of components there may be.
    pub(crate) component_handles: usize,
    /// Whether something of the store may have to wait for the host, so that no call can be made that may not.
    pub(crate) async_required: bool,
    /// The stack of the next call that may wait.
    pub(crate) host_stack: KeptStack,
    /// Where a guest stands in `memory.atomic.wait` whose call waits for the host meanwhile. If that call is forgotten, the
    /// next one, or the end of the store, leaves the queue for it.
    pub(crate) parked: Option<Queued>,
}

// SAFETY: the raw pointers in here lead to what the store owns, or to what is `Send + Sync` itself (slots, shared
// memories). The data may not be `Send` or `Sync`; but a `StoreInner` leaves this crate only within or behind
// `Store<T>`, `StoreContext<T>` and `StoreContextMut<T>`, whose markers say of `T` what is asked here.
unsafe impl Send for StoreInner {}
// SAFETY: as above; a shared reference runs no guest and changes nothing.
unsafe impl Sync for StoreInner {}

impl StoreInner {
    /// The state of a new store. It must not move once something has been entered.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory for the stack.
    pub(crate) fn new(engine: &Engine, data: Box<dyn Any>, builtins: &'static Builtins) -> Result<Self> {
        let mut task = Task::new(engine)?;
        let mut vm = VmStore::new(engine.epoch(), builtins);
        let mut extension = Extension::EMPTY;
        let mut globals = PrimaryMap::new();
        task.exchange(&mut vm, &mut Globals(&mut globals), &mut extension);
        if engine.settings().epochs {
            vm.epoch_deadline = 0;
        }
        let empty = VmMemory { base: NonNull::<u128>::dangling().as_ptr().cast(), len: AtomicUsize::new(0) };
        let id = StoreId::new();
        let budget = Arc::try_new(Budget::new())?;
        budget.note(size_of::<Self>() + size_of::<VmStore>() + engine.settings().stack_bytes);
        Ok(Self {
            id,
            vm: Pinned::new(vm)?,
            engine: engine.clone(),
            data: Some(data),
            instances: PrimaryMap::new(),
            memories: PrimaryMap::new(),
            tables: PrimaryMap::new(),
            globals,
            tags: PrimaryMap::new(),
            refs: RefArena::new(budget.clone()),
            budget,
            signatures: KeyMap::new(),
            host_funcs: KeyMap::new(),
            empty_memory: Pinned::new(empty)?,
            task,
            waiting: KeyMap::new(),
            turns: 0,
            limiter: None,
            epoch_hook: None,
            call_hook: None,
            fuel_reserve: 0,
            fuel_interval: None,
            extension,
            hostcall_fuel: DEFAULT_HOSTCALL_FUEL,
            component_handles: DEFAULT_STORE_HANDLES,
            async_required: false,
            host_stack: KeptStack::new(engine),
            parked: None,
        })
    }

    /// Sets how many handles of components there may be.
    pub(crate) fn limit_handles(&mut self, most: usize) {
        self.component_handles = most;
        self.extension.limit_handles(most);
    }

    /// Which store this is.
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// The engine.
    #[inline]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Stamps something of this store.
    #[inline]
    pub fn stamp<I: Copy>(&self, id: I) -> Stored<I> {
        Stored { store: self.id, id }
    }

    /// What a stamped handle names.
    ///
    /// # Panics
    /// If it is of another store.
    #[inline]
    #[track_caller]
    pub fn unstamp<I: Copy>(&self, handle: Stored<I>) -> I {
        self.check(handle.store);
        handle.id
    }

    /// Refuses what is of another store.
    ///
    /// # Panics
    /// If `store` is not this store.
    #[inline]
    #[track_caller]
    pub fn check(&self, store: StoreId) {
        assert!(store == self.id, "object used with the wrong store");
    }

    /// A handle on a pinned function record.
    ///
    /// # Safety
    /// The record is one of this store's (I1, I3).
    pub(crate) unsafe fn func_handle(&self, record: NonNull<VmFuncRef>) -> FuncHandle {
        FuncHandle { store: self.id, record }
    }

    /// The pinned record of a function.
    ///
    /// # Panics
    /// If it is of another store.
    #[inline]
    #[track_caller]
    pub fn func(&self, func: FuncHandle) -> VmFuncRef {
        self.check(func.store);
        // SAFETY: the stamp is ours, so the record is pinned and alive (I1).
        unsafe { *func.record.as_ptr() }
    }

    /// The engine-wide id of a function's type.
    ///
    /// # Panics
    /// If it is of another store.
    #[inline]
    #[track_caller]
    pub fn func_sig(&self, func: FuncHandle) -> SigId {
        let record = self.func(func);
        // SAFETY: a record's slot lives as long as the store (V5).
        unsafe { (*record.slot).sig() }
    }

    /// A function's type.
    ///
    /// # Panics
    /// If it is of another store.
    #[track_caller]
    pub fn func_type(&self, func: FuncHandle) -> Arc<FuncType> {
        self.engine.func_type(self.func_sig(func))
    }

    /// The function of a `funcref` cell; `None` for null.
    ///
    /// # Safety
    /// The cell was read from this store as a reference to a function.
    pub unsafe fn func_of_cell(&self, cell: RawVal) -> Option<FuncHandle> {
        let record = NonNull::new(cell.usize() as *mut VmFuncRef)?;
        // SAFETY: cells of function references hold null or a pinned record of this store (V4).
        Some(unsafe { self.func_handle(record) })
    }

    /// Makes a host function callable in this store. The same function with the same `data` is the same reference.
    ///
    /// `data` is handed to the function at every call; the caller keeps alive what it points at.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If the function was made for another engine.
    pub fn bind_host_func(&mut self, func: &HostFunc, data: *mut ()) -> Result<FuncHandle> {
        assert!(
            Engine::same(func.engine(), &self.engine),
            "cannot use a store with a different engine than a host function was created with"
        );
        self.async_required |= func.may_wait();
        let key = (func.slot() as usize, data as usize);
        let Self { host_funcs, budget, .. } = self;
        host_funcs.try_reserve(1).map_err(|_| Error::out_of_memory())?;
        let record = match host_funcs.get(&key) {
            Some((_, known)) => known.as_ptr(),
            None => {
                let record = Pinned::new(VmFuncRef::new(func.slot(), data.cast()))?;
                let at = record.as_ptr();
                budget.note(HOST_FUNC_BYTES);
                host_funcs.insert(key, (func.clone(), record));
                at
            }
        };
        let record = NonNull::new(record).expect("a pinned record has an address");
        Ok(FuncHandle { store: self.id, record })
    }

    /// Makes room for so many host functions more.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn expect_host_funcs(&mut self, count: usize) -> Result<()> {
        self.host_funcs.try_reserve(count).map_err(|_| Error::out_of_memory())
    }

    /// Writes a value into cells of its type; a vector takes two, all else one.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` where it refers to what was freed.
    ///
    /// # Panics
    /// If it refers to another store, or the cells are too few.
    pub fn write_value(&self, value: &Value, cells: &mut [RawVal]) -> Result<()> {
        cells[0] = match *value {
            Value::I32(v) => RawVal::from_i32(v),
            Value::I64(v) => RawVal::from_i64(v),
            Value::F32(v) => RawVal::from_u32(v),
            Value::F64(v) => RawVal::from_u64(v),
            Value::V128(v) => {
                cells[..2].copy_from_slice(&RawVal::from_v128(v));
                return Ok(());
            }
            Value::Func(None) | Value::Extern(None) | Value::Exn(None) => RawVal::ZERO,
            Value::Func(Some(func)) => {
                self.check(func.store);
                func.cell()
            }
            Value::Extern(Some(r)) | Value::Exn(Some(r)) => self.living_cell(r)?,
        };
        Ok(())
    }

    /// Reads a value of a type from its cells.
    ///
    /// # Safety
    /// The cells hold a value of that type that was made by this store.
    ///
    /// # Panics
    /// If the cells are too few.
    pub unsafe fn read_value(&self, ty: coracle_image::module::ValType, cells: &[RawVal]) -> Value {
        use coracle_image::module::{HeapType, ValType};
        let cell = cells[0];
        let reference = || self.shown(cell);
        match ty {
            ValType::I32 => Value::I32(cell.i32()),
            ValType::I64 => Value::I64(cell.i64()),
            ValType::F32 => Value::F32(cell.u32()),
            ValType::F64 => Value::F64(cell.u64()),
            ValType::V128 => Value::V128(RawVal::v128([cell, cells[1]])),
            ValType::Ref(ty) => match ty.heap {
                // SAFETY: the cell holds a reference to a function of this store, as the caller says.
                HeapType::Func | HeapType::Sig(_) | HeapType::NoFunc => Value::Func(unsafe { self.func_of_cell(cell) }),
                HeapType::Extern | HeapType::NoExtern => Value::Extern(reference()),
                HeapType::Exn | HeapType::NoExn => Value::Exn(reference()),
            },
        }
    }

    /// A handle of the host's on what a cell refers to; `None` for null. Outside of any guest it is good for as long as
    /// the store lives, else for as long as the reference does.
    pub(crate) fn shown(&self, cell: RawVal) -> Option<Stored<RefId>> {
        let id = self.refs.id(cell)?;
        self.refs.show(cell, self.vm.get().activation.is_null());
        Some(self.stamp(id))
    }

    /// The cell that refers to what a handle names; `None` where that was freed.
    ///
    /// # Panics
    /// If it is of another store.
    #[track_caller]
    pub(crate) fn ref_cell(&self, r: Stored<RefId>) -> Option<RawVal> {
        self.refs.cell(self.unstamp(r))
    }

    /// The same, for whoever cannot do without.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` where it was freed.
    ///
    /// # Panics
    /// If it is of another store.
    #[track_caller]
    pub(crate) fn living_cell(&self, r: Stored<RefId>) -> Result<RawVal> {
        self.ref_cell(r).ok_or_else(|| Error::fault(ErrorKind::NotFound, FREED))
    }

    /// Puts a value of the host's into the store, to be referred to by guests.
    ///
    /// # Errors
    /// `Trap::ReferenceLimit` when the arena is full, or the store may not have the bytes.
    pub fn new_extern(&mut self, value: Box<dyn Any + Send + Sync>) -> Result<Stored<RefId>> {
        self.tidy_if_due();
        let cell = self.refs.add_host(value)?;
        self.shown(cell).ok_or_else(|| coracle_error::bug!("a reference that was just made is null"))
    }

    /// The host value that a reference refers to; `None` for an exception.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` where it was freed.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn extern_value(&self, r: Stored<RefId>) -> Result<Option<&(dyn Any + Send + Sync)>> {
        self.living_cell(r)?;
        Ok(self.refs.host(r.id))
    }

    /// The host value that a reference refers to, for change; `None` for an exception.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` where it was freed.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn extern_value_mut(&mut self, r: Stored<RefId>) -> Result<Option<&mut (dyn Any + Send + Sync)>> {
        self.living_cell(r)?;
        Ok(self.refs.host_mut(r.id))
    }

    /// The item that an instance has at an index; of functions, those that are imported or escape.
    pub fn instance_item(&self, instance: InstanceId, item: EntityIndex) -> Option<RawExtern> {
        let state = self.instance(instance);
        Some(match item {
            // SAFETY: the record is the instance's, which this store keeps.
            EntityIndex::Func(func) => RawExtern::Func(unsafe { self.func_handle(state.func_ref(func)?) }),
            EntityIndex::Table(table) => RawExtern::Table(*state.tables.get(table)?),
            EntityIndex::Memory(memory) => RawExtern::Memory(*state.memories.get(memory)?),
            EntityIndex::Global(global) => RawExtern::Global(*state.globals.get(global)?),
            EntityIndex::Tag(tag) => RawExtern::Tag(*state.tags.get(tag)?),
        })
    }

    /// The item that an instance exports under a name.
    pub fn instance_export(&self, instance: InstanceId, name: &str) -> Option<RawExtern> {
        let data = self.instance(instance).module().data();
        self.instance_item(instance, data.exports.get(name)?)
    }

    /// The instance of a context of this store.
    ///
    /// # Safety
    /// The context is null or one of this store's instances'.
    #[inline]
    pub unsafe fn instance_of(&self, ctx: *mut VmCtx) -> Option<InstanceId> {
        // SAFETY: contexts live as long as the store; `owner` holds the instance's number.
        unsafe { ctx.as_ref() }.map(|ctx| InstanceId::from_u32(ctx.owner.addr() as u32))
    }

    /// A core instance.
    pub fn instance(&self, id: InstanceId) -> &InstanceState {
        &self.instances[id]
    }

    /// A memory.
    #[inline]
    pub fn memory(&self, id: MemoryId) -> &MemoryState {
        &self.memories[id]
    }

    /// A memory, for change.
    #[inline]
    pub fn memory_mut(&mut self, id: MemoryId) -> &mut MemoryState {
        &mut self.memories[id]
    }

    /// A table.
    pub fn table(&self, id: TableId) -> &TableState {
        &self.tables[id]
    }

    /// A global.
    #[inline]
    pub fn global(&self, id: GlobalId) -> &GlobalState {
        &self.globals[id]
    }

    /// A tag.
    pub fn tag(&self, id: TagId) -> &TagState {
        &self.tags[id]
    }
}

impl core::fmt::Debug for StoreInner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Store")
            .field("id", &self.id.as_u64())
            .field("instances", &self.instances.len())
            .finish_non_exhaustive()
    }
}

//! `StoreInner`: all state of a store, with its data's type erased.
//!
//! # Invariants
//! - I1. What running code points at is pinned and lives until the store dies (V1 of [`vmctx`](crate::tier::vmctx)).
//! - I2. Every handle that leaves the store carries its stamp; a handle with another stamp is refused by a panic
//!   before anything is reached through it.
//! - I3. Modules and host functions that a function reference leads to are kept until the store dies.
#![allow(unsafe_code)] // Reads pinned records through the addresses that handles carry; sends itself with its data.

use crate::arena::PrimaryMap;
use crate::engine::{Engine, LentStack};
use crate::entity::SigId;
use crate::error::{Error, Result};
use crate::host::HostFunc;
use crate::module::FuncType;
use crate::raw::RawVal;
use crate::store::component::ComponentStates;
use crate::store::global::{GlobalState, TagState};
use crate::store::hook::CallHookFn;
use crate::store::instance::InstanceState;
use crate::store::limiter::LimiterHook;
use crate::store::memory::MemoryState;
use crate::store::pinned::Pinned;
use crate::store::refs::{RefArena, Referent};
use crate::store::table::TableState;
use crate::store::value::{RefId, Value};
use crate::tier::{Builtins, VmFuncRef, VmMemory, VmStore};
use crate::trap::Trap;
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use hashbrown::HashMap;

crate::entity! {
    /// A core instance of a store.
    InstanceId = "instance";
    /// A memory of a store.
    MemoryId = "memory";
    /// A table of a store.
    TableId = "table";
    /// A global of a store.
    GlobalId = "global";
    /// A tag of a store.
    TagId = "tag";
}

/// Which store: unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreId(usize);

impl StoreId {
    fn next() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(id != usize::MAX, "too many stores in one process");
        Self(id)
    }
}

/// Something of one store, stamped with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stored<I> {
    store: StoreId,
    id: I,
}

impl<I: Copy> Stored<I> {
    /// Which store's.
    pub fn store(self) -> StoreId {
        self.store
    }
}

/// A function of one store: the address of its pinned record, stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FuncHandle {
    store: StoreId,
    record: NonNull<VmFuncRef>,
}

// SAFETY: the address is used only through the store whose stamp it carries, which is borrowed then.
unsafe impl Send for FuncHandle {}
// SAFETY: as above.
unsafe impl Sync for FuncHandle {}

impl FuncHandle {
    /// Which store's.
    pub fn store(self) -> StoreId {
        self.store
    }

    /// The reference as running code holds it.
    pub fn cell(self) -> RawVal {
        RawVal::from_usize(self.record.as_ptr() as usize)
    }
}

/// An item of a store that an instance imports or exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawExtern {
    /// A function.
    Func(FuncHandle),
    /// A table.
    Table(TableId),
    /// A memory.
    Memory(MemoryId),
    /// A global.
    Global(GlobalId),
    /// A tag.
    Tag(TagId),
}

/// What happens when the epoch deadline is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateDeadline {
    /// Goes on until so many further epochs have passed.
    Continue(u64),
    /// Stops the guest with `Trap::Interrupt`.
    Interrupt,
}

pub(crate) type EpochHook = Box<dyn FnMut(&mut StoreInner) -> Result<UpdateDeadline> + Send + Sync>;

/// All state of a store.
pub struct StoreInner {
    id: StoreId,
    pub(crate) vm: Pinned<VmStore>,
    engine: Engine,
    pub(crate) data: Option<Box<dyn Any>>,
    /// Kept because `vm` points into it.
    _stack: LentStack,
    pub(crate) instances: PrimaryMap<InstanceId, InstanceState>,
    pub(crate) memories: PrimaryMap<MemoryId, MemoryState>,
    pub(crate) tables: PrimaryMap<TableId, TableState>,
    pub(crate) globals: PrimaryMap<GlobalId, GlobalState>,
    pub(crate) tags: PrimaryMap<TagId, TagState>,
    pub(crate) refs: RefArena,
    host_funcs: HashMap<(usize, usize), (HostFunc, Pinned<VmFuncRef>)>,
    pub(crate) empty_memory: Pinned<VmMemory>,
    /// The error that a host function or limiter stopped the guest with.
    pub(crate) pending: Option<Error>,
    /// The exception that was thrown last, and neither caught nor taken.
    pub(crate) thrown: Option<Stored<RefId>>,
    /// The panic that a host function stopped the guest with.
    #[cfg(feature = "std")]
    pub(crate) panic: Option<Box<dyn Any + Send>>,
    /// The frames that the trap on its way has left.
    pub(crate) frames: Option<crate::backtrace::WasmBacktrace>,
    pub(crate) limiter: Option<LimiterHook>,
    pub(crate) epoch_hook: Option<EpochHook>,
    pub(crate) call_hook: Option<CallHookFn>,
    /// Fuel beyond what fits the running counter.
    pub(crate) fuel_reserve: u64,
    /// Component instances, handles and resource types.
    pub(crate) components: ComponentStates,
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
        let mut stack = engine.lend_stack()?;
        let mut vm = VmStore::new(engine.epoch(), builtins);
        vm.native_stack.most = engine.settings().native_stack_bytes;
        [vm.stack_top, vm.stack_end] = stack.bounds();
        if engine.settings().epochs {
            vm.epoch_deadline = 0;
        }
        let empty = VmMemory { base: NonNull::<u128>::dangling().as_ptr().cast(), len: AtomicUsize::new(0) };
        let id = StoreId::next();
        Ok(Self {
            id,
            vm: Pinned::new(vm),
            engine: engine.clone(),
            data: Some(data),
            _stack: stack,
            instances: PrimaryMap::new(),
            memories: PrimaryMap::new(),
            tables: PrimaryMap::new(),
            globals: PrimaryMap::new(),
            tags: PrimaryMap::new(),
            refs: RefArena::default(),
            host_funcs: HashMap::new(),
            empty_memory: Pinned::new(empty),
            pending: None,
            thrown: None,
            #[cfg(feature = "std")]
            panic: None,
            frames: None,
            limiter: None,
            epoch_hook: None,
            call_hook: None,
            fuel_reserve: 0,
            components: ComponentStates::new(id.0 as u64),
        })
    }

    /// Which store this is.
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// The engine.
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
    /// # Panics
    /// If the function was made for another engine.
    pub fn bind_host_func(&mut self, func: &HostFunc, data: *mut ()) -> FuncHandle {
        assert!(
            Engine::same(func.engine(), &self.engine),
            "cannot use a store with a different engine than a host function was created with"
        );
        let key = (func.slot() as usize, data as usize);
        let (_, record) = self.host_funcs.entry(key).or_insert_with(|| {
            let record = VmFuncRef { slot: func.slot(), callee: data.cast() };
            (func.clone(), Pinned::new(record))
        });
        let record = record.as_ptr();
        FuncHandle { store: self.id, record: NonNull::new(record).expect("a pinned record has an address") }
    }

    /// Writes a value into cells of its type; a vector takes two, all else one.
    ///
    /// # Panics
    /// If it refers to another store, or the cells are too few.
    pub fn write_value(&self, value: &Value, cells: &mut [RawVal]) {
        cells[0] = match *value {
            Value::I32(v) => RawVal::from_i32(v),
            Value::I64(v) => RawVal::from_i64(v),
            Value::F32(v) => RawVal::from_u32(v),
            Value::F64(v) => RawVal::from_u64(v),
            Value::V128(v) => {
                cells[..2].copy_from_slice(&RawVal::from_v128(v));
                return;
            }
            Value::Func(None) | Value::Extern(None) | Value::Exn(None) => RawVal::ZERO,
            Value::Func(Some(func)) => {
                self.check(func.store);
                func.cell()
            }
            Value::Extern(Some(r)) | Value::Exn(Some(r)) => RawVal::from_u32(self.unstamp(r).as_u32() + 1),
        };
    }

    /// Reads a value of a type from its cells.
    ///
    /// # Safety
    /// The cells hold a value of that type that was made by this store.
    ///
    /// # Panics
    /// If the cells are too few.
    pub unsafe fn read_value(&self, ty: crate::module::ValType, cells: &[RawVal]) -> Value {
        use crate::module::{HeapType, ValType};
        let cell = cells[0];
        let reference = || cell.u32().checked_sub(1).map(|index| self.stamp(RefId::from_u32(index)));
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
                HeapType::Exn | HeapType::NoExn => {
                    self.refs.pin(cell);
                    Value::Exn(reference())
                }
            },
        }
    }

    /// Puts a value of the host's into the store, to be referred to by guests.
    ///
    /// # Errors
    /// `Trap::ReferenceLimit` when the arena is full.
    pub fn new_extern(&mut self, value: Box<dyn Any + Send + Sync>) -> Result<Stored<RefId>, Trap> {
        let cell = self.refs.keep(Referent::Host(value))?;
        Ok(self.stamp(RefId::from_u32(cell.u32() - 1)))
    }

    /// The host value that a reference refers to; `None` for an exception.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn extern_value(&self, r: Stored<RefId>) -> Option<&(dyn Any + Send + Sync)> {
        match self.refs.get(RawVal::from_u32(self.unstamp(r).as_u32() + 1))? {
            Referent::Host(value) => Some(&**value),
            Referent::Exception(_) => None,
        }
    }

    /// The host value that a reference refers to, for change; `None` for an exception.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn extern_value_mut(&mut self, r: Stored<RefId>) -> Option<&mut (dyn Any + Send + Sync)> {
        match self.refs.get_mut(RawVal::from_u32(self.unstamp(r).as_u32() + 1))? {
            Referent::Host(value) => Some(&mut **value),
            Referent::Exception(_) => None,
        }
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
            .field("id", &self.id.0)
            .field("instances", &self.instances.len())
            .finish_non_exhaustive()
    }
}

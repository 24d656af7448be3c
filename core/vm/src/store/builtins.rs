//! Bodies of the runtime calls that both tiers make.
//!
//! Each finds the instance through the context, does what the instruction says, and returns as
//! [`tier::builtin`](crate::tier::builtin) tells. None unwinds: nothing in here panics but on our own bugs, and what
//! is the embedder's (limiter, epoch callback) is called with panics caught.
#![allow(unsafe_code)] // Called from running code with raw pointers.

use crate::raw::RawVal;
use crate::store::host::{guarded, owner, set_pending};
use crate::store::ids::{InstanceId, MemoryId, TableId, UpdateDeadline};
use crate::store::inner::StoreInner;
use crate::store::instance::ElemState;
use crate::store::limiter::{
    DEFAULT_INSTANCE_LIMIT, DEFAULT_MEMORY_LIMIT, DEFAULT_TABLE_LIMIT, Grows, Growth, Limiter, LimiterHook,
};
use crate::store::memory::{self, load64};
use crate::store::park::{self, Queued};
use crate::store::refs::{EXCEPTIONS, Exception};
use crate::store::table;
use crate::store::wait::{BoxFuture, YieldNow};
use crate::tier::builtin::{GROW_FAILED, Published, TRAPPED};
use crate::tier::{Builtins, Status, TrapRecord, VmCtx, VmTag};
use alloc::boxed::Box;
use coracle_error::Trap;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::*;
use coracle_image::fuel::VariableOperatorCost;
use core::sync::atomic::Ordering;

/// The table that every store's `VmStore` points to.
pub(crate) static BUILTINS: Builtins = Builtins {
    memory_grow,
    memory_copy,
    memory_fill,
    memory_init,
    data_drop,
    atomic_notify,
    atomic_wait32,
    atomic_wait64,
    table_grow,
    table_copy,
    table_fill,
    table_init,
    elem_drop,
    throw,
    throw_ref,
    exception_match,
    exception_handled,
    out_of_fuel,
    new_epoch,
    record_frames,
    record_thrown,
};

/// Whether there are atomics that wait and notify. Without the feature nobody makes those calls, and there is nothing
/// behind them; so it is with those of exceptions.
const THREADS: bool = cfg!(feature = "threads");

/// The store and the instance that a call came from.
///
/// # Safety
/// The context is that of an instance that runs and has just called out of itself; the borrow ends before it goes on.
#[inline(always)]
unsafe fn caller<'a>(ctx: *mut VmCtx) -> (&'a mut StoreInner, InstanceId) {
    // SAFETY: a context's store is alive, and its owner is set while it runs (H1 of `host`).
    unsafe { (owner((*ctx).store), InstanceId::from_u32((*ctx).owner.addr() as u32)) }
}

/// Sets the trap's code; where it happened is the tier's to say.
#[cold]
fn set_trap(store: &mut StoreInner, trap: Trap) {
    store.vm.get_mut().trap = TrapRecord { code: trap as u32, ..TrapRecord::NONE };
}

fn status(store: &mut StoreInner, result: Result<(), Trap>) -> Status {
    match result {
        Ok(()) => Status::Done,
        Err(trap) => {
            set_trap(store, trap);
            Status::Trap
        }
    }
}

/// Grows something for a guest by `delta` pages or elements, for each of which it pays: done, not allowed, or ended in an
/// error or a panic of the embedder's.
///
/// # Safety
/// As for [`caller`].
unsafe fn grown(
    ctx: Published,
    delta: u64,
    each: impl Fn(&VariableOperatorCost) -> u8,
    grow: impl FnOnce(&mut StoreInner, InstanceId) -> Result<Option<u64>>,
) -> u64 {
    // SAFETY: by contract.
    let (store, instance) = unsafe { caller(ctx.ctx()) };
    match guarded(|| store.hooked(|store| grow(store, instance))) {
        Ok(Ok(Some(old))) => {
            let price = store.engine().settings().price(delta, each);
            match store.pay_late(price) {
                Ok(()) => return old,
                Err(trap) => set_trap(store, trap),
            }
        }
        Ok(Ok(None)) => return GROW_FAILED,
        Ok(Err(error)) => set_pending(store, error),
        Err(panic) => store.set_panic(panic),
    }
    TRAPPED
}

impl StoreInner {
    /// The embedder's limiter, if there is one.
    fn limiter(&mut self) -> Option<Limiter<'_>> {
        let (hook, data) = (self.limiter.as_mut()?, self.data.as_deref_mut()?);
        match hook {
            LimiterHook::Sync(find) => find(data).map(Limiter::Sync),
            LimiterHook::Async(find) => find(data).map(Limiter::Async),
        }
    }

    /// Whether something may grow; a new one starts from 0.
    ///
    /// # Errors
    /// What the limiter says.
    pub(crate) fn may_grow(&mut self, growth: Growth) -> Result<bool> {
        let Growth { what, current, desired, maximum } = growth;
        self.read_limits();
        match self.limiter() {
            None => return Ok(true),
            Some(Limiter::Sync(limiter)) => {
                return match what {
                    Grows::Memory => limiter.memory_growing(current, desired, maximum),
                    Grows::Table => limiter.table_growing(current, desired, maximum),
                };
            }
            Some(Limiter::Async(_)) => {}
        }
        self.block_on(move |store| match (store.limiter(), what) {
            (Some(Limiter::Async(limiter)), Grows::Memory) => limiter.memory_growing(current, desired, maximum),
            (Some(Limiter::Async(limiter)), Grows::Table) => limiter.table_growing(current, desired, maximum),
            _ => Box::pin(core::future::ready(Ok(true))),
        })?
    }

    /// Checks that the limiter needs not wait, for a call that may not.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` where it may have to.
    pub(crate) fn check_sync_growth(&self) -> Result<()> {
        match self.limiter {
            Some(LimiterHook::Async(_)) => {
                let message = "when using an async resource limiter `*_async` functions must be used instead";
                Err(Error::fault(ErrorKind::Unsupported, message))
            }
            _ => Ok(()),
        }
    }

    /// Keeps a panic until the guest has been left.
    fn set_panic(&mut self, panic: crate::store::task::Panic) {
        #[cfg(feature = "std")]
        {
            self.task.panic = Some(panic);
        }
        #[cfg(not(feature = "std"))]
        match panic {}
    }

    /// Reads how many bytes the limiter allows.
    pub(crate) fn read_limits(&mut self) {
        if let Some([store, references]) = self.limiter().map(Limiter::sizes) {
            self.budget.set_limit(store);
            self.refs.set_limit(references);
        }
    }

    /// The counts that the limiter allows: instances, tables, memories.
    pub(crate) fn allowed_counts(&mut self) -> [usize; 3] {
        self.read_limits();
        let default = [DEFAULT_INSTANCE_LIMIT, DEFAULT_TABLE_LIMIT, DEFAULT_MEMORY_LIMIT];
        self.limiter().map_or(default, Limiter::counts)
    }

    /// Grows a memory by pages as `memory.grow` does: the old length in pages, or `None` where it does not grow.
    ///
    /// # Errors
    /// What the limiter says.
    pub fn grow_memory(&mut self, id: MemoryId, delta: u64) -> Result<Option<u64>> {
        let memory = &self.memories[id];
        if delta == 0 {
            return Ok(Some(memory.pages()));
        }
        let (current, maximum) = (memory.byte_len(), memory::told_maximum(&memory.ty()));
        let Some(desired) = memory.grown_bytes(delta) else {
            let error = Error::fault(ErrorKind::Resource, "memory growth exceeds memory type's limits");
            return self.tell(Grows::Memory, error);
        };
        if !self.may_grow(Growth { what: Grows::Memory, current, desired, maximum })? {
            return Ok(None);
        }
        self.grown_by(Grows::Memory, desired - current, |store| store.memories[id].grow(delta))
    }

    /// Grows a table as `table.grow` does: the old length, or `None` where it does not grow. `init` is a reference of
    /// the table's type and of this store.
    ///
    /// # Errors
    /// What the limiter says.
    pub(crate) fn grow_table(&mut self, id: TableId, delta: u64, init: usize) -> Result<Option<u64>> {
        let table = &self.tables[id];
        let (current, maximum) = (table.len(), table::told_maximum(&table.ty()));
        if delta == 0 {
            return Ok(Some(current as u64));
        }
        let desired = usize::try_from(delta).ok().and_then(|delta| current.checked_add(delta)).unwrap_or(usize::MAX);
        if !self.may_grow(Growth { what: Grows::Table, current, desired, maximum })? {
            return Ok(None);
        }
        let bytes = self.tables[id].bytes_to_grow(desired);
        self.grown_by(Grows::Table, bytes, |store| store.tables[id].grow(delta, init).map(|old| old as u64))
    }

    /// Grows something by bytes that count; the limiter is told where that fails.
    fn grown_by(
        &mut self,
        what: Grows,
        bytes: usize,
        grow: impl FnOnce(&mut Self) -> Result<u64>,
    ) -> Result<Option<u64>> {
        let taken = self.budget.take(bytes);
        let grown = taken.and_then(|()| grow(self).inspect_err(|_| self.budget.give_back(bytes)));
        match grown {
            Ok(old) => Ok(Some(old)),
            Err(error) => self.tell(what, error),
        }
    }

    /// Tells the limiter of a growth that failed although it was allowed.
    fn tell(&mut self, what: Grows, error: Error) -> Result<Option<u64>> {
        self.limiter().map_or(Ok(()), |limiter| limiter.grow_failed(what, error))?;
        Ok(None)
    }

    fn memory_of(&self, instance: InstanceId, memory: u32) -> MemoryId {
        self.instances[instance].memories[MemoryIndex::from_u32(memory)]
    }

    fn table_of(&self, instance: InstanceId, table: u32) -> TableId {
        self.instances[instance].tables[TableIndex::from_u32(table)]
    }
}

// SAFETY of all that follow: a tier calls them with the context of the instance that executes the instruction, with
// indices that validation has checked, and with pointers as `tier::builtin` says.

unsafe extern "C" fn memory_grow(ctx: Published, memory: u32, delta_pages: u64) -> u64 {
    // SAFETY: see above.
    unsafe {
        grown(
            ctx,
            delta_pages,
            |costs| costs.memory_grow_per_page,
            |store, instance| store.grow_memory(store.memory_of(instance, memory), delta_pages),
        )
    }
}

unsafe extern "C" fn memory_copy(ctx: *mut VmCtx, to: u32, from: u32, dst: u64, src: u64, len: u64) -> Status {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let (to, from) = (store.memory_of(instance, to), store.memory_of(instance, from));
    let result = store.copy_memory(to, from, [dst, src, len]);
    status(store, result)
}

unsafe extern "C" fn memory_fill(ctx: *mut VmCtx, memory: u32, dst: u64, byte: u32, len: u64) -> Status {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let result = store.fill_memory(store.memory_of(instance, memory), dst, byte as u8, len);
    status(store, result)
}

unsafe extern "C" fn memory_init(ctx: *mut VmCtx, memory: u32, data: u32, dst: u64, src: u32, len: u32) -> Status {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let memory = store.memory_of(instance, memory);
    let result = store.init_memory(instance, memory, DataIndex::from_u32(data), (dst, src, len), true);
    status(store, result)
}

unsafe extern "C" fn data_drop(ctx: *mut VmCtx, data: u32) {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    store.instances[instance].dropped_datas[data as usize] = true;
}

/// The memory of an atomic wait or notify, and the address of the cell that it names, checked.
fn atomic_cell(store: &StoreInner, memory: MemoryId, address: u64, bytes: usize) -> Result<*mut u8, Trap> {
    let memory = &store.memories[memory];
    let end = address.checked_add(bytes as u64).filter(|&end| end <= memory.byte_len() as u64);
    if !address.is_multiple_of(bytes as u64) {
        return Err(Trap::HeapMisaligned);
    }
    end.ok_or(Trap::MemoryOutOfBounds)?;
    // SAFETY: the address was just checked against the memory's length.
    Ok(unsafe { (*memory.vm()).base.add(address as usize) })
}

unsafe extern "C" fn atomic_notify(ctx: *mut VmCtx, memory: u32, address: u64, count: u32) -> u64 {
    if !THREADS {
        return TRAPPED;
    }
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let memory = store.memory_of(instance, memory);
    match atomic_cell(store, memory, address, 4) {
        Ok(cell) if store.memories[memory].shared().is_some() => park::notify(cell.addr(), count) as u64,
        Ok(_) => 0,
        Err(trap) => {
            set_trap(store, trap);
            TRAPPED
        }
    }
}

/// Checks a wait and parks: `still` reads whether the cell holds what is expected. Where the engine has epochs, the wait
/// ends with them.
fn wait(
    store: &mut StoreInner,
    memory: MemoryId,
    cell: Result<*mut u8, Trap>,
    timeout_ns: i64,
    still: impl Fn(*mut u8) -> bool,
) -> u64 {
    let trapped = |store: &mut StoreInner, trap| {
        set_trap(store, trap);
        TRAPPED
    };
    let cell = match cell {
        Err(trap) => return trapped(store, trap),
        Ok(_) if store.memories[memory].shared().is_none() => return trapped(store, Trap::AtomicWaitNonSharedMemory),
        Ok(cell) => cell,
    };
    let epochs = store.engine().settings().epochs;
    let mut look = |place: Queued| {
        if !store.epoch_is_over() {
            return Ok(place);
        }
        let mut place = Some(place);
        match (next_epoch(store, &mut place), place) {
            (Status::Done, Some(place)) => Ok(place),
            _ => Err(None),
        }
    };
    let look: Option<&mut dyn FnMut(Queued) -> Result<Queued, Option<Trap>>> =
        if epochs { Some(&mut look) } else { None };
    match park::wait(cell.addr(), timeout_ns, || still(cell), look) {
        Ok(outcome) => outcome as u64,
        Err(None) => TRAPPED,
        Err(Some(trap)) => trapped(store, trap),
    }
}

unsafe extern "C" fn atomic_wait32(ctx: Published, memory: u32, address: u64, expected: u32, timeout_ns: i64) -> u64 {
    if !THREADS {
        return TRAPPED;
    }
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx.ctx()) };
    let memory = store.memory_of(instance, memory);
    let cell = atomic_cell(store, memory, address, 4);
    wait(store, memory, cell, timeout_ns, |cell| {
        // SAFETY: the cell was checked for bounds and alignment; shared memories are reached by atomics only (M2).
        unsafe { (*cell.cast::<core::sync::atomic::AtomicU32>()).load(Ordering::SeqCst) == expected.to_le() }
    })
}

unsafe extern "C" fn atomic_wait64(ctx: Published, memory: u32, address: u64, expected: u64, timeout_ns: i64) -> u64 {
    if !THREADS {
        return TRAPPED;
    }
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx.ctx()) };
    let memory = store.memory_of(instance, memory);
    let cell = atomic_cell(store, memory, address, 8);
    wait(store, memory, cell, timeout_ns, |cell| load64(cell) == expected.to_le())
}

unsafe extern "C" fn table_grow(ctx: Published, table: u32, delta: u64, init: usize) -> u64 {
    // SAFETY: see above.
    unsafe {
        grown(
            ctx,
            delta,
            |costs| costs.table_grow_per_element,
            |store, instance| store.grow_table(store.table_of(instance, table), delta, init),
        )
    }
}

unsafe extern "C" fn table_copy(ctx: *mut VmCtx, to: u32, from: u32, dst: u64, src: u64, len: u64) -> Status {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let (to, from) = (store.table_of(instance, to), store.table_of(instance, from));
    let result = store.copy_table(to, from, [dst, src, len], true);
    status(store, result)
}

unsafe extern "C" fn table_fill(ctx: *mut VmCtx, table: u32, at: u64, value: usize, len: u64) -> Status {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let table = store.table_of(instance, table);
    let result = store.fill_table(table, at, value, len);
    status(store, result)
}

unsafe extern "C" fn table_init(ctx: *mut VmCtx, table: u32, elem: u32, dst: u64, src: u32, len: u32) -> Status {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let table = store.table_of(instance, table);
    let result = store.init_table(instance, table, ElemIndex::from_u32(elem), (dst, src, len), true);
    status(store, result)
}

unsafe extern "C" fn elem_drop(ctx: *mut VmCtx, elem: u32) {
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    store.instances[instance].elems[ElemIndex::from_u32(elem)] = ElemState::Dropped;
}

/// The address that is the identity of an instance's tag.
fn tag_of(store: &StoreInner, instance: InstanceId, tag: u32) -> *const VmTag {
    store.tags[store.instances[instance].tags[TagIndex::from_u32(tag)]].vm()
}

unsafe extern "C" fn throw(ctx: *mut VmCtx, tag: u32, args: *const RawVal) -> Status {
    if !EXCEPTIONS {
        return Status::Trap;
    }
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let tag = tag_of(store, instance, tag);
    // SAFETY: tags live as long as the store.
    let count = store.engine().func_type(unsafe { (*tag).sig }).param_cells() as usize;
    // SAFETY: the tier passes as many cells as the tag's type has.
    let args = unsafe { core::slice::from_raw_parts(args, count) };
    match Exception::new(tag, args.into()).and_then(|exception| store.refs.throw(exception)) {
        Ok(cell) => {
            store.task.thrown_frames = None;
            store.vm.get_mut().exception = cell;
            Status::Throw
        }
        Err(error) => {
            set_pending(store, error);
            Status::Trap
        }
    }
}

unsafe extern "C" fn throw_ref(ctx: *mut VmCtx, exception: u64) -> Status {
    if !EXCEPTIONS {
        return Status::Trap;
    }
    // SAFETY: see above.
    let (store, _) = unsafe { caller(ctx) };
    let cell = RawVal::from_u64(exception);
    if cell.u32() == 0 {
        return status(store, Err(Trap::NullReference));
    }
    store.refs.thrown_again(cell);
    // What it had passed when somebody caught it is over.
    store.task.thrown_frames = None;
    store.vm.get_mut().exception = cell;
    Status::Throw
}

unsafe extern "C" fn exception_handled(ctx: *mut VmCtx, exception: u64) {
    if !EXCEPTIONS {
        return;
    }
    // SAFETY: see above.
    let (store, _) = unsafe { caller(ctx) };
    store.refs.handled(RawVal::from_u64(exception));
}

unsafe extern "C" fn exception_match(ctx: *mut VmCtx, exception: u64, tag: u32, args: *mut RawVal) -> u64 {
    if !EXCEPTIONS {
        return 0;
    }
    // SAFETY: see above.
    let (store, instance) = unsafe { caller(ctx) };
    let tag = tag_of(store, instance, tag);
    match store.refs.exception(RawVal::from_u64(exception)) {
        Some(found) if found.tag == tag => {
            // SAFETY: the tier has room for as many cells as the tag's type has, which is what the exception has.
            unsafe { core::ptr::copy_nonoverlapping(found.args.as_ptr(), args, found.args.len()) };
            1
        }
        _ => 0,
    }
}

unsafe extern "C" fn out_of_fuel(ctx: Published) -> Status {
    // SAFETY: see above.
    let (store, _) = unsafe { caller(ctx.ctx()) };
    // The counter is below zero by what the last block took beyond it.
    let owed = store.vm.get().fuel.unsigned_abs();
    if store.fuel_reserve < owed.max(1) {
        return status(store, Err(Trap::OutOfFuel));
    }
    if store.fuel_interval.is_some()
        && let Err(left) = yielded(store, || Box::pin(YieldNow(false)))
    {
        return left;
    }
    let most = store.fuel_interval.map_or(i64::MAX as u64, |interval| interval.get().saturating_add(owed));
    let more = store.fuel_reserve.min(most).min(i64::MAX as u64);
    let fuel = &mut store.vm.get_mut().fuel;
    *fuel = fuel.saturating_add(more as i64);
    store.fuel_reserve -= more;
    Status::Done
}

/// Lets others run until a future is ready.
fn yielded(store: &mut StoreInner, future: impl FnOnce() -> BoxFuture<'static, ()>) -> Result<(), Status> {
    match guarded(|| store.block_on(|_| future())) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => set_pending(store, error),
        Err(panic) => store.set_panic(panic),
    }
    Err(Status::Trap)
}

unsafe extern "C" fn new_epoch(ctx: Published) -> Status {
    // SAFETY: see above.
    let (store, _) = unsafe { caller(ctx.ctx()) };
    next_epoch(store, &mut None)
}

/// The epoch's deadline is reached: does what was chosen for that. The store has the place in a queue while its call waits.
fn next_epoch(store: &mut StoreInner, place: &mut Option<Queued>) -> Status {
    let Some(mut hook) = store.epoch_hook.take() else {
        return status(store, Err(Trap::Interrupt));
    };
    let answer = guarded(|| hook(store));
    store.epoch_hook.get_or_insert(hook);
    let (ticks, what, future): (u64, _, BoxFuture<'static, ()>) = match answer {
        Ok(Ok(UpdateDeadline::Continue(ticks))) => {
            store.set_epoch_deadline(ticks);
            return Status::Done;
        }
        Ok(Ok(UpdateDeadline::Yield(ticks))) => (ticks, "UpdateDeadline::Yield", Box::pin(YieldNow(false))),
        Ok(Ok(UpdateDeadline::YieldCustom(ticks, future))) => (ticks, "UpdateDeadline::YieldCustom", future),
        Ok(Ok(UpdateDeadline::Interrupt)) => return status(store, Err(Trap::Interrupt)),
        Ok(Err(error)) => {
            set_pending(store, error);
            return Status::Trap;
        }
        Err(panic) => {
            store.set_panic(panic);
            return Status::Trap;
        }
    };
    if store.waiter().is_none() {
        let message = coracle_error::wording!("cannot use `{what}` without using an async wasm entrypoint");
        set_pending(store, Error::fault(ErrorKind::Unsupported, message));
        return Status::Trap;
    }
    if place.is_some() {
        // If the call is forgotten, the next one looks here.
        store.refs.sweep_soon();
    }
    store.parked = place.take();
    let waited = yielded(store, || future);
    *place = store.parked.take();
    if let Err(left) = waited {
        return left;
    }
    store.set_epoch_deadline(ticks);
    Status::Done
}

unsafe extern "C" fn record_frames(ctx: *mut VmCtx) {
    // SAFETY: see above.
    let (store, _) = unsafe { caller(ctx) };
    store.record_frames();
}

unsafe extern "C" fn record_thrown(ctx: *mut VmCtx) {
    if !EXCEPTIONS {
        return;
    }
    // SAFETY: see above.
    let (store, _) = unsafe { caller(ctx) };
    store.record_thrown();
}

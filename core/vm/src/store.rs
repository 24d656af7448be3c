//! `Store<T>`: owner of all runtime state, with the embedder's data.
//!
//! The state is a [`StoreInner`] that does not know `T`; contexts put the type back on. That a context has the right
//! `T` is checked when the data is reached for, against the data's own type.

pub mod async_settings;
pub mod budget;
pub mod builtins;
pub(crate) mod bulk;
pub(crate) mod by_return;
pub(crate) mod check;
pub(crate) mod coroutine;
pub mod enter;
pub mod extension;
pub(crate) mod gate;
pub mod global;
pub mod hook;
pub mod host;
pub mod ids;
pub mod imports;
pub mod inner;
pub mod instance;
pub mod instantiate;
pub mod items;
pub mod limiter;
pub mod memory;
pub(crate) mod native_stack;
pub(crate) mod on_stack;
pub mod opaque;
pub(crate) mod park;
mod pinned;
pub mod refs;
pub mod suspend;
pub mod table;
pub(crate) mod task;
#[cfg(test)]
mod tests;
pub mod value;
pub(crate) mod wait;

pub use hook::CallHook;
pub use ids::{FuncHandle, InstanceId, RawExtern, StoreId, Stored, UpdateDeadline};
pub use inner::StoreInner;
pub use limiter::{
    DEFAULT_INSTANCE_LIMIT, DEFAULT_MEMORY_LIMIT, DEFAULT_TABLE_LIMIT, ResourceLimiter, ResourceLimiterAsync,
    StoreLimits, StoreLimitsBuilder,
};

use crate::engine::Engine;
use alloc::boxed::Box;
use coracle_error::fallible::boxed;
use coracle_error::{Error, ErrorKind, Result};
use core::marker::PhantomData;
use inner::CallHookFn;
use limiter::LimiterHook;

/// Owns instances, memories and everything else of a running program, and a `T` of the embedder's.
///
/// What is made in a store lives as long as the store.
pub struct Store<T: 'static> {
    inner: Box<StoreInner>,
    data: PhantomData<T>,
}

/// A shared borrow of a [`Store`].
#[derive(Debug)]
pub struct StoreContext<'a, T: 'static> {
    inner: &'a StoreInner,
    data: PhantomData<&'a T>,
}

/// An exclusive borrow of a [`Store`].
#[derive(Debug)]
pub struct StoreContextMut<'a, T: 'static> {
    inner: &'a mut StoreInner,
    data: PhantomData<&'a mut T>,
}

/// What a [`StoreContext`] can be had from.
pub trait AsContext {
    /// The type of the store's data.
    type Data: 'static;

    /// The store, borrowed.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// What a [`StoreContextMut`] can be had from.
pub trait AsContextMut: AsContext {
    /// The store, borrowed exclusively.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T: 'static> Store<T> {
    /// A store with no instances.
    ///
    /// # Panics
    /// If there is no memory for its stack; [`Store::try_new`] tells instead.
    pub fn new(engine: &Engine, data: T) -> Self {
        Self::try_new(engine, data).expect("memory for a store")
    }

    /// A store with no instances.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory for its stack.
    pub fn try_new(engine: &Engine, data: T) -> Result<Self> {
        let inner = boxed(StoreInner::new(engine, boxed(data)?, &builtins::BUILTINS)?)?;
        Ok(Self { inner, data: PhantomData })
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.inner.engine()
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        data_of(&self.inner)
    }

    /// The embedder's data, for change.
    pub fn data_mut(&mut self) -> &mut T {
        data_of_mut(&mut self.inner)
    }

    /// Ends the store and returns the embedder's data. No guest code runs.
    pub fn into_data(mut self) -> T {
        let data = self.inner.data.take().map(|data| data.downcast::<T>());
        match data {
            Some(Ok(data)) => *data,
            _ => unreachable!("a store is made with data of its type, and keeps it until it ends"),
        }
    }

    /// Asks a limiter in the data before memories and tables grow.
    ///
    /// How many bytes it allows the store, and references, is read now, whenever an instance is made, and whenever a
    /// memory or a table is made or grows.
    pub fn limiter(&mut self, mut limiter: impl (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync + 'static) {
        self.inner.limiter = Some(LimiterHook::Sync(Box::new(move |data| data.downcast_mut().map(&mut limiter))));
        self.inner.read_limits();
    }

    /// Fuel left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn get_fuel(&self) -> Result<u64> {
        self.inner.fuel()
    }

    /// Sets the fuel that is left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.inner.set_fuel(fuel)
    }

    /// What one call between host and guest may cost the host, in bytes of what it makes of a guest's values.
    pub fn hostcall_fuel(&self) -> usize {
        self.inner.hostcall_fuel
    }

    /// Sets what one call may cost the host. A call that takes more ends in
    /// [`Trap::HostcallFuel`](coracle_error::Trap::HostcallFuel).
    pub fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.inner.hostcall_fuel = fuel;
    }

    /// How many handles of components all instances and the host may hold together.
    pub fn max_component_handles(&self) -> usize {
        self.inner.component_handles
    }

    /// Sets how many handles of components there may be. One more is
    /// [`Trap::HandleLimit`](coracle_error::Trap::HandleLimit); those that are there stay. Default: 100,000.
    pub fn set_max_component_handles(&mut self, limit: usize) {
        self.inner.limit_handles(limit);
    }

    /// Calls `hook` at each call and each return between host and guest, core or component.
    ///
    /// An error of the hook's on the way into the guest or out of a host function stops the guest; one on the way out
    /// of the guest takes the place of what the guest returned. It replaces a hook that was set before.
    pub fn call_hook(
        &mut self,
        mut hook: impl FnMut(StoreContextMut<'_, T>, CallHook) -> Result<()> + Send + Sync + 'static,
    ) {
        let hook = move |inner: &mut StoreInner, at| hook(StoreContextMut::of(inner), at);
        self.inner.call_hook = Some(CallHookFn::Sync(Box::new(hook)));
    }

    /// Stops guests once so many further epochs have passed, or does what was chosen for that.
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.inner.set_epoch_deadline(ticks_beyond_current);
    }

    /// At the epoch deadline the guest traps with `Trap::Interrupt`. The default.
    pub fn epoch_deadline_trap(&mut self) {
        self.inner.epoch_hook = None;
    }

    /// At the epoch deadline this is called, and decides.
    pub fn epoch_deadline_callback(
        &mut self,
        mut callback: impl FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync + 'static,
    ) {
        self.inner.epoch_hook = Some(Box::new(move |inner| callback(StoreContextMut::of(inner))));
    }
}

fn data_of<T: 'static>(inner: &StoreInner) -> &T {
    inner.data.as_deref().and_then(|data| data.downcast_ref()).expect("the store's data has the context's type")
}

fn data_of_mut<T: 'static>(inner: &mut StoreInner) -> &mut T {
    inner.data.as_deref_mut().and_then(|data| data.downcast_mut()).expect("the store's data has the context's type")
}

impl StoreInner {
    fn check_fuel_is_on(&self) -> Result<()> {
        if self.engine().settings().fuel {
            return Ok(());
        }
        Err(Error::fault(ErrorKind::Unsupported, "fuel is not configured in this store"))
    }

    /// Fuel left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn fuel(&self) -> Result<u64> {
        self.check_fuel_is_on()?;
        let running = u64::try_from(self.vm.get().fuel).unwrap_or(0);
        Ok(self.fuel_reserve.saturating_add(running))
    }

    /// Sets the fuel that is left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.check_fuel_is_on()?;
        let running = i64::try_from(self.fuel_interval.map_or(fuel, |interval| fuel.min(interval.get())));
        let running = running.unwrap_or(i64::MAX);
        self.vm.get_mut().fuel = running;
        self.fuel_reserve = fuel - running as u64;
        Ok(())
    }

    /// Whether the epoch's deadline is reached.
    pub(crate) fn epoch_is_over(&self) -> bool {
        self.engine().epoch().load(core::sync::atomic::Ordering::Relaxed) >= self.vm.get().epoch_deadline
    }

    /// Sets the epoch deadline so many epochs from now.
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        let ticks = usize::try_from(ticks_beyond_current).unwrap_or(usize::MAX);
        let now = self.engine().epoch().load(core::sync::atomic::Ordering::Relaxed);
        self.vm.get_mut().epoch_deadline = now.saturating_add(ticks);
    }
}

impl<'a, T: 'static> StoreContext<'a, T> {
    /// The embedder's data.
    pub fn data(&self) -> &'a T {
        data_of(self.inner)
    }

    /// The engine.
    pub fn engine(&self) -> &'a Engine {
        self.inner.engine()
    }

    /// The state behind.
    #[inline]
    pub(crate) fn inner(&self) -> &'a StoreInner {
        self.inner
    }

    /// Fuel left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn get_fuel(&self) -> Result<u64> {
        self.inner.fuel()
    }
}

impl<'a, T: 'static> StoreContextMut<'a, T> {
    /// The context of a store whose data is a `T`.
    #[inline(always)]
    pub(crate) fn of(inner: &'a mut StoreInner) -> Self {
        debug_assert!(inner.data.as_deref().is_none_or(|data| data.is::<T>()), "a context of the wrong type");
        Self { inner, data: PhantomData }
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        data_of(self.inner)
    }

    /// The embedder's data, for change.
    pub fn data_mut(&mut self) -> &mut T {
        data_of_mut(self.inner)
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.inner.engine()
    }

    /// The state behind.
    #[inline]
    pub(crate) fn inner(&mut self) -> &mut StoreInner {
        self.inner
    }

    /// The state behind, for as long as the store is borrowed.
    #[inline]
    pub(crate) fn into_inner(self) -> &'a mut StoreInner {
        self.inner
    }

    /// A memory and the embedder's data, both for change.
    ///
    /// # Panics
    /// If the memory is of another store.
    pub(crate) fn memory_and_data(self, memory: Stored<ids::MemoryId>) -> (&'a mut memory::MemoryState, &'a mut T) {
        let id = self.inner.unstamp(memory);
        let StoreInner { memories, data, .. } = self.inner;
        let data = data.as_deref_mut().and_then(|data| data.downcast_mut());
        (&mut memories[id], data.expect("the store's data has the context's type"))
    }

    /// Fuel left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn get_fuel(&self) -> Result<u64> {
        self.inner.fuel()
    }

    /// Sets the fuel that is left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.inner.set_fuel(fuel)
    }

    /// What one call between host and guest may cost the host, in bytes of what it makes of a guest's values.
    pub fn hostcall_fuel(&self) -> usize {
        self.inner.hostcall_fuel
    }

    /// Sets what one call may cost the host. A call that takes more ends in
    /// [`Trap::HostcallFuel`](coracle_error::Trap::HostcallFuel).
    pub fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.inner.hostcall_fuel = fuel;
    }

    /// How many handles of components all instances and the host may hold together.
    pub fn max_component_handles(&self) -> usize {
        self.inner.component_handles
    }

    /// Sets how many handles of components there may be. One more is
    /// [`Trap::HandleLimit`](coracle_error::Trap::HandleLimit); those that are there stay. Default: 100,000.
    pub fn set_max_component_handles(&mut self, limit: usize) {
        self.inner.limit_handles(limit);
    }

    /// Stops guests once so many further epochs have passed, or does what was chosen for that.
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.inner.set_epoch_deadline(ticks_beyond_current);
    }

    /// At the epoch deadline the guest traps with `Trap::Interrupt`. The default.
    pub fn epoch_deadline_trap(&mut self) {
        self.inner.epoch_hook = None;
    }
}

/// A store of an engine of the default settings.
impl<T: Default + 'static> Default for Store<T> {
    fn default() -> Self {
        Self::new(&Engine::default(), T::default())
    }
}

impl<T: 'static> AsContext for Store<T> {
    type Data = T;
    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { inner: &self.inner, data: PhantomData }
    }
}

impl<T: 'static> AsContextMut for Store<T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { inner: &mut self.inner, data: PhantomData }
    }
}

impl<T: 'static> AsContext for StoreContext<'_, T> {
    type Data = T;
    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { inner: self.inner, data: PhantomData }
    }
}

impl<T: 'static> AsContext for StoreContextMut<'_, T> {
    type Data = T;
    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext { inner: self.inner, data: PhantomData }
    }
}

impl<T: 'static> AsContextMut for StoreContextMut<'_, T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { inner: self.inner, data: PhantomData }
    }
}

impl<C: AsContext> AsContext for &'_ C {
    type Data = C::Data;
    #[inline]
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContext> AsContext for &'_ mut C {
    type Data = C::Data;
    #[inline]
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContextMut> AsContextMut for &'_ mut C {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}

impl<'a, T: 'static> From<StoreContextMut<'a, T>> for StoreContext<'a, T> {
    #[inline]
    fn from(store: StoreContextMut<'a, T>) -> Self {
        StoreContext { inner: store.inner, data: PhantomData }
    }
}

impl<'a, C: AsContext> From<&'a C> for StoreContext<'a, C::Data> {
    #[inline]
    fn from(store: &'a C) -> Self {
        store.as_context()
    }
}

impl<'a, C: AsContext> From<&'a mut C> for StoreContext<'a, C::Data> {
    #[inline]
    fn from(store: &'a mut C) -> Self {
        C::as_context(store)
    }
}

impl<'a, C: AsContextMut> From<&'a mut C> for StoreContextMut<'a, C::Data> {
    #[inline]
    fn from(store: &'a mut C) -> Self {
        store.as_context_mut()
    }
}

impl<T: core::fmt::Debug + 'static> core::fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Store").field("inner", &self.inner).field("data", self.data()).finish()
    }
}

/// What D1 promises of stores and engines.
const _: () = {
    const fn send<T: Send>() {}
    const fn sync<T: Sync>() {}
    send::<Store<u32>>();
    sync::<Store<u32>>();
    send::<StoreContextMut<'_, u32>>();
    send::<Engine>();
    sync::<Engine>();
    send::<crate::module::Module>();
    sync::<crate::module::Module>();
};

//! `Caller`: what a host function sees of the store and of who called it.

use crate::embed::reference::GcHeapOutOfMemory;
use crate::engine::Engine;
use crate::store::ids::InstanceId;
use crate::store::inner::StoreInner;
use crate::store::{AsContext, AsContextMut, StoreContext, StoreContextMut};
use coracle_error::Result;

/// The store, seen from a host function, and the instance that called it.
#[derive(Debug)]
pub struct Caller<'a, T: 'static> {
    store: StoreContextMut<'a, T>,
    instance: Option<InstanceId>,
}

impl<'a, T: 'static> Caller<'a, T> {
    #[inline(always)]
    pub(crate) fn new(store: &'a mut StoreInner, instance: Option<InstanceId>) -> Self {
        Self { store: StoreContextMut::of(store), instance }
    }

    /// The instance that called; `None` when the host did.
    pub(crate) fn instance(&self) -> Option<InstanceId> {
        self.instance
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The embedder's data, for change.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.store.engine()
    }

    /// As [`Store::gc`](crate::store::Store::gc): while a guest runs, nothing is freed.
    ///
    /// # Errors
    /// None at present.
    pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        self.store.gc(why)
    }

    /// As [`Store::gc_async`](crate::store::Store::gc_async).
    ///
    /// # Errors
    /// None at present.
    pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()>
    where
        T: Send,
    {
        self.store.gc(why)
    }

    /// As [`Store::fuel_async_yield_interval`](crate::store::Store::fuel_async_yield_interval).
    ///
    /// # Errors
    /// As there.
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.store.fuel_async_yield_interval(interval)
    }

    /// Fuel left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn get_fuel(&self) -> Result<u64> {
        self.store.get_fuel()
    }

    /// Sets the fuel that is left.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.store.set_fuel(fuel)
    }
}

impl<'a, T: 'static> From<Caller<'a, T>> for StoreContextMut<'a, T> {
    fn from(caller: Caller<'a, T>) -> Self {
        caller.store
    }
}

impl<T: 'static> AsContext for Caller<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T: 'static> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}

//! What a store is told to wait for: async limiters and hooks, and that guests give way now and then.
//!
//! Each makes calls that may not wait an error in this store from then on.

use crate::store::hook::CallHook;
use crate::store::ids::UpdateDeadline;
use crate::store::inner::{CallHookFn, StoreInner};
use crate::store::limiter::{LimiterHook, ResourceLimiterAsync};
use crate::store::{Store, StoreContextMut};
use alloc::boxed::Box;
use alloc::sync::Arc;
use coracle_error::{Error, ErrorKind, Result};
use core::num::NonZeroU64;
use core::pin::Pin;

/// A hook on calls between guest and host that may have to wait; for
/// [`Store::call_hook_async`].
///
/// The signature is that which `#[async_trait::async_trait]` makes of `async fn handle_call_event(&self, …)`, so that
/// an implementation can be written with it.
pub trait CallHookHandler<T: 'static>: Send {
    /// Is called at each call and each return between host and guest.
    ///
    /// # Errors
    /// As for the hook of [`Store::call_hook`].
    fn handle_call_event<'life0, 'life1, 'async_trait>(
        &'life0 self,
        t: StoreContextMut<'life1, T>,
        ch: CallHook,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
}

impl<T: 'static> Store<T> {
    /// Asks a limiter in the data before memories and tables grow, and waits for its answer.
    ///
    /// From now on the store can be used by calls of `*_async` alone, and memories and tables are made and grown by
    /// `new_async` and `grow_async`.
    pub fn limiter_async(
        &mut self,
        mut limiter: impl (FnMut(&mut T) -> &mut dyn ResourceLimiterAsync) + Send + Sync + 'static,
    ) {
        self.inner.limiter = Some(LimiterHook::Async(Box::new(move |data| data.downcast_mut().map(&mut limiter))));
        self.inner.read_limits();
        self.inner.require_async();
    }

    /// Calls a hook at each call and each return between host and guest, as [`Store::call_hook`] does, and waits for it.
    ///
    /// From now on the store can be used by calls of `*_async` alone.
    pub fn call_hook_async(&mut self, hook: impl CallHookHandler<T> + Sync + 'static) {
        let hook = Arc::new(hook);
        let run = move |inner: &mut StoreInner, at| {
            inner.block_on(|inner| hook.handle_call_event(StoreContextMut::of(inner), at))?
        };
        self.inner.call_hook = Some(CallHookFn::Async(Arc::new(run)));
        self.inner.require_async();
    }

    /// At the epoch deadline the guest gives way once to whatever else the executor has to do, and goes on until so many
    /// further epochs have passed.
    ///
    /// From now on the store can be used by calls of `*_async` alone.
    pub fn epoch_deadline_async_yield_and_update(&mut self, delta: u64) {
        self.inner.epoch_yield(delta);
    }

    /// Makes guests give way once whenever they have used so much fuel; not at all for `None`.
    ///
    /// From now on the store can be used by calls of `*_async` alone.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` when the engine does not charge fuel, or for an interval of 0.
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.inner.fuel_yield(interval)
    }
}

impl<T: 'static> StoreContextMut<'_, T> {
    /// As [`Store::epoch_deadline_async_yield_and_update`].
    pub fn epoch_deadline_async_yield_and_update(&mut self, delta: u64) {
        self.inner.epoch_yield(delta);
    }

    /// As [`Store::fuel_async_yield_interval`].
    ///
    /// # Errors
    /// As there.
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.inner.fuel_yield(interval)
    }
}

impl StoreInner {
    fn epoch_yield(&mut self, delta: u64) {
        self.epoch_hook = Some(Box::new(move |_| Ok(UpdateDeadline::Yield(delta))));
        self.require_async();
    }

    fn fuel_yield(&mut self, interval: Option<u64>) -> Result<()> {
        let fuel = self.fuel()?;
        if interval == Some(0) {
            return Err(Error::fault(ErrorKind::Unsupported, "fuel_async_yield_interval must not be 0"));
        }
        self.fuel_interval = interval.and_then(NonZeroU64::new);
        self.require_async();
        self.set_fuel(fuel)
    }
}

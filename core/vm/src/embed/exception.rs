//! Exceptions between host and guest: thrown by the one, met by the other.

use crate::embed::handle::{ExnRef, Rooted};
use crate::store::{AsContext, AsContextMut, Store, StoreContextMut};
use coracle_error::Result;

impl<T: 'static> Store<T> {
    /// Makes the error by which a host function throws `exception` into the guest that called it.
    ///
    /// # Errors
    /// Always that error.
    ///
    /// # Panics
    /// If the exception is of another store.
    pub fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
        self.as_context_mut().throw(exception)
    }

    /// The exception that was thrown last, if no guest has caught it and nobody has taken it.
    pub fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        self.as_context_mut().take_pending_exception()
    }

    /// Whether there is an exception to take.
    pub fn has_pending_exception(&self) -> bool {
        self.as_context().inner().task.thrown.is_some()
    }
}

impl<T: 'static> StoreContextMut<'_, T> {
    /// Makes the error by which a host function throws `exception` into the guest that called it.
    ///
    /// # Errors
    /// Always that error.
    ///
    /// # Panics
    /// If the exception is of another store.
    pub fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
        Err(self.inner().throw(exception.id()).into())
    }

    /// The exception that was thrown last, if no guest has caught it and nobody has taken it.
    pub fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        self.inner().take_thrown().map(Rooted::new)
    }

    /// Whether there is an exception to take.
    pub fn has_pending_exception(&mut self) -> bool {
        self.inner().task.thrown.is_some()
    }
}

//! Errors that cross the border: an exit code, and an error that a guest may see unless it is a trap.

use coracle::Error;
use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;

/// The error by which `wasi:cli/exit` unwinds a guest; it carries the exit code.
///
/// An embedder finds it with `error.downcast_ref::<I32Exit>()` on what a call returned. Code 0 is a
/// success.
#[derive(Debug)]
pub struct I32Exit(pub i32);

impl fmt::Display for I32Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exited with i32 exit status {}", self.0)
    }
}

impl StdError for I32Exit {}

/// Either an error `T` that the guest sees as a value, or a trap.
///
/// `?` on a `T` makes the former, [`TrappableError::trap`] the latter.
pub struct TrappableError<T> {
    error: Error,
    value: PhantomData<T>,
}

impl<T> TrappableError<T> {
    /// Makes an error that traps the guest.
    pub fn trap(error: impl Into<Error>) -> Self {
        Self { error: error.into(), value: PhantomData }
    }

    /// Gives the value for the guest back, or the trap.
    ///
    /// # Errors
    ///
    /// The error that [`TrappableError::trap`] was given.
    pub fn downcast(self) -> coracle::Result<T>
    where
        T: StdError + Send + Sync + 'static,
    {
        self.error.downcast::<T>()
    }

    /// Looks at the value for the guest, if this is not a trap.
    pub fn downcast_ref(&self) -> Option<&T>
    where
        T: StdError + Send + Sync + 'static,
    {
        self.error.downcast_ref::<T>()
    }
}

impl<T: StdError + Send + Sync + 'static> From<T> for TrappableError<T> {
    fn from(value: T) -> Self {
        Self { error: Error::new(value), value: PhantomData }
    }
}

impl<T> fmt::Debug for TrappableError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> fmt::Display for TrappableError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> StdError for TrappableError<T> {}

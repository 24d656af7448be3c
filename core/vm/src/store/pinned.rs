//! `Pinned`: a value of our own at an address that never changes, for running code to point at.
//!
//! A `Box` would claim that nobody else reaches the value; running code does (invariant V2 of
//! [`vmctx`](crate::tier::vmctx)): while it runs, the store is not touched by anybody else, and while the store's own
//! code runs, the guest stands still.
#![allow(unsafe_code)] // Owns its value through a raw pointer that others hold as well.

use alloc::boxed::Box;
use coracle_error::Result;
use coracle_error::fallible::boxed;
use core::fmt;
use core::ptr::NonNull;

/// An owned value that stays where it is.
pub(crate) struct Pinned<T>(NonNull<T>);

// SAFETY: it owns its value, like a `Box`.
unsafe impl<T: Send> Send for Pinned<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Pinned<T> {}

impl<T> Pinned<T> {
    /// Moves a value to its place.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(value: T) -> Result<Self> {
        Ok(Self(NonNull::from(Box::leak(boxed(value)?))))
    }

    /// Its address, for running code.
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// The value.
    #[inline(always)]
    pub(crate) fn get(&self) -> &T {
        // SAFETY: the value lives until `self` is dropped. Running code changes it only through the store that owns
        // `self`, which is borrowed meanwhile (V2).
        unsafe { self.0.as_ref() }
    }

    /// The value, for change.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        // SAFETY: as above, borrowed for change.
        unsafe { self.0.as_mut() }
    }
}

impl<T> Drop for Pinned<T> {
    fn drop(&mut self) {
        // SAFETY: the address came from a `Box` in `new` and is freed once.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl<T: fmt::Debug> fmt::Debug for Pinned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

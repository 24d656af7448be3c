//! What a store has of the host's memory, in bytes, and what it may have.
//!
//! Everything that a guest can make more of is counted when it is made: linear memories, tables, instances with their
//! contexts and globals, references, exceptions, handles, stacks. What is counted is what was asked of the allocator,
//! rounded up by guess; blocks that double count at their capacity.
//!
//! The storey above and every task count in the same place, so it is shared; it is the store's all the same, and nobody
//! else changes it.
//!
//! # Invariants
//! - Whoever takes gives back the same number, at the latest when the store ends.
//!
//! # What is absent
//! What belongs to an engine and is shared by its stores: code, images, signatures.

use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result};
use core::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that an allocation of its own costs beyond what was asked for.
pub const BLOCK_BYTES: usize = 16;

/// The bytes of one store.
#[derive(Debug)]
pub struct Budget {
    used: AtomicUsize,
    limit: AtomicUsize,
}

/// Bytes that are given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    /// Nothing used, and no limit.
    #[allow(clippy::new_without_default)] // A budget belongs to a store.
    pub fn new() -> Self {
        Self { used: AtomicUsize::new(0), limit: AtomicUsize::new(usize::MAX) }
    }

    /// Sets how many bytes there may be. What is there already stays.
    pub(crate) fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes so many bytes more.
    ///
    /// # Errors
    /// `ErrorKind::Limit` when they are not allowed; then nothing is taken.
    #[inline]
    pub fn take(&self, bytes: usize) -> Result<()> {
        let limit = self.limit.load(Ordering::Relaxed);
        // Without a limit, what nobody can have is somebody else's to refuse.
        match self.used().checked_add(bytes) {
            wanted if limit != usize::MAX && wanted.is_none_or(|wanted| wanted > limit) => Err(self.exceeded(wanted)),
            _ => {
                self.note(bytes);
                Ok(())
            }
        }
    }

    /// Takes so many bytes for what exists already, whether they are allowed or not.
    pub fn note(&self, bytes: usize) {
        self.used.store(self.used().wrapping_add(bytes), Ordering::Relaxed);
    }

    /// Gives bytes back.
    pub fn give_back(&self, bytes: usize) {
        self.used.store(self.used().wrapping_sub(bytes), Ordering::Relaxed);
    }

    /// Takes bytes for as long as the answer lives.
    ///
    /// # Errors
    /// As for [`Budget::take`].
    pub(crate) fn share(this: &Arc<Self>, bytes: usize) -> Result<Share> {
        this.take(bytes)?;
        Ok(Share { budget: this.clone(), bytes })
    }

    #[cold]
    fn exceeded(&self, wanted: Option<usize>) -> Error {
        let (wanted, limit) = (wanted.unwrap_or(usize::MAX), self.limit.load(Ordering::Relaxed));
        let message = coracle_error::wording!(
            "resource limit exceeded: the store would take {wanted} bytes of the host, of at most {limit}"
        );
        Error::fault(ErrorKind::Limit, message)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

/// The capacity to which a list grows that holds `len` items and is full: as much again, in few steps.
pub fn grown(len: usize) -> usize {
    len.saturating_mul(2).max(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_counted_and_given_back() {
        let budget = Arc::new(Budget::new());
        budget.take(usize::MAX).unwrap();
        budget.take(20).unwrap();
        budget.give_back(usize::MAX);
        budget.give_back(20);
        budget.set_limit(100);
        budget.take(60).unwrap();
        let error = budget.take(41).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(alloc::format!("{error}").ends_with("take 101 bytes of the host, of at most 100"), "{error}");
        assert!(budget.take(usize::MAX).is_err());
        let share = Budget::share(&budget, 40).unwrap();
        assert!(budget.take(1).is_err());
        drop(share);
        budget.note(70);
        assert_eq!(budget.used(), 130);
        budget.give_back(130);
        assert_eq!(budget.used(), 0);
    }
}

//! `Stamp`: a number that is given once in a process.
//!
//! What something *is* is told by its stamp, never by its address: an address is used again once its owner is gone,
//! and a handle that outlives its owner would then name a stranger.

use core::sync::atomic::{AtomicUsize, Ordering};

/// The identity of one thing for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(usize);

impl Stamp {
    /// A stamp that nothing else has.
    ///
    /// # Panics
    /// When all numbers are used up: after as many as there are addresses.
    #[allow(clippy::new_without_default)] // Two of them are never equal, so there is no default.
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(number != usize::MAX, "too many stores, modules and components in one process");
        Self(number)
    }

    /// The number.
    pub fn as_u64(self) -> u64 {
        self.0 as u64
    }
}

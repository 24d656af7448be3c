//! `Status`: what running code answers whoever entered it.

/// How an entry was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
#[must_use]
pub enum Status {
    /// Results lie at `cells`.
    Done = 0,
    /// [`VmStore::trap`](crate::tier::VmStore::trap) or the store's pending error tells why.
    Trap = 1,
    /// An exception is on its way: [`VmStore::exception`](crate::tier::VmStore::exception).
    Throw = 2,
    /// The task gave way; it goes on when it is resumed.
    Suspended = 3,
    /// [`VmStore::tail`](crate::tier::VmStore::tail) goes on, with its arguments at `cells`.
    TailCall = 4,
}

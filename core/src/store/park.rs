//! Where guests wait for each other: `memory.atomic.wait` and `notify`.
//!
//! Twin bodies: with `std`, threads park on the address of the cell that they wait at; without, nobody could wake
//! the only thread, so a wait without a timeout is a trap and one with a timeout times out.

#[cfg(not(feature = "std"))]
mod alone;
#[cfg(feature = "std")]
mod threads;

#[cfg(not(feature = "std"))]
pub(crate) use alone::{notify, wait};
#[cfg(feature = "std")]
pub(crate) use threads::{notify, wait};

/// How a wait ended, as the instruction tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Another agent woke it.
    #[cfg_attr(not(feature = "std"), expect(dead_code, reason = "there is no other agent"))]
    Woken = 0,
    /// The cell held something else.
    NotEqual = 1,
    /// Nobody woke it in time.
    TimedOut = 2,
}

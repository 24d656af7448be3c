//! Where guests wait for each other: `memory.atomic.wait` and `notify`.
//!
//! Twin bodies: with `std`, threads park on the address of the cell that they wait at; without, nobody could wake
//! the only thread, so a wait without a timeout is a trap and one with a timeout times out.

#[cfg(not(feature = "std"))]
mod alone;
mod outcome;
#[cfg(feature = "std")]
mod threads;

#[cfg(not(feature = "std"))]
pub(crate) use alone::{Queued, notify, wait};
#[cfg(feature = "std")]
pub(crate) use threads::{Queued, notify, wait};

pub(crate) use outcome::Outcome;

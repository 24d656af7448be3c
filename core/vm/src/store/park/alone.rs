//! Waiting where there is one thread only.

use crate::store::park::outcome::Outcome;
use coracle_error::Trap;

/// A place in a queue: nobody stands in one.
#[derive(Debug)]
pub(crate) enum Queued {}

/// Waits at a cell while `still` holds; a negative timeout is none. No wait takes any time, so nobody looks whether it is to
/// end.
///
/// # Errors
/// `Trap::CannotBlockSyncTask` where the wait would never end.
pub(crate) fn wait<E: From<Trap>>(
    _cell: usize,
    timeout_ns: i64,
    still: impl Fn() -> bool,
    _look: Option<&mut dyn FnMut(Queued) -> Result<Queued, E>>,
) -> Result<Outcome, E> {
    match (still(), timeout_ns) {
        (false, _) => Ok(Outcome::NotEqual),
        (true, 0..) => Ok(Outcome::TimedOut),
        (true, _) => Err(Trap::CannotBlockSyncTask.into()),
    }
}

/// Wakes at most `count` that wait at a cell, and says how many: none ever do.
pub(crate) fn notify(_cell: usize, _count: u32) -> u32 {
    0
}

//! Threads that wait at an address, first come first woken.

use crate::store::park::outcome::Outcome;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use coracle_error::Trap;
use core::sync::atomic::{AtomicBool, Ordering};
use hashbrown::HashMap;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Waiter {
    woken: AtomicBool,
    bell: Condvar,
}

type Queues = HashMap<usize, VecDeque<Arc<Waiter>>>;

/// Who waits where. One lock: what stands under it is short.
static QUEUES: LazyLock<Mutex<Queues>> = LazyLock::new(Default::default);

fn queues() -> MutexGuard<'static, Queues> {
    QUEUES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits at a cell while `still` holds; a negative timeout is none. No wake-up between test and sleep is lost.
///
/// # Errors
/// None here; the twin without threads has one.
pub(crate) fn wait(cell: usize, timeout_ns: i64, still: impl Fn() -> bool) -> Result<Outcome, Trap> {
    let mut queues = queues();
    if !still() {
        return Ok(Outcome::NotEqual);
    }
    let deadline = u64::try_from(timeout_ns).ok().and_then(|ns| Instant::now().checked_add(Duration::from_nanos(ns)));
    let me = Arc::new(Waiter::default());
    queues.entry(cell).or_default().push_back(me.clone());
    while !me.woken.load(Ordering::Relaxed) {
        let Some(deadline) = deadline else {
            queues = me.bell.wait(queues).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            if let Some(queue) = queues.get_mut(&cell) {
                queue.retain(|waiter| !Arc::ptr_eq(waiter, &me));
                if queue.is_empty() {
                    queues.remove(&cell);
                }
            }
            return Ok(Outcome::TimedOut);
        }
        queues = me.bell.wait_timeout(queues, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    Ok(Outcome::Woken)
}

/// Wakes at most `count` that wait at a cell, in the order in which they came, and says how many.
pub(crate) fn notify(cell: usize, count: u32) -> u32 {
    let mut queues = queues();
    let Some(queue) = queues.get_mut(&cell) else { return 0 };
    let mut woken = 0;
    while woken < count {
        let Some(waiter) = queue.pop_front() else { break };
        waiter.woken.store(true, Ordering::Relaxed);
        waiter.bell.notify_one();
        woken += 1;
    }
    if queue.is_empty() {
        queues.remove(&cell);
    }
    woken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_woken_in_turn_or_time_out() {
        assert_eq!(wait(1, -1, || false), Ok(Outcome::NotEqual));
        assert_eq!(wait(1, 1000, || true), Ok(Outcome::TimedOut));
        assert_eq!(notify(1, 5), 0);
        let threads: Vec<_> = (0..3).map(|_| std::thread::spawn(|| wait(2, -1, || true))).collect();
        let mut woken = 0;
        while woken < 3 {
            woken += notify(2, 2);
            std::thread::yield_now();
        }
        assert!(threads.into_iter().all(|thread| thread.join().is_ok_and(|outcome| outcome == Ok(Outcome::Woken))));
    }
}

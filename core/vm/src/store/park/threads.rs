//! Threads that wait at an address, first come first woken.

use crate::store::park::outcome::Outcome;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use coracle_image::keyed::KeyMap;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct Waiter {
    woken: AtomicBool,
    bell: Condvar,
}

type Queues = KeyMap<usize, VecDeque<Arc<Waiter>>>;

/// Who waits where. One lock: what stands under it is short.
static QUEUES: LazyLock<Mutex<Queues>> = LazyLock::new(Default::default);

fn queues() -> MutexGuard<'static, Queues> {
    QUEUES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often somebody who waits looks whether the wait is to end.
const LOOK: Duration = Duration::from_millis(5);

/// Waits at a cell while `still` holds; a negative timeout is none. No wake-up between test and sleep is lost. `look` is
/// asked every now and then whether the wait is to end; it has the place in the queue meanwhile, and gives it back.
///
/// # Errors
/// Those of `look`; the twin without threads has one of its own.
pub(crate) fn wait<E>(
    cell: usize,
    timeout_ns: i64,
    still: impl Fn() -> bool,
    mut look: Option<&mut dyn FnMut(Queued) -> Result<Queued, E>>,
) -> Result<Outcome, E> {
    let mut queues = queues();
    if !still() {
        return Ok(Outcome::NotEqual);
    }
    let deadline = u64::try_from(timeout_ns).ok().and_then(|ns| Instant::now().checked_add(Duration::from_nanos(ns)));
    let mut me = Queued { cell, waiter: Arc::new(Waiter::default()) };
    queues.entry(cell).or_default().push_back(me.waiter.clone());
    loop {
        if me.waiter.woken.load(Ordering::Relaxed) {
            return Ok(Outcome::Woken);
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            me.leave(&mut queues);
            return Ok(Outcome::TimedOut);
        }
        let pause = match (left, &look) {
            (None, None) => {
                queues = me.waiter.bell.wait(queues).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            (Some(left), None) => left,
            (left, Some(_)) => left.map_or(LOOK, |left| left.min(LOOK)),
        };
        queues = me.waiter.bell.wait_timeout(queues, pause).unwrap_or_else(PoisonError::into_inner).0;
        if let Some(look) = &mut look {
            // It may run whatever it likes, and wake others.
            drop(queues);
            me = look(me)?;
            queues = self::queues();
        }
    }
}

/// Somebody who stands in a queue; leaves it when dropped, also by a panic. Nobody holds the lock then.
#[derive(Debug)]
pub(crate) struct Queued {
    cell: usize,
    waiter: Arc<Waiter>,
}

impl Queued {
    fn leave(&self, queues: &mut Queues) {
        if let Some(queue) = queues.get_mut(&self.cell) {
            queue.retain(|waiter| !Arc::ptr_eq(waiter, &self.waiter));
            if queue.is_empty() {
                queues.remove(&self.cell);
            }
        }
        // It has no need to leave once more.
        self.waiter.woken.store(true, Ordering::Relaxed);
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        if !self.waiter.woken.load(Ordering::Relaxed) {
            self.leave(&mut queues());
        }
    }
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

    const NEVER: Option<&mut dyn FnMut(Queued) -> Result<Queued, ()>> = None;

    #[test]
    fn waits_are_woken_in_turn_or_time_out() {
        assert_eq!(wait(1, -1, || false, NEVER), Ok(Outcome::NotEqual));
        assert_eq!(wait(1, 1000, || true, NEVER), Ok(Outcome::TimedOut));
        assert_eq!(notify(1, 5), 0);
        let threads: Vec<_> = (0..3).map(|_| std::thread::spawn(|| wait(2, -1, || true, NEVER))).collect();
        let mut woken = 0;
        while woken < 3 {
            woken += notify(2, 2);
            std::thread::yield_now();
        }
        assert!(threads.into_iter().all(|thread| thread.join().is_ok_and(|outcome| outcome == Ok(Outcome::Woken))));
    }

    #[test]
    fn who_looks_meanwhile_can_be_woken_and_can_end_the_wait() {
        let mut looks = 0;
        let mut look = |place| {
            looks += 1;
            if looks < 3 { Ok(place) } else { Err("enough") }
        };
        assert_eq!(wait(3, -1, || true, Some(&mut look)), Err("enough"));
        assert_eq!(notify(3, 5), 0, "it stands in no queue any more");
        let mut look = |place| -> Result<Queued, ()> {
            notify(4, 1);
            Ok(place)
        };
        assert_eq!(wait(4, -1, || true, Some(&mut look)), Ok(Outcome::Woken));
        let mut look = |place| -> Result<Queued, ()> { Ok(place) };
        assert_eq!(wait(5, 20_000_000, || true, Some(&mut look)), Ok(Outcome::TimedOut));
    }
}

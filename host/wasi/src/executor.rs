//! Waits on one thread for futures that are ready, timed, or woken by another thread.
//!
//! Readiness is a future, as in the asynchronous flavour of this API; the synchronous flavour runs it
//! here, with no runtime behind it: a thread that parks, and one deadline.
//!
//! # Invariants
//!
//! - A future that is not ready has either left its waker with someone who will call it, or named the
//!   instant at which it wants to be asked again with [`wake_at`]. Both may be true; spurious polls
//!   are allowed.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

thread_local! {
    /// The earliest instant that a future polled on this thread has asked for.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };

    /// Unparks this thread. One waker for all waits, so that who keeps wakers can tell that it has this one.
    static WAKER: Waker = Waker::from(Arc::new(Unpark(thread::current())));
}

/// Runs a future to its end on this thread; parks while it has nothing to do.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = WAKER.with(Waker::clone);
    let mut cx = Context::from_waker(&waker);
    loop {
        DEADLINE.set(None);
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
        match DEADLINE.take() {
            None => thread::park(),
            Some(at) => thread::park_timeout(at.saturating_duration_since(Instant::now())),
        }
    }
}

/// Polls a future once and tells whether it was ready. Never blocks.
pub(crate) fn is_ready<F: Future>(future: F) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    pin!(future).poll(&mut cx).is_ready()
}

/// Asks that the future which is being polled be polled again at `at`.
pub(crate) fn wake_at(at: Instant) {
    DEADLINE.set(Some(DEADLINE.get().map_or(at, |set| set.min(at))));
}

/// Resolves at an instant.
pub(crate) struct SleepUntil(pub(crate) Instant);

impl Future for SleepUntil {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.0 {
            return Poll::Ready(());
        }
        wake_at(self.0);
        Poll::Pending
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn};
    use std::sync::Mutex;
    use std::time::Duration;

    #[test]
    fn a_ready_future_does_not_park() {
        assert_eq!(block_on(async { 7 }), 7);
        assert!(is_ready(async {}));
        assert!(!is_ready(pending::<()>()));
    }

    #[test]
    fn waits_of_a_thread_share_a_waker() {
        let waker = || block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        assert!(waker().will_wake(&waker()));
    }

    #[test]
    fn the_earliest_deadline_wakes() {
        let start = Instant::now();
        let mut late = pin!(SleepUntil(start + Duration::from_secs(60)));
        let mut soon = pin!(SleepUntil(start + Duration::from_millis(20)));
        block_on(poll_fn(|cx| {
            let late = late.as_mut().poll(cx).is_ready();
            let soon = soon.as_mut().poll(cx).is_ready();
            if late || soon { Poll::Ready(()) } else { Poll::Pending }
        }));
        assert!(start.elapsed() >= Duration::from_millis(20));
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn another_thread_wakes() {
        let shared = Arc::new(Mutex::new((false, None::<Waker>)));
        let theirs = shared.clone();
        let other = thread::spawn(move || {
            thread::sleep(Duration::from_millis(10));
            let mut state = theirs.lock().unwrap();
            state.0 = true;
            if let Some(waker) = state.1.take() {
                waker.wake();
            }
        });
        block_on(poll_fn(|cx| {
            let mut state = shared.lock().unwrap();
            if state.0 {
                return Poll::Ready(());
            }
            state.1 = Some(cx.waker().clone());
            Poll::Pending
        }));
        other.join().unwrap();
    }
}

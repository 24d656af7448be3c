//! Executors of these tests, and futures that take some polls.

use coracle::{Config, Engine, Result, TierPolicy};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// The tiers that each test runs in: nothing compiled, hot loops taken over in the middle, all compiled at its second
/// call, and all of it when it is loaded.
pub(crate) const TIERS: [TierPolicy; 4] =
    [TierPolicy::Off, TierPolicy::Background, TierPolicy::Sync(2), TierPolicy::Eager];

/// An engine of a tier with what a test needs besides.
pub(crate) fn engine(tier: TierPolicy, set: impl FnOnce(&mut Config)) -> Engine {
    let mut config = Config::new();
    config.tier_policy(tier);
    set(&mut config);
    Engine::new(&config).expect("an engine")
}

/// Engines of the tiers, with a setting or two.
pub(crate) fn engines(set: impl Fn(&mut Config)) -> Vec<Engine> {
    TIERS.into_iter().map(|tier| engine(tier, &set)).collect()
}

/// A future that is not ready so many times.
pub(crate) struct Polls(pub(crate) u32);

impl Future for Polls {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls once.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until the future is ready; its output, and how often it was not.
pub(crate) fn run<R>(future: impl Future<Output = R>) -> (R, u32) {
    let mut future = pin!(future);
    let mut pending = 0;
    loop {
        match poll(future.as_mut()) {
            Poll::Ready(output) => return (output, pending),
            Poll::Pending => pending += 1,
        }
    }
}

/// The output of a future that is an error, as text.
pub(crate) fn error<R>(output: Result<R>) -> String {
    match output {
        Ok(_) => panic!("no error"),
        Err(error) => format!("{error:#}"),
    }
}

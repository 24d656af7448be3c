//! `wasi:clocks`: the time of day, spans of time, timers.

use crate::executor::SleepUntil;
use crate::io::{DynPollable, Pollable, subscribe};
use crate::p2::bindings::clocks::wall_clock::Datetime;
use crate::p2::bindings::clocks::{monotonic_clock, timezone, wall_clock};
use async_trait::async_trait;
use coracle::component::{HasData, Resource, ResourceTable};
use coracle::{Error, Result};
use std::future::pending;
use std::time::{Duration, Instant, SystemTime};

/// Names [`WasiClocksCtxView`] for the `D` parameter of the `add_to_linker` functions.
pub struct WasiClocks;

impl HasData for WasiClocks {
    type Data<'a> = WasiClocksCtxView<'a>;
}

/// Gives access to the state behind `wasi:clocks`.
pub trait WasiClocksView: Send {
    /// Borrows it.
    fn clocks(&mut self) -> WasiClocksCtxView<'_>;
}

/// The state that the functions of `wasi:clocks` work on.
pub struct WasiClocksCtxView<'a> {
    /// The clocks.
    pub ctx: &'a mut WasiClocksCtx,
    /// The host's side of the resources that the guest holds.
    pub table: &'a mut ResourceTable,
}

/// The clocks of one guest; those of the host by default.
pub struct WasiClocksCtx {
    pub(crate) wall_clock: Box<dyn HostWallClock + Send>,
    pub(crate) monotonic_clock: Box<dyn HostMonotonicClock + Send>,
}

impl Default for WasiClocksCtx {
    fn default() -> Self {
        Self { wall_clock: Box::new(WallClock::new()), monotonic_clock: Box::new(MonotonicClock::new()) }
    }
}

/// A clock that tells the time of day.
pub trait HostWallClock: Send {
    /// The smallest step of the clock.
    fn resolution(&self) -> Duration;

    /// The time since 1970-01-01T00:00:00Z.
    fn now(&self) -> Duration;
}

/// A clock that measures spans of time.
pub trait HostMonotonicClock: Send {
    /// The smallest step of the clock, in nanoseconds.
    fn resolution(&self) -> u64;

    /// Nanoseconds since some instant; never less than before.
    fn now(&self) -> u64;
}

/// The host's time of day.
#[derive(Debug, Default)]
pub struct WallClock(());

impl WallClock {
    /// Makes the clock.
    pub fn new() -> Self {
        Self::default()
    }
}

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        STEP
    }

    fn now(&self) -> Duration {
        // A host whose clock stands before 1970 has no better answer for a guest than zero.
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

/// The step of the host's clocks: what the types of `std` count in, and of the order of what current
/// systems report.
const STEP: Duration = Duration::from_nanos(1);

/// The host's steady clock, counted from when this was made.
#[derive(Debug)]
pub struct MonotonicClock {
    initial: Instant,
}

impl MonotonicClock {
    /// Starts at zero.
    pub fn new() -> Self {
        Self { initial: Instant::now() }
    }
}

impl Default for MonotonicClock {
    fn default() -> Self {
        Self::new()
    }
}

impl HostMonotonicClock for MonotonicClock {
    fn resolution(&self) -> u64 {
        nanos(STEP)
    }

    fn now(&self) -> u64 {
        nanos(self.initial.elapsed())
    }
}

/// Nanoseconds as `u64`, which hold more than 584 years.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What a timer's pollable watches.
enum Deadline {
    At(Instant),
    /// Further off than the host can count.
    Never,
}

#[async_trait]
impl Pollable for Deadline {
    async fn ready(&mut self) {
        match *self {
            Self::At(at) => SleepUntil(at).await,
            Self::Never => pending().await,
        }
    }
}

impl WasiClocksCtxView<'_> {
    fn timer(&mut self, nanos: u64) -> Result<Resource<DynPollable>> {
        let at = Instant::now().checked_add(Duration::from_nanos(nanos));
        let timer = self.table.push(at.map_or(Deadline::Never, Deadline::At))?;
        subscribe(self.table, timer)
    }
}

impl monotonic_clock::Host for WasiClocksCtxView<'_> {
    fn now(&mut self) -> Result<u64> {
        Ok(self.ctx.monotonic_clock.now())
    }

    fn resolution(&mut self) -> Result<u64> {
        Ok(self.ctx.monotonic_clock.resolution())
    }

    fn subscribe_instant(&mut self, when: u64) -> Result<Resource<DynPollable>> {
        let now = self.ctx.monotonic_clock.now();
        self.timer(when.saturating_sub(now))
    }

    fn subscribe_duration(&mut self, when: u64) -> Result<Resource<DynPollable>> {
        self.timer(when)
    }
}

impl From<Duration> for Datetime {
    fn from(duration: Duration) -> Self {
        Self { seconds: duration.as_secs(), nanoseconds: duration.subsec_nanos() }
    }
}

impl wall_clock::Host for WasiClocksCtxView<'_> {
    fn now(&mut self) -> Result<Datetime> {
        Ok(self.ctx.wall_clock.now().into())
    }

    fn resolution(&mut self) -> Result<Datetime> {
        Ok(self.ctx.wall_clock.resolution().into())
    }
}

impl timezone::Host for WasiClocksCtxView<'_> {
    fn display(&mut self, when: Datetime) -> Result<timezone::TimezoneDisplay> {
        Ok(timezone::TimezoneDisplay {
            utc_offset: self.utc_offset(when)?,
            name: "UTC".to_owned(),
            in_daylight_saving_time: false,
        })
    }

    fn utc_offset(&mut self, when: Datetime) -> Result<i32> {
        if when.nanoseconds >= 1_000_000_000 {
            return Err(Error::msg("a datetime with a second or more in its nanoseconds"));
        }
        // The host's time zone is not granted, and this is what the text asks for then.
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::monotonic_clock::Host as _;
    use super::timezone::Host as _;
    use super::*;
    use crate::WasiCtx;
    use crate::p2::bindings::io::poll::HostPollable;

    struct Fixed;

    impl HostWallClock for Fixed {
        fn resolution(&self) -> Duration {
            Duration::from_millis(1)
        }

        fn now(&self) -> Duration {
            Duration::new(5, 999_999_999)
        }
    }

    impl HostMonotonicClock for Fixed {
        fn resolution(&self) -> u64 {
            10
        }

        fn now(&self) -> u64 {
            1000
        }
    }

    fn with_view<R>(ctx: &mut WasiCtx, run: impl FnOnce(WasiClocksCtxView<'_>) -> R) -> R {
        let mut table = ResourceTable::new();
        run(WasiClocksCtxView { ctx: &mut ctx.clocks, table: &mut table })
    }

    #[test]
    fn clocks_can_be_replaced() {
        let mut ctx = WasiCtx::builder().wall_clock(Fixed).monotonic_clock(Fixed).build();
        with_view(&mut ctx, |mut view| {
            assert_eq!(view.now().unwrap(), 1000);
            assert_eq!(view.resolution().unwrap(), 10);
            let now = wall_clock::Host::now(&mut view).unwrap();
            assert_eq!((now.seconds, now.nanoseconds), (5, 999_999_999));
            assert_eq!(view.display(now).unwrap().name, "UTC");
        });
    }

    #[test]
    fn the_steady_clock_does_not_go_back() {
        with_view(&mut WasiCtx::builder().build(), |mut view| {
            let before = view.now().unwrap();
            assert!(view.now().unwrap() >= before);
        });
    }

    #[test]
    fn timers_fire_in_their_time() {
        with_view(&mut WasiCtx::builder().build(), |mut view| {
            let start = Instant::now();
            let soon = view.subscribe_duration(20_000_000).unwrap();
            view.table.block(Resource::new_borrow(soon.rep())).unwrap();
            assert!(start.elapsed() >= Duration::from_millis(20));
            let past = view.subscribe_instant(0).unwrap();
            assert!(view.table.ready(past).unwrap());
            let never = view.subscribe_duration(u64::MAX).unwrap();
            assert!(!view.table.ready(never).unwrap());
        });
    }
}

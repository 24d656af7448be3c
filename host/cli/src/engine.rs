//! An engine as the flags want it, and the clock that ends a guest's time.

use crate::flags::EngineFlags;
use crate::options::wasm;
use crate::report;
use crate::trace::Trace;
use coracle::{Config, Engine, Error, ProfilingStrategy, Result, Store, TierPolicy};
use std::fmt;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// How long a guest whose time is up may stay in a call of the host's.
const GRACE: Duration = Duration::from_millis(200);

/// A guest's time was up.
#[derive(Debug)]
pub(crate) struct TimeIsUp(pub(crate) Duration);

impl fmt::Display for TimeIsUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the guest's time was up after {:?} (`-W timeout`)", self.0)
    }
}

impl std::error::Error for TimeIsUp {}

/// An engine as the flags want it.
pub(crate) fn engine(flags: &EngineFlags) -> Result<Engine> {
    Engine::new(&config(flags)?)
}

/// An engine that takes whatever there is, for what is looked at and not run.
pub(crate) fn of_everything() -> Result<Engine> {
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Off);
    wasm::all_proposals(&mut config, true);
    Engine::new(&config)
}

/// The settings of an engine as the flags want it.
pub(crate) fn config(flags: &EngineFlags) -> Result<Config> {
    let mut config = Config::new();
    if let Some(policy) = flags.tier {
        config.tier_policy(policy);
    }
    let trace = flags.tier_trace.as_deref().map(Trace::begin).transpose()?;
    if flags.tier_log || trace.is_some() {
        let log = flags.tier_log;
        config.tier_log(move |event| {
            if log {
                // The compiler's threads write too; a closed standard error is no reason to stop them.
                let _ = writeln!(io::stderr(), "tier: {event}");
            }
            if let Some(trace) = &trace {
                trace.add(event);
            }
        });
    }
    if flags.perf_map {
        config.profiler(ProfilingStrategy::PerfMap);
    }
    if let Some(target) = &flags.target {
        config.target(target)?;
    }
    flags.optimize().configure(&mut config);
    flags.codegen().configure(&mut config);
    flags.wasm().configure(&mut config);
    Ok(config)
}

/// From here on the guest's time counts: when it is up, running code traps. A guest that waits in the host then, for its
/// input or for a clock, would never notice; so the process ends, as after that trap.
pub(crate) fn start_clock<T>(timeout: Option<Duration>, store: &mut Store<T>) -> Result<()> {
    let Some(timeout) = timeout else { return Ok(()) };
    let engine = store.engine().clone();
    store.set_epoch_deadline(1);
    let watch = move || {
        thread::sleep(timeout);
        engine.increment_epoch();
        thread::sleep(GRACE);
        report::abort(&Error::new(TimeIsUp(timeout)));
    };
    thread::Builder::new().name("clock".to_owned()).spawn(watch).map(drop).map_err(Error::new)
}

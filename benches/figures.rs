//! Coracle's own figures, by criterion: `cargo bench`, or a part of it as in `cargo bench -- kernels/fft`.
//!
//! All benches are one program, since with whole-program optimisation it is linking that takes the time. Every name ends
//! in what is measured once, and in its unit; criterion's estimates are in ns. How Coracle stands to others is not
//! measured here but by `benches/peers`, in pairs.
//!
//! `cargo bench --features portable-dispatch -- kernels` runs the kernels with the loop dispatcher, under its name.

#[path = "figures/calls.rs"]
mod calls;
#[path = "figures/instantiate.rs"]
mod instantiate;
#[path = "figures/kernels.rs"]
mod kernels;
#[path = "figures/load.rs"]
mod load;
#[path = "figures/lookup.rs"]
mod lookup;
#[path = "figures/promotion.rs"]
mod promotion;
#[path = "figures/waits.rs"]
mod waits;
#[path = "support/wide.rs"]
mod wide;

use coracle::{Config, Engine, TierPolicy};
use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

/// Ways to run, by their names on the command line. Without a compiler there is one.
const POLICIES: &[(&str, TierPolicy)] = if cfg!(feature = "jit") {
    &[(INTERPRETER, TierPolicy::Off), ("background", TierPolicy::Background), ("eager", TierPolicy::Eager)]
} else {
    &[(INTERPRETER, TierPolicy::Off)]
};

/// The interpreter alone, or what this build has of it.
const INTERPRETER: &str = if cfg!(feature = "portable-dispatch") { "portable" } else { "off" };

/// An engine, otherwise as it comes.
fn engine(policy: TierPolicy) -> Engine {
    Engine::new(Config::new().tier_policy(policy)).expect("a build without a compiler has no such policy")
}

/// Enough for a look at a change; a claim takes pairs.
fn short() -> Criterion {
    let criterion = Criterion::default().sample_size(10);
    criterion.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(900))
}

criterion_group! {
    name = figures;
    config = short();
    targets = load::load, instantiate::link, instantiate::instantiate, lookup::lookup, calls::calls, kernels::kernels,
        promotion::promotion, waits::waits
}
criterion_main!(figures);

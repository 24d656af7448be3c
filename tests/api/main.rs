//! The API for core modules, used as an embedder would, in each tier: one binary.

mod bounds;
mod budget;
mod calls;
mod errors;
mod gate;
mod hooks;
mod host;
mod identity;
mod items;
mod limits;
mod linking;
mod log;
mod moved;
mod raw;
mod references;
mod shared;
mod stacks;
mod stamps;
mod threads;
mod trap;

use coracle::{Config, Engine, Result, TierPolicy};

/// The tiers that each test runs in: nothing compiled, and everything at its second call.
pub const TIERS: [TierPolicy; 2] = [TierPolicy::Off, TierPolicy::Sync(2)];

/// An engine of a tier with what a test needs besides.
pub(crate) fn engine(tier: TierPolicy, set: impl FnOnce(&mut Config)) -> Result<Engine> {
    let mut config = Config::new();
    config.tier_policy(tier);
    set(&mut config);
    Engine::new(&config)
}

/// Engines of the tiers, with a setting or two.
pub(crate) fn engines(set: impl Fn(&mut Config)) -> Vec<Engine> {
    TIERS.into_iter().map(|tier| engine(tier, &set).expect("an engine")).collect()
}

//! Coracle in its tiers.

use crate::engines::Engine;
use crate::engines::twin::ours::Runtime;
use anyhow::Result;
use coracle::{Config, TierPolicy};

pub(crate) use crate::engines::twin::ours::foreign;

/// The interpreter alone.
pub fn interp() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Off, false)
}

/// The interpreter alone, with fuel.
pub fn interp_fuel() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Off, true)
}

/// Native code from the first call on.
pub fn eager() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Eager, false)
}

/// Native code from the first call on, with fuel.
pub fn eager_fuel() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Eager, true)
}

/// The default: interpreted at once, compiled in the background where it is hot.
pub fn tiered() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Background, false)
}

fn make(policy: TierPolicy, fuel: bool) -> Result<Box<dyn Engine>> {
    let mut config = Config::new();
    config.tier_policy(policy).consume_fuel(fuel);
    Ok(Box::new(Runtime { engine: coracle::Engine::new(&config).map_err(foreign)?, fuel }))
}

//! Components that do what they should not, want what is not to be had, or are larger than any that somebody wrote.

mod broken_off;
mod destructors;
#[path = "../beside/dimensions.rs"]
mod dimensions;
#[cfg(feature = "jit")]
mod foreseen;
mod graph;
mod graph_items;
#[cfg(feature = "jit")]
mod inlined;
mod large;
mod loops;
mod missing;
mod moved;
mod numbers;
mod poison;
mod reenter;
mod refused;
mod short_text;
mod stamps;
mod thrown;
mod traps;

use coracle::{Config, Engine, TierPolicy};

/// Engines of each tier: nothing compiled, and everything at its first call.
pub(crate) fn engines() -> Vec<Engine> {
    let tiers: &[TierPolicy] =
        if cfg!(feature = "jit") { &[TierPolicy::Off, TierPolicy::Sync(1)] } else { &[TierPolicy::Off] };
    let engine = |&tier: &TierPolicy| {
        let mut config = Config::new();
        config.tier_policy(tier);
        dimensions::apply(&mut config);
        Engine::new(&config).expect("an engine")
    };
    tiers.iter().map(engine).collect()
}

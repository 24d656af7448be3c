//! wasmtime with each of its compilers, otherwise as it comes, but that memories may be shared.

use crate::engines::Engine;
use crate::engines::twin::theirs::Runtime;
use anyhow::Result;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy};

/// The optimising compiler.
pub fn cranelift() -> Result<Box<dyn Engine>> {
    make(Config::new().strategy(Strategy::Cranelift))
}

/// The optimising compiler, and instances whose memories and tables come from a pool that is made at once.
pub fn pooling() -> Result<Box<dyn Engine>> {
    let mut pool = PoolingAllocationConfig::new();
    // As many as live at once in the figures, where the address space has room for them.
    let most = crate::instances::LIVE as u32 + 64;
    pool.total_core_instances(most).total_component_instances(most).total_memories(most).total_tables(most);
    let strategy = InstanceAllocationStrategy::Pooling(pool);
    make(Config::new().strategy(Strategy::Cranelift).allocation_strategy(strategy))
}

/// The baseline compiler.
pub fn winch() -> Result<Box<dyn Engine>> {
    make(Config::new().strategy(Strategy::Winch))
}

/// The interpreter, fed by the optimising compiler.
pub fn pulley() -> Result<Box<dyn Engine>> {
    make(Config::new().target("pulley64")?)
}

fn make(config: &mut Config) -> Result<Box<dyn Engine>> {
    config.shared_memory(true);
    Ok(Box::new(Runtime { engine: wasmtime::Engine::new(config)?, fuel: false }))
}

//! Coracle's interpreter with the dispatcher of machines and builds where handlers cannot jump.
//!
//! Which dispatcher an interpreter has is settled when it is compiled, so this is the interpreter compiled once more. The
//! façade joins the one it was built with; that is why this file, alone among the engines, goes below it.

use crate::engines::Engine;
use crate::engines::twin::ours::Runtime;
use anyhow::Result;
use coracle_vm::engine::{EngineParts, Settings};
use coracle_vm::internals::new_engine;
use coracle_vm::tier::TierStrategy;

/// The interpreter alone.
pub fn make() -> Result<Box<dyn Engine>> {
    let parts = EngineParts {
        interpreter: coracle_interp_portable::tier(),
        compiler: None,
        strategy: TierStrategy::interpreter_alone(),
        settings: Settings { reserve_memories: true, ..Default::default() },
    };
    Ok(Box::new(Runtime { engine: new_engine(parts), fuel: false }))
}

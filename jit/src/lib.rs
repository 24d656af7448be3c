//! The Cranelift tier of the Coracle component runtime.
//!
//! Interpreted functions that get hot come in through [`Compiler`] and leave as native code, published in their slots.
//! Modules in the order in which a function meets them: `tier` takes it, `queue` lets it wait, `compile` makes machine
//! code of its wasm body, `code` puts that in place, `publish` writes the slot; `trap` is how such code is left. `events`
//! and `perf` tell of it.
//!
//! # Invariants
//! - Of the interpreter only the seam is known: slots, contexts, cells at loop heads.
//! - A body that cannot be compiled is refused with a reason, and runs as it did.
//! - Machine code of a module lives exactly as long as the module.
//!
//! # What is absent
//! The value stack's inside, operators of the interpreter, unwinding through Rust frames.

mod code;
mod compile;
mod events;
mod isa;
mod names;
mod perf;
mod publish;
mod queue;
mod sync;
#[cfg(test)]
mod testing;
mod tier;
mod trap;

use coracle_vm::engine::Settings;
use coracle_vm::tier::{Compiler, TierLog, TierStrategy};
use std::num::NonZeroUsize;

/// How an engine's compiler works.
#[derive(Clone)]
pub struct Options {
    /// What is compiled, and when.
    pub strategy: TierStrategy,
    /// Who is told.
    pub log: Option<TierLog>,
    /// Machine code of all modules of the engine, in bytes; beyond it nothing more is compiled.
    pub code_limit_bytes: usize,
    /// How many threads compile what nobody waits for; by default half of the processors that there are, one at least
    /// and four at most.
    pub threads: Option<NonZeroUsize>,
    /// Whether `perf` is told of native code.
    pub perf_map: bool,
    /// The engine's settings.
    pub settings: Settings,
}

/// The compiler for an engine with these options.
///
/// Where no native code can be made (another machine, signals that cannot be handled) it refuses every function, and
/// says why in the log.
pub fn tier(options: Options) -> Box<dyn Compiler> {
    Box::new(tier::Jit::new(options))
}

//! `Engine::new` and `Engine::default`: how settings become an engine.
//!
//! The settings live in the façade, because they name both tiers; the engine lives here, because everything else
//! names it. `new` takes the settings through a trait. `default` has nothing to take: it calls a function that the
//! façade defines under a name of its own version. That is the one arrow upwards of the crate, and it exists because
//! programs for Wasmtime begin with `Engine::default()`. It is inlined, so whoever uses this crate without the façade
//! and never calls it does not need the function.
#![allow(unsafe_code)] // Declares the function that the façade defines.

use crate::engine::{Engine, EngineParts};
use crate::provider::{GUARD_BYTES, RESERVED_BYTES};
use crate::tier::TierEvent;
use alloc::vec::Vec;
use coracle_error::Result;
use core::ops::Deref;

/// Settings that an engine can be made of. The façade's `Config` is one.
pub trait EngineConfig {
    /// The parts.
    ///
    /// # Errors
    /// When settings contradict each other, or the machine cannot do what they ask for.
    fn parts(&self) -> Result<EngineParts>;
}

/// `Engine::new(&Config::new().consume_fuel(true))` passes the borrow of a borrow, since a setter returns one; and what a
/// program keeps its settings in (a `LazyLock`, an `Arc`) is followed, as it would be to a parameter of one type.
impl<C: Deref<Target: EngineConfig>> EngineConfig for C {
    fn parts(&self) -> Result<EngineParts> {
        (**self).parts()
    }
}

impl Engine {
    /// An engine of these settings.
    ///
    /// # Errors
    /// When settings contradict each other, or the machine cannot do what they ask for.
    pub fn new(config: &impl EngineConfig) -> Result<Self> {
        Ok(Self::from_parts(config.parts()?))
    }
}

/// Tiers.
impl Engine {
    /// Takes what has happened to functions since the last call, oldest first: the newest 4,096 events. Of modules that
    /// are gone, functions have no names. Empty where nothing is compiled.
    ///
    /// `Config::tier_log` tells the same as it happens; both may be used.
    pub fn tier_events(&self) -> Vec<TierEvent> {
        self.compiler().map_or_else(Vec::new, |compiler| compiler.take_events())
    }
}

/// What an engine was made with, by the names of `Config`.
impl Engine {
    /// `Config::consume_fuel`.
    pub fn get_consume_fuel(&self) -> bool {
        self.settings().fuel
    }

    /// `Config::epoch_interruption`.
    pub fn get_epoch_interruption(&self) -> bool {
        self.settings().epochs
    }

    /// `Config::cranelift_nan_canonicalization`. There is always an answer.
    pub fn get_cranelift_nan_canonicalization(&self) -> Option<bool> {
        Some(self.settings().canonical_nans)
    }

    /// `Config::max_wasm_stack`: that of native code.
    pub fn get_max_wasm_stack(&self) -> usize {
        self.settings().native_stack_bytes
    }

    /// `Config::async_stack_size`.
    pub fn get_async_stack_size(&self) -> usize {
        self.settings().async_stack_bytes
    }

    /// `Config::signals_based_traps`: whether native code finds out by faults what is not there.
    pub fn get_signals_based_traps(&self) -> bool {
        self.settings().reserve_memories
    }

    /// `Config::shared_memory`.
    pub fn get_shared_memory(&self) -> bool {
        self.settings().shared_memories
    }

    /// `Config::wasm_backtrace_max_frames`; 0 where backtraces are off.
    pub fn get_wasm_backtrace_max_frames(&self) -> usize {
        self.settings().backtrace_frames
    }

    /// `Config::relaxed_simd_deterministic`: always.
    pub fn get_relaxed_simd_deterministic(&self) -> bool {
        true
    }

    /// `Config::generate_address_map`: native code can always be traced back.
    pub fn get_generate_address_map(&self) -> bool {
        true
    }

    /// `Config::memory_reservation`: bytes of address space that a 32-bit memory reserves.
    pub fn get_memory_reservation(&self) -> u64 {
        if self.settings().reserve_memories { RESERVED_BYTES } else { 0 }
    }

    /// `Config::memory_reservation_for_growth`: none, memories that move grow as vectors do.
    pub fn get_memory_reservation_for_growth(&self) -> u64 {
        0
    }

    /// `Config::memory_guard_size`: bytes behind a reservation that no guest may touch.
    pub fn get_memory_guard_size(&self) -> u64 {
        if self.settings().reserve_memories { GUARD_BYTES } else { 0 }
    }

    /// `Config::guard_before_linear_memory`: never.
    pub fn get_guard_before_linear_memory(&self) -> bool {
        false
    }

    /// Whether memories may move when they grow.
    pub fn get_memory_may_move(&self) -> bool {
        !self.settings().reserve_memories
    }

    /// `Config::memory_init_cow`: never, data is copied.
    pub fn get_memory_init_cow(&self) -> bool {
        false
    }

    /// `Config::async_stack_zeroing`: never.
    pub fn get_async_stack_zeroing(&self) -> bool {
        false
    }

    /// `Config::concurrency_support`: not yet.
    pub fn get_concurrency_support(&self) -> bool {
        false
    }

    /// `Config::parallel_compilation`: nothing is compiled while a module is loaded, unless the tier policy says so.
    pub fn get_parallel_compilation(&self) -> bool {
        false
    }

    /// `Config::native_unwind_info`: never, native code is traced back by its frame pointers.
    pub fn get_native_unwind_info(&self) -> Option<bool> {
        Some(false)
    }

    /// `Config::debug_info`: never.
    pub fn get_debug_info(&self) -> bool {
        false
    }

    /// `Config::guest_debug`: never.
    pub fn get_guest_debug(&self) -> bool {
        false
    }

    /// Whether runs are recorded: never.
    pub fn is_recording(&self) -> bool {
        false
    }

    /// Whether a recorded run is played: never.
    pub fn is_replaying(&self) -> bool {
        false
    }
}

impl Engine {
    /// Does nothing: a thread needs no preparation before its first call.
    pub fn tls_eager_initialize() {}

    /// Ends this engine, and puts back the handlers of signals that the process had before its first engine, where nobody
    /// has put others in their place since. For a library that is about to be unloaded; nobody else needs it.
    ///
    /// # Panics
    /// When something of the engine is still there: another handle of it, weak ones too, a module, a store.
    ///
    /// # Safety
    /// There is no other engine in the process: its guests' faults would go to whoever gets them without us.
    pub unsafe fn unload_process_handlers(self) {
        assert!(self.is_last(), "an engine cannot leave the process while something of it is there");
        if let Some(compiler) = self.compiler() {
            compiler.leave_process();
        }
    }
}

/// An engine of the façade's default settings.
impl Default for Engine {
    #[inline]
    fn default() -> Self {
        // SAFETY: the façade defines the function with this signature; the version in its name keeps out any other.
        unsafe extern "Rust" {
            safe fn __coracle_default_engine_v0_1() -> Engine;
        }
        __coracle_default_engine_v0_1()
    }
}

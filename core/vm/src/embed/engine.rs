//! `Engine::new` and `Engine::default`: how settings become an engine.
//!
//! The settings live in the façade, because they name both tiers; the engine lives here, because everything else
//! names it. `new` takes the settings through a trait. `default` has nothing to take: it calls a function that the
//! façade defines under a name of its own version. That is the one arrow upwards of the crate, and it exists because
//! programs for Wasmtime begin with `Engine::default()`. It is inlined, so whoever uses this crate without the façade
//! and never calls it does not need the function.
#![allow(unsafe_code)] // Declares the function that the façade defines.

use crate::engine::{Engine, EngineParts};
use alloc::boxed::Box;
use alloc::sync::Arc;
use coracle_error::Result;

/// Settings that an engine can be made of. The façade's `Config` is one.
pub trait EngineConfig {
    /// The parts.
    ///
    /// # Errors
    /// When settings contradict each other, or the machine cannot do what they ask for.
    fn parts(&self) -> Result<EngineParts>;
}

/// `Engine::new(&Config::new().consume_fuel(true))` passes the borrow of a borrow: a setter returns one.
impl<C: EngineConfig + ?Sized> EngineConfig for &mut C {
    fn parts(&self) -> Result<EngineParts> {
        (**self).parts()
    }
}

impl<C: EngineConfig + ?Sized> EngineConfig for &C {
    fn parts(&self) -> Result<EngineParts> {
        (**self).parts()
    }
}

impl<C: EngineConfig + ?Sized> EngineConfig for Box<C> {
    fn parts(&self) -> Result<EngineParts> {
        (**self).parts()
    }
}

impl<C: EngineConfig + ?Sized> EngineConfig for Arc<C> {
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

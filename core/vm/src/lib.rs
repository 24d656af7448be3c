//! What an engine shares and a store *runs*: slots, tiers, memories, tables, host functions, and the core API.
//!
//! It knows no tier and no component. Interpreter and compiler implement the traits of [`tier`] and are handed in by
//! the façade; what components add keeps its state in a store's extension slot, and comes by [`internals`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "std")]
pub mod address_map;
pub mod backtrace;
pub mod body;
pub mod embed;
pub mod engine;
pub mod host_func;
pub mod internals;
pub mod module;
pub mod provider;
pub mod raw;
pub mod signatures;
pub mod stamp;
pub mod store;
pub mod sync;
pub mod tier;
pub mod tuning;

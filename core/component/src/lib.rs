//! What components *add* to core WebAssembly: linker, instances, canonical ABI, resources, calls, and their API.
//!
//! Modules stand on what `coracle-image` says of a component's bytes and on what `coracle-vm` runs.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod abi;
pub(crate) mod call;
pub mod component;
pub mod component_internal;
#[cfg_attr(not(feature = "adapters"), path = "entrances_off.rs")]
mod entrances;
pub mod func;
#[cfg(feature = "adapters")]
pub mod graph;
pub mod handle;
pub mod has_data;
pub(crate) mod host_function;
pub(crate) mod ids;
#[cfg(feature = "inspect")]
pub mod inspect;
mod instance;
mod instantiate;
pub mod internals;
pub mod link;
pub mod reflect;
pub mod resource_table;
pub(crate) mod state;
pub mod view;
#[cfg(feature = "wave")]
mod wave;

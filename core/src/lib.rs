//! The tier-neutral core of the Coracle component runtime.
//!
//! Modules stand in the order in which data meets them. `core` knows no tier: the interpreter and the compiler
//! implement the traits of [`tier`] and are handed in by the façade.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod abi;
pub mod backtrace;
pub mod body;
pub mod call;
pub mod component;
pub mod component_internal;
pub mod embed;
pub mod engine;
pub mod func;
pub mod handle;
pub(crate) mod handles;
pub mod has_data;
pub mod host_func;
pub mod host_function;
pub mod ids;
pub mod inspect;
mod instance;
mod instantiate;
pub mod internals;
pub mod link;
pub mod module;
pub mod provider;
pub mod raw;
pub mod reflect;
pub mod resource;
pub mod resource_table;
pub mod signatures;
pub(crate) mod state;
pub mod store;
pub mod sync;
pub mod tier;
pub mod tuning;
pub mod value;
pub mod view;

pub use coracle_error::{Context, Error, ErrorKind, Fault, Result, Trap, error, trap};
pub use coracle_error::{bail, bug, ensure, format_err};
pub use coracle_image::component as component_image;
pub use coracle_image::{
    adapter, arena, entity, export, flatten, fuel, func_types, leb, limits, parse, plan, strings, text, types,
};
pub use raw::RawVal;

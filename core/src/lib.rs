//! The tier-neutral core of the Coracle component runtime.
//!
//! Modules stand in the order in which data meets them. `core` knows no tier: the interpreter and the compiler
//! implement the traits of [`tier`] and are handed in by the façade.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod abi;
pub mod adapter;
pub mod arena;
pub mod backtrace;
pub mod body;
pub mod call;
pub mod component;
pub mod component_image;
pub mod component_inspect;
pub mod component_internal;
pub mod embed;
pub mod engine;
pub mod entity;
pub mod error;
pub mod export;
pub mod flatten;
pub mod func;
pub mod func_types;
pub mod has_data;
pub mod host;
pub mod inspect;
pub mod instance;
mod instantiate;
pub mod leb;
pub mod limits;
pub mod link;
pub mod module;
pub mod parse;
pub mod plan;
pub mod provider;
pub mod raw;
pub mod reflect;
pub mod resource;
pub mod resource_table;
pub mod signatures;
pub mod store;
pub mod strings;
pub mod sync;
pub mod text;
pub mod tier;
pub mod trap;
pub mod tuning;
pub mod types;
pub mod value;
pub mod view;

pub use error::{Context, Error, ErrorKind, Fault, Result};
pub use raw::RawVal;
pub use trap::Trap;

//! What a file *says*: bytes in, frozen data out.
//!
//! A core module becomes a [`ModuleImage`](module_image::ModuleImage), a component a
//! [`ComponentImage`](component::ComponentImage): parsed, validated and flattened, with its types, layouts, its
//! instantiation [`Plan`](plan::Plan), its [`ExportGraph`](export::ExportGraph) and the bodies of its fused adapters.
//!
//! # Invariants
//! - Two parses of the same bytes with the same features give equal images.
//!
//! # What is absent
//! No engine, no slot, no number that means something engine-wide; no `unsafe`, no atomics, no trait objects: an image
//! can be written and read back.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod adapter;
pub mod arena;
pub mod artifact;
pub mod codec;
pub mod component;
pub mod entity;
pub mod export;
pub mod flatten;
pub mod fuel;
pub mod func_types;
#[cfg(feature = "inspect")]
pub mod inspect;
pub mod keyed;
pub mod leb;
pub mod limits;
pub mod module;
pub mod module_image;
pub mod named;
pub mod parse;
pub mod plan;
pub mod prepared;
pub mod printable;
pub mod strings;
pub mod text;
pub mod types;

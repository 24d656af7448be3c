//! A library over every kind of value: it gives back what it gets, by itself or through the interface it imports.
//!
//! It imports the interfaces that it exports, so a host that provides them tests its own side as well,
//! and two copies plugged together pass everything from one guest to another.

mod control;
mod counters;
mod echo;

wit_bindgen::generate!({ world: "values", path: "wit" });

/// What the exports hang on.
struct Values;

export!(Values);

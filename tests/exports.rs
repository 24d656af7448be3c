//! Exports and imports by name and by handle, as an embedder meets them: with a linker, a store and live instances.
//!
//! The rule for names has a table for each side: `names` for imports and for exports that are called, and
//! `core/tests/exports.rs` for what needs no instance.

#[path = "exports/counting.rs"]
mod counting;
#[path = "exports/counts.rs"]
mod counts;
#[path = "exports/handles.rs"]
mod handles;
#[path = "exports/linear.rs"]
mod linear;
#[path = "exports/names.rs"]
mod names;
#[path = "exports/shapes.rs"]
mod shapes;
#[allow(dead_code)] // The benches use the rest.
#[path = "../benches/support/wide.rs"]
mod wide;

use coracle::component::{Component, Instance, Linker};
use coracle::{Engine, Store};

/// A component that imports nothing, and an instance of it.
fn live(engine: &Engine, text: &str) -> (Component, Store<()>, Instance) {
    let component = Component::new(engine, text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, &component).unwrap();
    (component, store, instance)
}

/// Definitions for the text of a component: a core function for each number that gives it, lifted as `$f<number>`.
fn numbers(count: usize) -> String {
    let core: String = (0..count).map(|i| format!("(func (export \"f{i}\") (result i32) (i32.const {i}))\n")).collect();
    let lifts = (0..count)
        .map(|i| format!("(func $f{i} (result u32) (canon lift (core func $numbers \"f{i}\")))\n"))
        .collect::<String>();
    format!("(core module $Numbers {core}) (core instance $numbers (instantiate $Numbers))\n{lifts}")
}

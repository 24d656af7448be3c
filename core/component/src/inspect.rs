//! Loaded components as pictures and text; see [`coracle_image::inspect`] for what each format shows.

mod code;
mod module;

pub use code::code;
pub use module::{module_code, module_json, module_tree};

use crate::component::Component;
use alloc::string::String;
use coracle_image::inspect::{self, View};

/// Imports and exports as a tree: exports with index, kind, type and where they lead.
pub fn tree(component: &Component) -> String {
    inspect::tree(&component.view())
}

/// Imports and exports as one JSON object.
pub fn json(component: &Component) -> String {
    inspect::json(&component.view())
}

/// The export graph in the DOT language: entries, names on the edges, and the modules that functions lead to.
pub fn dot(component: &Component) -> String {
    inspect::dot(&component.view())
}

/// Imports and exports as an SVG picture.
pub fn svg(component: &Component) -> String {
    inspect::svg(&component.view())
}

/// The instantiation plan as text.
pub fn plan(component: &Component) -> String {
    inspect::plan(&component.view())
}

impl Component {
    /// The component, as what shows it needs it.
    fn view(&self) -> View<'_> {
        let module_names = self.modules().values().map(|module| module.data().name.as_deref()).collect();
        View { plan: self.plan(), graph: self.graph(), types: self.types(), module_names }
    }
}

//! Components as pictures and text: what is imported, what is exported, and where each export leads.
//!
//! Four formats over one walk: a tree for people, JSON for programs, DOT for graph tools, SVG for browsers. An entry
//! of the export graph is shown in full where it is met first, and by its index after that, so the output is linear
//! in the component even where re-exports share instances; long types and names are cut.

mod dot;
mod json;
mod rows;
mod svg;
mod tree;
pub mod view;

pub use dot::dot;
pub use json::{json, quoted};
pub use svg::svg;
pub use tree::tree;
pub use view::View;

use crate::plan::print::PrintPlan;
use alloc::string::{String, ToString};

/// The instantiation plan as text.
pub fn plan(component: &View<'_>) -> String {
    PrintPlan(component.plan, component.types).to_string()
}

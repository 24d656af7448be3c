//! What the formats need of a component, loaded or not.

use crate::arena::PrimaryMap;
use crate::component::ComponentImage;
use crate::export::ExportGraph;
use crate::plan::{Plan, StaticModuleIndex};
use crate::types::TypeTable;

/// A component to be shown.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// How it is instantiated.
    pub plan: &'a Plan,
    /// What it exports.
    pub graph: &'a ExportGraph,
    /// Its types.
    pub types: &'a TypeTable,
    /// The names that its modules give themselves.
    pub module_names: PrimaryMap<StaticModuleIndex, Option<&'a str>>,
}

impl<'a> From<&'a ComponentImage> for View<'a> {
    fn from(image: &'a ComponentImage) -> Self {
        let module_names = image.modules.values().map(|module| module.name.as_deref()).collect();
        Self { plan: &image.plan, graph: &image.graph, types: &image.types, module_names }
    }
}

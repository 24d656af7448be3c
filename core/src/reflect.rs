//! Types as an embedder looks at them.

use crate::abi::cx::ResourceBindings;
use crate::arena::PrimaryMap;
use crate::component::Component as Loaded;
use crate::export::ExportIndex;
use crate::resource::ResourceType;
use crate::store::resource::Handles;
use crate::types::{FuncTypeIndex, ResourceIndex};

/// The type of a component.
#[derive(Clone, Debug)]
pub struct Component {
    component: Loaded,
}

/// The type of a component function.
#[derive(Clone, Debug)]
pub struct ComponentFunc {
    component: Loaded,
    ty: FuncTypeIndex,
}

/// The type of something that a component imports or exports.
#[derive(Clone, Debug)]
pub enum ComponentItem {
    /// A function.
    ComponentFunc(ComponentFunc),
    /// Something else.
    Type,
}

impl Component {
    /// The component that this is the type of.
    pub fn component(&self) -> &Loaded {
        &self.component
    }

    pub(crate) fn linked(component: &Loaded, _: &PrimaryMap<ResourceIndex, Option<ResourceType>>) -> Self {
        Self { component: component.clone() }
    }
}

impl ComponentFunc {
    /// Whether the function may suspend (`async`).
    pub fn async_(&self) -> bool {
        self.component.types()[self.ty].is_async
    }

    pub(crate) fn linked(
        component: &Loaded,
        ty: FuncTypeIndex,
        _: &PrimaryMap<ResourceIndex, Option<ResourceType>>,
    ) -> Self {
        Self { component: component.clone(), ty }
    }
    pub(crate) fn bound(component: &Loaded, ty: FuncTypeIndex, _: &ResourceBindings, _: &Handles) -> Self {
        Self { component: component.clone(), ty }
    }
}

impl ComponentItem {
    pub(crate) fn bound(_: &Loaded, _: ExportIndex, _: &ResourceBindings, _: &Handles) -> Self {
        Self::Type
    }
}

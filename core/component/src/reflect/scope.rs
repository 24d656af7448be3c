//! What all reflected types of one component share: its table, and what its resource types stand for.

use crate::abi::cx::{InstanceType, ResourceBindings, ResourceTypes};
use crate::abi::handles::Handles;
use crate::abi::resource::ResourceType;
use crate::component::Component;
use coracle_error::Result;
use coracle_error::shared::Arc;
use coracle_image::arena::PrimaryMap;
use coracle_image::types::{ResourceIndex, TypeTable};

/// Types of one component, seen before linking, after it, or in an instance.
#[derive(Clone)]
pub(crate) struct Scope(Arc<Inner>);

struct Inner {
    component: Component,
    /// Identities by resource; `None` is a type that has none yet. Empty if that holds for all.
    resources: PrimaryMap<ResourceIndex, Option<ResourceType>>,
}

impl Scope {
    /// Before linking: no resource has an identity.
    pub(crate) fn unlinked(component: &Component) -> Self {
        Self(Arc::new(Inner { component: component.clone(), resources: PrimaryMap::new() }))
    }

    /// After linking: resources are these, as far as they are known.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn linked(
        component: &Component,
        resources: &PrimaryMap<ResourceIndex, Option<ResourceType>>,
    ) -> Result<Self> {
        let resources = PrimaryMap::try_collect(resources.values().map(|&ty| Ok(ty)))?;
        Ok(Self(Arc::try_new(Inner { component: component.clone(), resources })?))
    }

    /// In an instance: all that can be bound are.
    pub(crate) fn bound(component: &Component, bindings: &ResourceBindings, handles: &Handles) -> Self {
        let resources = bindings.values().map(|&id| Some(handles.def(id).ty)).collect();
        Self(Arc::new(Inner { component: component.clone(), resources }))
    }

    pub(crate) fn component(&self) -> &Component {
        &self.0.component
    }

    pub(crate) fn table(&self) -> &TypeTable {
        self.0.component.types()
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The scope as type checks take it.
    pub(crate) fn instance_type(&self) -> InstanceType<'_> {
        InstanceType { types: self.table(), resources: self }
    }
}

impl ResourceTypes for Scope {
    fn resource_type(&self, index: ResourceIndex) -> ResourceType {
        match self.0.resources.get(index) {
            Some(Some(ty)) => *ty,
            _ => ResourceType::uninstantiated(self.0.component.id(), index),
        }
    }
}

impl core::fmt::Debug for Scope {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.component.fmt(f)
    }
}

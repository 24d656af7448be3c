//! What can be done with a resource when its store is at hand.

use crate::error::Result;
use crate::resource::{Resource, ResourceAny, ResourceDynamic};
use crate::store::AsContextMut;

impl ResourceAny {
    /// Gives the resource up. What the host owned is destroyed; a borrow ends.
    ///
    /// # Errors
    /// When the handle was used up before or is lent, a trap of a guest's destructor, or an error of the host's.
    pub fn resource_drop(self, mut store: impl AsContextMut) -> Result<()> {
        let mut context = store.as_context_mut();
        let store = context.inner();
        match store.components.handles.host_drop(self.handle())? {
            Some((resource, rep)) => store.destroy_from_host(resource, rep),
            None => Ok(()),
        }
    }
}

impl<T: 'static> Resource<T> {
    /// Turns the handle into one whose type is known at run time only.
    ///
    /// # Errors
    /// When the store holds as many handles as it may.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        self.into_any_inner(&mut store.as_context_mut().inner().components.handles)
    }

    /// Turns a handle of a type that is known at run time only into one of this type.
    ///
    /// # Errors
    /// When the resource is of another type, or the handle was used up before.
    pub fn try_from_resource_any(any: ResourceAny, mut store: impl AsContextMut) -> Result<Self> {
        Self::from_any_inner(any, &mut store.as_context_mut().inner().components.handles)
    }
}

impl ResourceDynamic {
    /// Turns the handle into one whose type is known at run time only.
    ///
    /// # Errors
    /// When the store holds as many handles as it may.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        self.into_any_inner(&mut store.as_context_mut().inner().components.handles)
    }

    /// Turns a handle of a type that is known at run time only into one of this type.
    ///
    /// # Errors
    /// When the resource is of another type, or the handle was used up before.
    pub fn try_from_resource_any(any: ResourceAny, mut store: impl AsContextMut) -> Result<Self> {
        Self::from_any_inner(any, &mut store.as_context_mut().inner().components.handles)
    }
}

//! What can be done with a resource when its store is at hand.

use crate::abi::resource::{Resource, ResourceAny, ResourceDynamic};
use crate::call::destroy::destroy;
use crate::state;
use coracle_error::Result;
use coracle_vm::internals;
use coracle_vm::store::AsContextMut;
use coracle_vm::store::opaque::StoreOpaque;

impl ResourceAny {
    /// Gives the resource up. What the host owned is destroyed; a borrow ends.
    ///
    /// # Errors
    /// When the handle is of another store, was used up before or is lent; a trap of a guest's destructor, or an error of
    /// the host's; `ErrorKind::Unsupported` where [`ResourceAny::resource_drop_async`] is needed, and within a call of
    /// `*_async`.
    pub fn resource_drop(self, mut store: impl AsContextMut) -> Result<()> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        internals::check_sync(store)?;
        self.drop_in(store)
    }

    /// As [`ResourceAny::resource_drop`], on a stack of its own: see [`Func::call_async`](crate::handle::Func::call_async).
    ///
    /// # Errors
    /// As there; `ErrorKind::Resource` also when the host does not give a stack.
    pub async fn resource_drop_async(self, mut store: impl AsContextMut<Data: Send>) -> Result<()> {
        internals::on_stack(store.as_context_mut(), move |store| self.drop_in(store)).await
    }

    fn drop_in(self, store: &mut StoreOpaque) -> Result<()> {
        match state::of_mut(store).handles.host_drop(self.handle(), self.ty())? {
            Some((resource, rep)) => destroy(store, resource, rep),
            None => Ok(()),
        }
    }

    /// Lists a resource of the host's in the store, as one whose type is known at run time only.
    ///
    /// # Errors
    /// Those of [`Resource::try_into_resource_any`].
    pub fn try_from_resource<T: 'static>(resource: Resource<T>, store: impl AsContextMut) -> Result<Self> {
        resource.try_into_resource_any(store)
    }

    /// The resource of the host's that this is.
    ///
    /// # Errors
    /// Those of [`Resource::try_from_resource_any`].
    pub fn try_into_resource<T: 'static>(self, store: impl AsContextMut) -> Result<Resource<T>> {
        Resource::try_from_resource_any(self, store)
    }

    /// The resource of the host's that this is, its type told by a number.
    ///
    /// # Errors
    /// Those of [`ResourceDynamic::try_from_resource_any`].
    pub fn try_into_resource_dynamic(self, store: impl AsContextMut) -> Result<ResourceDynamic> {
        ResourceDynamic::try_from_resource_any(self, store)
    }
}

impl<T: 'static> Resource<T> {
    /// Turns the handle into one whose type is known at run time only.
    ///
    /// # Errors
    /// When the store holds as many handles as it may, or the resource is listed in another store.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        self.into_any_inner(&mut state::of_mut(internals::store_mut(&mut store.as_context_mut())).handles)
    }

    /// Turns a handle of a type that is known at run time only into one of this type.
    ///
    /// # Errors
    /// When the resource is of another type or of another store, or the handle was used up before.
    pub fn try_from_resource_any(any: ResourceAny, mut store: impl AsContextMut) -> Result<Self> {
        Self::from_any_inner(any, &mut state::of_mut(internals::store_mut(&mut store.as_context_mut())).handles)
    }
}

impl ResourceDynamic {
    /// Turns the handle into one whose type is known at run time only.
    ///
    /// # Errors
    /// When the store holds as many handles as it may, or the resource is listed in another store.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny> {
        self.into_any_inner(&mut state::of_mut(internals::store_mut(&mut store.as_context_mut())).handles)
    }

    /// Turns a handle of a type that is known at run time only into one of this type.
    ///
    /// # Errors
    /// When the resource is of another type or of another store, or the handle was used up before.
    pub fn try_from_resource_any(any: ResourceAny, mut store: impl AsContextMut) -> Result<Self> {
        Self::from_any_inner(any, &mut state::of_mut(internals::store_mut(&mut store.as_context_mut())).handles)
    }
}

//! `InstancePre`: a component with every import resolved and checked. No strings are left.

use crate::abi::cx::ResourceTypes;
use crate::abi::{ComponentNamedList, Lift, Lower};
use crate::arena::PrimaryMap;
use crate::call::builtins::CoreFuncs;
use crate::call::host_function::{HostDtor, HostFunction};
use crate::component::{Component, ExportLookup};
use crate::engine::Engine;
use crate::error::Result;
use crate::func::TypedFuncPre;
use crate::instance::Instance;
use crate::instantiate;
use crate::module::Module;
use crate::plan::RuntimeImportIndex;
use crate::reflect;
use crate::resource::ResourceType;
use crate::store::AsContextMut;
use crate::types::ResourceIndex;
use alloc::sync::Arc;
use core::marker::PhantomData;

/// What an import was resolved to.
#[derive(Clone)]
pub(crate) enum Linked {
    Func(Arc<HostFunction>),
    Module(Module),
    Resource(ResourceType, Arc<HostDtor>),
}

/// A linked component, without the type of the host's data.
pub(crate) struct Pre {
    pub(crate) component: Component,
    pub(crate) imports: PrimaryMap<RuntimeImportIndex, Linked>,
    /// The identities of imported resource types; of others there is none before instantiation.
    pub(crate) resources: PrimaryMap<ResourceIndex, Option<ResourceType>>,
    /// The component's types as they are shown to the host.
    pub(crate) types: reflect::scope::Scope,
    pub(crate) funcs: CoreFuncs,
}

impl ResourceTypes for Pre {
    fn resource_type(&self, index: ResourceIndex) -> ResourceType {
        self.resources[index].unwrap_or_else(|| ResourceType::uninstantiated(self.component.id(), index))
    }
}

/// A component with all its imports resolved and type-checked, ready to be instantiated many times.
///
/// Cloning is cheap. Instantiating compares no names and checks no types.
pub struct InstancePre<T: 'static> {
    pre: Arc<Pre>,
    data: PhantomData<fn() -> T>,
}

impl<T: 'static> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        Self { pre: self.pre.clone(), data: PhantomData }
    }
}

impl<T: 'static> InstancePre<T> {
    pub(crate) fn new(pre: Arc<Pre>) -> Self {
        Self { pre, data: PhantomData }
    }

    /// The component.
    pub fn component(&self) -> &Component {
        &self.pre.component
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.pre.component.engine()
    }

    /// The component's type with its imported resources replaced by the host's.
    pub fn component_type(&self) -> reflect::Component {
        reflect::Component::of(&self.pre.types)
    }

    /// Checks the type of an exported function, once for all instances.
    ///
    /// # Errors
    /// When there is no such function, or it has another type.
    pub fn typed_func<P, R>(&self, name: impl ExportLookup) -> Result<TypedFuncPre<P, R>>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        TypedFuncPre::new(&self.pre.component, &*self.pre, name)
    }

    /// Instantiates the component in a store. Linear in its plan.
    ///
    /// # Errors
    /// A trap of a start function or segment, a limit of the store, or memory that is not to be had.
    ///
    /// # Panics
    /// If the store is of another engine.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        instantiate::instantiate(store.as_context_mut().inner(), &self.pre)
    }
}

//! `InstancePre`: a component with every import resolved and checked. No strings are left.

use crate::abi::cx::ResourceTypes;
use crate::abi::resource::ResourceType;
use crate::component::Component;
use crate::host_function::{HostDtor, HostFunction};
use crate::reflect;
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_image::arena::PrimaryMap;
use coracle_image::export::{ExportEntry, ExportIndex, FuncSource};
use coracle_image::plan::{CoreDef, CoreExport, ExportItem, RuntimeImportIndex, TrampolineIndex};
use coracle_image::types::ResourceIndex;
use coracle_vm::engine::Engine;
use coracle_vm::host_func::HostFunc;
use coracle_vm::module::Module;
use core::marker::PhantomData;

/// What an import was resolved to.
#[derive(Clone)]
pub(crate) enum Linked {
    Func(Arc<HostFunction>),
    Module(Module),
    Resource(ResourceType, Arc<HostDtor>),
}

/// What a linked component gives to its core modules.
pub(crate) struct CoreFuncs {
    pub(crate) trampolines: PrimaryMap<TrampolineIndex, HostFunc>,
    /// Per batch of adapters, what its module imports of the runtime, in the order of its imports.
    pub(crate) builtins: Vec<Vec<HostFunc>>,
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
    /// Exported functions of imported modules: only the linked module tells where they lie, so each instance looks
    /// them up when it is made.
    pub(crate) named: Vec<ExportIndex>,
}

impl Pre {
    /// Whether something that the host gives may have to wait.
    pub(crate) fn may_wait(&self) -> bool {
        self.imports.values().any(|import| match import {
            Linked::Func(func) => func.may_wait(),
            Linked::Resource(_, dtor) => dtor.may_wait(),
            Linked::Module(_) => false,
        })
    }

    /// The exported functions of a component that lead into imported modules, in order.
    pub(crate) fn named_exports(component: &Component) -> Vec<ExportIndex> {
        let named = |(index, entry): (ExportIndex, &ExportEntry)| match entry {
            ExportEntry::Func {
                source: FuncSource::Lifted { func: CoreDef::Export(CoreExport { item: ExportItem::Name(_), .. }), .. },
                ..
            } => Some(index),
            _ => None,
        };
        component.graph().entries().iter().filter_map(named).collect()
    }
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

    pub(crate) fn pre(&self) -> &Arc<Pre> {
        &self.pre
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
}

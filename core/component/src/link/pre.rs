//! `InstancePre`: a component with every import resolved and checked. No strings are left.
//!
//! What it imports of other components it holds as well: a linked component is the root of a graph of linked
//! components, its nodes. It is the same node wherever the same `InstancePre` was named; clones are one.
//!
//! # Invariants
//! - A node was linked before what is linked to it, so there are no cycles.
//! - An import leads to where the item is defined, never to a component that only passes it on.

use crate::abi::cx::ResourceTypes;
use crate::abi::resource::ResourceType;
use crate::component::Component;
use crate::host_function::{HostDtor, HostFunction};
use crate::ids::{ComponentInstanceId, NodeIndex};
use crate::link::crossings::Crossings;
use crate::reflect;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::TryVec;
use coracle_error::shared::Arc;
use coracle_image::arena::PrimaryMap;
use coracle_image::export::{ExportEntry, ExportIndex, FuncSource};
use coracle_image::plan::{CoreDef, CoreExport, ExportItem, RuntimeImportIndex, TrampolineIndex};
use coracle_image::strings::NameId;
use coracle_image::types::ResourceIndex;
use coracle_vm::engine::Engine;
use coracle_vm::host_func::HostFunc;
use coracle_vm::module::Module;
use coracle_vm::stamp::Stamp;
use coracle_vm::store::ids::Stored;
use core::marker::PhantomData;
#[cfg(feature = "adapters")]
use core::slice;

/// What an import was resolved to.
#[derive(Clone)]
pub(crate) enum Linked {
    Func(Arc<HostFunction>),
    Module(Module),
    Resource(ResourceType, Arc<HostDtor>),
    /// A function that another component lifts and exports.
    Export(NodeIndex, ExportIndex, Linking),
    /// A resource type that another component defines.
    Defined(NodeIndex, ResourceIndex, Linking),
}

/// Proof that components can be linked to each other. Builds without the feature `adapters` have none, so whatever would
/// be done with a [`Node`] is left out of them.
#[cfg(feature = "adapters")]
#[derive(Clone, Copy)]
pub(crate) struct Linking;
/// As above.
#[cfg(not(feature = "adapters"))]
#[derive(Clone, Copy)]
pub(crate) enum Linking {}

/// What another component is linked to: a linked component, of which an instance is made together with those of all that
/// are linked to it, or an instance that lives.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) pre: Arc<Pre>,
    pub(crate) live: Option<Arc<Live>>,
    pub(crate) linking: Linking,
}

/// What tells nodes apart.
pub(crate) type NodeKey = (Stamp, Option<Stored<ComponentInstanceId>>);

/// An instance that lives in a store.
pub(crate) struct Live {
    pub(crate) instance: Stored<ComponentInstanceId>,
    /// Its resource types.
    pub(crate) resources: PrimaryMap<ResourceIndex, ResourceType>,
    /// The instances of what its component is linked to.
    pub(crate) nodes: PrimaryMap<NodeIndex, Node>,
}

impl Node {
    /// A linked component to be linked to.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` without the feature `adapters`.
    pub(crate) fn of(pre: &Arc<Pre>) -> Result<Self> {
        #[cfg(feature = "adapters")]
        return Ok(Self::new(pre));
        #[cfg(not(feature = "adapters"))]
        {
            let _ = pre;
            let message = "a component is linked to another one, and this build is without the feature `adapters`";
            Err(coracle_error::Error::fault(coracle_error::ErrorKind::Unsupported, message))
        }
    }

    #[cfg(feature = "adapters")]
    pub(crate) fn new(pre: &Arc<Pre>) -> Self {
        Self { pre: pre.clone(), live: None, linking: Linking }
    }

    pub(crate) fn key(&self) -> NodeKey {
        (self.pre.stamp, self.live.as_ref().map(|live| live.instance))
    }

    /// A node that this one is linked to.
    pub(crate) fn node(&self, index: NodeIndex) -> Self {
        match &self.live {
            Some(live) => live.nodes[index].clone(),
            None => self.pre.nodes[index].clone(),
        }
    }

    /// What has to be instantiated before it.
    #[cfg(feature = "adapters")]
    pub(crate) fn below(&self) -> slice::Iter<'_, Self> {
        match &self.live {
            Some(_) => [].iter(),
            None => self.pre.nodes.values(),
        }
    }

    /// The identity of one of its resource types, as what is linked to it knows it.
    pub(crate) fn resource_type(&self, index: ResourceIndex) -> ResourceType {
        match &self.live {
            Some(live) => live.resources[index],
            None => self.pre.resource_type(index),
        }
    }
}

/// An import that was given as an export of another component.
#[cfg_attr(not(feature = "adapters"), expect(dead_code))] // There is none there.
pub(crate) struct Edge {
    /// The way to the import: its name, and those of the instance's members that lead to it.
    pub(crate) import: Box<[NameId]>,
    pub(crate) node: NodeIndex,
    pub(crate) export: ExportIndex,
}

/// What a linked component gives to its core modules.
pub(crate) struct CoreFuncs {
    /// None where an adapter stands for it, see [`Crossings`].
    pub(crate) trampolines: PrimaryMap<TrampolineIndex, Option<HostFunc>>,
}

/// A linked component, without the type of the host's data.
#[cfg_attr(not(feature = "adapters"), expect(dead_code))] // What other components are linked by is not read there.
pub(crate) struct Pre {
    /// What tells it from others of the same component.
    pub(crate) stamp: Stamp,
    pub(crate) component: Component,
    pub(crate) imports: Arc<PrimaryMap<RuntimeImportIndex, Linked>>,
    /// What it is linked to, in the order in which its imports name it.
    pub(crate) nodes: PrimaryMap<NodeIndex, Node>,
    /// Which imports are exports of nodes.
    pub(crate) edges: Arc<[Edge]>,
    /// What its adapters take to be made.
    pub(crate) crossings: Crossings,
    /// The identities of resource types: imported ones have that of where they are defined, the component's own one that
    /// tells them from those of whatever else was linked, until each instance has its own.
    pub(crate) resources: PrimaryMap<ResourceIndex, Option<ResourceType>>,
    /// The component's types as they are shown to the host.
    pub(crate) types: reflect::scope::Scope,
    pub(crate) funcs: Arc<CoreFuncs>,
    /// Exported functions of imported modules: only the linked module tells where they lie, so each instance looks
    /// them up when it is made.
    pub(crate) named: Arc<[ExportIndex]>,
    /// Whether something that the host gives may have to wait, to it or to a node.
    pub(crate) may_wait: bool,
}

impl Drop for Pre {
    fn drop(&mut self) {
        take_apart(&mut self.nodes);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        take_apart(&mut self.nodes);
    }
}

/// A chain of nodes may be long: it is not dropped by recursion.
fn take_apart(nodes: &mut PrimaryMap<NodeIndex, Node>) {
    let mut rest: Vec<Node> = core::mem::take(nodes).into_values().collect();
    while let Some(Node { pre, live, .. }) = rest.pop() {
        if let Some(mut pre) = Arc::into_inner(pre) {
            rest.extend(core::mem::take(&mut pre.nodes).into_values());
        }
        if let Some(mut live) = live.and_then(Arc::into_inner) {
            rest.extend(core::mem::take(&mut live.nodes).into_values());
        }
    }
}

impl Pre {
    /// The exported functions of a component that lead into imported modules, in order.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn named_exports(component: &Component) -> Result<Arc<[ExportIndex]>> {
        let named = |(index, entry): (ExportIndex, &ExportEntry)| match entry {
            ExportEntry::Func {
                source: FuncSource::Lifted { func: CoreDef::Export(CoreExport { item: ExportItem::Name(_), .. }), .. },
                ..
            } => Some(index),
            _ => None,
        };
        let mut all = Vec::new();
        for export in component.graph().entries().iter().filter_map(named) {
            all.try_push(export)?;
        }
        Arc::try_from_vec(all)
    }
}

/// Whether something that the host gives may have to wait, to a component with these imports or to a node.
pub(crate) fn may_wait(imports: &PrimaryMap<RuntimeImportIndex, Linked>, nodes: &PrimaryMap<NodeIndex, Node>) -> bool {
    let given = imports.values().any(|import| match import {
        Linked::Func(func) => func.may_wait(),
        Linked::Resource(_, dtor) => dtor.may_wait(),
        Linked::Module(_) | Linked::Export(..) | Linked::Defined(..) => false,
    });
    given || nodes.values().any(|node| node.pre.may_wait)
}

impl ResourceTypes for Pre {
    fn resource_type(&self, index: ResourceIndex) -> ResourceType {
        self.resources[index].unwrap_or_else(|| ResourceType::uninstantiated(self.component.id(), index))
    }
}

/// A component with all its imports resolved and type-checked, ready to be instantiated many times.
///
/// Cloning is cheap, and a clone is the same node of a graph. Instantiating compares no names and checks no types.
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

    /// The component's type, in which an imported resource is what it was linked to, the host's or another component's.
    ///
    /// A resource that this component defines is the same type here and in all that is linked to this `InstancePre`. It
    /// is not that of [`Component::component_type`], which may be linked many times, nor that of an instance, which has
    /// resource types of its own.
    pub fn component_type(&self) -> reflect::Component {
        reflect::Component::of(&self.pre.types)
    }
}

//! `Linker`: names and what the host gives for them.
//!
//! This is the last place where the name of an import is compared. What leaves it is an
//! [`InstancePre`], in which every import of one component is an index.
//!
//! # Invariants
//! - Definitions know nothing of the host's data type; `Linker<T>` hands out nothing that would run with another one.
//! - A name resolves by the same rule as an export's: exactly, or on its semver track ([`names`](coracle_image::parse::names)).

#[cfg_attr(not(feature = "adapters"), path = "link/crossings_off.rs")]
pub(crate) mod crossings;
pub(crate) mod definition;
mod found;
pub mod missing;
#[cfg_attr(feature = "compact", path = "link/near_off.rs")]
mod near;
pub mod pre;
#[cfg(feature = "adapters")]
pub(crate) mod relink;
pub mod resolve;
#[cfg_attr(not(feature = "adapters"), path = "link/seam_off.rs")]
mod seam;

use crate::abi;
use crate::abi::resource::ResourceType;
use crate::abi::value::Val;
use crate::component::{Component, ExportLookup};
use crate::handle::Instance;
use crate::host_function::{HostDtor, HostFunction};
use crate::link::definition::{Definition, Definitions};
use crate::link::pre::{InstancePre, Node};
use crate::reflect;
use crate::reflect::scope::Scope;
use alloc::boxed::Box;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::export::ExportEntry;
use coracle_image::parse::names::NameMap;
use coracle_image::plan::ResourceOrigin;
use coracle_image::strings::StringPool;
use coracle_vm::embed::Module as EmbedModule;
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use coracle_vm::store::{AsContextMut, StoreContextMut};
use core::marker::PhantomData;

/// Resolves the imports of components by name, for stores with data of type `T`.
///
/// Defining costs once; [`Linker::instantiate_pre`] resolves and checks all imports of a component once; what it
/// returns instantiates without a name being compared.
pub struct Linker<T: 'static> {
    engine: Engine,
    definitions: Definitions,
    allow_shadowing: bool,
    data: PhantomData<fn() -> T>,
}

impl<T: 'static> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            definitions: self.definitions.clone(),
            allow_shadowing: self.allow_shadowing,
            data: PhantomData,
        }
    }
}

/// One namespace of a [`Linker`]: its root, or an instance in it.
pub struct LinkerInstance<'a, T: 'static> {
    engine: &'a Engine,
    strings: &'a mut StringPool,
    map: &'a mut NameMap<Definition>,
    allow_shadowing: bool,
    data: PhantomData<fn() -> T>,
}

impl<T: 'static> Linker<T> {
    /// A linker that defines nothing.
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), definitions: Definitions::default(), allow_shadowing: false, data: PhantomData }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a name may be defined again. The later definition then replaces the earlier one.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.allow_shadowing = allow;
        self
    }

    /// The root namespace.
    pub fn root(&mut self) -> LinkerInstance<'_, T> {
        LinkerInstance {
            engine: &self.engine,
            strings: &mut self.definitions.strings,
            map: &mut self.definitions.root,
            allow_shadowing: self.allow_shadowing,
            data: PhantomData,
        }
    }

    /// The instance of that name, made if it is not there.
    ///
    /// # Errors
    /// When the name is defined as something else.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        self.root().into_instance(name)
    }

    /// Resolves and checks all imports of `component`.
    ///
    /// # Errors
    /// `ErrorKind::Link`: the import at fault by its path, with what was found in its place and what is near; all of those
    /// that nothing was found for are in a [`MissingImports`](missing::MissingImports), which `downcast_ref` finds.
    /// `ErrorKind::Unsupported` for a component that needs what cannot be run. `ErrorKind::Link` also when the component,
    /// or a module that was defined, is of another engine.
    pub fn instantiate_pre(&self, component: &Component) -> Result<InstancePre<T>> {
        internals::check_engine(&self.engine, component.engine())?;
        Ok(InstancePre::new(resolve::resolve(&self.definitions, component)?))
    }

    /// Links and instantiates in one step.
    ///
    /// # Errors
    /// Those of [`Linker::instantiate_pre`] and [`InstancePre::instantiate`].
    pub fn instantiate(&self, store: impl AsContextMut<Data = T>, component: &Component) -> Result<Instance> {
        self.instantiate_pre(component)?.instantiate(store)
    }

    /// As [`Linker::instantiate`], on a stack of its own: see [`Func::call_async`](crate::handle::Func::call_async).
    ///
    /// # Errors
    /// As there; `ErrorKind::Resource` also when the host does not give a stack.
    pub async fn instantiate_async(&self, store: impl AsContextMut<Data = T>, component: &Component) -> Result<Instance>
    where
        T: Send,
    {
        self.instantiate_pre(component)?.instantiate_async(store).await
    }

    /// The type of `component` with its imported resources replaced by what this linker gives for them. Others are those
    /// of [`Component::component_type`].
    ///
    /// # Errors
    /// Those of [`Linker::instantiate_pre`].
    pub fn substituted_component_type(&self, component: &Component) -> Result<reflect::Component> {
        let pre = self.instantiate_pre(component)?;
        let imported = |(index, origin)| match origin {
            &ResourceOrigin::Imported(_) => pre.pre().resources[index],
            ResourceOrigin::Defined { .. } | ResourceOrigin::Abstract => None,
        };
        let resources = component.plan().resources.iter().map(imported).collect();
        Ok(reflect::Component::of(&Scope::linked(component, &resources)?))
    }

    /// Defines all that another component exports, under its names: what imports it is linked to that component, and they
    /// are instantiated together. See [`LinkerInstance::export`].
    ///
    /// # Errors
    /// When a name is taken, or the component is of another engine; `ErrorKind::Unsupported` without the feature `adapters`.
    pub fn link(&mut self, pre: &InstancePre<T>) -> Result<()> {
        internals::check_engine(&self.engine, pre.engine())?;
        let component = pre.component();
        let graph = component.graph();
        let ExportEntry::Instance { members, .. } = component.entry(graph.root()) else {
            return Err(coracle_error::bug!("the root of a component's exports is an instance"));
        };
        let mut root = self.root();
        for (name, member) in members.iter() {
            let suffix = member.attributes.version_suffix.map(|suffix| graph.name(suffix));
            let export = Definition::Export(Node::of(pre.pre())?, member.export);
            root.insert_suffixed(graph.name(name), suffix, export)?;
        }
        Ok(())
    }

    /// Gives every import of `component` that is not defined yet a definition that traps when it is called.
    ///
    /// # Errors
    /// For an import that is neither function, resource nor instance of those.
    pub fn define_unknown_imports_as_traps(&mut self, component: &Component) -> Result<()> {
        resolve::define_unknown_as_traps(&mut self.definitions, component)
    }
}

impl<T: 'static> LinkerInstance<'_, T> {
    /// The same namespace, for a shorter time.
    fn reborrow(&mut self) -> LinkerInstance<'_, T> {
        LinkerInstance {
            engine: self.engine,
            strings: self.strings,
            map: self.map,
            allow_shadowing: self.allow_shadowing,
            data: PhantomData,
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.engine
    }

    /// Defines a function by a closure over Rust types.
    ///
    /// The types are checked when a component is linked, never when the function is called.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn func_wrap<F, Params, Return>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return> + Send + Sync + 'static,
        Params: abi::ComponentNamedList + abi::Lift + 'static,
        Return: abi::ComponentNamedList + abi::Lower + 'static,
    {
        self.insert(name, Definition::Func(Arc::try_new(HostFunction::wrap(func)?)?))
    }

    /// Defines a function by a closure over dynamic values. It fits an import of any type: the third argument has the
    /// parameters, the fourth takes the results.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn func_new<F>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, reflect::ComponentFunc, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    {
        self.insert(name, Definition::Func(Arc::try_new(HostFunction::dynamic(func)?)?))
    }

    /// Defines a function by a closure over Rust types whose result is waited for: the guest stands still meanwhile, and
    /// the thread does not.
    ///
    /// A store in which a component with such a function is instantiated can be used by calls of `*_async` alone.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn func_wrap_async<Params, Return, F>(&mut self, name: &str, f: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Params) -> Box<dyn Future<Output = Result<Return>> + Send + '_>
            + Send
            + Sync
            + 'static,
        Params: abi::ComponentNamedList + abi::Lift + 'static,
        Return: abi::ComponentNamedList + abi::Lower + 'static,
    {
        self.insert(name, Definition::Func(Arc::try_new(HostFunction::wrap_async(f)?)?))
    }

    /// Defines a function by a closure over dynamic values whose result is waited for. See
    /// [`LinkerInstance::func_new`] and [`LinkerInstance::func_wrap_async`].
    ///
    /// # Errors
    /// When the name is taken.
    pub fn func_new_async<F>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: for<'a> Fn(
                StoreContextMut<'a, T>,
                reflect::ComponentFunc,
                &'a [Val],
                &'a mut [Val],
            ) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
    {
        self.insert(name, Definition::Func(Arc::try_new(HostFunction::dynamic_async(func)?)?))
    }

    /// Defines a core module.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn module(&mut self, name: &str, module: &EmbedModule) -> Result<()> {
        self.insert(name, Definition::Module(internals::module(module).clone()))
    }

    /// Defines a resource type of the host's; `dtor` runs with the representation when a guest drops its last own
    /// handle.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn resource(
        &mut self,
        name: &str,
        ty: ResourceType,
        dtor: impl Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Send + Sync + 'static,
    ) -> Result<()> {
        self.insert(name, Definition::Resource(ty, Arc::try_new(HostDtor::new(dtor)?)?))
    }

    /// Defines a resource type of the host's whose destructor is waited for. See [`LinkerInstance::resource`].
    ///
    /// # Errors
    /// When the name is taken.
    pub fn resource_async<F>(&mut self, name: &str, ty: ResourceType, dtor: F) -> Result<()>
    where
        T: Send,
        F: Fn(StoreContextMut<'_, T>, u32) -> Box<dyn Future<Output = Result<()>> + Send + '_> + Send + Sync + 'static,
    {
        self.insert(name, Definition::Resource(ty, Arc::try_new(HostDtor::new_async(dtor)?)?))
    }

    /// Defines an import as an export of another component: a function, a whole instance with its functions, types and
    /// resources, a resource type, a core module. The export is told by its name or, at any depth, by its handle.
    ///
    /// What is linked to `pre` in this way is instantiated together with it: [`InstancePre::instantiate`] makes one
    /// instance of each component that is named in this way, directly or not, and whatever is linked to it shares that
    /// instance. A clone of an `InstancePre` is the same component; one that is made anew is another, whose instances
    /// and resource types are its own.
    ///
    /// A call from one to the other is what it would be inside of one component: no value of the host's stands in
    /// between, and none of this costs anything in a component that is linked to the host alone. Types are checked by
    /// [`Linker::instantiate_pre`], once.
    ///
    /// # Errors
    /// When the name is taken, `ErrorKind::NotFound` when the component has no such export, `ErrorKind::Link` when it is
    /// of another engine; `ErrorKind::Unsupported` without the feature `adapters`.
    pub fn export(&mut self, name: &str, pre: &InstancePre<T>, item: impl ExportLookup) -> Result<()> {
        self.define_export(name, Node::of(pre.pre())?, &item)
    }

    /// The instance of that name in this one, made if it is not there.
    ///
    /// # Errors
    /// When the name is defined as something else.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        self.reborrow().into_instance(name)
    }

    /// The same, with the lifetime of this one.
    ///
    /// # Errors
    /// When the name is defined as something else.
    pub fn into_instance(self, name: &str) -> Result<Self> {
        let Self { engine, strings, map, allow_shadowing, data } = self;
        let id = strings.try_intern(name)?;
        match map.get_exact(strings, id) {
            Some(Definition::Instance(_)) => {}
            Some(other) if !allow_shadowing => {
                let message = coracle_error::wording!("`{name}` is defined already, as a {}", other.desc());
                return Err(Error::fault(ErrorKind::Link, message));
            }
            _ => map.insert(strings, id, None, Definition::Instance(NameMap::default()), allow_shadowing)?,
        }
        match map.get_exact_mut(strings, id) {
            Some(Definition::Instance(map)) => Ok(Self { engine, strings, map, allow_shadowing, data }),
            _ => Err(coracle_error::bug!("an instance was just defined")),
        }
    }

    /// Defines a function that is made already.
    pub(crate) fn host_function(&mut self, name: &str, func: HostFunction) -> Result<()> {
        self.insert(name, Definition::Func(Arc::try_new(func)?))
    }

    /// Defines an export of a linked component, or of an instance of one.
    pub(crate) fn define_export(&mut self, name: &str, node: Node, item: &impl ExportLookup) -> Result<()> {
        let component = &node.pre.component;
        internals::check_engine(self.engine, component.engine())?;
        let Some(export) = component.lookup(None, item) else {
            let message = coracle_error::wording!("`{name}` cannot be defined: the component has no such export");
            return Err(Error::fault(ErrorKind::NotFound, message));
        };
        self.insert(name, Definition::Export(node, export))
    }

    fn insert(&mut self, name: &str, definition: Definition) -> Result<()> {
        self.insert_suffixed(name, None, definition)
    }

    fn insert_suffixed(&mut self, name: &str, suffix: Option<&str>, definition: Definition) -> Result<()> {
        let name = self.strings.try_intern(name)?;
        self.map.insert(self.strings, name, suffix, definition, self.allow_shadowing)
    }
}

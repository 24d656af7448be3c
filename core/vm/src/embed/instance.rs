//! What is done with an `Instance`, and with a caller's; and `InstancePre`, a module whose imports have been found.

use crate::embed::caller::Caller;
use crate::embed::extern_type::ModuleExport;
use crate::embed::handle::{Func, Global, Instance, Memory, SharedMemory, Table, Tag};
use crate::embed::item::{Export, Extern};
use crate::embed::module::Module;
use crate::embed::raw::{self, WasmParams, WasmResults};
use crate::embed::typed::TypedFunc;
use crate::engine::Engine;
use crate::host_func::HostFunc;
use crate::store::ids::RawExtern;
use crate::store::imports::{Provided, check_import};
use crate::store::instantiate::{instantiate_checked, instantiate_module};
use crate::store::on_stack::OnStack;
use crate::store::{AsContextMut, InstanceId, StoreContext, StoreContextMut, StoreInner};
use alloc::sync::Arc;
use coracle_error::{Error, ErrorKind, Result};
use core::fmt;
use core::marker::PhantomData;
use core::ptr::null_mut;
use smallvec::SmallVec;

impl Instance {
    /// Makes an instance. `imports` stand in the order of [`Module::imports`].
    ///
    /// # Errors
    /// `ErrorKind::Link` when an import does not fit or their number is wrong, an import is of another store, or the
    /// module is of another engine; `ErrorKind::Resource` and `ErrorKind::Limit` when the host or the store's limits do
    /// not allow it; `ErrorKind::Unsupported` where [`Instance::new_async`] is needed, and within a call of `*_async`; the
    /// trap of a segment or of the start function.
    pub fn new(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Self> {
        let mut store = store.as_context_mut();
        store.inner().check_sync()?;
        Self::of_imports(store.inner(), module, imports)
    }

    /// As [`Instance::new`], on a stack of its own: see [`Func::call_async`].
    ///
    /// # Errors
    /// As there; `ErrorKind::Resource` also when the host does not give a stack.
    pub async fn new_async(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Self> {
        OnStack::new(store.as_context_mut(), |store| Self::of_imports(store, module, imports)).await
    }

    fn of_imports(store: &mut StoreInner, module: &Module, imports: &[Extern]) -> Result<Self> {
        if !imports.iter().all(|import| import.comes_from(store)) {
            return Err(foreign());
        }
        let imports: SmallVec<[RawExtern; 8]> = imports.iter().map(|import| import.to_raw(store)).collect();
        let id = instantiate_module(store, &module.0, &imports)?;
        Ok(Self(store.stamp(id)))
    }

    /// The module that it is an instance of.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn module<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a Module {
        let store = store.into().inner();
        raw::as_module(store.instance(store.unstamp(self.0)).module())
    }

    /// What it exports, in order.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn exports<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> impl ExactSizeIterator<Item = Export<'a>> + 'a {
        let store: &'a StoreInner = store.into().into_inner();
        let instance = store.unstamp(self.0);
        let exports = &store.instance(instance).module().data().exports;
        exports.iter().map(move |(name, item)| {
            let item = store.instance_item(instance, *item).expect("what is exported is there");
            Export::new(name, Extern::from_raw(store, item))
        })
    }

    /// What it exports under a name.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_export(&self, mut store: impl AsContextMut, name: &str) -> Option<Extern> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        let item = store.instance_export(store.unstamp(self.0), name)?;
        Some(Extern::from_raw(store, item))
    }

    /// What it exports at a place found before. O(1); `None` if it is an instance of another module.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_module_export(&self, mut store: impl AsContextMut, export: &ModuleExport) -> Option<Extern> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        export.of_instance(store, store.unstamp(self.0))
    }

    /// The function that it exports under a name.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_func(&self, store: impl AsContextMut, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The function that it exports under a name, its type checked.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` when there is none; `ErrorKind::Type` when it does not take `Params` or does not return
    /// `Results`.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_typed_func<Params: WasmParams, Results: WasmResults>(
        &self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<Params, Results>> {
        use coracle_error::Told;
        let func = self.get_func(store.as_context_mut(), name);
        let func = func.ok_or_else(|| {
            Error::fault(ErrorKind::NotFound, coracle_error::wording!("failed to find function export `{name}`"))
        })?;
        func.typed(store).told(|| coracle_error::wording!("failed to convert function `{name}` to given type"))
    }

    /// The table that it exports under a name.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_table(&self, store: impl AsContextMut, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The memory that it exports under a name, if it is not shared.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_memory(&self, store: impl AsContextMut, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The shared memory that it exports under a name.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_shared_memory(&self, store: impl AsContextMut, name: &str) -> Option<SharedMemory> {
        self.get_export(store, name)?.into_shared_memory()
    }

    /// The global that it exports under a name.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_global(&self, store: impl AsContextMut, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The tag that it exports under a name.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get_tag(&self, store: impl AsContextMut, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }
}

impl<T: 'static> Caller<'_, T> {
    /// What the calling instance exports under a name; `None` also when the host called.
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        let instance = self.instance()?;
        let mut store = self.as_context_mut();
        let store = store.inner();
        let item = store.instance_export(instance, name)?;
        Some(Extern::from_raw(store, item))
    }

    /// What the calling instance exports at a place found before; `None` if it is of another module.
    pub fn get_module_export(&mut self, export: &ModuleExport) -> Option<Extern> {
        let instance = self.instance()?;
        export.of_instance(self.as_context_mut().inner(), instance)
    }
}

impl ModuleExport {
    /// The item that an instance of the module has there; `None` for an instance of another module.
    fn of_instance(&self, store: &StoreInner, instance: InstanceId) -> Option<Extern> {
        if store.instance(instance).module().stamp() != self.module {
            return None;
        }
        let item = store.instance_item(instance, self.item)?;
        Some(Extern::from_raw(store, item))
    }
}

#[cold]
fn foreign() -> Error {
    Error::fault(ErrorKind::Link, "cross-`Store` instantiation is not currently supported")
}

/// What a linker provides under a name.
#[derive(Clone, Debug)]
pub(crate) enum Definition {
    /// Something of one store, with the type and the size that it had when it was defined, and its engine.
    Extern(Extern, Provided, Engine),
    /// A host function, good for any store.
    Host(HostFunc),
}

impl Definition {
    /// Something of a store.
    ///
    /// # Panics
    /// If it is of another store.
    pub(crate) fn of_store(store: &StoreInner, item: Extern) -> Self {
        let ty = item.provided(store);
        Self::Extern(item, ty, store.engine().clone())
    }

    pub(crate) fn engine(&self) -> &Engine {
        match self {
            Self::Extern(_, _, engine) => engine,
            Self::Host(func) => func.engine(),
        }
    }

    /// Its type; in its store, if that is given, with the size that it has now.
    pub(crate) fn provided(&self, store: Option<&StoreInner>) -> Provided {
        match (self, store) {
            (Self::Extern(item, ..), Some(store)) if item.comes_from(store) => item.provided(store),
            (Self::Extern(_, ty, _), _) => *ty,
            (Self::Host(func), _) => Provided::Func(func.sig()),
        }
    }

    fn to_raw(&self, store: &mut StoreInner) -> Result<RawExtern> {
        match self {
            Self::Extern(item, ..) if !item.comes_from(store) => Err(foreign()),
            Self::Extern(item, ..) => Ok(item.to_raw(store)),
            Self::Host(func) => Ok(RawExtern::Func(store.bind_host_func(func, null_mut())?)),
        }
    }
}

/// A module whose imports have been found: makes instances without comparing a name.
pub struct InstancePre<T> {
    module: Module,
    imports: Arc<[Definition]>,
    data: PhantomData<fn() -> T>,
}

impl<T: 'static> InstancePre<T> {
    /// Checks what a linker has found for the module's imports, in their order. `store` is where an instance will be
    /// made, if that is known.
    pub(crate) fn new(module: &Module, imports: Arc<[Definition]>, store: Option<&StoreInner>) -> Result<Self> {
        for (import, found) in module.0.data().imports.iter().zip(&*imports) {
            if !Engine::same(found.engine(), module.engine()) {
                let (module, name) = (&import.module, &import.name);
                let message = coracle_error::wording!(
                    "cross-`Engine` instantiation is not currently supported: the item provided for `{module}::{name}` \
                     belongs to a different engine than the module being instantiated"
                );
                return Err(Error::fault(ErrorKind::Link, message));
            }
            check_import(&module.0, import, &found.provided(store))?;
        }
        Ok(Self { module: module.clone(), imports, data: PhantomData })
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Makes an instance.
    ///
    /// # Errors
    /// As for [`Instance::new`], and when the store is of another engine.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let mut store = store.as_context_mut();
        store.inner().async_required |= self.may_wait();
        store.inner().check_sync()?;
        self.instance(store.inner())
    }

    /// As [`InstancePre::instantiate`], on a stack of its own: see [`Func::call_async`].
    ///
    /// # Errors
    /// As there; `ErrorKind::Resource` also when the host does not give a stack.
    pub async fn instantiate_async(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let mut store = store.as_context_mut();
        store.inner().async_required |= self.may_wait();
        OnStack::new(store, |store| self.instance(store)).await
    }

    /// Whether one of its imports may have to wait for the host.
    fn may_wait(&self) -> bool {
        self.imports.iter().any(|import| matches!(import, Definition::Host(func) if func.may_wait()))
    }

    fn instance(&self, store: &mut StoreInner) -> Result<Instance> {
        store.check_usage(self.module.engine())?;
        let imports: Result<SmallVec<[RawExtern; 8]>> =
            self.imports.iter().map(|import| import.to_raw(store)).collect();
        // Each import's type was checked when this was made, and no type changes; sizes only grow.
        let id = instantiate_checked(store, &self.module.0, &imports?)?;
        Ok(Instance(store.stamp(id)))
    }
}

impl<T> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        Self { module: self.module.clone(), imports: self.imports.clone(), data: PhantomData }
    }
}

impl<T> fmt::Debug for InstancePre<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancePre").field("module", &self.module).field("imports", &self.imports.len()).finish()
    }
}

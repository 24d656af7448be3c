//! `Linker`: finds a module's imports by name.

use crate::embed::caller::Caller;
use crate::embed::extern_type::{ExternType, ImportType};
use crate::embed::handle::{Func, Instance};
use crate::embed::instance::{Definition, InstancePre};
use crate::embed::into_func::IntoFunc;
use crate::embed::item::Extern;
use crate::embed::module::Module;
use crate::embed::raw::{self, WasmRet, WasmTyList};
use crate::embed::types::FuncType;
use crate::embed::val::Val;
use crate::engine::Engine;
use crate::host_func::HostFunc;
use crate::store::imports::check_engine;
use crate::store::inner::StoreInner;
use crate::store::{AsContext, AsContextMut};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result, Told};
use coracle_image::keyed::KeyMap;
use core::fmt;
use core::marker::PhantomData;

/// Names and what they stand for, to find the imports of modules.
pub struct Linker<T> {
    engine: Engine,
    /// By module name, then by name.
    modules: KeyMap<Box<str>, KeyMap<Box<str>, Definition>>,
    shadowing: bool,
    unknown_exports: bool,
    data: PhantomData<fn() -> T>,
}

/// An import that the linker does not know.
#[derive(Clone, Debug)]
pub struct UnknownImportError {
    module: String,
    name: String,
    ty: ExternType,
}

impl UnknownImportError {
    fn new(import: &ImportType<'_>) -> Self {
        Self { module: import.module.to_string(), name: import.name.to_string(), ty: import.ty.clone() }
    }

    /// The import's first name.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The import's second name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type that was asked for.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

impl fmt::Display for UnknownImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown import: `{}::{}` has not been defined", self.module, self.name)
    }
}

impl core::error::Error for UnknownImportError {}

impl<T: 'static> Linker<T> {
    /// A linker that knows nothing.
    pub fn new(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            modules: KeyMap::new(),
            shadowing: false,
            unknown_exports: false,
            data: PhantomData,
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a name may be defined again; what came last counts. Default: no.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.shadowing = allow;
        self
    }

    /// Whether [`Linker::module`] accepts commands that export other things than functions. Default: no, but for what
    /// toolchains usually export.
    pub fn allow_unknown_exports(&mut self, allow: bool) -> &mut Self {
        self.unknown_exports = allow;
        self
    }

    /// Defines a name as something of one store.
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is defined already.
    ///
    /// # Panics
    /// If the item is of another store.
    pub fn define(
        &mut self,
        store: impl AsContext<Data = T>,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        let item = Definition::of_store(store.as_context().inner(), item.into());
        self.insert(module, name, item)
    }

    /// Defines a name as a host function of a type known at run time.
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is defined already.
    ///
    /// # Panics
    /// If the type is of another engine.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        assert!(ty.comes_from(&self.engine), "a function type of another engine was used");
        self.insert(module, name, Definition::Host(raw::dynamic(ty, func)))
    }

    /// Defines a name as a host function of a Rust closure.
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is defined already.
    pub fn func_wrap<Params, Results>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<&mut Self> {
        let func = func.into_func(&self.engine);
        self.insert(module, name, Definition::Host(func))
    }

    /// Defines a name as a host function of a type known at run time, which is waited for. See [`Func::new_async`].
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is defined already.
    ///
    /// # Panics
    /// If the type is of another engine.
    pub fn func_new_async<F>(&mut self, module: &str, name: &str, ty: FuncType, func: F) -> Result<&mut Self>
    where
        F: for<'a> Fn(Caller<'a, T>, &'a [Val], &'a mut [Val]) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
        T: Send + 'static,
    {
        assert!(ty.comes_from(&self.engine), "a function type of another engine was used");
        self.insert(module, name, Definition::Host(raw::dynamic_async(ty, func)))
    }

    /// Defines a name as a host function of a Rust closure whose result is waited for. See [`Func::wrap_async`].
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is defined already.
    pub fn func_wrap_async<F, Params: WasmTyList, Args: WasmRet>(
        &mut self,
        module: &str,
        name: &str,
        func: F,
    ) -> Result<&mut Self>
    where
        F: for<'a> Fn(Caller<'a, T>, Params) -> Box<dyn Future<Output = Args> + Send + 'a> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let func = raw::wrap_async(&self.engine, func);
        self.insert(module, name, Definition::Host(func))
    }

    /// Defines all that an instance exports, under a module name.
    ///
    /// # Errors
    /// `ErrorKind::Link` when one of the names is defined already.
    ///
    /// # Panics
    /// If the instance is of another store.
    pub fn instance(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        instance: Instance,
    ) -> Result<&mut Self> {
        let mut store = store.as_context_mut();
        let module = instance.module(&store).clone();
        for (name, _) in &module.inner().data().exports {
            if let Some(item) = instance.get_export(&mut store, name) {
                self.insert(module_name, name, Definition::of_store(store.inner(), item))?;
            }
        }
        Ok(self)
    }

    /// Instantiates a module and defines what it exports, under a module name.
    ///
    /// A module that exports `_start` is a command: each call of one of its functions gets an instance of its own.
    /// Any other is instantiated now, and its `_initialize` is called, if it exports one.
    ///
    /// # Errors
    /// `ErrorKind::Link` when an import is not found or a name is defined already; `ErrorKind::Unsupported` for a
    /// command that exports what outlives no call, and for what is both command and reactor; the trap of the
    /// instantiation.
    ///
    /// # Panics
    /// If the store is of another engine.
    pub fn module(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self> {
        self.check_store(&store);
        if is_command(module)? {
            let pre = self.instantiate_pre(module)?;
            return self.command(module_name, module, |ty, name| {
                let pre = pre.clone();
                raw::dynamic(ty, move |mut caller: Caller<'_, T>, args, results| {
                    let instance = pre.instantiate(&mut caller)?;
                    let func = instance.get_func(&mut caller, &name).told(|| "the export is gone")?;
                    func.call(&mut caller, args, results)
                })
            });
        }
        let instance = self.instantiate(store.as_context_mut(), module)?;
        if let Some(initialize) = instance.get_func(store.as_context_mut(), "_initialize") {
            initialize
                .typed::<(), ()>(store.as_context())
                .and_then(|initialize| initialize.call(store.as_context_mut(), ()))
                .told(|| "calling the Reactor initialization function")?;
        }
        self.instance(store, module_name, instance)
    }

    /// As [`Linker::module`], with instances and calls that may wait: see [`Func::call_async`].
    ///
    /// # Errors
    /// As there; `ErrorKind::Resource` also when the host does not give a stack.
    ///
    /// # Panics
    /// As there.
    pub async fn module_async(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self>
    where
        T: Send + 'static,
    {
        self.check_store(&store);
        if is_command(module)? {
            let pre = self.instantiate_pre(module)?;
            return self.command(module_name, module, |ty, name| {
                let pre = pre.clone();
                raw::dynamic_async(ty, move |mut caller: Caller<'_, T>, args, results| {
                    let (pre, name) = (pre.clone(), name.clone());
                    Box::new(async move {
                        let instance = pre.instantiate_async(&mut caller).await?;
                        let func = instance.get_func(&mut caller, &name).told(|| "the export is gone")?;
                        func.call_async(&mut caller, args, results).await
                    })
                })
            });
        }
        let instance = self.instantiate_async(store.as_context_mut(), module).await?;
        if let Some(initialize) = instance.get_func(store.as_context_mut(), "_initialize") {
            let context = "calling the Reactor initialization function";
            let initialize = initialize.typed::<(), ()>(store.as_context()).told(|| context)?;
            initialize.call_async(store.as_context_mut(), ()).await.told(|| context)?;
        }
        self.instance(store, module_name, instance)
    }

    fn check_store(&self, store: &impl AsContext<Data = T>) {
        assert!(
            Engine::same(&self.engine, store.as_context().engine()),
            "different engines for this linker and the store provided"
        );
    }

    /// Defines the functions that a command exports, each by `make` of its type and name.
    fn command(
        &mut self,
        module_name: &str,
        module: &Module,
        make: impl Fn(FuncType, Arc<str>) -> HostFunc,
    ) -> Result<&mut Self> {
        for export in module.exports() {
            let name: Arc<str> = export.name().into();
            let ExternType::Func(ty) = export.ty() else {
                if self.unknown_exports || is_usual(&name, &export.ty()) {
                    continue;
                }
                let message = coracle_error::wording!("command export '{name}' is not a function");
                return Err(Error::fault(ErrorKind::Unsupported, message));
            };
            self.insert(module_name, &name, Definition::Host(make(ty, name.clone())))?;
        }
        Ok(self)
    }

    /// Defines one name as another.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` when the other is not defined; `ErrorKind::Link` when the name is defined already.
    pub fn alias(&mut self, module: &str, name: &str, as_module: &str, as_name: &str) -> Result<&mut Self> {
        let found = self.find(module, name).cloned();
        let found = found.ok_or_else(|| {
            Error::fault(ErrorKind::NotFound, coracle_error::wording!("no item named `{module}::{name}` defined"))
        })?;
        self.insert(as_module, as_name, found)
    }

    /// Defines all names of one module name under another.
    ///
    /// # Errors
    /// `ErrorKind::Link` when a name is defined already.
    pub fn alias_module(&mut self, module: &str, as_module: &str) -> Result<()> {
        for (name, item) in self.modules.get(module).cloned().unwrap_or_default() {
            self.insert(as_module, &name, item)?;
        }
        Ok(())
    }

    /// Defines each function import of a module that is not defined as a function that fails with
    /// [`UnknownImportError`] when it is called. Other imports stay as they are.
    ///
    /// # Errors
    /// None at present.
    pub fn define_unknown_imports_as_traps(&mut self, module: &Module) -> Result<()> {
        self.define_unknown(module, |import| {
            let error = UnknownImportError::new(import);
            let ExternType::Func(ty) = &import.ty else { return Ok(None) };
            let fail = move |_: Caller<'_, T>, _: &[Val], _: &mut [Val]| Err(error.clone().into());
            Ok(Some(Definition::Host(raw::dynamic(ty.clone(), fail))))
        })
    }

    /// Defines each import of a module that is not defined as something that is empty: functions return zeros and
    /// nulls, memories and tables have their least size.
    ///
    /// # Errors
    /// When a type has no default, or the host does not give the memory.
    pub fn define_unknown_imports_as_default_values(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<()> {
        let mut store = store.as_context_mut();
        self.define_unknown(module, |import| {
            let item = import.ty.default_value(&mut store).told(|| {
                let ImportType { module, name, ty } = import;
                coracle_error::wording!("no default value exists for `{module}::{name}` with type `{ty:?}`")
            })?;
            Ok(Some(Definition::of_store(store.inner(), item)))
        })
    }

    fn define_unknown(
        &mut self,
        module: &Module,
        mut make: impl FnMut(&ImportType<'_>) -> Result<Option<Definition>>,
    ) -> Result<()> {
        for import in module.imports() {
            if self.find(import.module, import.name).is_none()
                && let Some(item) = make(&import)?
            {
                self.insert(import.module, import.name, item)?;
            }
        }
        Ok(())
    }

    /// Finds a module's imports and makes an instance.
    ///
    /// # Errors
    /// As for [`Linker::instantiate_pre`] and [`Instance::new`].
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance> {
        self.pre(module, Some(store.as_context_mut().inner()))?.instantiate(store)
    }

    /// As [`Linker::instantiate`], on a stack of its own: see [`Func::call_async`].
    ///
    /// # Errors
    /// As there; `ErrorKind::Resource` also when the host does not give a stack.
    pub async fn instantiate_async(&self, mut store: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance>
    where
        T: Send + 'static,
    {
        self.pre(module, Some(store.as_context_mut().inner()))?.instantiate_async(store).await
    }

    /// Finds a module's imports. What belongs to a store is taken to be as large as it was when it was defined.
    ///
    /// # Errors
    /// [`UnknownImportError`] for an import that is not defined; `ErrorKind::Link` for one that has another type, and
    /// where module and linker are of two engines.
    pub fn instantiate_pre(&self, module: &Module) -> Result<InstancePre<T>> {
        self.pre(module, None)
    }

    fn pre(&self, module: &Module, store: Option<&StoreInner>) -> Result<InstancePre<T>> {
        check_engine(&self.engine, module.engine())?;
        let find = |import: ImportType<'_>| match self.find(import.module, import.name) {
            Some(found) => Ok(found.clone()),
            None => Err(Error::new(UnknownImportError::new(&import))),
        };
        let imports: Result<Arc<[Definition]>> = module.imports().map(find).collect();
        InstancePre::new(module, imports?, store)
    }

    /// All names and what they stand for in a store, in no order.
    ///
    /// # Panics
    /// If something was defined from another store.
    pub fn iter<'a: 'p, 'p>(
        &'a self,
        mut store: impl AsContextMut<Data = T> + 'p,
    ) -> impl Iterator<Item = (&'a str, &'a str, Extern)> + 'p {
        self.modules
            .iter()
            .flat_map(|(module, items)| items.iter().map(move |(name, item)| (&**module, &**name, item)))
            .map(move |(module, name, item)| (module, name, Self::in_store(&mut store, item)))
    }

    /// What a name stands for in a store.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` when it is not defined.
    ///
    /// # Panics
    /// If the store is of another engine.
    pub fn get(&self, mut store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Result<Extern> {
        let item = self.find(module, name).ok_or_else(|| {
            Error::fault(ErrorKind::NotFound, coracle_error::wording!("missing definition for `{module}::{name}`"))
        })?;
        Ok(Self::in_store(&mut store, item))
    }

    /// What an import's names stand for in a store.
    ///
    /// # Panics
    /// If the store is of another engine.
    pub fn get_by_import(&self, mut store: impl AsContextMut<Data = T>, import: &ImportType<'_>) -> Option<Extern> {
        Some(Self::in_store(&mut store, self.find(import.module, import.name)?))
    }

    /// As [`Linker::get_by_import`], for programs that want to hear of a lack of memory. The host's allocator aborts on
    /// one, so this does as well.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If the store is of another engine.
    pub fn try_get_by_import(
        &self,
        store: impl AsContextMut<Data = T>,
        import: &ImportType<'_>,
    ) -> Result<Option<Extern>> {
        Ok(self.get_by_import(store, import))
    }

    /// The default function of a module name: under the empty name, or `_start`; else one that does nothing.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the default is no function.
    ///
    /// # Panics
    /// If it was defined from another store.
    pub fn get_default(&self, mut store: impl AsContextMut<Data = T>, module: &str) -> Result<Func> {
        for (name, what) in [("", "default export"), ("_start", "`_start`")] {
            if let Some(item) = self.find(module, name) {
                let no_func =
                    || Error::fault(ErrorKind::Type, coracle_error::wording!("{what} in '{module}' is not a function"));
                return Self::in_store(&mut store, item).into_func().ok_or_else(no_func);
            }
        }
        Ok(Func::wrap(store, || {}))
    }

    fn in_store(store: &mut impl AsContextMut<Data = T>, item: &Definition) -> Extern {
        match item {
            Definition::Extern(item, ..) => item.clone(),
            Definition::Host(func) => Func::bind(store.as_context_mut().inner(), func).into(),
        }
    }

    fn find(&self, module: &str, name: &str) -> Option<&Definition> {
        self.modules.get(module)?.get(name)
    }

    pub(crate) fn insert(&mut self, module: &str, name: &str, item: Definition) -> Result<&mut Self> {
        if !self.shadowing && self.find(module, name).is_some() {
            let message = coracle_error::wording!("import of `{module}::{name}` defined twice");
            return Err(Error::fault(ErrorKind::Link, message));
        }
        self.modules.entry(module.into()).or_default().insert(name.into(), item);
        Ok(self)
    }
}

/// Whether a module is a command, of which each call makes an instance, rather than a reactor, which has one.
fn is_command(module: &Module) -> Result<bool> {
    let entry = |name: &str| match module.get_export(name) {
        None => Ok(false),
        Some(ExternType::Func(_)) => Ok(true),
        Some(_) => Err(coracle_error::wording!("`{name}` must be a function")),
    };
    match (entry("_start"), entry("_initialize")) {
        (Ok(true), Ok(true)) => Err("Program cannot be both a Command and a Reactor".into()),
        (Ok(command), Ok(_)) => Ok(command),
        (Err(message), _) | (_, Err(message)) => Err(message),
    }
    .map_err(|message| Error::fault(ErrorKind::Unsupported, message))
}

/// Whether toolchains usually export this from commands as well: it is of no use to anybody, and does no harm.
fn is_usual(name: &str, ty: &ExternType) -> bool {
    match name {
        "memory" => ty.memory().is_some(),
        "table" | "__indirect_function_table" => ty.table().is_some(),
        "__data_end" | "__heap_base" | "__dso_handle" | "__rtti_base" => ty.global().is_some(),
        _ => false,
    }
}

/// A linker of an engine of the default settings.
impl<T: 'static> Default for Linker<T> {
    fn default() -> Self {
        Self::new(&Engine::default())
    }
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            modules: self.modules.clone(),
            shadowing: self.shadowing,
            unknown_exports: self.unknown_exports,
            data: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linker").field("modules", &self.modules.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

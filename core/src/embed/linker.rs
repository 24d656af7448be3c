//! `Linker`: finds a module's imports by name.

use crate::embed::caller::Caller;
use crate::embed::extern_type::{ExternType, ImportType};
use crate::embed::func::Func;
use crate::embed::instance::{Definition, Instance, InstancePre};
use crate::embed::into_func::IntoFunc;
use crate::embed::item::Extern;
use crate::embed::module::Module;
use crate::embed::raw;
use crate::embed::types::FuncType;
use crate::embed::val::{Ref, Val};
use crate::embed::{Global, Memory, SharedMemory, Table, Tag};
use crate::engine::Engine;
use crate::error::{Context, Error, ErrorKind, Result};
use crate::store::{AsContext, AsContextMut};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use hashbrown::HashMap;

/// Names and what they stand for, to find the imports of modules.
pub struct Linker<T> {
    engine: Engine,
    /// By module name, then by name.
    modules: HashMap<Box<str>, HashMap<Box<str>, Definition>>,
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
            modules: HashMap::new(),
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

    /// Whether [`Linker::module`] accepts commands that export more than functions. Default: no.
    pub fn allow_unknown_exports(&mut self, allow: bool) -> &mut Self {
        self.unknown_exports = allow;
        self
    }

    /// Defines a name as something of one store.
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is defined already.
    pub fn define(
        &mut self,
        store: impl AsContext<Data = T>,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        // The store is asked for so that what is defined is known to live.
        let _ = store;
        self.insert(module, name, Definition::Extern(item.into()))
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
        for export in instance.exports(&mut store) {
            let name = export.name();
            self.insert(module_name, name, Definition::Extern(export.into_extern()))?;
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
    /// command that exports more than functions; the trap of the instantiation.
    pub fn module(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self> {
        let is_entry = |name: &str| {
            let ty = module.get_export(name);
            ty.is_some_and(|ty| ty.func().is_some_and(|ty| ty.params().len() == 0 && ty.results().len() == 0))
        };
        if is_entry("_start") {
            return self.command(module_name, module);
        }
        let instance = self.instantiate(store.as_context_mut(), module)?;
        if is_entry("_initialize") {
            let initialize = instance.get_typed_func::<(), ()>(store.as_context_mut(), "_initialize")?;
            initialize.call(store.as_context_mut(), ()).context("calling the module's `_initialize`")?;
        }
        self.instance(store, module_name, instance)
    }

    fn command(&mut self, module_name: &str, module: &Module) -> Result<&mut Self> {
        let pre = self.instantiate_pre(module)?;
        for export in module.exports() {
            let name: Arc<str> = export.name().into();
            let ExternType::Func(ty) = export.ty() else {
                if self.unknown_exports || export.name() == "memory" {
                    continue;
                }
                let message = format!("a command exports `{name}`, which is no function");
                return Err(Error::fault(ErrorKind::Unsupported, message));
            };
            let pre = pre.clone();
            let alias = if &*name == "_start" { Some("") } else { None };
            let call = {
                let name = name.clone();
                move |mut caller: Caller<'_, T>, args: &[Val], results: &mut [Val]| {
                    let instance = pre.instantiate(&mut caller)?;
                    let func = instance.get_func(&mut caller, &name).context("the export is gone")?;
                    func.call(&mut caller, args, results)
                }
            };
            let func = Definition::Host(raw::dynamic(ty, call));
            if let Some(alias) = alias {
                self.insert(module_name, alias, func.clone())?;
            }
            self.insert(module_name, &name, func)?;
        }
        Ok(self)
    }

    /// Defines one name as another.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` when the other is not defined; `ErrorKind::Link` when the name is defined already.
    pub fn alias(&mut self, module: &str, name: &str, as_module: &str, as_name: &str) -> Result<&mut Self> {
        let found = self.find(module, name).cloned();
        let found =
            found.ok_or_else(|| Error::fault(ErrorKind::NotFound, format!("`{module}::{name}` is not defined")))?;
        self.insert(as_module, as_name, found)
    }

    /// Defines all names of one module name under another.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` when nothing is defined under the other; `ErrorKind::Link` when a name is defined
    /// already.
    pub fn alias_module(&mut self, module: &str, as_module: &str) -> Result<()> {
        let Some(items) = self.modules.get(module).cloned() else {
            return Err(Error::fault(ErrorKind::NotFound, format!("nothing is defined under `{module}`")));
        };
        for (name, item) in items {
            self.insert(as_module, &name, item)?;
        }
        Ok(())
    }

    /// Defines each import of a module that is not defined as a function that fails when it is called.
    ///
    /// # Errors
    /// [`UnknownImportError`] when such an import is no function.
    pub fn define_unknown_imports_as_traps(&mut self, module: &Module) -> Result<()> {
        self.define_unknown(module, |_, import| {
            let error = UnknownImportError::new(import);
            match &import.ty {
                ExternType::Func(ty) => {
                    let fail = move |_: Caller<'_, T>, _: &[Val], _: &mut [Val]| {
                        Err(Error::new(error.clone()).context(crate::trap::Trap::UnknownImport))
                    };
                    Ok(Definition::Host(raw::dynamic(ty.clone(), fail)))
                }
                _ => Err(error.into()),
            }
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
        self.define_unknown(module, |_, import| {
            let no_default = || {
                let message = format!("`{}::{}` has a type without a default value", import.module, import.name);
                Error::fault(ErrorKind::Type, message)
            };
            Ok(Definition::Extern(match &import.ty {
                ExternType::Func(ty) => {
                    let zeros: Option<Vec<Val>> = ty.results().map(|ty| Val::default_for_ty(&ty)).collect();
                    let zeros = zeros.ok_or_else(no_default)?;
                    Func::new(&mut store, ty.clone(), move |_, _, results| {
                        results.copy_from_slice(&zeros);
                        Ok(())
                    })
                    .into()
                }
                ExternType::Global(ty) => {
                    let zero = Val::default_for_ty(ty.content()).ok_or_else(no_default)?;
                    Global::new(&mut store, ty.clone(), zero)?.into()
                }
                ExternType::Table(ty) => {
                    Table::new(&mut store, ty.clone(), Ref::null(ty.element().heap_type()))?.into()
                }
                ExternType::Memory(ty) if ty.is_shared() => SharedMemory::new(store.engine(), ty.clone())?.into(),
                ExternType::Memory(ty) => Memory::new(&mut store, ty.clone())?.into(),
                ExternType::Tag(ty) => Tag::new(&mut store, ty)?.into(),
            }))
        })
    }

    fn define_unknown(
        &mut self,
        module: &Module,
        mut make: impl FnMut(&Self, &ImportType<'_>) -> Result<Definition>,
    ) -> Result<()> {
        for import in module.imports() {
            if self.find(import.module, import.name).is_none() {
                let item = make(self, &import)?;
                self.insert(import.module, import.name, item)?;
            }
        }
        Ok(())
    }

    /// Finds a module's imports and makes an instance.
    ///
    /// # Errors
    /// As for [`Linker::instantiate_pre`] and [`Instance::new`].
    pub fn instantiate(&self, store: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance> {
        self.instantiate_pre(module)?.instantiate(store)
    }

    /// Finds a module's imports.
    ///
    /// # Errors
    /// [`UnknownImportError`] for an import that is not defined; `ErrorKind::Link` for a host function of another
    /// type. What belongs to a store is checked when an instance is made.
    ///
    /// # Panics
    /// If the module is of another engine.
    pub fn instantiate_pre(&self, module: &Module) -> Result<InstancePre<T>> {
        assert!(Engine::same(&self.engine, module.engine()), "a module of another engine was linked");
        let imports: Result<Arc<[Definition]>> = module
            .imports()
            .map(|import| {
                let Some(found) = self.find(import.module, import.name) else {
                    return Err(UnknownImportError::new(&import).into());
                };
                check_host_func(&import, found)?;
                Ok(found.clone())
            })
            .collect();
        Ok(InstancePre::new(module, imports?))
    }

    /// All names and what they stand for in a store, in no order.
    ///
    /// # Panics
    /// If something was defined from another store.
    pub fn iter<'a>(
        &'a self,
        mut store: impl AsContextMut<Data = T> + 'a,
    ) -> impl Iterator<Item = (&'a str, &'a str, Extern)> + 'a {
        self.modules
            .iter()
            .flat_map(|(module, items)| items.iter().map(move |(name, item)| (&**module, &**name, item)))
            .map(move |(module, name, item)| (module, name, Self::in_store(&mut store, item)))
    }

    /// What a name stands for in a store.
    ///
    /// # Panics
    /// If it was defined from another store.
    pub fn get(&self, mut store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Option<Extern> {
        Some(Self::in_store(&mut store, self.find(module, name)?))
    }

    /// What an import's names stand for in a store.
    ///
    /// # Panics
    /// If it was defined from another store.
    pub fn get_by_import(&self, store: impl AsContextMut<Data = T>, import: &ImportType<'_>) -> Option<Extern> {
        self.get(store, import.module, import.name)
    }

    /// The default function of a module name: under the empty name, or `_start`; else one that does nothing.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the default is no function.
    ///
    /// # Panics
    /// If it was defined from another store.
    pub fn get_default(&self, mut store: impl AsContextMut<Data = T>, module: &str) -> Result<Func> {
        for name in ["", "_start"] {
            if let Some(item) = self.get(store.as_context_mut(), module, name) {
                let no_func = || Error::fault(ErrorKind::Type, format!("`{module}::{name}` is no function"));
                return item.into_func().ok_or_else(no_func);
            }
        }
        Ok(Func::wrap(store, || {}))
    }

    fn in_store(store: &mut impl AsContextMut<Data = T>, item: &Definition) -> Extern {
        match item {
            Definition::Extern(item) => item.clone(),
            Definition::Host(func) => Func::bind(store.as_context_mut().inner(), func).into(),
        }
    }

    fn find(&self, module: &str, name: &str) -> Option<&Definition> {
        self.modules.get(module)?.get(name)
    }

    fn insert(&mut self, module: &str, name: &str, item: Definition) -> Result<&mut Self> {
        if !self.shadowing && self.find(module, name).is_some() {
            let message = format!("import of `{module}::{name}` defined twice");
            return Err(Error::fault(ErrorKind::Link, message));
        }
        self.modules.entry(module.into()).or_default().insert(name.into(), item);
        Ok(self)
    }
}

/// Whether a host function has the type that an import asks for: the one thing that can be known without a store.
fn check_host_func(import: &ImportType<'_>, found: &Definition) -> Result<()> {
    let Definition::Host(func) = found else { return Ok(()) };
    let fault = match &import.ty {
        ExternType::Func(ty) if ty.id() == func.sig() => return Ok(()),
        ExternType::Func(ty) => {
            let found = FuncType::from_id(func.engine(), func.sig());
            format!("expected type `{ty}`, found type `{found}`")
        }
        other => format!("expected `{other}`, found a function"),
    };
    let (module, name) = (import.module, import.name);
    Err(Error::fault(ErrorKind::Link, format!("incompatible import type for `{module}::{name}`: {fault}")))
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
        f.debug_struct("Linker").field("modules", &self.modules.keys()).finish_non_exhaustive()
    }
}

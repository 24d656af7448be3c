//! Types, evaluated in a scope.
//!
//! A value type is interned at once; its resources are those that the scope's type indices stand for, so no
//! substitution is ever needed. Instance, component and module types close over their scope and are evaluated each
//! time that something is *bound* to them: an import of the root (which makes fresh items), an argument or an ascribed
//! export (which keeps what the type names of an actual instance), or nothing at all (a type that is only described).

use crate::flatten::def::*;
use crate::flatten::scope::{Machine, refuse, refuse_anywhere};
use crate::keyed::try_insert;
use crate::limits;
use crate::parse::parsed::*;
use crate::plan::*;
use crate::strings::NameId;
use crate::types::{
    Case, ComponentTypeIndex, ExternType, FuncTypeIndex, InstanceTypeIndex, InterfaceType, ModuleType, ModuleTypeIndex,
    TypeDef,
};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::{TryVec, collect_results};

/// What the exports of an instance type are bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bind {
    /// Imports from the host.
    Import(PathId),
    /// The exports of an instance that there is.
    Actual(InstanceId),
    /// Nothing: the type is only described.
    Declared,
}

impl<'a> Machine<'a> {
    fn val_type(&self, scope: ScopeId, ty: ValType) -> Result<InterfaceType> {
        match ty {
            ValType::Primitive(ty) => Ok(ty),
            ValType::Type(index) => match at(&self.scopes[scope].types, index)? {
                TypeVal::Interface(ty) => Ok(ty),
                _ => Err(lost()),
            },
        }
    }

    fn payload(&self, scope: ScopeId, ty: Option<ValType>) -> Result<Option<InterfaceType>> {
        ty.map(|ty| self.val_type(scope, ty)).transpose()
    }

    fn named(&mut self, scope: ScopeId, list: &[(NameId, ValType)]) -> Result<Vec<(NameId, InterfaceType)>> {
        collect_results(list.iter().map(|&(name, ty)| {
            self.step_work()?;
            Ok((name, self.val_type(scope, ty)?))
        }))
    }

    /// Evaluates a type definition that is not a resource.
    pub(crate) fn eval_type(&mut self, scope: ScopeId, ty: &'a Type) -> Result<TypeVal> {
        use InterfaceType as T;
        let ty = match *ty {
            Type::Alias(ty) => self.val_type(scope, ty)?,
            Type::Record(ref fields) => {
                let fields = self.named(scope, fields)?;
                T::Record(self.types.record(fields)?)
            }
            Type::Variant(ref cases) => {
                let cases = cases.iter().map(|&(name, ty)| Ok(Case { name, ty: self.payload(scope, ty)? }));
                let cases = collect_results(cases)?;
                T::Variant(self.types.variant(cases)?)
            }
            Type::List(ty) => T::List(self.types.list(self.val_type(scope, ty)?)?),
            Type::FixedLengthList(ty, len) => {
                T::FixedLengthList(self.types.fixed_length_list(self.val_type(scope, ty)?, len)?)
            }
            Type::Map(key, value) => T::Map(self.types.map(self.val_type(scope, key)?, self.val_type(scope, value)?)?),
            Type::Tuple(ref types) => {
                let types = collect_results(types.iter().map(|&ty| self.val_type(scope, ty)))?;
                T::Tuple(self.types.tuple(types)?)
            }
            Type::Flags(ref names) => T::Flags(self.types.flags(names.to_vec())),
            Type::Enum(ref names) => T::Enum(self.types.enumeration(names.to_vec())?),
            Type::Option(ty) => T::Option(self.types.option(self.val_type(scope, ty)?)?),
            Type::Result(ok, err) => T::Result(self.types.result(self.payload(scope, ok)?, self.payload(scope, err)?)?),
            Type::Own(index) => T::Own(self.resource(scope, index)?),
            Type::Borrow(index) => T::Borrow(self.resource(scope, index)?),
            Type::Future(ty) => T::Future(self.types.future(self.payload(scope, ty)?)),
            Type::Stream(ty) => T::Stream(self.types.stream(self.payload(scope, ty)?)),
            Type::Func { is_async, ref params, result } => {
                let params = self.named(scope, params)?;
                let result = self.payload(scope, result)?;
                return Ok(TypeVal::Func(self.types.func(is_async, params, result)?));
            }
            Type::Instance(ref decls) => return Ok(TypeVal::Instance(self.closure(Closure::Decls(decls, scope))?)),
            Type::Component(ref decls) => return Ok(TypeVal::Component(self.closure(Closure::Decls(decls, scope))?)),
            Type::Resource(..) => return Err(lost()),
        };
        Ok(TypeVal::Interface(ty))
    }

    /// Evaluates a core type definition.
    pub(crate) fn eval_core_type(&mut self, scope: ScopeId, ty: &'a CoreType) -> Result<CoreTypeVal> {
        Ok(match ty {
            CoreType::Func(sig) => CoreTypeVal::Func(*sig),
            CoreType::Module(decls) => CoreTypeVal::Module(self.closure(Closure::Module(decls, scope))?),
            CoreType::Unsupported(item) => CoreTypeVal::Unsupported(*item),
        })
    }

    /// Carries out an alias that can occur in types as well as in components.
    pub(crate) fn alias(&mut self, scope: ScopeId, alias: &Alias) -> Result<()> {
        match *alias {
            Alias::Export(instance, name, sort) => {
                let instance = at(&self.scopes[scope].instances, instance)?;
                let def = self.defs.instances[instance].get(name).filter(|def| def.sort() == sort);
                self.scopes[scope].push(def.ok_or_else(lost)?)?;
            }
            Alias::OuterType(count, index) => self.outer_alias(scope, Sort::Type, count, index)?,
            Alias::OuterModule(count, index) => self.outer_alias(scope, Sort::Module, count, index)?,
            Alias::OuterComponent(count, index) => self.outer_alias(scope, Sort::Component, count, index)?,
            Alias::OuterCoreType(count, index) => {
                let from = self.outer(scope, count)?;
                let ty = at(&self.scopes[from].core_types, index)?;
                self.scopes[scope].core_types.try_push(ty)?;
            }
            // Core instances exist in components alone.
            Alias::CoreExport(..) => return Err(lost()),
        }
        Ok(())
    }

    fn outer_alias(&mut self, scope: ScopeId, sort: Sort, count: u32, index: u32) -> Result<()> {
        let from = self.outer(scope, count)?;
        let def = self.scopes[from].get(sort, index)?;
        self.scopes[scope].push(def)?;
        Ok(())
    }

    fn decls(&self, closure: ClosureId) -> Result<(&'a [TypeDecl], ScopeId)> {
        match self.defs.closures[closure] {
            Closure::Decls(decls, scope) => Ok((decls, scope)),
            Closure::Module(..) => Err(lost()),
        }
    }

    /// The closure of an instance or component type's index.
    fn closure_at(&self, scope: ScopeId, index: u32) -> Result<ClosureId> {
        match at(&self.scopes[scope].types, index)? {
            TypeVal::Instance(closure) | TypeVal::Component(closure) => Ok(closure),
            _ => Err(lost()),
        }
    }

    /// Makes the instance that results from binding an instance type.
    pub(crate) fn bind_instance(&mut self, closure: ClosureId, bind: Bind) -> Result<InstanceId> {
        let (decls, parent) = self.decls(closure)?;
        self.enter_type()?;
        let scope = self.open(Some(parent))?;
        let mut exports = Vec::new();
        for decl in decls {
            self.step_work()?;
            if let TypeDecl::Export(name, ty) = decl {
                let def = self.bind_export(scope, name.name, *ty, bind)?;
                self.scopes[scope].push(def)?;
                exports.try_push((name.name, name.attributes, def))?;
            } else {
                self.declare(scope, decl)?;
            }
        }
        self.depth -= 1;
        self.close(scope);
        self.defs.instance(exports)
    }

    fn enter_type(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > limits::INSTANCE_DEPTH {
            return Err(limits::exceeded("levels of instance types within an instance type", limits::INSTANCE_DEPTH));
        }
        Ok(())
    }

    /// Carries out a declaration that is neither import nor export.
    fn declare(&mut self, scope: ScopeId, decl: &'a TypeDecl) -> Result<()> {
        match decl {
            TypeDecl::CoreType(ty) => {
                let ty = self.eval_core_type(scope, ty)?;
                self.scopes[scope].core_types.try_push(ty)?;
            }
            TypeDecl::Type(ty) => {
                let ty = self.eval_type(scope, ty)?;
                self.scopes[scope].types.try_push(ty)?;
            }
            TypeDecl::Alias(alias) => self.alias(scope, alias)?,
            TypeDecl::Import(..) | TypeDecl::Export(..) => return Err(lost()),
        }
        Ok(())
    }

    fn bind_export(&mut self, scope: ScopeId, name: NameId, ty: ExternRef, bind: Bind) -> Result<Def> {
        match bind {
            Bind::Actual(instance) => {
                let actual = self.defs.instances[instance].get(name).ok_or_else(lost)?;
                self.narrow(scope, ty, actual)
            }
            Bind::Import(outer) => {
                let path = self.defs.paths.try_push(Path::Member(outer, name))?;
                self.import(scope, ty, Some(path))
            }
            Bind::Declared => self.import(scope, ty, None),
        }
    }

    /// Sees an item at the type that it is passed or exported as: an instance loses what the type does not name.
    pub(crate) fn narrow(&mut self, scope: ScopeId, ty: ExternRef, actual: Def) -> Result<Def> {
        match (ty, actual) {
            (ExternRef::Instance(index), Def::Instance(instance)) => {
                let closure = self.closure_at(scope, index)?;
                if let Some(&old) = self.memo.narrowed.get(&(closure, instance)) {
                    return Ok(Def::Instance(old));
                }
                let bound = self.bind_instance(closure, Bind::Actual(instance))?;
                let (before, after) = (&self.defs.instances[instance], &self.defs.instances[bound]);
                let same = before.exports.len() == after.exports.len()
                    && after.exports.iter().all(|&(name, _, def)| before.get(name) == Some(def));
                let bound = if same { instance } else { bound };
                try_insert(&mut self.memo.narrowed, (closure, instance), bound)?;
                Ok(Def::Instance(bound))
            }
            (ExternRef::Module(index), Def::Module(module)) => {
                let ty = self.module_type_at(scope, index)?;
                match self.defs.modules[module] {
                    ModuleDef::Static(index) | ModuleDef::Ascribed(index, _) => {
                        if self.static_module_type(index)? == ty {
                            return Ok(actual);
                        }
                        Ok(Def::Module(self.defs.modules.try_push(ModuleDef::Ascribed(index, ty))?))
                    }
                    ModuleDef::Import(..) | ModuleDef::Declared(_) => Ok(actual),
                }
            }
            (ExternRef::Value, _) => Err(refuse_anywhere("component values")),
            _ => Ok(actual),
        }
    }

    /// Makes the item of an import from the host, or (without a path) of one that is only declared.
    pub(crate) fn import(&mut self, scope: ScopeId, ty: ExternRef, path: Option<PathId>) -> Result<Def> {
        Ok(match ty {
            ExternRef::Func(index) => {
                let TypeVal::Func(ty) = at(&self.scopes[scope].types, index)? else { return Err(lost()) };
                let source = path.map_or(FuncFrom::Declared, FuncFrom::Import);
                Def::Func(self.defs.funcs.try_push(FuncDef { ty, source })?)
            }
            ExternRef::TypeEq(index) => Def::Type(at(&self.scopes[scope].types, index)?),
            ExternRef::SubResource => {
                let resource = self.plan.resources.next_key();
                let origin = match path {
                    Some(path) => ResourceOrigin::Imported(self.runtime_import(path, TypeDef::Resource(resource))?),
                    None => ResourceOrigin::Abstract,
                };
                self.plan.resources.try_push(origin)?;
                Def::Type(TypeVal::Resource(resource))
            }
            ExternRef::Instance(index) => {
                let closure = self.closure_at(scope, index)?;
                Def::Instance(self.bind_instance(closure, path.map_or(Bind::Declared, Bind::Import))?)
            }
            ExternRef::Module(index) => {
                let ty = self.module_type_at(scope, index)?;
                let module = path.map_or(ModuleDef::Declared(ty), |path| ModuleDef::Import(path, ty));
                Def::Module(self.defs.modules.try_push(module)?)
            }
            ExternRef::Component(index) => {
                if path.is_some() {
                    return Err(refuse_anywhere("an import of a component at the root"));
                }
                let closure = self.closure_at(scope, index)?;
                Def::Component(self.defs.components.try_push(ComponentDef::Declared(closure))?)
            }
            ExternRef::Value => return Err(refuse_anywhere("component values")),
        })
    }

    /// The module type of a core type index.
    fn module_type_at(&mut self, scope: ScopeId, index: u32) -> Result<ModuleTypeIndex> {
        let closure = match at(&self.scopes[scope].core_types, index)? {
            CoreTypeVal::Module(closure) => closure,
            CoreTypeVal::Unsupported(item) => return Err(refuse(item)),
            CoreTypeVal::Func(_) => return Err(lost()),
        };
        let Closure::Module(decls, outer) = self.defs.closures[closure] else { return Err(lost()) };
        let (mut sigs, mut imports, mut exports) = (Vec::new(), Vec::new(), Vec::new());
        for decl in decls {
            self.step_work()?;
            match *decl {
                ModuleDecl::Type(sig) => sigs.push(sig),
                // The module type itself is scope 0.
                ModuleDecl::OuterType(0, index) => sigs.push(at(&sigs, index)?),
                ModuleDecl::OuterType(count, index) => {
                    let from = self.outer(outer, count - 1)?;
                    sigs.push(match at(&self.scopes[from].core_types, index)? {
                        CoreTypeVal::Func(sig) => Some(sig),
                        _ => None,
                    });
                }
                ModuleDecl::Import(module, name, ty) => imports.try_push((module, name, core_extern(&sigs, ty)?))?,
                ModuleDecl::Export(name, ty) => exports.try_push((name, core_extern(&sigs, ty)?))?,
            }
        }
        self.types.module(ModuleType { imports: imports.into(), exports: exports.into() })
    }

    /// The type of a module that lies in the binary.
    pub(crate) fn static_module_type(&mut self, index: StaticModuleIndex) -> Result<ModuleTypeIndex> {
        if let Some(&old) = self.memo.static_module_types.get(&index) {
            return Ok(old);
        }
        let modules = self.static_modules;
        let data = &modules[index];
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        for import in &data.imports {
            self.step_work()?;
            let names = (self.types.name(&import.module), self.types.name(&import.name));
            imports.try_push((names.0, names.1, extern_type(data, import.item)))?;
        }
        for (name, item) in &data.exports {
            self.step_work()?;
            exports.try_push((self.types.name(name), extern_type(data, *item)))?;
        }
        let ty = self.types.module(ModuleType { imports: imports.into(), exports: exports.into() })?;
        try_insert(&mut self.memo.static_module_types, index, ty)?;
        Ok(ty)
    }

    /// The type of a module.
    pub(crate) fn module_type(&mut self, module: ModuleId) -> Result<ModuleTypeIndex> {
        match self.defs.modules[module] {
            ModuleDef::Static(index) => self.static_module_type(index),
            ModuleDef::Import(_, ty) | ModuleDef::Declared(ty) | ModuleDef::Ascribed(_, ty) => Ok(ty),
        }
    }

    /// The type of an item, as data.
    pub(crate) fn type_of(&mut self, def: Def) -> Result<TypeDef> {
        Ok(match def {
            Def::Func(func) => TypeDef::Func(self.defs.funcs[func].ty),
            Def::Instance(instance) => TypeDef::Instance(self.instance_type(instance)?),
            Def::Module(module) => TypeDef::Module(self.module_type(module)?),
            Def::Component(component) => match self.defs.components[component] {
                ComponentDef::Declared(closure) => TypeDef::Component(self.component_type(closure)?),
                ComponentDef::Static(..) => return Err(refuse_anywhere("an export of a component at the root")),
            },
            Def::Type(TypeVal::Interface(ty)) => TypeDef::Interface(ty),
            Def::Type(TypeVal::Resource(resource)) => TypeDef::Resource(resource),
            Def::Type(TypeVal::Func(ty)) => TypeDef::FuncType(ty),
            Def::Type(TypeVal::Instance(closure)) => {
                if let Some(&old) = self.memo.described.get(&closure) {
                    return Ok(TypeDef::InstanceType(old));
                }
                self.enter_type()?;
                let described = self.bind_instance(closure, Bind::Declared)?;
                let ty = self.instance_type(described)?;
                self.depth -= 1;
                try_insert(&mut self.memo.described, closure, ty)?;
                TypeDef::InstanceType(ty)
            }
            Def::Type(TypeVal::Component(closure)) => TypeDef::ComponentType(self.component_type(closure)?),
        })
    }

    /// The type of an instance. Recursion is bounded by [`limits::INSTANCE_DEPTH`].
    pub(crate) fn instance_type(&mut self, instance: InstanceId) -> Result<InstanceTypeIndex> {
        if let Some(&old) = self.memo.instance_types.get(&instance) {
            return Ok(old);
        }
        let mut exports = Vec::new();
        for i in 0..self.defs.instances[instance].exports.len() {
            self.step_work()?;
            let (name, _, def) = self.defs.instances[instance].exports[i];
            exports.try_push((name, self.type_of(def)?))?;
        }
        let ty = self.types.instance(exports)?;
        try_insert(&mut self.memo.instance_types, instance, ty)?;
        Ok(ty)
    }

    /// The type of a component that is only described.
    fn component_type(&mut self, closure: ClosureId) -> Result<ComponentTypeIndex> {
        if let Some(&old) = self.memo.described_components.get(&closure) {
            return Ok(old);
        }
        let (decls, parent) = self.decls(closure)?;
        self.enter_type()?;
        let scope = self.open(Some(parent))?;
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        for decl in decls {
            self.step_work()?;
            let (TypeDecl::Import(name, ty) | TypeDecl::Export(name, ty)) = decl else {
                self.declare(scope, decl)?;
                continue;
            };
            let def = self.import(scope, *ty, None)?;
            self.scopes[scope].push(def)?;
            let entry = (name.name, self.type_of(def)?);
            if matches!(decl, TypeDecl::Import(..)) { imports.try_push(entry)? } else { exports.try_push(entry)? }
        }
        self.depth -= 1;
        self.close(scope);
        let ty = self.types.component(imports, exports)?;
        try_insert(&mut self.memo.described_components, closure, ty)?;
        Ok(ty)
    }

    /// Refuses functions that pass streams, futures or error contexts.
    ///
    /// An `async` function that is lifted or lowered without the option `async` differs from others only in that it
    /// may block, and nothing that could make it block is supported.
    pub(crate) fn check_synchronous(&self, ty: FuncTypeIndex) -> Result<()> {
        let table = self.types.table();
        let mut types = table.params(ty).iter().chain(&table[ty].result);
        if types.any(|&ty| table.layout(ty).content.asynchronous) {
            return Err(refuse_anywhere("component-model async (`stream`, `future`, `error-context`)"));
        }
        Ok(())
    }
}

fn core_extern(sigs: &[Option<crate::entity::SigId>], ty: CoreExtern) -> Result<ExternType> {
    let sig = |index| at(sigs, index)?.ok_or_else(|| refuse_anywhere("garbage-collected types"));
    match ty {
        CoreExtern::Func(index) => Ok(ExternType::Func(sig(index)?)),
        CoreExtern::Tag(index) => Ok(ExternType::Tag(sig(index)?)),
        CoreExtern::Other(ty) => Ok(ty),
        CoreExtern::Unsupported(item) => Err(refuse(item)),
    }
}

fn extern_type(data: &crate::module::ModuleData, item: crate::module::EntityIndex) -> ExternType {
    use crate::module::EntityIndex as E;
    match item {
        E::Func(i) => ExternType::Func(data.funcs[i]),
        E::Table(i) => ExternType::Table(data.tables[i]),
        E::Memory(i) => ExternType::Memory(data.memories[i]),
        E::Global(i) => ExternType::Global(data.globals[i]),
        E::Tag(i) => ExternType::Tag(data.tags[i]),
    }
}

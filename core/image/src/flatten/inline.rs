//! Runs all instantiations once, abstractly.
//!
//! An instantiation of a nested component is a frame, like a call; the frames are a list here and not recursion on the
//! host's stack. Items of the index spaces are carried as absolute definitions ([`def`](crate::flatten::def)), so that
//! aliases, arguments and exports cost a copy and leave no trace. What has an effect at run time becomes a step.

use crate::flatten::def::*;
use crate::flatten::fuse::Place;
use crate::flatten::scope::{Machine, refuse};
use crate::keyed::{KeyMap, with_room};
use crate::limits;
use crate::module::{EntityIndex, ModuleData};
use crate::parse::parsed::*;
use crate::plan::*;
use crate::strings::NameId;
use crate::types::{ExternType, Ptr, TypeDef};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::TryVec;

/// The exports of a component, as they come out.
pub(crate) type Exports = Vec<(NameId, Attributes, Def)>;

/// An instantiation under way.
struct Frame<'a> {
    place: Place,
    items: core::slice::Iter<'a, Item>,
    /// What its imports are bound to; none for the root, whose imports are the host's.
    args: Option<KeyMap<NameId, Def>>,
    exports: Exports,
}

impl<'a> Machine<'a> {
    /// Instantiates the root component.
    pub(crate) fn run(&mut self) -> Result<Exports> {
        let root = StaticComponentIndex::from_u32(0);
        let mut frames = Vec::new();
        frames.try_push(self.frame(root, None, None, None)?)?;
        loop {
            let Some(frame) = frames.last_mut() else { return Err(lost()) };
            if let Some(item) = frame.items.next() {
                self.step_work()?;
                let inner = self.item(frame, item)?;
                if let Some(inner) = inner {
                    if frames.len() >= limits::NESTING_DEPTH {
                        return Err(limits::exceeded(
                            "components that instantiate each other in depth",
                            limits::NESTING_DEPTH,
                        ));
                    }
                    frames.try_push(inner)?;
                }
                continue;
            }
            let Some(done) = frames.pop() else { return Err(lost()) };
            let Some(outer) = frames.last() else { return Ok(done.exports) };
            let outer = outer.place.scope;
            let instance = self.defs.instance(done.exports)?;
            self.close(done.place.scope);
            self.scopes[outer].instances.try_push(instance)?;
        }
    }

    fn frame(
        &mut self,
        component: StaticComponentIndex,
        closes_over: Option<ScopeId>,
        parent: Option<RuntimeComponentInstanceIndex>,
        args: Option<KeyMap<NameId, Def>>,
    ) -> Result<Frame<'a>> {
        self.count_instance()?;
        let scope = self.open(closes_over)?;
        let instance = self.plan.component_instances.try_push(ComponentInstanceInfo { parent })?;
        let items = self.components[component].iter();
        Ok(Frame { place: Place { scope, instance }, items, args, exports: Vec::new() })
    }

    /// Carries out one definition. Gives back a frame if it instantiates a component.
    fn item(&mut self, frame: &mut Frame<'a>, item: &'a Item) -> Result<Option<Frame<'a>>> {
        let place = frame.place;
        let scope = place.scope;
        match item {
            Item::CoreType(ty) => {
                let ty = self.eval_core_type(scope, ty)?;
                self.scopes[scope].core_types.try_push(ty)?;
            }
            Item::Type(Type::Resource(rep, dtor)) => self.resource_type(place, *rep, *dtor)?,
            Item::Type(ty) => {
                let ty = self.eval_type(scope, ty)?;
                self.scopes[scope].types.try_push(ty)?;
            }
            Item::Import(name, ty) => self.import_item(frame, name, *ty)?,
            Item::Alias(Alias::CoreExport(instance, name, sort)) => {
                let instance = at(&self.scopes[scope].core_instances, *instance)?;
                let item = self.core_export(instance, *name, *sort)?;
                self.scopes[scope].push_core(item)?;
            }
            Item::Alias(alias) => self.alias(scope, alias)?,
            Item::Module(index) => {
                let module = self.defs.modules.try_push(ModuleDef::Static(*index))?;
                self.scopes[scope].modules.try_push(module)?;
            }
            Item::Component(index) => {
                self.scopes[scope].captured = true;
                let component = self.defs.components.try_push(ComponentDef::Static(*index, scope))?;
                self.scopes[scope].components.try_push(component)?;
            }
            Item::CoreInstantiate(module, args) => self.core_instantiate(place, *module, args)?,
            Item::CoreBundle(exports) => self.core_bundle(scope, exports)?,
            Item::Instantiate(component, args) => return self.instantiate(place, *component, args).map(Some),
            Item::Bundle(exports) => self.bundle(scope, exports)?,
            Item::Lift(func, ty, options) => {
                let func = self.lift(place, *func, *ty, options)?;
                self.scopes[scope].funcs.try_push(func)?;
            }
            Item::Lower(func, options) => {
                let func = self.lower(place, *func, options)?;
                self.scopes[scope].core_funcs.try_push(func)?;
            }
            Item::ResourceNew(ty) => {
                self.resource_builtin(place, *ty, |resource, instance| Trampoline::ResourceNew { resource, instance })?
            }
            Item::ResourceRep(ty) => {
                self.resource_builtin(place, *ty, |resource, instance| Trampoline::ResourceRep { resource, instance })?
            }
            Item::ResourceDrop(ty) => {
                self.resource_builtin(place, *ty, |resource, instance| Trampoline::ResourceDrop { resource, instance })?
            }
            Item::Export(name, sort, index, ty) => {
                let mut def = self.scopes[scope].get(*sort, *index)?;
                if let Some(ty) = ty {
                    def = self.narrow(scope, *ty, def)?;
                }
                self.scopes[scope].push(def)?;
                frame.exports.try_push((name.name, name.attributes, def))?;
            }
            Item::Unsupported(item) => return Err(refuse(*item)),
        }
        Ok(None)
    }

    fn import_item(&mut self, frame: &mut Frame<'a>, name: &ExternName, ty: ExternRef) -> Result<()> {
        let scope = frame.place.scope;
        let def = match &frame.args {
            Some(args) => {
                let arg = args.get(&name.name).copied().ok_or_else(lost)?;
                self.narrow(scope, ty, arg)?
            }
            None => {
                let path = self.defs.paths.try_push(Path::Root(self.plan.imports.next_key()))?;
                // The entry is made first, for paths to refer to it, and typed when the import has been.
                let unknown = TypeDef::Interface(crate::types::InterfaceType::Bool);
                let import = self.plan.imports.try_push(RootImport {
                    name: name.name,
                    ty: unknown,
                    attributes: name.attributes,
                })?;
                let def = self.import(scope, ty, Some(path))?;
                self.plan.imports[import].ty = self.type_of(def)?;
                def
            }
        };
        self.scopes[scope].push(def)?;
        Ok(())
    }

    fn resource_type(&mut self, place: Place, rep: crate::types::FlatType, dtor: Option<u32>) -> Result<()> {
        let dtor = dtor.map(|index| at(&self.scopes[place.scope].core_funcs, index)).transpose()?;
        if let Some(dtor) = &dtor {
            self.require(dtor)?;
        }
        let origin = ResourceOrigin::Defined { instance: place.instance, rep, dtor };
        let resource = self.plan.resources.try_push(origin)?;
        self.scopes[place.scope].types.try_push(TypeVal::Resource(resource))?;
        self.step(Step::DefineResource(resource))
    }

    fn resource_builtin(
        &mut self,
        place: Place,
        ty: u32,
        make: impl FnOnce(crate::types::ResourceIndex, RuntimeComponentInstanceIndex) -> Trampoline,
    ) -> Result<()> {
        let resource = self.resource(place.scope, ty)?;
        let func = self.trampoline(make(resource, place.instance))?;
        self.scopes[place.scope].core_funcs.try_push(func)?;
        Ok(())
    }

    fn instantiate(&mut self, place: Place, component: u32, args: &[(NameId, Sort, u32)]) -> Result<Frame<'a>> {
        let scope = &self.scopes[place.scope];
        let component = at(&scope.components, component)?;
        let args = args.iter().map(|&(name, sort, index)| Ok((name, scope.get(sort, index)?)));
        let args = args.collect::<Result<KeyMap<_, _>>>()?;
        for _ in 0..args.len() {
            self.step_work()?;
        }
        let ComponentDef::Static(component, closes_over) = self.defs.components[component] else {
            return Err(lost());
        };
        self.frame(component, Some(closes_over), Some(place.instance), Some(args))
    }

    fn bundle(&mut self, scope: ScopeId, exports: &[(ExternName, Sort, u32)]) -> Result<()> {
        let mut all = Vec::with_room(exports.len())?;
        for &(name, sort, index) in exports {
            self.step_work()?;
            all.try_push((name.name, name.attributes, self.scopes[scope].get(sort, index)?))?;
        }
        let instance = self.defs.instance(all)?;
        self.scopes[scope].instances.try_push(instance)?;
        Ok(())
    }

    fn core_bundle(&mut self, scope: ScopeId, exports: &[(NameId, CoreSort, u32)]) -> Result<()> {
        let mut all = with_room(exports.len())?;
        for &(name, sort, index) in exports {
            self.step_work()?;
            let spaces = &self.scopes[scope];
            let item = match sort {
                CoreSort::Func => CoreItem::Func(at(&spaces.core_funcs, index)?),
                CoreSort::Table => CoreItem::Table(at(&spaces.core_tables, index)?),
                CoreSort::Global => CoreItem::Global(at(&spaces.core_globals, index)?),
                CoreSort::Tag => CoreItem::Tag(at(&spaces.core_tags, index)?),
                CoreSort::Memory => {
                    let (def, ptr) = at(&spaces.core_memories, index)?;
                    CoreItem::Memory(def, ptr)
                }
            };
            all.insert(name, item);
        }
        let instance = self.defs.core_instances.try_push(CoreInstanceDef::Bundle(all))?;
        self.scopes[scope].core_instances.try_push(instance)?;
        Ok(())
    }

    fn core_instantiate(&mut self, place: Place, module: u32, args: &[(NameId, u32)]) -> Result<()> {
        self.count_instance()?;
        let scope = &self.scopes[place.scope];
        let module = at(&scope.modules, module)?;
        let mut given = with_room(args.len())?;
        for &(name, index) in args {
            given.insert(name, at(&scope.core_instances, index)?);
        }
        let args = given;
        let step = match self.defs.modules[module] {
            ModuleDef::Static(index) | ModuleDef::Ascribed(index, _) => {
                Instantiate::Static { owner: place.instance, module: index, args: self.static_args(index, &args)? }
            }
            ModuleDef::Import(path, ty) => Instantiate::Import {
                owner: place.instance,
                module: self.runtime_import(path, TypeDef::Module(ty))?,
                args: self.import_args(ty, &args)?,
            },
            ModuleDef::Declared(_) => return Err(lost()),
        };
        self.step(Step::Instantiate(step))?;
        let made = RuntimeInstanceIndex::from_u32(self.plan.num_instances);
        self.plan.num_instances += 1;
        let instance = self.defs.core_instances.try_push(CoreInstanceDef::Made(made, module))?;
        self.scopes[place.scope].core_instances.try_push(instance)?;
        Ok(())
    }

    fn static_args(
        &mut self,
        module: StaticModuleIndex,
        args: &KeyMap<NameId, CoreInstanceId>,
    ) -> Result<Box<[CoreDef]>> {
        let modules = self.static_modules;
        let imports = &modules[module].imports;
        let mut all = Vec::with_room(imports.len())?;
        for import in imports {
            self.step_work()?;
            let names = self.types.table().names();
            let from = names.lookup(&import.module).and_then(|name| args.get(&name)).copied().ok_or_else(lost)?;
            // A name that was never interned is one that nothing but a static module exports.
            let item = match names.lookup(&import.name) {
                Some(name) => self.core_export(from, name, entity_sort(import.item))?,
                None => self.static_export(from, &import.name)?,
            };
            self.require(item.def())?;
            all.try_push(item.def().clone())?;
        }
        Ok(all.into())
    }

    fn import_args(
        &mut self,
        ty: crate::types::ModuleTypeIndex,
        args: &KeyMap<NameId, CoreInstanceId>,
    ) -> Result<Box<[(NameId, NameId, CoreDef)]>> {
        let imports = self.types.table()[ty].imports.clone();
        let mut all = Vec::with_room(imports.len())?;
        for &(module, name, ty) in &imports {
            self.step_work()?;
            let from = args.get(&module).copied().ok_or_else(lost)?;
            let item = self.core_export(from, name, extern_sort(&ty))?;
            self.require(item.def())?;
            all.try_push((module, name, item.def().clone()))?;
        }
        Ok(all.into())
    }

    /// The export of a core instance.
    fn core_export(&mut self, instance: CoreInstanceId, name: NameId, sort: CoreSort) -> Result<CoreItem> {
        let item = match &self.defs.core_instances[instance] {
            CoreInstanceDef::Bundle(items) => items.get(&name).cloned().ok_or_else(lost)?,
            &CoreInstanceDef::Made(made, module) => match self.defs.modules[module] {
                ModuleDef::Static(_) | ModuleDef::Ascribed(..) => {
                    self.static_export(instance, self.types.table().name(name))?
                }
                ModuleDef::Import(_, ty) | ModuleDef::Declared(ty) => {
                    let table = self.types.table();
                    let by_name = self.memo.module_exports.entry(ty).or_insert_with(|| {
                        table[ty].exports.iter().enumerate().map(|(i, &(name, _))| (name, i as u32)).collect()
                    });
                    let position = *by_name.get(&name).ok_or_else(lost)?;
                    let kind = extern_kind(&table[ty].exports[position as usize].1);
                    entity_item(made, ExportItem::Name(name), kind)
                }
            },
        };
        if item_sort(&item) != sort { Err(lost()) } else { Ok(item) }
    }

    /// The export of an instance of a static module.
    fn static_export(&self, instance: CoreInstanceId, name: &str) -> Result<CoreItem> {
        let CoreInstanceDef::Made(made, module) = self.defs.core_instances[instance] else { return Err(lost()) };
        let (ModuleDef::Static(index) | ModuleDef::Ascribed(index, _)) = self.defs.modules[module] else {
            return Err(lost());
        };
        let data = &self.static_modules[index];
        let entity = data.exports.get(name).ok_or_else(lost)?;
        Ok(entity_item(made, ExportItem::Index(entity), entity_kind(data, entity)))
    }
}

fn entity_kind(data: &ModuleData, entity: EntityIndex) -> CoreKind {
    match entity {
        EntityIndex::Func(_) => CoreKind::Func,
        EntityIndex::Table(_) => CoreKind::Table,
        EntityIndex::Memory(index) => CoreKind::Memory(width(data.memories[index].memory64)),
        EntityIndex::Global(_) => CoreKind::Global,
        EntityIndex::Tag(_) => CoreKind::Tag,
    }
}

fn extern_kind(ty: &ExternType) -> CoreKind {
    match ty {
        ExternType::Func(_) => CoreKind::Func,
        ExternType::Table(_) => CoreKind::Table,
        ExternType::Memory(ty) => CoreKind::Memory(width(ty.memory64)),
        ExternType::Global(_) => CoreKind::Global,
        ExternType::Tag(_) => CoreKind::Tag,
    }
}

fn width(memory64: bool) -> Ptr {
    if memory64 { Ptr::P64 } else { Ptr::P32 }
}

fn entity_sort(entity: EntityIndex) -> CoreSort {
    match entity {
        EntityIndex::Func(_) => CoreSort::Func,
        EntityIndex::Table(_) => CoreSort::Table,
        EntityIndex::Memory(_) => CoreSort::Memory,
        EntityIndex::Global(_) => CoreSort::Global,
        EntityIndex::Tag(_) => CoreSort::Tag,
    }
}

fn extern_sort(ty: &ExternType) -> CoreSort {
    match ty {
        ExternType::Func(_) => CoreSort::Func,
        ExternType::Table(_) => CoreSort::Table,
        ExternType::Memory(_) => CoreSort::Memory,
        ExternType::Global(_) => CoreSort::Global,
        ExternType::Tag(_) => CoreSort::Tag,
    }
}

fn item_sort(item: &CoreItem) -> CoreSort {
    match item {
        CoreItem::Func(_) => CoreSort::Func,
        CoreItem::Table(_) => CoreSort::Table,
        CoreItem::Memory(..) => CoreSort::Memory,
        CoreItem::Global(_) => CoreSort::Global,
        CoreItem::Tag(_) => CoreSort::Tag,
    }
}

//! The abstract machine's state: scopes with their index spaces, and the plan as far as it is written.
//!
//! A scope is one instantiation of a component, or one evaluation of an instance, component or module type. Items of
//! an enclosing scope are reached through [`Scope::parent`], which is what the binary's outer aliases count.
//!
//! # Invariants
//! - A scope outlives everything that closes over it: scopes are never freed before the flattening ends, unless they
//!   are the last one and nothing has closed over them.
//! - Every definition and declaration that is looked at costs one unit of work, so the whole is bounded by
//!   [`limits::FLATTEN_WORK`] whatever the nesting does.

use crate::arena::PrimaryMap;
use crate::entity::EntityRef;
use crate::flatten::def::*;
use crate::keyed::{KeyMap, try_insert};
use crate::limits;
use crate::module::ModuleData;
use crate::parse::parsed::{Item, Sort, StaticComponentIndex, Unsupported};
use crate::plan::*;
use crate::strings::NameId;
use crate::types::{
    ComponentTypeIndex, InstanceTypeIndex, ModuleTypeIndex, Ptr, ResourceIndex, TypeDef, TypeTableBuilder,
};
use alloc::vec::Vec;
use coracle_error::fallible::TryVec;
use coracle_error::{Error, ErrorKind, Result};

/// The index spaces of one scope.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) parent: Option<ScopeId>,
    pub(crate) captured: bool,
    pub(crate) funcs: Vec<FuncId>,
    pub(crate) instances: Vec<InstanceId>,
    pub(crate) components: Vec<ComponentId>,
    pub(crate) modules: Vec<ModuleId>,
    pub(crate) types: Vec<TypeVal>,
    pub(crate) core_types: Vec<CoreTypeVal>,
    pub(crate) core_instances: Vec<CoreInstanceId>,
    pub(crate) core_funcs: Vec<CoreDef>,
    pub(crate) core_tables: Vec<CoreDef>,
    pub(crate) core_memories: Vec<(CoreDef, Ptr)>,
    pub(crate) core_globals: Vec<CoreDef>,
    pub(crate) core_tags: Vec<CoreDef>,
}

impl Scope {
    /// Appends an item to the index space of its sort.
    pub(crate) fn push(&mut self, def: Def) -> Result<()> {
        match def {
            Def::Func(id) => self.funcs.try_push(id)?,
            Def::Instance(id) => self.instances.try_push(id)?,
            Def::Component(id) => self.components.try_push(id)?,
            Def::Module(id) => self.modules.try_push(id)?,
            Def::Type(val) => self.types.try_push(val)?,
        }
        Ok(())
    }

    /// The item of an index.
    pub(crate) fn get(&self, sort: Sort, index: u32) -> Result<Def> {
        Ok(match sort {
            Sort::Func => Def::Func(at(&self.funcs, index)?),
            Sort::Instance => Def::Instance(at(&self.instances, index)?),
            Sort::Component => Def::Component(at(&self.components, index)?),
            Sort::Module => Def::Module(at(&self.modules, index)?),
            Sort::Type => Def::Type(at(&self.types, index)?),
        })
    }

    /// Appends a core item to the index space of its sort.
    pub(crate) fn push_core(&mut self, item: CoreItem) -> Result<()> {
        match item {
            CoreItem::Func(def) => self.core_funcs.try_push(def)?,
            CoreItem::Table(def) => self.core_tables.try_push(def)?,
            CoreItem::Memory(def, ptr) => self.core_memories.try_push((def, ptr))?,
            CoreItem::Global(def) => self.core_globals.try_push(def)?,
            CoreItem::Tag(def) => self.core_tags.try_push(def)?,
        }
        Ok(())
    }
}

/// The machine.
pub(crate) struct Machine<'a> {
    pub(crate) components: &'a PrimaryMap<StaticComponentIndex, Vec<Item>>,
    pub(crate) static_modules: &'a PrimaryMap<StaticModuleIndex, ModuleData>,
    pub(crate) types: TypeTableBuilder,
    pub(crate) plan: Plan,
    pub(crate) defs: Defs<'a>,
    pub(crate) scopes: PrimaryMap<ScopeId, Scope>,
    /// Levels of types that are being evaluated.
    pub(crate) depth: usize,
    work: usize,
    /// Adapters below this one have been made by a step.
    pub(crate) adapters_made: AdapterIndex,
    pub(crate) memo: Memo,
}

/// What was worked out once and need not be again.
#[derive(Default)]
pub(crate) struct Memo {
    pub(crate) runtime_imports: KeyMap<PathId, RuntimeImportIndex>,
    pub(crate) memories: KeyMap<CoreDef, RuntimeMemoryIndex>,
    pub(crate) funcs: KeyMap<CoreDef, RuntimeFuncIndex>,
    pub(crate) options: KeyMap<CanonOptions, OptionsIndex>,
    pub(crate) trampolines: KeyMap<Trampoline, TrampolineIndex>,
    pub(crate) adapters: KeyMap<AdapterSpec, AdapterIndex>,
    pub(crate) narrowed: KeyMap<(ClosureId, InstanceId), InstanceId>,
    pub(crate) instance_types: KeyMap<InstanceId, InstanceTypeIndex>,
    pub(crate) described: KeyMap<ClosureId, InstanceTypeIndex>,
    pub(crate) described_components: KeyMap<ClosureId, ComponentTypeIndex>,
    pub(crate) static_module_types: KeyMap<StaticModuleIndex, ModuleTypeIndex>,
    pub(crate) module_exports: KeyMap<ModuleTypeIndex, KeyMap<NameId, u32>>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(
        components: &'a PrimaryMap<StaticComponentIndex, Vec<Item>>,
        static_modules: &'a PrimaryMap<StaticModuleIndex, ModuleData>,
        types: TypeTableBuilder,
    ) -> Self {
        Self {
            components,
            static_modules,
            types,
            plan: Plan::default(),
            defs: Defs::default(),
            scopes: PrimaryMap::new(),
            depth: 0,
            work: 0,
            adapters_made: AdapterIndex::from_u32(0),
            memo: Memo::default(),
        }
    }

    /// Accounts for one definition or declaration.
    pub(crate) fn step_work(&mut self) -> Result<()> {
        self.work += 1;
        if self.work > limits::FLATTEN_WORK {
            return Err(limits::exceeded(
                "definitions of a component, those of repeated instantiations counted again",
                limits::FLATTEN_WORK,
            ));
        }
        Ok(())
    }

    /// Opens a scope.
    pub(crate) fn open(&mut self, parent: Option<ScopeId>) -> Result<ScopeId> {
        self.scopes.try_push(Scope { parent, ..Scope::default() })
    }

    /// Closes a scope: it is forgotten if nothing can refer to it any more.
    pub(crate) fn close(&mut self, scope: ScopeId) {
        if scope.index() + 1 == self.scopes.len() && !self.scopes[scope].captured {
            self.scopes.truncate(scope.index());
        }
    }

    /// The scope this many levels out; 0 is the scope itself.
    pub(crate) fn outer(&self, mut scope: ScopeId, count: u32) -> Result<ScopeId> {
        for _ in 0..count {
            scope = self.scopes[scope].parent.ok_or_else(lost)?;
        }
        Ok(scope)
    }

    /// Closes a type over its scope.
    pub(crate) fn closure(&mut self, closure: Closure<'a>) -> Result<ClosureId> {
        let (Closure::Decls(_, scope) | Closure::Module(_, scope)) = closure;
        self.scopes[scope].captured = true;
        self.defs.closures.try_push(closure)
    }

    /// Appends a step to the plan.
    pub(crate) fn step(&mut self, step: Step) -> Result<()> {
        if self.plan.steps.len() >= limits::PLAN_STEPS {
            return Err(limits::exceeded("steps of a component's instantiation plan", limits::PLAN_STEPS));
        }
        self.plan.steps.try_push(step)?;
        Ok(())
    }

    /// Counts one more core or component instance.
    pub(crate) fn count_instance(&self) -> Result<()> {
        let count = self.plan.component_instances.len() + self.plan.num_instances as usize;
        if count >= limits::PLAN_INSTANCES {
            return Err(limits::exceeded("instances that a component makes", limits::PLAN_INSTANCES));
        }
        Ok(())
    }

    /// The import item at the end of a path.
    pub(crate) fn runtime_import(&mut self, path: PathId, ty: TypeDef) -> Result<RuntimeImportIndex> {
        if let Some(&old) = self.memo.runtime_imports.get(&path) {
            return Ok(old);
        }
        let (import, names) = self.defs.path(path);
        let index = self.plan.runtime_imports.try_push(RuntimeImport { import, path: names, ty })?;
        try_insert(&mut self.memo.runtime_imports, path, index)?;
        Ok(index)
    }

    /// The resource that a type index stands for.
    pub(crate) fn resource(&self, scope: ScopeId, index: u32) -> Result<ResourceIndex> {
        match at(&self.scopes[scope].types, index)? {
            TypeVal::Resource(resource) => Ok(resource),
            _ => Err(lost()),
        }
    }
}

/// The error for something valid that cannot be run.
#[cold]
pub(crate) fn refuse(item: Unsupported) -> Error {
    let message =
        coracle_error::wording!("this component cannot be run: it uses {}, which is not supported", item.what);
    Error::fault_at(ErrorKind::Unsupported, message, item.offset)
}

/// The same, where no offset is known.
#[cold]
pub(crate) fn refuse_anywhere(what: &str) -> Error {
    Error::fault(
        ErrorKind::Unsupported,
        coracle_error::wording!("this component cannot be run: it uses {what}, which is not supported"),
    )
}

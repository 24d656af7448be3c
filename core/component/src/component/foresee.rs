//! What functions will be linked to that the modules of a component import, as the plan says: for a compiler that
//! compiles everything before there is an instance, and puts small functions in the place of calls, adapters above all.
//!
//! # Invariants
//! - A guess: an instance may be linked otherwise, and code asks before it relies on it.

use alloc::vec::Vec;
use coracle_image::adapter::{Call, Import};
use coracle_image::arena::PrimaryMap;
use coracle_image::entity::FuncIndex;
use coracle_image::module::EntityIndex;
use coracle_image::plan::{
    AdapterIndex, CoreDef, CoreExport, ExportItem, Instantiate, Plan, RuntimeFuncIndex, RuntimeInstanceIndex,
    StaticModuleIndex, Step, Trampoline,
};
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use coracle_vm::module::{LinkedFunc, Module};

/// Tells each module what its imported functions will be, where everything is compiled when it is loaded. Batches of
/// adapters are in the plan's order, each with what it imports.
pub(crate) fn links<'a>(
    engine: &Engine,
    plan: &'a Plan,
    modules: &'a PrimaryMap<StaticModuleIndex, Module>,
    batches: impl Iterator<Item = (&'a Module, &'a [Import])>,
) {
    if !internals::strategy(engine).compiles_all() {
        return;
    }
    let (instances, funcs, adapters) = Default::default();
    let mut walk = Walk { plan, modules, batches, instances, funcs, adapters };
    plan.steps.iter().for_each(|step| walk.step(step));
}

/// The plan's steps as far as they make functions.
struct Walk<'a, B> {
    plan: &'a Plan,
    modules: &'a PrimaryMap<StaticModuleIndex, Module>,
    batches: B,
    /// Modules, and what the functions are that they import; none for modules that are imported themselves.
    instances: PrimaryMap<RuntimeInstanceIndex, Option<(&'a Module, Vec<LinkedFunc>)>>,
    funcs: PrimaryMap<RuntimeFuncIndex, LinkedFunc>,
    adapters: PrimaryMap<AdapterIndex, LinkedFunc>,
}

impl<'a, B: Iterator<Item = (&'a Module, &'a [Import])>> Walk<'a, B> {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Instantiate(Instantiate::Static { module, args, .. }) => {
                let module = &self.modules[*module];
                let imports = module.data().imports.iter().zip(args);
                let funcs = imports.filter(|(import, _)| matches!(import.item, EntityIndex::Func(_)));
                let funcs: Vec<LinkedFunc> = funcs.map(|(_, def)| self.def(def)).collect();
                module.note_linked(funcs.iter().cloned());
                self.instances.push(Some((module, funcs)));
            }
            Step::Instantiate(Instantiate::Import { .. }) => _ = self.instances.push(None),
            Step::ExtractFunc(def) => {
                let func = self.def(def);
                self.funcs.push(func);
            }
            Step::Adapters { .. } => {
                if let Some((module, imports)) = self.batches.next() {
                    self.batch(module, imports);
                }
            }
            Step::ExtractMemory(_) | Step::DefineResource(_) => {}
        }
    }

    fn batch(&mut self, module: &Module, imports: &[Import]) {
        let func = |import: &Import| match *import {
            Import::Func(key) if key & Call::LIFTED != 0 => {
                Some(self.def(&self.plan.adapters[AdapterIndex::from_u32(key & !Call::LIFTED)].callee))
            }
            Import::Func(key) => Some(self.funcs[RuntimeFuncIndex::from_u32(key)].clone()),
            Import::Builtin(_) => Some(LinkedFunc::Host),
            _ => None,
        };
        let funcs: Vec<LinkedFunc> = imports.iter().filter_map(func).collect();
        for (_, item) in module.data().exports.iter() {
            self.adapters.push(match item {
                EntityIndex::Func(func) => func_of(module, *func, &funcs),
                _ => LinkedFunc::Unknown,
            });
        }
        module.note_linked(funcs.into_iter());
    }

    /// What a definition is, if it is a function.
    fn def(&self, def: &CoreDef) -> LinkedFunc {
        match def {
            CoreDef::Export(CoreExport { instance, item: ExportItem::Index(EntityIndex::Func(func)) }) => {
                match &self.instances[*instance] {
                    Some((module, imported)) => func_of(module, *func, imported),
                    None => LinkedFunc::Unknown,
                }
            }
            CoreDef::Export(_) => LinkedFunc::Unknown,
            CoreDef::Adapter(adapter) => self.adapters[*adapter].clone(),
            CoreDef::Trampoline(trampoline) => match self.plan.trampolines[*trampoline] {
                // The host's, or another component's.
                Trampoline::LowerImport { .. } => LinkedFunc::Unknown,
                _ => LinkedFunc::Host,
            },
        }
    }
}

/// A function of an instance whose imported functions are these.
fn func_of(module: &Module, func: FuncIndex, imported: &[LinkedFunc]) -> LinkedFunc {
    match module.defined(func) {
        Some(defined) => LinkedFunc::Wasm(module.downgrade(), defined),
        None => imported.get(func.as_u32() as usize).cloned().unwrap_or(LinkedFunc::Unknown),
    }
}

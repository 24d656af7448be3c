//! Where calls of other components come from: which adapters a linked component needs, and before which step of its plan.
//!
//! An adapter imports its caller's memory and `realloc`, which the plan's steps make; so it is made as late as possible:
//! before the first step that refers to it, with all adapters into the same component that can be made by then. Modules
//! with the bodies are kept by the importing component for as long as somebody uses them: whoever links the same pair
//! shares them, and what is native of them.
//!
//! # Invariants
//! - Every memory and function that lowering options name is made before the first step that refers to the lowered
//!   function, as the plan has it.

use crate::component::{Component, SeamKey};
use crate::ids::NodeIndex;
use crate::link::crossings::{Crossings, Seam};
use crate::link::pre::{Linked, Node};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::adapter::Call;
use coracle_image::adapter::link::{Crossing, write};
use coracle_image::arena::{PrimaryMap, SecondaryMap};
use coracle_image::entity::EntityRef;
use coracle_image::export::{ExportEntry, ExportIndex, FuncSource};
use coracle_image::plan::{
    CoreDef, Instantiate, OptionsIndex, Plan, ResourceOrigin, RuntimeImportIndex, Step, Trampoline, TrampolineIndex,
};
use coracle_image::types::FuncTypeIndex;

/// A lowered import that is an export of another component.
#[derive(Clone, Copy)]
struct Waiting {
    trampoline: TrampolineIndex,
    ty: FuncTypeIndex,
    lower: OptionsIndex,
    export: ExportIndex,
    /// The first step before which it can be made.
    ready: usize,
}

/// What the adapters of a component take whose imports are linked to these.
///
/// # Errors
/// `ErrorKind::Unsupported` where adapters cannot be written; `OutOfMemory`.
pub(crate) fn crossings(
    component: &Component,
    imports: &PrimaryMap<RuntimeImportIndex, Linked>,
    nodes: &PrimaryMap<NodeIndex, Node>,
) -> Result<Crossings> {
    Crossings::new(component, seams(component, imports, nodes)?)
}

/// The seams.
fn seams(
    component: &Component,
    imports: &PrimaryMap<RuntimeImportIndex, Linked>,
    nodes: &PrimaryMap<NodeIndex, Node>,
) -> Result<Vec<Seam>> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    let plan = component.plan();
    let ready = Ready::new(plan);
    let mut waiting: PrimaryMap<NodeIndex, Vec<Waiting>> = nodes.keys().map(|_| Vec::new()).collect();
    let mut node_of = SecondaryMap::<TrampolineIndex, Option<NodeIndex>>::default();
    for (trampoline, what) in plan.trampolines.iter() {
        let Trampoline::LowerImport { import, ty, options: lower } = *what else { continue };
        let Linked::Export(node, export, _) = imports[import] else { continue };
        node_of.set(trampoline, Some(node));
        waiting[node].push(Waiting { trampoline, ty, lower, export, ready: ready.of(plan, lower) });
    }
    // The one that can be made first is the last, where it is taken from.
    waiting
        .iter_mut()
        .for_each(|(_, all)| all.sort_unstable_by_key(|one| core::cmp::Reverse((one.ready, one.trampoline))));
    let mut seams = Vec::new();
    for (step, what) in plan.steps.iter().enumerate() {
        let mut result = Ok(());
        uses(plan, what, &mut |trampoline| {
            if let (Some(node), true) = (*node_of.get(trampoline), result.is_ok()) {
                let rest = waiting[node].iter().rposition(|one| one.ready > step).map_or(0, |last| last + 1);
                let now = waiting[node].split_off(rest);
                now.iter().for_each(|one| node_of.set(one.trampoline, None));
                result = seam(component, (node, &nodes[node]), step, now).map(|seam| seams.push(seam));
            }
        });
        result?;
    }
    for (node, left) in waiting.iter_mut().filter(|(_, left)| !left.is_empty()) {
        seams.push(seam(component, (node, &nodes[node]), plan.steps.len(), core::mem::take(left))?);
    }
    Ok(seams)
}

/// One batch.
fn seam(component: &Component, (index, node): (NodeIndex, &Node), step: usize, calls: Vec<Waiting>) -> Result<Seam> {
    let exporter = &node.pre.component;
    let linked = node.pre.imports.values().filter_map(|import| match import {
        Linked::Module(module) => Some(module),
        _ => None,
    });
    let can_throw = exporter.modules().values().chain(linked).any(|module| !module.data().tags.is_empty());
    let key = SeamKey {
        exporter: exporter.id(),
        can_throw,
        calls: calls.iter().map(|one| (one.trampoline, one.export)).collect(),
    };
    let batch = component.seam(key, || {
        let mut all = Vec::with_capacity(calls.len());
        for &Waiting { ty, lower, export, .. } in &calls {
            let ExportEntry::Func { source: FuncSource::Lifted { options: lift, .. }, .. } = *exporter.entry(export)
            else {
                return Err(coracle_error::bug!("an import was linked to an export that is not lifted"));
            };
            let crossing = Crossing { ty, lower, export, lift };
            all.push(Call::across(crossing, component.plan(), exporter.plan(), can_throw));
        }
        write(component.types(), &all)
    })?;
    Ok(Seam { step, node: index, trampolines: calls.iter().map(|one| one.trampoline).collect(), batch })
}

/// Before which steps the memories and functions that options name exist.
struct Ready {
    memories: Vec<usize>,
    funcs: Vec<usize>,
}

impl Ready {
    fn new(plan: &Plan) -> Self {
        let (mut memories, mut funcs) = (Vec::new(), Vec::new());
        for (number, step) in plan.steps.iter().enumerate() {
            match step {
                Step::ExtractMemory(_) => memories.push(number + 1),
                Step::ExtractFunc(_) => funcs.push(number + 1),
                _ => {}
            }
        }
        Self { memories, funcs }
    }

    fn of(&self, plan: &Plan, options: OptionsIndex) -> usize {
        let options = &plan.options[options];
        let memory = options.memory.map_or(0, |memory| self.memories[memory.index()]);
        options.realloc.map_or(0, |realloc| self.funcs[realloc.index()]).max(memory)
    }
}

/// Tells the functions of the runtime's that a step refers to.
fn uses(plan: &Plan, step: &Step, each: &mut impl FnMut(TrampolineIndex)) {
    let mut def = |def: &CoreDef| {
        if let CoreDef::Trampoline(index) = def {
            each(*index);
        }
    };
    match step {
        Step::Instantiate(Instantiate::Static { args, .. }) => args.iter().for_each(def),
        Step::Instantiate(Instantiate::Import { args, .. }) => args.iter().for_each(|(_, _, arg)| def(arg)),
        Step::ExtractMemory(_) => {}
        Step::ExtractFunc(func) => def(func),
        Step::DefineResource(resource) => {
            if let ResourceOrigin::Defined { dtor: Some(dtor), .. } = &plan.resources[*resource] {
                def(dtor);
            }
        }
        Step::Adapters { first, end } => {
            (first.index()..end.index()).for_each(|index| def(&plan.adapters[EntityRef::new(index)].callee));
        }
    }
}

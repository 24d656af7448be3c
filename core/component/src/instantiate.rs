//! Walks a plan once.
//!
//! Everything that the plan's head describes is made first: flags and handle tables of component instances,
//! identities of resource types, the runtime's own core functions. Then the steps run in order. Nothing here looks at
//! a name, but for imported core modules, whose order of imports only the linked module tells.
//!
//! What the component is linked to is instantiated before it, each node of the graph once, and shared by all that are
//! linked to it. The adapters of a seam are made before the step that needs them.
//!
//! # Invariants
//! - Linear in the plans of all nodes.
//! - A failure leaves what was made in the store, as core instantiation does; nobody has a handle to it.

use crate::abi::handles::HandleTableId;
use crate::call::raw::bind;
use crate::component::AdapterBatch;
use crate::entrances::Entrance;
use crate::graph::{Order, order};
use crate::handle::Instance;
use crate::ids::{ComponentInstanceId, NodeIndex, Part};
use crate::link::pre::{InstancePre, Linked, Node, Pre, Seam};
use crate::state::{self, Dtor, InstanceData, OpenCall, Shared};
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, collect_results};
use coracle_error::shared::Arc;
use coracle_error::{Context, Error, ErrorKind, Result};
use coracle_image::adapter::{Call, Import, MAY_LEAVE};
use coracle_image::arena::PrimaryMap;
use coracle_image::export::{ExportEntry, ExportIndex, FuncSource};
use coracle_image::module::{GlobalType, ValType};
use coracle_image::plan::{
    AdapterIndex, CoreDef, CoreExport, ExportItem, Instantiate, ResourceOrigin, RuntimeComponentInstanceIndex,
    RuntimeFuncIndex, RuntimeMemoryIndex, Step,
};
use coracle_image::strings::NameId;
use coracle_image::types::{FlatType, ResourceIndex};
use coracle_vm::host_func::HostFunc;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::store::AsContextMut;
use coracle_vm::store::ids::{FuncHandle, InstanceId, RawExtern};
use coracle_vm::store::opaque::StoreOpaque;
use coracle_vm::store::value::Value;

impl<T: 'static> InstancePre<T> {
    /// Instantiates the component in a store. Linear in its plan.
    ///
    /// # Errors
    /// A trap of a start function or segment, a limit of the store, memory that is not to be had; `ErrorKind::Link`
    /// when the store is of another engine; `ErrorKind::Unsupported` where [`InstancePre::instantiate_async`] is needed,
    /// and within a call of `*_async`.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        require_async(store, self.pre());
        internals::check_sync(store)?;
        instantiate(store, self.pre())
    }

    /// As [`InstancePre::instantiate`], on a stack of its own: see [`Func::call_async`](crate::handle::Func::call_async).
    ///
    /// # Errors
    /// As there; `ErrorKind::Resource` also when the host does not give a stack.
    pub async fn instantiate_async(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let mut context = store.as_context_mut();
        require_async(internals::store_mut(&mut context), self.pre());
        internals::on_stack(context, |store| instantiate(store, self.pre())).await
    }
}

/// Where the host may have to wait, calls that may not are refused from now on.
fn require_async(store: &mut StoreOpaque, pre: &Pre) {
    if pre.may_wait {
        internals::require_async(store);
    }
}

/// Instantiates a linked component.
fn instantiate(store: &mut StoreOpaque, pre: &Arc<Pre>) -> Result<Instance> {
    internals::check_usage(store, pre.component.engine())?;
    state::make(store)?;
    let shared = match pre.nodes.is_empty() {
        true => instantiate_node(store, pre, PrimaryMap::new())?,
        false => instantiate_graph(store, pre)?,
    };
    Ok(Instance::new(store, shared.id))
}

/// Instantiates a linked component, and before it all that it is linked to.
fn instantiate_graph(store: &mut StoreOpaque, pre: &Arc<Pre>) -> Result<Arc<Shared>> {
    let root = Node::new(pre);
    let Order { nodes: order, places } = order(&root);
    let lives = |node: &&Node| node.live.as_ref().map(|live| live.instance.store());
    if order.iter().filter_map(lives).any(|at| at != internals::id(store)) {
        let message = "the component is linked to an instance of another store";
        return Err(Error::fault(ErrorKind::Link, message));
    }
    let mut made: Vec<Arc<Shared>> = Vec::with_room(order.len())?;
    for node in &order {
        if let Some(live) = &node.live {
            made.push(state::shared(store, internals::unstamp(store, live.instance)));
            continue;
        }
        let nodes = node.pre.nodes.values().map(|node| Ok(made[places[&node.key()]].clone()));
        let nodes = PrimaryMap::try_collect(nodes)?;
        let shared = match instantiate_node(store, &node.pre, nodes) {
            Ok(shared) => shared,
            Err(error) => {
                let (number, all) = (made.len() + 1, order.len());
                return Err(error.context(alloc::format!("in component {number} of {all} that are linked")));
            }
        };
        made.push(shared);
    }
    made.pop().ok_or_else(|| coracle_error::bug!("a graph has no root"))
}

/// Instantiates a component whose nodes are these instances.
fn instantiate_node(
    store: &mut StoreOpaque,
    pre: &Arc<Pre>,
    nodes: PrimaryMap<NodeIndex, Arc<Shared>>,
) -> Result<Arc<Shared>> {
    let shared = prepare(store, pre, nodes)?;
    // What its guests have given away until then, a resource for one, leads into it still.
    run_steps(store, &shared).inspect_err(|_| state::poison(store, shared.parts.values().map(|part| part.table)))?;
    let id = shared.id;
    for &export in pre.named.iter() {
        let ExportEntry::Func { source: FuncSource::Lifted { func, .. }, .. } = pre.component.entry(export) else {
            return Err(coracle_error::bug!("an export that leads into a module is a function"));
        };
        let func = core_func(store, data(store, id), func)?;
        state::of_mut(store).instances[id].lifted.try_set(export, Some(func))?;
    }
    Ok(shared)
}

fn run_steps(store: &mut StoreOpaque, shared: &Arc<Shared>) -> Result<()> {
    let pre = &shared.pre;
    let (mut batches, mut seams) = (0, pre.seams.iter().zip(&pre.funcs.seams).peekable());
    let steps = &pre.component.plan().steps;
    for (number, step) in steps.iter().enumerate() {
        while let Some((seam, builtins)) = seams.next_if(|(seam, _)| seam.step == number) {
            make_seam(store, shared, seam, builtins)?;
        }
        run(store, shared, step, &mut batches)?;
    }
    seams.try_for_each(|(seam, builtins)| make_seam(store, shared, seam, builtins))
}

/// What exists before the first step.
fn prepare(store: &mut StoreOpaque, pre: &Arc<Pre>, nodes: PrimaryMap<NodeIndex, Arc<Shared>>) -> Result<Arc<Shared>> {
    internals::budget(store).take(state::instance_bytes(&pre.component))?;
    let plan = pre.component.plan();
    let id = state::of_mut(store).instances.next_key();
    let mut parts = PrimaryMap::with_room(plan.component_instances.len())?;
    for _ in plan.component_instances.keys() {
        let ty = GlobalType { content: ValType::I32, mutable: true };
        let flags = internals::new_global(store, ty, &Value::I32(MAY_LEAVE))?;
        parts.push(Part { flags, table: state::of_mut(store).handles.add_table()? });
    }
    let mut bindings = PrimaryMap::with_room(plan.resources.len())?;
    for (_, origin) in plan.resources.iter() {
        bindings.push(match *origin {
            ResourceOrigin::Imported(import) => match &pre.imports[import] {
                Linked::Resource(ty, dtor) => {
                    let resource = state::of_mut(store).handles.host_type(*ty)?;
                    state::of_mut(store).dtors.try_set(resource, Some(Dtor::Host(dtor.clone())))?;
                    resource
                }
                Linked::Defined(node, resource) => nodes[*node].bindings[*resource],
                _ => return Err(coracle_error::bug!("the import of a resource was linked to something else")),
            },
            ResourceOrigin::Defined { instance, .. } => state::of_mut(store).handles.define(parts[instance].table)?,
            // Never bound: it only describes.
            ResourceOrigin::Abstract => {
                state::of_mut(store).handles.define(parts[RuntimeComponentInstanceIndex::ROOT].table)?
            }
        });
    }
    let shared = Arc::try_new(Shared { id, pre: pre.clone(), parts, bindings, nodes })?;
    let mut data = InstanceData::new(shared.clone());
    internals::expect_host_funcs(store, pre.funcs.trampolines.len())?;
    let mut bound = |func: &HostFunc| bind(store, func, &shared);
    data.trampolines =
        PrimaryMap::try_collect(pre.funcs.trampolines.values().map(|func| func.as_ref().map(&mut bound).transpose()))?;
    state::of_mut(store).instances.try_push(data)?;
    Ok(shared)
}

fn run(store: &mut StoreOpaque, shared: &Arc<Shared>, step: &Step, batches: &mut usize) -> Result<()> {
    let id = shared.id;
    match step {
        Step::Instantiate(instantiate) => {
            let (owner, module, args) = match instantiate {
                Instantiate::Static { owner, module, args } => {
                    let data = data(store, id);
                    let args = collect_results(args.iter().map(|def| core_def(store, data, def)))?;
                    (owner, shared.component().modules()[*module].clone(), args)
                }
                Instantiate::Import { owner, module, args } => {
                    let Linked::Module(module) = &shared.pre.imports[*module] else {
                        return Err(coracle_error::bug!("the import of a module was linked to something else"));
                    };
                    (owner, module.clone(), named_args(store, shared, module, args)?)
                }
            };
            internals::check_imports(store, &module, &args)?;
            let instance = internals::instantiate_unstarted(store, &module, &args)?;
            if module.data().start.is_some() {
                let call = OpenCall::begin(store, Some(shared.parts[*owner].table))?;
                internals::run_start(call.store, instance, &module)?;
                call.end()?;
            }
            state::of_mut(store).instances[id].core.try_push(instance)?;
        }
        Step::ExtractMemory(export) => {
            let RawExtern::Memory(memory) = core_export(store, data(store, id), export)? else {
                return Err(coracle_error::bug!("canonical options name a memory that is none"));
            };
            let _: RuntimeMemoryIndex = state::of_mut(store).instances[id].memories.try_push(memory)?;
        }
        Step::ExtractFunc(def) => {
            let func = core_func(store, data(store, id), def)?;
            let _: RuntimeFuncIndex = state::of_mut(store).instances[id].funcs.try_push(func)?;
        }
        Step::DefineResource(resource) => define_resource(store, shared, *resource)?,
        Step::Adapters { first, end } => {
            adapters(store, shared, *batches, *first..*end)?;
            *batches += 1;
        }
    }
    Ok(())
}

fn define_resource(store: &mut StoreOpaque, shared: &Shared, resource: ResourceIndex) -> Result<()> {
    if let ResourceOrigin::Defined { rep, dtor: Some(dtor), .. } = &shared.component().plan().resources[resource] {
        let func = core_func(store, data(store, shared.id), dtor)?;
        let dtor = Dtor::Guest { func, wide: *rep == FlatType::I64 };
        state::of_mut(store).dtors.try_set(shared.bindings[resource], Some(dtor))?;
    }
    Ok(())
}

/// Makes the core functions of one batch of adapters inside a component.
fn adapters(
    store: &mut StoreOpaque,
    shared: &Arc<Shared>,
    number: usize,
    range: core::ops::Range<AdapterIndex>,
) -> Result<()> {
    let batch = &shared.component().adapter_batches()[number];
    let instance = instantiate_batch(store, shared, None, batch, &shared.pre.funcs.builtins[number])?;
    for number in 0..range.end.as_u32() - range.start.as_u32() {
        let func = adapter(store, instance, batch, number as usize)?;
        state::of_mut(store).instances[shared.id].adapters.try_push(func)?;
    }
    Ok(())
}

/// Makes the core functions of one batch of adapters that lead to a node.
fn make_seam(store: &mut StoreOpaque, shared: &Arc<Shared>, seam: &Seam, builtins: &[HostFunc]) -> Result<()> {
    let instance = instantiate_batch(store, shared, Some(seam.node), &seam.batch, builtins)?;
    for (number, &trampoline) in seam.trampolines.iter().enumerate() {
        let func = adapter(store, instance, &seam.batch, number)?;
        state::of_mut(store).instances[shared.id].trampolines[trampoline] = Some(func);
    }
    Ok(())
}

/// A function of a batch of adapters.
fn adapter(store: &StoreOpaque, instance: InstanceId, batch: &AdapterBatch, number: usize) -> Result<FuncHandle> {
    match internals::instance_item(store, instance, batch.module.data().exports[number].1) {
        Some(RawExtern::Func(func)) => Ok(func),
        _ => Err(coracle_error::bug!("a batch of adapters exports something that is no function")),
    }
}

fn instantiate_batch(
    store: &mut StoreOpaque,
    shared: &Arc<Shared>,
    node: Option<NodeIndex>,
    batch: &AdapterBatch,
    builtins: &[HostFunc],
) -> Result<InstanceId> {
    let mut builtins = builtins.iter();
    let mut args = Vec::with_room(batch.imports.len())?;
    for import in &batch.imports {
        let part = |key| {
            let (shared, part) = shared.side(node, key);
            shared.parts[RuntimeComponentInstanceIndex::from_u32(part)]
        };
        args.push(match *import {
            Import::Memory(key) => {
                let (shared, memory) = shared.side(node, key);
                RawExtern::Memory(data(store, shared.id).memories[RuntimeMemoryIndex::from_u32(memory)])
            }
            Import::Flags(instance) => RawExtern::Global(part(instance).flags),
            Import::Open(instance) => RawExtern::Global(entrance(store, part(instance).table)?.word),
            Import::Mask(instance) => RawExtern::Global(entrance(store, part(instance).table)?.mask),
            Import::Func(key) if key & Call::LIFTED != 0 => {
                RawExtern::Func(lifted(store, shared.side(node, key & !Call::LIFTED), node.is_some())?)
            }
            Import::Func(key) => {
                let (shared, func) = shared.side(node, key);
                RawExtern::Func(data(store, shared.id).funcs[RuntimeFuncIndex::from_u32(func)])
            }
            Import::Builtin(_) => {
                let builtin =
                    builtins.next().ok_or_else(|| coracle_error::bug!("an adapter's builtin was not made"))?;
                RawExtern::Func(bind(store, builtin, shared)?)
            }
        });
    }
    internals::instantiate_module(store, &batch.module, &args)
}

/// The core function that an adapter calls: that of an adapter of the plan, or of an export.
fn lifted(store: &StoreOpaque, (shared, key): (&Shared, u32), exported: bool) -> Result<FuncHandle> {
    let component = shared.component();
    let def = match exported {
        false => &component.plan().adapters[AdapterIndex::from_u32(key)].callee,
        true => match component.entry(ExportIndex::from_u32(key)) {
            ExportEntry::Func { source: FuncSource::Lifted { func, .. }, .. } => func,
            _ => return Err(coracle_error::bug!("an import was linked to an export that is not lifted")),
        },
    };
    core_func(store, data(store, shared.id), def)
}

/// What adapters go by to enter an instance, made when the first one is.
fn entrance(store: &mut StoreOpaque, instance: HandleTableId) -> Result<Entrance> {
    let entrances = &state::of(store).entrances;
    if let Some(known) = entrances.get(instance) {
        return Ok(known);
    }
    let (word, bit) = entrances.next();
    let ty = GlobalType { content: ValType::I64, mutable: true };
    let word = word.map_or_else(|| internals::new_global(store, ty, &Value::I64(0)), Ok)?;
    let mask = internals::new_global(store, ty, &Value::I64(bit as i64))?;
    state::of_mut(store).entrances.add(instance, word, mask)
}

fn named_args(
    store: &StoreOpaque,
    shared: &Shared,
    module: &Module,
    args: &[(NameId, NameId, CoreDef)],
) -> Result<Vec<RawExtern>> {
    let names = shared.types().names();
    collect_results(module.data().imports.iter().map(|import| {
        let key = (names.lookup(&import.module), names.lookup(&import.name));
        let found = args.iter().find(|(module, name, _)| (Some(*module), Some(*name)) == key);
        let (_, _, def) = found.with_context(|| {
            alloc::format!(
                "the linked module imports `{}` `{}`, which the component does not give",
                import.module,
                import.name
            )
        })?;
        core_def(store, data(store, shared.id), def)
    }))
}

/// What has been made of an instance so far.
fn data(store: &StoreOpaque, id: ComponentInstanceId) -> &InstanceData {
    &state::of(store).instances[id]
}

/// The item that a definition stands for.
fn core_def(store: &StoreOpaque, data: &InstanceData, def: &CoreDef) -> Result<RawExtern> {
    match def {
        CoreDef::Export(export) => core_export(store, data, export),
        CoreDef::Trampoline(index) => match data.trampolines[*index] {
            Some(func) => Ok(RawExtern::Func(func)),
            None => Err(coracle_error::bug!("a step refers to an adapter that is made behind it")),
        },
        CoreDef::Adapter(index) => Ok(RawExtern::Func(data.adapters[*index])),
    }
}

fn core_export(store: &StoreOpaque, data: &InstanceData, export: &CoreExport) -> Result<RawExtern> {
    let instance = data.core[export.instance];
    let item = match export.item {
        ExportItem::Index(item) => internals::instance_item(store, instance, item),
        ExportItem::Name(name) => internals::instance_export(store, instance, data.shared.types().name(name)),
    };
    item.ok_or_else(|| coracle_error::bug!("a plan refers to an export that its instance does not have"))
}

/// The function that a definition stands for.
pub(crate) fn core_func(store: &StoreOpaque, data: &InstanceData, def: &CoreDef) -> Result<FuncHandle> {
    match core_def(store, data, def)? {
        RawExtern::Func(func) => Ok(func),
        _ => Err(coracle_error::bug!("a plan takes something for a function that is none")),
    }
}

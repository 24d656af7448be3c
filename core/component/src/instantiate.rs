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

#[cfg_attr(not(feature = "adapters"), path = "instantiate/crossing_off.rs")]
mod crossing;
pub(crate) mod defs;

use crate::call::raw::bind;
#[cfg(feature = "adapters")]
use crate::graph::{Order, order};
use crate::handle::Instance;
use crate::ids::{NodeIndex, Part};
use crate::instantiate::crossing::Crossed;
use crate::instantiate::defs::{core_def, core_export, core_func, data};
#[cfg(feature = "adapters")]
use crate::link::pre::Node;
use crate::link::pre::{InstancePre, Linked, Pre};
use crate::state::{self, Dtor, InstanceData, OpenCall, Shared};
use alloc::vec::Vec;
#[cfg(feature = "adapters")]
use coracle_error::fallible::TryVec;
use coracle_error::fallible::collect_results;
use coracle_error::shared::Arc;
#[cfg(feature = "adapters")]
use coracle_error::{Error, ErrorKind};
use coracle_error::{Result, Told};
use coracle_image::adapter::MAY_LEAVE;
use coracle_image::arena::PrimaryMap;
use coracle_image::export::{ExportEntry, FuncSource};
use coracle_image::module::{GlobalType, ValType};
use coracle_image::plan::{
    CoreDef, Instantiate, ResourceOrigin, RuntimeComponentInstanceIndex, RuntimeFuncIndex, RuntimeMemoryIndex, Step,
};
use coracle_image::strings::NameId;
use coracle_image::types::{FlatType, ResourceIndex};
use coracle_vm::host_func::HostFunc;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::store::AsContextMut;
use coracle_vm::store::ids::RawExtern;
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
    #[cfg(feature = "adapters")]
    if !pre.nodes.is_empty() {
        let shared = instantiate_graph(store, pre)?;
        return Ok(Instance::new(store, shared.id));
    }
    let shared = instantiate_node(store, pre, PrimaryMap::new())?;
    Ok(Instance::new(store, shared.id))
}

/// Instantiates a linked component, and before it all that it is linked to.
#[cfg(feature = "adapters")]
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
                return Err(error.told(coracle_error::wording!("in component {number} of {all} that are linked")));
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
    let mut made = Crossed::default();
    let steps = &pre.component.plan().steps;
    for (number, step) in steps.iter().enumerate() {
        made.seams(store, shared, number)?;
        run(store, shared, step, &mut made)?;
    }
    made.seams(store, shared, steps.len())
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
                Linked::Defined(node, resource, _) => nodes[*node].bindings[*resource],
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

fn run(store: &mut StoreOpaque, shared: &Arc<Shared>, step: &Step, made: &mut Crossed) -> Result<()> {
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
        Step::Adapters { first, end } => made.batch(store, shared, *first..*end)?,
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
        let (_, _, def) = found.told(|| {
            coracle_error::wording!(
                "the linked module imports `{}` `{}`, which the component does not give",
                import.module,
                import.name
            )
        })?;
        core_def(store, data(store, shared.id), def)
    }))
}

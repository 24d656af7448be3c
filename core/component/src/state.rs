//! Component instances of a store: what a plan made, and what calls between them go by.
//!
//! # Invariants
//! - What a call needs while it holds the store exclusively is shared ([`Shared`]) and complete before the first
//!   guest instruction of the instance runs; memories and functions are added as the plan's steps make them.
//! - The flags of an instance live in a core global, since adapters test and set them too.

use crate::abi::cx::{OptionHandle, Options, ResourceBindings};
use crate::abi::handles::{HandleTableId, Handles, ResourceId, ScopeMark, Scopes};
use crate::component::Component;
use crate::entrances::{EntranceMark, Entrances, OpenEntrances};
use crate::host_function::HostDtor;
use crate::ids::{ComponentInstanceId, NodeIndex, Part};
use crate::link::pre::Pre;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::shared::Arc;
use coracle_error::{Error, Result};
#[cfg(feature = "adapters")]
use coracle_image::adapter::Call;
use coracle_image::adapter::MAY_LEAVE;
use coracle_image::arena::{PrimaryMap, SecondaryMap};
use coracle_image::export::{ExportIndex, GraphId};
use coracle_image::plan::{
    AdapterIndex, CanonOptions, OptionsIndex, RuntimeComponentInstanceIndex, RuntimeFuncIndex, RuntimeInstanceIndex,
    RuntimeMemoryIndex, TrampolineIndex,
};
use coracle_image::types::TypeTable;
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::budget::{BLOCK_BYTES, Budget};
use coracle_vm::store::extension::{Globals, StoreExtension};
use coracle_vm::store::ids::MemoryId;
use coracle_vm::store::ids::{FuncHandle, InstanceId};
use coracle_vm::store::opaque::StoreOpaque;

/// All component state of a store.
pub(crate) struct ComponentStates {
    pub(crate) handles: Handles,
    pub(crate) instances: PrimaryMap<ComponentInstanceId, InstanceData>,
    pub(crate) dtors: SecondaryMap<ResourceId, Option<Dtor>>,
    pub(crate) entrances: Entrances,
}

impl ComponentStates {
    pub(crate) fn new(store: u64, most_handles: usize, budget: Arc<Budget>) -> Self {
        let mut handles = Handles::new(store, budget);
        handles.set_limit(most_handles);
        Self { handles, instances: PrimaryMap::new(), dtors: SecondaryMap::default(), entrances: Entrances::default() }
    }
}

impl ComponentStates {
    /// Checks that a component instance may be entered: no call of it was broken off.
    ///
    /// # Errors
    /// `Trap::CannotEnterComponent`.
    #[inline]
    pub(crate) fn check_may_enter(&self, instance: HandleTableId) -> Result<()> {
        if self.handles.is_poisoned(instance) {
            return Err(Error::new(Trap::CannotEnterComponent));
        }
        Ok(())
    }

    /// Ends all calls that began after `mark`, without a return. Where that does harm, the component instances that
    /// were in them are poisoned.
    fn break_off_after(&mut self, globals: &mut Globals<'_>, mark: CallMark, harmful: bool) {
        if harmful {
            self.entrances.poison(globals, &mut self.handles);
        }
        self.handles.unwind(mark.scopes, harmful);
        self.entrances.shut(globals, &self.handles);
        self.entrances.end(globals, mark.entrances.unwrap_or_else(|| self.entrances.mark()));
    }
}

/// What is open of the calls of one task.
#[derive(Default)]
pub(crate) struct TaskState {
    scopes: Scopes,
    entrances: OpenEntrances,
}

impl StoreExtension for ComponentStates {
    type Task = TaskState;

    fn exchange(&mut self, globals: &mut Globals<'_>, task: &mut TaskState) {
        self.handles.exchange_scopes(&mut task.scopes);
        self.entrances.exchange(globals, &mut task.entrances);
    }

    fn break_off(&mut self, globals: &mut Globals<'_>) {
        let first = CallMark { entrances: Some(EntranceMark::default()), ..CallMark::default() };
        self.break_off_after(globals, first, true);
    }

    fn limit_handles(&mut self, most: usize) {
        self.handles.set_limit(most);
    }
}

/// How a resource is destroyed when its last own handle is dropped.
#[derive(Clone)]
pub(crate) enum Dtor {
    /// By a core function of the instance that defines it.
    Guest {
        /// The function, of one representation.
        func: FuncHandle,
        /// Whether the representation is an `i64`.
        wide: bool,
    },
    /// By the host.
    Host(Arc<HostDtor>),
}

/// One instantiated root component.
pub(crate) struct InstanceData {
    /// The same as the component's: a look-up by handle compares nothing else.
    pub(crate) graph: GraphId,
    /// The same as the shared part's: what looks an export up is two steps nearer to the graph.
    pub(crate) component: Component,
    pub(crate) shared: Arc<Shared>,
    pub(crate) core: PrimaryMap<RuntimeInstanceIndex, InstanceId>,
    pub(crate) memories: PrimaryMap<RuntimeMemoryIndex, MemoryId>,
    pub(crate) funcs: PrimaryMap<RuntimeFuncIndex, FuncHandle>,
    /// None where an adapter stands for it that is not made yet.
    pub(crate) trampolines: PrimaryMap<TrampolineIndex, Option<FuncHandle>>,
    pub(crate) adapters: PrimaryMap<AdapterIndex, FuncHandle>,
    /// What exported functions lead to: those of imported modules from the start, others once they were called.
    pub(crate) lifted: SecondaryMap<ExportIndex, Option<FuncHandle>>,
}

impl InstanceData {
    /// An instance of which nothing has been made yet.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            graph: shared.component().graph().id(),
            component: shared.component().clone(),
            shared,
            core: PrimaryMap::new(),
            memories: PrimaryMap::new(),
            funcs: PrimaryMap::new(),
            trampolines: PrimaryMap::new(),
            adapters: PrimaryMap::new(),
            lifted: SecondaryMap::default(),
        }
    }

    /// Canonical options as the ABI takes them. Its handles are the store's ids, and indices of the instance.
    #[inline]
    pub(crate) fn options(&self, options: OptionsIndex) -> Options {
        let canon = self.shared.canon(options);
        Options {
            encoding: canon.encoding,
            ptr: canon.ptr,
            memory: canon.memory.map(|memory| OptionHandle(self.memories[memory].as_u32() as usize)),
            realloc: canon.realloc.map(|func| OptionHandle(func.as_u32() as usize)),
            post_return: canon.post_return.map(|func| OptionHandle(func.as_u32() as usize)),
        }
    }
}

/// Bytes that an instance of a component takes in a store beside its core instances: what its plan makes, and what is
/// noted of its exports when they are called.
pub(crate) fn instance_bytes(component: &Component) -> usize {
    let plan = component.plan();
    let part = size_of::<Part>() + Handles::TABLE_BYTES;
    let resource = size_of::<ResourceId>() + Handles::RESOURCE_BYTES + size_of::<Option<Dtor>>();
    let named = plan.steps.len() + plan.trampolines.len() + plan.adapters.len() + component.graph().entries().len();
    size_of::<InstanceData>()
        + size_of::<Shared>()
        + part * plan.component_instances.len()
        + resource * plan.resources.len()
        + size_of::<Option<FuncHandle>>() * named
        + 8 * BLOCK_BYTES
}

/// The part of an instance that never changes once instantiation begins.
pub(crate) struct Shared {
    pub(crate) id: ComponentInstanceId,
    pub(crate) pre: Arc<Pre>,
    pub(crate) parts: PrimaryMap<RuntimeComponentInstanceIndex, Part>,
    pub(crate) bindings: ResourceBindings,
    /// The instances of what its component is linked to.
    pub(crate) nodes: PrimaryMap<NodeIndex, Arc<Shared>>,
}

/// A chain of nodes may be long: it is not taken apart by recursion.
impl Drop for Shared {
    fn drop(&mut self) {
        let mut rest: Vec<Arc<Self>> = core::mem::take(&mut self.nodes).into_values().collect();
        while let Some(node) = rest.pop() {
            if let Some(mut shared) = Arc::into_inner(node) {
                rest.extend(core::mem::take(&mut shared.nodes).into_values());
            }
        }
    }
}

impl Shared {
    /// What a key of an adapter's leads to: an index of this instance, or one of the node's that the adapter calls.
    ///
    /// # Panics
    /// If it leads to a node and there is none.
    #[cfg(feature = "adapters")]
    #[inline]
    pub(crate) fn side(&self, node: Option<NodeIndex>, key: u32) -> (&Self, u32) {
        match key & Call::THERE {
            0 => (self, key),
            _ => (&self.nodes[node.expect("an adapter of a seam leads to a node")], key & !Call::THERE),
        }
    }

    #[inline]
    pub(crate) fn component(&self) -> &Component {
        &self.pre.component
    }

    #[inline]
    pub(crate) fn types(&self) -> &TypeTable {
        self.pre.component.types()
    }

    #[inline]
    pub(crate) fn canon(&self, options: OptionsIndex) -> &CanonOptions {
        &self.pre.component.plan().options[options]
    }
}

/// A call from the host that is under way: whatever way it ends, a panic of the host's included, its scopes end.
///
/// Unless it was said to have done no harm, the component instances that were in it are poisoned, and no others.
pub(crate) struct OpenCall<'a> {
    pub(crate) store: &'a mut StoreOpaque,
    mark: CallMark,
    /// Whether guests may stand in the middle of what they did if it ended now.
    pub(crate) harmful: bool,
    open: bool,
}

/// Where a call from the host began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CallMark {
    scopes: ScopeMark,
    /// None where the store had no entrances yet.
    entrances: Option<EntranceMark>,
}

impl CallMark {
    /// Where calls of a future will begin that may be forgotten in the middle.
    #[inline]
    pub(crate) fn here(store: &StoreOpaque) -> Self {
        let ComponentStates { handles, entrances, .. } = of(store);
        Self { scopes: handles.mark(), entrances: Some(entrances.mark()) }
    }

    /// The future is gone: calls that began in it and have not ended never will.
    #[inline]
    pub(crate) fn end_forgotten(self, store: &mut StoreOpaque) {
        if of(store).handles.mark() != self.scopes {
            broken_off(store, self, true);
        }
    }

    /// Begins a call.
    #[inline(always)]
    fn begin(store: &mut StoreOpaque) -> Result<Self> {
        let ComponentStates { handles, entrances, .. } = of(store);
        let (scopes, none) = (handles.mark(), entrances.is_empty());
        Ok(Self { scopes, entrances: if none { None } else { Some(begin_entrances(store)?) } })
    }
}

#[inline(never)]
fn begin_entrances(store: &mut StoreOpaque) -> Result<EntranceMark> {
    let (mut globals, states) = globals_and_states(store);
    states.entrances.begin(&mut globals)
}

#[inline(never)]
fn end_entrances(store: &mut StoreOpaque, mark: EntranceMark) {
    let (mut globals, states) = globals_and_states(store);
    states.entrances.end(&mut globals, mark);
}

impl<'a> OpenCall<'a> {
    /// Opens the scope of a call: of one that enters an instance, which it then may harm, or of one that enters none.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[cfg_attr(feature = "compact", inline(never))]
    #[cfg_attr(not(feature = "compact"), inline(always))]
    pub(crate) fn begin(store: &'a mut StoreOpaque, entered: Option<HandleTableId>) -> Result<Self> {
        of_mut(store).handles.room_for_call()?;
        let mark = CallMark::begin(store)?;
        of_mut(store).handles.enter_call(entered);
        Ok(Self { store, mark, harmful: entered.is_some(), open: true })
    }

    /// Opens the scope of a call into an instance that is lifted with these options.
    ///
    /// # Errors
    /// `Trap::CannotEnterComponent`.
    #[inline]
    pub(crate) fn enter(store: &'a mut StoreOpaque, id: ComponentInstanceId, options: OptionsIndex) -> Result<Self> {
        let shared = &of(store).instances[id].shared;
        let entered = shared.parts[shared.canon(options).instance].table;
        of(store).check_may_enter(entered)?;
        Self::begin(store, Some(entered))
    }

    /// Closes the scope: the call has returned.
    ///
    /// # Errors
    /// `Trap::BorrowsRemain`, and that is a call that was broken off.
    pub(crate) fn end(self) -> Result<()> {
        of_mut(self.store).handles.exit_call()?;
        self.returned();
        Ok(())
    }

    /// The call has returned, and its scope was closed, if it had one.
    #[inline]
    pub(crate) fn returned(mut self) {
        self.open = false;
        if let Some(mark) = self.mark.entrances {
            end_entrances(self.store, mark);
        }
    }
}

impl Drop for OpenCall<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.open {
            broken_off(self.store, self.mark, self.harmful);
        }
    }
}

/// A call from the host did not return.
#[cold]
fn broken_off(store: &mut StoreOpaque, mark: CallMark, harmful: bool) {
    let (mut globals, states) = globals_and_states(store);
    states.break_off_after(&mut globals, mark, harmful);
}

/// Poisons component instances: what the host did with them was broken off.
#[cold]
pub(crate) fn poison(store: &mut StoreOpaque, instances: impl IntoIterator<Item = HandleTableId>) {
    let (mut globals, states) = globals_and_states(store);
    instances.into_iter().for_each(|instance| states.handles.poison(instance));
    states.entrances.shut(&mut globals, &states.handles);
}

/// All component state of a store.
///
/// # Panics
/// If the store has none: no component was instantiated in it, and nothing else leads here.
#[cfg_attr(feature = "compact", inline(never))]
#[cfg_attr(not(feature = "compact"), inline(always))]
pub(crate) fn of(store: &StoreOpaque) -> &ComponentStates {
    internals::extension(store).expect("object used with the wrong store")
}

/// All component state of a store, for change.
#[cfg_attr(feature = "compact", inline(never))]
#[cfg_attr(not(feature = "compact"), inline(always))]
pub(crate) fn of_mut(store: &mut StoreOpaque) -> &mut ComponentStates {
    internals::extension_mut(store, |id, handles, budget| ComponentStates::new(id.as_u64(), handles, budget))
}

/// Makes the component state of a store, if there is none.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn make(store: &mut StoreOpaque) -> Result<()> {
    internals::make_extension(store, |id, handles, budget| ComponentStates::new(id.as_u64(), handles, budget))
}

/// The globals of a store, beside all component state.
fn globals_and_states(store: &mut StoreOpaque) -> (Globals<'_>, &mut ComponentStates) {
    internals::globals_and_extension(store)
}

/// The bytes of a memory that canonical options name, beside all component state.
#[cfg_attr(feature = "compact", inline(never))]
#[cfg_attr(not(feature = "compact"), inline(always))]
pub(crate) fn memory_and_states(store: &mut StoreOpaque, options: Options) -> (&[u8], &mut ComponentStates) {
    internals::memory_and_extension(store, options.memory.map(memory_id))
}

/// The bytes of a memory that canonical options name.
#[inline(always)]
pub(crate) fn memory(store: &StoreOpaque, options: Options) -> &[u8] {
    options.memory.map_or(&[], |memory| internals::memory(store, memory_id(memory)))
}

/// The memory that an option names.
#[inline(always)]
pub(crate) fn memory_id(memory: OptionHandle) -> MemoryId {
    MemoryId::from_u32(memory.0 as u32)
}

/// The part of an instance that never changes.
#[inline]
pub(crate) fn shared(store: &StoreOpaque, id: ComponentInstanceId) -> Arc<Shared> {
    of(store).instances[id].shared.clone()
}

/// Canonical options of an instance as the ABI takes them.
#[inline]
pub(crate) fn abi_options(store: &StoreOpaque, id: ComponentInstanceId, options: OptionsIndex) -> Options {
    of(store).instances[id].options(options)
}

fn flags(store: &StoreOpaque, part: Part) -> i32 {
    internals::global(store, part.flags).i32()
}

fn set_flags(store: &mut StoreOpaque, part: Part, flags: i32) {
    internals::set_global(store, part.flags, RawVal::from_i32(flags));
}

/// Checks that a component instance may call out.
///
/// # Errors
/// `Trap::CannotLeaveComponent`.
#[inline]
pub(crate) fn check_may_leave(store: &StoreOpaque, part: Part) -> Result<()> {
    if flags(store, part) & MAY_LEAVE == 0 {
        return Err(Error::new(Trap::CannotLeaveComponent));
    }
    Ok(())
}

/// Runs `f` while the component instance may not call out: `realloc` or `post-return`. A failure poisons.
///
/// # Errors
/// Those of `f`.
pub(crate) fn without_leaving<R>(
    store: &mut StoreOpaque,
    part: Part,
    f: impl FnOnce(&mut StoreOpaque) -> Result<R>,
) -> Result<R> {
    let before = flags(store, part);
    set_flags(store, part, before & !MAY_LEAVE);
    let result = match f(store) {
        Ok(result) => result,
        Err(error) => {
            poison(store, [part.table]);
            return Err(error);
        }
    };
    // Not so where a hook has called the instance while it could not.
    let now = flags(store, part);
    set_flags(store, part, now | before & MAY_LEAVE);
    Ok(result)
}

//! Component instances of a store: what a plan made, and what calls between them go by.
//!
//! # Invariants
//! - What a call needs while it holds the store exclusively is shared ([`Shared`]) and complete before the first
//!   guest instruction of the instance runs; memories and functions are added as the plan's steps make them.
//! - The flags of an instance live in a core global, since adapters test and set them too.

use crate::abi::cx::{OptionHandle, Options, ResourceBindings};
use crate::adapter::MAY_LEAVE;
use crate::arena::{PrimaryMap, SecondaryMap};
use crate::component::Component;
use crate::error::{Error, Result};
use crate::export::{ExportIndex, GraphId};
use crate::host_function::HostDtor;
use crate::ids::{ComponentInstanceId, Part};
use crate::limits;
use crate::link::pre::Pre;
use crate::plan::{
    AdapterIndex, CanonOptions, OptionsIndex, RuntimeComponentInstanceIndex, RuntimeFuncIndex, RuntimeInstanceIndex,
    RuntimeMemoryIndex, TrampolineIndex,
};
use crate::raw::RawVal;
use crate::store::ids::{FuncHandle, InstanceId};
use crate::store::ids::{GlobalId, MemoryId};
use crate::store::inner::StoreInner;
use crate::store::resource::{Handles, ResourceId};
use crate::trap::Trap;
use crate::types::TypeTable;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// All component state of a store.
pub(crate) struct ComponentStates {
    pub(crate) handles: Handles,
    pub(crate) instances: PrimaryMap<ComponentInstanceId, InstanceData>,
    pub(crate) dtors: SecondaryMap<ResourceId, Option<Dtor>>,
    /// A call trapped: no component instance may be entered any more.
    pub(crate) poisoned: bool,
    /// Bytes that guests may make the host copy in one call.
    pub(crate) hostcall_fuel: usize,
}

impl ComponentStates {
    pub(crate) fn new(store: u64) -> Self {
        Self {
            handles: Handles::new(store),
            instances: PrimaryMap::new(),
            dtors: SecondaryMap::default(),
            poisoned: false,
            hostcall_fuel: limits::DEFAULT_HOSTCALL_FUEL,
        }
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
    pub(crate) trampolines: PrimaryMap<TrampolineIndex, FuncHandle>,
    pub(crate) adapters: PrimaryMap<AdapterIndex, FuncHandle>,
    /// What exported functions of imported modules lead to, in order of their exports.
    pub(crate) named: Vec<(ExportIndex, FuncHandle)>,
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
            named: Vec::new(),
        }
    }
}

impl InstanceData {
    /// What the exported function of an imported module leads to. O(log of such exports).
    pub(crate) fn named(&self, export: ExportIndex) -> Result<FuncHandle> {
        match self.named.binary_search_by_key(&export, |&(export, _)| export) {
            Ok(at) => Ok(self.named[at].1),
            Err(_) => Err(crate::bug!("an instance has looked up all functions that it exports by name")),
        }
    }
}

/// The part of an instance that never changes once instantiation begins.
pub(crate) struct Shared {
    pub(crate) id: ComponentInstanceId,
    pub(crate) pre: Arc<Pre>,
    pub(crate) parts: PrimaryMap<RuntimeComponentInstanceIndex, Part>,
    pub(crate) bindings: ResourceBindings,
}

impl Shared {
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

impl StoreInner {
    #[inline]
    pub(crate) fn component_shared(&self, id: ComponentInstanceId) -> Arc<Shared> {
        self.components.instances[id].shared.clone()
    }

    /// Canonical options as the ABI takes them. Its handles are this store's ids, and indices of the instance.
    pub(crate) fn abi_options(&self, id: ComponentInstanceId, options: OptionsIndex) -> Options {
        let data = &self.components.instances[id];
        let canon = data.shared.canon(options);
        Options {
            encoding: canon.encoding,
            ptr: canon.ptr,
            memory: canon.memory.map(|memory| OptionHandle(data.memories[memory].as_u32() as usize)),
            realloc: canon.realloc.map(|func| OptionHandle(func.as_u32() as usize)),
            post_return: canon.post_return.map(|func| OptionHandle(func.as_u32() as usize)),
        }
    }

    pub(crate) fn flags(&self, global: GlobalId) -> i32 {
        self.global(global).cells()[0].i32()
    }

    pub(crate) fn set_flags(&mut self, global: GlobalId, flags: i32) {
        self.globals[global].set_cells([RawVal::from_i32(flags), RawVal::ZERO]);
    }

    /// Checks that a component instance may call out.
    pub(crate) fn check_may_leave(&self, part: Part) -> Result<()> {
        if self.flags(part.flags) & MAY_LEAVE == 0 {
            return Err(Error::new(Trap::CannotLeaveComponent));
        }
        Ok(())
    }

    /// Checks that components of this store may be entered: none has trapped.
    pub(crate) fn check_may_enter(&self) -> Result<()> {
        if self.components.poisoned {
            return Err(Error::new(Trap::CannotEnterComponent));
        }
        Ok(())
    }

    /// Runs `f` while the component instance may not call out: `realloc` or `post-return`.
    pub(crate) fn without_leaving<R>(&mut self, part: Part, f: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        self.set_flags(part.flags, self.flags(part.flags) & !MAY_LEAVE);
        let result = f(self)?;
        self.set_flags(part.flags, self.flags(part.flags) | MAY_LEAVE);
        Ok(result)
    }
}

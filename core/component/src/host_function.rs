//! Host functions and destructors with the type of the host's data erased.
//!
//! # Invariants
//! - A [`HostFunction`] is only reached through a linker of its own `T`, and so runs only in stores of that `T`.

use crate::abi::cx::{InstanceType, Options, ResourceBindings};
use crate::abi::handles::HandleTableId;
use crate::ids::{ComponentInstanceId, Part};
use crate::reflect::scope::Scope;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::boxed;
use coracle_image::module::FuncType;
use coracle_image::plan::RuntimeComponentInstanceIndex;
use coracle_image::types::{FuncTypeIndex, TypeTable};
use coracle_vm::engine::Engine;
use coracle_vm::host_func::HostFunc;
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::StoreContextMut;
use coracle_vm::store::host::Flow;
use coracle_vm::store::opaque::StoreOpaque;
use core::cell::RefCell;

type Check = dyn Fn(FuncTypeIndex, &InstanceType<'_>) -> Result<()> + Send + Sync;
type Body = dyn Fn(&mut StoreOpaque, &ImportCall<'_>, &mut [RawVal]) -> Result<Flow> + Send + Sync;
pub(crate) type OfNumbers = dyn Fn(&Engine, FuncType, RuntimeComponentInstanceIndex) -> Result<HostFunc> + Send + Sync;
type Destroy = dyn Fn(&mut StoreOpaque, u32) -> Result<()> + Send + Sync;

/// A component function of the host's.
pub(crate) struct HostFunction {
    check: Box<Check>,
    body: Box<Body>,
    of_numbers: Option<Box<OfNumbers>>,
    may_wait: bool,
}

/// A destructor of a resource type of the host's.
pub(crate) struct HostDtor {
    run: Box<Destroy>,
    may_wait: bool,
}

impl HostFunction {
    /// Checks that the function has this type.
    pub(crate) fn check(&self, ty: FuncTypeIndex, types: &InstanceType<'_>) -> Result<()> {
        (self.check)(ty, types)
    }

    /// Runs it: arguments are lifted from the cells, results lowered to them.
    #[inline]
    pub(crate) fn call(&self, store: &mut StoreOpaque, call: &ImportCall<'_>, cells: &mut [RawVal]) -> Result<Flow> {
        // A function that is left while it waits calls the hooks itself.
        if self.may_wait && call.gives_way() {
            return (self.body)(store, call, cells);
        }
        internals::hooked(store, |store| (self.body)(store, call, cells))
    }

    /// What makes its core function on behalf of a component instance, where core values say all of its parameters and
    /// results: one that looks at nothing of the component's but whether the instance may call.
    pub(crate) fn of_numbers(&self) -> Option<&OfNumbers> {
        self.of_numbers.as_deref()
    }

    /// A function that checks its type and runs as these do.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(
        check: impl Fn(FuncTypeIndex, &InstanceType<'_>) -> Result<()> + Send + Sync + 'static,
        body: impl Fn(&mut StoreOpaque, &ImportCall<'_>, &mut [RawVal]) -> Result<Flow> + Send + Sync + 'static,
    ) -> Result<Self> {
        Ok(Self { check: boxed(check)?, body: boxed(body)?, of_numbers: None, may_wait: false })
    }

    /// The same function, with what makes its core function.
    pub(crate) fn with_numbers(self, of_numbers: Box<OfNumbers>) -> Self {
        Self { of_numbers: Some(of_numbers), ..self }
    }

    /// The same function, which may wait for the host.
    pub(crate) fn waiting(self) -> Self {
        Self { may_wait: true, ..self }
    }

    /// Whether it may have to wait for the host.
    pub(crate) fn may_wait(&self) -> bool {
        self.may_wait
    }
}

/// One call of a lowered import: what it is known by to the component that calls.
pub(crate) struct ImportCall<'a> {
    pub(crate) types: &'a TypeTable,
    pub(crate) scope: &'a Scope,
    pub(crate) resources: &'a ResourceBindings,
    pub(crate) instance: ComponentInstanceId,
    pub(crate) ty: FuncTypeIndex,
    pub(crate) options: Options,
    pub(crate) part: Part,
    /// The handle table of whoever calls: the part's, or one of the host's own.
    pub(crate) table: HandleTableId,
    /// What stands for the caller's memory where the host calls the host.
    pub(crate) scratch: Option<RefCell<Vec<u8>>>,
}

/// A call of a lowered import by numbers: what is kept of it while it waits.
#[derive(Clone, Copy)]
pub(crate) struct KeptCall {
    instance: ComponentInstanceId,
    ty: FuncTypeIndex,
    options: Options,
    part: Part,
    table: HandleTableId,
}

impl ImportCall<'_> {
    /// Whether a function that waits gives way by returning: where calls have no stack of their own, to a guest.
    pub(crate) fn gives_way(&self) -> bool {
        !internals::STACKS && self.scratch.is_none()
    }

    /// The call by numbers; a guest's alone, which has no memory of the host's.
    pub(crate) fn keep(&self) -> KeptCall {
        let Self { instance, ty, options, part, table, .. } = *self;
        KeptCall { instance, ty, options, part, table }
    }
}

impl KeptCall {
    /// The call as it was: with the types, their names and the resources of its instance.
    pub(crate) fn of<'a>(
        self,
        types: &'a TypeTable,
        scope: &'a Scope,
        resources: &'a ResourceBindings,
    ) -> ImportCall<'a> {
        let Self { instance, ty, options, part, table } = self;
        ImportCall { types, scope, resources, instance, ty, options, part, table, scratch: None }
    }

    /// The instance that called.
    pub(crate) fn instance(self) -> ComponentInstanceId {
        self.instance
    }
}

impl HostDtor {
    /// Destroys one resource.
    pub(crate) fn run(&self, store: &mut StoreOpaque, rep: u32) -> Result<()> {
        (self.run)(store, rep)
    }

    /// Whether it may have to wait for the host.
    pub(crate) fn may_wait(&self) -> bool {
        self.may_wait
    }

    /// A destructor that sees the store.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new<T: 'static>(
        dtor: impl Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Self> {
        let run = move |store: &mut StoreOpaque, rep| dtor(internals::context(store), rep);
        Ok(Self { run: boxed(run)?, may_wait: false })
    }

    /// A destructor that sees the store, and is waited for.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new_async<T, F>(dtor: F) -> Result<Self>
    where
        T: 'static,
        F: Fn(StoreContextMut<'_, T>, u32) -> Box<dyn Future<Output = Result<()>> + Send + '_> + Send + Sync + 'static,
    {
        let run = move |store: &mut StoreOpaque, rep| {
            internals::block_on(store, |store| Box::into_pin(dtor(internals::context(store), rep)))?
        };
        Ok(Self { run: boxed(run)?, may_wait: true })
    }

    /// A destructor that does nothing.
    pub(crate) fn none() -> Self {
        Self { run: Box::new(|_, _| Ok(())), may_wait: false }
    }
}

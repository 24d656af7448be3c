//! What the storeys above need of stores and embedders must not have: free functions over opaque handles.
//!
//! The façade re-exports nothing of this module, so no embedder reaches it; and nothing in it gives out a borrow of the
//! runtime's own state, but for bytes of memories and for what a storey above put in itself.
#![allow(unsafe_code)] // Passes on what its callers vouch for.

use crate::embed;
use crate::engine::{Engine, EngineParts, Settings};
use crate::host_func::HostFunc;
use crate::module::Module;
use crate::raw::RawVal;
use crate::signatures::{self, Signature};
use crate::stamp::Stamp;
use crate::store::budget::Budget;
use crate::store::by_return::ByReturn;
use crate::store::coroutine;
use crate::store::extension::{Globals, StoreExtension};
use crate::store::host::{Answer, Flow, HostCall};
use crate::store::ids::{FuncHandle, GlobalId, InstanceId, MemoryId, RawExtern, StoreId, Stored, TaskId};
use crate::store::inner::StoreInner;
use crate::store::on_stack::OnStack;
use crate::store::opaque::StoreOpaque;
use crate::store::value::Value;
use crate::store::{AsContextMut, CallHook, StoreContext, StoreContextMut, imports, instantiate};
use crate::tier::{Compiler, Interpreter, TierStrategy};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::shared::Arc;
use coracle_image::entity::SigId;
use coracle_image::func_types::FuncTypes;
use coracle_image::module::{EntityIndex, FuncType, GlobalType};
use coracle_image::plan::StaticModuleIndex;
use core::any::Any;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

pub use crate::store::imports::{check_engine, global_fault, memory_fault, table_fault};
pub use crate::store::suspend::Progress;

/// The store of a context.
#[inline(always)]
pub fn store<'a, T: 'static>(context: &StoreContext<'a, T>) -> &'a StoreOpaque {
    context.inner().opaque()
}

/// The store of a context, for change.
#[inline(always)]
pub fn store_mut<'a, T: 'static>(context: &'a mut StoreContextMut<'_, T>) -> &'a mut StoreOpaque {
    context.inner().opaque_mut()
}

/// The store of a context, for as long as it is borrowed.
#[inline(always)]
pub fn into_store<'a, T: 'static>(context: StoreContextMut<'a, T>) -> &'a mut StoreOpaque {
    context.into_inner().opaque_mut()
}

/// The context of a store whose data is a `T`. The data's type is looked at when the data is reached for.
#[inline(always)]
pub fn context<T: 'static>(store: &mut StoreOpaque) -> StoreContextMut<'_, T> {
    StoreContextMut::of(store.inner_mut())
}

/// Runs `f` on a stack of its own, on which it may wait, or at once in a store that has nothing to wait for; see
/// `OnStack`. The future is `Send` if `store`, its data and `f` are.
#[inline(always)]
pub fn on_stack<R>(
    store: impl AsContextMut,
    f: impl FnOnce(&mut StoreOpaque) -> Result<R>,
) -> impl Future<Output = Result<R>> {
    OnStack::new(store, |store: &mut StoreInner| f(store.opaque_mut()))
}

/// The future of a call that may wait: the first where there are stacks for such calls, else the second.
#[inline(always)]
pub fn on_stack_or_by_return<V, A: Future, B: Future<Output = A::Output>>(
    values: V,
    on_stack: impl FnOnce(V) -> A,
    by_return: impl FnOnce(V) -> B,
) -> impl Future<Output = A::Output> {
    coroutine::on_stack_or_by_return(values, on_stack, by_return)
}

/// Runs a future of the embedder's to its end, and waits as often as it is not ready; see `StoreInner::block_on`.
///
/// # Errors
/// Where no call is under way that may wait, or its future has been dropped.
#[inline(always)]
pub fn block_on<'a, R>(
    store: &'a mut StoreOpaque,
    make: impl FnOnce(&'a mut StoreOpaque) -> Pin<Box<dyn Future<Output = R> + Send + 'a>>,
) -> Result<R> {
    store.inner_mut().block_on(|store| make(store.opaque_mut()))
}

/// Whether calls that may wait have stacks of their own. Where they have none, they give way by returning.
pub const STACKS: bool = coroutine::STACKS;

/// Calls a function that may wait by returning; see `ByReturn`.
///
/// # Safety
/// As for [`enter`].
pub unsafe fn enter_by_return<'a, R>(
    store: &'a mut StoreOpaque,
    func: FuncHandle,
    args: impl FnOnce(&mut StoreOpaque, &mut [RawVal]) -> Result<()>,
    results: impl FnOnce(&[RawVal]) -> R,
) -> impl Future<Output = Result<R>> {
    let args = |store: &mut StoreInner, cells: &mut [RawVal]| args(store.opaque_mut(), cells);
    let results = |_: &mut StoreInner, cells: &[RawVal]| results(cells);
    // SAFETY: passed on. Nobody knows the type of the store's data here, so the future stays on its thread.
    unsafe { ByReturn::<'a, *mut u8, _, _>::over(store.inner_mut(), func, args, results) }
}

/// Polls the future of a host function that can be left while it waits; see `StoreInner::leave_or_finish`.
///
/// # Errors
/// As there.
pub fn leave_or_finish<R: Send + 'static>(
    store: &mut StoreOpaque,
    cells: &mut [RawVal],
    make: impl for<'b> FnOnce(&'b mut StoreOpaque) -> Pin<Box<dyn Future<Output = R> + Send + 'b>>,
    finish: impl FnOnce(R, &mut StoreOpaque, &mut [RawVal]) -> Result<()> + Send + 'static,
) -> Result<Flow> {
    let finish = |output: R, store: &mut StoreInner, cells: &mut [RawVal]| finish(output, store.opaque_mut(), cells);
    // SAFETY: what is made of any borrow of a store borrows nothing else that ends.
    unsafe { store.inner_mut().leave_or_finish(cells, |store| make(store.opaque_mut()), finish) }
}

/// A future over a store, which crosses threads if the store's data may.
pub struct Crossing<'a, T: 'static, F> {
    future: F,
    borrow: PhantomData<StoreContextMut<'a, T>>,
}

// SAFETY: the contract of `crossing`.
unsafe impl<T: Send, F> Send for Crossing<'_, T, F> {}

impl<T: 'static, F: Future> Future for Crossing<'_, T, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the future stays where it is as long as this does, and nothing else gives it out.
        unsafe { self.map_unchecked_mut(|this| &mut this.future) }.poll(context)
    }
}

/// A future that `make` makes of a store.
///
/// # Safety
/// All that the future holds but the store's data may cross threads.
pub unsafe fn crossing<'a, T: 'static, F: Future>(
    context: StoreContextMut<'a, T>,
    make: impl FnOnce(&'a mut StoreOpaque) -> F,
) -> Crossing<'a, T, F> {
    Crossing { future: make(into_store(context)), borrow: PhantomData }
}

/// Calls the embedder's hook, if there is one.
///
/// # Errors
/// The hook's.
pub fn call_hook(store: &mut StoreOpaque, at: CallHook) -> Result<()> {
    store.inner_mut().call_hook(at)
}

/// Whether a call may have to wait; see `StoreInner::may_wait`.
#[inline(always)]
pub fn may_wait<T: 'static>(context: &mut StoreContextMut<'_, T>) -> bool {
    context.inner().may_wait()
}

/// Makes a call that may wait in a store that has nothing to wait for; see `StoreInner::at_once`.
///
/// # Errors
/// Those of `f`.
#[inline(always)]
pub fn at_once<T: 'static, R>(
    context: &mut StoreContextMut<'_, T>,
    f: impl FnOnce(&mut StoreOpaque) -> Result<R>,
) -> Result<R> {
    context.inner().at_once(|store| f(store.opaque_mut()))
}

/// From now on calls that may not wait are refused in the store.
pub fn require_async(store: &mut StoreOpaque) {
    store.inner_mut().require_async();
}

/// Checks that a call that may not wait can be made.
///
/// # Errors
/// `ErrorKind::Unsupported` where something of the store may have to wait, and within a call that may wait.
#[inline(always)]
pub fn check_sync(store: &StoreOpaque) -> Result<()> {
    store.inner().check_sync()
}

/// The engine.
#[inline]
pub fn engine(store: &StoreOpaque) -> &Engine {
    store.inner().engine()
}

/// Which store this is.
#[inline]
pub fn id(store: &StoreOpaque) -> StoreId {
    store.inner().id()
}

/// Stamps something of this store.
#[inline(always)]
pub fn stamp<I: Copy>(store: &StoreOpaque, id: I) -> Stored<I> {
    store.inner().stamp(id)
}

/// What a stamped handle names.
///
/// # Panics
/// If it is of another store.
#[inline(always)]
#[track_caller]
pub fn unstamp<I: Copy>(store: &StoreOpaque, handle: Stored<I>) -> I {
    store.inner().unstamp(handle)
}

/// What the storey above keeps in the store; `None` where it has put in nothing yet.
#[inline(always)]
pub fn extension<T: Any>(store: &StoreOpaque) -> Option<&T> {
    store.inner().extension.get()
}

/// Makes a storey's part of a store, if there is none.
///
/// # Errors
/// `OutOfMemory`.
pub fn make_extension<T: StoreExtension>(
    store: &mut StoreOpaque,
    make: impl FnOnce(StoreId, usize, Arc<Budget>) -> T,
) -> Result<()> {
    let StoreInner { id, component_handles, budget, extension, .. } = store.inner_mut();
    extension.make(|| make(*id, *component_handles, budget.clone()))
}

/// The same for change; `make` makes it of the store's number, of how many handles there may be, and of where bytes are
/// counted, where there is none.
#[inline(always)]
pub fn extension_mut<T: StoreExtension>(
    store: &mut StoreOpaque,
    make: impl FnOnce(StoreId, usize, Arc<Budget>) -> T,
) -> &mut T {
    let StoreInner { id, component_handles, budget, extension, .. } = store.inner_mut();
    extension.get_or(|| make(*id, *component_handles, budget.clone()))
}

/// Has the guest that runs pay for work of so many units, where fuel is charged; see `StoreInner::pay`.
///
/// # Errors
/// `Trap::OutOfFuel`.
pub fn pay(store: &mut StoreOpaque, units: u64) -> Result<()> {
    Ok(store.inner_mut().pay(units)?)
}

/// Whether guests pay for their work.
#[inline(always)]
pub fn counts_fuel(store: &StoreOpaque) -> bool {
    store.inner().engine().settings().fuel
}

/// Where the bytes are counted that the store takes of the host.
pub fn budget(store: &StoreOpaque) -> &Budget {
    &store.inner().budget
}

/// The bytes of a memory, none for `None`, beside what the storey above keeps.
///
/// # Panics
/// If it keeps nothing yet.
#[inline(always)]
pub fn memory_and_extension<T: StoreExtension>(store: &mut StoreOpaque, memory: Option<MemoryId>) -> (&[u8], &mut T) {
    let inner = store.inner_mut();
    let bytes = match memory {
        Some(memory) => inner.memories[memory].data(),
        None => &[],
    };
    (bytes, inner.extension.get_or(|| unreachable!("the extension was made before")))
}

/// The globals of a store, beside what the storey above keeps.
///
/// # Panics
/// If it keeps nothing yet.
pub fn globals_and_extension<T: StoreExtension>(store: &mut StoreOpaque) -> (Globals<'_>, &mut T) {
    let inner = store.inner_mut();
    let extension = inner.extension.get_or(|| unreachable!("the extension was made before"));
    (Globals(&mut inner.globals), extension)
}

/// The bytes of a memory that is not shared.
#[inline(always)]
pub fn memory(store: &StoreOpaque, memory: MemoryId) -> &[u8] {
    store.inner().memory(memory).data()
}

/// The bytes of a memory that is not shared, for change.
#[inline(always)]
pub fn memory_mut(store: &mut StoreOpaque, memory: MemoryId) -> &mut [u8] {
    store.inner_mut().memory_mut(memory).data_mut()
}

/// What one call between host and guest may cost the host, in bytes of what it makes of a guest's values.
#[inline(always)]
pub fn hostcall_fuel(store: &StoreOpaque) -> usize {
    store.inner().hostcall_fuel
}

/// Calls a function; see `StoreInner::enter_with`.
///
/// # Errors
/// The trap, the host's own error, or what `args` failed with.
///
/// # Safety
/// `args` leaves values of the parameter types in the cells; references among them belong to this store.
///
/// # Panics
/// If the function is of another store; or with the panic of a host function that the guest called.
#[inline(always)]
pub unsafe fn enter<R>(
    store: &mut StoreOpaque,
    func: FuncHandle,
    args: impl FnOnce(&mut StoreOpaque, &mut [RawVal]) -> Result<()>,
    results: impl FnOnce(&[RawVal]) -> R,
) -> Result<R> {
    let args = |store: &mut StoreInner, cells: &mut [RawVal]| args(store.opaque_mut(), cells);
    // SAFETY: passed on.
    unsafe { store.inner_mut().enter_with(func, args, |_, cells| results(cells)) }
}

/// Whether a function is native code by now.
///
/// # Panics
/// If the function is of another store.
#[inline]
pub fn is_native(store: &StoreOpaque, func: FuncHandle) -> bool {
    // SAFETY: a function record's slot lives as long as the store (V5).
    unsafe { (*store.inner().func(func).slot).block() }.is_some()
}

/// Runs what a guest calls of the host's, between the two hooks.
///
/// # Errors
/// Those of the hooks, and of what is run.
#[inline(always)]
pub fn hooked<R>(store: &mut StoreOpaque, host: impl FnOnce(&mut StoreOpaque) -> Result<R>) -> Result<R> {
    store.inner_mut().hooked(|store| host(store.opaque_mut()))
}

/// A host function; see `HostFunc::new`.
///
/// # Errors
/// `OutOfMemory`.
///
/// # Safety
/// The body leaves values of the result types in the cells; references among them belong to the call's store.
pub unsafe fn host_func<F, A>(engine: &Engine, ty: FuncType, body: F) -> Result<HostFunc>
where
    F: Fn(&mut HostCall<'_>) -> Result<A> + Send + Sync + 'static,
    A: Answer,
{
    // SAFETY: passed on.
    unsafe { HostFunc::try_of_kind(engine, ty, false, body) }
}

/// Makes a host function callable in a store; see `StoreInner::bind_host_func`.
///
/// # Errors
/// `OutOfMemory`.
///
/// # Panics
/// If the function was made for another engine.
pub fn bind_host_func(store: &mut StoreOpaque, func: &HostFunc, data: *mut ()) -> Result<FuncHandle> {
    store.inner_mut().bind_host_func(func, data)
}

/// Says that so many host functions are about to be made callable.
///
/// # Errors
/// `OutOfMemory`.
pub fn expect_host_funcs(store: &mut StoreOpaque, count: usize) -> Result<()> {
    store.inner_mut().expect_host_funcs(count)
}

/// Makes an instance of a module; see `instantiate_module`.
///
/// # Errors
/// As there.
pub fn instantiate_module(store: &mut StoreOpaque, module: &Module, imports: &[RawExtern]) -> Result<InstanceId> {
    instantiate::instantiate_module(store.inner_mut(), module, imports)
}

/// The item that an instance has at an index; of functions, those that are imported or escape.
pub fn instance_item(store: &StoreOpaque, instance: InstanceId, item: EntityIndex) -> Option<RawExtern> {
    store.inner().instance_item(instance, item)
}

/// The item that an instance exports under a name.
pub fn instance_export(store: &StoreOpaque, instance: InstanceId, name: &str) -> Option<RawExtern> {
    store.inner().instance_export(instance, name)
}

/// A new global.
///
/// # Errors
/// `ErrorKind::Type` when the value is not of its type.
pub fn new_global(store: &mut StoreOpaque, ty: GlobalType, value: &Value) -> Result<GlobalId> {
    store.inner_mut().new_global(ty, value)
}

/// The first cell of a global.
#[inline(always)]
pub fn global(store: &StoreOpaque, global: GlobalId) -> RawVal {
    store.inner().global(global).cells()[0]
}

/// Sets a global of one cell that holds a number.
#[inline(always)]
pub fn set_global(store: &mut StoreOpaque, global: GlobalId, value: RawVal) {
    store.inner_mut().globals[global].set_cells([value, RawVal::ZERO]);
}

/// A loaded module as the runtime knows it.
pub fn module(module: &embed::Module) -> &Module {
    module.inner()
}

/// What one instance of each module takes.
pub fn resources_required<'a>(modules: impl Iterator<Item = &'a Module>) -> embed::ResourcesRequired {
    embed::ResourcesRequired::of(modules)
}

/// The functions that a module defines, in order; it is the component's module `at`.
pub fn functions(module: &Module, at: StaticModuleIndex) -> impl ExactSizeIterator<Item = embed::ModuleFunction> {
    embed::ModuleFunction::all(module, at)
}

/// The type of a core import or export as embedders see it.
pub fn extern_type(engine: &Engine, ty: &coracle_image::types::ExternType) -> embed::ExternType {
    embed::ExternType::from_raw(engine, ty)
}

/// Interns all function types of a binary: their ids, each in its old number's place, and what holds them.
///
/// # Errors
/// `OutOfMemory`.
pub fn intern_all(engine: &Engine, types: &FuncTypes) -> Result<(Vec<SigId>, Arc<[Signature]>)> {
    signatures::intern_all(engine.signatures(), types)
}

/// A module as embedders see it.
pub fn embed_module(module: Module) -> embed::Module {
    embed::Module(module)
}

/// Calls a function in a task of its own, which may wait. The same contract as [`enter`].
///
/// # Errors
/// As there; and `ErrorKind::Resource` when there is no memory for the task's stack.
///
/// # Safety
/// As there.
///
/// # Panics
/// As there.
pub unsafe fn start_task<R>(
    store: &mut StoreOpaque,
    func: FuncHandle,
    args: impl FnOnce(&mut StoreOpaque, &mut [RawVal]) -> Result<()>,
    results: impl FnOnce(&[RawVal]) -> R,
) -> Result<Progress<R>> {
    let args = |store: &mut StoreInner, cells: &mut [RawVal]| args(store.opaque_mut(), cells);
    // SAFETY: passed on.
    unsafe { store.inner_mut().start_task(func, args, |_, cells| results(cells)) }
}

/// Goes on with a task that waits: `outcome` writes the results of the host function that it waits in, or tells how
/// that failed.
///
/// # Errors
/// `ErrorKind::NotFound` when no such task of this store waits; else as for [`start_task`].
///
/// # Safety
/// `outcome` leaves values of the host function's result types in the cells, of this store.
///
/// # Panics
/// As there.
pub unsafe fn resume_task<R>(
    store: &mut StoreOpaque,
    task: TaskId,
    outcome: impl FnOnce(&mut StoreOpaque, &mut [RawVal]) -> Result<()>,
    results: impl FnOnce(&[RawVal]) -> R,
) -> Result<Progress<R>> {
    let outcome = |store: &mut StoreInner, cells: &mut [RawVal]| outcome(store.opaque_mut(), cells);
    // SAFETY: passed on.
    unsafe { store.inner_mut().resume_task(task, outcome, |_, cells| results(cells)) }
}

/// Forgets a task that waits; whether there was one. Nothing of it runs any more.
pub fn drop_task(store: &mut StoreOpaque, task: TaskId) -> bool {
    store.inner_mut().drop_task(task)
}

/// The interpreter of an engine.
pub fn interpreter(engine: &Engine) -> &dyn Interpreter {
    engine.interpreter()
}

/// The compiler of an engine, if there is one.
pub fn compiler(engine: &Engine) -> Option<&dyn Compiler> {
    engine.compiler()
}

/// Which tier of an engine runs what.
pub fn strategy(engine: &Engine) -> &TierStrategy {
    engine.strategy()
}

/// The stamp with which the reservations of an engine's memories are known; `None` where there are none.
pub fn reservations(engine: &Engine) -> Option<Stamp> {
    engine.memory_provider().stamp()
}

/// The settings of an engine that code bakes in.
pub fn settings(engine: &Engine) -> &Settings {
    engine.settings()
}

/// The function type of an id of an engine, which somebody holds.
pub fn func_type(engine: &Engine, id: SigId) -> Arc<FuncType> {
    engine.func_type(id)
}

/// A share in the function type of an id of an engine, which somebody holds.
pub fn signature(engine: &Engine, id: SigId) -> Signature {
    engine.signature(id)
}

/// An engine of these parts.
pub fn new_engine(parts: EngineParts) -> Engine {
    Engine::from_parts(parts)
}

/// Checks that what is of an engine can be instantiated in a store.
///
/// # Errors
/// `ErrorKind::Link` when the store is of another engine.
pub fn check_usage(store: &StoreOpaque, engine: &Engine) -> Result<()> {
    store.inner().check_usage(engine)
}

/// Checks that imports are what a module asks for; see `check_imports`.
///
/// # Errors
/// As there.
pub fn check_imports(store: &StoreOpaque, module: &Module, imports: &[RawExtern]) -> Result<()> {
    imports::check_imports(store.inner(), module, imports)
}

/// Makes an instance of a module up to its start function; see `instantiate_unstarted`.
///
/// # Errors
/// As there.
pub fn instantiate_unstarted(store: &mut StoreOpaque, module: &Module, imports: &[RawExtern]) -> Result<InstanceId> {
    instantiate::instantiate_unstarted(store.inner_mut(), module, imports)
}

/// Runs the start function of an instance, if its module has one.
///
/// # Errors
/// A trap, or an error of the host's.
pub fn run_start(store: &mut StoreOpaque, instance: InstanceId, module: &Module) -> Result<()> {
    instantiate::run_start(store.inner_mut(), instance, module)
}

//! Cells in and out of core functions, on behalf of the canonical ABI.
//!
//! # Invariants
//! - The signature of a core function that canonical options or a lift name was checked when the component was
//!   validated or the instance linked; what is passed here was lowered by that very signature.
//! - What [`host_func`] makes is bound by [`bind`] alone.
#![allow(unsafe_code)] // Entering a core function trusts the cells to be of its parameter types.

use crate::abi::cx::{AbiHost, Options};
use crate::abi::handles::Handles;
use crate::abi::value::Val;
use crate::ids::{ComponentInstanceId, Part};
use crate::state::{self, Shared};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::collect;
use coracle_error::shared::Arc;
use coracle_error::{Error, Result, Trap};
use coracle_image::module::{FuncType, ValType};
use coracle_image::types::{FlatType, Ptr};
use coracle_vm::embed::ThrownException;
use coracle_vm::engine::Engine;
use coracle_vm::host_func::HostFunc;
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::StoreContextMut;
use coracle_vm::store::host::{Answer, Flow, GoOn, HostCall};
use coracle_vm::store::ids::FuncHandle;
use coracle_vm::store::opaque::StoreOpaque;
use core::pin::Pin;
use core::task::{Context, Poll};

/// The part of an instance that never changes, beside the store that has it: a share in it would be counted at each call.
#[inline(always)]
pub(crate) fn beside_shared(store: &mut StoreOpaque, id: ComponentInstanceId) -> (&mut StoreOpaque, &Shared) {
    let shared = Arc::as_ptr(&state::of(store).instances[id].shared);
    // SAFETY: a store keeps its instances until it dies, which it cannot while it is borrowed, and each keeps its share;
    // nobody changes what is shared. It lies in a block of its own, to which the borrow of the store does not reach.
    (store, unsafe { &*shared })
}

/// Calls a core function of the canonical ABI: numbers in, at most one number out.
///
/// # Errors
/// A trap, or an error of the host's.
pub(crate) fn call_core(store: &mut StoreOpaque, func: FuncHandle, args: &[RawVal]) -> Result<RawVal> {
    let write = |_: &mut StoreOpaque, cells: &mut [RawVal]| {
        cells[..args.len()].copy_from_slice(args);
        Ok(())
    };
    // SAFETY: the arguments are numbers of the function's signature, see above.
    unsafe { internals::enter(store, func, write, |cells| cells.first().copied().unwrap_or_default()) }
}

/// Calls a lifted function: `lower` writes its flat parameters, and its flat result is returned.
///
/// # Errors
/// Those of `lower`, a trap, or an error of the host's.
#[inline]
pub(crate) fn call_lifted(
    store: &mut StoreOpaque,
    func: FuncHandle,
    lower: impl FnOnce(&mut StoreOpaque, &mut [RawVal]) -> Result<()>,
) -> Result<RawVal> {
    // SAFETY: `lower` writes what the function's type flattens to, which is its core signature, see above.
    unsafe { internals::enter(store, func, lower, |cells| cells.first().copied().unwrap_or_default()) }
}

/// The same by a call that may wait, and gives way by returning.
///
/// # Errors
/// As there.
pub(crate) async fn call_lifted_by_return(
    store: &mut StoreOpaque,
    func: FuncHandle,
    lower: impl FnOnce(&mut StoreOpaque, &mut [RawVal]) -> Result<()>,
) -> Result<RawVal> {
    let read = |cells: &[RawVal]| cells.first().copied().unwrap_or_default();
    // SAFETY: as in `call_lifted`.
    unsafe { internals::enter_by_return(store, func, lower, read) }.await
}

/// A call by [`call_by_return`](crate::call::into_guest::call_by_return) with values that may cross threads: `values`
/// says so.
pub(crate) fn crossing<'a, T, V, F>(
    context: StoreContextMut<'a, T>,
    values: V,
    call: impl FnOnce(&'a mut StoreOpaque, V) -> F,
) -> impl Future<Output = F::Output>
where
    T: 'static,
    V: Send,
    F: Future,
{
    // SAFETY: a call holds its values, and else what belongs to the store: shares in its component, handles, frames.
    unsafe { internals::crossing(context, |store| call(store, values)) }
}

/// A future of the embedder's.
pub(crate) type BoxFuture<'a, R> = Pin<Box<dyn Future<Output = R> + Send + 'a>>;

/// A future and the values that it borrows: it is dropped first.
struct Owning<'a> {
    future: BoxFuture<'a, Result<()>>,
    _args: Vec<Val>,
    results: Vec<Val>,
}

impl Future for Owning<'_> {
    type Output = Result<Vec<Val>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let done = core::task::ready!(self.future.as_mut().poll(context));
        // It has ended; what it may still hold of the values goes before they do.
        self.future = Box::pin(core::future::ready(Ok(())));
        Poll::Ready(done.map(|()| core::mem::take(&mut self.results)))
    }
}

/// The future that `make` makes of arguments and of places for results, together with both; it ends with the results.
pub(crate) fn owning<'a>(
    args: Vec<Val>,
    mut results: Vec<Val>,
    make: impl FnOnce(&'a [Val], &'a mut [Val]) -> BoxFuture<'a, Result<()>>,
) -> BoxFuture<'a, Result<Vec<Val>>> {
    // SAFETY: the values lie where the vectors keep them, which are neither changed nor dropped before the future is.
    let future = unsafe {
        let args = core::slice::from_raw_parts(args.as_ptr(), args.len());
        make(args, core::slice::from_raw_parts_mut(results.as_mut_ptr(), results.len()))
    };
    Box::pin(Owning { future, _args: args, results })
}

/// What a lowering reaches of the store.
pub(crate) struct StoreAbi<'a> {
    pub(crate) store: &'a mut StoreOpaque,
    pub(crate) instance: ComponentInstanceId,
    pub(crate) part: Part,
}

impl AbiHost for StoreAbi<'_> {
    fn memory(&self, options: &Options) -> &[u8] {
        state::memory(self.store, *options)
    }

    fn memory_mut(&mut self, options: &Options) -> &mut [u8] {
        match options.memory {
            Some(memory) => internals::memory_mut(self.store, state::memory_id(memory)),
            None => &mut [],
        }
    }

    fn realloc(&mut self, options: &Options, old: u64, old_size: u64, align: u32, new_size: u64) -> Result<u64> {
        let Some(realloc) = options.realloc else { return Err(no_realloc()) };
        let index = coracle_image::plan::RuntimeFuncIndex::from_u32(realloc.0 as u32);
        let func = state::of(self.store).instances[self.instance].funcs[index];
        let args = [old, old_size, u64::from(align), new_size].map(RawVal::from_u64);
        let result = state::without_leaving(self.store, self.part, |store| call_core(store, func, &args))?;
        Ok(match options.ptr {
            Ptr::P32 => u64::from(result.u32()),
            Ptr::P64 => result.u64(),
        })
    }

    fn handles(&mut self) -> &mut Handles {
        &mut state::of_mut(self.store).handles
    }
}

#[cold]
fn no_realloc() -> Error {
    coracle_error::bug!("a value that needs `realloc` was lowered without it, which validation rules out")
}

/// A core function type over numbers.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn numbers(params: &[FlatType], results: &[FlatType]) -> Result<FuncType> {
    let val_type = |ty: &FlatType| match ty {
        FlatType::I32 => ValType::I32,
        FlatType::I64 => ValType::I64,
        FlatType::F32 => ValType::F32,
        FlatType::F64 => ValType::F64,
    };
    let list = |types: &[FlatType]| collect(types.iter().map(val_type)).map(Vec::into_boxed_slice);
    Ok(FuncType { params: list(params)?, results: list(results)? })
}

/// A core function of the runtime's own, of the instance that [`bind`] gives it. Its type is one of [`numbers`]. It throws
/// nothing: no exception comes from the host, or from another component, into one.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn host_func<F, A>(engine: &Engine, ty: FuncType, body: F) -> Result<HostFunc>
where
    F: Fn(&mut StoreOpaque, &Shared, &mut [RawVal]) -> Result<A> + Send + Sync + 'static,
    A: Answer,
{
    assert!(ty.results.iter().all(|ty| !matches!(ty, ValType::Ref(_))), "a core function of numbers only");
    let body = move |call: &mut HostCall<'_>| {
        // SAFETY: `bind` has given it the part of an instance that never changes; and as in `beside_shared`.
        let shared = unsafe { &*call.data.cast_const().cast::<Shared>() };
        body(call.store, shared, call.cells).map_err(as_trap)
    };
    // SAFETY: all results are numbers, as was just seen, and whatever a cell holds is some number of its type.
    unsafe { internals::host_func(engine, ty, body) }
}

/// Has a destructor go on in the place of `resource.drop`, which has left it the representation in its first cell.
pub(crate) fn go_on_in_destructor(destructor: FuncHandle) -> Flow {
    // SAFETY: neither has results, and the destructor takes a number, as was checked when the component was validated.
    Flow::GoOn(unsafe { GoOn::with(destructor) })
}

/// Makes a core function of the runtime's own callable in a store, on behalf of an instance that the store keeps from now
/// on until it dies.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn bind(store: &mut StoreOpaque, func: &HostFunc, shared: &Arc<Shared>) -> Result<FuncHandle> {
    internals::bind_host_func(store, func, Arc::as_ptr(shared).cast_mut().cast())
}

/// An exception as a trap, and any other error as it is.
#[cold]
fn as_trap(error: Error) -> Error {
    match error.is::<ThrownException>() {
        true => Error::new(Trap::UncaughtException).told(coracle_error::wording!("{error:#}")),
        false => error,
    }
}

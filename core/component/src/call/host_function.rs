//! Host functions of Rust types, of dynamic values, and those that nothing provides.

use crate::abi::cells::{FlatDst, FlatSrc};
use crate::abi::cx::{InstanceType, bad_type};
use crate::abi::value::Val;
use crate::abi::{self, ComponentNamedList, Lift, Lower};
use crate::call::raw::{BoxFuture, host_func, owning};
use crate::host_function::{HostFunction, ImportCall, OfNumbers};
use crate::reflect;
use crate::state::{self, CallMark};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use coracle_error::fallible::boxed;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result, Told};
use coracle_image::limits::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use coracle_image::module::FuncType;
use coracle_image::plan::RuntimeComponentInstanceIndex;
use coracle_image::types::{FuncTypeIndex, InterfaceType};
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use coracle_vm::raw::RawVal;
use coracle_vm::store::host::Flow;
use coracle_vm::store::opaque::StoreOpaque;
use coracle_vm::store::{CallHook, StoreContextMut};

impl HostFunction {
    /// A function over Rust types.
    ///
    /// # Errors
    /// `OutOfMemory`, as for all of these.
    pub(crate) fn wrap<T, F, P, R>(func: F) -> Result<Self>
    where
        T: 'static,
        F: Fn(StoreContextMut<'_, T>, P) -> Result<R> + Send + Sync + 'static,
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
    {
        Self::over(move |store: &mut StoreOpaque, params: P| func(internals::context(store), params))
    }

    /// A function over Rust types whose result is waited for.
    pub(crate) fn wrap_async<T, F, P, R>(func: F) -> Result<Self>
    where
        T: 'static,
        F: Fn(StoreContextMut<'_, T>, P) -> Box<dyn Future<Output = Result<R>> + Send + '_> + Send + Sync + 'static,
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
    {
        if !internals::STACKS {
            return Self::wrap_async_by_return(func);
        }
        Ok(Self::over(move |store: &mut StoreOpaque, params: P| awaited(store, &func, params))?.waiting())
    }

    /// A function of the host's that goes by the types of its import, and by numbers alone where these say all.
    fn over<P, R>(call: impl Fn(&mut StoreOpaque, P) -> Result<R> + Send + Sync + 'static) -> Result<Self>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
    {
        if !are_numbers::<P, R>() {
            return Self::new(check::<P, R>, by_types(call));
        }
        let call = Arc::try_new(call)?;
        let shared = call.clone();
        let body = by_types(move |store: &mut StoreOpaque, params: P| shared(store, params));
        Ok(Self::new(check::<P, R>, body)?.with_numbers(of_numbers(call)?))
    }

    /// The same where it is left while it waits.
    fn wrap_async_by_return<T, F, P, R>(func: F) -> Result<Self>
    where
        T: 'static,
        F: Fn(StoreContextMut<'_, T>, P) -> Box<dyn Future<Output = Result<R>> + Send + '_> + Send + Sync + 'static,
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
    {
        let body = move |store: &mut StoreOpaque, call: &ImportCall<'_>, cells: &mut [RawVal]| {
            if !call.gives_way() {
                return run_by_types(store, call, cells, |store, params| awaited(store, &func, params));
            }
            internals::call_hook(store, CallHook::CallingHost)?;
            let params = call.lift(store, cells, abi::lift_params::<P>)?;
            give_way(
                (store, call, cells),
                |store| Box::into_pin(func(internals::context(store), params)),
                |results: R, store, call, cells| {
                    call.lower(store, cells, |cx, ty, args| abi::lower_results(cx, &results, ty, args))
                },
            )
        };
        Ok(Self::new(check::<P, R>, body)?.waiting())
    }

    /// A function over dynamic values, of whatever type it is linked as.
    pub(crate) fn dynamic<T, F>(func: F) -> Result<Self>
    where
        T: 'static,
        F: Fn(StoreContextMut<'_, T>, reflect::ComponentFunc, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    {
        let body = move |store: &mut StoreOpaque, call: &ImportCall<'_>, cells: &mut [RawVal]| {
            let mut params = Vec::new();
            call.lift(store, cells, |cx, ty, cells| abi::lift_params_dynamic(cx, ty, cells, |val| params.push(val)))?;
            let mut results = vec![Val::Bool(false); call.result_count()];
            func(internals::context(store), call.reflect(), &params, &mut results)?;
            call.lower(store, cells, |cx, ty, args| abi::lower_results_dynamic(cx, &results, ty, args))?;
            Ok(Flow::Return)
        };
        Self::new(|_, _| Ok(()), body)
    }

    /// A function over dynamic values, of whatever type it is linked as, whose result is waited for.
    pub(crate) fn dynamic_async<T, F>(func: F) -> Result<Self>
    where
        T: 'static,
        F: for<'a> Fn(
                StoreContextMut<'a, T>,
                reflect::ComponentFunc,
                &'a [Val],
                &'a mut [Val],
            ) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
    {
        let body = move |store: &mut StoreOpaque, call: &ImportCall<'_>, cells: &mut [RawVal]| {
            let gives_way = call.gives_way();
            if gives_way {
                internals::call_hook(store, CallHook::CallingHost)?;
            }
            let mut params = Vec::new();
            call.lift(store, cells, |cx, ty, cells| abi::lift_params_dynamic(cx, ty, cells, |val| params.push(val)))?;
            let mut results = vec![Val::Bool(false); call.result_count()];
            if gives_way {
                let ty = call.reflect();
                return give_way(
                    (store, call, cells),
                    |store| {
                        owning(params, results, |args, places| {
                            Box::into_pin(func(internals::context(store), ty, args, places))
                        })
                    },
                    |results: Vec<Val>, store, call, cells| {
                        call.lower(store, cells, |cx, ty, args| abi::lower_results_dynamic(cx, &results, ty, args))
                    },
                );
            }
            let (ty, mark) = (call.reflect(), CallMark::here(store));
            let (args, places) = (&params, &mut results);
            let done =
                internals::block_on(store, |store| Box::into_pin(func(internals::context(store), ty, args, places)))?;
            mark.end_forgotten(store);
            done?;
            call.lower(store, cells, |cx, ty, args| abi::lower_results_dynamic(cx, &results, ty, args))?;
            Ok(Flow::Return)
        };
        Ok(Self::new(|_, _| Ok(()), body)?.waiting())
    }

    /// A function that fails: an import that nothing provides.
    pub(crate) fn unknown(path: String) -> Result<Self> {
        let body = move |_: &mut StoreOpaque, _: &ImportCall<'_>, _: &mut [RawVal]| {
            Err(Error::fault(ErrorKind::Link, coracle_error::wording!("unknown import: `{path}` has not been defined")))
        };
        Self::new(|_, _| Ok(()), body)
    }
}

/// The body of a function over Rust types, which goes by the types of its import.
fn by_types<P, R>(
    call: impl Fn(&mut StoreOpaque, P) -> Result<R> + Send + Sync + 'static,
) -> impl Fn(&mut StoreOpaque, &ImportCall<'_>, &mut [RawVal]) -> Result<Flow> + Send + Sync + 'static
where
    P: ComponentNamedList + Lift + 'static,
    R: ComponentNamedList + Lower + 'static,
{
    move |store: &mut StoreOpaque, import: &ImportCall<'_>, cells: &mut [RawVal]| {
        run_by_types(store, import, cells, &call)
    }
}

/// One call of such a function.
#[inline]
fn run_by_types<P: ComponentNamedList + Lift, R: ComponentNamedList + Lower>(
    store: &mut StoreOpaque,
    import: &ImportCall<'_>,
    cells: &mut [RawVal],
    call: impl FnOnce(&mut StoreOpaque, P) -> Result<R>,
) -> Result<Flow> {
    let params = import.lift(store, cells, abi::lift_params::<P>)?;
    let results = call(store, params)?;
    import.lower(store, cells, |cx, ty, args| abi::lower_results(cx, &results, ty, args))?;
    Ok(Flow::Return)
}

/// Runs a function whose result is waited for, on the stack of the call that needs it.
#[inline(always)]
fn awaited<T, F, P, R>(store: &mut StoreOpaque, func: &F, params: P) -> Result<R>
where
    T: 'static,
    F: Fn(StoreContextMut<'_, T>, P) -> Box<dyn Future<Output = Result<R>> + Send + '_>,
{
    let mark = CallMark::here(store);
    let results = internals::block_on(store, |store| Box::into_pin(func(internals::context(store), params)))?;
    mark.end_forgotten(store);
    results
}

/// Whether core values say all of parameters and results.
fn are_numbers<P: ComponentNamedList + Lift, R: ComponentNamedList + Lower>() -> bool {
    let in_cells = P::ABI.flat() <= MAX_FLAT_PARAMS && R::ABI.flat() <= MAX_FLAT_RESULTS;
    in_cells && <P as Lift>::NUMBERS.is_some() && <R as Lower>::NUMBERS.is_some()
}

/// What makes core functions of a function over numbers alone: the function itself stands in the core function's entry,
/// and nothing is looked up between the two.
fn of_numbers<P, R>(
    call: Arc<impl Fn(&mut StoreOpaque, P) -> Result<R> + Send + Sync + 'static>,
) -> Result<Box<OfNumbers>>
where
    P: ComponentNamedList + Lift + 'static,
    R: ComponentNamedList + Lower + 'static,
{
    let make = move |engine: &Engine, ty: FuncType, instance: RuntimeComponentInstanceIndex| {
        let call = call.clone();
        host_func(engine, ty, move |store, shared, cells| {
            internals::hooked(store, |store| {
                state::check_may_leave(store, shared.parts[instance])?;
                // Constants, so that both are part of this.
                let (Some(lift), Some(lower)) = (<P as Lift>::NUMBERS, <R as Lower>::NUMBERS) else {
                    return Err(bad_type());
                };
                let params = lift(&mut FlatSrc::new(cells))?;
                let results = call(store, params)?;
                lower(&results, &mut FlatDst::new(cells));
                Ok(())
            })
        })
    };
    Ok(boxed(make)?)
}

/// Polls the future of a host function once, and leaves the function to its call where it is not ready. `lower` writes
/// the results when it is.
fn give_way<V: Send + 'static>(
    (store, call, cells): (&mut StoreOpaque, &ImportCall<'_>, &mut [RawVal]),
    make: impl for<'b> FnOnce(&'b mut StoreOpaque) -> BoxFuture<'b, Result<V>>,
    lower: impl FnOnce(V, &mut StoreOpaque, &ImportCall<'_>, &mut [RawVal]) -> Result<()> + Send + 'static,
) -> Result<Flow> {
    let (mark, kept) = (CallMark::here(store), call.keep());
    internals::leave_or_finish(store, cells, make, move |results: Result<V>, store, cells| {
        mark.end_forgotten(store);
        let shared = state::shared(store, kept.instance());
        let done = results.and_then(|results| {
            lower(results, store, &kept.of(shared.types(), &shared.pre.types, &shared.bindings), cells)
        });
        internals::call_hook(store, CallHook::ReturningFromHost)?;
        done
    })
}

/// Checks parameter and result types against a function's type.
#[inline]
pub(crate) fn check<P: ComponentNamedList, R: ComponentNamedList>(
    ty: FuncTypeIndex,
    types: &InstanceType<'_>,
) -> Result<()> {
    let ty = &types.types[ty];
    P::typecheck(InterfaceType::Tuple(ty.params), types).told(|| "type mismatch with parameters")?;
    R::typecheck(InterfaceType::Tuple(ty.results), types).told(|| "type mismatch with results")
}

//! Host functions and destructors with the type of the host's data erased.
//!
//! # Invariants
//! - A [`HostFunction`] is only reached through a linker of its own `T`, and so runs only in stores of that `T`.

use crate::abi::cx::InstanceType;
use crate::abi::{self, ComponentNamedList, Lift, Lower};
use crate::call::into_host::ImportCall;
use crate::error::{Context, Error, ErrorKind, Result};
use crate::raw::RawVal;
use crate::reflect;
use crate::store::{StoreContextMut, StoreInner};
use crate::types::{FuncTypeIndex, InterfaceType};
use crate::value::Val;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

type Check = dyn Fn(FuncTypeIndex, &InstanceType<'_>) -> Result<()> + Send + Sync;
type Body = dyn Fn(&mut StoreInner, &ImportCall<'_>, &mut [RawVal]) -> Result<()> + Send + Sync;
type Destroy = dyn Fn(&mut StoreInner, u32) -> Result<()> + Send + Sync;

/// A component function of the host's.
pub struct HostFunction {
    check: Box<Check>,
    body: Box<Body>,
}

/// A destructor of a resource type of the host's.
pub struct HostDtor(Box<Destroy>);

impl HostFunction {
    /// Checks that the function has this type.
    pub(crate) fn check(&self, ty: FuncTypeIndex, types: &InstanceType<'_>) -> Result<()> {
        (self.check)(ty, types)
    }

    /// Runs it: arguments are lifted from the cells, results lowered to them.
    #[inline]
    pub(crate) fn call(&self, store: &mut StoreInner, call: &ImportCall<'_>, cells: &mut [RawVal]) -> Result<()> {
        store.hooked(|store| (self.body)(store, call, cells))
    }

    /// A function over Rust types.
    pub(crate) fn wrap<T, F, P, R>(func: F) -> Self
    where
        T: 'static,
        F: Fn(StoreContextMut<'_, T>, P) -> Result<R> + Send + Sync + 'static,
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
    {
        let check = |ty, types: &InstanceType<'_>| check::<P, R>(ty, types);
        let body = move |store: &mut StoreInner, call: &ImportCall<'_>, cells: &mut [RawVal]| {
            let params = call.lift(store, cells, abi::lift_params::<P>)?;
            let results = func(StoreContextMut::of(store), params)?;
            call.lower(store, cells, |cx, ty, args| abi::lower_results(cx, &results, ty, args))
        };
        Self { check: Box::new(check), body: Box::new(body) }
    }

    /// A function over dynamic values, of whatever type it is linked as.
    pub(crate) fn dynamic<T, F>(func: F) -> Self
    where
        T: 'static,
        F: Fn(StoreContextMut<'_, T>, reflect::ComponentFunc, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    {
        let body = move |store: &mut StoreInner, call: &ImportCall<'_>, cells: &mut [RawVal]| {
            let mut params = Vec::new();
            call.lift(store, cells, |cx, ty, cells| abi::lift_params_dynamic(cx, ty, cells, |val| params.push(val)))?;
            let mut results = vec![Val::Bool(false); call.result_count()];
            func(StoreContextMut::of(store), call.reflect(), &params, &mut results)?;
            call.lower(store, cells, |cx, ty, args| abi::lower_results_dynamic(cx, &results, ty, args))
        };
        Self { check: Box::new(|_, _| Ok(())), body: Box::new(body) }
    }

    /// A function that fails: an import that nothing provides.
    pub(crate) fn unknown(path: String) -> Self {
        let body = move |_: &mut StoreInner, _: &ImportCall<'_>, _: &mut [RawVal]| {
            Err(Error::fault(ErrorKind::Link, alloc::format!("unknown import: `{path}` has not been defined")))
        };
        Self { check: Box::new(|_, _| Ok(())), body: Box::new(body) }
    }
}

/// Checks parameter and result types against a function's type.
#[inline]
pub(crate) fn check<P: ComponentNamedList, R: ComponentNamedList>(
    ty: FuncTypeIndex,
    types: &InstanceType<'_>,
) -> Result<()> {
    let ty = &types.types[ty];
    P::typecheck(InterfaceType::Tuple(ty.params), types).context("type mismatch with parameters")?;
    R::typecheck(InterfaceType::Tuple(ty.results), types).context("type mismatch with results")
}

impl HostDtor {
    /// Destroys one resource.
    pub(crate) fn run(&self, store: &mut StoreInner, rep: u32) -> Result<()> {
        (self.0)(store, rep)
    }

    /// A destructor that sees the store.
    pub(crate) fn new<T: 'static>(
        dtor: impl Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(move |store, rep| dtor(StoreContextMut::of(store), rep)))
    }

    /// A destructor that does nothing.
    pub(crate) fn none() -> Self {
        Self(Box::new(|_, _| Ok(())))
    }
}

//! What is done with a `Func`, a function of a store: made, asked for its type, called.

use crate::embed::caller::Caller;
use crate::embed::handle::Func;
use crate::embed::into_func::IntoFunc;
use crate::embed::raw::{self, WasmParams, WasmResults, WasmRet, WasmTyList};
use crate::embed::typed::TypedFunc;
use crate::embed::types::FuncType;
use crate::embed::val::Val;
use crate::host_func::HostFunc;
use crate::store::{AsContext, AsContextMut, StoreInner};
use alloc::boxed::Box;
use coracle_error::Result;
use core::ptr::null_mut;

impl Func {
    /// A host function of a type known at run time. It gets the arguments, and writes the results.
    ///
    /// # Panics
    /// When the type is of another engine than the store.
    pub fn new<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let mut store = store.as_context_mut();
        assert!(ty.comes_from(store.engine()), "a function type of another engine was used");
        Self::bind(store.inner(), &raw::dynamic(ty, func))
    }

    /// As [`Func::new`], for programs that want to hear of a lack of memory. The host's allocator aborts on one, so
    /// this does as well.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// When the type is of another engine than the store.
    pub fn try_new<T: 'static>(
        store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Self> {
        Ok(Self::new(store, ty, func))
    }

    /// A host function of a Rust closure, whose type tells the function's. See [`IntoFunc`].
    pub fn wrap<T: 'static, Params, Results>(
        mut store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Self {
        let mut store = store.as_context_mut();
        let func = func.into_func(store.engine());
        Self::bind(store.inner(), &func)
    }

    /// As [`Func::wrap`], for programs that want to hear of a lack of memory. The host's allocator aborts on one, so
    /// this does as well.
    ///
    /// # Errors
    /// None at present.
    pub fn try_wrap<T: 'static, Params, Results>(
        store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<Self> {
        Ok(Self::wrap(store, func))
    }

    /// A host function of a type known at run time, which is waited for. It gets the arguments, and writes the results.
    ///
    /// From now on the store can be used by calls of `*_async` alone.
    ///
    /// # Panics
    /// When the type is of another engine than the store.
    pub fn new_async<T, F>(mut store: impl AsContextMut<Data = T>, ty: FuncType, func: F) -> Self
    where
        F: for<'a> Fn(Caller<'a, T>, &'a [Val], &'a mut [Val]) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
        T: Send + 'static,
    {
        let mut store = store.as_context_mut();
        assert!(ty.comes_from(store.engine()), "a function type of another engine was used");
        Self::bind(store.inner(), &raw::dynamic_async(ty, func))
    }

    /// A host function of a Rust closure, whose type tells the function's; its result is waited for.
    ///
    /// From now on the store can be used by calls of `*_async` alone.
    pub fn wrap_async<T, F, P, R>(mut store: impl AsContextMut<Data = T>, func: F) -> Self
    where
        F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = R> + Send + 'a> + Send + Sync + 'static,
        P: WasmTyList,
        R: WasmRet,
        T: Send + 'static,
    {
        let mut store = store.as_context_mut();
        let func = raw::wrap_async(store.engine(), func);
        Self::bind(store.inner(), &func)
    }

    pub(crate) fn bind(store: &mut StoreInner, func: &HostFunc) -> Self {
        // As in Wasmtime, the functions that lead here cannot fail.
        Self(store.bind_host_func(func, null_mut()).expect("memory for a function of the host"))
    }

    /// Its type.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> FuncType {
        let store = store.as_context();
        FuncType::from_id(store.engine(), store.inner().func_sig(self.0))
    }

    /// Whether it is of a type.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &FuncType) -> bool {
        self.ty(store).matches(ty)
    }

    /// Calls it. `results` must have as many elements as the function has results; they are written over.
    ///
    /// # Errors
    /// `ErrorKind::Type` when number or types of the arguments, or the number of results, are wrong, or an argument is
    /// of another store; `ErrorKind::Unsupported` where [`Func::call_async`] is needed, and within such a call; the trap
    /// or the host's own error when the call fails.
    ///
    /// # Panics
    /// If it is of another store; with the panic of a host function that it calls.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let mut store = store.as_context_mut();
        store.inner().check_sync()?;
        raw::call_dynamic(store.inner(), self.0, params, results)
    }

    /// As [`Func::call`], on a stack of its own, so that host functions, limiters and hooks can be waited for, and the
    /// guest can give way. The guest runs while the future is polled, by whichever thread does that.
    ///
    /// A future that is dropped before it is ready stops the guest as a trap would.
    ///
    /// # Errors
    /// As for [`Func::call`]; `ErrorKind::Resource` when the host does not give a stack.
    ///
    /// # Panics
    /// As for [`Func::call`].
    pub async fn call_async(
        &self,
        mut store: impl AsContextMut<Data: Send>,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let (func, mut store) = (self.0, store.as_context_mut());
        if !store.inner().may_wait() {
            return store.inner().at_once(|store| raw::call_dynamic(store, func, params, results));
        }
        raw::call_dynamic_async(store, func, params, results).await
    }

    /// Checks its type once, so that calls need no check.
    ///
    /// # Errors
    /// `ErrorKind::Type` when it does not take `Params` or does not return `Results`.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn typed<Params: WasmParams, Results: WasmResults>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<Params, Results>> {
        let certain = raw::check::<Params, Results>(&self.ty(store))?;
        Ok(TypedFunc::of_checked(*self, certain))
    }
}

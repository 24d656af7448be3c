//! `TypedFunc`: a function whose type was checked once.

use crate::embed::handle::Func;
use crate::embed::raw::{self, WasmParams, WasmResults};
use crate::store::AsContextMut;
use coracle_error::Result;
use core::fmt;
use core::marker::PhantomData;

/// A function that takes `Params` and returns `Results`. A call allocates nothing and checks no type.
pub struct TypedFunc<Params, Results> {
    func: Func,
    /// Whether references among the arguments must be looked at in each call: what `raw::check` said.
    certain: bool,
    signature: PhantomData<fn(Params) -> Results>,
}

impl<Params, Results> TypedFunc<Params, Results> {
    /// A function whose type `raw::check` has said yes to.
    pub(crate) fn of_checked(func: Func, certain: bool) -> Self {
        Self { func, certain, signature: PhantomData }
    }

    /// The function.
    pub fn func(&self) -> &Func {
        &self.func
    }
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    /// Calls it.
    ///
    /// # Errors
    /// The trap, or the host's own error; `ErrorKind::Type` when a parameter is of another store, or is a function of
    /// another type than the one that is asked for; `ErrorKind::Unsupported` where [`TypedFunc::call_async`] is needed,
    /// and within such a call.
    ///
    /// # Panics
    /// If it is of another store; with the panic of a host function that it calls.
    #[inline]
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Results> {
        let mut store = store.as_context_mut();
        store.inner().check_sync()?;
        raw::call(store.inner(), self.func.0, params, self.certain)
    }

    /// As [`TypedFunc::call`], on a stack of its own: see [`Func::call_async`].
    ///
    /// # Errors
    /// As for [`TypedFunc::call`]; `ErrorKind::Resource` when the host does not give a stack.
    ///
    /// # Panics
    /// As for [`TypedFunc::call`].
    #[inline]
    pub fn call_async(
        &self,
        store: impl AsContextMut<Data: Send>,
        params: Params,
    ) -> impl Future<Output = Result<Results>>
    where
        Params: Sync,
        Results: Sync,
    {
        raw::call_async(store, self.func.0, params, self.certain)
    }
}

impl<Params, Results> Clone for TypedFunc<Params, Results> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Results> Copy for TypedFunc<Params, Results> {}

impl<Params, Results> fmt::Debug for TypedFunc<Params, Results> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedFunc").field(&self.func).finish()
    }
}

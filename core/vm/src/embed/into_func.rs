//! Rust closures as host functions.

use crate::embed::caller::Caller;
use crate::embed::raw::{self, WasmRet, WasmTy, for_each_arity};
use crate::engine::Engine;
use crate::host_func::HostFunc;

/// A Rust closure that can be a host function.
///
/// Closures of up to seventeen parameters are, if each is a [`WasmTy`] and the result is `()`, a `WasmTy`, a tuple of
/// them, or a [`Result`] of one of these; before the first parameter a [`Caller`] may stand.
pub trait IntoFunc<T, Params, Results>: Send + Sync + 'static {
    /// The host function.
    #[doc(hidden)]
    fn into_func(self, engine: &Engine) -> HostFunc;
}

macro_rules! closures {
    ($($arg:ident)*) => {
        #[allow(non_snake_case)]
        impl<T, F, R, $($arg),*> IntoFunc<T, ($($arg,)*), R> for F
        where
            F: Fn($($arg),*) -> R + Send + Sync + 'static,
            R: WasmRet,
            T: 'static,
            $($arg: WasmTy + 'static,)*
        {
            fn into_func(self, engine: &Engine) -> HostFunc {
                raw::wrap(engine, move |_: Caller<'_, T>, ($($arg,)*)| self($($arg),*))
            }
        }

        #[allow(non_snake_case)]
        impl<T, F, R, $($arg),*> IntoFunc<T, (Caller<'_, T>, $($arg,)*), R> for F
        where
            F: Fn(Caller<'_, T>, $($arg),*) -> R + Send + Sync + 'static,
            R: WasmRet,
            T: 'static,
            $($arg: WasmTy + 'static,)*
        {
            fn into_func(self, engine: &Engine) -> HostFunc {
                raw::wrap(engine, move |caller: Caller<'_, T>, ($($arg,)*)| self(caller, $($arg),*))
            }
        }
    };
}

for_each_arity!(closures);

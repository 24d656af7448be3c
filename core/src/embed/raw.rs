//! Typed values to cells and back: the one place where this layer vouches for what it puts into a store.
//!
//! A guest trusts its cells: a number of the wrong width is only wrong, but a reference that is none is a wild
//! pointer. So the traits here are sealed, and what is generic over them checks types once, when a function is made
//! or looked up, and never again.
//!
//! # Invariants
//! - R1. A [`WasmTy`] writes a value of its `valtype`, and reads back only what has that type or a subtype.
//! - R2. A function is entered by [`call`] only if [`check`] has said yes to its type.
#![allow(unsafe_code)] // Reads references out of cells; vouches for the types of arguments and results.

use crate::embed::caller::Caller;
use crate::embed::func::Func;
use crate::embed::into_func::WasmRet;
use crate::embed::reference::{ExnRef, ExternRef, Rooted};
use crate::embed::types::{FuncType, HeapType, RefType, ValType};
use crate::embed::val::{V128, Val};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::host::HostFunc;
use crate::raw::RawVal;
use crate::store::value::Value;
use crate::store::{FuncHandle, StoreInner};
use alloc::format;
use smallvec::SmallVec;

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// A Rust type that stands for a core value type.
pub trait WasmTy: Sealed + Send + Sized {
    /// How many cells a value takes.
    #[doc(hidden)]
    const CELLS: usize = 1;

    /// The value type.
    #[doc(hidden)]
    fn valtype() -> ValType;

    /// Writes a value.
    #[doc(hidden)]
    fn write(self, store: &StoreInner, cells: &mut [RawVal]);

    /// Reads a value.
    ///
    /// # Safety
    /// The cells hold a value of `valtype`, made by this store.
    #[doc(hidden)]
    unsafe fn read(store: &StoreInner, cells: &[RawVal]) -> Self;
}

/// A [`WasmTy`], or a tuple of up to seventeen of them.
pub trait WasmTyList: Sealed + Send + Sized {
    /// Calls `f` with each value type.
    #[doc(hidden)]
    fn each(f: &mut dyn FnMut(ValType));

    /// Writes the values, one behind the other.
    #[doc(hidden)]
    fn write_all(self, store: &StoreInner, cells: &mut [RawVal]);

    /// Reads the values.
    ///
    /// # Safety
    /// The cells hold values of the types, one behind the other, made by this store.
    #[doc(hidden)]
    unsafe fn read_all(store: &StoreInner, cells: &[RawVal]) -> Self;
}

/// What can be given to a [`TypedFunc`](crate::embed::TypedFunc).
pub trait WasmParams: WasmTyList {}
impl<P: WasmTyList> WasmParams for P {}

/// What a [`TypedFunc`](crate::embed::TypedFunc) can return.
pub trait WasmResults: WasmTyList {}
impl<R: WasmTyList> WasmResults for R {}

macro_rules! numbers {
    ($($ty:ident $valtype:ident |$value:ident| $to:expr, |$cell:ident| $from:expr;)*) => {$(
        impl Sealed for $ty {}
        impl WasmTy for $ty {
            fn valtype() -> ValType {
                ValType::$valtype
            }
            #[inline(always)]
            fn write(self, _: &StoreInner, cells: &mut [RawVal]) {
                let $value = self;
                cells[0] = $to;
            }
            #[inline(always)]
            unsafe fn read(_: &StoreInner, cells: &[RawVal]) -> Self {
                let $cell = cells[0];
                $from
            }
        }
    )*};
}

numbers! {
    i32 I32 |v| RawVal::from_i32(v), |c| c.i32();
    u32 I32 |v| RawVal::from_u32(v), |c| c.u32();
    i64 I64 |v| RawVal::from_i64(v), |c| c.i64();
    u64 I64 |v| RawVal::from_u64(v), |c| c.u64();
    f32 F32 |v| RawVal::from_f32(v), |c| c.f32();
    f64 F64 |v| RawVal::from_f64(v), |c| c.f64();
}

impl Sealed for V128 {}
impl WasmTy for V128 {
    const CELLS: usize = 2;

    fn valtype() -> ValType {
        ValType::V128
    }

    #[inline]
    fn write(self, _: &StoreInner, cells: &mut [RawVal]) {
        cells[..2].copy_from_slice(&RawVal::from_v128(self.as_u128()));
    }

    #[inline]
    unsafe fn read(_: &StoreInner, cells: &[RawVal]) -> Self {
        RawVal::v128([cells[0], cells[1]]).into()
    }
}

macro_rules! references {
    ($($ty:ty: $nullable:ident $heap:ident, |$val:ident| $to:expr, $pattern:pat => $from:expr;)*) => {$(
        impl Sealed for $ty {}
        impl WasmTy for $ty {
            fn valtype() -> ValType {
                ValType::Ref(RefType::new($nullable, HeapType::$heap))
            }
            fn write(self, store: &StoreInner, cells: &mut [RawVal]) {
                let $val = self;
                store.write_value(&$to, cells);
            }
            unsafe fn read(store: &StoreInner, cells: &[RawVal]) -> Self {
                // SAFETY: the contract is the caller's.
                match unsafe { store.read_value(Self::valtype().to_raw(), cells) } {
                    $pattern => $from,
                    other => unreachable!("read a {} and got {other:?}", Self::valtype()),
                }
            }
        }
    )*};
}

references! {
    Option<Func>: true Func, |v| Value::Func(v.map(|func| func.0)), Value::Func(x) => x.map(Func);
    Func: false Func, |v| Value::Func(Some(v.0)), Value::Func(Some(x)) => Func(x);
    Option<Rooted<ExternRef>>: true Extern, |v| Value::Extern(v.map(Rooted::id)), Value::Extern(x) => x.map(Rooted::new);
    Rooted<ExternRef>: false Extern, |v| Value::Extern(Some(v.id())), Value::Extern(Some(x)) => Rooted::new(x);
    Option<Rooted<ExnRef>>: true Exn, |v| Value::Exn(v.map(Rooted::id)), Value::Exn(x) => x.map(Rooted::new);
    Rooted<ExnRef>: false Exn, |v| Value::Exn(Some(v.id())), Value::Exn(Some(x)) => Rooted::new(x);
}

impl<T: WasmTy> WasmTyList for T {
    fn each(f: &mut dyn FnMut(ValType)) {
        f(T::valtype());
    }

    #[inline(always)]
    fn write_all(self, store: &StoreInner, cells: &mut [RawVal]) {
        self.write(store, cells);
    }

    #[inline(always)]
    unsafe fn read_all(store: &StoreInner, cells: &[RawVal]) -> Self {
        // SAFETY: passed on.
        unsafe { T::read(store, cells) }
    }
}

macro_rules! tuples {
    ($($arg:ident)*) => {
        impl<$($arg: WasmTy),*> Sealed for ($($arg,)*) {}
        #[allow(non_snake_case, unused, clippy::unused_unit)]
        impl<$($arg: WasmTy),*> WasmTyList for ($($arg,)*) {
            fn each(f: &mut dyn FnMut(ValType)) {
                $(f($arg::valtype());)*
            }

            #[inline(always)]
            fn write_all(self, store: &StoreInner, cells: &mut [RawVal]) {
                let ($($arg,)*) = self;
                let mut at = 0;
                $(
                    $arg.write(store, &mut cells[at..]);
                    at += <$arg as WasmTy>::CELLS;
                )*
            }

            #[inline(always)]
            unsafe fn read_all(store: &StoreInner, cells: &[RawVal]) -> Self {
                let mut at = 0;
                $(
                    // SAFETY: the cells hold the values one behind the other, as the caller says.
                    let $arg = unsafe { $arg::read(store, &cells[at..]) };
                    at += <$arg as WasmTy>::CELLS;
                )*
                ($($arg,)*)
            }
        }
    };
}

/// Calls a macro with the names of 0 to 17 type parameters.
macro_rules! for_each_arity {
    ($macro:ident) => {
        $macro!();
        $macro!(A1);
        $macro!(A1 A2);
        $macro!(A1 A2 A3);
        $macro!(A1 A2 A3 A4);
        $macro!(A1 A2 A3 A4 A5);
        $macro!(A1 A2 A3 A4 A5 A6);
        $macro!(A1 A2 A3 A4 A5 A6 A7);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
        $macro!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17);
    };
}
pub(crate) use for_each_arity;
for_each_arity!(tuples);

/// The value types of a list.
pub(crate) fn types_of<L: WasmTyList>() -> SmallVec<[ValType; 4]> {
    let mut types = SmallVec::new();
    L::each(&mut |ty| types.push(ty));
    types
}

/// Whether a function of this type can be called with `P` and returns `R`.
pub(crate) fn check<P: WasmParams, R: WasmResults>(ty: &FuncType) -> Result<()> {
    let mismatch = |what: &str, want: &dyn core::fmt::Debug| {
        Err(Error::fault(
            ErrorKind::Type,
            format!("type mismatch with {what}: {want:?} was asked for, the type is {ty}"),
        ))
    };
    let params = types_of::<P>();
    if params.len() != ty.params().len() || !params.iter().zip(ty.params()).all(|(given, ty)| given.matches(&ty)) {
        return mismatch("parameters", &params);
    }
    let results = types_of::<R>();
    if results.len() != ty.results().len() || !ty.results().zip(&results).all(|(ty, taken)| ty.matches(taken)) {
        return mismatch("results", &results);
    }
    Ok(())
}

/// Calls a function that `check` has said yes to.
#[inline]
pub(crate) fn call<P: WasmParams, R: WasmResults>(store: &mut StoreInner, func: FuncHandle, params: P) -> Result<R> {
    // SAFETY: R2: `P` writes subtypes of the parameters, references of this store only (`write_value` checks), and
    // the results are subtypes of what `R` reads.
    unsafe {
        store.enter_with(
            func,
            |store, cells| {
                params.write_all(store, cells);
                Ok(())
            },
            |store, cells| R::read_all(store, cells),
        )
    }
}

/// Calls a function with values, and writes its results over `results`.
pub(crate) fn call_dynamic(store: &mut StoreInner, func: FuncHandle, args: &[Val], results: &mut [Val]) -> Result<()> {
    let ty = store.func_type(func);
    if results.len() != ty.results.len() {
        let message = format!("expected {} results, got {}", ty.results.len(), results.len());
        return Err(Error::fault(ErrorKind::Type, message));
    }
    let args: SmallVec<[Value; 4]> = args.iter().map(|&arg| arg.into()).collect();
    store.check_values(&args, &ty.params)?;
    // SAFETY: the arguments have the parameters' types, and `write_value` refuses those of another store; results
    // have the types that the function's type tells.
    unsafe {
        store.enter_with(
            func,
            |store, cells| {
                let mut at = 0;
                for (arg, ty) in args.iter().zip(&ty.params) {
                    store.write_value(arg, &mut cells[at..]);
                    at += ty.cells() as usize;
                }
                Ok(())
            },
            |store, cells| {
                let mut at = 0;
                for (result, &ty) in results.iter_mut().zip(&ty.results) {
                    *result = store.read_value(ty, &cells[at..]).into();
                    at += ty.cells() as usize;
                }
            },
        )
    }
}

/// A host function of a Rust closure.
pub(crate) fn wrap<T, P, R>(engine: &Engine, body: impl Fn(Caller<'_, T>, P) -> R + Send + Sync + 'static) -> HostFunc
where
    T: 'static,
    P: WasmTyList,
    R: WasmRet,
{
    let ty = FuncType::new(engine, types_of::<P>(), types_of::<R::List>());
    // SAFETY: the function has the types of `P` and `R`: so the cells hold a `P`, and `R` writes its own types.
    unsafe {
        HostFunc::new(engine, ty.raw().clone(), move |call| {
            let params = P::read_all(call.store, call.cells);
            let caller = call.caller();
            let results = body(Caller::new(call.store, caller), params).into_list()?;
            results.write_all(call.store, call.cells);
            Ok(())
        })
    }
}

/// A host function of a type known at run time.
pub(crate) fn dynamic<T: 'static>(
    ty: FuncType,
    body: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
) -> HostFunc {
    let engine = ty.engine().clone();
    let raw = ty.raw().clone();
    // SAFETY: the cells hold the parameters' types; results are checked against the type before they are written.
    unsafe {
        HostFunc::new(&engine, raw.clone(), move |call| {
            let mut values: SmallVec<[Val; 6]> = SmallVec::new();
            let mut at = 0;
            for &ty in &raw.params {
                values.push(call.store.read_value(ty, &call.cells[at..]).into());
                at += ty.cells() as usize;
            }
            values.resize(raw.params.len() + raw.results.len(), Val::null_func_ref());
            let (args, results) = values.split_at_mut(raw.params.len());
            let caller = call.caller();
            body(Caller::new(call.store, caller), args, results)?;
            let mut at = 0;
            for (&result, &ty) in results.iter().zip(&raw.results) {
                let result: Value = result.into();
                if !call.store.value_is(&result, ty) {
                    let message = format!("function attempted to return an incompatible value: {result:?} is no {ty}");
                    return Err(Error::fault(ErrorKind::Type, message));
                }
                call.store.write_value(&result, &mut call.cells[at..]);
                at += ty.cells() as usize;
            }
            Ok(())
        })
    }
}

//! Typed values to cells and back: the one place where this layer vouches for what it puts into a store.
//!
//! A guest trusts its cells: a number of the wrong width is only wrong, but a reference that is none is a wild
//! pointer. So the traits here are sealed, and what is generic over them checks types once, when a function is made
//! or looked up, and never again.
//!
//! # Invariants
//! - R1. A [`WasmTy`] writes a value of its `valtype`, and reads back only what has that type or a subtype.
//! - R2. A function is entered by [`call`] only if [`check`] has said yes to its type; where that says that references
//!   must be looked at, [`call`] does so.
//! - R3. A [`Module`] is nothing but the runtime's module, so that a borrow of one can stand for the other.
#![allow(unsafe_code)] // Reads references out of cells; vouches for the types of arguments and results.

use crate::embed::caller::Caller;
use crate::embed::handle::{ExnRef, ExternRef, Func, Rooted};
use crate::embed::module::Module;
use crate::embed::reference::OwnedRooted;
use crate::embed::types::{FuncType, HeapType, RefType, ValType};
use crate::embed::val::{NoExtern, NoFunc, V128, Val};
use crate::engine::Engine;
use crate::host_func::HostFunc;
use crate::module;
use crate::raw::RawVal;
use crate::store::by_return::ByReturn;
use crate::store::coroutine::{STACKS, on_stack_or_by_return};
use crate::store::hook::CallHook;
use crate::store::ids::{FuncHandle, InstanceId};
use crate::store::inner::StoreInner;
use crate::store::on_stack::OnStack;
use crate::store::value::Value;
use crate::store::{AsContextMut, StoreContextMut};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result, Told};
use coracle_image::module as image;
use core::cell::UnsafeCell;
use core::sync::atomic::AtomicU8;
use smallvec::SmallVec;

mod sealed {
    pub trait Sealed {}

    /// A value refers to another store than the one that it is given to.
    #[derive(Clone, Copy, Debug)]
    pub struct ForeignStore;
}
use sealed::{ForeignStore, Sealed};

/// A Rust type that stands for a core value type.
pub trait WasmTy: Sealed + Send + Sized {
    /// How many cells a value takes.
    #[doc(hidden)]
    const CELLS: usize = 1;

    /// The value type.
    #[doc(hidden)]
    fn valtype() -> ValType;

    /// Writes a value.
    ///
    /// # Errors
    /// When it refers to another store.
    #[doc(hidden)]
    fn write(self, store: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore>;

    /// The reference, if it is one.
    #[doc(hidden)]
    fn reference(&self) -> Option<Value> {
        None
    }

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
    ///
    /// # Errors
    /// When one refers to another store.
    #[doc(hidden)]
    fn write_all(self, store: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore>;

    /// Calls `f` with each value that is a reference, and `None` for the others.
    #[doc(hidden)]
    fn each_reference(&self, f: &mut dyn FnMut(Option<Value>));

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
pub trait WasmResults: WasmParams {}
impl<R: WasmTyList> WasmResults for R {}

/// What a host function can return.
pub trait WasmRet {
    /// The values that it returns to the guest.
    #[doc(hidden)]
    type List: WasmTyList;

    /// The values, or the error that stops the guest.
    ///
    /// # Errors
    /// The error that the host function returned.
    #[doc(hidden)]
    fn into_list(self) -> Result<Self::List>;
}

impl<L: WasmTyList> WasmRet for L {
    type List = L;

    #[inline(always)]
    fn into_list(self) -> Result<L> {
        Ok(self)
    }
}

impl<L: WasmTyList> WasmRet for Result<L> {
    type List = L;

    #[inline(always)]
    fn into_list(self) -> Result<L> {
        self
    }
}

macro_rules! numbers {
    ($($ty:ident $valtype:ident |$value:ident| $to:expr, |$cell:ident| $from:expr;)*) => {$(
        impl Sealed for $ty {}
        impl WasmTy for $ty {
            fn valtype() -> ValType {
                ValType::$valtype
            }
            #[inline(always)]
            fn write(self, _: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore> {
                let $value = self;
                cells[0] = $to;
                Ok(())
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
    fn write(self, _: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore> {
        cells[..2].copy_from_slice(&RawVal::from_v128(self.as_u128()));
        Ok(())
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
            fn write(self, store: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore> {
                let $val = self;
                let value = $to;
                if !store.owns(&value) {
                    return Err(ForeignStore);
                }
                store.write_value(&value, cells).map_err(|_| ForeignStore)
            }
            fn reference(&self) -> Option<Value> {
                let $val = *self;
                Some($to)
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
    Option<NoFunc>: true NoFunc, |_v| Value::Func(None), Value::Func(None) => None;
    Option<NoExtern>: true NoExtern, |_v| Value::Extern(None), Value::Extern(None) => None;
}

macro_rules! owned_references {
    ($($ty:ty: $rooted:ty, |$val:ident| $to:expr, |$read:ident| $from:expr;)*) => {$(
        impl Sealed for $ty {}
        impl WasmTy for $ty {
            fn valtype() -> ValType {
                <$rooted>::valtype()
            }
            fn write(self, store: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore> {
                let $val = &self;
                WasmTy::write($to, store, cells)
            }
            fn reference(&self) -> Option<Value> {
                let $val = self;
                WasmTy::reference(&$to)
            }
            unsafe fn read(store: &StoreInner, cells: &[RawVal]) -> Self {
                // SAFETY: passed on; both have one `valtype`.
                let $read = unsafe { <$rooted>::read(store, cells) };
                $from
            }
        }
    )*};
}

owned_references! {
    OwnedRooted<ExternRef>: Rooted<ExternRef>, |v| **v, |r| OwnedRooted::of(r);
    Option<OwnedRooted<ExternRef>>: Option<Rooted<ExternRef>>, |v| v.as_deref().copied(), |r| r.map(OwnedRooted::of);
    OwnedRooted<ExnRef>: Rooted<ExnRef>, |v| **v, |r| OwnedRooted::of(r);
    Option<OwnedRooted<ExnRef>>: Option<Rooted<ExnRef>>, |v| v.as_deref().copied(), |r| r.map(OwnedRooted::of);
}

macro_rules! empty_types {
    ($($ty:ident)*) => {$(
        impl Sealed for $ty {}
        /// There is no value of it, so a function of the host's that returns one does not return.
        impl WasmTy for $ty {
            fn valtype() -> ValType {
                ValType::Ref(RefType::new(false, HeapType::$ty))
            }
            fn write(self, _: &StoreInner, _: &mut [RawVal]) -> Result<(), ForeignStore> {
                self.never()
            }
            unsafe fn read(_: &StoreInner, _: &[RawVal]) -> Self {
                unreachable!("read a value of a type that has none")
            }
        }
    )*};
}

empty_types!(NoFunc NoExtern);

impl<T: WasmTy> WasmTyList for T {
    fn each(f: &mut dyn FnMut(ValType)) {
        f(T::valtype());
    }

    #[inline(always)]
    fn write_all(self, store: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore> {
        self.write(store, cells)
    }

    fn each_reference(&self, f: &mut dyn FnMut(Option<Value>)) {
        f(self.reference());
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
            fn write_all(self, store: &StoreInner, cells: &mut [RawVal]) -> Result<(), ForeignStore> {
                let ($($arg,)*) = self;
                let mut at = 0;
                $(
                    $arg.write(store, &mut cells[at..])?;
                    at += <$arg as WasmTy>::CELLS;
                )*
                Ok(())
            }

            fn each_reference(&self, f: &mut dyn FnMut(Option<Value>)) {
                let ($($arg,)*) = self;
                $(f($arg.reference());)*
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

/// Checks that a function of this type can be called with `P` and returns `R`, and says whether references among the
/// arguments must be looked at in each call.
///
/// A parameter of a certain function type takes any [`Func`] of that type; no Rust type tells which one that is.
pub(crate) fn check<P: WasmParams, R: WasmResults>(ty: &FuncType) -> Result<bool> {
    let mut certain = false;
    let param = |given: &ValType, wanted: &ValType| {
        let certain_one = wanted.as_ref().is_some_and(|ty| ty.heap_type().is_concrete());
        certain |= certain_one;
        match given.as_ref() {
            Some(given) if certain_one => given.heap_type().top().is_func(),
            _ => given.matches(wanted),
        }
    };
    check_types(&types_of::<P>(), ty.params(), param).told(|| "type mismatch with parameters")?;
    // What is asked for and what is found change places: the function gives, and the host takes.
    let types: SmallVec<[ValType; 4]> = ty.results().collect();
    let taken = types_of::<R>();
    if let Some((given, taken)) = types.iter().zip(&taken).find(|(given, taken)| !given.matches(taken)) {
        return Err(mismatch(taken, given).told("type mismatch with results"));
    }
    check_count(taken.len(), types.len()).told(|| "type mismatch with results")?;
    Ok(certain)
}

fn check_types(
    given: &[ValType],
    wanted: impl ExactSizeIterator<Item = ValType>,
    mut fits: impl FnMut(&ValType, &ValType) -> bool,
) -> Result<()> {
    let count = wanted.len();
    for (given, wanted) in given.iter().zip(wanted) {
        if !fits(given, &wanted) {
            return Err(mismatch(&wanted, given));
        }
    }
    check_count(given.len(), count)
}

fn check_count(rust: usize, wasm: usize) -> Result<()> {
    if rust == wasm {
        return Ok(());
    }
    Err(Error::fault(ErrorKind::Type, coracle_error::wording!("expected {rust} types, found {wasm}")))
}

#[cold]
fn mismatch(expected: &dyn core::fmt::Display, found: &dyn core::fmt::Display) -> Error {
    Error::fault(ErrorKind::Type, coracle_error::wording!("type mismatch: expected {expected}, found {found}"))
}

/// Calls a function that `check` has said yes to. `certain` is what it said.
#[inline]
pub(crate) fn call<P: WasmParams, R: WasmResults>(
    store: &mut StoreInner,
    func: FuncHandle,
    params: P,
    certain: bool,
) -> Result<R> {
    call_here(store, func, params, certain)
}

/// The same, in its caller: what comes out of a future is written to its cells word by word, and not copied before.
#[inline(always)]
fn call_here<P: WasmParams, R: WasmResults>(
    store: &mut StoreInner,
    func: FuncHandle,
    params: P,
    certain: bool,
) -> Result<R> {
    if certain {
        check_references(store, func, &params)?;
    }
    // SAFETY: R2: `P` writes subtypes of the parameters, references of this store only (`write` and
    // `check_references` see to it), and the results are subtypes of what `R` reads.
    unsafe {
        store.enter_with(
            func,
            |store, cells| params.write_all(store, cells).map_err(foreign_argument),
            |store, cells| R::read_all(store, cells),
        )
    }
}

/// The same, by a call that may wait.
#[inline(always)]
pub(crate) fn call_async<P: WasmParams, R: WasmResults>(
    store: impl AsContextMut<Data: Send>,
    func: FuncHandle,
    params: P,
    certain: bool,
) -> impl Future<Output = Result<R>> {
    on_stack_or_by_return(
        (store, params),
        move |(store, params)| OnStack::new(store, move |store| call_here(store, func, params, certain)),
        move |(mut store, params)| async move {
            let mut context = store.as_context_mut();
            if !context.inner().may_wait() {
                return context.inner().at_once(|store| call(store, func, params, certain));
            }
            if certain {
                check_references(context.inner(), func, &params)?;
            }
            // SAFETY: as in `call`.
            let call = unsafe {
                ByReturn::new(
                    context,
                    func,
                    |store: &mut StoreInner, cells: &mut [RawVal]| {
                        params.write_all(store, cells).map_err(foreign_argument)
                    },
                    |store: &mut StoreInner, cells: &[RawVal]| R::read_all(store, cells),
                )
            };
            call.await
        },
    )
}

#[cold]
fn foreign_argument(_: ForeignStore) -> Error {
    Error::fault(ErrorKind::Type, "attempt to pass cross-`Store` value to Wasm as function argument")
}

/// Checks what is passed for parameters of certain function types.
#[cold]
fn check_references<P: WasmParams>(store: &StoreInner, func: FuncHandle, params: &P) -> Result<()> {
    let ty = store.func_type(func);
    let mut values: SmallVec<[Option<Value>; 4]> = SmallVec::new();
    params.each_reference(&mut |value| values.push(value));
    for (value, &param) in values.iter().zip(&ty.params) {
        let (Some(value), image::ValType::Ref(image::RefType { heap: image::HeapType::Sig(sig), .. })) = (value, param)
        else {
            continue;
        };
        if !store.owns(value) {
            return Err(foreign_argument(ForeignStore));
        }
        if store.value_is(value, param) {
            continue;
        }
        let wanted = FuncType::from_id(store.engine(), sig);
        return Err(match value {
            Value::Func(Some(found)) => {
                let found = FuncType::from_id(store.engine(), store.func_sig(*found));
                mismatch(&wanted, &found).told("argument type mismatch for reference to concrete type")
            }
            _ => {
                let wanted = HeapType::ConcreteFunc(wanted);
                let message = coracle_error::wording!(
                    "argument type mismatch: expected non-nullable (ref {wanted}), found null reference"
                );
                Error::fault(ErrorKind::Type, message)
            }
        });
    }
    Ok(())
}

/// Calls a function with values, and writes its results over `results`.
pub(crate) fn call_dynamic(store: &mut StoreInner, func: FuncHandle, args: &[Val], results: &mut [Val]) -> Result<()> {
    let (ty, args) = check_dynamic(store, func, args, results)?;
    // SAFETY: the arguments have the parameters' types and are of this store; results have the types that the
    // function's type tells.
    unsafe {
        store.enter_with(
            func,
            |store, cells| write_args(store, &args, &ty.params, cells),
            |store, cells| read_results(store, results, &ty.results, cells),
        )
    }
}

/// The same, by a call that may wait.
pub(crate) async fn call_dynamic_async<T: Send + 'static>(
    mut context: StoreContextMut<'_, T>,
    func: FuncHandle,
    args: &[Val],
    results: &mut [Val],
) -> Result<()> {
    if STACKS {
        return OnStack::new(context, move |store| call_dynamic(store, func, args, results)).await;
    }
    let (ty, args) = check_dynamic(context.inner(), func, args, results)?;
    // SAFETY: as in `call_dynamic`.
    let call = unsafe {
        ByReturn::new(
            context,
            func,
            |store: &mut StoreInner, cells: &mut [RawVal]| write_args(store, &args, &ty.params, cells),
            |store: &mut StoreInner, cells: &[RawVal]| read_results(store, results, &ty.results, cells),
        )
    };
    call.await
}

/// Checks number and types of arguments, and the number of results.
fn check_dynamic(
    store: &StoreInner,
    func: FuncHandle,
    args: &[Val],
    results: &[Val],
) -> Result<(Arc<image::FuncType>, SmallVec<[Value; 4]>)> {
    let ty = store.func_type(func);
    let count = |what: &str, want: usize, got: usize| {
        if want == got {
            return Ok(());
        }
        Err(Error::fault(ErrorKind::Type, coracle_error::wording!("expected {want} {what}, got {got}")))
    };
    count("arguments", ty.params.len(), args.len())?;
    count("results", ty.results.len(), results.len())?;
    let args: SmallVec<[Value; 4]> = args.iter().map(|&arg| arg.into()).collect();
    store.check_values(&args, &ty.params)?;
    Ok((ty, args))
}

fn write_args(store: &StoreInner, args: &[Value], types: &[image::ValType], cells: &mut [RawVal]) -> Result<()> {
    let mut at = 0;
    for (arg, ty) in args.iter().zip(types) {
        store.write_value(arg, &mut cells[at..])?;
        at += ty.cells() as usize;
    }
    Ok(())
}

/// # Safety
/// The cells hold values of these types, made by this store.
unsafe fn read_results(store: &StoreInner, results: &mut [Val], types: &[image::ValType], cells: &[RawVal]) {
    let mut at = 0;
    for (result, &ty) in results.iter_mut().zip(types) {
        // SAFETY: by contract.
        *result = unsafe { store.read_value(ty, &cells[at..]) }.into();
        at += ty.cells() as usize;
    }
}

/// The embedder's view of a module that is borrowed from the runtime.
pub(crate) fn as_module(module: &module::Module) -> &Module {
    // SAFETY: R3: `Module` is a transparent wrapper of the runtime's.
    unsafe { &*core::ptr::from_ref(module).cast::<Module>() }
}

/// The bytes of a shared memory as cells that anybody may write at any time.
pub(crate) fn as_cells(bytes: &[AtomicU8]) -> &[UnsafeCell<u8>] {
    // SAFETY: an atomic byte is laid out as the cell that it is made of; reading or writing through the cell's pointer
    // is for whoever does it to vouch for.
    unsafe { &*(core::ptr::from_ref(bytes) as *const [UnsafeCell<u8>]) }
}

/// A host function of a Rust closure.
pub(crate) fn wrap<T, P, R>(engine: &Engine, body: impl Fn(Caller<'_, T>, P) -> R + Send + Sync + 'static) -> HostFunc
where
    T: 'static,
    P: WasmTyList,
    R: WasmRet,
{
    typed(engine, false, move |store, caller, params| body(Caller::new(store, caller), params).into_list())
}

/// A host function of a Rust closure whose result is waited for.
pub(crate) fn wrap_async<T, P, R, F>(engine: &Engine, body: F) -> HostFunc
where
    T: 'static,
    P: WasmTyList,
    R: WasmRet,
    F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = R> + Send + 'a> + Send + Sync + 'static,
{
    if STACKS {
        return typed(engine, true, move |store, caller, params| {
            store.block_on(|store| Box::into_pin(body(Caller::new(store, caller), params)))?.into_list()
        });
    }
    let ty = FuncType::new(engine, types_of::<P>(), types_of::<R::List>());
    // SAFETY: as in `typed`; the future borrows nothing but the store.
    unsafe {
        HostFunc::of_kind(engine, ty.raw().clone(), true, move |call| {
            let params = P::read_all(call.store.inner(), call.cells);
            let caller = call.caller();
            let store = call.store.inner_mut();
            store.call_hook(CallHook::CallingHost)?;
            store.leave_or_finish(
                call.cells,
                |store| {
                    let future = Box::into_pin(body(Caller::new(store, caller), params));
                    Box::pin(async move { future.await.into_list() })
                },
                |results: Result<R::List>, store, cells| {
                    store.call_hook(CallHook::ReturningFromHost)?;
                    results?.write_all(store, cells).map_err(foreign_result)
                },
            )
        })
    }
}

/// A host function of a type that Rust types tell.
fn typed<P, L>(
    engine: &Engine,
    may_wait: bool,
    body: impl Fn(&mut StoreInner, Option<InstanceId>, P) -> Result<L> + Send + Sync + 'static,
) -> HostFunc
where
    P: WasmTyList,
    L: WasmTyList,
{
    let ty = FuncType::new(engine, types_of::<P>(), types_of::<L>());
    // SAFETY: the function has the types of `P` and `L`: so the cells hold a `P`, and `L` writes its own types.
    unsafe {
        HostFunc::of_kind(engine, ty.raw().clone(), may_wait, move |call| {
            let params = P::read_all(call.store.inner(), call.cells);
            let caller = call.caller();
            let results = call.store.inner_mut().hooked(|store| body(store, caller, params))?;
            results.write_all(call.store.inner_mut(), call.cells).map_err(foreign_result)
        })
    }
}

#[cold]
fn foreign_result(_: ForeignStore) -> Error {
    Error::fault(ErrorKind::Type, "host function attempted to return cross-`Store` value to Wasm")
}

/// A host function of a type known at run time.
pub(crate) fn dynamic<T: 'static>(
    ty: FuncType,
    body: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
) -> HostFunc {
    untyped(ty, false, move |store, caller, args, results| body(Caller::new(store, caller), args, results))
}

/// A host function of a type known at run time whose result is waited for.
pub(crate) fn dynamic_async<T, F>(ty: FuncType, body: F) -> HostFunc
where
    T: 'static,
    F: for<'a> Fn(Caller<'a, T>, &'a [Val], &'a mut [Val]) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
        + Send
        + Sync
        + 'static,
{
    if STACKS {
        return untyped(ty, true, move |store, caller, args, results| {
            store.block_on(|store| Box::into_pin(body(Caller::new(store, caller), args, results)))?
        });
    }
    let engine = ty.engine().clone();
    let raw = ty.raw().clone();
    // SAFETY: as in `untyped`; the values that the future borrows are in a vector that `finish` has.
    unsafe {
        HostFunc::of_kind(&engine, raw.clone(), true, move |call| {
            let mut values: Vec<Val> = read_values(call.store.inner(), &raw.params, call.cells);
            values.resize(raw.params.len() + raw.results.len(), Val::null_func_ref());
            let (first, count) = (values.as_mut_ptr(), raw.params.len());
            let args = core::slice::from_raw_parts(first, count);
            let results = core::slice::from_raw_parts_mut(first.add(count), raw.results.len());
            let (caller, types) = (call.caller(), raw.results.clone());
            let store = call.store.inner_mut();
            store.call_hook(CallHook::CallingHost)?;
            store.leave_or_finish(
                call.cells,
                |store| Box::into_pin(body(Caller::new(store, caller), args, results)),
                move |done: Result<()>, store, cells| {
                    store.call_hook(CallHook::ReturningFromHost)?;
                    done?;
                    write_results(store, &values[count..], &types, cells)
                },
            )
        })
    }
}

fn untyped(
    ty: FuncType,
    may_wait: bool,
    body: impl Fn(&mut StoreInner, Option<InstanceId>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
) -> HostFunc {
    let engine = ty.engine().clone();
    let raw = ty.raw().clone();
    // SAFETY: the cells hold the parameters' types; results are checked against the type before they are written.
    unsafe {
        HostFunc::of_kind(&engine, raw.clone(), may_wait, move |call| {
            let mut values: SmallVec<[Val; 6]> = read_values(call.store.inner(), &raw.params, call.cells);
            values.resize(raw.params.len() + raw.results.len(), Val::null_func_ref());
            let (args, results) = values.split_at_mut(raw.params.len());
            let caller = call.caller();
            call.store.inner_mut().hooked(|store| body(store, caller, args, results))?;
            write_results(call.store.inner(), results, &raw.results, call.cells)
        })
    }
}

/// Reads values of types.
///
/// # Safety
/// The cells hold values of these types, one behind the other, made by this store.
unsafe fn read_values<V: FromIterator<Val>>(store: &StoreInner, types: &[image::ValType], cells: &[RawVal]) -> V {
    let mut at = 0;
    let one = |&ty: &image::ValType| {
        // SAFETY: by contract.
        let value = unsafe { store.read_value(ty, &cells[at..]) };
        at += ty.cells() as usize;
        value.into()
    };
    types.iter().map(one).collect()
}

/// Writes what a host function returns, if it is of these types.
fn write_results(store: &StoreInner, results: &[Val], types: &[image::ValType], cells: &mut [RawVal]) -> Result<()> {
    let mut at = 0;
    for (&result, &ty) in results.iter().zip(types) {
        let result: Value = result.into();
        store.ensure_value(&result, ty).told(|| "function attempted to return an incompatible value")?;
        store.write_value(&result, &mut cells[at..])?;
        at += ty.cells() as usize;
    }
    Ok(())
}

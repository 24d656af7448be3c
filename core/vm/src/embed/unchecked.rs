//! Raw values: calls in both directions that check nothing, and what they are made of.
//!
//! Whoever knows the types already, a generator of bindings say, saves the checks of `Func::call` and `Func::new`. What
//! is checked all the same is which store something belongs to, since a handle tells.
#![allow(unsafe_code)] // The caller vouches for values where the rest of the API looks at them.

use crate::embed::caller::Caller;
use crate::embed::handle::{ExnRef, ExternRef, Func, Rooted};
use crate::embed::instance::Definition;
use crate::embed::linker::Linker;
use crate::embed::raw::{WasmParams, WasmResults};
use crate::embed::typed::TypedFunc;
use crate::embed::types::{FuncType, ValType};
use crate::embed::val::Val;
use crate::embed::val_raw::ValRaw;
use crate::host_func::HostFunc;
use crate::raw::RawVal;
use crate::store::ids::FuncHandle;
use crate::store::inner::StoreInner;
use crate::store::value::Value;
use crate::store::{AsContext, AsContextMut};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::module;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr::with_exposed_provenance_mut;
use smallvec::SmallVec;

impl Func {
    /// A host function of a type known at run time, over raw values: neither arguments nor results are checked.
    ///
    /// `func` gets as many values as there are parameters or results, whichever is more: arguments, to be replaced by
    /// results.
    ///
    /// # Safety
    /// For each result `func` leaves a value of its type and of the store that it was called in.
    ///
    /// # Panics
    /// When the type is of another engine than the store.
    pub unsafe fn new_unchecked<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let mut store = store.as_context_mut();
        assert!(ty.comes_from(store.engine()), "a function type of another engine was used");
        // SAFETY: passed on.
        let func = unsafe { host_func(ty, func) };
        Self::bind(store.inner(), &func)
    }

    /// Calls it with raw values: neither they nor their number are checked. Results are written over them.
    ///
    /// # Errors
    /// The trap, or the host's own error; `ErrorKind::Unsupported` as for [`Func::call`].
    ///
    /// # Safety
    /// `params_and_returns` points to as many values as the function has parameters or results, whichever is more;
    /// those that stand for parameters are of their types and of this store.
    ///
    /// # Panics
    /// If it is of another store; with the panic of a host function that it calls.
    pub unsafe fn call_unchecked(&self, mut store: impl AsContextMut, params_and_returns: *mut [ValRaw]) -> Result<()> {
        let mut none = [];
        // SAFETY: the values are the caller's, for as long as the call takes; null stands for none.
        let values = unsafe { params_and_returns.as_mut() }.unwrap_or(&mut none);
        let mut store = store.as_context_mut();
        store.inner().check_sync()?;
        // SAFETY: passed on.
        unsafe { call(store.inner(), self.0, values) }
    }

    /// The reference as running code holds it, for [`ValRaw::funcref`] and [`Func::from_raw`]. Good as long as the
    /// store lives.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn to_raw(&self, mut store: impl AsContextMut) -> *mut c_void {
        store.as_context_mut().inner().check(self.0.store());
        with_exposed_provenance_mut(self.0.cell().usize())
    }

    /// The function of a raw reference; `None` for null.
    ///
    /// # Safety
    /// It comes from [`Func::to_raw`], or from raw values, of this very store.
    pub unsafe fn from_raw(mut store: impl AsContextMut, raw: *mut c_void) -> Option<Self> {
        let cell = RawVal::from_usize(raw.addr());
        // SAFETY: passed on.
        unsafe { store.as_context_mut().inner().func_of_cell(cell) }.map(Self)
    }
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    /// A function that is known to take `Params` and to return `Results`. [`Func::typed`] checks.
    ///
    /// # Safety
    /// [`Func::typed`] would say yes to the same types.
    ///
    /// # Panics
    /// If it is of another store.
    pub unsafe fn new_unchecked(store: impl AsContext, func: Func) -> Self {
        let ty = func.ty(store);
        let certain = ty.params().any(|ty| ty.as_ref().is_some_and(|ty| ty.heap_type().is_concrete()));
        Self::of_checked(func, certain)
    }
}

impl<T: 'static> Linker<T> {
    /// Defines a name as a host function over raw values. See [`Func::new_unchecked`].
    ///
    /// # Errors
    /// `ErrorKind::Link` when the name is defined already.
    ///
    /// # Safety
    /// As for [`Func::new_unchecked`].
    ///
    /// # Panics
    /// If the type is of another engine.
    pub unsafe fn func_new_unchecked(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        assert!(ty.comes_from(self.engine()), "a function type of another engine was used");
        // SAFETY: passed on.
        let func = unsafe { host_func(ty, func) };
        self.insert(module, name, Definition::Host(func))
    }
}

impl Val {
    /// The value without its type.
    ///
    /// # Errors
    /// `ErrorKind::Type` when it is of another store; `ErrorKind::NotFound` where it refers to what was freed.
    pub fn to_raw(&self, mut store: impl AsContextMut) -> Result<ValRaw> {
        let mut store = store.as_context_mut();
        let (store, value) = (store.inner(), Value::from(*self));
        if !store.owns(&value) {
            return Err(Error::fault(ErrorKind::Type, "value used with wrong store"));
        }
        let mut cells = [RawVal::ZERO; 2];
        store.write_value(&value, &mut cells)?;
        Ok(match value {
            Value::V128(bits) => ValRaw::v128(bits),
            Value::I32(_) | Value::F32(_) | Value::Extern(_) | Value::Exn(_) => ValRaw::u32(cells[0].u32()),
            Value::I64(_) | Value::F64(_) => ValRaw::u64(cells[0].u64()),
            Value::Func(_) => ValRaw::funcref(with_exposed_provenance_mut(cells[0].usize())),
        })
    }

    /// The value of a type that a raw value is.
    ///
    /// # Safety
    /// It is a value of that type and of this very store.
    pub unsafe fn from_raw(mut store: impl AsContextMut, raw: ValRaw, ty: ValType) -> Self {
        let ty = ty.to_raw();
        let mut cells = [RawVal::ZERO; 2];
        to_cells(raw, ty, &mut cells);
        // SAFETY: passed on.
        unsafe { store.as_context_mut().inner().read_value(ty, &cells) }.into()
    }
}

macro_rules! references {
    ($($ty:ident)*) => {$(
        impl $ty {
            /// The reference that a raw value is; `None` for null. A number that names nothing gives a reference to
            /// nothing.
            pub fn from_raw(mut store: impl AsContextMut, raw: u32) -> Option<Rooted<Self>> {
                store.as_context_mut().inner().shown(RawVal::from_u32(raw)).map(Rooted::new)
            }
        }

        impl Rooted<$ty> {
            /// The reference as running code holds it. Good for as long as this is.
            ///
            /// # Errors
            /// `ErrorKind::NotFound` where what it refers to was freed.
            ///
            /// # Panics
            /// If it is of another store.
            pub fn to_raw(&self, mut store: impl AsContextMut) -> Result<u32> {
                Ok(store.as_context_mut().inner().living_cell(self.id())?.u32())
            }
        }
    )*};
}

references! { ExternRef ExnRef }

/// Calls a function with raw values, and writes its results over them.
///
/// # Safety
/// There are as many values as the function has parameters or results, whichever is more, and those that stand for
/// parameters are of their types and of this store.
unsafe fn call(store: &mut StoreInner, func: FuncHandle, values: &mut [ValRaw]) -> Result<()> {
    let ty = store.func_type(func);
    let given: SmallVec<[ValRaw; 4]> = values.iter().take(ty.params.len()).copied().collect();
    // SAFETY: by the caller's contract.
    unsafe {
        store.enter_with(
            func,
            |_, cells| {
                let mut at = 0;
                for (value, &ty) in given.iter().zip(&ty.params) {
                    at += to_cells(*value, ty, &mut cells[at..]);
                }
                Ok(())
            },
            |_, cells| {
                let mut at = 0;
                for (value, &ty) in values.iter_mut().zip(&ty.results) {
                    *value = of_cells(ty, &cells[at..]);
                    at += ty.cells() as usize;
                }
            },
        )
    }
}

/// Writes a raw value of a type, and says how many cells that took.
fn to_cells(value: ValRaw, ty: module::ValType, cells: &mut [RawVal]) -> usize {
    let ones = match ty {
        module::ValType::V128 => {
            cells[..2].copy_from_slice(&RawVal::from_v128(value.get_v128()));
            return 2;
        }
        module::ValType::I32 | module::ValType::F32 => RawVal::from_u32(value.get_u32()),
        module::ValType::I64 | module::ValType::F64 => RawVal::from_u64(value.get_u64()),
        module::ValType::Ref(ty) if is_func(ty) => RawVal::from_usize(value.get_funcref().addr()),
        module::ValType::Ref(_) => RawVal::from_u32(value.get_u32()),
    };
    cells[0] = ones;
    1
}

/// Reads a raw value of a type.
fn of_cells(ty: module::ValType, cells: &[RawVal]) -> ValRaw {
    match ty {
        module::ValType::V128 => ValRaw::v128(RawVal::v128([cells[0], cells[1]])),
        module::ValType::I32 | module::ValType::F32 => ValRaw::u32(cells[0].u32()),
        module::ValType::I64 | module::ValType::F64 => ValRaw::u64(cells[0].u64()),
        module::ValType::Ref(ty) if is_func(ty) => ValRaw::funcref(with_exposed_provenance_mut(cells[0].usize())),
        module::ValType::Ref(_) => ValRaw::u32(cells[0].u32()),
    }
}

fn is_func(ty: module::RefType) -> bool {
    matches!(ty.heap, module::HeapType::Func | module::HeapType::Sig(_) | module::HeapType::NoFunc)
}

/// A host function of raw values.
///
/// # Safety
/// For each result the body leaves a value of its type and of the store that it was called in.
unsafe fn host_func<T: 'static>(
    ty: FuncType,
    body: impl Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
) -> HostFunc {
    let engine = ty.engine().clone();
    let raw = ty.raw().clone();
    // SAFETY: the body vouches for the results, as the caller says.
    unsafe {
        HostFunc::new(&engine, raw.clone(), move |call| {
            let count = raw.params.len().max(raw.results.len());
            // What the body leaves as it is reads as zeros, which are values of every type but references that are
            // never null.
            let mut values: SmallVec<[ValRaw; 6]> = smallvec::smallvec![ValRaw::null(); count];
            let mut at = 0;
            for (value, &ty) in values.iter_mut().zip(&raw.params) {
                *value = of_cells(ty, &call.cells[at..]);
                at += ty.cells() as usize;
            }
            // The slice is the same values, seen as if they might not be there yet.
            let space = &mut *(core::ptr::from_mut(&mut *values) as *mut [MaybeUninit<ValRaw>]);
            let caller = call.caller();
            call.store.inner_mut().hooked(|store| body(Caller::new(store, caller), space))?;
            let mut at = 0;
            for (value, &ty) in values.iter().zip(&raw.results) {
                at += to_cells(*value, ty, &mut call.cells[at..]);
            }
            Ok(())
        })
    }
}

//! `WasmStr` and `WasmList`: strings and lists that stay in the guest's memory until they are asked for.
//!
//! A view is an address and a length that were checked when it was lifted. The guest may change or move what lies
//! there before it is read; then the host reads what lies there now, and every access is checked again.
#![allow(unsafe_code)] // Looks at bytes of a guest's memory as integers.

use crate::abi::cells::FlatSrc;
use crate::abi::check;
use crate::abi::cx::{InstanceType, LiftCx, Options, Source, bad_type};
use crate::abi::handles::HandleTableId;
use crate::abi::info::AbiInfo;
use crate::abi::string::{PointerPair, RawText};
use crate::abi::typed::{ComponentType, Lift};
use crate::ids::ComponentInstanceId;
use crate::state;
use alloc::borrow::Cow;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::types::InterfaceType;
use coracle_vm::internals;
use coracle_vm::store::opaque::StoreOpaque;
use coracle_vm::store::{AsContextMut, StoreContext, StoreContextMut};
use core::fmt;
use core::marker::PhantomData;

/// Where a view was lifted: enough to lift there again.
#[derive(Clone, Copy, Debug)]
struct Origin {
    options: Options,
    source: Source,
    table: HandleTableId,
}

impl Origin {
    fn of(cx: &LiftCx<'_>) -> Result<Self> {
        let Some(source) = cx.source else {
            return Err(Error::fault(
                ErrorKind::Unsupported,
                "a host function that a component exports again gives no views",
            ));
        };
        Ok(Self { options: cx.options, source, table: cx.table })
    }

    #[track_caller]
    fn check(&self, store: &StoreOpaque) {
        let same = state::of(store).handles.store() == self.source.store;
        assert!(same, "object used with the wrong store");
    }

    fn memory<'a>(&self, store: &'a StoreOpaque) -> &'a [u8] {
        state::memory(store, self.options)
    }

    /// Lifts once more from the same instance.
    fn lift<R>(&self, store: &mut StoreOpaque, lift: impl FnOnce(&mut LiftCx<'_>) -> Result<R>) -> Result<R> {
        let shared = state::shared(store, ComponentInstanceId::from_u32(self.source.instance));
        let mut fuel = internals::hostcall_fuel(store);
        let (memory, states) = state::memory_and_states(store, self.options);
        lift(&mut LiftCx {
            options: self.options,
            types: shared.types(),
            resources: &shared.bindings,
            table: self.table,
            memory,
            handles: &mut states.handles,
            fuel: &mut fuel,
            source: Some(self.source),
        })
    }
}

/// A string in a guest's memory, not yet copied or decoded.
pub struct WasmStr {
    at: PointerPair,
    origin: Origin,
}

impl WasmStr {
    fn new(cx: &LiftCx<'_>, at: PointerPair) -> Result<Self> {
        RawText::find(cx.memory, cx.options.encoding, cx.options.ptr, at)?;
        Ok(Self { at, origin: Origin::of(cx)? })
    }

    /// The text; borrowed from the guest's memory where the guest's strings are UTF-8.
    ///
    /// # Errors
    /// `Trap::InvalidString`, and what has become of the bytes since.
    ///
    /// # Panics
    /// If the string is of another store.
    pub fn to_str<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> Result<Cow<'a, str>> {
        let context: StoreContext<'a, T> = store.into();
        let store = internals::store(&context);
        self.origin.check(store);
        let options = &self.origin.options;
        RawText::find(self.origin.memory(store), options.encoding, options.ptr, self.at)?.decode()
    }
}

impl ComponentType for WasmStr {
    const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        str::typecheck(ty, types)
    }
}

impl Lift for WasmStr {
    fn lift_flat(cx: &mut LiftCx<'_>, _: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        let at = PointerPair::from_flat(cx.ptr(), src);
        Self::new(cx, at)
    }
    fn load(cx: &mut LiftCx<'_>, _: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let at = PointerPair::from_bytes(cx.ptr(), bytes);
        Self::new(cx, at)
    }
}

impl fmt::Debug for WasmStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmStr").field("at", &self.at).finish_non_exhaustive()
    }
}

/// A list in a guest's memory, whose elements are lifted one by one.
pub struct WasmList<T> {
    at: usize,
    len: usize,
    element: InterfaceType,
    origin: Origin,
    marker: PhantomData<fn() -> T>,
}

impl<T: Lift> WasmList<T> {
    fn new(cx: &LiftCx<'_>, ty: InterfaceType, pair: PointerPair) -> Result<Self> {
        let InterfaceType::List(index) = ty else { return Err(bad_type()) };
        let ptr = cx.ptr();
        let (at, len) = pair.check_list(cx.memory.len(), T::ABI.size(ptr), T::ABI.align(ptr))?;
        let element = cx.types[index].element;
        Ok(Self { at, len, element, origin: Origin::of(cx)?, marker: PhantomData })
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The element at `index`, lifted now; `None` past the end.
    ///
    /// # Panics
    /// If the list is of another store.
    pub fn get(&self, mut store: impl AsContextMut, index: usize) -> Option<Result<T>> {
        let mut context = store.as_context_mut();
        let store = internals::store_mut(&mut context);
        self.origin.check(store);
        self.nth(store, index)
    }

    /// All elements, each lifted when it is asked for.
    ///
    /// # Panics
    /// If the list is of another store.
    pub fn iter<'a, U: 'static>(
        &'a self,
        store: impl Into<StoreContextMut<'a, U>>,
    ) -> impl ExactSizeIterator<Item = Result<T>> + 'a {
        let context: StoreContextMut<'a, U> = store.into();
        let store = internals::into_store(context);
        self.origin.check(store);
        (0..self.len).map(move |index| self.nth(store, index).unwrap_or_else(|| Err(bad_type())))
    }

    fn nth(&self, store: &mut StoreOpaque, index: usize) -> Option<Result<T>> {
        if index >= self.len {
            return None;
        }
        Some(self.origin.lift(store, |cx| {
            let size = T::ABI.size(cx.ptr());
            let bytes = cx.bytes(self.at + index * size, size)?;
            T::load(cx, self.element, bytes)
        }))
    }
}

macro_rules! lists_of_integers {
    ($($ty:ident)*) => {$(
        impl WasmList<$ty> {
            /// The elements as they lie in the guest's memory: little-endian, whatever the host is.
            ///
            /// # Panics
            /// If the list is of another store.
            pub fn as_le_slice<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a [$ty] {
                let context: StoreContext<'a, T> = store.into();
                let store = internals::store(&context);
                self.origin.check(store);
                // A linear memory never shrinks, so that what was in bounds still is.
                let end = self.at + self.len * size_of::<$ty>();
                let bytes = self.origin.memory(store).get(self.at..end).unwrap_or_default();
                // SAFETY: any bytes are integers; what is not aligned in the host is left out.
                let (_, elements, _) = unsafe { bytes.align_to::<$ty>() };
                debug_assert_eq!(elements.len(), self.len, "memories and lists are aligned");
                elements
            }
        }
    )*};
}

lists_of_integers!(i8 i16 i32 i64 u8 u16 u32 u64);

impl<T: ComponentType> ComponentType for WasmList<T> {
    const ABI: AbiInfo = AbiInfo::POINTER_PAIR;
    fn typecheck(ty: InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        check::list(ty, types, T::typecheck)
    }
}

impl<T: Lift> Lift for WasmList<T> {
    fn lift_flat(cx: &mut LiftCx<'_>, ty: InterfaceType, src: &mut FlatSrc<'_>) -> Result<Self> {
        let pair = PointerPair::from_flat(cx.ptr(), src);
        Self::new(cx, ty, pair)
    }
    fn load(cx: &mut LiftCx<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        let pair = PointerPair::from_bytes(cx.ptr(), bytes);
        Self::new(cx, ty, pair)
    }
}

impl<T> fmt::Debug for WasmList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmList").field("at", &self.at).field("len", &self.len).finish_non_exhaustive()
    }
}

//! References to values of the host's and to exceptions.
//!
//! A reference is a number of its store's arena (D14). Outside of any guest, a [`Rooted`] handle keeps what it refers to
//! for as long as the store lives; one that a host function gets or makes while a guest calls it is good for as long as
//! a guest holds the reference or that call lasts, unless [`Rooted::to_owned_rooted`] makes it last.

use crate::embed::extern_type::ExnType;
use crate::embed::handle::{ExnRef, ExternRef, Rooted, Tag};
use crate::embed::val::Val;
use crate::engine::Engine;
use crate::store::ids::RefId;
use crate::store::ids::{StoreId, Stored, TagId};
use crate::store::inner::StoreInner;
use crate::store::value::Value;
use crate::store::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use core::any::Any;
use core::convert::Infallible;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

/// What [`ExnRef::new`] makes exceptions by: their type, and the store that they are for.
#[derive(Clone, Debug)]
pub struct ExnRefPre {
    store: StoreId,
    ty: ExnType,
}

impl ExnRefPre {
    /// Exceptions of a type. [`ExnRef::new`] refuses a type of another engine.
    pub fn new(store: impl AsContextMut, ty: ExnType) -> Self {
        Self { store: store.as_context().inner().id(), ty }
    }
}

impl<T> Rooted<T> {
    /// Whether both are one reference.
    pub fn rooted_eq(a: Self, b: Self) -> bool {
        a.id() == b.id()
    }

    /// Whether both refer to one thing.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If one is of another store.
    pub fn ref_eq(store: impl AsContext, a: &impl RootedRef<T>, b: &impl RootedRef<T>) -> Result<bool> {
        let store = store.as_context();
        let number = |id: Stored<RefId>| store.inner().unstamp(id);
        Ok(number(a.stored()) == number(b.stored()))
    }

    /// Hashes the reference.
    pub fn rooted_hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }

    /// Hashes what it refers to by its identity.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ref_hash<H: Hasher>(&self, store: impl AsContext, state: &mut H) -> Result<()> {
        store.as_context().inner().unstamp(self.id()).hash(state);
        Ok(())
    }

    /// The same reference in a handle of its own, which keeps what it refers to for as long as the store lives.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` where it was freed.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn to_owned_rooted(&self, store: impl AsContextMut) -> Result<OwnedRooted<T>> {
        let context = store.as_context();
        let cell = context.inner().living_cell(self.id())?;
        context.inner().refs.show(cell, true);
        Ok(OwnedRooted(*self))
    }
}

/// A reference of one store to a `T` that is not bound to a scope: what it refers to lives as long as the store.
pub struct OwnedRooted<T>(Rooted<T>);

impl<T> OwnedRooted<T> {
    /// One of a store's.
    pub(crate) fn of(rooted: Rooted<T>) -> Self {
        Self(rooted)
    }

    /// The reference.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn to_rooted(&self, store: impl AsContextMut) -> Rooted<T> {
        store.as_context().inner().unstamp(self.0.id());
        self.0
    }

    /// Whether both refer to one thing. See [`Rooted::ref_eq`].
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If one is of another store.
    pub fn ref_eq(store: impl AsContext, a: &impl RootedRef<T>, b: &impl RootedRef<T>) -> Result<bool> {
        Rooted::ref_eq(store, a, b)
    }
}

impl<T> Clone for OwnedRooted<T> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<T> core::ops::Deref for OwnedRooted<T> {
    type Target = Rooted<T>;

    fn deref(&self) -> &Rooted<T> {
        &self.0
    }
}

impl<T> fmt::Debug for OwnedRooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnedRooted").field(&self.0.id()).finish()
    }
}

/// A scope for references. Leaving it ends none; programs that make scopes work all the same.
#[derive(Debug)]
pub struct RootScope<C: AsContextMut>(C);

impl<C: AsContextMut> RootScope<C> {
    /// A scope within a store.
    pub fn new(store: C) -> Self {
        Self(store)
    }

    /// Without effect: references need no room in a scope.
    pub fn reserve(&mut self, _additional: usize) {}
}

impl<C: AsContextMut> AsContext for RootScope<C> {
    type Data = C::Data;

    fn as_context(&self) -> StoreContext<'_, C::Data> {
        self.0.as_context()
    }
}

impl<C: AsContextMut> AsContextMut for RootScope<C> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        self.0.as_context_mut()
    }
}

/// The error of a heap that is full where a collection makes room. There is none: a store's references end in
/// [`Trap::ReferenceLimit`](coracle_error::Trap::ReferenceLimit).
#[derive(Debug)]
pub struct GcHeapOutOfMemory<T> {
    none: Infallible,
    what: PhantomData<T>,
}

impl<T> GcHeapOutOfMemory<T> {
    /// What could not be stored.
    pub fn into_inner(self) -> T {
        match self.none {}
    }

    /// What could not be stored, and the error without it.
    pub fn take_inner(self) -> (T, GcHeapOutOfMemory<()>) {
        match self.none {}
    }
}

impl<T> fmt::Display for GcHeapOutOfMemory<T> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.none {}
    }
}

impl<T: fmt::Debug> core::error::Error for GcHeapOutOfMemory<T> {}

impl<T: 'static> Store<T> {
    /// Frees exceptions and values of the host's that nothing leads to any more: no guest, and no handle that was had
    /// outside of any guest. The store does so by itself between calls, now and then.
    ///
    /// # Errors
    /// None at present.
    pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        self.as_context_mut().gc(why)
    }

    /// As [`Store::gc`]. It never waits.
    ///
    /// # Errors
    /// None at present.
    pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()>
    where
        T: Send,
    {
        self.gc(why)
    }
}

impl<T: 'static> StoreContextMut<'_, T> {
    /// As [`Store::gc`]. Nothing is freed while a guest runs or waits, since its frames hold references too.
    ///
    /// # Errors
    /// None at present.
    pub fn gc(&mut self, _why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        let store = self.inner();
        if store.vm.get().host_depth == 0 && !store.has_other_tasks() {
            store.sweep_refs();
        }
        Ok(())
    }

    /// As [`Store::gc_async`].
    ///
    /// # Errors
    /// None at present.
    pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()>
    where
        T: Send,
    {
        self.gc(why)
    }
}

/// What leads to a `T` of a store: [`Rooted`] and [`OwnedRooted`].
pub trait RootedRef<T>: sealed::Sealed {
    /// The reference.
    #[doc(hidden)]
    fn stored(&self) -> Stored<RefId>;
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for super::Rooted<T> {}
    impl<T> Sealed for super::OwnedRooted<T> {}
}

impl<T> RootedRef<T> for Rooted<T> {
    fn stored(&self) -> Stored<RefId> {
        self.id()
    }
}

impl<T> RootedRef<T> for OwnedRooted<T> {
    fn stored(&self) -> Stored<RefId> {
        self.0.id()
    }
}

impl ExternRef {
    /// Puts a value into the store, and returns the reference to it.
    ///
    /// # Errors
    /// `Trap::ReferenceLimit` when the store holds too many references.
    pub fn new<T>(mut store: impl AsContextMut, value: T) -> Result<Rooted<Self>>
    where
        T: Any + Send + Sync + 'static,
    {
        Ok(Rooted::new(store.as_context_mut().inner().new_extern(Box::new(value))?))
    }

    /// As [`ExternRef::new`]. It never waits.
    ///
    /// # Errors
    /// As there.
    pub async fn new_async<T>(store: impl AsContextMut, value: T) -> Result<Rooted<Self>>
    where
        T: Any + Send + Sync + 'static,
    {
        Self::new(store, value)
    }
}

impl Rooted<ExternRef> {
    /// The value.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` where it was freed: see [`Rooted`].
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        store.into().inner().extern_value(self.id())
    }

    /// The value, for change.
    ///
    /// # Errors
    /// `ErrorKind::NotFound` where it was freed: see [`Rooted`].
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<Option<&'a mut (dyn Any + Send + Sync)>> {
        store.into().into_inner().extern_value_mut(self.id())
    }
}

impl ExnRef {
    /// Puts an exception into the store, and returns the reference to it. Nothing is thrown.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the fields are not what the tag carries, tag and allocator are of two types, or the
    /// allocator or its type is of another store or engine; `Trap::ReferenceLimit` when the store holds too many
    /// references.
    ///
    /// # Panics
    /// If the tag is of another store.
    pub fn new(mut store: impl AsContextMut, allocator: &ExnRefPre, tag: &Tag, fields: &[Val]) -> Result<Rooted<Self>> {
        if !Engine::same(allocator.ty.engine(), store.as_context().engine()) {
            return Err(Error::fault(ErrorKind::Type, "an exception type of another engine was used"));
        }
        if allocator.store != store.as_context().inner().id() {
            return Err(Error::fault(ErrorKind::Type, "an `ExnRefPre` of another store was used"));
        }
        if allocator.ty.tag_type() != tag.ty(&store) {
            return Err(Error::fault(ErrorKind::Type, "the tag is of another type than the exception"));
        }
        let mut store = store.as_context_mut();
        let values: smallvec::SmallVec<[_; 4]> = fields.iter().map(|&field| field.into()).collect();
        let tag = store.inner().unstamp(tag.0);
        Ok(Rooted::new(store.inner().new_exception(tag, &values)?))
    }

    /// As [`ExnRef::new`]. It never waits.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// As there.
    pub async fn new_async(
        store: impl AsContextMut,
        allocator: &ExnRefPre,
        tag: &Tag,
        fields: &[Val],
    ) -> Result<Rooted<Self>> {
        Self::new(store, allocator, tag, fields)
    }
}

impl Rooted<ExnRef> {
    /// What the exception carries.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the reference is none to an exception.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn fields<'a, T: 'static>(
        &'a self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<impl ExactSizeIterator<Item = Val> + 'a> {
        let (_, values) = self.parts(store.into().inner())?;
        Ok(values.into_iter().map(Val::from))
    }

    /// One of the things that the exception carries.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the reference is none to an exception; `ErrorKind::NotFound` when there are not so many.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let (_, values) = self.parts(store.as_context_mut().inner())?;
        let none = || {
            let message = coracle_error::wording!("cannot access field {index}: exn only has {} fields", values.len());
            Error::fault(ErrorKind::NotFound, message)
        };
        values.get(index).copied().map(Val::from).ok_or_else(none)
    }

    /// The exception's type.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the reference is none to an exception.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ExnType> {
        let store = store.as_context();
        let (tag, _) = self.parts(store.inner())?;
        ExnType::from_tag_type(&Tag(store.inner().stamp(tag)).ty(store))
    }

    /// The exception's tag.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the reference is none to an exception.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn tag(&self, mut store: impl AsContextMut) -> Result<Tag> {
        let mut store = store.as_context_mut();
        let (tag, _) = self.parts(store.inner())?;
        Ok(Tag(store.inner().stamp(tag)))
    }

    fn parts(&self, store: &StoreInner) -> Result<(TagId, Vec<Value>)> {
        store
            .exception_parts(self.id())
            .ok_or_else(|| Error::fault(ErrorKind::Type, "the reference is to no exception"))
    }
}

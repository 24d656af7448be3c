//! References to values of the host's and to exceptions.
//!
//! A reference is a number of its store's arena (D14). What it refers to lives as long as the store, so a
//! [`Rooted`] handle is good for as long as well, and there is no scope to keep it alive in.

use crate::embed::global::Tag;
use crate::embed::val::Val;
use crate::error::{Error, ErrorKind, Result};
use crate::store::inner::{StoreInner, Stored, TagId};
use crate::store::value::{RefId, Value};
use crate::store::{AsContext, AsContextMut, StoreContext, StoreContextMut};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;

/// A value of the host's that guests can hold and pass on, and not look into.
#[derive(Debug)]
pub struct ExternRef(());

/// An exception.
#[derive(Debug)]
pub struct ExnRef(());

/// A reference of one store to a `T`. Lives as long as the store.
pub struct Rooted<T> {
    id: Stored<RefId>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Rooted<T> {
    pub(crate) fn new(id: Stored<RefId>) -> Self {
        Self { id, kind: PhantomData }
    }

    pub(crate) fn id(self) -> Stored<RefId> {
        self.id
    }

    /// Whether both are one reference.
    pub fn rooted_eq(a: Self, b: Self) -> bool {
        a.id == b.id
    }

    /// Whether both refer to one thing.
    ///
    /// # Errors
    /// None at present.
    pub fn ref_eq(_store: impl AsContext, a: &Self, b: &Self) -> Result<bool> {
        Ok(a.id == b.id)
    }
}

impl<T> Clone for Rooted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Rooted<T> {}

impl<T> fmt::Debug for Rooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rooted").field(&self.id).finish()
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
}

impl Rooted<ExternRef> {
    /// The value.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        Ok(store.into().inner().extern_value(self.id))
    }

    /// The value, for change.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<Option<&'a mut (dyn Any + Send + Sync)>> {
        Ok(store.into().into_inner().extern_value_mut(self.id))
    }
}

impl ExnRef {
    /// Puts an exception into the store, and returns the reference to it. Nothing is thrown.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the fields are not what the tag carries; `Trap::ReferenceLimit` when the store holds
    /// too many references.
    ///
    /// # Panics
    /// If the tag or a field is of another store.
    pub fn new(mut store: impl AsContextMut, tag: &Tag, fields: &[Val]) -> Result<Rooted<Self>> {
        let mut store = store.as_context_mut();
        let values: smallvec::SmallVec<[_; 4]> = fields.iter().map(|&field| field.into()).collect();
        let tag = store.inner().unstamp(tag.0);
        Ok(Rooted::new(store.inner().new_exception(tag, &values)?))
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
    pub fn fields(&self, mut store: impl AsContextMut) -> Result<impl ExactSizeIterator<Item = Val>> {
        let (_, values) = self.parts(store.as_context_mut().inner())?;
        Ok(values.into_iter().map(Val::from))
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
        store.exception_parts(self.id).ok_or_else(|| Error::fault(ErrorKind::Type, "the reference is to no exception"))
    }
}

//! What is done with a `Global` and a `Tag`: made, asked for their types, read and set, compared.

use crate::embed::extern_type::{GlobalType, TagType};
use crate::embed::handle::{Global, Tag};
use crate::embed::types::FuncType;
use crate::embed::val::Val;
use crate::store::{AsContext, AsContextMut};
use coracle_error::{Error, ErrorKind, Result};

impl Global {
    /// A new global that holds `val`.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the value is of another type or refers to another store.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, val: Val) -> Result<Self> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        if !ty.content().comes_from(store.engine()) {
            return Err(Error::fault(ErrorKind::Type, "a global's type is of another engine"));
        }
        let id = store.new_global(ty.to_raw(), &val.into())?;
        Ok(Self(store.stamp(id)))
    }

    /// Its type.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> GlobalType {
        let store = store.as_context();
        let store = store.inner();
        GlobalType::from_raw(store.engine(), store.global(store.unstamp(self.0)).ty())
    }

    /// What it holds.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get(&self, mut store: impl AsContextMut) -> Val {
        let mut store = store.as_context_mut();
        let store = store.inner();
        store.global_value(store.unstamp(self.0)).into()
    }

    /// Sets what it holds.
    ///
    /// # Errors
    /// `ErrorKind::Type` when it cannot be set, or the value is of another type or refers to another store.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn set(&self, mut store: impl AsContextMut, val: Val) -> Result<()> {
        let mut store = store.as_context_mut();
        let id = store.inner().unstamp(self.0);
        store.inner().set_global_value(id, &val.into())
    }
}

impl Tag {
    /// A new tag, different from all others.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the type has results or is of another engine.
    pub fn new(mut store: impl AsContextMut, ty: &TagType) -> Result<Self> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        if ty.ty().results().len() > 0 || !ty.ty().comes_from(store.engine()) {
            return Err(Error::fault(ErrorKind::Type, "a tag needs a function type of its engine without results"));
        }
        let id = store.new_tag(ty.ty().id())?;
        Ok(Self(store.stamp(id)))
    }

    /// Its type.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> TagType {
        let store = store.as_context();
        let store = store.inner();
        TagType::new(FuncType::from_id(store.engine(), store.tag(store.unstamp(self.0)).sig()))
    }

    /// Whether both are one tag.
    ///
    /// # Panics
    /// If one is of another store.
    pub fn eq(a: &Self, b: &Self, store: impl AsContext) -> bool {
        let store = store.as_context();
        store.inner().unstamp(a.0) == store.inner().unstamp(b.0)
    }
}

//! The least thing of each type: a function that returns zeros, a memory as small as the type allows, zero, null.

use crate::embed::extern_type::{ExternType, GlobalType, MemoryType, TableType, TagType};
use crate::embed::handle::{Func, Global, Memory, SharedMemory, Table, Tag};
use crate::embed::item::Extern;
use crate::embed::types::{FuncType, ValType};
use crate::embed::val::{Ref, Val};
use crate::store::AsContextMut;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};

impl ExternType {
    /// Something of the type that is empty: a function that returns zeros and nulls, a global of zero or null, a memory
    /// or a table of the least size.
    ///
    /// # Errors
    /// `ErrorKind::Type` when a value has no default, or a function type is of another engine; `ErrorKind::Resource` when
    /// limiter or host do not give so much.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Extern> {
        Ok(match self {
            Self::Func(ty) => ty.default_value(store)?.into(),
            Self::Global(ty) => ty.default_value(store)?.into(),
            Self::Table(ty) => ty.default_value(store)?.into(),
            Self::Memory(ty) => ty.default_value(store)?,
            Self::Tag(ty) => ty.default_value(store)?.into(),
        })
    }
}

impl FuncType {
    /// A function of the type that takes anything and returns zeros and nulls.
    ///
    /// # Errors
    /// `ErrorKind::Type` when a result has no default, or the type is of another engine.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Func> {
        if !self.comes_from(store.as_context().engine()) {
            return Err(Error::fault(ErrorKind::Type, "a function type of another engine was used"));
        }
        let zeros: Option<Vec<Val>> = self.results().map(|ty| ty.default_value()).collect();
        let no_default = || Error::fault(ErrorKind::Type, "function results do not have a default value");
        let zeros = zeros.ok_or_else(no_default)?;
        Ok(Func::new(store, self.clone(), move |_, _, results| {
            results.copy_from_slice(&zeros);
            Ok(())
        }))
    }
}

impl GlobalType {
    /// A global of the type that holds zero or null.
    ///
    /// # Errors
    /// `ErrorKind::Type` when there is no such value.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Global> {
        let zero = self.content().default_value();
        let zero = zero.ok_or_else(|| Error::fault(ErrorKind::Type, "global type has no default value"))?;
        Global::new(store, self.clone(), zero)
    }
}

impl TableType {
    /// A table of the type, of the least size, all elements null.
    ///
    /// # Errors
    /// `ErrorKind::Type` when null is no element; `ErrorKind::Resource` when limiter or host do not give so much.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Table> {
        if !self.element().is_nullable() {
            return Err(Error::fault(ErrorKind::Type, "table element type does not have a default value"));
        }
        Table::new(store, self.clone(), Ref::null(self.element().heap_type()))
    }
}

impl MemoryType {
    /// A memory of the type, of the least size, all zeros: a [`Memory`] or a [`SharedMemory`].
    ///
    /// # Errors
    /// `ErrorKind::Resource` when limiter or host do not give so much.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Extern> {
        if self.is_shared() {
            return Ok(SharedMemory::new(store.as_context().engine(), self.clone())?.into());
        }
        Ok(Memory::new(store, self.clone())?.into())
    }
}

impl TagType {
    /// A tag of the type.
    ///
    /// # Errors
    /// As for [`Tag::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Tag> {
        Tag::new(store, self)
    }
}

impl ValType {
    /// The type's default: zero or null. `None` for a reference type that null does not belong to.
    pub fn default_value(&self) -> Option<Val> {
        Val::default_for_ty(self)
    }
}

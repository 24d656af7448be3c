//! What is done with a `Table`: made, read, set, grown, copied.

use crate::embed::extern_type::TableType;
use crate::embed::handle::Table;
use crate::embed::val::{Ref, Val};
use crate::store::on_stack::OnStack;
use crate::store::value::Value;
use crate::store::{AsContext, AsContextMut, StoreInner};
use coracle_error::{Error, ErrorKind, Result};

impl Table {
    /// A new table, all elements `init`.
    ///
    /// # Errors
    /// `ErrorKind::Type` when `init` is not of the element type or of another store; `ErrorKind::Resource` when the
    /// limiter or the host do not give so many elements.
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Self> {
        let mut store = store.as_context_mut();
        store.inner().check_sync_growth()?;
        Self::of_type(store.inner(), &ty, init)
    }

    /// As [`Table::new`], where the limiter may have to be waited for.
    ///
    /// # Errors
    /// As there.
    pub async fn new_async(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Self> {
        OnStack::new(store.as_context_mut(), move |store| Self::of_type(store, &ty, init)).await
    }

    fn of_type(store: &mut StoreInner, ty: &TableType, init: Ref) -> Result<Self> {
        if !ty.element().comes_from(store.engine()) {
            return Err(Error::fault(ErrorKind::Type, "a table's type is of another engine"));
        }
        let id = store.new_table(ty.raw(), &value(init))?;
        Ok(Self(store.stamp(id)))
    }

    /// The type that it was made with.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> TableType {
        let store = store.as_context();
        let store = store.inner();
        TableType::from_raw(store.engine(), store.table(store.unstamp(self.0)).ty())
    }

    /// An element; `None` beyond the end.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn get(&self, mut store: impl AsContextMut, index: u64) -> Option<Ref> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        let value: Val = store.table_value(store.unstamp(self.0), index)?.into();
        value.ref_()
    }

    /// Sets an element.
    ///
    /// # Errors
    /// `ErrorKind::Type` when it is not of the element type or of another store; `Trap::TableOutOfBounds` beyond the
    /// end.
    ///
    /// # Panics
    /// If the table is of another store.
    pub fn set(&self, store: impl AsContextMut, index: u64, val: Ref) -> Result<()> {
        self.fill(store, index, val, 1)
    }

    /// How many elements there are.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn size(&self, store: impl AsContext) -> u64 {
        let store = store.as_context();
        let store = store.inner();
        store.table(store.unstamp(self.0)).len() as u64
    }

    /// Grows by `delta` elements, all `init`, and returns the old length.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when type, limiter or host do not allow it; `ErrorKind::Type` when `init` is not of the
    /// element type or of another store; what the limiter says.
    ///
    /// # Panics
    /// If the table is of another store.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64> {
        let mut store = store.as_context_mut();
        store.inner().check_sync_growth()?;
        self.grown(store.inner(), delta, init)
    }

    /// As [`Table::grow`], where the limiter may have to be waited for.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// If the table is of another store.
    pub async fn grow_async(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64> {
        OnStack::new(store.as_context_mut(), move |store| self.grown(store, delta, init)).await
    }

    fn grown(&self, store: &mut StoreInner, delta: u64, init: Ref) -> Result<u64> {
        let id = store.unstamp(self.0);
        let grown = store.grow_table_value(id, delta, &value(init))?;
        grown.ok_or_else(|| {
            Error::fault(ErrorKind::Resource, coracle_error::wording!("failed to grow table by `{delta}`"))
        })
    }

    /// Copies `len` elements of `src_table`.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the element types differ; `Trap::TableOutOfBounds`, and then nothing is written.
    ///
    /// # Panics
    /// If either table is of another store.
    pub fn copy(
        mut store: impl AsContextMut,
        dst_table: &Self,
        dst_index: u64,
        src_table: &Self,
        src_index: u64,
        len: u64,
    ) -> Result<()> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        let (to, from) = (store.unstamp(dst_table.0), store.unstamp(src_table.0));
        store.copy_table_values(to, from, dst_index, src_index, len)
    }

    /// Sets `len` elements from `dst` on.
    ///
    /// # Errors
    /// `ErrorKind::Type` when `val` is not of the element type or of another store; `Trap::TableOutOfBounds`, and then
    /// nothing is written.
    ///
    /// # Panics
    /// If the table is of another store.
    pub fn fill(&self, mut store: impl AsContextMut, dst: u64, val: Ref, len: u64) -> Result<()> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        let id = store.unstamp(self.0);
        store.fill_table_value(id, dst, &value(val), len)
    }
}

fn value(element: Ref) -> Value {
    Val::from(element).into()
}

//! Tables of references, as running code holds them: a word each, 0 for null.
#![allow(unsafe_code)] // Views of elements that guests write.

use crate::store::budget::BLOCK_BYTES;
use crate::store::pinned::Pinned;
use crate::tier::VmTable;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::limits::TABLE_ELEMENTS;
use coracle_image::module::TableType;

/// One table of a store.
#[derive(Debug)]
pub struct TableState {
    ty: TableType,
    /// The elements' allocation. While the table stands, elements are reached through `vm` alone.
    elements: Vec<usize>,
    vm: Pinned<VmTable>,
}

impl TableState {
    /// Bytes that one takes in a store, but for its elements.
    pub(crate) const BYTES: usize = 2 * size_of::<Self>() + size_of::<VmTable>() + 2 * BLOCK_BYTES;

    /// A table of the type's initial length, all elements `init`.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when it is too long for the limit or for the host.
    pub(crate) fn new(ty: TableType, init: usize) -> Result<Self> {
        let vm = Pinned::new(VmTable { base: core::ptr::dangling_mut(), len: 0 })?;
        let mut table = Self { ty, elements: Vec::new(), vm };
        table.extend(ty.min, init)?;
        Ok(table)
    }

    /// What running code reads.
    pub(crate) fn vm(&self) -> *mut VmTable {
        self.vm.as_ptr()
    }

    /// The type that it was made with. Its minimum does not follow growth.
    pub fn ty(&self) -> TableType {
        self.ty
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.vm.get().len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All elements.
    pub fn elements(&self) -> &[usize] {
        let vm = self.vm.get();
        // SAFETY: `len` elements are initialised (V4), and nobody writes them while the store is borrowed (V2).
        unsafe { core::slice::from_raw_parts(vm.base, vm.len) }
    }

    /// All elements, for change. What is written must be a reference of the table's store and type.
    pub(crate) fn elements_mut(&mut self) -> &mut [usize] {
        let vm = self.vm.get_mut();
        // SAFETY: as above, and nobody else reaches them.
        unsafe { core::slice::from_raw_parts_mut(vm.base, vm.len) }
    }

    /// Grows by `delta` elements without asking anybody, and returns the old length.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when type, limit or host do not allow it; then nothing has changed.
    pub(crate) fn grow(&mut self, delta: u64, init: usize) -> Result<usize> {
        let old = self.len();
        let most = self.ty.max.unwrap_or(u64::MAX).min(TABLE_ELEMENTS);
        if (old as u64).checked_add(delta).is_none_or(|new| new > most) {
            return Err(Error::fault(ErrorKind::Resource, "table maximum size exceeded"));
        }
        self.extend(delta, init)?;
        Ok(old)
    }

    /// Bytes of the host's that growth to so many elements takes.
    pub(crate) fn bytes_to_grow(&self, len: usize) -> usize {
        (self.room_for(len) - self.elements.capacity()).saturating_mul(size_of::<usize>())
    }

    /// Elements that there is room for when there are so many: half as many again where there was none for them, since
    /// who grows often must not copy all of it each time; but no more than there may ever be.
    fn room_for(&self, len: usize) -> usize {
        let room = self.elements.capacity();
        let most = usize::try_from(self.ty.max.unwrap_or(u64::MAX).min(TABLE_ELEMENTS)).unwrap_or(usize::MAX);
        if len <= room { room } else { len.max((room + room / 2).min(most)) }
    }

    fn extend(&mut self, delta: u64, init: usize) -> Result<()> {
        let failed =
            || Error::fault_args(ErrorKind::Resource, format_args!("no memory for a table of {delta} more elements"));
        let len = (self.len() as u64).checked_add(delta).filter(|&len| len <= TABLE_ELEMENTS).ok_or_else(failed)?;
        let len = usize::try_from(len).map_err(|_| failed())?;
        self.elements.try_reserve_exact(self.room_for(len) - self.len()).map_err(|_| failed())?;
        self.elements.resize(len, init);
        *self.vm.get_mut() = VmTable { base: self.elements.as_mut_ptr(), len: self.elements.len() };
        Ok(())
    }

    /// Sets `len` elements from `at` on.
    ///
    /// # Errors
    /// `Trap::TableOutOfBounds` when they do not lie inside; then nothing is written.
    pub(crate) fn fill(&mut self, at: u64, value: usize, len: u64) -> Result<(), Trap> {
        let range = range(at, len, self.len())?;
        self.elements_mut()[range].fill(value);
        Ok(())
    }
}

/// The most elements that this type allows on any host, as a limiter is told; `None` where this host has no such number.
pub(crate) fn told_maximum(ty: &TableType) -> Option<usize> {
    let index_max = if ty.table64 { u64::MAX } else { u32::MAX.into() };
    usize::try_from(ty.max.unwrap_or(index_max)).ok()
}

/// A run of `len` elements from `at` on, if it lies within `limit`.
pub(crate) fn range(at: u64, len: u64, limit: usize) -> Result<core::ops::Range<usize>, Trap> {
    let end = at.checked_add(len).filter(|&end| end <= limit as u64).ok_or(Trap::TableOutOfBounds)?;
    Ok(at as usize..end as usize)
}

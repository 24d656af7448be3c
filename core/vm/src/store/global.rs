//! Globals and tags.

use crate::raw::RawVal;
use crate::store::budget::BLOCK_BYTES;
use crate::store::pinned::Pinned;
use crate::tier::{VmGlobal, VmTag};
use coracle_error::Result;
use coracle_image::entity::SigId;
use coracle_image::module::GlobalType;

/// One global of a store.
#[derive(Debug)]
pub struct GlobalState {
    ty: GlobalType,
    vm: Pinned<VmGlobal>,
}

impl GlobalState {
    /// Bytes that one takes in a store, whose list of them may be half empty.
    pub(crate) const BYTES: usize = 2 * size_of::<Self>() + size_of::<VmGlobal>() + BLOCK_BYTES;

    /// A global that holds these cells.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(ty: GlobalType, cells: [RawVal; 2]) -> Result<Self> {
        Ok(Self { ty, vm: Pinned::new(VmGlobal { cells })? })
    }

    /// What running code reads and writes.
    pub(crate) fn vm(&self) -> *mut VmGlobal {
        self.vm.as_ptr()
    }

    /// Its type.
    pub fn ty(&self) -> GlobalType {
        self.ty
    }

    /// The cells that it holds; the second counts for vectors only.
    #[inline]
    pub fn cells(&self) -> [RawVal; 2] {
        self.vm.get().cells
    }

    /// Sets the cells. They must be a value of the global's store and type.
    #[inline]
    pub(crate) fn set_cells(&mut self, cells: [RawVal; 2]) {
        self.vm.get_mut().cells = cells;
    }
}

/// One tag of a store.
#[derive(Debug)]
pub struct TagState {
    vm: Pinned<VmTag>,
}

impl TagState {
    /// Bytes that one takes in a store, whose list of them may be half empty.
    pub(crate) const BYTES: usize = 2 * size_of::<Self>() + size_of::<VmTag>() + BLOCK_BYTES;

    /// A tag of a type.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(sig: SigId) -> Result<Self> {
        Ok(Self { vm: Pinned::new(VmTag { sig })? })
    }

    /// The record whose address is the tag's identity.
    pub(crate) fn vm(&self) -> *mut VmTag {
        self.vm.as_ptr()
    }

    /// Its type, engine-wide.
    pub fn sig(&self) -> SigId {
        self.vm.get().sig
    }
}

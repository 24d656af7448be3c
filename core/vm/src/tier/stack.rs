//! `Stack`: the value stack of one task.
//!
//! Interpreter frames, arguments and results live here, never on the host's stack; so a task can be suspended by
//! returning, and deep guest recursion ends in a trap. A store owns one per live task.

#![allow(unsafe_code)] // Asks the allocator for zeroed memory, which a `Vec` cannot do and fail.

use crate::raw::RawVal;
use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use coracle_error::{Error, ErrorKind, Result};
use core::ptr::NonNull;

/// Cells below an entry's `cells` that belong to the callee: the interpreter keeps its frame header there.
pub const ENTRY_HEADER_CELLS: usize = 4;

/// The value stack of one task: a fixed run of cells, zero at first.
#[derive(Debug)]
pub struct Stack {
    base: NonNull<RawVal>,
    layout: Layout,
}

// SAFETY: the cells belong to this object alone, like a `Vec`'s.
unsafe impl Send for Stack {}
// SAFETY: as above; a shared reference gives out nothing.
unsafe impl Sync for Stack {}

impl Stack {
    /// A stack of `bytes` bytes, rounded up to whole cells. The pages are touched as they are used.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when the memory is not to be had.
    pub fn new(bytes: usize) -> Result<Self> {
        let count = bytes.div_ceil(size_of::<RawVal>()).max(64);
        let failed = || Error::fault_args(ErrorKind::Resource, format_args!("no memory for a stack of {bytes} bytes"));
        let layout = Layout::array::<RawVal>(count).map_err(|_| failed())?;
        // SAFETY: there are at least 64 cells, so the layout is not of size zero.
        let base = unsafe { alloc_zeroed(layout) }.cast::<RawVal>();
        Ok(Self { base: NonNull::new(base).ok_or_else(failed)?, layout })
    }

    /// Fills the stack with what is neither zero nor an address nor a small number. Nobody may run on it.
    pub fn spoil(&mut self) {
        // SAFETY: the block has so many bytes, all of them initialised, and any bits are a cell.
        unsafe { self.base.as_ptr().cast::<u8>().write_bytes(0xa5, self.layout.size()) };
    }

    /// The first cell.
    pub fn base(&mut self) -> *mut RawVal {
        self.base.as_ptr()
    }

    /// The end: the first cell that is not the stack's.
    pub fn end(&mut self) -> *mut RawVal {
        self.base.as_ptr().wrapping_byte_add(self.layout.size())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the block was allocated with this layout, and whoever ran on the stack has left it.
        unsafe { dealloc(self.base.as_ptr().cast(), self.layout) };
    }
}

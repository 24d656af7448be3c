//! `Stack`: the value stack of one task.
//!
//! Interpreter frames, arguments and results live here, never on the host's stack; so a task can be suspended by
//! returning, and deep guest recursion ends in a trap. A store owns one per live task.

use crate::error::{Error, ErrorKind, Result};
use crate::raw::RawVal;
use alloc::vec::Vec;

/// Cells below an entry's `cells` that belong to the callee: the interpreter keeps its frame header there.
pub const ENTRY_HEADER_CELLS: usize = 4;

/// The value stack of one task: a fixed run of cells.
#[derive(Debug)]
pub struct Stack {
    cells: Vec<RawVal>,
}

impl Stack {
    /// A stack of `bytes` bytes, rounded up to whole cells. The pages are touched as they are used.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when the memory is not to be had.
    pub fn new(bytes: usize) -> Result<Self> {
        let count = bytes.div_ceil(size_of::<RawVal>()).max(64);
        let mut cells = Vec::new();
        cells
            .try_reserve_exact(count)
            .map_err(|_| Error::fault(ErrorKind::Resource, alloc::format!("no memory for a stack of {bytes} bytes")))?;
        Ok(Self { cells })
    }

    /// The first cell.
    pub fn base(&mut self) -> *mut RawVal {
        self.cells.as_mut_ptr()
    }

    /// The end: the first cell that is not the stack's.
    pub fn end(&mut self) -> *mut RawVal {
        self.cells.as_mut_ptr().wrapping_add(self.cells.capacity())
    }
}

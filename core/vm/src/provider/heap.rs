//! Linear memories from the global allocator: for targets without an operating system.
#![allow(unsafe_code)] // Talks to the allocator in raw blocks, since a `Vec` can neither grow zeroed nor fail.

use crate::provider::linear::{LinearMemory, MemoryPlan, MemoryProvider, MemoryStyle};
use alloc::alloc::{Layout, alloc_zeroed, dealloc, realloc};
use alloc::boxed::Box;
use coracle_error::fallible::boxed;
use coracle_error::{Error, ErrorKind, Result};
use core::ptr::NonNull;

/// Alignment of a block, in bytes: that of the widest access.
const ALIGN: usize = 16;

/// Memories from the global allocator.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeapProvider;

impl MemoryProvider for HeapProvider {
    fn allocate(&self, plan: &MemoryPlan) -> Result<Box<dyn LinearMemory>> {
        let movable = match plan.style {
            MemoryStyle::Movable => true,
            MemoryStyle::Fixed => false,
            MemoryStyle::Reserved => {
                return Err(Error::fault(ErrorKind::Resource, "this platform cannot reserve address space"));
            }
        };
        let bytes = if movable { plan.initial } else { plan.maximum };
        let mut memory = HeapMemory { base: NonNull::without_provenance(ALIGNED), capacity: 0, movable };
        memory.extend(bytes)?;
        Ok(boxed(memory)?)
    }
}

/// The address of an empty block.
const ALIGNED: core::num::NonZero<usize> = core::num::NonZero::new(ALIGN).unwrap();

#[derive(Debug)]
struct HeapMemory {
    base: NonNull<u8>,
    capacity: usize,
    movable: bool,
}

// SAFETY: the block belongs to this object alone, like a `Vec<u8>`'s.
unsafe impl Send for HeapMemory {}
// SAFETY: as above; a shared reference gives out only the address.
unsafe impl Sync for HeapMemory {}

fn no_memory(bytes: usize) -> Error {
    Error::fault_args(ErrorKind::Resource, format_args!("no memory for a linear memory of {bytes} bytes"))
}

impl HeapMemory {
    fn layout(bytes: usize) -> Result<Layout> {
        Layout::from_size_align(bytes, ALIGN).map_err(|_| no_memory(bytes))
    }

    fn extend(&mut self, bytes: usize) -> Result<()> {
        if bytes <= self.capacity {
            return Ok(());
        }
        let new = Self::layout(bytes)?;
        let block = if self.capacity == 0 {
            // SAFETY: `bytes` > `capacity` >= 0, so the layout is not of size zero.
            unsafe { alloc_zeroed(new) }
        } else {
            let old = Self::layout(self.capacity)?;
            // SAFETY: the block was allocated with this layout, and `bytes` fits a layout as was just seen.
            let block = unsafe { realloc(self.base.as_ptr(), old, bytes) };
            if !block.is_null() {
                // SAFETY: the new block has `bytes` bytes, of which `capacity` are the old contents.
                unsafe { block.add(self.capacity).write_bytes(0, bytes - self.capacity) };
            }
            block
        };
        self.base = NonNull::new(block).ok_or_else(|| no_memory(bytes))?;
        self.capacity = bytes;
        Ok(())
    }
}

// SAFETY: the block has `capacity` bytes, zeroed when they were allocated; `extend` alone moves it, and is called
// after allocation only where the plan is movable, since a fixed memory has its maximum from the start.
unsafe impl LinearMemory for HeapMemory {
    fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    fn grow_to(&mut self, bytes: usize) -> Result<()> {
        if bytes > self.capacity && !self.movable {
            return Err(no_memory(bytes));
        }
        self.extend(bytes)
    }
}

impl Drop for HeapMemory {
    fn drop(&mut self) {
        if let (1.., Ok(layout)) = (self.capacity, Self::layout(self.capacity)) {
            // SAFETY: the block was allocated with this layout.
            unsafe { dealloc(self.base.as_ptr(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_zeroed_and_keeps_contents() -> Result<()> {
        let plan = MemoryPlan { initial: 0, maximum: 1 << 20, style: MemoryStyle::Movable };
        let mut memory = HeapProvider.allocate(&plan)?;
        memory.grow_to(10)?;
        // SAFETY: ten bytes are usable.
        unsafe { memory.base().write_bytes(7, 10) };
        memory.grow_to(100_000)?;
        // SAFETY: so many bytes are usable.
        let bytes = unsafe { core::slice::from_raw_parts(memory.base(), 100_000) };
        assert!(bytes[..10].iter().all(|&b| b == 7) && bytes[10..].iter().all(|&b| b == 0));
        Ok(())
    }

    #[test]
    fn too_much_is_an_error() {
        let plan = MemoryPlan { initial: usize::MAX - 3, maximum: usize::MAX, style: MemoryStyle::Movable };
        assert!(HeapProvider.allocate(&plan).is_err());
    }
}

//! Where linear memories come from.
//!
//! The engine holds one [`MemoryProvider`] and every memory of every store is asked of it. The style of a memory
//! follows from the engine's settings and the memory's type alone ([`style`]), so that compiled code can bake it in;
//! a provider that cannot give that style fails the instantiation, it never gives another one.
//!
//! # Invariants
//! - A `Reserved` memory has [`RESERVED_BYTES`] + [`GUARD_BYTES`] of address space from its base on, of which all that
//!   is beyond its length faults when it is touched.
//! - Only a `Movable` memory's base changes, and only in `grow_to`.

use alloc::boxed::Box;

mod heap;
mod linear;
#[cfg(all(unix, feature = "std"))]
mod mmap;

pub use heap::HeapProvider;
pub use linear::{GUARD_BYTES, LinearMemory, MemoryPlan, MemoryProvider, MemoryStyle, RESERVED_BYTES, style};
#[cfg(all(unix, feature = "std"))]
pub use mmap::MmapProvider;

/// The provider of this platform.
pub fn platform() -> Box<dyn MemoryProvider> {
    #[cfg(all(unix, feature = "std"))]
    return Box::new(MmapProvider);
    #[cfg(not(all(unix, feature = "std")))]
    Box::new(HeapProvider)
}

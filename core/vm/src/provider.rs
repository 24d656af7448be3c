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

/// The niceness of a thread that gives way.
#[cfg(all(target_os = "linux", feature = "std"))]
const WAY_GIVEN: i32 = 15;

mod heap;
mod linear;
#[cfg(all(unix, feature = "std"))]
mod mmap;
pub(crate) mod span;
pub(crate) mod thread_stack;

pub use heap::HeapProvider;
pub use linear::{GUARD_BYTES, LinearMemory, MemoryPlan, MemoryProvider, MemoryStyle, RESERVED_BYTES, style};
#[cfg(all(unix, feature = "std"))]
pub use mmap::MmapProvider;

/// Bytes of the running thread's stack that are left; `None` where nobody knows, on a coroutine's stack for one.
pub fn stack_left() -> Option<usize> {
    let (stack, here) = (thread_stack::bounds(), thread_stack::here());
    stack.contains(here).then(|| here - stack.low)
}

/// Puts the running thread behind others: what it does is for later, and nobody waits for it. Where that cannot be had,
/// nothing is changed.
pub fn give_way() {
    #[cfg(all(target_os = "linux", feature = "std"))]
    {
        use rustix::{process::setpriority_process, thread::gettid};
        // On Linux, a thread has a priority of its own.
        let _ = setpriority_process(Some(gettid()), WAY_GIVEN);
    }
}

/// The provider of this platform.
pub fn platform() -> Box<dyn MemoryProvider> {
    #[cfg(all(unix, feature = "std"))]
    return Box::new(MmapProvider);
    #[cfg(not(all(unix, feature = "std")))]
    Box::new(HeapProvider)
}

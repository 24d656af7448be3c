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

/// The niceness of a thread that gives way, beyond that of those for whom it works: on a processor that they share it
/// gets a tenth.
#[cfg(all(target_os = "linux", feature = "std"))]
const WAY_GIVEN: i32 = 10;

mod heap;
mod linear;
#[cfg(all(unix, feature = "std"))]
mod mmap;
pub(crate) mod span;
pub(crate) mod thread_stack;

pub use heap::HeapProvider;
pub use linear::{GUARD_BYTES, LinearMemory, MemoryPlan, MemoryProvider, MemoryStyle, RESERVED_BYTES, style};
#[cfg(all(unix, feature = "std"))]
pub use mmap::{MmapProvider, is_reserved};

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
        use rustix::process::{getpriority_process, setpriority_process};
        // On Linux, a thread has a priority of its own.
        let thread = Some(rustix::thread::gettid());
        let _ = getpriority_process(thread).and_then(|now| setpriority_process(thread, now + WAY_GIVEN));
    }
}

/// The provider of this platform.
pub fn platform() -> Box<dyn MemoryProvider> {
    #[cfg(all(unix, feature = "std"))]
    return Box::new(MmapProvider::new());
    #[cfg(not(all(unix, feature = "std")))]
    Box::new(HeapProvider)
}

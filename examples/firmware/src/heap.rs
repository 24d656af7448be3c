//! The heap: a list of holes over one static arena, and the most that was ever taken of it.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;
use core::sync::atomic::{AtomicUsize, Ordering};
use embedded_alloc::LlffHeap;

/// Bytes of the heap.
pub const BYTES: usize = if cfg!(feature = "wasi") { 1 << 20 } else { 176 << 10 };

struct Counted {
    heap: LlffHeap,
    peak: AtomicUsize,
}

#[global_allocator]
static HEAP: Counted = Counted { heap: LlffHeap::empty(), peak: AtomicUsize::new(0) };

// SAFETY: all is handed on.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller's contract.
        let block = unsafe { self.heap.alloc(layout) };
        self.peak.fetch_max(self.heap.used(), Ordering::Relaxed);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: by the caller's contract.
        unsafe { self.heap.dealloc(block, layout) }
    }
}

/// Gives the heap its memory; once, before anything is allocated.
pub fn init() {
    static mut ARENA: [MaybeUninit<u8>; BYTES] = [MaybeUninit::uninit(); BYTES];
    // SAFETY: nobody else names the arena, and this is called once.
    unsafe { HEAP.heap.init(addr_of_mut!(ARENA) as usize, BYTES) }
}

/// Bytes that were taken at most.
pub fn peak() -> usize {
    HEAP.peak.load(Ordering::Relaxed)
}

/// Bytes that are taken now.
pub fn used() -> usize {
    HEAP.heap.used()
}

/// From now on the peak is that of what comes.
pub fn forget_peak() {
    HEAP.peak.store(HEAP.heap.used(), Ordering::Relaxed);
}

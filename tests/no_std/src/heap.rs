//! The allocator of the link test: a bump over one static arena, never freed.
//!
//! # Invariants
//! `used` only grows, so two allocations never overlap.
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that the whole program may allocate.
const ARENA_BYTES: usize = 64 << 20;

struct Arena {
    bytes: UnsafeCell<[u8; ARENA_BYTES]>,
    used: AtomicUsize,
}

// SAFETY: `bytes` is handed out in disjoint pieces only, see the invariant above.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena {
    bytes: UnsafeCell::new([0; ARENA_BYTES]),
    used: AtomicUsize::new(0),
};

// SAFETY: pieces are aligned, inside the arena and disjoint; null is returned when it is full.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.bytes.get() as usize;
        let mut end = 0;
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let start = (base + used).next_multiple_of(layout.align()) - base;
            end = start.checked_add(layout.size())?;
            (end <= ARENA_BYTES).then_some(end)
        });
        match taken {
            Ok(_) => self.bytes.get().cast::<u8>().wrapping_add(end - layout.size()),
            Err(_) => core::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

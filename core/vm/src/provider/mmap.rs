//! Linear memories as mappings of their own: reserved address space, or blocks that are lazily backed.
//!
//! A reservation that nobody needs any more is emptied and kept, on Linux, for the next memory.
//!
//! # Invariants
//! - P1. What is kept reads as zero as far as it is open, and belongs to nobody.
#![allow(unsafe_code)] // Maps, protects and unmaps pages.

use crate::address_map::AddressMap;
use crate::provider::linear::{GUARD_BYTES, LinearMemory, MemoryPlan, MemoryProvider, MemoryStyle, RESERVED_BYTES};
use crate::stamp::Stamp;
use crate::sync::Lock;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_error::fallible::boxed;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::limits::IDLE_MEMORIES;
use core::ffi::c_void;
use core::mem::replace;
use core::ptr::{NonNull, null_mut};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// Where the reserved memories of the process lie, guards included, and whose they are.
static RESERVATIONS: AddressMap<Stamp> = AddressMap::new();

/// Memories as anonymous mappings.
#[derive(Clone, Debug)]
pub struct MmapProvider(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stamp: Stamp,
    idle: Lock<Vec<Reserved>>,
}

/// A reservation, and how much of it can be used.
#[derive(Debug)]
struct Reserved {
    /// Before `map`: what is not mapped any more is not known any more.
    known: Reservation,
    map: Mapping,
    open: usize,
}

/// Whether the system empties pages in one step, so that they read as zero.
const EMPTIES: bool = cfg!(any(target_os = "linux", target_os = "android"));

impl MmapProvider {
    /// A provider, which knows its memories from those of others.
    #[allow(clippy::new_without_default)] // Two of them are never equal, so there is no default.
    pub fn new() -> Self {
        Self(Arc::new(Shared { stamp: Stamp::new(), idle: Lock::new(Vec::new()) }))
    }
}

/// Whether an address lies in the reservation of a memory, guard included, that the provider with this stamp has made.
/// Takes no lock: a signal handler asks.
pub fn is_reserved(provider: Stamp, address: usize) -> bool {
    RESERVATIONS.read(|map| map.find(address).is_some_and(|(_, &whose)| whose == provider))
}

impl MemoryProvider for MmapProvider {
    fn stamp(&self) -> Option<Stamp> {
        Some(self.0.stamp)
    }

    fn allocate(&self, plan: &MemoryPlan) -> Result<Box<dyn LinearMemory>> {
        let span = match plan.style {
            MemoryStyle::Movable => round_up(plan.initial)?,
            MemoryStyle::Fixed => round_up(plan.maximum)?,
            MemoryStyle::Reserved => usize::try_from(RESERVED_BYTES + GUARD_BYTES).map_err(|_| no_space(usize::MAX))?,
        };
        let style = plan.style;
        let mut memory = match self.0.take(plan) {
            Some(Reserved { known, map, open }) => {
                MmapMemory { known: Some(known), map, open, style, maximum: plan.maximum, home: self.0.clone() }
            }
            None => {
                // A movable memory is backed as it is touched, whatever is mapped; the others open page by page as they
                // grow.
                let open = if style == MemoryStyle::Movable { span } else { 0 };
                let map = Mapping::new(span, open)?;
                let known = (style == MemoryStyle::Reserved).then(|| Reservation::new(&map, self.0.stamp));
                MmapMemory { known, map, open, style, maximum: plan.maximum, home: self.0.clone() }
            }
        };
        memory.grow_to(plan.initial)?;
        Ok(boxed(memory)?)
    }
}

impl Shared {
    /// A reservation that was kept, with no more open than a memory has at its start.
    fn take(&self, plan: &MemoryPlan) -> Option<Reserved> {
        if !EMPTIES || plan.style != MemoryStyle::Reserved {
            return None;
        }
        let mut reserved = self.idle.with(Vec::pop)?;
        let wanted = round_up(plan.initial).ok()?;
        if reserved.open > wanted {
            let from = reserved.map.base.as_ptr().wrapping_add(wanted).cast::<c_void>();
            // SAFETY: the range lies in a mapping that is nobody else's (P1).
            unsafe { mprotect(from, reserved.open - wanted, MprotectFlags::empty()) }.ok()?;
            reserved.open = wanted;
        }
        Some(reserved)
    }

    /// Keeps a reservation for the next memory, emptied, unless there are enough.
    fn keep(&self, reserved: Reserved) {
        let is_full = |idle: &mut Vec<Reserved>| idle.len() >= IDLE_MEMORIES;
        if !EMPTIES || self.idle.with(is_full) || reserved.map.empty(reserved.open).is_err() {
            return;
        }
        let mut reserved = Some(reserved);
        self.idle.with(|idle| {
            if !is_full(idle) && idle.try_reserve(1).is_ok() {
                idle.extend(reserved.take());
            }
        });
    }
}

fn no_space(bytes: usize) -> Error {
    Error::fault_args(ErrorKind::Resource, format_args!("no address space for a linear memory of {bytes} bytes"))
}

/// Host pages have at most this many bytes on the platforms served; a multiple of the page size is all that matters.
const PAGE: usize = 64 << 10;

fn round_up(bytes: usize) -> Result<usize> {
    bytes.checked_next_multiple_of(PAGE).ok_or_else(|| no_space(bytes))
}

/// A run of pages of our own; unmapped when dropped.
#[derive(Debug)]
struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the pages belong to this object alone.
unsafe impl Send for Mapping {}
// SAFETY: as above; a shared reference gives out only the address.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `bytes` bytes, of which the first `open` can be used. Both are whole pages.
    fn new(bytes: usize, open: usize) -> Result<Self> {
        if bytes == 0 {
            return Ok(Self { base: NonNull::dangling(), bytes });
        }
        let prot = if open == 0 { ProtFlags::empty() } else { ProtFlags::READ | ProtFlags::WRITE };
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: an anonymous mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe { mmap_anonymous(null_mut(), bytes, prot, flags) }.map_err(|_| no_space(bytes))?;
        let base = NonNull::new(base.cast::<u8>()).ok_or_else(|| no_space(bytes))?;
        Ok(Self { base, bytes })
    }

    /// Nothing.
    fn none() -> Self {
        Self { base: NonNull::dangling(), bytes: 0 }
    }

    /// Gives the first pages back to the system: they read as zero from now on.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn empty(&self, bytes: usize) -> rustix::io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        // SAFETY: the pages are private, and whoever has this mapping alone knows of them.
        unsafe { rustix::mm::madvise(self.base.as_ptr().cast(), bytes, rustix::mm::Advice::LinuxDontNeed) }
    }

    /// Not here.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn empty(&self, _: usize) -> rustix::io::Result<()> {
        Err(rustix::io::Errno::NOSYS)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.bytes != 0 {
            // SAFETY: these pages were mapped by `new` and nobody refers to them any more. Failure would leak them.
            let _ = unsafe { munmap(self.base.as_ptr().cast::<c_void>(), self.bytes) };
        }
    }
}

/// A mapping that is known as a reservation, until this is dropped.
#[derive(Debug)]
struct Reservation(usize);

impl Reservation {
    fn new(map: &Mapping, provider: Stamp) -> Self {
        let start = map.base.as_ptr().addr();
        RESERVATIONS.insert(start, start + map.bytes, provider);
        Self(start)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        RESERVATIONS.remove(self.0);
    }
}

#[derive(Debug)]
struct MmapMemory {
    /// Before `map`: what is not mapped any more is not known any more.
    known: Option<Reservation>,
    map: Mapping,
    /// Bytes from the base on that can be used, in whole pages.
    open: usize,
    style: MemoryStyle,
    maximum: usize,
    /// Who keeps its reservation.
    home: Arc<Shared>,
}

impl Drop for MmapMemory {
    fn drop(&mut self) {
        if let Some(known) = self.known.take() {
            let map = replace(&mut self.map, Mapping::none());
            self.home.keep(Reserved { known, map, open: self.open });
        }
    }
}

impl MmapMemory {
    fn move_to(&mut self, bytes: usize) -> Result<()> {
        // Half as much again, so that growth page by page copies each byte a few times only.
        let wanted =
            self.map.bytes.saturating_add(self.map.bytes / 2).min(round_up(self.maximum).unwrap_or(usize::MAX));
        let span = round_up(bytes)?;
        let map = Mapping::new(span.max(wanted & !(PAGE - 1)), span).or_else(|_| Mapping::new(span, span))?;
        // SAFETY: both mappings are open over the old one's whole length and are different.
        unsafe { map.base.copy_from_nonoverlapping(self.map.base, self.open) };
        self.open = map.bytes;
        self.map = map;
        Ok(())
    }
}

// SAFETY: `open` bytes are readable and writable, anonymous pages read as zero; only `move_to` changes the base, and
// only for movable memories. A reserved memory spans reservation and guard, of which nothing beyond `open` is
// accessible; its length is a multiple of `PAGE`, so `open` is its length.
unsafe impl LinearMemory for MmapMemory {
    fn base(&self) -> *mut u8 {
        self.map.base.as_ptr()
    }

    fn grow_to(&mut self, bytes: usize) -> Result<()> {
        if bytes <= self.open {
            return Ok(());
        }
        if self.style == MemoryStyle::Movable {
            return self.move_to(bytes);
        }
        let open = round_up(bytes)?;
        if open > self.map.bytes {
            return Err(no_space(bytes));
        }
        let from = self.map.base.as_ptr().wrapping_add(self.open).cast::<c_void>();
        // SAFETY: the range lies in our own mapping, behind all that is in use.
        unsafe { mprotect(from, open - self.open, MprotectFlags::READ | MprotectFlags::WRITE) }
            .map_err(|_| no_space(bytes))?;
        self.open = open;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_styles_grow_zeroed_and_keep_contents() -> Result<()> {
        for style in [MemoryStyle::Movable, MemoryStyle::Fixed, MemoryStyle::Reserved] {
            let plan = MemoryPlan { initial: 1 << 16, maximum: 1 << 24, style };
            let (provider, other) = (MmapProvider::new(), MmapProvider::new());
            let mut memory = provider.allocate(&plan)?;
            let base = memory.base();
            let end = base.addr() + (RESERVED_BYTES + GUARD_BYTES) as usize;
            let known = [base.addr(), end - 1, end].map(|at| is_reserved(provider.0.stamp, at));
            assert_eq!(known, [style == MemoryStyle::Reserved, style == MemoryStyle::Reserved, false]);
            assert!(!is_reserved(other.0.stamp, base.addr()));
            // SAFETY: so many bytes are usable.
            unsafe { memory.base().write_bytes(7, 1 << 16) };
            memory.grow_to(1 << 22)?;
            assert!(style == MemoryStyle::Movable || memory.base() == base);
            // SAFETY: so many bytes are usable.
            let bytes = unsafe { core::slice::from_raw_parts(memory.base(), 1 << 22) };
            assert!(bytes[..1 << 16].iter().all(|&b| b == 7) && bytes[1 << 16..].iter().all(|&b| b == 0));
        }
        Ok(())
    }
    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn a_reservation_is_used_again_and_nothing_in_it() -> Result<()> {
        let plan = |pages: usize| MemoryPlan { initial: pages << 16, maximum: 1 << 24, style: MemoryStyle::Reserved };
        let provider = MmapProvider::new();
        let mut memory = provider.allocate(&plan(2))?;
        memory.grow_to(5 << 16)?;
        let base = memory.base();
        // SAFETY: so many bytes are usable.
        unsafe { base.write_bytes(7, 5 << 16) };
        drop(memory);
        for (pages, kept) in [(1, 1), (0, 0), (3, 3)] {
            let mut again = provider.allocate(&plan(pages))?;
            assert_eq!((again.base(), provider.0.idle.with(|idle| idle.len())), (base, 0));
            assert!(is_reserved(provider.0.stamp, base.addr()));
            // What is beyond its length is not open: to open it takes nothing away from what is there.
            again.grow_to(4 << 16)?;
            // SAFETY: so many bytes are usable.
            let bytes = unsafe { core::slice::from_raw_parts_mut(base, 4 << 16) };
            assert!(bytes.iter().all(|&byte| byte == 0), "{pages}");
            bytes.fill(kept + 1);
        }
        let many: Vec<_> = (0..IDLE_MEMORIES + 3).map(|_| provider.allocate(&plan(1))).collect::<Result<_>>()?;
        drop(many);
        assert_eq!(provider.0.idle.with(|idle| idle.len()), IDLE_MEMORIES);
        Ok(())
    }
}

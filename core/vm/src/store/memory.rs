//! Linear memories: growth, and checked views for the host.
//!
//! # Invariants
//! - M1. `VmMemory::base` is the provider's base, and `len` bytes from it on are usable (V3).
//! - M2. A shared memory is never seen as a slice: other threads write it. The host copies through atomics.
#![allow(unsafe_code)] // Views of memory that guests write, and atomics on shared memory.

use crate::engine::Engine;
use crate::provider::{LinearMemory, MemoryPlan};
use crate::store::budget::BLOCK_BYTES;
use crate::store::park::{self, Outcome};
use crate::store::pinned::Pinned;
use crate::sync::Lock;
use crate::tier::VmMemory;
use alloc::boxed::Box;
use alloc::sync::Arc;
use coracle_error::Trap;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::module::MemoryType;
use core::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};

/// One memory of a store.
pub struct MemoryState {
    ty: MemoryType,
    storage: Storage,
}

enum Storage {
    Own { vm: Pinned<VmMemory>, bytes: Box<dyn LinearMemory> },
    Shared(SharedMemory),
}

/// A memory that several stores share. Cloning gives another handle on the same memory.
#[derive(Clone)]
pub struct SharedMemory(Arc<Shared>);

struct Shared {
    engine: Engine,
    ty: MemoryType,
    /// Written only under the lock, and only `len`: a shared memory never moves.
    vm: Pinned<VmMemory>,
    bytes: Lock<Box<dyn LinearMemory>>,
}

// SAFETY: `vm.base` never changes, `vm.len` is atomic, and the bytes are reached through atomics only (M2).
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// The most pages that an index type and a page size allow.
fn most_pages(ty: &MemoryType) -> u64 {
    let address_bits = if ty.memory64 { 64 } else { 32 };
    match address_bits - ty.page_size_log2 {
        64 => u64::MAX,
        bits => 1 << bits,
    }
}

/// Pages as bytes of this host, if it can address so many.
fn bytes_of(ty: &MemoryType, pages: u64) -> Option<usize> {
    let bytes = pages.checked_mul(1 << ty.page_size_log2)?;
    usize::try_from(bytes).ok().filter(|&bytes| bytes <= isize::MAX as usize)
}

/// The most bytes that this type allows on this host.
pub fn maximum_bytes(ty: &MemoryType) -> usize {
    let pages = ty.max.unwrap_or(u64::MAX).min(most_pages(ty));
    bytes_of(ty, pages).unwrap_or(isize::MAX as usize & !((1 << ty.page_size_log2) - 1))
}

/// The most bytes that this type allows on any host, as a limiter is told; `None` where this host has no such number.
pub(crate) fn told_maximum(ty: &MemoryType) -> Option<usize> {
    let bytes = match ty.max {
        Some(max) => max.checked_mul(1 << ty.page_size_log2)?,
        None if ty.memory64 => 0_u64.wrapping_sub(1 << ty.page_size_log2),
        None => 1 << 32,
    };
    usize::try_from(bytes).ok()
}

/// The bytes that a memory of this type has at the start.
///
/// # Errors
/// `ErrorKind::Resource` when this host cannot address them.
pub fn initial_bytes(ty: &MemoryType) -> Result<usize> {
    bytes_of(ty, ty.min).ok_or_else(|| too_large(ty))
}

/// A memory's first size is refused: by the host or by the embedder.
pub(crate) fn too_large(ty: &MemoryType) -> Error {
    let pages = ty.min;
    Error::fault_args(ErrorKind::Resource, format_args!("memory minimum size of {pages} pages exceeds memory limits"))
}

fn allocate(engine: &Engine, ty: &MemoryType) -> Result<(Pinned<VmMemory>, Box<dyn LinearMemory>)> {
    let plan = MemoryPlan { initial: initial_bytes(ty)?, maximum: maximum_bytes(ty), style: engine.memory_style(ty) };
    let bytes = engine.memory_provider().allocate(&plan)?;
    let vm = VmMemory { base: bytes.base(), len: AtomicUsize::new(plan.initial) };
    Ok((Pinned::new(vm)?, bytes))
}

impl SharedMemory {
    /// A new shared memory.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the type is not shared or has no maximum; `ErrorKind::Unsupported` where
    /// `Config::shared_memory` is off; `ErrorKind::Resource` when the memory is not to be had.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<Self> {
        if !ty.shared || ty.max.is_none() {
            return Err(Error::fault(ErrorKind::Type, "a shared memory needs a shared type with a maximum"));
        }
        if !engine.settings().shared_memories {
            return Err(Error::fault(ErrorKind::Unsupported, "shared memory is disabled (`Config::shared_memory`)"));
        }
        let (vm, bytes) = allocate(engine, &ty)?;
        let engine = engine.clone();
        Ok(Self(Arc::new(Shared { engine, ty, vm, bytes: Lock::new(bytes) })))
    }

    /// The engine that it was made for.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Its type.
    pub fn ty(&self) -> MemoryType {
        self.0.ty
    }

    /// Its length in bytes.
    pub fn byte_len(&self) -> usize {
        self.0.vm.get().len.load(Ordering::Acquire)
    }

    /// Its length in pages.
    pub fn pages(&self) -> u64 {
        (self.byte_len() >> self.0.ty.page_size_log2) as u64
    }

    /// Grows by `delta` pages and returns the old length in pages; `None` when it cannot. Nothing is asked of
    /// limiters: the memory is no store's.
    pub fn grow(&self, delta: u64) -> Option<u64> {
        self.0.bytes.with(|bytes| {
            let old = self.pages();
            let new = grown_bytes(&self.0.ty, old, delta)?;
            bytes.grow_to(new).ok()?;
            self.0.vm.get().len.store(new, Ordering::Release);
            Some(old)
        })
    }

    /// The bytes, each an atomic of its own.
    pub fn data(&self) -> &[AtomicU8] {
        let vm = self.0.vm.get();
        // SAFETY: `len` bytes are usable (M1) and stay so, the memory never moves, and all access is atomic (M2).
        unsafe { core::slice::from_raw_parts(vm.base.cast::<AtomicU8>(), vm.len.load(Ordering::Acquire)) }
    }

    /// A cell of `bytes` bytes for a wait or a notification.
    fn cell(&self, address: u64, bytes: usize) -> Result<*const AtomicU8, Trap> {
        if !address.is_multiple_of(bytes as u64) {
            return Err(Trap::HeapMisaligned);
        }
        let start = usize::try_from(address).map_err(|_| Trap::MemoryOutOfBounds)?;
        let cell = start.checked_add(bytes).and_then(|end| self.data().get(start..end));
        cell.map(<[AtomicU8]>::as_ptr).ok_or(Trap::MemoryOutOfBounds)
    }

    /// `memory.atomic.notify`, by the host.
    ///
    /// # Errors
    /// `Trap::HeapMisaligned`, `Trap::MemoryOutOfBounds`.
    pub(crate) fn notify(&self, address: u64, count: u32) -> Result<u32, Trap> {
        Ok(park::notify(self.cell(address, 4)?.addr(), count))
    }

    /// `memory.atomic.wait32`, by the host. A negative timeout is none.
    ///
    /// # Errors
    /// As [`notify`](Self::notify), and those of waiting.
    pub(crate) fn wait32(&self, address: u64, expected: u32, timeout_ns: i64) -> Result<Outcome, Trap> {
        let cell = self.cell(address, 4)?;
        let still = || {
            // SAFETY: the cell was checked for bounds and alignment; shared memories are reached by atomics only (M2).
            unsafe { (*cell.cast::<AtomicU32>()).load(Ordering::SeqCst) == expected.to_le() }
        };
        park::wait(cell.addr(), timeout_ns, still, None)
    }

    /// `memory.atomic.wait64`, by the host. A negative timeout is none.
    ///
    /// # Errors
    /// As [`notify`](Self::notify), and those of waiting.
    pub(crate) fn wait64(&self, address: u64, expected: u64, timeout_ns: i64) -> Result<Outcome, Trap> {
        let cell = self.cell(address, 8)?;
        park::wait(cell.addr(), timeout_ns, || load64(cell.cast_mut().cast()) == expected.to_le(), None)
    }

    /// Whether two handles are of one memory.
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }
}

impl core::fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SharedMemory").field("ty", &self.0.ty).field("bytes", &self.byte_len()).finish()
    }
}

/// The length in bytes after growth by `delta` pages, if type and host allow it.
fn grown_bytes(ty: &MemoryType, pages: u64, delta: u64) -> Option<usize> {
    let pages = pages.checked_add(delta)?;
    let most = ty.max.unwrap_or(u64::MAX).min(most_pages(ty));
    bytes_of(ty, pages).filter(|_| pages <= most)
}

impl MemoryState {
    /// Bytes that one takes in a store, but for its contents.
    pub(crate) const BYTES: usize = 2 * size_of::<Self>() + size_of::<VmMemory>() + 4 * BLOCK_BYTES;

    /// A new memory. A shared one can be shared with other stores.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when the memory is not to be had.
    pub(crate) fn new(engine: &Engine, ty: MemoryType) -> Result<Self> {
        if ty.shared {
            return Ok(Self::of_shared(SharedMemory::new(engine, ty)?));
        }
        let (vm, bytes) = allocate(engine, &ty)?;
        Ok(Self { ty, storage: Storage::Own { vm, bytes } })
    }

    /// A shared memory as one of this store's.
    pub(crate) fn of_shared(memory: SharedMemory) -> Self {
        Self { ty: memory.ty(), storage: Storage::Shared(memory) }
    }

    /// What running code reads.
    pub(crate) fn vm(&self) -> *mut VmMemory {
        match &self.storage {
            Storage::Own { vm, .. } => vm.as_ptr(),
            Storage::Shared(memory) => memory.0.vm.as_ptr(),
        }
    }

    /// The type that it was made with. Its minimum does not follow growth.
    pub fn ty(&self) -> MemoryType {
        self.ty
    }

    /// The shared memory, if it is one.
    pub fn shared(&self) -> Option<&SharedMemory> {
        match &self.storage {
            Storage::Own { .. } => None,
            Storage::Shared(memory) => Some(memory),
        }
    }

    /// The length in bytes.
    #[inline]
    pub fn byte_len(&self) -> usize {
        match &self.storage {
            Storage::Own { vm, .. } => vm.get().len.load(Ordering::Relaxed),
            Storage::Shared(memory) => memory.byte_len(),
        }
    }

    /// The length in pages.
    pub fn pages(&self) -> u64 {
        (self.byte_len() >> self.ty.page_size_log2) as u64
    }

    /// The length in bytes after growth by `delta` pages, if type and host allow it.
    pub(crate) fn grown_bytes(&self, delta: u64) -> Option<usize> {
        grown_bytes(&self.ty, self.pages(), delta)
    }

    /// Grows by `delta` pages without asking anybody, and returns the old length in pages.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when type, host or provider do not give so much; then nothing has changed.
    pub(crate) fn grow(&mut self, delta: u64) -> Result<u64> {
        let failed = || Error::fault(ErrorKind::Resource, "a memory cannot grow so far");
        match &mut self.storage {
            Storage::Own { vm, bytes } => {
                let vm = vm.get_mut();
                let old = (*vm.len.get_mut() >> self.ty.page_size_log2) as u64;
                let new = grown_bytes(&self.ty, old, delta).ok_or_else(failed)?;
                bytes.grow_to(new)?;
                vm.base = bytes.base();
                *vm.len.get_mut() = new;
                Ok(old)
            }
            Storage::Shared(memory) => memory.grow(delta).ok_or_else(failed),
        }
    }

    /// All bytes; none of a shared memory, which has no slice (M2).
    #[inline]
    pub fn data(&self) -> &[u8] {
        match &self.storage {
            Storage::Own { vm, .. } => {
                let vm = vm.get();
                // SAFETY: `len` bytes are usable (M1), and nobody writes them while the store is borrowed (V2).
                unsafe { core::slice::from_raw_parts(vm.base, vm.len.load(Ordering::Relaxed)) }
            }
            Storage::Shared(_) => &[],
        }
    }

    /// All bytes for change; none of a shared memory, which has no slice (M2).
    #[inline]
    pub fn data_mut(&mut self) -> &mut [u8] {
        match &mut self.storage {
            Storage::Own { vm, .. } => {
                let vm = vm.get_mut();
                // SAFETY: `len` bytes are usable (M1), and nobody else reaches them while the store is borrowed (V2).
                unsafe { core::slice::from_raw_parts_mut(vm.base, *vm.len.get_mut()) }
            }
            Storage::Shared(_) => &mut [],
        }
    }

    /// Copies bytes out of the memory, shared or not.
    ///
    /// # Errors
    /// `Trap::MemoryOutOfBounds` when they do not lie inside.
    pub fn read(&self, at: usize, to: &mut [u8]) -> Result<(), Trap> {
        let end = at.checked_add(to.len()).ok_or(Trap::MemoryOutOfBounds)?;
        if let Some(memory) = self.shared() {
            let from = memory.data().get(at..end).ok_or(Trap::MemoryOutOfBounds)?;
            from.iter().zip(to).for_each(|(from, to)| *to = from.load(Ordering::Relaxed));
        } else {
            to.copy_from_slice(self.data().get(at..end).ok_or(Trap::MemoryOutOfBounds)?);
        }
        Ok(())
    }

    /// Copies bytes into the memory, shared or not.
    ///
    /// # Errors
    /// `Trap::MemoryOutOfBounds` when they would not lie inside; then nothing is written.
    pub fn write(&mut self, at: usize, from: &[u8]) -> Result<(), Trap> {
        let end = at.checked_add(from.len()).ok_or(Trap::MemoryOutOfBounds)?;
        if let Some(memory) = self.shared() {
            let to = memory.data().get(at..end).ok_or(Trap::MemoryOutOfBounds)?;
            to.iter().zip(from).for_each(|(to, from)| to.store(*from, Ordering::Relaxed));
        } else {
            self.data_mut().get_mut(at..end).ok_or(Trap::MemoryOutOfBounds)?.copy_from_slice(from);
        }
        Ok(())
    }
}

impl core::fmt::Debug for MemoryState {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("ty", &self.ty).field("bytes", &self.byte_len()).finish()
    }
}

/// Reads the cell of a wait.
#[cfg(target_has_atomic = "64")]
pub(crate) fn load64(cell: *mut u8) -> u64 {
    // SAFETY: the cell was checked for bounds and alignment; shared memories are reached by atomics only (M2).
    unsafe { (*cell.cast::<core::sync::atomic::AtomicU64>()).load(Ordering::SeqCst) }
}

/// Reads the cell of a wait, where no other thread can write it meanwhile.
#[cfg(not(target_has_atomic = "64"))]
pub(crate) fn load64(cell: *mut u8) -> u64 {
    // SAFETY: the cell was checked for bounds; hosts without such atomics run one thread.
    unsafe { cell.cast::<u64>().read_unaligned() }
}

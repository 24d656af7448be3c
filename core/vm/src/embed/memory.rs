//! What is done with a `Memory` of one store and a `SharedMemory` of several: made, read, written, grown, waited at.

use crate::embed::extern_type::MemoryType;
use crate::embed::handle::{Memory, SharedMemory};
use crate::embed::raw;
use crate::engine::Engine;
use crate::store::memory::MemoryState;
use crate::store::on_stack::OnStack;
use crate::store::park::Outcome;
use crate::store::{AsContext, AsContextMut, StoreContext, StoreContextMut, StoreInner, memory};
use coracle_error::Trap;
use coracle_error::{Error, ErrorKind, Result};
use core::cell::UnsafeCell;
use core::fmt;
use core::sync::atomic::AtomicU8;
use core::time::Duration;

/// An access that does not lie inside a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryAccessError;

impl fmt::Display for MemoryAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of bounds memory access")
    }
}

impl core::error::Error for MemoryAccessError {}

impl Memory {
    /// A new memory of zeros.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the type is shared; `ErrorKind::Resource` when the limiter or the host do not give so
    /// much.
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Self> {
        if ty.is_shared() {
            return Err(Error::fault(ErrorKind::Type, "shared memories must be created through `SharedMemory`"));
        }
        let mut store = store.as_context_mut();
        let store = store.inner();
        store.check_sync_growth()?;
        let id = store.define_memory(ty.0)?;
        Ok(Self(store.stamp(id)))
    }

    /// As [`Memory::new`], where the limiter may have to be waited for.
    ///
    /// # Errors
    /// As there.
    pub async fn new_async(mut store: impl AsContextMut, ty: MemoryType) -> Result<Self> {
        if ty.is_shared() {
            return Err(Error::fault(ErrorKind::Type, "shared memories must be created through `SharedMemory`"));
        }
        OnStack::new(store.as_context_mut(), move |store| {
            let id = store.define_memory(ty.0)?;
            Ok(Self(store.stamp(id)))
        })
        .await
    }

    fn state<'a, T: 'static>(&self, store: StoreContext<'a, T>) -> &'a MemoryState {
        let store = store.inner();
        store.memory(store.unstamp(self.0))
    }

    /// The type that it was made with.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> MemoryType {
        MemoryType(self.state(store.as_context()).ty())
    }

    /// Copies bytes out of it.
    ///
    /// # Errors
    /// When they do not all lie inside.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn read(&self, store: impl AsContext, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryAccessError> {
        self.state(store.as_context()).read(offset, buffer).map_err(|_| MemoryAccessError)
    }

    /// Copies bytes into it.
    ///
    /// # Errors
    /// When they do not all lie inside; then nothing is written.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn write(&self, mut store: impl AsContextMut, offset: usize, buffer: &[u8]) -> Result<(), MemoryAccessError> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        let id = store.unstamp(self.0);
        store.memory_mut(id).write(offset, buffer).map_err(|_| MemoryAccessError)
    }

    /// All bytes. O(1).
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a [u8] {
        self.state(store.into()).data()
    }

    /// All bytes, for change. O(1).
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data_mut<'a, T: 'static>(&self, store: impl Into<StoreContextMut<'a, T>>) -> &'a mut [u8] {
        let store = store.into().into_inner();
        let id = store.unstamp(self.0);
        store.memory_mut(id).data_mut()
    }

    /// All bytes and the embedder's data, both for change. O(1).
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data_and_store_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> (&'a mut [u8], &'a mut T) {
        let (memory, data) = store.into().memory_and_data(self.0);
        (memory.data_mut(), data)
    }

    /// Where it lies. Good until it grows or the store ends; guests write there.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data_ptr(&self, store: impl AsContext) -> *mut u8 {
        self.state(store.as_context()).data().as_ptr().cast_mut()
    }

    /// Its length in bytes.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn data_size(&self, store: impl AsContext) -> usize {
        self.state(store.as_context()).byte_len()
    }

    /// Its length in pages.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.state(store.as_context()).pages()
    }

    /// Bytes of a page.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn page_size(&self, store: impl AsContext) -> u64 {
        self.ty(store).page_size()
    }

    /// Bytes of a page, as a power of two.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn page_size_log2(&self, store: impl AsContext) -> u8 {
        self.ty(store).page_size_log2()
    }

    /// Grows by `delta` pages, and returns the old length in pages.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when type, limiter or host do not allow it; what the limiter says.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let mut store = store.as_context_mut();
        let store = store.inner();
        store.check_sync_growth()?;
        let id = store.unstamp(self.0);
        store.grow_memory(id, delta)?.ok_or_else(|| grow_failed(delta))
    }

    /// As [`Memory::grow`], where the limiter may have to be waited for.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// If it is of another store.
    pub async fn grow_async(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let memory = self.0;
        let grow = move |store: &mut StoreInner| store.grow_memory(store.unstamp(memory), delta);
        OnStack::new(store.as_context_mut(), grow).await?.ok_or_else(|| grow_failed(delta))
    }
}

fn grow_failed(delta: u64) -> Error {
    Error::fault(ErrorKind::Resource, coracle_error::wording!("failed to grow memory by `{delta}`"))
}

impl SharedMemory {
    /// A new memory of zeros.
    ///
    /// # Errors
    /// `ErrorKind::Type` when the type is not shared; `ErrorKind::Unsupported` where `Config::shared_memory` is off;
    /// `ErrorKind::Resource` when the host does not give so much.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<Self> {
        if !ty.is_shared() {
            let message = "shared memory must have the `shared` flag enabled on its memory type";
            return Err(Error::fault(ErrorKind::Type, message));
        }
        Ok(Self(memory::SharedMemory::new(engine, ty.0)?))
    }

    /// The type that it was made with.
    pub fn ty(&self) -> MemoryType {
        MemoryType(self.0.ty())
    }

    /// Its length in pages.
    pub fn size(&self) -> u64 {
        self.0.pages()
    }

    /// Bytes of a page.
    pub fn page_size(&self) -> u64 {
        self.ty().page_size()
    }

    /// Its length in bytes.
    pub fn data_size(&self) -> usize {
        self.0.byte_len()
    }

    /// All bytes, each a cell that other threads may write at any time: to be reached through atomics, by pointer.
    /// [`SharedMemory::atomics`] is the same without `unsafe`.
    pub fn data(&self) -> &[UnsafeCell<u8>] {
        raw::as_cells(self.0.data())
    }

    /// All bytes, each an atomic.
    pub fn atomics(&self) -> &[AtomicU8] {
        self.0.data()
    }

    /// Grows by `delta` pages, and returns the old length in pages.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when type or host do not allow it.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        self.0.grow(delta).ok_or_else(|| grow_failed(delta))
    }

    /// Wakes at most `count` of those that wait at the 32-bit cell at `address`, and says how many.
    ///
    /// # Errors
    /// `Trap::HeapMisaligned`, `Trap::MemoryOutOfBounds`.
    pub fn atomic_notify(&self, address: u64, count: u32) -> Result<u32, Trap> {
        self.0.notify(address, count)
    }

    /// Waits at the cell at `address` while it holds `expected`, until it is notified or the time is over.
    ///
    /// # Errors
    /// `Trap::HeapMisaligned`, `Trap::MemoryOutOfBounds`; without `std`, `Trap::CannotBlockSyncTask` where nobody could ever
    /// notify.
    pub fn atomic_wait32(&self, address: u64, expected: u32, timeout: Option<Duration>) -> Result<WaitResult, Trap> {
        self.0.wait32(address, expected, nanos(timeout)).map(WaitResult::of)
    }

    /// The same with a cell of 64 bits.
    ///
    /// # Errors
    /// As [`atomic_wait32`](Self::atomic_wait32).
    pub fn atomic_wait64(&self, address: u64, expected: u64, timeout: Option<Duration>) -> Result<WaitResult, Trap> {
        self.0.wait64(address, expected, nanos(timeout)).map(WaitResult::of)
    }
}

/// A timeout as the instructions have it: none is negative.
fn nanos(timeout: Option<Duration>) -> i64 {
    timeout.map_or(-1, |timeout| i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX))
}

/// How a wait on a shared memory ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitResult {
    /// It was notified.
    Ok = 0,
    /// The cell held another value.
    Mismatch = 1,
    /// Nobody notified it in time.
    TimedOut = 2,
}

impl WaitResult {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Woken => Self::Ok,
            Outcome::NotEqual => Self::Mismatch,
            Outcome::TimedOut => Self::TimedOut,
        }
    }
}

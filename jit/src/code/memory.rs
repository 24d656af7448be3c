//! Pages for machine code: one reservation per module, handed out from its start.
//!
//! # Invariants
//! - M1. Pages of a batch are writable and not executable until the batch is finished, then executable and not
//!   writable for ever; no page belongs to two batches.
//! - M2. All code of a module lies in one reservation, so calls inside it reach.
//! - M3. The reservation is unmapped when its owner is dropped, which is when the module is dead.
#![allow(unsafe_code)] // Maps and protects pages.

use cranelift_jit::{BranchProtection, JITMemoryKind, JITMemoryProvider};
use cranelift_module::{ModuleError, ModuleResult};
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much machine code an engine may have, and how much it has, in bytes.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    /// Of `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0) }
    }

    fn take(&self, bytes: usize) -> io::Result<()> {
        let fits = |used: usize| used.checked_add(bytes).filter(|&used| used <= self.limit);
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(()),
            Err(_) => Err(full()),
        }
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

fn full() -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, "the limit of code memory is reached")
}

/// The code pages of one module.
#[derive(Debug)]
pub(crate) struct CodePages {
    base: NonNull<u8>,
    /// Bytes reserved.
    reserved: usize,
    /// Bytes handed out, gaps included.
    used: usize,
    /// Where the batch at hand begins.
    batch: usize,
    /// Up to here pages are writable or executable.
    open: usize,
    page: usize,
    budget: Arc<Budget>,
}

// SAFETY: the pages belong to this object alone.
unsafe impl Send for CodePages {}

impl CodePages {
    /// Reserves address space for `bytes` bytes of code.
    pub(crate) fn reserve(bytes: usize, budget: Arc<Budget>) -> io::Result<Self> {
        // SAFETY: asks for a constant of the system.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
        let reserved = bytes.next_multiple_of(page);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), reserved, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast::<u8>()).ok_or_else(full)?;
        Ok(Self { base, reserved, used: 0, batch: 0, open: 0, page, budget })
    }

    fn protect(&self, from: usize, to: usize, protection: libc::c_int) -> io::Result<()> {
        // SAFETY: `from..to` are whole pages of this reservation; M1 says who may do what with them.
        let result = unsafe { libc::mprotect(self.base.as_ptr().add(from).cast(), to - from, protection) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    fn give_back(&mut self) {
        if self.reserved == 0 {
            return;
        }
        self.budget.give_back(self.open);
        // SAFETY: M3: nobody runs or reads this code any more.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.reserved) };
        (self.reserved, self.used, self.batch, self.open) = (0, 0, 0, 0);
    }
}

impl Drop for CodePages {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl JITMemoryProvider for CodePages {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> io::Result<*mut u8> {
        if !matches!(kind, JITMemoryKind::Executable) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "code has no data objects"));
        }
        let align = usize::try_from(align).map_err(io::Error::other)?;
        let start = self.used.next_multiple_of(align.max(1));
        let end = start.checked_add(size).filter(|&end| end <= self.reserved).ok_or_else(full)?;
        let open = end.next_multiple_of(self.page);
        if open > self.open {
            self.budget.take(open - self.open)?;
            self.protect(self.open, open, libc::PROT_READ | libc::PROT_WRITE)?;
            self.open = open;
        }
        self.used = end;
        // SAFETY: `start..end` lies in the reservation.
        Ok(unsafe { self.base.as_ptr().add(start) })
    }

    unsafe fn free_memory(&mut self) {
        self.give_back();
    }

    fn finalize(&mut self, _branch_protection: BranchProtection) -> ModuleResult<()> {
        if self.open == self.batch {
            return Ok(());
        }
        let failed = |error: io::Error| ModuleError::Allocation { err: error };
        // Where nothing can fail, as on Apple's machines, the error is another type.
        fn other(error: impl ToString) -> io::Error {
            io::Error::other(error.to_string())
        }
        let (from, len) = (self.batch, self.open - self.batch);
        // SAFETY: the bytes lie in the reservation and are readable.
        let cleared = unsafe { icache::clear_cache(self.base.as_ptr().add(from).cast(), len) };
        cleared.map_err(other).map_err(failed)?;
        self.protect(from, self.open, libc::PROT_READ | libc::PROT_EXEC).map_err(failed)?;
        icache::pipeline_flush_mt().map_err(other).map_err(failed)?;
        // M1: the next batch begins on a page of its own.
        (self.batch, self.used) = (self.open, self.open);
        Ok(())
    }
}

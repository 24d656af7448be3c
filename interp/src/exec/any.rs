//! Accesses to any memory: one that is not memory 0, has 64-bit addresses, or is shared.
//!
//! A shared memory is read and written through atomics only (V2). What lies aligned is one such access, or two for a
//! vector. What does not is accessed byte by byte, apart from the handler, which would need a frame on the host's stack
//! for it.
#![allow(unsafe_code)] // Reads and writes memory at addresses that it compared with the length.

use crate::exec::machine::{Dispatch, Exec, Regs};
use crate::exec::stack::trap;
use coracle_error::Trap;
use coracle_vm::tier::{VmCtx, VmMemory};
use core::sync::atomic::Ordering;

/// How an op accesses any memory.
pub(crate) trait Way {
    /// Loads bytes, or nothing where memory ends before or this is not the way.
    fn load<B: Bytes>(m: &Regs, memory: u32, base: u64, offset: u64) -> Option<B>;
    /// Stores bytes, or nothing. They are computed late, since registers are scarce.
    fn store<B: Bytes>(m: &Regs, memory: u32, base: u64, offset: u64, bytes: impl FnOnce() -> B) -> Option<()>;
    /// Goes on after nothing: `Slow` is the same op the other way.
    fn otherwise<P: Dispatch, Slow: Exec>(m: Regs) -> P::Out;
}

/// At once, where the bytes lie aligned.
pub(crate) struct Whole;
/// One by one.
pub(crate) struct Bytewise;

impl Way for Whole {
    #[inline(always)]
    fn load<B: Bytes>(m: &Regs, memory: u32, base: u64, offset: u64) -> Option<B> {
        let at = m.place_in(memory, base, offset, B::BYTES)?;
        // SAFETY: V3, compared by `place_in`, and aligned.
        at.addr().is_multiple_of(B::ALIGN).then(|| unsafe { B::load(at) })
    }
    #[inline(always)]
    fn store<B: Bytes>(m: &Regs, memory: u32, base: u64, offset: u64, bytes: impl FnOnce() -> B) -> Option<()> {
        let at = m.place_in(memory, base, offset, B::BYTES)?;
        // SAFETY: V3, compared by `place_in`, and aligned.
        at.addr().is_multiple_of(B::ALIGN).then(|| unsafe { bytes().store(at) })
    }
    #[inline(always)]
    fn otherwise<P: Dispatch, Slow: Exec>(m: Regs) -> P::Out {
        P::rare::<Slow>(m)
    }
}

impl Way for Bytewise {
    #[inline(always)]
    fn load<B: Bytes>(m: &Regs, memory: u32, base: u64, offset: u64) -> Option<B> {
        let at = m.place_in(memory, base, offset, B::BYTES)?;
        // SAFETY: V3, compared by `place_in`.
        Some(unsafe { B::load_bytewise(at) })
    }
    #[inline(always)]
    fn store<B: Bytes>(m: &Regs, memory: u32, base: u64, offset: u64, bytes: impl FnOnce() -> B) -> Option<()> {
        let at = m.place_in(memory, base, offset, B::BYTES)?;
        // SAFETY: V3, compared by `place_in`.
        unsafe { bytes().store_bytewise(at) };
        Some(())
    }
    #[inline(always)]
    fn otherwise<P: Dispatch, Slow: Exec>(m: Regs) -> P::Out {
        trap::<P>(m, Trap::MemoryOutOfBounds)
    }
}

/// A few bytes of memory: 1, 2, 4, 8 or 16.
pub(crate) trait Bytes: Copy {
    /// How many.
    const BYTES: u64;
    /// Where [`load`](Self::load) and [`store`](Self::store) may be used: at multiples of this.
    const ALIGN: usize;
    /// Loads them from memory 0.
    fn load0(m: &Regs, base: u32, offset: u32) -> Option<Self>;
    /// Stores them to memory 0.
    fn store0(self, m: &mut Regs, base: u32, offset: u32) -> Option<()>;
    /// Loads them.
    ///
    /// # Safety
    /// `at` is mapped and aligned.
    unsafe fn load(at: *mut u8) -> Self;
    /// Stores them.
    ///
    /// # Safety
    /// `at` is mapped, writable and aligned.
    unsafe fn store(self, at: *mut u8);
    /// Loads them one by one.
    ///
    /// # Safety
    /// `at` is mapped.
    unsafe fn load_bytewise(at: *mut u8) -> Self;
    /// Stores them one by one.
    ///
    /// # Safety
    /// `at` is mapped and writable.
    unsafe fn store_bytewise(self, at: *mut u8);
}

macro_rules! bytes {
    ($($count:literal: $parts:literal of $part:ident;)*) => {$(
        #[allow(clippy::useless_transmute)] // Where a part is one byte.
        impl Bytes for [u8; $count] {
            const BYTES: u64 = $count;
            const ALIGN: usize = size_of::<$part>();
            #[inline(always)]
            fn load0(m: &Regs, base: u32, offset: u32) -> Option<Self> {
                m.load(base, offset)
            }
            #[inline(always)]
            fn store0(self, m: &mut Regs, base: u32, offset: u32) -> Option<()> {
                m.store(base, offset, self)
            }
            #[inline(always)]
            unsafe fn load(at: *mut u8) -> Self {
                let mut parts = [0; $parts];
                for i in 0..$parts {
                    // SAFETY: by contract.
                    parts[i] = unsafe { $part::load(at.cast::<$part>().add(i)) };
                }
                // SAFETY: both are plain bytes, as many.
                unsafe { core::mem::transmute::<[$part; $parts], Self>(parts) }
            }
            #[inline(always)]
            unsafe fn store(self, at: *mut u8) {
                // SAFETY: both are plain bytes, as many.
                let parts = unsafe { core::mem::transmute::<Self, [$part; $parts]>(self) };
                for i in 0..$parts {
                    // SAFETY: by contract.
                    unsafe { $part::store(at.cast::<$part>().add(i), parts[i]) };
                }
            }
            #[inline(always)]
            unsafe fn load_bytewise(at: *mut u8) -> Self {
                let mut bytes = [0; $count];
                for i in 0..$count {
                    // SAFETY: by contract.
                    bytes[i] = unsafe { u8::load(at.add(i)) };
                }
                bytes
            }
            // By number: an iterator that is not inlined would cost the handler its jump.
            #[inline(always)]
            unsafe fn store_bytewise(self, at: *mut u8) {
                for i in 0..$count {
                    // SAFETY: by contract.
                    unsafe { u8::store(at.add(i), self[i]) };
                }
            }
        }
    )*};
}
bytes! { 1: 1 of u8; 2: 1 of u16; 4: 1 of u32; 8: 1 of u64; 16: 2 of u64; }

/// The widths of atomic accesses.
#[cfg_attr(
    not(feature = "threads"),
    allow(dead_code, reason = "shared memories are read and written bytewise at most")
)]
pub(crate) trait Width: Sized {
    /// How many bytes.
    const BYTES: u64;
    /// The number at `at`, as it lies there.
    ///
    /// # Safety
    /// `at` is mapped and aligned.
    unsafe fn load(at: *mut Self) -> Self;
    /// Sets the number at `at`, as it will lie there.
    ///
    /// # Safety
    /// `at` is mapped, writable and aligned.
    unsafe fn store(at: *mut Self, number: Self);
    /// The number at `at`, replaced by what `change` makes of it.
    ///
    /// # Safety
    /// `at` is mapped, writable and aligned.
    unsafe fn update(at: *mut u8, change: impl Fn(u64) -> u64) -> u64;
}

macro_rules! widths {
    ($($ty:ident $atomic:ident $has:literal;)*) => {$(
        #[cfg(target_has_atomic = $has)]
        impl Width for $ty {
            const BYTES: u64 = size_of::<$ty>() as u64;
            #[inline(always)]
            unsafe fn load(at: *mut Self) -> Self {
                // SAFETY: by contract.
                unsafe { core::sync::atomic::$atomic::from_ptr(at) }.load(Ordering::Relaxed)
            }
            #[inline(always)]
            unsafe fn store(at: *mut Self, number: Self) {
                // SAFETY: by contract.
                unsafe { core::sync::atomic::$atomic::from_ptr(at) }.store(number, Ordering::Relaxed)
            }
            #[inline(always)]
            unsafe fn update(at: *mut u8, change: impl Fn(u64) -> u64) -> u64 {
                // SAFETY: by contract. Memory is little-endian.
                let cell = unsafe { core::sync::atomic::$atomic::from_ptr(at.cast()) };
                let change = |old: $ty| Some((change(u64::from($ty::from_le(old))) as $ty).to_le());
                match cell.fetch_update(Ordering::SeqCst, Ordering::SeqCst, change) {
                    Ok(old) | Err(old) => u64::from($ty::from_le(old)),
                }
            }
        }
        // A target without such atomics has no second thread to share a memory with (V2).
        #[cfg(not(target_has_atomic = $has))]
        impl Width for $ty {
            const BYTES: u64 = size_of::<$ty>() as u64;
            #[inline(always)]
            unsafe fn load(at: *mut Self) -> Self {
                // SAFETY: by contract.
                unsafe { at.read() }
            }
            #[inline(always)]
            unsafe fn store(at: *mut Self, number: Self) {
                // SAFETY: by contract.
                unsafe { at.write(number) }
            }
            #[inline(always)]
            unsafe fn update(at: *mut u8, change: impl Fn(u64) -> u64) -> u64 {
                // SAFETY: by contract.
                unsafe {
                    let old = u64::from($ty::from_le(at.cast::<$ty>().read()));
                    at.cast::<$ty>().write((change(old) as $ty).to_le());
                    old
                }
            }
        }
    )*};
}
widths! {
    u8 AtomicU8 "8";
    u16 AtomicU16 "16";
    u32 AtomicU32 "32";
    u64 AtomicU64 "64";
}

impl Regs {
    /// The memory whose pointer lies at `offset` of the context.
    #[inline(always)]
    pub(crate) fn memory(&self, offset: u32) -> &VmMemory {
        // SAFETY: M3, V1.
        unsafe { &**VmCtx::at::<*mut VmMemory>(self.ctx, offset) }
    }

    /// The address of `bytes` bytes of any memory, or nothing where it ends before.
    #[inline(always)]
    fn place_in(&self, memory: u32, base: u64, offset: u64, bytes: u64) -> Option<*mut u8> {
        let at = base.checked_add(offset)?;
        let memory = self.memory(memory);
        // In this order it takes one register less.
        if at > (memory.len.load(Ordering::Acquire) as u64).checked_sub(bytes)? {
            return None;
        }
        Some(memory.base.wrapping_add(at as usize))
    }

    /// Reads a number of memory, replaces it by what `change` makes of it, and returns what it was, all at once.
    #[cfg(feature = "threads")]
    #[inline(always)]
    pub(crate) fn atomic<W: Width>(
        &mut self,
        memory: u32,
        base: u64,
        offset: u64,
        change: impl Fn(u64) -> u64,
    ) -> Result<u64, Trap> {
        let at = self.place_in(memory, base, offset, W::BYTES).ok_or(Trap::MemoryOutOfBounds)?;
        // The spec asks for an aligned address; memories begin at a page.
        if !base.wrapping_add(offset).is_multiple_of(W::BYTES) {
            return Err(Trap::HeapMisaligned);
        }
        // SAFETY: V3, compared by `place_in`, and aligned.
        Ok(unsafe { W::update(at, change) })
    }
}

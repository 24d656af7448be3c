//! What a provider of linear memories gives and promises.
#![allow(unsafe_code)] // Declares what an implementation promises as an unsafe trait; runs nothing unsafe.

use crate::stamp::Stamp;
use alloc::boxed::Box;
use coracle_error::Result;
use coracle_image::module::MemoryType;

/// Bytes of address space that a reserved memory can grow into: all that a 32-bit index reaches.
pub const RESERVED_BYTES: u64 = 1 << 32;
/// Bytes of unmapped address space behind a reserved memory: static offsets below this need no check.
pub const GUARD_BYTES: u64 = 32 << 20;

/// How a memory lies in the address space. Fixed by engine and memory type, so that code can rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryStyle {
    /// Accesses are checked against the length; growth may move the memory.
    Movable,
    /// Accesses are checked against the length; the memory never moves.
    Fixed,
    /// The memory never moves, and accesses beyond its length within reservation and guard fault.
    Reserved,
}

/// The style of memories of this type, where reservation was asked for or not.
pub fn style(ty: &MemoryType, reserve: bool) -> MemoryStyle {
    let can_reserve = cfg!(all(unix, target_pointer_width = "64", feature = "std"));
    if reserve && can_reserve && !ty.memory64 && ty.page_size_log2 == 16 {
        MemoryStyle::Reserved
    } else if ty.shared {
        MemoryStyle::Fixed
    } else {
        MemoryStyle::Movable
    }
}

/// What a memory is to be, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// Bytes at the start.
    pub initial: usize,
    /// Bytes that it will never grow beyond.
    pub maximum: usize,
    /// How it lies.
    pub style: MemoryStyle,
}

/// One linear memory's bytes.
///
/// # Safety
/// What an implementation promises:
/// - from `base` on, the greatest number of bytes asked for so far is mapped, readable and writable until it is
///   dropped, and bytes read as zero until they are written;
/// - `base` changes at most in `grow_to`, and only for [`MemoryStyle::Movable`]; the contents move along;
/// - what the style promises about address space holds.
pub unsafe trait LinearMemory: Send + Sync {
    /// The first byte. Never null.
    fn base(&self) -> *mut u8;

    /// Makes the first `bytes` bytes usable; never fewer than before, never more than the plan's maximum.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when the bytes are not to be had; then nothing has changed.
    fn grow_to(&mut self, bytes: usize) -> Result<()>;
}

/// Gives out linear memories.
pub trait MemoryProvider: Send + Sync {
    /// A memory as planned.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when memory or address space is not to be had.
    fn allocate(&self, plan: &MemoryPlan) -> Result<Box<dyn LinearMemory>>;

    /// The stamp with which the provider's reservations are known; `None` where it makes none.
    fn stamp(&self) -> Option<Stamp> {
        None
    }
}

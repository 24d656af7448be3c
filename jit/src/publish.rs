//! The only writer of a slot's entries.
//!
//! # Invariants
//! - P1. A block is published after its code lies in executable pages that this machine's instruction fetch sees.
//! - P2. Blocks and code of a module live until `module_dropped`, that is, as long as its slots.
#![allow(unsafe_code)] // Turns addresses of finished code into functions, and hands blocks to slots.

use coracle_vm::tier::{ArrayEntry, CodeBlock, Slot, Stubs};
use std::mem::offset_of;

/// A published block, with what only this compiler's stubs look at.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct NativeBlock {
    base: CodeBlock,
    /// Enters the function with its arguments in cells, as a tail call.
    resume: *const u8,
}

/// Where the resume stub of a block lies, in bytes.
pub(crate) const OFFSET_RESUME: usize = offset_of!(NativeBlock, resume);

// SAFETY: immutable once made; the pointers are addresses of code.
unsafe impl Send for NativeBlock {}
// SAFETY: as above.
unsafe impl Sync for NativeBlock {}

/// Addresses of one function's finished code.
pub(crate) struct Finished {
    /// The native entry.
    pub(crate) native: *const u8,
    /// The array stub of its type.
    pub(crate) array: *const u8,
    /// The resume stub of its type.
    pub(crate) resume: *const u8,
    /// Bytes of machine code.
    pub(crate) bytes: u32,
}

/// An array stub as a function.
pub(crate) fn array_entry(code: *const u8) -> ArrayEntry {
    // SAFETY: callers pass the address of a finished array stub (`bounce::array`), which follows that convention.
    unsafe { std::mem::transmute::<*const u8, ArrayEntry>(code) }
}

/// Publishes finished code to a slot whose claim the caller holds. The block is the slot's from now on, and is given
/// back to be kept as long as the slot.
pub(crate) fn publish(slot: &Slot, finished: &Finished, stubs: Stubs) -> Box<NativeBlock> {
    let base = CodeBlock { native: finished.native, array: array_entry(finished.array), code_bytes: finished.bytes };
    let block = Box::new(NativeBlock { base, resume: finished.resume });
    // SAFETY: the box's contents do not move, and P2: the caller keeps them as long as the slot.
    let shared: &'static CodeBlock = unsafe { &*std::ptr::from_ref(&block.base) };
    // SAFETY: P1 and P2; the code was compiled from this slot's body, and the claim makes this the only publication.
    unsafe { slot.publish(shared, stubs) };
    block
}

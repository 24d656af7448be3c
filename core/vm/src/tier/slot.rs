//! `Slot`: the entries and the heat of one function.
//!
//! A slot belongs to (engine, module): all instances and stores share it and warm it together. A function *reference*
//! is the pair (slot, instance context), [`VmFuncRef`](crate::tier::VmFuncRef). Whoever calls a function goes through its slot and so sees
//! promoted code at its next call.
//!
//! # Invariants
//! - S1. `entry` always holds a function of type [`ArrayEntry`] that runs this slot's body.
//! - S2. `code` belongs to the interpreter: one of its stubs, or code that it made for this slot. It is replaced
//!   lazily → code by compare-exchange (the loser drops its own), anything → foreign stub by `publish`; code that a
//!   publication displaces stays alive in `made` until the slot dies, since frames may still run it.
//! - S3. `native` and `block` are null until `publish`, then never change; a reader that loads one with acquire sees
//!   finished code.
//! - S4. `heat` and `calls` are lossy and mean nothing for correctness.
//!
//! `core/vm/tests/loom.rs` has S2 and S3 as models.
#![allow(unsafe_code)] // The slot hands out and frees what the tiers stored in it as raw pointers.

use crate::raw::RawVal;
use crate::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering};
use crate::tier::status::Status;
use crate::tier::vmctx::{VmCtx, VmStore};
use coracle_image::entity::{DefinedFuncIndex, SigId};
use core::ptr::null_mut;

/// Where the interpreter's `code` word of a slot points before there is code.
#[derive(Clone, Copy, Debug)]
pub struct Stubs {
    /// Translates the body at the first call, then runs it.
    pub lazy: *mut (),
    /// Calls [`Slot::entry`]: for host functions and published native code.
    pub foreign: *mut (),
}

/// The array convention; see [`tier`](crate::tier).
///
/// Arguments: the callee's slot, the callee's context (an instance's; null for host functions that need none), the
/// store, the caller's context (null if the host calls), the cells.
pub type ArrayEntry = unsafe extern "C" fn(
    slot: *const Slot,
    callee: *mut VmCtx,
    store: *mut VmStore,
    caller: *mut VmCtx,
    cells: *mut RawVal,
) -> Status;

/// Finished native code of one function, immutable once published.
#[derive(Debug)]
#[repr(C)]
pub struct CodeBlock {
    /// The native entry, in the compiler's own convention.
    pub native: *const u8,
    /// The array entry.
    pub array: ArrayEntry,
    /// Bytes of machine code, for statistics and limits.
    pub code_bytes: u32,
}

/// How far promotion of a slot has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Promotion {
    /// Nobody has asked.
    Cold = 0,
    /// Somebody compiles it, or will.
    Queued = 1,
    /// Native code is published.
    Published = 2,
    /// The compiler cannot compile it; it stays in the interpreter.
    Refused = 3,
}

/// The entries and the heat of one function.
#[repr(C)]
#[derive(Debug)]
pub struct Slot {
    entry: AtomicPtr<()>,
    code: AtomicPtr<()>,
    native: AtomicPtr<u8>,
    block: AtomicPtr<CodeBlock>,
    made: AtomicPtr<()>,
    owner: *const (),
    heat: AtomicI32,
    promotion: AtomicU32,
    sig: SigId,
    func: DefinedFuncIndex,
    cells: u32,
    calls: AtomicU32,
}

// SAFETY: every field that changes is atomic; `owner` is only an address that is compared or, under the contract of
// `Module::of_slot`, turned back into the module that owns the slot, which is `Send + Sync` itself.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

/// Bytes of a slot on a machine whose addresses have so many bytes.
pub const fn slot_bytes(word: usize) -> usize {
    6 * word + 6 * 4
}

#[cfg(not(loom))] // Its words are larger.
const _: () = assert!(slot_bytes(size_of::<usize>()) == size_of::<Slot>());

impl Slot {
    /// Where `entry` lies in a slot, in bytes.
    pub const OFFSET_ENTRY: usize = core::mem::offset_of!(Slot, entry);
    /// Where `native` lies in a slot, in bytes.
    pub const OFFSET_NATIVE: usize = core::mem::offset_of!(Slot, native);
    /// Where `block` lies in a slot, in bytes.
    pub const OFFSET_BLOCK: usize = core::mem::offset_of!(Slot, block);
    /// Where the signature's id lies in a slot, in bytes.
    pub const OFFSET_SIG: usize = core::mem::offset_of!(Slot, sig);

    /// The slot of a wasm body. `owner` is the address of the module that will own it.
    pub fn for_body(
        owner: *const (),
        func: DefinedFuncIndex,
        sig: SigId,
        cells: u32,
        heat: i32,
        entry: ArrayEntry,
        stubs: Stubs,
    ) -> Self {
        Self {
            entry: AtomicPtr::new(entry as *mut ()),
            code: AtomicPtr::new(stubs.lazy),
            native: AtomicPtr::new(null_mut()),
            block: AtomicPtr::new(null_mut()),
            made: AtomicPtr::new(null_mut()),
            owner,
            heat: AtomicI32::new(heat),
            promotion: AtomicU32::new(Promotion::Cold as u32),
            sig,
            func,
            cells,
            calls: AtomicU32::new(0),
        }
    }

    /// The slot of a function that is not wasm: `entry` is all it has. A host function keeps what its entry needs
    /// behind the slot, in a `repr(C)` record that begins with it.
    pub fn for_host(sig: SigId, cells: u32, entry: ArrayEntry, stubs: Stubs) -> Self {
        let stubs = Stubs { lazy: stubs.foreign, ..stubs };
        let mut slot =
            Self::for_body(core::ptr::null(), DefinedFuncIndex::from_u32(u32::MAX), sig, cells, i32::MAX, entry, stubs);
        slot.promotion = AtomicU32::new(Promotion::Refused as u32);
        slot
    }

    /// The address of the module that owns this slot; null for a host function.
    #[inline]
    pub fn owner(&self) -> *const () {
        self.owner
    }

    /// Which function of its module this is. Meaningless for a host function.
    #[inline]
    pub fn func(&self) -> DefinedFuncIndex {
        self.func
    }

    /// The engine-wide id of its type.
    #[inline]
    pub fn sig(&self) -> SigId {
        self.sig
    }

    /// How many cells its parameters or its results take, whichever is more.
    #[inline]
    pub fn cells(&self) -> u32 {
        self.cells
    }

    /// The array entry that runs this function now.
    #[inline]
    pub fn entry(&self) -> ArrayEntry {
        let entry = self.entry.load(Ordering::Acquire);
        // SAFETY: S1: only `for_body` and `publish` write `entry`, each from an `ArrayEntry`.
        unsafe { core::mem::transmute::<*mut (), ArrayEntry>(entry) }
    }

    /// What the interpreter jumps to when it calls this function.
    #[inline(always)]
    pub fn code(&self) -> *mut () {
        self.code.load(Ordering::Acquire)
    }

    /// The native entry, or null.
    #[inline]
    pub fn native(&self) -> *const u8 {
        self.native.load(Ordering::Acquire)
    }

    /// The published code, if there is any.
    #[inline]
    pub fn block(&self) -> Option<&CodeBlock> {
        let block = self.block.load(Ordering::Acquire);
        // SAFETY: S3: `publish` took a block that outlives the slot.
        unsafe { block.as_ref() }
    }

    /// Offers `code` as this slot's interpreter code, in the place of the lazy stub.
    ///
    /// Returns what the slot's interpreter code is now: `code`, or what another thread put there first; in that case
    /// the caller drops its own.
    pub fn offer_code(&self, code: *mut (), stubs: Stubs) -> *mut () {
        match self.made.compare_exchange(null_mut(), code, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // Fails where native code was published meanwhile, which is as it should be.
                let _ = self.code.compare_exchange(stubs.lazy, code, Ordering::AcqRel, Ordering::Acquire);
                code
            }
            Err(first) => first,
        }
    }

    /// The code that the interpreter made for this slot, or null. Valid as long as the slot.
    #[inline]
    pub fn made(&self) -> *mut () {
        self.made.load(Ordering::Acquire)
    }

    /// The heat that is left.
    #[inline(always)]
    pub fn heat(&self) -> &AtomicI32 {
        &self.heat
    }

    /// Counts a call, while heat is counted.
    #[inline(always)]
    pub fn count_call(&self) {
        self.calls.store(self.calls.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// How many calls were counted.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How far promotion has come.
    #[inline]
    pub fn promotion(&self) -> Promotion {
        match self.promotion.load(Ordering::Acquire) {
            0 => Promotion::Cold,
            1 => Promotion::Queued,
            2 => Promotion::Published,
            _ => Promotion::Refused,
        }
    }

    /// Claims the right to compile this function: true for exactly one caller.
    pub fn claim(&self) -> bool {
        let (cold, queued) = (Promotion::Cold as u32, Promotion::Queued as u32);
        self.promotion.compare_exchange(cold, queued, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Gives the claim back that the caller holds: the function is cold again.
    pub fn give_back(&self) {
        self.promotion.store(Promotion::Cold as u32, Ordering::Release);
    }

    /// Ends promotion without code: the function stays in the interpreter.
    pub fn refuse(&self) {
        self.promotion.store(Promotion::Refused as u32, Ordering::Release);
    }

    /// Publishes native code. From now on every call through the slot runs it.
    ///
    /// # Safety
    /// - `block`'s code is relocated, executable, visible to this machine's instruction fetch, and runs this slot's
    ///   body; `block` and the code live as long as the slot.
    /// - The caller holds the claim ([`Slot::claim`]) and publishes once.
    pub unsafe fn publish(&self, block: &'static CodeBlock, stubs: Stubs) {
        self.block.store(core::ptr::from_ref(block).cast_mut(), Ordering::Release);
        self.native.store(block.native.cast_mut(), Ordering::Release);
        self.entry.store(block.array as *mut (), Ordering::Release);
        // Exchanged rather than stored, so that it is the last word in every model: `offer_code` exchanges here too.
        self.code.swap(stubs.foreign, Ordering::AcqRel);
        self.promotion.store(Promotion::Published as u32, Ordering::Release);
    }

    /// Calls this function by the array convention, and goes on with whatever it tail-calls.
    ///
    /// # Safety
    /// The array convention's contract ([`tier`](crate::tier)): `cells` lies in the store's stack with its arguments
    /// in place and room for [`Slot::cells`]; `callee` is the context that belongs to this slot; `store` is the
    /// store of both.
    #[inline]
    pub unsafe fn enter(
        &self,
        callee: *mut VmCtx,
        store: *mut VmStore,
        caller: *mut VmCtx,
        cells: *mut RawVal,
    ) -> Status {
        // SAFETY: passed on from the caller.
        let mut status = unsafe { (self.entry())(self, callee, store, caller, cells) };
        while status == Status::TailCall {
            // SAFETY: the store is alive; a `TailCall` leaves a live target of the same store with its arguments at
            // `cells`.
            status = unsafe {
                let target = (*store).tail;
                ((*target.slot).entry())(target.slot, target.callee, store, target.caller, cells)
            };
        }
        status
    }
}

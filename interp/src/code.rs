//! `Code`: the finished code of one function, as a slot keeps it.
//!
//! One allocation of words: a head, then the ops. What a slot's `code` word points to is the first op; the word before
//! it is the frame's size, which a call compares with the stack's end before it jumps. The stubs have the same shape.
//!
//! There is no table from code to wasm offsets: translation is deterministic, so whoever needs the place of a trap or
//! of a loop head translates the function once more and looks on.
//!
//! # Invariants
//! - C1. A pointer that [`Code::into_raw`] gave out is freed by [`free`], once, when the slot's module dies.
//! - C2. The words do not change after that.
//! - C3. Code that is borrowed from a prepared component has, in the place of its slot, the number of its function times
//!   two and one; a slot's address is even. It lies there for as long as its module lives, and [`free`] leaves it alone.
#![allow(unsafe_code)] // Hands code to a slot as a raw pointer and takes it back.

use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::tier::{OpOffsets, Slot, VmCtx};

/// Words before the first op: the slot, how many words there are in all, how many handlers of exceptions with a bit
/// above for whether bodies of callees are inlined, the frame's bytes. Handlers come behind the last op.
pub(crate) const HEAD_WORDS: usize = 4;

/// The bit of the first word that tells code that is borrowed.
const BORROWED: u64 = 1;

/// Words of a [`Handler`].
const HANDLER_WORDS: usize = 4;

/// What becomes of exceptions that are thrown between two places of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handler {
    /// The first word that it covers, counted from the first op.
    pub(crate) start: u32,
    /// The first word behind.
    pub(crate) end: u32,
    /// The tag that it catches; `u32::MAX` for every tag.
    pub(crate) tag: u32,
    /// Where it goes on.
    pub(crate) target: u32,
    /// The cell that the exception's arguments go to.
    pub(crate) cell: u32,
    /// How many cells they take.
    pub(crate) args: u32,
    /// Whether the exception itself follows them.
    pub(crate) with_ref: bool,
}

impl Handler {
    /// Its words.
    pub(crate) fn pack(&self) -> [u64; HANDLER_WORDS] {
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        [pair(self.start, self.end), pair(self.tag, self.target), pair(self.cell, self.args), u64::from(self.with_ref)]
    }

    fn unpack(words: [u64; HANDLER_WORDS]) -> Self {
        let [range, to, place, with_ref] = words;
        Self {
            start: range as u32,
            end: (range >> 32) as u32,
            tag: to as u32,
            target: (to >> 32) as u32,
            cell: place as u32,
            args: (place >> 32) as u32,
            with_ref: with_ref != 0,
        }
    }
}

/// A function's code before a slot takes it.
#[derive(Debug)]
pub(crate) struct Code {
    words: Vec<u64>,
}

impl Code {
    /// Completes code whose first [`HEAD_WORDS`] words were left free for the head; nothing where there is no memory for
    /// its handlers.
    pub(crate) fn new(
        mut words: Vec<u64>,
        slot: *const Slot,
        frame_cells: usize,
        handlers: &[Handler],
        inlines: bool,
    ) -> Option<Self> {
        words.try_reserve(handlers.len() * HANDLER_WORDS).ok()?;
        words.extend(handlers.iter().flat_map(Handler::pack));
        words[0] = slot as usize as u64;
        words[1] = words.len() as u64;
        words[2] = handlers.len() as u64 | u64::from(inlines) << 32;
        words[3] = frame_cells as u64 * 8;
        Some(Self { words })
    }

    /// Code that was complete, for another slot.
    pub(crate) fn of_words(mut words: Vec<u64>, slot: *const Slot) -> Self {
        words[0] = slot as usize as u64;
        Self { words }
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.words[..])
    }

    /// Gives the code out as the address of its first op, or nothing where there is no memory for it.
    pub(crate) fn into_raw(self) -> Option<*mut ()> {
        // A block that shrinks must not fail, so it is copied.
        let mut exact = Vec::new();
        exact.try_reserve_exact(self.words.len()).ok()?;
        exact.extend_from_slice(&self.words);
        let words: &'static mut [u64] = Box::leak(exact.into_boxed_slice());
        // The pointer is made from the whole slice, so that `free` and `frame_bytes` may go back from it.
        Some(words.as_mut_ptr().wrapping_add(HEAD_WORDS).cast())
    }
}

/// Where in the module's binary a function's ops come from.
pub(crate) struct Offsets(OpOffsets);

impl Offsets {
    /// Those of a function: translates it once more, through the engine, since what translates stands above this.
    pub(crate) fn of(module: &Module, func: DefinedFuncIndex) -> Option<Self> {
        internals::interpreter(module.engine()).op_offsets(module, func).map(Self)
    }

    /// That of the op whose code lies `word` words behind the first op.
    pub(crate) fn at(&self, word: usize) -> Option<u32> {
        let position = (word + HEAD_WORDS) as u32;
        let behind = self.0.ops.partition_point(|&(at, _)| at <= position);
        self.0.ops[..behind].last().map(|&(_, offset)| offset)
    }

    /// The inlined bodies that this op is in, the innermost first: whose they are, and where they are called.
    pub(crate) fn within(&self, word: usize) -> impl Iterator<Item = (DefinedFuncIndex, u32)> {
        let position = (word + HEAD_WORDS) as u32;
        let bodies = self.0.inlined.iter().filter(move |body| (body.start..body.end).contains(&position));
        bodies.map(|body| (body.func, body.call))
    }

    /// The fuel that was charged at this op for what comes behind it.
    pub(crate) fn prepaid(&self, word: usize) -> u64 {
        let position = (word + HEAD_WORDS) as u32;
        let here = self.0.prepaid.iter().find(|places| (places.start..places.end).contains(&position));
        here.map_or(0, |places| places.fuel)
    }
}

/// Code that stays where it is, as the address of its first op; `words` are whole code, aligned.
pub(crate) fn borrowed(words: &[u8]) -> *mut () {
    words.as_ptr().cast::<u64>().wrapping_add(HEAD_WORDS).cast_mut().cast()
}

/// Frees code that [`Code::into_raw`] gave out. What is borrowed stays.
///
/// # Safety
/// C1; and nothing runs it any more.
pub(crate) unsafe fn free(code: *mut ()) {
    let first = code.cast::<u64>().wrapping_sub(HEAD_WORDS);
    // SAFETY: C1: `first` is the start of a boxed slice whose length is its second word.
    unsafe {
        if first.read() & BORROWED != 0 {
            return;
        }
        let words = first.add(1).read() as usize;
        drop(Box::from_raw(core::ptr::slice_from_raw_parts_mut(first, words)));
    }
}

/// The bytes of a frame of this code, or 0 for a stub.
///
/// # Safety
/// `code` came from a slot: it is finished code or a stub.
#[inline(always)]
pub(crate) unsafe fn frame_bytes(code: *const u64) -> usize {
    // SAFETY: code and stubs have this word before their first op.
    unsafe { code.sub(1).read() as usize }
}

/// The addresses that finished code takes up: its first op and the end.
///
/// # Safety
/// C1, and the code is alive.
pub(crate) unsafe fn range(code: *mut ()) -> core::ops::Range<usize> {
    let first = code.cast::<u64>();
    // SAFETY: C1: the second word of the head is the number of words.
    let words = unsafe { first.sub(HEAD_WORDS - 1).read() } as usize;
    first as usize..first as usize + (words - HEAD_WORDS) * 8
}

/// Whether bodies of callees are inlined in finished code.
///
/// # Safety
/// `code` is the first op of finished code.
pub(crate) unsafe fn inlines(code: *const u64) -> bool {
    // SAFETY: C1: the third word of the head tells.
    unsafe { code.sub(HEAD_WORDS - 2).read() >> 32 != 0 }
}

/// The slot of finished code that runs in `ctx`.
///
/// # Safety
/// `code` is the first op of finished code, and `ctx` is a live context of its module.
#[inline(always)]
pub(crate) unsafe fn slot_in(code: *const u64, ctx: *const VmCtx) -> *const Slot {
    // SAFETY: C1, C3: the first word of the head is the slot, or tells which of the module's it is.
    unsafe {
        match code.sub(HEAD_WORDS).read() {
            func if func & BORROWED != 0 => (*ctx).slots.add((func >> 1) as usize),
            slot => slot as usize as *const Slot,
        }
    }
}

/// The slot of finished code that counts heat, which is never borrowed.
///
/// # Safety
/// `code` is the first op of such code.
#[inline(always)]
pub(crate) unsafe fn slot_of(code: *const u64) -> *const Slot {
    // SAFETY: C1: the first word of the head is the slot.
    unsafe { code.sub(HEAD_WORDS).read() as usize as *const Slot }
}

/// Frees what [`Code::into_raw`] gave to a slot.
pub(crate) fn drop_made(code: *mut ()) {
    // SAFETY: C1: the seam calls this once per slot, when its module dies; no instance is left to run it.
    unsafe { free(code) }
}

/// The first handler of finished code that covers its word number `at` and that `catches`.
///
/// # Safety
/// `code` is the first op of finished code.
pub(crate) unsafe fn handler(code: *const u64, at: u32, catches: impl Fn(&Handler) -> bool) -> Option<Handler> {
    // SAFETY: C1: the head tells how many words and handlers there are; handlers are the last words.
    unsafe {
        let head = code.sub(HEAD_WORDS);
        let (words, handlers) = (head.add(1).read() as usize, head.add(2).read() as u32 as usize);
        let first = head.add(words - handlers * HANDLER_WORDS).cast::<[u64; HANDLER_WORDS]>();
        (0..handlers)
            .map(|i| Handler::unpack(first.add(i).read()))
            .find(|handler| (handler.start..handler.end).contains(&at) && catches(handler))
    }
}

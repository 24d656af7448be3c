//! The state that interpreter and compiled code read, with its offsets.
//!
//! A [`VmCtx`] is one allocation per instance: a fixed head, then arrays of pointers whose places a [`VmLayout`]
//! gives for each module. Everything that it points to is pinned for as long as the store lives.
//!
//! # Invariants, for all code that goes through these pointers
//! - V1. The store owns every `VmCtx`, `VmMemory` (but those of shared memories, which an `Arc` in the store keeps),
//!   `VmTable`, `VmGlobal`, `VmTag` and `VmFuncRef` that a context points to, and frees none before it dies.
//! - V2. A store runs one task at a time on one thread; so whoever runs in it may read and write them without locks.
//!   Memories that are shared are read and written through atomics only.
//! - V3. `VmMemory::base` to `base + len` is mapped and writable. `len` never shrinks; `base` moves only when
//!   the memory grows, which any call out of running code may do, and never for a memory whose plan forbids it.
//! - V4. `VmTable::base` to `base + len` is initialised; each element of a function table is null or the address of
//!   a pinned `VmFuncRef`.
//! - V5. A `VmFuncRef`'s slot lives as long as the store (the store keeps the module or host function), and its
//!   `callee` is the context that the slot's body expects.
//! - V6. What a `VmFuncRef` has `known` is what its slot has published, and the type of that slot; or nothing.
#![allow(unsafe_code)] // Pointer arithmetic over the layout that this file defines.

use crate::raw::RawVal;
use crate::tier::builtin::Builtins;
use crate::tier::slot::Slot;
use coracle_image::entity::{GlobalIndex, MemoryIndex, TableIndex, TagIndex};
use coracle_image::module::ModuleData;
use core::ops::ControlFlow;
use core::ptr::null_mut;
use core::sync::atomic::AtomicUsize;

/// A function reference: the slot and the instance context that its body runs in.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct VmFuncRef {
    /// The function's slot.
    pub slot: *const Slot,
    /// The context to run it in; null for a host function that needs none.
    pub callee: *mut VmCtx,
    /// What native code need not ask the slot again.
    pub known: Known,
}

impl VmFuncRef {
    /// A reference of which nothing is known yet.
    pub fn new(slot: *const Slot, callee: *mut VmCtx) -> Self {
        Self { slot, callee, known: Known::NOTHING }
    }
}

/// What native code has found in a reference's slot when it called it: the store's own copy, one load nearer. It is there
/// where there is no native code too: prepared code counts on one layout.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Known {
    /// The slot's native entry; null before it is known.
    pub native: *const u8,
    /// The number of the slot's type; [`Known::NO_TYPE`] before the entry is known.
    pub sig: u32,
}

impl Known {
    /// The number of no type.
    pub const NO_TYPE: u32 = u32::MAX;
    /// Nothing.
    pub const NOTHING: Self = Self { native: core::ptr::null(), sig: Self::NO_TYPE };
}

/// A linear memory as code sees it.
#[derive(Debug)]
#[repr(C)]
pub struct VmMemory {
    /// The first byte.
    pub base: *mut u8,
    /// How many bytes may be accessed. Atomic because a shared memory grows under its readers.
    pub len: AtomicUsize,
}

/// A table as code sees it: elements are references, one `usize` each, 0 for null.
#[derive(Debug)]
#[repr(C)]
pub struct VmTable {
    /// The first element.
    pub base: *mut usize,
    /// How many elements there are.
    pub len: usize,
}

/// A global: one cell, or two for a vector.
#[derive(Debug, Default)]
#[repr(C, align(16))]
pub struct VmGlobal {
    /// The value.
    pub cells: [RawVal; 2],
}

/// A tag: its address is its identity.
#[derive(Debug)]
#[repr(C)]
pub struct VmTag {
    /// The engine-wide id of its type.
    pub sig: coracle_image::entity::SigId,
}

/// Why and where a guest trapped.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TrapRecord {
    /// The code of a [`Trap`](coracle_error::Trap); 0 when an error of the host is pending in the store.
    pub code: u32,
    /// Where, in bytes from the start of the module's binary; `u32::MAX` when unknown.
    pub offset: u32,
    /// The function that trapped; null when unknown.
    pub slot: *const Slot,
}

impl TrapRecord {
    /// No trap.
    pub const NONE: Self = Self { code: 0, offset: u32::MAX, slot: core::ptr::null() };
}

/// What goes on after a [`Status::TailCall`](crate::tier::Status).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TailTarget {
    /// The function's slot.
    pub slot: *const Slot,
    /// Its context.
    pub callee: *mut VmCtx,
    /// The context of the instance that made the tail call.
    pub caller: *mut VmCtx,
}

/// Where a task that has given way goes on: whoever returns `Suspended` has left its part here.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct SuspendPoint {
    /// The cells of the host function that waits: its arguments, and its results when it goes on.
    pub cells: *mut RawVal,
    /// How many there are.
    pub count: usize,
    /// What the interpreter goes on with: its own affair. All 0 where none of its frames stands below the call.
    pub state: [usize; 3],
}

impl SuspendPoint {
    /// Nowhere.
    pub const NONE: Self = Self { cells: null_mut(), count: 0, state: [0; 3] };
}

/// The host's stack that a guest runs on.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct NativeStack {
    /// Native code that finds its stack pointer below this traps with `StackOverflow`.
    pub limit: usize,
    /// How far above that the guest was entered.
    pub bytes: usize,
    /// Bytes that a guest may use of any stack.
    pub most: usize,
}

/// The part of a store that running code reads and writes. Pinned in the store. What belongs to the running task is
/// exchanged when another runs (`store/task`).
#[derive(Debug)]
#[repr(C)]
pub struct VmStore {
    /// Fuel left, in units of the cost table. Code charges on entry to each block and asks `out_of_fuel` below 0. Out of date
    /// while code runs: each tier has the count in a register, and puts it down when it lets anybody look.
    pub fuel: i64,
    /// The epoch at which code asks `new_epoch`.
    pub epoch_deadline: usize,
    /// The engine's current epoch.
    pub epoch: *const AtomicUsize,
    /// The host's stack as far as the guest may use it.
    pub native_stack: NativeStack,
    /// The first free cell of the running task's stack, while code other than the interpreter's runs.
    pub stack_top: *mut RawVal,
    /// The end of the running task's stack.
    pub stack_end: *mut RawVal,
    /// Why the last entry trapped.
    pub trap: TrapRecord,
    /// What goes on after a tail call.
    pub tail: TailTarget,
    /// The exception on its way: an `exnref` cell.
    pub exception: RawVal,
    /// Where the task goes on, when it has just been left by `Suspended`.
    pub suspended: SuspendPoint,
    /// Nested entries from host to guest at the moment.
    pub host_depth: u32,
    /// The innermost activation: a record of the tier that runs, for walking frames. Null when no guest runs.
    pub activation: *mut Activation,
    /// The runtime calls.
    pub builtins: *const Builtins,
    /// The store's owner record; only `core/store` knows its type.
    pub owner: *mut (),
    /// What the innermost call that may wait for the host waits with; null where none is under way. Only `core/store`
    /// knows its type.
    pub waiter: *mut (),
}

/// Who is told of frames: the slot, and what finds the offset in the module's binary (`u32::MAX`: unknown). To find it
/// may take time that is linear in the body; a stack may have a hundred thousand frames, so whoever has enough breaks off.
pub type Report<'a> = dyn FnMut(*const Slot, &mut dyn FnMut() -> u32) -> ControlFlow<()> + 'a;

/// One uninterrupted run of one tier, for walking the frames of a task.
#[derive(Debug)]
#[repr(C)]
pub struct Activation {
    /// The run below this one.
    pub prev: *mut Activation,
    /// Reports this run's frames, innermost first, until it is told to break off.
    pub walk: unsafe fn(*const Activation, &mut Report<'_>) -> ControlFlow<()>,
    /// What `walk` needs; the tier keeps it up to date whenever it calls out of itself.
    pub state: [usize; 3],
}

/// The fixed head of an instance's context.
#[derive(Debug)]
#[repr(C)]
pub struct VmCtx {
    /// The store.
    pub store: *mut VmStore,
    /// The slots of the functions that the module defines, in order.
    pub slots: *const Slot,
    /// Memory 0, or a memory of no bytes where the module has none.
    pub memory0: *mut VmMemory,
    /// Its first byte, if that never moves.
    pub base0: *mut u8,
    /// The engine's epoch, as [`VmStore::epoch`].
    pub epoch: *const AtomicUsize,
    /// The module's address; only `core/module` knows its type.
    pub module: *const (),
    /// The instance's record; only `core/store` knows its type.
    pub owner: *mut (),
}

/// Addresses in the fixed head, and in a function reference.
const CTX_WORDS: usize = 7;
const FUNC_REF_WORDS: usize = 4;

const _: () = assert!(
    size_of::<VmCtx>() == CTX_WORDS * size_of::<usize>()
        && size_of::<VmFuncRef>() == FUNC_REF_WORDS * size_of::<usize>()
);

/// Where a module's contexts keep their arrays, in bytes from the context's start.
///
/// Arrays lie behind the head in this order: memories, tables, globals, tags (pointers each), function references
/// (records). Function references exist for imports, then for those defined functions that *escape*: exported, in an
/// element segment, in a global's initialiser, or named by `ref.func`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmLayout {
    memories: u32,
    tables: u32,
    globals: u32,
    tags: u32,
    funcs: u32,
    bytes: u32,
    word: u32,
}

impl VmLayout {
    /// The layout of a module's contexts on a machine whose addresses have so many bytes.
    ///
    /// # Panics
    /// If they take 4 GiB or more: validation bounds every index space far below.
    pub(crate) fn of(word: usize, data: &ModuleData) -> Self {
        let [memories, tables] = [data.memories.len(), data.tables.len()];
        let [globals, tags] = [data.globals.len(), data.tags.len()];
        let funcs = data.imported.funcs as usize + data.escaping.len();
        let memories_at = CTX_WORDS * word;
        let tables_at = memories_at + memories * word;
        let globals_at = tables_at + tables * word;
        let tags_at = globals_at + globals * word;
        let funcs_at = tags_at + tags * word;
        let bytes = funcs_at + funcs * FUNC_REF_WORDS * word;
        let cast = |n: usize| u32::try_from(n).expect("validation bounds every index space");
        Self {
            memories: cast(memories_at),
            tables: cast(tables_at),
            globals: cast(globals_at),
            tags: cast(tags_at),
            funcs: cast(funcs_at),
            bytes: cast(bytes),
            word: word as u32,
        }
    }

    /// The whole context, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// Where the pointer to a memory lies.
    pub fn memory(&self, index: MemoryIndex) -> u32 {
        self.memories + index.as_u32() * self.word
    }

    /// Where the pointer to a table lies.
    pub fn table(&self, index: TableIndex) -> u32 {
        self.tables + index.as_u32() * self.word
    }

    /// Where the pointer to a global lies.
    pub fn global(&self, index: GlobalIndex) -> u32 {
        self.globals + index.as_u32() * self.word
    }

    /// Where the pointer to a tag lies.
    pub fn tag(&self, index: TagIndex) -> u32 {
        self.tags + index.as_u32() * self.word
    }

    /// Where the function reference of number `index` lies: of an imported function by its index, of an escaping
    /// defined function by [`Module::func_ref`](crate::module::Module::func_ref).
    pub fn func_ref(&self, index: u32) -> u32 {
        self.funcs + index * FUNC_REF_WORDS as u32 * self.word
    }
}

impl VmCtx {
    /// Where `store` lies, in bytes.
    pub const OFFSET_STORE: usize = core::mem::offset_of!(VmCtx, store);
    /// Where `memory0` lies, in bytes.
    pub const OFFSET_MEMORY0: usize = core::mem::offset_of!(VmCtx, memory0);
    /// Where `base0` lies, in bytes.
    pub const OFFSET_BASE0: usize = core::mem::offset_of!(VmCtx, base0);
    /// Where `epoch` lies, in bytes.
    pub const OFFSET_EPOCH: usize = core::mem::offset_of!(VmCtx, epoch);

    /// The address `offset` bytes into this context.
    ///
    /// # Safety
    /// `offset` comes from the [`VmLayout`] of the module that `this` is a context of.
    #[inline(always)]
    pub unsafe fn at<T>(this: *mut Self, offset: u32) -> *mut T {
        // SAFETY: the layout's offsets lie in the allocation of the context.
        unsafe { this.cast::<u8>().add(offset as usize).cast::<T>() }
    }
}

impl VmStore {
    /// A store's record before anything runs.
    pub const fn new(epoch: *const AtomicUsize, builtins: *const Builtins) -> Self {
        Self {
            fuel: 0,
            epoch_deadline: usize::MAX,
            epoch,
            native_stack: NativeStack { limit: 0, bytes: 0, most: 0 },
            stack_top: null_mut(),
            stack_end: null_mut(),
            trap: TrapRecord::NONE,
            tail: TailTarget { slot: core::ptr::null(), callee: null_mut(), caller: null_mut() },
            exception: RawVal::ZERO,
            suspended: SuspendPoint::NONE,
            host_depth: 0,
            activation: null_mut(),
            builtins,
            owner: null_mut(),
            waiter: null_mut(),
        }
    }
}

//! What names the things of a store: numbers and addresses, stamped where they leave it.
//!
//! # Invariants
//! - A stamp is unique in the process, so a handle of another store is told by comparing two numbers.
#![allow(unsafe_code)] // A function's handle is an address, and may cross threads.

use crate::raw::RawVal;
use crate::stamp::Stamp;
use crate::tier::VmFuncRef;
use alloc::boxed::Box;
use core::pin::Pin;
use core::ptr::NonNull;

coracle_image::entity! {
    /// A core instance of a store.
    InstanceId = "instance";
    /// A memory of a store.
    MemoryId = "memory";
    /// A table of a store.
    TableId = "table";
    /// A global of a store.
    GlobalId = "global";
    /// A tag of a store.
    TagId = "tag";
}

/// A host reference or an exception in a store's arena: its place, and which of those that had the place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefId {
    pub(crate) place: u32,
    pub(crate) turn: u32,
}

/// Which store: unique in the process.
pub type StoreId = Stamp;

/// Which task that waits: unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(crate) Stamp);

/// Something of one store, stamped with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stored<I> {
    pub(crate) store: StoreId,
    pub(crate) id: I,
}

impl<I: Copy> Stored<I> {
    /// Which store's.
    pub fn store(self) -> StoreId {
        self.store
    }
}

/// A function of one store: the address of its pinned record, stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuncHandle {
    pub(crate) store: StoreId,
    pub(crate) record: NonNull<VmFuncRef>,
}

// SAFETY: the address is used only through the store whose stamp it carries, which is borrowed then.
unsafe impl Send for FuncHandle {}
// SAFETY: as above.
unsafe impl Sync for FuncHandle {}

impl FuncHandle {
    /// Which store's.
    pub fn store(self) -> StoreId {
        self.store
    }

    /// The reference as running code holds it.
    pub fn cell(self) -> RawVal {
        RawVal::from_usize(self.record.as_ptr() as usize)
    }
}

/// An item of a store that an instance imports or exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawExtern {
    /// A function.
    Func(FuncHandle),
    /// A table.
    Table(TableId),
    /// A memory.
    Memory(MemoryId),
    /// A global.
    Global(GlobalId),
    /// A tag.
    Tag(TagId),
}

/// What happens when the epoch deadline is reached.
pub enum UpdateDeadline {
    /// Stops the guest with `Trap::Interrupt`.
    Interrupt,
    /// Goes on until so many further epochs have passed.
    Continue(u64),
    /// Gives way once to whatever else the executor has to do, then goes on until so many further epochs have passed.
    /// In a call that may not wait, it stops the guest with an error.
    Yield(u64),
    /// The same, but gives way until a future is ready.
    YieldCustom(u64, Pin<Box<dyn Future<Output = ()> + Send>>),
}

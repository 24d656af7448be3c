//! The handles: what stands for something of a store in the embedder's hands.
//!
//! Each is a number or an address, stamped with its store. What can be done with one stands in a file of its own:
//! `func`, `global`, `table`, `memory`, `instance`, `reference`.
//!
//! # What is absent
//! Behaviour: this file knows where in a store things lie and nothing else, so every file of the folder can name it.

use crate::store::ids::RefId;
use crate::store::ids::{FuncHandle, GlobalId, InstanceId, MemoryId, Stored, TableId, TagId};
use crate::store::memory;
use core::fmt;
use core::marker::PhantomData;

/// An instance of a module in a store.
#[derive(Clone, Copy, Debug)]
pub struct Instance(pub(crate) Stored<InstanceId>);

/// A function of a store, guest's or host's.
#[derive(Clone, Copy, Debug)]
pub struct Func(pub(crate) FuncHandle);

/// A global of a store.
#[derive(Clone, Copy, Debug)]
pub struct Global(pub(crate) Stored<GlobalId>);

/// A table of a store.
#[derive(Clone, Copy, Debug)]
pub struct Table(pub(crate) Stored<TableId>);

/// A linear memory of a store.
#[derive(Clone, Copy, Debug)]
pub struct Memory(pub(crate) Stored<MemoryId>);

/// A memory that several stores share, on several threads. Cloning gives another handle on the same memory.
#[derive(Clone, Debug)]
pub struct SharedMemory(pub(crate) memory::SharedMemory);

/// A tag of a store: what exceptions are told apart by.
#[derive(Clone, Copy, Debug)]
pub struct Tag(pub(crate) Stored<TagId>);

/// A value of the host's that guests can hold and pass on, and not look into.
#[derive(Debug)]
pub struct ExternRef(());

/// An exception.
#[derive(Debug)]
pub struct ExnRef(());

/// A reference of one store to a `T`.
///
/// One that was had outside of any guest keeps what it refers to for as long as the store lives. One that a host function
/// was given or has made while a guest called it does so until the outermost call has returned, and then for as long as
/// some guest holds the reference; what was freed is an error to whoever uses it.
pub struct Rooted<T> {
    id: Stored<RefId>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Rooted<T> {
    pub(crate) fn new(id: Stored<RefId>) -> Self {
        Self { id, kind: PhantomData }
    }

    pub(crate) fn id(self) -> Stored<RefId> {
        self.id
    }
}

impl<T> Clone for Rooted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Rooted<T> {}

impl<T> fmt::Debug for Rooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rooted").field(&self.id).finish()
    }
}

//! `Extern`: anything that an instance can import or export.

use crate::embed::extern_type::ExternType;
use crate::embed::handle::{Func, Global, Memory, SharedMemory, Table, Tag};
use crate::engine::Engine;
use crate::store::AsContext;
use crate::store::ids::RawExtern;
use crate::store::imports::Provided;
use crate::store::inner::StoreInner;

/// Anything that an instance can import or export.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A global.
    Global(Global),
    /// A table.
    Table(Table),
    /// A memory of one store.
    Memory(Memory),
    /// A memory that stores share.
    SharedMemory(SharedMemory),
    /// A tag.
    Tag(Tag),
}

macro_rules! kinds {
    ($($kind:ident $into:ident $what:literal;)*) => {
        impl Extern {$(
            #[doc = concat!("The ", $what, ", if it is one.")]
            pub fn $into(self) -> Option<$kind> {
                match self {
                    Self::$kind(item) => Some(item),
                    _ => None,
                }
            }
        )*}
        impl Export<'_> {$(
            #[doc = concat!("The ", $what, ", if it is one.")]
            pub fn $into(self) -> Option<$kind> {
                self.item.$into()
            }
        )*}
        $(impl From<$kind> for Extern {
            fn from(item: $kind) -> Self {
                Self::$kind(item)
            }
        })*
    };
}

kinds! {
    Func into_func "function";
    Global into_global "global";
    Table into_table "table";
    Memory into_memory "memory";
    SharedMemory into_shared_memory "shared memory";
    Tag into_tag "tag";
}

impl Extern {
    /// Its type, with the size that it has now.
    ///
    /// # Panics
    /// If it is of another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        match self {
            Self::Func(item) => item.ty(store).into(),
            Self::Global(item) => item.ty(store).into(),
            Self::Table(item) => item.ty(store).into(),
            Self::Memory(item) => item.ty(store).into(),
            Self::SharedMemory(item) => item.ty().into(),
            Self::Tag(item) => item.ty(store).into(),
        }
    }

    pub(crate) fn from_raw(store: &StoreInner, item: RawExtern) -> Self {
        match item {
            RawExtern::Func(func) => Self::Func(Func(func)),
            RawExtern::Global(id) => Self::Global(Global(store.stamp(id))),
            RawExtern::Table(id) => Self::Table(Table(store.stamp(id))),
            RawExtern::Memory(id) => match store.memory(id).shared() {
                Some(shared) => Self::SharedMemory(SharedMemory(shared.clone())),
                None => Self::Memory(Memory(store.stamp(id))),
            },
            RawExtern::Tag(id) => Self::Tag(Tag(store.stamp(id))),
        }
    }

    /// Whether it is of this store, or, if it is of none, of its engine.
    pub(crate) fn comes_from(&self, store: &StoreInner) -> bool {
        let of = match self {
            Self::Func(func) => func.0.store(),
            Self::Global(global) => global.0.store(),
            Self::Table(table) => table.0.store(),
            Self::Memory(memory) => memory.0.store(),
            Self::SharedMemory(memory) => return Engine::same(memory.0.engine(), store.engine()),
            Self::Tag(tag) => tag.0.store(),
        };
        of == store.id()
    }

    /// Its type, and its size where it has one.
    ///
    /// # Panics
    /// If it is of another store.
    pub(crate) fn provided(&self, store: &StoreInner) -> Provided {
        store.provided(match self {
            Self::Func(func) => RawExtern::Func(func.0),
            Self::Global(global) => RawExtern::Global(store.unstamp(global.0)),
            Self::Table(table) => RawExtern::Table(store.unstamp(table.0)),
            Self::Memory(memory) => RawExtern::Memory(store.unstamp(memory.0)),
            Self::SharedMemory(memory) => return Provided::Memory(memory.0.ty(), memory.0.pages()),
            Self::Tag(tag) => RawExtern::Tag(store.unstamp(tag.0)),
        })
    }

    /// The item as the store knows it. A shared memory becomes one of the store's.
    pub(crate) fn to_raw(&self, store: &mut StoreInner) -> RawExtern {
        match self {
            Self::Func(func) => {
                store.check(func.0.store());
                RawExtern::Func(func.0)
            }
            Self::Global(global) => RawExtern::Global(store.unstamp(global.0)),
            Self::Table(table) => RawExtern::Table(store.unstamp(table.0)),
            Self::Memory(memory) => RawExtern::Memory(store.unstamp(memory.0)),
            Self::SharedMemory(memory) => RawExtern::Memory(store.adopt_memory(memory.0.clone())),
            Self::Tag(tag) => RawExtern::Tag(store.unstamp(tag.0)),
        }
    }
}

/// An export of an instance: its name and what it is.
#[derive(Clone, Debug)]
pub struct Export<'instance> {
    name: &'instance str,
    item: Extern,
}

impl<'instance> Export<'instance> {
    pub(crate) fn new(name: &'instance str, item: Extern) -> Self {
        Self { name, item }
    }

    /// The name.
    pub fn name(&self) -> &'instance str {
        self.name
    }

    /// The type, with the size that it has now.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        self.item.ty(store)
    }

    /// The item.
    pub fn into_extern(self) -> Extern {
        self.item
    }
}

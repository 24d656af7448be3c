//! One `u32` newtype per index space.
//!
//! A plain integer says nothing about what it counts; a `FuncIndex` cannot be handed to something that wants a
//! `TypeIndex`. Types called `*Index` are positions in an ordered space (of a module, a plan, a graph); types called
//! `*Id` are names of interned things, whose order means nothing.
//!
//! # Invariants
//! - `new` is the only way in from a `usize`, and it is checked: no index is ever `u32::MAX`, which is left free for
//!   packed options.

use core::fmt;
use core::hash::Hash;

/// A key of one index space.
pub trait EntityRef: Copy + Eq + Ord + Hash + fmt::Debug {
    /// Makes a key from its position.
    ///
    /// # Panics
    /// If `position` does not fit: limits keep every space far below `u32::MAX`.
    fn new(position: usize) -> Self;
    /// The position, as an offset into a table.
    fn index(self) -> usize;
}

/// Declares index newtypes, each with the prefix that it prints with (`func3`).
#[macro_export]
macro_rules! entity {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        #[allow(unreachable_pub)] // Spaces that are private to a module are declared by this macro too.
        pub struct $name(u32);
        #[allow(dead_code, unreachable_pub)] // Not every space needs both.
        impl $name {
            /// Makes an index from its raw number.
            #[inline]
            pub const fn from_u32(raw: u32) -> Self { Self(raw) }
            /// The raw number.
            #[inline]
            pub const fn as_u32(self) -> u32 { self.0 }
        }
        impl $crate::entity::EntityRef for $name {
            #[inline]
            fn new(position: usize) -> Self {
                assert!(position < u32::MAX as usize, concat!(stringify!($name), " out of range"));
                Self(position as u32)
            }
            #[inline]
            fn index(self) -> usize { self.0 as usize }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

entity! {
    /// A function of a core module's index space, imports first.
    FuncIndex = "func";
    /// A function that a core module defines, counted without imports.
    DefinedFuncIndex = "defined";
    /// A table of a core module's index space.
    TableIndex = "table";
    /// A memory of a core module's index space.
    MemoryIndex = "memory";
    /// A global of a core module's index space.
    GlobalIndex = "global";
    /// A tag of a core module's index space.
    TagIndex = "tag";
    /// A type of a core module's index space.
    TypeIndex = "type";
    /// An element segment of a core module.
    ElemIndex = "elem";
    /// A data segment of a core module.
    DataIndex = "data";
    /// A core function type by its number in a registry: equal ids of one registry are equal types. An image's ids are
    /// those of its own [`FuncTypes`](crate::func_types::FuncTypes); loading exchanges them for the engine's.
    SigId = "sig";
}

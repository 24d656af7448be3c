//! A fused adapter as a synthesised wasm body.
//!
//! A call from one guest to another is a function like any other: it is written here as core wasm, and any tier runs
//! it through a slot. One *batch* of adapters is one module; it imports both sides' memories, reallocs, post-returns
//! and flags, and the builtins that it needs. The same generator serves at flatten and when components are linked at
//! run time.
//!
//! What stays out of wasm: the checks and copies of strings between encodings, and handle tables. They are
//! [`Builtin`]s, so that each rule of the canonical ABI exists once, in the component package, for hosts and guests.
//!
//! # Invariants
//! - A batch is linear in the types that its signatures reach: everything nested goes through one helper function per
//!   (type pair, form, options pair), never inline twice.
//! - Bodies are trusted: they use several memories, 64-bit memories and exceptions whatever the guest may.
//!
//! # Rejected
//! Realloc calls from the host for every string: a nested entry costs more than the copy. Equal encodings are copied
//! by `memory.copy` after a check; only transcoding calls out.

pub mod batch;
#[cfg(feature = "adapters")]
mod body;
#[cfg(feature = "adapters")]
pub mod generate;
pub mod link;
pub mod options;
#[cfg(feature = "adapters")]
mod scalar;
#[cfg(feature = "adapters")]
mod sequence;
#[cfg(feature = "adapters")]
mod task;
#[cfg(feature = "adapters")]
mod text;
#[cfg(feature = "adapters")]
mod value;
#[cfg(feature = "adapters")]
mod write;

#[cfg(test)]
mod tests;

pub use options::{MemoryOption, SideOptions};

use crate::codec;
use crate::plan::{AdapterIndex, Plan};
use crate::types::{FlatType, FuncTypeIndex, InterfaceType};

/// One call to be fused: `canon lower` of a `canon lift`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's type as the caller knows it, and the caller's options.
    pub caller: (FuncTypeIndex, SideOptions),
    /// The function's type as the callee knows it, and the callee's options.
    pub callee: (FuncTypeIndex, SideOptions),
    /// The core function that is lifted.
    pub func: u32,
    /// The core function `post-return`.
    pub post_return: Option<u32>,
    /// Whether the callee's modules can throw: an exception that leaves a lifted function is a trap.
    pub can_throw: bool,
}

impl Call {
    /// An adapter of a plan. Functions that options name have the plan's index as key, lifted functions the adapter's
    /// index with the top bit set.
    pub fn of_plan(plan: &Plan, adapter: AdapterIndex, can_throw: bool) -> Self {
        let spec = &plan.adapters[adapter];
        Self {
            caller: (spec.lower_ty, SideOptions::of_plan(plan, spec.lower)),
            callee: (spec.lift_ty, SideOptions::of_plan(plan, spec.lift)),
            func: adapter.as_u32() | Self::LIFTED,
            post_return: plan.options[spec.lift].post_return.map(|func| func.as_u32()),
            can_throw,
        }
    }

    /// The bit that tells a lifted function's key from one that options name.
    pub const LIFTED: u32 = 1 << 31;

    /// The bit that tells the keys of the component that is called across a link from the caller's own. No plan has as
    /// many of anything.
    pub const THERE: u32 = 1 << 30;
}

/// A runtime call that an adapter makes. Addresses and lengths cross as `i64`, handles as `i32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Builtin {
    /// `(code: i32)`: traps with this [`Trap`](coracle_error::Trap) code. Does not return.
    Trap,
    /// `(ptr, units)`: checks that a string lies in its memory, is aligned, not too long, and valid.
    StringCheck(SideOptions),
    /// `(ptr, units) -> (ptr, units)`: lifts a string on the first side and lowers it on the second.
    StringTranscode(SideOptions, SideOptions),
    /// `(handle) -> handle`: takes an own handle out of the first instance's table and puts it into the second's.
    TransferOwn {
        /// The instance that gives, and the resource type it knows it by.
        from: (u32, InterfaceType),
        /// The instance that takes, and the resource type it knows it by.
        to: (u32, InterfaceType),
    },
    /// `(handle) -> handle or rep`: lends a handle of the first instance's table to the call in progress.
    TransferBorrow {
        /// The instance that lends, and the resource type it knows it by.
        from: (u32, InterfaceType),
        /// The instance that borrows, and the resource type it knows it by.
        to: (u32, InterfaceType),
    },
    /// `()`: opens the borrow scope of a call into this instance.
    EnterScope(u32),
    /// `()`: the callee has returned: checks that no borrow remains.
    ExitScope(u32),
}

impl Builtin {
    /// Its core signature.
    pub fn sig(&self) -> (&'static [FlatType], &'static [FlatType]) {
        use FlatType::{I32, I64};
        match self {
            Self::Trap => (&[I32], &[]),
            Self::StringCheck(_) => (&[I64, I64], &[]),
            Self::StringTranscode(..) => (&[I64, I64], &[I64, I64]),
            Self::TransferOwn { .. } | Self::TransferBorrow { .. } => (&[I32], &[I32]),
            Self::EnterScope(_) | Self::ExitScope(_) => (&[], &[]),
        }
    }
}

/// What a batch imports, in the order of its import section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Import {
    /// A memory of the plan's.
    Memory(u32),
    /// A core function of the plan's: lifted, realloc or post-return.
    Func(u32),
    /// The flags of a component instance: a mutable `i32`, see [`MAY_LEAVE`].
    Flags(u32),
    /// What is open in the call that runs: a mutable `i64` with a bit for this component instance and others.
    Open(u32),
    /// That bit, in a mutable `i64`; 0 once the instance may not be entered any more.
    Mask(u32),
    /// A runtime call.
    Builtin(Builtin),
}

/// Bit of an instance's flags: it may call out.
pub const MAY_LEAVE: i32 = 1;

codec::choice! {
    Builtin {
        0 = Trap, 1 = StringCheck(side), 2 = StringTranscode(giver, taker), 3 = TransferOwn { from, to },
        4 = TransferBorrow { from, to }, 5 = EnterScope(instance), 6 = ExitScope(instance),
    }
    Import { 0 = Memory(key), 1 = Func(key), 2 = Flags(key), 3 = Open(key), 4 = Mask(key), 5 = Builtin(builtin) }
}

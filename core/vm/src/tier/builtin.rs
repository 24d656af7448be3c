//! The table of runtime calls that both tiers make.
//!
//! One line per call: name, arguments after the context, result. The bodies live in `store/builtins`; a tier
//! reaches them through [`VmStore::builtins`](crate::tier::VmStore), so that it needs to know no store, and so that
//! interpreter and native code run the same code.
//!
//! # Conventions
//! - Every call takes the context of the instance that executes the instruction.
//! - A call that can trap returns a [`Status`], or a number whose greatest values are reserved as said. Before it
//!   returns `Trap` it has set [`VmStore::trap`](crate::tier::VmStore)'s code (offset and slot are the tier's to
//!   set), or left a host error pending (code 0).
//! - Addresses and lengths are unsigned and zero-extended to 64 bits, whatever the memory's index type.
//! - A call of the second half of the table *reaches the embedder*: a hook, a callback or a limiter may look at the
//!   store, grow anything in it and call guests before it returns. So it is made through a [`Gate`] alone; and native
//!   code, which knows a call by its [`RuntimeCall`], is told that it is one of those.

#![allow(unsafe_code)] // Makes the calls that reach the embedder, on behalf of the tiers.

use crate::raw::RawVal;
use crate::tier::status::Status;
use crate::tier::vmctx::VmCtx;

/// What `memory_grow` and `table_grow` return where growth failed as the guest may see.
pub const GROW_FAILED: u64 = u64::MAX;
/// What calls with a numeric result return after they have set a trap.
pub const TRAPPED: u64 = u64::MAX - 1;

/// What a tier does around a call that may reach the embedder. It cannot be left out:
///
/// ```compile_fail,E0616
/// # use coracle_vm::tier::{Builtins, VmCtx};
/// fn go_on_with_what_was(builtins: &Builtins, ctx: *mut VmCtx) {
///     let epoch = builtins.new_epoch;
/// }
/// ```
pub trait Gate {
    /// Tells the store all that the embedder may ask for or build on: where the stack is free, where the code stands,
    /// what is left of the fuel. The context of the instance that calls.
    fn publish(&mut self) -> *mut VmCtx;

    /// Reads all again that the tier keeps of the store's, whatever came of the call: memories, tables, fuel.
    fn reload(&mut self);
}

/// A context behind a [`Gate`]: what the body of a call that may reach the embedder is given in the place of a bare one.
#[derive(Debug)]
#[repr(transparent)]
pub struct Published(*mut VmCtx);

impl Published {
    pub(crate) fn ctx(&self) -> *mut VmCtx {
        self.0
    }
}

/// A runtime call as native code makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeCall {
    /// Where its address lies in [`Builtins`], in bytes.
    pub offset: usize,
    /// Whether it may reach the embedder: the code does what a [`Gate`] does.
    pub reaches_embedder: bool,
}

macro_rules! builtins {
    (
        inside { $($(#[$in_doc:meta])* $inside:ident($($in_arg:ident: $in_ty:ty),*) -> $in_result:ty;)* }
        embedder { $($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)* }
    ) => {
        /// The runtime calls, by address.
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct Builtins {
            $($(#[$in_doc])* pub $inside: unsafe extern "C" fn(ctx: *mut VmCtx $(, $in_arg: $in_ty)*) -> $in_result,)*
            $(pub(crate) $name: unsafe extern "C" fn(ctx: Published $(, $arg: $ty)*) -> $result,)*
        }

        impl Builtins {
            $($(#[$doc])*
            ///
            /// # Safety
            /// The gate's context is that of the instance that executes the instruction; the arguments are what
            /// validation has checked.
            #[inline(always)]
            pub unsafe fn $name(&self, gate: &mut impl Gate $(, $arg: $ty)*) -> $result {
                let ctx = Published(gate.publish());
                // SAFETY: by contract.
                let result = unsafe { (self.$name)(ctx $(, $arg)*) };
                gate.reload();
                result
            })*
        }

        /// Each call, for native code.
        pub mod call {
            use super::{Builtins, RuntimeCall};
            use core::mem::offset_of;

            $(#[doc = concat!("`", stringify!($inside), "`.")]
            #[allow(non_upper_case_globals)]
            pub const $inside: RuntimeCall =
                RuntimeCall { offset: offset_of!(Builtins, $inside), reaches_embedder: false };)*
            $(#[doc = concat!("`", stringify!($name), "`.")]
            #[allow(non_upper_case_globals)]
            pub const $name: RuntimeCall = RuntimeCall { offset: offset_of!(Builtins, $name), reaches_embedder: true };)*
        }
    };
}

builtins! {
    inside {
        /// `memory.copy`.
        memory_copy(dst_memory: u32, src_memory: u32, dst: u64, src: u64, len: u64) -> Status;
        /// `memory.fill`.
        memory_fill(memory: u32, dst: u64, byte: u32, len: u64) -> Status;
        /// `memory.init`.
        memory_init(memory: u32, data: u32, dst: u64, src: u32, len: u32) -> Status;
        /// `data.drop`.
        data_drop(data: u32) -> ();
        /// `memory.atomic.notify`: how many were woken, or [`TRAPPED`].
        atomic_notify(memory: u32, address: u64, count: u32) -> u64;
        /// `table.copy`.
        table_copy(dst_table: u32, src_table: u32, dst: u64, src: u64, len: u64) -> Status;
        /// `table.fill`.
        table_fill(table: u32, at: u64, value: usize, len: u64) -> Status;
        /// `table.init`.
        table_init(table: u32, elem: u32, dst: u64, src: u32, len: u32) -> Status;
        /// `elem.drop`.
        elem_drop(elem: u32) -> ();
        /// `throw`: makes an exception of a tag from its arguments' cells; [`VmStore::exception`](crate::tier::VmStore) holds it. Returns
        /// `Throw`, or `Trap` when the arena is full.
        throw(tag: u32, args: *const RawVal) -> Status;
        /// `throw_ref`: sets the exception on its way from an `exnref` cell. `Trap` for null, else `Throw`.
        throw_ref(exception: u64) -> Status;
        /// Whether an `exnref` cell's exception is of a tag of this instance (1) or not (0); if so its arguments are
        /// copied to `args`.
        exception_match(exception: u64, tag: u32, args: *mut RawVal) -> u64;
        /// A `catch` or `catch_all` without a reference has taken an exception, its arguments copied: frees what no
        /// reference leads to. Optional: what is not told of is freed later.
        exception_handled(exception: u64) -> ();
        /// A trap is about to leave this run, and the activation's state is up to date: records the frames of all
        /// activations, for the error's backtrace. To be called once where the trap starts; further calls do nothing.
        record_frames() -> ();
        /// An exception is about to leave this run, and the activation's state is up to date: records the frames of all
        /// activations, in case nobody catches it. Does nothing where a run within this one has recorded them.
        record_thrown() -> ();
    }
    embedder {
        /// `memory.grow`: the old size in pages, [`GROW_FAILED`] or [`TRAPPED`]. May move the memory.
        memory_grow(memory: u32, delta_pages: u64) -> u64;
        /// `table.grow`: the old length, [`GROW_FAILED`] or [`TRAPPED`]. May move the table.
        table_grow(table: u32, delta: u64, init: usize) -> u64;
        /// `memory.atomic.wait32`: 0 woken, 1 not equal, 2 timed out, or [`TRAPPED`]. Timeout in ns, negative: none. Asks
        /// `new_epoch` when the epoch's deadline is reached meanwhile.
        atomic_wait32(memory: u32, address: u64, expected: u32, timeout_ns: i64) -> u64;
        /// `memory.atomic.wait64`: as for 32 bits.
        atomic_wait64(memory: u32, address: u64, expected: u64, timeout_ns: i64) -> u64;
        /// Fuel is below zero: refuels it (then `Done`), or traps.
        out_of_fuel() -> Status;
        /// The epoch deadline is reached: sets a new one (then `Done`), or traps.
        new_epoch() -> Status;
    }
}

//! The table of runtime calls that both tiers make.
//!
//! One line per call: name, arguments after the context, result. The bodies live in `core/store/builtins`; a tier
//! reaches them through [`VmStore::builtins`](crate::tier::VmStore), so that it needs to know no store, and so that
//! interpreter and native code run the same code.
//!
//! # Conventions
//! - Every call takes the context of the instance that executes the instruction.
//! - A call that can trap returns a [`Status`], or a number whose greatest values are reserved as said. Before it
//!   returns `Trap` it has set [`VmStore::trap`](crate::tier::VmStore)'s code (offset and slot are the tier's to
//!   set), or left a host error pending (code 0).
//! - Addresses and lengths are unsigned and zero-extended to 64 bits, whatever the memory's index type.

use crate::raw::RawVal;
use crate::tier::status::Status;
use crate::tier::vmctx::VmCtx;

/// What `memory_grow` and `table_grow` return where growth failed as the guest may see.
pub const GROW_FAILED: u64 = u64::MAX;
/// What calls with a numeric result return after they have set a trap.
pub const TRAPPED: u64 = u64::MAX - 1;

macro_rules! builtins {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => {
        /// The runtime calls, by address.
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct Builtins {
            $($(#[$doc])* pub $name: unsafe extern "C" fn(ctx: *mut VmCtx $(, $arg: $ty)*) -> $result,)*
        }

        /// Where each call's address lies in [`Builtins`], in bytes.
        pub mod offset {
            $(#[doc = concat!("Of `", stringify!($name), "`.")]
            #[allow(non_upper_case_globals)]
            pub const $name: usize = core::mem::offset_of!(super::Builtins, $name);)*
        }
    };
}

builtins! {
    /// `memory.grow`: the old size in pages, [`GROW_FAILED`] or [`TRAPPED`]. May move the memory.
    memory_grow(memory: u32, delta_pages: u64) -> u64;
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
    /// `memory.atomic.wait32`: 0 woken, 1 not equal, 2 timed out, or [`TRAPPED`]. Timeout in ns, negative: none.
    atomic_wait32(memory: u32, address: u64, expected: u32, timeout_ns: i64) -> u64;
    /// `memory.atomic.wait64`: as for 32 bits.
    atomic_wait64(memory: u32, address: u64, expected: u64, timeout_ns: i64) -> u64;
    /// `table.grow`: the old length, [`GROW_FAILED`] or [`TRAPPED`]. May move the table.
    table_grow(table: u32, delta: u64, init: usize) -> u64;
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
    /// Fuel is below zero: refuels it (then `Done`), or traps.
    out_of_fuel() -> Status;
    /// The epoch deadline is reached: sets a new one (then `Done`), or traps.
    new_epoch() -> Status;
    /// A trap is about to leave this run, and the activation's state is up to date: records the frames of all
    /// activations, for the error's backtrace. To be called once where the trap starts; further calls do nothing.
    record_frames() -> ();
}

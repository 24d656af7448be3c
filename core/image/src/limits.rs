//! Every implementation limit: its unit, its reason, the error that it raises.
//!
//! A limit is what stands between a hostile component and the host's memory or time. What the embedder can lower
//! lies in `Config` or the store; these are the ceilings.

use coracle_error::{Error, ErrorKind};

/// Steps of one component's instantiation plan. Nested instantiation can double per level. `ErrorKind::Limit`.
pub const PLAN_STEPS: usize = 1 << 20;
/// Entries of one component's export graph. `ErrorKind::Limit`.
pub const EXPORT_ENTRIES: usize = 1 << 20;
/// Component and core instances that one component makes when it is instantiated. `ErrorKind::Limit`.
pub const PLAN_INSTANCES: usize = 100_000;
/// Depth of component nesting that `flatten` follows, in components. `ErrorKind::Limit`.
pub const NESTING_DEPTH: usize = 1_000;
/// Bytes of one value of a type in linear memory, out-of-line strings and lists not counted. `ErrorKind::Limit`.
pub const TYPE_BYTES: u32 = 1 << 28;
/// Levels of types within types: what walks a value recurses this deep on the host's stack. `ErrorKind::Limit`.
pub const TYPE_DEPTH: u16 = 100;
/// Levels of instances within instances, and of instance types within instance types. `ErrorKind::Limit`.
pub const INSTANCE_DEPTH: usize = 250;
/// Declarations, items and names that `flatten` may look at for one component, all instantiations counted.
/// `ErrorKind::Limit`.
pub const FLATTEN_WORK: usize = 1 << 23;
/// Flat core parameters of an `async` lowered component function (Canonical ABI, `MAX_FLAT_ASYNC_PARAMS`).
pub const MAX_FLAT_ASYNC_PARAMS: usize = 4;
/// Flat core parameters of a component function before they spill to memory (Canonical ABI, `MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMS: usize = 16;
/// Flat core results of a component function before they spill to memory (Canonical ABI, `MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;
/// Bytes of one string that crosses the canonical ABI (`MAX_STRING_BYTE_LENGTH`). `Trap::TooLong`.
pub const MAX_STRING_BYTES: usize = (1 << 28) - 1;
/// Bytes of one list's elements that cross the canonical ABI (`MAX_LIST_BYTE_LENGTH`). `Trap::TooLong`.
pub const MAX_LIST_BYTES: usize = (1 << 28) - 1;
/// Handles in one component instance's table (Canonical ABI, `Table.MAX_LENGTH`). `Trap::HandleLimit`.
pub const MAX_HANDLES: u32 = (1 << 28) - 1;
/// Handles in all tables of a store unless the embedder says otherwise. `Trap::HandleLimit`.
pub const DEFAULT_STORE_HANDLES: usize = 100_000;
/// Bytes that guests may make the host copy in one call, unless the embedder says otherwise. `Trap::HostcallFuel`.
pub const DEFAULT_HOSTCALL_FUEL: usize = 128 << 20;
/// Nested entries from host to guest (callbacks, `realloc`, destructors) in one store. `Trap::StackOverflow`.
pub const HOST_DEPTH: u32 = 200;
/// Bytes of one task's value stack in the interpreter, unless the embedder says otherwise. `Trap::StackOverflow`.
pub const DEFAULT_STACK_BYTES: usize = 1 << 20;
/// Bytes of the host's stack that a call which may wait runs on, unless the embedder says otherwise. Guests get
/// [`DEFAULT_NATIVE_STACK_BYTES`] of them, host functions the rest.
pub const DEFAULT_ASYNC_STACK_BYTES: usize = 2 << 20;
/// Stacks of either kind that an engine keeps for the tasks to come, so that a store costs no memory to be zeroed, and a
/// call that may wait none to be mapped.
pub const IDLE_STACKS: usize = 16;
/// Reservations of address space that an engine keeps for the memories to come, where the system can empty them in one
/// step: to reserve and to release costs more than to instantiate does.
pub const IDLE_MEMORIES: usize = 16;
/// Bytes of the host's stack that a guest and what it calls may use, unless the embedder says otherwise; less where the
/// thread has less. `Trap::StackOverflow`.
pub const DEFAULT_NATIVE_STACK_BYTES: usize = 512 << 10;
/// Bytes at the end of a thread's stack that guests leave to what runs above them and does not ask for the limit: a
/// host function until it enters a guest again, a runtime call, the interpreter with the translation of a body, the
/// stubs between tiers, a signal's frame, a panic with its message.
pub const HOST_STACK_BYTES: usize = 64 << 10;
/// Frames that a trap's backtrace keeps, unless the embedder says otherwise.
pub const DEFAULT_BACKTRACE_FRAMES: usize = 20;
/// References that one store's arena keeps alive. `Trap::ReferenceLimit`.
pub const STORE_REFERENCES: u32 = 1 << 24;
/// Elements of one table. A growth beyond fails as the guest expects.
pub const TABLE_ELEMENTS: u64 = 10_000_000;

/// The error for a limit that was reached.
#[cold]
pub fn exceeded(what: &str, limit: usize) -> Error {
    Error::fault(ErrorKind::Limit, coracle_error::wording!("implementation limit reached: {what} (at most {limit})"))
}

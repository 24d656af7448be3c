//! Running code: the machine's registers, the handlers, and one of the dispatchers.
//!
//! Every op has one handler, a safe function over the registers, generic over what carries on after it. The tail
//! dispatcher turns each into a function that jumps to the next; the portable one inlines all of them in one loop, or,
//! where that would be too much for one function, calls them through a table.

pub(crate) mod machine;
pub(crate) mod stack;
pub(crate) mod tier_up;

pub(crate) mod any;
#[cfg(feature = "simd")]
pub(crate) mod lanes;

#[cfg(feature = "threads")]
pub(crate) mod atomic;
pub(crate) mod branch;
pub(crate) mod control;
pub(crate) mod ends;
#[cfg(any(op_forms, test))]
pub(crate) mod forms;
pub(crate) mod fused;
pub(crate) mod gate;
#[cfg_attr(not(tail_dispatch), path = "exec/guess_off.rs")]
pub(crate) mod guess;
pub(crate) mod loaded;
pub(crate) mod memory;
pub(crate) mod numeric;
pub(crate) mod operand;
pub(crate) mod ops;
#[cfg(any(tail_dispatch, handlers_apart, op_forms))]
pub(crate) mod parts;
pub(crate) mod places;
#[cfg_attr(not(feature = "profile-ops"), path = "exec/profile_off.rs")]
pub(crate) mod profile;
#[cfg(feature = "translate")]
pub(crate) mod quiet;
#[cfg(feature = "simd")]
pub(crate) mod simd;
pub(crate) mod table;
pub(crate) mod wide;

#[cfg_attr(tail_dispatch, path = "exec/dispatch_tail.rs")]
#[cfg_attr(all(not(tail_dispatch), handlers_apart), path = "exec/dispatch_apart.rs")]
#[cfg_attr(all(not(tail_dispatch), not(handlers_apart)), path = "exec/dispatch_loop.rs")]
pub(crate) mod dispatch;

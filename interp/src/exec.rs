//! Running code: the machine's registers, the handlers, and one of two dispatchers.
//!
//! Every op has one handler, a safe function over the registers, generic over what carries on after it. The tail
//! dispatcher turns each into a function that jumps to the next; the portable one inlines all of them in one loop.

pub(crate) mod machine;
pub(crate) mod stack;
pub(crate) mod tier_up;

pub(crate) mod any;
pub(crate) mod lanes;

pub(crate) mod atomic;
pub(crate) mod branch;
pub(crate) mod control;
pub(crate) mod fused;
pub(crate) mod gate;
pub(crate) mod memory;
pub(crate) mod numeric;
pub(crate) mod ops;
#[cfg_attr(not(feature = "profile-ops"), path = "exec/profile_off.rs")]
pub(crate) mod profile;
pub(crate) mod simd;
pub(crate) mod table;

#[cfg_attr(tail_dispatch, path = "exec/dispatch_tail.rs")]
#[cfg_attr(not(tail_dispatch), path = "exec/dispatch_loop.rs")]
pub(crate) mod dispatch;

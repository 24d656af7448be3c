//! Stacks of the host's for calls that may wait, and the switch between them.
//!
//! Where there are none (no `std`, or a machine that `corosensei` does not know: `build.rs`) a coroutine is a function
//! that runs to its end when it is first resumed, and whoever wants to wait in it is told that it cannot.
//!
//! # Invariants
//! - K1. A coroutine that has begun and not ended is never dropped: its stack leaks. To end it is its owner's to do.

#[cfg(native_stacks)]
mod native;
#[cfg(not(native_stacks))]
mod none;

#[cfg(native_stacks)]
pub(crate) use native::{Coroutine, Course, Ending, HostStack, Suspender, on_stack_or_by_return};
#[cfg(not(native_stacks))]
pub(crate) use none::{Coroutine, Course, Ending, HostStack, Suspender, on_stack_or_by_return};

/// Whether there are stacks for calls that may wait.
pub(crate) const STACKS: bool = cfg!(native_stacks);

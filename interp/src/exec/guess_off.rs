//! Nothing is guessed: the twin of `guess` for dispatchers that have no registers to spare.

use crate::exec::machine::Regs;

/// Goes on by `next` at `ip`, where a branch back led.
#[inline(always)]
pub(crate) fn went_back<T>(m: Regs, next: impl Fn(Regs) -> T) -> T {
    next(m)
}

/// Goes on by `next` at `ip`, the start of a function of the same instance.
#[inline(always)]
pub(crate) fn called<T>(m: Regs, next: impl Fn(Regs) -> T) -> T {
    next(m)
}

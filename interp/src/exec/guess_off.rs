//! Nothing is guessed: the twin of `guess` for dispatchers that have no registers to spare.

use crate::exec::machine::{Dispatch, Exec, Regs};

/// Goes on by `N` at `ip`, where a branch back led.
#[inline(always)]
pub(crate) fn went_back<P: Dispatch, N: Exec>(m: Regs) -> P::Out {
    N::exec::<P>(m)
}

/// Goes on by `N` at `ip`, the start of a function of the same instance.
#[inline(always)]
pub(crate) fn called<P: Dispatch, N: Exec>(m: Regs) -> P::Out {
    N::exec::<P>(m)
}

//! Where control goes, guessed from where it went before.
//!
//! Where a branch leads is known when its distance has been loaded, from a place that the branch before it told; so ops
//! wait for each other along all branches and calls, five to ten cycles for each, however well the processor predicts
//! what they will do. Most branches back lead where the last one led, and most calls where the last call did. Code says
//! so: it compares the two, and if they are equal it goes on with the one that was known long ago. A processor predicts
//! that comparison as it does any other, so turns of a loop, and callers and callees, overlap.
//!
//! Only the tail dispatcher has registers to spare for this; others have `guess_off` in the place of this file.
//! Guesses of returns and of branches forward were tried and lost (`ARCHITECTURE.md`).
//!
//! # Invariants
//! - A guess is null, or code that this run went through, which outlives the run. It is used only where it is known to
//!   be right.

use crate::exec::machine::{Dispatch, Exec, Regs, now};

/// Goes on by `N` at `ip`, where a branch back led.
#[inline(always)]
pub(crate) fn went_back<P: Dispatch, N: Exec>(m: Regs) -> P::Out {
    let mut m = m;
    // Both ways have a dispatch of their own. If they had one together, it would wait for whichever comes late.
    if let Some(known) = known(&m, m.back) {
        m.ip = known;
        return N::exec::<P>(m);
    }
    m.back = m.ip.cast_mut();
    N::exec::<P>(m)
}

/// Goes on by `N` at `ip`, the start of a function of the same instance.
#[inline(always)]
pub(crate) fn called<P: Dispatch, N: Exec>(m: Regs) -> P::Out {
    let mut m = m;
    if let Some(known) = known(&m, m.callee) {
        m.ip = known;
        return N::exec::<P>(m);
    }
    m.callee = m.ip.cast_mut();
    N::exec::<P>(m)
}

/// The guess if it is right, and so that the compiler cannot tell it from any other number.
#[inline(always)]
fn known(m: &Regs, guess: *mut u64) -> Option<*const u64> {
    let right = m.ip == guess.cast_const();
    right.then(|| core::ptr::with_exposed_provenance(now(guess.expose_provenance() as u64) as usize))
}

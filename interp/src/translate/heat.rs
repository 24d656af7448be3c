//! What a call and a turn of a loop count for: how much work they are expected to do.
//!
//! Work is what fuel would count. How much of a body a call runs is estimated by the way: of what comes to a conditional
//! branch a part leaves, at an `if` a half goes each way, and so on; where ways join they add up. A loop's turn is reckoned
//! by itself, from its head on, and what is in it counts for its turns alone. What comes of it is written into the op
//! that counts, when the body or the loop ends.

use crate::exec::control::HEAT;
use crate::exec::operand::{Name, place};
use crate::translate::func::{Block, Frame, Func, Purpose, Reckoned, Work};
use coracle_vm::internals;

/// The half word of an op that counts that tells how much.
const HEAT_HALF: u32 = place(&[HEAT], Name::Heat) as u32 / 4;

/// As often as what is reckoned: once for each call, or for each turn.
const ALWAYS: u32 = 1 << 16;
/// The part of what comes to a conditional branch that takes it: one in so many. Most lead out of the ordinary.
const TAKEN: u32 = 4;
/// What comes to a block's end at least, as a part of what comes to its start: exceptions are not followed.
const LEAST: u32 = 64;

impl Func<'_> {
    /// Whether heat is counted.
    pub(crate) fn counts(&self) -> bool {
        !matches!(self.purpose, Purpose::Prepare(_)) && internals::strategy(self.body.module.engine()).counts()
    }

    /// An operator of this cost comes next.
    #[inline(always)]
    pub(crate) fn works(&mut self, cost: u32) {
        self.work.sum += u64::from(self.work.often) * u64::from(cost);
    }

    /// What the op at `at` counts begins here.
    pub(crate) fn begin_work(&mut self, at: usize) {
        let Work { often, sum, .. } = self.work;
        self.work.open.push(Reckoned { at, depth: self.frames.len(), often, sum });
        (self.work.often, self.work.sum) = (ALWAYS, 0);
    }

    /// It ends here.
    pub(crate) fn finish_work(&mut self) {
        let Some(Reckoned { at, often, sum, .. }) = self.work.open.pop() else { return };
        let after = Work { often, sum, open: core::mem::take(&mut self.work.open) };
        let Work { sum, .. } = core::mem::replace(&mut self.work, after);
        if !self.counts() {
            return;
        }
        let work = u32::try_from(sum / u64::from(ALWAYS)).unwrap_or(u32::MAX);
        let heat = internals::strategy(self.body.module.engine()).heat(work);
        self.patch(at as u32, HEAT_HALF, heat as i32);
    }

    /// How often the next operator runs.
    pub(crate) fn often(&self) -> u32 {
        self.work.often
    }

    /// Of what comes here, a part goes to the label of this block: all of it, or as much as takes a branch.
    pub(crate) fn leaves(&mut self, frame: usize, always: bool) {
        let part = if always { self.work.often } else { self.work.often / TAKEN };
        self.arrives(frame, part);
        self.work.often -= part;
    }

    /// This much comes to the label of this block.
    pub(crate) fn arrives(&mut self, frame: usize, part: u32) {
        let here = self.work.open.last().is_none_or(|reckoned| frame >= reckoned.depth);
        let Frame { block, entered, arrived, .. } = &mut self.frames[frame];
        if !matches!(block, Block::Loop(_)) {
            // Whoever leaves a loop has entered it once.
            *arrived = arrived.saturating_add(if here { part } else { *entered });
        }
    }

    /// A half goes to an `if`.
    pub(crate) fn halves(&mut self) {
        self.work.often /= 2;
    }

    /// The other half goes to its `else`, and what comes from before is beyond it.
    pub(crate) fn other_half(&mut self, frame: usize, reached: bool) {
        if reached {
            self.arrives(frame, self.work.often);
        }
        self.work.often = self.frames[frame].entered / 2;
    }

    /// What comes to a block's end goes on.
    pub(crate) fn joins(&mut self, frame: usize, reached: bool) {
        let Frame { block, entered, arrived, .. } = self.frames[frame];
        let skipped = if matches!(block, Block::If(_)) { entered / 2 } else { 0 };
        let through = if reached { self.work.often } else { 0 };
        self.work.often = through.saturating_add(arrived).saturating_add(skipped).clamp(entered / LEAST, entered);
    }
}

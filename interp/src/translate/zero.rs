//! Which locals are set to zero when a function is entered: those that may be read before they were written.
//!
//! Most locals of compiled programs are written first. A write that is not nested in blocks of its own comes before
//! everything behind it up to the end of its block: whatever jumps over it leaves that block, or begins the loop again.
//! So a local counts as written until that block ends, and a read of it until then needs no zero. What follows a loop
//! has been through the loop's body. Where this does not tell, the local is set to zero.
//!
//! The op that sets them is written before anything is known, and completed or removed at the end.

use crate::exec::control::{ZERO_FEW, Zero};
use crate::exec::machine::Exec;
use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::translate::func::Func;
use crate::translate::operand::{Operands, halves};

/// The words of the op.
const WORDS: usize = Zero::WORDS;

impl Func<'_> {
    /// Writes the op for all locals.
    pub(crate) fn begin_zeros(&mut self) {
        let params = self.body.ty.params.len();
        if let Some(first) = self.locals.get(params) {
            let (first, end) = (u32::from(first.slot), self.first_cell);
            self.zeros.at = Some(self.words.len());
            let (op, operands) = self.zero_op(first, end, self.pays());
            self.emit(op, operands);
        }
    }

    /// The op that sets the cells from `first` to before `end` to zero, and pays for the op behind it if it `pays`.
    pub(crate) fn zero_op(&self, first: u32, end: u32, pays: bool) -> (u16, Operands) {
        let count = (end - first) as u16;
        let form = if count <= ZERO_FEW && !self.few() { count as u8 } else { 0 };
        let row = if pays && form != 0 { Row::ZeroFuel } else { Row::Zero };
        (row.op(form), Operands::new().run(Name::Cells, first as u16, count))
    }

    /// A local is read.
    pub(crate) fn reads(&mut self, local: u32) {
        let known = &self.locals[local as usize];
        if known.written {
            return;
        }
        let first = u32::from(known.slot);
        let end = first + if known.wide { 2 } else { 1 };
        self.zeros.cells = Some(self.zeros.cells.map_or((first, end), |(low, high)| (low.min(first), high.max(end))));
    }

    /// A local is written.
    pub(crate) fn writes(&mut self, local: u32) {
        let known = &mut self.locals[local as usize];
        if !known.written {
            known.written = true;
            self.zeros.written.push(local);
        }
    }

    /// A block ends that began at this mark, and that can be left from its middle: writes in it count no more.
    pub(crate) fn forget_writes(&mut self, mark: usize) {
        for local in self.zeros.written.drain(mark..) {
            self.locals[local as usize].written = false;
        }
    }

    /// How far the end of an op of `words` words that is written next lies from the start of the code; it goes to the
    /// op's last half word.
    pub(crate) fn link(&mut self, words: usize) -> u32 {
        self.zeros.distances.push(((self.words.len() + words - 1) as u32, true));
        self.distance(words)
    }

    /// How far the op that is written next lies from the start of the code; it goes to the half word at `at`.
    pub(crate) fn link_start(&mut self, at: usize) -> u32 {
        self.zeros.distances.push(((self.words.len() + 1 + at / 8) as u32, !at.is_multiple_of(8)));
        self.distance(0)
    }

    /// The function's end: it is known what has to be zero.
    pub(crate) fn end_zeros(&mut self) {
        let Some(at) = self.zeros.at else { return };
        if let Some((first, end)) = self.zeros.cells {
            let (op, operands) = self.zero_op(first, end, self.pays());
            self.words[at] = self.code_word(op);
            self.words[at + 1] = operands.word(0);
            return;
        }
        // Branches are relative. What is told from the start of the code moves with it.
        for &(word, upper) in &self.zeros.distances {
            let [low, high] = halves(self.words[word as usize]);
            let moved = if upper { [low, high - WORDS as u32] } else { [low - WORDS as u32, high] };
            self.words[word as usize] = join(moved);
        }
        self.words.drain(at..at + WORDS);
        for body in &mut self.inlined {
            body.start -= WORDS as u32;
            body.end -= WORDS as u32;
        }
        for places in &mut self.prepaid {
            places.start -= WORDS as u32;
            places.end -= WORDS as u32;
        }
        for handler in &mut self.finished_handlers {
            handler.start -= WORDS as u32;
            handler.end -= WORDS as u32;
            handler.target -= WORDS as u32;
        }
        self.offsets.retain_mut(|(word, _)| {
            let kept = *word as usize != at;
            if *word as usize > at {
                *word -= WORDS as u32;
            }
            kept
        });
    }
}

fn join([low, high]: [u32; 2]) -> u64 {
    let ([a, b, c, d], [e, f, g, h]) = (low.to_ne_bytes(), high.to_ne_bytes());
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

//! Where fuel is charged, and the epoch looked at.
//!
//! A fuel block (`core/tier/fuel`) begins with a fuel op that carries its cost. Whoever leads to such an op by a jump,
//! and whatever stands right before it, pays for it and goes on behind it, so it is dispatched for itself at a function's
//! start, at a label that is reached from above, and when fuel runs out.
//!
//! Where a callee runs in its caller's frame (`inline`), blocks follow on each other that all run, whatever comes, but for
//! traps. Such blocks are *joined*: the first one's op charges for all of them. Nobody sees that. Ops that let somebody
//! look at the fuel stand in the last of them; what traps gets back what was charged for blocks that it has not come to
//! (`Prepaid`); and where too little is left for all, code behind the function repeats them, each with an op of its own.
//!
//! # Rejected
//! - Joining over ops alone that cannot trap: small callees load and store.

use crate::exec::machine::FUEL;
use crate::exec::operand::{Name, place};
use crate::exec::ops::Row;
use crate::exec::stack::FUEL_WORDS;
use crate::translate::control::TARGET_HALF;
use crate::translate::func::{FuelBlock, Func, Joined, Part, reserve};
use crate::translate::operand::Operands;
use coracle_error::Result;
use coracle_vm::internals;
use coracle_vm::tier::{InlinedBody, Prepaid};

/// Words of joined blocks but for the last, which are written twice.
const MAX_JOINED: usize = 96;

/// The word of a fuel op that tells the cost, and the half word behind its code word that tells where it goes on if there
/// is less.
const COST: usize = 1 + place(&FUEL, Name::Cost) / 8;
const APART: u32 = place(&FUEL, Name::Apart) as u32 / 4;

impl Func<'_> {
    /// Whether fuel is charged.
    pub(crate) fn charges(&self) -> bool {
        internals::settings(self.body.module.engine()).fuel
    }

    /// Whether ops pay for the fuel ops that they lead to.
    pub(crate) fn pays(&self) -> bool {
        !self.few() && self.charges()
    }

    /// Fuel ops, if there are any, lie behind the conditional branch at `at`, which was written just now, and where it
    /// leads: it pays for them.
    pub(crate) fn branch_pays(&mut self, at: u32) {
        if self.pays() {
            self.words[at as usize] = self.code_word(self.paying);
            self.goes_behind_fuel(at, TARGET_HALF);
        }
    }

    /// Where the op at `at` leads is not known yet; if it pays for the fuel op there, it goes behind that.
    pub(crate) fn goes_behind_fuel(&mut self, at: u32, half: u32) {
        if self.pays() {
            self.patch(at, half, FUEL_WORDS as i32);
        }
    }

    /// A new fuel block begins here.
    pub(crate) fn cut(&mut self) {
        self.close_fuel();
        self.open_fuel();
    }

    pub(crate) fn open_fuel(&mut self) {
        if self.charges() {
            let at = self.words.len();
            // The block's cost is not known yet.
            self.emit_fuel(0, self.top_cell() as u16);
            self.fuel = Some(FuelBlock { at, first: self.parts.len(), part: self.part(), quiet: true });
        }
    }

    fn emit_fuel(&mut self, cost: u32, top: u16) {
        let operands = Operands::new().u64(Name::Cost, cost.into()).u16(Name::Top, top).u32(Name::Apart, 0);
        self.emit(Row::Fuel.op(0), operands);
    }

    /// A block that begins here.
    fn part(&mut self) -> Part {
        let first = self.part_callers.len();
        if self.notes() {
            let mut func = self.body.defined;
            for caller in self.callers.iter().rev() {
                self.part_callers.push((func, caller.offset));
                func = caller.body.defined;
            }
        }
        let callers = (first, self.part_callers.len());
        Part { at: self.words.len(), cost: 0, top: self.top_cell() as u16, offset: self.offset, callers }
    }

    /// A new fuel block begins here, which always follows on the one at hand.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory.
    pub(crate) fn follow(&mut self) -> Result<()> {
        reserve(&mut self.parts, 2)?;
        reserve(&mut self.joined, 1)?;
        reserve(&mut self.part_callers, 2 * self.callers.len())?;
        match self.fuel.filter(|_| self.may_join()) {
            Some(block) => {
                self.parts.push(block.part);
                let part = self.part();
                self.fuel = Some(FuelBlock { part, ..block });
            }
            None => self.cut(),
        }
        Ok(())
    }

    /// Whether the block at hand is joined with one that always follows on it.
    pub(crate) fn may_join(&self) -> bool {
        self.fuel.is_some_and(|block| block.quiet && self.words.len() - block.at <= MAX_JOINED)
    }

    /// The block is at its end: its cost is known.
    pub(crate) fn close_fuel(&mut self) {
        let Some(FuelBlock { at, first, part, .. }) = self.fuel.take() else { return };
        if self.parts.len() == first {
            self.words[at + COST] = part.cost.into();
            return;
        }
        self.parts.push(part);
        self.words[at + COST] = self.parts[first..].iter().map(|part| u64::from(part.cost)).sum();
        // What costs nothing is always paid for.
        while self.parts.last().is_some_and(|last| last.cost == 0) && self.parts.len() > first + 1 {
            self.parts.pop();
        }
        match self.parts.len() {
            end if end > first + 1 => self.joined.push(Joined { at, first, end }),
            _ => self.parts.truncate(first),
        }
    }

    /// The function's end: joined blocks are repeated behind it, each charged for itself, up to the last.
    ///
    /// # Errors
    /// `ErrorKind::Resource` when there is no memory.
    pub(crate) fn end_fuel(&mut self) -> Result<()> {
        for Joined { at, first, end } in core::mem::take(&mut self.joined) {
            self.patch(at as u32, APART, (self.words.len() - at) as i32);
            let mut left: u64 = self.parts[first..end].iter().map(|part| u64::from(part.cost)).sum();
            for index in first..end {
                self.make_room()?;
                self.make_more_room()?;
                let part = self.parts[index];
                left -= u64::from(part.cost);
                if part.cost != 0 {
                    self.repeat_fuel(&part)?;
                }
                if index + 1 < end {
                    let (start, behind) = (part.at, self.parts[index + 1].at);
                    self.repeat(start, behind)?;
                    if self.notes() {
                        reserve(&mut self.prepaid, 1)?;
                        self.prepaid.push(Prepaid { start: start as u32, end: behind as u32, fuel: left });
                    }
                }
            }
            let back = self.parts[end - 1].at as i64 - self.words.len() as i64;
            self.emit(Row::Br.op(0), Operands::new().u32(Name::Target, back as i32 as u32));
        }
        Ok(())
    }

    /// Writes the op that charges for this block alone.
    fn repeat_fuel(&mut self, part: &Part) -> Result<()> {
        let (first, end) = part.callers;
        reserve(&mut self.inlined, end - first)?;
        let start = self.words.len() as u32;
        for &(func, call) in &self.part_callers[first..end] {
            self.inlined.push(InlinedBody { start, end: start + FUEL_WORDS as u32, func, call });
        }
        self.offset = part.offset;
        self.emit_fuel(part.cost, part.top);
        Ok(())
    }

    /// Writes ops a second time, from the same places in the binary.
    fn repeat(&mut self, start: usize, end: usize) -> Result<()> {
        let moved = (self.words.len() - start) as u32;
        reserve(&mut self.words, end - start)?;
        self.words.extend_from_within(start..end);
        if !self.notes() {
            return Ok(());
        }
        let (start, end) = (start as u32, end as u32);
        let place = |offsets: &[(u32, u32)], at| offsets.partition_point(|&(word, _)| word < at);
        let noted = place(&self.offsets, start)..place(&self.offsets, end);
        reserve(&mut self.offsets, noted.len())?;
        for index in noted {
            let (word, offset) = self.offsets[index];
            self.offsets.push((word + moved, offset));
        }
        for index in 0..self.inlined.len() {
            let body = self.inlined[index];
            let (first, behind) = (body.start.max(start), body.end.min(end));
            if first < behind {
                reserve(&mut self.inlined, 1)?;
                self.inlined.push(InlinedBody { start: first + moved, end: behind + moved, ..body });
            }
        }
        Ok(())
    }

    /// A label follows. If nothing came since the last fuel op, the one behind the label serves in its place: what
    /// pays for one pays for the other.
    pub(crate) fn drop_empty_fuel(&mut self) {
        if let Some(FuelBlock { at, first, part, .. }) = self.fuel
            && part.cost == 0
            && first == self.parts.len()
            && at + FUEL_WORDS == self.words.len()
        {
            self.words.truncate(at);
            self.fuel = None;
        }
    }

    /// Counts an operator's cost.
    pub(crate) fn charge(&mut self, cost: u32) {
        if let Some(FuelBlock { part, .. }) = &mut self.fuel {
            part.cost = part.cost.saturating_add(cost);
        }
    }

    /// Looks at the epoch, where the engine asks for it.
    pub(crate) fn look_at_epoch(&mut self) {
        if internals::settings(self.body.module.engine()).epochs {
            self.emit(Row::Epoch.op(0), Operands::new().u16(Name::Top, self.top_cell() as u16));
        }
    }

    /// A fuel op that costs nothing, where branches step over one: at a loop's head, whose own lies behind the count of
    /// turns, and at what a `br_table` leads to before it goes to the label.
    pub(crate) fn empty_fuel(&mut self) {
        if self.pays() {
            self.emit_fuel(0, self.top_cell() as u16);
        }
    }
}

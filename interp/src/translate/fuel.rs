//! Where fuel is charged, and the epoch looked at.
//!
//! A fuel block (`core/tier/fuel`) begins with a fuel op that carries its cost. Whoever leads to such an op by a jump,
//! and whatever stands right before it, pays for it and steps over it, so it is dispatched for itself at a function's
//! start, at a label that is reached from above, and when fuel runs out.

use crate::exec::ops::Row;
use crate::exec::stack::FUEL_WORDS;
use crate::translate::func::Func;
use crate::translate::operand::Operands;
use coracle_vm::internals;

impl Func<'_> {
    /// Whether fuel is charged.
    pub(crate) fn charges(&self) -> bool {
        internals::settings(self.body.module.engine()).fuel
    }

    /// Whether ops pay for the fuel ops that they lead to.
    pub(crate) fn pays(&self) -> bool {
        !self.few && self.charges()
    }

    /// Fuel ops, if there are any, lie behind the conditional branch at `at`, which was written just now, and where it
    /// leads: it pays for them.
    pub(crate) fn branch_pays(&mut self, at: u32) {
        if self.pays() {
            self.words[at as usize] = self.code_word(self.paying);
        }
    }

    /// A new fuel block begins here.
    pub(crate) fn cut(&mut self) {
        self.close_fuel();
        self.open_fuel();
    }

    pub(crate) fn open_fuel(&mut self) {
        if internals::settings(self.body.module.engine()).fuel {
            // The block's cost is not known yet.
            self.fuel = Some((self.words.len(), 0));
            self.emit(Row::Fuel.op(0), Operands::new().u64(0, 0).u16(8, self.top_cell() as u16));
        }
    }

    /// The block is at its end: its cost is known.
    pub(crate) fn close_fuel(&mut self) {
        if let Some((at, cost)) = self.fuel.take()
            && cost != 0
        {
            self.words[at + 1] = u64::from(cost);
        }
    }

    /// A label follows. If nothing came since the last fuel op, the one behind the label serves in its place: what
    /// pays for one pays for the other.
    pub(crate) fn drop_empty_fuel(&mut self) {
        if let Some((at, 0)) = self.fuel
            && at + FUEL_WORDS == self.words.len()
        {
            self.words.truncate(at);
            self.fuel = None;
        }
    }

    /// Counts an operator's cost.
    pub(crate) fn charge(&mut self, cost: u32) {
        if let Some((_, sum)) = &mut self.fuel {
            *sum = sum.saturating_add(cost);
        }
    }

    /// Looks at the epoch, where the engine asks for it.
    pub(crate) fn look_at_epoch(&mut self) {
        if internals::settings(self.body.module.engine()).epochs {
            self.emit(Row::Epoch.op(0), Operands::new().u16(4, self.top_cell() as u16));
        }
    }

    /// A fuel op that costs nothing, where branches step over one: at a loop's head, whose own lies behind the count of
    /// turns, and at what a `br_table` leads to before it goes to the label.
    pub(crate) fn empty_fuel(&mut self) {
        if self.pays() {
            self.emit(Row::Fuel.op(0), Operands::new().u64(0, 0).u16(8, self.top_cell() as u16));
        }
    }
}

//! The operand stack at translation time, and where locals lie.

use crate::exec::stack::HEADER_CELLS;
use crate::translate::func::{Entry, Func, Kind, Local, MAX_FRAME_CELLS, NONE, reserve};
use coracle_error::Result;
use coracle_image::limits;

impl Func<'_> {
    /// Adds locals; parameters come first.
    pub(crate) fn declare(&mut self, count: u32, wide: bool) -> Result<()> {
        if self.locals.is_empty() {
            self.declare_params()?;
        }
        let cells = u64::from(count) * if wide { 2 } else { 1 };
        if u64::from(self.first_cell) + cells > u64::from(MAX_FRAME_CELLS) {
            return Err(limits::exceeded("cells of a frame", MAX_FRAME_CELLS as usize));
        }
        reserve(&mut self.locals, count as usize)?;
        for _ in 0..count {
            self.locals.push(Local::new(self.first_cell as u16, wide, false));
            self.first_cell += if wide { 2 } else { 1 };
        }
        Ok(())
    }

    /// Parameters from the first cell on, then results if they are longer, then the header.
    pub(crate) fn declare_params(&mut self) -> Result<()> {
        let ty = self.body.ty;
        let cells = ty.param_cells().max(ty.result_cells()) as usize + HEADER_CELLS;
        if cells > MAX_FRAME_CELLS as usize {
            return Err(limits::exceeded("cells of a frame", MAX_FRAME_CELLS as usize));
        }
        reserve(&mut self.locals, ty.params.len())?;
        let mut slot = 0;
        for param in &ty.params {
            let wide = param.cells() == 2;
            self.locals.push(Local::new(slot, wide, true));
            slot += param.cells() as u16;
        }
        self.first_cell = cells as u32;
        self.max_cell = self.first_cell;
        Ok(())
    }

    /// The first free canonical slot.
    pub(crate) fn top_cell(&self) -> u32 {
        // Behind the operands of a caller lie the locals of what is inlined in it.
        self.stack.last().map_or(0, |e| u32::from(e.cell) + if e.wide { 2 } else { 1 }).max(self.first_cell)
    }

    /// Makes sure that the frame reaches to `end`.
    pub(crate) fn reserve(&mut self, end: u32) -> Result<()> {
        if end > self.max_cell {
            if end > MAX_FRAME_CELLS {
                return Err(limits::exceeded("cells of a frame", MAX_FRAME_CELLS as usize));
            }
            self.max_cell = end;
        }
        Ok(())
    }

    /// Pushes an operand of this kind; returns its canonical slot.
    pub(crate) fn push(&mut self, kind: Kind, wide: bool) -> Result<u16> {
        let cell = self.top_cell();
        self.reserve(cell + 2)?;
        self.stack.push(Entry { cell: cell as u16, wide, kind });
        Ok(cell as u16)
    }

    /// `local.get`.
    pub(crate) fn local_get(&mut self, index: u32) -> Result<()> {
        let index = self.first_local + index;
        match self.locals[index as usize].stands_for {
            Some(Kind::Local(other, _)) => self.push_local(other),
            Some(kind) => self.push(kind, false).map(|_| ()),
            None => self.push_local(index),
        }
    }

    /// Pushes a note of a local.
    pub(crate) fn push_local(&mut self, index: u32) -> Result<()> {
        self.reads(index);
        let local = self.locals[index as usize];
        self.push(Kind::Local(index, local.noted), local.wide)?;
        self.locals[index as usize].noted = self.stack.len() as u32 - 1;
        Ok(())
    }

    /// Takes the topmost operand.
    pub(crate) fn pop(&mut self) -> Result<Entry> {
        let Some(entry) = self.stack.pop() else {
            return Err(self.unexpected("no operand"));
        };
        if let Kind::Local(index, below) | Kind::Sum(index, below, _) = entry.kind {
            self.locals[index as usize].noted = below;
        }
        self.settled = self.settled.min(self.stack.len());
        Ok(entry)
    }

    /// Takes the topmost operand; a sum is computed now.
    pub(crate) fn pop_value(&mut self) -> Result<Entry> {
        let mut entry = self.pop()?;
        if let Kind::Sum(local, _, number) = entry.kind {
            self.emit_sum(entry.cell, local, number);
            entry.kind = Kind::Temp;
        }
        Ok(entry)
    }

    /// Pushes an operand back that was popped just now.
    pub(crate) fn push_back(&mut self, entry: Entry) {
        if let Kind::Local(index, _) = entry.kind {
            self.locals[index as usize].noted = self.stack.len() as u32;
        }
        self.stack.push(entry);
    }

    /// Pushes the sum of a local and a number.
    pub(crate) fn push_sum(&mut self, index: u32, number: u32) -> Result<()> {
        let below = self.locals[index as usize].noted;
        self.push(Kind::Sum(index, below, number), false)?;
        self.locals[index as usize].noted = self.stack.len() as u32 - 1;
        Ok(())
    }

    /// Forgets the operands above `len`.
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.stack.len() > len {
            if let Some(Entry { kind: Kind::Local(index, below) | Kind::Sum(index, below, _), .. }) = self.stack.pop() {
                self.locals[index as usize].noted = below;
            }
        }
        self.settled = self.settled.min(len);
    }

    /// Where an operand lies that is neither constant nor sum.
    pub(crate) fn slot_of(&self, entry: &Entry) -> u16 {
        match entry.kind {
            Kind::Local(index, _) => self.locals[index as usize].slot,
            _ => entry.cell,
        }
    }

    /// Puts the operand at `index` into its canonical slot.
    pub(crate) fn settle(&mut self, index: usize) {
        let entry = self.stack[index];
        match entry.kind {
            Kind::Temp => return,
            Kind::Const(value) => self.emit_const(entry.cell, value),
            Kind::Local(local, below) => {
                // Notes are unlinked from the top of the chain down to this one; those above keep their links.
                self.unlink(local, index as u32, below);
                self.emit_copy(entry.cell, self.locals[local as usize].slot, entry.wide);
            }
            Kind::Sum(local, below, number) => {
                self.unlink(local, index as u32, below);
                self.emit_lea(entry.cell, self.locals[local as usize].slot, number);
            }
        }
        self.stack[index].kind = Kind::Temp;
    }

    fn unlink(&mut self, local: u32, index: u32, below: u32) {
        let mut at = self.locals[local as usize].noted;
        if at == index {
            self.locals[local as usize].noted = below;
            return;
        }
        while at != NONE {
            let (Kind::Local(_, next) | Kind::Sum(_, next, _)) = &mut self.stack[at as usize].kind else { return };
            if *next == index {
                *next = below;
                return;
            }
            at = *next;
        }
    }

    /// Puts the `count` topmost operands into their canonical slots. Top down, so that each note is the first of its
    /// chain; copies go from locals to operands, so their order does not matter.
    pub(crate) fn settle_top(&mut self, count: usize) {
        for index in (self.stack.len() - count..self.stack.len()).rev() {
            self.settle(index);
        }
    }

    /// Replaces all notes of locals by copies (T2).
    pub(crate) fn settle_locals(&mut self) {
        for index in (self.settled..self.stack.len()).rev() {
            if matches!(self.stack[index].kind, Kind::Local(..) | Kind::Sum(..)) {
                self.settle(index);
            }
        }
        self.settled = self.stack.len();
    }

    /// Replaces the notes of one local by copies, since it is about to be written.
    pub(crate) fn settle_notes(&mut self, local: u32) {
        let Local { slot, wide, mut noted, .. } = self.locals[local as usize];
        self.locals[local as usize].noted = NONE;
        while noted != NONE {
            let entry = &mut self.stack[noted as usize];
            let (cell, kind) = (entry.cell, entry.kind);
            entry.kind = Kind::Temp;
            noted = match kind {
                Kind::Local(_, below) => {
                    self.emit_copy(cell, slot, wide);
                    below
                }
                Kind::Sum(_, below, number) => {
                    self.emit_lea(cell, slot, number);
                    below
                }
                _ => return,
            };
        }
    }
}

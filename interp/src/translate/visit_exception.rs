//! Wasm operators → ops: exceptions.

use crate::code::Handler;
use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::translate::control::TARGET_HALF;
use crate::translate::func::{Func, Kind, NONE};
use crate::translate::operand::Operands;
use coracle_error::Result;
use coracle_image::entity::TagIndex;
use wasmparser::{Catch, Operator, TryTable};

/// Whether there are exceptions in this build.
const EXCEPTIONS: bool = cfg!(feature = "exceptions");

impl<'a> Func<'a> {
    pub(crate) fn visit_exception(&mut self, op: &Operator<'_>) -> Result<()> {
        if !EXCEPTIONS {
            return self.visit_simd(op);
        }
        match op {
            Operator::TryTable { try_table } => self.try_table(try_table),
            Operator::Throw { tag_index } => self.throw(*tag_index),
            Operator::ThrowRef => {
                let [exception] = self.pop_slots()?;
                self.emit_linked(Row::ThrowRef.op(0), Operands::new().u16(Name::Ref, exception));
                self.die();
                Ok(())
            }
            _ => self.visit_simd(op),
        }
    }

    fn throw(&mut self, tag: u32) -> Result<()> {
        let ty = self.tag_type(tag);
        self.settle_top(ty.params.len());
        let first = self.stack[self.stack.len() - ty.params.len()..].first().map_or(0, |entry| entry.cell);
        self.emit_linked(Row::Throw.op(0), Operands::new().u32(Name::Tag, tag).u16(Name::Arguments, first));
        self.die();
        Ok(())
    }

    fn tag_type(&self, tag: u32) -> &'a coracle_image::module::FuncType {
        let module = self.body.module;
        module.sig_type(module.data().tags[TagIndex::from_u32(tag)])
    }

    /// `try_table`: for each clause a landing that takes what was caught to the clause's label; then the block.
    fn try_table(&mut self, try_table: &TryTable) -> Result<()> {
        let params = self.params_of(try_table.ty);
        self.settle_top(params);
        self.settle_locals();
        self.close_block();
        let over = self.jump();
        let base = self.stack.len() - params;
        let held: alloc::vec::Vec<_> = self.stack[base..].to_vec();
        self.truncate(base);
        let cell = self.top_cell();
        let first = self.handlers.len();
        for catch in &try_table.catches {
            let (tag, label, with_ref) = match *catch {
                Catch::One { tag, label } => (tag, label, false),
                Catch::OneRef { tag, label } => (tag, label, true),
                Catch::All { label } => (NONE, label, false),
                Catch::AllRef { label } => (NONE, label, true),
            };
            self.forget();
            let target = self.distance(0);
            let mut args = 0;
            if tag != NONE {
                let ty = self.tag_type(tag);
                args = ty.param_cells();
                for ty in &ty.params {
                    self.push(Kind::Temp, ty.cells() == 2)?;
                }
            }
            if with_ref {
                self.push(Kind::Temp, false)?;
            }
            self.handlers.push(Handler { start: 0, end: 0, tag, target, cell, args, with_ref });
            self.br_to(self.frame_at(label))?;
            self.truncate(base);
        }
        for entry in held {
            self.push(Kind::Temp, entry.wide)?;
        }
        self.settled = self.stack.len();
        self.patch_here(over, TARGET_HALF);
        self.forget();
        self.open_try(try_table.ty, self.distance(0), first);
        self.cut();
        Ok(())
    }

    /// The block of a `try_table` is at its end: its clauses cover what lies between. Inner blocks end first, so their
    /// clauses are found first.
    pub(crate) fn close_try(&mut self, start: u32, first: usize) {
        if !EXCEPTIONS {
            return;
        }
        let end = self.distance(0);
        let mut done = self.handlers.split_off(first);
        for handler in &mut done {
            (handler.start, handler.end) = (start, end);
        }
        self.finished_handlers.append(&mut done);
    }
}

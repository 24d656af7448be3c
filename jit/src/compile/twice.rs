//! Small loops, made twice in a row: where the guest is asked at the end of an epoch, every other turn looks.
//!
//! A look is a load, a comparison and a branch, which is much for a loop of a few operators. Between two turns without a
//! look there is little to wait for: such a loop has no other one in it and calls nothing.
//!
//! # Invariants
//! - A branch to the loop's head leads from the first copy to the second and from there to the first; all other
//!   branches, and the end, are the same in both. So which copy runs is the parity of the turn, and says nothing else.
//! - Where fuel is counted nothing is made twice: blocks of fuel would end where the interpreter's do not.

use crate::compile::inlinees::is_call;
use crate::compile::refusal::Refusal;
use crate::compile::translator::{Kind, Translator};
use coracle_vm::tuning::TWICE_BYTES;
use cranelift_codegen::ir::{Block, Type};
use wasmparser::{BlockType, Operator, OperatorsReader};

impl Translator<'_, '_> {
    /// Whether the loop that begins with these operators is made twice.
    pub(crate) fn is_made_twice(&self, operators: &OperatorsReader<'_>) -> bool {
        let looks = self.asks.epoch.is_some() && self.asks.fuel.is_none();
        // In front of a loop that is entered most code has no way in.
        let lives = self.reachable && self.osr.as_ref().is_none_or(|osr| osr.head.index == self.loops);
        looks && lives && is_small(operators.clone()).unwrap_or(false)
    }

    /// Makes the loop that stands there and begins with these operators, up to its end.
    pub(crate) fn make_twice(
        &mut self,
        ty: BlockType,
        offset: u64,
        operators: &mut OperatorsReader<'_>,
    ) -> Result<(), Refusal> {
        let (around, mut again) = (self.frames.len(), operators.clone());
        self.offset = offset;
        self.set_place();
        self.loops += 1;
        self.begin_loop(ty)?;
        let Some(&Kind::Loop(first)) = self.frames.last().map(|frame| &frame.kind) else {
            return Err(Refusal::new("a loop has no head"));
        };
        let params: Vec<Type> = self.block_type(ty)?.0;
        let second = self.label_block(&params);
        self.set_head(second);
        self.copy(operators, around)?;
        let fell_out = self.reachable;
        self.fall_to_end();

        self.b.seal_block(second);
        self.b.switch_to_block(second);
        self.straight = None;
        self.reachable = true;
        self.stack.truncate(self.frames[around].height);
        self.stack.extend_from_slice(self.b.block_params(second));
        self.set_head(first);
        self.copy(&mut again, around)?;
        self.frames[around].branched = fell_out;
        self.end();
        Ok(())
    }

    /// Sets where branches to the loop at hand lead.
    fn set_head(&mut self, head: Block) {
        if let Some(frame) = self.frames.last_mut() {
            frame.kind = Kind::Loop(head);
        }
    }

    /// One copy of the operators in a loop, without the `end`; `around` blocks are open around it.
    fn copy(&mut self, operators: &mut OperatorsReader<'_>, around: usize) -> Result<(), Refusal> {
        loop {
            let (op, offset) = operators.read_with_offset().map_err(Refusal::unreadable)?;
            if matches!(op, Operator::End) && self.dead == 0 && self.frames.len() == around + 1 {
                return Ok(());
            }
            self.one(&op, offset)?;
        }
    }
}

/// Whether a loop that begins with these operators is small, and has no other one in it and no call.
fn is_small(mut operators: OperatorsReader<'_>) -> wasmparser::Result<bool> {
    let (first, mut depth) = (operators.original_position(), 0);
    loop {
        match operators.read()? {
            Operator::Block { .. } | Operator::If { .. } => depth += 1,
            Operator::End if depth == 0 => return Ok(true),
            Operator::End => depth -= 1,
            Operator::Loop { .. } | Operator::TryTable { .. } => return Ok(false),
            op if is_call(&op) => return Ok(false),
            _ => {}
        }
        if operators.original_position() - first > TWICE_BYTES {
            return Ok(false);
        }
    }
}

//! Wasm operators → ops: 128-bit arithmetic.

use crate::exec::operand::Name;
use crate::exec::ops::Row;
use crate::translate::func::{Func, Kind};
use crate::translate::operand::Operands;
use coracle_error::Result;
use wasmparser::Operator;

impl Func<'_> {
    pub(crate) fn visit_rare(&mut self, op: &Operator<'_>) -> Result<()> {
        match op {
            Operator::I64Add128 => self.add128(Row::Add128),
            Operator::I64Sub128 => self.add128(Row::Sub128),
            Operator::I64MulWideS => self.mul_wide(Row::MulWideS),
            Operator::I64MulWideU => self.mul_wide(Row::MulWideU),
            _ => self.visit_exception(op),
        }
    }

    fn add128(&mut self, row: Row) -> Result<()> {
        let [a, b, c, d] = self.pop_slots()?;
        let operands = Operands::result().u16(Name::A, a).u16(Name::B, b);
        self.pair(row, operands.u16(Name::C, c).u16(Name::D, d))
    }

    fn mul_wide(&mut self, row: Row) -> Result<()> {
        let [a, b] = self.pop_slots()?;
        self.pair(row, Operands::result().u16(Name::A, a).u16(Name::B, b))
    }

    /// An op with two results, in two cells.
    fn pair(&mut self, row: Row, operands: Operands) -> Result<()> {
        let low = self.push(Kind::Temp, false)?;
        let high = self.push(Kind::Temp, false)?;
        self.forget_slots(low, high);
        self.emit(row.op(0), operands.send(low));
        Ok(())
    }
}

//! What fuel costs, and where it is charged.
//!
//! Both tiers charge by the same rule, so that a program uses the same fuel in each. A function is cut into *blocks*;
//! a block's cost is the sum of its operators' costs, and is charged when the block is entered, so that a faulting trap
//! loses none. A block begins at the start of a function, behind every call, at a loop's head (behind the point where
//! a frame can be taken over), behind every conditional branch, at each arm of an `if`, and at each label where ways
//! join. Code that cannot be reached costs nothing.
//!
//! The costs are Wasmtime's default: 1 for each operator, 0 for those that only structure the code. Beside that
//! `memory.copy`, `memory.fill` and `memory.init` cost 1 for each byte, `table.copy`, `table.fill`, `table.init` and a
//! `table.grow` that succeeds 1 for each element: in the runtime calls that both tiers make. An embedder may set other
//! costs (`table`). Strings that are transcoded or looked through between components, and strings and lists that a guest
//! passes to the host, cost 1 for each byte; all else an adapter copies, and short ASCII that it looks through itself, by
//! instructions like these.

mod table;

pub use table::{CostTable, OperatorCost, VariableOperatorCost};

use wasmparser::Operator;

/// What the start of every function costs, so that an empty one is not free.
pub const ENTRY_COST: u32 = 1;

/// What one operator costs, where nobody has set other costs.
#[inline]
pub fn cost(op: &Operator<'_>) -> u32 {
    match op {
        Operator::Nop
        | Operator::Drop
        | Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::Unreachable
        | Operator::Return
        | Operator::Else
        | Operator::End => 0,
        _ => 1,
    }
}

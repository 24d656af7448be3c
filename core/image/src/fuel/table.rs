//! `OperatorCost`: what an embedder has fuel cost, in the place of the default.

use alloc::sync::Arc;
use core::fmt;
use wasmparser::Operator;

/// What operators cost that work for as long as an operand says, for each unit of that; beside what they cost anyhow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VariableOperatorCost {
    /// A byte of `memory.copy`.
    pub memory_copy_per_byte: u8,
    /// A byte of `memory.fill`.
    pub memory_fill_per_byte: u8,
    /// A byte of `memory.init`.
    pub memory_init_per_byte: u8,
    /// A page by which `memory.grow` makes a memory larger.
    pub memory_grow_per_page: u8,
    /// An element of `table.copy`.
    pub table_copy_per_element: u8,
    /// An element of `table.fill`.
    pub table_fill_per_element: u8,
    /// An element of `table.init`.
    pub table_init_per_element: u8,
    /// An element by which `table.grow` makes a table larger.
    pub table_grow_per_element: u8,
    /// An element of `array.copy`, which does not run yet; and so with those that follow.
    pub array_copy_per_element: u8,
    /// An element of `array.fill`.
    pub array_fill_per_element: u8,
    /// An element of `array.new_data`.
    pub array_new_data_per_element: u8,
    /// An element of `array.init_data`.
    pub array_init_data_per_element: u8,
    /// An element of `array.new_elem`.
    pub array_new_elem_per_element: u8,
    /// An element of `array.init_elem`.
    pub array_init_elem_per_element: u8,
    /// An element of `array.new_default`.
    pub array_new_default_per_element: u8,
    /// An element of `array.new`.
    pub array_new_per_element: u8,
}

impl VariableOperatorCost {
    /// The default, which is Wasmtime's: 1 for each byte or element, nothing for pages.
    pub const fn new() -> Self {
        Self {
            memory_copy_per_byte: 1,
            memory_fill_per_byte: 1,
            memory_init_per_byte: 1,
            memory_grow_per_page: 0,
            table_copy_per_element: 1,
            table_fill_per_element: 1,
            table_init_per_element: 1,
            table_grow_per_element: 1,
            array_copy_per_element: 1,
            array_fill_per_element: 1,
            array_new_data_per_element: 1,
            array_init_data_per_element: 1,
            array_new_elem_per_element: 1,
            array_init_elem_per_element: 1,
            array_new_default_per_element: 1,
            array_new_per_element: 1,
        }
    }
}

impl Default for VariableOperatorCost {
    fn default() -> Self {
        Self::new()
    }
}

/// The default cost of an operator, by its name.
macro_rules! default_cost {
    (Nop) => {
        0
    };
    (Drop) => {
        0
    };
    (Block) => {
        0
    };
    (Loop) => {
        0
    };
    (Unreachable) => {
        0
    };
    (Return) => {
        0
    };
    (Else) => {
        0
    };
    (End) => {
        0
    };
    ($other:ident) => {
        1
    };
}

macro_rules! costs {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// What each operator costs: a field for each, of its name.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, non_snake_case)] // The fields' names are the operators'.
        pub struct OperatorCost {
            $(pub $op: u8,)*
            /// What operators cost besides that work for as long as an operand says.
            pub variable: VariableOperatorCost,
        }

        impl OperatorCost {
            /// The default costs.
            pub const fn new() -> Self {
                Self { $($op: default_cost!($op),)* variable: VariableOperatorCost::new() }
            }

            fn of(&self, op: &Operator<'_>) -> u32 {
                u32::from(match op {
                    $(Operator::$op { .. } => self.$op,)*
                    // An operator that this table does not have yet is one that nobody can run.
                    _ => 1,
                })
            }
        }
    };
}

wasmparser::for_each_operator!(costs);

impl Default for OperatorCost {
    fn default() -> Self {
        Self::new()
    }
}

/// A table of costs, and how it is read: whoever sets none does not link what reads one.
#[derive(Clone)]
pub struct CostTable {
    table: Arc<OperatorCost>,
    of: fn(&OperatorCost, &Operator<'_>) -> u32,
}

impl CostTable {
    /// Costs that an embedder has set.
    pub fn new(table: OperatorCost) -> Self {
        Self { table: Arc::new(table), of: OperatorCost::of }
    }

    /// What one operator costs.
    #[inline]
    pub fn cost(&self, op: &Operator<'_>) -> u32 {
        (self.of)(&self.table, op)
    }

    /// What it costs besides that an operand says for how long something works.
    pub fn variable(&self) -> &VariableOperatorCost {
        &self.table.variable
    }
}

impl fmt::Debug for CostTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CostTable").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuel::cost;

    #[test]
    fn the_default_table_is_the_default() {
        let table = CostTable::new(OperatorCost::default());
        for op in
            [Operator::Nop, Operator::Drop, Operator::End, Operator::I32Add, Operator::RefIsNull, Operator::Return]
        {
            assert_eq!(table.cost(&op), cost(&op), "{op:?}");
        }
        let table = CostTable::new(OperatorCost { I32Add: 7, ..OperatorCost::new() });
        assert_eq!((table.cost(&Operator::I32Add), table.cost(&Operator::I64Add)), (7, 1));
    }
}

//! Immediates that many operators have, found by their names in wasmparser's list of operators: those that have them are
//! two hundred, of which the compiler makes a few ranges.

use wasmparser::{MemArg, Operator};

/// An operator's memory, alignment and offset, where it is an access.
pub(crate) fn access<'a>(operator: &'a Operator<'_>) -> Option<&'a MemArg> {
    // One question after the other, which the compiler makes one of. Of a match it makes a table of all operators.
    macro_rules! ask {
        (threads $op:ident memarg) => {
            #[cfg(feature = "threads")]
            ask!(shared $op memarg);
        };
        ($proposal:ident $op:ident memarg $(lane)?) => {
            if let Operator::$op { memarg, .. } = operator {
                return Some(memarg);
            }
        };
        ($($other:tt)*) => {};
    }
    macro_rules! each {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            $(ask!($proposal $op $($($arg)*)?);)*
        };
    }
    wasmparser::for_each_visit_operator!(each);
    #[cfg(feature = "simd")]
    wasmparser::for_each_visit_simd_operator!(each);
    None
}

/// Whether the lanes that an operator chooses are there, of `count`; of both operands of a shuffle together.
#[cfg(feature = "simd")]
#[allow(unused_variables)]
pub(crate) fn are_lanes(operator: &Operator<'_>, count: u8) -> bool {
    macro_rules! argument {
        (lane; $lane:ident) => {
            *$lane < count
        };
        (memarg lane; $memarg:ident $lane:ident) => {
            *$lane < 16 >> $memarg.max_align
        };
        (lanes; $lanes:ident) => {
            $lanes.iter().all(|&lane| lane < 32)
        };
        ($($other:tt)*) => {
            true
        };
    }
    macro_rules! arms {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $(Operator::$op $({ $($arg),* })? => argument!($($($arg)*; $($arg)*)?),)*
                _ => true,
            }
        };
    }
    wasmparser::for_each_visit_simd_operator!(arms)
}

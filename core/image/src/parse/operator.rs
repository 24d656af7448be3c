//! The one walk over operators of builds that are to be small: an operator as a value, for validation and translation.
//!
//! wasmparser's reader is one function for each visitor, of all operators of all proposals, with the visitor's part of
//! each in it. So what is small has one reader of operators, and says of those that are never on that it knows none.
//!
//! # Invariants
//! - What is not told here is refused by whoever asks, validation included.

use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
#[cfg(feature = "simd")]
use wasmparser::VisitSimdOperator;
use wasmparser::{BinaryReader, FrameKind, FrameStack, Operator, VisitOperator};

/// Makes operators of what the reader finds.
struct Make;

/// Whether an operator of this name can be on in this build: those of floats are of no proposal of their own.
const fn there(name: &str) -> bool {
    let (name, mut at) = (name.as_bytes(), 2);
    while at < name.len() && !cfg!(feature = "floats") {
        if matches!([name[at - 2], name[at - 1], name[at]], [b'f' | b'F', b'3', b'2'] | [b'f' | b'F', b'6', b'4']) {
            return false;
        }
        at += 1;
    }
    true
}

/// An operator of a proposal that can be on in this build, as it is.
macro_rules! known {
    (gc $($op:tt)*) => { None };
    (legacy_exceptions $($op:tt)*) => { None };
    (shared_everything_threads $($op:tt)*) => { None };
    (stack_switching $($op:tt)*) => { None };
    (memory_control $($op:tt)*) => { None };
    (custom_descriptors $($op:tt)*) => { None };
    (acquire_release_atomics $($op:tt)*) => { None };
    (exceptions $($op:tt)*) => { if cfg!(feature = "exceptions") { Some($($op)*) } else { None } };
    (threads $($op:tt)*) => { if cfg!(feature = "threads") { Some($($op)*) } else { None } };
    ($proposal:ident $($op:tt)*) => {
        if const { there(stringify!($($op)*)) } { Some($($op)*) } else { None }
    };
}

macro_rules! make {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(
            #[allow(unused_variables)]
            fn $visit(&mut self $($(,$arg: $ty)*)?) -> Self::Output {
                known!($proposal Operator::$op $({ $($arg),* })?)
            }
        )*
    };
}

impl<'a> VisitOperator<'a> for Make {
    type Output = Option<Operator<'a>>;

    #[cfg(feature = "simd")]
    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Self::Output>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(make);
}

#[cfg(feature = "simd")]
impl<'a> VisitSimdOperator<'a> for Make {
    wasmparser::for_each_visit_simd_operator!(make);
}

impl FrameStack for Make {
    fn current_frame(&self) -> Option<FrameKind> {
        // What the reader asks for when it meets an `else`: whoever validates asks the validator.
        Some(FrameKind::If)
    }
}

/// The next operator.
///
/// # Errors
/// `ErrorKind::Invalid` where it cannot be read; `ErrorKind::Unsupported` where it is of a proposal that is never on in
/// this build.
pub fn operator<'a>(reader: &mut BinaryReader<'a>) -> Result<Operator<'a>> {
    let at = reader.original_position();
    let unknown = || Error::fault_at(ErrorKind::Unsupported, "an operator that is not supported in this build", at);
    reader.visit_operator(&mut Make).map_err(crate::parse::error::invalid)?.ok_or_else(unknown)
}

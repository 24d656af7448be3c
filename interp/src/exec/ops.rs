//! THE TABLE: every op, its text and its forms.
//!
//! One row per op (`ops/other`, `ops/atomics`, `ops/vectors`): a name, its text, and its forms as a tuple of handlers
//! (`exec`), each of which states its operands once, by name and in order (`operand` says where they lie). Numbers of ops,
//! both dispatchers, the encoder's choice of form, the printer and the verifier all come from here.
//!
//! # Adding an op
//! Write its handler in `exec`, add a row, emit it in `translate`, its operands in the same order. An op's number is its
//! row times 16 plus its form. One that changes what it does with the same operands raises `places::MEANING`.
//!
//! # Invariants
//! - A row has at most 16 forms. Rows of one family order their forms alike: `translate::fuse` computes with that.

use crate::exec::machine::{Exec, Invalid};
pub(crate) use atomics::atomic_rows;
pub(crate) use other::other_rows;
pub(crate) use vectors::vector_rows;

#[cfg_attr(not(feature = "threads"), path = "ops/atomics_off.rs")]
mod atomics;
mod other;
#[cfg_attr(not(feature = "simd"), path = "ops/vectors_off.rs")]
mod vectors;

/// Calls `$with` with all rows. Who uses it has the modules of `exec` in scope that the rows name.
macro_rules! for_each_op {
    ($with:ident) => {
        crate::exec::ops::vector_rows! { [crate::exec::ops::atomic_rows] [crate::exec::ops::other_rows] $with }
    };
}
pub(crate) use for_each_op;

macro_rules! rows {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// The rows of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        #[allow(missing_docs)]
        pub(crate) enum Row { $($row),* }

        /// How many rows there are.
        pub(crate) const ROWS: usize = [$(Row::$row),*].len();
    };
}
for_each_op!(rows);

impl Row {
    /// The op of this row in form number `form`.
    #[inline]
    pub(crate) const fn op(self, form: u8) -> u16 {
        (self as u16) << 4 | form as u16
    }
}

/// The forms of a row: a tuple of handlers, completed by ones that do not exist.
pub(crate) trait Family {
    /// Form 0.
    type F0: Exec;
    /// Form 1.
    type F1: Exec;
    /// Form 2.
    type F2: Exec;
    /// Form 3.
    type F3: Exec;
    /// Form 4.
    type F4: Exec;
    /// Form 5.
    type F5: Exec;
    /// Form 6.
    type F6: Exec;
    /// Form 7.
    type F7: Exec;
    /// Form 8.
    type F8: Exec;
    /// Form 9.
    type F9: Exec;
    /// Form 10.
    type F10: Exec;
    /// Form 11.
    type F11: Exec;
    /// Form 12.
    type F12: Exec;
    /// Form 13.
    type F13: Exec;
    /// Form 14.
    type F14: Exec;
    /// Form 15.
    type F15: Exec;
}

macro_rules! families {
    ($($($form:ident)* : $($rest:ident)*;)*) => {$(
        impl<$($form: Exec),*> Family for ($($form,)*) {
            $(type $form = $form;)*
            $(type $rest = Invalid;)*
        }
    )*};
}
families! {
    F0 : F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 : F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 : F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 : F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 : F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 : F6 F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 : F7 F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 : F8 F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 : F9 F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 : F10 F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 : F11 F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 : F12 F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 : F13 F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 : F14 F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 : F15;
    F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 : ;
}

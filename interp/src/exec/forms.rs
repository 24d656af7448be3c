//! What printer, verifier and counts know of ops: names and operands, by number.
//!
//! Only in builds that print or look at code (`build.rs`: `op_forms`): to run code takes none of it, and it is a quarter
//! of a megabyte.

#[cfg(feature = "threads")]
use crate::exec::atomic;
use crate::exec::machine::{Exec, exists};
use crate::exec::operand::{Kind, Operand, full, placed, words};
use crate::exec::ops::{Family, ROWS, Row, for_each_op};
#[cfg(feature = "simd")]
use crate::exec::simd;
use crate::exec::{branch, control, fused, loaded, machine, memory, numeric, stack, table, wide};

/// What is known of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Whether there is such an op.
    pub(crate) valid: bool,
    /// Its letters.
    pub(crate) name: &'static str,
    /// Its operands.
    pub(crate) operands: &'static [Operand],
}

impl Form {
    const fn of<E: Exec>() -> Self {
        Self { valid: exists::<E>(), name: E::FORM, operands: E::OPERANDS }
    }

    const fn all<F: Family>() -> [Self; 16] {
        [
            Self::of::<F::F0>(),
            Self::of::<F::F1>(),
            Self::of::<F::F2>(),
            Self::of::<F::F3>(),
            Self::of::<F::F4>(),
            Self::of::<F::F5>(),
            Self::of::<F::F6>(),
            Self::of::<F::F7>(),
            Self::of::<F::F8>(),
            Self::of::<F::F9>(),
            Self::of::<F::F10>(),
            Self::of::<F::F11>(),
            Self::of::<F::F12>(),
            Self::of::<F::F13>(),
            Self::of::<F::F14>(),
            Self::of::<F::F15>(),
        ]
    }
}

macro_rules! forms {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// All rows, by number, and what they are called.
        static NAMES: [(Row, &str); ROWS] = [$((Row::$row, $text)),*];

        /// Every form of every row, by number.
        static FORMS: [[Form; 16]; ROWS] = [$(Form::all::<$family>()),*];
    };
}
for_each_op!(forms);

impl Row {
    /// The name as text.
    pub(crate) fn text(self) -> &'static str {
        NAMES[self as usize].1
    }
}

/// The form of an op, if there is such an op.
pub(crate) fn form_of(op: u16) -> Option<(Row, &'static Form)> {
    let (row, _) = *NAMES.get((op >> 4) as usize)?;
    let form = &FORMS[(op >> 4) as usize][(op & 15) as usize];
    form.valid.then_some((row, form))
}

/// How many words the op takes that `code` begins with; nothing where that ends in it.
pub(crate) fn op_words(code: &[u64]) -> Option<usize> {
    let (_, form) = u16::try_from(*code.first()?).ok().and_then(form_of)?;
    let least = words(form.operands);
    let code = code.get(..least)?;
    let targets = placed(form.operands).find(|(operand, _)| operand.kind == Kind::Targets);
    let Some((Operand { kind, .. }, at)) = targets else { return Some(least) };
    let count = full(code, at) as usize + 1;
    Some(1 + (at + kind.bytes() + 4 * count).div_ceil(8))
}

/// The numbers of all ops.
pub(crate) fn all() -> impl Iterator<Item = u16> {
    (0..(ROWS * 16) as u16).filter(|&op| form_of(op).is_some())
}

//! Ops by their places: a number for each op that a build has, without gaps.
//!
//! Code words are such places where handlers are called through a table, and in code that was prepared. Rows that all
//! builds have come first, so that what needs no others has the same places everywhere.
//!
//! # Invariants
//! - Place 0 is that of no op.
//! - Two builds that number ops alike and have an operand in different places have different hashes.

#[cfg(feature = "threads")]
use crate::exec::atomic;
use crate::exec::machine::{self, COMPACT, Exec, exists_in};
use crate::exec::ops::{Family, ROWS, Row, for_each_op};
#[cfg(feature = "simd")]
use crate::exec::simd;
use crate::exec::{branch, control, fused, loaded, memory, numeric, stack, table, wide};
use coracle_image::module::CodeForm;

/// The form that is this build's own.
pub(crate) const OWN: CodeForm = with_table(CodeForm {
    compact: COMPACT,
    threads: cfg!(feature = "threads"),
    simd: cfg!(feature = "simd"),
    exceptions: cfg!(feature = "exceptions"),
    memory64: cfg!(feature = "memory64"),
    floats: cfg!(feature = "floats"),
    word_bytes: size_of::<usize>() as u8,
    table: 0,
});

/// The rows that all builds have, and those behind them that are about shared memories.
const COMMON_ROWS: usize = Row::ElemDrop as usize + 1;
#[cfg(feature = "threads")]
const SHARED_END: usize = Row::Fence as usize + 1;
#[cfg(not(feature = "threads"))]
const SHARED_END: usize = COMMON_ROWS;

const fn forms<F: Family>(compact: bool) -> u16 {
    let all = [
        exists_in::<F::F0>(compact),
        exists_in::<F::F1>(compact),
        exists_in::<F::F2>(compact),
        exists_in::<F::F3>(compact),
        exists_in::<F::F4>(compact),
        exists_in::<F::F5>(compact),
        exists_in::<F::F6>(compact),
        exists_in::<F::F7>(compact),
        exists_in::<F::F8>(compact),
        exists_in::<F::F9>(compact),
        exists_in::<F::F10>(compact),
        exists_in::<F::F11>(compact),
        exists_in::<F::F12>(compact),
        exists_in::<F::F13>(compact),
        exists_in::<F::F14>(compact),
        exists_in::<F::F15>(compact),
    ];
    let (mut bits, mut i) = (0, 0);
    while i < all.len() {
        bits |= (all[i] as u16) << i;
        i += 1;
    }
    bits
}

/// A hash, and a number more.
const fn mix(hash: u32, number: u32) -> u32 {
    (hash ^ number).wrapping_mul(0x0100_0193)
}

const fn operands<E: Exec>(hash: u32) -> u32 {
    let (mut hash, mut i) = (mix(hash, E::OPERANDS.len() as u32), 0);
    while i < E::OPERANDS.len() {
        hash = mix(hash, E::OPERANDS[i].name as u32 | (E::OPERANDS[i].kind as u32) << 8);
        i += 1;
    }
    hash
}

/// A hash of the operands of all forms, which say where each lies.
const fn layout<F: Family>() -> u32 {
    let hash = operands::<F::F3>(operands::<F::F2>(operands::<F::F1>(operands::<F::F0>(0))));
    let hash = operands::<F::F7>(operands::<F::F6>(operands::<F::F5>(operands::<F::F4>(hash))));
    let hash = operands::<F::F11>(operands::<F::F10>(operands::<F::F9>(operands::<F::F8>(hash))));
    operands::<F::F15>(operands::<F::F14>(operands::<F::F13>(operands::<F::F12>(hash))))
}

macro_rules! masks {
    ($($row:ident $text:literal $family:ty;)*) => {
        /// Of each row, a bit for each form that there is: in all builds, and in compact ones.
        const MASKS: [[u16; 2]; ROWS] = [$([forms::<$family>(false), forms::<$family>(true)]),*];

        /// Of each row, a hash of what operands its forms have.
        const LAYOUTS: [u32; ROWS] = [$(layout::<$family>()),*];
    };
}
for_each_op!(masks);

/// Of each row: the place of its first form, and a bit for each form that there is.
pub(crate) type Places = [(u16, u16); ROWS];

/// The places of this build's ops.
#[cfg(handlers_apart)]
pub(crate) const PLACES: Places = of(OWN);

/// How many places there are.
#[cfg(handlers_apart)]
pub(crate) const ENTRIES: usize = {
    let (first, forms) = PLACES[ROWS - 1];
    first as usize + forms.count_ones() as usize
};

/// The places of ops in a form.
pub(crate) const fn of(form: CodeForm) -> Places {
    let mut places = [(0, 0); ROWS];
    let (mut next, mut row) = (1, 0);
    while row < ROWS {
        let there = row < COMMON_ROWS || if row < SHARED_END { form.threads } else { form.simd };
        let forms = if there { MASKS[row][form.compact as usize] } else { 0 };
        places[row] = (next, forms);
        next += forms.count_ones() as u16;
        row += 1;
    }
    places
}

/// The place of an op; 0 where there is no such op.
#[cfg(any(op_forms, handlers_apart))]
pub(crate) const fn place(places: &Places, op: u16) -> u16 {
    let (first, forms) = places[(op >> 4) as usize];
    let form = 1 << (op & 15);
    if forms & form == 0 { 0 } else { first + (forms & (form - 1)).count_ones() as u16 }
}

/// The op at a place; `None` where there is none.
pub(crate) fn op(places: &Places, place: u16) -> Option<u16> {
    // Rows without forms begin where the next one does.
    let row = places.partition_point(|&(first, _)| first <= place).checked_sub(1)?;
    let (first, forms) = places[row];
    let form = (0..16).filter(|form| forms >> form & 1 != 0).nth(usize::from(place - first))?;
    Some((row as u16) << 4 | form)
}

/// To be raised when an op comes to mean something else with the same operands: code that was prepared before is refused.
const MEANING: u32 = 1;

/// A form with the hash of its places and of where operands lie, as this build has them.
pub(crate) const fn with_table(form: CodeForm) -> CodeForm {
    let places = of(form);
    let (mut hash, mut row) = (mix(0x811c_9dc5, MEANING), 0);
    while row < ROWS {
        // Rows that are not numbered are those of other builds, which may not have them.
        if places[row].1 != 0 {
            hash = mix(mix(hash, places[row].0 as u32 | (places[row].1 as u32) << 16), LAYOUTS[row]);
        }
        row += 1;
    }
    CodeForm { table: hash, ..form }
}

//! Code that was prepared elsewhere: where it is run as it lies, and what is made of it where it cannot be.
//!
//! A function's record is finished code as [`code`](crate::code) has it, little-endian, with places of ops in the place of code
//! words, distances as on a machine of the form's word size, and numbers of function types as an engine gives them that
//! has loaded nothing else. Behind it stands, in LEB128: what is different on a machine of the other word size, where
//! the numbers of types lie, where the body began in its binary, and where each op comes from.
//!
//! So code is run where it lies if this build's code words are places, addresses have that size, and the types have
//! those numbers; else it is copied at its first call, and set right.
//!
//! # Invariants
//! - R1. A record was made by [`prepare`](crate::prepare) for the function that it is of: whoever loads the file vouches for it.

use crate::code::{self, Code, HEAD_WORDS};
#[cfg(not(all(feature = "compact", handlers_apart)))]
use crate::exec::dispatch;
use crate::exec::places;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::codec::Reader;
use coracle_image::entity::{DefinedFuncIndex, TypeIndex};
use coracle_image::module::CodeForm;
use coracle_vm::module::Module;

/// The hashes of the tables of ops that this build runs as they are: without and with shared memories, then the same
/// with vectors.
const TABLES: [u32; 4] = {
    let mut tables = [0; 4];
    let mut i = 0;
    while i < 4 {
        tables[i] = places::with_table(CodeForm { threads: i & 1 != 0, simd: i & 2 != 0, ..places::OWN }).table;
        i += 1;
    }
    tables
};

/// Whether this build looks up ops that have other places than here: small ones do without.
const LOOKS_UP: bool = !cfg!(all(feature = "compact", handlers_apart));

/// Whether code of this form can be run, as it lies or otherwise.
///
/// # Errors
/// `ErrorKind::Unsupported`, with what does not fit.
pub(crate) fn takes(form: CodeForm) -> Result<()> {
    let own = places::OWN;
    let wrong = if cfg!(target_endian = "big") {
        "prepared code is for little-endian machines"
    } else if form.simd && !own.simd {
        "the prepared code has vectors, and this build is without the feature `simd`"
    } else if form.threads && !own.threads {
        "the prepared code has shared memories, and this build is without the feature `threads`"
    } else if form.exceptions && !own.exceptions {
        "the prepared code has exceptions, and this build is without the feature `exceptions`"
    } else if form.memory64 && !own.memory64 {
        "the prepared code has 64-bit memories, and this build is without the feature `memory64`"
    } else if form.floats && !own.floats {
        "the prepared code has floats, and this build is without the feature `floats`"
    } else if own.compact && !form.compact {
        "the prepared code takes all ops, and this build is `compact`"
    } else if !matches!(form.word_bytes, 4 | 8) {
        "the prepared code is for addresses of another size"
    } else if !known(form) {
        "the prepared code was made by a build with another table of ops"
    } else {
        return Ok(());
    };
    Err(Error::fault(ErrorKind::Unsupported, wrong))
}

/// Whether this build numbers ops as the form does, or can look them up.
fn known(form: CodeForm) -> bool {
    same_places(form) || (LOOKS_UP && places::with_table(form).table == form.table)
}

/// Whether ops have the same places in the form as here.
fn same_places(form: CodeForm) -> bool {
    form.compact == places::OWN.compact
        && form.table == TABLES[usize::from(form.threads) | usize::from(form.simd) << 1]
        // What comes behind rows that are not numbered has other places.
        && (form.threads == places::OWN.threads || !form.simd)
}

/// What stands behind a record's code.
struct Record<'a> {
    /// The code, a word for each eight bytes.
    words: &'a [u8],
    /// The rest.
    behind: Reader<'a>,
}

impl<'a> Record<'a> {
    /// That of these bytes; nothing where there are none, which is of a function that could not be translated.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let count = u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
        let (words, behind) = bytes.split_at_checked(usize::try_from(count).ok()?.checked_mul(8)?)?;
        Some(Self { words, behind: Reader::new(behind) })
    }

    /// Calls `each` with the half words that stand in the next list: where one lies, and what belongs to it.
    fn halves(&mut self, mut each: impl FnMut(usize, u32) -> Option<()>) -> Option<()> {
        let mut at = 0;
        for _ in 0..self.behind.try_small()? {
            at += self.behind.try_small()? as usize;
            each(at, self.behind.try_small()?)?;
        }
        Some(())
    }

    /// The half word at a place of the code.
    fn half(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.words.get(at * 4..at * 4 + 4)?.try_into().ok()?))
    }
}

/// The code of a function from its record, which outlives the module if it `may_stay`; nothing where there is none, or no
/// memory for it.
pub(crate) fn code(
    module: &Module,
    func: DefinedFuncIndex,
    form: CodeForm,
    bytes: &[u8],
    may_stay: bool,
) -> Option<*mut ()> {
    let record = Record::of(bytes)?;
    if may_stay && stays(module, form, &record)? {
        return Some(code::borrowed(record.words));
    }
    let mut words: Vec<u64> = Vec::new();
    words.try_reserve_exact(record.words.len() / 8).ok()?;
    words.extend(record.words.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default())));
    set_right(&mut words, module, form, record)?;
    Code::of_words(words, module.slot(func)).into_raw()
}

/// Whether code can be run where it lies.
fn stays(module: &Module, form: CodeForm, record: &Record<'_>) -> Option<bool> {
    let fits = cfg!(handlers_apart)
        && same_places(form)
        && form.word_bytes == places::OWN.word_bytes
        && record.words.as_ptr().cast::<u64>().is_aligned();
    if !fits {
        return Some(false);
    }
    let mut rest = Record { words: record.words, behind: record.behind.clone() };
    rest.halves(|_, _| Some(()))?;
    let mut same = true;
    rest.halves(|at, ty| {
        same &= record.half(at) == sig(module, ty);
        Some(())
    })?;
    Some(same)
}

/// The number of a function type of a module, in its engine.
fn sig(module: &Module, ty: u32) -> Option<u32> {
    module.data().types.get(TypeIndex::from_u32(ty)).map(|sig| sig.as_u32())
}

/// Puts a half word in its place in code; nothing where that lies behind it.
pub(crate) fn put_half(words: &mut [u64], at: usize, half: u32) -> Option<()> {
    let word = words.get_mut(at / 2)?;
    let shift = at % 2 * 32;
    *word = *word & !(u64::from(u32::MAX) << shift) | u64::from(half) << shift;
    Some(())
}

/// Puts into a copy of code what is different on this machine, in this engine and for this dispatcher.
fn set_right(words: &mut [u64], module: &Module, form: CodeForm, mut record: Record<'_>) -> Option<()> {
    let other = form.word_bytes != places::OWN.word_bytes;
    record.halves(|at, half| if other { put_half(words, at, half) } else { Some(()) })?;
    record.halves(|at, ty| put_half(words, at, sig(module, ty)?))?;
    #[cfg(not(all(feature = "compact", handlers_apart)))]
    if !cfg!(handlers_apart) || !same_places(form) {
        let places = places::of(form);
        for (at, _) in offsets_of(&mut record)?.1 {
            let word = words.get_mut(at as usize)?;
            *word = dispatch::code_word(places::op(&places, *word as u16)?);
        }
    }
    Some(())
}

/// Where the body began in its binary, and where its ops come from, from what follows both lists.
fn offsets_of(record: &mut Record<'_>) -> Option<(u32, Vec<(u32, u32)>)> {
    let start = record.behind.try_small()?;
    let count = record.behind.try_small()? as usize;
    let mut offsets = Vec::new();
    offsets.try_reserve_exact(count.min(record.words.len() / 8)).ok()?;
    let (mut at, mut offset) = (HEAD_WORDS as u32, start);
    for _ in 0..count.min(record.words.len() / 8) {
        at = at.checked_add(record.behind.try_small()?)?;
        let step = record.behind.try_small()?;
        // Zigzag: ops may come from before the last one's.
        offset = offset.wrapping_add((step >> 1) ^ (step & 1).wrapping_neg());
        offsets.push((at, offset));
    }
    Some((start, offsets))
}

/// The same of a record, past both lists.
pub(crate) fn origins(bytes: &[u8]) -> Option<(u32, Vec<(u32, u32)>)> {
    let mut record = Record::of(bytes)?;
    record.halves(|_, _| Some(()))?;
    record.halves(|_, _| Some(()))?;
    offsets_of(&mut record)
}

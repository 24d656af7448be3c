//! Makes code that is run elsewhere: [`prepared`](crate::prepared) says what it looks like.
//!
//! What depends on the machine or the engine is not noted while a function is translated: it is translated for one of
//! each word size, and with two numberings of types, and what differs is what depends on it.
//!
//! # Invariants
//! - Translations that differ in this alone have the same ops in the same places.

use crate::code::{HEAD_WORDS, Handler};
use crate::exec::forms::{form_of, op_words};
use crate::exec::parts::Parts;
use crate::exec::places::{self, Places};
use crate::prepared::put_half;
use crate::translate::{self, Plain};
use alloc::format;
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result, bug};
use coracle_image::codec::Writer;
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::CodeForm;
use coracle_vm::module::Module;

/// Added to the numbers of types, to see where they lie.
const OTHER_SIGS: u32 = 1 << 24;

/// The record of a function; empty for one that cannot be translated, which traps when it is called.
///
/// # Errors
/// `ErrorKind::Unsupported` for an op that the form does not number.
pub(crate) fn prepare(module: &Module, func: DefinedFuncIndex, form: &mut CodeForm, sigs: &[u32]) -> Result<Vec<u8>> {
    let on = |word_bytes: u8, first_sig: u32| {
        let machine = translate::Machine { compact: form.compact, word_bytes: word_bytes.into(), first_sig };
        translate::plain(module, func, machine)
    };
    let Ok(mut code) = on(form.word_bytes, 0) else { return Ok(Vec::new()) };
    let machine = differing(&code.words, &on(12 - form.word_bytes, 0)?.words)?;
    let mut types = differing(&code.words, &on(form.word_bytes, OTHER_SIGS)?.words)?;
    for (at, ty) in &mut types {
        *ty -= OTHER_SIGS;
        let put = sigs.get(*ty as usize).and_then(|&sig| put_half(&mut code.words, *at, sig));
        put.ok_or_else(|| bug!("a type without a number"))?;
    }
    let starts = starts(&code.words)?;
    let data = module.data();
    form.exceptions |= !code.handlers.is_empty();
    form.memory64 |= data.memories.values().any(|ty| ty.memory64) || data.tables.values().any(|ty| ty.table64);
    let places = places::of(*form);
    for &at in &starts {
        note(form, code.words[at] as u16);
        code.words[at] = place(&places, code.words[at] as u16, func)?.into();
    }
    Ok(record(func, code, &starts, &machine, &types))
}

/// The half words that differ, and what they are in the second.
fn differing(words: &[u64], others: &[u64]) -> Result<Vec<(usize, u32)>> {
    if words.len() != others.len() {
        return Err(bug!("code of one function in two lengths"));
    }
    let halves = |words: &[u64]| words.iter().flat_map(|&word| [word as u32, (word >> 32) as u32]).collect::<Vec<_>>();
    let pairs = halves(words).into_iter().zip(halves(others)).enumerate();
    Ok(pairs.filter(|(_, (half, other))| half != other).map(|(at, (_, other))| (at, other)).collect())
}

/// Where ops begin, the head's words counted.
fn starts(words: &[u64]) -> Result<Vec<usize>> {
    let (mut starts, mut at) = (Vec::new(), HEAD_WORDS);
    while at < words.len() {
        starts.push(at);
        at += op_words(&words[at..]).ok_or_else(|| bug!("no op at word {at}"))?;
    }
    Ok(starts)
}

/// Notes in a form what of a build's features an op takes.
fn note(form: &mut CodeForm, op: u16) {
    if let Some((row, op)) = form_of(op) {
        let parts = Parts::of(row, op.name);
        form.exceptions |= parts.exceptions;
        form.memory64 |= parts.memory64;
        form.floats |= parts.floats;
    }
}

fn place(places: &Places, op: u16, func: DefinedFuncIndex) -> Result<u16> {
    match places::place(places, op) {
        0 => {
            let message =
                format!("{func} has an op that the machine has not which it is prepared for: vectors, atomics");
            Err(Error::fault(ErrorKind::Unsupported, message))
        }
        place => Ok(place),
    }
}

fn record(
    func: DefinedFuncIndex,
    code: Plain,
    starts: &[usize],
    machine: &[(usize, u32)],
    types: &[(usize, u32)],
) -> Vec<u8> {
    let Plain { mut words, handlers, frame_cells, offsets, start } = code;
    words.extend(handlers.iter().flat_map(Handler::pack));
    words[0] = u64::from(func.as_u32()) << 1 | 1;
    words[1] = words.len() as u64;
    words[2] = handlers.len() as u64;
    words[3] = frame_cells as u64 * 8;
    let mut to = Writer::default();
    words.iter().for_each(|word| to.bytes(&word.to_le_bytes()));
    for list in [machine, types] {
        to.number(list.len() as u64);
        let mut last = 0;
        for &(at, half) in list {
            to.number((at - last) as u64);
            to.number(half.into());
            last = at;
        }
    }
    to.number(start.into());
    to.number(starts.len() as u64);
    let (mut last, mut offset) = (HEAD_WORDS, start);
    for &at in starts {
        let behind = offsets.partition_point(|&(word, _)| word as usize <= at);
        let from = behind.checked_sub(1).map_or(offset, |at| offsets[at].1);
        let step = from.wrapping_sub(offset) as i32;
        to.number((at - last) as u64);
        to.number(((step << 1) ^ (step >> 31)) as u32 as u64);
        (last, offset) = (at, from);
    }
    to.finish()
}

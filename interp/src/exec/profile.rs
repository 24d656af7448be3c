//! Counts of dispatches, by op and by pair of ops: what fusion is argued from.
//!
//! Only in builds with the feature `profile-ops`; other builds have `profile_off` in its place. Counts are of the whole
//! process. A handler's address does not tell its op, since a linker may merge handlers that are alike, so code words
//! carry the op's number above the address's 48 bits.

use crate::exec::forms::form_of;
use crate::exec::ops::ROWS;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_vm::sync::Lock;
use core::fmt::Write;

/// How often each op was dispatched, and each op behind another.
struct Counts {
    ops: Vec<u64>,
    pairs: BTreeMap<(u16, u16), u64>,
    /// Pairs since the map was last brought up to date, to keep the map out of the loop.
    recent: Vec<(u16, u16)>,
    last: u16,
}

static COUNTS: Lock<Counts> =
    Lock::new(Counts { ops: Vec::new(), pairs: BTreeMap::new(), recent: Vec::new(), last: 0 });

impl Counts {
    fn settle(&mut self) {
        self.recent.sort_unstable();
        for run in self.recent.chunk_by(|a, b| a == b) {
            *self.pairs.entry(run[0]).or_insert(0) += run.len() as u64;
        }
        self.recent.clear();
    }
}

/// The bits of a code word that are a handler's address.
#[cfg(tail_dispatch)]
const ADDRESS: u32 = 48;

/// The code word of an op as it stands in code.
#[cfg(tail_dispatch)]
pub(crate) fn tag(word: u64, op: u16) -> u64 {
    word | u64::from(op) << ADDRESS
}

/// Counts a dispatch; the handler in its code word.
#[cfg(tail_dispatch)]
pub(crate) fn note(word: *const ()) -> *const () {
    count((word.addr() >> ADDRESS) as u16);
    word.map_addr(|word| word & ((1 << ADDRESS) - 1))
}

/// Counts one dispatch.
#[inline(never)]
pub(crate) fn count(op: u16) {
    COUNTS.with(|counts| {
        counts.ops.resize(ROWS * 16, 0);
        counts.ops[op as usize] += 1;
        let pair = (counts.last, op);
        counts.recent.push(pair);
        counts.last = op;
        if counts.recent.len() >= 1 << 16 {
            counts.settle();
        }
    });
}

/// The counts so far as text, most frequent first: `most` ops, then `most` pairs.
pub fn report(most: usize) -> String {
    COUNTS.with(|counts| {
        counts.settle();
        let total: u64 = counts.ops.iter().sum::<u64>().max(1);
        let mut ops: Vec<(u64, u16)> = counts.ops.iter().enumerate().map(|(op, &n)| (n, op as u16)).collect();
        ops.sort_unstable_by(|a, b| b.cmp(a));
        let mut pairs: Vec<(u64, (u16, u16))> = counts.pairs.iter().map(|(&pair, &n)| (n, pair)).collect();
        pairs.sort_unstable_by(|a, b| b.cmp(a));
        let mut text = format!("{total} dispatches\n");
        let percent = |n: u64| n as f64 * 100.0 / total as f64;
        for (n, op) in ops.into_iter().take(most).filter(|(n, _)| *n > 0) {
            let _ = writeln!(text, "{:6.2} %  {}", percent(n), name(op));
        }
        for (n, (a, b)) in pairs.into_iter().take(most) {
            let _ = writeln!(text, "{:6.2} %  {} ; {}", percent(n), name(a), name(b));
        }
        text
    })
}

fn name(op: u16) -> String {
    match form_of(op) {
        Some((row, form)) if form.name.is_empty() => row.text().into(),
        Some((row, form)) => format!("{}_{}", row.text(), form.name),
        None => format!("{op:#x}"),
    }
}

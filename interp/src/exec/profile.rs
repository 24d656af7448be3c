//! Counts of dispatches, by op and by pair of ops: what fusion is argued from.
//!
//! Only in builds with the feature `profile-ops`, which have the portable dispatcher; other builds know nothing of it.
//! Counts are of the whole process.

use crate::ops::{ROWS, form_of};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_core::sync::Lock;
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

/// Counts one dispatch.
pub(crate) fn note(op: u16) {
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

//! Real programs: nothing in them is refused, but for a limit of the compiler; ignored where they are not there.

use crate::place::{files, shared};
use crate::tiers::engine;
use coracle::component::Component;
use coracle::{Module, TierChange, TierPolicy};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folders of `../shared` where the programs are.
pub(crate) const FOLDERS: [&str; 2] = ["corpus", "bench"];

/// Bytes of a program that is compiled in a plain run; in a debug build that takes a second for 50 KB.
const PLAIN: u64 = 400_000;

/// All programs of both folders, smallest first in each.
fn programs() -> Vec<(u64, PathBuf)> {
    let sized = |path: PathBuf| (path.metadata().map_or(0, |data| data.len()), path);
    let in_folder = |folder: &&str| {
        let mut found: Vec<_> = files(&shared(folder), "wasm").into_iter().map(sized).collect();
        found.sort();
        found
    };
    FOLDERS.iter().flat_map(in_folder).collect()
}

/// Compiles all of every program, and tells what was not taken.
fn compile(size: impl Fn(u64) -> bool) {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let (mut promoted, mut ran) = (0, 0);
    for (_, path) in programs().into_iter().filter(|(bytes, _)| size(*bytes)) {
        let (engine, log) = engine(TierPolicy::Eager, |_| ());
        let bytes = std::fs::read(&path).expect("a readable program");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let loaded = match bytes.get(4..6) {
            Some([1, _]) => Module::new(&engine, &bytes).map(drop),
            _ => Component::new(&engine, &bytes).map(drop),
        };
        if let Err(error) = loaded {
            println!("{name}: not loaded: {error:#}");
        }
        let mut refused = 0;
        for event in log.lock().unwrap().iter() {
            match &event.change {
                TierChange::Promoted { .. } => promoted += 1,
                TierChange::Refused { reason } => {
                    refused += 1;
                    *reasons.entry(reason.clone()).or_default() += 1;
                }
                _ => {}
            }
        }
        println!("{name}: {refused} refused");
        ran += 1;
    }
    println!("{ran} programs, {promoted} promoted; refused: {reasons:#?}");
    assert!(ran > 0, "no program is there");
    let limit = |reason: &&String| reason.starts_with("the body has ") || reason.starts_with("the body comes to ");
    assert!(reasons.keys().all(|reason| limit(&reason)), "{reasons:?}");
}

pub(crate) fn are_compiled() {
    compile(|bytes| bytes <= PLAIN);
}

/// These take many minutes in a debug build.
pub(crate) fn the_largest_are_compiled() {
    compile(|bytes| bytes > PLAIN);
}

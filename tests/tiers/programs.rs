//! Real programs: nothing in them is refused, but for a limit of the compiler.

use crate::engine;
use coracle::component::Component;
use coracle::{Module, TierChange, TierPolicy};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Bytes of a program that is compiled in a plain run; in a debug build that takes a second for 50 KB.
const PLAIN: u64 = 400_000;

/// All programs below a folder beside this one, smallest first.
fn programs(folder: &str) -> Vec<(u64, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "wasm") {
                found.push((path.metadata().map_or(0, |data| data.len()), path));
            }
        }
    }
    found.sort();
    found
}

/// Compiles all of every program, and tells what was not taken.
fn compile(size: impl Fn(u64) -> bool) {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut promoted = 0;
    for (_, path) in ["corpus", "bench"].iter().flat_map(|folder| programs(folder)).filter(|(bytes, _)| size(*bytes)) {
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
    }
    println!("{promoted} promoted; refused: {reasons:#?}");
    let limit = |reason: &&String| reason.starts_with("the body has ") || reason.starts_with("the body comes to ");
    assert!(reasons.keys().all(|reason| limit(&reason)), "{reasons:?}");
}

#[test]
fn are_compiled() {
    compile(|bytes| bytes <= PLAIN);
}

#[test]
#[ignore = "the largest take many minutes in a debug build"]
fn the_largest_are_compiled() {
    compile(|bytes| bytes > PLAIN);
}

//! The bench programs, one iteration each, in every tier; ignored where they are not there.

use crate::place::shared;
use crate::{fuel, tiers};
use coracle::{Module, Store, TierChange, TierPolicy, Tuning, Val};
use std::path::PathBuf;

/// The programs, by name; those in folders below are for figures only.
fn programs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(shared("bench")).expect("the folder of the bench programs");
    let mut programs: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    programs.sort();
    assert!(!programs.is_empty(), "no program is there");
    programs
}

/// One checksum in every tier.
pub(crate) fn bench_programs() {
    let programs = programs();
    for path in &programs {
        let bytes = std::fs::read(path).expect("a readable program");
        let mut sums = Vec::new();
        for policy in [TierPolicy::Off, TierPolicy::Background, TierPolicy::Sync(50), TierPolicy::Eager] {
            let (engine, log) = tiers::engine(policy, |config| {
                if policy == TierPolicy::Background {
                    config.tuning(Tuning::default());
                }
            });
            let begun = std::time::Instant::now();
            let module = Module::new(&engine, &bytes).expect("the program is valid");
            let mut store = Store::new(&engine, 0);
            let instance = tiers::link(&engine, &mut store, &module);
            let run = instance.get_func(&mut store, "run").expect("every program has `run`");
            sums.push(tiers::call(&mut store, &run, &[Val::I32(1)]));
            let events = log.lock().unwrap();
            let refused = events.iter().filter(|event| matches!(event.change, TierChange::Refused { .. })).count();
            println!(
                "{:?} {policy:?}: {} in {:?}, {} promoted, {} loops, {refused} refused",
                path.file_name().unwrap_or_default(),
                sums[sums.len() - 1],
                begun.elapsed(),
                tiers::promoted(&events),
                tiers::loops_entered(&events).len(),
            );
        }
        assert!(sums.iter().all(|sum| sum == &sums[0]), "{}: {sums:?}", path.display());
    }
    println!("{} programs ran", programs.len());
}

/// The same fuel in every tier.
pub(crate) fn programs_take_the_same() {
    let programs = programs();
    for path in &programs {
        // The largest takes long to compile in a debug build.
        let bytes = std::fs::read(path).expect("a readable program");
        let policies = if bytes.len() > 500_000 { &fuel::TIERS[..2] } else { &fuel::TIERS[..] };
        let outcome = |policy| fuel::outcome(&Module::new(&fuel::engine(policy), &bytes).expect("valid"), 1, 1 << 40);
        let outcomes: Vec<String> = policies.iter().copied().map(outcome).collect();
        assert!(outcomes.iter().all(|end| *end == outcomes[0]), "{}: {outcomes:?}", path.display());
    }
    println!("{} programs", programs.len());
}

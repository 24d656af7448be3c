//! Tests over data that is no part of this repository. A trial is ignored where the data it needs is not there.
//!
//! They have their own `main` because an attribute cannot ask at the time of the run what lies beside the repository,
//! and a test that finds nothing to do must not be counted as passed. Such a trial fails if it is run all the same.

#[cfg(feature = "jit")]
#[path = "beside/bench.rs"]
mod bench;
#[path = "beside/corpus.rs"]
mod corpus;
#[cfg(feature = "jit")]
#[path = "fuel/support.rs"]
mod fuel;
#[cfg(feature = "jit")]
#[path = "beside/graph.rs"]
mod graph;
#[path = "beside/place.rs"]
mod place;
#[cfg(feature = "jit")]
#[path = "beside/programs.rs"]
mod programs;
#[path = "beside/scripts.rs"]
mod scripts;
#[cfg(feature = "jit")]
#[path = "tiers/support.rs"]
mod tiers;

use libtest_mimic::{Arguments, Trial, run};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        trial("corpus_flattens", there("corpus"), corpus::corpus_flattens),
        trial("scripts_validate_and_flatten", !scripts::scripts().is_empty(), scripts::scripts_validate_and_flatten),
    ];
    trials.extend(compiled());
    run(&arguments, trials).exit();
}

/// Those that need the compiler.
#[cfg(feature = "jit")]
fn compiled() -> [Trial; 5] {
    let bench = there("bench");
    let programs = programs::FOLDERS.iter().all(|folder| there(folder));
    [
        trial("bench_programs", bench, bench::bench_programs),
        trial("programs_take_the_same", bench, bench::programs_take_the_same),
        trial("linked_is_as_composed", there("corpus"), graph::linked_is_as_composed),
        trial("programs::are_compiled", programs, programs::are_compiled),
        // Slow, so that it is run only when it is asked for.
        trial("programs::the_largest_are_compiled", false, programs::the_largest_are_compiled),
    ]
}

#[cfg(not(feature = "jit"))]
fn compiled() -> [Trial; 0] {
    []
}

/// A trial that fails by a panic, and is ignored unless it is to be run.
fn trial(name: &str, wanted: bool, test: fn()) -> Trial {
    let runner = move || {
        test();
        Ok(())
    };
    Trial::test(name, runner).with_ignored_flag(!wanted)
}

/// Whether such a folder of the shared data is there and not empty.
fn there(folder: &str) -> bool {
    std::fs::read_dir(place::shared(folder)).is_ok_and(|mut entries| entries.next().is_some())
}

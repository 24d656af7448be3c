//! Cases from numbers: `--cases N` (100), `--seed S` (1) the first, `--kind smith|program|values|raw` one kind alone,
//! `--seconds N` an end.
//!
//! A case is run by a peer and by Coracle in each tier; all must tell the same. What does not is kept in a folder
//! `found-KIND-SEED`, and the run goes on.

mod modules;
mod wasmi_side;

use coracle::{Config, Engine, TierPolicy};
use coracle_oracle_ours as ours;
use coracle_oracle_theirs as theirs;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs, process};

/// One thing that was seen, and whether all behind it may differ.
type Seen = (String, bool);

/// Kinds of cases.
const KINDS: [&str; 4] = ["smith", "program", "values", "raw"];

/// What is wrong with a case, and files that show it.
struct Finding {
    what: String,
    files: Vec<(String, Vec<u8>)>,
}

/// How often what happened.
type Counts = BTreeMap<String, usize>;

fn main() {
    let (cases, first) = (number("--cases").unwrap_or(100), number("--seed").unwrap_or(1));
    let end = number("--seconds").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let only = option("--kind");
    let mut counts = Counts::new();
    let mut found = 0;
    for seed in first..first.saturating_add(cases) {
        if end.is_some_and(|end| Instant::now() > end) {
            break;
        }
        let kind = only.as_deref().unwrap_or(KINDS[seed as usize % KINDS.len()]);
        let attempt = AssertUnwindSafe(|| case(kind, seed, &mut counts));
        let result =
            catch_unwind(attempt).unwrap_or_else(|_| Err(Finding { what: "a panic".into(), files: Vec::new() }));
        *counts.entry(format!("{kind}: cases")).or_default() += 1;
        if let Err(finding) = result {
            found += 1;
            keep(kind, seed, &finding);
        }
    }
    for (what, count) in &counts {
        println!("{count:10} {what}");
    }
    println!("{found:10} findings");
    process::exit(i32::from(found > 0));
}

/// The word behind an option of the command line.
fn option(wanted: &str) -> Option<String> {
    env::args().skip_while(|arg| arg != wanted).nth(1)
}

fn number(wanted: &str) -> Option<u64> {
    option(wanted).map(|text| text.parse().unwrap_or_else(|_| panic!("{wanted} takes a number")))
}

fn keep(kind: &str, seed: u64, finding: &Finding) {
    let folder = PathBuf::from(format!("found-{kind}-{seed}"));
    println!("{kind} {seed}: {}\n  --kind {kind} --seed {seed} --cases 1", finding.what);
    let kept = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("what"), &finding.what))
        .and_then(|()| finding.files.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes)));
    if let Err(error) = kept {
        println!("  not kept: {error}");
    }
}

fn case(kind: &str, seed: u64, counts: &mut Counts) -> Result<(), Finding> {
    match kind {
        "smith" | "program" => modules::case(kind, seed, counts),
        "values" => components(ours::Shape::Values, theirs::Shape::Values, kind, seed, counts),
        "raw" => components(ours::Shape::Raw, theirs::Shape::Raw, kind, seed, counts),
        _ => panic!("kinds are {KINDS:?}"),
    }
}

/// The tiers of Coracle, and whether memories are reserved.
const WAYS: [(TierPolicy, bool); 6] = [
    (TierPolicy::Off, true),
    (TierPolicy::Off, false),
    (TierPolicy::Sync(1), true),
    (TierPolicy::Sync(1), false),
    (TierPolicy::Sync(2), false),
    (TierPolicy::Eager, true),
];

fn engine(mut config: Config, (tier, reserve): (TierPolicy, bool)) -> Engine {
    config.tier_policy(tier).garbage_in_stacks(true);
    if !reserve {
        config.memory_reservation(0);
    }
    Engine::new(&config).expect("an engine")
}

fn components(
    ours: ours::Shape,
    theirs: theirs::Shape,
    kind: &str,
    seed: u64,
    counts: &mut Counts,
) -> Result<(), Finding> {
    const VALUES: usize = 4;
    let reference = wasmtime::Engine::new(&theirs::config(false, false)).expect("an engine of wasmtime's");
    let (expected, text) = theirs::components(&reference, theirs, seed, VALUES);
    tally(kind, &expected, counts);
    for way in [WAYS[seed as usize / 4 % 2], WAYS[2 + seed as usize / 4 % 3]] {
        let engine = engine(ours::config(false, false), way);
        let (seen, _) = ours::components(&engine, ours, seed, VALUES);
        let files = || vec![("component.wat".into(), text.clone().into_bytes())];
        same(&expected, &seen, &format!("wasmtime, {way:?}")).map_err(|what| Finding { what, files: files() })?;
    }
    Ok(())
}

/// Counts how calls ended.
fn tally(kind: &str, seen: &[Seen], counts: &mut Counts) {
    for (what, _) in seen {
        let end = what.split(": ").last().unwrap_or_default();
        let end = match end.split(' ').next() {
            Some("trap" | "thrown" | "error") => end,
            _ if what.starts_with("not made") => "not made",
            _ => "values",
        };
        *counts.entry(format!("{kind}: {end}")).or_default() += 1;
    }
}

/// Whether Coracle says in other words what wasmtime says. That has texts for most of what is wrong with a value, where the
/// suite of scripts wants traps; and it does not know the limit that newer editions of the canonical ABI set to lengths. It
/// asks for room for a string before it has read it, where the specification lifts first: of two faults the other is met.
fn says_otherwise(theirs: &str, ours: &str) -> bool {
    let (theirs, ours) = match (theirs.strip_prefix("not made: "), ours.strip_prefix("not made: ")) {
        (Some(theirs), Some(ours)) => (theirs, ours),
        _ => (theirs, ours),
    };
    theirs == "error" && ours.starts_with("trap ")
        || theirs.starts_with("trap ") && ours == "trap TooLong"
        || matches!(theirs, "trap StringOutOfBounds" | "trap UnalignedPointer") && ours == "trap InvalidString"
}

/// Compares what two saw, as far as it may be compared.
fn same(one: &[Seen], two: &[Seen], who: &str) -> Result<(), String> {
    for (at, (a, b)) in one.iter().zip(two).enumerate() {
        if a.1 || b.1 {
            return Ok(());
        }
        if a.0 != b.0 && !says_otherwise(&a.0, &b.0) {
            let mut text = format!("{who} differ at {at}:\n");
            for (what, _) in [a, b] {
                let _ = writeln!(text, "    {}", what.chars().take(2000).collect::<String>());
            }
            return Err(text);
        }
    }
    if one.len() == two.len() { Ok(()) } else { Err(format!("{who}: {} things were seen, {}", one.len(), two.len())) }
}

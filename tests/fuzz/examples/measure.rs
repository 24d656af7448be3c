//! What generated programs are worth: how they end, what they use, which ops of the interpreter they reach.
//!
//!     cargo run --release --example measure -- --count 20000 --seed 1 [--which 0]
//!
//! `--which 0` has `wasm-smith` make all of them, 1 our own generator; without it inputs decide.

use arbitrary::Unstructured;
use coracle_fuzz::drive::{input, option};
use coracle_fuzz::run::{Ends, Heat, Way};
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::Bytes;
use coracle_vm::engine::Engine;
use coracle_vm::internals;
use std::collections::{BTreeMap, BTreeSet};

fn main() {
    let first = option("--seed").unwrap_or(1);
    let count = option("--count").unwrap_or(2000);
    let which = option("--which");
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut ends = Ends::default();
    let (mut made, mut loaded, mut bytes) = (0, 0, 0);
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for seed in first..first + count {
        let data = input(seed);
        let mut from = Unstructured::new(&data);
        let chosen = from.arbitrary::<u8>().unwrap_or(0) % 4;
        let Some(program) = coracle_fuzz::modules(which.map_or(chosen, |which| which as u8), &mut from) else {
            continue;
        };
        made += 1;
        bytes += program.modules.iter().map(Vec::len).sum::<usize>();
        let outcome = Way::TAIL.run(&program.modules);
        loaded += u64::from(outcome.ends.refused == 0);
        add(&mut ends, outcome.ends);
        for line in &outcome.lines {
            let known = ["not made", " at "].iter().find_map(|mark| line.what.split_once(mark));
            if let Some((before, behind)) = known {
                let text = if before.is_empty() { behind } else { before.split_once(": ").map_or(before, |two| two.1) };
                *reasons.entry(text.chars().take(70).collect()).or_default() += 1;
            }
        }
        // With heat and epochs in one engine and neither in the other, all ops can occur.
        let base = Way { any_nan: program.coy, ..Way::TAIL };
        for way in [base, Way { epochs: true, fuel: false, heat: Heat::Count, ..base }] {
            for module in &program.modules {
                ops(&way.engine(), module, &mut seen);
            }
        }
    }
    println!("{count} inputs: {made} programs of {} bytes, {loaded} loaded", bytes / made.max(1));
    println!("calls: {ends:?}");
    for (reason, times) in reasons {
        println!("{times:8} {reason}");
    }
    let all: Vec<String> = coracle_interp::tier::ops().collect();
    let never: BTreeSet<&String> = all.iter().filter(|op| !seen.contains_key(*op)).collect();
    println!("{} of {} ops and forms were emitted; never:", all.len() - never.len(), all.len());
    for op in never {
        println!("  {op}");
    }
}

fn add(sum: &mut Ends, more: Ends) {
    sum.returned += more.returned;
    sum.trapped += more.trapped;
    sum.thrown += more.thrown;
    sum.out_of_fuel += more.out_of_fuel;
    sum.exhausted += more.exhausted;
    sum.other += more.other;
    sum.refused += more.refused;
}

/// Counts the ops of a module's functions by the names that the printer gives them.
fn ops(engine: &Engine, bytes: &[u8], seen: &mut BTreeMap<String, u64>) {
    let Ok(module) = coracle_vm::module::Module::from_bytes(engine, Bytes::Shared(bytes.into())) else { return };
    for index in 0..module.slots().len() {
        let Ok(text) = internals::interpreter(engine).print_code(&module, DefinedFuncIndex::from_u32(index as u32))
        else {
            continue;
        };
        for line in text.lines().filter_map(|line| line.split_once(": ")) {
            // The name ends where operands begin: `$slot`, `r`, numbers, `@place`.
            let operand = |word: &&str| {
                *word == "r" || word.starts_with(['$', '@', '[']) || word.starts_with(|c: char| c.is_ascii_digit())
            };
            let words: Vec<&str> = line.1.split(' ').take_while(|word| !operand(word)).collect();
            *seen.entry(words.join(" ")).or_default() += 1;
        }
    }
}

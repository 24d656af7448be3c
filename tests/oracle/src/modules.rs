//! Cases of core modules: `wasm-smith`'s, which ends by itself, and our own generator's, which ends with its fuel at
//! the latest.

use crate::{Counts, Finding, Seen, WAYS, engine, same, tally, wasmi_side};
use arbitrary::Unstructured;
use coracle_fuzz::drive::input;
use coracle_fuzz::{program, smith};
use coracle_oracle_ours as ours;
use coracle_oracle_theirs as theirs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasm_smith::Module;

/// Fuel for each call of our generator's programs.
const FUEL: u64 = 200_000;

/// Turns of loops and calls that a program of `wasm-smith`'s may take.
const TURNS: u32 = 2000;

/// Modules, and what may be done with them.
struct Case {
    modules: Vec<Vec<u8>>,
    /// wasmi returns other NaNs; nothing depends on them here.
    for_wasmi: bool,
    /// All NaNs look alike.
    any_nan: bool,
    /// It ends without fuel.
    ends: bool,
}

/// Runs the case of a seed in all runtimes.
pub fn case(kind: &str, seed: u64, counts: &mut Counts) -> Result<(), Finding> {
    let bytes = input(seed);
    let mut from = Unstructured::new(&bytes);
    let made = if kind == "smith" { by_smith(seed, &mut from) } else { Ok(by_program(&mut from)) };
    let Ok(case) = made else {
        *counts.entry(format!("{kind}: no module of this seed")).or_default() += 1;
        return Ok(());
    };
    compare(kind, seed, &case, counts).map_err(|what| {
        let files = case.modules.iter().enumerate();
        Finding { what, files: files.map(|(n, bytes)| (format!("{n}.wasm"), bytes.clone())).collect() }
    })
}

fn by_smith(seed: u64, from: &mut Unstructured<'_>) -> arbitrary::Result<Case> {
    let mut config = smith::config(from)?;
    let shape = seed / 4;
    let plain = shape % 3 == 0;
    config.exceptions_enabled = !plain;
    config.simd_enabled = true;
    config.relaxed_simd_enabled = !plain;
    config.memory64_enabled = true;
    config.tail_call_enabled = true;
    config.bulk_memory_enabled = true;
    config.reference_types_enabled = true;
    config.multi_value_enabled = true;
    config.compact_imports_enabled = false;
    config.custom_page_sizes_enabled = shape % 5 == 0;
    config.wide_arithmetic_enabled = shape % 2 == 0;
    config.canonicalize_nans = plain;
    config.allow_start_export = shape % 7 == 0;
    config.max_memories = 3;
    config.max_tables = 3;
    config.min_memories = 1;
    config.min_funcs = 2;
    config.max_instructions = config.max_instructions.max(100);
    config.memory_max_size_required = true;
    config.table_max_size_required = true;
    let mut module = Module::new(config, from)?;
    module.ensure_termination(TURNS).map_err(|_| arbitrary::Error::IncorrectFormat)?;
    Ok(Case { modules: vec![module.to_bytes()], for_wasmi: plain, any_nan: false, ends: true })
}

fn by_program(from: &mut Unstructured<'_>) -> Case {
    let made = program::program(from);
    Case { modules: made.modules, for_wasmi: made.coy, any_nan: made.coy, ends: false }
}

fn compare(kind: &str, seed: u64, case: &Case, counts: &mut Counts) -> Result<(), String> {
    // Fuel in every other case, and wherever a program might not end.
    let fuel = (!case.ends || seed / 8 % 2 == 0).then_some(if case.ends { u64::MAX / 16 } else { FUEL });
    let program = theirs::Program {
        modules: &case.modules,
        fuel,
        any_nan: case.any_nan,
        seed,
        memory_bytes: smith::MEMORY_BYTES,
    };
    let reference = wasmtime::Engine::new(&theirs::config(!case.for_wasmi, fuel.is_some())).expect("an engine");
    // wasmtime 48.0.8 asserts where a fault lies in the reservations of two memories.
    let Ok(expected) = catch_unwind(AssertUnwindSafe(|| theirs::modules(&reference, &program))) else {
        *counts.entry(format!("{kind}: wasmtime panics")).or_default() += 1;
        return Ok(());
    };
    tally(kind, &expected, counts);
    let run = |fuel: Option<u64>, way| -> Vec<Seen> {
        let program = ours::Program {
            modules: &case.modules,
            fuel,
            any_nan: case.any_nan,
            seed,
            memory_bytes: smith::MEMORY_BYTES,
        };
        ours::modules(&engine(ours::config(!case.for_wasmi, fuel.is_some()), way), &program)
    };
    let endless = expected.iter().any(|(what, _)| what.contains("OutOfFuel"));
    for way in WAYS {
        let seen = run(fuel, way);
        same(&expected, &seen, &format!("wasmtime, {way:?}, fuel {fuel:?}"))?;
        // What ends with fuel ends without.
        if fuel.is_some() && !endless && seed / 4 % 3 == 0 {
            same(&expected, &run(None, way), &format!("wasmtime, {way:?} without fuel"))?;
        }
    }
    if case.for_wasmi {
        let program = ours::Program {
            modules: &case.modules,
            fuel,
            any_nan: case.any_nan,
            seed,
            memory_bytes: smith::MEMORY_BYTES,
        };
        match wasmi_side::modules(&wasmi_side::engine(fuel.is_some()), &program) {
            Some(seen) => {
                *counts.entry(format!("{kind}: in wasmi")).or_default() += 1;
                // All ways of Coracle have agreed with wasmtime: two against one. wasmi 2.0.0 takes the wrong number where
                // one is selected by whether it is zero.
                if let Err(what) = same(&seen, &run(fuel, WAYS[0]), "wasmi, (Off, true)") {
                    *counts.entry(format!("{kind}: wasmi alone differs")).or_default() += 1;
                    println!("{kind} {seed}: {what}");
                }
            }
            None => *counts.entry(format!("{kind}: not for wasmi")).or_default() += 1,
        }
    }
    Ok(())
}

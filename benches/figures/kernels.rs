//! ns for one iteration of each program of `benches/programs`, under each tier policy, once warm.

use crate::{POLICIES, engine};
use coracle::{Engine, Linker, Module, Store, component};
use criterion::Criterion;
use std::time::Instant;

/// A row for each program: its name, and its bytes.
macro_rules! programs {
    ($folder:literal: $($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../programs/", $folder, "/", $name, ".wasm")).as_slice()),)*]
    };
}

/// Calls `run(n)`.
type Run = Box<dyn FnMut(i32) -> coracle::Result<i32>>;

/// Makes an instance of a program.
type Make = fn(&Engine, &[u8]) -> coracle::Result<Run>;

fn module(engine: &Engine, bytes: &[u8]) -> coracle::Result<Run> {
    let module = Module::new(engine, bytes)?;
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    Ok(Box::new(move |n| run.call(&mut store, n)))
}

fn component(engine: &Engine, bytes: &[u8]) -> coracle::Result<Run> {
    let component = component::Component::new(engine, bytes)?;
    let mut store = Store::new(engine, ());
    let instance = component::Linker::new(engine).instantiate(&mut store, &component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    Ok(Box::new(move |n| run.call(&mut store, (n as u32,)).map(|(sum,)| sum as i32)))
}

/// All programs, under all policies.
pub(crate) fn kernels(c: &mut Criterion) {
    let modules = programs!("core": "bignum" "boxes" "calls" "carried" "dispatch" "fft" "hashing" "json" "life" "lz"
        "simd" "sorts" "throw" "vm" "words");
    let shared = programs!("shared": "threads");
    let components = programs!("components": "records" "strings" "lists" "resources" "chain");
    let modules = modules.iter().chain(&shared).map(|(name, bytes)| (*name, *bytes, module as Make));
    let components = components.iter().map(|(name, bytes)| (*name, *bytes, component as Make));
    for (name, bytes, make) in modules.chain(components) {
        let mut sum = None;
        for (policy, tiers) in POLICIES {
            let mut run: Run = make(&engine(*tiers), bytes).expect("the program runs");
            let first = run(1).expect("it does not trap");
            assert_eq!(*sum.get_or_insert(first), first, "{name} gives another sum under {policy}");
            // The argument is the number of iterations, so one call does all that criterion asks for.
            c.bench_function(&format!("kernels/{name}/{policy}_ns_per_iteration"), |b| {
                b.iter_custom(|n| {
                    let start = Instant::now();
                    run(i32::try_from(n).unwrap_or(i32::MAX)).expect("it does not trap");
                    start.elapsed()
                });
            });
        }
    }
}

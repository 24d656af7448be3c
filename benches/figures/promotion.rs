//! ns from the first call of a cold program to the moment when what is hot in it is native code.
#![cfg_attr(not(feature = "jit"), allow(dead_code))]

use coracle::{Config, Engine, Linker, Module, Store, TierChange, TierPolicy};
use criterion::Criterion;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A function that is called over and over, and a loop that runs on and on.
const TEXT: &str = r#"(module
    (func (export "call") (param $x i32) (result i32)
        (i32.mul (i32.add (local.get $x) (i32.const 7)) (i32.const 31)))
    (func (export "loop") (param $n i32) (result i32) (local $x i32)
        (loop $again
            (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 31)) (local.get $n)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $x)))"#;

/// Turns of the loop in one call: far more than it takes to be hot, and few enough to look at the clock in between.
const TURNS: i32 = 2_000_000;

/// From cold to native, once: the time until a change that is waited for.
fn once(export: &str, argument: i32, awaited: fn(&TierChange) -> bool) -> coracle::Result<Duration> {
    let seen = Arc::new(AtomicBool::new(false));
    let log = seen.clone();
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Background).tier_log(move |event| {
        if awaited(&event.change) {
            log.store(true, Ordering::Release);
        }
    });
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, TEXT)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    let func = instance.get_typed_func::<i32, i32>(&mut store, export)?;
    let start = Instant::now();
    while !seen.load(Ordering::Acquire) {
        func.call(&mut store, argument)?;
        assert!(start.elapsed() < Duration::from_secs(20), "{export} is not promoted");
    }
    Ok(start.elapsed())
}

/// A bench: its name, the export that it calls, the argument, and the change that it waits for.
type Row = (&'static str, &'static str, i32, fn(&TierChange) -> bool);

/// Until a function is native, and until a running loop is.
#[cfg(feature = "jit")]
pub(crate) fn promotion(c: &mut Criterion) {
    let rows: [Row; 2] = [
        ("promotion/call_to_native_ns", "call", 5, |change| matches!(change, TierChange::Promoted { .. })),
        ("promotion/loop_to_native_ns", "loop", TURNS, |change| matches!(change, TierChange::LoopEntered { .. })),
    ];
    for (name, export, argument, awaited) in rows {
        c.bench_function(name, |b| {
            b.iter_custom(|n| (0..n).map(|_| once(export, argument, awaited).expect("it does not trap")).sum());
        });
    }
}

/// Without a compiler nothing is promoted.
#[cfg(not(feature = "jit"))]
pub(crate) fn promotion(_: &mut Criterion) {}

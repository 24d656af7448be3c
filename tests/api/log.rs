//! The tier log, where its closure does not do as it should.

use crate::engine;
use coracle::{Inlining, Instance, Module, Result, Store, TierChange, TierPolicy};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const LOOPS: &str = r#"(module $ROUND
    (func $step (param i32) (result i32) (i32.add (local.get 0) (i32.const 3)))
    (func (export "run") (param $n i32) (result i32) (local $sum i32)
        (loop $l
            (local.set $sum (call $step (local.get $sum)))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum)))"#;

#[test]
fn a_log_that_panics_changes_nothing() -> Result<()> {
    for tier in [TierPolicy::Sync(1), TierPolicy::Background, TierPolicy::Eager] {
        let promoted = Arc::new(AtomicUsize::new(0));
        let counter = promoted.clone();
        let engine = engine(tier, |config| {
            // Small as it is, the function that is called would be part of the other.
            config.compiler_inlining(Inlining::No).tier_log(move |event| {
                if matches!(event.change, TierChange::Promoted { .. }) {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
                panic!("the log of {event}");
            });
        })?;
        // Two modules, one after the other: the thread that compiles outlives the first panic, and so does the queue.
        for round in 1..=2 {
            let module = Module::new(&engine, LOOPS.replace("ROUND", &format!("round{round}")))?;
            let mut store = Store::new(&engine, ());
            let run = Instance::new(&mut store, &module, &[])?.get_typed_func::<i32, i32>(&mut store, "run")?;
            // By the clock: once one of them is native, calls take no time, and the thread that compiles takes some.
            let end = Instant::now() + Duration::from_secs(60);
            while promoted.load(Ordering::SeqCst) < round * 2 {
                assert_eq!(run.call(&mut store, 1000)?, 3000, "{tier:?}");
                assert!(Instant::now() < end, "{tier:?}: nothing more was compiled");
            }
            assert_eq!(run.call(&mut store, 1000)?, 3000, "{tier:?}");
        }
    }
    Ok(())
}

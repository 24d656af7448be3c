//! A loop of an adapter gets hot while it runs, and goes on in native code.
#![cfg(feature = "jit")]

use coracle::component::{Component, Linker};
use coracle::{Config, Engine, Store, TierChange, TierPolicy};
use std::sync::{Arc, Mutex};

/// One guest passes a list of strings to another: the adapter between them goes through it.
const LISTS: &str = r#"(component
  (component $callee
    (core module $callee
      (memory (export "mem") 4)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $top (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (local.get 3))))
      (func (export "sum") (param $at i32) (param $len i32) (result i32) (local $sum i32)
        (global.set $top (i32.const 1024))
        (loop $next
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
            (i32.add (i32.load8_u (i32.load (local.get $at))) (i32.load offset=4 (local.get $at)))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if $next (local.tee $len (i32.sub (local.get $len) (i32.const 1)))))
        (local.get $sum)))
    (core instance $i (instantiate $callee))
    (func (export "sum") (param "x" (list string)) (result u32)
      (canon lift (core func $i "sum") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))
  (component $caller
    (import "sum" (func $sum (param "x" (list string)) (result u32)))
    (core module $memory (memory (export "mem") 1) (data (i32.const 0) "abcdefghijklmnopqrstuvwxyz"))
    (core instance $memory (instantiate $memory))
    (core func $sum (canon lower (func $sum) (memory (core memory $memory "mem"))))
    (core module $caller
      (import "m" "mem" (memory 1))
      (import "m" "sum" (func $sum (param i32 i32) (result i32)))
      (func (export "run") (param $n i32) (result i32) (local $i i32)
        (loop $next
          (i32.store offset=4096 (i32.mul (local.get $i) (i32.const 8)) (i32.rem_u (local.get $i) (i32.const 20)))
          (i32.store offset=4100 (i32.mul (local.get $i) (i32.const 8)) (i32.rem_u (local.get $i) (i32.const 7)))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (call $sum (i32.const 4096) (local.get $n))))
    (core instance $i (instantiate $caller
      (with "m" (instance (export "mem" (memory $memory "mem")) (export "sum" (func $sum))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
  (instance $c (instantiate $callee))
  (instance $r (instantiate $caller (with "sum" (func $c "sum"))))
  (export "run" (func $r "run")))"#;

#[test]
fn of_an_adapter() {
    let mut sums = Vec::new();
    for policy in [TierPolicy::Off, TierPolicy::Sync(1), TierPolicy::Sync(50), TierPolicy::Sync(100), TierPolicy::Eager]
    {
        let entered: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = entered.clone();
        let mut config = Config::new();
        config.tier_policy(policy).tier_log(move |event| match event.change {
            TierChange::LoopEntered { .. } if event.module.is_none() => log.lock().unwrap().push(event.to_string()),
            TierChange::Refused { .. } => panic!("{event}"),
            _ => {}
        });
        let engine = Engine::new(&config).expect("the settings fit together");
        let component = Component::new(&engine, LISTS).expect("a component");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &component).expect("no imports");
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run").expect("exported");
        let results = [1, 3, 500, 1000].map(|n| run.call(&mut store, (n,)).expect("no trap").0);
        sums.push(results);
        // The guests' modules have names, the adapter's has none.
        if matches!(policy, TierPolicy::Sync(50 | 100)) {
            assert!(!entered.lock().unwrap().is_empty(), "{policy:?}");
        }
    }
    assert!(sums.iter().all(|results| *results == sums[0]), "{sums:?}");
}

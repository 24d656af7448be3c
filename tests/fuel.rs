//! The same fuel in every tier: what a run takes, and where a budget ends.
#![cfg(feature = "jit")]

#[path = "fuel/support.rs"]
mod support;

use coracle::{
    Caller, Config, Engine, Instance, Linker, Module, OperatorCost, Result, Store, TierPolicy, UpdateDeadline,
};
use support::{TIERS, engine, outcome, outcome_in_turns};

/// Fuel is charged at each kind of place: loops that are left in the middle, calls of each kind, arms, tables, returns
/// of none, one and two values. The memory shows how far a run came.
const PROGRAM: &str = r#"
(module
  (memory (export "memory") 1)
  (table funcref (elem $one $two))
  (type $unary (func (param i32) (result i32)))
  (func $one (type $unary) (local i32) (local.set 1 (i32.const 1)) (i32.add (local.get 0) (local.get 1)))
  (func $two (type $unary) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 5)) (else (local.get 0))))
  (func $pair (param i32) (result i32 i32)
    (br_if 0 (i32.const 1) (i32.const 2) (i32.lt_u (local.get 0) (i32.const 2)))
    (drop) (drop)
    (local.get 0) (i32.const 7))
  (func $nothing (param i32) (return))
  (func $fact (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $fact (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 0) (local.get 1))))
  (func $mark (param i32) (i32.store8 (local.get 0) (i32.add (i32.load8_u (local.get 0)) (i32.const 1))))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32) (local $i i32)
    (loop $outer
      (call $mark (i32.const 0))
      (local.set $i (i32.const 3))
      (block $out
        (loop $inner
          (br_if $out (i32.gt_u (local.get $sum) (i32.const 1000)))
          (i32.store8 (i32.const 1) (local.get $i))
          (br_if $inner (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
      (block $c (block $b (block $a (br_table $a $b $c (i32.and (local.get $n) (i32.const 3))))
        (local.set $sum (i32.add (local.get $sum) (i32.const 1))) (br $c))
        (local.set $sum (i32.add (local.get $sum) (i32.const 2))))
      (call $mark (i32.const 2))
      (local.set $sum (i32.add (local.get $sum)
        (call_indirect (type $unary) (local.get $n) (i32.and (local.get $n) (i32.const 1)))))
      (call $nothing (local.get $sum))
      (local.set $sum (i32.add (local.get $sum) (i32.mul (call $pair (local.get $n)))))
      (call $mark (i32.const 3))
      (local.set $sum (i32.add (local.get $sum) (call $fact (i32.const 4) (i32.const 0))))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
"#;

#[test]
fn a_budget_ends_at_the_same_place() {
    let modules = TIERS.map(|tier| Module::new(&engine(tier), PROGRAM).expect("valid"));
    let whole = outcome(&modules[0], 6, 1 << 30);
    assert!(whole.contains("left"), "{whole}");
    for fuel in 0..400 {
        let reference = outcome(&modules[0], 6, fuel);
        for (module, tier) in modules.iter().zip(TIERS).skip(1) {
            assert_eq!(reference, outcome(module, 6, fuel), "{fuel} of fuel, {tier:?}");
        }
    }
    for (module, tier) in modules.iter().zip(TIERS) {
        assert_eq!(whole, outcome(module, 6, 1 << 30), "{tier:?}");
    }
}

#[test]
fn who_gives_way_comes_as_far() {
    for tier in TIERS {
        let module = Module::new(&engine(tier), PROGRAM).expect("valid");
        for fuel in (0..400).step_by(7).chain([1 << 30]) {
            let whole = outcome(&module, 6, fuel);
            for interval in [1, 10, 50, 1 << 20] {
                let (end, turns) = outcome_in_turns(&module, 6, fuel, interval);
                assert_eq!(end, whole, "{tier:?}, {fuel} in turns of {interval}");
                assert!(turns <= fuel / interval, "{tier:?}, {fuel} in {turns} turns of {interval}");
                assert!(turns > 0 || interval > 50 || fuel <= 60, "{tier:?}, {fuel} in turns of {interval}");
            }
        }
    }
}

/// Bulk operations, short and long ones, growth, and marks between them that show how far a run came.
const BULK: &str = r#"
(module
  (memory (export "memory") 1 8)
  (memory $other 1)
  (data $data "0123456789abcdef")
  (table $t 10 100 funcref)
  (table $u 20 funcref)
  (elem $elem func $f $f $f $f $f)
  (func $f)
  (func $mark (param i32) (i32.store8 (local.get 0) (i32.const 1)))
  (func (export "run") (param $n i32) (result i32)
    (memory.fill (i32.const 100) (i32.const 1) (i32.const 20))
    (memory.copy (i32.const 200) (i32.const 100) (i32.const 20))
    (call $mark (i32.const 0))
    (memory.fill (i32.const 1000) (i32.const 1) (local.get $n))
    (call $mark (i32.const 1))
    (memory.copy (i32.const 3000) (i32.const 1000) (local.get $n))
    (call $mark (i32.const 2))
    (memory.copy $other 0 (i32.const 0) (i32.const 1000) (local.get $n))
    (memory.init $data (i32.const 5000) (i32.const 1) (i32.const 11))
    (call $mark (i32.const 3))
    (table.init $u $elem (i32.const 2) (i32.const 0) (i32.const 5))
    (table.copy $t $u (i32.const 0) (i32.const 1) (i32.const 9))
    (table.fill $u (i32.const 0) (ref.func $f) (i32.const 19))
    (call $mark (i32.const 4))
    (drop (table.grow $t (ref.null func) (i32.const 30)))
    (drop (table.grow $t (ref.null func) (i32.const 300)))
    (call $mark (i32.const 5))
    (drop (memory.grow (i32.const 3)))
    (drop (memory.grow (i32.const 300)))
    (memory.size)))
"#;

#[test]
fn bulk_operations_cost_by_the_byte_and_element_alike() {
    let modules = TIERS.map(|tier| Module::new(&engine(tier), BULK).expect("valid"));
    for fuel in (0..1000).step_by(7).chain([1 << 30]) {
        let reference = outcome(&modules[0], 200, fuel);
        for (module, tier) in modules.iter().zip(TIERS).skip(1) {
            assert_eq!(reference, outcome(module, 200, fuel), "{fuel} of fuel, {tier:?}");
        }
    }
    let left = |n: i32| {
        let end = outcome(&modules[0], n, 1 << 30);
        let left = end.split([' ', ',']).nth(2).and_then(|left| left.parse::<u64>().ok());
        left.unwrap_or_else(|| panic!("{end}"))
    };
    // Each of three operations costs a unit for each byte.
    assert_eq!(left(200) - left(1200), 3000);
    // The rest of it: bytes 20 + 20 + 11, elements 5 + 9 + 19 + 30; pages and what does not grow cost nothing.
    let instructions = (1 << 30) - left(0) - (51 + 63);
    assert!((60..120).contains(&instructions), "{instructions}");
}

#[test]
fn what_is_not_paid_for_is_not_begun() {
    let text = r#"(module (memory (export "memory") 16384)
        (func (export "run") (param i32) (result i32)
            (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x4000_0000)) (br 0)) (unreachable)))"#;
    for tier in TIERS {
        let module = Module::new(&engine(tier), text).expect("valid");
        let begun = std::time::Instant::now();
        let end = outcome(&module, 0, 2000);
        assert_eq!(end, "wasm trap: all fuel consumed by WebAssembly, [0, 0, 0, 0, 0, 0, 0, 0]", "{tier:?}");
        assert!(begun.elapsed().as_secs() < 2, "{tier:?}: {:?}", begun.elapsed());
        let far = text.replace("0x4000_0000", "0x4000_0001");
        let far = Module::new(module.engine(), far).expect("valid");
        assert!(outcome(&far, 0, 2000).contains("out of bounds"), "{tier:?}: bounds come before the price");
    }
}

#[test]
fn costs_are_the_embedders_in_every_tier() {
    let text = r#"(module (memory (export "memory") 1 8)
        (func (export "run") (param i32) (result i32)
            (memory.fill (i32.const 0) (i32.const 7) (i32.const 40))
            (drop (memory.grow (i32.const 2)))
            (drop (memory.grow (i32.const 200)))
            (i32.mul (i32.mul (local.get 0) (i32.const 3)) (i32.const 5))))"#;
    let mut costs = OperatorCost { I32Mul: 100, LocalGet: 0, ..OperatorCost::default() };
    (costs.variable.memory_fill_per_byte, costs.variable.memory_grow_per_page) = (3, 7);
    for tier in TIERS {
        let mut config = Config::new();
        config.tier_policy(tier).consume_fuel(true);
        let mut left = Vec::new();
        for costs in [None, Some(costs.clone())] {
            if let Some(costs) = costs {
                config.operator_cost(costs);
            }
            let module = Module::new(&Engine::new(&config).expect("the settings fit"), text).expect("valid");
            let mut store = Store::new(module.engine(), ());
            store.set_fuel(10_000).expect("fuel is on");
            let instance = Instance::new(&mut store, &module, &[]).expect("no imports");
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
            assert_eq!(run.call(&mut store, 2).expect("there is enough"), 30);
            left.push(store.get_fuel().expect("fuel is on"));
        }
        // The start, thirteen operators that cost something, forty bytes.
        assert_eq!(left[0], 10_000 - 1 - 13 - 40, "{tier:?}");
        assert_eq!(left[0] - left[1], 2 * 99 + 40 * 2 + 2 * 7 - 1, "{tier:?}");
    }
}

/// Ways out of running code and back: the host looks at the fuel and sets it, the host calls a guest, a guest throws past
/// others, an epoch ends; and something faults, if `run` is told so.
const WAYS: &str = r#"
(module
  (import "" "look" (func $look (param i32)))
  (import "" "again" (func $again (param i32)))
  (tag $tag (param i32))
  (memory 1)
  (func $thrower (param i32) (local i32)
    (local.set 1 (i32.add (local.get 0) (i32.const 1)))
    (if (local.get 1) (then (throw $tag (local.get 1))))
    (unreachable))
  (func $passer (param i32) (call $thrower (local.get 0)) (call $look (local.get 0)))
  (func (export "inner") (param $n i32)
    (loop $turn (br_if $turn (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $look (local.get $n)))
  (func (export "run") (param $n i32) (result i32)
    (call $look (i32.const 1))
    (call $again (i32.const 5))
    (call $look (block $caught (result i32)
      (try_table (catch $tag $caught) (call $passer (i32.const 1)))
      (unreachable)))
    (call $look (block $caught (result i32)
      (try_table (catch $tag $caught) (throw $tag (i32.const 3)))
      (unreachable)))
    (drop (memory.grow (i32.const 1)))
    (call $again (i32.const 2))
    (drop (i32.load (i32.mul (local.get $n) (i32.const 0x10000000))))
    (local.get $n)))
"#;

/// What fuel the host has seen at each look, and what is left, in one tier.
fn looks(tier: TierPolicy, n: i32) -> Vec<u64> {
    let mut config = Config::new();
    config.tier_policy(tier).consume_fuel(true).epoch_interruption(true);
    let engine = Engine::new(&config).expect("the settings fit");
    let module = Module::new(&engine, WAYS).expect("valid");
    let mut store = Store::new(&engine, Vec::new());
    store.set_fuel(100_000).expect("fuel is on");
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        let fuel = store.get_fuel()?;
        store.data_mut().push(fuel);
        store.set_fuel(fuel - 7_000)?;
        Ok(UpdateDeadline::Continue(1))
    });
    let mut linker = Linker::<Vec<u64>>::new(&engine);
    let look = |mut caller: Caller<'_, Vec<u64>>, n: i32| -> Result<()> {
        let fuel = caller.get_fuel()?;
        caller.data_mut().push(fuel);
        caller.engine().increment_epoch();
        caller.set_fuel(fuel - 1_000 * n as u64)
    };
    let again = |mut caller: Caller<'_, Vec<u64>>, n: i32| -> Result<()> {
        let inner = caller.get_export("inner").and_then(|inner| inner.into_func()).expect("exported");
        inner.typed::<i32, ()>(&caller)?.call(&mut caller, n)
    };
    linker.func_wrap("", "look", look).expect("a name of its own");
    linker.func_wrap("", "again", again).expect("a name of its own");
    let instance = linker.instantiate(&mut store, &module).expect("imports are there");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    for _ in 0..2 {
        assert_eq!(run.call(&mut store, n).is_err(), n > 0, "{tier:?}");
        let fuel = store.get_fuel().expect("fuel is on");
        store.data_mut().push(fuel);
    }
    store.into_data()
}

#[test]
fn whoever_leaves_running_code_knows_the_count() {
    for n in [0, 1] {
        let reference = looks(TIERS[0], n);
        assert!(reference.len() > 12, "{reference:?}");
        for tier in TIERS {
            assert_eq!(looks(tier, n), reference, "{tier:?}");
        }
    }
}

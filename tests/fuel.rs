//! The same fuel in every tier: what a run takes, and where a budget ends.
#![cfg(feature = "jit")]

use coracle::{Config, Engine, Instance, Module, Store, TierPolicy, Trap};
use std::{fs, path::Path};

/// The interpreter as it is, and while it counts; everything compiled at its first call or turn; everything at load.
const TIERS: [TierPolicy; 5] =
    [TierPolicy::Off, TierPolicy::InterpreterOnly, TierPolicy::Sync(1), TierPolicy::Sync(3), TierPolicy::Eager];

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

fn engine(policy: TierPolicy) -> Engine {
    let mut config = Config::new();
    config.tier_policy(policy).consume_fuel(true);
    Engine::new(&config).expect("the settings fit together")
}

/// How a run ends with so much fuel: its result or trap, what is left, and the first bytes of memory.
fn outcome(module: &Module, n: i32, fuel: u64) -> String {
    let mut store = Store::new(module.engine(), ());
    store.set_fuel(fuel).expect("fuel is on");
    let instance = Instance::new(&mut store, module, &[]).expect("no imports");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    let end = match run.call(&mut store, n) {
        Ok(value) => format!("{value:#x}, {} left", store.get_fuel().expect("fuel is on")),
        Err(error) => error.downcast_ref::<Trap>().map_or_else(|| format!("{error:?}"), Trap::to_string),
    };
    let memory = instance.get_memory(&mut store, "memory").expect("exported");
    format!("{end}, {:?}", &memory.data(&store)[..8])
}

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
fn programs_take_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
    let Ok(files) = fs::read_dir(&folder) else {
        println!("skipped: not found: the bench programs");
        return;
    };
    let mut ran = 0;
    for file in files.flatten().filter(|file| file.path().extension().is_some_and(|ext| ext == "wasm")) {
        // The largest takes long to compile in a debug build.
        let bytes = fs::read(file.path()).expect("readable");
        let tiers = if bytes.len() > 500_000 { &TIERS[..2] } else { &TIERS[..] };
        let outcomes: Vec<String> = tiers
            .iter()
            .map(|&tier| outcome(&Module::new(&engine(tier), &bytes).expect("valid"), 1, 1 << 40))
            .collect();
        assert!(outcomes.iter().all(|end| *end == outcomes[0]), "{}: {outcomes:?}", file.path().display());
        ran += 1;
    }
    println!("{ran} programs");
}

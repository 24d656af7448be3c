//! The same fuel in every tier: what a run takes, and where a budget ends.
#![cfg(feature = "jit")]

#[path = "fuel/support.rs"]
mod support;

use coracle::Module;
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

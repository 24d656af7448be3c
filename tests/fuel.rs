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
    // The rest of it: bytes 20 + 20 + 11, elements 5 + 9 + 19 + 30, and 3 pages; what does not grow costs nothing.
    let instructions = (1 << 30) - left(0) - (51 + 63 + 3);
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

//! The same program in every tier: the same results, the same traps.
//!
//! Each case is a module and calls of its exports; it runs with the interpreter alone, with everything compiled at
//! the first call or turn of a loop, at the N-th, at load, and in the background while it runs.
#![cfg(feature = "jit")]

use coracle::{Config, Engine, Module, Store, TierChange, TierEvent, TierPolicy, Val};

#[path = "tiers/exceptions.rs"]
mod exceptions;
#[path = "tiers/fused.rs"]
mod fused;
#[path = "tiers/inlined.rs"]
mod inlined;
#[path = "tiers/memories.rs"]
mod memories;
#[path = "tiers/small.rs"]
mod small;
#[path = "tiers/support.rs"]
mod support;
#[path = "tiers/turns.rs"]
mod turns;
#[path = "tiers/vectors.rs"]
mod vectors;

use support::{call, engine, link, loops_entered, outcome, promoted};

/// Every tier setting, in the order in which results are compared: the first is the reference.
fn policies() -> Vec<TierPolicy> {
    let sync = [1, 2, 7, 100].map(TierPolicy::Sync);
    [&[TierPolicy::Off, TierPolicy::InterpreterOnly][..], &sync, &[TierPolicy::Eager, TierPolicy::Background]].concat()
}

/// Runs `(export, arguments)` in this order in one instance, several times over.
fn run(engine: &Engine, wat: &str, calls: &[(&str, &[Val])], rounds: usize) -> Vec<String> {
    let module = Module::new(engine, wat).expect("the module is valid");
    let mut store = Store::new(engine, 0);
    // Where the engine has epochs, none ends here.
    store.set_epoch_deadline(1);
    let charged = store.set_fuel(1 << 40).is_ok();
    let instance = link(engine, &mut store, &module);
    let mut outcomes = Vec::new();
    for _ in 0..rounds {
        for (export, args) in calls {
            let func = instance.get_func(&mut store, export).expect("the export is there");
            let outcome = call(&mut store, &func, args);
            let left =
                if charged { format!(", {} left", store.get_fuel().expect("it is charged")) } else { String::new() };
            outcomes.push(format!("{export}: {outcome}{left}"));
        }
    }
    outcomes
}

/// What a program came to, and the log of each tier.
type Outcome = (Vec<String>, Vec<(TierPolicy, Vec<TierEvent>)>);

/// The same outcomes in every tier; gives back the reference and the log of each tier.
fn same(wat: &str, calls: &[(&str, &[Val])], rounds: usize) -> Outcome {
    same_with(wat, calls, rounds, |_| ())
}

/// The same in engines whose settings are changed so.
fn same_with(wat: &str, calls: &[(&str, &[Val])], rounds: usize, change: impl Fn(&mut Config)) -> Outcome {
    let mut reference: Option<Vec<String>> = None;
    let mut logs = Vec::new();
    for reserve in [true, false] {
        for policy in policies() {
            let (engine, log) = engine(policy, |config| {
                change(config);
                if !reserve {
                    config.memory_reservation(0);
                }
            });
            let outcomes = run(&engine, wat, calls, rounds);
            match &reference {
                None => reference = Some(outcomes),
                Some(expected) => {
                    for (i, (got, wanted)) in outcomes.iter().zip(expected).enumerate() {
                        assert_eq!(got, wanted, "call {i} under {policy:?}, reserved memories: {reserve}");
                    }
                }
            }
            let events = log.lock().unwrap().clone();
            logs.push((policy, events));
        }
    }
    (reference.expect("there are policies"), logs)
}

#[test]
fn arithmetic() {
    let wat = r#"(module
        (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
        (func (export "rem") (param i32 i32) (result i32) (i32.rem_s (local.get 0) (local.get 1)))
        (func (export "divu") (param i64 i64) (result i64) (i64.div_u (local.get 0) (local.get 1)))
        (func (export "bits") (param i32) (result i32 i32 i32 i32)
            (i32.clz (local.get 0)) (i32.ctz (local.get 0)) (i32.popcnt (local.get 0))
            (i32.rotl (local.get 0) (i32.const 35)))
        (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
        (func (export "sat") (param f64) (result i64) (i64.trunc_sat_f64_u (local.get 0)))
        (func (export "floats") (param f64 f64) (result f64 f64 f64 f64 f64 f64 f64)
            (f64.add (local.get 0) (local.get 1)) (f64.min (local.get 0) (local.get 1))
            (f64.max (local.get 0) (local.get 1)) (f64.copysign (local.get 0) (local.get 1))
            (f64.nearest (local.get 0)) (f64.sqrt (local.get 0)) (f64.promote_f32 (f32.demote_f64 (local.get 1))))
        (func (export "wide") (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))"#;
    let f = |x: f64| Val::F64(x.to_bits());
    let calls: &[(&str, &[Val])] = &[
        ("div", &[Val::I32(-7), Val::I32(2)]),
        ("div", &[Val::I32(1), Val::I32(0)]),
        ("div", &[Val::I32(i32::MIN), Val::I32(-1)]),
        ("rem", &[Val::I32(i32::MIN), Val::I32(-1)]),
        ("rem", &[Val::I32(1), Val::I32(0)]),
        ("divu", &[Val::I64(-1), Val::I64(3)]),
        ("bits", &[Val::I32(0)]),
        ("bits", &[Val::I32(0x0f10_0000)]),
        ("trunc", &[f(-3.9)]),
        ("trunc", &[f(f64::NAN)]),
        ("trunc", &[f(1e10)]),
        ("sat", &[f(-1.0)]),
        ("sat", &[f(1e30)]),
        ("floats", &[f(-0.0), f(0.0)]),
        ("floats", &[f(f64::NAN), f(1.5)]),
        ("floats", &[f(2.5), f(f64::INFINITY)]),
        ("floats", &[f(-1.0), Val::F64(0x7ff8_0000_0000_1234)]),
        ("wide", &[Val::I64(-1), Val::I64(-1)]),
    ];
    let (_, logs) = same(wat, calls, 12);
    for (policy, events) in
        logs.iter().filter(|(policy, _)| matches!(policy, TierPolicy::Sync(1 | 2) | TierPolicy::Eager))
    {
        assert_eq!(promoted(events), 8, "{policy:?}: {events:?}");
    }
}

/// Three loops in each other, with a branch from the innermost to the head of the outermost.
const NEST: &str = r#"(module
    (memory 1)
    (func $nest (export "nest") (param $n i32) (result i64)
        (local $i i32) (local $j i32) (local $k i32) (local $sum i64) (local $f f64)
        (block $out
            (loop $a
                (local.set $j (i32.const 0))
                (loop $b
                    (local.set $k (i32.const 0))
                    (br_if $out (i32.gt_u (local.get $i) (i32.const 1000)))
                    (loop $c
                        (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))
                            (i64.extend_i32_u (i32.add (i32.mul (local.get $i) (i32.const 100))
                                (i32.add (i32.mul (local.get $j) (i32.const 10)) (local.get $k))))))
                        (i64.store (i32.shl (local.get $k) (i32.const 3)) (local.get $sum))
                        (local.set $f (f64.add (local.get $f) (f64.const 0.5)))
                        (local.set $k (i32.add (local.get $k) (i32.const 1)))
                        (if (i64.eq (i64.rem_u (local.get $sum) (i64.const 7)) (i64.const 3))
                            (then
                                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                                (br_if $a (i32.lt_u (local.get $i) (local.get $n)))))
                        (br_if $c (i32.lt_u (local.get $k) (local.get $n))))
                    (local.set $j (i32.add (local.get $j) (i32.const 1)))
                    (br_if $b (i32.lt_u (local.get $j) (local.get $n))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $a (i32.lt_u (local.get $i) (local.get $n)))))
        (i64.add (i64.add (local.get $sum) (i64.load (i32.const 8))) (i64.trunc_f64_s (local.get $f))))
    ;; A loop with parameters, below operands that wait for its end; some of them are constants.
    (func (export "params") (param $n i32) (result i32)
        (local.get $n)
        (i32.const 1000)
        (i32.mul (local.get $n) (i32.const 3))
        (i32.const 0)
        (local.get $n)
        (loop (param i32 i32) (result i32)
            (local.set $n)
            (local.get $n)
            (i32.add)
            (i32.sub (local.get $n) (i32.const 1))
            (local.tee $n)
            (local.get $n)
            (br_if 0)
            (drop))
        (i32.sub) (i32.xor) (i32.add))
    ;; A trap in the middle of a loop that was taken over.
    (func (export "fault") (param $n i32) (result i32)
        (loop
            (i32.store (local.get $n) (i32.const 1))
            (local.set $n (i32.add (local.get $n) (i32.const 4096)))
            (br 0))
        (unreachable)))"#;

/// Loops that cannot be reached are counted like others: native code must go on in the loop that got hot.
const SKIPPED: &str = r#"(module
      ;; The first loop is skipped; the second multiplies, the third adds.
      (func (export "skipped") (param $n i32) (result i32) (local $i i32) (local $x i32)
        (local.set $x (i32.const 1))
        (block
          (br 0)
          (loop (local.set $x (i32.const 77)) (br_if 0 (local.get $n))))
        (local.set $i (local.get $n))
        (loop
          (local.set $x (i32.mul (local.get $x) (i32.const 3)))
          (br_if 0 (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (local.set $i (local.get $n))
        (loop
          (local.set $x (i32.add (local.get $x) (i32.const 5)))
          (br_if 0 (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (local.get $x))
      ;; Nested ones, behind a table, a return and `unreachable`, in a branch that is never taken.
      (func (export "nested") (param $n i32) (result i32) (local $i i32) (local $x i32)
        (block $a
          (block $b
            (block $c (br_table $a $b $a (i32.const 1)))
            (loop (loop (br_if 1 (local.get $n)) (br_if 0 (local.get $n))) (block (loop)))
            (local.set $x (i32.const 9)))
          (if (i32.eqz (local.get $n))
            (then (return (i32.const -1)) (loop (br 0)))
            (else (if (i32.lt_s (local.get $n) (i32.const 0)) (then (unreachable) (loop (loop (br 1)))))))
          (local.set $i (local.get $n))
          (loop $outer
            (local.set $x (i32.add (local.get $x) (i32.const 100)))
            (block (br 0) (loop))
            (loop $inner
              (local.set $x (i32.add (local.get $x) (i32.const 1)))
              (br_if $inner (i32.and (local.get $x) (i32.const 3))))
            (br_if $outer (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
        (local.get $x)))"#;

#[test]
fn loops_that_cannot_be_reached() {
    let calls: &[(&str, &[Val])] = &[
        ("skipped", &[Val::I32(4)]),
        ("skipped", &[Val::I32(300)]),
        ("nested", &[Val::I32(0)]),
        ("nested", &[Val::I32(300)]),
        ("nested", &[Val::I32(-1)]),
    ];
    let (reference, logs) = same(SKIPPED, calls, 3);
    assert_eq!(reference[0], "skipped: 101");
    assert!(logs.iter().any(|(_, events)| loops_entered(events).contains(&2)), "the third loop is entered");
}

#[test]
fn loops() {
    let calls: &[(&str, &[Val])] = &[
        ("nest", &[Val::I32(1)]),
        ("nest", &[Val::I32(3)]),
        ("nest", &[Val::I32(40)]),
        ("params", &[Val::I32(1)]),
        ("params", &[Val::I32(500)]),
        ("fault", &[Val::I32(0)]),
        ("fault", &[Val::I32(-5)]),
    ];
    let (reference, logs) = same(NEST, calls, 4);
    assert!(reference[5].contains("out of bounds memory access"), "{}", reference[5]);
    for (policy, events) in &logs {
        if matches!(policy, TierPolicy::Sync(7 | 100)) {
            assert!(!loops_entered(events).is_empty(), "{policy:?}: {events:?}");
        }
    }
}

/// Whatever the threshold, each loop of the nest is the one that is taken over first for some of them.
#[test]
fn every_depth_is_entered() {
    let mut entered = [false; 3];
    let (reference, _) = engine(TierPolicy::Off, |_| ());
    let expected = run(&reference, NEST, &[("nest", &[Val::I32(5)])], 1);
    for threshold in 1..40 {
        let (engine, log) = engine(TierPolicy::Sync(threshold), |_| ());
        assert_eq!(run(&engine, NEST, &[("nest", &[Val::I32(5)])], 1), expected, "at {threshold}");
        for index in loops_entered(&log.lock().unwrap()) {
            entered[index as usize] = true;
        }
    }
    assert_eq!(entered, [true; 3]);
}

/// What a body leaves behind that is refused half way must not reach the next one.
#[test]
fn a_refused_body_spoils_no_other() {
    // More blocks within each other than the compiler takes.
    let (open, close) = ("(if (local.get 0) (then ".repeat(1001), "))".repeat(1001));
    let wat = format!(
        r#"(module
        (func (export "deep") (param i32) (result i32)
            (block (br_if 0 (local.get 0)) (loop (br_if 0 (i32.eqz (i32.const 1)))))
            {open} {close}
            (local.get 0))
        (func (export "plain") (param i32) (result i32)
            (block (br_if 0 (local.get 0)) (return (i32.const 7)))
            (i32.add (local.get 0) (i32.const 1))))"#
    );
    let calls: &[(&str, &[Val])] =
        &[("deep", &[Val::I32(3)]), ("deep", &[Val::I32(3)]), ("plain", &[Val::I32(0)]), ("plain", &[Val::I32(4)])];
    for policy in [TierPolicy::Sync(1), TierPolicy::Eager] {
        let (engine, log) = engine(policy, |_| ());
        assert_eq!(run(&engine, &wat, calls, 1), ["deep: 3", "deep: 3", "plain: 7", "plain: 5"], "{policy:?}");
        let log = log.lock().unwrap();
        let mut refused = 0;
        for event in log.iter() {
            if let TierChange::Refused { reason } = &event.change {
                assert!(!reason.contains("failed"), "{event}");
                refused += 1;
            }
        }
        assert_eq!(refused, 1, "{policy:?}: {log:?}");
        assert!(log.iter().any(|event| matches!(event.change, TierChange::Promoted { .. })), "{policy:?}");
    }
}

#[test]
fn calls() {
    let wat = r#"(module
        (import "host" "add" (func $add (param i32 i32) (result i32)))
        (import "host" "fail" (func $fail (param i32) (result i32)))
        (import "host" "back" (func $back (param i32) (result i32)))
        (type $unary (func (param i32) (result i32)))
        (type $other (func (param i64) (result i32)))
        (table 8 funcref)
        (elem (i32.const 0) $inc $fib $fail $back $wide)
        (global $depth (mut i32) (i32.const 0))
        (func $inc (export "inc") (param i32) (result i32) (call $add (local.get 0) (i32.const 1)))
        (func $fib (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
                (then (local.get 0))
                (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                               (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
        (func $wide (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
        (func (export "through") (param i32 i32) (result i32)
            (call_indirect (type $unary) (local.get 1) (local.get 0)))
        (func (export "other") (param i32) (result i32)
            (call_indirect (type $other) (i64.const 77) (local.get 0)))
        ;; Host to guest to host and so on, `n` deep.
        (func $again (export "again") (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0))
                (then (i32.const 1))
                (else (i32.add (call $back (i32.sub (local.get 0) (i32.const 1))) (call $inc (local.get 0))))))
        (func $deep (export "deep") (param i32) (result i32)
            (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
        (func $even (export "even") (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
            (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
        (func $odd (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
            (return_call_indirect (type $unary) (i32.sub (local.get 0) (i32.const 1)) (i32.const 6)))
        (func (export "fill") (table.set (i32.const 6) (ref.func $even)))
        (elem declare func $even)
        (func $many (param i32) (result i32 i64 f32 f64 i32 i64 f32 f64)
            (local.get 0) (i64.const 2) (f32.const 3) (f64.const 4)
            (i32.const 5) (i64.const 6) (f32.const 7) (f64.const 8))
        (func (export "many") (param i32) (result i32 i64 f32 f64 i32 i64 f32 f64) (call $many (local.get 0)))
        (func (export "tail") (param i32) (result i32 i64 f32 f64 i32 i64 f32 f64) (return_call $many (local.get 0)))
        (func (export "trap") (unreachable)))"#;
    let calls: &[(&str, &[Val])] = &[
        ("fill", &[]),
        ("inc", &[Val::I32(41)]),
        ("fib", &[Val::I32(15)]),
        ("through", &[Val::I32(0), Val::I32(9)]),
        ("through", &[Val::I32(1), Val::I32(10)]),
        ("through", &[Val::I32(2), Val::I32(0)]),
        ("through", &[Val::I32(2), Val::I32(5)]),
        ("through", &[Val::I32(3), Val::I32(3)]),
        ("through", &[Val::I32(4), Val::I32(3)]),
        ("through", &[Val::I32(7), Val::I32(3)]),
        ("through", &[Val::I32(8), Val::I32(3)]),
        ("through", &[Val::I32(-1), Val::I32(3)]),
        ("other", &[Val::I32(4)]),
        ("other", &[Val::I32(0)]),
        ("again", &[Val::I32(20)]),
        ("deep", &[Val::I32(0)]),
        ("even", &[Val::I32(200_001)]),
        ("many", &[Val::I32(1)]),
        ("tail", &[Val::I32(1)]),
        ("trap", &[]),
    ];
    let (reference, _) = same(wat, calls, 4);
    for text in ["host says 5", "indirect call type mismatch", "uninitialized element", "call stack exhausted"] {
        assert!(reference.iter().any(|line| line.contains(text)), "{text}: {reference:?}");
    }
}

#[test]
fn memories_and_tables() {
    let wat = r#"(module
        (memory $m 1 4)
        (memory $n 1)
        (table $t 3 10 funcref)
        (data $d "hello, world")
        (func (export "grow") (param i32) (result i32 i32) (memory.grow (local.get 0)) (memory.size))
        (func (export "poke") (param i32) (result i32)
            (i32.store16 $n offset=3 (local.get 0) (i32.const -2)) (i32.load16_s $n offset=3 (local.get 0)))
        (func (export "far") (param i32) (result i64) (i64.load offset=4294967290 (local.get 0)))
        (func (export "edge") (param i32) (result i64) (i64.load (local.get 0)))
        (func (export "bulk") (param i32 i32 i32) (result i32)
            (memory.init $m $d (local.get 0) (i32.const 0) (i32.const 12))
            (memory.copy $n $m (local.get 1) (local.get 0) (local.get 2))
            (memory.fill $m (local.get 0) (i32.const 7) (local.get 2))
            (i32.add (i32.load8_u $m (local.get 0)) (i32.load $n (local.get 1))))
        (func (export "table") (param i32) (result i32 i32)
            (table.grow $t (ref.null func) (local.get 0)) (table.size $t))
        (func (export "null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
        (func (export "turn") (param i32) (result i32) (local i32)
            (loop
                (local.set 1 (i32.add (local.get 1) (i32.load (i32.mul (local.get 0) (i32.const 4)))))
                (i32.store (i32.mul (local.get 0) (i32.const 4)) (local.get 1))
                (if (i32.eq (local.get 0) (i32.const 50)) (then (drop (memory.grow (i32.const 1)))))
                (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#;
    let calls: &[(&str, &[Val])] = &[
        ("turn", &[Val::I32(100)]),
        ("grow", &[Val::I32(1)]),
        ("grow", &[Val::I32(100)]),
        ("poke", &[Val::I32(100)]),
        ("poke", &[Val::I32(65531)]),
        ("poke", &[Val::I32(65532)]),
        ("poke", &[Val::I32(-3)]),
        ("far", &[Val::I32(0)]),
        ("edge", &[Val::I32(131_064)]),
        ("edge", &[Val::I32(131_065)]),
        ("edge", &[Val::I32(262_137)]),
        ("edge", &[Val::I32(-1)]),
        ("bulk", &[Val::I32(10), Val::I32(20), Val::I32(12)]),
        ("bulk", &[Val::I32(10), Val::I32(65530), Val::I32(12)]),
        ("bulk", &[Val::I32(-1), Val::I32(0), Val::I32(0)]),
        ("table", &[Val::I32(2)]),
        ("table", &[Val::I32(100)]),
        ("null", &[Val::I32(0)]),
        ("null", &[Val::I32(100)]),
    ];
    same(wat, calls, 4);
}

/// An access that faults is named as the place, not the operator that takes what it loads.
#[test]
fn places_of_faults() {
    let wat = r#"(module (memory 1)
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 1) (i32.load (local.get 0))))
        (func (export "sub") (param i32 i32) (result i32)
            (i32.sub (i32.mul (local.get 1) (i32.const 7)) (i32.load offset=8 (local.get 0))))
        (func (export "compare") (param i32 i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 1) (i32.load (local.get 0)))
                (then (i32.const 4)) (else (i32.const 5))))
        (func (export "float") (param i32 f64) (result f64) (f64.mul (local.get 1) (f64.load (local.get 0))))
        (func (export "vector") (param i32 i32) (result i32)
            (i32x4.extract_lane 2 (i32x4.add (i32x4.splat (local.get 1)) (v128.load (local.get 0)))))
        (func (export "widened") (param i32 i32) (result i64)
            (i64.add (i64.extend_i32_s (local.get 1)) (i64.extend_i32_u (i32.load8_u (local.get 0)))))
        (func (export "in_place") (param i32 i32)
            (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (local.get 1))))
        (func (export "stored") (param i32 i32)
            (i32.store (i32.const 100) (i32.add (i32.const 1) (i32.load (local.get 0)))))
        (func $passed (export "passed") (param i32 i32) (result i32)
            (if (i32.eqz (local.get 1)) (then (return (local.get 0))))
            (call $passed (i32.xor (i32.const -1) (i32.and (local.get 1) (i32.load (local.get 0)))) (i32.const 0)))
        (func (export "selected") (param i32 i32)
            (i32.store (i32.const 100)
                (select (i32.const 4) (local.get 1) (i32.gt_s (i32.load (local.get 0)) (local.get 1)))))
        (func (export "vectors") (param i32 i32)
            (v128.store (i32.const 100)
                (f32x4.mul (f32x4.splat (f32.convert_i32_s (local.get 1))) (v128.load (local.get 0)))))
        (func (export "later") (param i32 i32) (result i32)
            (local i32)
            (local.set 2 (i32.load (local.get 0)))
            (i32.div_u (i32.const 5) (local.get 1))
            (i32.add (local.get 2))))"#;
    let at = [0, 65_536, -1].map(Val::I32);
    let mut args: Vec<(&str, Vec<Val>)> = Vec::new();
    for at in &at {
        for name in
            ["add", "sub", "compare", "vector", "widened", "in_place", "stored", "passed", "selected", "vectors"]
        {
            args.push((name, vec![*at, Val::I32(3)]));
        }
        args.push(("float", vec![*at, Val::F64(1.5f64.to_bits())]));
        args.extend([("later", vec![*at, Val::I32(3)]), ("later", vec![*at, Val::I32(0)])]);
    }
    let calls: Vec<(&str, &[Val])> = args.iter().map(|(name, args)| (*name, &args[..])).collect();
    same(wat, &calls, 3);
}

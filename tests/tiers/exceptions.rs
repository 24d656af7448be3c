//! Exceptions: thrown and caught in native code, in the interpreter, and from one to the other.

use crate::{engine, loops_entered, outcome, policies, same};
use coracle::{Instance, Linker, Module, Store, TierPolicy, Val};

/// Code that is never run and keeps a body out of the compiler: it nests deeper than that takes.
fn filler() -> String {
    format!("{}{}", "(if (i32.const 0) (then ".repeat(1001), "))".repeat(1001))
}

/// Throws and catches of each kind. `$between` stays in the interpreter.
fn program() -> String {
    format!(
        r#"(module
    (import "host" "back" (func $back (param i32) (result i32)))
    (import "host" "fail" (func $fail (param i32) (result i32)))
    (tag $e (param i32))
    (tag $v (param i64 v128 f32))
    (tag $n)
    (type $unary (func (param i32) (result i32)))
    (table funcref (elem $thrower $between $vector))
    (elem declare func $thrower)
    (func $thrower (type $unary)
        (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 3))) (then (throw $e (local.get 0))))
        (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 5))) (then (throw $n)))
        (i32.mul (local.get 0) (i32.const 2)))
    (func $vector (type $unary)
        (throw $v (i64.extend_i32_s (local.get 0)) (i32x4.splat (local.get 0)) (f32.const 0.5)))
    (func $between (type $unary) {filler} (call $thrower (local.get 0)))
    ;; Not caught here: the call has left.
    (func $tail (type $unary)
        (block $all (try_table (catch_all $all) (return_call $thrower (local.get 0))))
        (i32.const -77))
    ;; A value in a local and one below, with a local that the block has set before the call.
    (func (export "catch") (param i32 i32) (result i32) (local $x i32)
        (i32.const 1000)
        (block $caught (result i32)
            (block $other
                (try_table (result i32) (catch $e $caught) (catch $n $other)
                    (local.set $x (i32.const 7))
                    (call_indirect (type $unary) (local.get 0) (local.get 1))
                    (local.set $x (i32.const 9)))
                (br $caught))
            (i32.const -1))
        (i32.add) (i32.add (local.get $x)))
    (func (export "vector") (param i32) (result i64)
        (local $f f32) (local $v v128)
        (block $caught (result i64 v128 f32)
            (try_table (catch $v $caught) (drop (call $vector (local.get 0))))
            (unreachable))
        (local.set $f) (local.set $v)
        (i64.add (i64x2.extract_lane 1 (local.get $v)))
        (i64.add (i64.trunc_f32_s (f32.mul (local.get $f) (f32.const 8)))))
    ;; Blocks within each other: inner clauses first, what they do not take goes on.
    (func (export "nested") (param i32) (result i32)
        (block $outer (result i32)
            (block $inner
                (try_table (result i32) (catch $e $outer)
                    (try_table (result i32) (catch $n $inner)
                        (call_ref $unary (local.get 0) (ref.func $thrower)))
                    (i32.add (i32.const 1)))
                (return))
            (i32.const 50)))
    (func (export "here") (param i32) (result i32)
        (block $e (result i32)
            (block $all
                (try_table (catch $e $e) (catch_all $all)
                    (if (local.get 0) (then (throw $e (i32.const 3))))
                    (throw $n))
                (unreachable))
            (i32.const 4)))
    ;; By reference: kept in a local, thrown again later, caught again.
    (func (export "again_by_ref") (param i32) (result i32) (local $x exnref)
        (block $e (result i32)
            (try_table (result i32) (catch $e $e)
                (block $all (result exnref)
                    (try_table (result i32) (catch_all_ref $all) (call $between (local.get 0)))
                    (return))
                (local.set $x)
                (if (i32.eq (local.get 0) (i32.const 10)) (then (throw_ref (ref.null exn))))
                (throw_ref (local.get $x)))))
    (func (export "ref") (param i32) (result i32)
        (block $e (result i32 exnref)
            (try_table (result i32) (catch_ref $e $e) (call $thrower (local.get 0)))
            (return))
        (drop) (i32.add (i32.const 100)))
    (func (export "through_tail") (param i32) (result i32)
        (block $e (result i32)
            (try_table (result i32) (catch $e $e) (call $tail (local.get 0)))
            (i32.add (i32.const 10000))))
    ;; A loop in the block, which is taken over while it runs, with operands below.
    (func (export "loop") (param $n i32) (result i32) (local $i i32) (local $sum i32)
        (i32.const 5)
        (block $done
            (loop $again
                (block $next
                    (block $e (result i32)
                        (try_table (catch $e $e) (catch $n $next)
                            (loop $inner
                                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                                (local.set $sum (i32.add (local.get $sum) (call $thrower (local.get $i))))
                                (br_if $inner (i32.lt_u (local.get $i) (local.get $n)))))
                        (br $done))
                    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)))))
                (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))
        (i32.add (local.get $sum)))
    (func $deep (type $unary)
        (if (i32.eqz (local.get 0)) (then (throw $e (i32.const 77))))
        (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
    (func (export "deep") (param i32) (result i32)
        (block $e (result i32) (try_table (result i32) (catch $e $e) (call $deep (local.get 0)))))
    ;; Through the host and back; `fail` and traps are caught by nobody.
    (func (export "again") (param i32) (result i32) (call $thrower (local.get 0)))
    (func (export "host") (param i32) (result i32)
        (block $e (result i32)
            (try_table (result i32) (catch $e $e) (call $back (local.get 0)))
            (i32.add (i32.const 500))))
    (func (export "error") (param i32) (result i32)
        (block $all (try_table (result i32) (catch_all $all) (call $fail (local.get 0))) (return))
        (i32.const -9))
    (func (export "trap") (param i32) (result i32)
        (block $all
            (try_table (result i32) (catch_all $all) (i32.div_u (i32.const 8) (local.get 0)))
            (return))
        (i32.const -9))
    (func (export "uncaught") (param i32) (result i32) (call $between (local.get 0))))"#,
        filler = filler()
    )
}

#[test]
fn of_each_kind() {
    let numbers = [1, 3, 5, 10, 12, 300].map(|n| [Val::I32(n)]);
    let ones = [
        "vector",
        "nested",
        "here",
        "again_by_ref",
        "ref",
        "through_tail",
        "loop",
        "deep",
        "host",
        "error",
        "trap",
        "uncaught",
    ];
    let pairs = [0, 1].map(|callee| [1, 3, 5].map(|n| [Val::I32(n), Val::I32(callee)])).concat();
    let mut calls: Vec<(&str, &[Val])> = pairs.iter().map(|args| ("catch", &args[..])).collect();
    for name in ones {
        calls.extend(numbers.iter().map(|args| (name, &args[..])));
    }
    calls.extend([("here", &[Val::I32(0)][..]), ("error", &[Val::I32(0)]), ("trap", &[Val::I32(0)])]);
    let (reference, logs) = same(&program(), &calls, 4);
    let expected = [
        "catch: 1011",
        "catch: 1010",
        "catch: 1006",
        "vector: 4294967302",
        "loop: ",
        "here: 4",
        "error: error: host says 1",
        "trap: wasm trap: integer divide by zero",
        "deep: 77",
        "host: 502",
        "nested: 50",
    ];
    for text in expected {
        assert!(reference.iter().any(|line| line.starts_with(text)), "{text}: {reference:#?}");
    }
    let entered = |events: &[_]| loops_entered(events).len();
    assert!(logs.iter().any(|(policy, events)| matches!(policy, TierPolicy::Sync(100)) && entered(events) > 0));
}

/// A tag of one instance, thrown there, caught by its import's name in another; one of its own in between.
const THROWER: &str = r#"(module
    (tag $e (export "e") (param i32))
    (tag $own (param i32))
    (func (export "throw") (param i32) (result i32)
        (if (i32.and (local.get 0) (i32.const 1)) (then (throw $e (local.get 0))))
        (block $own (result i32)
            (try_table (result i32) (catch $own $own)
                (if (i32.and (local.get 0) (i32.const 2)) (then (throw $own (local.get 0))))
                (local.get 0)))))"#;
const CATCHER: &str = r#"(module
    (tag $e (import "a" "e") (param i32))
    (tag $other (param i32))
    (func $throw (import "a" "throw") (param i32) (result i32))
    (func (export "run") (param i32) (result i32)
        (block $e (result i32)
            (block $other (result i32)
                (try_table (result i32) (catch $other $other) (catch $e $e) (call $throw (local.get 0)))
                (return))
            (return (i32.const -1)))
        (i32.add (i32.const 100))))"#;

#[test]
fn between_instances() {
    for policy in policies() {
        let (engine, _) = engine(policy, |_| ());
        let mut store = Store::new(&engine, 0u32);
        let mut linker: Linker<u32> = Linker::new(&engine);
        let thrower = Module::new(&engine, THROWER).expect("valid");
        let thrower = Instance::new(&mut store, &thrower, &[]).expect("no imports");
        linker.instance(&mut store, "a", thrower).expect("no name twice");
        let catcher = Module::new(&engine, CATCHER).expect("valid");
        let catcher = linker.instantiate(&mut store, &catcher).expect("the module links");
        let run = catcher.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
        for _ in 0..10 {
            let results = [0, 1, 2, 3, 4].map(|n| run.call(&mut store, n).map_err(|error| format!("{error:?}")));
            assert_eq!(results, [Ok(0), Ok(101), Ok(2), Ok(103), Ok(4)], "{policy:?}");
        }
    }
}

/// What is thrown and caught takes the same fuel, and a budget ends at the same place.
#[test]
fn fuel() {
    let program = program();
    let mut reference: Vec<String> = Vec::new();
    for policy in policies() {
        if policy == TierPolicy::Background {
            continue;
        }
        let (engine, _) = engine(policy, |config| {
            config.consume_fuel(true);
        });
        let module = Module::new(&engine, &program).expect("valid");
        let mut outcomes = Vec::new();
        for (name, arg) in [("loop", 40), ("nested", 3), ("nested", 5), ("here", 1), ("again_by_ref", 3), ("deep", 9)] {
            for fuel in (0..200).step_by(7).chain([100_000]) {
                let mut store = Store::new(&engine, 0);
                store.set_fuel(fuel).expect("fuel is on");
                let instance = crate::link(&engine, &mut store, &module);
                let func = instance.get_func(&mut store, name).expect("exported");
                let end = crate::call(&mut store, &func, &[Val::I32(arg)]);
                outcomes.push(format!("{name} {arg} with {fuel}: {end}, {:?} left", store.get_fuel()));
            }
        }
        if reference.is_empty() {
            reference = outcomes;
        } else {
            assert_eq!(outcomes, reference, "{policy:?}");
        }
    }
    assert!(reference.iter().any(|line| line.contains("all fuel consumed")), "{reference:#?}");
}

/// Throwing for long neither fills the arena nor the stack.
#[test]
fn many() {
    let wat = r#"(module
        (tag $e (param i32))
        (func $throw (param i32) (throw $e (local.get 0)))
        (func (export "run") (param $n i32) (result i32) (local $sum i32)
            (loop $again
                (block $e (result i32)
                    (try_table (catch $e $e) (call $throw (local.get $n)))
                    (unreachable))
                (local.set $sum (i32.add (local.get $sum)))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#;
    for policy in [TierPolicy::Off, TierPolicy::Sync(100), TierPolicy::Eager] {
        let (engine, _) = engine(policy, |_| ());
        let module = Module::new(&engine, wat).expect("valid");
        let mut store = Store::new(&engine, 0);
        let instance = Instance::new(&mut store, &module, &[]).expect("no imports");
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
        assert_eq!(run.call(&mut store, 300_000).map_err(|error| outcome(Err(error))), Ok(2_050_477_040), "{policy:?}");
    }
}

//! Small functions that call each other in one module: the interpreter may run them in their callers' frames. Results,
//! frames, fuel and epochs are those of calls.

use crate::support::{call, engine};
use coracle::{Config, Instance, Linker, Module, Result, Store, TierPolicy, Trap, UpdateDeadline, Val, WasmBacktrace};

const TEXT: &str = r#"(module
    (import "host" "check" (func $check (param i32) (result i32)))
    (memory (export "memory") 1 4)
    (table funcref (elem $same $next $load $never))
    (type $unary (func (param i32) (result i32)))
    (tag $odd (param i32))
    (global $count (mut i32) (i32.const 0))

    (func $three (result i32) (i32.const 3))
    (func $same (param i32) (result i32) (local.get 0))
    (func $second (param i32 i32) (result i32) (local.get 1))
    (func $next (param i32) (result i32)
        (local.set 0 (i32.add (local.get 0) (i32.const 1))) (local.get 0))
    (func $over (param i32) (result i32) (i32.sub (local.get 0) (i32.const -5)))
    (func $fresh (param i32) (result i32) (local i32 i64 i32)
        (local.set 1 (i32.add (local.get 1) (local.get 0)))
        (if (local.get 0) (then (local.set 3 (i32.const 7))))
        (i32.add (local.get 1) (local.get 3)))
    (func $pick (param i32) (result i32)
        (if (i32.gt_u (local.get 0) (i32.const 1)) (then (return (i32.const 10)))) (i32.const 20))
    (func $which (param i32 i32) (result i32)
        (local.get 1) (br_if 0 (local.get 0)) (drop) (i32.mul (local.get 0) (i32.const 3)) (i32.add (local.get 1)))
    (func $load (param i32) (result i32) (i32.load (local.get 0)))
    (func $put (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func $count (global.set $count (i32.add (global.get $count) (i32.const 1))))
    (func $divide (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
    (func $never (param i32) (result i32) (unreachable))
    (func $unless (param i32) (if (i32.eq (local.get 0) (i32.const 3)) (then (unreachable))))
    (func $half (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
    (func $narrow (param f64 i64) (result f32) (f32.demote_f64 (f64.add (local.get 0) (f64.convert_i64_s (local.get 1)))))
    (func $grow (param i32) (result i32) (memory.grow (local.get 0)))
    (func $ask (param i32) (result i32) (i32.add (call $check (local.get 0)) (i32.const 1)))
    (func $deep (param i32) (result i32) (call $load (call $next (call $same (local.get 0)))))
    (func $by (param i32) (result i32) (call_indirect (type $unary) (local.get 0) (local.get 0)))
    (func $throw (param i32) (result i32)
        (if (local.get 0) (then (throw $odd (local.get 0)))) (i32.const 4))
    (func $through (param i32) (result i32) (i32.add (call $throw (local.get 0)) (i32.const 100)))
    (func $fib (param i32) (result i32)
        (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func $even (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 1)))) (call $uneven (i32.sub (local.get 0) (i32.const 1))))
    (func $uneven (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0)))) (call $even (i32.sub (local.get 0) (i32.const 1))))
    (func $sum (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (i32.add (local.get 1) (call $which (i32.and (local.get 0) (i32.const 1)) (local.get 0))))
            (br_if $again (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
        (local.get 1))
    (func $spin (param i32) (result i32) (i32.rotl (local.get 0) (i32.and (local.get 0) (i32.const 7))))
    (func $leaf (param i32) (result i32) (i32.add (call $spin (local.get 0)) (i32.const 1)))
    (func $swap (param i32 i32) (local i32)
        (local.set 2 (i32.load8_u (local.get 0)))
        (i32.store8 (local.get 0) (i32.load8_u (local.get 1))) (i32.store8 (local.get 1) (local.get 2)))
    (func $late (param i32) (result i32) (local i32)
        (i32.store8 (i32.const 40) (local.get 1)) (local.set 1 (call $three))
        (i32.div_s (local.get 1) (local.get 0)))
    (func $nothing)
    (func $endless (param i32) (result i32) (i32.add (call $endless (local.get 0)) (i32.const 1)))

    (func (export "constants") (param i32) (result i32)
        (i32.add (call $three) (call $second (local.get 0) (i32.const 9))))
    (func (export "notes") (param i32) (result i32)
        (local.get 0) (local.get 0) (call $next (local.get 0)) (i32.mul (call $same (local.get 0)))
        (local.set 0 (i32.const 5)) (i32.add) (i32.add) (i32.add (local.get 0)))
    (func (export "written") (param i32) (result i32)
        (i32.add (call $next (call $next (local.get 0))) (i32.shl (local.get 0) (i32.const 8))))
    (func (export "sums") (param i32) (result i32)
        (call $over (i32.add (local.get 0) (i32.const 4))) (i32.store offset=4 (i32.const 0) (call $over (local.get 0)))
        (i32.add (i32.load (call $over (i32.const -1)))))
    (func (export "fresh") (param i32) (result i32)
        (drop (call $fresh (i32.const 77))) (i32.sub (call $fresh (local.get 0)) (i32.const 1)))
    (func (export "pick") (param i32) (result i32) (i32.add (local.get 0) (call $pick (local.get 0))))
    (func (export "which") (param i32) (result i32)
        (i32.xor (call $which (local.get 0) (call $three)) (call $which (i32.const 0) (local.get 0))))
    (func (export "if") (param i32) (result i32)
        (if (result i32) (call $pick (local.get 0)) (then (call $pick (i32.const 0))) (else (call $three))))
    (func (export "turns") (param i32) (result i32) (local i32 i32)
        (local.set 1 (i32.const 6))
        (loop $again
            (local.set 2 (i32.add (local.get 2) (call $which (i32.and (local.get 1) (i32.const 1)) (local.get 1))))
            (br_if $again (local.tee 1 (call $same (i32.sub (local.get 1) (call $same (i32.const 1)))))))
        (i32.add (local.get 0) (local.get 2)))
    (func (export "put") (param i32) (result i32)
        (call $put (i32.const 12) (local.get 0)) (call $count) (call $put (local.get 0) (i32.const 1)) (call $count)
        (i32.add (i32.load (i32.const 12)) (global.get $count)))
    (func (export "divide") (param i32) (result i32)
        (i32.add (call $divide (i32.const 100) (local.get 0)) (call $divide (local.get 0) (i32.const 2))))
    (func (export "never") (param i32) (result i32)
        (if (i32.eq (local.get 0) (i32.const 2)) (then (return (call $never (local.get 0))))) (local.get 0))
    (func (export "unless") (param i32) (result i32) (call $unless (call $same (local.get 0))) (local.get 0))
    (func (export "floats") (param i32) (result i32)
        (i32.trunc_sat_f32_s (call $narrow (call $half (f64.convert_i32_s (local.get 0))) (i64.const 40))))
    (func (export "grow") (param i32) (result i32) (i32.add (call $grow (i32.and (local.get 0) (i32.const 1))) (i32.const 1)))
    (func (export "ask") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (call $ask (i32.const 5))))
    (func (export "deep") (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))
    (func (export "by") (param i32) (result i32) (i32.add (call $by (local.get 0)) (i32.const 1)))
    (func (export "caught") (param i32) (result i32)
        (block $h (result i32)
            (try_table (result i32) (catch $odd $h) (i32.add (call $through (local.get 0)) (i32.const 1)))))
    (func (export "uncaught") (param i32) (result i32) (i32.add (call $through (local.get 0)) (i32.const 1)))
    (func (export "fib") (param i32) (result i32) (call $fib (i32.and (local.get 0) (i32.const 15))))
    (func (export "even") (param i32) (result i32) (call $even (i32.and (local.get 0) (i32.const 15))))
    (func (export "sum") (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (i32.xor (call $sum (i32.and (local.get 0) (i32.const 7))) (i32.mul (local.get 1) (i32.const 5))))
            (br_if $again (i32.gt_s (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1))) (i32.const 0))))
        (local.get 1))
    (func (export "leaves") (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (i32.xor (call $leaf (local.get 1)) (i32.mul (call $leaf (local.get 0)) (call $three))))
            (br_if $again (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
        (local.get 1))
    (func (export "swaps") (param i32) (result i32)
        (call $swap (i32.const 30) (i32.const 31)) (call $count) (i32.store8 (i32.const 30) (local.get 0)) (call $nothing)
        (call $swap (local.get 0) (i32.const 30)) (call $count) (call $nothing) (call $nothing)
        (call $swap (i32.const 33) (i32.add (local.get 0) (i32.const 31)))
        (i32.load (i32.const 30)))
    (func (export "late") (param i32) (result i32)
        (i32.add (i32.load8_u (local.get 0)) (i32.add (call $three) (call $late (local.get 0)))))
    (func (export "later") (param i32) (result i32)
        (i32.store8 (i32.const 41) (call $three)) (drop (i32.div_u (i32.const 7) (local.get 0)))
        (call $nothing) (i32.add (call $load (i32.shl (local.get 0) (i32.const 15))) (call $leaf (call $three))))
    (func (export "endless") (param i32) (result i32) (call $endless (local.get 0))))"#;

const EXPORTS: [&str; 27] = [
    "constants",
    "notes",
    "written",
    "sums",
    "fresh",
    "pick",
    "which",
    "if",
    "turns",
    "put",
    "divide",
    "never",
    "unless",
    "floats",
    "grow",
    "ask",
    "deep",
    "by",
    "caught",
    "uncaught",
    "fib",
    "even",
    "sum",
    "leaves",
    "swaps",
    "late",
    "later",
];

const POLICIES: [TierPolicy; 5] =
    [TierPolicy::InterpreterOnly, TierPolicy::Off, TierPolicy::Sync(1), TierPolicy::Sync(3), TierPolicy::Eager];

fn frames(trace: &WasmBacktrace) -> String {
    trace.frames().iter().map(|frame| format!(" {}@{:x?}", frame.func_index(), frame.module_offset())).collect()
}

/// A store with an instance, and in its data a line for each look that the host was given at running code.
fn instance(policy: TierPolicy, change: impl FnOnce(&mut Config)) -> (Store<u32>, Instance) {
    let (engine, _) = engine(policy, change);
    let mut linker = Linker::new(&engine);
    let check = |caller: coracle::Caller<'_, u32>, x: i32| -> Result<i32> {
        let seen = frames(&WasmBacktrace::capture(&caller));
        if x == 2 { Err(coracle::format_err!("seen from{seen}")) } else { Ok(x * 2 + seen.len() as i32) }
    };
    linker.func_wrap("host", "check", check).expect("defined once");
    let mut store = Store::new(&engine, 0);
    let module = Module::new(&engine, TEXT).expect("valid");
    let instance = linker.instantiate(&mut store, &module).expect("it links");
    (store, instance)
}

fn outcomes(store: &mut Store<u32>, instance: Instance, args: &[i32], fuel: Option<u64>) -> Vec<String> {
    let mut outcomes = Vec::new();
    let memory = instance.get_memory(&mut *store, "memory").expect("exported");
    for arg in args {
        for export in EXPORTS {
            if let Some(fuel) = fuel {
                store.set_fuel(fuel).expect("fuel is on");
            }
            let func = instance.get_func(&mut *store, export).expect("exported");
            let outcome = call(store, &func, &[Val::I32(*arg)]);
            let left = store.get_fuel().ok();
            outcomes.push(format!("{export}({arg}): {outcome}, fuel {left:?}, {:?}", &memory.data(&*store)[..48]));
        }
    }
    outcomes
}

#[test]
fn small_functions_answer_and_trap_as_what_is_called() {
    let mut expected = None;
    for policy in POLICIES {
        let (mut store, instance) = instance(policy, |_| ());
        let got: Vec<_> = (0..3).flat_map(|_| outcomes(&mut store, instance, &[0, 1, 2, 3, 9, 70_000], None)).collect();
        assert_eq!(*expected.get_or_insert_with(|| got.clone()), got, "{policy:?}");
    }
    assert!(expected.is_some_and(|all| all.iter().any(|outcome| outcome.contains("unreachable"))));
}

#[test]
fn small_functions_run_out_of_fuel_where_calls_would() {
    let mut expected = None;
    for policy in POLICIES {
        let (mut store, instance) = instance(policy, |config| _ = config.consume_fuel(true));
        let got: Vec<_> =
            (0..120).flat_map(|fuel| outcomes(&mut store, instance, &[0, 1, 3, 70_000], Some(fuel))).collect();
        assert_eq!(*expected.get_or_insert_with(|| got.clone()), got, "{policy:?}");
    }
}

#[test]
fn epochs_are_looked_at_in_small_functions() {
    let mut expected = None;
    for policy in [TierPolicy::InterpreterOnly, TierPolicy::Off] {
        let (mut store, instance) = instance(policy, |config| _ = config.epoch_interruption(true));
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = seen.clone();
        store.epoch_deadline_callback(move |cx| {
            log.lock().unwrap().push(frames(&WasmBacktrace::capture(&cx)));
            Ok(UpdateDeadline::Continue(0))
        });
        store.set_epoch_deadline(0);
        outcomes(&mut store, instance, &[0, 1, 2, 3], None);
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert!(seen.len() > 200);
        assert_eq!(*expected.get_or_insert_with(|| seen.clone()), seen, "{policy:?}");
    }
}

#[test]
fn a_recursion_without_end_is_a_trap() {
    for policy in POLICIES {
        let (mut store, instance) = instance(policy, |_| ());
        let endless = instance.get_typed_func::<i32, i32>(&mut store, "endless").expect("exported");
        for _ in 0..4 {
            let error = endless.call(&mut store, 1).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{policy:?}");
        }
    }
}

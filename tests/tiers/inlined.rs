//! Bodies that stand in the place of calls: in all that can be observed they are the functions that they were.

use crate::support::{Log, call, engine, promoted};
use coracle::{Caller, Engine, Inlining, Instance, Linker, Module, Result, Store, TierPolicy, Val};

/// Small functions of every kind, and one that is too large to stand elsewhere.
const LIBRARY: &str = r#"(module $library
    (import "host" "check" (func $check (param i32) (result i32)))
    (memory (export "memory") 1)
    (global $count (mut i32) (i32.const 0))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "count") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "never") (param i32) (result i32) (unreachable))
    (func (export "fresh") (param i32) (result i32) (local i32)
        (local.set 1 (i32.add (local.get 1) (local.get 0))) (local.get 1))
    (func (export "pick") (param i32) (result i32)
        (if (local.get 0) (then (return (i32.const 10)))) (i32.const 20))
    (func (export "two") (param i32) (result i32 i64) (local.get 0) (i64.extend_i32_u (local.get 0)))
    (func (export "turns") (param i32) (result i32) (local i32)
        (loop $l
            (local.set 1 (i32.add (local.get 1) (i32.const 3)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
    (func (export "ask") (param i32) (result i32) (call $check (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "copy") (param i32) (result i32)
        (memory.copy (i32.const 8) (i32.const 0) (local.get 0)) (i32.load8_u (i32.const 8))))"#;

/// Calls them, from a function that does more.
const USER: &str = r#"(module $user
    (import "library" "add" (func $add (param i32 i32) (result i32)))
    (import "library" "count" (func $count (result i32)))
    (import "library" "load" (func $load (param i32) (result i32)))
    (import "library" "never" (func $never (param i32) (result i32)))
    (import "library" "fresh" (func $fresh (param i32) (result i32)))
    (import "library" "pick" (func $pick (param i32) (result i32)))
    (import "library" "two" (func $two (param i32) (result i32 i64)))
    (import "library" "turns" (func $turns (param i32) (result i32)))
    (import "library" "ask" (func $ask (param i32) (result i32)))
    (import "library" "grow" (func $grow (param i32) (result i32)))
    (import "library" "copy" (func $copy (param i32) (result i32)))
    (func $twice (param i32) (result i32) (call $add (local.get 0) (local.get 0)))
    (func $deep (param i32) (result i32) (call $load (call $twice (local.get 0))))
    (func (export "add") (param i32) (result i32) (call $add (call $twice (local.get 0)) (i32.const 1)))
    (func (export "count") (param i32) (result i32) (drop (call $count)) (i32.add (call $count) (local.get 0)))
    (func (export "load") (param i32) (result i32) (call $deep (local.get 0)))
    (func (export "never") (param i32) (result i32)
        (if (i32.eq (local.get 0) (i32.const 3)) (then (return (call $never (local.get 0))))) (local.get 0))
    (func (export "fresh") (param i32) (result i32)
        (drop (call $fresh (local.get 0))) (call $fresh (local.get 0)))
    (func (export "pick") (param i32) (result i32) (i32.add (call $pick (local.get 0)) (i32.const 1)))
    (func (export "two") (param i32) (result i32)
        (call $two (local.get 0)) i32.wrap_i64 i32.add (call $twice (local.get 0)) i32.add)
    (func (export "turns") (param i32) (result i32)
        (i32.add (call $turns (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
    (func (export "ask") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1)))
    (func (export "grow") (param i32) (result i32) (i32.add (call $grow (local.get 0)) (i32.const 0)))
    (func (export "copy") (param i32) (result i32) (i32.add (call $copy (i32.shl (local.get 0) (i32.const 13))) (i32.const 0))))"#;

const EXPORTS: [&str; 11] = ["add", "count", "load", "never", "fresh", "pick", "two", "turns", "ask", "grow", "copy"];

fn check(x: i32) -> Result<i32> {
    if x == 2 { Err(coracle::format_err!("the host says {x}")) } else { Ok(x * 2) }
}

fn linker(engine: &Engine) -> Linker<u32> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "check", check).expect("defined once");
    linker
}

/// An instance of the user over an instance of a library, in a store of its own.
fn linked(engine: &Engine, library: &Module, user: &Module) -> (Store<u32>, Instance) {
    let (mut store, mut linker) = (Store::new(engine, 0), linker(engine));
    if store.get_fuel().is_ok() {
        store.set_fuel(100_000).expect("fuel is counted");
    }
    let library = linker.instantiate(&mut store, library).expect("the library links");
    linker.instance(&mut store, "library", library).expect("defined once");
    let user = linker.instantiate(&mut store, user).expect("the user links");
    (store, user)
}

/// What all exports give for some arguments, several times over, and the fuel that is left after each.
fn outcomes(store: &mut Store<u32>, user: Instance) -> Vec<String> {
    let mut outcomes = Vec::new();
    for arg in (0..4).chain([0, 1, 20_000, 40_000]).chain(0..3) {
        for export in EXPORTS {
            // A memory that has grown is another one.
            if export == "grow" && arg > 3 {
                continue;
            }
            let func = user.get_func(&mut *store, export).expect("the export is there");
            let outcome = call(store, &func, &[Val::I32(arg)]);
            outcomes.push(format!("{export}({arg}): {outcome}, fuel {:?}", store.get_fuel().ok()));
        }
    }
    outcomes
}

fn setting(policy: TierPolicy, inlining: Inlining, fuel: bool) -> (Engine, Log) {
    engine(policy, |config| {
        config.compiler_inlining(inlining).consume_fuel(fuel);
    })
}

#[test]
fn what_is_inlined_answers_charges_and_traps_as_what_is_called() {
    for fuel in [false, true] {
        let mut expected = None;
        for policy in
            [TierPolicy::Off, TierPolicy::Sync(1), TierPolicy::Sync(2), TierPolicy::Sync(5), TierPolicy::Eager]
        {
            for inlining in [Inlining::Yes, Inlining::InterModule, Inlining::No] {
                let (engine, _) = setting(policy, inlining, fuel);
                let [library, user] = [LIBRARY, USER].map(|text| Module::new(&engine, text).expect("valid"));
                let (mut store, instance) = linked(&engine, &library, &user);
                let got = outcomes(&mut store, instance);
                let expected = expected.get_or_insert_with(|| got.clone());
                for (got, expected) in got.iter().zip(&*expected) {
                    assert_eq!(got, expected, "{policy:?}, {inlining:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_inlined_is_not_called() {
    for (inlining, count) in [(Inlining::Yes, 1), (Inlining::InterModule, 2), (Inlining::No, 3)] {
        let (engine, log) = setting(TierPolicy::Sync(1), inlining, false);
        let [library, user] = [LIBRARY, USER].map(|text| Module::new(&engine, text).expect("valid"));
        let (mut store, instance) = linked(&engine, &library, &user);
        let add = instance.get_func(&mut store, "add").expect("the export is there");
        assert_eq!(call(&mut store, &add, &[Val::I32(4)]), "9");
        assert_eq!(promoted(&log.lock().unwrap()), count, "{inlining:?}");
    }
}

/// A library whose functions do something else.
fn other_library() -> String {
    LIBRARY
        .replace("(i32.add (local.get 0) (local.get 1)))", "(i32.sub (local.get 0) (local.get 1)))")
        .replace("(i32.const 10)", "(i32.const 11)")
        .replace("(memory (export \"memory\") 1)", "(memory (export \"memory\") 1) (data (i32.const 0) \"\\2a\")")
}

#[test]
fn an_instance_that_is_linked_otherwise_calls_what_it_is_linked_to() {
    let reference = {
        let (engine, _) = setting(TierPolicy::Off, Inlining::No, false);
        let [library, user] = [&other_library(), USER].map(|text| Module::new(&engine, text).expect("valid"));
        let (mut store, instance) = linked(&engine, &library, &user);
        outcomes(&mut store, instance)
    };
    let (engine, _) = setting(TierPolicy::Sync(1), Inlining::Yes, false);
    let user = Module::new(&engine, USER).expect("valid");
    {
        let library = Module::new(&engine, LIBRARY).expect("valid");
        let (mut store, instance) = linked(&engine, &library, &user);
        outcomes(&mut store, instance);
    }
    // The first library is gone, and what it was is perhaps where the others come to be.
    for _ in 0..20 {
        let other = Module::new(&engine, other_library()).expect("valid");
        let (mut store, instance) = linked(&engine, &other, &user);
        assert_eq!(outcomes(&mut store, instance), reference);
    }
}

#[test]
fn an_instance_whose_imports_are_the_hosts_calls_the_host() -> Result<()> {
    let user = r#"(module (import "library" "add" (func $add (param i32 i32) (result i32)))
        (func (export "run") (param $n i32) (result i32) (local $sum i32)
            (loop $l
                (local.set $sum (call $add (local.get $sum) (i32.const 5)))
                (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#;
    let (engine, _) = setting(TierPolicy::Sync(1), Inlining::Yes, false);
    let [library, user] = [LIBRARY, user].map(|text| Module::new(&engine, text).expect("valid"));
    let (mut store, instance) = linked(&engine, &library, &user);
    assert_eq!(instance.get_typed_func::<i32, i32>(&mut store, "run")?.call(&mut store, 1000)?, 5000);
    let mut linker = Linker::<u32>::new(&engine);
    linker.func_wrap("library", "add", |mut caller: Caller<'_, u32>, x: i32, y: i32| {
        *caller.data_mut() += 1;
        x + y + 1
    })?;
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &user)?;
    assert_eq!(instance.get_typed_func::<i32, i32>(&mut store, "run")?.call(&mut store, 1000)?, 6000);
    assert_eq!(*store.data(), 1000);
    Ok(())
}

#[test]
fn a_few_bytes_of_locals_are_not_put_in_many_places() {
    let locals = "i32 ".repeat(40_000);
    let calls = "(drop (call $wide (local.get 0)))".repeat(150);
    let text = format!(
        r#"(module (func $wide (param i32) (result i32) (local {locals}) (local.get 40000))
            (func (export "run") (param i32) (result i32) {calls} (call $wide (local.get 0))))"#
    );
    let (engine, log) = setting(TierPolicy::Sync(1), Inlining::Yes, false);
    let mut store = Store::new(&engine, 0);
    let module = Module::new(&engine, text).expect("valid");
    let instance = Linker::new(&engine).instantiate(&mut store, &module).expect("no imports");
    let run = instance.get_func(&mut store, "run").expect("the export is there");
    assert_eq!(call(&mut store, &run, &[Val::I32(5)]), "0");
    assert_eq!(promoted(&log.lock().unwrap()), 2);
}

#[test]
fn functions_that_call_each_other_end() {
    let text = r#"(module
        (func $even (export "even") (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (call $odd (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
        (func $odd (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (call $even (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0)))))"#;
    for policy in [TierPolicy::Sync(1), TierPolicy::Eager] {
        let (engine, _) = setting(policy, Inlining::Yes, false);
        let mut store = Store::new(&engine, 0);
        let module = Module::new(&engine, text).expect("valid");
        let instance = Linker::new(&engine).instantiate(&mut store, &module).expect("no imports");
        let even = instance.get_func(&mut store, "even").expect("the export is there");
        assert_eq!(call(&mut store, &even, &[Val::I32(1001)]), "0");
        assert_eq!(call(&mut store, &even, &[Val::I32(1000)]), "1");
    }
}

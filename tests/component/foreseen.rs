//! What modules of a component are linked to is known when it is loaded, to a compiler that compiles all then.

use coracle::component::{Component, Linker};
use coracle::{Config, Engine, Inlining, Result, Store, TierChange, TierPolicy};
use std::sync::{Arc, Mutex};

/// One module twice, each time with another function; then an adapter between two components.
const TEXT: &str = r#"(component
  (core module $ten (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 10))))
  (core module $two (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
  (core module $user
    (import "" "f" (func $f (param i32) (result i32)))
    (export "again" (func $f))
    (func (export "run") (param i32) (result i32) (call $f (call $f (local.get 0)))))
  (core instance $ten (instantiate $ten))
  (core instance $two (instantiate $two))
  (core instance $a (instantiate $user (with "" (instance $ten))))
  (core instance $b (instantiate $user (with "" (instance $two))))
  (core instance $c (instantiate $user (with "" (instance (export "f" (func $a "again"))))))
  (component $library
    (core module $m (func (export "f") (param i32) (result i32) (i32.sub (local.get 0) (i32.const 1))))
    (core instance $i (instantiate $m))
    (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))
  (instance $library (instantiate $library))
  (core func $lowered (canon lower (func $library "f")))
  (core instance $d (instantiate $user (with "" (instance (export "f" (func $lowered))))))
  (func (export "a") (param "x" u32) (result u32) (canon lift (core func $a "run")))
  (func (export "b") (param "x" u32) (result u32) (canon lift (core func $b "run")))
  (func (export "c") (param "x" u32) (result u32) (canon lift (core func $c "run")))
  (func (export "d") (param "x" u32) (result u32) (canon lift (core func $d "run"))))"#;

/// What the exports answer, and the bytes of code that were made until there was an instance.
fn answers(inlining: Inlining) -> Result<(Vec<u32>, u32)> {
    let bytes = Arc::new(Mutex::new(0));
    let sum = bytes.clone();
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Eager).compiler_inlining(inlining).tier_log(move |event| {
        if let TierChange::Promoted { code_bytes, .. } = event.change {
            *sum.lock().expect("nobody panics") += code_bytes;
        }
    });
    let engine = Engine::new(&config)?;
    let component = Component::new(&engine, TEXT)?;
    let bytes = *bytes.lock().expect("nobody panics");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    let mut answers = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let func = instance.get_typed_func::<(u32,), (u32,)>(&mut store, name)?;
        answers.push(func.call(&mut store, (5,))?.0);
    }
    Ok((answers, bytes))
}

#[test]
fn an_eager_compiler_puts_functions_of_other_modules_in_the_place_of_calls() -> Result<()> {
    let [(called, less), (inlined, more)] = [answers(Inlining::No)?, answers(Inlining::InterModule)?];
    assert_eq!((&*called, &*inlined), (&[25, 20, 25, 3][..], &[25, 20, 25, 3][..]));
    assert!(more > less, "{more} bytes, {less} without");
    Ok(())
}

//! Calls through three components whose functions are small: native code of them is one function.

use coracle::component::{Component, Linker, TypedFunc};
use coracle::{Config, Engine, Inlining, Result, Store, TierChange, TierPolicy, Trap};

const CHAIN: &str = r#"(component
    (component $leaf
        (core module $leaf (func $leaf (export "f") (param i32) (result i32)
            (if (i32.eq (local.get 0) (i32.const 7)) (then (unreachable)))
            (i32.add (local.get 0) (i32.const 3))))
        (core instance $i (instantiate $leaf))
        (func (export "f") (param "a" u32) (result u32) (canon lift (core func $i "f"))))
    (component $middle
        (import "f" (func $f (param "a" u32) (result u32)))
        (core func $f (canon lower (func $f)))
        (core module $middle (import "" "f" (func $f (param i32) (result i32)))
            (func $middle (export "f") (param i32) (result i32) (i32.mul (call $f (local.get 0)) (i32.const 5))))
        (core instance $i (instantiate $middle (with "" (instance (export "f" (func $f))))))
        (func (export "f") (param "a" u32) (result u32) (canon lift (core func $i "f"))))
    (component $first
        (import "f" (func $f (param "a" u32) (result u32)))
        (core func $f (canon lower (func $f)))
        (core module $first (import "" "f" (func $f (param i32) (result i32)))
            (func $first (export "run") (param $n i32) (result i32) (local $sum i32)
                (loop $again
                    (local.set $sum (i32.add (local.get $sum) (call $f (local.get $n))))
                    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $sum)))
        (core instance $i (instantiate $first (with "" (instance (export "f" (func $f))))))
        (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))
    (instance $leaf (instantiate $leaf))
    (instance $middle (instantiate $middle (with "f" (func $leaf "f"))))
    (instance $first (instantiate $first (with "f" (func $middle "f"))))
    (export "run" (func $first "run")))"#;

type Run = TypedFunc<(u32,), (u32,)>;

fn instance(engine: &Engine) -> Result<(Store<()>, Run)> {
    let component = Component::new(engine, CHAIN)?;
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, &component)?;
    let run = instance.get_typed_func(&mut store, "run")?;
    Ok((store, run))
}

fn engine(policy: TierPolicy, inlining: Inlining) -> Result<Engine> {
    Engine::new(Config::new().tier_policy(policy).compiler_inlining(inlining))
}

#[test]
fn a_chain_of_components_is_one_function() -> Result<()> {
    for (inlining, count) in [(Inlining::Yes, 1), (Inlining::No, 5)] {
        let engine = engine(TierPolicy::Sync(1), inlining)?;
        let (mut store, run) = instance(&engine)?;
        assert_eq!(run.call(&mut store, (6,))?, ((1..=6).map(|n| (n + 3) * 5).sum(),));
        let promoted = |event: &coracle::TierEvent| matches!(event.change, TierChange::Promoted { .. });
        assert_eq!(engine.tier_events().iter().filter(|event| promoted(event)).count(), count, "{inlining:?}");
    }
    Ok(())
}

#[test]
fn a_trap_in_the_last_of_them_is_told_as_if_all_were_called() -> Result<()> {
    let mut told = Vec::new();
    for (policy, inlining) in [
        (TierPolicy::Off, Inlining::No),
        (TierPolicy::Sync(1), Inlining::No),
        (TierPolicy::Sync(1), Inlining::Yes),
        (TierPolicy::Sync(2), Inlining::Yes),
    ] {
        let engine = engine(policy, inlining)?;
        let (mut store, run) = instance(&engine)?;
        run.call(&mut store, (3,))?;
        let error = run.call(&mut store, (7,)).expect_err("the leaf traps at 7");
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
        told.push(format!("{error:?}"));
        // What was in the call cannot be entered again.
        let again = run.call(&mut store, (3,)).expect_err("poisoned");
        assert_eq!(again.downcast_ref::<Trap>(), Some(&Trap::CannotEnterComponent));
    }
    assert!(told[0].contains("leaf") && told[0].contains("middle") && told[0].contains("first"), "{}", told[0]);
    assert!(told.iter().all(|text| *text == told[0]), "{told:#?}");
    Ok(())
}

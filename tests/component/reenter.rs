//! Components that are entered while they are in a call, and after they have trapped.

use crate::engines;
use coracle::component::{Component, Linker, TypedFunc};
use coracle::{Result, Store, StoreContextMut, Trap};

/// `sum(n)` is `n` plus what the host makes of `n - 1`.
const SUM: &str = r#"(component
    (import "again" (func $again (param "n" u32) (result u32)))
    (core func $again' (canon lower (func $again)))
    (core module $m
        (import "" "again" (func $again (param i32) (result i32)))
        (func (export "sum") (param i32) (result i32)
            (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
            (if (result i32) (local.get 0)
                (then (i32.add (local.get 0) (call $again (i32.sub (local.get 0) (i32.const 1)))))
                (else (i32.const 0)))))
    (core instance $i (instantiate $m (with "" (instance (export "again" (func $again'))))))
    (func (export "sum") (param "n" u32) (result u32) (canon lift (core func $i "sum"))))"#;

#[derive(Default)]
struct State {
    sum: Option<TypedFunc<(u32,), (u32,)>>,
    failed: Vec<Trap>,
}

#[test]
fn the_host_calls_back_into_the_instance_that_calls_it() -> Result<()> {
    for engine in engines() {
        let component = Component::new(&engine, SUM)?;
        let mut linker = Linker::<State>::new(&engine);
        linker.root().func_wrap("again", |mut store: StoreContextMut<'_, State>, (n,): (u32,)| {
            let sum = store.data().sum.expect("set below");
            let result = sum.call(&mut store, (n,));
            if let Some(&trap) = result.as_ref().err().and_then(|error| error.downcast_ref::<Trap>()) {
                store.data_mut().failed.push(trap);
            }
            result
        })?;
        let mut store = Store::new(&engine, State::default());
        let instance = linker.instantiate(&mut store, &component)?;
        let sum = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "sum")?;
        store.data_mut().sum = Some(sum);
        for n in [0, 1, 5, 12] {
            assert_eq!(sum.call(&mut store, (n,))?, (n * (n + 1) / 2,));
        }
        // The innermost call traps; all others end with it, and nobody enters that instance again.
        let error = sum.call(&mut store, (16,)).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::UnreachableCodeReached), "{error:#}");
        assert_eq!(store.data().failed, [Trap::UnreachableCodeReached; 3]);
        let error = sum.call(&mut store, (1,)).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::CannotEnterComponent), "{error:#}");
        // Another one of the same component was not in those calls.
        let other = linker.instantiate(&mut store, &component)?.get_typed_func::<(u32,), (u32,)>(&mut store, "sum")?;
        store.data_mut().sum = Some(other);
        assert_eq!(other.call(&mut store, (5,))?, (15,));
    }
    Ok(())
}

#[test]
fn calls_that_nest_without_end_are_a_trap() -> Result<()> {
    for engine in engines() {
        let component = Component::new(&engine, SUM)?;
        let mut linker = Linker::<State>::new(&engine);
        linker.root().func_wrap("again", |mut store: StoreContextMut<'_, State>, (_,): (u32,)| {
            let sum = store.data().sum.expect("set below");
            sum.call(&mut store, (1_000,))
        })?;
        let mut store = Store::new(&engine, State::default());
        let instance = linker.instantiate(&mut store, &component)?;
        let sum = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "sum")?;
        store.data_mut().sum = Some(sum);
        let error = sum.call(&mut store, (1_000,)).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{error:#}");
    }
    Ok(())
}

//! `Store::call_hook`: when it is called, and what its errors do.

use crate::engines;
use coracle::{CallHook, Caller, Engine, Extern, Func, Instance, Module, Result, Store, Trap, bail};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What was called, as letters; and at which of the four places the hook fails, if at any.
#[derive(Default)]
struct State {
    trace: String,
    fail_at: Option<char>,
}

fn letter(at: CallHook) -> char {
    match at {
        CallHook::CallingWasm => 'w',
        CallHook::ReturningFromWasm => 'W',
        CallHook::CallingHost => 'h',
        CallHook::ReturningFromHost => 'H',
    }
}

fn setup(engine: &Engine) -> Result<(Store<State>, Instance)> {
    let mut store = Store::new(engine, State::default());
    store.call_hook(|mut store, at| {
        assert_ne!(at.entering_host(), at.exiting_host());
        let letter = letter(at);
        store.data_mut().trace.push(letter);
        if store.data().fail_at == Some(letter) {
            bail!("hook {letter}");
        }
        Ok(())
    });
    let again = Func::wrap(&mut store, |mut caller: Caller<'_, State>| -> Result<()> {
        caller.data_mut().trace.push('.');
        let leaf = caller.get_export("leaf").and_then(Extern::into_func).expect("it is exported");
        leaf.typed::<(), ()>(&caller)?.call(&mut caller, ())
    });
    let failing = Func::wrap(&mut store, || -> Result<()> { bail!("the host") });
    let module = Module::new(
        engine,
        r#"(module (import "" "again" (func $again)) (import "" "failing" (func $failing)) (memory 1 3)
            (func (export "leaf"))
            (func (export "nested") (call $again))
            (func (export "trap") (unreachable))
            (func (export "failing") (call $failing))
            (func (export "grow") (drop (memory.grow (i32.const 1)))))"#,
    )?;
    let it = Instance::new(&mut store, &module, &[again.into(), failing.into()])?;
    Ok((store, it))
}

#[test]
fn hooks_are_called_in_order() -> Result<()> {
    for engine in engines(|_| {}) {
        let (mut store, it) = setup(&engine)?;
        for _ in 0..3 {
            for (export, fail_at, trace, error) in [
                ("leaf", None, "wW", ""),
                ("nested", None, "wh.wWHW", ""),
                ("grow", None, "whHW", ""),
                ("trap", None, "wW", "wasm trap: wasm `unreachable` instruction executed"),
                ("failing", None, "whHW", "the host"),
                ("leaf", Some('w'), "w", "hook w"),
                ("leaf", Some('W'), "wW", "hook W"),
                ("trap", Some('W'), "wW", "hook W"),
                ("failing", Some('h'), "whW", "hook h"),
                ("failing", Some('H'), "whHW", "hook H"),
            ] {
                *store.data_mut() = State { trace: String::new(), fail_at };
                let func = it.get_typed_func::<(), ()>(&mut store, export)?;
                let error_found =
                    func.call(&mut store, ()).map_or_else(|e| e.root_cause().to_string(), |()| String::new());
                assert_eq!((&*store.data().trace, &*error_found), (trace, error), "{export} {fail_at:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_host_function_called_by_the_host_is_hooked_as_well() -> Result<()> {
    let engine = Engine::default();
    let (mut store, _) = setup(&engine)?;
    let func = Func::wrap(&mut store, || 7);
    assert_eq!(func.typed::<(), i32>(&store)?.call(&mut store, ())?, 7);
    assert_eq!(store.data().trace, "whHW");
    Ok(())
}

#[test]
fn a_trap_can_be_made_by_the_hook() -> Result<()> {
    for engine in engines(|_| {}) {
        let (mut store, it) = setup(&engine)?;
        store.call_hook(|_, at| match at {
            CallHook::CallingHost => Err(Trap::Interrupt.into()),
            _ => Ok(()),
        });
        let error = it.get_typed_func::<(), ()>(&mut store, "nested")?.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
    }
    Ok(())
}

#[test]
fn a_hook_that_panics_is_there_for_the_next_call() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, (0, CallHook::CallingWasm));
        store.call_hook(|mut store, at| {
            store.data_mut().0 += 1;
            let panics = std::mem::discriminant(&at) == std::mem::discriminant(&store.data().1);
            if panics { std::panic::resume_unwind(Box::new("the hook")) } else { Ok(()) }
        });
        let host = Func::wrap(&mut store, || ());
        let module = Module::new(&engine, r#"(module (import "" "h" (func $h)) (func (export "f") (call $h)))"#)?;
        let f = Instance::new(&mut store, &module, &[host.into()])?.get_typed_func::<(), ()>(&mut store, "f")?;
        let places =
            [CallHook::CallingWasm, CallHook::CallingHost, CallHook::ReturningFromHost, CallHook::ReturningFromWasm];
        for (place, calls) in places.into_iter().zip([1, 2, 3, 4]) {
            for _ in 0..2 {
                *store.data_mut() = (0, place);
                let panic = catch_unwind(AssertUnwindSafe(|| f.call(&mut store, ()))).unwrap_err();
                assert_eq!(panic.downcast_ref(), Some(&"the hook"));
                assert_eq!(store.data().0, calls, "{place:?}");
            }
        }
    }
    Ok(())
}

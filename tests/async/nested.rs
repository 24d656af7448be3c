//! Calls within calls: from the futures of host functions, and what may not be called there.

use crate::support::{Polls, engines, error, poll, run};
use coracle::{Caller, Engine, Extern, Instance, Linker, Memory, MemoryType, Module, Result, Store, Trap, TypedFunc};
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

const GUEST: &str = r#"(module
  (import "" "host" (func $host (param i32) (result i32)))
  (import "" "plain" (func $plain (param i32) (result i32)))
  (memory (export "memory") 1 10)
  (func (export "run") (param i32) (result i32) (i32.add (call $host (local.get 0)) (i32.const 1)))
  (func (export "plain") (param i32) (result i32) (call $plain (local.get 0)))
  (func (export "leaf") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))"#;

fn export(caller: &mut Caller<'_, u32>, name: &str) -> TypedFunc<i32, i32> {
    let Some(Extern::Func(func)) = caller.get_export(name) else { panic!("no `{name}`") };
    func.typed(caller).expect("its type")
}

type Boxed<'a> = Box<dyn Future<Output = Result<i32>> + Send + 'a>;

fn guest(
    engine: &Engine,
    host: impl for<'a> Fn(Caller<'a, u32>, (i32,)) -> Boxed<'a> + Send + Sync + 'static,
    plain: impl Fn(Caller<'_, u32>, i32) -> Result<i32> + Send + Sync + 'static,
) -> Result<(Store<u32>, Instance)> {
    let module = Module::new(engine, GUEST)?;
    let mut linker = Linker::<u32>::new(engine);
    linker.func_wrap_async("", "host", host)?;
    linker.func_wrap("", "plain", plain)?;
    let mut store = Store::new(engine, 0);
    let (instance, _) = run(linker.instantiate_async(&mut store, &module));
    Ok((store, instance?))
}

fn call(store: &mut Store<u32>, instance: &Instance, name: &str, arg: i32) -> (Result<i32>, u32) {
    let func = instance.get_typed_func::<i32, i32>(&mut *store, name).expect("exported");
    run(func.call_async(store, arg))
}

#[test]
fn a_host_function_calls_the_guest_again() -> Result<()> {
    for engine in engines(|_| {}) {
        let (mut store, instance) = guest(
            &engine,
            |mut caller, (n,)| {
                Box::new(async move {
                    Polls(1).await;
                    if n == 0 {
                        return export(&mut caller, "leaf").call_async(&mut caller, 21).await;
                    }
                    let result = export(&mut caller, "run").call_async(&mut caller, n - 1).await;
                    Polls(1).await;
                    result
                })
            },
            |_, n| Ok(n),
        )?;
        for depth in [0, 1, 5, 20] {
            let (result, pending) = call(&mut store, &instance, "run", depth);
            assert_eq!((result?, pending), (42 + depth + 1, 1 + 2 * depth as u32));
        }
        // Without end: an error, and the host is well.
        let error = call(&mut store, &instance, "run", 1_000_000).0.unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::StackOverflow), "{error:?}");
        assert_eq!(call(&mut store, &instance, "run", 1).0?, 44);
    }
    Ok(())
}

#[test]
fn a_call_within_a_call_is_given_up_or_forgotten() -> Result<()> {
    for forget in [false, true] {
        for engine in engines(|_| {}) {
            let (mut store, instance) = guest(
                &engine,
                move |mut caller, (n,)| {
                    Box::new(async move {
                        if n > 100 {
                            Polls(u32::MAX).await;
                        }
                        *caller.data_mut() += 1;
                        let run = export(&mut caller, "run");
                        let mut inner = Box::pin(run.call_async(&mut caller, 1_000));
                        assert!(matches!(poll(inner.as_mut()), Poll::Pending));
                        Polls(1).await;
                        assert!(matches!(poll(inner.as_mut()), Poll::Pending));
                        if forget {
                            std::mem::forget(inner)
                        } else {
                            drop(inner)
                        }
                        Polls(1).await;
                        export(&mut caller, "leaf").call_async(&mut caller, n).await
                    })
                },
                |_, n| Ok(n),
            )?;
            for round in 1..4 {
                let (result, pending) = call(&mut store, &instance, "run", 50);
                assert_eq!((result?, pending, *store.data()), (101, 2, round));
            }
        }
    }
    Ok(())
}

#[test]
fn what_may_not_wait_is_refused_within() -> Result<()> {
    const WITHIN: &str = "cannot do blocking `call` from an async context";
    for engine in engines(|_| {}) {
        let module = Module::new(&engine, "(module)")?;
        // A store in which nothing may have to wait.
        let refused = move |mut caller: Caller<'_, u32>, n: i32| {
            let leaf = export(&mut caller, "leaf");
            assert!(error(leaf.call(&mut caller, 1)).starts_with(WITHIN));
            assert!(error(leaf.func().call(&mut caller, &[1.into()], &mut [2.into()])).starts_with(WITHIN));
            assert!(error(Instance::new(&mut caller, &module, &[])).starts_with(WITHIN));
            assert!(Memory::new(&mut caller, MemoryType::new(1, None)).is_ok());
            Ok(n)
        };
        let text = GUEST.replace(
            "(import \"\" \"host\" (func $host (param i32) (result i32)))",
            "(func $host (param i32) (result i32) local.get 0)",
        );
        let text = text.replace("(import \"\" \"plain\" (func $plain (param i32) (result i32)))", "");
        let imports = "(import \"\" \"plain\" (func $plain (param i32) (result i32)))";
        let text = text.replacen("(module", &format!("(module {imports}"), 1);
        let mut linker = Linker::<u32>::new(&engine);
        linker.func_wrap("", "plain", refused)?;
        let mut store = Store::new(&engine, 0);
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text)?)?;
        let (result, pending) = call(&mut store, &instance, "plain", 5);
        assert_eq!((result?, pending), (5, 0));
        // Outside of such a call, all is as before.
        let leaf = instance.get_typed_func::<i32, i32>(&mut store, "leaf")?;
        assert_eq!(leaf.call(&mut store, 4)?, 8);
    }
    Ok(())
}

#[test]
fn where_something_may_wait_plain_calls_are_refused() -> Result<()> {
    const STORE: &str = "store configuration requires that `*_async` functions are used instead";
    for engine in engines(|config| {
        config.consume_fuel(true).epoch_interruption(true);
    }) {
        let module = Module::new(&engine, "(module (func (export \"f\")))")?;
        let refuses = |set: &dyn Fn(&mut Store<u32>)| -> Result<()> {
            let mut store = Store::new(&engine, 0);
            store.set_fuel(1_000)?;
            store.set_epoch_deadline(1_000);
            let instance = Instance::new(&mut store, &module, &[])?;
            let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
            f.call(&mut store, ())?;
            set(&mut store);
            assert!(error(f.call(&mut store, ())).starts_with(STORE));
            assert!(error(Instance::new(&mut store, &module, &[])).starts_with(STORE));
            run(f.call_async(&mut store, ())).0?;
            run(Instance::new_async(&mut store, &module, &[])).0?;
            Ok(())
        };
        refuses(&|store| store.epoch_deadline_async_yield_and_update(5))?;
        refuses(&|store| store.fuel_async_yield_interval(Some(5)).expect("fuel is on"))?;
        refuses(&|store| {
            coracle::Func::wrap_async(store, |_: Caller<'_, u32>, (): ()| Box::new(async {}));
        })?;
    }
    Ok(())
}

#[test]
fn a_guest_that_gives_way_in_a_plain_call_ends() -> Result<()> {
    for engine in engines(|config| {
        config.epoch_interruption(true);
    }) {
        let module = Module::new(&engine, "(module (func (export \"f\") (loop $l (br $l))))")?;
        let mut store = Store::new(&engine, 0);
        store.epoch_deadline_callback(|_| Ok(coracle::UpdateDeadline::Yield(1)));
        let instance = Instance::new(&mut store, &module, &[])?;
        let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
        let message = error(f.call(&mut store, ()));
        assert!(
            message.contains("cannot use `UpdateDeadline::Yield` without using an async wasm entrypoint"),
            "{message}"
        );
        let mut future = pin!(f.call_async(&mut store, ()));
        assert!(poll(future.as_mut()).is_pending());
    }
    Ok(())
}

#[test]
fn stores_that_call_each_other_share_a_stack() -> Result<()> {
    const LENGTH: u32 = 40;
    /// A host function that calls the guest of a store of its own, and so on; each guest takes its part of the stack.
    fn link(module: &Module, left: u32) -> Result<(Store<u32>, TypedFunc<(), ()>)> {
        let mut linker = Linker::<u32>::new(module.engine());
        let inner = module.clone();
        linker.func_wrap("", "next", move || -> Result<()> {
            if left == 0 {
                return Ok(());
            }
            let (mut store, down) = link(&inner, left - 1)?;
            down.call(&mut store, ())
        })?;
        let mut store = Store::new(module.engine(), 0);
        let instance = linker.instantiate(&mut store, module)?;
        let down = instance.get_typed_func::<(), ()>(&mut store, "down")?;
        Ok((store, down))
    }
    let text = r#"(module (import "" "next" (func $next))
      (global $calls (mut i32) (i32.const 0))
      (func $down (export "down")
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (i32.eq (global.get $calls) (i32.const 4000)) (then (call $next)) (else (call $down)))
        (global.set $calls (i32.sub (global.get $calls) (i32.const 1)))))"#;
    for engine in engines(|_| {}) {
        let module = Module::new(&engine, text)?;
        let (mut store, down) = link(&module, LENGTH)?;
        if let Err(error) = run(down.call_async(&mut store, ())).0 {
            assert_eq!(error.downcast_ref(), Some(&Trap::StackOverflow), "{error:?}");
        }
    }
    Ok(())
}

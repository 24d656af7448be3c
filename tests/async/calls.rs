//! The plain ways in and out.

use crate::support::{Polls, engines, error, run};
use coracle::component::{Component, Linker as ComponentLinker};
use coracle::{Caller, FuncType, Instance, Linker, Module, Result, Store, StoreContextMut, Val, ValType};

const CALLER: &str = r#"(module
  (import "" "add" (func $add (param i32 i32) (result i32)))
  (func (export "run") (param i32) (result i32)
    (call $add (call $add (local.get 0) (i32.const 1)) (i32.const 10))))"#;

#[test]
fn a_core_guest_waits_for_the_host() -> Result<()> {
    for engine in engines(|_| {}) {
        let module = Module::new(&engine, CALLER)?;
        let mut linker = Linker::<u32>::new(&engine);
        linker.func_wrap_async("", "add", |mut caller: Caller<'_, u32>, (a, b): (i32, i32)| {
            Box::new(async move {
                *caller.data_mut() += 1;
                Polls(2).await;
                *caller.data_mut() += 1;
                a + b
            })
        })?;
        let mut store = Store::new(&engine, 0);
        let (instance, pending) = run(linker.instantiate_async(&mut store, &module));
        assert_eq!(pending, 0);
        let run_it = instance?.get_typed_func::<i32, i32>(&mut store, "run")?;
        for round in 1..5 {
            let (result, pending) = run(run_it.call_async(&mut store, 5));
            assert_eq!((result?, pending, *store.data()), (16, 4, 4 * round));
        }
        let message = error(run_it.call(&mut store, 5));
        assert!(message.starts_with("store configuration requires"), "{message}");
    }
    Ok(())
}

#[test]
fn values_of_types_known_at_run_time_go_through() -> Result<()> {
    for engine in engines(|_| {}) {
        let module = Module::new(&engine, CALLER)?;
        let mut store = Store::new(&engine, ());
        let ty = FuncType::new(&engine, [ValType::I32, ValType::I32], [ValType::I32]);
        let add = coracle::Func::new_async(&mut store, ty, |_, args, results| {
            Box::new(async move {
                Polls(1).await;
                results[0] = Val::I32(args[0].unwrap_i32() + args[1].unwrap_i32());
                Ok(())
            })
        });
        let (instance, _) = run(Instance::new_async(&mut store, &module, &[add.into()]));
        let run_it = instance?.get_func(&mut store, "run").expect("exported");
        let mut results = [Val::I32(0)];
        let (done, pending) = run(run_it.call_async(&mut store, &[Val::I32(1)], &mut results));
        done?;
        assert_eq!((results[0].unwrap_i32(), pending), (12, 2));
    }
    Ok(())
}

const COMPONENT: &str = r#"(component
  (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
  (core func $lowered (canon lower (func $add)))
  (core module $m
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (call $add (call $add (local.get 0) (i32.const 1)) (i32.const 10))))
  (core instance $i (instantiate $m (with "" (instance (export "add" (func $lowered))))))
  (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))"#;

#[test]
fn a_component_waits_for_the_host() -> Result<()> {
    for engine in engines(|_| {}) {
        let component = Component::new(&engine, COMPONENT)?;
        let mut linker = ComponentLinker::<()>::new(&engine);
        linker.root().func_wrap_async("add", |_: StoreContextMut<'_, ()>, (a, b): (u32, u32)| {
            Box::new(async move {
                Polls(3).await;
                Ok((a + b,))
            })
        })?;
        let mut store = Store::new(&engine, ());
        let (instance, _) = run(linker.instantiate_async(&mut store, &component));
        let run_it = instance?.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
        let (result, pending) = run(run_it.call_async(&mut store, (5,)));
        assert_eq!((result?, pending), ((16,), 6));
    }
    Ok(())
}

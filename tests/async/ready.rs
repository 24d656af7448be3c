//! Futures that are ready at once, and what a store is given to wait for within a call that had nothing to wait for.

use crate::support::{Polls, TIERS, engine, error, run};
use coracle::component::{Component, Linker as ComponentLinker};
use coracle::{Caller, Engine, Error, Extern, Func, Instance, Linker, Memory, Module, Ref, Result, Store, Trap};
use coracle::{StoreContextMut, TypedFunc};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;

/// Engines of the tiers, with memories that stay where they are and with such that move.
fn engines() -> impl Iterator<Item = Engine> {
    let memories = [|_: &mut coracle::Config| {}, |config: &mut coracle::Config| _ = config.memory_reservation(0)];
    TIERS.into_iter().flat_map(move |tier| memories.map(|set| engine(tier, set)))
}

/// The host is called between two looks at the memory.
const GROWS: &str = r#"(module
  (import "" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 1 100)
  (func (export "grow") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (memory.grow (local.get 0)))
  (func (export "run") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 40))
    (i32.store (i32.const 4) (call $host (local.get 0)))
    (i32.store (i32.const 131068) (i32.const 1))
    (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 100)) (i32.load (i32.const 4)))))"#;

fn func(caller: &mut Caller<'_, u32>, name: &str) -> TypedFunc<i32, i32> {
    let Some(Extern::Func(func)) = caller.get_export(name) else { panic!("no `{name}`") };
    func.typed(caller).expect("its type")
}

fn memory(caller: &mut Caller<'_, u32>) -> Memory {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else { panic!("no memory") };
    memory
}

#[test]
fn one_that_calls_back_finds_the_guest_and_leaves_it_as_a_plain_call_does() -> Result<()> {
    for engine in engines() {
        let mut linker = Linker::<u32>::new(&engine);
        linker.func_wrap_async("", "host", |mut caller: Caller<'_, u32>, (n,): (i32,)| {
            Box::new(async move {
                let grow = func(&mut caller, "grow");
                for _ in 0..n {
                    grow.call_async(&mut caller, 1).await?;
                }
                let memory = memory(&mut caller);
                memory.data_mut(&mut caller)[0] += 1;
                memory.grow_async(&mut caller, 1).await?;
                *caller.data_mut() += 1;
                Result::<i32>::Ok(memory.size(&caller) as i32)
            })
        })?;
        let mut store = Store::new(&engine, 0);
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, GROWS)?)).0?;
        let call = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        let mut pages = 1;
        for n in [0, 1, 3, 7] {
            pages += n + 1;
            let (result, pending) = run(call.call_async(&mut store, n));
            assert_eq!((result?, pending), ((41 + n) * 100 + pages, 0));
        }
        assert_eq!(*store.data(), 4);
    }
    Ok(())
}

/// The host's answer is lowered by a `realloc` that grows the memory.
const TEXT: &str = r#"(component
  (import "host" (func $host (param "s" string) (result string)))
  (core module $libc
    (memory (export "memory") 1 100)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (i32.mul (memory.grow (i32.const 1)) (i32.const 65536))))
  (core instance $libc (instantiate $libc))
  (core func $lowered (canon lower (func $host)
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "host" (func $host (param i32 i32 i32)))
    (func (export "run") (param i32 i32) (result i32)
      (call $host (local.get 0) (local.get 1) (i32.const 16))
      (i32.const 16)))
  (core instance $i (instantiate $m
    (with "" (instance (export "memory" (memory $libc "memory")) (export "host" (func $lowered))))))
  (func (export "run") (param "s" string) (result string)
    (canon lift (core func $i "run")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))"#;

#[test]
fn a_component_s_is_lowered_where_the_memory_is_by_then() -> Result<()> {
    for engine in engines() {
        let mut linker = ComponentLinker::<()>::new(&engine);
        linker.root().func_wrap_async("host", |_: StoreContextMut<'_, ()>, (text,): (String,)| {
            Box::new(async move {
                match text.as_str() {
                    "fails" => Err(Error::msg("the host fails")),
                    "panics" => resume_unwind(Box::new("the host")),
                    _ => Ok((text.repeat(2),)),
                }
            })
        })?;
        let component = Component::new(&engine, TEXT)?;
        for end in ["", "fails", "panics"] {
            let mut store = Store::new(&engine, ());
            let instance = run(linker.instantiate_async(&mut store, &component)).0?;
            let call = instance.get_typed_func::<(&str,), (String,)>(&mut store, "run")?;
            for text in ["x", "yz", ""] {
                let (result, pending) = run(call.call_async(&mut store, (text,)));
                assert_eq!((result?.0, pending), (text.repeat(2), 0));
            }
            if end.is_empty() {
                continue;
            }
            let ended = catch_unwind(AssertUnwindSafe(|| run(call.call_async(&mut store, (end,))).0));
            match ended {
                Ok(failed) => assert!(end == "fails" && error(failed).contains("the host fails")),
                Err(panic) => assert_eq!((end, panic.downcast_ref()), ("panics", Some(&"the host"))),
            }
            let again = run(call.call_async(&mut store, ("x",))).0.expect_err("its call was broken off");
            assert_eq!(again.downcast_ref(), Some(&Trap::CannotEnterComponent), "{again:?}");
        }
    }
    Ok(())
}

#[test]
fn one_that_ends_otherwise_leaves_a_module_s_store_usable() -> Result<()> {
    for engine in engines() {
        let mut linker = Linker::<u32>::new(&engine);
        linker.func_wrap_async("", "host", |mut caller: Caller<'_, u32>, (n,): (i32,)| {
            Box::new(async move {
                match n {
                    1 => Err(Error::msg("the host fails")),
                    2 => resume_unwind(Box::new("the host")),
                    3 => Err(Trap::OutOfFuel.into()),
                    // The guest below traps, and this one passes that on.
                    4 => func(&mut caller, "run").call_async(&mut caller, 3).await,
                    _ => Ok(n),
                }
            })
        })?;
        let mut store = Store::new(&engine, 0);
        let text = GROWS.replace("(memory (export \"memory\") 1 100)", "(memory (export \"memory\") 2 100)");
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, text)?)).0?;
        let call = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        for round in 0..20 {
            let result = catch_unwind(AssertUnwindSafe(|| run(call.call_async(&mut store, round % 5)).0));
            match (round % 5, result) {
                (0, result) => assert_eq!(result.expect("no panic")?, 4000),
                (1, Ok(failed)) => assert!(error(failed).contains("the host fails")),
                (2, Err(panic)) => assert_eq!(panic.downcast_ref(), Some(&"the host")),
                (3 | 4, Ok(Err(error))) => assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel), "{error:?}"),
                (case, result) => panic!("{case}: {:?}", result.map_err(|_| "a panic")),
            }
        }
    }
    Ok(())
}

/// Calls what the host puts into its table.
const TABLE: &str = r#"(module
  (import "" "give" (func $give (param i32)))
  (type $f (func (result i32)))
  (table (export "table") 1 funcref)
  (func (export "run") (param i32) (result i32)
    (call $give (local.get 0))
    (i32.add (call_indirect (type $f) (i32.const 0)) (i32.const 1))))"#;

/// A function that is ready after so many polls.
fn after(store: impl coracle::AsContextMut<Data = u32>, polls: u32) -> Func {
    Func::wrap_async(store, move |mut caller: Caller<'_, u32>, (): ()| {
        Box::new(async move {
            Polls(polls).await;
            *caller.data_mut() += 1;
            41_i32
        })
    })
}

#[test]
fn what_is_given_within_a_call_is_polled_once_and_waited_for_in_the_next() -> Result<()> {
    for engine in engines() {
        let module = Module::new(&engine, TABLE)?;
        let mut linker = Linker::<u32>::new(&engine);
        linker.func_wrap("", "give", |mut caller: Caller<'_, u32>, polls: i32| {
            let Some(Extern::Table(table)) = caller.get_export("table") else { panic!("no table") };
            let func = after(&mut caller, polls as u32);
            table.set(&mut caller, 0, Ref::Func(Some(func)))
        })?;
        for polls in [0, 3] {
            let mut store = Store::new(&engine, 0);
            let instance = linker.instantiate(&mut store, &module)?;
            let call = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
            let (result, pending) = run(call.call_async(&mut store, polls));
            match (polls, result) {
                (0, result) => assert_eq!((result?, *store.data()), (42, 1)),
                (_, Ok(_)) => panic!("it had no stack"),
                (_, Err(error)) => assert_eq!(error.downcast_ref(), Some(&Trap::CannotBlockSyncTask), "{error:?}"),
            }
            assert_eq!(pending, 0);
            // The store has something to wait for now.
            assert!(error(call.call(&mut store, 0)).starts_with("store configuration requires"));
            let (result, pending) = run(call.call_async(&mut store, polls));
            assert_eq!((result?, pending), (42, polls as u32));
        }
    }
    Ok(())
}

#[test]
fn a_call_by_hand_within_a_call_waits_as_its_store_does() -> Result<()> {
    for engine in engines() {
        let module = Module::new(&engine, "(module (func (export \"leaf\") (result i32) (i32.const 5)))")?;
        let text = r#"(module (import "" "by-hand" (func $by-hand (result i32)))
            (func (export "run") (result i32) (call $by-hand)))"#;
        let mut linker = Linker::<u32>::new(&engine);
        let inner = module.clone();
        linker.func_wrap("", "by-hand", move |mut caller: Caller<'_, u32>| -> Result<i32> {
            // A call within the call that was made at once, twice; then one for which the store has a stack.
            let instance = run(Instance::new_async(&mut caller, &inner, &[])).0?;
            let leaf = instance.get_typed_func::<(), i32>(&mut caller, "leaf")?;
            let first = run(leaf.call_async(&mut caller, ())).0?;
            assert!(error(leaf.call(&mut caller, ())).starts_with("cannot do blocking `call`"));
            let waits = after(&mut caller, 2).typed::<(), i32>(&caller)?;
            let (second, pending) = run(waits.call_async(&mut caller, ()));
            assert_eq!(pending, 2);
            Ok(first + second? + run(leaf.call_async(&mut caller, ())).0?)
        })?;
        let mut store = Store::new(&engine, 0);
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text)?)?;
        let call = instance.get_typed_func::<(), i32>(&mut store, "run")?;
        assert_eq!(run(call.call_async(&mut store, ())).0?, 51);
    }
    Ok(())
}

#[test]
fn a_call_that_was_told_how_it_ended_is_not_made_again() -> Result<()> {
    for engine in engines() {
        let module = Module::new(&engine, "(module (func (export \"f\") (param i32) (result i32) (local.get 0)))")?;
        let mut store = Store::new(&engine, 0);
        let instance = Instance::new(&mut store, &module, &[])?;
        let call = instance.get_typed_func::<i32, i32>(&mut store, "f")?;
        for waits in [false, true] {
            if waits {
                after(&mut store, 0);
            }
            // Never polled, and polled once more.
            drop(call.call_async(&mut store, 1));
            let mut future = Box::pin(call.call_async(&mut store, 2));
            assert_eq!(run(Pin::as_mut(&mut future)).0?, 2);
            assert!(catch_unwind(AssertUnwindSafe(|| run(Pin::as_mut(&mut future)))).is_err());
        }
    }
    Ok(())
}

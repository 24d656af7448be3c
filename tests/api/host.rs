//! Host functions: what goes in comes out, errors and panics keep their own types, calls nest.

use crate::{TIERS, engine};
use coracle::{Caller, Extern, Func, Instance, Linker, Module, Result, Store, Val, bail};

#[test]
fn values_of_every_number_type_cross_both_ways() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(
            &engine,
            r#"(module
                (import "" "mix" (func $mix (param i32 i64 f32 f64) (result f64 f32 i64 i32)))
                (func (export "go") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
                    (call $mix (local.get 0) (local.get 1) (local.get 2) (local.get 3))))"#,
        )?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap("", "mix", |a: i32, b: i64, c: f32, d: f64| (d * 2.0, -c, b + 1, a - 1))?;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module)?;
        let go = instance.get_typed_func::<(i32, i64, f32, f64), (f64, f32, i64, i32)>(&mut store, "go")?;
        for _ in 0..5 {
            let out = go.call(&mut store, (i32::MIN + 1, i64::MAX - 1, 1.5, 0.25))?;
            assert_eq!(out, (0.5, -1.5, i64::MAX, i32::MIN), "{tier:?}");
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Mine(u32);

impl std::fmt::Display for Mine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mine {}", self.0)
    }
}

impl std::error::Error for Mine {}

const FAILING: &str = r#"(module
    (import "" "f" (func $f (param i32)))
    (func $inner (param i32) (call $f (local.get 0)))
    (func (export "go") (param i32) (call $inner (local.get 0))))"#;

#[test]
fn an_error_of_the_host_keeps_its_type_through_the_guest() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, FAILING)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap("", "f", |x: i32| -> Result<()> {
            if x >= 0 { Err(Mine(x as u32).into()) } else { Ok(()) }
        })?;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module)?;
        let go = instance.get_typed_func::<i32, ()>(&mut store, "go")?;
        for round in 0..5 {
            go.call(&mut store, -1)?;
            let error = go.call(&mut store, round).unwrap_err();
            assert_eq!(error.downcast_ref::<Mine>().map(|mine| mine.0), Some(round as u32), "{tier:?}");
        }
    }
    Ok(())
}

#[test]
fn a_panic_of_the_host_passes_through_the_guest() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, FAILING)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap("", "f", |x: i32| {
            if x == 7 {
                std::panic::panic_any(Mine(7));
            }
        })?;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module)?;
        let go = instance.get_typed_func::<i32, ()>(&mut store, "go")?;
        for _ in 0..5 {
            go.call(&mut store, 0)?;
            let call = std::panic::AssertUnwindSafe(|| go.call(&mut store, 7));
            let panic = std::panic::catch_unwind(call).unwrap_err();
            assert!(panic.is::<Mine>(), "{tier:?}");
        }
        go.call(&mut store, 0)?;
    }
    Ok(())
}

#[test]
fn calls_nest_and_keep_their_cells() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        // Each level keeps a value of its own across the nested call.
        let module = Module::new(
            &engine,
            r#"(module
                (import "" "down" (func $down (param i32) (result i32)))
                (func (export "up") (param $n i32) (result i32)
                    (local $keep i32)
                    (local.set $keep (i32.mul (local.get $n) (i32.const 3)))
                    (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
                    (i32.add (call $down (i32.sub (local.get $n) (i32.const 1))) (local.get $keep))))"#,
        )?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap("", "down", |mut caller: Caller<'_, u32>, n: i32| -> Result<i32> {
            *caller.data_mut() += 1;
            let Some(Extern::Func(up)) = caller.get_export("up") else { bail!("no `up`") };
            up.typed::<i32, i32>(&caller)?.call(&mut caller, n)
        })?;
        let mut store = Store::new(&engine, 0);
        let instance = linker.instantiate(&mut store, &module)?;
        let up = instance.get_typed_func::<i32, i32>(&mut store, "up")?;
        assert_eq!(up.call(&mut store, 40)?, 1 + 3 * (40 * 41 / 2), "{tier:?}");
        assert_eq!(*store.data(), 40);
    }
    Ok(())
}

#[test]
fn functions_of_one_instance_are_called_by_another() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let mut store = Store::new(&engine, ());
        let counter = Module::new(
            &engine,
            r#"(module (global $n (mut i32) (i32.const 0)) (memory (export "m") 1)
                (table (export "t") 2 funcref) (elem (i32.const 0) $next)
                (func $next (export "next") (result i32)
                    (global.set $n (i32.add (global.get $n) (i32.const 1)))
                    (i32.store (i32.const 8) (global.get $n))
                    (global.get $n)))"#,
        )?;
        let user = Module::new(
            &engine,
            r#"(module (import "" "next" (func $next (result i32))) (import "" "m" (memory 1))
                (import "" "t" (table 2 funcref)) (type $f (func (result i32)))
                (func (export "go") (result i32)
                    (drop (call $next))
                    (drop (call_indirect (type $f) (i32.const 0)))
                    (i32.load (i32.const 8))))"#,
        )?;
        let counter = Instance::new(&mut store, &counter, &[])?;
        let imports = ["next", "m", "t"].map(|name| counter.get_export(&mut store, name).unwrap());
        let user = Instance::new(&mut store, &user, &imports)?;
        let go = user.get_typed_func::<(), i32>(&mut store, "go")?;
        for round in 1..=10 {
            assert_eq!(go.call(&mut store, ())?, round * 2, "{tier:?}");
        }
    }
    Ok(())
}

#[test]
fn a_host_function_can_be_put_into_a_table_and_called() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let mut store = Store::new(&engine, 0_i32);
        let module = Module::new(
            &engine,
            r#"(module (table (export "t") 1 funcref) (type $f (func (param i32)))
                (func (export "go") (param i32) (call_indirect (type $f) (local.get 0) (i32.const 0))))"#,
        )?;
        let instance = Instance::new(&mut store, &module, &[])?;
        let add = Func::wrap(&mut store, |mut caller: Caller<'_, i32>, x: i32| *caller.data_mut() += x);
        let table = instance.get_table(&mut store, "t").unwrap();
        table.set(&mut store, 0, add.into())?;
        let go = instance.get_func(&mut store, "go").unwrap();
        for _ in 0..4 {
            go.call(&mut store, &[Val::I32(5)], &mut [])?;
        }
        assert_eq!(*store.data(), 20, "{tier:?}");
    }
    Ok(())
}

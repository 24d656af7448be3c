//! What the embedder grants: memory, tables, instances, stack, fuel, time.

use crate::{TIERS, engine};
use coracle::{Engine, ErrorKind, Instance, Module, Result, Store, StoreLimitsBuilder, Trap, UpdateDeadline};

const GROWING: &str = r#"(module (memory (export "m") 1) (table $t 1 funcref)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "grow-table") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
    (func (export "last") (result i32) (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)))))"#;

#[test]
fn growth_beyond_the_limiter_fails_as_the_guest_expects() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, GROWING)?;
        let limits = StoreLimitsBuilder::new().memory_size(4 << 16).table_elements(3).instances(1).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        let instance = Instance::new(&mut store, &module, &[])?;
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
        let last = instance.get_typed_func::<(), i32>(&mut store, "last")?;
        let answers = [2, 2, 1, 1, 0, -1].map(|by| grow.call(&mut store, by).ok());
        assert_eq!(answers, [Some(1), Some(-1), Some(3), Some(-1), Some(4), Some(-1)], "{tier:?}");
        assert_eq!(last.call(&mut store, ())?, 0);
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow-table")?;
        assert_eq!([2, 1, 0].map(|by| grow.call(&mut store, by).ok()), [Some(1), Some(-1), Some(3)]);
        let error = Instance::new(&mut store, &module, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    }
    Ok(())
}

#[test]
fn growth_can_be_made_a_trap() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, GROWING)?;
        let limits = StoreLimitsBuilder::new().memory_size(2 << 16).trap_on_grow_failure(true).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        let instance = Instance::new(&mut store, &module, &[])?;
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
        for _ in 0..4 {
            let error = grow.call(&mut store, 2).unwrap_err();
            assert_eq!(error.root_cause().to_string(), "forcing trap when growing memory to 196608 bytes", "{tier:?}");
        }
        assert_eq!(grow.call(&mut store, 1)?, 1);
    }
    Ok(())
}

#[test]
fn much_memory_is_an_error_or_is_not_touched() -> Result<()> {
    let engine = Engine::default();
    for text in [
        r#"(module (memory 65536))"#,
        r#"(module (memory i64 163840))"#,
        r#"(module (memory i64 0xffff_ffff_ffff))"#,
        r#"(module (table 4294967295 funcref))"#,
    ] {
        let module = Module::new(&engine, text)?;
        let mut store = Store::new(&engine, ());
        match Instance::new(&mut store, &module, &[]) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::Resource, "{text}: {error}"),
        }
    }
    Ok(())
}

#[test]
fn recursion_without_end_is_a_trap() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(
            &engine,
            r#"(module (func $f (export "f") (param i64) (result i64)
                (i64.add (i64.const 1) (call $f (i64.add (local.get 0) (i64.const 1))))))"#,
        )?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
        for _ in 0..3 {
            let error = f.call(&mut store, 0).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{tier:?}");
        }
    }
    Ok(())
}

#[test]
fn fuel_runs_out_and_is_counted_alike() -> Result<()> {
    let mut left = Vec::new();
    for tier in TIERS {
        let engine = engine(tier, |config| _ = config.consume_fuel(true))?;
        let module = Module::new(
            &engine,
            r#"(module (func (export "spin") (param i32)
                (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
        )?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let spin = instance.get_typed_func::<i32, ()>(&mut store, "spin")?;
        let error = spin.call(&mut store, 10).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel), "{tier:?}");
        store.set_fuel(100_000)?;
        for _ in 0..5 {
            spin.call(&mut store, 1_000)?;
        }
        left.push(store.get_fuel()?);
        let error = spin.call(&mut store, 0).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel), "{tier:?}");
        store.set_fuel(u64::MAX)?;
        spin.call(&mut store, 1)?;
        assert!(store.get_fuel()? > u64::MAX - 100);
    }
    assert!(left[0] < 100_000 && left.iter().all(|&fuel| fuel == left[0]), "{left:?}");
    Ok(())
}

#[test]
fn epochs_interrupt_or_call_back() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |config| _ = config.epoch_interruption(true))?;
        let module = Module::new(&engine, r#"(module (func (export "spin") (loop (br 0))))"#)?;
        let mut store = Store::new(&engine, 0);
        store.set_epoch_deadline(1);
        let instance = Instance::new(&mut store, &module, &[])?;
        let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
        engine.increment_epoch();
        let error = spin.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt), "{tier:?}");
        store.epoch_deadline_callback(|mut context| {
            *context.data_mut() += 1;
            Ok(if *context.data() < 5 { UpdateDeadline::Continue(0) } else { UpdateDeadline::Interrupt })
        });
        let error = spin.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt), "{tier:?}");
        assert_eq!(*store.data(), 5);
    }
    Ok(())
}

//! Limits of one's own, and settings and input that are refused.

use crate::engines;
use coracle::{
    Config, Engine, ErrorKind, Instance, Module, ResourceLimiter, Result, Store, StoreLimits, StoreLimitsBuilder, Trap,
    UpdateDeadline,
};

const SPIN: &str = r#"(module
    (memory (export "m") 1)
    (func (export "spin") (loop $l (br $l)))
    (func (export "count") (param i32) (result i32) (local i32)
        (loop $l
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get 1) (local.get 0))))
        (local.get 1))
    (func (export "deep") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call 2 (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;

fn spin<T: 'static>(store: &mut Store<T>) -> Result<Instance> {
    let module = Module::new(store.engine(), SPIN)?;
    Instance::new(store, &module, &[])
}

#[test]
fn fuel_is_counted_alike_in_every_tier() -> Result<()> {
    let mut used = Vec::new();
    for engine in engines(|config| _ = config.consume_fuel(true)) {
        let mut store = Store::new(&engine, ());
        store.set_fuel(1_000_000)?;
        let it = spin(&mut store)?;
        let count = it.get_typed_func::<u32, u32>(&mut store, "count")?;
        assert_eq!(count.call(&mut store, 1_000)?, 1_000);
        used.push(1_000_000 - store.get_fuel()?);
        let error = it.get_typed_func::<(), ()>(&mut store, "spin")?.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel));
        assert_eq!(store.get_fuel()?, 0);
        store.set_fuel(50_000)?;
        assert_eq!(count.call(&mut store, 10)?, 10);
    }
    assert!(used[0] > 3_000, "{used:?}");
    assert!(used.iter().all(|fuel| *fuel == used[0]), "{used:?}");
    assert_eq!(Store::new(&Engine::default(), ()).get_fuel().unwrap_err().kind(), ErrorKind::Unsupported);
    Ok(())
}

#[test]
fn epochs_interrupt_and_can_be_put_off() -> Result<()> {
    for engine in engines(|config| _ = config.epoch_interruption(true)) {
        let mut store = Store::new(&engine, 0);
        store.set_epoch_deadline(1);
        let it = spin(&mut store)?;
        let spin = it.get_typed_func::<(), ()>(&mut store, "spin")?;
        let ticker = engine.clone();
        let ticks = std::thread::spawn(move || ticker.increment_epoch());
        let error = spin.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
        ticks.join().expect("no panic");

        store.epoch_deadline_callback(|mut store| {
            *store.data_mut() += 1;
            if *store.data() < 3 { Ok(UpdateDeadline::Continue(0)) } else { Err(coracle::Error::msg("enough")) }
        });
        let error = spin.call(&mut store, ()).unwrap_err();
        assert_eq!((format!("{error:#}").contains("enough"), *store.data()), (true, 3), "{error:#}");
    }
    Ok(())
}

#[test]
fn the_limiter_is_asked() -> Result<()> {
    for engine in engines(|_| {}) {
        let limits = StoreLimitsBuilder::new().memory_size(2 << 16).instances(2).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        let it = spin(&mut store)?;
        let grow = it.get_typed_func::<u32, i32>(&mut store, "grow")?;
        assert_eq!(grow.call(&mut store, 1)?, 1);
        assert_eq!(grow.call(&mut store, 1)?, -1);
        spin(&mut store)?;
        assert_eq!(spin(&mut store).unwrap_err().kind(), ErrorKind::Limit);

        let limits = StoreLimitsBuilder::new().memory_size(1 << 16).trap_on_grow_failure(true).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        let it = spin(&mut store)?;
        let error = it.get_typed_func::<u32, i32>(&mut store, "grow")?.call(&mut store, 1).unwrap_err();
        assert!(error.chain().any(|error| error.to_string() == "forcing trap when growing memory to 131072 bytes"));
    }
    Ok(())
}

/// A limiter that keeps a record.
#[derive(Default)]
struct Record(Vec<(usize, usize)>);

impl ResourceLimiter for Record {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        self.0.push((current, desired));
        Ok(true)
    }
    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

#[test]
fn a_limiter_of_ones_own() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, Record::default());
        store.limiter(|record| record);
        let it = spin(&mut store)?;
        it.get_typed_func::<u32, i32>(&mut store, "grow")?.call(&mut store, 3)?;
        assert_eq!(store.into_data().0, [(0, 1 << 16), (1 << 16, 4 << 16)]);
    }
    Ok(())
}

/// A limiter that panics when something is to grow.
struct Panics;

impl ResourceLimiter for Panics {
    fn memory_growing(&mut self, current: usize, _: usize, maximum: Option<usize>) -> Result<bool> {
        assert_eq!((current, maximum), (0, Some(1 << 32)), "no growing");
        Ok(true)
    }
    fn table_growing(&mut self, current: usize, _: usize, maximum: Option<usize>) -> Result<bool> {
        assert_eq!((current, maximum), (0, Some(u32::MAX as usize)), "no growing");
        Ok(true)
    }
}

#[test]
fn a_panic_of_the_limiter_passes_through_host_and_guest() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, Panics);
        store.limiter(|panics| panics);
        let it = spin(&mut store)?;
        let grow = it.get_typed_func::<u32, i32>(&mut store, "grow")?;
        let ty = coracle::TableType::new(coracle::RefType::FUNCREF, 1, None);
        let table = coracle::Table::new(&mut store, ty, coracle::Ref::Func(None))?;
        for _ in 0..3 {
            let mut caught = |run: &mut dyn FnMut(&mut Store<Panics>)| {
                let run = std::panic::AssertUnwindSafe(|| run(&mut store));
                let panic = std::panic::catch_unwind(run).unwrap_err();
                panic.downcast_ref::<String>().is_some_and(|text| text.contains("no growing"))
            };
            assert!(caught(&mut |store| _ = grow.call(store, 1)));
            assert!(caught(&mut |store| _ = table.grow(store, 1, coracle::Ref::Func(None))));
        }
        assert_eq!(grow.call(&mut store, 0)?, 1);
    }
    Ok(())
}

#[test]
fn an_engine_can_be_held_weakly() {
    let engine = Engine::default();
    let weak = engine.weak();
    assert!(weak.upgrade().is_some_and(|again| Engine::same(&again, &engine)));
    drop(engine);
    assert!(weak.upgrade().is_none());
}

#[test]
fn deep_recursion_is_a_trap() -> Result<()> {
    for engine in engines(|config| _ = config.max_wasm_stack(256 << 10)) {
        let mut store = Store::new(&engine, ());
        let it = spin(&mut store)?;
        let deep = it.get_typed_func::<u32, u32>(&mut store, "deep")?;
        assert_eq!(deep.call(&mut store, 500)?, 500);
        let error = deep.call(&mut store, 100_000_000).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
        assert_eq!(deep.call(&mut store, 500)?, 500);
    }
    Ok(())
}

#[test]
fn settings_that_promise_too_much_are_refused() {
    let refused = |set: &dyn Fn(&mut Config)| {
        let mut config = Config::new();
        set(&mut config);
        Engine::new(&config).unwrap_err().kind()
    };
    assert_eq!(refused(&|config| _ = config.max_wasm_stack(0)), ErrorKind::Unsupported);
    assert_eq!(refused(&|config| _ = config.async_stack_size(1)), ErrorKind::Unsupported);
    assert_eq!(refused(&|config| _ = config.memory_reservation(0).memory_may_move(false)), ErrorKind::Unsupported);
    let _: StoreLimits = StoreLimits::default();
    // Memories that may not move have all the room that they may ever take, also where less was asked for.
    let fixed = Engine::new(Config::new().memory_reservation(1 << 24).memory_may_move(false)).unwrap();
    assert!(!fixed.get_memory_may_move() && fixed.get_memory_reservation() == 1 << 32);
}

#[test]
fn bad_input_is_told() {
    let engine = Engine::default();
    let kind = |bytes: &[u8]| Module::from_binary(&engine, bytes).unwrap_err().kind();
    assert_eq!(kind(b""), ErrorKind::Invalid);
    assert_eq!(kind(b"\0asm"), ErrorKind::Invalid);
    assert_eq!(kind(b"\0asm\x0d\0\x01\0"), ErrorKind::Invalid);
    assert_eq!(kind(&vec![0; 1 << 20]), ErrorKind::Invalid);
    assert_eq!(Module::new(&engine, "(module (func (result i32)))").unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(Module::new(&engine, "(modul)").unwrap_err().kind(), ErrorKind::Invalid);
    let gc = Module::new(&engine, "(module (type (struct)))").unwrap_err();
    assert_eq!(gc.kind(), ErrorKind::Unsupported);
    assert!(gc.to_string().contains("garbage collection"), "{gc}");
    assert!(Module::from_file(&engine, "/does/not/exist").unwrap_err().to_string().contains("/does/not/exist"));
}

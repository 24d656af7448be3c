//! Tasks that give way in the middle of a guest and go on later, other tasks in between: at tier `off`, in whichever
//! dispatcher this is built with.
//!
//! There is no public way to wait yet; a host function of this test's own does, through the runtime's internals.

#![allow(unsafe_code)] // Enters and resumes guests with raw cells.

use coracle::component::{Component, Linker};
use coracle::{Config, Engine, Error, Module, Result, Store, TierPolicy, Trap};
use coracle_image::module::{FuncType, ValType};
use coracle_vm::internals::{self, Progress};
use coracle_vm::raw::RawVal;
use coracle_vm::store::AsContextMut;
use coracle_vm::store::host::Flow;
use coracle_vm::store::ids::{FuncHandle, InstanceId, RawExtern, TaskId};
use coracle_vm::store::opaque::StoreOpaque;

fn engine(set: impl FnOnce(&mut Config)) -> Engine {
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Off);
    set(&mut config);
    Engine::new(&config).expect("an engine")
}

/// A host function `(i32) -> i32` that waits; whoever resumes its task says what it returns.
fn waiting(store: &mut StoreOpaque) -> RawExtern {
    let ty = FuncType { params: [ValType::I32].into(), results: [ValType::I32].into() };
    let engine = internals::engine(store).clone();
    // SAFETY: what is left in the cells until the task goes on is a number, as is what it is resumed with.
    let func = unsafe { internals::host_func(&engine, ty, |_| Ok(Flow::Wait)) }.expect("memory");
    RawExtern::Func(internals::bind_host_func(store, &func, std::ptr::null_mut()).expect("memory"))
}

fn start(store: &mut StoreOpaque, func: FuncHandle, arg: i32) -> Result<Progress<i32>> {
    let args = |_: &mut StoreOpaque, cells: &mut [RawVal]| {
        if let Some(cell) = cells.first_mut() {
            *cell = RawVal::from_i32(arg);
        }
        Ok(())
    };
    // SAFETY: all functions of this test take and return numbers.
    unsafe { internals::start_task(store, func, args, |cells| cells.first().map_or(0, |cell| cell.i32())) }
}

fn resume(store: &mut StoreOpaque, task: TaskId, outcome: Result<i32>) -> Result<Progress<i32>> {
    let outcome = |_: &mut StoreOpaque, cells: &mut [RawVal]| {
        let value = outcome?;
        if let Some(cell) = cells.first_mut() {
            *cell = RawVal::from_i32(value);
        }
        Ok(())
    };
    // SAFETY: as above.
    unsafe { internals::resume_task(store, task, outcome, |cells| cells.first().map_or(0, |cell| cell.i32())) }
}

fn waits(progress: Result<Progress<i32>>) -> TaskId {
    match progress.expect("no error") {
        Progress::Waiting(task) => task,
        Progress::Done(value) => panic!("done with {value}"),
    }
}

fn done(progress: Result<Progress<i32>>) -> i32 {
    match progress.expect("no error") {
        Progress::Done(value) => value,
        Progress::Waiting(_) => panic!("it waits"),
    }
}

/// Two instances: `down` goes so many calls deep, from one instance to the other and back by direct, indirect and
/// reference calls, waits there and adds one on each way up; each frame checks a local of its own.
const DEEP: &str = r#"(module
  (import "" "wait" (func $wait (param i32) (result i32)))
  (import "" "other" (func $other (param i32) (result i32)))
  (memory (export "memory") 1)
  (table 2 funcref)
  (elem (i32.const 0) $down $other)
  (type $t (func (param i32) (result i32)))
  (func $down (export "down") (param $n i32) (result i32) (local $seen i32) (local $sum i64)
    (local.set $seen (i32.mul (local.get $n) (i32.const 7)))
    (local.set $sum (i64.extend_i32_u (local.get $n)))
    (i32.store (i32.mul (local.get $n) (i32.const 4)) (local.get $seen))
    (if (result i32) (i32.eqz (local.get $n))
      (then (call $wait (i32.const 5)))
      (else
        (if (result i32) (i32.and (local.get $n) (i32.const 1))
          (then (call_indirect (type $t) (i32.sub (local.get $n) (i32.const 1)) (i32.and (i32.shr_u (local.get $n) (i32.const 1)) (i32.const 1))))
          (else (call $other (i32.sub (local.get $n) (i32.const 1)))))))
    (if (i32.ne (local.get $seen) (i32.mul (local.get $n) (i32.const 7))) (then unreachable))
    (if (i64.ne (local.get $sum) (i64.extend_i32_u (local.get $n))) (then unreachable))
    (if (i32.ne (i32.load (i32.mul (local.get $n) (i32.const 4))) (local.get $seen)) (then unreachable))
    (i32.add (i32.const 1)))
)"#;

/// The end of the chain: what the last instance calls as `other`.
const PLAIN: &str = r#"(module
  (import "" "wait" (func $wait (param i32) (result i32)))
  (func (export "tail") (param i32) (result i32) (return_call $wait (local.get 0)))
  (func (export "twice") (param i32) (result i32)
    (i32.add (call $wait (local.get 0)) (call $wait (local.get 0))))
  (func (export "spin") (param $n i32) (result i32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $i))
  (tag $t)
  (func (export "catch") (param i32) (result i32)
    (block $b
      (try_table (catch_all $b) (return (call $wait (local.get 0)))))
    (i32.const -1))
)"#;

struct Chain {
    store: Store<()>,
    down: FuncHandle,
    plain: InstanceId,
}

impl Chain {
    fn new(engine: &Engine) -> Result<Self> {
        let mut store = Store::new(engine, ());
        let mut context = store.as_context_mut();
        let inner = internals::store_mut(&mut context);
        let wait = waiting(inner);
        let plain = Module::new(engine, PLAIN)?;
        let plain = internals::instantiate_module(inner, internals::module(&plain), &[wait])?;
        let deep = Module::new(engine, DEEP)?;
        // Each instance calls the one made before it.
        let mut other = wait;
        for _ in 0..4 {
            let instance = internals::instantiate_module(inner, internals::module(&deep), &[wait, other])?;
            other = internals::instance_export(inner, instance, "down").expect("exported");
        }
        let RawExtern::Func(down) = other else { unreachable!("a function") };
        Ok(Self { store, down, plain })
    }

    fn plain(&mut self, name: &str) -> FuncHandle {
        let context = self.store.as_context_mut();
        match internals::instance_export(internals::into_store(context), self.plain, name) {
            Some(RawExtern::Func(func)) => func,
            _ => panic!("no function `{name}`"),
        }
    }

    fn with<R>(&mut self, f: impl FnOnce(&mut StoreOpaque) -> R) -> R {
        f(internals::into_store(self.store.as_context_mut()))
    }
}

/// At every depth, through four instances, with another task that runs to its end and one that waits in between.
#[test]
fn a_task_waits_at_every_depth() -> Result<()> {
    for set in [(|_| ()) as fn(&mut Config), |config| {
        config.consume_fuel(true);
    }] {
        let engine = engine(set);
        let mut chain = Chain::new(&engine)?;
        if engine_has_fuel(&mut chain) {
            chain.store.set_fuel(1 << 40)?;
        }
        let (down, twice, spin) = (chain.down, chain.plain("twice"), chain.plain("spin"));
        let mut depth = 0;
        while depth < 400 {
            let (first, second) = chain.with(|store| (start(store, down, depth), start(store, twice, 1)));
            let (first, second) = (waits(first), waits(second));
            assert_eq!(done(chain.with(|store| start(store, spin, 1000))), 1000);
            // The second goes on before the first, and waits again.
            let second = waits(chain.with(|store| resume(store, second, Ok(20))));
            let result = done_through(&mut chain, first, 100);
            assert!(result > 100, "one was added for each frame: {result}");
            assert_eq!(done(chain.with(|store| resume(store, second, Ok(22)))), 42);
            depth += if depth < 20 { 1 } else { 37 };
        }
    }
    Ok(())
}

fn engine_has_fuel(chain: &mut Chain) -> bool {
    chain.store.get_fuel().is_ok()
}

/// Resumes until it is done: a chain that ends in another instance's import waits there as well.
fn done_through(chain: &mut Chain, mut task: TaskId, value: i32) -> i32 {
    loop {
        match chain.with(|store| resume(store, task, Ok(value))).expect("no error") {
            Progress::Done(value) => return value,
            Progress::Waiting(next) => task = next,
        }
    }
}

#[test]
fn a_wait_in_the_place_of_a_tail_call() -> Result<()> {
    let mut chain = Chain::new(&engine(|_| ()))?;
    let tail = chain.plain("tail");
    let task = waits(chain.with(|store| start(store, tail, 3)));
    assert_eq!(done(chain.with(|store| resume(store, task, Ok(9)))), 9);
    Ok(())
}

/// What a host function that waited fails with ends the guest, or is caught there; the frames are told.
#[test]
fn a_wait_may_fail() -> Result<()> {
    let mut chain = Chain::new(&engine(|_| ()))?;
    let (down, catch) = (chain.down, chain.plain("catch"));
    let task = waits(chain.with(|store| start(store, down, 5)));
    let error = chain.with(|store| resume(store, task, Err(Error::msg("the disk is gone")))).expect_err("it failed");
    assert_eq!(error.root_cause().to_string(), "the disk is gone");
    let frames = error.downcast_ref::<coracle::WasmBacktrace>().map_or(0, |trace| trace.frames().len());
    assert!(frames > 1, "{error:?}");
    let task = waits(chain.with(|store| start(store, catch, 5)));
    assert!(chain.with(|store| resume(store, task, Err(Trap::Interrupt.into()))).is_err(), "a trap is not caught");
    // The task is gone.
    assert!(chain.with(|store| resume(store, task, Ok(1))).is_err());
    Ok(())
}

/// A call that was not begun as a task, or has a host function's frame around it, cannot wait: a trap by name.
#[test]
fn who_cannot_wait_traps() -> Result<()> {
    let mut chain = Chain::new(&engine(|_| ()))?;
    let down = chain.down;
    let error = chain.with(|store| {
        // SAFETY: numbers in and out.
        let result = unsafe {
            let args = |_: &mut StoreOpaque, cells: &mut [RawVal]| {
                cells[0] = RawVal::from_i32(3);
                Ok(())
            };
            internals::enter(store, down, args, |cells| cells[0].i32())
        };
        result.expect_err("no task")
    });
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::CannotBlockSyncTask), "{error:?}");
    // The store goes on.
    let task = waits(chain.with(|store| start(store, down, 3)));
    assert!(done_through(&mut chain, task, 1) > 1);
    Ok(())
}

/// Tasks that wait are dropped with their store, or before, and nothing else is touched.
#[test]
fn tasks_are_dropped() -> Result<()> {
    let mut chain = Chain::new(&engine(|_| ()))?;
    let down = chain.down;
    let tasks: Vec<_> = (0..100).map(|depth| waits(chain.with(|store| start(store, down, depth)))).collect();
    for task in tasks.iter().step_by(2) {
        assert!(chain.with(|store| internals::drop_task(store, *task)));
        assert!(!chain.with(|store| internals::drop_task(store, *task)));
    }
    assert!(done_through(&mut chain, tasks[1], 7) > 7);
    Ok(())
}

/// Of two instances one fails in a task, the other in a task that is dropped: each is poisoned, and only then.
#[test]
fn a_task_poisons_what_was_open_in_it() -> Result<()> {
    let engine = engine(|_| ());
    let component = Component::new(&engine, TWO_INSIDE)?;
    let mut linker = Linker::<()>::new(&engine);
    coracle_component::internals::define_waiting(&mut linker.root(), "wait", |_| Ok(()))?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    let funcs = ["b", "c"].map(|name| instance.get_func(&mut store, name).expect("exported"));
    let mut context = store.as_context_mut();
    let inner = internals::store_mut(&mut context);
    let [b, c] = funcs.map(|func| coracle_component::internals::core_func(inner, &func).expect("lifted"));
    let refused = |progress: Result<Progress<i32>>| progress.expect_err("it fails").downcast_ref::<Trap>().copied();

    let tasks = [b, c, b, c].map(|func| waits(start(inner, func, 0)));
    let error = resume(inner, tasks[0], Err(Error::msg("the disk is gone"))).expect_err("it failed");
    assert_eq!(error.root_cause().to_string(), "the disk is gone");
    assert_eq!(refused(start(inner, b, 0)), Some(Trap::CannotEnterComponent));
    // What was on its way goes on.
    assert_eq!(done(resume(inner, tasks[2], Ok(5))), 5);
    assert_eq!(done(resume(inner, tasks[1], Ok(6))), 6);
    let again = waits(start(inner, c, 0));
    assert!(internals::drop_task(inner, tasks[3]));
    assert_eq!(refused(start(inner, c, 0)), Some(Trap::CannotEnterComponent));
    assert_eq!(done(resume(inner, again, Ok(7))), 7);
    Ok(())
}

/// The root calls each of two instances, through an adapter.
const TWO_INSIDE: &str = r#"(component
  (import "wait" (func $wait (result u32)))
  (component $inner
    (import "wait" (func $wait (result u32)))
    (core func $wait_core (canon lower (func $wait)))
    (core module $m (import "" "wait" (func $wait (result i32))) (func (export "run") (result i32) (call $wait)))
    (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait_core))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))
  (instance $b (instantiate $inner (with "wait" (func $wait))))
  (instance $c (instantiate $inner (with "wait" (func $wait))))
  (core func $b_core (canon lower (func $b "run")))
  (core func $c_core (canon lower (func $c "run")))
  (core module $m
    (import "" "b" (func $b (result i32))) (import "" "c" (func $c (result i32)))
    (func (export "b") (result i32) (call $b))
    (func (export "c") (result i32) (call $c)))
  (core instance $i (instantiate $m (with "" (instance (export "b" (func $b_core)) (export "c" (func $c_core))))))
  (func (export "b") (result u32) (canon lift (core func $i "b")))
  (func (export "c") (result u32) (canon lift (core func $i "c"))))"#;

/// Two components, one in the other: the call passes an adapter with a string and a borrow scope, and waits below it.
const COMPOSED: &str = r#"(component
  (import "wait" (func $wait (result u32)))
  (component $inner
    (import "wait" (func $wait (result u32)))
    (core func $wait_core (canon lower (func $wait)))
    (core module $m
      (import "" "wait" (func $wait (result i32)))
      (memory (export "memory") 1)
      (global $heap (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $heap (i32.add (global.get $heap) (i32.const 64)))
        (i32.sub (global.get $heap) (i32.const 64)))
      (func (export "run") (param $at i32) (param $len i32) (result i32)
        (i32.add (i32.add (call $wait) (local.get $len)) (i32.load8_u (local.get $at)))))
    (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait_core))))))
    (func (export "run") (param "text" string) (result u32)
      (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
  (instance $in (instantiate $inner (with "wait" (func $wait))))
  (core module $lib (memory (export "memory") 1) (data (i32.const 16) "abc"))
  (core instance $l (instantiate $lib))
  (core func $run_core (canon lower (func $in "run") (memory (core memory $l "memory"))))
  (core module $m
    (import "" "run" (func $run (param i32 i32) (result i32)))
    (func (export "outer") (param i32) (result i32)
      (i32.add (call $run (i32.const 16) (i32.const 3)) (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance (export "run" (func $run_core))))))
  (func (export "outer") (param "x" u32) (result u32) (canon lift (core func $i "outer")))
)"#;

#[test]
fn a_task_waits_below_an_adapter() -> Result<()> {
    let engine = engine(|_| ());
    let component = Component::new(&engine, COMPOSED)?;
    let mut linker = Linker::<()>::new(&engine);
    coracle_component::internals::define_waiting(&mut linker.root(), "wait", |_| Ok(()))?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    let outer = instance.get_func(&mut store, "outer").expect("exported");
    let mut context = store.as_context_mut();
    let inner = internals::store_mut(&mut context);
    let core = coracle_component::internals::core_func(inner, &outer)?;
    let tasks: Vec<_> = (0..10).map(|x| waits(start(inner, core, x))).collect();
    // In another order than they began: each has its own call scopes.
    for (x, &task) in tasks.iter().enumerate().rev() {
        let expected = 1000 + 3 + i32::from(b'a') + x as i32;
        assert_eq!(done(resume(inner, task, Ok(1000))), expected);
    }
    Ok(())
}

/// A task that waits has a stack, which counts among what its store takes of the host until it has ended.
#[test]
fn tasks_count_until_they_end() -> Result<()> {
    let mut chain = Chain::new(&engine(|_| ()))?;
    let (twice, spin) = (chain.plain("twice"), chain.plain("spin"));
    let before = chain.with(|store| internals::budget(store).used());
    let tasks: Vec<TaskId> = (0..3).map(|_| waits(chain.with(|store| start(store, twice, 1)))).collect();
    assert!(chain.with(|store| internals::budget(store).used()) > before + (3 << 20));
    assert_eq!(done(chain.with(|store| start(store, spin, 10))), 10);
    for task in tasks {
        assert!(chain.with(|store| internals::drop_task(store, task)));
    }
    assert_eq!(chain.with(|store| internals::budget(store).used()), before);
    Ok(())
}

//! Shared memories: stores on several threads, atomics, wait and notify.

use crate::{TIERS, engine};
use coracle::{Instance, Linker, MemoryType, Module, Result, SharedMemory, Store, Trap, WaitResult};
use std::sync::atomic::Ordering;
use std::time::Duration;

const COUNTING: &str = r#"(module (import "" "m" (memory 1 4 shared))
    (func (export "add") (param $n i32)
        (loop
            (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "wait") (param i64) (result i32)
        (memory.atomic.wait32 (i32.const 32) (i32.const 0) (local.get 0)))
    (func (export "wake") (result i32)
        (i32.atomic.store (i32.const 32) (i32.const 1))
        (memory.atomic.notify (i32.const 32) (i32.const 99)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;

#[test]
fn stores_on_several_threads_count_in_one_memory() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, COUNTING)?;
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 4))?;
        std::thread::scope(|scope| {
            let run = || -> Result<()> {
                let mut store = Store::new(&engine, ());
                let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
                instance.get_typed_func::<i32, ()>(&mut store, "add")?.call(&mut store, 10_000)
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
        })?;
        let count = [16, 17, 18, 19].map(|at| memory.atomics()[at].load(Ordering::Relaxed));
        assert_eq!(u32::from_le_bytes(count), 40_000, "{tier:?}");
    }
    Ok(())
}

#[test]
fn a_wait_ends_by_notify_by_value_or_by_time() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, COUNTING)?;
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 4))?;
        let make = || -> Result<(Store<()>, Instance)> {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
            Ok((store, instance))
        };
        let wait = |timeout: i64| -> Result<i32> {
            let (mut store, instance) = make()?;
            instance.get_typed_func::<i64, i32>(&mut store, "wait")?.call(&mut store, timeout)
        };
        assert_eq!(wait(1_000_000)?, 2, "{tier:?}: times out");
        let (mut store, instance) = make()?;
        let wake = instance.get_typed_func::<(), i32>(&mut store, "wake")?;
        let outcome = std::thread::scope(|scope| -> Result<i32> {
            let waiter = scope.spawn(|| wait(-1));
            // The waiter sleeps before the value changes, or finds it changed: either way it ends.
            std::thread::yield_now();
            wake.call(&mut store, ())?;
            waiter.join().expect("no panic")
        })?;
        assert!(outcome == 0 || outcome == 1, "{tier:?}: {outcome}");
        assert_eq!(wait(-1)?, 1, "{tier:?}: another value");
    }
    Ok(())
}

#[test]
fn growth_is_seen_by_all_and_never_moves() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, COUNTING)?;
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 4))?;
        let mut one = Store::new(&engine, ());
        let mut two = Store::new(&engine, ());
        let first = Instance::new(&mut one, &module, &[memory.clone().into()])?;
        let second = Instance::new(&mut two, &module, &[memory.clone().into()])?;
        let before = memory.data().as_ptr();
        let load = second.get_typed_func::<i32, i32>(&mut two, "load")?;
        for _ in 0..3 {
            let error = load.call(&mut two, 65_536).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
        }
        let grow = first.get_typed_func::<i32, i32>(&mut one, "grow")?;
        assert_eq!(grow.call(&mut one, 2)?, 1);
        memory.atomics()[65_536].store(9, Ordering::Relaxed);
        assert_eq!(load.call(&mut two, 65_536)?, 9, "{tier:?}");
        assert_eq!(grow.call(&mut one, 2)?, -1);
        assert_eq!(second.get_typed_func::<(), i32>(&mut two, "size")?.call(&mut two, ())?, 3);
        assert_eq!((memory.size(), memory.data().as_ptr()), (3, before));
    }
    Ok(())
}

#[test]
fn a_shared_memory_is_no_unshared_one() -> Result<()> {
    let engine = engine(TIERS[0], |_| ())?;
    let module = Module::new(&engine, r#"(module (import "" "m" (memory 1)))"#)?;
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.define(&mut store, "", "m", SharedMemory::new(&engine, MemoryType::shared(1, 4))?)?;
    let error = linker.instantiate(&mut store, &module).unwrap_err();
    assert!(format!("{error:#}").contains("incompatible import type for `::m`"), "{error:#}");
    Ok(())
}

#[test]
fn the_host_waits_for_guests_and_wakes_them() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, COUNTING)?;
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 4))?;
        let soon = Some(Duration::from_millis(1));
        assert_eq!(memory.atomic_wait32(32, 5, None), Ok(WaitResult::Mismatch));
        assert_eq!(memory.atomic_wait32(32, 0, soon), Ok(WaitResult::TimedOut));
        assert_eq!(memory.atomic_wait64(40, 1, None), Ok(WaitResult::Mismatch));
        assert_eq!(memory.atomic_wait64(40, 0, soon), Ok(WaitResult::TimedOut));
        assert_eq!(memory.atomic_notify(32, 1), Ok(0));
        assert_eq!(memory.atomic_wait32(33, 0, soon), Err(Trap::HeapMisaligned));
        assert_eq!(memory.atomic_wait64(36, 0, soon), Err(Trap::HeapMisaligned));
        assert_eq!(memory.atomic_notify(65_536, 1), Err(Trap::MemoryOutOfBounds));
        assert_eq!(memory.atomic_wait64(u64::MAX - 7, 0, soon), Err(Trap::MemoryOutOfBounds));

        // A guest sleeps until the host wakes it.
        let slept = std::thread::scope(|scope| -> Result<i32> {
            let guest = scope.spawn(|| -> Result<i32> {
                let mut store = Store::new(&engine, ());
                let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
                instance.get_typed_func::<i64, i32>(&mut store, "wait")?.call(&mut store, -1)
            });
            while memory.atomic_notify(32, 1) == Ok(0) {
                std::thread::yield_now();
            }
            guest.join().expect("no panic")
        })?;
        assert_eq!(slept, 0, "{tier:?}");

        // The host sleeps until a guest wakes it, or finds the value changed.
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
        let wake = instance.get_typed_func::<(), i32>(&mut store, "wake")?;
        let outcome = std::thread::scope(|scope| -> Result<WaitResult> {
            let host = scope.spawn(|| memory.atomic_wait32(32, 0, None));
            wake.call(&mut store, ())?;
            Ok(host.join().expect("no panic")?)
        })?;
        assert!(matches!(outcome, WaitResult::Ok | WaitResult::Mismatch), "{tier:?}: {outcome:?}");
    }
    Ok(())
}

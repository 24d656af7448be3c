//! What is left of calls that ended by a panic, or never.

use crate::support::{Polls, engines, poll, run};
use coracle::{
    Caller, Linker, MemoryType, Module, PoolingAllocationConfig, Result, SharedMemory, Store, StoreLimits,
    StoreLimitsBuilder, UpdateDeadline,
};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

#[test]
fn a_panic_gives_back_what_the_stack_counted_for() -> Result<()> {
    // The engine's only one is used again and again.
    let mut pool = PoolingAllocationConfig::new();
    pool.total_stacks(1);
    for engine in engines(|config| _ = config.async_stack_size(2 << 20).allocation_strategy(pool.clone())) {
        let text =
            r#"(module (import "" "h" (func $h (param i32))) (func (export "f") (param i32) (call $h (local.get 0))))"#;
        let module = Module::new(&engine, text)?;
        let mut linker = Linker::<StoreLimits>::new(&engine);
        linker.func_wrap_async("", "h", |_: Caller<'_, StoreLimits>, (polls,): (i32,)| {
            Box::new(async move {
                Polls(polls as u32).await;
                if polls < 5 { resume_unwind(Box::new("the host")) } else { Ok(()) }
            })
        })?;
        let mut store = Store::new(&engine, StoreLimitsBuilder::new().store_size(8 << 20).build());
        store.limiter(|limits| limits);
        let instance = run(linker.instantiate_async(&mut store, &module)).0?;
        let f = instance.get_typed_func::<i32, ()>(&mut store, "f")?;
        for round in 0..20 {
            let panic = catch_unwind(AssertUnwindSafe(|| run(f.call_async(&mut store, round % 3)).0)).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"the host"), "{round}");
        }
        run(f.call_async(&mut store, 5)).0?;
    }
    Ok(())
}

/// A guest that waits at a cell gives way now and then; if that is forgotten, it stands in the cell's queue no longer than
/// until its store is used again, or ends.
#[test]
fn nobody_is_woken_who_was_forgotten_at_a_cell() -> Result<()> {
    for engine in engines(|config| _ = config.epoch_interruption(true).wasm_threads(true).shared_memory(true)) {
        let text = r#"(module (import "" "m" (memory 1 1 shared))
            (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
            (func (export "no") (result i32) (i32.const 0))
            (func (export "wake") (result i32) (memory.atomic.notify (i32.const 0) (i32.const 99))))"#;
        let module = Module::new(&engine, text)?;
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
        let store = || -> Result<_> {
            let mut store = Store::new(&engine, ());
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
            store.set_epoch_deadline(1);
            let instance = run(coracle::Instance::new_async(&mut store, &module, &[memory.clone().into()])).0?;
            Ok((store, instance))
        };
        let (mut waker, instance) = store()?;
        let wake = instance.get_typed_func::<(), i32>(&mut waker, "wake")?;
        let mut woken = || run(wake.call_async(&mut waker, ())).0;
        for (forgotten, used) in [(false, None), (true, None), (true, Some("call_async")), (true, Some("call"))] {
            let (mut store, instance) = store()?;
            let wait = instance.get_typed_func::<(), i32>(&mut store, "wait")?;
            let no = instance.get_typed_func::<(), i32>(&mut store, "no")?;
            let mut future = Box::pin(wait.call_async(&mut store, ()));
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !done.load(Relaxed) {
                        std::thread::sleep(Duration::from_millis(10));
                        engine.increment_epoch();
                    }
                });
                // The first time it may be before it waits.
                let pending = [0; 3].map(|_| poll(future.as_mut()).is_pending());
                done.store(true, Relaxed);
                assert_eq!(pending, [true; 3]);
            });
            if !forgotten {
                assert_eq!(woken()?, 1, "it stands there");
                assert_eq!(run(future).0?, 0);
                continue;
            }
            std::mem::forget(future);
            if let Some(used) = used {
                store.set_epoch_deadline(1_000);
                let zero = match used {
                    "call" => no.call(&mut store, ()),
                    _ => run(no.call_async(&mut store, ())).0,
                };
                assert_eq!((zero?, woken()?), (0, 0), "the store was used again, by {used}");
            }
            drop(store);
            assert_eq!(woken()?, 0, "the store is gone");
        }
    }
    Ok(())
}

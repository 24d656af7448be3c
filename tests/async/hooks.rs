//! Hooks and limiters that are waited for.

use crate::support::{Polls, engine, engines, error, poll, run};
use coracle::{
    CallHook, CallHookHandler, Caller, Config, Engine, Error, Instance, Linker, Memory, MemoryType, Module, Ref,
    RefType, ResourceLimiterAsync, Result, Store, StoreContextMut, Table, TableType, TierPolicy, Trap,
};
use std::future::Future;
use std::pin::Pin;

type Boxed<'a, R> = Pin<Box<dyn Future<Output = Result<R>> + Send + 'a>>;

/// What the hook has seen, and at which call it fails.
#[derive(Default)]
struct Seen {
    calls: Vec<CallHook>,
    fails_at: Option<usize>,
    allowed: usize,
    failures: u32,
}

struct Hook;

impl CallHookHandler<Seen> for Hook {
    fn handle_call_event<'a, 'b, 'c>(&'a self, mut t: StoreContextMut<'b, Seen>, ch: CallHook) -> Boxed<'c, ()>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            Polls(1).await;
            let seen = t.data_mut();
            seen.calls.push(ch);
            if seen.fails_at == Some(seen.calls.len()) { Err(Error::msg("the hook fails")) } else { Ok(()) }
        })
    }
}

const GUEST: &str = r#"(module
  (import "" "host" (func $host))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (func (export "run") (call $host))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "widen") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;

fn guest(engine: &Engine) -> Result<(Store<Seen>, Instance)> {
    let module = Module::new(engine, GUEST)?;
    let mut linker = Linker::<Seen>::new(engine);
    linker.func_wrap("", "host", |_: Caller<'_, Seen>| {})?;
    let mut store = Store::new(engine, Seen::default());
    let instance = linker.instantiate(&mut store, &module)?;
    Ok((store, instance))
}

#[test]
fn a_hook_is_waited_for_at_each_call() -> Result<()> {
    use CallHook::{CallingHost, CallingWasm, ReturningFromHost, ReturningFromWasm};
    for engine in engines(|_| {}) {
        let (mut store, instance) = guest(&engine)?;
        store.call_hook_async(Hook);
        let call = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        for _ in 0..3 {
            store.data_mut().calls.clear();
            let (result, pending) = run(call.call_async(&mut store, ()));
            result?;
            assert_eq!(pending, 4);
            let seen = format!("{:?}", store.data().calls);
            assert_eq!(seen, format!("{:?}", [CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm]));
        }
        for (at, calls) in [(1, 1), (2, 3), (3, 4), (4, 4)] {
            store.data_mut().calls.clear();
            store.data_mut().fails_at = Some(at);
            let message = error(run(call.call_async(&mut store, ())).0);
            assert!(message.contains("the hook fails"), "{at}: {message}");
            assert_eq!(store.data().calls.len(), calls, "{at}: {:?}", store.data().calls);
        }
        // Dropped or forgotten within the hook, it is there for the next call.
        store.data_mut().fails_at = None;
        for forget in [false, true] {
            let mut future = Box::pin(call.call_async(&mut store, ()));
            assert!(poll(future.as_mut()).is_pending());
            if forget {
                std::mem::forget(future)
            } else {
                drop(future)
            }
            assert_eq!(run(call.call_async(&mut store, ())).1, 4);
        }
    }
    Ok(())
}

impl ResourceLimiterAsync for Seen {
    fn memory_growing<'a, 'b>(&'a mut self, _: usize, desired: usize, _: Option<usize>) -> Boxed<'b, bool>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            Polls(2).await;
            Ok(desired <= self.allowed)
        })
    }

    fn memory_grow_failed(&mut self, _: Error) -> Result<()> {
        self.failures += 1;
        Ok(())
    }

    fn table_growing<'a, 'b>(&'a mut self, _: usize, desired: usize, _: Option<usize>) -> Boxed<'b, bool>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            Polls(1).await;
            if desired > self.allowed { Err(Error::msg("no such table")) } else { Ok(true) }
        })
    }

    fn tables(&self) -> usize {
        4
    }
}

#[test]
fn a_limiter_is_waited_for() -> Result<()> {
    for engine in engines(|_| {}) {
        let (mut store, instance) = guest(&engine)?;
        store.data_mut().allowed = 3 << 16;
        store.limiter_async(|seen| seen);
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
        for (pages, old) in [(1, 1), (5, -1), (1, 2), (1, -1)] {
            let (result, pending) = run(grow.call_async(&mut store, pages));
            assert_eq!((result?, pending), (old, 2));
        }
        let (result, pending) = run(grow.call_async(&mut store, -1));
        assert_eq!((result?, pending), (-1, 0));
        assert_eq!(store.data().failures, 1);
        let widen = instance.get_typed_func::<i32, i32>(&mut store, "widen")?;
        assert_eq!(run(widen.call_async(&mut store, 5)).0?, 1);
        assert!(error(run(widen.call_async(&mut store, 4 << 16)).0).contains("no such table"));
        by_the_host(&mut store, &instance)?;
        let module = Module::new(&engine, "(module (memory 4))")?;
        let message = error(run(Instance::new_async(&mut store, &module, &[])).0);
        assert!(message.contains("exceeds memory limits"), "{message}");
        let module = Module::new(&engine, "(module (table 1 funcref) (table 1 funcref) (table 1 funcref))")?;
        let message = error(run(Instance::new_async(&mut store, &module, &[])).0);
        assert!(message.contains("table count too high"), "{message}");
    }
    Ok(())
}

/// Memories and tables that the host makes and grows.
fn by_the_host(store: &mut Store<Seen>, instance: &Instance) -> Result<()> {
    const ASYNC: &str = "when using an async resource limiter `*_async` functions must be used instead";
    let memory = instance.get_memory(&mut *store, "memory").expect("exported");
    let table = instance.get_table(&mut *store, "table").expect("exported");
    let ty = || TableType::new(RefType::FUNCREF, 1, None);
    assert_eq!(error(memory.grow(&mut *store, 0)), ASYNC);
    assert_eq!(error(Memory::new(&mut *store, MemoryType::new(1, None))), ASYNC);
    assert_eq!(error(table.grow(&mut *store, 1, Ref::Func(None))), ASYNC);
    assert_eq!(error(Table::new(&mut *store, ty(), Ref::Func(None))), ASYNC);
    let (memory, pending) = run(Memory::new_async(&mut *store, MemoryType::new(1, None)));
    assert_eq!(pending, 2);
    let (grown, pending) = run(memory?.grow_async(&mut *store, 2));
    assert_eq!((grown?, pending), (1, 2));
    let (made, pending) = run(Table::new_async(&mut *store, ty(), Ref::Func(None)));
    assert_eq!(pending, 1);
    let (grown, pending) = run(made?.grow_async(&mut *store, 2, Ref::Func(None)));
    assert_eq!((grown?, pending), (1, 1));
    Ok(())
}

#[test]
fn a_stack_is_as_large_as_was_said() -> Result<()> {
    let text = r#"(module
      (func $down (export "down") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
          (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1))))))))"#;
    // A store in which something may have to wait.
    let waiting = |engine: &Engine| -> Result<_> {
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, &Module::new(engine, text)?, &[])?;
        let down = instance.get_typed_func::<i32, i32>(&mut store, "down")?;
        coracle::Func::wrap_async(&mut store, |_: Caller<'_, ()>, (): ()| Box::new(async {}));
        Ok((store, down))
    };
    let deepest = |set: &dyn Fn(&mut Config)| -> Result<i32> {
        let engine = engine(TierPolicy::Eager, set);
        let (mut store, down) = waiting(&engine)?;
        let (mut low, mut high) = (0, 10_000_000);
        while high - low > 1 {
            let middle = (low + high) / 2;
            match run(down.call_async(&mut store, middle)).0 {
                Ok(_) => low = middle,
                Err(error) => {
                    assert_eq!(error.downcast_ref(), Some(&Trap::StackOverflow), "{error:?}");
                    high = middle;
                }
            }
        }
        Ok(low)
    };
    let usual = deepest(&|_| {})?;
    let tight = deepest(&|config| {
        config.max_wasm_stack(1 << 20).async_stack_size(1 << 20);
    })?;
    let wide = deepest(&|config| {
        config.max_wasm_stack(1 << 20).async_stack_size(4 << 20);
    })?;
    assert!(usual > 1_000 && usual * 3 / 2 < tight && tight < wide, "{usual} {tight} {wide}");
    assert!(wide / 2 > usual * 9 / 10, "{usual} {wide}");
    let mut config = Config::new();
    config.max_wasm_stack(1 << 20).async_stack_size(1 << 19);
    assert!(Engine::new(&config).is_err());
    config.async_stack_size(usize::MAX);
    let (mut store, down) = waiting(&Engine::new(&config)?)?;
    let message = error(run(down.call_async(&mut store, 1)).0);
    assert!(message.contains("no memory for a host's stack"), "{message}");
    Ok(())
}

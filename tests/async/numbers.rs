//! Functions of the host's over numbers alone that are waited for, as components call them: what such a function can do
//! to its caller, whether it is ready at once or not.

use crate::support::{Polls, TIERS, engine, error, poll, run};
use coracle::component::{Component, Instance, InstancePre, Linker, TypedFunc};
use coracle::{CallHook, Engine, Error, Result, Store, StoreContextMut, Trap};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

/// The host is called between two looks at the memory; and where the guest may not call it.
const GUEST: &str = r#"(component
  (import "host" (func $host (param "n" u32) (param "c" char) (result u32)))
  (core func $lowered (canon lower (func $host)))
  (core module $m
    (import "" "host" (func $host (param i32 i32) (result i32)))
    (memory (export "memory") 1 100)
    (func (export "grow") (param i32) (result i32)
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
      (memory.grow (local.get 0)))
    (func (export "run") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (i32.const 40))
      (i32.store (i32.const 4) (call $host (local.get 0) (local.get 1)))
      (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 1))
      (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 100)) (i32.load (i32.const 4))))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (call $host (i32.const 0) (i32.const 97)))
    (func (export "take") (param i32 i32)))
  (core instance $i (instantiate $m (with "" (instance (export "host" (func $lowered))))))
  (func (export "grow") (param "n" u32) (result s32) (canon lift (core func $i "grow")))
  (func (export "run") (param "n" u32) (param "c" u32) (result u32) (canon lift (core func $i "run")))
  (func (export "take") (param "s" string)
    (canon lift (core func $i "take") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;

/// What the host has: the guest, how often it was called, and where its last call ran.
#[derive(Default)]
struct Host {
    guest: Option<Instance>,
    calls: u32,
    thread: Option<thread::ThreadId>,
}

type Run = TypedFunc<(u32, u32), (u32,)>;

/// Engines of the tiers, with memories that stay where they are and with such that move.
fn engines() -> impl Iterator<Item = Engine> {
    let memories = [|_: &mut coracle::Config| {}, |config: &mut coracle::Config| _ = config.memory_reservation(0)];
    TIERS.into_iter().flat_map(move |tier| memories.map(|set| engine(tier, set)))
}

/// A guest whose host does this; its first argument says what, its second after how many polls.
fn linked<F>(engine: &Engine, host: F) -> Result<InstancePre<Host>>
where
    F: Fn(StoreContextMut<'_, Host>, u32) -> Box<dyn Future<Output = Result<u32>> + Send + '_>,
    F: Clone + Send + Sync + 'static,
{
    let mut linker = Linker::<Host>::new(engine);
    linker.root().func_wrap_async("host", move |mut store, (n, c): (u32, char)| {
        let host = host.clone();
        Box::new(async move {
            store.data_mut().calls += 1;
            Polls(u32::from(c) - u32::from('a')).await;
            store.data_mut().thread = Some(thread::current().id());
            let host: Pin<Box<_>> = Box::into_pin(host(store, n));
            Ok((host.await?,))
        })
    })?;
    linker.instantiate_pre(&Component::new(engine, GUEST)?)
}

fn guest(pre: &InstancePre<Host>, store: &mut Store<Host>) -> Result<Run> {
    let instance = run(pre.instantiate_async(&mut *store)).0?;
    store.data_mut().guest = Some(instance);
    instance.get_typed_func(&mut *store, "run")
}

/// The guest's own function of that name, in the middle of its call.
fn own(store: &mut StoreContextMut<'_, Host>, name: &str) -> TypedFunc<(u32,), (i32,)> {
    let guest = store.data().guest.expect("it was made");
    guest.get_typed_func(store, name).expect("its type")
}

fn again(store: &mut StoreContextMut<'_, Host>) -> Run {
    let guest = store.data().guest.expect("it was made");
    guest.get_typed_func(store, "run").expect("its type")
}

#[test]
fn one_that_calls_back_leaves_the_guest_as_a_plain_call_does() -> Result<()> {
    for engine in engines() {
        let pre = linked(&engine, |mut store, n| {
            Box::new(async move {
                let grow = own(&mut store, "grow");
                let mut pages = 0;
                for _ in 0..n {
                    pages = grow.call_async(&mut store, (1,)).await?.0;
                }
                Ok(pages as u32)
            })
        })?;
        let mut store = Store::new(&engine, Host::default());
        let call = guest(&pre, &mut store)?;
        let mut pages = 1;
        for (n, polls) in [(0, 0), (1, 0), (3, 2), (7, 0), (2, 5)] {
            let (result, pending) = run(call.call_async(&mut store, (n, 97 + polls)));
            let last = if n > 0 { pages + n - 1 } else { 0 };
            assert_eq!((result?.0, pending), ((40 + n) * 100 + last, polls), "{n} after {polls} polls");
            pages += n;
        }
        assert_eq!(store.data().calls, 5);
    }
    Ok(())
}

#[test]
fn one_that_ends_otherwise_breaks_its_guest_and_no_other() -> Result<()> {
    for engine in engines() {
        let pre = linked(&engine, |mut store, n| {
            Box::new(async move {
                match n {
                    1 => Err(Error::msg("the host fails")),
                    2 => resume_unwind(Box::new("the host")),
                    3 => Err(Trap::OutOfFuel.into()),
                    // The guest below traps, and this one passes that on, or does not.
                    4 => Ok(again(&mut store).call_async(&mut store, (3, 97)).await?.0),
                    5 => Ok(u32::from(again(&mut store).call_async(&mut store, (3, 97)).await.is_err())),
                    // A call that waits and is given up, or forgotten.
                    6 | 7 => {
                        let again = again(&mut store);
                        let mut inner = Box::pin(again.call_async(&mut store, (0, 97 + 9)));
                        assert!(poll(inner.as_mut()).is_pending());
                        if n == 7 {
                            std::mem::forget(inner);
                        }
                        Ok(1)
                    }
                    _ => Ok(n),
                }
            })
        })?;
        let mut store = Store::new(&engine, Host::default());
        let other = guest(&pre, &mut store)?;
        for polls in [0, 2] {
            for n in 1..8 {
                let call = guest(&pre, &mut store)?;
                assert_eq!(run(call.call_async(&mut store, (0, 97))).0?.0, 4000);
                let result = catch_unwind(AssertUnwindSafe(|| run(call.call_async(&mut store, (n, 97 + polls))).0));
                match (n, result) {
                    (1, Ok(failed)) => assert!(error(failed).contains("the host fails")),
                    (2, Err(panic)) => assert_eq!(panic.downcast_ref(), Some(&"the host")),
                    (3 | 4, Ok(Err(error))) => assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel), "{error:?}"),
                    (5..8, result) => assert_eq!(result.expect("no panic")?.0, 4001),
                    (case, result) => panic!("{case}: {:?}", result.map_err(|_| "a panic")),
                }
                let broken = run(call.call_async(&mut store, (0, 97))).0.expect_err("a call of it was broken off");
                assert_eq!(broken.downcast_ref(), Some(&Trap::CannotEnterComponent), "{n}: {broken:?}");
                assert_eq!(run(other.call_async(&mut store, (0, 97 + polls))).0?.0, 4000);
            }
        }
    }
    Ok(())
}

#[test]
fn it_is_not_called_with_what_is_no_value_nor_where_the_guest_may_not_call() -> Result<()> {
    for engine in engines() {
        let pre = linked(&engine, |_, n| Box::new(async move { Ok(n) }))?;
        let mut store = Store::new(&engine, Host::default());
        for _ in 0..4 {
            let call = guest(&pre, &mut store)?;
            let failed = run(call.call_async(&mut store, (0, 0xd800))).0.expect_err("no `char`");
            assert_eq!(failed.downcast_ref(), Some(&Trap::InvalidChar), "{failed:?}");
            guest(&pre, &mut store)?;
            let take = store.data().guest.expect("it was made").get_typed_func::<(&str,), ()>(&mut store, "take")?;
            let failed = run(take.call_async(&mut store, ("x",))).0.expect_err("within `realloc`");
            assert_eq!(failed.downcast_ref(), Some(&Trap::CannotLeaveComponent), "{failed:?}");
        }
        assert_eq!(store.data().calls, 0);
    }
    Ok(())
}

#[test]
fn the_hook_is_called_around_it_once() -> Result<()> {
    for engine in engines() {
        let pre = linked(&engine, |_, n| Box::new(async move { Ok(n) }))?;
        let mut store = Store::new(&engine, Host::default());
        let call = guest(&pre, &mut store)?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        store.call_hook(move |store, hook| {
            let calls = store.data().calls;
            log.lock().expect("nobody panics").push((hook.entering_host(), calls));
            match (hook, calls) {
                (CallHook::CallingHost, 2..) => Err(Error::msg("no more")),
                _ => Ok(()),
            }
        });
        for polls in [0, 3] {
            run(call.call_async(&mut store, (7, 97 + polls))).0?;
        }
        let once = |calls| [(false, calls), (true, calls), (false, calls + 1), (true, calls + 1)];
        assert_eq!(*seen.lock().expect("nobody panics"), [once(0), once(1)].concat());
        assert!(error(run(call.call_async(&mut store, (7, 97))).0).contains("no more"));
        assert_eq!(store.data().calls, 2);
    }
    Ok(())
}

#[test]
fn it_goes_on_on_another_thread_or_not_at_all() -> Result<()> {
    for engine in engines() {
        let pre = linked(&engine, |mut store, n| {
            Box::new(async move { Ok(n + own(&mut store, "grow").call_async(&mut store, (0,)).await?.0 as u32) })
        })?;
        let mut store = Store::new(&engine, Host::default());
        let call = guest(&pre, &mut store)?;
        for _ in 0..4 {
            let mut future = Box::pin(call.call_async(&mut store, (6, 97 + 1)));
            assert!(poll(future.as_mut()).is_pending());
            let (result, there) = thread::scope(|scope| {
                let there = scope.spawn(|| (poll(future.as_mut()), thread::current().id()));
                there.join().expect("no panic")
            });
            assert!(matches!(result, Poll::Ready(Ok((4107,)))), "{result:?}");
            drop(future);
            assert_eq!(store.data().thread, Some(there));
        }
        let mut future = Box::pin(call.call_async(&mut store, (6, 97 + 1)));
        assert!(poll(future.as_mut()).is_pending());
        drop(future);
        let broken = run(call.call_async(&mut store, (0, 97))).0.expect_err("it was dropped while it waited");
        assert_eq!(broken.downcast_ref(), Some(&Trap::CannotEnterComponent), "{broken:?}");
        // What needs no waiting is refused all the same: the store has something to wait for.
        let call = guest(&pre, &mut store)?;
        assert!(error(call.call(&mut store, (0, 97))).starts_with("store configuration requires"));
    }
    Ok(())
}

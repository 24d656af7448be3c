//! Every place from which a guest may have to wait: what it does there, and what becomes of a call that is dropped or
//! forgotten there.
//!
//! One component has them all. Its `work` does as it was told before: nothing, grow a memory (its limiter is waited
//! for), loop without end (it gives way at epochs, or when it has used so much fuel), or call a host function that is
//! waited for. Where a component may not call out, it may not do the last.

use crate::support::{Polls, engines, poll, run};
use coracle::component::{Component, Instance, Linker, ResourceAny};
use coracle::{Config, Engine, Error, ResourceLimiterAsync, Result, Store, StoreContextMut, Trap, UpdateDeadline};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::Poll;

const GUEST: &str = r#"(component
  (import "wait" (func $wait (param "n" u32)))
  (import "text" (func $text (result string)))
  (component $B
    (import "wait" (func $wait (param "n" u32)))
    (import "text" (func $text (result string)))
    (core func $wait' (canon lower (func $wait)))
    (core module $Libc
      (import "" "wait" (func $wait (param i32)))
      (memory (export "memory") 1)
      (global $mode (mut i32) (i32.const MODE))
      (func $work (export "work")
        (if (i32.eq (global.get $mode) (i32.const 1)) (then (drop (memory.grow (i32.const 1)))))
        (if (i32.eq (global.get $mode) (i32.const 2)) (then (loop $l (br $l))))
        (if (i32.eq (global.get $mode) (i32.const 3)) (then (call $wait (i32.const 3)))))
      (func (export "set") (param i32) (global.set $mode (local.get 0)))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $work) (i32.const 1024))
      (func (export "post") (param i32) (call $work))
      (func (export "dtor") (param i32) (call $work))
      (start $work))
    (core instance $libc (instantiate $Libc (with "" (instance (export "wait" (func $wait'))))))
    (core func $text' (canon lower (func $text) (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (type $r' (resource (rep i32) (dtor (core func $libc "dtor"))))
    (core func $new (canon resource.new $r'))
    (core module $Main
      (import "" "work" (func $work))
      (import "" "text" (func $text (param i32)))
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "run") (call $work))
      (func (export "take") (param i32 i32))
      (func (export "give") (result i32) (i32.const 2048))
      (func (export "ask") (call $text (i32.const 3000)))
      (func (export "make") (result i32) (call $new (i32.const 7))))
    (core instance $main (instantiate $Main (with "" (instance
      (export "work" (func $libc "work")) (export "text" (func $text')) (export "new" (func $new))))))
    (export $r "r" (type $r'))
    (func (export "set") (param "mode" u32) (canon lift (core func $libc "set")))
    (func (export "run") (canon lift (core func $main "run")))
    (func (export "take") (param "s" string)
      (canon lift (core func $main "take") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "give") (result string)
      (canon lift (core func $main "give") (memory (core memory $libc "memory")) (post-return (core func $libc "post"))))
    (func (export "ask") (canon lift (core func $main "ask")))
    (func (export "make") (result (own $r)) (canon lift (core func $main "make"))))
  (instance $b (instantiate $B (with "wait" (func $wait)) (with "text" (func $text))))
  (alias export $b "r" (type $r))
  (core module $Memory (memory (export "memory") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64))
  (core instance $memory (instantiate $Memory))
  (core func $take8 (canon lower (func $b "take") (memory (core memory $memory "memory"))))
  (core func $take16 (canon lower (func $b "take") (memory (core memory $memory "memory")) string-encoding=utf16))
  (core func $give (canon lower (func $b "give") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core func $make (canon lower (func $b "make")))
  (core func $drop (canon resource.drop $r))
  (core module $A
    (import "" "take8" (func $take8 (param i32 i32)))
    (import "" "take16" (func $take16 (param i32 i32)))
    (import "" "give" (func $give (param i32)))
    (import "" "make" (func $make (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "take8") (call $take8 (i32.const 0) (i32.const 2)))
    (func (export "take16") (call $take16 (i32.const 0) (i32.const 2)))
    (func (export "give") (call $give (i32.const 32)))
    (func (export "drop") (call $drop (call $make))))
  (core instance $a (instantiate $A (with "" (instance
    (export "take8" (func $take8)) (export "take16" (func $take16)) (export "give" (func $give))
    (export "make" (func $make)) (export "drop" (func $drop))))))
  (func (export "through8") (canon lift (core func $a "take8")))
  (func (export "through16") (canon lift (core func $a "take16")))
  (func (export "back") (canon lift (core func $a "give")))
  (func (export "drop") (canon lift (core func $a "drop")))
  (export "b" (instance $b)))"#;

/// What the guest does where it is told to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Nothing = 0,
    Grow = 1,
    Loop = 2,
    Call = 3,
}

/// Where it does so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Argument,
    Result,
    PostReturn,
    DtorByHost,
    DtorByGuest,
    AdapterCopies,
    AdapterTranscodes,
    AdapterPostReturn,
}

const PLACES: [Place; 10] = [
    Place::Start,
    Place::Plain,
    Place::Argument,
    Place::Result,
    Place::PostReturn,
    Place::DtorByHost,
    Place::DtorByGuest,
    Place::AdapterCopies,
    Place::AdapterTranscodes,
    Place::AdapterPostReturn,
];

impl Place {
    /// Whether the component may call out there.
    fn may_leave(self) -> bool {
        matches!(self, Self::Start | Self::Plain | Self::DtorByHost | Self::DtorByGuest)
    }
}

/// How many futures of the host's are pending.
#[derive(Default)]
struct Host {
    pending: Arc<AtomicU32>,
}

/// Counted while it lives.
struct Counted(Arc<AtomicU32>);

impl Counted {
    fn new(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

type Growing<'a> = Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

impl ResourceLimiterAsync for Host {
    fn memory_growing<'a, 'b>(&'a mut self, current: usize, _: usize, _: Option<usize>) -> Growing<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let _counted = Counted::new(&self.pending);
            if current > 0 {
                Polls(2).await;
            }
            Ok(true)
        })
    }

    fn table_growing<'a, 'b>(&'a mut self, _: usize, _: usize, _: Option<usize>) -> Growing<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async { Ok(true) })
    }
}

struct Guest {
    engine: Engine,
    store: Store<Host>,
    linker: Linker<Host>,
    component: Component,
    pending: Arc<AtomicU32>,
}

/// How a guest that loops gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Yield {
    Epoch,
    EpochCustom,
    Fuel,
}

impl Guest {
    fn settings(how: Yield) -> impl Fn(&mut Config) {
        move |config| {
            match how {
                Yield::Fuel => config.consume_fuel(true),
                _ => config.epoch_interruption(true),
            };
        }
    }

    fn new(engine: &Engine, how: Yield, at_start: Work) -> Result<Self> {
        let component = Component::new(engine, GUEST.replace("MODE", &(at_start as u32).to_string()))?;
        let mut linker = Linker::<Host>::new(engine);
        linker.root().func_wrap_async("wait", |store: StoreContextMut<'_, Host>, (polls,): (u32,)| {
            let counted = Counted::new(&store.data().pending);
            Box::new(async move {
                let _counted = counted;
                Polls(polls).await;
                Ok(())
            })
        })?;
        linker.root().func_wrap_async("text", |_: StoreContextMut<'_, Host>, (): ()| {
            Box::new(async { Ok(("text".to_string(),)) })
        })?;
        let mut store = Store::new(engine, Host::default());
        store.limiter_async(|host| host);
        match how {
            Yield::Fuel => {
                store.set_fuel(u64::MAX)?;
                store.fuel_async_yield_interval(Some(10_000))?;
            }
            Yield::Epoch => {
                store.set_epoch_deadline(1);
                store.epoch_deadline_async_yield_and_update(1);
            }
            Yield::EpochCustom => {
                store.set_epoch_deadline(1);
                store.epoch_deadline_callback(|_| Ok(UpdateDeadline::YieldCustom(1, Box::pin(Polls(1)))));
            }
        }
        let pending = store.data().pending.clone();
        Ok(Self { engine: engine.clone(), store, linker, component, pending })
    }

    /// An instance that works nowhere yet, but for at its start.
    async fn instance(&mut self) -> Result<Instance> {
        self.linker.instantiate_async(&mut self.store, &self.component).await
    }

    async fn tell(&mut self, instance: &Instance, work: Work) -> Result<()> {
        let set = func(&mut self.store, instance, "b", "set").typed::<(u32,), ()>(&self.store)?;
        set.call_async(&mut self.store, (work as u32,)).await
    }

    /// Works at a place of an instance.
    async fn work(&mut self, instance: &Instance, place: Place, work: Work) -> Result<()> {
        let resource = match place {
            Place::DtorByHost => {
                let make = func(&mut self.store, instance, "b", "make").typed::<(), (ResourceAny,)>(&self.store)?;
                Some(make.call_async(&mut self.store, ()).await?.0)
            }
            _ => None,
        };
        self.tell(instance, work).await?;
        let store = &mut self.store;
        let (folder, name) = match place {
            Place::Start => return Ok(()),
            Place::Plain => ("b", "run"),
            Place::Argument => {
                let take = func(store, instance, "b", "take").typed::<(&str,), ()>(&*store)?;
                return take.call_async(store, ("some text",)).await;
            }
            Place::Result => ("b", "ask"),
            Place::PostReturn => {
                let give = func(store, instance, "b", "give").typed::<(), (String,)>(&*store)?;
                return give.call_async(store, ()).await.map(|_| ());
            }
            Place::DtorByHost => return resource.expect("made above").resource_drop_async(store).await,
            Place::DtorByGuest => ("", "drop"),
            Place::AdapterCopies => ("", "through8"),
            Place::AdapterTranscodes => ("", "through16"),
            Place::AdapterPostReturn => ("", "back"),
        };
        let func = func(store, instance, folder, name).typed::<(), ()>(&*store)?;
        func.call_async(store, ()).await
    }

    /// Instantiates, and works at a place: at its start if that is the place.
    async fn all(&mut self, place: Place, work: Work) -> Result<()> {
        let instance = self.instance().await?;
        self.work(&instance, place, work).await
    }
}

fn func(store: &mut Store<Host>, instance: &Instance, folder: &str, name: &str) -> coracle::component::Func {
    let folder = (!folder.is_empty()).then(|| instance.get_export_index(&mut *store, None, folder).expect("exported"));
    let index = instance.get_export_index(&mut *store, folder.as_ref(), name).expect("exported");
    instance.get_func(store, index).expect("a function")
}

fn at_start(place: Place, work: Work) -> Work {
    if place == Place::Start { work } else { Work::Nothing }
}

/// Each place and what can be done there, in each tier.
fn everywhere(how: Yield, works: &[Work], mut test: impl FnMut(Guest, Place, Work, &str) -> Result<()>) -> Result<()> {
    for (tier, engine) in engines(Guest::settings(how)).iter().enumerate() {
        for place in PLACES {
            for &work in works.iter().filter(|&&work| work != Work::Call || place.may_leave()) {
                let guest = Guest::new(engine, how, at_start(place, work))?;
                test(guest, place, work, &format!("{work:?} at {place:?}, tier {tier}, {how:?}"))?;
            }
        }
    }
    Ok(())
}

#[test]
fn a_guest_waits_everywhere() -> Result<()> {
    everywhere(Yield::Fuel, &[Work::Nothing, Work::Grow, Work::Call], |mut guest, place, work, what| {
        let (result, pending) = run(guest.all(place, work));
        assert!(result.is_ok(), "{what}: {result:?}");
        let expected = match work {
            Work::Grow => 2,
            Work::Call => 3,
            _ => 0,
        };
        assert!(pending >= expected && pending <= expected * 2, "{what}: {pending}");
        assert_eq!(guest.pending.load(Relaxed), 0, "{what}");
        Ok(())
    })
}

/// Moves an engine's epoch until it is dropped.
struct Ticks {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Ticks {
    fn new(engine: &Engine) -> Self {
        let (engine, stop) = (engine.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            while !stopped.load(Relaxed) {
                engine.increment_epoch();
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Ticks {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        self.thread.take().map(|thread| thread.join());
    }
}

/// Polls some times, and expects that the future is never ready.
fn polls_in_vain<F: Future>(mut future: Pin<&mut F>, what: &str) {
    for _ in 0..5 {
        assert!(poll(future.as_mut()).is_pending(), "{what}");
    }
}

/// Whether an error is that of a component instance that was broken off.
fn is_poisoned(error: &Error) -> bool {
    error.downcast_ref() == Some(&Trap::CannotEnterComponent)
}

#[test]
fn a_guest_that_loops_for_ever_gives_way_and_can_be_dropped() -> Result<()> {
    for how in [Yield::Epoch, Yield::EpochCustom, Yield::Fuel] {
        everywhere(how, &[Work::Loop], |mut guest, place, work, what| {
            let _ticks = Ticks::new(&guest.engine);
            if place == Place::Start {
                polls_in_vain(pin!(guest.instance()), what);
                return Ok(());
            }
            let instance = run(guest.instance()).0?;
            polls_in_vain(pin!(guest.work(&instance, place, work)), what);
            let error = run(guest.work(&instance, Place::Plain, Work::Nothing)).0.unwrap_err();
            assert!(is_poisoned(&error), "{what}: {error:?}");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_call_that_is_dropped_while_it_waits_has_ended() -> Result<()> {
    everywhere(Yield::Fuel, &[Work::Grow, Work::Call], |mut guest, place, work, what| {
        if place == Place::Start {
            let mut future = Box::pin(guest.instance());
            assert!(poll(future.as_mut()).is_pending(), "{what}");
            drop(future);
            assert_eq!(guest.pending.load(Relaxed), 0, "{what}: what was pending is gone");
            return Ok(());
        }
        let instance = run(guest.instance()).0?;
        let count = guest.pending.clone();
        let mut future = Box::pin(guest.work(&instance, place, work));
        let mut polled = 0;
        while count.load(Relaxed) == 0 {
            assert!(poll(future.as_mut()).is_pending(), "{what}");
            polled += 1;
        }
        assert!(polled > 0, "{what}");
        drop(future);
        assert_eq!(count.load(Relaxed), 0, "{what}: what was pending is gone");
        let error = run(guest.work(&instance, Place::Plain, Work::Nothing)).0.unwrap_err();
        assert!(is_poisoned(&error), "{what}: {error:?}");
        Ok(())
    })
}

#[test]
fn a_call_that_is_forgotten_while_it_waits_costs_its_stack() -> Result<()> {
    everywhere(Yield::Fuel, &[Work::Grow, Work::Call], |mut guest, place, work, what| {
        if place == Place::Start {
            let mut future = Box::pin(guest.instance());
            assert!(poll(future.as_mut()).is_pending(), "{what}");
            std::mem::forget(future);
        } else {
            let instance = run(guest.instance()).0?;
            let mut future = Box::pin(guest.work(&instance, place, work));
            assert!(poll(future.as_mut()).is_pending(), "{what}");
            std::mem::forget(future);
            // The same instance may be entered again, as it was left.
            for _ in 0..3 {
                if let Err(error) = run(guest.work(&instance, Place::Plain, work)).0 {
                    assert_eq!(error.downcast_ref(), Some(&Trap::CannotLeaveComponent), "{what}");
                }
            }
            let instance = run(guest.instance()).0?;
            let (result, pending) = run(guest.work(&instance, place, work));
            assert!(result.is_ok() && pending > 0, "{what}: {result:?}");
        }
        let Guest { engine, linker, component, store, .. } = guest;
        drop(store);
        let mut store = Store::new(&engine, Host::default());
        store.set_fuel(u64::MAX)?;
        let _ = run(linker.instantiate_async(&mut store, &component));
        Ok(())
    })
}

#[test]
fn a_poll_that_ends_leaves_nothing_that_runs() -> Result<()> {
    for engine in engines(Guest::settings(Yield::Fuel)) {
        let mut guest = Guest::new(&engine, Yield::Fuel, Work::Nothing)?;
        for place in PLACES.into_iter().filter(|&place| place != Place::Start) {
            let instance = run(guest.instance()).0?;
            let mut future = Box::pin(guest.work(&instance, place, Work::Grow));
            let Poll::Pending = poll(future.as_mut()) else { panic!("{place:?}: it waits") };
            std::mem::forget(future);
            assert!(coracle::WasmBacktrace::force_capture(&guest.store).frames().is_empty(), "{place:?}");
        }
    }
    Ok(())
}

//! What a store takes of its host is counted in bytes, and what nothing leads to any more is given back between calls.

use crate::engines;
use coracle::{
    Caller, Engine, ErrorKind, ExternRef, Instance, Linker, Module, OwnedRooted, Result, Rooted, Store, StoreLimits,
    StoreLimitsBuilder, Trap,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn limited(engine: &Engine, limits: StoreLimitsBuilder) -> Store<StoreLimits> {
    let mut store = Store::new(engine, limits.build());
    store.limiter(|limits| limits);
    store
}

/// Throws and catches exceptions by reference, so that each is kept until the call ends.
const THROWS: &str = r#"(module
    (tag $t (param i64 i64 i64 i64 i64 i64 i64 i64))
    (func (export "throw") (param i32)
        (loop $again
            (block $caught (result exnref)
                (try_table (catch_all_ref $caught)
                    (throw $t (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
                        (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8)))
                (unreachable))
            (drop)
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;

#[test]
fn exceptions_of_one_call_are_limited_and_freed_behind_it() -> Result<()> {
    let mut most = Vec::new();
    for engine in engines(|config| _ = config.wasm_exceptions(true)) {
        let module = Module::new(&engine, THROWS)?;
        let builder = StoreLimitsBuilder::new();
        for limits in [
            builder.clone().memory_size(1 << 20),
            builder.clone().references_size(1 << 20),
            builder.store_size(5 << 19),
        ] {
            let mut store = limited(&engine, limits);
            let it = Instance::new(&mut store, &module, &[])?;
            let throw = it.get_typed_func::<i32, ()>(&mut store, "throw")?;
            for _ in 0..3 {
                let error = throw.call(&mut store, 100_000).unwrap_err();
                assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::ReferenceLimit), "{error:?}");
                assert!(format!("{error:?}").contains("resource limit exceeded"), "{error:?}");
                // What that call has left is gone, and there is room for as much again.
                throw.call(&mut store, 4_000)?;
            }
            let fits = (1..20).rev().find(|n| throw.call(&mut store, n * 1000).is_ok());
            most.push(fits.expect("some fit"));
        }
    }
    assert!(most.iter().all(|&fits| (4..12).contains(&fits)), "{most:?}");
    assert_eq!(most[..3], most[3..], "the tiers count alike");
    Ok(())
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn values_that_no_guest_holds_are_dropped_between_calls() -> Result<()> {
    for engine in engines(|_| {}) {
        let module = Module::new(
            &engine,
            r#"(module (import "host" "make" (func $make (result externref)))
                (global $kept (mut externref) (ref.null extern)) (table $t 1 externref)
                (func (export "make") (param i32)
                    (loop $again
                        (global.set $kept (call $make))
                        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                    (table.set $t (i32.const 0) (global.get $kept)))
                (func (export "kept") (result externref) (global.get $kept)))"#,
        )?;
        let dropped = Arc::new(AtomicUsize::new(0));
        let mut linker = Linker::new(&engine);
        let counts = dropped.clone();
        linker.func_wrap(
            "host",
            "make",
            move |caller: Caller<'_, StoreLimits>| -> Result<Option<Rooted<ExternRef>>> {
                Ok(Some(ExternRef::new(caller, Counted(counts.clone()))?))
            },
        )?;
        let mut store = limited(&engine, StoreLimitsBuilder::new().store_size(2 << 20));
        let it = linker.instantiate(&mut store, &module)?;
        let make = it.get_typed_func::<i32, ()>(&mut store, "make")?;
        let kept = it.get_typed_func::<(), Option<Rooted<ExternRef>>>(&mut store, "kept")?;
        for _ in 0..50 {
            make.call(&mut store, 2000)?;
        }
        store.gc(None)?;
        assert_eq!(dropped.load(Ordering::Relaxed), 50 * 2000 - 1);
        let last = kept.call(&mut store, ())?.expect("it was kept");
        // The host has a handle on this one now, so it stays although no guest holds it.
        make.call(&mut store, 1)?;
        store.gc(None)?;
        assert!(last.data(&store)?.is_some_and(|data| data.is::<Counted>()));
        assert_eq!(dropped.load(Ordering::Relaxed), 50 * 2000 - 1);
        let error = make.call(&mut store, 1_000_000).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::ReferenceLimit), "{error:?}");
        drop(store);
        let (made, dropped) = (Arc::strong_count(&dropped), dropped.load(Ordering::Relaxed));
        assert!(made == 2 && dropped > 50 * 2000, "{made} {dropped}");
    }
    Ok(())
}

#[derive(Default)]
struct Stash {
    bare: Option<Rooted<ExternRef>>,
    owned: Option<OwnedRooted<ExternRef>>,
}

#[test]
fn a_handle_from_within_a_call_ends_with_what_it_names() -> Result<()> {
    for engine in engines(|_| {}) {
        let module = Module::new(
            &engine,
            r#"(module (import "host" "stash" (func $stash (param externref)))
                (import "host" "make" (func $make (result externref)))
                (func (export "run") (call $stash (call $make)))
                (func (export "take") (param externref)))"#,
        )?;
        let mut linker = Linker::<Stash>::new(&engine);
        linker.func_wrap("host", "make", |caller: Caller<'_, Stash>| Ok(Some(ExternRef::new(caller, "made")?)))?;
        linker.func_wrap("host", "stash", |mut caller: Caller<'_, Stash>, bare: Option<Rooted<ExternRef>>| {
            caller.data_mut().bare = bare;
            let other = ExternRef::new(&mut caller, "other")?;
            caller.data_mut().owned = Some(other.to_owned_rooted(&mut caller)?);
            Ok(())
        })?;
        let mut store = Store::new(&engine, Stash::default());
        let it = linker.instantiate(&mut store, &module)?;
        it.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
        let bare = store.data().bare.expect("it was stashed");
        assert!(bare.data(&store)?.is_some_and(|data| data.is::<&str>()), "nothing was freed yet");
        store.gc(None)?;
        let fresh = ExternRef::new(&mut store, 5_u8)?;
        assert_eq!(bare.data(&store).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(bare.to_raw(&mut store).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(bare.to_owned_rooted(&mut store).is_err() && !Rooted::rooted_eq(bare, fresh));
        let take = it.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut store, "take")?;
        assert!(take.call(&mut store, Some(bare)).is_err());
        assert!(take.func().call(&mut store, &[bare.into()], &mut []).is_err());
        take.call(&mut store, Some(fresh))?;
        let owned = store.data().owned.clone().expect("it was stashed").to_rooted(&mut store);
        assert!(owned.data(&store)?.is_some_and(|data| data.is::<&str>()));
    }
    Ok(())
}

#[test]
fn instances_with_all_that_they_define_are_counted() -> Result<()> {
    let engine = Engine::default();
    let globals = "(global i64 (i64.const 1))".repeat(1000);
    let plain = "(func (export \"f\"))".to_string();
    let escapes: String = (0..1000).map(|i| format!("(func $f{i}) (elem declare func $f{i})")).collect();
    for text in [globals, plain, escapes] {
        let module = Module::new(&engine, format!("(module {text})"))?;
        let mut store = limited(&engine, StoreLimitsBuilder::new().store_size(2 << 20).instances(usize::MAX));
        let (made, error) = loop_until_error(|| Instance::new(&mut store, &module, &[]).map(drop));
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert!(error.to_string().contains("bytes of the host, of at most 2097152"), "{error}");
        assert!((2..10_000).contains(&made), "{made}");
    }
    Ok(())
}

fn loop_until_error(mut one: impl FnMut() -> Result<()>) -> (usize, coracle::Error) {
    for made in 0..1_000_000 {
        if let Err(error) = one() {
            return (made, error);
        }
    }
    panic!("no limit was reached");
}

#[test]
fn memories_and_tables_count_together() -> Result<()> {
    for engine in engines(|_| {}) {
        let module = Module::new(
            &engine,
            r#"(module (memory $a 1) (memory $b 1) (table $t 1 funcref)
                (func (export "a") (param i32) (result i32) (memory.grow $a (local.get 0)))
                (func (export "b") (param i32) (result i32) (memory.grow $b (local.get 0)))
                (func (export "t") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))"#,
        )?;
        let mut store = limited(&engine, StoreLimitsBuilder::new().store_size(3 << 20));
        let it = Instance::new(&mut store, &module, &[])?;
        let [a, b, t] = ["a", "b", "t"].map(|name| it.get_typed_func::<i32, i32>(&mut store, name));
        let (a, b, t) = (a?, b?, t?);
        assert_eq!((a.call(&mut store, 10)?, b.call(&mut store, 10)?), (1, 1));
        assert_eq!((a.call(&mut store, 10)?, b.call(&mut store, 10)?), (-1, -1), "both do not fit");
        assert_eq!((t.call(&mut store, 200_000)?, t.call(&mut store, 10_000)?), (-1, 1));
        assert_eq!((a.call(&mut store, 0)?, b.call(&mut store, 0)?), (11, 11));
        let mut store = limited(&engine, StoreLimitsBuilder::new().store_size(1 << 20));
        let error = Instance::new(&mut store, &module, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    }
    Ok(())
}

#[test]
fn a_table_counts_for_what_it_takes() -> Result<()> {
    for engine in engines(|_| {}) {
        let module = Module::new(
            &engine,
            r#"(module (table $t 10 2000000 funcref)
                (func (export "t") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))"#,
        )?;
        let grown = |by: i32| -> Result<i32> {
            let mut store = limited(&engine, StoreLimitsBuilder::new().store_size(10 << 20));
            let t = Instance::new(&mut store, &module, &[])?.get_typed_func::<i32, i32>(&mut store, "t")?;
            let mut most = 10;
            while t.call(&mut store, by)? != -1 {
                most += by;
            }
            Ok(most)
        };
        // A store has 1 MiB of its own; what is grown at once takes a word for each element, what is grown bit by bit has
        // room for half as many more.
        let elements = |bytes: i32| bytes / size_of::<usize>() as i32;
        let (at_once, by_steps) = (grown(elements(17 << 19))?, grown(1000)?);
        assert_eq!(at_once, 10 + elements(17 << 19));
        assert!((elements(6 << 20)..elements(9 << 20)).contains(&by_steps), "{by_steps}");
    }
    Ok(())
}

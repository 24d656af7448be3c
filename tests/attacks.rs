//! The recipe for hostile guests of SECURITY.md, and guests that are out to break it.
//!
//! Each attack ends soon, in an error that says why, and takes no more of the host than was granted.

#[path = "large/heap.rs"]
mod heap;
#[path = "attacks/recipe.rs"]
mod recipe;

use coracle::component::{self, Component};
use coracle::{
    AsContextMut, Caller, Config, Engine, ExternRef, Instance, Linker, MemoryType, Module, Result, Rooted,
    SharedMemory, Store, StoreLimits, TierPolicy, Trap,
};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// The default, and everything compiled at its second call.
const TIERS: [TierPolicy; 2] = [TierPolicy::Background, TierPolicy::Sync(2)];

/// Beyond this an attack has succeeded: the machine may be busy, but not with this for so long.
const SOON: Duration = Duration::from_secs(20);
/// What the recipe grants a store, and something for engine, code and errors.
const GRANTED: usize = (64 << 20) + (24 << 20);

/// Runs an attack in each tier.
fn attack(what: &str, run: impl Fn(&Engine, &mut Store<StoreLimits>) -> Result<()>) {
    for tier in TIERS {
        let engine = recipe::engine(Config::new().tier_policy(tier)).expect("the settings fit together");
        let begun = Instant::now();
        let (ended, bytes) = heap::peak(|| {
            let mut store = recipe::store(&engine);
            recipe::before_each_call(&mut store);
            run(&engine, &mut store)
        });
        ended.unwrap_or_else(|error| panic!("{what}, {tier:?}: {error:?}"));
        assert!(begun.elapsed() < SOON, "{what}, {tier:?}: {:?}", begun.elapsed());
        assert!(bytes < GRANTED, "{what}, {tier:?}: {bytes} bytes");
    }
}

/// What the function `run` of a module ends with.
fn run_core(engine: &Engine, store: &mut Store<StoreLimits>, text: &str) -> Result<coracle::Error> {
    let instance = Instance::new(&mut *store, &Module::new(engine, text)?, &[])?;
    let run = instance.get_typed_func::<(), ()>(&mut *store, "run")?;
    recipe::before_each_call(store);
    Ok(run.call(store, ()).expect_err("nothing ends by itself"))
}

fn trapped(error: &coracle::Error, wanted: Trap) {
    assert_eq!(error.downcast_ref::<Trap>(), Some(&wanted), "{error:?}");
}

#[test]
fn the_recipe_is_that_of_the_page() {
    let (page, recipe) = (include_str!("../SECURITY.md"), include_str!("attacks/recipe.rs"));
    let code = recipe.find("use ").map(|at| recipe[at..].trim_end()).expect("it uses the façade");
    assert!(page.contains(code), "SECURITY.md shows what tests/attacks/recipe.rs says");
}

#[test]
fn memories_and_tables() {
    attack("growth without end", |engine, store| {
        let text = r#"(module (memory $a 1) (memory $b 1) (memory $c 1) (table $t 1 externref)
            (func (export "run")
                (loop
                    (drop (memory.grow $a (i32.const 1))) (drop (memory.grow $b (i32.const 7)))
                    (drop (memory.grow $c (i32.const 100))) (drop (table.grow $t (ref.null extern) (i32.const 1000)))
                    (br 0))))"#;
        trapped(&run_core(engine, store, text)?, Trap::Interrupt);
        Ok(())
    });
}

#[test]
fn recursion_and_loops() {
    attack("recursion", |engine, store| {
        let text = r#"(module (func $f (export "run") (local i64 i64 i64 i64) (call $f) (call $f)))"#;
        trapped(&run_core(engine, store, text)?, Trap::StackOverflow);
        Ok(())
    });
    attack("a loop", |engine, store| {
        trapped(&run_core(engine, store, r#"(module (func (export "run") (loop (br 0))))"#)?, Trap::Interrupt);
        Ok(())
    });
    attack("a start function", |engine, store| {
        let module = Module::new(engine, "(module (func $f (loop (br 0))) (start $f))")?;
        trapped(&Instance::new(store, &module, &[]).unwrap_err(), Trap::Interrupt);
        Ok(())
    });
}

#[test]
fn bulk_operations() {
    attack("bulk operations", |engine, store| {
        let text = r#"(module (memory 512) (table $t 100000 funcref)
            (func (export "run")
                (loop
                    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x200_0000))
                    (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x1ff_ffff))
                    (table.fill $t (i32.const 0) (ref.null func) (i32.const 100000))
                    (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 99999))
                    (br 0))))"#;
        trapped(&run_core(engine, store, text)?, Trap::Interrupt);
        Ok(())
    });
}

#[test]
fn exceptions() {
    attack("exceptions", |engine, store| {
        let text = r#"(module (tag $t (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64))
            (func (export "run")
                (loop
                    (block $caught (result exnref)
                        (try_table (catch_all_ref $caught)
                            (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)
                            (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)
                            (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)
                            (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1) (throw $t))
                        (unreachable))
                    (drop) (br 0))))"#;
        for _ in 0..3 {
            let error = run_core(engine, store, text)?;
            let trap = error.downcast_ref::<Trap>();
            assert!(matches!(trap, Some(Trap::ReferenceLimit | Trap::Interrupt)), "{error:?}");
        }
        Ok(())
    });
}

#[test]
fn values_of_the_host() {
    attack("references", |engine, store| {
        let module = Module::new(
            engine,
            r#"(module (import "host" "make" (func $make (result externref)))
                (func (export "run") (loop (drop (call $make)) (br 0))))"#,
        )?;
        let mut linker = Linker::new(engine);
        linker.func_wrap("host", "make", |caller: Caller<'_, StoreLimits>| -> Result<Option<Rooted<ExternRef>>> {
            Ok(Some(ExternRef::new(caller, [0_u64; 100])?))
        })?;
        for _ in 0..3 {
            recipe::before_each_call(store);
            let run = linker.instantiate(&mut *store, &module)?.get_typed_func::<(), ()>(&mut *store, "run")?;
            let error = run.call(&mut *store, ()).unwrap_err();
            let trap = error.downcast_ref::<Trap>();
            assert!(matches!(trap, Some(Trap::ReferenceLimit | Trap::Interrupt)), "{error:?}");
        }
        Ok(())
    });
}

#[test]
fn instances_with_much_in_them() {
    attack("instances", |engine, store| {
        let globals = "(global (mut i64) (i64.const 0))".repeat(20_000);
        let module = Module::new(engine, format!("(module {globals})"))?;
        for made in 0..1000 {
            if let Err(error) = Instance::new(&mut *store, &module, &[]) {
                assert!(made > 10 && error.to_string().contains("resource limit exceeded"), "{made}: {error:?}");
                return Ok(());
            }
        }
        panic!("a thousand instances were made");
    });
}

#[test]
fn waits_without_an_end() {
    attack("waiting", |engine, store| {
        let memory = SharedMemory::new(engine, MemoryType::shared(1, 1))?;
        let module = Module::new(
            engine,
            r#"(module (import "" "" (memory 1 1 shared))
                (func (export "run") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"#,
        )?;
        for _ in 0..3 {
            let instance = Instance::new(&mut *store, &module, &[memory.clone().into()])?;
            let run = instance.get_typed_func::<(), ()>(&mut *store, "run")?;
            recipe::before_each_call(store);
            trapped(&run.call(&mut *store, ()).unwrap_err(), Trap::Interrupt);
        }
        Ok(())
    });
}

#[test]
fn traps_with_many_names() {
    let mut text = String::from(r#"(module (func $f (export "run") (param i32)"#);
    text += "(if (i32.eqz (local.get 0)) (then (unreachable))) (call $f (i32.sub (local.get 0) (i32.const 1))))";
    (0..50_000).for_each(|i| _ = write!(text, "(func $a-name-that-is-not-short-{i})"));
    text.push(')');
    let binary = wat::parse_str(text).expect("it is text");
    attack("traps", |engine, store| {
        let instance = Instance::new(&mut *store, &Module::new(engine, &binary)?, &[])?;
        let run = instance.get_typed_func::<i32, ()>(&mut *store, "run")?;
        for _ in 0..200 {
            recipe::before_each_call(store);
            let error = run.call(&mut *store, 500).unwrap_err();
            assert!(format!("{error:?}").contains("!f"), "{error:?}");
        }
        Ok(())
    });
}

/// What the function `run` of a component ends with.
fn run_component(
    engine: &Engine,
    store: &mut Store<StoreLimits>,
    text: &str,
    define: impl FnOnce(&mut component::Linker<StoreLimits>) -> Result<()>,
) -> Result<coracle::Error> {
    let component = Component::new(engine, text)?;
    let mut linker = component::Linker::new(engine);
    define(&mut linker)?;
    let instance = linker.instantiate(&mut *store, &component)?;
    let run = instance.get_typed_func::<(), ()>(&mut *store, "run")?;
    recipe::before_each_call(store);
    Ok(run.call(store.as_context_mut(), ()).expect_err("nothing ends by itself"))
}

#[test]
fn resources_that_are_never_dropped() {
    attack("resources of its own", |engine, store| {
        let text = r#"(component
            (type $r (resource (rep i32)))
            (core func $new (canon resource.new $r))
            (core module $m (import "" "new" (func $new (param i32) (result i32)))
                (func (export "run") (loop (drop (call $new (i32.const 1))) (br 0))))
            (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
            (func (export "run") (canon lift (core func $i "run"))))"#;
        trapped(&run_component(engine, store, text, |_| Ok(()))?, Trap::HandleLimit);
        Ok(())
    });
}

/// A component whose `run` calls the import `eat` for ever with a string of so many bytes.
fn feeds(bytes: u32) -> String {
    format!(
        r#"(component
        (import "eat" (func $eat (param "s" string)))
        (core module $libc (memory (export "memory") 512))
        (core instance $libc (instantiate $libc))
        (core func $eat (canon lower (func $eat) (memory (core memory $libc "memory"))))
        (core module $m (import "" "eat" (func $eat (param i32 i32)))
            (func (export "run") (loop (call $eat (i32.const 0) (i32.const {bytes})) (br 0))))
        (core instance $i (instantiate $m (with "" (instance (export "eat" (func $eat))))))
        (func (export "run") (canon lift (core func $i "run"))))"#
    )
}

#[test]
fn strings_for_the_host() {
    let eat = |linker: &mut component::Linker<StoreLimits>| {
        linker.root().func_wrap("eat", |_, (_,): (String,)| Ok(()))?;
        Ok(())
    };
    attack("long strings", |engine, store| {
        trapped(&run_component(engine, store, &feeds(24 << 20), eat)?, Trap::HostcallFuel);
        Ok(())
    });
    attack("many strings", |engine, store| {
        trapped(&run_component(engine, store, &feeds(1 << 20), eat)?, Trap::Interrupt);
        Ok(())
    });
}

#[test]
fn strings_between_guests() {
    attack("strings between guests", |engine, store| {
        let text = r#"(component
            (component $callee
                (core module $m (memory (export "memory") 128)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                    (func (export "take") (param i32 i32)))
                (core instance $i (instantiate $m))
                (func (export "take") (param "s" string) (canon lift (core func $i "take")
                    (memory (core memory $i "memory")) (realloc (core func $i "realloc")) string-encoding=utf16)))
            (instance $callee (instantiate $callee))
            (core module $libc (memory (export "memory") 64))
            (core instance $libc (instantiate $libc))
            (core func $take (canon lower (func $callee "take") (memory (core memory $libc "memory"))))
            (core module $m (import "" "take" (func $take (param i32 i32)))
                (func (export "run") (loop (call $take (i32.const 0) (i32.const 0x20_0000)) (br 0))))
            (core instance $i (instantiate $m (with "" (instance (export "take" (func $take))))))
            (func (export "run") (canon lift (core func $i "run"))))"#;
        trapped(&run_component(engine, store, text, |_| Ok(()))?, Trap::Interrupt);
        Ok(())
    });
}

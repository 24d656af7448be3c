//! What becomes of a component's life when memory runs out: each allocation of load, link, instantiate, call, growth,
//! trap and drop fails once, in a process of its own.
//!
//! An allocation that can fail leads to an error, and the engine goes on; one that cannot ends the process. `BOUNDS`
//! says how many of these each step has at most; they only get fewer.
#![allow(unsafe_code)] // A global allocator.

use coracle::component::{Component, Linker, Portable};
use coracle::{Config, Engine, Result, Store, StoreContextMut, TierPolicy};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::process::Command;
use std::ptr::NonNull;

/// The steps, and how many of their allocations may end the process. In load they are those of the validator and its
/// readers, which cannot fail, and the copy of the bytes; small builds have a validator of their own for core modules.
const BOUNDS: &[(&str, usize)] = &[
    ("load prepared", 0),
    ("load", if cfg!(feature = "compact") { 270 } else { 302 }),
    ("link", 0),
    ("instantiate", 0),
    ("call", 0),
    ("growth", 0),
    ("trap", 0),
    ("drop", 0),
];

/// What is in the environment of a process of its own: the step and the number, of its allocations, of the one that
/// fails. Each step counts from zero, since the validator's hash tables are seeded by chance: how many allocations a
/// load makes differs by a few from process to process.
const FAILS: &str = "CORACLE_ALLOCATION_FAILS";

/// A name that is one string to the guest, which it gives back longer; and a memory that grows.
const COMPONENT: &str = r#"(component
    (import "log" (func $log (param "line" string)))
    (import "note" (func $note (param "number" u32)))
    (core module $Libc
        (memory (export "memory") 1)
        (global $at (mut i32) (i32.const 64))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $at)
            (global.set $at (i32.add (global.get $at) (local.get 3)))))
    (core instance $libc (instantiate $Libc))
    (core func $log' (canon lower (func $log) (memory (core memory $libc "memory"))))
    (core func $note' (canon lower (func $note)))
    (core module $Main
        (import "" "memory" (memory 1))
        (import "" "log" (func $log (param i32 i32)))
        (import "" "note" (func $note (param i32)))
        (func (export "greet") (param i32 i32) (result i32)
            (call $log (local.get 0) (local.get 1))
            (i32.store (i32.const 0) (local.get 0))
            (i32.store (i32.const 4) (local.get 1))
            (i32.const 0))
        (func (export "grow") (param i32) (result i32)
            (call $note (local.get 0))
            (memory.grow (local.get 0)))
        (func (export "trap") unreachable))
    (core instance $main (instantiate $Main (with "" (instance
        (export "memory" (memory $libc "memory"))
        (export "log" (func $log'))
        (export "note" (func $note'))))))
    (func (export "greet") (param "name" string) (result string) (canon lift (core func $main "greet")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $main "grow")))
    (func (export "trap") (canon lift (core func $main "trap"))))"#;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is in the environment where it is to be told which allocations end the process, and who makes them.
const SHOWS: &str = "CORACLE_ALLOCATION_SHOWS";

thread_local! {
    /// How many allocations there were in this step, where they are counted, and which one fails.
    static COUNT: Cell<Option<usize>> = const { Cell::new(None) };
    static FAILING: Cell<usize> = const { Cell::new(usize::MAX) };
    /// The step in which it fails, and its number there.
    static PLANNED: Cell<(usize, usize)> = const { Cell::new((usize::MAX, usize::MAX)) };
    static SHOWN: Cell<bool> = const { Cell::new(false) };
}

/// Counts an allocation: whether it is to fail.
fn fails() -> bool {
    let count = COUNT.get();
    COUNT.set(count.map(|count| count + 1));
    let fails = count == Some(FAILING.get());
    if fails && SHOWN.get() {
        uncounted(|| eprintln!("{}", std::backtrace::Backtrace::force_capture()));
    }
    fails
}

// SAFETY: all is handed on to the system's, or nothing is given.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller's contract.
        if fails() { core::ptr::null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller's contract.
        if fails() { core::ptr::null_mut() } else { unsafe { System.alloc_zeroed(layout) } }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: by the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: by the caller's contract.
        if fails() { core::ptr::null_mut() } else { unsafe { System.realloc(block, layout, bytes) } }
    }
}

/// Tells which step begins, and how many allocations the one before made, without one.
fn step(name: &str) {
    let mut digits = [b' '; 8];
    let mut count = COUNT.get().unwrap_or_default();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (count % 10) as u8;
        count /= 10;
    }
    let mut line = [b' '; 32];
    line[..8].copy_from_slice(&digits);
    line[9..9 + name.len()].copy_from_slice(name.as_bytes());
    line[31] = b'\n';
    let _ = std::io::stderr().write_all(&line);
    COUNT.set(COUNT.get().map(|_| 0));
    let (planned, number) = PLANNED.get();
    let here = BOUNDS.get(planned).is_some_and(|&(step, _)| step == name);
    FAILING.set(if here { number } else { usize::MAX });
}

/// Something is allocated that nothing of ours fails for.
fn uncounted<T>(f: impl FnOnce() -> T) -> T {
    let count = COUNT.replace(None);
    let value = f();
    COUNT.set(count);
    value
}

fn life(engine: &Engine, bytes: &[u8], prepared: &'static [u8]) -> Result<()> {
    step("load prepared");
    // SAFETY: the bytes were made just now, and are never freed.
    drop(unsafe { Component::deserialize_raw(engine, NonNull::from(prepared)) }?);
    step("load");
    let component = Component::from_binary(engine, bytes)?;
    step("link");
    let mut linker = Linker::<u32>::new(engine);
    // What closures keep is allocated.
    let each: u32 = prepared[0].into();
    linker.root().func_wrap(
        "log",
        move |mut store: StoreContextMut<'_, u32>, (line,): (coracle::component::WasmStr,)| {
            *store.data_mut() += line.to_str(&store)?.len() as u32 * each;
            Ok(())
        },
    )?;
    linker.root().func_wrap("note", move |mut store: StoreContextMut<'_, u32>, (number,): (u32,)| {
        *store.data_mut() += number * each;
        Ok(())
    })?;
    let pre = linker.instantiate_pre(&component)?;
    step("instantiate");
    let mut store = Store::try_new(engine, 0)?;
    let instance = pre.instantiate(&mut store)?;
    let greet = instance.get_typed_func::<(&str,), (coracle::component::WasmStr,)>(&mut store, "greet")?;
    let grow = instance.get_typed_func::<(u32,), (i32,)>(&mut store, "grow")?;
    let trap = instance.get_typed_func::<(), ()>(&mut store, "trap")?;
    step("call");
    let (text,) = greet.call(&mut store, ("board",))?;
    assert_eq!(text.to_str(&store)?.len(), 5);
    step("growth");
    for pages in [1, 2, 3] {
        // What cannot grow says so.
        grow.call(&mut store, (pages,))?;
    }
    step("trap");
    assert!(trap.call(&mut store, ()).is_err());
    step("drop");
    Ok(())
}

/// What a process of its own does: the life with a failure, and the same without one on the same engine.
fn child(planned: (usize, usize)) {
    let bytes = wat::parse_str(COMPONENT).expect("the component is well formed");
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Off).memory_reservation(0).max_wasm_stack(4096);
    let engine = Engine::new(&config).expect("the settings are");
    let component = Component::from_binary(&engine, &bytes).expect("the component is valid");
    let prepared = Vec::leak(component.serialize_portable(&Portable::default()).expect("it uses nothing rare"));
    drop(component);
    PLANNED.set(planned);
    SHOWN.set(std::env::var_os(SHOWS).is_some());
    COUNT.set(Some(0));
    let first = life(&engine, &bytes, prepared);
    step("end");
    uncounted(|| drop(first));
    COUNT.set(None);
    life(&engine, &bytes, prepared).expect("the engine goes on");
    step("well");
}

/// What a process of its own says: its steps, each with the allocations of the one before.
fn run((step, number): (usize, usize)) -> (bool, Vec<(usize, String)>) {
    let mut command = Command::new(std::env::current_exe().expect("a test has a file"));
    command
        .args(["--exact", "every_failure", "--nocapture", "--test-threads=1"])
        .env(FAILS, format!("{step} {number}"));
    let output = command.output().expect("a test can be started");
    let text = String::from_utf8_lossy(&output.stderr);
    let steps = text.lines().filter_map(|line| {
        let (count, name) = line.split_once(' ')?;
        Some((count.parse().ok()?, name.trim().to_string()))
    });
    let right = output.status.success();
    if !right && std::env::var_os(SHOWS).is_some() {
        println!("allocation {number} of step {step} ends the process\n{text}");
    }
    (right, steps.collect())
}

#[test]
fn every_failure() {
    if let Ok(planned) = std::env::var(FAILS) {
        let (step, number) = planned.split_once(' ').expect("two numbers");
        return child((step.parse().expect("a number"), number.parse().expect("a number")));
    }
    let (right, steps) = run((usize::MAX, usize::MAX));
    assert!(right, "nothing fails: {steps:?}");
    let (mut wrong, mut lines) = (false, String::new());
    for (step, &(name, bound)) in BOUNDS.iter().enumerate() {
        let at = steps.iter().position(|(_, said)| said == name).expect("each step is told");
        let count = steps[at + 1].0;
        let ended = (0..count).filter(|&number| !run((step, number)).0).count();
        lines += &format!("{name}: {count} allocations, {ended} end the process, at most {bound} may\n");
        wrong |= ended > bound;
    }
    println!("{lines}");
    assert!(!wrong, "{lines}");
}

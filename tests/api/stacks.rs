//! The host's stack: guests end at its end with a trap, however large it is, whatever they run in, and on whatever
//! thread they are entered.
//!
//! What would crash runs in a process of its own, so that a failure is one.

use crate::engine;
use coracle::{
    Caller, Config, Error, Extern, Instance, Linker, Module, Result, Store, TierChange, TierEvent, TierPolicy, Trap,
    TypedFunc,
};
use std::fmt::Write as _;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const TIERS: [TierPolicy; 4] = [TierPolicy::Off, TierPolicy::Sync(1), TierPolicy::Sync(2), TierPolicy::Eager];

/// The same where bodies are so large that compiling them takes long.
const WIDE_TIERS: [TierPolicy; 3] = [TierPolicy::Off, TierPolicy::Sync(2), TierPolicy::Eager];

/// Stacks of threads, in bytes.
const STACKS: [usize; 4] = [128 << 10, 256 << 10, 2 << 20, 8 << 20];

/// The default of `Config::max_wasm_stack`.
const USUAL: usize = 512 << 10;

/// Calls without end.
const ENDLESS: i32 = 100_000_000;

/// Runs the body of the test of this name in a process of its own.
fn in_child(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    const CHILD: &str = "CORACLE_STACKS_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return run();
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--exact", &format!("stacks::{name}"), "--nocapture"]);
    let output = command.env(CHILD, "1").env("RUST_BACKTRACE", "full").output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let begin: String = text.chars().take(2_000).collect();
    assert!(output.status.success(), "{name}: {}\n{begin}", output.status);
    Ok(())
}

/// Runs `f` on a thread with a stack of so many bytes, while this one waits.
fn on_stack<R: Send>(bytes: usize, f: impl FnOnce() -> R + Send) -> thread::Result<R> {
    thread::scope(|scope| thread::Builder::new().stack_size(bytes).spawn_scoped(scope, f).expect("a thread").join())
}

/// Runs `f` in these tiers on each stack, with so many bytes of it for a guest.
fn everywhere(
    tiers: &[TierPolicy],
    text: &str,
    wasm_stack: usize,
    f: impl Fn(&Module, usize, &str) -> Result<()> + Sync,
) -> Result<()> {
    for &tier in tiers {
        let refused = Arc::new(AtomicBool::new(false));
        let seen = refused.clone();
        let log = move |event: &TierEvent| {
            if let TierChange::Refused { .. } = event.change {
                eprintln!("{event}");
                seen.store(true, Ordering::Relaxed);
            }
        };
        // Bodies whose accesses are compared come to more than is compiled.
        let set = |config: &mut Config| _ = config.max_wasm_stack(wasm_stack).tier_log(log).memory_reservation(1 << 32);
        let engine = engine(tier, set)?;
        let module = Module::new(&engine, text)?;
        for stack in STACKS {
            let what = format!("{tier:?} on {} KiB", stack >> 10);
            on_stack(stack, || f(&module, stack, &what)).expect("no panic")?;
        }
        assert!(!refused.load(Ordering::Relaxed), "{tier:?}: not compiled");
    }
    Ok(())
}

/// The greatest number for which `fits` holds, which holds for 0.
fn greatest(mut fits: impl FnMut(i32) -> bool) -> i32 {
    let (mut low, mut high) = (0, ENDLESS);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}

fn is_overflow(error: &Error, what: &str) {
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{what}: {error:?}");
}

/// Words in memory that count from 0.
const COUNTED: &str = "(memory 8) (func $count (local i32) (loop $l
    (i64.store (i32.shl (local.get 0) (i32.const 3)) (i64.extend_i32_u (local.get 0)))
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (br_if $l (i32.lt_u (local.get 0) (i32.const 65536))))) (start $count)";

/// Where words are written to.
const BEHIND: usize = 256 << 10;

fn size_of_type(ty: &str) -> usize {
    if ty == "v128" { 16 } else { 8 }
}

/// A function with so many locals of a type, which are all needed after a call of itself; `0` at the end of recursion.
fn wide(locals: usize, ty: &str) -> String {
    let names = format!(" {ty}").repeat(locals);
    let mut text = format!("(module {COUNTED} (func $f (export \"f\") (param i64) (result i64) (local{names})\n");
    text.push_str("(if (i64.eqz (local.get 0)) (then (return (i64.const 0))))\n");
    // What is read from memory must be read before the call.
    let bytes = size_of_type(ty);
    for at in 1..=locals {
        let _ = writeln!(text, "i32.const 0 {ty}.load offset={} local.set {at}", at * bytes);
    }
    text.push_str("(call $f (i64.sub (local.get 0) (i64.const 1)))\n");
    for at in 1..=locals {
        let _ = writeln!(text, "i32.const 0 local.get {at} {ty}.store offset={}", BEHIND + at * bytes);
    }
    let _ = write!(text, "(i64.add (i64.load offset={} (i32.const 0)))))", BEHIND + locals * bytes);
    text
}

fn wide_frames(ty: &str, locals: usize) -> Result<()> {
    let bytes = size_of_type(ty);
    everywhere(&WIDE_TIERS, &wide(locals, ty), 4 << 20, |module, stack, what| {
        let mut store = Store::new(module.engine(), ());
        let instance = Instance::new(&mut store, module, &[])?;
        let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
        for _ in 0..3 {
            match f.call(&mut store, 0) {
                Ok(sum) => assert_eq!(sum, 0, "{what}"),
                // Not even one frame fits.
                Err(error) => assert!(stack <= 256 << 10, "{what}: {error:?}"),
            }
            is_overflow(&f.call(&mut store, ENDLESS.into()).unwrap_err(), what);
            // As many frames as must fit, with half a MiB to spare; and one more than can fit.
            let (all, one) = (stack.min(4 << 20), locals * bytes);
            let fit = (all.saturating_sub(512 << 10) / one) as i64;
            if fit > 0 {
                let last = (locals * bytes / 8) as i64;
                assert_eq!(f.call(&mut store, fit)?, fit * last, "{what}: {fit}");
            }
            if !what.starts_with("Off") {
                is_overflow(&f.call(&mut store, (all / one + 1) as i64).unwrap_err(), what);
            }
        }
        Ok(())
    })
}

#[test]
fn frames_of_many_words_end_at_the_stack() -> Result<()> {
    in_child("frames_of_many_words_end_at_the_stack", || wide_frames("i64", 12_000))
}

#[test]
fn frames_of_many_vectors_end_at_the_stack() -> Result<()> {
    in_child("frames_of_many_vectors_end_at_the_stack", || wide_frames("v128", 11_000))
}

/// A loop with so many locals that are all needed behind it, which gets hot in its only call.
fn wide_loop(locals: usize) -> String {
    let names = " i64".repeat(locals);
    let mut text =
        format!("(module {COUNTED} (func $no) (func (export \"f\") (param i64) (result i64) (local{names})\n");
    for at in 1..=locals {
        let _ = writeln!(text, "i32.const 0 i64.load offset={} local.set {at}", at * 8);
    }
    text.push_str("(loop $l (call $no) (br_if $l (i64.ne (i64.const 0)\n");
    text.push_str("(local.tee 0 (i64.sub (local.get 0) (i64.const 1))))))\nlocal.get 0\n");
    for at in 1..=locals {
        let _ = writeln!(text, "local.get {at} i64.add");
    }
    text.push_str("))");
    text
}

#[test]
fn a_hot_loop_with_a_large_frame_ends_at_the_stack() -> Result<()> {
    const LOCALS: usize = 12_000;
    in_child("a_hot_loop_with_a_large_frame_ends_at_the_stack", || {
        everywhere(&[TierPolicy::Off, TierPolicy::Sync(2)], &wide_loop(LOCALS), USUAL, |module, stack, what| {
            let mut store = Store::new(module.engine(), ());
            let instance = Instance::new(&mut store, module, &[])?;
            let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
            let sum = (1..=LOCALS).sum::<usize>() as i64;
            match f.call(&mut store, 50) {
                Ok(got) => assert_eq!(got, sum, "{what}"),
                Err(error) if stack < 256 << 10 => is_overflow(&error, what),
                Err(error) => return Err(error.context(what.to_owned())),
            }
            Ok(())
        })
    })
}

/// Recursion in the guest, through the host, on another thread; and what else can go wrong in a guest.
const GUEST: &str = r#"(module
    (import "" "host" (func $host (param i32) (result i32)))
    (import "" "hop" (func $hop (param i32) (result i32)))
    (import "" "panic" (func $panic))
    (memory (export "m") 1)
    (func $deep (export "deep") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func (export "through") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $host (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func $deep_through (export "deep_through") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (call $host (i32.const 0)))))
        (i32.add (i32.const 1) (call $deep_through (i32.sub (local.get 0) (i32.const 1)))))
    (func $deep_panic (export "deep_panic") (param i32)
        (if (i32.eqz (local.get 0)) (then (call $panic)))
        (call $deep_panic (i32.sub (local.get 0) (i32.const 1))))
    (func (export "load") (param i32) (result i32) (i32.load offset=65536 (local.get 0)))
    (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func (export "panic") (call $panic))
    (func (export "outer") (param i32 i32) (result i32)
        (i32.add (call $hop (local.get 0)) (call $deep (local.get 1)))))"#;

/// What a host function that is told to hop does on the other thread.
type Hop = fn(Caller<'_, Host>) -> Result<i32>;

/// What the host functions of [`GUEST`] are told.
struct Host {
    /// Bytes of the stack of the thread to hop to.
    stack: usize,
    hop: Hop,
    /// Whether a panic tells nothing.
    quiet: bool,
}

/// What the host panics with.
#[derive(Debug)]
struct Mine;

fn export(caller: &mut Caller<'_, Host>, name: &str) -> Result<TypedFunc<i32, i32>> {
    let Some(Extern::Func(func)) = caller.get_export(name) else { coracle::bail!("no `{name}`") };
    func.typed(caller)
}

fn guest(module: &Module, hop: Hop) -> Result<(Store<Host>, Instance)> {
    let mut linker = Linker::new(module.engine());
    linker.func_wrap("", "host", |mut caller: Caller<'_, Host>, n: i32| -> Result<i32> {
        // A host function that uses some stack itself.
        let buffer = black_box([n as u8; 16 << 10]);
        let result = export(&mut caller, "through")?.call(&mut caller, n);
        black_box(&buffer);
        result
    })?;
    linker.func_wrap("", "hop", |caller: Caller<'_, Host>, _: i32| -> Result<i32> {
        let Host { stack, hop, .. } = *caller.data();
        match on_stack(stack, || hop(caller)) {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    linker.func_wrap("", "panic", |caller: Caller<'_, Host>| -> () {
        if caller.data().quiet {
            std::panic::resume_unwind(Box::new(Mine));
        }
        std::panic::panic_any(Mine)
    })?;
    let mut store = Store::new(module.engine(), Host { stack: 256 << 10, hop, quiet: true });
    let instance = linker.instantiate(&mut store, module)?;
    Ok((store, instance))
}

#[test]
fn deep_recursion_on_small_and_large_stacks() -> Result<()> {
    in_child("deep_recursion_on_small_and_large_stacks", || {
        everywhere(&TIERS, GUEST, USUAL, |module, stack, what| {
            let (mut store, instance) = guest(module, |_| Ok(0))?;
            let deep = instance.get_typed_func::<i32, i32>(&mut store, "deep")?;
            for _ in 0..3 {
                assert_eq!(deep.call(&mut store, 100)?, 100, "{what}");
                is_overflow(&deep.call(&mut store, ENDLESS).unwrap_err(), what);
            }
            if stack >= 2 << 20 {
                assert_eq!(deep.call(&mut store, 5_000)?, 5_000, "{what}");
            }
            Ok(())
        })
    })
}

#[test]
fn recursion_through_the_host_on_small_and_large_stacks() -> Result<()> {
    in_child("recursion_through_the_host_on_small_and_large_stacks", || {
        everywhere(&TIERS, GUEST, USUAL, |module, _, what| {
            let (mut store, instance) = guest(module, |_| Ok(0))?;
            let through = instance.get_typed_func::<i32, i32>(&mut store, "through")?;
            let deep = instance.get_typed_func::<i32, i32>(&mut store, "deep_through")?;
            for _ in 0..3 {
                assert_eq!(through.call(&mut store, 1)?, 1, "{what}");
                is_overflow(&through.call(&mut store, ENDLESS).unwrap_err(), what);
            }
            // From the last depths of the guest, the host is called once more.
            let deepest = greatest(|depth| deep.call(&mut store, depth).is_ok());
            for depth in deepest - 20..deepest + 20 {
                if let Err(error) = deep.call(&mut store, depth) {
                    is_overflow(&error, what);
                }
            }
            Ok(())
        })
    })
}

/// Calls a guest that panics at a depth, quietly or not; whether it came so far.
type Panics<'a> = dyn Fn(&mut Store<Host>, i32, bool) -> bool + 'a;

#[test]
fn a_panic_at_the_end_of_the_stack() -> Result<()> {
    in_child("a_panic_at_the_end_of_the_stack", || {
        everywhere(&TIERS, GUEST, USUAL, |module, _, what| {
            let (mut store, instance) = guest(module, |_| Ok(0))?;
            let deep = instance.get_typed_func::<i32, i32>(&mut store, "deep")?;
            let panic = instance.get_typed_func::<i32, ()>(&mut store, "deep_panic")?;
            // One place of code calls the guest, so that each call has the same stack.
            let panics: &Panics<'_> = &|store, depth, quiet| {
                store.data_mut().quiet = quiet;
                match catch_unwind(AssertUnwindSafe(|| panic.call(store, depth))) {
                    Ok(result) => is_overflow(&result.unwrap_err(), what),
                    Err(payload) => {
                        assert!(payload.is::<Mine>(), "{what}");
                        return true;
                    }
                }
                false
            };
            let panics = black_box(panics);
            let deepest = greatest(|depth| panics(&mut store, depth, true));
            assert!(deepest > 10, "{what}: {deepest}");
            // The message and the frames are told as well.
            assert!(panics(&mut store, deepest, false), "{what}");
            assert_eq!(deep.call(&mut store, 10)?, 10, "{what}");
            Ok(())
        })
    })
}

/// Each function is met for the first time deeper than the one before, and made ready there.
#[test]
fn functions_are_made_ready_at_the_end_of_the_stack() -> Result<()> {
    const FUNCS: usize = 200;
    const LOCALS: usize = 60;
    let mut text = String::from("(module\n");
    for func in 0..FUNCS {
        let export = if func == 0 { "(export \"f\")" } else { "" };
        let _ = write!(text, "(func $f{func} {export} (param i64) (result i64) (local");
        let _ = writeln!(text, "{})", " i64".repeat(LOCALS));
        for at in 1..=LOCALS {
            let _ = write!(text, "(local.set {at} (i64.mul (local.get 0) (i64.const {at})))");
        }
        let callee = if func + 1 == FUNCS { 0 } else { func + 1 };
        let _ = write!(text, "(local.set 0 (call $f{callee} (i64.add (local.get 0) (i64.const 1))))");
        for at in 1..=LOCALS {
            let _ = write!(text, "(local.set 0 (i64.add (local.get 0) (local.get {at})))");
        }
        text.push_str("(local.get 0))\n");
    }
    text.push(')');
    in_child("functions_are_made_ready_at_the_end_of_the_stack", || {
        for tier in [TierPolicy::Off, TierPolicy::Sync(1), TierPolicy::Sync(2)] {
            let engine = engine(tier, |_| ())?;
            for stack in [128 << 10, 256 << 10, 2 << 20] {
                // A module of its own each time, so that nothing is ready.
                let module = Module::new(&engine, &text)?;
                let run = || -> Result<()> {
                    let mut store = Store::new(&engine, ());
                    let instance = Instance::new(&mut store, &module, &[])?;
                    let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
                    (0..3).for_each(|_| is_overflow(&f.call(&mut store, 1).unwrap_err(), "there"));
                    Ok(())
                };
                on_stack(stack, run).expect("no panic")?;
            }
        }
        Ok(())
    })
}

/// Stubs between tiers do not look at the limit, so their frames must be small.
#[test]
fn functions_of_very_many_values_stay_interpreted() -> Result<()> {
    for (values, compiled) in [(256, true), (257, false)] {
        let params = format!("(param{})", " i64".repeat(values));
        let args = "(i64.const 3) ".repeat(values);
        let text = format!(
            "(module (func $callee {params} (result i64) (i64.add (local.get 0) (local.get {})))
                (func (export \"f\") (result i64) (call $callee {args})))",
            values - 1
        );
        let refused = Arc::new(AtomicUsize::new(0));
        let seen = refused.clone();
        let log = move |event: &TierEvent| {
            if let TierChange::Refused { reason } = &event.change {
                assert!(reason.contains("257 cells"), "{reason}");
                seen.fetch_add(1, Ordering::Relaxed);
            }
        };
        let engine = engine(TierPolicy::Eager, |config| _ = config.tier_log(log))?;
        let module = Module::new(&engine, text)?;
        assert_eq!(refused.load(Ordering::Relaxed), if compiled { 0 } else { 2 });
        let mut store = Store::new(&engine, ());
        let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), i64>(&mut store, "f")?;
        assert_eq!(f.call(&mut store, ())?, 6);
    }
    Ok(())
}

fn hop_overflows(mut caller: Caller<'_, Host>) -> Result<i32> {
    let deep = export(&mut caller, "deep")?;
    for _ in 0..3 {
        is_overflow(&deep.call(&mut caller, ENDLESS).unwrap_err(), "there");
        assert_eq!(deep.call(&mut caller, 100)?, 100);
    }
    is_overflow(&export(&mut caller, "through")?.call(&mut caller, ENDLESS).unwrap_err(), "there, through the host");
    Ok(1)
}

fn hop_traps(mut caller: Caller<'_, Host>) -> Result<i32> {
    for (name, trap) in [("load", Trap::MemoryOutOfBounds), ("divide", Trap::IntegerDivisionByZero)] {
        let func = export(&mut caller, name)?;
        for _ in 0..3 {
            let error = func.call(&mut caller, 0).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&trap), "{error:?}");
        }
    }
    Ok(2)
}

fn hop_panics(mut caller: Caller<'_, Host>) -> Result<i32> {
    let Some(Extern::Func(func)) = caller.get_export("panic") else { coracle::bail!("no `panic`") };
    let func = func.typed::<(), ()>(&caller)?;
    for _ in 0..3 {
        let panic = catch_unwind(AssertUnwindSafe(|| func.call(&mut caller, ()))).unwrap_err();
        assert!(panic.is::<Mine>());
    }
    Ok(3)
}

/// From one thread to the next, with less stack each time.
fn hop_on(mut caller: Caller<'_, Host>) -> Result<i32> {
    let stack = caller.data().stack;
    if stack <= 128 << 10 {
        return hop_overflows(caller);
    }
    caller.data_mut().stack = stack / 2;
    let Some(Extern::Func(outer)) = caller.get_export("outer") else { coracle::bail!("no `outer`") };
    let outer = outer.typed::<(i32, i32), i32>(&caller)?;
    let result = outer.call(&mut caller, (0, 50));
    let error = outer.call(&mut caller, (0, ENDLESS)).unwrap_err();
    caller.data_mut().stack = stack;
    is_overflow(&error, "on the way back");
    result
}

#[test]
fn a_guest_entered_on_another_thread_ends_at_the_stack_there() -> Result<()> {
    in_child("a_guest_entered_on_another_thread_ends_at_the_stack_there", || {
        let hops: [(Hop, i32); 4] = [(hop_overflows, 1), (hop_traps, 2), (hop_panics, 3), (hop_on, 101)];
        everywhere(&TIERS, GUEST, USUAL, |module, stack, what| {
            for (hop, returns) in hops {
                for other in [128 << 10, 512 << 10, 8 << 20] {
                    let chain = returns == 101;
                    if chain && other != 512 << 10 {
                        continue;
                    }
                    let (mut store, instance) = guest(module, hop)?;
                    store.data_mut().stack = other;
                    let outer = instance.get_typed_func::<(i32, i32), i32>(&mut store, "outer")?;
                    // What came before goes on, and has its own limit again.
                    let depth = if stack < 2 << 20 { 100 } else { 5_000 };
                    assert_eq!(outer.call(&mut store, (0, depth))?, returns + depth, "{what}, then {other}");
                    is_overflow(&outer.call(&mut store, (0, ENDLESS)).unwrap_err(), what);
                }
            }
            Ok(())
        })
    })
}

#[test]
fn a_panic_on_another_thread_passes_through_all_guests() -> Result<()> {
    in_child("a_panic_on_another_thread_passes_through_all_guests", || {
        everywhere(&TIERS, GUEST, USUAL, |module, _, what| {
            let hop: Hop = |mut caller| {
                let Some(Extern::Func(func)) = caller.get_export("panic") else { coracle::bail!("no `panic`") };
                func.typed::<(), ()>(&caller)?.call(&mut caller, ())?;
                Ok(0)
            };
            let (mut store, instance) = guest(module, hop)?;
            let outer = instance.get_typed_func::<(i32, i32), i32>(&mut store, "outer")?;
            let deep = instance.get_typed_func::<i32, i32>(&mut store, "deep")?;
            for _ in 0..3 {
                let panic = catch_unwind(AssertUnwindSafe(|| outer.call(&mut store, (0, 0)))).unwrap_err();
                assert!(panic.is::<Mine>(), "{what}");
                is_overflow(&deep.call(&mut store, ENDLESS).unwrap_err(), what);
                assert_eq!(deep.call(&mut store, 100)?, 100, "{what}");
            }
            Ok(())
        })
    })
}

//! Input that somebody made up to hurt: time is linear, memory bounded, or an error tells what is too much.
//!
//! Sizes are such that a plain run takes seconds; the largest that validation lets pass are run by `--ignored`.

#[path = "large/bodies.rs"]
mod bodies;
#[path = "large/heap.rs"]
mod heap;
#[path = "large/modules.rs"]
mod modules;

use bodies::CARRIED;
use coracle::{
    Caller, Config, Engine, ErrorKind, Extern, Instance, Linker, Module, Result, Store, TierChange, TierPolicy, Trap,
    Tuning,
};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One at a time: what is measured shares two cores with nobody.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn engine(policy: TierPolicy) -> Engine {
    Engine::new(Config::new().tier_policy(policy)).expect("an engine")
}

/// Loads, instantiates and calls `f`; its answer or its trap.
fn run(engine: &Engine, wasm: &[u8], argument: i32) -> Result<i32> {
    let module = Module::from_binary(engine, wasm)?;
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    instance.get_typed_func::<i32, i32>(&mut store, "f")?.call(&mut store, argument)
}

/// The time that this thread has run, where the system tells it; else the time on the wall.
fn thread_time(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// The least time of a few runs.
fn best(mut run: impl FnMut()) -> Duration {
    let mut time = || {
        let start = Instant::now();
        let before = thread_time(start);
        run();
        thread_time(start).saturating_sub(before)
    };
    (0..5).map(|_| time()).min().expect("five runs")
}

/// Compares a size and four times the size in time and in memory; linear work takes four times as much, quadratic work
/// sixteen times. What is short is mostly noise.
fn linear(what: &str, small: &[u8], large: &[u8], mut run: impl FnMut(&[u8])) {
    let ((), memory) = heap::peak(|| run(small));
    let ((), memory_large) = heap::peak(|| run(large));
    let (time, time_large) = (best(|| run(small)), best(|| run(large)));
    println!(
        "{what}: {time:?} → {time_large:?}, {memory} → {memory_large} bytes for {} → {}",
        small.len(),
        large.len()
    );
    assert!(time_large < 9 * time + Duration::from_millis(50), "{what}: {time:?} became {time_large:?}");
    assert!(memory_large < 6 * memory + (4 << 20), "{what}: {memory} bytes became {memory_large}");
    // An op, a note or a mark for each byte, but no more.
    assert!(memory_large < 200 * large.len() + (16 << 20), "{what}: {memory_large} bytes for {}", large.len());
}

/// A made-up body, its size in a plain run, the largest size, and what it answers.
struct Case {
    name: &'static str,
    make: fn(usize) -> Vec<u8>,
    plain: usize,
    full: usize,
    answers: fn(usize, i32) -> i32,
}

fn n32(n: usize) -> i32 {
    n as i32
}

/// The cells of a frame are numbered by 16 bits, so an expression is at most this deep.
const DEEPEST: usize = 60_000;

const CASES: &[Case] = &[
    Case { name: "line", make: bodies::line, plain: 10_000, full: 1_000_000, answers: |n, x| x + 3 * n32(n) },
    Case { name: "deep", make: bodies::deep, plain: 10_000, full: DEEPEST, answers: |n, x| x.wrapping_mul(n32(n)) },
    Case {
        name: "deep, blocks",
        make: bodies::deep_blocks,
        plain: 10_000,
        full: DEEPEST,
        answers: |n, x| x.wrapping_mul(n32(n)),
    },
    Case {
        name: "deep, sets",
        make: bodies::deep_sets,
        plain: 10_000,
        full: DEEPEST,
        answers: |n, x| (0..n32(n)).fold(0_i32, |sum, at| sum.wrapping_add(x + 3 * at)),
    },
    Case { name: "notes", make: bodies::notes_below, plain: 10_000, full: 500_000, answers: |n, x| x + 3 * n32(n) },
    Case { name: "label", make: bodies::far_label, plain: 20_000, full: 1_900_000, answers: |_, x| x + 3 },
    Case {
        name: "carried",
        make: bodies::carried,
        plain: 2_000,
        full: 10_000,
        answers: |_, x| n32(CARRIED / 2).wrapping_mul(x) + n32(CARRIED / 2),
    },
    Case {
        name: "carried, table",
        make: bodies::carried_by_table,
        plain: 2_000,
        full: 10_000,
        answers: |_, x| n32(CARRIED / 2).wrapping_mul(x) + n32(CARRIED / 2),
    },
    Case {
        name: "table",
        make: bodies::table,
        plain: 100_000,
        full: 1_000_000,
        answers: |n, x| if (0..n32(n)).contains(&x) { 10 + x % 2 } else { 12 },
    },
    Case {
        name: "table of labels",
        make: bodies::table_of_labels,
        plain: 10_000,
        full: 100_000,
        answers: |n, x| x + 3 * (n32(n) + 1 - x.clamp(0, n32(n))),
    },
    Case { name: "blocks", make: bodies::blocks, plain: 10_000, full: 100_000, answers: |_, x| x + 3 },
    Case { name: "loops", make: bodies::loops, plain: 10_000, full: 100_000, answers: |_, x| x + 3 },
    Case {
        name: "ifs",
        make: bodies::ifs,
        plain: 10_000,
        full: 100_000,
        answers: |_, x| if x == 0 { 0 } else { x + 3 },
    },
    Case { name: "tries", make: bodies::tries, plain: 10_000, full: 100_000, answers: |_, x| x + 3 },
    Case {
        name: "thrown",
        make: bodies::thrown,
        plain: 5_000,
        full: 16_000,
        answers: |n, x| (n32(n - bodies::SET)..n32(n)).fold(0_i32, |sum, k| sum.wrapping_add(k.wrapping_add(x))),
    },
    Case { name: "locals", make: bodies::locals, plain: 10_000, full: 49_000, answers: |_, x| x },
    Case { name: "locals in loops", make: bodies::locals_in_loops, plain: 5_000, full: 20_000, answers: |_, x| x + 1 },
];

/// The interpreter alone: linear in the body, and the answer is right.
fn interpreted(size: impl Fn(&Case) -> usize) {
    let engine = engine(TierPolicy::Off);
    for case in CASES {
        let n = size(case);
        let [small, large] = [n / 4, n].map(case.make);
        for x in [5, 0, 4, n32(n) - 1, n32(n)] {
            assert_eq!(run(&engine, &large, x).unwrap(), (case.answers)(n, x), "{} of {n}: {x}", case.name);
        }
        linear(case.name, &small, &large, |wasm| _ = run(&engine, wasm, 5).unwrap());
    }
}

/// Everything compiled when it is loaded: the same answers, and what would take too long is refused.
fn compiled(size: impl Fn(&Case) -> usize) {
    for case in CASES {
        let n = size(case);
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let events = log.clone();
        let mut config = Config::new();
        config.tier_policy(TierPolicy::Eager).tier_log(move |event| match &event.change {
            TierChange::Refused { reason } => events.lock().unwrap().push(reason.clone()),
            TierChange::Promoted { compile_us, code_bytes } => {
                events.lock().unwrap().push(format!("{code_bytes} bytes in {compile_us} us"));
            }
            _ => {}
        });
        let engine = Engine::new(&config).unwrap();
        let wasm = (case.make)(n);
        let start = Instant::now();
        let before = thread_time(start);
        for x in [5, 0] {
            let (answer, memory) = heap::peak(|| run(&engine, &wasm, x).unwrap());
            assert_eq!(answer, (case.answers)(n, x), "{} of {n}: {x}", case.name);
            assert!(memory < 600 << 20, "{} of {n}: {memory} bytes", case.name);
        }
        let took = thread_time(start).saturating_sub(before);
        println!("{} of {n}: {} bytes, {took:?}: {:?}", case.name, wasm.len(), log.lock().unwrap());
        assert!(took < Duration::from_secs(20), "{} of {n}: {took:?}", case.name);
    }
}

#[test]
fn bodies_are_translated_in_linear_time() {
    let _alone = alone();
    interpreted(|case| case.plain);
}

#[test]
#[ignore = "the largest sizes take minutes in a debug build"]
fn the_largest_bodies_are_translated_in_linear_time() {
    let _alone = alone();
    interpreted(|case| case.full);
}

#[test]
#[cfg(feature = "jit")]
fn bodies_are_compiled_or_refused() {
    let _alone = alone();
    compiled(|case| case.plain / 5);
}

#[test]
#[cfg(feature = "jit")]
#[ignore = "the largest sizes take minutes in a debug build"]
fn the_largest_bodies_are_compiled_or_refused() {
    let _alone = alone();
    compiled(|case| case.full);
}

/// Loads, links with traps, instantiates, calls and drops.
fn whole_life(engine: &Engine, wasm: &[u8]) -> Result<i32> {
    let module = Module::from_binary(engine, wasm)?;
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(&module)?;
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    instance.get_typed_func::<i32, i32>(&mut store, "f")?.call(&mut store, 41)
}

fn modules(size: impl Fn(modules::Thing) -> usize) {
    for thing in modules::THINGS {
        let n = size(thing);
        let [small, large] = [n / 4, n].map(|n| modules::many(thing, n));
        linear(&format!("{n} {thing:?}"), &small, &large, |wasm| {
            // Types are the engine's for ever, so each run has its own.
            assert_eq!(whole_life(&engine(TierPolicy::default()), wasm).unwrap(), if n == 0 { 41 } else { 42 });
        });
    }
}

#[test]
fn modules_with_many_things_load_in_linear_time() {
    let _alone = alone();
    modules(|thing| modules::most_alive(thing) / 50);
}

#[test]
#[ignore = "the largest sizes take minutes in a debug build"]
fn the_largest_modules_load_in_linear_time() {
    let _alone = alone();
    modules(modules::most_alive);
}

#[test]
fn more_than_validation_lets_pass_is_an_error_with_an_offset() {
    let _alone = alone();
    let engine = engine(TierPolicy::Off);
    for thing in [modules::Thing::Tables, modules::Thing::Datas, modules::Thing::Elems] {
        let error = Module::new(&engine, modules::many(thing, modules::most(thing) + 1)).unwrap_err();
        assert_eq!((error.kind(), error.offset().is_some()), (ErrorKind::Invalid, true), "{thing:?}: {error}");
    }
    for (what, wasm) in [
        ("a body of 10 MB", bodies::line(1_500_000)),
        ("locals", bodies::locals(50_001)),
        ("a label beyond", bodies::table(7_700_000)),
    ] {
        let error = Module::new(&engine, wasm).unwrap_err();
        assert_eq!((error.kind(), error.offset().is_some()), (ErrorKind::Invalid, true), "{what}: {error}");
    }
}

/// An expression that is deeper than a frame can be is the trap of a stack that is too small, in each tier.
#[test]
fn what_no_frame_can_hold_is_a_trap() {
    let _alone = alone();
    for policy in [TierPolicy::Off, TierPolicy::Background] {
        let error = run(&engine(policy), &bodies::deep(70_000), 5).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{error}");
    }
}

#[test]
fn fifty_thousand_locals_in_a_recursive_function() {
    let _alone = alone();
    let locals = "i64 ".repeat(49_990);
    let text = format!(
        "(module (func $f (export \"f\") (param i32) (result i32) (local {locals})
            (if (result i32) (local.get 0)
                (then (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
                (else (i32.wrap_i64 (local.get 7))))))"
    );
    let wasm = wat::parse_str(text).unwrap();
    for policy in [TierPolicy::Off, TierPolicy::Sync(1)] {
        let mut config = Config::new();
        config.tier_policy(policy).max_wasm_stack(64 << 20);
        if policy != TierPolicy::Off {
            // What is compiled runs on the stack of the host's thread.
            config.max_wasm_stack(1 << 20);
        }
        let engine = Engine::new(&config).unwrap();
        let deep = if policy == TierPolicy::Off { 100 } else { 1 };
        assert_eq!(run(&engine, &wasm, deep).unwrap(), deep);
        let error = run(&engine, &wasm, 100_000).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{policy:?}: {error}");
    }
}

/// Frames are told without translating a long function once for each of thousands.
#[test]
fn a_trap_under_many_frames_of_a_long_function() {
    let _alone = alone();
    let engine = engine(TierPolicy::Off);
    let wasm = bodies::traps_deep(20_000);
    let time = |depth: i32| {
        best(|| {
            let error = run(&engine, &wasm, depth).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached), "{error}");
        })
    };
    let (few, many) = (time(3), time(3_000));
    println!("a trap under 3 frames: {few:?}, under 3000: {many:?}");
    // Each frame runs the long line: half a millisecond here and there, but no translation.
    let ran = best(|| _ = run(&engine, &bodies::line(20_000), 1).unwrap());
    assert!(
        many < few + 3_000 * ran / 4 + Duration::from_millis(500),
        "{few:?} became {many:?}; one line takes {ran:?}"
    );
}

/// While a loop waits for its code, the function is not translated again and again.
#[test]
#[cfg(feature = "jit")]
fn a_hot_loop_in_a_long_function_goes_on_while_it_waits() {
    let _alone = alone();
    let wasm = bodies::line_with_loop(30_000);
    let time = |policy| {
        let mut config = Config::new();
        config.tier_policy(policy).tuning(Tuning::AT_ONCE);
        let engine = Engine::new(&config).unwrap();
        best(|| assert_eq!(run(&engine, &wasm, 1).unwrap(), 90_001))
    };
    let (interpreted, waiting) = (time(TierPolicy::Off), time(TierPolicy::Background));
    println!("interpreted: {interpreted:?}, waiting for code: {waiting:?}");
    assert!(waiting < 5 * interpreted + Duration::from_millis(100), "{interpreted:?} became {waiting:?}");
}

/// Ten GiB of address space and more: granted without being touched, or an error.
#[test]
fn much_address_space_is_reserved_or_refused() {
    let _alone = alone();
    let engine = Engine::default();
    let memories = |count: usize, ty: &str| format!("(module {})", format!("(memory {ty})").repeat(count));
    for text in [
        memories(1, "i64 163840"),
        memories(4, "i64 163840 163840"),
        memories(100, "65536"),
        memories(100, "i64 0xffff_ffff_ffff"),
        memories(100, "1 65536"),
    ] {
        let module = Module::new(&engine, &text).unwrap();
        let mut store = Store::new(&engine, ());
        let ((), heap) = heap::peak(|| match Instance::new(&mut store, &module, &[]) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::Resource, "{text}: {error}"),
        });
        assert!(heap < 1 << 20, "{text}: {heap} bytes");
    }
}

/// To say which proposal is missing costs little beside the validation that has found out that one is.
#[test]
fn what_is_refused_costs_no_more_than_what_is_loaded() {
    let _alone = alone();
    let engine = engine(TierPolicy::Off);
    let body = "(drop (i32.mul (i32.const 3) (i32.const 4)))".repeat(300);
    let funcs = format!("(func {body})").repeat(300);
    let binary = |more: &str| wat::parse_str(format!("(module {funcs} {more})")).expect("text");
    let (valid, refused) = (binary(""), binary("(func (drop (ref.i31 (i32.const 1))))"));
    let loaded = best(|| drop(Module::from_binary(&engine, &valid).unwrap()));
    let told = best(|| {
        let error = Module::from_binary(&engine, &refused).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("garbage collection (gc)"), "{error}");
    });
    println!("loaded: {loaded:?}, refused: {told:?}");
    assert!(told < 2 * loaded + Duration::from_millis(20), "loaded in {loaded:?}, refused in {told:?}");
}

/// A trap looks no name up, and to print a backtrace goes through the names once.
#[test]
fn a_trap_among_many_names() {
    let _alone = alone();
    const NAMES: usize = 20_000;
    let text = |named: bool| {
        let others: String =
            (0..NAMES).map(|i| if named { format!("(func $n{i})") } else { "(func)".into() }).collect();
        let name = if named { "$f" } else { "" };
        format!(
            r#"(module (func {name} (export "f") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (unreachable)))
                (i32.add (i32.const 1) (call 0 (i32.sub (local.get 0) (i32.const 1))))) {others})"#
        )
    };
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Off).max_wasm_stack(64 << 20).wasm_backtrace_max_frames(NonZeroUsize::new(5_000));
    let engine = Engine::new(&config).unwrap();
    let times = [false, true].map(|named| {
        let module = Module::new(&engine, text(named)).unwrap();
        let mut store = Store::new(&engine, ());
        let f = Instance::new(&mut store, &module, &[]).unwrap().get_typed_func::<i32, i32>(&mut store, "f").unwrap();
        let trap = best(|| assert!(f.call(&mut store, 5_000).is_err()));
        let error = f.call(&mut store, 5_000).unwrap_err();
        let printed = best(|| assert_eq!(format!("{error:?}").contains("!f"), named));
        println!("named: {named}, a trap: {trap:?}, printed: {printed:?}");
        (trap, printed)
    });
    let [(trap, printed), (trap_named, printed_named)] = times;
    assert!(trap_named < 3 * trap + Duration::from_millis(20), "{trap:?} became {trap_named:?}");
    assert!(printed_named < 3 * printed + Duration::from_millis(50), "{printed:?} became {printed_named:?}");
}

/// An exception, or a trap, that leaves a run in the depth of a stack looks at as many frames as are told, and no more.
#[test]
fn what_leaves_a_run_under_many_frames() {
    let _alone = alone();
    const TIMES: i32 = 1_000;
    let text = r#"(module
        (import "" "host" (func $host (param i32)))
        (tag $tag)
        (func (export "end") (param i32)
            (if (local.get 0) (then (throw $tag)))
            (unreachable))
        (func $some (param i32) (block $caught (try_table (catch_all $caught) (call $host (local.get 0)))))
        (func $down (export "down") (param i32 i32 i32)
            (if (local.get 0)
                (then
                    (call $down (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (local.get 2))
                    (call $some (i32.const 2)))
                (else
                    (loop $again
                        (call $some (local.get 2))
                        (br_if $again (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))))))"#;
    let tiers = if cfg!(feature = "jit") { &[TierPolicy::Off, TierPolicy::Eager][..] } else { &[TierPolicy::Off] };
    for &policy in tiers {
        let engine = Engine::new(Config::new().tier_policy(policy).max_wasm_stack(16 << 20)).unwrap();
        let module = Module::new(&engine, text).unwrap();
        let mut linker = Linker::new(&engine);
        let host = |mut caller: Caller<'_, ()>, what: i32| match what {
            2 => Ok(()),
            _ => {
                let end = caller.get_export("end").and_then(Extern::into_func).expect("exported");
                let ended = end.typed::<i32, ()>(&caller)?.call(&mut caller, what);
                assert!(ended.is_err());
                if what == 1 { ended } else { Ok(()) }
            }
        };
        linker.func_wrap("", "host", host).unwrap();
        // The main thread of a test has too little stack for so many native frames.
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, || {
                let mut store = Store::new(&engine, ());
                let instance = linker.instantiate(&mut store, &module).unwrap();
                let down = instance.get_typed_func::<(i32, i32, i32), ()>(&mut store, "down").unwrap();
                for what in [0, 1] {
                    let mut time = |depth| best(|| down.call(&mut store, (depth, TIMES, what)).unwrap());
                    let (few, many) = (time(10), time(20_000));
                    println!("{policy:?}, {what}: under 10 frames {few:?}, under 20000 {many:?}");
                    assert!(many < 4 * few + Duration::from_millis(20), "{policy:?}: {few:?} became {many:?}");
                }
            });
            thread.unwrap().join().unwrap();
        });
    }
}

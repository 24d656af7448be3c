//! The compiler as embedders see it: what it tells, its limits, and what it meets that is out of the ordinary.

use crate::engine;
use coracle::{Config, Engine, Inlining, Instance, Module, Result, Store, TierChange, TierEvent, TierPolicy, Tuning};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// `count` functions, each of which adds its number to what it is given, and one that calls them all, `$n` times over.
fn many(count: usize) -> String {
    let mut text = String::from("(module $many\n");
    for i in 0..count {
        // Names are looked up for each event, one by one.
        let name = if count < 1000 { format!("$f{i}") } else { String::new() };
        let _ = writeln!(text, "(func {name} (param i32) (result i32) (i32.add (local.get 0) (i32.const {i})))");
    }
    text += "(func (export \"run\") (param $n i32) (result i32) (local $sum i32) (loop $l\n";
    for i in 0..count {
        let _ = writeln!(text, "(local.set $sum (call {i} (local.get $sum)))");
    }
    text + "(br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $sum)))"
}

/// What `run` of [`many`] gives.
fn sum(count: usize, n: i32) -> i32 {
    (0..count as i32).fold(0i32, |sum, i| sum.wrapping_add(i)).wrapping_mul(n)
}

fn run(engine: &Engine, module: &Module, n: i32) -> Result<i32> {
    let mut store = Store::new(engine, ());
    Instance::new(&mut store, module, &[])?.get_typed_func::<i32, i32>(&mut store, "run")?.call(&mut store, n)
}

/// Runs until the compiler has told enough of what it has done, or for a minute.
fn run_until(engine: &Engine, module: &Module, count: usize, enough: impl Fn(&[TierEvent]) -> bool) -> Vec<TierEvent> {
    let (begun, mut events) = (Instant::now(), Vec::new());
    while !enough(&events) && begun.elapsed() < Duration::from_secs(60) {
        assert_eq!(run(engine, module, 50).expect("no trap"), sum(count, 50));
        events.extend(engine.tier_events());
    }
    events
}

fn promoted(events: &[TierEvent]) -> usize {
    events.iter().filter(|event| matches!(event.change, TierChange::Promoted { .. })).count()
}

fn background(set: impl FnOnce(&mut Config)) -> Result<Engine> {
    calling(TierPolicy::Background, set)
}

/// An engine in which everything is hot at once, and all functions are called, however small.
fn calling(tier: TierPolicy, set: impl FnOnce(&mut Config)) -> Result<Engine> {
    engine(tier, |config| {
        config.tuning(Tuning::AT_ONCE).compiler_inlining(Inlining::No);
        set(config);
    })
}

#[test]
fn events_are_taken_once_and_name_functions() -> Result<()> {
    let engine = calling(TierPolicy::Sync(1), |_| ())?;
    let module = Module::new(&engine, many(3))?;
    assert_eq!(run(&engine, &module, 2)?, sum(3, 2));
    let events = engine.tier_events();
    let names: Vec<_> = events.iter().map(|event| event.name.as_deref().unwrap_or_default()).collect();
    assert_eq!(names, ["run", "f0", "f1", "f2"]);
    assert_eq!(promoted(&events), 4);
    assert!(events.iter().all(|event| event.thread == 0 && event.module.as_deref() == Some("many")), "{events:?}");
    assert!(events.is_sorted_by_key(|event| event.at_us), "{events:?}");
    assert!(engine.tier_events().is_empty());
    Ok(())
}

#[test]
fn functions_of_modules_that_are_gone_have_no_names() -> Result<()> {
    let engine = calling(TierPolicy::Sync(1), |_| ())?;
    run(&engine, &Module::new(&engine, many(2))?, 1)?;
    let events = engine.tier_events();
    assert_eq!(promoted(&events), 3);
    assert!(events.iter().all(|event| event.name.is_none()), "{events:?}");
    Ok(())
}

#[test]
fn an_engine_that_compiles_nothing_tells_nothing() -> Result<()> {
    let engine = engine(TierPolicy::Off, |_| ())?;
    run(&engine, &Module::new(&engine, many(2))?, 1)?;
    assert!(engine.tier_events().is_empty());
    Ok(())
}

#[test]
fn threads_that_compile_are_counted_from_one() -> Result<()> {
    assert!(background(|config| _ = config.jit_threads(0)).is_err());
    for threads in [1, 4] {
        let engine = background(|config| _ = config.jit_threads(threads))?;
        let module = Module::new(&engine, many(40))?;
        let events = run_until(&engine, &module, 40, |events| promoted(events) >= 40);
        assert!(promoted(&events) >= 40, "{threads}: {events:?}");
        for event in &events {
            let compiled = matches!(event.change, TierChange::Promoted { .. } | TierChange::LoopCompiled { .. });
            assert!(!compiled || (1..=threads as u32).contains(&event.thread), "{event:?}");
        }
    }
    Ok(())
}

#[test]
fn what_finds_no_room_stays_interpreted() -> Result<()> {
    for (limit, tier) in [(0, TierPolicy::Sync(1)), (8 << 10, TierPolicy::Sync(1)), (8 << 10, TierPolicy::Background)] {
        let engine = calling(tier, |config| _ = config.code_memory_limit(limit))?;
        let module = Module::new(&engine, many(40))?;
        let refused = |events: &[TierEvent]| {
            events.iter().any(|event| {
                let TierChange::Refused { reason } = &event.change else { return false };
                reason.contains("the limit of code memory is reached")
            })
        };
        let events = run_until(&engine, &module, 40, refused);
        assert!(refused(&events), "{limit}, {tier:?}: {events:?}");
        let bytes = events.iter().map(|event| match event.change {
            TierChange::Promoted { code_bytes, .. } => code_bytes as usize,
            _ => 0,
        });
        assert!(bytes.sum::<usize>() <= limit);
        assert_eq!(run(&engine, &module, 1000)?, sum(40, 1000));
    }
    Ok(())
}

#[test]
fn ten_thousand_functions_are_hot_at_once() -> Result<()> {
    const COUNT: usize = 10_000;
    let compiled = Arc::new(AtomicUsize::new(0));
    let counter = compiled.clone();
    let engine = background(|config| {
        config.jit_threads(2).tier_log(move |event| {
            counter.fetch_add(promoted(std::slice::from_ref(event)), Ordering::Relaxed);
        });
    })?;
    let (begun, module) = (Instant::now(), Module::new(&engine, many(COUNT))?);
    // The queue is shorter; what finds it full asks again.
    while compiled.load(Ordering::Relaxed) < 50 && begun.elapsed() < Duration::from_secs(60) {
        assert_eq!(run(&engine, &module, 5)?, sum(COUNT, 5));
    }
    assert!(compiled.load(Ordering::Relaxed) >= 50, "{compiled:?}");
    assert_eq!(run(&engine, &module, 3)?, sum(COUNT, 3));
    Ok(())
}

#[test]
fn a_thousand_engines_compile() -> Result<()> {
    let text = many(2);
    let engines: Vec<_> = (0..1000).map(|_| background(|_| ())).collect::<Result<_>>()?;
    for engine in &engines {
        let module = Module::new(engine, &text)?;
        assert_eq!(run(engine, &module, 3)?, sum(2, 3));
        // Half of the modules are gone before anybody has looked at what waits.
        if engine.tier_events().len() % 2 == 0 {
            drop(module);
        }
    }
    Ok(())
}

#[test]
fn modules_die_while_they_compile() -> Result<()> {
    let engine = background(|config| _ = config.jit_threads(4))?;
    let text = many(60);
    for round in 0..40 {
        let module = Module::new(&engine, &text)?;
        assert_eq!(run(&engine, &module, 1 + round % 5)?, sum(60, 1 + round % 5));
    }
    let module = Module::new(&engine, &text)?;
    let events = run_until(&engine, &module, 60, |events| promoted(events) >= 60);
    assert!(promoted(&events) >= 60, "the threads that compile have ended: {events:?}");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn perf_is_told_the_names_of_functions() -> Result<()> {
    let engine = engine(TierPolicy::Sync(1), |config| _ = config.profiler(coracle::ProfilingStrategy::PerfMap))?;
    let text = r#"(module $m (func $a-b (export "run") (param i32) (result i32) (i32.const 7)))"#;
    let module = Module::new(&engine, text)?;
    assert_eq!(run(&engine, &module, 1)?, 7);
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let map = std::fs::read_to_string(&path)?;
    let line = map.lines().find(|line| line.ends_with(" wasm[m]::a-b")).expect("a line for the function");
    let (start, rest) = line.split_once(' ').expect("three words");
    assert!(u64::from_str_radix(start, 16).is_ok() && rest.contains(' '), "{line}");
    std::fs::remove_file(path)?;
    Ok(())
}

#[test]
fn equal_bytes_are_one_module_for_as_long_as_it_lives() -> Result<()> {
    let engine = calling(TierPolicy::Sync(1), |_| ())?;
    let load = |text: &str| Module::new(&engine, text);
    let first = load(&many(3))?;
    assert_eq!(run(&engine, &first, 2)?, sum(3, 2));
    assert_eq!(promoted(&engine.tier_events()), 4);
    // The same, and what differs in a constant, an export, a name.
    assert_eq!(run(&engine, &load(&many(3))?, 2)?, sum(3, 2));
    assert_eq!(promoted(&engine.tier_events()), 0);
    let others = [
        many(3).replace("(i32.const 2)", "(i32.const 7)"),
        many(3).replace("(module $many", "(module $more"),
        many(3).replace("(func $f1 ", "(func $f1 (export \"f\") "),
    ];
    for other in others {
        run(&engine, &load(&other)?, 2)?;
        assert_eq!(promoted(&engine.tier_events()), 4);
    }
    drop(first);
    run(&engine, &load(&many(3))?, 2)?;
    assert_eq!(promoted(&engine.tier_events()), 4);
    Ok(())
}

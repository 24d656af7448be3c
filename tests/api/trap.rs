//! Traps: their codes, their backtraces, and what stands after them.

use crate::{TIERS, engine};
use coracle::{Instance, Linker, Module, Result, Store, TierPolicy, Trap, WasmBacktrace};

const TRAPS: &[(&str, Trap)] = &[
    ("(unreachable)", Trap::UnreachableCodeReached),
    ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", Trap::IntegerDivisionByZero),
    ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", Trap::IntegerOverflow),
    ("(drop (i32.trunc_f32_s (f32.const nan)))", Trap::BadConversionToInteger),
    ("(drop (i32.load (i32.const 65533)))", Trap::MemoryOutOfBounds),
    ("(drop (i32.load offset=0xffffffff (i32.const -1)))", Trap::MemoryOutOfBounds),
    ("(i64.store (i32.const -8) (i64.const 0))", Trap::MemoryOutOfBounds),
    ("(memory.fill (i32.const 65530) (i32.const 0) (i32.const 7))", Trap::MemoryOutOfBounds),
    ("(call_indirect (type $none) (i32.const 9))", Trap::TableOutOfBounds),
    ("(call_indirect (type $none) (i32.const 1))", Trap::IndirectCallToNull),
    ("(call_indirect (type $none) (i32.const 0))", Trap::BadSignature),
    ("(drop (table.get 0 (i32.const 2)))", Trap::TableOutOfBounds),
];

#[test]
fn every_trap_is_told_by_its_code_and_leaves_the_store_usable() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        for (body, trap) in TRAPS {
            let text = format!(
                r#"(module (memory 1) (table 2 funcref) (elem (i32.const 0) $other) (type $none (func))
                    (func $other (param i32))
                    (func (export "bad") (param i32) (if (local.get 0) (then {body}))))"#
            );
            let module = Module::new(&engine, &text)?;
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[])?;
            let bad = instance.get_typed_func::<i32, ()>(&mut store, "bad")?;
            for _ in 0..4 {
                bad.call(&mut store, 0)?;
                let error = bad.call(&mut store, 1).unwrap_err();
                assert_eq!(error.downcast_ref::<Trap>(), Some(trap), "{tier:?}: {body}");
            }
        }
    }
    Ok(())
}

#[test]
fn an_exception_that_nobody_catches_has_a_backtrace_and_a_caught_one_leaves_none() -> Result<()> {
    const TEXT: &str = r#"(module $m
        (import "" "again" (func $again))
        (tag $t (param i32)) (tag $other)
        (func $thrower (if (i32.const 1) (then (throw $t (i32.const 7)))))
        (func $through (call $thrower))
        (func (export "thrown")
            (block $caught (try_table (catch $other $caught) (call $through))))
        (func (export "caught")
            (block $caught (result i32) (try_table (catch $t $caught) (call $through)) (return)) (drop))
        (func (export "trapped") (call $again) (unreachable))
        (func (export "rethrown") (local exnref)
            (block $caught (result exnref) (try_table (catch_all_ref $caught) (call $through)) (return))
            (throw_ref))
        (func (export "within") (call $again)))"#;
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, TEXT)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap("", "again", |mut caller: coracle::Caller<'_, String>| -> Result<()> {
            let name = caller.data().clone();
            let next = caller.get_export(&name).and_then(|export| export.into_func());
            next.expect("it is exported").typed::<(), ()>(&caller)?.call(&mut caller, ())
        })?;
        let mut store = Store::new(&engine, String::new());
        let instance = linker.instantiate(&mut store, &module)?;
        let mut frames = |name: &str, host: &str| -> Result<Option<Vec<String>>> {
            *store.data_mut() = host.into();
            let func = instance.get_typed_func::<(), ()>(&mut store, name)?;
            Ok(func.call(&mut store, ()).err().map(|error| {
                let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { panic!("{tier:?}: {name}: {error:?}") };
                trace.frames().iter().map(|frame| frame.func_name().map_or(String::new(), String::from)).collect()
            }))
        };
        for _ in 0..3 {
            assert_eq!(frames("caught", "")?, None);
            assert_eq!(frames("trapped", "caught")?.map(|frames| frames.len()), Some(1), "{tier:?}");
            assert_eq!(frames("within", "caught")?, None);
            let thrown = frames("within", "thrown")?.expect("nobody catches");
            assert_eq!(thrown.last().map(String::as_str), Some(""), "{tier:?}: {thrown:?}");
            assert!(frames("rethrown", "")?.is_some_and(|frames| !frames.is_empty()), "{tier:?}");
        }
    }
    Ok(())
}

#[test]
fn a_backtrace_names_the_functions_innermost_first() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let inner = Module::new(&engine, r#"(module $low (func $deep (export "deep") (unreachable)))"#)?;
        let outer = Module::new(
            &engine,
            r#"(module $high (import "low" "deep" (func $imported)) (import "" "again" (func $again))
                (func $middle (call $imported))
                (func $second (export "second") (call $middle))
                (func $first (export "first") (call $again)))"#,
        )?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap("", "again", |mut caller: coracle::Caller<'_, ()>| -> Result<()> {
            let second = caller.get_export("second").and_then(|export| export.into_func());
            second.expect("it is exported").typed::<(), ()>(&caller)?.call(&mut caller, ())
        })?;
        let mut store = Store::new(&engine, ());
        let low = linker.instantiate(&mut store, &inner)?;
        linker.instance(&mut store, "low", low)?;
        let instance = linker.instantiate(&mut store, &outer)?;
        let names = |error: &coracle::Error| -> Vec<String> {
            let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
            trace.frames().iter().map(|frame| frame.func_name().unwrap_or("?").to_owned()).collect()
        };
        for _ in 0..4 {
            let second = instance.get_typed_func::<(), ()>(&mut store, "second")?;
            let error = second.call(&mut store, ()).unwrap_err();
            // Compiled code tells of the innermost frame only; its callers are not walked yet.
            let walked = |names: Vec<String>, all: &[&str]| match tier {
                TierPolicy::Off => assert_eq!(names, all),
                _ => assert!(!names.is_empty() && names[0] == all[0] && names.len() <= all.len(), "{names:?}"),
            };
            walked(names(&error), &["deep", "middle", "second"]);
            let text = format!("{error:?}");
            assert!(text.contains("low!deep") && text.contains("unreachable"), "{text}");
            let first = instance.get_typed_func::<(), ()>(&mut store, "first")?;
            let error = first.call(&mut store, ()).unwrap_err();
            walked(names(&error), &["deep", "middle", "second", "first"]);
        }
    }
    Ok(())
}

#[test]
fn a_backtrace_is_printed_with_offsets() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, r#"(module $m (func $f (unreachable)) (func (export "run") (call $f)))"#)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        for _ in 0..4 {
            let error = run.call(&mut store, ()).unwrap_err();
            let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
            let text = "error while executing at wasm backtrace:\n    0:     0x21 - m!f\n    1:     0x25 - m!<wasm function 1>";
            assert_eq!((trace.to_string(), error.to_string()), (text.into(), text.into()), "{tier:?}");
            let frame = &trace.frames()[0];
            assert_eq!((frame.func_offset(), frame.module().name(), frame.symbols().len()), (Some(1), Some("m"), 0));
            assert!(error.root_cause().is::<Trap>());
        }
    }
    Ok(())
}

#[test]
fn frames_are_limited_and_captured_on_demand() -> Result<()> {
    let text = r#"(module (import "" "see" (func $see)) (func $a (call $see)) (func $b (call $a)) (func (export "run") (call $b)))"#;
    let count = |trace: &WasmBacktrace| trace.frames().len();
    for tier in TIERS {
        for (most, seen) in [(None, 0), (Some(2), 2), (Some(9), 3)] {
            let engine =
                engine(tier, |config| _ = config.wasm_backtrace_max_frames(most.and_then(std::num::NonZero::new)))?;
            let mut linker = Linker::<[usize; 2]>::new(&engine);
            linker.func_wrap("", "see", move |mut caller: coracle::Caller<'_, [usize; 2]>| -> Result<()> {
                *caller.data_mut() =
                    [WasmBacktrace::capture(&caller), WasmBacktrace::force_capture(&caller)].map(|trace| count(&trace));
                Err(Trap::Interrupt.into())
            })?;
            let mut store = Store::new(&engine, [0; 2]);
            let instance = linker.instantiate(&mut store, &Module::new(&engine, text)?)?;
            let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
            for _ in 0..4 {
                let error = run.call(&mut store, ()).unwrap_err();
                assert_eq!(store.data(), &[seen, if most.is_none() { 3 } else { seen }], "{tier:?}");
                assert_eq!(error.downcast_ref::<WasmBacktrace>().map_or(0, count), seen, "{tier:?}");
                assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
            }
            assert_eq!(WasmBacktrace::force_capture(&store).frames().len(), 0);
        }
    }
    Ok(())
}

#[test]
fn a_trap_stands_at_its_operator_in_every_tier() -> Result<()> {
    let text = r#"(module
        (func $nothing)
        (func (export "first") (param i32) (unreachable))
        (func (export "then") (param i32) (if (local.get 0) (then (unreachable))))
        (func (export "after") (param i32) (call $nothing) (unreachable))
        (func (export "else") (param i32) (block (br_if 0 (i32.eqz (local.get 0))) (unreachable))))"#;
    for name in ["first", "then", "after", "else"] {
        let places = TIERS.into_iter().flat_map(|tier| [(tier, false), (tier, true)]).map(|(tier, fuel)| {
            let engine = engine(tier, |config| _ = config.consume_fuel(fuel))?;
            let module = Module::new(&engine, text)?;
            let mut store = Store::new(&engine, ());
            if fuel {
                store.set_fuel(1000)?;
            }
            let func = Instance::new(&mut store, &module, &[])?.get_typed_func::<i32, ()>(&mut store, name)?;
            let place = |error: coracle::Error| error.downcast_ref::<WasmBacktrace>()?.frames()[0].module_offset();
            Ok((0..4).map(|_| func.call(&mut store, 1).map_err(place).unwrap_err()).collect())
        });
        let places = places.collect::<Result<Vec<Vec<Option<usize>>>>>()?.concat();
        assert!(places[0].is_some() && places.iter().all(|place| *place == places[0]), "{name}: {places:?}");
    }
    Ok(())
}

#[test]
fn a_host_function_called_by_the_host_leaves_no_frames() -> Result<()> {
    let mut store = Store::<()>::default();
    let func = coracle::Func::wrap(&mut store, || -> Result<()> { coracle::bail!("no") });
    let error = func.typed::<(), ()>(&store)?.call(&mut store, ()).unwrap_err();
    assert_eq!((error.to_string(), error.is::<WasmBacktrace>()), ("no".into(), false));
    Ok(())
}

#[test]
fn a_start_function_that_traps_fails_the_instantiation() -> Result<()> {
    for tier in TIERS {
        let engine = engine(tier, |_| ())?;
        let module = Module::new(&engine, "(module (func $s (unreachable)) (start $s))")?;
        let mut store = Store::new(&engine, ());
        let error = Instance::new(&mut store, &module, &[]).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached), "{tier:?}");
    }
    Ok(())
}

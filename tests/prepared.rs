//! Components that were prepared for another machine, and are run here: the same answers for the same fuel, the same
//! traps at the same places; and whatever is wrong with the file is an error.
#![allow(unsafe_code)] // Loads what it prepared itself.

use coracle::component::{Component, Linker, Portable};
use coracle::{Config, Engine, ErrorKind, OperatorCost, Result, Store, StoreContextMut, WasmBacktrace, inspect};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

/// More than any program takes.
const FUEL: u64 = 1 << 40;

fn engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true).cranelift_nan_canonicalization(true);
    Engine::new(&config).expect("an engine")
}

/// All machines whose code a build like this runs.
fn machines() -> impl Iterator<Item = Portable> {
    let all = Portable { threads: true, simd: true, ..Portable::default() };
    [true, false]
        .into_iter()
        .flat_map(move |compact| [true, false].map(|wide| Portable { compact, wide, ..all }))
        .filter(|machine| machine.compact || !cfg!(feature = "compact"))
}

fn prepared(component: &Component, portable: &Portable) -> Result<Component> {
    let file = component.serialize_portable(portable)?;
    // SAFETY: this is what was made just now.
    unsafe { Component::deserialize_portable(component.engine(), file) }
}

/// The components of a folder.
fn components(folder: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder");
    let mut files: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "wasm"));
    files.sort();
    files
}

/// The result of a program of `benches/programs`, and the fuel that it takes.
fn run(component: &Component) -> Result<(u32, u64)> {
    let mut store = Store::new(component.engine(), ());
    store.set_fuel(FUEL)?;
    let instance = Linker::new(component.engine()).instantiate(&mut store, component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    let (result,) = run.call(&mut store, (1,))?;
    Ok((result, FUEL - store.get_fuel()?))
}

#[test]
fn programs_come_to_the_same() -> Result<()> {
    let engine = engine();
    let files = components("benches/programs/components");
    assert!(files.len() > 1, "{files:?}");
    for file in files {
        let raw = Component::from_file(&engine, &file)?;
        let known = run(&raw)?;
        for portable in machines() {
            let component = prepared(&raw, &portable)?;
            assert_eq!(inspect::json(&component), inspect::json(&raw), "{} {portable:?}", file.display());
            assert_eq!(run(&component)?, known, "{} {portable:?}", file.display());
        }
    }
    Ok(())
}

const TRAPS: &str = r#"(component
    (import "log" (func $log (param "line" string)))
    (core module $memory
        (memory (export "memory") 1)
        (data (i32.const 8) "logged")
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
    (core instance $memory (instantiate $memory))
    (core func $log (canon lower (func $log) (memory (core memory $memory "memory"))))
    (core module $m
        (type $each (func (param i32) (result i32)))
        (import "" "memory" (memory 1))
        (import "" "log" (func $log (param i32 i32)))
        (tag $t (param i32))
        (table funcref (elem $double $deep))
        (global $calls (mut i32) (i32.const 0))
        (func $double (type $each) (i32.mul (local.get 0) (i32.const 2)))
        (func $deep (type $each)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (if (i32.eqz (local.get 0)) (then (i32.store (i32.const 65536) (local.get 0))))
            (call_indirect (type $each) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))
        (func (export "run") (param i32) (result i32)
            (call $log (i32.const 8) (i32.const 6))
            (block $caught (result i32)
                (try_table (catch $t $caught) (throw $t (local.get 0)))
                unreachable)
            (call_indirect (type $each) (i32.const 0)))
        (func (export "fall") (param i32) (result i32) (call $deep (local.get 0))))
    (core instance $m (instantiate $m
        (with "" (instance (export "memory" (memory $memory "memory")) (export "log" (func $log))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run")))
    (func (export "fall") (param "n" u32) (result u32) (canon lift (core func $m "fall"))))"#;

/// What a component's host hears, what comes of its call, and how its trap is told.
fn behaviour(component: &Component) -> Result<(u32, u32, String, u64)> {
    let engine = component.engine();
    let mut linker = Linker::<u32>::new(engine);
    linker.root().func_wrap("log", |mut store: StoreContextMut<'_, u32>, (line,): (String,)| {
        assert_eq!((line.as_str(), WasmBacktrace::capture(&store).frames().len()), ("logged", 1));
        *store.data_mut() += 1;
        Ok(())
    })?;
    let mut store = Store::new(engine, 0);
    store.set_fuel(FUEL)?;
    let instance = linker.instantiate(&mut store, component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    let (result,) = run.call(&mut store, (21,))?;
    let fall = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "fall")?;
    let error = fall.call(&mut store, (3,)).expect_err("a store beyond the memory");
    let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
    let frames = trace.frames().iter().map(|frame| (frame.func_index(), frame.module_offset(), frame.func_offset()));
    let told = format!("{error:?} {:?}", frames.collect::<Vec<_>>());
    Ok((result, *store.data(), told, FUEL - store.get_fuel()?))
}

#[test]
fn exceptions_traps_and_backtraces_are_the_same() -> Result<()> {
    let engine = engine();
    let raw = Component::new(&engine, TRAPS)?;
    let known = behaviour(&raw)?;
    assert_eq!((known.0, known.1), (42, 1), "{known:?}");
    for portable in machines() {
        let other = Portable { names: false, ..portable };
        assert_eq!(behaviour(&prepared(&raw, &portable)?)?, known, "{portable:?}");
        assert_eq!(behaviour(&prepared(&raw, &other)?)?.0, known.0, "{portable:?}");
    }
    Ok(())
}

/// An engine that has loaded something else numbers types otherwise.
#[test]
fn types_have_other_numbers_in_another_engine() -> Result<()> {
    let raw = Component::new(&engine(), TRAPS)?;
    let file = raw.serialize_portable(&Portable::default())?;
    let other = engine();
    let kept = Component::new(
        &other,
        r#"(component (core module $m (func (export "a") (param f32)) (func (export "b") (param f64 i64)))
            (core instance (instantiate $m)))"#,
    )?;
    // SAFETY: this is what was made just now.
    let component = unsafe { Component::deserialize_portable(&other, &file) }?;
    assert_eq!(behaviour(&component)?.0, 42);
    drop(kept);
    Ok(())
}

/// Memory that lies still and is aligned, as flash is.
fn in_place(file: &[u8]) -> NonNull<[u8]> {
    let words: &'static mut [u64] = Vec::leak(vec![0; file.len().div_ceil(8)]);
    let start = words.as_mut_ptr().cast::<u8>();
    // SAFETY: so many bytes are there, and nobody else knows of them.
    let bytes = unsafe { std::slice::from_raw_parts_mut(start, file.len()) };
    bytes.copy_from_slice(file);
    NonNull::from(bytes)
}

#[test]
fn a_file_is_run_where_it_lies() -> Result<()> {
    let engine = engine();
    let raw = Component::new(&engine, TRAPS)?;
    let known = behaviour(&raw)?;
    drop(raw);
    for portable in machines() {
        let file = Component::new(&engine, TRAPS)?.serialize_portable(&portable)?;
        let memory = in_place(&file);
        for _ in 0..2 {
            // SAFETY: the bytes were made just now, and are never freed.
            let component = unsafe { Component::deserialize_raw(&engine, memory) }?;
            assert_eq!(behaviour(&component)?, known, "{portable:?}");
        }
    }
    Ok(())
}

#[test]
fn what_is_cut_off_or_has_changed_is_an_error() -> Result<()> {
    let engine = engine();
    let raw = Component::from_file(&engine, "examples/firmware/guests/string.wat")?;
    let file = raw.serialize_portable(&Portable::default())?;
    let loads = |bytes: &[u8]| {
        // SAFETY: what has changed is found before it is run.
        unsafe { Component::deserialize_portable(&engine, bytes) }
    };
    assert!(loads(&file).is_ok());
    for end in 0..file.len() {
        let error = loads(&file[..end]).expect_err("a part");
        assert_eq!(error.kind(), ErrorKind::Invalid, "cut off at {end}: {error}");
    }
    let mut changed = file.clone();
    for at in 0..file.len() {
        for bits in [0x01, 0x80, 0xff] {
            changed[at] ^= bits;
            assert_eq!(loads(&changed).expect_err("changed").kind(), ErrorKind::Invalid, "at {at}");
            changed[at] = file[at];
        }
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_with_a_word() -> Result<()> {
    let engine = engine();
    let raw = Component::new(&engine, TRAPS)?;
    let file = raw.serialize_portable(&Portable::default())?;
    let refused = |engine: &Engine, file: &[u8]| {
        // SAFETY: it is not loaded.
        unsafe { Component::deserialize_portable(engine, file) }.expect_err("refused").to_string()
    };
    let free = Engine::new(&Config::new())?;
    assert!(refused(&free, &file).contains("fuel"));
    let costs = OperatorCost { I32Add: 7, ..OperatorCost::default() };
    let dear = Engine::new(Config::new().consume_fuel(true).cranelift_nan_canonicalization(true).operator_cost(costs))?;
    assert!(refused(&dear, &file).contains("operator_cost"));
    let error = Component::new(&dear, TRAPS)?.serialize_portable(&Portable::default()).expect_err("other costs");
    assert!(error.to_string().contains("operator_cost"), "{error}");
    assert!(refused(&engine, b"\0asm\x0d\0\x01\0").contains("no prepared component"));
    let again = prepared(&raw, &Portable::default())?;
    assert!(again.serialize_portable(&Portable::default()).expect_err("twice").to_string().contains("already"));
    assert!(again.serialize().is_err());
    let vectors = Component::new(
        &engine,
        r#"(component (core module $m (func (export "f") (result i32)
                (i32x4.extract_lane 0 (i32x4.add (v128.const i32x4 1 2 3 4) (v128.const i32x4 1 2 3 4)))))
            (core instance (instantiate $m)))"#,
    )?;
    let error = vectors.serialize_portable(&Portable::default()).expect_err("no vectors there");
    assert!(error.to_string().contains("vectors"), "{error}");
    Ok(())
}

//! `Linker`: names, shadowing, unknown imports, commands and reactors.

use crate::engines;
use coracle::{
    Caller, Engine, ErrorKind, Extern, Instance, Linker, Module, Result, Store, Trap, UnknownImportError, Val,
};

#[test]
fn names_are_found_once() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut linker = Linker::<u32>::new(&engine);
        linker.func_wrap("host", "next", |mut caller: Caller<'_, u32>| {
            *caller.data_mut() += 1;
            *caller.data()
        })?;
        let again = linker.func_wrap("host", "next", || 0_i32).map(drop).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Link);
        let module = Module::new(
            &engine,
            r#"(module (import "host" "next" (func $n (result i32)))
                (func (export "twice") (result i32) (i32.add (call $n) (call $n))))"#,
        )?;
        let pre = linker.instantiate_pre(&module)?;
        for _ in 0..2 {
            let mut store = Store::new(&engine, 0);
            let it = pre.instantiate(&mut store)?;
            let twice = it.get_typed_func::<(), u32>(&mut store, "twice")?;
            assert_eq!((twice.call(&mut store, ())?, twice.call(&mut store, ())?), (3, 7));
        }
        linker.allow_shadowing(true).func_wrap("host", "next", || 5_i32)?;
        let mut store = Store::new(&engine, 0);
        let it = linker.instantiate(&mut store, &module)?;
        assert_eq!(it.get_typed_func::<(), u32>(&mut store, "twice")?.call(&mut store, ())?, 10);
    }
    Ok(())
}

#[test]
fn what_is_unknown_or_wrong_is_named() -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    let module = Module::new(
        &engine,
        r#"(module (import "a" "b" (func $f (param i32))) (func (export "run") (call $f (i32.const 1))))"#,
    )?;
    let error = linker.instantiate_pre(&module).unwrap_err();
    let unknown = error.downcast_ref::<UnknownImportError>().expect("an unknown import");
    assert_eq!((unknown.module(), unknown.name()), ("a", "b"));

    linker.func_wrap("a", "b", |_: i64| {})?;
    let error = linker.instantiate_pre(&module).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.to_string().contains("a::b"), "{error}");

    let mut linker = Linker::<()>::new(&engine);
    linker.define_unknown_imports_as_traps(&module)?;
    let mut store = Store::new(&engine, ());
    let it = linker.instantiate(&mut store, &module)?;
    let error = it.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ()).unwrap_err();
    assert!(error.is::<UnknownImportError>(), "{error:#}");
    assert!(error.root_cause().is::<UnknownImportError>() && !error.is::<Trap>());

    let mut linker = Linker::<()>::new(&engine);
    linker.define_unknown_imports_as_default_values(&mut store, &module)?;
    let it = linker.instantiate(&mut store, &module)?;
    it.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())
}

#[test]
fn instances_and_aliases() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let lib = Module::new(
        &engine,
        r#"(module (memory (export "m") 1) (global (export "g") i32 (i32.const 9))
            (func (export "f") (result i32) (i32.const 8)))"#,
    )?;
    let lib = linker.instantiate(&mut store, &lib)?;
    linker.instance(&mut store, "lib", lib)?;
    linker.alias("lib", "f", "other", "h")?;
    linker.alias_module("lib", "copy")?;
    assert_eq!(linker.alias("lib", "x", "y", "z").map(drop).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(linker.iter(&mut store).count(), 7);
    assert!(matches!(linker.get(&mut store, "copy", "m"), Ok(Extern::Memory(_))));
    let user = Module::new(
        &engine,
        r#"(module (import "other" "h" (func $f (result i32))) (import "copy" "g" (global $g i32))
            (func (export "sum") (result i32) (i32.add (call $f) (global.get $g))))"#,
    )?;
    let user = linker.instantiate(&mut store, &user)?;
    assert_eq!(user.get_typed_func::<(), i32>(&mut store, "sum")?.call(&mut store, ())?, 17);
    Ok(())
}

#[test]
fn commands_start_afresh_and_reactors_stay() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let counter = |entry: &str| {
        format!(
            r#"(module (global $g (mut i32) (i32.const 0))
                (func (export "{entry}") (global.set $g (i32.add (global.get $g) (i32.const 10))))
                (func (export "next") (result i32)
                    (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))"#
        )
    };
    linker.module(&mut store, "command", &Module::new(&engine, counter("_start"))?)?;
    linker.module(&mut store, "reactor", &Module::new(&engine, counter("_initialize"))?)?;
    let mut next = |module: &str| -> Result<i32> {
        let func = linker.get(&mut store, module, "next")?.into_func().expect("a function");
        let mut results = [Val::I32(0)];
        func.call(&mut store, &[], &mut results)?;
        Ok(results[0].unwrap_i32())
    };
    assert_eq!((next("command")?, next("command")?), (1, 1));
    assert_eq!((next("reactor")?, next("reactor")?), (11, 12));
    linker.get_default(&mut store, "command")?.call(&mut store, &[], &mut [])?;
    linker.get_default(&mut store, "nothing")?.call(&mut store, &[], &mut [])
}

#[test]
fn a_caller_reaches_what_its_instance_exports() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut linker = Linker::<String>::new(&engine);
        linker.func_wrap("", "print", |mut caller: Caller<'_, String>, at: u32, len: u32| -> Result<()> {
            let memory = caller.get_export("m").and_then(Extern::into_memory).expect("a memory");
            let (bytes, text) = memory.data_and_store_mut(&mut caller);
            text.push_str(std::str::from_utf8(&bytes[at as usize..][..len as usize])?);
            Ok(())
        })?;
        let module = Module::new(
            &engine,
            r#"(module (import "" "print" (func $p (param i32 i32)))
                (memory (export "m") 1) (data (i32.const 8) "hello")
                (func (export "run") (call $p (i32.const 8) (i32.const 5))))"#,
        )?;
        let mut store = Store::new(&engine, String::new());
        let it = linker.instantiate(&mut store, &module)?;
        it.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
        assert_eq!(store.data(), "hello");
        assert_eq!(Instance::module(&it, &store).exports().len(), 2);
    }
    Ok(())
}

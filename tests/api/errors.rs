//! What errors say, outermost first: programs and their tests compare it.

use crate::engines;
use coracle::{
    Caller, Config, Engine, Error, Extern, ExternRef, Func, FuncType, Global, GlobalType, Instance, Linker, Memory,
    MemoryType, Module, Mutability, Ref, RefType, Result, SharedMemory, Store, StoreLimitsBuilder, Table, TableType,
    Tag, TagType, UnknownImportError, Val, ValType,
};

fn chain(error: &Error) -> Vec<String> {
    let frames = |text: &String| !text.starts_with("error while executing at wasm backtrace");
    error.chain().map(ToString::to_string).filter(frames).collect()
}

/// One row: what was done, and what its error says.
#[track_caller]
fn says<T>(result: Result<T>, text: &[&str]) {
    let error = result.err().expect("an error");
    assert_eq!(chain(&error), text, "{error:?}");
}

#[test]
fn imports_that_do_not_fit() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let func = Func::wrap(&mut store, |_: i32| {});
    let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, None), Ref::Func(None))?;
    let global = Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(0))?;
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
    let tag = Tag::new(&mut store, &TagType::new(FuncType::new(&engine, [], [])))?;
    let rows: &[(&str, Extern, &str)] = &[
        ("(func)", func.into(), "types incompatible: expected type `(func)`, found type `(func (param i32))`"),
        (
            "(func (param funcref externref) (result i32))",
            func.into(),
            "types incompatible: expected type `(func (param funcref externref) (result i32))`, found type `(func \
             (param i32))`",
        ),
        ("(func)", memory.into(), "expected func, but found memory"),
        ("(memory 1)", func.into(), "expected memory, but found function"),
        ("(table 1 funcref)", global.into(), "expected table, but found global"),
        ("(global i32)", table.into(), "expected global, but found table"),
        ("(tag)", table.into(), "expected tag, but found table"),
        ("(tag (param i32))", tag.into(), "incompatible tag types"),
        (
            "(table 1 externref)",
            table.into(),
            "table types incompatible: expected table of type `externref`, found table of type `funcref`",
        ),
        ("(table i64 1 funcref)", table.into(), "table types incompatible: expected 64-bit table, found 32-bit table"),
        (
            "(table 2 funcref)",
            table.into(),
            "table types incompatible: expected table limits (min: 2, max: none) doesn't match provided table limits \
             (min: 1, max: none)",
        ),
        (
            "(table 1 5 funcref)",
            table.into(),
            "table types incompatible: expected table limits (min: 1, max: 5) doesn't match provided table limits \
             (min: 1, max: none)",
        ),
        (
            "(global i64)",
            global.into(),
            "global types incompatible: expected global of type `i64`, found global of type `i32`",
        ),
        (
            "(global (mut i32))",
            global.into(),
            "global types incompatible: expected mutable global, found immutable global",
        ),
        (
            "(memory 1 3 shared)",
            memory.into(),
            "memory types incompatible: expected shared memory, found non-shared memory",
        ),
        ("(memory i64 1)", memory.into(), "memory types incompatible: expected 64-bit memory, found 32-bit memory"),
        (
            "(memory 1 2)",
            memory.into(),
            "memory types incompatible: expected memory limits (min: 1, max: 2) doesn't match provided memory limits \
             (min: 1, max: 3)",
        ),
    ];
    for (wanted, found, text) in rows {
        let module = Module::new(&engine, format!(r#"(module (import "a" "b" {wanted}))"#))?;
        let says = |result: Result<Instance>| says(result, &["incompatible import type for `a::b`", text]);
        says(Instance::new(&mut store, &module, std::slice::from_ref(found)));
        let mut linker = Linker::new(&engine);
        linker.define(&store, "a", "b", found.clone())?;
        let early = linker.instantiate_pre(&module).expect_err("it is known without a store");
        says(Err(early));
        says(linker.instantiate(&mut store, &module));
    }
    Ok(())
}

#[test]
fn page_sizes_that_do_not_fit() -> Result<()> {
    let mut config = Config::new();
    config.wasm_custom_page_sizes(true);
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::builder().page_size_log2(0).min(9).build()?)?;
    assert_eq!((memory.size(&store), memory.data_size(&store), memory.page_size(&store)), (9, 9, 1));
    assert_eq!((memory.grow(&mut store, 2)?, memory.data_size(&store)), (9, 11));
    let module = Module::new(&engine, r#"(module (import "a" "b" (memory 1)))"#)?;
    says(
        Instance::new(&mut store, &module, &[memory.into()]),
        &[
            "incompatible import type for `a::b`",
            "memory types incompatible: expected a memory with a page size of 65536, but received a memory with a page size \
         of 1",
        ],
    );
    Ok(())
}

#[test]
fn what_a_linker_lacks_or_has_twice() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let module = Module::new(&engine, r#"(module (import "a" "b" (func)))"#)?;
    says(linker.instantiate_pre(&module), &["unknown import: `a::b` has not been defined"]);
    assert!(linker.instantiate(&mut store, &module).unwrap_err().is::<UnknownImportError>());
    says(Instance::new(&mut store, &module, &[]), &["expected 1 imports, found 0"]);
    says(linker.get(&mut store, "a", "b"), &["missing definition for `a::b`"]);
    says(linker.alias("a", "b", "c", "d").map(drop), &["no item named `a::b` defined"]);
    linker.alias_module("a", "c")?;
    linker.func_wrap("a", "b", || {})?;
    says(linker.func_wrap("a", "b", || {}).map(drop), &["import of `a::b` defined twice"]);
    let import = module.imports().next().expect("one import");
    assert!(linker.try_get_by_import(&mut store, &import)?.is_some());
    let kinds: &[(&str, &str)] = &[
        (r#"(func (export "_start")) (global (export "g") i32 (i32.const 0))"#, "command export 'g' is not a function"),
        (r#"(func (export "_start")) (func (export "_initialize"))"#, "Program cannot be both a Command and a Reactor"),
        (r#"(global (export "_start") i32 (i32.const 0))"#, "`_start` must be a function"),
        (r#"(memory (export "_initialize") 0)"#, "`_initialize` must be a function"),
    ];
    for (fields, text) in kinds {
        let module = Module::new(&engine, format!("(module {fields})"))?;
        says(linker.module(&mut store, text, &module).map(drop), &[text]);
    }
    let usual = r#"(module (func (export "_start")) (memory (export "memory") 0) (table (export "table") 0 funcref)
        (global (export "__heap_base") i32 (i32.const 0)))"#;
    linker.module(&mut store, "usual", &Module::new(&engine, usual)?)?;
    linker.allow_unknown_exports(true).module(
        &mut store,
        "m",
        &Module::new(&engine, format!("(module {})", kinds[0].0))?,
    )?;
    let failing = r#"(module (func (export "_initialize") (unreachable)))"#;
    let error = linker.module(&mut store, "r", &Module::new(&engine, failing)?).map(drop).unwrap_err();
    assert_eq!(chain(&error)[0], "calling the Reactor initialization function");
    Ok(())
}

#[test]
fn calls_with_wrong_values() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let ty = FuncType::new(&engine, [ValType::I32, ValType::FUNCREF], [ValType::F64]);
    let f = Func::new(&mut store, ty, |_, _, results| {
        results[0] = Val::F64(0);
        Ok(())
    });
    let none = Val::FuncRef(None);
    let mut call = |args: &[Val], results: usize| f.call(&mut store, args, &mut vec![Val::I32(0); results]);
    says(call(&[], 1), &["expected 2 arguments, got 0"]);
    says(call(&[Val::I32(1), none], 0), &["expected 1 results, got 0"]);
    says(call(&[Val::I64(1), none], 1), &["argument type mismatch", "type mismatch: expected i32, found i64"]);
    let text = "type mismatch: expected (ref null func), found (ref null noextern)";
    says(call(&[Val::I32(1), Val::ExternRef(None)], 1), &["argument type mismatch", text]);
    call(&[Val::I32(1), none], 1)?;

    let params = "type mismatch with parameters";
    says(f.typed::<(i32, i32), f64>(&store), &[params, "type mismatch: expected (ref null func), found i32"]);
    says(f.typed::<i32, f64>(&store), &[params, "expected 1 types, found 2"]);
    says(f.typed::<(), f64>(&store), &[params, "expected 0 types, found 2"]);
    let (args, results) = ((0_i32, None::<Func>), "type mismatch with results");
    says(f.typed::<(i32, Option<Func>), f32>(&store), &[results, "type mismatch: expected f32, found f64"]);
    says(f.typed::<(i32, Option<Func>), ()>(&store), &[results, "expected 0 types, found 1"]);
    assert_eq!(f.typed::<(i32, Option<Func>), f64>(&store)?.call(&mut store, args)?, 0.0);

    let module = Module::new(&engine, r#"(module (func (export "f") (param i32)))"#)?;
    let it = Instance::new(&mut store, &module, &[])?;
    says(it.get_typed_func::<(), ()>(&mut store, "g"), &["failed to find function export `g`"]);
    says(
        it.get_typed_func::<(), ()>(&mut store, "f"),
        &["failed to convert function `f` to given type", params, "expected 0 types, found 1"],
    );
    Ok(())
}

#[test]
fn items_given_wrong_values() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let fixed = Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(3))?;
    says(fixed.set(&mut store, Val::I32(4)), &["immutable global cannot be set"]);
    let ty = GlobalType::new(ValType::I32, Mutability::Var);
    let global = Global::new(&mut store, ty.clone(), Val::I32(3))?;
    let text = "type mismatch: expected i32, found f32";
    says(global.set(&mut store, Val::F32(0)), &["type mismatch: attempt to set global to value of wrong type", text]);
    says(
        Global::new(&mut store, ty, Val::F32(0)),
        &["type mismatch: initial value provided does not match the type of this global", text],
    );
    let element = "type mismatch: value does not match table element type";
    let text = "type mismatch: expected (ref null func), found (ref null noextern)";
    let none = Ref::Extern(None);
    let ty = TableType::new(RefType::FUNCREF, 2, Some(4));
    says(Table::new(&mut store, ty.clone(), none), &[element, text]);
    let table = Table::new(&mut store, ty, Ref::Func(None))?;
    says(table.set(&mut store, 0, none), &[element, text]);
    says(table.fill(&mut store, 0, none, 2), &[element, text]);
    says(table.grow(&mut store, 1, none), &[element, text]);
    says(table.grow(&mut store, 3, Ref::Func(None)), &["failed to grow table by `3`"]);
    let outside = "wasm trap: undefined element: out of bounds table access";
    says(table.set(&mut store, 2, Ref::Func(None)), &[outside]);
    says(table.fill(&mut store, 1, Ref::Func(None), u64::MAX), &[outside]);
    let other = Table::new(&mut store, TableType::new(RefType::EXTERNREF, 2, None), none)?;
    says(Table::copy(&mut store, &table, 0, &other, 1, 2), &[outside]);
    says(
        Table::copy(&mut store, &table, 0, &other, 0, 2),
        &[
            "type mismatch: source table's element type does not match destination table's element type",
            "type mismatch: expected funcref, found externref",
        ],
    );
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(2)))?;
    says(memory.grow(&mut store, 5), &["failed to grow memory by `5`"]);
    says(memory.read(&store, 65_536, &mut [0]).map_err(Error::from), &["out of bounds memory access"]);
    says(
        Memory::new(&mut store, MemoryType::shared(1, 2)),
        &["shared memories must be created through `SharedMemory`"],
    );
    says(
        SharedMemory::new(&engine, MemoryType::new(1, Some(2))),
        &["shared memory must have the `shared` flag enabled on its memory type"],
    );
    says(SharedMemory::new(&engine, MemoryType::shared(1, 1))?.grow(1), &["failed to grow memory by `1`"]);
    says(store.set_fuel(1), &["fuel is not configured in this store"]);
    says(store.get_fuel(), &["fuel is not configured in this store"]);
    Ok(())
}

#[test]
fn memory_types_that_contradict_themselves() {
    let rows = [
        (
            MemoryType::builder().min(2).max(Some(1)).build(),
            "maximum page size cannot be smaller than the minimum page size",
        ),
        (MemoryType::builder().page_size_log2(3).build(), "page size must be 2**16 or 2**0"),
        (MemoryType::builder().shared(true).build(), "shared memories must have a maximum size"),
        (MemoryType::builder().min(65_537).build(), "minimum size is too large for this memory type's index type"),
        (
            MemoryType::builder().max(Some(65_537)).build(),
            "maximum size is too large for this memory type's index type",
        ),
    ];
    for (built, text) in rows {
        says(built, &[text]);
    }
}

#[test]
fn what_is_of_another_store_or_engine() -> Result<()> {
    let engine = Engine::default();
    let (mut one, mut two) = (Store::new(&engine, ()), Store::new(&engine, ()));
    let theirs = Func::wrap(&mut two, || {});
    let module = Module::new(&engine, r#"(module (import "a" "b" (func)))"#)?;
    let cross = "cross-`Store` instantiation is not currently supported";
    says(Instance::new(&mut one, &module, &[theirs.into()]), &[cross]);
    let mut linker = Linker::new(&engine);
    linker.define(&two, "a", "b", theirs)?;
    let pre = linker.instantiate_pre(&module)?;
    says(pre.instantiate(&mut one), &[cross]);
    pre.instantiate(&mut two)?;

    let take = Func::wrap(&mut one, |_: Option<Func>| {});
    let wrong = "value used with wrong store";
    says(take.call(&mut one, &[theirs.into()], &mut []), &["argument type mismatch", wrong]);
    let foreign = "attempt to pass cross-`Store` value to Wasm as function argument";
    says(take.typed::<Option<Func>, ()>(&one)?.call(&mut one, Some(theirs)), &[foreign]);
    let value = ExternRef::new(&mut two, 5)?;
    let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Var);
    let global = Global::new(&mut one, ty, Val::ExternRef(None))?;
    let outer = "type mismatch: attempt to set global to value of wrong type";
    says(global.set(&mut one, value.into()), &[outer, wrong]);
    let table = Table::new(&mut one, TableType::new(RefType::EXTERNREF, 1, None), Ref::Extern(None))?;
    says(table.set(&mut one, 0, value.into()), &["type mismatch: value does not match table element type", wrong]);

    let other = Engine::default();
    let cross = "cross-`Engine` instantiation is not currently supported";
    let foreign = Module::new(&other, "(module)")?;
    says(Instance::new(&mut one, &foreign, &[]), &[cross]);
    says(linker.instantiate_pre(&foreign), &[cross]);
    Ok(())
}

#[test]
fn host_functions_that_return_wrong_values() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut other = Store::new(&engine, ());
        let theirs = Func::wrap(&mut other, || {});
        let mut store = Store::new(&engine, ());
        let ty = FuncType::new(&engine, [], [ValType::FUNCREF]);
        let wrong = Func::new(&mut store, ty.clone(), |_, _, results| {
            results[0] = Val::I32(1);
            Ok(())
        });
        let foreign = Func::new(&mut store, ty, move |_, _, results| {
            results[0] = theirs.into();
            Ok(())
        });
        let typed = Func::wrap(&mut store, move || Some(theirs));
        let module = Module::new(
            &engine,
            r#"(module (import "" "" (func $f (result funcref))) (func (export "run") (drop (call $f))))"#,
        )?;
        let outer = "function attempted to return an incompatible value";
        let rows: [(Func, &[&str]); 3] = [
            (wrong, &[outer, "type mismatch: expected (ref null func), found i32"]),
            (foreign, &[outer, "value used with wrong store"]),
            (typed, &["host function attempted to return cross-`Store` value to Wasm"]),
        ];
        for (func, text) in rows {
            let it = Instance::new(&mut store, &module, &[func.into()])?;
            let run = it.get_typed_func::<(), ()>(&mut store, "run")?;
            (0..3).for_each(|_| says(run.call(&mut store, ()), text));
        }
    }
    Ok(())
}

#[test]
fn limits_of_a_store() -> Result<()> {
    let engine = Engine::default();
    let empty = Module::new(&engine, "(module)")?;
    let memories = Module::new(&engine, "(module (memory 1) (memory 1))")?;
    let tables = Module::new(&engine, "(module (table 1 funcref))")?;
    let large = Module::new(&engine, "(module (memory 3))")?;
    let limits = StoreLimitsBuilder::new().instances(1).memories(1).tables(0).memory_size(2 << 16).build();
    let mut store = Store::new(&engine, limits.clone());
    store.limiter(|limits| limits);
    let new = |store: &mut Store<_>, module| Instance::new(store, module, &[]);
    says(new(&mut store, &memories), &["resource limit exceeded: memory count too high at 2"]);
    says(new(&mut store, &tables), &["resource limit exceeded: table count too high at 1"]);
    says(new(&mut store, &large), &["memory minimum size of 3 pages exceeds memory limits"]);
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    new(&mut store, &empty)?;
    says(new(&mut store, &empty), &["resource limit exceeded: instance count too high at 2"]);
    let ty = MemoryType::new(3, None);
    says(Memory::new(&mut store, ty), &["memory minimum size of 3 pages exceeds memory limits"]);
    Ok(())
}

#[test]
fn no_default_value() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let module = Module::new(&engine, r#"(module (import "a" "b" (func (result (ref func)))))"#)?;
    let error = linker.define_unknown_imports_as_default_values(&mut store, &module).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "function results do not have a default value");
    assert!(error.to_string().starts_with("no default value exists for `a::b` with type `"), "{error}");
    let module = Module::new(
        &engine,
        r#"(module (import "a" "f" (func (result i32 externref))) (import "a" "m" (memory 1 2))
            (import "a" "t" (table 3 funcref)) (import "a" "g" (global f64)) (import "a" "e" (tag (param i32))))"#,
    )?;
    linker.define_unknown_imports_as_traps(&module)?;
    assert!(linker.get(&mut store, "a", "m").is_err(), "only functions can fail when they are called");
    linker.define_unknown_imports_as_default_values(&mut store, &module)?;
    linker.instantiate(&mut store, &module)?;
    Ok(())
}

#[test]
#[should_panic(expected = "object used with the wrong store")]
fn the_wrong_store_panics() {
    let engine = Engine::default();
    let (mut one, two) = (Store::new(&engine, ()), Store::new(&engine, ()));
    let memory = Memory::new(&mut one, MemoryType::new(1, None)).expect("a memory");
    memory.data(&two);
}

#[test]
fn errors_of_the_host_keep_what_they_are() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut linker = Linker::<()>::new(&engine);
        linker.func_wrap("", "f", |_: Caller<'_, ()>| -> Result<()> {
            Err(Error::msg("the cause").context("the first").context("the second"))
        })?;
        let module = Module::new(&engine, r#"(module (import "" "f" (func $f)) (func (export "run") (call $f)))"#)?;
        let mut store = Store::new(&engine, ());
        let it = linker.instantiate(&mut store, &module)?;
        let run = it.get_typed_func::<(), ()>(&mut store, "run")?;
        (0..3).for_each(|_| says(run.call(&mut store, ()), &["the second", "the first", "the cause"]));
    }
    Ok(())
}

//! What programs that were written for Wasmtime say in passing: it compiles here, and means the same.

use coracle::{
    Config, Engine, ErrorKind, ExternRef, Finality, Func, FuncType, GcHeapOutOfMemory, Instance, Linker, MemoryType,
    Module, NoFunc, OwnedRooted, Result, Rooted, SharedMemory, Store, ValType,
};
use std::sync::Arc;

/// A setter returns a borrow, and a program borrows that once more.
#[test]
fn an_engine_of_what_a_setter_returns() -> Result<()> {
    Engine::new(Config::new().consume_fuel(true))?;
    Engine::new(&Config::new().consume_fuel(true))?;
    Engine::new(&Arc::new(Config::new()))?;
    Engine::new(&Box::new(Config::new()))?;
    Ok(())
}

#[test]
fn owned_references_are_passed_like_others() -> Result<()> {
    let mut store = Store::<Vec<u32>>::default();
    let module = r#"(module
        (import "" "take" (func $take (param externref (ref extern)) (result externref)))
        (func (export "run") (param externref (ref extern)) (result externref)
            (call $take (local.get 0) (local.get 1))))"#;
    let module = Module::new(store.engine(), module)?;
    let take = Func::wrap(&mut store, |a: Option<OwnedRooted<ExternRef>>, b: OwnedRooted<ExternRef>| a.or(Some(b)));
    let instance = Instance::new(&mut store, &module, &[take.into()])?;
    type Taken = (Option<OwnedRooted<ExternRef>>, OwnedRooted<ExternRef>);
    let run = instance.get_typed_func::<Taken, Option<OwnedRooted<ExternRef>>>(&mut store, "run")?;
    let one = ExternRef::new(&mut store, 1_u32)?.to_owned_rooted(&mut store)?;
    let two = ExternRef::new(&mut store, 2_u32)?.to_owned_rooted(&mut store)?;
    for (given, expected) in [(Some(one.clone()), &one), (None, &two)] {
        let result = run.call(&mut store, (given, two.clone()))?.expect("it returns one of them");
        assert!(Rooted::ref_eq(&store, &result, expected)?);
    }
    Ok(())
}

/// A host function that never returns says so by its type.
#[test]
fn nothing_is_returned_where_there_is_nothing() -> Result<()> {
    let mut store = Store::<()>::default();
    let never = Func::wrap(&mut store, || -> Result<NoFunc> { coracle::bail!("not today") });
    assert_eq!(never.ty(&store).result(0).map(|ty| ty.to_string()).as_deref(), Some("(ref nofunc)"));
    let module = r#"(module (import "" "never" (func $never (result (ref nofunc))))
        (func (export "run") (result i32) (call $never) (drop) (i32.const 1)))"#;
    let module = Module::new(store.engine(), module)?;
    let instance = Instance::new(&mut store, &module, &[never.into()])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ()).unwrap_err().root_cause().to_string(), "not today");
    Ok(())
}

#[test]
fn function_types_are_final() -> Result<()> {
    let engine = Engine::default();
    let made = |finality, supertype: Option<&FuncType>| {
        FuncType::with_finality_and_supertype(&engine, finality, supertype, [ValType::I32], [])
    };
    let ty = made(Finality::Final, None)?;
    assert_eq!(ty, FuncType::new(&engine, [ValType::I32], []));
    assert_eq!(made(Finality::Final, Some(&ty)).unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(made(Finality::NonFinal, None).unwrap_err().kind(), ErrorKind::Unsupported);
    Ok(())
}

/// It is an error as any other: to be printed, and to be returned with `?`.
#[test]
fn a_full_heap_is_an_error() {
    fn is_error<E: std::error::Error + std::fmt::Display>() {}
    is_error::<GcHeapOutOfMemory<()>>();
}

#[test]
fn shared_memories_can_be_forbidden() -> Result<()> {
    let engine = Engine::new(Config::new().wasm_threads(true).shared_memory(false))?;
    let error = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let module = Module::new(&engine, "(module (memory 1 1 shared))")?;
    let error = Linker::new(&engine).instantiate(Store::new(&engine, ()), &module).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
    Ok(())
}

//! What programs that were written for Wasmtime say in passing: it compiles here, and means the same.

use coracle::component::Component;
use coracle::{
    Cache, CacheConfig, Caller, CodeBuilder, CodeHint, Collector, Config, Enabled, Engine, ErrorKind, ExternRef,
    Finality, Func, FuncType, GcHeapOutOfMemory, Instance, InstanceAllocationStrategy, Linker, MemoryType, Module,
    ModuleVersionStrategy, NoFunc, OwnedRooted, PoolingAllocationConfig, Precompiled, ProfilingStrategy, RRConfig,
    RegallocAlgorithm, Result, Rooted, SharedMemory, Store, Strategy, ValType,
};
use std::sync::{Arc, LazyLock};

/// A setter returns a borrow, and a program borrows that once more.
#[test]
fn an_engine_of_what_a_setter_returns() -> Result<()> {
    Engine::new(Config::new().consume_fuel(true))?;
    Engine::new(&Config::new().consume_fuel(true))?;
    Engine::new(&Arc::new(Config::new()))?;
    static SETTINGS: LazyLock<Config> = LazyLock::new(Config::new);
    Engine::new(&SETTINGS)?;
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

/// An artifact is loaded like what it was made of, by engines that are set alike.
#[test]
fn a_module_is_written_and_read() -> Result<()> {
    let engine = Engine::default();
    let text = r#"(module (func (export "f") (result i32) (i32.const 7)))"#;
    let artifact = Module::new(&engine, text)?.serialize()?;
    assert_eq!(artifact, engine.precompile_module(text.as_bytes())?);
    assert_eq!(Engine::detect_precompiled(&artifact), Some(Precompiled::Module));
    assert_eq!(Engine::detect_precompiled(text.as_bytes()), None);
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("moved-module.artifact");
    std::fs::write(&file, &artifact).unwrap();
    assert_eq!(Engine::detect_precompiled_file(&file)?, Some(Precompiled::Module));
    let open = std::fs::File::open(&file).unwrap();
    let read = [
        Module::deserialize(&engine, &artifact)?,
        Module::deserialize_file(&engine, &file)?,
        Module::deserialize_open_file(&engine, open)?,
    ];
    for module in read {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "f")?.call(&mut store, ())?, 7);
    }
    let other = Engine::new(Config::new().consume_fuel(true))?;
    let kind = |error: coracle::Error| error.kind();
    assert_eq!(Module::deserialize(&other, &artifact).map_err(kind).err(), Some(ErrorKind::Invalid));
    assert_eq!(Module::deserialize(&engine, text).map_err(kind).err(), Some(ErrorKind::Invalid));
    assert!(engine.precompile_module(b"(module (func (result i32)))").is_err());

    let of = |version: &str| Engine::new(Config::new().module_version(ModuleVersionStrategy::Custom(version.into()))?);
    let (one, two) = (of("one")?, of("two")?);
    let any = Engine::new(Config::new().module_version(ModuleVersionStrategy::None)?)?;
    let artifact = one.precompile_module(text.as_bytes())?;
    Module::deserialize(&one, &artifact)?;
    Module::deserialize(&any, &artifact)?;
    assert!(Module::deserialize(&two, &artifact).unwrap_err().to_string().contains("\"one\", and this is \"two\""));
    assert_eq!(of(&"1".repeat(256)).map(drop).map_err(kind), Err(ErrorKind::Limit));
    Ok(())
}

/// What is loaded in steps is what one step loads; text is named by its file.
#[test]
fn code_is_built_in_steps() -> Result<()> {
    let engine = Engine::default();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (text, broken) = (folder.join("steps.wat"), folder.join("steps-broken.wat"));
    std::fs::write(&text, "(component (core module (func)))").unwrap();
    std::fs::write(&broken, "(module (fun))").unwrap();

    let mut code = CodeBuilder::new(&engine);
    assert_eq!(code.hint(), None);
    assert!(code.compile_module().unwrap_err().to_string().contains("no wasm bytes"));
    code.wasm_binary_or_text_file(&text)?.dwarf_package(&[])?;
    assert_eq!(code.hint(), Some(CodeHint::Component));
    let component = code.compile_component()?;
    assert_eq!(component.functions().count(), 1);
    assert!(!component.image_range().is_empty());
    component.initialize_copy_on_write_image()?;
    assert_eq!(code.compile_component_serialized()?, component.serialize()?);
    assert!(code.wasm_binary(&b"\0asm"[..], None).map(drop).unwrap_err().to_string().contains("twice"));
    assert!(code.compile_module().is_err());

    let module = b"\0asm\x01\0\0\0";
    let mut code = CodeBuilder::new(&engine);
    code.wasm_binary(&module[..], None)?;
    assert_eq!(code.hint(), Some(CodeHint::Module));
    assert_eq!(code.compile_module_serialized()?, code.compile_module()?.serialize()?);

    let errors = [
        CodeBuilder::new(&engine).wasm_binary_or_text_file(&broken).map(drop).unwrap_err(),
        Module::from_file(&engine, &broken).unwrap_err(),
        Component::from_file(&engine, &broken).map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(format!("{error:#}").contains("steps-broken.wat:1:"), "{error:#}");
    }
    Ok(())
}

/// Settings of a cache that there is none of.
#[test]
fn a_cache_is_accepted() -> Result<()> {
    let mut cache = CacheConfig::new();
    cache.with_directory("nowhere");
    let cache = Cache::new(cache)?;
    let engine = Engine::new(Config::new().cache(Some(cache.clone())))?;
    Module::new(&engine, "(module)")?;
    assert_eq!((cache.cache_hits(), cache.cache_misses()), (0, 0));
    assert!(!std::path::Path::new("nowhere").exists());
    assert!(Cache::from_file(Some(std::path::Path::new("no-such-file"))).is_err());
    Cache::from_file(None).map(drop)
}

#[allow(unsafe_code)] // The method is, since Wasmtime's is.
fn flag(config: &mut Config, name: &str, value: &str) {
    // SAFETY: there is nothing to hold.
    unsafe { config.cranelift_flag_set(name, value) };
}

/// What would promise something that is not kept is refused by name; the rest of what Wasmtime knows is taken.
#[test]
fn settings_are_refused_or_taken() -> Result<()> {
    type Ask = fn(&mut Config);
    let refused: [(&str, Ask); 8] = [
        ("Config::wasm_gc", |config| _ = config.wasm_gc(true)),
        ("Config::wasm_component_model_gc", |config| _ = config.wasm_component_model_gc(true)),
        ("Config::guest_debug", |config| _ = config.guest_debug(true)),
        ("Config::coredump_on_trap", |config| _ = config.coredump_on_trap(true)),
        ("Config::wmemcheck", |config| _ = config.wmemcheck(true)),
        ("Config::rr", |config| _ = config.rr(RRConfig::Recording)),
        ("Config::cranelift_flag_set", |config| {
            flag(config, "enable_heap_access_spectre_mitigation", "no");
            flag(config, "opt_level", "none");
        }),
        ("memory_protection_keys", |config| {
            let mut pools = PoolingAllocationConfig::new();
            pools.memory_protection_keys(Enabled::Yes);
            config.allocation_strategy(pools);
        }),
    ];
    for (name, ask) in refused {
        let mut config = Config::new();
        ask(&mut config);
        let Err(error) = Engine::new(&config) else { panic!("{name} was taken") };
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(name), "{error}");
    }
    let mut config = Config::new();
    flag(&mut config, "enable_heap_access_spectre_mitigation", "false");
    flag(&mut config, "enable_table_access_spectre_mitigation", "true");
    config.wasm_gc(true).wasm_gc(false).guest_debug(false).rr(RRConfig::None);
    config.allocation_strategy(InstanceAllocationStrategy::pooling()).collector(Collector::Null);
    config.profiler(ProfilingStrategy::PerfMap).cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    config.strategy(Strategy::Winch).target(&format!(
        "{}-unknown-{}-gnu",
        std::env::consts::ARCH,
        std::env::consts::OS
    ))?;
    assert!(config.target("pulley64").is_err() && config.target("riscv64gc-unknown-none-elf").is_err());
    config.consume_fuel(true).max_wasm_stack(1 << 18).wasm_backtrace_max_frames(None);
    let engine = Engine::new(&config)?;
    assert!(engine.get_consume_fuel() && !engine.get_epoch_interruption() && !engine.is_pulley());
    assert_eq!((engine.get_max_wasm_stack(), engine.get_wasm_backtrace_max_frames()), (1 << 18, 0));
    assert_eq!(engine.get_memory_reservation() == 0, engine.get_memory_may_move());
    let movable = Engine::new(Config::new().memory_reservation(0))?;
    assert_eq!((movable.get_memory_reservation(), movable.get_memory_guard_size()), (0, 0));
    assert!(movable.get_memory_may_move() && !movable.get_signals_based_traps());
    Ok(())
}

/// A module's start function may be an import: the host finds the instance that is being made as its caller.
#[test]
fn a_start_function_of_the_hosts_has_a_caller() -> Result<()> {
    let mut store = Store::<Vec<u8>>::default();
    let module = r#"(module (import "" "start" (func $start)) (start $start)
        (memory (export "memory") 1) (data (i32.const 3) "here"))"#;
    let module = Module::new(store.engine(), module)?;
    let start = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<u8>>| {
        let memory = caller.get_export("memory").and_then(|export| export.into_memory()).expect("it is exported");
        let read = memory.data(&caller)[3..7].to_vec();
        *caller.data_mut() = read;
    });
    Instance::new(&mut store, &module, &[start.into()])?;
    assert_eq!(store.data(), b"here");
    Ok(())
}

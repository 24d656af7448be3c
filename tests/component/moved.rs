//! What programs that were written for Wasmtime say of components in passing.

use coracle::component::{
    Component, Linker, Resource, ResourceAny, ResourceDynamic, ResourceType, TypedFunc, WasmList,
};
use coracle::{Engine, Module, Precompiled, Result, Store, Trap};

/// A guest that makes handles, lends and drops them.
const HANDLES: &str = r#"(component
    (type $t (resource (rep i32)))
    (core func $new (canon resource.new $t))
    (core func $drop (canon resource.drop $t))
    (core module $m (import "" "new" (func $new (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
        (func (export "make") (param i32) (loop $again
            (drop (call $new (i32.const 1)))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br_if $again (local.get 0))))
        (func (export "drop") (param i32) (call $drop (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
    (func (export "make") (param "n" u32) (canon lift (core func $i "make")))
    (func (export "drop") (param "handle" u32) (canon lift (core func $i "drop"))))"#;

#[test]
fn a_store_limits_handles() -> Result<()> {
    let engine = Engine::default();
    let component = Component::new(&engine, HANDLES)?;
    let mut store = Store::new(&engine, ());
    assert_eq!(store.max_component_handles(), 100_000);
    // Before anything is instantiated, and later.
    store.set_max_component_handles(5);
    let run = |store: &mut Store<()>, n: u32| -> Result<()> {
        let instance = Linker::new(&engine).instantiate(&mut *store, &component)?;
        instance.get_typed_func::<(u32,), ()>(&mut *store, "make")?.call(&mut *store, (n,))
    };
    run(&mut store, 4)?;
    store.set_max_component_handles(6);
    assert_eq!(store.max_component_handles(), 6);
    run(&mut store, 2)?;
    let error = run(&mut store, 1).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::HandleLimit));
    Ok(())
}

struct Thing;

#[test]
fn a_resource_that_finds_no_room_stays_with_the_host() -> Result<()> {
    let engine = Engine::default();
    let component = Component::new(
        &engine,
        r#"(component
            (import "thing" (type $t (sub resource)))
            (core func $drop (canon resource.drop $t))
            (core module $m (import "" "drop" (func $drop (param i32)))
                (func (export "take") (param i32) (call $drop (local.get 0))))
            (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
            (func (export "take") (param "thing" (own $t)) (canon lift (core func $i "take"))))"#,
    )?;
    let mut linker = Linker::<u32>::new(&engine);
    linker.root().resource("thing", ResourceType::host::<Thing>(), |mut store, rep| {
        *store.data_mut() += rep;
        Ok(())
    })?;
    let mut store = Store::new(&engine, 0);
    let thing = Resource::<Thing>::new_own(7);
    let take = |store: &mut Store<u32>| -> Result<()> {
        let instance = linker.instantiate(&mut *store, &component)?;
        instance.get_typed_func::<(&Resource<Thing>,), ()>(&mut *store, "take")?.call(&mut *store, (&thing,))
    };
    store.set_max_component_handles(0);
    let error = take(&mut store).unwrap_err();
    assert_eq!((error.downcast_ref::<Trap>(), *store.data()), (Some(&Trap::HandleLimit), 0));
    store.set_max_component_handles(10);
    take(&mut store)?;
    assert_eq!(*store.data(), 7);
    Ok(())
}

#[test]
fn a_resource_goes_both_ways() -> Result<()> {
    let mut store = Store::<()>::default();
    let any = ResourceAny::try_from_resource(Resource::<Thing>::new_own(7), &mut store)?;
    assert_eq!((any.ty(), any.owned()), (ResourceType::host::<Thing>(), true));
    assert!(any.try_into_resource::<u8>(&mut store).is_err());
    assert!(any.try_into_resource_dynamic(&mut store).is_err());
    assert_eq!(any.try_into_resource::<Thing>(&mut store)?.rep(), 7);
    let any = ResourceDynamic::new_own(8, 3).try_into_resource_any(&mut store)?;
    let back = any.try_into_resource_dynamic(&mut store)?;
    assert_eq!((back.rep(), back.ty()), (8, 3));
    Ok(())
}

/// What a program keeps: the lifetime of the text belongs to the call.
struct Kept {
    length: TypedFunc<(&'static str,), (u32,)>,
}

impl Kept {
    fn length(&self, store: &mut Store<()>, text: &str) -> Result<u32> {
        Ok(self.length.call(store, (text,))?.0)
    }
}

#[test]
fn a_function_that_is_kept_takes_texts_of_any_lifetime() -> Result<()> {
    let engine = Engine::default();
    let component = r#"(component
        (core module $m (memory (export "memory") 1)
            (func (export "length") (param i32 i32) (result i32) (local.get 1))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8)))
        (core instance $i (instantiate $m))
        (func (export "length") (param "text" string) (result u32)
            (canon lift (core func $i "length") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;
    let component = Component::new(&engine, component)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    let kept = Kept { length: instance.get_typed_func(&mut store, "length")? };
    let text = String::from("four");
    assert_eq!(kept.length(&mut store, &text)?, 4);
    Ok(())
}

/// The guest imports `io` and what uses a resource of it; the host has `io` alone.
#[test]
fn what_nobody_provides_may_use_resources_that_somebody_does() -> Result<()> {
    let engine = Engine::default();
    let component = r#"(component
        (import "a:b/io" (instance $io
            (export "stream" (type (sub resource)))
            (export "open" (func (result (own 0))))))
        (alias export $io "stream" (type $stream))
        (import "a:b/files" (instance $files
            (alias outer 1 $stream (type $outer))
            (export "stream" (type (eq $outer)))
            (export "file" (type (sub resource)))
            (export "read" (func (param "of" (borrow 2)) (result (own 1))))))
        (alias export $files "file" (type $file))
        (import "a:b/more" (instance $more
            (alias outer 1 $file (type $outer))
            (export "file" (type (eq $outer)))
            (export "look" (func (param "at" (borrow 1)) (result u32)))))
        (core func $open (canon lower (func $io "open")))
        (core func $look (canon lower (func $more "look")))
        (core module $m (import "" "open" (func $open (result i32))) (import "" "look" (func $look (param i32) (result i32)))
            (func (export "open") (result i32) (call $open))
            (func (export "look") (result i32) (call $look (i32.const 1))))
        (core instance $i (instantiate $m (with "" (instance (export "open" (func $open)) (export "look" (func $look))))))
        (func (export "open") (result u32) (canon lift (core func $i "open")))
        (func (export "look") (result u32) (canon lift (core func $i "look"))))"#;
    let component = Component::new(&engine, component)?;
    let mut linker = Linker::<()>::new(&engine);
    let mut io = linker.instance("a:b/io")?;
    io.resource("stream", ResourceType::host::<Thing>(), |_, _| Ok(()))?;
    io.func_wrap("open", |_, ()| Ok((Resource::<Thing>::new_own(3),)))?;
    linker.define_unknown_imports_as_traps(&component)?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    assert_eq!(instance.get_typed_func::<(), (u32,)>(&mut store, "open")?.call(&mut store, ())?, (1,));
    let error = instance.get_typed_func::<(), (u32,)>(&mut store, "look")?.call(&mut store, ()).unwrap_err();
    assert!(format!("{error:#}").contains("a:b/more#look"), "{error:#}");
    Ok(())
}

/// A label says which interface it stands for; a version of the same track will do.
#[test]
fn an_interface_is_implemented_in_any_version_of_its_track() -> Result<()> {
    let engine = Engine::default();
    let component = r#"(component
        (import "one" (implements "a:b/c@1.1.0") (instance))
        (import "two" (implements "a:b/c@0.0.1") (instance))
        (import "a:b/d" (instance)))"#;
    let component = Component::new(&engine, component)?;
    let ty = component.component_type();
    let says = |name: &str| -> Vec<bool> { ty.imports(&engine).map(|(_, item)| item.is_implements(name)).collect() };
    assert_eq!(says("a:b/c@1.0.0"), [true, false, false]);
    assert_eq!(says("a:b/c@1.2.0"), [true, false, false]);
    assert_eq!(says("a:b/c@2.0.0"), [false; 3]);
    assert_eq!(says("a:b/c@0.0.1"), [false, true, false]);
    assert_eq!(says("a:b/c@0.0.2"), [false; 3]);
    assert_eq!(says("a:b/d"), [false; 3]);
    Ok(())
}

#[test]
fn a_component_is_written_and_read() -> Result<()> {
    let engine = Engine::default();
    let component = Component::new(&engine, HANDLES)?;
    let artifact = component.serialize()?;
    assert_eq!(artifact, engine.precompile_component(HANDLES.as_bytes())?);
    assert_eq!(Engine::detect_precompiled(&artifact), Some(Precompiled::Component));
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("moved-component.artifact");
    std::fs::write(&file, &artifact).unwrap();
    for read in [Component::deserialize(&engine, &artifact)?, Component::deserialize_file(&engine, &file)?] {
        // Handles of exports are good for both.
        let make = component.get_export_index(None, "make").expect("it is exported");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &read)?;
        instance.get_typed_func::<(u32,), ()>(&mut store, make)?.call(&mut store, (1,))?;
    }
    assert!(Module::deserialize(&engine, &artifact).is_err());
    for end in [0, 8, 20, artifact.len() / 2] {
        assert!(Component::deserialize(&engine, &artifact[..end]).is_err(), "cut off at {end}");
    }
    let nested = Component::new(&engine, "(component (core module $m) (export \"m\" (core module $m)))")?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &nested)?;
    assert!(instance.get_module(&mut store, "m").expect("it is exported").serialize().is_err());
    Ok(())
}

#[test]
fn a_component_tells_what_it_takes() -> Result<()> {
    let engine = Engine::default();
    let component = r#"(component
        (core module $a (memory 3) (table 5 funcref) (memory 1))
        (core module $b (memory 2))
        (core instance (instantiate $a)) (core instance (instantiate $a)) (core instance (instantiate $b)))"#;
    let found = Component::new(&engine, component)?.resources_required().expect("all modules are known");
    assert_eq!((found.num_memories, found.max_initial_memory_size), (5, Some(3)));
    assert_eq!((found.num_tables, found.max_initial_table_size), (2, Some(5)));
    let component = r#"(component (core module (func $a) (func $b)) (core module (import "" "" (func)) (func $c)))"#;
    let component = Component::new(&engine, component)?;
    let functions: Vec<_> = component
        .functions()
        .map(|func| (func.module.as_u32(), func.index.as_u32(), func.name.unwrap_or_default(), func.len))
        .collect();
    assert_eq!(functions, [(0, 0, "a".into(), 2), (0, 1, "b".into(), 2), (1, 1, "c".into(), 2)]);
    let imports = r#"(component (import "m" (core module $m)) (core instance (instantiate $m)))"#;
    assert_eq!(Component::new(&engine, imports)?.resources_required(), None);
    Ok(())
}

#[test]
fn integers_are_looked_at_where_they_lie() -> Result<()> {
    let engine = Engine::default();
    let component = r#"(component
        (import "see" (func $see (param "numbers" (list u32)) (param "more" (list s64))))
        (core module $memory (memory (export "memory") 1)
            (data (i32.const 4) "\01\00\00\00\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff\ff"))
        (core instance $memory (instantiate $memory))
        (core func $see (canon lower (func $see) (memory (core memory $memory "memory"))))
        (core module $m (import "" "see" (func $see (param i32 i32 i32 i32)))
            (func (export "run") (call $see (i32.const 4) (i32.const 3) (i32.const 8) (i32.const 1))))
        (core instance $i (instantiate $m (with "" (instance (export "see" (func $see))))))
        (func (export "run") (canon lift (core func $i "run"))))"#;
    let component = Component::new(&engine, component)?;
    let mut linker = Linker::<(Vec<u32>, Vec<i64>)>::new(&engine);
    linker.root().func_wrap("see", |mut store, (numbers, more): (WasmList<u32>, WasmList<i64>)| {
        let seen = (numbers.as_le_slice(&store).to_vec(), more.as_le_slice(&store).to_vec());
        *store.data_mut() = seen;
        Ok(())
    })?;
    let mut store = Store::new(&engine, Default::default());
    let instance = linker.instantiate(&mut store, &component)?;
    instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    assert_eq!(*store.data(), (vec![1, u32::MAX, u32::MAX], vec![-1]));
    Ok(())
}

//! Memories, tables, globals, tags, and what a module says of itself.

use crate::engines;
use coracle::{
    Engine, ErrorKind, ExternType, Func, Global, GlobalType, Instance, Memory, MemoryType, Module, Mutability, Ref,
    RefType, Result, SharedMemory, Store, Table, TableType, Tag, Val, ValType,
};

#[test]
fn memories_are_seen_from_both_sides() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, 5_u8);
        let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
        let wat = r#"(module (import "" "m" (memory 1 3))
            (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
            (func (export "size") (result i32) (memory.size)))"#;
        let module = Module::new(&engine, wat)?;
        let it = Instance::new(&mut store, &module, &[memory.into()])?;
        let peek = it.get_typed_func::<u32, u32>(&mut store, "peek")?;
        let poke = it.get_typed_func::<(u32, u32), ()>(&mut store, "poke")?;
        let size = it.get_typed_func::<(), u32>(&mut store, "size")?;

        memory.write(&mut store, 10, b"abc")?;
        assert_eq!(peek.call(&mut store, 11)?, u32::from(b'b'));
        poke.call(&mut store, (12, 0x58))?;
        let mut read = [0; 3];
        memory.read(&store, 10, &mut read)?;
        assert_eq!(&read, b"abX");
        assert!(memory.write(&mut store, 65_535, b"ab").is_err());
        assert!(memory.read(&store, usize::MAX, &mut read).is_err());

        assert_eq!(memory.grow(&mut store, 1)?, 1);
        assert_eq!((memory.size(&store), size.call(&mut store, ())?), (2, 2));
        assert_eq!(memory.data_size(&store), 131_072);
        assert_eq!(memory.grow(&mut store, 2).unwrap_err().kind(), ErrorKind::Resource);
        let (bytes, data) = memory.data_and_store_mut(&mut store);
        bytes[131_071] = *data;
        assert_eq!(peek.call(&mut store, 131_071)?, 5);
        assert_eq!(memory.data(&store)[131_071], 5);
        assert_eq!(memory.ty(&store).maximum(), Some(3));
    }
    Ok(())
}

#[test]
fn memory_types_are_checked() {
    let limits = |min, max| MemoryType::builder().min(min).max(max).build();
    assert!(limits(2, Some(1)).is_err());
    assert!(limits(65_537, None).is_err());
    assert!(limits(65_536, Some(65_536)).is_ok());
    assert!(MemoryType::builder().shared(true).build().is_err());
    assert!(MemoryType::builder().page_size_log2(3).build().is_err());
    assert_eq!(MemoryType::builder().page_size_log2(0).min(9).build().map(|ty| ty.page_size()).ok(), Some(1));
}

#[test]
fn tables_hold_functions() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, Some(4)), Ref::Func(None))?;
        let wat = r#"(module (import "" "t" (table 2 4 funcref)) (type $f (func (result i32)))
            (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0))))"#;
        let module = Module::new(&engine, wat)?;
        let it = Instance::new(&mut store, &module, &[table.into()])?;
        let call = it.get_typed_func::<u32, i32>(&mut store, "call")?;
        assert!(call.call(&mut store, 0).is_err());
        let seven = Func::wrap(&mut store, || 7);
        table.set(&mut store, 0, seven.into())?;
        assert_eq!(call.call(&mut store, 0)?, 7);
        assert_eq!(table.grow(&mut store, 2, seven.into())?, 2);
        assert_eq!((table.size(&store), call.call(&mut store, 3)?), (4, 7));
        assert!(table.grow(&mut store, 1, Ref::Func(None)).is_err());
        assert!(table.get(&mut store, 1).expect("inside").is_null());
        assert!(table.get(&mut store, 4).is_none());
        assert!(table.set(&mut store, 4, Ref::Func(None)).is_err());
        assert_eq!(table.set(&mut store, 1, Ref::Extern(None)).unwrap_err().kind(), ErrorKind::Type);
        table.fill(&mut store, 0, Ref::Func(None), 4)?;
        assert!(call.call(&mut store, 3).is_err());
        Table::copy(&mut store, &table, 0, &table, 2, 2)?;
        assert!(Table::copy(&mut store, &table, 3, &table, 0, 2).is_err());
    }
    Ok(())
}

#[test]
fn globals_and_tags() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let ty = GlobalType::new(ValType::I64, Mutability::Var);
        let global = Global::new(&mut store, ty.clone(), Val::I64(3))?;
        assert_eq!(Global::new(&mut store, ty, Val::I32(3)).unwrap_err().kind(), ErrorKind::Type);
        let module = Module::new(
            &engine,
            r#"(module (import "" "g" (global $g (mut i64)))
                (global (export "c") f32 (f32.const 1.5))
                (tag (export "t") (param i32))
                (func (export "double") (global.set $g (i64.mul (global.get $g) (i64.const 2)))))"#,
        )?;
        let it = Instance::new(&mut store, &module, &[global.into()])?;
        it.get_typed_func::<(), ()>(&mut store, "double")?.call(&mut store, ())?;
        assert_eq!(global.get(&mut store).unwrap_i64(), 6);
        global.set(&mut store, Val::I64(-1))?;
        assert_eq!(global.get(&mut store).unwrap_i64(), -1);
        let c = it.get_global(&mut store, "c").expect("it is exported");
        assert_eq!(c.get(&mut store).unwrap_f32(), 1.5);
        assert_eq!(c.set(&mut store, Val::F32(0)).unwrap_err().kind(), ErrorKind::Type);
        let tag = it.get_tag(&mut store, "t").expect("it is exported");
        assert_eq!(tag.ty(&store).ty().params().len(), 1);
        let ty = tag.ty(&store);
        let other = Tag::new(&mut store, &ty)?;
        assert!(Tag::eq(&tag, &tag, &store) && !Tag::eq(&tag, &other, &store));
    }
    Ok(())
}

#[test]
fn shared_memories_join_stores() -> Result<()> {
    for engine in engines(|_| {}) {
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 2))?;
        let wat = r#"(module (import "" "m" (memory 1 2 shared))
            (func (export "add") (param i32) (result i32)
                (i32.atomic.rmw.add (i32.const 0) (local.get 0)))
            (func (export "wait") (result i32)
                (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const 20000000000)))
            (func (export "wake") (result i32)
                (i32.atomic.store (i32.const 4) (i32.const 1))
                (memory.atomic.notify (i32.const 4) (i32.const 1))))"#;
        let module = Module::new(&engine, wat)?;
        let start = || -> Result<(Store<()>, Instance)> {
            let mut store = Store::new(&engine, ());
            let it = Instance::new(&mut store, &module, &[memory.clone().into()])?;
            Ok((store, it))
        };
        std::thread::scope(|scope| {
            let adders: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| -> Result<()> {
                        let (mut store, it) = start()?;
                        let add = it.get_typed_func::<u32, u32>(&mut store, "add")?;
                        (0..1_000).try_for_each(|_| add.call(&mut store, 1).map(drop))
                    })
                })
                .collect();
            adders.into_iter().try_for_each(|adder| adder.join().expect("no panic"))?;
            let (mut store, it) = start()?;
            assert_eq!(it.get_typed_func::<u32, u32>(&mut store, "add")?.call(&mut store, 0)?, 4_000);

            let waiter = scope.spawn(|| -> Result<u32> {
                let (mut store, it) = start()?;
                it.get_typed_func::<(), u32>(&mut store, "wait")?.call(&mut store, ())
            });
            it.get_typed_func::<(), u32>(&mut store, "wake")?.call(&mut store, ())?;
            // Woken, or too late to wait: both end.
            assert!(waiter.join().expect("no panic")? <= 1);
            Ok::<_, coracle::Error>(())
        })?;
        assert_eq!(memory.grow(1)?, 1);
        assert_eq!(memory.data_size(), 131_072);
    }
    Ok(())
}

#[test]
fn a_module_tells_its_imports_and_exports() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module $name (import "a" "b" (func (param i32))) (import "c" "d" (memory 1))
            (func $own (export "f") (result i64) (i64.const 1)) (table (export "t") 3 funcref))"#,
    )?;
    assert_eq!(module.name(), Some("name"));
    let imports: Vec<_> =
        module.imports().map(|import| format!("{}.{} {}", import.module(), import.name(), import.ty())).collect();
    assert_eq!(imports, ["a.b (func (param i32))", "c.d (memory 1)"]);
    let exports: Vec<_> = module.exports().map(|export| format!("{} {}", export.name(), export.ty())).collect();
    assert_eq!(exports, ["f (func (result i64))", "t (table 3 (ref null func))"]);
    assert!(matches!(module.get_export("t"), Some(ExternType::Table(_))));
    assert!(module.get_export("x").is_none());

    let functions: Vec<_> = module.functions().collect();
    let [function] = &functions[..] else { panic!("one is its own: {functions:?}") };
    assert_eq!((function.module.as_u32(), function.index.as_u32(), function.name.as_deref()), (0, 1, Some("own")));
    // No locals, `i64.const 1`, `end`.
    assert!(function.offset > 0 && function.len == 4, "{function:?}");

    let needs = module.resources_required();
    assert_eq!((needs.num_memories, needs.max_initial_memory_size), (0, None));
    assert_eq!((needs.num_tables, needs.max_initial_table_size), (1, Some(3)));

    let mut store = Store::new(&engine, ());
    let quiet = Module::new(&engine, r#"(module (func (export "f") (result i32) (i32.const 4)))"#)?;
    let index = quiet.get_export_index("f").expect("it is exported");
    let it = Instance::new(&mut store, &quiet, &[])?;
    let f = it.get_module_export(&mut store, &index).and_then(|item| item.into_func()).expect("a function");
    assert_eq!(f.typed::<(), i32>(&store)?.call(&mut store, ())?, 4);
    let empty = Module::new(&engine, "(module)")?;
    let other = Instance::new(&mut store, &empty, &[])?;
    assert!(other.get_module_export(&mut store, &index).is_none());
    Ok(())
}

#[test]
#[should_panic(expected = "wrong store")]
fn another_store_is_refused() {
    let engine = Engine::default();
    let mut one = Store::new(&engine, ());
    let mut two = Store::new(&engine, ());
    let f = Func::wrap(&mut one, || {});
    let _ = f.call(&mut two, &[], &mut []);
}

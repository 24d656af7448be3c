//! Calls both ways: typed, dynamic, from closures, through errors and panics.

use crate::engines;
use coracle::{
    AsContextMut, Caller, Engine, ErrorKind, ExnRef, ExnRefPre, ExnType, ExternRef, Func, FuncType, Instance, Module,
    Result, Rooted, Store, Tag, TagType, ThrownException, Trap, V128, Val, ValType, WasmBacktrace,
};

fn instance<T: 'static>(store: &mut Store<T>, wat: &str, imports: &[Func]) -> Result<Instance> {
    let module = Module::new(store.engine(), wat)?;
    let imports: Vec<_> = imports.iter().map(|&func| func.into()).collect();
    Instance::new(store, &module, &imports)
}

#[test]
fn typed_calls_of_every_type() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let wat = r#"(module
            (func (export "i") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
            (func (export "f") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
            (func (export "v") (param v128 i32) (result i32 v128) (local.get 1) (local.get 0))
            (func (export "r") (param externref funcref) (result funcref externref) (local.get 1) (local.get 0))
            (func (export "none")))"#;
        let it = instance(&mut store, wat, &[])?;
        let i = it.get_typed_func::<(i32, i64), (i64, i32)>(&mut store, "i")?;
        assert_eq!(i.call(&mut store, (-1, i64::MIN))?, (i64::MIN, -1));
        let u = it.get_typed_func::<(u32, u64), (u64, u32)>(&mut store, "i")?;
        assert_eq!(u.call(&mut store, (u32::MAX, 7))?, (7, u32::MAX));
        let f = it.get_typed_func::<(f32, f64), (f64, f32)>(&mut store, "f")?;
        assert_eq!(f.call(&mut store, (1.5, -2.5))?, (-2.5, 1.5));
        let v = it.get_typed_func::<(V128, i32), (i32, V128)>(&mut store, "v")?;
        assert_eq!(v.call(&mut store, ((1_u128 << 127).into(), 3))?, (3, (1_u128 << 127).into()));
        let host = ExternRef::new(&mut store, String::from("mine"))?;
        let none = it.get_func(&mut store, "none").expect("it is exported");
        let r = it
            .get_typed_func::<(Option<Rooted<ExternRef>>, Option<Func>), (Option<Func>, Option<Rooted<ExternRef>>)>(
                &mut store, "r",
            )?;
        let (func, back) = r.call(&mut store, (Some(host), Some(none)))?;
        func.expect("not null").typed::<(), ()>(&store)?.call(&mut store, ())?;
        let text = back.expect("not null").data(&store)?.and_then(|data| data.downcast_ref::<String>());
        assert_eq!(text.map(String::as_str), Some("mine"));
        assert!(r.call(&mut store, (None, None))?.0.is_none());
    }
    Ok(())
}

#[test]
fn wrong_types_are_told_before_the_call() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let it = instance(&mut store, r#"(module (func (export "f") (param i32) (result i64) (i64.const 1)))"#, &[])?;
    let wrong = it.get_typed_func::<i64, i64>(&mut store, "f").unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Type);
    assert!(format!("{wrong:#}").contains("parameters: type mismatch: expected i32, found i64"), "{wrong:#}");
    assert_eq!(it.get_typed_func::<i32, ()>(&mut store, "f").unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(it.get_typed_func::<i32, i64>(&mut store, "g").unwrap_err().kind(), ErrorKind::NotFound);
    let f = it.get_func(&mut store, "f").expect("it is exported");
    let mut one = [Val::I32(0)];
    assert_eq!(f.call(&mut store, &[Val::I64(1)], &mut one).unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(f.call(&mut store, &[], &mut one).unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(f.call(&mut store, &[Val::I32(1)], &mut []).unwrap_err().kind(), ErrorKind::Type);
    f.call(&mut store, &[Val::I32(1)], &mut one)?;
    assert_eq!(one[0].unwrap_i64(), 1);
    Ok(())
}

#[test]
fn closures_with_and_without_caller() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, 0_u32);
        let add = Func::wrap(&mut store, |a: i32, b: i32| a.wrapping_add(b));
        let count = Func::wrap(&mut store, |mut caller: Caller<'_, u32>, by: u32| {
            *caller.data_mut() += by;
            (*caller.data(), u64::from(by))
        });
        let wide = Func::wrap(
            &mut store,
            |a: i32, b: i64, c: f32, d: f64, e: i32, f: i32, g: i32, h: i32, i: i32, j: i32, k: i32, l: i32, m: i32| {
                f64::from(a) + b as f64 + f64::from(c) + d + f64::from(e + f + g + h + i + j + k + l + m)
            },
        );
        let wat = r#"(module
            (import "" "add" (func $add (param i32 i32) (result i32)))
            (import "" "count" (func $count (param i32) (result i32 i64)))
            (import "" "wide" (func $wide
                (param i32 i64 f32 f64 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result f64)))
            (func (export "run") (result i32 i64)
                (call $count (call $add (i32.const 20) (i32.const 22))))
            (func (export "wide") (result f64)
                (call $wide (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5) (i32.const 6)
                    (i32.const 7) (i32.const 8) (i32.const 9) (i32.const 10) (i32.const 11) (i32.const 12)
                    (i32.const 13))))"#;
        let it = instance(&mut store, wat, &[add, count, wide])?;
        let run = it.get_typed_func::<(), (u32, u64)>(&mut store, "run")?;
        assert_eq!(run.call(&mut store, ())?, (42, 42));
        assert_eq!(run.call(&mut store, ())?, (84, 42));
        assert_eq!(it.get_typed_func::<(), f64>(&mut store, "wide")?.call(&mut store, ())?, 91.0);
        assert_eq!(*store.data(), 84);
        assert_eq!(add.typed::<(i32, i32), i32>(&store)?.call(&mut store, (1, 2))?, 3);
    }
    Ok(())
}

#[test]
fn dynamic_host_functions_are_checked() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let ty = FuncType::new(&engine, [ValType::I32], [ValType::I64]);
        let good = Func::new(&mut store, ty.clone(), |_, args, results| {
            results[0] = Val::I64(args[0].unwrap_i32().into());
            Ok(())
        });
        let bad = Func::new(&mut store, ty, |_, _, results| {
            results[0] = Val::I32(1);
            Ok(())
        });
        let wat = r#"(module
            (import "" "" (func $f (param i32) (result i64)))
            (func (export "run") (param i32) (result i64) (call $f (local.get 0))))"#;
        let it = instance(&mut store, wat, &[good])?;
        assert_eq!(it.get_typed_func::<i32, i64>(&mut store, "run")?.call(&mut store, -5)?, -5);
        let it = instance(&mut store, wat, &[bad])?;
        let error = it.get_typed_func::<i32, i64>(&mut store, "run")?.call(&mut store, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Type, "{error:#}");
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
struct MyError(u32);

impl std::fmt::Display for MyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mine: {}", self.0)
    }
}

impl std::error::Error for MyError {}

#[test]
fn host_errors_and_panics_come_out_again() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let fail = Func::wrap(&mut store, |x: u32| -> Result<u32> { Err(MyError(x).into()) });
        let wat = r#"(module
            (import "" "" (func $f (param i32) (result i32)))
            (func $inner (param i32) (result i32) (call $f (local.get 0)))
            (func (export "run") (param i32) (result i32) (call $inner (local.get 0))))"#;
        let it = instance(&mut store, wat, &[fail])?;
        let error = it.get_typed_func::<u32, u32>(&mut store, "run")?.call(&mut store, 9).unwrap_err();
        assert_eq!(error.downcast_ref::<MyError>(), Some(&MyError(9)));

        let boom = Func::wrap(&mut store, |_: u32| -> u32 { panic!("boom") });
        let it = instance(&mut store, wat, &[boom])?;
        let run = it.get_typed_func::<u32, u32>(&mut store, "run")?;
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.call(&mut store, 1)));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"boom"));
        // The store is whole: it can be entered again.
        let it = instance(&mut store, r#"(module (func (export "f") (result i32) (i32.const 3)))"#, &[])?;
        assert_eq!(it.get_typed_func::<(), i32>(&mut store, "f")?.call(&mut store, ())?, 3);
    }
    Ok(())
}

#[test]
fn calls_nest_and_end() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, None::<Func>);
        let again = Func::wrap(&mut store, |mut caller: Caller<'_, Option<Func>>, n: i32| -> Result<i32> {
            let func = caller.data().expect("set below");
            func.typed::<i32, i32>(&caller)?.call(&mut caller, n)
        });
        let wat = r#"(module
            (import "" "" (func $again (param i32) (result i32)))
            (func (export "sum") (param i32) (result i32)
                (if (result i32) (i32.eqz (local.get 0))
                    (then (i32.const 0))
                    (else (i32.add (local.get 0) (call $again (i32.sub (local.get 0) (i32.const 1))))))))"#;
        let it = instance(&mut store, wat, &[again])?;
        let sum = it.get_func(&mut store, "sum").expect("it is exported");
        *store.data_mut() = Some(sum);
        let sum = sum.typed::<i32, i32>(&store)?;
        assert_eq!(sum.call(&mut store, 50)?, 1275);
        let error = sum.call(&mut store, 1_000_000).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{error:#}");
        assert_eq!(sum.call(&mut store, 10)?, 55);
    }
    Ok(())
}

#[test]
fn backtraces_name_functions() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let wat = r#"(module $shop
            (func $inner (unreachable))
            (func $outer (export "run") (call $inner)))"#;
        let it = instance(&mut store, wat, &[])?;
        let error = it.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
        let trace = error.downcast_ref::<WasmBacktrace>().expect("frames were recorded");
        let names: Vec<_> = trace.frames().iter().map(|frame| frame.func_name()).collect();
        assert_eq!(names, [Some("inner"), Some("outer")], "{trace}");
        assert_eq!(trace.frames()[0].func_index(), 0);
        assert!(trace.frames()[0].module_offset().is_some());
        assert!(format!("{error:?}").contains("shop!inner"), "{error:?}");
    }
    Ok(())
}

#[test]
fn an_uncaught_exception_is_told() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let wat = r#"(module (tag $t (param i32))
            (func $thrower (throw $t (i32.const 7)))
            (func $run (export "run") (call $thrower)))"#;
        let it = instance(&mut store, wat, &[])?;
        let error = it.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ()).unwrap_err();
        let trace = error.downcast_ref::<WasmBacktrace>().expect("it has a backtrace");
        let names: Vec<_> = trace.frames().iter().map(|frame| frame.func_name()).collect();
        assert_eq!(names, [Some("thrower"), Some("run")]);
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UncaughtException));
        assert!(error.is::<ThrownException>() && store.has_pending_exception());
        let exception = store.take_pending_exception().expect("it was thrown");
        let fields: Vec<_> = exception.fields(&mut store)?.map(|field| field.unwrap_i32()).collect();
        assert_eq!((fields, store.has_pending_exception()), (vec![7], false));
    }
    Ok(())
}

#[test]
fn a_host_function_throws_and_a_guest_catches() -> Result<()> {
    for engine in engines(|_| {}) {
        let mut store = Store::new(&engine, ());
        let tag = Tag::new(&mut store, &TagType::new(FuncType::new(&engine, [ValType::I32], [])))?;
        let ty = ExnType::new(&engine, [ValType::I32])?;
        let throw = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>, x: i32| -> Result<()> {
            let pre = ExnRefPre::new(&mut caller, ty.clone());
            let exception = ExnRef::new(&mut caller, &pre, &tag, &[Val::I32(x + 1)])?;
            caller.as_context_mut().throw(exception)
        });
        let wat = r#"(module
            (import "" "throw" (func $throw (param i32)))
            (import "" "tag" (tag $t (param i32)))
            (func (export "caught") (param i32) (result i32)
                (block $caught (result i32)
                    (try_table (catch $t $caught) (call $throw (local.get 0)))
                    (i32.const -1)))
            (func (export "not") (param i32) (call $throw (local.get 0))))"#;
        let module = Module::new(&engine, wat)?;
        let it = Instance::new(&mut store, &module, &[throw.into(), tag.into()])?;
        let caught = it.get_typed_func::<i32, i32>(&mut store, "caught")?;
        for x in 0..4 {
            assert_eq!(caught.call(&mut store, x)?, x + 1);
            assert!(!store.has_pending_exception());
        }
        let error = it.get_typed_func::<i32, ()>(&mut store, "not")?.call(&mut store, 40).unwrap_err();
        assert!(error.is::<ThrownException>(), "{error:#}");
        let exception = store.take_pending_exception().expect("it was thrown");
        assert!(Tag::eq(&exception.tag(&mut store)?, &tag, &store));
        assert_eq!(exception.fields(&mut store)?.next().map(|x| x.unwrap_i32()), Some(41));
    }
    Ok(())
}

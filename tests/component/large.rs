//! Large components: time is linear, memory bounded, or a limit is named.

use crate::engines;
use coracle::component::{Component, Linker, Val};
use coracle::{Config, Engine, ErrorKind, Result, Store, Trap};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// The time that something takes for a size and for eight times the size, the best of some runs.
fn linear(what: &str, size: usize, run: impl Fn(usize)) {
    let best = |size: usize| {
        let time = |_| {
            let start = Instant::now();
            run(size);
            start.elapsed()
        };
        (0..7).map(time).min().expect("seven runs")
    };
    let (one, eight) = (best(size), best(8 * size));
    println!("{what}: {size}: {one:?}, {}: {eight:?}", 8 * size);
    // Quadratic work would take 64 times as long. What is short is mostly noise.
    assert!(eight < 24 * one + Duration::from_millis(50), "{what}: {one:?} became {eight:?}");
}

/// A core instance for each of `count`, in nested components of a hundred each.
fn instances(count: usize) -> String {
    let mut text = String::from("(component (component $c (core module $m (func (export \"f\")))");
    text.push_str(&"(core instance (instantiate $m))".repeat(99));
    text.push_str("(core instance $i (instantiate $m)) (func (export \"f\") (canon lift (core func $i \"f\"))))");
    for n in 0..count / 100 {
        let _ = write!(text, "(instance $n{n} (instantiate $c)) (export \"n{n}\" (instance $n{n}))");
    }
    text.push(')');
    text
}

#[test]
fn ten_thousand_instances_over_nested_components() -> Result<()> {
    let engine = Engine::default();
    let component = Component::new(&engine, instances(10_000))?;
    let pre = Linker::<()>::new(&engine).instantiate_pre(&component)?;
    let mut store = Store::new(&engine, ());
    let instance = pre.instantiate(&mut store)?;
    let last = instance.get_export_index(&mut store, None, "n99").expect("an instance");
    let func = instance.get_export_index(&mut store, Some(&last), "f").expect("a function");
    instance.get_typed_func::<(), ()>(&mut store, func)?.call(&mut store, ())?;

    let binaries = [1_000, 8_000].map(|count| (count, wat::parse_str(instances(count)).expect("a component in text")));
    linear("instances, loaded", 1_000, |count| {
        let bytes = &binaries.iter().find(|(n, _)| *n == count).expect("one of the two").1;
        drop(Component::new(&engine, bytes).unwrap());
    });
    let pres = [1_000, 8_000].map(|count| {
        let component = Component::new(&engine, instances(count)).unwrap();
        (count, Linker::<()>::new(&engine).instantiate_pre(&component).unwrap())
    });
    linear("instances, made", 1_000, |count| {
        let pre = &pres.iter().find(|(n, _)| *n == count).expect("one of the two").1;
        pre.instantiate(&mut Store::new(&engine, ())).unwrap();
    });
    Ok(())
}

#[test]
fn a_thousand_imports() -> Result<()> {
    let engine = Engine::default();
    let binary = |count: usize| {
        let mut text = String::from("(component");
        for n in 0..count {
            let _ = write!(
                text,
                "(import \"f{n}\" (func $f{n} (result u32))) (core func $g{n} (canon lower (func $f{n})))"
            );
        }
        text.push_str("(core module $m");
        for n in 0..count {
            let _ = write!(text, "(import \"\" \"f{n}\" (func $f{n} (result i32)))");
        }
        text.push_str("(func (export \"sum\") (result i32) i32.const 0");
        for n in 0..count {
            let _ = write!(text, " call $f{n} i32.add");
        }
        text.push_str(")) (core instance $i (instantiate $m (with \"\" (instance");
        for n in 0..count {
            let _ = write!(text, "(export \"f{n}\" (func $g{n}))");
        }
        text.push_str(")))) (func (export \"sum\") (result u32) (canon lift (core func $i \"sum\"))))");
        wat::parse_str(text).expect("a component in text")
    };
    let run = |bytes: &[u8], count: usize| -> Result<u32> {
        let component = Component::new(&engine, bytes)?;
        let mut linker = Linker::<()>::new(&engine);
        for n in 0..count {
            linker.root().func_wrap(&format!("f{n}"), move |_, (): ()| Ok((n as u32,)))?;
        }
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &component)?;
        let (sum,) = instance.get_typed_func::<(), (u32,)>(&mut store, "sum")?.call(&mut store, ())?;
        Ok(sum)
    };
    // The text is read outside of what is timed: its parser is not ours.
    let binaries = [125, 1_000].map(|count| (count, binary(count)));
    assert_eq!(run(&binaries[1].1, 1_000)?, 499_500);
    linear("imports", 125, |count| {
        let bytes = &binaries.iter().find(|(n, _)| *n == count).expect("one of the two").1;
        assert!(run(bytes, count).unwrap() > 0);
    });
    Ok(())
}

/// A function that takes and gives back a type of so many levels.
fn nested(depth: usize) -> String {
    let ty = format!("{}u8{}", "(list ".repeat(depth), ")".repeat(depth));
    format!(
        "(component
            (import \"f\" (func $f (param \"x\" {ty})))
            (component $c
                (core module $m (memory (export \"m\") 1) (func (export \"f\") (param i32 i32))
                    (func (export \"r\") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
                (core instance $i (instantiate $m))
                (func (export \"f\") (param \"x\" {ty}) (canon lift (core func $i \"f\")
                    (memory (core memory $i \"m\")) (realloc (core func $i \"r\")))))
            (instance $i (instantiate $c))
            (export \"f\" (func $i \"f\")))"
    )
}

#[test]
fn types_nested_to_the_limit() -> Result<()> {
    let engine = Engine::default();
    let deepest = (1..200).take_while(|&depth| Component::new(&engine, nested(depth)).is_ok()).count();
    println!("types nest {deepest} deep");
    assert!(deepest >= 90, "{deepest}");
    let component = Component::new(&engine, nested(deepest))?;
    let mut linker = Linker::<()>::new(&engine);
    linker.root().func_new("f", |_, _, _, _| Ok(()))?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    let mut value = Val::U8(7);
    for _ in 0..deepest {
        value = Val::List(vec![value]);
    }
    instance.get_func(&mut store, "f").expect("it is exported").call(&mut store, &[value], &mut [])?;
    for depth in [deepest + 1, 1_000, 20_000] {
        let error = Component::new(&engine, nested(depth)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Limit), "{depth}: {error}");
    }
    Ok(())
}

#[test]
fn the_work_of_the_host_for_a_guest_is_bounded() -> Result<()> {
    for engine in engines() {
        let text = r#"(component
            (import "f" (func $f (param "x" (list string))))
            (core module $libc (memory (export "m") 64))
            (core instance $libc (instantiate $libc))
            (core func $g (canon lower (func $f) (memory (core memory $libc "m"))))
            (core module $m (import "" "f" (func $f (param i32 i32))) (import "" "m" (memory 64))
                (func (export "f") (param $strings i32) (param $bytes i32) (local $n i32)
                    ;; Each of the strings is the same stretch of memory.
                    (loop
                        (i32.store (i32.mul (local.get $n) (i32.const 8)) (i32.const 1048576))
                        (i32.store offset=4 (i32.mul (local.get $n) (i32.const 8)) (local.get $bytes))
                        (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $strings))))
                    (call $f (i32.const 0) (local.get $strings))))
            (core instance $i (instantiate $m (with "" (instance
                (export "f" (func $g)) (export "m" (memory $libc "m"))))))
            (func (export "f") (param "strings" u32) (param "bytes" u32) (canon lift (core func $i "f"))))"#;
        let component = Component::new(&engine, text)?;
        let mut linker = Linker::<()>::new(&engine);
        linker.root().func_wrap("f", |_, (_,): (Vec<String>,)| Ok(()))?;
        let pre = linker.instantiate_pre(&component)?;
        let call = |fuel: Option<usize>, args: (u32, u32)| -> Result<()> {
            let mut store = Store::new(&engine, ());
            if let Some(fuel) = fuel {
                store.set_hostcall_fuel(fuel);
            }
            let instance = pre.instantiate(&mut store)?;
            instance.get_typed_func::<(u32, u32), ()>(&mut store, "f")?.call(&mut store, args)
        };
        call(None, (100, 100_000))?;
        let error = call(None, (10_000, 1 << 20)).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::HostcallFuel), "{error:#}");
        call(Some(10_000), (10, 500))?;
        let error = call(Some(10_000), (10, 2_000)).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::HostcallFuel), "{error:#}");
    }
    Ok(())
}

#[test]
fn a_limiter_of_instances_holds_in_components() -> Result<()> {
    let engine = Engine::new(&Config::new())?;
    let component = Component::new(&engine, instances(200))?;
    let limits = coracle::StoreLimitsBuilder::new().instances(100).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let error = Linker::new(&engine).instantiate(&mut store, &component).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    Ok(())
}

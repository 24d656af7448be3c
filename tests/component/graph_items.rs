//! What can be linked beside functions and interfaces: nested instances, core modules; and graphs that are large, or
//! break off in the middle.

use crate::engines;
use coracle::component::{Component, InstancePre, Linker};
use coracle::{Engine, ErrorKind, Result, Store, Trap};
use std::fmt::Write;
use std::sync::Arc;

/// An instance in an instance, with a function and a core module.
const NESTED: &str = r#"(component
  (core module $m (func (export "f") (result i32) (i32.const 7)))
  (core instance $m (instantiate $m))
  (func $f (result u32) (canon lift (core func $m "f")))
  (core module $code (func (export "g") (result i32) (i32.const 11)))
  (instance $inner (export "f" (func $f)) (export "code" (core module $code)))
  (instance $outer (export "inner" (instance $inner)))
  (export "outer" (instance $outer)))"#;

/// Takes the inner one, instantiates its module, and passes it on.
const INNER: &str = r#"(component
  (import "inner" (instance $inner
    (export "f" (func (result u32)))
    (export "code" (core module (export "g" (func (result i32)))))))
  (core instance $code (instantiate (module $inner "code")))
  (func (export "g") (result u32) (canon lift (core func $code "g")))
  (export "f" (func $inner "f"))
  (export "again" (instance $inner)))"#;

/// Takes the outer one, and calls a function of the inner one.
const OUTER: &str = r#"(component
  (import "outer" (instance $outer (export "inner" (instance (export "f" (func (result u32)))))))
  (alias export $outer "inner" (instance $inner))
  (core func $f (canon lower (func $inner "f")))
  (core module $m (import "" "f" (func $f (result i32)))
    (func (export "f") (result i32) (i32.add (call $f) (i32.const 1))))
  (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
  (func (export "f") (result u32) (canon lift (core func $m "f"))))"#;

/// Takes the core module alone.
const MODULE: &str = r#"(component
  (import "code" (core module $code (export "g" (func (result i32)))))
  (core instance $code (instantiate $code))
  (func (export "g") (result u32) (canon lift (core func $code "g"))))"#;

type Pre = InstancePre<()>;

fn unlinked(engine: &Engine, text: &str) -> Result<Pre> {
    Linker::new(engine).instantiate_pre(&Component::new(engine, text)?)
}

/// What a function of a fresh instance returns.
fn call(pre: &Pre, name: &str) -> Result<u32> {
    let mut store = Store::new(pre.engine(), ());
    let instance = pre.instantiate(&mut store)?;
    Ok(instance.get_typed_func::<(), (u32,)>(&mut store, name)?.call(&mut store, ())?.0)
}

#[test]
fn nested_instances_and_modules() -> Result<()> {
    for engine in engines() {
        let nested = unlinked(&engine, NESTED)?;
        let inner = nested.component().root().child("outer")?.child("inner")?;
        let code = inner.child("code")?.index();
        let [inner, outer, module] = [INNER, OUTER, MODULE].map(|text| Component::new(&engine, text));
        let (inner, outer, module) = (inner?, outer?, module?);
        let of_nested = nested.component().root().child("outer")?.child("inner")?.index();

        // A nested instance by its handle; one that passes it on leads to where its functions are defined.
        let mut linker = Linker::new(&engine);
        linker.root().export("inner", &nested, of_nested)?;
        let passes_on = linker.instantiate_pre(&inner)?;
        assert_eq!((call(&passes_on, "f")?, call(&passes_on, "g")?), (7, 11));
        let mut linker = Linker::new(&engine);
        linker.root().export("inner", &passes_on, "again")?;
        let again = linker.instantiate_pre(&inner)?;
        assert_eq!((call(&again, "f")?, call(&again, "g")?), (7, 11));
        assert_eq!(again.graph().nodes().len(), 3);

        // The outer one as it is, and made of what others export.
        let mut linker = Linker::new(&engine);
        linker.link(&nested)?;
        assert_eq!(call(&linker.instantiate_pre(&outer)?, "f")?, 8);
        for pre in [&passes_on, &again] {
            let mut linker = Linker::new(&engine);
            linker.instance("outer")?.instance("inner")?.export("f", pre, "f")?;
            assert_eq!(call(&linker.instantiate_pre(&outer)?, "f")?, 8);
            let mut linker = Linker::new(&engine);
            linker.instance("outer")?.export("inner", pre, "again")?;
            let made = linker.instantiate_pre(&outer)?;
            assert_eq!(call(&made, "f")?, 8);
            let edges: Vec<_> = made.graph().edges().iter().map(|edge| edge.import.clone()).collect();
            assert!(edges.contains(&"outer#inner".to_owned()), "{edges:?}");
        }

        // A core module, of the component that has it and of one that imports it itself; and of an instance that lives.
        let mut linker = Linker::new(&engine);
        linker.root().export("code", &nested, code)?;
        assert_eq!(call(&linker.instantiate_pre(&module)?, "g")?, 11);
        let mut linker = Linker::new(&engine);
        linker.root().export(
            "code",
            &passes_on,
            passes_on.component().root().child("again")?.child("code")?.index(),
        )?;
        assert_eq!(call(&linker.instantiate_pre(&module)?, "g")?, 11);
        let mut store = Store::new(&engine, ());
        let lives = nested.instantiate(&mut store)?;
        let mut linker = Linker::new(&engine);
        linker.root().export_of("inner", &mut store, &lives, of_nested)?;
        let instance = linker.instantiate_pre(&inner)?.instantiate(&mut store)?;
        for (name, want) in [("f", 7), ("g", 11)] {
            let func = instance.get_typed_func::<(), (u32,)>(&mut store, name)?;
            assert_eq!(func.call(&mut store, ())?, (want,));
        }
    }
    Ok(())
}

#[test]
fn what_does_not_fit_in_what_is_nested_is_told_by_its_path() -> Result<()> {
    let engine = Engine::default();
    let nested = unlinked(&engine, NESTED)?;
    let inner = nested.component().root().child("outer")?.child("inner")?;
    let wide = INNER.replace("(result i32)", "(result i64)").replace("(result u32) (canon", "(result u64) (canon");
    for (name, item, text, words) in [
        ("inner", inner.index(), INNER.replace("\"g\"", "\"h\""), ["inner#code", "`h`"]),
        ("inner", inner.index(), wide, ["inner#code", "`g`"]),
        ("inner", inner.index(), INNER.replacen("(result u32)", "(result u64)", 1), ["inner#f", "func() -> u64"]),
        ("inner", inner.child("f")?.index(), INNER.into(), ["`inner`", "expected instance found function"]),
        ("code", inner.index(), MODULE.into(), ["`code`", "expected module found instance"]),
        ("outer", inner.index(), OUTER.into(), ["`inner`", "outer"]),
    ] {
        let mut linker = Linker::new(&engine);
        linker.root().export(name, &nested, item)?;
        let error = linker.instantiate_pre(&Component::new(&engine, text)?).err().expect("it does not fit");
        let text = format!("{error:#}");
        assert!(error.kind() == ErrorKind::Link && words.iter().all(|word| text.contains(word)), "{text}: {words:?}");
    }
    let error = Linker::new(&engine).root().export("x", &nested, "inner").expect_err("it is nested");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let other = unlinked(&engine, MODULE.replace("(import \"code\" (core module $code", "(core module $code").as_str());
    assert!(other.is_err(), "a module type is no module");
    // A handle of another component finds nothing.
    let foreign = unlinked(&engine, "(component (instance $i) (export \"i\" (instance $i)))")?;
    let foreign = foreign.component().root().child("i")?.index();
    let error = Linker::new(&engine).root().export("x", &nested, foreign).expect_err("it is another component's");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    Ok(())
}

/// Imports `run` and exports it, one more.
const MORE: &str = r#"(component
  (import "run" (func $run (result u32)))
  (core func $run' (canon lower (func $run)))
  (core module $m (import "" "run" (func $run (result i32)))
    (func (export "run") (result i32) (i32.add (call $run) (i32.const 1))))
  (core instance $m (instantiate $m (with "" (instance (export "run" (func $run'))))))
  (func (export "run") (result u32) (canon lift (core func $m "run"))))"#;

const ONE: &str = r#"(component
  (core module $m (func (export "run") (result i32) (i32.const 1)))
  (core instance $m (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $m "run"))))"#;

#[test]
fn a_component_cannot_be_its_own_import() -> Result<()> {
    let engine = Engine::default();
    let one = unlinked(&engine, ONE)?;
    let component = Component::new(&engine, MORE)?;
    let more = |to: &Pre| {
        let mut linker = Linker::new(&engine);
        linker.link(to)?;
        linker.instantiate_pre(&component)
    };
    // It can be another copy's.
    let two = more(&one)?;
    let three = more(&two)?;
    assert_eq!(call(&three, "run")?, 3);
    // What takes the place of a component is linked to what it was linked to before: no way leads back to it.
    assert_eq!(call(&three.with_node(&one, &three)?, "run")?, 5);
    assert_eq!(call(&three.with_node(&two, &three)?, "run")?, 4);
    assert_eq!(call(&three.with_node(&one, &one)?, "run")?, 3);
    assert!(unlinked(&engine, MORE).is_err());
    Ok(())
}

#[test]
fn a_thousand_beside_each_other() -> Result<()> {
    let engine = Engine::default();
    let one = Component::new(&engine, ONE)?;
    let (mut text, mut given, mut imports, mut calls) =
        (String::from("(component\n"), String::new(), String::new(), String::from("(i32.const 0)"));
    let mut linker = Linker::<()>::new(&engine);
    for n in 0..1000 {
        linker.root().export(&format!("run{n}"), &Linker::new(&engine).instantiate_pre(&one)?, "run")?;
        let _ = writeln!(
            text,
            "(import \"run{n}\" (func $f{n} (result u32))) (core func $g{n} (canon lower (func $f{n})))"
        );
        let _ = write!(given, "(export \"f{n}\" (func $g{n}))");
        let _ = write!(imports, "(import \"\" \"f{n}\" (func $f{n} (result i32)))");
        let _ = write!(calls, "(i32.add (call $f{n}))");
    }
    let _ = write!(
        text,
        "(core module $m {imports} (func (export \"run\") (result i32) {calls}))
         (core instance $m (instantiate $m (with \"\" (instance {given}))))
         (func (export \"run\") (result u32) (canon lift (core func $m \"run\"))))"
    );
    let pre = linker.instantiate_pre(&Component::new(&engine, text)?)?;
    assert_eq!((pre.graph().nodes().len(), pre.graph().edges().len()), (1001, 1000));
    assert_eq!(call(&pre, "run")?, 1000);
    // One of them is exchanged.
    let node = pre.graph().nodes()[500].clone();
    assert_eq!(call(&pre.with_node(&node, &Linker::new(&engine).instantiate_pre(&one)?)?, "run")?, 1000);
    Ok(())
}

#[test]
fn ten_thousand_interfaces() -> Result<()> {
    // What a component may have of instances is limited, so five import two thousand each, of one.
    let engine = Engine::default();
    let mut exports = String::from(
        "(component (core module $m (func (export \"f\") (result i32) (i32.const 3))) (core instance $m (instantiate $m))
        (func $f (result u32) (canon lift (core func $m \"f\"))) (instance $i (export \"f\" (func $f)))\n",
    );
    let mut imports = String::from("(component\n");
    for n in 0..2000 {
        let _ = writeln!(exports, "(export \"a:b/i{n}@1.0.1\" (instance $i))");
        let _ = writeln!(imports, "(import \"a:b/i{n}@1.0.0\" (instance $i{n} (export \"f\" (func (result u32)))))");
    }
    imports.push_str("(export \"first\" (func $i0 \"f\")) (export \"run\" (func $i1999 \"f\")))");
    let mut linker = Linker::new(&engine);
    linker.link(&unlinked(&engine, &format!("{exports})"))?)?;
    let component = Component::new(&engine, imports)?;
    let mut root = Linker::<()>::new(&engine);
    let mut all = String::from("(component\n");
    for n in 0..5 {
        root.root().export(&format!("run{n}"), &linker.instantiate_pre(&component)?, "run")?;
        let _ = writeln!(all, "(import \"run{n}\" (func $f{n} (result u32))) (export \"again{n}\" (func $f{n}))");
    }
    let pre = root.instantiate_pre(&Component::new(&engine, all + ")")?)?;
    assert_eq!((pre.graph().nodes().len(), pre.graph().edges().len()), (7, 10_005));
    assert_eq!(call(&pre, "again4")?, 3);
    // More in one component are refused by name.
    (0..8000).for_each(|n| exports += &format!("(export \"c:d/i{n}\" (instance $i))\n"));
    let error = Component::new(&engine, exports + ")").expect_err("too many");
    assert!(format!("{error:#}").contains("limit"), "{error:#}");
    Ok(())
}

#[test]
fn a_graph_that_breaks_off_leaves_nothing_behind() -> Result<()> {
    let traps = r#"(component
      (import "run" (func $run (result u32)))
      (import "tell" (func $tell))
      (core func $run' (canon lower (func $run)))
      (core func $tell' (canon lower (func $tell)))
      (core module $m (import "" "run" (func $run (result i32))) (import "" "tell" (func $tell))
        (func $start (call $tell) (if (i32.ne (call $run) (i32.const 2)) (then unreachable))) (start $start)
        (func (export "run") (result i32) (call $run)))
      (core instance $m (instantiate $m (with "" (instance (export "run" (func $run')) (export "tell" (func $tell'))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))"#;
    for engine in engines() {
        let held = Arc::new(());
        let one = unlinked(&engine, ONE)?;
        let mut linker = Linker::<()>::new(&engine);
        let tell = held.clone();
        linker.root().func_wrap("tell", move |_, ()| {
            assert!(Arc::strong_count(&tell) > 1);
            Ok(())
        })?;
        linker.root().export("run", &one, "run")?;
        let middle = linker.instantiate_pre(&Component::new(&engine, traps)?)?;
        drop(linker);
        let mut linker = Linker::new(&engine);
        linker.link(&middle)?;
        let root = linker.instantiate_pre(&Component::new(&engine, MORE)?)?;
        drop(linker);
        let mut store = Store::new(&engine, ());
        for _ in 0..3 {
            let error = root.instantiate(&mut store).expect_err("the one in the middle traps");
            assert_eq!(error.downcast_ref(), Some(&Trap::UnreachableCodeReached));
            assert!(format!("{error:#}").contains("in component 2 of 3"), "{error:#}");
        }
        // The store is good for others, for the same graph with another component too.
        let mut linker = Linker::new(&engine);
        linker.link(&one)?;
        let two = linker.instantiate_pre(&Component::new(&engine, MORE)?)?;
        let mended = root.with_node(&one, &two)?;
        let instance = mended.instantiate(&mut store)?;
        assert_eq!(instance.get_typed_func::<(), (u32,)>(&mut store, "run")?.call(&mut store, ())?, (3,));
        assert!(instance.node(&store, &middle).is_none() && instance.node(&store, &two).is_some());
        drop((root, mended, middle, store));
        assert_eq!(Arc::strong_count(&held), 1);
    }
    Ok(())
}

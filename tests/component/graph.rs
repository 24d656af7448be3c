//! Components linked at run time: an import is an export of another linked component.

use crate::engines;
use coracle::component::types::{ComponentExtern, ComponentItem};
use coracle::component::{Component, InstancePre, Linker, Val};
use coracle::{Engine, ErrorKind, Result, Store, Trap};

/// A defines a resource whose representation is the place of a string, and counts what is dropped.
const DEFINES: &str = r#"(component
  (core module $mem
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (global $dropped (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (if (local.get 0) (then (return (local.get 0))))
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3))))
    (func (export "dtor") (param i32) (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))
    (func (export "dropped") (result i32) (global.get $dropped)))
  (core instance $mem (instantiate $mem))
  (type $res' (resource (rep i32) (dtor (core func $mem "dtor"))))
  (export $res "res" (type $res'))
  (type $entry' (record (field "name" string) (field "n" u64) (field "tags" (list string))))
  (export $entry "entry" (type $entry'))
  (core func $new (canon resource.new $res'))
  (core module $code
    (import "m" "memory" (memory 1))
    (import "m" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
    (import "m" "new" (func $new (param i32) (result i32)))
    (func (export "make") (param i32 i32) (result i32) (local $at i32)
      (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
      (i32.store (local.get $at) (local.get 0))
      (i32.store offset=4 (local.get $at) (local.get 1))
      (call $new (local.get $at)))
    (func (export "text") (param i32) (result i32) (local.get 0))
    (func (export "pick") (param $list i32) (param $len i32) (param $n i32) (result i32) (local $to i32)
      (local.set $to (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 32)))
      (i32.store (local.get $to) (i32.const 0))
      (if (i32.lt_u (local.get $n) (local.get $len)) (then
        (i32.store (local.get $to) (i32.const 1))
        (memory.copy (i32.add (local.get $to) (i32.const 8))
          (i32.add (local.get $list) (i32.mul (local.get $n) (i32.const 24))) (i32.const 24))))
      (local.get $to)))
  (core instance $code (instantiate $code (with "m" (instance
    (export "memory" (memory $mem "memory")) (export "realloc" (func $mem "realloc")) (export "new" (func $new))))))
  (func (export "make") (param "name" string) (result (own $res))
    (canon lift (core func $code "make") (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (func (export "text") (param "self" (borrow $res)) (result string)
    (canon lift (core func $code "text") (memory (core memory $mem "memory"))))
  (func (export "pick") (param "list" (list $entry)) (param "n" u32) (result (option $entry))
    (canon lift (core func $code "pick") (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (func (export "dropped") (result u32) (canon lift (core func $mem "dropped")))
)"#;

/// B passes on the resource and what makes one, calls A for the text, in another encoding, and takes and gives records.
const PASSES_ON: &str = r#"(component
  (import "res" (type $res (sub resource)))
  (type $entry' (record (field "name" string) (field "n" u64) (field "tags" (list string))))
  (import "entry" (type $entry (eq $entry')))
  (import "make" (func $make (param "name" string) (result (own $res))))
  (import "text" (func $text (param "self" (borrow $res)) (result string)))
  (import "pick" (func $pick (param "list" (list $entry)) (param "n" u32) (result (option $entry))))
  (core module $mem
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 2048))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (if (local.get 0) (then (return (local.get 0))))
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $mem (instantiate $mem))
  (core func $text' (canon lower (func $text) (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))
    string-encoding=utf16))
  (core func $pick' (canon lower (func $pick) (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core func $drop (canon resource.drop $res))
  (core module $code
    (import "" "text" (func $text (param i32 i32)))
    (import "" "pick" (func $pick (param i32 i32 i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "text") (param $self i32) (result i32)
      (call $text (local.get $self) (i32.const 16))
      (call $drop (local.get $self))
      (i32.const 16))
    (func (export "pick") (param i32 i32 i32) (result i32)
      (call $pick (local.get 0) (local.get 1) (local.get 2) (i32.const 64))
      (i32.const 64)))
  (core instance $code (instantiate $code (with "" (instance
    (export "text" (func $text')) (export "pick" (func $pick')) (export "drop" (func $drop))))))
  (export $res2 "res" (type $res))
  (export $entry2 "entry" (type $entry))
  (export "make" (func $make) (func (param "name" string) (result (own $res2))))
  (func $text2 (param "self" (borrow $res)) (result string)
    (canon lift (core func $code "text") (memory (core memory $mem "memory")) string-encoding=utf16))
  (export "text" (func $text2) (func (param "self" (borrow $res2)) (result string)))
  (func $pick2 (param "list" (list $entry)) (param "n" u32) (result (option $entry))
    (canon lift (core func $code "pick") (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (export "pick" (func $pick2) (func (param "list" (list $entry2)) (param "n" u32) (result (option $entry2))))
)"#;

/// C makes a resource, asks for its text, and drops it: the text's length, its first letter, and how often that was.
const DROPS: &str = r#"(component
  (import "res" (type $res (sub resource)))
  (import "make" (func $make (param "name" string) (result (own $res))))
  (import "text" (func $text (param "self" (borrow $res)) (result string)))
  (import "dropped" (func $dropped (result u32)))
  (core module $mem
    (memory (export "memory") 1)
    (data (i32.const 16) "hello")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (core instance $mem (instantiate $mem))
  (core func $make' (canon lower (func $make) (memory (core memory $mem "memory"))))
  (core func $text' (canon lower (func $text) (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core func $dropped' (canon lower (func $dropped)))
  (core func $drop (canon resource.drop $res))
  (core module $code
    (import "" "memory" (memory 1))
    (import "" "make" (func $make (param i32 i32) (result i32)))
    (import "" "text" (func $text (param i32 i32)))
    (import "" "dropped" (func $dropped (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32) (local $it i32)
      (local.set $it (call $make (i32.const 16) (i32.const 5)))
      (call $text (local.get $it) (i32.const 0))
      (call $drop (local.get $it))
      (i32.add
        (i32.mul (call $dropped) (i32.const 10000))
        (i32.add (i32.mul (i32.load offset=4 (i32.const 0)) (i32.const 1000))
          (i32.load8_u (i32.load (i32.const 0)))))))
  (core instance $code (instantiate $code (with "" (instance (export "memory" (memory $mem "memory"))
    (export "make" (func $make')) (export "text" (func $text')) (export "dropped" (func $dropped'))
    (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $code "run")))
)"#;

/// Calls what is next with one more, and traps where the number comes to a hundred.
const NEXT: &str = r#"(component
  (import "next" (func $next (param "n" u32) (result u32)))
  (core func $next' (canon lower (func $next)))
  (core module $code
    (import "" "next" (func $next (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (if (i32.eq (local.get 0) (i32.const 100)) (then unreachable))
      (call $next (i32.add (local.get 0) (i32.const 1)))))
  (core instance $code (instantiate $code (with "" (instance (export "next" (func $next'))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $code "run"))))"#;

/// Gives back what it is given.
const LAST: &str = r#"(component
  (core module $code (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance $code (instantiate $code))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $code "run"))))"#;

type Pre = InstancePre<()>;

fn linked(engine: &Engine, text: &str, to: &[(&str, &Pre, &str)]) -> Result<Pre> {
    let mut linker = Linker::new(engine);
    for (name, pre, item) in to {
        linker.root().export(name, pre, item)?;
    }
    linker.instantiate_pre(&Component::new(engine, text)?)
}

/// A, B linked to A, C linked to B but for one function of A's.
fn three(engine: &Engine) -> Result<[Pre; 3]> {
    let a = linked(engine, DEFINES, &[])?;
    let mut linker = Linker::new(engine);
    linker.link(&a)?;
    let b = linker.instantiate_pre(&Component::new(engine, PASSES_ON)?)?;
    let mut linker = Linker::new(engine);
    linker.link(&b)?;
    linker.root().export("dropped", &a, a.component().root().child("dropped")?.index())?;
    let c = linker.instantiate_pre(&Component::new(engine, DROPS)?)?;
    Ok([a, b, c])
}

/// A chain of so many, the last one first.
fn chain(engine: &Engine, length: usize) -> Result<Pre> {
    let next = Component::new(engine, NEXT)?;
    let mut linker = Linker::new(engine);
    linker.allow_shadowing(true);
    let mut pre = linked(engine, LAST, &[])?;
    for _ in 1..length {
        linker.root().export("next", &pre, "run")?;
        pre = linker.instantiate_pre(&next)?;
    }
    Ok(pre)
}

#[test]
fn a_resource_is_defined_passed_on_and_dropped() -> Result<()> {
    for engine in engines() {
        let [_, _, c] = three(&engine)?;
        let mut store = Store::new(&engine, ());
        let instances = [c.instantiate(&mut store)?, c.instantiate(&mut store)?];
        for dropped in 1..4 {
            for instance in instances {
                let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run")?;
                // Each instance of the graph has an A of its own, which B and C share.
                assert_eq!(run.call(&mut store, ())?, (dropped * 10000 + 5 * 1000 + u32::from(b'h'),));
            }
        }
    }
    Ok(())
}

#[test]
fn records_lists_and_options_cross_twice() -> Result<()> {
    for engine in engines() {
        let [_, b, _] = three(&engine)?;
        let mut store = Store::new(&engine, ());
        let instance = b.instantiate(&mut store)?;
        let pick = instance.get_func(&mut store, "pick").expect("a function");
        let entry = |name: &str, n: u64, tags: &[&str]| {
            let tags = tags.iter().map(|&tag| Val::String(tag.into())).collect();
            let fields = [("name", Val::String(name.into())), ("n", Val::U64(n)), ("tags", Val::List(tags))];
            Val::Record(fields.map(|(name, value)| (name.into(), value)).into())
        };
        let all = vec![entry("eins", 1, &[]), entry("zwei äöü", u64::MAX, &["a", "", "ß𝄞"])];
        let mut results = [Val::Bool(false)];
        for (n, want) in [(0, Some(all[0].clone())), (1, Some(all[1].clone())), (2, None)] {
            pick.call(&mut store, &[Val::List(all.clone()), Val::U32(n)], &mut results)?;
            assert_eq!(results[0], Val::Option(want.map(Box::new)));
        }
    }
    Ok(())
}

#[test]
fn what_is_passed_on_is_called_by_the_host() -> Result<()> {
    for engine in engines() {
        let [_, b, _] = three(&engine)?;
        let mut store = Store::new(&engine, ());
        let instance = b.instantiate(&mut store)?;
        let (make, text) = (instance.get_func(&mut store, "make"), instance.get_func(&mut store, "text"));
        let (make, text) = (make.expect("a function"), text.expect("a function"));
        let mut results = [Val::Bool(false)];
        make.call(&mut store, &[Val::String("grüße".into())], &mut results)?;
        let Val::Resource(resource) = results[0] else { panic!("{results:?}") };
        text.call(&mut store, &[Val::Resource(resource)], &mut results)?;
        assert_eq!(results[0], Val::String("grüße".into()));
        assert_eq!(Some(resource.ty()), instance.get_resource(&mut store, "res"));
        resource.resource_drop(&mut store)?;
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_an_error_by_path_and_type() -> Result<()> {
    let [engine, other] = [Engine::default(), Engine::default()];
    let [a, b, _] = three(&engine)?;
    let copy = linked(&engine, DEFINES, &[])?;
    let drops = |make: &Pre, text: (&Pre, &str)| {
        linked(
            &engine,
            DROPS,
            &[("res", &a, "res"), ("make", make, "make"), ("text", text.0, text.1), ("dropped", &a, "dropped")],
        )
    };
    drops(&a, (&b, "text"))?;
    for (result, kind, words) in [
        (linked(&engine, NEXT, &[("next", &a, "nothing")]), ErrorKind::NotFound, &["next", "no such export"][..]),
        (linked(&engine, NEXT, &[]), ErrorKind::Link, &["next", "not found"]),
        (linked(&other, NEXT, &[("next", &a, "pick")]), ErrorKind::Link, &["Engine"]),
        (
            linked(&engine, NEXT, &[("next", &a, "res")]),
            ErrorKind::Link,
            &["`next`", "expected function found resource"],
        ),
        (
            linked(&engine, NEXT, &[("next", &a, "dropped")]),
            ErrorKind::Link,
            &["`next`", "`func(n: u32) -> u32`", "`func() -> u32`"],
        ),
        (drops(&copy, (&b, "text")), ErrorKind::Link, &["`make`", "resource type"]),
        (drops(&a, (&copy, "text")), ErrorKind::Link, &["`text`", "resource type"]),
        (drops(&a, (&a, "dropped")), ErrorKind::Link, &["`text`", "func(self: borrow) -> string"]),
    ] {
        let Err(error) = result else { panic!("{words:?} was linked") };
        let text = format!("{error:#}");
        assert_eq!(error.kind(), kind, "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{text}: {words:?}");
    }
    let mut linker = Linker::new(&engine);
    linker.link(&a)?;
    assert!(linker.link(&a).is_err_and(|error| format!("{error}").contains("twice")));
    Ok(())
}

#[test]
fn a_trap_poisons_what_is_in_the_call_alone() -> Result<()> {
    for engine in engines() {
        let last = linked(&engine, LAST, &[])?;
        let middle = linked(&engine, NEXT, &[("next", &last, "run")])?;
        let first = linked(&engine, NEXT, &[("next", &middle, "run")])?;
        let beside = linked(&engine, NEXT, &[("next", &last, "run")])?;
        // Both lead to the same last one.
        let both = r#"(component
          (import "a" (func $a (param "n" u32) (result u32))) (import "b" (func $b (param "n" u32) (result u32)))
          (export "a" (func $a)) (export "b" (func $b)))"#;
        let both = linked(&engine, both, &[("a", &first, "run"), ("b", &beside, "run")])?;
        let mut store = Store::new(&engine, ());
        let instance = both.instantiate(&mut store)?;
        let a = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "a")?;
        let b = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "b")?;
        let trap = |result: Result<(u32,)>| result.map_err(|error| *error.downcast_ref::<Trap>().expect("a trap"));
        assert_eq!((a.call(&mut store, (1,))?, b.call(&mut store, (1,))?), ((3,), (2,)));
        assert_eq!(trap(a.call(&mut store, (99,))), Err(Trap::UnreachableCodeReached));
        assert_eq!(trap(a.call(&mut store, (1,))), Err(Trap::CannotEnterComponent));
        assert_eq!(b.call(&mut store, (1,))?, (2,));
    }
    Ok(())
}

#[test]
fn a_start_that_traps_is_told_by_its_place() -> Result<()> {
    for engine in engines() {
        let traps = r#"(component
          (import "next" (func (param "n" u32) (result u32)))
          (core module $code (func unreachable) (start 0) (func (export "run") (param i32) (result i32) local.get 0))
          (core instance $code (instantiate $code))
          (func (export "run") (param "n" u32) (result u32) (canon lift (core func $code "run"))))"#;
        let last = linked(&engine, LAST, &[])?;
        let middle = linked(&engine, traps, &[("next", &last, "run")])?;
        let first = linked(&engine, NEXT, &[("next", &middle, "run")])?;
        let error = first.instantiate(&mut Store::new(&engine, ())).expect_err("it traps");
        assert_eq!(error.downcast_ref(), Some(&Trap::UnreachableCodeReached));
        assert!(format!("{error:#}").contains("in component 2 of 3"), "{error:#}");
    }
    Ok(())
}

#[test]
fn a_thousand_in_a_row() -> Result<()> {
    for engine in engines() {
        let pre = chain(&engine, 1000)?;
        let mut store = Store::new(&engine, ());
        let instance = pre.instantiate(&mut store)?;
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
        assert_eq!(run.call(&mut store, (1000,))?, (1999,));
    }
    Ok(())
}

#[test]
fn a_long_chain_is_dropped_without_recursion() -> Result<()> {
    let engine = Engine::default();
    drop(chain(&engine, 20_000)?);
    Ok(())
}

#[test]
fn nodes_and_edges_are_told() -> Result<()> {
    let engine = Engine::default();
    let [a, b, c] = three(&engine)?;
    let graph = c.graph();
    assert!(graph.nodes().iter().zip([&a, &b, &c]).all(|(node, want)| InstancePre::same(node, want)));
    assert_eq!(graph.nodes().len(), 3);
    let mut edges: Vec<_> = graph.edges().iter().map(|e| (e.importer, e.exporter, e.import.as_str())).collect();
    edges.sort_unstable();
    let of_b = ["entry", "make", "pick", "res", "text"].map(|import| (1, 0, import));
    assert_eq!(edges, [&of_b[..], &[(2, 0, "dropped"), (2, 1, "make"), (2, 1, "res"), (2, 1, "text")]].concat());
    let dropped = graph.edges().iter().find(|edge| edge.import == "dropped").expect("an edge");
    assert_eq!(Some(dropped.export), a.component().get_export_index(None, "dropped"));

    let mut store = Store::new(&engine, ());
    let instance = c.instantiate(&mut store)?;
    instance.get_typed_func::<(), (u32,)>(&mut store, "run")?.call(&mut store, ())?;
    let defines = instance.node(&store, &a).expect("it is linked to it");
    let dropped = defines.get_typed_func::<(), (u32,)>(&mut store, "dropped")?;
    assert_eq!(dropped.call(&mut store, ())?, (1,));
    assert_eq!(instance.node(&store, &c), Some(instance));
    assert_eq!(instance.node(&store, &linked(&engine, DEFINES, &[])?), None);
    assert_eq!(defines.node(&store, &c), None);
    Ok(())
}

#[test]
fn a_resource_is_the_same_from_both_sides() -> Result<()> {
    let engine = Engine::default();
    let [a, b, c] = three(&engine)?;
    let resource = |item: Option<ComponentExtern<'_>>| match item.map(|item| item.ty) {
        Some(ComponentItem::Resource(ty)) => ty,
        other => panic!("no resource: {other:?}"),
    };
    let func = |item: Option<ComponentExtern<'_>>| match item.map(|item| item.ty) {
        Some(ComponentItem::ComponentFunc(ty)) => ty,
        other => panic!("no function: {other:?}"),
    };
    let [of_a, of_b, of_c] = [&a, &b, &c].map(InstancePre::component_type);
    let defined = resource(of_a.get_export(&engine, "res"));
    for seen in [of_b.get_import(&engine, "res"), of_b.get_export(&engine, "res"), of_c.get_import(&engine, "res")] {
        assert_eq!(resource(seen), defined);
    }
    for name in ["make", "text", "pick"] {
        assert!(func(of_a.get_export(&engine, name)) == func(of_b.get_import(&engine, name)), "{name}");
    }
    // Linked once more, it is another one; so is that of the component, whichever way it is linked.
    let component = a.component();
    assert_ne!(resource(linked(&engine, DEFINES, &[])?.component_type().get_export(&engine, "res")), defined);
    let unlinked = resource(component.component_type().get_export(&engine, "res"));
    assert_ne!(unlinked, defined);
    let substituted = Linker::<()>::new(&engine).substituted_component_type(component)?;
    assert_eq!(resource(substituted.get_export(&engine, "res")), unlinked);

    let mut store = Store::new(&engine, ());
    let instance = c.instantiate(&mut store)?;
    let [defines, passes_on] = [&a, &b].map(|pre| instance.node(&store, pre).expect("it is linked to it"));
    let made = defines.get_resource(&mut store, "res").expect("a resource");
    assert_eq!(passes_on.get_resource(&mut store, "res"), Some(made));
    let mut linker = Linker::new(&engine);
    linker.root().export_of("res", &mut store, &passes_on, "res")?;
    linker.root().export_of("make", &mut store, &defines, "make")?;
    linker.root().export_of("text", &mut store, &passes_on, "text")?;
    linker.root().export_of("dropped", &mut store, &defines, "dropped")?;
    let of_live = linker.instantiate_pre(c.component())?.component_type();
    assert_eq!(resource(of_live.get_import(&engine, "res")), made);
    Ok(())
}

#[test]
fn one_component_is_exchanged() -> Result<()> {
    for engine in engines() {
        let last = linked(&engine, LAST, &[])?;
        let middle = linked(&engine, NEXT, &[("next", &last, "run")])?;
        let first = linked(&engine, NEXT, &[("next", &middle, "run")])?;
        let run = first.typed_func::<(u32,), (u32,)>("run")?;
        let mut store = Store::new(&engine, ());
        let before = first.instantiate(&mut store)?;
        // Another one of other exports, and one that stands between.
        let more = LAST.replace("(local.get 0)", "(i32.add (local.get 0) (i32.const 1000))");
        let more = more.replacen("(component", "(component (type $t u8) (export \"another\" (type $t))", 1);
        let more = linked(&engine, &more, &[])?;
        let between = linked(&engine, NEXT, &[("next", &last, "run")])?;
        for (new, want) in [(&more, 1003), (&between, 4), (&last, 3)] {
            let other = first.with_node(&last, new)?;
            assert!(!InstancePre::same(&other, &first));
            let instance = other.instantiate(&mut store)?;
            assert_eq!(run.get(&mut store, &instance).call(&mut store, (1,))?, (want,));
            assert_eq!(run.get(&mut store, &before).call(&mut store, (1,))?, (3,));
        }
        assert!(InstancePre::same(&first.with_node(&first, &more)?, &more));
        let [a, b, c] = three(&engine)?;
        for (result, kind, words) in [
            (first.with_node(&more, &last), ErrorKind::NotFound, "not part of the graph"),
            (first.with_node(&last, &a), ErrorKind::NotFound, "no export `run`"),
            (c.with_node(&b, &last), ErrorKind::NotFound, "no export"),
            (c.with_node(&b, &linked(&Engine::default(), LAST, &[])?), ErrorKind::Link, "Engine"),
        ] {
            let Err(error) = result else { panic!("{words} was linked") };
            assert!(error.kind() == kind && format!("{error:#}").contains(words), "{error:#}");
        }
        // C has the resource from B and from A itself: both are linked anew, to the same copy.
        let run = c.with_node(&a, &linked(&engine, DEFINES, &[])?)?.instantiate(&mut store)?;
        assert_eq!(run.get_typed_func::<(), (u32,)>(&mut store, "run")?.call(&mut store, ())?, (15104,));
    }
    Ok(())
}

#[test]
fn an_instance_that_lives_is_shared_and_bound_to_its_store() -> Result<()> {
    for engine in engines() {
        let [a, b, _] = three(&engine)?;
        let mut store = Store::new(&engine, ());
        let passes_on = b.instantiate(&mut store)?;
        let defines = passes_on.node(&store, &a).expect("it is linked to it");
        let mut linker = Linker::new(&engine);
        for (name, instance) in [("res", defines), ("make", passes_on), ("text", passes_on), ("dropped", defines)] {
            linker.root().export_of(name, &mut store, &instance, name)?;
        }
        let drops = Component::new(&engine, DROPS)?;
        let c = linker.instantiate_pre(&drops)?;
        for dropped in 1..3 {
            let instance = c.instantiate(&mut store)?;
            let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run")?;
            assert_eq!(run.call(&mut store, ())?, (dropped * 10000 + 5104,));
            assert_eq!(instance.node(&store, &a), Some(defines));
        }
        assert_eq!(c.graph().nodes().len(), 3);
        let error = c.instantiate(&mut Store::new(&engine, ())).expect_err("another store");
        assert!(error.kind() == ErrorKind::Link && format!("{error}").contains("another store"), "{error}");
        // What is made anew has resources of its own.
        let mut linker = Linker::new(&engine);
        linker.link(&a)?;
        linker.allow_shadowing(true).root().export_of("make", &mut store, &defines, "make")?;
        let error = linker.instantiate_pre(&drops).err().expect("two resources");
        assert!(format!("{error}").contains("resource type"), "{error}");
        drop(store);
        assert!(c.instantiate(&mut Store::new(&engine, ())).is_err());
    }
    Ok(())
}

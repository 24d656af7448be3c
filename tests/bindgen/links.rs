//! An exported interface as what others import: linked by the bindings of the component that exports it.

use coracle::component::{Component, InstancePre, Linker};
use coracle::{ErrorKind, Result, Store};

mod library {
    coracle::component::bindgen!({
        inline: "
            package a:b@1.2.0;
            interface counters {
                resource counter { constructor(start: u32); next: func() -> u32; }
                total: func() -> u32;
            }
            world library { export counters; }
        ",
    });
}

mod lacking {
    coracle::component::bindgen!({
        inline: "package a:b@1.2.0;\ninterface gone { go: func(); }\nworld less { export gone; }",
    });
}

mod plugin {
    coracle::component::bindgen!({
        inline: "package a:b@1.0.0; world plugin { export run: func(start: u32) -> u32; }",
    });
}

use library::LibraryPre;
use library::exports::a::b::counters;
use plugin::PluginPre;

/// A counter's representation is where the next number stands.
const LIBRARY: &str = r#"(component
  (core module $m
    (memory 1)
    (global $next (mut i32) (i32.const 64))
    (global $total (mut i32) (i32.const 0))
    (func (export "counter") (param i32) (result i32)
      (global.set $next (i32.add (global.get $next) (i32.const 4)))
      (i32.store (global.get $next) (local.get 0))
      (global.get $next))
    (func (export "next") (param i32) (result i32) (local $n i32)
      (local.set $n (i32.load (local.get 0)))
      (i32.store (local.get 0) (i32.add (local.get $n) (i32.const 1)))
      (global.set $total (i32.add (global.get $total) (i32.const 1)))
      (local.get $n))
    (func (export "total") (result i32) (global.get $total)))
  (core instance $m (instantiate $m))
  (type $counter (resource (rep i32)))
  (core func $new (canon resource.new $counter))
  (core module $make
    (import "" "counter" (func $counter (param i32) (result i32)))
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (param i32) (result i32) (call $new (call $counter (local.get 0)))))
  (core instance $make (instantiate $make (with "" (instance
    (export "counter" (func $m "counter")) (export "new" (func $new))))))
  (func $make (param "start" u32) (result (own $counter)) (canon lift (core func $make "make")))
  (func $next (param "self" (borrow $counter)) (result u32) (canon lift (core func $m "next")))
  (func $total (result u32) (canon lift (core func $m "total")))
  (component $shape
    (import "counter" (type $c (sub resource)))
    (import "make" (func $make (param "start" u32) (result (own $c))))
    (import "next" (func $next (param "self" (borrow $c)) (result u32)))
    (import "total" (func $total (result u32)))
    (export $counter "counter" (type $c))
    (export "[constructor]counter" (func $make) (func (param "start" u32) (result (own $counter))))
    (export "[method]counter.next" (func $next) (func (param "self" (borrow $counter)) (result u32)))
    (export "total" (func $total)))
  (instance $counters (instantiate $shape (with "counter" (type $counter)) (with "make" (func $make))
    (with "next" (func $next)) (with "total" (func $total))))
  (export "a:b/counters@1.2.0" (instance $counters)))"#;

/// Made for an older version of the interface. Takes two numbers of a counter, and gives back their sum.
const PLUGIN: &str = r#"(component
  (import "a:b/counters@1.0.0" (instance $counters
    (export "counter" (type $counter (sub resource)))
    (export "[constructor]counter" (func (param "start" u32) (result (own $counter))))
    (export "[method]counter.next" (func (param "self" (borrow $counter)) (result u32)))))
  (alias export $counters "counter" (type $counter))
  (core func $make (canon lower (func $counters "[constructor]counter")))
  (core func $next (canon lower (func $counters "[method]counter.next")))
  (core func $drop (canon resource.drop $counter))
  (core module $m
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "next" (func $next (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (param i32) (result i32) (local $it i32)
      (local.set $it (call $make (local.get 0)))
      (i32.add (call $next (local.get $it)) (call $next (local.get $it)))
      (call $drop (local.get $it))))
  (core instance $m (instantiate $m (with "" (instance
    (export "make" (func $make)) (export "next" (func $next)) (export "drop" (func $drop))))))
  (func (export "run") (param "start" u32) (result u32) (canon lift (core func $m "run"))))"#;

#[test]
fn plugins_share_what_they_are_linked_to() -> Result<()> {
    let engine = crate::engine()?;
    let library = LibraryPre::<()>::new(Linker::new(&engine).instantiate_pre(&Component::new(&engine, LIBRARY)?)?)?;
    let mut linker = Linker::new(&engine);
    counters::link(&mut linker, library.instance_pre())?;
    let component = Component::new(&engine, PLUGIN)?;
    let plugins = [linker.instantiate_pre(&component)?, linker.instantiate_pre(&component)?];
    let mut store = Store::new(&engine, ());
    for pre in plugins {
        let plugin = PluginPre::new(pre.clone())?;
        let instance = pre.instantiate(&mut store)?;
        let called = plugin::Plugin::new(&mut store, &instance)?.call_run(&mut store, 20)?;
        assert_eq!(called, 41);
        // The bindings of the library are those of its node, and know its resource.
        let node = instance.node(&store, library.instance_pre()).expect("it is linked to it");
        let counters = library::Library::new(&mut store, &node)?;
        let counters = counters.a_b_counters();
        assert_eq!(counters.call_total(&mut store)?, 2);
        let counter = counters.counter().call_constructor(&mut store, 5)?;
        assert_eq!(counters.counter().call_next(&mut store, counter)?, 5);
        assert_eq!(plugin.instantiate(&mut store)?.call_run(&mut store, 1)?, 3);
    }
    Ok(())
}

#[test]
fn what_is_not_exported_is_told_by_its_place() -> Result<()> {
    let engine = crate::engine()?;
    let library: InstancePre<()> = Linker::new(&engine).instantiate_pre(&Component::new(&engine, LIBRARY)?)?;
    let mut linker = Linker::new(&engine);
    let error = lacking::exports::a::b::gone::link(&mut linker, &library).unwrap_err();
    assert_eq!(error.to_string(), "no exported instance named `a:b/gone@1.2.0` (bindgen.wit:2)");
    counters::link(&mut linker, &library)?;
    let error = counters::link(&mut linker, &library).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.to_string().contains("a:b/counters@1.2.0"), "{error}");
    Ok(())
}

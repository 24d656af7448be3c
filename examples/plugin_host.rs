//! A program with plugins: components that transform lines, and may log through a function of the host's.
//!
//! `cargo run --example plugin_host`

use coracle::component::{Component, Linker, TypedFunc};
use coracle::{Engine, Result, Store};

/// A plugin: `transform` makes letters large, and tells the host how many there were.
const SHOUT: &str = r#"(component
  (import "log" (func $log (param "count" u32)))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))
  (core func $log (canon lower (func $log)))
  (core module $code
    (import "host" "log" (func $log (param i32)))
    (import "host" "memory" (memory 1))
    (func (export "transform") (param $at i32) (param $count i32) (result i32) (local $i i32) (local $letter i32)
      (block $done (loop $next
        (br_if $done (i32.eq (local.get $i) (local.get $count)))
        (local.set $letter (i32.load8_u (i32.add (local.get $at) (local.get $i))))
        (if (i32.lt_u (i32.sub (local.get $letter) (i32.const 97)) (i32.const 26)) (then
          (i32.store8 (i32.add (local.get $at) (local.get $i)) (i32.sub (local.get $letter) (i32.const 32)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
      (call $log (local.get $count))
      (i32.store (i32.const 8) (local.get $at))
      (i32.store (i32.const 12) (local.get $count))
      (i32.const 8)))
  (core instance $code (instantiate $code (with "host" (instance
    (export "log" (func $log)) (export "memory" (memory $memory "memory"))))))
  (func (export "transform") (param "line" string) (result string)
    (canon lift (core func $code "transform") (memory (core memory $memory "memory"))
      (realloc (core func $memory "realloc")))))"#;

/// What the host keeps for each plugin.
#[derive(Default)]
struct Host {
    letters: u32,
}

struct Plugin {
    store: Store<Host>,
    transform: TypedFunc<(&'static str,), (String,)>,
}

impl Plugin {
    fn load(engine: &Engine, linker: &Linker<Host>, code: &str) -> Result<Self> {
        let component = Component::new(engine, code)?;
        let mut store = Store::new(engine, Host::default());
        let instance = linker.instantiate(&mut store, &component)?;
        let transform = instance.get_typed_func(&mut store, "transform")?;
        Ok(Self { store, transform })
    }
}

pub(crate) fn main() -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<Host>::new(&engine);
    linker.root().func_wrap("log", |mut cx, (count,): (u32,)| {
        let host: &mut Host = cx.data_mut();
        host.letters += count;
        Ok(())
    })?;

    let mut plugins = vec![Plugin::load(&engine, &linker, SHOUT)?, Plugin::load(&engine, &linker, SHOUT)?];
    for plugin in &mut plugins {
        let (line,) = plugin.transform.call(&mut plugin.store, ("hello, plugin",))?;
        assert_eq!(line, "HELLO, PLUGIN");
        println!("{line} ({} letters)", plugin.store.data().letters);
    }
    Ok(())
}

//! Two plugins that import the same library, linked when the program runs: no tool composes them, nothing is glued.
//!
//! `cargo run --example shared_library`

use coracle::component::{Component, Linker};
use coracle::{Engine, Result, Store};

/// A library with a state of its own: it counts.
const COUNTER: &str = r#"(component
  (core module $m
    (global $count (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count)))
  (core instance $i (instantiate $m))
  (func (export "next") (result u32) (canon lift (core func $i "next"))))"#;

/// A plugin that gives numbers to orders, from 1000 on.
const ORDERS: &str = r#"(component
  (import "next" (func $next (result u32)))
  (core func $next (canon lower (func $next)))
  (core module $m
    (import "library" "next" (func $next (result i32)))
    (func (export "order") (result i32) (i32.add (call $next) (i32.const 1000))))
  (core instance $i (instantiate $m (with "library" (instance (export "next" (func $next))))))
  (func (export "order") (result u32) (canon lift (core func $i "order"))))"#;

/// Another, which gives out tickets, and imports both the library and the first plugin.
const TICKETS: &str = r#"(component
  (import "next" (func $next (result u32)))
  (import "order" (func $order (result u32)))
  (core func $next (canon lower (func $next)))
  (core func $order (canon lower (func $order)))
  (core module $m
    (import "library" "next" (func $next (result i32)))
    (import "library" "order" (func $order (result i32)))
    (func (export "ticket") (result i32) (i32.add (i32.mul (call $next) (i32.const 10000)) (call $order))))
  (core instance $i (instantiate $m (with "library" (instance
    (export "next" (func $next)) (export "order" (func $order))))))
  (func (export "ticket") (result u32) (canon lift (core func $i "ticket"))))"#;

pub(crate) fn main() -> Result<()> {
    let engine = Engine::default();
    let load = |text| Component::new(&engine, text);
    let (counter, orders, tickets) = (load(COUNTER)?, load(ORDERS)?, load(TICKETS)?);

    // Each component is checked once, against what it is linked to.
    let counter = Linker::<()>::new(&engine).instantiate_pre(&counter)?;
    let mut linker = Linker::<()>::new(&engine);
    linker.root().export("next", &counter, "next")?;
    let orders = linker.instantiate_pre(&orders)?;
    linker.root().export("order", &orders, "order")?;
    let tickets = linker.instantiate_pre(&tickets)?;

    // One instance of each is made: both plugins see the same counter.
    let mut store = Store::new(&engine, ());
    let instance = tickets.instantiate(&mut store)?;
    let ticket = instance.get_typed_func::<(), (u32,)>(&mut store, "ticket")?;
    for (count, order) in [(1, 1002), (3, 1004)] {
        let (number,) = ticket.call(&mut store, ())?;
        println!("ticket {number}");
        assert_eq!(number, count * 10_000 + order);
    }
    println!("{} components, {} links", tickets.graph().nodes().len(), tickets.graph().edges().len());
    Ok(())
}

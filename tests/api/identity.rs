//! What a thing is does not depend on where it lies, and what is refused or dropped leaves nothing.

use coracle::{Config, Engine, Instance, Module, Result, Store, TierChange, TierPolicy};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// An export's index of a module that is gone finds nothing in modules that are made where it lay.
#[test]
fn an_index_of_a_dropped_module_finds_nothing() -> Result<()> {
    let engine = Engine::default();
    let old = Module::new(&engine, "(module (func (export \"old\")) (func (export \"f\") (param i32)))")?;
    let index = old.get_export_index("f").expect("it is exported");
    drop(old);
    // Modules of the same size, so that one of them lies at the same address.
    for _ in 0..50 {
        let new = Module::new(&engine, "(module (func (export \"new\")) (func (export \"g\") (param i32)))")?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &new, &[])?;
        assert!(instance.get_module_export(&mut store, &index).is_none());
    }
    Ok(())
}

/// Validation compiles nothing, however eager the engine is.
#[test]
fn validation_compiles_nothing() -> Result<()> {
    let compiled = Arc::new(AtomicUsize::new(0));
    let count = compiled.clone();
    let mut config = Config::new();
    config.tier_policy(TierPolicy::Eager).tier_log(move |event| {
        count.fetch_add(usize::from(matches!(event.change, TierChange::Promoted { .. })), Relaxed);
    });
    let engine = Engine::new(&config)?;
    let module = wat::parse_str("(module (func (export \"f\") (result i32) (i32.const 1)))")?;
    let component = wat::parse_str("(component (core module (func (export \"f\") (result i32) (i32.const 1))))")?;
    Module::validate(&engine, &module)?;
    coracle::component::Component::validate(&engine, &component)?;
    assert_eq!(compiled.load(Relaxed), 0);
    Module::new(&engine, &module)?;
    assert!(compiled.load(Relaxed) > 0, "an eager engine compiles what it loads");
    Ok(())
}

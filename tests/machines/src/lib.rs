//! What a program comes to on this machine, and the fuel that it takes.
#![no_std]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use coracle::component::{Component, Linker as ComponentLinker};
use coracle::{Config, Engine, Linker, Module, Result, Store};

/// More than any program takes.
const FUEL: u64 = 1 << 40;

/// What a program is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A core module.
    Core,
    /// A component.
    Component,
}

/// The engine that programs are run by: fuel is counted, and NaNs of arithmetic are canonical.
///
/// # Errors
/// None that a machine with memory has.
pub fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.consume_fuel(true).cranelift_nan_canonicalization(true);
    Engine::new(&config)
}

/// Runs a program once; the line that says what came of it.
///
/// # Errors
/// What the program's loading, linking or running says.
pub fn line(engine: &Engine, kind: Kind, name: &str, bytes: &[u8]) -> Result<String> {
    let (folder, (result, fuel)) = match kind {
        Kind::Core => ("core", module(engine, bytes)?),
        Kind::Component => ("components", component(engine, bytes)?),
    };
    Ok(format!("{folder}/{name} {result:08x} {fuel}"))
}

fn module(engine: &Engine, bytes: &[u8]) -> Result<(u32, u64)> {
    let module = Module::new(engine, bytes)?;
    let mut store = Store::new(engine, ());
    store.set_fuel(FUEL)?;
    let instance = Linker::new(engine).instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let result = run.call(&mut store, 1)? as u32;
    Ok((result, FUEL - store.get_fuel()?))
}

fn component(engine: &Engine, bytes: &[u8]) -> Result<(u32, u64)> {
    let component = Component::new(engine, bytes)?;
    let mut store = Store::new(engine, ());
    store.set_fuel(FUEL)?;
    let instance = ComponentLinker::new(engine).instantiate(&mut store, &component)?;
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run")?;
    let (result,) = run.call(&mut store, (1,))?;
    Ok((result, FUEL - store.get_fuel()?))
}

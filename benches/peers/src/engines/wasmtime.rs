//! wasmtime with each of its compilers, otherwise as it comes.

use crate::engines::{Engine, Program};
use anyhow::{Context, Result};
use wasmtime::{Config, Instance, Module, Store, Strategy, TypedFunc};

struct Wasmtime(wasmtime::Engine);

struct Loaded {
    module: Module,
    live: Option<(Store<()>, TypedFunc<i32, i32>)>,
}

/// The optimising compiler.
pub fn make_cranelift() -> Result<Box<dyn Engine>> {
    make(Config::new().strategy(Strategy::Cranelift))
}

/// The baseline compiler.
pub fn make_winch() -> Result<Box<dyn Engine>> {
    make(Config::new().strategy(Strategy::Winch))
}

/// The interpreter, fed by the optimising compiler.
pub fn make_pulley() -> Result<Box<dyn Engine>> {
    make(Config::new().target("pulley64")?)
}

fn make(config: &Config) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Wasmtime(wasmtime::Engine::new(config)?)))
}

impl Engine for Wasmtime {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Program>> {
        let module = Module::new(&self.0, wasm)?;
        Ok(Box::new(Loaded { module, live: None }))
    }
}

impl Program for Loaded {
    fn fresh(&mut self) -> Result<()> {
        let mut store = Store::new(self.module.engine(), ());
        let instance = Instance::new(&mut store, &self.module, &[])?;
        let run = instance.get_typed_func(&mut store, "run")?;
        self.live = Some((store, run));
        Ok(())
    }

    fn run(&mut self, n: i32) -> Result<i32> {
        let (store, run) = self.live.as_mut().context("no instance yet")?;
        Ok(run.call(store, n)?)
    }
}

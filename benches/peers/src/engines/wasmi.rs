//! wasmi, as it comes.

use crate::engines::{Engine, Program};
use anyhow::{Context, Result};
use wasmi::{Config, Linker, Module, Store, TypedFunc};

struct Wasmi {
    engine: wasmi::Engine,
    fuel: bool,
}

struct Loaded {
    module: Module,
    fuel: bool,
    live: Option<(Store<()>, TypedFunc<i32, i32>)>,
}

/// The default.
pub fn make() -> Result<Box<dyn Engine>> {
    Ok(Box::new(Wasmi { engine: wasmi::Engine::default(), fuel: false }))
}

/// With fuel, of which there is plenty.
pub fn make_fuel() -> Result<Box<dyn Engine>> {
    let mut config = Config::default();
    config.consume_fuel(true);
    Ok(Box::new(Wasmi { engine: wasmi::Engine::new(&config), fuel: true }))
}

impl Engine for Wasmi {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Program>> {
        let module = Module::new(&self.engine, wasm)?;
        Ok(Box::new(Loaded { module, fuel: self.fuel, live: None }))
    }
}

impl Program for Loaded {
    fn fresh(&mut self) -> Result<()> {
        let mut store = Store::new(self.module.engine(), ());
        if self.fuel {
            store.set_fuel(u64::MAX / 2)?;
        }
        let linker = Linker::new(self.module.engine());
        let instance = linker.instantiate_and_start(&mut store, &self.module)?;
        let run = instance.get_typed_func(&store, "run")?;
        self.live = Some((store, run));
        Ok(())
    }

    fn run(&mut self, n: i32) -> Result<i32> {
        let (store, run) = self.live.as_mut().context("no instance yet")?;
        Ok(run.call(store, n)?)
    }
}

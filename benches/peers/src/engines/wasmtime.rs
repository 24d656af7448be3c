//! wasmtime with each of its compilers, otherwise as it comes.

use crate::engines::{Engine, Entry, Program};
use anyhow::{Context, Result};
use wasmtime::{Config, Linker, Module, Store, Strategy, TypedFunc};

struct Wasmtime(wasmtime::Engine);

struct Loaded {
    module: Module,
    export: String,
    live: Option<(Store<()>, Called)>,
}

type Called = Entry<TypedFunc<i32, i32>, TypedFunc<(), i32>>;

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
    fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Program>> {
        let module = Module::new(&self.0, wasm)?;
        Ok(Box::new(Loaded { module, export: export.to_owned(), live: None }))
    }
}

impl Program for Loaded {
    fn fresh(&mut self) -> Result<()> {
        let mut store = Store::new(self.module.engine(), ());
        let mut linker = Linker::new(self.module.engine());
        linker.define_unknown_imports_as_traps(&self.module)?;
        let instance = linker.instantiate(&mut store, &self.module)?;
        let func = instance.get_func(&mut store, &self.export).context("no such export")?;
        let called = match func.typed(&store) {
            Ok(run) => Entry::Run(run),
            Err(_) => Entry::Get(func.typed(&store)?),
        };
        self.live = Some((store, called));
        Ok(())
    }

    fn run(&mut self, n: i32) -> Result<i32> {
        let (store, called) = self.live.as_mut().context("no instance yet")?;
        Ok(match called {
            Entry::Run(run) => run.call(store, n)?,
            Entry::Get(get) => get.call(store, ())?,
        })
    }
}

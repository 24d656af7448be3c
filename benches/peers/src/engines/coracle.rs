//! Coracle in its tiers.

use crate::engines::{Engine, Entry, Program};
use anyhow::{Context, Error, Result, anyhow};
use coracle::{Config, Linker, Module, Store, TierPolicy, TypedFunc};
use coracle_vm::internals;
use coracle_vm::engine::{EngineParts, Settings};

struct Coracle {
    engine: coracle::Engine,
    fuel: bool,
}

struct Loaded {
    module: Module,
    fuel: bool,
    export: String,
    live: Option<(Store<()>, Called)>,
}

type Called = Entry<TypedFunc<i32, i32>, TypedFunc<(), i32>>;

/// The interpreter alone.
pub fn make_interp() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Off, false)
}

/// The interpreter alone, with fuel.
pub fn make_interp_fuel() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Off, true)
}

/// The interpreter alone, with the dispatcher of machines and builds where handlers cannot jump.
pub fn make_portable() -> Result<Box<dyn Engine>> {
    let interpreter = coracle_interp_portable::tier();
    let parts = EngineParts {
        interpreter,
        compiler: None,
        tuning: Default::default(),
        settings: Settings { reserve_memories: true, ..Default::default() },
    };
    Ok(Box::new(Coracle { engine: coracle::internals::new_engine(parts), fuel: false }))
}

/// Native code from the first call on.
pub fn make_jit() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Eager, false)
}

/// The default: interpreted at once, compiled in the background where it is hot.
pub fn make_tiered() -> Result<Box<dyn Engine>> {
    make(TierPolicy::Background, false)
}

/// An error of Coracle's as one of this program's, with all its causes.
pub fn foreign(error: coracle::Error) -> Error {
    anyhow!("{error:?}")
}

fn make(policy: TierPolicy, fuel: bool) -> Result<Box<dyn Engine>> {
    let mut config = Config::new();
    config.tier_policy(policy).consume_fuel(fuel);
    Ok(Box::new(Coracle { engine: coracle::Engine::new(&config).map_err(foreign)?, fuel }))
}

impl Engine for Coracle {
    fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Program>> {
        let module = Module::new(&self.engine, wasm).map_err(foreign)?;
        Ok(Box::new(Loaded { module, fuel: self.fuel, export: export.to_owned(), live: None }))
    }
}

impl Program for Loaded {
    fn fresh(&mut self) -> Result<()> {
        let mut store = Store::new(self.module.engine(), ());
        if self.fuel {
            store.set_fuel(u64::MAX / 2).map_err(foreign)?;
        }
        let mut linker = Linker::new(self.module.engine());
        linker.define_unknown_imports_as_traps(&self.module).map_err(foreign)?;
        let instance = linker.instantiate(&mut store, &self.module).map_err(foreign)?;
        let func = instance.get_func(&mut store, &self.export).context("no such export")?;
        let called = match func.typed(&store) {
            Ok(run) => Entry::Run(run),
            Err(_) => Entry::Get(func.typed(&store).map_err(foreign)?),
        };
        self.live = Some((store, called));
        Ok(())
    }

    fn run(&mut self, n: i32) -> Result<i32> {
        let (store, called) = self.live.as_mut().context("no instance yet")?;
        match called {
            Entry::Run(run) => run.call(store, n),
            Entry::Get(get) => get.call(store, ()),
        }
        .map_err(foreign)
    }
}

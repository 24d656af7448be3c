//! wasmi, as it comes.

use crate::engines::{Engine, Entry, Program};
use anyhow::{Context, Result};
use wasmi::{Config, ExternType, Linker, Module, Store, TypedFunc};

struct Wasmi {
    engine: wasmi::Engine,
    fuel: bool,
}

struct Loaded {
    module: Module,
    fuel: bool,
    export: String,
    live: Option<(Store<()>, Called)>,
}

type Called = Entry<TypedFunc<i32, i32>, TypedFunc<(), i32>>;

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
    fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Program>> {
        let module = Module::new(&self.engine, wasm)?;
        Ok(Box::new(Loaded { module, fuel: self.fuel, export: export.to_owned(), live: None }))
    }
}

impl Program for Loaded {
    fn fresh(&mut self) -> Result<()> {
        let mut store = Store::new(self.module.engine(), ());
        if self.fuel {
            store.set_fuel(u64::MAX / 2)?;
        }
        let mut linker = Linker::new(self.module.engine());
        // A module may import a function twice.
        linker.allow_shadowing(true);
        for import in self.module.imports() {
            if let ExternType::Func(ty) = import.ty() {
                let trap = |_: wasmi::Caller<'_, ()>, _: &[_], _: &mut [_]| Err(wasmi::Error::new("an import"));
                linker.func_new(import.module(), import.name(), ty.clone(), trap)?;
            }
        }
        let instance = linker.instantiate_and_start(&mut store, &self.module)?;
        let func = instance.get_func(&store, &self.export).context("no such export")?;
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

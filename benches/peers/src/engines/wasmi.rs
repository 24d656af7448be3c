//! wasmi, as it comes and in its lazier mode.

use crate::engines::{Engine, Live, Loaded, is_component};
use anyhow::{Context, Result, bail};
use wasmi::{CompilationMode, Config, ExternType, Instance, Linker, Module, Store, TypedFunc};

struct Wasmi {
    engine: wasmi::Engine,
    fuel: bool,
}

struct Prepared {
    module: Module,
    linker: Linker<()>,
    fuel: bool,
    export: String,
}

struct Alive {
    store: Store<()>,
    instance: Instance,
    export: String,
    called: Option<Called>,
}

enum Called {
    Run(TypedFunc<i32, i32>),
    Get(TypedFunc<(), i32>),
}

/// The default: validated at once, translated when called.
pub fn lazy_translation() -> Result<Box<dyn Engine>> {
    Ok(make(Config::default(), false))
}

/// Validated when called, too.
pub fn lazy() -> Result<Box<dyn Engine>> {
    let mut config = Config::default();
    config.compilation_mode(CompilationMode::Lazy);
    Ok(make(config, false))
}

/// The default with fuel, of which there is plenty.
pub fn fuel() -> Result<Box<dyn Engine>> {
    let mut config = Config::default();
    config.consume_fuel(true);
    Ok(make(config, true))
}

fn make(config: Config, fuel: bool) -> Box<dyn Engine> {
    Box::new(Wasmi { engine: wasmi::Engine::new(&config), fuel })
}

impl Engine for Wasmi {
    fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Loaded>> {
        if is_component(wasm) {
            bail!("runs no components");
        }
        let module = Module::new(&self.engine, wasm)?;
        let mut linker = Linker::new(&self.engine);
        // A module may import a function twice.
        linker.allow_shadowing(true);
        for import in module.imports() {
            if let ExternType::Func(ty) = import.ty() {
                let trap = |_: wasmi::Caller<'_, ()>, _: &[_], _: &mut [_]| Err(wasmi::Error::new("an import"));
                linker.func_new(import.module(), import.name(), ty.clone(), trap)?;
            }
        }
        Ok(Box::new(Prepared { module, linker, fuel: self.fuel, export: export.to_owned() }))
    }
}

impl Loaded for Prepared {
    fn instance(&self) -> Result<Box<dyn Live>> {
        let mut store = Store::new(self.module.engine(), ());
        if self.fuel {
            store.set_fuel(u64::MAX / 2)?;
        }
        let instance = self.linker.instantiate_and_start(&mut store, &self.module)?;
        Ok(Box::new(Alive { store, instance, export: self.export.clone(), called: None }))
    }
}

impl Alive {
    fn find(&self) -> Result<Called> {
        let func = self.instance.get_func(&self.store, &self.export).context("no such export")?;
        Ok(match func.typed(&self.store) {
            Ok(run) => Called::Run(run),
            Err(_) => Called::Get(func.typed(&self.store)?),
        })
    }
}

impl Live for Alive {
    fn run(&mut self, n: i32) -> Result<i32> {
        if self.called.is_none() {
            self.called = Some(self.find()?);
        }
        Ok(match self.called.as_ref().context("no such export")? {
            Called::Run(run) => run.call(&mut self.store, n)?,
            Called::Get(get) => get.call(&mut self.store, ())?,
        })
    }
}

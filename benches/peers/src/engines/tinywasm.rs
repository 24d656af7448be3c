//! tinywasm, as it comes.

use crate::engines::{Engine, Live, Loaded, is_component};
use anyhow::{Context, Result, anyhow, bail};
use tinywasm::{FunctionTyped, Module, ModuleInstance, Store};

struct TinyWasm;

struct Prepared {
    module: Module,
    export: String,
}

struct Alive {
    store: Store,
    instance: ModuleInstance,
    export: String,
    called: Option<Called>,
}

enum Called {
    Run(FunctionTyped<i32, i32>),
    Get(FunctionTyped<(), i32>),
}

/// The default.
pub fn make() -> Result<Box<dyn Engine>> {
    Ok(Box::new(TinyWasm))
}

fn foreign(error: tinywasm::Error) -> anyhow::Error {
    anyhow!("{error}")
}

impl Engine for TinyWasm {
    fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Loaded>> {
        if is_component(wasm) {
            bail!("runs no components");
        }
        let module = tinywasm::parse_bytes(wasm).map_err(|error| foreign(error.into()))?;
        Ok(Box::new(Prepared { module, export: export.to_owned() }))
    }
}

impl Loaded for Prepared {
    fn instance(&self) -> Result<Box<dyn Live>> {
        let mut store = Store::default();
        let instance = ModuleInstance::instantiate(&mut store, &self.module, None).map_err(foreign)?;
        Ok(Box::new(Alive { store, instance, export: self.export.clone(), called: None }))
    }
}

impl Live for Alive {
    fn run(&mut self, n: i32) -> Result<i32> {
        if self.called.is_none() {
            self.called = Some(match self.instance.func(&self.store, &self.export) {
                Ok(run) => Called::Run(run),
                Err(_) => Called::Get(self.instance.func(&self.store, &self.export).map_err(foreign)?),
            });
        }
        match self.called.as_ref().context("no such export")? {
            Called::Run(run) => run.call(&mut self.store, n),
            Called::Get(get) => get.call(&mut self.store, ()),
        }
        .map_err(foreign)
    }
}

//! `coracle run` of a core module: a command of WASI preview 1.

use crate::flags::RunFlags;
use crate::grant;
use crate::report::{Outcome, UsageError};
use crate::state::ModuleState;
use coracle::{Error, Linker, Module, Store};

/// Runs a module's `_start`.
pub(crate) fn command(flags: &RunFlags, module: &Module) -> Outcome {
    if flags.invoke.is_some() {
        return Err(UsageError::error("`--invoke` calls functions of components, and this is a core module"));
    }
    let state = grant::module(flags)?;
    let mut linker = Linker::<ModuleState>::new(module.engine());
    wasmtime_wasi::p1::add_to_linker_sync(&mut linker, |state| &mut state.wasi)?;
    let mut store = Store::new(module.engine(), state);
    store.limiter(|state| &mut state.limits);
    flags.engine.fuel(&mut store)?;
    let instance = linker.instantiate(&mut store, module)?;
    let start = instance.get_func(&mut store, "_start").ok_or_else(|| {
        let names: Vec<&str> = module.exports().map(|export| export.name()).collect();
        Error::msg(format!("not a command: the module exports no function `_start`; it exports {}", names.join(", ")))
    })?;
    start.typed::<(), ()>(&store)?.call(&mut store, ())?;
    Ok(0)
}

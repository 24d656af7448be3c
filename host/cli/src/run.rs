//! `coracle run`: a command, or one function of a component.

use crate::flags::{EngineFlags, RunFlags, WasmOption};
use crate::load::{self, Guest};
use crate::report::{Outcome, UsageError};
use crate::state::State;
use crate::{grant, invoke, module, with};
use coracle::component::{Component, Instance, Linker};
use coracle::{Config, Engine, Result, Store};
use std::io::{self, Write};
use wasmtime_wasi_config::WasiConfig;
use wasmtime_wasi_keyvalue::WasiKeyValue;

/// The interface of a command. Any 0.2 version of it is found by this name.
const RUN: &str = "wasi:cli/run@0.2.12";

/// Runs what the flags say.
pub(crate) fn run(flags: &RunFlags) -> Outcome {
    if flags.profile_ops.is_some() && !profile::BUILT {
        return Err(UsageError::error(
            "`--profile-ops`: this build does not count; build with `--features profile-ops`",
        ));
    }
    let engine = engine(&flags.engine)?;
    let outcome = match (load::guest(&engine, flags.file())?, &flags.invoke) {
        (Guest::Module(_), _) if !flags.with.is_empty() => {
            Err(UsageError::error("`--with` links components, and this is a core module"))
        }
        (Guest::Module(module), _) => module::command(flags, &module),
        (Guest::Component(component), Some(call)) => invoke::invoke(call, &component, || start(flags, &component)),
        (Guest::Component(component), None) => command(flags, &component),
    };
    if let Some(most) = flags.profile_ops {
        profile::print(most);
    }
    outcome.map_err(|error| error.context(format!("failed to run `{}`", flags.file().display())))
}

/// What the interpreter counted.
#[cfg(feature = "profile-ops")]
mod profile {
    pub(super) const BUILT: bool = true;

    pub(super) fn print(most: usize) {
        eprint!("{}", coracle::op_profile(most));
    }
}

/// Nothing is counted.
#[cfg(not(feature = "profile-ops"))]
mod profile {
    pub(super) const BUILT: bool = false;

    pub(super) fn print(_: usize) {}
}

fn command(flags: &RunFlags, component: &Component) -> Outcome {
    let run = component
        .get_export_index(None, RUN)
        .and_then(|instance| component.get_export_index(Some(&instance), "run"))
        .ok_or_else(|| load::missing(component, "a command", "wasi:cli/run@0.2", "; `--invoke` calls a function"))?;
    let (mut store, instance) = start(flags, component)?;
    let run = instance.get_typed_func::<(), (std::result::Result<(), ()>,)>(&mut store, &run)?;
    let (result,) = run.call(&mut store, ())?;
    Ok(u8::from(result.is_err()))
}

/// Instantiates the component with WASI: all of 0.2 is there to be imported, and does what is granted.
fn start(flags: &RunFlags, component: &Component) -> Result<(Store<State>, Instance)> {
    let engine = component.engine();
    let mut linker = Linker::<State>::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut linker)?;
    wasmtime_wasi_config::add_to_linker(&mut linker, |state| WasiConfig::from(&state.config))?;
    wasmtime_wasi_keyvalue::add_to_linker(&mut linker, |state| WasiKeyValue::new(&state.keyvalue, &mut state.table))?;
    let mut store = Store::new(engine, grant::component(flags.into())?);
    store.limiter(|state| &mut state.limits);
    flags.engine.fuel(&mut store)?;
    let instance = with::link(&linker, &flags.with, flags.file(), component)?.instantiate(&mut store)?;
    Ok((store, instance))
}

impl EngineFlags {
    /// Gives a store the fuel that the flags name.
    pub(crate) fn fuel<T>(&self, store: &mut Store<T>) -> Result<()> {
        for option in &self.wasm {
            if let WasmOption::Fuel(fuel) = *option {
                store.set_fuel(fuel)?;
            }
        }
        Ok(())
    }
}

/// An engine as the flags want it.
pub(crate) fn engine(flags: &EngineFlags) -> Result<Engine> {
    Engine::new(&config(flags)?)
}

/// The settings of an engine as the flags want it.
pub(crate) fn config(flags: &EngineFlags) -> Result<Config> {
    let mut config = Config::new();
    if let Some(policy) = flags.tier {
        config.tier_policy(policy);
    }
    if flags.tier_log {
        // The compiler's thread writes too; a closed standard error is no reason to stop it.
        config.tier_log(|event| {
            let _ = writeln!(io::stderr(), "tier: {event}");
        });
    }
    for option in &flags.wasm {
        match *option {
            WasmOption::MaxWasmStack(bytes) => {
                config.max_wasm_stack(bytes);
            }
            WasmOption::Fuel(_) => {
                config.consume_fuel(true);
            }
            WasmOption::MaxMemorySize(_) | WasmOption::MaxStoreSize(_) => {}
        }
    }
    Ok(config)
}

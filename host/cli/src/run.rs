//! `coracle run`: a command component, or one of its functions.

use crate::flags::{EngineFlags, RunFlags, WasmOption};
use crate::report::{Outcome, UsageError};
use crate::state::State;
use crate::{invoke, load};
use coracle::component::{Component, Instance, Linker, ResourceTable};
use coracle::{Config, Engine, Error, Result, Store, StoreLimitsBuilder};
use coracle_wasi::{WasiCtx, p2};
use std::env;
use std::io::{self, Write};

/// The interface of a command. Any 0.2 version of it is found by this name.
const RUN: &str = "wasi:cli/run@0.2.12";

/// Runs what the flags say.
pub(crate) fn run(flags: &RunFlags) -> Outcome {
    let state = state(flags)?;
    if flags.profile_ops.is_some() && !profile::BUILT {
        return Err(UsageError::error(
            "`--profile-ops`: this build does not count; build with `--features profile-ops`",
        ));
    }
    let engine = engine(&flags.engine)?;
    let component = load::component(&engine, flags.file())?;
    let outcome = match &flags.invoke {
        Some(call) => invoke::invoke(call, &component, || start(flags, &component, state)),
        None => command(flags, &component, state),
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

fn command(flags: &RunFlags, component: &Component, state: State) -> Outcome {
    let run = component
        .get_export_index(None, RUN)
        .and_then(|instance| component.get_export_index(Some(&instance), "run"))
        .ok_or_else(|| no_command(component))?;
    let (mut store, instance) = start(flags, component, state)?;
    let run = instance.get_typed_func::<(), (std::result::Result<(), ()>,)>(&mut store, &run)?;
    let (result,) = run.call(&mut store, ())?;
    Ok(u8::from(result.is_err()))
}

/// Instantiates the component with WASI.
fn start(flags: &RunFlags, component: &Component, state: State) -> Result<(Store<State>, Instance)> {
    let engine = component.engine();
    let mut linker = Linker::new(engine);
    p2::add_to_linker_sync(&mut linker)?;
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limits);
    for option in &flags.engine.wasm {
        if let WasmOption::Fuel(fuel) = *option {
            store.set_fuel(fuel)?;
        }
    }
    let instance = linker.instantiate(&mut store, component)?;
    Ok((store, instance))
}

fn no_command(component: &Component) -> Error {
    let ty = component.component_type();
    let names: Vec<&str> = ty.exports(component.engine()).map(|(name, _)| name).collect();
    let exports = match names.as_slice() {
        [] => "it exports nothing".to_owned(),
        names => format!("it exports {}; `--invoke` calls a function", names.join(", ")),
    };
    Error::msg(format!("not a command: `wasi:cli/run@0.2` is not exported; {exports}"))
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
            WasmOption::MaxMemorySize(_) => {}
        }
    }
    Ok(config)
}

/// What is granted to the guest.
fn state(flags: &RunFlags) -> Result<State> {
    let mut ctx = WasiCtx::builder();
    ctx.inherit_stdio().arg(load::program_name(flags.file())?);
    for arg in flags.args() {
        let text = arg.to_str().ok_or_else(|| {
            UsageError::error(format!("argument {arg:?} is not UTF-8, and WASI's arguments are strings"))
        })?;
        ctx.arg(text);
    }
    if let Some(dir) = flags.dir.first() {
        return Err(UsageError::error(format!("`--dir {dir}`: directories cannot be granted yet")));
    }
    for option in &flags.wasi {
        match option.as_str() {
            // What these ask for is there without them.
            "cli" | "cli=y" | "common" | "common=y" | "inherit-env=n" | "inherit-network=n" => {}
            "inherit-env" | "inherit-env=y" => {
                ctx.inherit_env();
            }
            _ => return Err(UsageError::error(format!("`-S {option}` is not supported yet"))),
        }
    }
    for setting in &flags.env {
        match setting.split_once('=') {
            Some((name, value)) => ctx.env(name, value),
            None => match env::var(setting) {
                Ok(value) => ctx.env(setting, value),
                Err(error) => return Err(UsageError::error(format!("`--env {setting}`: {error}"))),
            },
        };
    }
    let mut limits = StoreLimitsBuilder::new();
    for option in &flags.engine.wasm {
        if let WasmOption::MaxMemorySize(bytes) = *option {
            limits = limits.memory_size(bytes);
        }
    }
    Ok(State { ctx: ctx.build(), table: ResourceTable::new(), limits: limits.build() })
}

//! `coracle run`: a command, or one function of a component or module.

use crate::engine::TimeIsUp;
use crate::flags::RunFlags;
use crate::grant::Grants;
use crate::link::{self, Waiting};
use crate::load::{self, Guest};
use crate::report::{Outcome, UsageError};
use crate::state::State;
use crate::{engine, invoke, module, with};
use coracle::component::{Component, Instance};
use coracle::{Result, Store, Trap};

/// The interface of a command. Any 0.2 version of it is found by this name.
const RUN: &str = "wasi:cli/run@0.2.12";

/// Runs what the flags say.
pub(crate) fn run(flags: &RunFlags) -> Outcome {
    if flags.profile_ops.is_some() && !profile::BUILT {
        return Err(UsageError::error(
            "`--profile-ops`: this build does not count; build with `--features profile-ops`",
        ));
    }
    let engine = engine::engine(&flags.engine)?;
    let grants = Grants::of_command(flags)?;
    let outcome = match (load::runnable(&engine, flags.file(), flags.engine.allow_precompiled)?, &flags.invoke) {
        (Guest::Module(_), _) if !flags.with.is_empty() => {
            Err(UsageError::error("`--with` links components, and this is a core module"))
        }
        (Guest::Module(guest), Some(name)) => module::invoke(flags, &grants, &guest, name),
        (Guest::Module(guest), None) => module::command(flags, &grants, &guest),
        (Guest::Component(_), _) if !flags.preload.is_empty() => {
            Err(UsageError::error("`--preload` gives modules to a core module, and this is a component"))
        }
        (Guest::Component(guest), Some(call)) => {
            arguments_are_none(flags).and_then(|()| invoke::invoke(call, &guest, || start(flags, &grants, &guest)))
        }
        (Guest::Component(guest), None) => command(flags, &grants, &guest),
    };
    if let Some(most) = flags.profile_ops {
        profile::print(most);
    }
    outcome.map_err(|error| match grants.wasm.timeout {
        Some(timeout) if error.downcast_ref() == Some(&Trap::Interrupt) => error.context(TimeIsUp(timeout)),
        _ => error.context(format!("failed to run `{}`", flags.file().display())),
    })
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

/// Arguments behind the file would be lost on a component's function.
fn arguments_are_none(flags: &RunFlags) -> Result<()> {
    match flags.args() {
        [] => Ok(()),
        [first, ..] => Err(UsageError::error(format!(
            "a component's function takes its arguments from `--invoke 'NAME(…)'`; {first:?} is one too many"
        ))),
    }
}

fn command(flags: &RunFlags, grants: &Grants, component: &Component) -> Outcome {
    let run = component
        .get_export_index(None, RUN)
        .and_then(|instance| component.get_export_index(Some(&instance), "run"))
        .ok_or_else(|| load::missing(component, "a command", "wasi:cli/run@0.2", "; `--invoke` calls a function"))?;
    let (mut store, instance) = start(flags, grants, component)?;
    let run = instance.get_typed_func::<(), (std::result::Result<(), ()>,)>(&mut store, &run)?;
    let (result,) = run.call(&mut store, ())?;
    Ok(u8::from(result.is_err()))
}

/// Instantiates the component with WASI: all of 0.2 is there to be imported, and does what is granted.
fn start(flags: &RunFlags, grants: &Grants, component: &Component) -> Result<(Store<State>, Instance)> {
    let linker = link::linker(component, grants, Waiting::OnTheThread)?;
    let pre = with::link(&linker, &flags.with, flags.file(), component)?;
    let mut store = grants.component_store(component.engine())?;
    engine::start_clock(grants.wasm.timeout, &mut store)?;
    let instance = pre.instantiate(&mut store)?;
    Ok((store, instance))
}

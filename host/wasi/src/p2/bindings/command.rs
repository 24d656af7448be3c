//! The world `wasi:cli/command`, seen from the host: a component that can be run.

use crate::p2::bindings::exports::wasi::cli::run;
use coracle::component::{Component, Instance, InstancePre, Linker};
use coracle::{AsContextMut, Engine, Result};

/// A command that is linked and whose exports are found; instances are made of it at no cost in names.
pub struct CommandPre<T: 'static> {
    instance_pre: InstancePre<T>,
    indices: CommandIndices,
}

impl<T: 'static> Clone for CommandPre<T> {
    fn clone(&self) -> Self {
        Self { instance_pre: self.instance_pre.clone(), indices: self.indices.clone() }
    }
}

impl<T: 'static> CommandPre<T> {
    /// Finds the exports of the world.
    ///
    /// # Errors
    ///
    /// When one is missing.
    pub fn new(instance_pre: InstancePre<T>) -> Result<Self> {
        let indices = CommandIndices::new(&instance_pre)?;
        Ok(Self { instance_pre, indices })
    }

    /// The engine that the component is loaded into.
    pub fn engine(&self) -> &Engine {
        self.instance_pre.engine()
    }

    /// What this was made of.
    pub fn instance_pre(&self) -> &InstancePre<T> {
        &self.instance_pre
    }

    /// Makes an instance.
    ///
    /// # Errors
    ///
    /// When the instantiation fails, or an export has not the world's type.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Command> {
        let mut store = store.as_context_mut();
        let instance = self.instance_pre.instantiate(&mut store)?;
        self.indices.load(&mut store, &instance)
    }
}

/// Where the exports of the world are found in one component.
#[derive(Clone)]
pub struct CommandIndices {
    run: run::GuestIndices,
}

impl CommandIndices {
    /// Finds them.
    ///
    /// # Errors
    ///
    /// When one is missing.
    pub fn new<T>(instance_pre: &InstancePre<T>) -> Result<Self> {
        Ok(Self { run: run::GuestIndices::new(instance_pre)? })
    }

    /// Takes the exports out of an instance of the component.
    ///
    /// # Errors
    ///
    /// When one has not the world's type.
    pub fn load(&self, mut store: impl AsContextMut, instance: &Instance) -> Result<Command> {
        Ok(Command { run: self.run.load(&mut store, instance)? })
    }
}

/// An instance of a command.
pub struct Command {
    run: run::Guest,
}

impl Command {
    /// Links and instantiates a component.
    ///
    /// # Errors
    ///
    /// When an import is not offered, the instantiation fails, or an export is missing.
    pub fn instantiate<T: 'static>(
        store: impl AsContextMut<Data = T>,
        component: &Component,
        linker: &Linker<T>,
    ) -> Result<Self> {
        CommandPre::new(linker.instantiate_pre(component)?)?.instantiate(store)
    }

    /// Takes the exports of the world out of an instance.
    ///
    /// # Errors
    ///
    /// When one is missing or has not the world's type.
    pub fn new(mut store: impl AsContextMut, instance: &Instance) -> Result<Self> {
        let indices = CommandIndices::new(&instance.instance_pre(&store))?;
        indices.load(&mut store, instance)
    }

    /// The export `wasi:cli/run`.
    pub fn wasi_cli_run(&self) -> &run::Guest {
        &self.run
    }
}

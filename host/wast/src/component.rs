//! Components of scripts. The script runner refuses them for now, by name.

use coracle::{Engine, Result, bail};
use wast::{WastInvoke, WastRet};

/// A loaded component: there is none.
#[derive(Clone, Debug)]
pub(crate) enum Component {}

/// A component's value: there is none.
#[derive(Debug)]
pub(crate) enum Val {}

/// A component instance: there is none.
pub(crate) enum Instance {}

/// Refuses a component.
pub(crate) fn load(_: &Engine, _: &[u8]) -> Result<Component> {
    bail!("not supported: components in scripts")
}

impl Instance {
    /// An instance of a component.
    pub(crate) fn new(_: &Engine, component: &Component) -> Result<Self> {
        match *component {}
    }

    /// Calls an exported function.
    pub(crate) fn invoke(&mut self, _: &WastInvoke<'_>) -> Result<Vec<Val>> {
        match *self {}
    }
}

/// Whether a result is what the script expects.
pub(crate) fn matches(actual: &Val, _: &WastRet<'_>) -> bool {
    match *actual {}
}

//! Builds without adapters: no instance is entered but by the host, which notes it in its calls' scopes.

use crate::abi::handles::Handles;
use coracle_error::Result;
use coracle_vm::store::extension::Globals;

/// All of a store: none.
#[derive(Debug, Default)]
pub(crate) struct Entrances {}

/// What of it belongs to a task that does not run.
#[derive(Debug, Default)]
pub(crate) struct OpenEntrances;

/// What was open before a call from the host.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EntranceMark {}

impl Entrances {
    /// Whether no instance of the store is called by another guest.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    /// Where a call begins.
    #[inline(always)]
    pub(crate) fn mark(&self) -> EntranceMark {
        EntranceMark {}
    }

    /// A call from the host begins.
    ///
    /// # Errors
    /// None.
    #[inline(always)]
    pub(crate) fn begin(&mut self, _: &mut Globals<'_>) -> Result<EntranceMark> {
        Ok(EntranceMark {})
    }

    /// A call has ended.
    #[inline(always)]
    pub(crate) fn end(&mut self, _: &mut Globals<'_>, _: EntranceMark) {}

    /// Poisons what is open: nothing.
    #[inline(always)]
    pub(crate) fn poison(&self, _: &Globals<'_>, _: &mut Handles) {}

    /// Shuts the entrances of what is poisoned: there are none.
    #[inline(always)]
    pub(crate) fn shut(&self, _: &mut Globals<'_>, _: &Handles) {}

    /// Exchanges what belongs to the task that runs with what belongs to another.
    #[inline(always)]
    pub(crate) fn exchange(&mut self, _: &mut Globals<'_>, _: &mut OpenEntrances) {}
}

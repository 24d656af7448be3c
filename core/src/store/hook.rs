//! The embedder's hook on calls between guest and host.
//!
//! It is called on the way in and on the way out of either, traps included. What it costs where there is none is one
//! look at an option per call.

use crate::error::Result;
use crate::store::StoreInner;
use alloc::boxed::Box;

/// Where a call between guest and host stands when the hook of [`Store::call_hook`](crate::store::Store::call_hook) is
/// called.
#[derive(Clone, Copy, Debug)]
pub enum CallHook {
    /// The host is about to call the guest.
    CallingWasm,
    /// The guest has returned to the host, or has trapped.
    ReturningFromWasm,
    /// The guest is about to call the host.
    CallingHost,
    /// The host is about to return to the guest, or to fail.
    ReturningFromHost,
}

impl CallHook {
    /// Whether code of the host's runs next.
    pub fn entering_host(&self) -> bool {
        matches!(self, Self::ReturningFromWasm | Self::CallingHost)
    }

    /// Whether code of the guest's runs next.
    pub fn exiting_host(&self) -> bool {
        !self.entering_host()
    }
}

pub(crate) type CallHookFn = Box<dyn FnMut(&mut StoreInner, CallHook) -> Result<()> + Send + Sync>;

impl StoreInner {
    /// Calls the embedder's hook, if there is one.
    #[inline(always)]
    pub(crate) fn call_hook(&mut self, at: CallHook) -> Result<()> {
        if self.call_hook.is_none() { Ok(()) } else { self.run_call_hook(at) }
    }

    #[cold]
    fn run_call_hook(&mut self, at: CallHook) -> Result<()> {
        // Calls that the hook itself makes have no hook.
        let Some(mut hook) = self.call_hook.take() else { return Ok(()) };
        let answer = hook(self, at);
        self.call_hook = Some(hook);
        answer
    }

    /// Runs what a guest calls of the host's, between the two hooks.
    #[inline(always)]
    pub(crate) fn hooked<R>(&mut self, host: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        self.call_hook(CallHook::CallingHost)?;
        let result = host(self);
        self.call_hook(CallHook::ReturningFromHost)?;
        result
    }
}

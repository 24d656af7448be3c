//! Out of running code to the embedder, and back.

use crate::store::hook::CallHook;
use crate::store::inner::StoreInner;
use coracle_error::Result;

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

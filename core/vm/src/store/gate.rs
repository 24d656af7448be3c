//! Out of running code to the embedder, and back.
#![allow(unsafe_code)] // Marks the waiter of the call that the hook is called in.

use crate::store::hook::CallHook;
use crate::store::host::{guarded, resumed};
use crate::store::inner::{CallHookFn, StoreInner};
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
        match self.call_hook.take() {
            None => Ok(()),
            Some(CallHookFn::Sync(mut hook)) => {
                let answer = guarded(|| hook(self, at));
                self.call_hook = Some(CallHookFn::Sync(hook));
                resumed(answer)
            }
            Some(CallHookFn::Async(hook)) => {
                self.call_hook = Some(CallHookFn::Async(hook.clone()));
                self.with_own_waiter(|store, waiter| {
                    // SAFETY: it is the waiter of the innermost call that may wait, which is alive while the call runs, and
                    // it does run here (W1 of `wait`).
                    let mark = |in_hook| unsafe { core::mem::replace(&mut (*waiter.as_ptr()).in_hook, in_hook) };
                    if mark(true) {
                        return Ok(());
                    }
                    let answer = guarded(|| hook(store, at));
                    mark(false);
                    resumed(answer)
                })
                .unwrap_or_else(|| Err(self.not_sync()))
            }
        }
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

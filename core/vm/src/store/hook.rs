//! The embedder's hook on calls between guest and host.
//!
//! It is called on the way in and on the way out of either, traps included. What it costs where there is none is one
//! look at an option per call.

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

//! How a wait ended.

/// How a wait ended, as the instruction tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Another agent woke it.
    #[cfg_attr(not(feature = "std"), expect(dead_code, reason = "there is no other agent"))]
    Woken = 0,
    /// The cell held something else.
    NotEqual = 1,
    /// Nobody woke it in time.
    TimedOut = 2,
}

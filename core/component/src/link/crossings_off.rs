//! Builds without adapters.

/// Nothing.
#[derive(Clone)]
pub(crate) struct Crossings;

//! Calls that may wait, in each tier: one binary.

mod calls;
mod places;
mod support;

//! Calls that may wait, in each tier: one binary.

mod calls;
mod hooks;
mod hops;
mod nested;
mod places;
mod support;

//! Calls that may wait, in each tier: one binary.

mod broken;
mod calls;
#[path = "../exports/counting.rs"]
mod counting;
mod counts;
mod hooks;
mod hops;
mod linked;
mod nested;
mod numbers;
mod places;
mod ready;
mod support;

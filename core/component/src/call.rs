//! The two directions between host and guest, side by side.
//!
//! `into_guest` lowers parameters, enters a lifted function and lifts its result; `into_host` lifts parameters,
//! runs a host function and lowers its result. A call between two guests is neither: it is an adapter, see
//! [`adapter`](coracle_image::adapter).

pub(crate) mod builtins;
#[cfg(feature = "adapters")]
mod crossing;
pub(crate) mod destroy;
pub(crate) mod host_function;
pub(crate) mod into_guest;
pub(crate) mod into_host;
pub(crate) mod raw;
pub(crate) mod reexport;
mod resource;
pub(crate) mod scratch;

//! Resources as the host sees them: `Resource<T>`, `ResourceDynamic`, `ResourceAny`, `ResourceType`.
//!
//! A guest sees a resource as an index into the handle table of its component instance
//! ([`store::resource`](crate::abi::handles)); the host sees one of these values. They name a representation (a
//! `u32` that the definer of the resource understands) or an entry of the store's own handle table, and crossing the
//! boundary turns one into the other under the specification's rules for `own` and `borrow`.

pub mod any;
pub mod host;
pub mod ty;

pub use any::ResourceAny;
pub use host::{Resource, ResourceDynamic};
pub use ty::ResourceType;

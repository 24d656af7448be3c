//! What generated code (derives, `flags!`, `bindgen!`) names. Not a public interface: it changes without notice.

pub use crate::abi::check::{self, Check};
pub use crate::abi::cx::{InstanceType, LiftCx, LowerCx, bad_type};
pub use crate::abi::{AbiInfo, FlatDst, FlatSrc};
pub use crate::error::{Error, Result};
pub use crate::raw::RawVal;
pub use crate::types::{InterfaceType, Ptr};
pub use alloc::boxed::Box;
pub use alloc::string::String;
pub use alloc::vec::Vec;

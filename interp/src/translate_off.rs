//! Nothing is translated: the twin of `translate` in builds that run prepared code alone.

use crate::code::Code;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::Module;
use coracle_vm::tier::{LoopHead, OpOffsets};

/// Translates a function.
///
/// # Errors
/// `ErrorKind::Unsupported`, always.
pub(crate) fn translate(_: &Module, _: DefinedFuncIndex) -> Result<Code> {
    Err(Error::fault(ErrorKind::Unsupported, "this build runs prepared code alone"))
}

/// Where ops come from: nobody knows.
pub(crate) fn offsets(_: &Module, _: DefinedFuncIndex) -> Option<OpOffsets> {
    None
}

/// Where everything lies at the head of a loop: nobody knows.
pub(crate) fn loop_head(_: &Module, _: DefinedFuncIndex, _: u32) -> Option<LoopHead> {
    None
}

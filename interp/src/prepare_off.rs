//! No code is prepared: the twin of `prepare` in builds that know no ops by name, or translate none.

use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_image::module::CodeForm;
use coracle_vm::module::Module;

/// The record of a function.
///
/// # Errors
/// `ErrorKind::Unsupported`, always.
pub(crate) fn prepare(_: &Module, _: DefinedFuncIndex, _: &mut CodeForm, _: &[u32]) -> Result<Vec<u8>> {
    let message = "code is prepared on little-endian machines, with the features `translate` and `inspect`";
    Err(Error::fault(ErrorKind::Unsupported, message))
}

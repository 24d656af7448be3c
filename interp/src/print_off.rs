//! No code is printed: the twin of `print` in builds without the feature `inspect`.

use alloc::string::String;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::Module;

/// The ops of a function.
///
/// # Errors
/// `ErrorKind::Unsupported`, always.
pub(crate) fn of(_: &Module, _: DefinedFuncIndex) -> Result<String> {
    Err(Error::fault(ErrorKind::Unsupported, "printed code needs the feature `inspect`"))
}

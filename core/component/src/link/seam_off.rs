//! Builds that write no adapters: a component can be linked to the host alone, and to modules and resources of others.

use crate::component::Component;
use crate::ids::NodeIndex;
use crate::link::pre::{Linked, Node, Seam};
use alloc::vec::Vec;
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::plan::RuntimeImportIndex;

/// No seams.
///
/// # Errors
/// `ErrorKind::Unsupported` where an import is a function of another component.
pub(crate) fn seams(
    _: &Component,
    imports: &PrimaryMap<RuntimeImportIndex, Linked>,
    _: &PrimaryMap<NodeIndex, Node>,
) -> Result<Vec<Seam>> {
    match imports.values().any(|import| matches!(import, Linked::Export(..))) {
        false => Ok(Vec::new()),
        true => Err(Error::fault(
            ErrorKind::Unsupported,
            "a component calls another one, and this build is without the feature `adapters`",
        )),
    }
}

//! Builds that write no adapters: a component can be linked to the host alone, and to modules and resources of others.

use crate::component::Component;
use crate::ids::NodeIndex;
use crate::link::crossings::Crossings;
use crate::link::pre::{Linked, Node};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::plan::RuntimeImportIndex;

/// None.
///
/// # Errors
/// `ErrorKind::Unsupported` where an import is a function of another component.
pub(crate) fn crossings(
    _: &Component,
    imports: &PrimaryMap<RuntimeImportIndex, Linked>,
    _: &PrimaryMap<NodeIndex, Node>,
) -> Result<Crossings> {
    match imports.values().any(|import| matches!(import, Linked::Export(..))) {
        false => Ok(Crossings),
        true => Err(Error::fault(
            ErrorKind::Unsupported,
            "a component calls another one, and this build is without the feature `adapters`",
        )),
    }
}

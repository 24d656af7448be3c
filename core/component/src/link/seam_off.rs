//! Links to other components in builds that have none: nothing is linked to another one without the feature `adapters`.

use crate::component::Component;
use crate::ids::NodeIndex;
use crate::link::crossings::Crossings;
use crate::link::pre::{Linked, Node};
use coracle_error::Result;
use coracle_image::arena::PrimaryMap;
use coracle_image::plan::RuntimeImportIndex;

/// None.
///
/// # Errors
/// Never.
pub(crate) fn crossings(
    _: &Component,
    _: &PrimaryMap<RuntimeImportIndex, Linked>,
    _: &PrimaryMap<NodeIndex, Node>,
) -> Result<Crossings> {
    Ok(Crossings)
}

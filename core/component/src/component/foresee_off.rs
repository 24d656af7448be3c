//! Builds in which nothing is compiled.

use coracle_image::adapter::Import;
use coracle_image::arena::PrimaryMap;
use coracle_image::plan::{Plan, StaticModuleIndex};
use coracle_vm::engine::Engine;
use coracle_vm::module::Module;

/// Nobody asks.
pub(crate) fn links<'a>(
    _: &Engine,
    _: &'a Plan,
    _: &'a PrimaryMap<StaticModuleIndex, Module>,
    _: impl Iterator<Item = (&'a Module, &'a [Import])>,
) {
}

//! `Parsed` → what a component is at run time: a plan, an export graph, a type table, modules.
//!
//! The instantiation is run once, abstractly (`inline`): a nested component is instantiated as a function is called,
//! its imports are arguments, and what comes out is items that say absolutely where they are from. Effects become the
//! steps of the [`Plan`]; exports become the `ExportGraph`. Components that can be instantiated twice are, so a chain
//! of them can double per level; limits stop that with a named error.
//!
//! Rejected: taking types from the validator and substituting resources per instantiation. Evaluating each
//! definition in the scope that it stands in gives the substituted type directly, and keeps the validator's types out
//! of everything behind `parse`.

pub(crate) mod def;
pub(crate) mod eval;
pub(crate) mod fuse;
pub(crate) mod inline;
pub(crate) mod order;
pub(crate) mod scope;

use crate::arena::PrimaryMap;
use crate::export::{ExportEntry, ExportIndex};
use crate::module::ModuleData;
use crate::parse::parsed::{Item, StaticComponentIndex};
use crate::plan::{Plan, StaticModuleIndex};
use crate::strings::StringPool;
use crate::types::{TypeTable, TypeTableBuilder};
use alloc::vec::Vec;
use coracle_error::Result;
use scope::Machine;

/// What is left of a component's definitions once its instantiations have been run.
#[derive(Debug)]
pub struct Flat {
    /// How to instantiate it.
    pub plan: Plan,
    /// What it exports: all entries, and the root's.
    pub entries: (PrimaryMap<ExportIndex, ExportEntry>, ExportIndex),
    /// Its types.
    pub types: TypeTable,
}

/// Flattens the components of a binary, of which the first is the root. `names` are those that they use.
///
/// # Errors
/// `ErrorKind::Unsupported` when it uses something that cannot be run, by name; `ErrorKind::Limit` when it grows past
/// one of [`limits`](crate::limits).
pub fn flatten(
    names: StringPool,
    components: &PrimaryMap<StaticComponentIndex, Vec<Item>>,
    modules: &PrimaryMap<StaticModuleIndex, ModuleData>,
) -> Result<Flat> {
    let mut machine = Machine::new(components, modules, TypeTableBuilder::with_names(names));
    let exports = machine.run()?;
    let entries = machine.entries(exports)?;
    machine.finish_plan()?;
    let Machine { plan, types, .. } = machine;
    let root = entries.root();
    Ok(Flat { plan, entries: (entries.table, root), types: types.finish() })
}

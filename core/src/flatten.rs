//! `Parsed` → what a component is at run time: a plan, an export graph, a type table, modules.
//!
//! The instantiation is run once, abstractly (`inline`): a nested component is instantiated as a function is called,
//! its imports are arguments, and what comes out is items that say absolutely where they are from. Effects become the
//! steps of the [`Plan`]; exports become the [`ExportGraph`]. Components that can be instantiated twice are, so a chain
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
use crate::engine::Engine;
use crate::error::Result;
use crate::export::ExportGraph;
use crate::module::{Bytes, Module};
use crate::parse::parsed::Parsed;
use crate::plan::{Plan, StaticModuleIndex};
use crate::types::{TypeTable, TypeTableBuilder};
use alloc::sync::Arc;
use scope::Machine;

/// A component, flat and frozen.
#[derive(Debug)]
pub struct Flat {
    /// How to instantiate it.
    pub plan: Plan,
    /// What it exports.
    pub graph: ExportGraph,
    /// Its types.
    pub types: Arc<TypeTable>,
    /// Its modules.
    pub modules: PrimaryMap<StaticModuleIndex, Module>,
    /// The binary.
    pub bytes: Bytes,
}

/// Flattens a component.
///
/// # Errors
/// `ErrorKind::Unsupported` when it uses something that cannot be run, by name; `ErrorKind::Limit` when it grows past
/// one of [`limits`](crate::limits).
pub fn flatten(engine: &Engine, parsed: Parsed) -> Result<Flat> {
    let Parsed { bytes, names, components, modules } = parsed;
    let mut machine = Machine::new(&components, &modules, TypeTableBuilder::with_names(names));
    let exports = machine.run()?;
    let entries = machine.entries(exports)?;
    machine.finish_plan()?;
    let Machine { plan, types, .. } = machine;
    let types = Arc::new(types.finish());
    let root = entries.root();
    let graph = ExportGraph::new(engine, entries.table, root, types.clone());
    Ok(Flat { plan, graph, types, modules, bytes })
}

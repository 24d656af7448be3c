//! The same components, composed offline by a tool.

use crate::shape::{Dep, Graph, Via};
use crate::text::API;
use coracle::{Error, Result};
use std::fmt::Display;
use wasm_compose::graph::{Component, ComponentId, CompositionGraph, EncodeOptions, InstanceId};
use wasmparser::{Validator, WasmFeatures};

/// One component with all of a graph in it, as `wasm-compose` makes it, of a graph of which it can.
pub(crate) fn composed(graph: &Graph) -> Result<Vec<u8>> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut composition = CompositionGraph::new();
    let mut made: Vec<(ComponentId, InstanceId)> = Vec::new();
    for (number, node) in graph.nodes.iter().enumerate() {
        let binary = told(wat::parse_str(graph.component(number)))?;
        let component = told(Component::from_bytes(&mut validator, format!("c{number}"), binary))?;
        let id = told(composition.add_component(component))?;
        let instance = told(composition.instantiate(id))?;
        for Dep { node, via } in &node.deps {
            let (exporter, exporting) = made[*node];
            let pairs: Vec<(&str, String)> = match via {
                Via::Funcs => graph.funcs(*node).iter().map(|&f| (f, format!("{f}-{node}"))).collect(),
                Via::Instance | Via::Built => vec![(API, format!("i{node}"))],
            };
            for (export, import) in pairs {
                let found = composition.get_component(exporter).and_then(|component| component.export_by_name(export));
                let (export, ..) = found.ok_or_else(|| Error::msg("the export is missing"))?;
                let found = composition.get_component(id).and_then(|component| component.import_by_name(&import));
                let (import, _) = found.ok_or_else(|| Error::msg("the import is missing"))?;
                told(composition.connect(exporting, Some(export), instance, import))?;
            }
        }
        made.push((id, instance));
    }
    let export = made.last().map(|(_, instance)| *instance);
    told(composition.encode(EncodeOptions { define_components: true, export, validate: false }))
}

fn told<T, E: Display>(result: std::result::Result<T, E>) -> Result<T> {
    result.map_err(|error| Error::msg(format!("composing: {error:#}")))
}

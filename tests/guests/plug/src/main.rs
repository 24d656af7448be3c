//! `plug SOCKET PLUG OUT`: one component, in which what SOCKET imports and PLUG exports are the same.

use std::error::Error;
use std::fs;
use wac_graph::{CompositionGraph, EncodeOptions, plug};
use wac_types::Package;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [socket, plugged, out] = args.as_slice() else {
        return Err("usage: plug SOCKET PLUG OUT".into());
    };
    let mut graph = CompositionGraph::new();
    let package = Package::from_file("guest:socket", None, socket, graph.types_mut())?;
    let socket = graph.register_package(package)?;
    let package = Package::from_file("guest:plug", None, plugged, graph.types_mut())?;
    let plugged = graph.register_package(package)?;
    plug(&mut graph, vec![plugged], socket)?;
    fs::write(out, graph.encode(EncodeOptions::default())?)?;
    Ok(())
}

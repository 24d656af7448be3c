//! The hand-bound interfaces against the texts in `wit/`: a component that imports every function with
//! its true type must link.

use coracle::component::{Component, Linker, ResourceTable};
use coracle::{Engine, Result};
use coracle_wasi::{WasiCtx, WasiCtxView, WasiView};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// The texts, each after those that it uses.
const TEXTS: &[(&str, &str)] = &[
    ("io.wit", include_str!("../wit/io.wit")),
    ("clocks.wit", include_str!("../wit/clocks.wit")),
    ("random.wit", include_str!("../wit/random.wit")),
    ("filesystem.wit", include_str!("../wit/filesystem.wit")),
    ("sockets.wit", include_str!("../wit/sockets.wit")),
    ("cli.wit", include_str!("../wit/cli.wit")),
];

/// What the crate offers.
const INTERFACES: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/timezone",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

struct State {
    ctx: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
    }
}

/// A component that imports all functions of some interfaces.
fn importer(interfaces: &[&str], version: &str) -> Vec<u8> {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    for (name, text) in TEXTS {
        // The gate of what is newest goes, since no package may name a version above its own.
        let text = text.replace("@since(version = 0.2.12)", "").replace("@0.2.12", &format!("@{version}"));
        resolve.push_source(name, &text).unwrap();
    }
    let imports: String = interfaces.iter().map(|name| format!("import {name}@{version};\n")).collect();
    let text = format!("package test:all;\nworld all {{\n{imports}}}\n");
    let package = resolve.push_source("all.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some("all")).unwrap();
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

fn link(component: &[u8]) -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<State>::new(&engine);
    coracle_wasi::p2::add_to_linker_sync(&mut linker)?;
    let component = Component::new(&engine, component)?;
    linker.instantiate_pre(&component)?;
    Ok(())
}

#[test]
fn every_function_has_its_true_type() {
    for interface in INTERFACES {
        link(&importer(&[interface], "0.2.12")).unwrap_or_else(|error| panic!("{interface}: {error:?}"));
    }
    link(&importer(INTERFACES, "0.2.12")).unwrap();
    println!("{} interfaces", INTERFACES.len());
}

#[test]
fn older_versions_are_served() {
    for version in ["0.2.0", "0.2.3", "0.2.99"] {
        link(&importer(INTERFACES, version)).unwrap_or_else(|error| panic!("{version}: {error:?}"));
    }
}

#[test]
fn what_is_not_offered_does_not_link() {
    let error = link(&importer(&["wasi:sockets/tcp"], "0.2.12")).unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("wasi:sockets/"), "{text}");
}

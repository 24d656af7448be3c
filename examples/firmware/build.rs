//! Puts the memory of the board where the linker finds it, and turns the guests from text into what the firmware carries:
//! binaries, and prepared components.

use coracle::component::{Component, Portable};
use coracle::{Config, Engine};
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let board = env::var("BOARD").unwrap_or_else(|_| "mps2-an386".into());
    let memory = format!("boards/{board}.x");
    fs::copy(&memory, out.join("memory.x")).map_err(|error| format!("{memory}: {error}"))?;
    for guest in ["string", "page", "resource", "floats"] {
        let text = format!("guests/{guest}.wat");
        fs::write(out.join(guest).with_extension("wasm"), wat::parse_file(&text)?)?;
        println!("cargo::rerun-if-changed={text}");
    }
    prepare(&out)?;
    println!("cargo::rerun-if-changed={memory}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BOARD");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    Ok(())
}

/// Prepares the guests with strings for a small machine, with the settings that the firmware has.
fn prepare(out: &Path) -> Result<(), Box<dyn Error>> {
    let mut config = Config::new();
    config.consume_fuel(true);
    let engine = Engine::new(&config)?;
    for guest in ["floats", "string", "page"] {
        let component = Component::from_file(&engine, format!("guests/{guest}.wat"))?;
        let mut file = component.serialize_portable(&Portable { names: false, ..Portable::default() })?;
        fs::write(out.join(guest).with_extension("prepared"), &file)?;
        let middle = file.len() / 2;
        file[middle] ^= 0x10;
        fs::write(out.join("changed.prepared"), &file)?;
    }
    Ok(())
}

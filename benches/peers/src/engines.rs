//! The engines that can be compared, behind three small traits.

use anyhow::{Context, Result, bail};
use std::any::Any;
use std::fs;
use std::path::Path;

pub mod coracle;
#[cfg(feature = "internals")]
mod portable;
mod tinywasm;
mod twin;
mod wasmi;
mod wasmtime;

/// Something that runs core modules, and perhaps components.
pub trait Engine {
    /// Reads, validates and prepares a module or a component, as the engine does by default. `export` is what runs will
    /// call: in a module `(i32) -> i32` or `() -> i32`, in a component `func(n: u32) -> u32`. Functions that it imports
    /// trap.
    fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Loaded>>;

    /// Makes so many calls that wait for the host, each in a store of its own, as [`WAITS`] has them.
    fn waiting(&self, _count: usize) -> Result<Box<dyn Any>> {
        bail!("it has no calls that wait")
    }
}

/// A module whose `run` calls a function of the host's that never returns.
pub const WAITS: &str = r#"(module (import "" "wait" (func $wait)) (memory 1) (func (export "run") (call $wait)))"#;

/// A loaded program.
pub trait Loaded: Send + Sync {
    /// Makes an instance of it in a store of its own. What is called is looked up at the first run.
    fn instance(&self) -> Result<Box<dyn Live>>;
}

/// An instance with its store.
pub trait Live {
    /// Calls the export, with `n` if it takes an argument.
    fn run(&mut self, n: i32) -> Result<i32>;
}

/// Makes an engine.
pub type Make = fn() -> Result<Box<dyn Engine>>;

/// An engine that can be named.
pub struct Known {
    /// Its name on the command line and in tables.
    pub name: &'static str,
    /// What it is, its version aside.
    pub about: &'static str,
    /// The package whose version is the engine's; none for ourselves.
    pub package: Option<&'static str>,
    /// Makes one.
    pub make: Make,
}

const fn known(name: &'static str, about: &'static str, package: Option<&'static str>, make: Make) -> Known {
    Known { name, about, package, make }
}

/// All engines.
pub const ALL: &[Known] = &[
    known("coracle-interp", "Coracle, the interpreter alone", None, coracle::interp),
    known("coracle-interp-fuel", "Coracle, the interpreter with fuel", None, coracle::interp_fuel),
    known("coracle-portable", "Coracle, the interpreter with the loop dispatcher", None, PORTABLE),
    known("coracle-tiered", "Coracle as it comes: interpreted at once, native where it is hot", None, coracle::tiered),
    known("coracle-eager", "Coracle, everything native when it is loaded", None, coracle::eager),
    known("coracle-eager-fuel", "Coracle, everything native, with fuel", None, coracle::eager_fuel),
    known(
        "wasmi",
        "wasmi as it comes: validated at once, translated when called",
        Some("wasmi"),
        wasmi::lazy_translation,
    ),
    known("wasmi-lazy", "wasmi, validated and translated when called", Some("wasmi"), wasmi::lazy),
    known("wasmi-fuel", "wasmi as it comes, with fuel", Some("wasmi"), wasmi::fuel),
    known("wasmtime", "wasmtime, Cranelift", Some("wasmtime"), wasmtime::cranelift),
    known("wasmtime-pooling", "wasmtime, Cranelift, instances from a pool", Some("wasmtime"), wasmtime::pooling),
    known("winch", "wasmtime, Winch", Some("wasmtime"), wasmtime::winch),
    known("pulley", "wasmtime, Pulley", Some("wasmtime"), wasmtime::pulley),
    known("tinywasm", "tinywasm as it comes", Some("tinywasm"), tinywasm::make),
];

#[cfg(feature = "internals")]
const PORTABLE: Make = portable::make;

#[cfg(not(feature = "internals"))]
const PORTABLE: Make = || bail!("not in this build: it takes the feature `internals`");

/// The engine of that name.
///
/// # Errors
/// When there is none; the message says what there is.
pub fn find(name: &str) -> Result<&'static Known> {
    ALL.iter().find(|known| known.name == name).with_context(|| {
        let names: Vec<&str> = ALL.iter().map(|known| known.name).collect();
        format!("no engine `{name}`; there are {}", names.join(", "))
    })
}

/// All names are engines', and none is named twice.
///
/// # Errors
/// As [`find`], and when there is no name.
pub fn check(names: &[String]) -> Result<()> {
    for (index, name) in names.iter().enumerate() {
        find(name)?;
        if names[..index].contains(name) {
            bail!("engine `{name}` is named twice");
        }
    }
    if names.is_empty() { bail!("no engine is named") } else { Ok(()) }
}

/// A program's bytes; text is assembled first.
///
/// # Errors
/// When the file cannot be read, or is text that is not well formed.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(wat::parse_bytes(&bytes).with_context(|| path.display().to_string())?.into_owned())
}

/// Whether bytes say that they are a component's.
pub fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(b"\0asm\x0d\0\x01\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_engines_are_told_what_there_is() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let message = check(&names(&["wasmi", "wasmo"])).unwrap_err().to_string();
        assert!(message.contains("no engine `wasmo`") && message.contains("coracle-tiered"), "{message}");
        assert!(check(&names(&["wasmi", "wasmi"])).unwrap_err().to_string().contains("twice"));
        assert!(check(&[]).is_err());
    }

    #[test]
    fn every_engine_runs_and_traps() {
        let text = r#"(module (memory (export "memory") 1)
            (func (export "run") (param i32) (result i32)
                (i32.div_s (i32.const 42) (local.get 0))))"#;
        let wasm = wat::parse_str(text).unwrap();
        for known in ALL.iter().filter(|known| known.name != "coracle-portable" || cfg!(feature = "internals")) {
            let loaded = (known.make)().unwrap().load(&wasm, "run").unwrap();
            let mut live = loaded.instance().unwrap();
            assert_eq!(live.run(6).unwrap(), 7, "{}", known.name);
            assert!(live.run(0).is_err(), "{}", known.name);
            assert_eq!(loaded.instance().unwrap().run(21).unwrap(), 2, "{}", known.name);
        }
    }
}

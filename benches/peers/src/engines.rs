//! The engines that can be compared, behind one small trait.

use anyhow::{Result, bail};

pub mod coracle;
mod wasmi;
mod wasmtime;

/// Something that runs core modules.
pub trait Engine {
    /// Reads, validates and prepares a module, as the engine does by default. `export` is what runs will call.
    fn load(&self, wasm: &[u8], export: &str) -> Result<Box<dyn Program>>;
}

/// A loaded module that exports a function `(i32) -> i32` or `() -> i32`. Functions that it imports trap.
pub trait Program {
    /// Makes a new instance of it; later runs are in that one.
    fn fresh(&mut self) -> Result<()>;

    /// Calls the export in the newest instance, with `n` if it takes an argument.
    fn run(&mut self, n: i32) -> Result<i32>;
}

/// The export that is called, in an engine's own types.
pub enum Entry<Run, Get> {
    /// `(i32) -> i32`.
    Run(Run),
    /// `() -> i32`.
    Get(Get),
}

/// Makes an engine.
pub type Make = fn() -> Result<Box<dyn Engine>>;

/// All engines: name, what it is, how to make one.
pub const ALL: &[(&str, &str, Make)] = &[
    ("coracle-interp", "Coracle, the interpreter alone", coracle::make_interp),
    ("coracle-interp-fuel", "the same with fuel", coracle::make_interp_fuel),
    ("coracle-portable", "the same with the loop dispatcher", coracle::make_portable),
    ("coracle-jit", "Coracle, native code from the first call on", coracle::make_jit),
    ("coracle-tiered", "Coracle as it comes: interpreted at once, native where it is hot", coracle::make_tiered),
    ("wasmi", "wasmi 2.0.0, its default: tail dispatch, lazy translation", wasmi::make),
    ("wasmi-fuel", "the same with fuel", wasmi::make_fuel),
    ("wasmtime", "wasmtime 48.0.8, Cranelift", wasmtime::make_cranelift),
    ("winch", "wasmtime 48.0.8, Winch", wasmtime::make_winch),
    ("pulley", "wasmtime 48.0.8, Pulley", wasmtime::make_pulley),
];

/// The engine of that name.
pub fn find(name: &str) -> Result<Box<dyn Engine>> {
    match ALL.iter().find(|(known, ..)| *known == name) {
        Some((_, _, make)) => make(),
        None => {
            let names: Vec<&str> = ALL.iter().map(|(name, ..)| *name).collect();
            bail!("no engine `{name}`; there are {}", names.join(", "))
        }
    }
}

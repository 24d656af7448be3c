//! The engines that can be compared, behind one small trait.

use anyhow::{Result, bail};

pub mod coracle;
mod wasmi;
mod wasmtime;

/// Something that runs core modules.
pub trait Engine {
    /// Reads, validates and prepares a module, as the engine does by default.
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Program>>;
}

/// A loaded module without imports that exports `run: func(i32) -> i32`.
pub trait Program {
    /// Makes a new instance of it; later runs are in that one.
    fn fresh(&mut self) -> Result<()>;

    /// Calls `run` in the newest instance.
    fn run(&mut self, n: i32) -> Result<i32>;
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

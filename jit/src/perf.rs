//! The map by which `perf` names native code: `perf-PID.map`, a line for each function, where it looks for it.
//!
//! # Invariants
//! - A line is written once, when its function is in place. Modules that die take no lines with them: the format has
//!   none for that, and later lines win over earlier ones at the same address.

use crate::names;
use crate::trap::{Kind, Placed};
use coracle_vm::module::Module;
use coracle_vm::tier::Slot;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

/// The map of this process.
pub(crate) struct PerfMap(Mutex<File>);

impl PerfMap {
    /// Begins the map, or goes on with what another engine of this process has begun.
    pub(crate) fn open() -> io::Result<Self> {
        let path = format!("/tmp/perf-{}.map", std::process::id());
        File::options().append(true).create(true).open(path).map(|file| Self(Mutex::new(file)))
    }

    /// Adds functions of a module. What cannot be written is left out: nobody waits for it.
    pub(crate) fn add(&self, module: &Module, functions: &[Placed]) {
        let prefix = module.data().name.as_deref().unwrap_or("module");
        let mut lines = String::new();
        for Placed { start, len, kind } in functions {
            let name = match kind {
                Kind::Body { slot, .. } => function(module, *slot),
                Kind::Stub | Kind::Entry { .. } => "stub".into(),
            };
            let name = format!("wasm[{prefix}]::{name}");
            // Names are the guest's: none must begin a line of its own.
            let name: String = name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            let _ = writeln!(lines, "{start:x} {len:x} {name}");
        }
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(lines.as_bytes());
    }
}

/// The name of the function of a module that has this slot.
fn function(module: &Module, slot: usize) -> String {
    let first = module.slots().as_ptr().addr();
    let defined = slot.wrapping_sub(first) / size_of::<Slot>();
    match module.slots().get(defined) {
        Some(slot) => names::function(module, slot.func()).unwrap_or_else(|| format!("function[{defined}]")),
        None => "function".into(),
    }
}

//! Runs WebAssembly test scripts (`*.wast`) on the Coracle component runtime.
//!
//! A script is a list of directives: modules and components to load, exports to call, and what must come of it. Every
//! directive is run and counted, also after another has failed, so that a report tells how far an engine is.
//!
//! ```
//! # fn main() -> coracle::Result<()> {
//! let script = r#"
//!     (module (func (export "add") (param i32 i32) (result i32)
//!         (i32.add (local.get 0) (local.get 1))))
//!     (assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 3))
//! "#;
//! let report = coracle_wast::run_str("add.wast", script, &coracle_wast::Options::default())?;
//! assert_eq!((report.passed, report.failures.len()), (2, 0));
//! # Ok(())
//! # }
//! ```
//!
//! # What is compared
//! - Text and binary: scripts are read by the `wast` crate; modules are encoded by it and loaded through the public
//!   API in binary form.
//! - `assert_trap` and `assert_exhaustion` compare messages: the trap's text contains the script's. `assert_malformed`,
//!   `assert_invalid` and `assert_unlinkable` ask only that there is an error (and no trap).
//! - Floating point results are compared by bits, or by the script's NaN patterns.
//!
//! # Invariants
//! - Only the façade's public API is used.
//! - All instances of one thread share a store, so components can import registered instances; a trap poisons only
//!   those that were in the call.

mod component;
mod expected;
mod hints;
mod report;
mod script;
mod spectest;
mod value;

pub use expected::{Expected, Verdict};
pub use report::{Failure, Report};

use coracle::component::Component;
use coracle::error::Context;
use coracle::{Config, Result};
use std::path::Path;

/// How scripts are run.
#[derive(Clone)]
pub struct Options {
    /// The engine's settings: tiers, metering, limits. Proposals are set on top of it as `proposals` says.
    pub config: Config,
    /// Which proposals are on.
    pub proposals: Proposals,
    /// What becomes of each component once it is loaded: itself, unless a test wants another way to it.
    pub component: fn(Component) -> Result<Component>,
}

/// Which proposals are on while a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposals {
    /// What the script's path asks for: under `proposals/threads` the rules of that proposal, which is older than
    /// several others, elsewhere all that Coracle knows.
    ByPath,
    /// What [`Options::config`] says.
    AsConfigured,
}

impl Options {
    /// Scripts run in engines of these settings.
    pub fn new(config: Config) -> Self {
        Self { config, proposals: Proposals::ByPath, component: Ok }
    }

    fn config_for(&self, path: &str) -> Config {
        let mut config = self.config.clone();
        if self.proposals == Proposals::AsConfigured {
            return config;
        }
        let path = path.replace('\\', "/");
        let old = path.contains("proposals/threads/");
        config.wasm_threads(true);
        config.shared_memory(true);
        config.wasm_multi_memory(!old);
        config.wasm_reference_types(!old);
        config.wasm_function_references(!old);
        config.wasm_tail_call(!old);
        config.wasm_exceptions(!old);
        config.wasm_memory64(!old);
        config.wasm_custom_page_sizes(!old);
        config.wasm_wide_arithmetic(!old);
        config.wasm_component_model_async(!old);
        config.wasm_component_model_more_async_builtins(!old);
        config.wasm_component_model_async_stackful(!old);
        config.wasm_component_model_threading(!old);
        config.wasm_component_model_map(!old);
        config.wasm_component_model_fixed_length_lists(!old);
        config.wasm_component_model_implements(!old);
        config.wasm_component_model_error_context(!old);
        config.wasm_component_model_forward(!old);
        config.wasm_component_model_memory64(!old);
        // Scripts take nested names for syntax of the future.
        config.wasm_component_model_nested_names(false);
        config
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Config::new())
    }
}

/// Runs a script from a file.
///
/// # Errors
/// When the file cannot be read or is no script, or when no engine can be made of the settings. A directive that
/// fails is no error, but part of the report.
pub fn run_file(path: impl AsRef<Path>, options: &Options) -> Result<Report> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8", path.display()))?;
    run_str(&path.to_string_lossy(), &text, options)
}

/// Runs a script; `path` is its name in the report, and tells which proposals it needs.
///
/// # Errors
/// When the text is no script, or when no engine can be made of the settings.
pub fn run_str(path: &str, text: &str, options: &Options) -> Result<Report> {
    script::run(path, text, &options.config_for(path), options.component)
}

//! `wasm-smith`, asked for what the engine has.

use arbitrary::{Arbitrary, Unstructured};
use wasm_smith::{Component, Config, Module};

/// Bytes that all memories of a store may have together, nearly.
pub const MEMORY_BYTES: usize = 16 << 20;

/// What a module may be like.
pub fn config(input: &mut Unstructured<'_>) -> arbitrary::Result<Config> {
    let mut config = Config::arbitrary(input)?;
    config.max_imports = 0;
    config.min_imports = 0;
    config.min_funcs = 1;
    config.max_funcs = 12;
    config.export_everything = true;
    config.allow_start_export = false;
    config.max_memory32_bytes = MEMORY_BYTES as u64 / 2;
    config.max_memory64_bytes = MEMORY_BYTES as u128 / 2;
    config.max_table_elements = 1000;
    config.gc_enabled = false;
    config.threads_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.canonicalize_nans = false;
    config.allow_invalid_funcs = false;
    // Proposals that the engine has are on whenever the input does not say otherwise.
    config.relaxed_simd_enabled &= config.simd_enabled;
    Ok(config)
}

/// A module without imports that exports all it has.
pub fn module(input: &mut Unstructured<'_>) -> arbitrary::Result<Module> {
    Module::new(config(input)?, input)
}

/// A component of `wasm-smith`'s.
pub fn component(input: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    let mut config = config(input).ok()?;
    config.max_imports = 8;
    Some(Component::new(config, input).ok()?.to_bytes())
}

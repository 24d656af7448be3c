//! What the targets do with their input.
//!
//! Input is bytes. The first says what becomes of the others: a module of `wasm-smith`'s, which knows all of wasm, or
//! one of our own generator's (`program`), whose modules get further. Both targets panic where something is wrong.

pub mod drive;
pub mod program;
#[cfg(feature = "run")]
pub mod run;
pub mod smith;
#[cfg(feature = "run")]
mod targets;

#[cfg(feature = "run")]
pub use targets::{compare, parse, translate_exec};

use arbitrary::Unstructured;
use program::Program;

/// The program of an input: `wasm-smith`'s where `which` is 0, else our own.
pub fn modules(which: u8, input: &mut Unstructured<'_>) -> Option<Program> {
    if which > 0 {
        return Some(program::program(input));
    }
    let mode = input.arbitrary().ok()?;
    Some(Program { modules: vec![smith::module(input).ok()?.to_bytes()], mode, coy: false })
}

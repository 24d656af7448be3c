//! `bindgen!`: WIT → Rust.
//!
//! The shape of the output is Wasmtime's: a struct for the world with methods to call its exports, `…Pre` and
//! `…Indices` beside it, a module for each interface, `Host` traits and `add_to_linker` for imports. Unlike there,
//! the types of exported interfaces are checked when the indices are made, and never again: loading an instance
//! compares nothing.

mod api;
mod emit_guest;
mod emit_host;
mod emit_link;
mod emit_types;
mod emit_world;
#[cfg(test)]
mod goldens;
mod infos;
mod names;
mod options;
mod rules;
#[cfg(test)]
mod tests;
mod types;
mod wit;
mod world;

pub(crate) use options::{Options, facade};

use proc_macro2::TokenStream;
use quote::quote;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use syn::Result;
use wit::{Sources, fail};
use wit_parser::Resolve;
use world::Generator;

/// The bindings that the options ask for.
pub(crate) fn expand(options: &Options) -> Result<TokenStream> {
    let (code, world, sources) = generate(options)?;
    if options.stringify {
        let text = code.to_string();
        return Ok(quote!(#text));
    }
    let code = if options.to_file { included(&code, &world)? } else { code };
    // So that the compiler knows what the bindings depend on.
    let files = sources.files.iter().map(|file| file.display().to_string());
    Ok(quote!(#code #(const _: &[u8] = ::core::include_bytes!(#files);)*))
}

/// The bindings, the name of their world, and what was read for them.
fn generate(options: &Options) -> Result<(TokenStream, String, Sources)> {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    let (sources, packages) = Sources::read(options, &mut resolve)?;
    let world = resolve.select_world(&packages, options.world.as_deref()).map_err(|e| fail(format!("{e:#}")))?;
    resolve.generate_nominal_type_ids(world);
    let code = Generator::new(&resolve, world, options, &sources)?.write()?;
    Ok((code, resolve.worlds[world].name.clone(), sources))
}

/// Code in a file, for people to read and for the compiler to point into.
fn included(code: &TokenStream, world: &str) -> Result<TokenStream> {
    static WRITTEN: AtomicUsize = AtomicUsize::new(0);
    let n = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let path = Path::new(env!("OUT_DIR")).join(format!("{world}{n}.rs"));
    std::fs::write(&path, code.to_string()).map_err(|e| fail(format!("{}: {e}", path.display())))?;
    // One line is no pleasure to read, but it compiles.
    let format = Command::new("rustfmt").arg("--edition=2024").arg(&path).stderr(Stdio::null()).status();
    drop(format);
    let path = path.display().to_string();
    Ok(quote!(::core::include!(#path);))
}

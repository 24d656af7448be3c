//! `bindgen!`: WIT → Rust.
//!
//! The shape of the output is Wasmtime's: a struct for the world with methods to call its exports, `…Pre` and
//! `…Indices` beside it, a module for each interface, `Host` traits and `add_to_linker` for imports. Unlike there,
//! the types of exported interfaces are checked when the indices are made, and never again: loading an instance
//! compares nothing.

mod emit_guest;
mod emit_host;
mod emit_types;
mod emit_world;
mod names;
mod options;
mod rules;
#[cfg(test)]
mod tests;
mod types;
mod world;

pub(crate) use options::Options;

use proc_macro2::TokenStream;
use quote::quote;
use std::path::{Path, PathBuf};
use syn::Result;
use wit_parser::{PackageId, Resolve};
use world::{Generator, fail};

/// The bindings that the options ask for.
pub(crate) fn expand(options: &Options) -> Result<TokenStream> {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    let (packages, files) = read(options, &mut resolve)?;
    let world = resolve.select_world(&packages, options.world.as_deref()).map_err(|e| fail(format!("{e:#}")))?;
    resolve.generate_nominal_type_ids(world);
    let code = Generator::new(&resolve, world, options)?.write()?;
    if options.stringify {
        let text = code.to_string();
        return Ok(quote!(#text));
    }
    // So that the compiler knows what the bindings depend on.
    let files = files.iter().map(|file| file.display().to_string());
    Ok(quote!(#code #(const _: &[u8] = include_bytes!(#files);)*))
}

fn read(options: &Options, resolve: &mut Resolve) -> Result<(Vec<PackageId>, Vec<PathBuf>)> {
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut paths: Vec<_> = options.paths.iter().map(|path| package.join(path)).collect();
    if paths.is_empty() && package.join("wit").exists() {
        paths.push(package.join("wit"));
    }
    let (mut packages, mut files) = (Vec::new(), Vec::new());
    for path in paths {
        let (id, sources) = push(resolve, &path)?;
        packages.push(id);
        files.extend(sources);
    }
    if let Some(inline) = &options.inline {
        let id = resolve.push_str("macro-input", inline).map_err(|e| fail(format!("{e:#}")))?;
        packages = vec![id];
    }
    Ok((packages, files))
}

fn push(resolve: &mut Resolve, path: &Path) -> Result<(PackageId, Vec<PathBuf>)> {
    let path = path.canonicalize().unwrap_or_else(|_| path.into());
    let (id, sources) = resolve.push_path(&path).map_err(|e| fail(format!("{e:#}")))?;
    Ok((id, sources.paths().map(Into::into).collect()))
}

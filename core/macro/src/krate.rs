//! By which name the calling package knows the façade crate.
//!
//! A derive is not told that: `$crate` is for the macros that are written as rules. So the package's manifest is asked
//! for a dependency on `coracle` under whatever name, then for one on `wasmtime`, which is ours where `[patch]` says so.
//! An attribute `wasmtime_crate = …` overrides all of this.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::Span;
use syn::{Ident, parse_quote};

/// Packages that are the façade, the likelier first.
const PACKAGES: [&str; 2] = ["coracle", "wasmtime"];

/// The path of the façade crate.
pub(crate) fn root() -> syn::Path {
    let found = PACKAGES.into_iter().find_map(|package| match crate_name(package).ok()? {
        // Tests, examples and doctests of the façade are packages' targets beside it and name it like anybody else.
        FoundCrate::Itself => Some(package.into()),
        FoundCrate::Name(name) => Some(name),
    });
    let name = Ident::new(&found.unwrap_or_else(|| PACKAGES[0].into()), Span::call_site());
    parse_quote!(::#name)
}

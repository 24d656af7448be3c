//! `bindgen!` and the derives of the Coracle component runtime.
//!
//! What is emitted names the façade crate by the path that its own macros give, or else by whatever name the calling
//! package depends on it (`krate`); and in it only public paths and `component::__internal`.

mod attr;
mod bindgen;
mod derive;
mod flags;
mod krate;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Derives `ComponentType` for a struct (`#[component(record)]`) or an enum (`#[component(variant)]`,
/// `#[component(enum)]`).
///
/// A field or case is called in the component as it is in Rust, or as `#[component(name = "…")]` says.
#[proc_macro_derive(ComponentType, attributes(component))]
pub fn component_type(input: TokenStream) -> TokenStream {
    expand(derive::component_type, parse_macro_input!(input as DeriveInput))
}

/// Derives `Lift`, with attributes as for `ComponentType`.
#[proc_macro_derive(Lift, attributes(component))]
pub fn lift(input: TokenStream) -> TokenStream {
    expand(derive::lift, parse_macro_input!(input as DeriveInput))
}

/// Derives `Lower`, with attributes as for `ComponentType`.
#[proc_macro_derive(Lower, attributes(component))]
pub fn lower(input: TokenStream) -> TokenStream {
    expand(derive::lower, parse_macro_input!(input as DeriveInput))
}

/// Makes a type for `flags`: a set of named bits.
///
/// Before the input may stand `[$crate]`, the façade's path.
#[proc_macro]
pub fn flags(input: TokenStream) -> TokenStream {
    let flags = parse_macro_input!(input as flags::Flags);
    flags::expand(&flags).into()
}

/// Makes Rust bindings for a WIT world: types, traits for what the host provides, methods for what the guest exports.
///
/// Before the input may stand `[$crate]`, the façade's path.
#[proc_macro]
pub fn bindgen(input: TokenStream) -> TokenStream {
    let options = parse_macro_input!(input as bindgen::Options);
    bindgen::expand(&options).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(with: fn(&derive::Input) -> syn::Result<proc_macro2::TokenStream>, input: DeriveInput) -> TokenStream {
    derive::Input::new(input).and_then(|input| with(&input)).unwrap_or_else(Error::into_compile_error).into()
}

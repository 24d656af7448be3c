//! Type definitions: records, variants, flags, resources, aliases.

use crate::bindgen::names;
use crate::bindgen::types::Mode;
use crate::bindgen::world::{Generator, Kind, Place};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::collections::BTreeSet;
use syn::Result;
use wit_parser::{Docs, TypeDef, TypeDefKind, TypeId};

/// Documentation as attributes.
pub(crate) fn docs(docs: &Docs) -> TokenStream {
    let lines = docs.contents.iter().flat_map(|text| text.trim().lines());
    let lines = lines.map(|line| format!(" {}", line.trim_end()));
    quote!(#(#[doc = #lines])*)
}

impl Generator<'_> {
    /// Defines a type at `place` under its name.
    pub(crate) fn define_type(&self, place: &Place, name: &str, id: TypeId) -> Result<TokenStream> {
        let ty = &self.resolve.types[id];
        Ok(match &ty.kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter().map(|field| {
                    let (doc, wit, ident) = (docs(&field.docs), &field.name, names::snake(&field.name));
                    let ty = self.ty(place, &field.ty, Mode::Owned);
                    quote!(#doc #[component(name = #wit)] pub #ident: #ty,)
                });
                self.derived(ty, id, name, "record", &quote!(struct), fields.collect())
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| {
                    let (doc, wit, ident) = (docs(&case.docs), &case.name, names::camel(&case.name));
                    let payload = case.ty.as_ref().map(|ty| self.ty(place, ty, Mode::Owned));
                    let payload = payload.map(|ty| quote!((#ty)));
                    quote!(#doc #[component(name = #wit)] #ident #payload,)
                });
                self.derived(ty, id, name, "variant", &quote!(enum), cases.collect())
            }
            TypeDefKind::Enum(cases) => self.enumeration(ty, id, name, cases),
            TypeDefKind::Flags(flags) => self.flags(ty, name, flags),
            TypeDefKind::Resource => self.resource(place, name, id),
            _ => self.alias(place, name, ty),
        })
    }

    fn derives(&self, own: &[&str]) -> TokenStream {
        let mut names: BTreeSet<String> = own.iter().map(|&name| name.into()).collect();
        let more = self.options.derives.iter().filter(|path| names.insert(path.to_token_stream().to_string()));
        let more: Vec<_> = more.collect();
        let own = own.iter().map(|name| proc_macro2::Ident::new(name, proc_macro2::Span::call_site()));
        quote!(#[derive(#(#own,)* #(#more),*)])
    }

    fn component_derives(&self, style: &TokenStream) -> TokenStream {
        let root = &self.options.root;
        quote! {
            #[derive(#root::component::ComponentType, #root::component::Lift, #root::component::Lower)]
            #[component(#style)]
            #[component(wasmtime_crate = #root)]
        }
    }

    fn derived(
        &self,
        ty: &TypeDef,
        id: TypeId,
        name: &str,
        style: &str,
        keyword: &TokenStream,
        body: TokenStream,
    ) -> TokenStream {
        let (doc, ident, info) = (docs(&ty.docs), names::camel(name), self.infos.get(id));
        let style: TokenStream = proc_macro2::Ident::new(style, proc_macro2::Span::call_site()).into_token_stream();
        let component = self.component_derives(&style);
        let derives = match (info.lists, info.handles) {
            (_, true) => self.derives(&["Debug"]),
            (true, false) => self.derives(&["Clone", "Debug"]),
            (false, false) => self.derives(&["Clone", "Copy", "Debug"]),
        };
        let error = info.error.then(|| {
            quote! {
                impl ::core::fmt::Display for #ident {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        ::core::write!(f, "{self:?}")
                    }
                }
                impl ::core::error::Error for #ident {}
            }
        });
        quote!(#doc #component #derives pub #keyword #ident { #body } #error)
    }

    fn enumeration(&self, ty: &TypeDef, id: TypeId, name: &str, cases: &wit_parser::Enum) -> TokenStream {
        let (doc, ident) = (docs(&ty.docs), names::camel(name));
        let component = self.component_derives(&quote!(enum));
        let derives = self.derives(&["Clone", "Copy", "Debug", "Eq", "PartialEq"]);
        let idents: Vec<_> = cases.cases.iter().map(|case| names::camel(&case.name)).collect();
        let wit: Vec<_> = cases.cases.iter().map(|case| &case.name).collect();
        let docs_of = cases.cases.iter().map(|case| docs(&case.docs));
        let repr = match cases.cases.len() {
            0..=0x100 => quote!(u8),
            0x101..=0x1_0000 => quote!(u16),
            _ => quote!(u32),
        };
        let error = self.infos.get(id).error.then(|| {
            let messages = cases.cases.iter().map(|case| case.docs.contents.as_deref().unwrap_or("").trim());
            quote! {
                impl #ident {
                    /// The case's name in WIT.
                    pub fn name(&self) -> &'static str {
                        match self { #(Self::#idents => #wit,)* }
                    }
                    /// The case's documentation in WIT.
                    pub fn message(&self) -> &'static str {
                        match self { #(Self::#idents => #messages,)* }
                    }
                }
                impl ::core::fmt::Display for #ident {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        ::core::write!(f, "{} (error {})", self.name(), *self as i32)
                    }
                }
                impl ::core::error::Error for #ident {}
            }
        });
        quote! {
            #doc #component #derives
            #[repr(#repr)]
            pub enum #ident { #(#docs_of #[component(name = #wit)] #idents,)* }
            #error
        }
    }

    fn flags(&self, ty: &TypeDef, name: &str, flags: &wit_parser::Flags) -> TokenStream {
        let (root, doc, ident) = (&self.options.root, docs(&ty.docs), names::camel(name));
        let flags = flags.flags.iter().map(|flag| {
            let (doc, wit, ident) = (docs(&flag.docs), &flag.name, names::shouty(&flag.name));
            quote!(#doc #[component(name = #wit)] const #ident;)
        });
        quote! {
            #root::component::flags! {
                #doc
                #[component(wasmtime_crate = #root)]
                #ident { #(#flags)* }
            }
        }
    }

    fn alias(&self, place: &Place, name: &str, ty: &TypeDef) -> TokenStream {
        let (doc, ident) = (docs(&ty.docs), names::camel(name));
        // The alias has a name, so that its right side has to be written as if it had none.
        let right = match &ty.kind {
            TypeDefKind::Type(inner) => self.ty(place, inner, Mode::Owned),
            TypeDefKind::Handle(handle) => self.handle(place, handle),
            kind => self.anonymous(place, kind),
        };
        quote!(#doc pub type #ident = #right;)
    }

    fn anonymous(&self, place: &Place, kind: &TypeDefKind) -> TokenStream {
        let internal = &self.internal;
        let owned = |ty: &wit_parser::Type| self.ty(place, ty, Mode::Owned);
        match kind {
            TypeDefKind::Option(ty) => {
                let ty = owned(ty);
                quote!(Option<#ty>)
            }
            TypeDefKind::Result(result) => {
                let ok = self.optional_ty(place, result.ok.as_ref(), Mode::Owned);
                let err = self.optional_ty(place, result.err.as_ref(), Mode::Owned);
                quote!(Result<#ok, #err>)
            }
            TypeDefKind::Tuple(tuple) => {
                let types = tuple.types.iter().map(owned);
                quote!((#(#types,)*))
            }
            TypeDefKind::List(ty) => {
                let ty = owned(ty);
                quote!(#internal::Vec<#ty>)
            }
            TypeDefKind::FixedLengthList(ty, len) => {
                let (ty, len) = (owned(ty), *len as usize);
                quote!([#ty; #len])
            }
            TypeDefKind::Map(key, value) => {
                let (key, value) = (owned(key), owned(value));
                quote!(#internal::HashMap<#key, #value>)
            }
            _ => quote!(()),
        }
    }

    fn resource(&self, place: &Place, name: &str, id: TypeId) -> TokenStream {
        let (root, ident) = (&self.options.root, names::camel(name));
        let doc = docs(&self.resolve.types[id].docs);
        if place.kind() == Kind::Export {
            let guest = quote::format_ident!("Guest{ident}");
            return quote! {
                #doc
                pub type #ident = #root::component::ResourceAny;
                /// The functions of the resource of this name, on one instance.
                pub struct #guest<'a> { funcs: &'a Guest }
            };
        }
        let definition = match self.replacement_of_item(place, name) {
            Some(path) => quote!(#doc pub use #path as #ident;),
            None => quote!(#doc pub enum #ident {}),
        };
        let host = self.resource_trait(place, name, id);
        quote!(#definition #host)
    }
}

//! Type definitions: records, variants, flags, resources, aliases.

use crate::bindgen::api::Api;
use crate::bindgen::infos::Kind;
use crate::bindgen::names;
use crate::bindgen::types::Mode;
use crate::bindgen::world::{Generator, Place};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::collections::BTreeSet;
use wit_parser::{Docs, TypeDef, TypeDefKind, TypeId};

/// Documentation as attributes.
pub(crate) fn docs(docs: &Docs) -> TokenStream {
    let lines = docs.contents.iter().flat_map(|text| text.trim().lines());
    let lines = lines.map(|line| format!(" {}", line.trim_end()));
    quote!(#(#[doc = #lines])*)
}

/// One definition of a type that has parts: `struct` or `enum`.
struct Definition<'a> {
    id: TypeId,
    ident: &'a Ident,
    mode: Mode,
    /// Of `#[component(…)]`.
    style: TokenStream,
    keyword: TokenStream,
    body: TokenStream,
    /// What `Debug` says, with `f` at hand.
    debug: TokenStream,
}

impl Generator<'_> {
    /// Defines a type at `place` under its name.
    pub(crate) fn define_type(&self, place: &Place, name: &str, id: TypeId) -> TokenStream {
        let ty = &self.resolve.types[id];
        match &ty.kind {
            TypeDefKind::Enum(cases) => return self.enumeration(place, id, name, cases),
            TypeDefKind::Flags(flags) => return self.flags(ty, name, flags),
            TypeDefKind::Resource => return self.resource(place, name, id),
            _ => {}
        }
        let definitions = self.definitions(id, name).into_iter().map(|(ident, mode)| match &ty.kind {
            TypeDefKind::Record(record) => self.record(place, id, &ident, mode, record),
            TypeDefKind::Variant(variant) => self.variant(place, id, &ident, mode, variant),
            kind => {
                let (doc, generics) = (docs(&ty.docs), generics(mode));
                let right = self.structure(place, kind, mode);
                quote!(#doc pub type #ident #generics = #right;)
            }
        });
        definitions.collect()
    }

    fn record(&self, place: &Place, id: TypeId, ident: &Ident, mode: Mode, record: &wit_parser::Record) -> TokenStream {
        let fields = record.fields.iter().map(|field| {
            let (doc, wit, ident) = (docs(&field.docs), &field.name, names::snake(&field.name));
            let ty = self.ty(place, &field.ty, mode);
            quote!(#doc #[component(name = #wit)] pub #ident: #ty,)
        });
        let shown = record.fields.iter().map(|field| {
            let (wit, ident) = (&field.name, names::snake(&field.name));
            quote!(.field(#wit, &self.#ident))
        });
        let name = ident.to_string();
        self.derived(
            place,
            Definition {
                id,
                ident,
                mode,
                style: quote!(record),
                keyword: quote!(struct),
                body: fields.collect(),
                debug: quote!(f.debug_struct(#name) #(#shown)* .finish()),
            },
        )
    }

    fn variant(
        &self,
        place: &Place,
        id: TypeId,
        ident: &Ident,
        mode: Mode,
        variant: &wit_parser::Variant,
    ) -> TokenStream {
        let cases = variant.cases.iter().map(|case| {
            let (doc, wit, ident) = (docs(&case.docs), &case.name, names::camel(&case.name));
            let payload = case.ty.as_ref().map(|ty| self.ty(place, ty, mode)).map(|ty| quote!((#ty)));
            quote!(#doc #[component(name = #wit)] #ident #payload,)
        });
        let shown = variant.cases.iter().map(|case| {
            let name = names::camel(&case.name);
            let text = format!("{ident}::{name}");
            match case.ty {
                Some(_) => quote!(Self::#name(e) => f.debug_tuple(#text).field(e).finish(),),
                None => quote!(Self::#name => f.debug_tuple(#text).finish(),),
            }
        });
        self.derived(
            place,
            Definition {
                id,
                ident,
                mode,
                style: quote!(variant),
                keyword: quote!(enum),
                body: cases.collect(),
                debug: quote!(match self { #(#shown)* }),
            },
        )
    }

    fn derives(&self, place: &Place, own: &[&str]) -> TokenStream {
        let mut names: BTreeSet<String> = own.iter().map(|&name| name.into()).collect();
        // `Debug` is written out, in the words that Wasmtime's has.
        names.insert("Debug".into());
        let more = self.options.derives.iter().enumerate();
        let more = more.filter(|(_, path)| names.insert(path.to_token_stream().to_string()));
        let more: Vec<_> = more.map(|(n, path)| self.derive_path(place, n, path)).collect();
        let own = own.iter().map(|name| Ident::new(name, Span::call_site()).into_token_stream());
        let all: Vec<_> = own.chain(more).collect();
        if all.is_empty() { TokenStream::new() } else { quote!(#[derive(#(#all),*)]) }
    }

    fn component_derives(&self, style: &TokenStream, mode: Mode) -> TokenStream {
        let Api { root, component_type, lift, lower, .. } = &self.api;
        // What borrows cannot be made from what a guest gives.
        let lift = (mode == Mode::Owned).then(|| quote!(#lift,));
        quote! {
            #[derive(#component_type, #lift #lower)]
            #[component(#style)]
            #[component(wasmtime_crate = #root)]
        }
    }

    fn derived(&self, place: &Place, definition: Definition<'_>) -> TokenStream {
        let Definition { id, ident, mode, style, keyword, body, debug } = definition;
        let (doc, info, generics) = (docs(&self.resolve.types[id].docs), self.infos.get(id), generics(mode));
        let component = self.component_derives(&style, mode);
        let derives = match (info.lists, info.handles) {
            (_, true) => self.derives(place, &[]),
            (true, false) => self.derives(place, &["Clone"]),
            (false, false) => self.derives(place, &["Clone", "Copy"]),
        };
        let error = info.error.then(|| {
            quote! {
                impl #generics ::core::fmt::Display for #ident #generics {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        ::core::write!(f, "{:?}", self)
                    }
                }
                impl #generics ::core::error::Error for #ident #generics {}
            }
        });
        quote! {
            #doc #component #derives
            pub #keyword #ident #generics { #body }
            impl #generics ::core::fmt::Debug for #ident #generics {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #debug }
            }
            #error
        }
    }

    fn enumeration(&self, place: &Place, id: TypeId, name: &str, cases: &wit_parser::Enum) -> TokenStream {
        let (doc, ident) = (docs(&self.resolve.types[id].docs), names::ty(name));
        let component = self.component_derives(&quote!(enum), Mode::Owned);
        let derives = self.derives(place, &["Clone", "Copy", "Eq", "PartialEq"]);
        let idents: Vec<_> = cases.cases.iter().map(|case| names::camel(&case.name)).collect();
        let wit: Vec<_> = cases.cases.iter().map(|case| &case.name).collect();
        let docs_of = cases.cases.iter().map(|case| docs(&case.docs));
        let repr = match cases.cases.len() {
            0..=0x100 => quote!(u8),
            0x101..=0x1_0000 => quote!(u16),
            _ => quote!(u32),
        };
        let rest = if self.infos.get(id).error {
            let messages = cases.cases.iter().map(|case| case.docs.contents.as_deref().unwrap_or("").trim());
            error_code(&ident, &idents, &wit, &messages.collect::<Vec<_>>())
        } else {
            let texts = idents.iter().map(|case| format!("{ident}::{case}"));
            quote! {
                impl ::core::fmt::Debug for #ident {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.write_str(match self { #(Self::#idents => #texts,)* })
                    }
                }
            }
        };
        quote! {
            #doc #component #derives
            #[repr(#repr)]
            pub enum #ident { #(#docs_of #[component(name = #wit)] #idents,)* }
            #rest
        }
    }

    fn flags(&self, ty: &TypeDef, name: &str, flags: &wit_parser::Flags) -> TokenStream {
        let Api { root, flags: macro_path, .. } = &self.api;
        let (doc, ident) = (docs(&ty.docs), names::ty(name));
        let flags = flags.flags.iter().map(|flag| {
            let (doc, wit, ident) = (docs(&flag.docs), &flag.name, names::shouty(&flag.name));
            quote!(#doc #[component(name = #wit)] const #ident;)
        });
        quote! {
            #macro_path! {
                #doc
                #[component(wasmtime_crate = #root)]
                #ident { #(#flags)* }
            }
        }
    }

    fn resource(&self, place: &Place, name: &str, id: TypeId) -> TokenStream {
        let ident = names::ty(name);
        let doc = docs(&self.resolve.types[id].docs);
        if place.kind() == Kind::Export {
            let (any, guest) = (&self.api.resource_any, names::guest(name));
            return quote! {
                #doc
                pub type #ident = #any;
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

/// `<'a>` for what borrows.
fn generics(mode: Mode) -> Option<TokenStream> {
    (mode != Mode::Owned).then(|| quote!(<'a>))
}

/// What an enum has that some function returns as its error.
fn error_code(ident: &Ident, cases: &[Ident], wit: &[&String], messages: &[&str]) -> TokenStream {
    let name = ident.to_string();
    quote! {
        impl #ident {
            /// The case's name in WIT.
            pub fn name(&self) -> &'static str {
                match self { #(Self::#cases => #wit,)* }
            }
            /// The case's documentation in WIT.
            pub fn message(&self) -> &'static str {
                match self { #(Self::#cases => #messages,)* }
            }
        }
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name)
                    .field("code", &(*self as i32))
                    .field("name", &self.name())
                    .field("message", &self.message())
                    .finish()
            }
        }
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::write!(f, "{} (error {})", self.name(), *self as i32)
            }
        }
        impl ::core::error::Error for #ident {}
    }
}

//! `flags!`.

use crate::bindgen::facade;
use crate::{attr, krate};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Result, Token, braced};

/// The input of `flags!`.
pub(crate) struct Flags {
    root: TokenStream,
    attrs: Vec<Attribute>,
    ident: Ident,
    flags: Vec<Flag>,
}

struct Flag {
    attrs: Vec<Attribute>,
    ident: Ident,
    name: String,
}

impl Parse for Flags {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let from_rules = facade(input)?;
        let attrs = Attribute::parse_outer(input)?;
        let (_, root) = attr::on_type(&attrs)?;
        let root = root.map(|root| root.into_token_stream()).or(from_rules);
        let attrs = plain(attrs);
        let ident = input.parse()?;
        let content;
        braced!(content in input);
        let flags = content.parse_terminated(Flag::parse, Token![;])?;
        Ok(Self {
            root: root.unwrap_or_else(|| krate::root().into_token_stream()),
            attrs,
            ident,
            flags: flags.into_iter().collect(),
        })
    }
}

impl Parse for Flag {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = Attribute::parse_outer(input)?;
        let name = attr::name(&attrs)?;
        input.parse::<Token![const]>()?;
        let ident = input.call(Ident::parse_any)?;
        let name = name.unwrap_or_else(|| ident.unraw().to_string());
        Ok(Self { attrs: plain(attrs), ident, name })
    }
}

/// The attributes that are not ours: documentation, mostly.
fn plain(mut attrs: Vec<Attribute>) -> Vec<Attribute> {
    attrs.retain(|attr| !attr.path().is_ident("component"));
    attrs
}

/// The type and its impls.
pub(crate) fn expand(input: &Flags) -> TokenStream {
    let Flags { root, attrs, ident, flags } = input;
    let internal = quote!(#root::component::__internal);
    let (count, words) = (flags.len(), flags.len().div_ceil(32));
    let idents: Vec<_> = flags.iter().map(|flag| flag.ident.to_string()).collect();
    let consts = flags.iter().enumerate().map(|(bit, flag)| {
        let (attrs, ident) = (&flag.attrs, &flag.ident);
        let (word, bit) = (bit / 32, bit % 32);
        quote! {
            #(#attrs)*
            pub const #ident: Self = Self { words: { let mut words = [0; #words]; words[#word] = 1 << #bit; words } };
        }
    });
    let operators = operators(ident, words);
    let abi = abi(input, words);
    quote! {
        #(#attrs)*
        #[derive(Clone, Copy, PartialEq, Eq, Default)]
        pub struct #ident { words: [u32; #words] }

        #[allow(dead_code)]
        impl #ident {
            #(#consts)*
            /// The bits, lowest flag first.
            pub fn as_array(&self) -> [u32; #words] { self.words }
            /// No flags.
            pub const fn empty() -> Self { Self { words: [0; #words] } }
            /// All flags.
            pub const fn all() -> Self {
                Self { words: #internal::derived::mask_flags(#count, [u32::MAX; #words]) }
            }
            /// Whether all flags of `other` are set.
            pub fn contains(&self, other: Self) -> bool { *self & other == other }
            /// Whether any flag of `other` is set.
            pub fn intersects(&self, other: Self) -> bool { *self & other != Self::empty() }
        }

        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #internal::derived::debug_flags(f, ::core::stringify!(#ident), &[#(#idents),*], &self.words)
            }
        }

        #operators
        #abi
    }
}

fn operators(ident: &Ident, words: usize) -> TokenStream {
    let binary = [
        (quote!(BitOr), quote!(bitor), quote!(BitOrAssign), quote!(bitor_assign), quote!(|)),
        (quote!(BitAnd), quote!(bitand), quote!(BitAndAssign), quote!(bitand_assign), quote!(&)),
        (quote!(BitXor), quote!(bitxor), quote!(BitXorAssign), quote!(bitxor_assign), quote!(^)),
    ];
    let binary = binary.into_iter().map(|(op, method, assign, assign_method, sign)| {
        quote! {
            impl ::core::ops::#op for #ident {
                type Output = Self;
                fn #method(self, other: Self) -> Self {
                    let mut words = [0; #words];
                    for i in 0..#words { words[i] = self.words[i] #sign other.words[i]; }
                    Self { words }
                }
            }
            impl ::core::ops::#assign for #ident {
                fn #assign_method(&mut self, other: Self) { *self = *self #sign other; }
            }
        }
    });
    quote! {
        #(#binary)*
        impl ::core::ops::Not for #ident {
            type Output = Self;
            fn not(self) -> Self { self ^ Self::all() }
        }
    }
}

fn abi(input: &Flags, words: usize) -> TokenStream {
    let Flags { root, ident, flags, .. } = input;
    let internal = quote!(#root::component::__internal);
    let component = quote!(#root::component);
    let count = flags.len();
    let names = flags.iter().map(|flag| &flag.name);
    quote! {
        impl #component::ComponentType for #ident {
            const ABI: #internal::AbiInfo = #internal::AbiInfo::flags(#count);
            const MAY_REQUIRE_REALLOC: bool = false;
            fn typecheck(ty: #internal::InterfaceType, types: &#internal::InstanceType<'_>) -> #internal::Result<()> {
                #internal::check::flags(ty, types, &[#(#names),*])
            }
        }

        impl #component::Lower for #ident {
            fn lower_flat(
                &self,
                _: &mut #internal::LowerCx<'_>,
                _: #internal::InterfaceType,
                dst: &mut #internal::FlatDst<'_>,
            ) -> #internal::Result<()> {
                for word in self.words { dst.push(#internal::RawVal::from_u32(word)); }
                Ok(())
            }
            fn store(
                &self,
                cx: &mut #internal::LowerCx<'_>,
                _: #internal::InterfaceType,
                at: usize,
            ) -> #internal::Result<()> {
                let bytes = <Self as #component::ComponentType>::ABI.size(cx.ptr());
                #internal::derived::store_flags(cx, at, bytes, &self.words)
            }
        }

        impl #component::Lift for #ident {
            fn lift_flat(
                _: &mut #internal::LiftCx<'_>,
                _: #internal::InterfaceType,
                src: &mut #internal::FlatSrc<'_>,
            ) -> #internal::Result<Self> {
                let mut words = [0; #words];
                for word in &mut words { *word = src.next().u32(); }
                Ok(Self { words: #internal::derived::mask_flags(#count, words) })
            }
            fn load(
                _: &mut #internal::LiftCx<'_>,
                _: #internal::InterfaceType,
                bytes: &[u8],
            ) -> #internal::Result<Self> {
                Ok(Self { words: #internal::derived::load_flags(#count, bytes) })
            }
        }
    }
}

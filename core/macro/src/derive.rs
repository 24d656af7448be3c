//! `#[derive(ComponentType, Lift, Lower)]`.

use crate::attr::{self, Style};
use crate::krate;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Error, Fields, Generics, Ident, Result, Type, parse_quote};

/// A type to derive for, checked.
pub(crate) struct Input {
    ident: Ident,
    generics: Generics,
    root: syn::Path,
    body: Body,
}

enum Body {
    Record(Vec<Field>),
    Variant(Vec<Case>),
    Enum(Vec<Case>),
}

struct Field {
    ident: Ident,
    name: String,
    ty: Type,
}

struct Case {
    ident: Ident,
    name: String,
    ty: Option<Type>,
}

impl Input {
    /// Checks that the item is what its `#[component(…)]` says.
    pub(crate) fn new(input: DeriveInput) -> Result<Self> {
        let (style, root) = attr::on_type(&input.attrs)?;
        let Some(style) = style else {
            let message = "needs `#[component(record)]`, `#[component(variant)]` or `#[component(enum)]`";
            return Err(Error::new_spanned(&input.ident, message));
        };
        let body = match (style, &input.data) {
            (Style::Record, Data::Struct(data)) => Body::Record(fields(&input.ident, data)?),
            (Style::Variant, Data::Enum(data)) => Body::Variant(cases(&input.ident, data)?),
            (Style::Enum, Data::Enum(data)) => {
                let cases = cases(&input.ident, data)?;
                if let Some(case) = cases.iter().find(|case| case.ty.is_some()) {
                    return Err(Error::new_spanned(&case.ident, "a case of an `enum` carries nothing: use `variant`"));
                }
                if let Some(param) = input.generics.type_params().next() {
                    return Err(Error::new_spanned(param, "an `enum` has no use for type parameters"));
                }
                Body::Enum(cases)
            }
            (Style::Record, _) => return Err(Error::new_spanned(&input.ident, "a `record` is a struct")),
            (Style::Variant | Style::Enum, _) => {
                return Err(Error::new_spanned(&input.ident, "a `variant` or `enum` is a Rust enum"));
            }
        };
        let root = root.unwrap_or_else(krate::root);
        Ok(Self { ident: input.ident, generics: input.generics, root, body })
    }

    /// `impl Trait for Type { body }`, with the trait as bound on every type parameter.
    fn implement(&self, trait_name: &str, body: &TokenStream) -> TokenStream {
        let (ident, root) = (&self.ident, &self.root);
        let trait_name = format_ident!("{trait_name}");
        let mut generics = self.generics.clone();
        for param in generics.type_params_mut() {
            param.bounds.push(parse_quote!(#root::component::#trait_name));
        }
        let (generics, _, bounds) = generics.split_for_impl();
        let (_, args, _) = self.generics.split_for_impl();
        quote! {
            #[automatically_derived]
            #[allow(unused_mut, unused_variables)]
            impl #generics #root::component::#trait_name for #ident #args #bounds { #body }
        }
    }
}

fn fields(ident: &Ident, data: &DataStruct) -> Result<Vec<Field>> {
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(ident, "a `record` has named fields"));
    };
    let field = |field: &syn::Field| {
        let ident = field.ident.clone().ok_or_else(|| Error::new_spanned(field, "a `record` has named fields"))?;
        let name = attr::name(&field.attrs)?.unwrap_or_else(|| ident.unraw().to_string());
        Ok(Field { ident, name, ty: field.ty.clone() })
    };
    fields.named.iter().map(field).collect()
}

fn cases(ident: &Ident, data: &DataEnum) -> Result<Vec<Case>> {
    if data.variants.is_empty() {
        return Err(Error::new_spanned(ident, "there must be at least one case"));
    }
    let case = |case: &syn::Variant| {
        let ty = match &case.fields {
            Fields::Unit => None,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                fields.unnamed.first().map(|field| field.ty.clone())
            }
            _ => return Err(Error::new_spanned(case, "a case carries one unnamed value or none")),
        };
        let name = attr::name(&case.attrs)?.unwrap_or_else(|| case.ident.unraw().to_string());
        Ok(Case { ident: case.ident.clone(), name, ty })
    };
    data.variants.iter().map(case).collect()
}

/// `impl ComponentType`.
pub(crate) fn component_type(input: &Input) -> Result<TokenStream> {
    let root = &input.root;
    let internal = quote!(#root::component::__internal);
    let component = quote!(#root::component::ComponentType);
    let (abi, realloc, check) = match &input.body {
        Body::Record(fields) => {
            let (names, types): (Vec<_>, Vec<_>) = fields.iter().map(|field| (&field.name, &field.ty)).unzip();
            (
                quote!(record(&[#(<#types as #component>::ABI),*])),
                quote!(false #(|| <#types as #component>::MAY_REQUIRE_REALLOC)*),
                quote!(record(ty, types, &[#((#names, <#types as #component>::typecheck as #internal::Check)),*])),
            )
        }
        Body::Variant(cases) => {
            let abis = cases.iter().map(|case| match &case.ty {
                Some(ty) => quote!(Some(<#ty as #component>::ABI)),
                None => quote!(None),
            });
            let payloads = cases.iter().filter_map(|case| case.ty.as_ref());
            let checks = cases.iter().map(|case| {
                let name = &case.name;
                match &case.ty {
                    Some(ty) => quote!((#name, Some(<#ty as #component>::typecheck as #internal::Check))),
                    None => quote!((#name, None)),
                }
            });
            (
                quote!(variant(&[#(#abis),*])),
                quote!(false #(|| <#payloads as #component>::MAY_REQUIRE_REALLOC)*),
                quote!(variant(ty, types, &[#(#checks),*])),
            )
        }
        Body::Enum(cases) => {
            let (count, names) = (cases.len(), cases.iter().map(|case| &case.name));
            (quote!(enumeration(#count)), quote!(false), quote!(enumeration(ty, types, &[#(#names),*])))
        }
    };
    let body = quote! {
        const ABI: #internal::AbiInfo = #internal::AbiInfo::#abi;
        const MAY_REQUIRE_REALLOC: bool = #realloc;
        fn typecheck(ty: #internal::InterfaceType, types: &#internal::InstanceType<'_>) -> #internal::Result<()> {
            #internal::check::#check
        }
    };
    Ok(input.implement("ComponentType", &body))
}

/// `impl Lower`.
pub(crate) fn lower(input: &Input) -> Result<TokenStream> {
    let root = &input.root;
    let internal = quote!(#root::component::__internal);
    let (flat, store) = match &input.body {
        Body::Record(fields) => lower_record(root, fields),
        Body::Variant(cases) | Body::Enum(cases) => lower_cases(root, cases),
    };
    let body = quote! {
        #[inline]
        fn lower_flat(
            &self,
            cx: &mut #internal::LowerCx<'_>,
            ty: #internal::InterfaceType,
            dst: &mut #internal::FlatDst<'_>,
        ) -> #internal::Result<()> {
            #flat
        }
        #[inline]
        fn store(
            &self,
            cx: &mut #internal::LowerCx<'_>,
            ty: #internal::InterfaceType,
            at: usize,
        ) -> #internal::Result<()> {
            #store
        }
    };
    Ok(input.implement("Lower", &body))
}

fn lower_record(root: &syn::Path, fields: &[Field]) -> (TokenStream, TokenStream) {
    let internal = quote!(#root::component::__internal);
    let (idents, types): (Vec<_>, Vec<_>) = fields.iter().map(|field| (&field.ident, &field.ty)).unzip();
    let n = 0..fields.len();
    let m = n.clone();
    let flat = quote! {
        let fields = #internal::derived::fields(cx.types, ty)?;
        #(#root::component::Lower::lower_flat(&self.#idents, cx, fields[#n].ty, dst)?;)*
        Ok(())
    };
    let store = quote! {
        let fields = #internal::derived::fields(cx.types, ty)?;
        let (ptr, mut end) = (cx.ptr(), 0);
        #({
            let offset = <#types as #root::component::ComponentType>::ABI.next_field(&mut end, ptr);
            #root::component::Lower::store(&self.#idents, cx, fields[#m].ty, at + offset)?;
        })*
        Ok(())
    };
    (flat, store)
}

fn lower_cases(root: &syn::Path, cases: &[Case]) -> (TokenStream, TokenStream) {
    let internal = quote!(#root::component::__internal);
    let count = cases.len();
    let flat = cases.iter().enumerate().map(|(n, case)| {
        let (ident, tag) = (&case.ident, n as u32);
        match &case.ty {
            Some(_) => quote! {
                Self::#ident(value) => {
                    dst.push(#internal::RawVal::from_u32(#tag));
                    let ty = #internal::derived::payload(cx.types, ty, #n)?;
                    #root::component::Lower::lower_flat(value, cx, ty, dst)?;
                }
            },
            None => quote!(Self::#ident => dst.push(#internal::RawVal::from_u32(#tag)),),
        }
    });
    let store = cases.iter().enumerate().map(|(n, case)| {
        let (ident, tag) = (&case.ident, n as u32);
        match &case.ty {
            Some(_) => quote! {
                Self::#ident(value) => {
                    #internal::derived::store_tag(cx, #count, at, #tag)?;
                    let ty = #internal::derived::payload(cx.types, ty, #n)?;
                    let tag_bytes = #internal::AbiInfo::tag_bytes(#count);
                    let offset = <Self as #root::component::ComponentType>::ABI.payload_offset(tag_bytes, cx.ptr());
                    #root::component::Lower::store(value, cx, ty, at + offset)
                }
            },
            None => quote!(Self::#ident => #internal::derived::store_tag(cx, #count, at, #tag),),
        }
    });
    let flat = quote! {
        let _ = ty;
        let end = dst.len() + <Self as #root::component::ComponentType>::ABI.flat();
        match self { #(#flat)* }
        dst.pad_to(end);
        Ok(())
    };
    let store = quote! {
        let _ = ty;
        match self { #(#store)* }
    };
    (flat, store)
}

/// `impl Lift`.
pub(crate) fn lift(input: &Input) -> Result<TokenStream> {
    let root = &input.root;
    let internal = quote!(#root::component::__internal);
    let (flat, load) = match &input.body {
        Body::Record(fields) => lift_record(root, fields),
        Body::Variant(cases) | Body::Enum(cases) => lift_cases(root, cases),
    };
    let body = quote! {
        #[inline]
        fn lift_flat(
            cx: &mut #internal::LiftCx<'_>,
            ty: #internal::InterfaceType,
            src: &mut #internal::FlatSrc<'_>,
        ) -> #internal::Result<Self> {
            #flat
        }
        #[inline]
        fn load(
            cx: &mut #internal::LiftCx<'_>,
            ty: #internal::InterfaceType,
            bytes: &[u8],
        ) -> #internal::Result<Self> {
            #load
        }
    };
    Ok(input.implement("Lift", &body))
}

fn lift_record(root: &syn::Path, fields: &[Field]) -> (TokenStream, TokenStream) {
    let internal = quote!(#root::component::__internal);
    let (idents, types): (Vec<_>, Vec<_>) = fields.iter().map(|field| (&field.ident, &field.ty)).unzip();
    let n = 0..fields.len();
    let m = n.clone();
    let flat = quote! {
        let fields = #internal::derived::fields(cx.types, ty)?;
        Ok(Self { #(#idents: <#types as #root::component::Lift>::lift_flat(cx, fields[#n].ty, src)?,)* })
    };
    let load = quote! {
        let fields = #internal::derived::fields(cx.types, ty)?;
        let (ptr, mut end) = (cx.ptr(), 0);
        Ok(Self { #(#idents: {
            let start = <#types as #root::component::ComponentType>::ABI.next_field(&mut end, ptr);
            <#types as #root::component::Lift>::load(cx, fields[#m].ty, &bytes[start..end])?
        },)* })
    };
    (flat, load)
}

fn lift_cases(root: &syn::Path, cases: &[Case]) -> (TokenStream, TokenStream) {
    let internal = quote!(#root::component::__internal);
    let count = cases.len();
    let flat = cases.iter().enumerate().map(|(n, case)| {
        let (ident, tag) = (&case.ident, n as u32);
        match &case.ty {
            Some(payload) => quote! {
                #tag => {
                    let ty = #internal::derived::payload(cx.types, ty, #n)?;
                    Self::#ident(<#payload as #root::component::Lift>::lift_flat(cx, ty, src)?)
                }
            },
            None => quote!(#tag => Self::#ident,),
        }
    });
    let load = cases.iter().enumerate().map(|(n, case)| {
        let (ident, tag) = (&case.ident, n as u32);
        match &case.ty {
            Some(payload) => quote! {
                #tag => {
                    let ty = #internal::derived::payload(cx.types, ty, #n)?;
                    let ptr = cx.ptr();
                    let tag_bytes = #internal::AbiInfo::tag_bytes(#count);
                    let start = <Self as #root::component::ComponentType>::ABI.payload_offset(tag_bytes, ptr);
                    let size = <#payload as #root::component::ComponentType>::ABI.size(ptr);
                    Self::#ident(<#payload as #root::component::Lift>::load(cx, ty, &bytes[start..start + size])?)
                }
            },
            None => quote!(#tag => Self::#ident,),
        }
    });
    let flat = quote! {
        let _ = (&cx, ty);
        let end = src.position() + <Self as #root::component::ComponentType>::ABI.flat();
        let value = match src.next().u32() {
            #(#flat)*
            _ => return Err(#internal::derived::invalid_discriminant()),
        };
        src.skip_to(end);
        Ok(value)
    };
    let load = quote! {
        let _ = (&cx, ty);
        Ok(match #internal::derived::load_tag(#count, bytes) {
            #(#load)*
            _ => return Err(#internal::derived::invalid_discriminant()),
        })
    };
    (flat, load)
}

//! WIT types → Rust types.

use crate::bindgen::api::Api;
use crate::bindgen::infos::{Info, definition};
use crate::bindgen::names;
use crate::bindgen::options::Ownership;
use crate::bindgen::world::{Generator, Place};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Function, Handle, Type, TypeDefKind, TypeId, TypeOwner};

/// Whether a type is written as owned or, where that saves a copy, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Owned,
    /// In a signature, where lifetimes need no name.
    Borrowed,
    /// In a definition with the lifetime `'a`.
    BorrowedA,
}

impl Mode {
    fn lifetime(self) -> Option<TokenStream> {
        match self {
            Self::Owned => None,
            Self::Borrowed => Some(quote!('_)),
            Self::BorrowedA => Some(quote!('a)),
        }
    }

    /// `&`, with a lifetime where it needs one; nothing for what is owned.
    fn reference(self) -> TokenStream {
        match self {
            Self::Owned => TokenStream::new(),
            Self::Borrowed => quote!(&),
            Self::BorrowedA => quote!(&'a),
        }
    }
}

impl Generator<'_> {
    /// Whether a type is defined twice, as `…Param` and `…Result`.
    fn two_names(&self, info: Info) -> bool {
        self.options.ownership == Ownership::Borrowing { duplicate: true } && info.lists && info.borrowed && info.owned
    }

    /// Whether what a type is called in this mode has a lifetime.
    fn has_lifetime(&self, info: Info, mode: Mode) -> bool {
        let borrows = self.options.ownership != Ownership::Owning && mode != Mode::Owned && info.lists;
        borrows && info.borrowed && (!info.owned || self.two_names(info))
    }

    /// The definitions of a named type: the name and the mode of what is in it.
    pub(crate) fn definitions(&self, id: TypeId, name: &str) -> Vec<(Ident, Mode)> {
        let info = self.infos.get(id);
        let name = names::ty(name);
        if self.two_names(info) {
            return vec![(format_ident!("{name}Result"), Mode::Owned), (format_ident!("{name}Param"), Mode::BorrowedA)];
        }
        let mode = if self.has_lifetime(info, Mode::BorrowedA) { Mode::BorrowedA } else { Mode::Owned };
        vec![(name, mode)]
    }

    /// A type as it is written at `place`.
    pub(crate) fn ty(&self, place: &Place, ty: &Type, mode: Mode) -> TokenStream {
        let Api { string, error_context, .. } = &self.api;
        match ty {
            Type::Id(id) => self.ty_id(place, *id, mode),
            Type::Bool => quote!(bool),
            Type::U8 => quote!(u8),
            Type::U16 => quote!(u16),
            Type::U32 => quote!(u32),
            Type::U64 => quote!(u64),
            Type::S8 => quote!(i8),
            Type::S16 => quote!(i16),
            Type::S32 => quote!(i32),
            Type::S64 => quote!(i64),
            Type::F32 => quote!(f32),
            Type::F64 => quote!(f64),
            Type::Char => quote!(char),
            Type::String if mode == Mode::Owned => string.clone(),
            Type::String => {
                let reference = mode.reference();
                quote!(#reference str)
            }
            Type::ErrorContext => error_context.clone(),
        }
    }

    /// A type, or `()` where there is none.
    pub(crate) fn optional_ty(&self, place: &Place, ty: Option<&Type>, mode: Mode) -> TokenStream {
        ty.map_or_else(|| quote!(()), |ty| self.ty(place, ty, mode))
    }

    fn ty_id(&self, place: &Place, id: TypeId, mode: Mode) -> TokenStream {
        let ty = &self.resolve.types[id];
        let Some(name) = &ty.name else { return self.structure(place, &ty.kind, mode) };
        let info = self.infos.get(id);
        let name = names::ty(name);
        if self.has_lifetime(info, mode) {
            let name = if self.two_names(info) { format_ident!("{name}Param") } else { name };
            let (path, lifetime) = (self.item(place, ty.owner, &name), mode.lifetime());
            return quote!(#path<#lifetime>);
        }
        let name = if self.two_names(info) { format_ident!("{name}Result") } else { name };
        let path = self.item(place, ty.owner, &name);
        // It owns what is in it, but the caller may keep it.
        let reference = if info.lists { mode.reference() } else { TokenStream::new() };
        quote!(#reference #path)
    }

    /// A type as it is written without its name.
    pub(crate) fn structure(&self, place: &Place, kind: &TypeDefKind, mode: Mode) -> TokenStream {
        let Api { option, core_result, vec, map, stream, future, .. } = &self.api;
        match kind {
            TypeDefKind::Type(ty) => self.ty(place, ty, mode),
            TypeDefKind::Option(ty) => {
                let ty = self.ty(place, ty, mode);
                quote!(#option<#ty>)
            }
            TypeDefKind::Result(result) => {
                let ok = self.optional_ty(place, result.ok.as_ref(), mode);
                let err = self.optional_ty(place, result.err.as_ref(), mode);
                quote!(#core_result<#ok, #err>)
            }
            TypeDefKind::Tuple(tuple) => {
                let types = tuple.types.iter().map(|ty| self.ty(place, ty, mode));
                quote!((#(#types,)*))
            }
            TypeDefKind::List(element) => {
                // Borrowing at every level is a burden to build; who wants it has to ask for it.
                let inner = if self.options.ownership == Ownership::Owning { Mode::Owned } else { mode };
                let (element, reference) = (self.ty(place, element, inner), mode.reference());
                if mode == Mode::Owned { quote!(#vec<#element>) } else { quote!(#reference [#element]) }
            }
            TypeDefKind::FixedLengthList(element, len) => {
                let (element, len) = (self.ty(place, element, mode), *len as usize);
                quote!([#element; #len])
            }
            TypeDefKind::Map(key, value) => {
                let (key, value) = (self.ty(place, key, mode), self.ty(place, value, mode));
                quote!(#map<#key, #value>)
            }
            TypeDefKind::Handle(handle) => self.handle(place, handle),
            TypeDefKind::Stream(ty) => {
                let ty = self.optional_ty(place, ty.as_ref(), Mode::Owned);
                quote!(#stream<#ty>)
            }
            TypeDefKind::Future(ty) => {
                let ty = self.optional_ty(place, ty.as_ref(), Mode::Owned);
                quote!(#future<#ty>)
            }
            // Records, variants and the like always have names.
            _ => quote!(()),
        }
    }

    /// `Resource<T>` for what the host defines, `ResourceAny` for what the guest defines.
    pub(crate) fn handle(&self, place: &Place, handle: &Handle) -> TokenStream {
        let (Handle::Own(id) | Handle::Borrow(id)) = handle;
        let Api { resource, resource_any, .. } = &self.api;
        let by_host = match self.resolve.types[definition(self.resolve, *id)].owner {
            TypeOwner::Interface(id) => self.imported.contains(&id),
            TypeOwner::World(_) | TypeOwner::None => true,
        };
        if !by_host {
            return resource_any.clone();
        }
        let ty = &self.resolve.types[*id];
        let path = self.item(place, ty.owner, &names::ty(ty.name.as_deref().unwrap_or_default()));
        quote!(#resource<#path>)
    }

    /// Parameters and result of a function as the type arguments of a typed function.
    pub(crate) fn signature(&self, place: &Place, func: &Function, mode: Mode) -> TokenStream {
        let params = func.params.iter().map(|param| self.ty(place, &param.ty, mode));
        let result = func.result.iter().map(|ty| self.ty(place, ty, Mode::Owned));
        quote!((#(#params,)*), (#(#result,)*))
    }

    /// Whether values are long enough not to be traced unless asked for. Strings are usually short.
    pub(crate) fn is_long(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        let any = |ty: &Option<Type>| ty.as_ref().is_some_and(|ty| self.is_long(ty));
        match &self.resolve.types[*id].kind {
            TypeDefKind::List(_) => true,
            TypeDefKind::Map(key, value) => self.is_long(key) || self.is_long(value),
            TypeDefKind::Option(ty) | TypeDefKind::Type(ty) | TypeDefKind::FixedLengthList(ty, _) => self.is_long(ty),
            TypeDefKind::Result(result) => any(&result.ok) || any(&result.err),
            TypeDefKind::Record(record) => record.fields.iter().any(|field| self.is_long(&field.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| self.is_long(ty)),
            TypeDefKind::Variant(variant) => variant.cases.iter().any(|case| any(&case.ty)),
            _ => false,
        }
    }
}

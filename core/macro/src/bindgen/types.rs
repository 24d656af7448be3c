//! WIT types → Rust types, and what has to be known about a type before it is written.

use crate::bindgen::names;
use crate::bindgen::world::{Generator, Place};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::HashMap;
use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem};

/// Whether a type in a signature is owned or, where that saves a copy, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Owned,
    Borrowed,
}

/// What a type holds, at any depth.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Info {
    /// Strings, lists or maps.
    pub(crate) lists: bool,
    /// Handles of resources.
    pub(crate) handles: bool,
    /// The error of some function's result.
    pub(crate) error: bool,
}

/// The infos of all types.
pub(crate) struct Infos(HashMap<TypeId, Info>);

impl Infos {
    /// Looks through all types, and at the functions of the world.
    pub(crate) fn new(resolve: &Resolve, world: WorldId) -> Self {
        let mut infos = Self(HashMap::new());
        for (id, _) in resolve.types.iter() {
            infos.visit(resolve, id);
        }
        let world = &resolve.worlds[world];
        for (_, item) in world.imports.iter().chain(&world.exports) {
            match item {
                WorldItem::Function(func) => infos.error_of(resolve, func),
                WorldItem::Interface { id, .. } => {
                    resolve.interfaces[*id].functions.values().for_each(|func| infos.error_of(resolve, func));
                }
                WorldItem::Type { .. } => {}
            }
        }
        infos
    }

    /// The info of a type.
    pub(crate) fn get(&self, id: TypeId) -> Info {
        self.0.get(&id).copied().unwrap_or_default()
    }

    fn error_of(&mut self, resolve: &Resolve, func: &Function) {
        if let Some((_, error)) = result_of(resolve, func)
            && let Some(info) = self.0.get_mut(&error)
        {
            info.error = true;
        }
    }

    fn visit(&mut self, resolve: &Resolve, id: TypeId) -> Info {
        if let Some(&info) = self.0.get(&id) {
            return info;
        }
        let mut info = Info::default();
        let mut inside = |this: &mut Self, ty: &Type| {
            let of = match ty {
                Type::String => Info { lists: true, ..Info::default() },
                Type::Id(id) => this.visit(resolve, *id),
                _ => Info::default(),
            };
            info.lists |= of.lists;
            info.handles |= of.handles;
        };
        match &resolve.types[id].kind {
            TypeDefKind::Record(record) => record.fields.iter().for_each(|field| inside(self, &field.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().for_each(|ty| inside(self, ty)),
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().filter_map(|case| case.ty.as_ref()).for_each(|ty| inside(self, ty));
            }
            TypeDefKind::Result(result) => {
                [&result.ok, &result.err].into_iter().flatten().for_each(|ty| inside(self, ty));
            }
            TypeDefKind::Option(ty) | TypeDefKind::Type(ty) | TypeDefKind::FixedLengthList(ty, _) => inside(self, ty),
            TypeDefKind::List(ty) => {
                inside(self, ty);
                info.lists = true;
            }
            TypeDefKind::Map(key, value) => {
                inside(self, key);
                inside(self, value);
                info.lists = true;
            }
            TypeDefKind::Handle(_) | TypeDefKind::Future(_) | TypeDefKind::Stream(_) => info.handles = true,
            TypeDefKind::Resource | TypeDefKind::Flags(_) | TypeDefKind::Enum(_) | TypeDefKind::Unknown => {}
        }
        self.0.insert(id, info);
        info
    }
}

/// The definition that a chain of `use`s and aliases leads to.
pub(crate) fn definition(resolve: &Resolve, mut id: TypeId) -> TypeId {
    while let TypeDefKind::Type(Type::Id(next)) = resolve.types[id].kind {
        id = next;
    }
    id
}

/// The payload of `ok`, and the defined type of `error`, of a function that returns a result with such an error.
pub(crate) fn result_of(resolve: &Resolve, func: &Function) -> Option<(Option<Type>, TypeId)> {
    let Some(Type::Id(id)) = func.result else { return None };
    let TypeDefKind::Result(result) = &resolve.types[id].kind else { return None };
    match result.err {
        Some(Type::Id(error)) => Some((result.ok, definition(resolve, error))),
        _ => None,
    }
}

impl Generator<'_> {
    /// A type as it is written at `place`.
    pub(crate) fn ty(&self, place: &Place, ty: &Type, mode: Mode) -> TokenStream {
        let internal = &self.internal;
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
            Type::String if mode == Mode::Borrowed => quote!(&str),
            Type::String => quote!(#internal::String),
            // Refused before anything is written.
            Type::ErrorContext => quote!(()),
        }
    }

    /// A type, or `()` where there is none.
    pub(crate) fn optional_ty(&self, place: &Place, ty: Option<&Type>, mode: Mode) -> TokenStream {
        ty.map_or_else(|| quote!(()), |ty| self.ty(place, ty, mode))
    }

    fn ty_id(&self, place: &Place, id: TypeId, mode: Mode) -> TokenStream {
        let ty = &self.resolve.types[id];
        if let Some(name) = &ty.name {
            let path = self.item(place, ty.owner, &names::camel(name));
            let borrow = mode == Mode::Borrowed && self.infos.get(id).lists;
            return if borrow { quote!(&#path) } else { path };
        }
        let internal = &self.internal;
        match &ty.kind {
            TypeDefKind::Type(ty) => self.ty(place, ty, mode),
            TypeDefKind::Option(ty) => {
                let ty = self.ty(place, ty, mode);
                quote!(Option<#ty>)
            }
            TypeDefKind::Result(result) => {
                let ok = self.optional_ty(place, result.ok.as_ref(), mode);
                let err = self.optional_ty(place, result.err.as_ref(), mode);
                quote!(Result<#ok, #err>)
            }
            TypeDefKind::Tuple(tuple) => {
                let types = tuple.types.iter().map(|ty| self.ty(place, ty, mode));
                quote!((#(#types,)*))
            }
            TypeDefKind::List(element) => {
                // What lies inside is owned: borrowing at every level would be a burden to build.
                let element = self.ty(place, element, Mode::Owned);
                if mode == Mode::Borrowed { quote!(&[#element]) } else { quote!(#internal::Vec<#element>) }
            }
            TypeDefKind::FixedLengthList(element, len) => {
                let (element, len) = (self.ty(place, element, mode), *len as usize);
                quote!([#element; #len])
            }
            TypeDefKind::Map(key, value) => {
                let (key, value) = (self.ty(place, key, Mode::Owned), self.ty(place, value, Mode::Owned));
                let map = quote!(#internal::HashMap<#key, #value>);
                if mode == Mode::Borrowed { quote!(&#map) } else { map }
            }
            TypeDefKind::Handle(handle) => self.handle(place, handle),
            // Records, variants and the like always have names; futures and streams were refused before.
            _ => quote!(()),
        }
    }

    /// `Resource<T>` for what the host defines, `ResourceAny` for what the guest defines.
    pub(crate) fn handle(&self, place: &Place, handle: &Handle) -> TokenStream {
        let (Handle::Own(id) | Handle::Borrow(id)) = handle;
        let root = &self.options.root;
        let by_host = match self.resolve.types[definition(self.resolve, *id)].owner {
            TypeOwner::Interface(id) => self.imported.contains(&id),
            TypeOwner::World(_) | TypeOwner::None => true,
        };
        if !by_host {
            return quote!(#root::component::ResourceAny);
        }
        let ty = &self.resolve.types[*id];
        let path = self.item(place, ty.owner, &names::camel(ty.name.as_deref().unwrap_or_default()));
        quote!(#root::component::Resource<#path>)
    }

    /// Parameters and result of a function as the type arguments of a typed function.
    pub(crate) fn signature(&self, place: &Place, func: &Function) -> TokenStream {
        let params = func.params.iter().map(|param| self.ty(place, &param.ty, Mode::Borrowed));
        let result = func.result.iter().map(|ty| self.ty(place, ty, Mode::Owned));
        quote!((#(#params,)*), (#(#result,)*))
    }
}

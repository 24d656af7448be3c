//! What the host provides: one trait per interface and resource.

use crate::bindgen::api::Api;
use crate::bindgen::emit_types::docs;
use crate::bindgen::infos::result_of;
use crate::bindgen::names;
use crate::bindgen::rules::Flags;
use crate::bindgen::types::Mode;
use crate::bindgen::world::{Generator, Place};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Function, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldItem, WorldKey};

/// A method of a host trait that is no function of the interface.
enum Extra {
    /// The destructor of a resource.
    Drop { ty: Ident, flags: Flags },
    /// From the embedder's error type to that of the interface.
    Convert { name: Ident, from: TokenStream, to: Ident },
}

/// The methods of a host trait, sorted.
#[derive(Default)]
struct Methods {
    plain: TokenStream,
    /// `plain`, handed on by a reference.
    forwarded: TokenStream,
    with_store: TokenStream,
}

/// The resources that an interface or world defines itself.
pub(crate) fn resources<'a>(
    types: impl Iterator<Item = (&'a String, TypeId)>,
    resolve: &Resolve,
) -> Vec<(String, TypeId)> {
    let resources = types.filter(|(_, id)| matches!(resolve.types[*id].kind, TypeDefKind::Resource));
    resources.map(|(name, id)| (name.clone(), id)).collect()
}

impl Generator<'_> {
    /// The resources that the interface or world at `place` defines itself.
    pub(crate) fn resources_at(&self, place: &Place) -> Vec<(String, TypeId)> {
        if let Some(id) = place.interface() {
            let types = &self.resolve.interfaces[id].types;
            return resources(types.iter().map(|(name, &id)| (name, id)), self.resolve);
        }
        let types = self.resolve.worlds[self.world].imports.iter().filter_map(|(key, item)| match (key, item) {
            (WorldKey::Name(name), WorldItem::Type { id, .. }) => Some((name, *id)),
            _ => None,
        });
        resources(types, self.resolve)
    }

    /// All functions of an interface, or all that the world imports itself.
    pub(crate) fn functions_at(&self, place: &Place) -> Vec<&Function> {
        match place.interface() {
            Some(id) => self.resolve.interfaces[id].functions.values().collect(),
            None => self.world_functions(),
        }
    }

    /// The flags of an imported function.
    pub(crate) fn import_flags(&self, place: &Place, func: &Function) -> Flags {
        self.options.imports.function(self.resolve, place.key(), func)
    }

    /// The flags of the destructor of an imported resource.
    pub(crate) fn drop_flags(&self, place: &Place, resource: &str) -> Flags {
        self.options.imports.item(self.resolve, place.key(), &format!("[drop]{resource}"))
    }

    /// What any function or destructor at `place` asks for.
    pub(crate) fn all_flags(&self, place: &Place) -> Flags {
        let functions = self.functions_at(place).into_iter().map(|func| self.import_flags(place, func));
        let drops = self.resources_at(place).into_iter().map(|(name, _)| self.drop_flags(place, &name));
        functions.chain(drops).fold(Flags::default(), Flags::union)
    }

    /// `HostX` of a resource.
    pub(crate) fn resource_trait(&self, place: &Place, name: &str, id: TypeId) -> TokenStream {
        let mut functions = self.functions_at(place);
        functions.retain(|func| func.kind.resource() == Some(id));
        let flags = self.drop_flags(place, name);
        let all = functions.iter().map(|func| self.import_flags(place, func)).fold(flags, Flags::union);
        let drop = Extra::Drop { flags, ty: names::ty(name) };
        self.host_trait(place, &names::host_trait(name), &functions, &[drop], &[], all)
    }

    /// `Host` of an interface, or `…Imports` of a world.
    pub(crate) fn host_trait_at(&self, place: &Place, name: &Ident) -> TokenStream {
        let mut functions = self.functions_at(place);
        functions.retain(|func| func.kind.resource().is_none());
        let extras = self.converted_errors(place);
        let resources: Vec<_> = self.resources_at(place).iter().map(|(name, _)| names::host_trait(name)).collect();
        self.host_trait(place, name, &functions, &extras, &resources, self.all_flags(place))
    }

    /// The errors of this interface that the embedder has a type of its own for.
    fn converted_errors(&self, place: &Place) -> Vec<Extra> {
        let Some(interface) = place.interface().filter(|id| self.is_here(place, *id)) else { return Vec::new() };
        let types = self.resolve.interfaces[interface].types.iter();
        let converted = types.filter_map(|(name, id)| {
            let from = self.trappable_error(place, *id)?;
            Some(Extra::Convert { name: names::convert(name), from, to: names::ty(name) })
        });
        converted.collect()
    }

    fn host_trait(
        &self,
        place: &Place,
        name: &Ident,
        functions: &[&Function],
        extras: &[Extra],
        resources: &[Ident],
        all: Flags,
    ) -> TokenStream {
        let has_data = &self.api.has_data;
        let with_store = names::with_store(name);
        let mut methods = Methods::default();
        functions.iter().for_each(|func| self.host_method(place, name, func, &mut methods));
        extras.iter().for_each(|extra| self.extra_method(place, name, extra, &mut methods));
        let Methods { plain, forwarded, with_store: stored } = methods;
        let send = all.asynchronous.then(|| quote!(::core::marker::Send));
        let with_stores = resources.iter().map(names::with_store);
        let supers =
            [quote!(#has_data)].into_iter().chain(with_stores.map(|name| quote!(#name<T>))).chain(send.clone());
        let supers: Vec<_> = supers.collect();
        let blanket =
            stored.is_empty().then(|| quote!(impl<H: ?Sized, T> #with_store<T> for H where H: #(#supers)+* {}));
        let supers_plain: Vec<_> = resources.iter().map(|name| quote!(#name)).chain(send.clone()).collect();
        let supers_plain = (!supers_plain.is_empty()).then(|| quote!(: #(#supers_plain)+*));
        let send = send.map(|send| quote!(+ #send));
        let forward = (!self.options.skip_forwarding)
            .then(|| quote!(impl<_T: #name + ?Sized #send> #name for &mut _T { #forwarded }));
        quote! {
            /// What the host provides with its store at hand.
            pub trait #with_store<T>: #(#supers)+* { #stored }
            #blanket
            /// What the host provides.
            pub trait #name #supers_plain { #plain }
            #forward
        }
    }

    fn host_method(&self, place: &Place, trait_name: &Ident, func: &Function, out: &mut Methods) {
        let Api { access, accessor, .. } = &self.api;
        let flags = self.import_flags(place, func);
        let (doc, method) = (docs(&func.docs), names::method(func));
        let id = place.identity();
        let args: Vec<_> = func.params.iter().map(|param| names::snake(&param.name)).collect();
        let types = func.params.iter().map(|param| self.ty(place, &param.ty, Mode::Owned));
        let id_param = id.iter().map(|ty| quote!(id: #ty));
        let params = id_param.chain(args.iter().zip(types).map(|(arg, ty)| quote!(#arg: #ty)));
        let params: Vec<_> = params.collect();
        let result = promised(flags, &self.host_result(place, func, flags));
        if flags.concurrent {
            out.with_store.extend(quote!(#doc fn #method(accessor: &#accessor<T, Self>, #(#params),*) -> #result;));
        } else if flags.store {
            out.with_store.extend(quote!(#doc fn #method(host: #access<T, Self>, #(#params),*) -> #result;));
        } else {
            let id = id.map(|_| quote!(id,));
            let call = awaited(flags, &quote!(#trait_name::#method(*self, #id #(#args),*)));
            out.plain.extend(quote!(#doc fn #method(&mut self, #(#params),*) -> #result;));
            out.forwarded.extend(quote!(fn #method(&mut self, #(#params),*) -> #result { #call }));
        }
    }

    fn extra_method(&self, place: &Place, trait_name: &Ident, extra: &Extra, out: &mut Methods) {
        let Api { access, accessor, resource, host_result, .. } = &self.api;
        match extra {
            Extra::Drop { ty, flags } => {
                let doc = quote!(#[doc = " Destroys a resource that a guest has given up."]);
                let (param, arg) = match place.identity() {
                    Some(ty) => (Some(quote!(id: #ty,)), Some(quote!(id,))),
                    None => (None, None),
                };
                let result = promised(*flags, &quote!(#host_result<()>));
                if flags.store {
                    let host = match flags.asynchronous {
                        true => quote!(accessor: &#accessor<T, Self>),
                        false => quote!(host: #access<T, Self>),
                    };
                    let sized = flags.asynchronous.then(|| quote!(where Self: Sized));
                    out.with_store.extend(quote!(#doc fn drop(#host, #param rep: #resource<#ty>) -> #result #sized;));
                    return;
                }
                let call = awaited(*flags, &quote!(#trait_name::drop(*self, #arg rep)));
                let head = quote!(fn drop(&mut self, #param rep: #resource<#ty>) -> #result);
                out.plain.extend(quote!(#doc #head;));
                out.forwarded.extend(quote!(#head { #call }));
            }
            Extra::Convert { name, from, to } => {
                let head = quote!(fn #name(&mut self, err: #from) -> #host_result<#to>);
                out.plain.extend(quote! {
                    /// The guest's error for one of the host's; an error of this is a trap.
                    #head;
                });
                out.forwarded.extend(quote!(#head { #trait_name::#name(*self, err) }));
            }
        }
    }

    fn host_result(&self, place: &Place, func: &Function, flags: Flags) -> TokenStream {
        let Api { host_result, core_result, .. } = &self.api;
        if flags.trappable
            && let Some((ok, error)) = self.trappable_result(place, func)
        {
            let ok = self.optional_ty(place, ok.as_ref(), Mode::Owned);
            return quote!(#core_result<#ok, #error>);
        }
        let result = self.optional_ty(place, func.result.as_ref(), Mode::Owned);
        if flags.trappable { quote!(#host_result<#result>) } else { result }
    }

    /// The `ok` payload, and the embedder's error type, of a function whose error has one.
    fn trappable_result(&self, place: &Place, func: &Function) -> Option<(Option<Type>, TokenStream)> {
        let (ok, error) = result_of(self.resolve, func)?;
        Some((ok, self.trappable_error(place, error)?))
    }

    /// The trait that converts a trappable error, which stands where the error is defined, and its method.
    pub(crate) fn converter(&self, place: &Place, func: &Function) -> Option<(TokenStream, Ident)> {
        let (_, error) = result_of(self.resolve, func)?;
        self.trappable_error(place, error)?;
        let ty = &self.resolve.types[error];
        let name = names::convert(ty.name.as_deref()?);
        Some((self.item(place, ty.owner, &format_ident!("Host")), name))
    }

    /// Traits of other modules that convert the errors of functions of this one.
    pub(crate) fn converters(&self, place: &Place) -> Vec<TokenStream> {
        let mut found: Vec<TokenStream> = Vec::new();
        for func in self.functions_at(place) {
            let owner = result_of(self.resolve, func).map(|(_, error)| self.resolve.types[error].owner);
            let elsewhere = matches!(owner, Some(TypeOwner::Interface(id)) if !self.is_here(place, id));
            if elsewhere
                && let Some((path, _)) = self.converter(place, func)
                && !found.iter().any(|known| known.to_string() == path.to_string())
            {
                found.push(path);
            }
        }
        found
    }

    /// The module of the bindings of an import that is told by an identity of the host's.
    pub(crate) fn named_module(&self, place: &Place) -> TokenStream {
        let Some(id) = place.interface() else { return TokenStream::new() };
        let sibling = self.module(place, id);
        let resources = self.resources_at(place).into_iter().map(|(name, id)| {
            let (ty, host) = (names::ty(&name), self.resource_trait(place, &name, id));
            quote!(pub use #sibling::#ty; #host)
        });
        let resources: TokenStream = resources.collect();
        let host = self.host_trait_at(place, &format_ident!("Host"));
        let linking = self.interface_linking(place, id);
        quote!(#resources #host #linking)
    }
}

/// A result, or the promise of one.
fn promised(flags: Flags, result: &TokenStream) -> TokenStream {
    match flags.asynchronous {
        true => quote!(impl ::core::future::Future<Output = #result> + ::core::marker::Send),
        false => result.clone(),
    }
}

/// A call of a function that returns what [`promised`] says.
fn awaited(flags: Flags, call: &TokenStream) -> TokenStream {
    if flags.asynchronous { quote!(async move { #call.await }) } else { call.clone() }
}

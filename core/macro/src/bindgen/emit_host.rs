//! What the host provides: one trait per interface and resource, and the functions that put them into a linker.

use crate::bindgen::emit_types::docs;
use crate::bindgen::names;
use crate::bindgen::rules::Flags;
use crate::bindgen::types::{Mode, result_of};
use crate::bindgen::world::{Generator, Place};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Function, Resolve, Stability, Type, TypeDefKind, TypeId, TypeOwner, WorldItem, WorldKey};

/// A method of a host trait that is no function of the interface.
enum Extra {
    /// The destructor of a resource.
    Drop { ty: Ident, store: bool },
    /// From the embedder's error type to that of the interface.
    Convert { name: Ident, from: TokenStream, to: Ident },
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
        match place.interface() {
            Some(id) => {
                let types = &self.resolve.interfaces[id].types;
                resources(types.iter().map(|(name, &id)| (name, id)), self.resolve)
            }
            None => {
                let types =
                    self.resolve.worlds[self.world].imports.iter().filter_map(|(key, item)| match (key, item) {
                        (WorldKey::Name(name), WorldItem::Type { id, .. }) => Some((name, *id)),
                        _ => None,
                    });
                resources(types, self.resolve)
            }
        }
    }

    fn functions_at(&self, place: &Place) -> Vec<&Function> {
        match place.interface() {
            Some(id) => self.resolve.interfaces[id].functions.values().collect(),
            None => self.world_functions(),
        }
    }

    fn import_flags(&self, place: &Place, func: &Function) -> Flags {
        self.options.imports.flags(self.resolve, place.key(), &func.name)
    }

    fn drop_flags(&self, place: &Place, resource: &str) -> Flags {
        self.options.imports.flags(self.resolve, place.key(), &format!("[drop]{resource}"))
    }

    /// `HostX` of a resource.
    pub(crate) fn resource_trait(&self, place: &Place, name: &str, id: TypeId) -> TokenStream {
        let ty = names::camel(name);
        let mut functions = self.functions_at(place);
        functions.retain(|func| func.kind.resource() == Some(id));
        let drop = Extra::Drop { store: self.drop_flags(place, name).store, ty: ty.clone() };
        self.host_trait(place, &format_ident!("Host{ty}"), &functions, &[drop], &[])
    }

    /// `Host` of an interface, or `…Imports` of a world.
    pub(crate) fn host_trait_at(&self, place: &Place, name: &Ident) -> TokenStream {
        let mut functions = self.functions_at(place);
        functions.retain(|func| func.kind.resource().is_none());
        let extras = self.converted_errors(place);
        let resources =
            self.resources_at(place).into_iter().map(|(name, _)| format_ident!("Host{}", names::camel(&name)));
        self.host_trait(place, name, &functions, &extras, &resources.collect::<Vec<_>>())
    }

    /// The errors of this interface that the embedder has a type of its own for.
    fn converted_errors(&self, place: &Place) -> Vec<Extra> {
        let Some(interface) = place.interface() else { return Vec::new() };
        let types = self.resolve.interfaces[interface].types.iter();
        let converted = types.filter_map(|(name, id)| {
            let from = self.trappable_error(place, *id)?;
            Some(Extra::Convert { name: convert(name), from, to: names::camel(name) })
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
    ) -> TokenStream {
        let (root, with_store) = (&self.options.root, format_ident!("{name}WithStore"));
        let (mut plain, mut forwarded, mut stored) = (Vec::new(), Vec::new(), Vec::new());
        for func in functions {
            let flags = self.import_flags(place, func);
            let (doc, method) = (docs(&func.docs), names::method(func));
            let args: Vec<_> = func.params.iter().map(|param| names::snake(&param.name)).collect();
            let types = func.params.iter().map(|param| self.ty(place, &param.ty, Mode::Owned));
            let params: Vec<_> = args.iter().zip(types).map(|(arg, ty)| quote!(#arg: #ty)).collect();
            let result = self.host_result(place, func, flags);
            if flags.store {
                stored.push(
                    quote!(#doc fn #method(host: #root::component::Access<'_, T, Self>, #(#params),*) -> #result;),
                );
            } else {
                plain.push(quote!(#doc fn #method(&mut self, #(#params),*) -> #result;));
                forwarded.push(quote! {
                    fn #method(&mut self, #(#params),*) -> #result { #name::#method(*self, #(#args),*) }
                });
            }
        }
        for extra in extras {
            let (method, arg, result) = match extra {
                Extra::Drop { ty, store: false } => {
                    (format_ident!("drop"), quote!(#root::component::Resource<#ty>), quote!(()))
                }
                Extra::Drop { ty, store: true } => {
                    stored.push(quote! {
                        /// Destroys a resource that a guest has given up.
                        fn drop(
                            host: #root::component::Access<'_, T, Self>,
                            rep: #root::component::Resource<#ty>,
                        ) -> #root::Result<()>;
                    });
                    continue;
                }
                Extra::Convert { name, from, to } => (name.clone(), from.clone(), quote!(#to)),
            };
            plain.push(quote!(fn #method(&mut self, value: #arg) -> #root::Result<#result>;));
            forwarded.push(quote! {
                fn #method(&mut self, value: #arg) -> #root::Result<#result> { #name::#method(*self, value) }
            });
        }
        let with_stores = resources.iter().map(|name| format_ident!("{name}WithStore"));
        let supers = quote!(#root::component::HasData #(+ #with_stores<T>)*);
        let blanket =
            stored.is_empty().then(|| quote!(impl<H: ?Sized, T: 'static> #with_store<T> for H where H: #supers {}));
        let forward = (!self.options.skip_forwarding)
            .then(|| quote!(impl<_T: #name + ?Sized> #name for &mut _T { #(#forwarded)* }));
        let supers_plain = if resources.is_empty() { None } else { Some(quote!(: #(#resources)+*)) };
        quote! {
            /// What the host provides with its store at hand.
            pub trait #with_store<T: 'static>: #supers { #(#stored)* }
            #blanket
            /// What the host provides.
            pub trait #name #supers_plain { #(#plain)* }
            #forward
        }
    }

    fn host_result(&self, place: &Place, func: &Function, flags: Flags) -> TokenStream {
        let root = &self.options.root;
        if flags.trappable
            && let Some((ok, error)) = self.trappable_result(place, func)
        {
            let ok = self.optional_ty(place, ok.as_ref(), Mode::Owned);
            return quote!(Result<#ok, #error>);
        }
        let result = self.optional_ty(place, func.result.as_ref(), Mode::Owned);
        if flags.trappable { quote!(#root::Result<#result>) } else { result }
    }

    /// The `ok` payload, and the embedder's error type, of a function whose error has one.
    fn trappable_result(&self, place: &Place, func: &Function) -> Option<(Option<Type>, TokenStream)> {
        let (ok, error) = result_of(self.resolve, func)?;
        Some((ok, self.trappable_error(place, error)?))
    }

    /// The trait that converts a trappable error, which stands where the error is defined.
    fn converter(&self, place: &Place, func: &Function) -> Option<(TokenStream, Ident)> {
        let (_, error) = result_of(self.resolve, func)?;
        self.trappable_error(place, error)?;
        let ty = &self.resolve.types[error];
        let name = convert(ty.name.as_deref()?);
        Some((self.item(place, ty.owner, &format_ident!("Host")), name))
    }

    /// Traits of other interfaces that convert the errors of functions of this one.
    pub(crate) fn converters(&self, place: &Place) -> Vec<TokenStream> {
        let mut found: Vec<TokenStream> = Vec::new();
        for func in self.functions_at(place) {
            let elsewhere = result_of(self.resolve, func).map(|(_, error)| self.resolve.types[error].owner);
            let here = place.interface().map(TypeOwner::Interface);
            if elsewhere.is_some()
                && elsewhere != here
                && let Some((path, _)) = self.converter(place, func)
                && !found.iter().any(|known| known.to_string() == path.to_string())
            {
                found.push(path);
            }
        }
        found
    }

    /// Statements that define the resources and functions of a place in the linker instance `inst`.
    pub(crate) fn define_in_linker(&self, place: &Place, trait_name: &Ident) -> TokenStream {
        let resources = self.resources_at(place).into_iter().map(|(name, id)| {
            let gate = self.resolve.types[id].stability.clone();
            gated(&gate, &self.link_resource(place, &name))
        });
        let functions = self
            .functions_at(place)
            .into_iter()
            .map(|func| gated(&func.stability, &self.link_function(place, func, trait_name)));
        quote!(#(#resources)* #(#functions)*)
    }

    fn link_resource(&self, place: &Place, name: &str) -> TokenStream {
        let (root, ty) = (&self.options.root, names::camel(name));
        let (host, rep) = (format_ident!("Host{ty}"), quote!(#root::component::Resource::new_own(rep)));
        let call = if self.drop_flags(place, name).store {
            let host = format_ident!("{host}WithStore");
            quote! {
                let host = #root::component::Access::<T, D>::new(store, host_getter);
                <D as #host<T>>::drop(host, #rep)
            }
        } else {
            quote!(#host::drop(&mut host_getter(store.data_mut()), #rep))
        };
        quote! {
            inst.resource(
                #name,
                #root::component::ResourceType::host::<#ty>(),
                move |#[allow(unused_mut)] mut store: #root::StoreContextMut<'_, T>, rep: u32| -> #root::Result<()> { #call },
            )?;
        }
    }

    fn link_function(&self, place: &Place, func: &Function, trait_name: &Ident) -> TokenStream {
        let (root, name, method) = (&self.options.root, &func.name, names::method(func));
        let flags = self.import_flags(place, func);
        let trait_name = match func.kind.resource() {
            Some(id) => {
                format_ident!("Host{}", names::camel(self.resolve.types[id].name.as_deref().unwrap_or_default()))
            }
            None => trait_name.clone(),
        };
        let args: Vec<_> = (0..func.params.len()).map(|n| format_ident!("arg{n}")).collect();
        let types = func.params.iter().map(|param| self.ty(place, &param.ty, Mode::Owned));
        let call = if flags.store {
            let with_store = format_ident!("{trait_name}WithStore");
            quote! {
                let host = #root::component::Access::<T, D>::new(
                    #root::AsContextMut::as_context_mut(&mut caller),
                    host_getter,
                );
                let r = <D as #with_store<T>>::#method(host, #(#args),*);
            }
        } else {
            quote! {
                let host = &mut host_getter(caller.data_mut());
                let r = #trait_name::#method(host, #(#args),*);
            }
        };
        let converter = if flags.trappable { self.converter(place, func) } else { None };
        let finish = match (converter, flags.trappable, func.result.is_some()) {
            (Some((path, convert)), ..) => {
                let host = if flags.store { quote!(&mut host_getter(caller.data_mut())) } else { quote!(host) };
                quote! {
                    Ok((match r {
                        Ok(value) => Ok(value),
                        Err(error) => Err(#path::#convert(#host, error)?),
                    },))
                }
            }
            (None, true, true) => quote!(Ok((r?,))),
            (None, true, false) => quote!(r),
            (None, false, true) => quote!(Ok((r,))),
            (None, false, false) => quote!({
                let () = r;
                Ok(())
            }),
        };
        let (before, after) = self.tracing(place, func, flags, "wit-bindgen import");
        quote! {
            inst.func_wrap(
                #name,
                move |mut caller: #root::StoreContextMut<'_, T>, (#(#args,)*): (#(#types,)*)| {
                    #before
                    #call
                    #after
                    #finish
                },
            )?;
        }
    }

    /// Statements around a call that tell the `tracing` crate about it.
    pub(crate) fn tracing(
        &self,
        place: &Place,
        func: &Function,
        flags: Flags,
        what: &str,
    ) -> (TokenStream, TokenStream) {
        if !flags.tracing {
            return (TokenStream::new(), TokenStream::new());
        }
        let module = place.key().map_or_else(|| "default".into(), |key| self.resolve.name_world_key(key));
        let function = &func.name;
        let shown = |ty: &Type, value: TokenStream| {
            let long = matches!(ty, Type::Id(id) if self.infos.get(*id).lists);
            let value = if long && !flags.verbose { quote!("...") } else { quote!(&#value) };
            quote!(::tracing::field::debug(#value))
        };
        let fields = func.params.iter().enumerate().map(|(n, param)| {
            let (name, arg) = (names::snake(&param.name), format_ident!("arg{n}"));
            let value = shown(&param.ty, quote!(#arg));
            quote!(#name = #value,)
        });
        let result = func.result.as_ref().map(|ty| shown(ty, quote!(r))).map(|value| quote!(result = #value,));
        let before = quote! {
            let span = ::tracing::span!(::tracing::Level::TRACE, #what, module = #module, function = #function);
            let _entered = span.enter();
            ::tracing::event!(::tracing::Level::TRACE, #(#fields)* "call");
        };
        (before, quote!(::tracing::event!(::tracing::Level::TRACE, #result "return");))
    }
}

fn convert(name: &str) -> Ident {
    format_ident!("convert_{}", names::snake_text(name))
}

/// Statements that run only where an unstable feature is switched on.
pub(crate) fn gated(stability: &Stability, body: &TokenStream) -> TokenStream {
    match stability {
        Stability::Unstable { feature, .. } => {
            let feature = names::snake(feature);
            quote!(if options.#feature { #body })
        }
        Stability::Stable { .. } | Stability::Unknown => body.clone(),
    }
}

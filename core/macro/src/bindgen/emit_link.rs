//! What puts the host's functions into a linker.

use crate::bindgen::api::Api;
use crate::bindgen::infos::Kind;
use crate::bindgen::names;
use crate::bindgen::rules::Flags;
use crate::bindgen::types::Mode;
use crate::bindgen::world::{Generator, Place};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;
use wit_parser::{Function, InterfaceId, Stability, Type, WorldItem, WorldKey};

impl Generator<'_> {
    /// `add_to_linker` and `add_to_linker_instance` of an interface.
    pub(crate) fn interface_linking(&self, place: &Place, id: InterfaceId) -> TokenStream {
        let Api { linker, linker_instance, result, ok, .. } = &self.api;
        let interface = &self.resolve.interfaces[id];
        let features = self.interface_features(id);
        let (param, arg) = options_param(&features);
        let link_options = link_options(&features, &TokenStream::new());
        let converters = self.converters(place);
        let send = self.all_flags(place).asynchronous.then(|| quote!(+ ::core::marker::Send));
        let bounds = quote!(D: HostWithStore<T>, for<'a> D::Data<'a>: Host #(+ #converters)*, T: 'static #send);
        let body = gated(&interface.stability, &self.define_in_linker(place, &format_ident!("Host")));
        let id_param = place.identity().map(|ty| quote!(id: #ty,));
        let instance = quote! {
            /// Puts the host's functions into an instance of a linker.
            #[allow(unused_variables)]
            pub fn add_to_linker_instance<T, D>(
                inst: &mut #linker_instance<'_, T>,
                #id_param
                #param
                host_getter: fn(&mut T) -> D::Data<'_>,
            ) -> #result<()>
            where #bounds
            {
                #body
                #ok(())
            }
        };
        let whole = match place.identity() {
            Some(identity) => self.link_named(id, &identity, &bounds, param.as_ref(), arg.as_ref()),
            None => {
                let name = place.key().map(|key| self.resolve.name_world_key(key)).unwrap_or_default();
                quote! {
                    /// Puts the host's functions into a linker, under the interface's name.
                    pub fn add_to_linker<T, D>(
                        linker: &mut #linker<T>,
                        #param
                        host_getter: fn(&mut T) -> D::Data<'_>,
                    ) -> #result<()>
                    where #bounds
                    {
                        let mut inst = linker.instance(#name)?;
                        add_to_linker_instance::<T, D>(&mut inst, #arg host_getter)
                    }
                }
            }
        };
        quote!(#link_options #instance #whole)
    }

    fn link_named(
        &self,
        id: InterfaceId,
        identity: &TokenStream,
        bounds: &TokenStream,
        param: Option<&TokenStream>,
        arg: Option<&TokenStream>,
    ) -> TokenStream {
        let Api { linker, component, result, vec, ok, .. } = &self.api;
        let name = self.resolve.id_of(id).unwrap_or_default();
        quote! {
            /// Puts the host's functions into a linker, under every name by which a component imports the interface.
            pub fn add_to_linker<T, D>(
                linker: &mut #linker<T>,
                component: &#component,
                mut lookup: impl FnMut(&str) -> #result<#identity>,
                #param
                host_getter: fn(&mut T) -> D::Data<'_>,
            ) -> #result<()>
            where #bounds
            {
                // The linker lends its engine, and cannot be changed meanwhile.
                let engine = linker.engine().clone();
                let ty = component.component_type();
                let mut found = #vec::new();
                for (name, item) in ty.imports(&engine) {
                    if item.is_implements(#name) {
                        found.push((name, lookup(name)?));
                    }
                }
                for (name, id) in found {
                    add_to_linker_instance::<T, D>(&mut linker.instance(name)?, id, #arg host_getter)?;
                }
                #ok(())
            }
        }
    }

    /// Statements that define the resources and functions of a place in the linker instance `inst`.
    fn define_in_linker(&self, place: &Place, trait_name: &Ident) -> TokenStream {
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
        let Api { resource, resource_type, store_context, access, accessor, result, boxed, .. } = &self.api;
        let (ty, host, flags) = (names::ty(name), names::host_trait(name), self.drop_flags(place, name));
        let with_store = names::with_store(&host);
        let id = place.identity().map(|_| quote!(id,));
        let rep = quote!(#resource::new_own(rep));
        let clone = id.as_ref().map(|_| quote!(let id = id.clone();));
        let (method, closure) = if flags.asynchronous && flags.store {
            let drop = self.to_result(&quote!(<D as #with_store<T>>::drop(accessor, #id #rep).await));
            let closure = quote! {
                move |caller: &#accessor<T>, rep: u32| {
                    #clone
                    #boxed::pin(async move {
                        let accessor = &caller.with_getter::<D>(host_getter);
                        #drop
                    })
                }
            };
            ("resource_concurrent", closure)
        } else if flags.asynchronous {
            let drop = self.to_result(&quote!(#host::drop(&mut host_getter(store.data_mut()), #id #rep).await));
            let closure = quote! {
                move |mut store: #store_context<'_, T>, rep: u32| { #clone #boxed::new(async move { #drop }) }
            };
            ("resource_async", closure)
        } else {
            let drop = match flags.store {
                true => quote!(<D as #with_store<T>>::drop(#access::<T, D>::new(store, host_getter), #id #rep)),
                false => quote!(#host::drop(&mut host_getter(store.data_mut()), #id #rep)),
            };
            let mutable = (!flags.store).then(|| quote!(mut));
            let drop = self.to_result(&drop);
            let closure = quote! {
                move |#mutable store: #store_context<'_, T>, rep: u32| -> #result<()> { #clone #drop }
            };
            ("resource", closure)
        };
        let (method, closure) = (format_ident!("{method}"), owning_id(place, &closure));
        quote!(inst.#method(#name, #resource_type::host::<#ty>(), #closure)?;)
    }

    fn link_function(&self, place: &Place, func: &Function, trait_name: &Ident) -> TokenStream {
        let Api { store_context, accessor, boxed, tracing, .. } = &self.api;
        let (name, flags) = (&func.name, self.import_flags(place, func));
        let args: Vec<_> = (0..func.params.len()).map(|n| format_ident!("arg{n}")).collect();
        // What is lifted cannot borrow.
        let types = func.params.iter().map(|param| self.ty(place, &param.ty, Mode::Owned));
        let params = quote!((#(#args,)*): (#(#types,)*));
        let clone = place.identity().map(|_| quote!(let id = id.clone();));
        let (span, before, after) = self.tracing(place, func, flags);
        let call = self.host_call(place, func, flags, trait_name, &args);
        let finish = self.host_return(place, func, flags);
        let body = quote!(#before #call #after #finish);
        let (method, closure) = if flags.asynchronous {
            let make = if flags.concurrent { quote!(pin) } else { quote!(new) };
            let caller = match flags.concurrent {
                true => quote!(caller: &#accessor<T>),
                false => quote!(mut caller: #store_context<'_, T>),
            };
            let body = match flags.tracing {
                true => quote!(#tracing::Instrument::instrument(async move { #body }, span)),
                false => quote!(async move { #body }),
            };
            let closure = quote!(move |#caller, #params| { #span #clone #boxed::#make(#body) });
            (if flags.concurrent { "func_wrap_concurrent" } else { "func_wrap_async" }, closure)
        } else {
            let enter = flags.tracing.then(|| quote!(let _entered = span.enter();));
            let closure = quote!(move |mut caller: #store_context<'_, T>, #params| { #span #enter #clone #body });
            ("func_wrap", closure)
        };
        let (method, closure) = (format_ident!("{method}"), owning_id(place, &closure));
        quote!(inst.#method(#name, #closure)?;)
    }

    /// `let r = …`: the host's function is called.
    fn host_call(
        &self,
        place: &Place,
        func: &Function,
        flags: Flags,
        trait_name: &Ident,
        args: &[Ident],
    ) -> TokenStream {
        let Api { access, as_context_mut, .. } = &self.api;
        let trait_name = match func.kind.resource() {
            Some(id) => names::host_trait(self.resolve.types[id].name.as_deref().unwrap_or_default()),
            None => trait_name.clone(),
        };
        let with_store = names::with_store(&trait_name);
        let (method, id) = (names::method(func), place.identity().map(|_| quote!(id,)));
        let wait = flags.asynchronous.then(|| quote!(.await));
        if flags.concurrent {
            quote! {
                let host = &caller.with_getter::<D>(host_getter);
                let r = <D as #with_store<T>>::#method(host, #id #(#args),*)#wait;
            }
        } else if flags.store {
            quote! {
                let host = #access::<T, D>::new(#as_context_mut::as_context_mut(&mut caller), host_getter);
                let r = <D as #with_store<T>>::#method(host, #id #(#args),*)#wait;
            }
        } else {
            quote! {
                let host = &mut host_getter(caller.data_mut());
                let r = #trait_name::#method(host, #id #(#args),*)#wait;
            }
        }
    }

    /// What the linker gets for `r`.
    fn host_return(&self, place: &Place, func: &Function, flags: Flags) -> TokenStream {
        let Api { ok, err, .. } = &self.api;
        let converter = if flags.trappable { self.converter(place, func) } else { None };
        if let Some((path, convert)) = converter {
            let convert = if flags.concurrent {
                quote!(caller.with(|mut host| #path::#convert(&mut host_getter(host.get()), e)))
            } else if flags.store {
                quote!(#path::#convert(&mut host_getter(caller.data_mut()), e))
            } else {
                quote!(#path::#convert(host, e))
            };
            let convert = self.to_result(&convert);
            return quote! {
                #ok((match r {
                    #ok(a) => #ok(a),
                    #err(e) => #err(#convert?),
                },))
            };
        }
        let r = self.to_result(&quote!(r));
        match (flags.trappable, func.result.is_some()) {
            (true, true) => quote!(#ok((#r?,))),
            (true, false) => r,
            (false, true) => quote!(#ok((r,))),
            (false, false) => quote!(#ok(r)),
        }
    }

    /// The façade's `Result` of one that a host function returned.
    fn to_result(&self, value: &TokenStream) -> TokenStream {
        let convert = &self.api.to_result;
        if self.options.anyhow { quote!(#convert(#value)) } else { value.clone() }
    }

    /// What tells the `tracing` crate about a call of the host: the span, and the events before and after.
    fn tracing(&self, place: &Place, func: &Function, flags: Flags) -> (TokenStream, TokenStream, TokenStream) {
        if !flags.tracing {
            return Default::default();
        }
        let tracing = &self.api.tracing;
        let module = place
            .interface()
            .map_or(Some(&self.resolve.worlds[self.world].name), |id| self.resolve.interfaces[id].name.as_ref());
        let (module, function) = (module.map_or("<no module>", String::as_str), &func.name);
        let shown = |ty: &Type, value: TokenStream| {
            let value = if self.is_long(ty) && !flags.verbose { quote!("...") } else { quote!(&#value) };
            quote!(#tracing::field::debug(#value))
        };
        let fields = func.params.iter().enumerate().map(|(n, param)| {
            let (name, arg) = (names::snake(&param.name), format_ident!("arg{n}"));
            let value = shown(&param.ty, quote!(#arg));
            quote!(#name = #value,)
        });
        let result = func.result.as_ref().map_or_else(|| quote!(#tracing::field::debug(&r)), |ty| shown(ty, quote!(r)));
        (
            quote! {
                let span = #tracing::span!(
                    #tracing::Level::TRACE, "wit-bindgen import", module = #module, function = #function,
                );
            },
            quote!(#tracing::event!(#tracing::Level::TRACE, #(#fields)* "call");),
            quote!(#tracing::event!(#tracing::Level::TRACE, result = #result, "return");),
        )
    }

    /// The world's `add_to_linker` and `add_to_linker_imports`.
    pub(crate) fn world_linking(&self) -> Option<TokenStream> {
        let own = self.has_world_imports();
        if self.imports.is_empty() && !own {
            return None;
        }
        let Api { linker, result, has_data, ok, .. } = &self.api;
        let root = Place::root();
        let (param, arg) = options_param(&self.world_features());
        let flags = self.imports.iter().filter(|import| self.replacement(&import.key, None).is_none());
        let flags: Vec<_> =
            flags.map(|import| self.all_flags(&self.place(Kind::Import, &import.key, import.id))).collect();
        let any = |all: &[Flags]| all.iter().any(|flags| flags.asynchronous);
        let hosts_wait = any(&flags) || own && any(&[self.all_flags(&root)]);
        let defaults = [self.options.imports.default_flags(), self.options.exports.default_flags()];
        let send = (hosts_wait || any(&defaults) || self.options.require_send).then(|| quote!(+ ::core::marker::Send));
        let paths: Vec<_> = self.imports.iter().map(|import| self.module(&root, import.id)).collect();
        let mut hosts: Vec<_> = paths.iter().map(|path| quote!(#path::Host)).collect();
        let mut stores: Vec<_> = paths.iter().map(|path| quote!(#path::HostWithStore<T>)).collect();
        let own_function = own.then(|| self.link_world_imports(send.as_ref()));
        let own_call = own.then(|| quote!(Self::add_to_linker_imports::<T, D>(linker, #arg host_getter)?;));
        if own {
            let host = self.imports_trait();
            let with_store = names::with_store(&host);
            hosts.push(quote!(#host));
            stores.push(quote!(#with_store<T>));
        }
        if hosts_wait {
            hosts.push(quote!(::core::marker::Send));
            stores.push(quote!(::core::marker::Send));
        }
        if stores.is_empty() {
            stores.push(has_data.clone());
        }
        let calls = self.imports.iter().zip(&paths).map(|(import, path)| {
            let arg = (!self.interface_features(import.id).is_empty()).then(|| quote!(&options.into(),));
            let call = match &import.label {
                Some(label) => quote! {
                    #path::add_to_linker_instance::<T, D>(&mut linker.instance(#label)?, #arg host_getter)?;
                },
                None => quote!(#path::add_to_linker::<T, D>(linker, #arg host_getter)?;),
            };
            gated(&self.import_stability(&import.world_key), &call)
        });
        let calls = gated(&self.resolve.worlds[self.world].stability, &quote!(#own_call #(#calls)*));
        let (hosts, stores) = (unique(hosts), unique(stores));
        Some(quote! {
            #own_function

            /// Puts everything that the world imports into a linker.
            #[allow(unused_variables)]
            pub fn add_to_linker<T, D>(
                linker: &mut #linker<T>,
                #param
                host_getter: fn(&mut T) -> D::Data<'_>,
            ) -> #result<()>
            where D: #(#stores)+*, for<'a> D::Data<'a>: #(#hosts)+*, T: 'static #send
            {
                #calls
                #ok(())
            }
        })
    }

    fn link_world_imports(&self, send: Option<&TokenStream>) -> TokenStream {
        let Api { linker, result, ok, .. } = &self.api;
        let (param, _) = options_param(&self.world_features());
        let host = self.imports_trait();
        let with_store = names::with_store(&host);
        let body = gated(&self.resolve.worlds[self.world].stability, &self.define_in_linker(&Place::root(), &host));
        quote! {
            /// Puts the functions that the world imports itself into a linker.
            #[allow(unused_variables)]
            pub fn add_to_linker_imports<T, D>(
                linker: &mut #linker<T>,
                #param
                host_getter: fn(&mut T) -> D::Data<'_>,
            ) -> #result<()>
            where D: #with_store<T>, for<'a> D::Data<'a>: #host, T: 'static #send
            {
                let mut inst = linker.root();
                #body
                #ok(())
            }
        }
    }

    fn import_stability(&self, key: &WorldKey) -> Stability {
        match self.resolve.worlds[self.world].imports.get(key) {
            Some(WorldItem::Interface { stability, .. }) => stability.clone(),
            _ => Stability::Unknown,
        }
    }

    /// The unstable features of an interface.
    pub(crate) fn interface_features(&self, id: InterfaceId) -> BTreeSet<String> {
        let interface = &self.resolve.interfaces[id];
        let types = interface.types.values().map(|id| &self.resolve.types[*id].stability);
        let functions = interface.functions.values().map(|func| &func.stability);
        features([&interface.stability].into_iter().chain(types).chain(functions))
    }

    /// The unstable features of everything that the world imports.
    pub(crate) fn world_features(&self) -> BTreeSet<String> {
        let world = &self.resolve.worlds[self.world];
        let mut all = features([&world.stability].into_iter());
        for item in world.imports.values() {
            match item {
                WorldItem::Interface { id, stability, .. } => {
                    all.extend(features([stability].into_iter()));
                    all.extend(self.interface_features(*id));
                }
                WorldItem::Function(func) => all.extend(features([&func.stability].into_iter())),
                WorldItem::Type { id, .. } => all.extend(features([&self.resolve.types[*id].stability].into_iter())),
            }
        }
        all
    }

    /// From the world's options to those of each interface.
    pub(crate) fn options_from_world(&self) -> TokenStream {
        let conversions = self.imports.iter().filter(|import| import.first).filter_map(|import| {
            let features = self.interface_features(import.id);
            let features: Vec<_> = features.iter().map(|feature| names::snake(feature)).collect();
            let path = self.module(&Place::root(), import.id);
            (!features.is_empty()).then(|| {
                quote! {
                    impl From<&LinkOptions> for #path::LinkOptions {
                        fn from(from: &LinkOptions) -> Self {
                            let mut options = Self::default();
                            #(options.#features(from.#features);)*
                            options
                        }
                    }
                    impl From<LinkOptions> for #path::LinkOptions {
                        fn from(from: LinkOptions) -> Self { (&from).into() }
                    }
                }
            })
        });
        conversions.collect()
    }
}

/// A closure that keeps the identity of a named import, which it may be asked for many times.
fn owning_id(place: &Place, closure: &TokenStream) -> TokenStream {
    match place.identity() {
        Some(_) => quote!({ let id = id.clone(); #closure }),
        None => closure.clone(),
    }
}

/// Imports of one interface under several labels ask for the same traits.
fn unique(mut bounds: Vec<TokenStream>) -> Vec<TokenStream> {
    let mut seen = BTreeSet::new();
    bounds.retain(|bound| seen.insert(bound.to_string()));
    bounds
}

/// Statements that run only where an unstable feature is switched on.
fn gated(stability: &Stability, body: &TokenStream) -> TokenStream {
    match stability {
        Stability::Unstable { feature, .. } => {
            let feature = names::snake(feature);
            quote!(if options.#feature { #body })
        }
        Stability::Stable { .. } | Stability::Unknown => body.clone(),
    }
}

fn features<'a>(all: impl Iterator<Item = &'a Stability>) -> BTreeSet<String> {
    let unstable = all.filter_map(|stability| match stability {
        Stability::Unstable { feature, .. } => Some(feature.clone()),
        Stability::Stable { .. } | Stability::Unknown => None,
    });
    unstable.collect()
}

fn options_param(features: &BTreeSet<String>) -> (Option<TokenStream>, Option<TokenStream>) {
    match features.is_empty() {
        true => (None, None),
        false => (Some(quote!(options: &LinkOptions,)), Some(quote!(options,))),
    }
}

/// `LinkOptions`, where there are unstable features.
pub(crate) fn link_options(features: &BTreeSet<String>, conversions: &TokenStream) -> Option<TokenStream> {
    if features.is_empty() {
        return None;
    }
    let fields: Vec<_> = features.iter().map(|feature| names::snake(feature)).collect();
    let docs = features.iter().map(|feature| format!(" Whether what is `@unstable(feature = {feature})` is linked."));
    Some(quote! {
        /// Which unstable features are linked. None are by default.
        #[derive(Clone, Debug, Default)]
        pub struct LinkOptions { #(#fields: bool,)* }

        impl LinkOptions {
            #(
                #[doc = #docs]
                pub fn #fields(&mut self, enabled: bool) -> &mut Self {
                    self.#fields = enabled;
                    self
                }
            )*
        }

        #conversions
    })
}

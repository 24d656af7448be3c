//! The world: `Foo`, `FooPre`, `FooIndices`, `Foo::add_to_linker`, and the modules of all interfaces.

use crate::bindgen::emit_host::gated;
use crate::bindgen::names;
use crate::bindgen::world::{Generator, Kind, Place, idents};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};
use syn::Result;
use wit_parser::{InterfaceId, Stability, WorldItem, WorldKey};

/// Modules within modules.
#[derive(Default)]
struct Module {
    inner: BTreeMap<String, Module>,
    body: TokenStream,
}

impl Module {
    fn add(&mut self, path: &[String], body: TokenStream) {
        let mut at = self;
        for name in path {
            at = at.inner.entry(name.clone()).or_default();
        }
        at.body.extend(body);
    }

    fn write(self) -> TokenStream {
        let inner = self.inner.into_iter().map(|(name, module)| {
            let (name, body) = (Ident::new(&name, Span::call_site()), module.write());
            quote!(#[allow(missing_docs, clippy::all, unused_imports)] pub mod #name { #body })
        });
        let (inner, body) = (inner.collect::<TokenStream>(), self.body);
        quote!(#inner #body)
    }
}

/// A field of the world's structs: an exported function or interface.
struct Export {
    field: Ident,
    ty: TokenStream,
    index: TokenStream,
    lookup: TokenStream,
    load: TokenStream,
    method: TokenStream,
}

impl Generator<'_> {
    /// Everything.
    pub(crate) fn write(&self) -> Result<TokenStream> {
        let aliases = self.aliases();
        let modules = self.modules()?;
        if self.options.only_interfaces {
            self.check_used()?;
            return Ok(quote!(#aliases #modules));
        }
        let types = self.world_types()?;
        let link_options = link_options(&self.world_features(), &self.options_from_world());
        let imports = self.has_world_imports().then(|| self.host_trait_at(&Place::root(), &self.imports_trait()));
        let world = self.world_structs();
        self.check_used()?;
        Ok(quote!(#aliases #types #link_options #imports #world #modules))
    }

    fn modules(&self) -> Result<TokenStream> {
        let mut tree = Module::default();
        for (kind, key, id) in self.interfaces() {
            let place = self.place(kind, &key, id);
            let body = match (kind, self.replacement(&key, None)) {
                (Kind::Import, Some(_)) => {
                    // The structure of the output is the same, whoever made the bindings.
                    let path = self.module_from(&place, id);
                    quote!(pub use #path::*;)
                }
                (Kind::Import, None) => self.import_module(&place, id, &self.resolve.name_world_key(&key))?,
                (Kind::Export, _) => self.export_module(&place, id, &self.resolve.name_world_key(&key))?,
            };
            tree.add(place.path(), body);
        }
        Ok(tree.write())
    }

    fn world_types(&self) -> Result<TokenStream> {
        let world = &self.resolve.worlds[self.world];
        let types = world.imports.iter().filter_map(|(key, item)| match (key, item) {
            (WorldKey::Name(name), WorldItem::Type { id, .. }) => Some(self.define_type(&Place::root(), name, *id)),
            _ => None,
        });
        types.collect()
    }

    /// The module of an imported interface.
    fn import_module(&self, place: &Place, id: InterfaceId, name: &str) -> Result<TokenStream> {
        let (root, interface) = (&self.options.root, &self.resolve.interfaces[id]);
        let types = interface.types.iter().map(|(name, id)| self.define_type(place, name, *id));
        let types = types.collect::<Result<TokenStream>>()?;
        let features = self.interface_features(id);
        let link_options = link_options(&features, &TokenStream::new());
        let (param, arg) = options_param(&features);
        let host = self.host_trait_at(place, &format_ident!("Host"));
        let converters = self.converters(place);
        let body = gated(&interface.stability, &self.define_in_linker(place, &format_ident!("Host")));
        let send = self.options.require_send.then(|| quote!(+ Send));
        let bounds = quote!(D: HostWithStore<T>, for<'a> D::Data<'a>: Host #(+ #converters)*, T: 'static #send);
        Ok(quote! {
            #types
            #link_options
            #host

            /// Puts the host's functions into an instance of a linker.
            #[allow(unused_variables)]
            pub fn add_to_linker_instance<T, D>(
                inst: &mut #root::component::LinkerInstance<'_, T>,
                #param
                host_getter: fn(&mut T) -> D::Data<'_>,
            ) -> #root::Result<()>
            where #bounds
            {
                #body
                Ok(())
            }

            /// Puts the host's functions into a linker, under the interface's name.
            pub fn add_to_linker<T, D>(
                linker: &mut #root::component::Linker<T>,
                #param
                host_getter: fn(&mut T) -> D::Data<'_>,
            ) -> #root::Result<()>
            where #bounds
            {
                let mut inst = linker.instance(#name)?;
                add_to_linker_instance::<T, D>(&mut inst, #arg host_getter)
            }
        })
    }

    fn has_world_imports(&self) -> bool {
        !self.world_functions().is_empty() || !self.resources_at(&Place::root()).is_empty()
    }

    fn imports_trait(&self) -> Ident {
        format_ident!("{}Imports", names::world(&self.resolve.worlds[self.world].name))
    }

    fn exports(&self) -> Vec<Export> {
        let (root, place) = (&self.options.root, Place::root());
        let internal = &self.internal;
        let exports = self.resolve.worlds[self.world].exports.iter();
        let exports = exports.enumerate().filter_map(|(n, (key, item))| match item {
            WorldItem::Function(func) => {
                let (field, wit) = (names::field(self.resolve, func), &func.name);
                let signature = self.signature(&place, func);
                Some(Export {
                    ty: quote!(#root::component::Func),
                    index: quote!(#root::component::ComponentExportIndex),
                    lookup: quote!({
                        let index = #internal::export_func(_instance_pre.component(), None, #wit)?;
                        #internal::check_export::<_T, #signature>(_instance_pre, &index, #wit)?;
                        index
                    }),
                    load: quote!(#internal::load_func(&mut store, instance, &self.#field)?),
                    method: self.call_method(&place, func, &quote!(self)),
                    field,
                })
            }
            WorldItem::Interface { id, .. } => {
                let (field, place) = (format_ident!("interface{n}"), self.place(Kind::Export, key, *id));
                let path = idents(place.path());
                let path = quote!(self::#path);
                // The first module name is `exports`.
                let method = Ident::new(&place.path()[1..].join("_"), Span::call_site());
                Some(Export {
                    ty: quote!(#path::Guest),
                    index: quote!(#path::GuestIndices),
                    lookup: quote!(#path::GuestIndices::new(_instance_pre)?),
                    load: quote!(self.#field.load(&mut store, instance)?),
                    method: quote! {
                        /// The functions of this exported interface.
                        pub fn #method(&self) -> &#path::Guest { &self.#field }
                    },
                    field,
                })
            }
            WorldItem::Type { .. } => None,
        });
        exports.collect()
    }

    fn world_structs(&self) -> TokenStream {
        let root = &self.options.root;
        let name = &self.resolve.worlds[self.world].name;
        let world = names::world(name);
        let (pre, indices) = (format_ident!("{world}Pre"), format_ident!("{world}Indices"));
        let exports = self.exports();
        let fields: Vec<_> = exports.iter().map(|export| &export.field).collect();
        let types = exports.iter().map(|export| &export.ty);
        let index_types = exports.iter().map(|export| &export.index);
        let lookups = exports.iter().map(|export| &export.lookup);
        let loads = exports.iter().map(|export| &export.load);
        let methods = exports.iter().map(|export| &export.method);
        let linking = self.world_add_to_linker();
        let pre_name = &pre;
        let pre = self.world_pre(&world, pre_name, &indices);
        let doc = format!(" An instance of a component with the world `{name}`.");
        quote! {
            #pre

            /// The exports of the world, looked up and checked, good for every instance of the component.
            #[derive(Clone)]
            pub struct #indices { #(#fields: #index_types,)* }

            impl #indices {
                /// Looks the exports up in the component, and checks their types.
                pub fn new<_T: 'static>(_instance_pre: &#root::component::InstancePre<_T>) -> #root::Result<Self> {
                    #(let #fields = #lookups;)*
                    Ok(Self { #(#fields,)* })
                }

                /// Takes the exports of an instance. Compares no name and no type.
                pub fn load(
                    &self,
                    mut store: impl #root::AsContextMut,
                    instance: &#root::component::Instance,
                ) -> #root::Result<#world> {
                    let _ = (&mut store, instance);
                    #(let #fields = #loads;)*
                    Ok(#world { #(#fields,)* })
                }
            }

            #[doc = #doc]
            pub struct #world { #(#fields: #types,)* }

            impl #world {
                /// Links and instantiates a component, and takes its exports.
                pub fn instantiate<_T: 'static>(
                    store: impl #root::AsContextMut<Data = _T>,
                    component: &#root::component::Component,
                    linker: &#root::component::Linker<_T>,
                ) -> #root::Result<Self> {
                    let pre = linker.instantiate_pre(component)?;
                    #pre_name::new(pre)?.instantiate(store)
                }

                /// Takes the exports of an instance.
                pub fn new(
                    mut store: impl #root::AsContextMut,
                    instance: &#root::component::Instance,
                ) -> #root::Result<Self> {
                    let indices = #indices::new(&instance.instance_pre(&store))?;
                    indices.load(&mut store, instance)
                }

                #linking
                #(#methods)*
            }
        }
    }

    fn world_pre(&self, world: &Ident, pre: &Ident, indices: &Ident) -> TokenStream {
        let root = &self.options.root;
        quote! {
            /// A component that is linked, with the exports of its world looked up and checked.
            pub struct #pre<T: 'static> {
                instance_pre: #root::component::InstancePre<T>,
                indices: #indices,
            }

            impl<T: 'static> Clone for #pre<T> {
                fn clone(&self) -> Self {
                    Self { instance_pre: self.instance_pre.clone(), indices: self.indices.clone() }
                }
            }

            impl<_T: 'static> #pre<_T> {
                /// Looks up and checks the exports. The only place where their names and types are compared.
                pub fn new(instance_pre: #root::component::InstancePre<_T>) -> #root::Result<Self> {
                    let indices = #indices::new(&instance_pre)?;
                    Ok(Self { instance_pre, indices })
                }

                /// The engine.
                pub fn engine(&self) -> &#root::Engine { self.instance_pre.engine() }

                /// The linked component.
                pub fn instance_pre(&self) -> &#root::component::InstancePre<_T> { &self.instance_pre }

                /// Makes an instance, and takes its exports.
                pub fn instantiate(
                    &self,
                    mut store: impl #root::AsContextMut<Data = _T>,
                ) -> #root::Result<#world> {
                    let instance = self.instance_pre.instantiate(#root::AsContextMut::as_context_mut(&mut store))?;
                    self.indices.load(store, &instance)
                }
            }
        }
    }

    fn world_add_to_linker(&self) -> Option<TokenStream> {
        let root = &self.options.root;
        let interfaces: Vec<_> = self.interfaces().into_iter().filter(|(kind, ..)| *kind == Kind::Import).collect();
        let own = self.has_world_imports();
        if interfaces.is_empty() && !own {
            return None;
        }
        let stability = &self.resolve.worlds[self.world].stability;
        let (param, arg) = options_param(&self.world_features());
        let send = self.options.require_send.then(|| quote!(+ Send));
        let mut hosts: Vec<_> =
            interfaces.iter().map(|(_, _, id)| self.module(*id)).map(|path| quote!(#path::Host)).collect();
        let mut stores: Vec<_> =
            interfaces.iter().map(|(_, _, id)| self.module(*id)).map(|path| quote!(#path::HostWithStore<T>)).collect();
        let mut own_function = None;
        let mut own_call = None;
        if own {
            let host = self.imports_trait();
            let with_store = format_ident!("{host}WithStore");
            let body = gated(stability, &self.define_in_linker(&Place::root(), &host));
            own_function = Some(quote! {
                /// Puts the functions that the world imports itself into a linker.
                #[allow(unused_variables)]
                pub fn add_to_linker_imports<T, D>(
                    linker: &mut #root::component::Linker<T>,
                    #param
                    host_getter: fn(&mut T) -> D::Data<'_>,
                ) -> #root::Result<()>
                where D: #with_store<T>, for<'a> D::Data<'a>: #host, T: 'static #send
                {
                    let mut inst = linker.root();
                    #body
                    Ok(())
                }
            });
            own_call = Some(quote!(Self::add_to_linker_imports::<T, D>(linker, #arg host_getter)?;));
            hosts.push(quote!(#host));
            stores.push(quote!(#with_store<T>));
        }
        let calls = interfaces.iter().map(|(_, key, id)| {
            let (path, features) = (self.module(*id), self.interface_features(*id));
            let arg = (!features.is_empty()).then(|| quote!(&options.into(),));
            gated(&self.import_stability(key), &quote!(#path::add_to_linker::<T, D>(linker, #arg host_getter)?;))
        });
        let calls = gated(stability, &quote!(#own_call #(#calls)*));
        Some(quote! {
            #own_function

            /// Puts everything that the world imports into a linker.
            #[allow(unused_variables)]
            pub fn add_to_linker<T, D>(
                linker: &mut #root::component::Linker<T>,
                #param
                host_getter: fn(&mut T) -> D::Data<'_>,
            ) -> #root::Result<()>
            where D: #(#stores)+*, for<'a> D::Data<'a>: #(#hosts)+*, T: 'static #send
            {
                #calls
                Ok(())
            }
        })
    }

    fn import_stability(&self, key: &WorldKey) -> Stability {
        match self.resolve.worlds[self.world].imports.get(key) {
            Some(WorldItem::Interface { stability, .. }) => stability.clone(),
            _ => Stability::Unknown,
        }
    }

    /// The unstable features of an interface.
    fn interface_features(&self, id: InterfaceId) -> BTreeSet<String> {
        let interface = &self.resolve.interfaces[id];
        let types = interface.types.values().map(|id| &self.resolve.types[*id].stability);
        let functions = interface.functions.values().map(|func| &func.stability);
        features([&interface.stability].into_iter().chain(types).chain(functions))
    }

    /// The unstable features of everything that the world imports.
    fn world_features(&self) -> BTreeSet<String> {
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
    fn options_from_world(&self) -> TokenStream {
        let interfaces = self.interfaces().into_iter().filter(|(kind, ..)| *kind == Kind::Import);
        let conversions = interfaces.filter_map(|(_, _, id)| {
            let features = self.interface_features(id);
            let features: Vec<_> = features.iter().map(|feature| names::snake(feature)).collect();
            let path = self.module(id);
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
fn link_options(features: &BTreeSet<String>, conversions: &TokenStream) -> Option<TokenStream> {
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

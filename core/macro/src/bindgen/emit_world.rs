//! The world: `Foo`, `FooPre`, `FooIndices`, `Foo::add_to_linker`, and the modules of all interfaces.

use crate::bindgen::api::Api;
use crate::bindgen::emit_link::link_options;
use crate::bindgen::infos::Kind;
use crate::bindgen::names;
use crate::bindgen::wit::fail;
use crate::bindgen::world::{Generator, Place, idents};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;
use syn::Result;
use wit_component::StringEncoding;
use wit_parser::{InterfaceId, TypeDefKind, WorldItem, WorldKey};

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
            quote!(pub mod #name { #body })
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
    /// Everything, in a module of its own, whose public names are handed on.
    pub(crate) fn write(&self) -> Result<TokenStream> {
        let given = self.given();
        let modules = self.modules()?;
        let mut names: Vec<_> = modules.inner.keys().map(|name| Ident::new(name, Span::call_site())).collect();
        let modules = modules.write();
        let mut world = TokenStream::new();
        if !self.options.only_interfaces {
            let types = self.world_types();
            let features = self.world_features();
            let link_options = link_options(&features, &self.options_from_world());
            let imports = self.has_world_imports().then(|| self.host_trait_at(&Place::root(), &self.imports_trait()));
            let structs = self.world_structs();
            world = quote!(#types #link_options #imports #structs);
            names.extend(self.world_names(!features.is_empty()));
        }
        self.check_used()?;
        if self.options.component_type {
            world.extend(self.component_type()?);
            names.push(format_ident!("COMPONENT_TYPE"));
        }
        // Where these meet, what is handed on would meet too.
        let module = match self.options.only_interfaces {
            true => names.iter().map(|name| format!("_{name}")).collect(),
            false => format!("_{}", names::snake_text(&self.resolve.worlds[self.world].name)),
        };
        let module = format_ident!("__bindgen{module}");
        // Not `missing_docs`: WIT may lack them, and whoever expects that for Wasmtime's bindings does so for these.
        Ok(quote! {
            #[allow(
                clippy::all, dead_code, elided_lifetimes_in_paths, nonstandard_style, unreachable_pub,
                unused_imports, unused_variables
            )]
            mod #module { #given #world #modules }
            #[allow(unreachable_pub, unused_imports)]
            pub use #module::{#(#names),*};
        })
    }

    /// What stands beside the modules and may be named.
    fn world_names(&self, options: bool) -> Vec<Ident> {
        let world = names::ty(&self.resolve.worlds[self.world].name);
        let mut names = vec![format_ident!("{world}Pre"), format_ident!("{world}Indices"), world];
        let with_trait = |host: Ident, names: &mut Vec<Ident>| {
            names.push(names::with_store(&host));
            names.push(host);
        };
        for (key, item) in &self.resolve.worlds[self.world].imports {
            let (WorldKey::Name(name), WorldItem::Type { id, .. }) = (key, item) else { continue };
            match self.resolve.types[*id].kind {
                TypeDefKind::Resource => {
                    names.push(names::ty(name));
                    with_trait(names::host_trait(name), &mut names);
                }
                TypeDefKind::Enum(_) | TypeDefKind::Flags(_) => names.push(names::ty(name)),
                _ => names.extend(self.definitions(*id, name).into_iter().map(|(name, _)| name)),
            }
        }
        if self.has_world_imports() {
            with_trait(self.imports_trait(), &mut names);
        }
        if options {
            names.push(format_ident!("LinkOptions"));
        }
        names
    }

    fn component_type(&self) -> Result<TokenStream> {
        let bytes = wit_component::metadata::encode(self.resolve, self.world, StringEncoding::UTF8, None, false);
        let bytes = Literal::byte_string(&bytes.map_err(|e| fail(format!("`include_component_type`: {e:#}")))?);
        Ok(quote! {
            /// The world that these bindings were made for, as a component encodes it.
            pub const COMPONENT_TYPE: &[u8] = #bytes;
        })
    }

    fn modules(&self) -> Result<Module> {
        let mut tree = Module::default();
        for import in self.imports.iter().filter(|import| import.first) {
            let place = self.place(Kind::Import, &import.key, import.id);
            let body = match self.replacement(&import.key, None) {
                // The structure of the output is the same, whoever made the bindings.
                Some(_) => {
                    let path = self.module(&place, import.id);
                    quote!(pub use #path::*;)
                }
                None => self.import_module(&place, import.id),
            };
            tree.add(place.path(), body);
        }
        for (key, id) in self.exported() {
            let place = self.place(Kind::Export, &key, id);
            let body = self.export_module(&place, id, &self.resolve.name_world_key(&key));
            tree.add(place.path(), body);
        }
        for (place, _) in self.named()? {
            tree.add(place.path(), self.named_module(&place));
        }
        Ok(tree)
    }

    /// Whether types are defined in the world itself.
    pub(crate) fn has_world_types(&self) -> bool {
        let mut items = self.resolve.worlds[self.world].imports.values();
        items.any(|item| matches!(item, WorldItem::Type { .. }))
    }

    fn world_types(&self) -> TokenStream {
        let world = &self.resolve.worlds[self.world];
        let types = world.imports.iter().filter_map(|(key, item)| match (key, item) {
            (WorldKey::Name(name), WorldItem::Type { id, .. }) => Some(self.define_type(&Place::root(), name, *id)),
            _ => None,
        });
        types.collect()
    }

    /// The module of an imported interface.
    fn import_module(&self, place: &Place, id: InterfaceId) -> TokenStream {
        let interface = &self.resolve.interfaces[id];
        let types = interface.types.iter().map(|(name, id)| self.define_type(place, name, *id));
        let types: TokenStream = types.collect();
        let host = self.host_trait_at(place, &format_ident!("Host"));
        let linking = self.interface_linking(place, id);
        quote!(#types #host #linking)
    }

    /// Whether the world imports functions or resources itself.
    pub(crate) fn has_world_imports(&self) -> bool {
        !self.world_functions().is_empty() || !self.resources_at(&Place::root()).is_empty()
    }

    /// The trait of what the world imports itself.
    pub(crate) fn imports_trait(&self) -> Ident {
        format_ident!("{}Imports", names::ty(&self.resolve.worlds[self.world].name))
    }

    fn exports(&self) -> Vec<Export> {
        let Api { func: func_ty, export_index, .. } = &self.api;
        let place = Place::root();
        let exports = self.resolve.worlds[self.world].exports.iter();
        let exports = exports.enumerate().filter_map(|(n, (key, item))| match item {
            WorldItem::Function(func) => {
                let optional = self.is_optional(&place, func);
                Some(Export {
                    field: names::field(self.resolve, func),
                    ty: self.maybe(optional, func_ty),
                    index: self.maybe(optional, export_index),
                    lookup: self.lookup(&place, func, None),
                    load: self.load(&place, func),
                    method: self.call_method(&place, func, &quote!(self)),
                })
            }
            WorldItem::Interface { id, .. } => Some(self.exported_interface(n, key, *id)),
            WorldItem::Type { .. } => None,
        });
        exports.collect()
    }

    fn exported_interface(&self, n: usize, key: &WorldKey, id: InterfaceId) -> Export {
        let Api { internal, option, .. } = &self.api;
        let (field, place) = (format_ident!("interface{n}"), self.place(Kind::Export, key, id));
        let path = idents(place.path());
        let (guest, indices) = (quote!(self::#path::Guest), quote!(self::#path::GuestIndices));
        // The first module name is `exports`.
        let method = Ident::new(&place.path()[1..].join("_"), Span::call_site());
        if !self.options.exports.optional(self.resolve, key) {
            return Export {
                lookup: quote!(#indices::new(_instance_pre)?),
                load: quote!(self.#field.load(&mut store, instance)?),
                method: quote! {
                    /// The functions of this exported interface.
                    pub fn #method(&self) -> &#guest { &self.#field }
                },
                ty: guest,
                index: indices,
                field,
            };
        }
        let name = self.resolve.name_world_key(key);
        Export {
            lookup: quote! {
                match #internal::has_export(_instance_pre.component(), #name) {
                    true => #option::Some(#indices::new(_instance_pre)?),
                    false => #option::None,
                }
            },
            load: quote! {
                match &self.#field {
                    #option::Some(indices) => #option::Some(indices.load(&mut store, instance)?),
                    #option::None => #option::None,
                }
            },
            method: quote! {
                /// The functions of this exported interface; `None` where the component lacks it.
                pub fn #method(&self) -> #option<&#guest> { self.#field.as_ref() }
            },
            ty: self.maybe(true, &guest),
            index: self.maybe(true, &indices),
            field,
        }
    }

    fn world_structs(&self) -> TokenStream {
        let Api { result, as_context_mut, instance, instance_pre, internal, ok, .. } = &self.api;
        let name = &self.resolve.worlds[self.world].name;
        let world = names::ty(name);
        let (pre, indices) = (format_ident!("{world}Pre"), format_ident!("{world}Indices"));
        let exports = self.exports();
        let fields: Vec<_> = exports.iter().map(|export| &export.field).collect();
        let types = exports.iter().map(|export| &export.ty);
        let index_types = exports.iter().map(|export| &export.index);
        let lookups = exports.iter().map(|export| &export.lookup);
        let loads = exports.iter().map(|export| &export.load);
        let methods = exports.iter().map(|export| &export.method);
        let (linking, instantiate) = (self.world_linking(), self.world_instantiate(&pre, &indices));
        let pre = self.world_pre(&world, &pre, &indices);
        let doc = format!(" An instance of a component with the world `{name}`.");
        quote! {
            #pre

            /// The exports of the world, looked up and checked, good for every instance of what was linked.
            #[derive(Clone)]
            pub struct #indices { linked: #internal::Linked, #(#fields: #index_types,)* }

            impl #indices {
                /// Looks the exports up in the component, and checks their types.
                pub fn new<_T: 'static>(_instance_pre: &#instance_pre<_T>) -> #result<Self> {
                    #(let #fields = #lookups;)*
                    #ok(Self { linked: #internal::Linked::new(_instance_pre), #(#fields,)* })
                }

                /// Takes the exports of an instance. Of what these indices were made for, it compares no name and no
                /// type.
                pub fn load(&self, mut store: impl #as_context_mut, instance: &#instance) -> #result<#world> {
                    if !self.linked.is_of(&store, instance) {
                        let other = Self::new(&instance.instance_pre(&store))?;
                        return other.load(store, instance);
                    }
                    let _ = &mut store;
                    #(let #fields = #loads;)*
                    #ok(#world { #(#fields,)* })
                }
            }

            #[doc = #doc]
            pub struct #world { #(#fields: #types,)* }

            impl #world {
                #instantiate
                #linking
                #(#methods)*
            }
        }
    }

    fn world_instantiate(&self, pre: &Ident, indices: &Ident) -> TokenStream {
        let Api { result, as_context_mut, component, linker, instance, .. } = &self.api;
        quote! {
            /// Links and instantiates a component, and takes its exports.
            pub fn instantiate<_T: 'static>(
                store: impl #as_context_mut<Data = _T>,
                component: &#component,
                linker: &#linker<_T>,
            ) -> #result<Self> {
                let pre = linker.instantiate_pre(component)?;
                #pre::new(pre)?.instantiate(store)
            }

            /// The same, where linking needed async functions.
            pub async fn instantiate_async<_T>(
                store: impl #as_context_mut<Data = _T>,
                component: &#component,
                linker: &#linker<_T>,
            ) -> #result<Self>
            where _T: ::core::marker::Send + 'static
            {
                let pre = linker.instantiate_pre(component)?;
                #pre::new(pre)?.instantiate_async(store).await
            }

            /// Takes the exports of an instance.
            pub fn new(mut store: impl #as_context_mut, instance: &#instance) -> #result<Self> {
                let indices = #indices::new(&instance.instance_pre(&store))?;
                indices.load(&mut store, instance)
            }
        }
    }

    fn world_pre(&self, world: &Ident, pre: &Ident, indices: &Ident) -> TokenStream {
        let Api { result, as_context_mut, instance_pre, engine, ok, .. } = &self.api;
        quote! {
            /// A component that is linked, with the exports of its world looked up and checked.
            pub struct #pre<T: 'static> {
                instance_pre: #instance_pre<T>,
                indices: #indices,
            }

            impl<T: 'static> Clone for #pre<T> {
                fn clone(&self) -> Self {
                    Self { instance_pre: self.instance_pre.clone(), indices: self.indices.clone() }
                }
            }

            impl<_T: 'static> #pre<_T> {
                /// Looks up and checks the exports. The only place where their names and types are compared.
                pub fn new(instance_pre: #instance_pre<_T>) -> #result<Self> {
                    let indices = #indices::new(&instance_pre)?;
                    #ok(Self { instance_pre, indices })
                }

                /// The engine.
                pub fn engine(&self) -> &#engine { self.instance_pre.engine() }

                /// The linked component.
                pub fn instance_pre(&self) -> &#instance_pre<_T> { &self.instance_pre }

                /// Makes an instance, and takes its exports.
                pub fn instantiate(&self, mut store: impl #as_context_mut<Data = _T>) -> #result<#world> {
                    let mut store = #as_context_mut::as_context_mut(&mut store);
                    let instance = self.instance_pre.instantiate(&mut store)?;
                    self.indices.load(&mut store, &instance)
                }
            }

            impl<_T: ::core::marker::Send + 'static> #pre<_T> {
                /// Makes an instance, and takes its exports, where linking needed async functions.
                pub async fn instantiate_async(
                    &self,
                    mut store: impl #as_context_mut<Data = _T>,
                ) -> #result<#world> {
                    let mut store = #as_context_mut::as_context_mut(&mut store);
                    let instance = self.instance_pre.instantiate_async(&mut store).await?;
                    self.indices.load(&mut store, &instance)
                }
            }
        }
    }
}

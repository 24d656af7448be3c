//! What the guest exports: indices, checked once per `…Pre`, and typed methods to call.

use crate::bindgen::api::Api;
use crate::bindgen::emit_types::docs;
use crate::bindgen::names;
use crate::bindgen::rules::Flags;
use crate::bindgen::types::Mode;
use crate::bindgen::wit::func_text;
use crate::bindgen::world::{Generator, Place};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Function, InterfaceId, TypeId};

impl Generator<'_> {
    /// The module of an exported interface.
    pub(crate) fn export_module(&self, place: &Place, id: InterfaceId, name: &str) -> TokenStream {
        let interface = &self.resolve.interfaces[id];
        let types = interface.types.iter().map(|(name, id)| self.define_type(place, name, *id));
        let types: TokenStream = types.collect();
        let functions: Vec<_> = interface.functions.values().collect();
        let indices = self.indices(place, id, &functions, name);
        let link = self.link_export(id, name);
        let free = functions.iter().filter(|func| func.kind.resource().is_none());
        let free = free.map(|func| self.call_method(place, func, &quote!(self)));
        // A resource without functions has nothing to lead to.
        let resources: Vec<_> = self.resources_at(place).into_iter().collect();
        let accessors = resources.iter().map(|(name, _)| {
            let (method, guest) = (names::snake(name), names::guest(name));
            quote! {
                /// The functions of this resource.
                pub fn #method(&self) -> #guest<'_> { #guest { funcs: self } }
            }
        });
        let members = resources.iter().map(|(name, id)| self.resource_methods(place, name, *id, &functions));
        quote! {
            #types
            #link
            #indices
            impl Guest { #(#free)* #(#accessors)* }
            #(#members)*
        }
    }

    /// What links components that import the interface to one that exports it.
    fn link_export(&self, id: InterfaceId, name: &str) -> TokenStream {
        let Api { result, linker, instance_pre, internal, .. } = &self.api;
        let at = self.sources.locate(self.resolve, self.resolve.interfaces[id].span);
        quote! {
            /// Defines this interface, for components that import it, as what another component exports. Those that are
            /// linked with it then call that component, and are instantiated together with it.
            pub fn link<_T: 'static>(linker: &mut #linker<_T>, exporter: &#instance_pre<_T>) -> #result<()> {
                let interface = #internal::export_instance(exporter.component(), #name, #at)?;
                linker.root().export(#name, exporter, interface)
            }
        }
    }

    fn resource_methods(&self, place: &Place, name: &str, id: TypeId, functions: &[&Function]) -> TokenStream {
        let guest = names::guest(name);
        let methods = functions.iter().filter(|func| func.kind.resource() == Some(id));
        let methods = methods.map(|func| self.call_method(place, func, &quote!(self.funcs)));
        quote!(impl #guest<'_> { #(#methods)* })
    }

    fn indices(&self, place: &Place, id: InterfaceId, functions: &[&Function], name: &str) -> TokenStream {
        let Api { result, func, instance, instance_pre, as_context_mut, internal, ok, .. } = &self.api;
        let at = self.sources.locate(self.resolve, self.resolve.interfaces[id].span);
        let fields: Vec<_> = functions.iter().map(|func| names::field(self.resolve, func)).collect();
        let types = functions.iter().map(|wit| self.maybe(self.is_optional(place, wit), func));
        let index_types =
            functions.iter().map(|func| self.maybe(self.is_optional(place, func), &self.api.export_index));
        let lookups = functions.iter().map(|func| self.lookup(place, func, Some(name)));
        let loads = functions.iter().map(|func| self.load(place, func));
        quote! {
            /// The functions of this interface on one instance.
            #[derive(Clone)]
            pub struct Guest { #(#fields: #types,)* }

            /// The functions of this interface, looked up and checked, good for every instance of what was linked.
            #[derive(Clone)]
            pub struct GuestIndices { linked: #internal::Linked, #(#fields: #index_types,)* }

            impl GuestIndices {
                /// Looks the functions up in the component, and checks their types.
                pub fn new<_T: 'static>(_instance_pre: &#instance_pre<_T>) -> #result<GuestIndices> {
                    let _instance = &#internal::export_instance(_instance_pre.component(), #name, #at)?;
                    #(let #fields = #lookups;)*
                    #ok(GuestIndices { linked: #internal::Linked::new(_instance_pre), #(#fields,)* })
                }

                /// Takes the functions of an instance. Of what these indices were made for, it compares no name and no
                /// type.
                pub fn load(&self, mut store: impl #as_context_mut, instance: &#instance) -> #result<Guest> {
                    if !self.linked.is_of(&store, instance) {
                        let other = GuestIndices::new(&instance.instance_pre(&store))?;
                        return other.load(store, instance);
                    }
                    let _ = &mut store;
                    #(let #fields = #loads;)*
                    #ok(Guest { #(#fields,)* })
                }
            }
        }
    }

    /// A type, or an option of it for exports that may be missing.
    pub(crate) fn maybe(&self, optional: bool, ty: &TokenStream) -> TokenStream {
        let option = &self.api.option;
        if optional { quote!(#option<#ty>) } else { ty.clone() }
    }

    fn export_flags(&self, place: &Place, func: &Function) -> Flags {
        self.options.exports.function(self.resolve, place.key(), func)
    }

    /// Whether an exported function may be missing.
    pub(crate) fn is_optional(&self, place: &Place, func: &Function) -> bool {
        self.export_flags(place, func).optional
    }

    /// An expression that looks a function up in `_instance_pre`, and checks its type.
    pub(crate) fn lookup(&self, place: &Place, func: &Function, instance: Option<&str>) -> TokenStream {
        let Api { option, internal, .. } = &self.api;
        let (name, ty) = (&func.name, func_text(self.resolve, func));
        let (at, signature) =
            (self.sources.locate(self.resolve, func.span), self.signature(place, func, Mode::Borrowed));
        let (known, within) = match instance {
            Some(instance) => (quote!(#option::Some(_instance)), quote!(#option::Some(#instance))),
            None => (quote!(#option::None), quote!(#option::None)),
        };
        let find = if self.is_optional(place, func) { quote!(optional_func) } else { quote!(export_func) };
        quote! {
            #internal::#find::<_T, #signature>(
                _instance_pre,
                #known,
                &#internal::WitFunc { instance: #within, name: #name, ty: #ty, at: #at },
            )?
        }
    }

    /// An expression that takes a function of `instance`.
    pub(crate) fn load(&self, place: &Place, func: &Function) -> TokenStream {
        let (internal, field) = (&self.api.internal, names::field(self.resolve, func));
        match self.is_optional(place, func) {
            true => quote!(#internal::load_optional(&mut store, instance, self.#field.as_ref())?),
            false => quote!(#internal::load_func(&mut store, instance, &self.#field)?),
        }
    }

    /// `func_x` and `call_x` for a function that is kept in a field of `owner`.
    pub(crate) fn call_method(&self, place: &Place, func: &Function, owner: &TokenStream) -> TokenStream {
        let Api { result, typed_func, internal, option, as_context, as_context_mut, has_data, accessor, .. } =
            &self.api;
        let (doc, field, flags) = (docs(&func.docs), names::field(self.resolve, func), self.export_flags(place, func));
        let name = names::export(func);
        let (get, call) = (format_ident!("func_{name}"), format_ident!("call_{name}"));
        // Other tasks run while a concurrent call waits: it cannot borrow.
        let concurrent = flags.asynchronous && flags.store;
        let mode = if concurrent { Mode::Owned } else { Mode::Borrowed };
        let signature = self.signature(place, func, mode);
        let args: Vec<_> = (0..func.params.len()).map(|n| format_ident!("arg{n}")).collect();
        let types = func.params.iter().map(|param| self.ty(place, &param.ty, mode));
        let params: Vec<_> = args.iter().zip(types).map(|(arg, ty)| quote!(#arg: #ty)).collect();
        let (handle, typed, returned) = match flags.optional {
            true => (
                quote!(#option<#typed_func<#signature>>),
                quote!(#option::Some(#internal::typed_unchecked(#owner.#field?))),
                self.maybe(true, &self.optional_ty(place, func.result.as_ref(), Mode::Owned)),
            ),
            false => (
                quote!(#typed_func<#signature>),
                quote!(#internal::typed_unchecked(#owner.#field)),
                self.optional_ty(place, func.result.as_ref(), Mode::Owned),
            ),
        };
        let head = if concurrent {
            quote! {
                pub async fn #call<_T, _D>(&self, accessor: &#accessor<_T, _D>, #(#params,)*) -> #result<#returned>
                where _T: ::core::marker::Send, _D: #has_data
            }
        } else if flags.asynchronous {
            quote! {
                pub async fn #call<S: #as_context_mut>(&self, mut store: S, #(#params,)*) -> #result<#returned>
                where <S as #as_context>::Data: ::core::marker::Send
            }
        } else {
            quote!(pub fn #call<S: #as_context_mut>(&self, mut store: S, #(#params,)*) -> #result<#returned>)
        };
        let body = self.call_body(place, func, flags, &get, &args);
        let none = flags.optional.then(|| quote!(#[doc = " `None` where the component lacks it."]));
        quote! {
            /// The function itself, typed.
            #none
            pub fn #get(&self) -> #handle { #typed }

            #doc #none
            #head { #body }
        }
    }

    fn call_body(&self, place: &Place, func: &Function, flags: Flags, get: &Ident, args: &[Ident]) -> TokenStream {
        let Api { option, ok, as_context_mut, tracing, .. } = &self.api;
        let module = place.key().map_or_else(|| "default".into(), |key| self.resolve.name_world_key(key));
        let function = &func.name;
        let span = flags.tracing.then(|| {
            quote! {
                let span = #tracing::span!(
                    #tracing::Level::TRACE, "wit-bindgen export", module = #module, function = #function,
                );
            }
        });
        let enter = (flags.tracing && !flags.asynchronous).then(|| quote!(let _entered = span.enter();));
        let callee = match flags.optional {
            true => quote!(let #option::Some(callee) = self.#get() else { return #ok(#option::None) };),
            false => quote!(let callee = self.#get();),
        };
        let store = quote!(#as_context_mut::as_context_mut(&mut store));
        let call = match (flags.asynchronous, flags.store) {
            (true, true) => quote!(callee.call_concurrent(accessor, (#(#args,)*))),
            (true, false) => quote!(callee.call_async(#store, (#(#args,)*))),
            (false, _) => quote!(callee.call(#store, (#(#args,)*))),
        };
        let call = match (flags.asynchronous, flags.tracing) {
            (true, true) => quote!(#tracing::Instrument::instrument(#call, span).await),
            (true, false) => quote!(#call.await),
            (false, _) => call,
        };
        let (bound, value) = match func.result {
            Some(_) => (quote!(ret0,), quote!(ret0)),
            None => (TokenStream::new(), quote!(())),
        };
        let value = if flags.optional { quote!(#option::Some(#value)) } else { value };
        quote! {
            #span #enter #callee
            let (#bound) = #call?;
            #ok(#value)
        }
    }
}

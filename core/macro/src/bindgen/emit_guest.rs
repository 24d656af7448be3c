//! What the guest exports: indices, checked once per `…Pre`, and typed methods to call.

use crate::bindgen::emit_types::docs;
use crate::bindgen::names;
use crate::bindgen::types::Mode;
use crate::bindgen::world::{Generator, Place};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Result;
use wit_parser::{Function, InterfaceId, TypeId};

impl Generator<'_> {
    /// The module of an exported interface.
    pub(crate) fn export_module(&self, place: &Place, id: InterfaceId, name: &str) -> Result<TokenStream> {
        let interface = &self.resolve.interfaces[id];
        let types = interface.types.iter().map(|(name, id)| self.define_type(place, name, *id));
        let types = types.collect::<Result<TokenStream>>()?;
        let functions: Vec<_> = interface.functions.values().collect();
        let indices = self.indices(place, &functions, name);
        let free = functions.iter().filter(|func| func.kind.resource().is_none());
        let free = free.map(|func| self.call_method(place, func, &quote!(self)));
        let resources = self.resources_at(place);
        let accessors = resources.iter().map(|(name, _)| {
            let (method, guest) = (names::snake(name), format_ident!("Guest{}", names::camel(name)));
            quote! {
                /// The functions of this resource.
                pub fn #method(&self) -> #guest<'_> { #guest { funcs: self } }
            }
        });
        let members = resources.iter().map(|(name, id)| self.resource_methods(place, name, *id, &functions));
        Ok(quote! {
            #types
            #indices
            impl Guest { #(#free)* #(#accessors)* }
            #(#members)*
        })
    }

    fn resource_methods(&self, place: &Place, name: &str, id: TypeId, functions: &[&Function]) -> TokenStream {
        let guest = format_ident!("Guest{}", names::camel(name));
        let methods = functions.iter().filter(|func| func.kind.resource() == Some(id));
        let methods = methods.map(|func| self.call_method(place, func, &quote!(self.funcs)));
        quote!(impl #guest<'_> { #(#methods)* })
    }

    fn indices(&self, place: &Place, functions: &[&Function], name: &str) -> TokenStream {
        let root = &self.options.root;
        let fields: Vec<_> = functions.iter().map(|func| names::field(self.resolve, func)).collect();
        let lookups = functions.iter().zip(&fields).map(|(func, field)| {
            let (wit, signature) = (&func.name, self.signature(place, func));
            quote! {
                let #field = #root::component::__internal::export_func(
                    _instance_pre.component(), Some((#name, &_instance)), #wit,
                )?;
                #root::component::__internal::check_export::<_T, #signature>(_instance_pre, &#field, #wit)?;
            }
        });
        quote! {
            /// The functions of this interface on one instance.
            #[derive(Clone)]
            pub struct Guest { #(#fields: #root::component::Func,)* }

            /// The functions of this interface, looked up and checked, good for every instance of the component.
            #[derive(Clone)]
            pub struct GuestIndices { #(#fields: #root::component::ComponentExportIndex,)* }

            impl GuestIndices {
                /// Looks the functions up in the component, and checks their types.
                pub fn new<_T: 'static>(
                    _instance_pre: &#root::component::InstancePre<_T>,
                ) -> #root::Result<GuestIndices> {
                    let _instance = #root::component::__internal::export_instance(_instance_pre.component(), #name)?;
                    #(#lookups)*
                    Ok(GuestIndices { #(#fields,)* })
                }

                /// Takes the functions of an instance. Compares no name and no type.
                pub fn load(
                    &self,
                    mut store: impl #root::AsContextMut,
                    instance: &#root::component::Instance,
                ) -> #root::Result<Guest> {
                    let _ = (&mut store, instance);
                    #(let #fields = #root::component::__internal::load_func(&mut store, instance, &self.#fields)?;)*
                    Ok(Guest { #(#fields,)* })
                }
            }
        }
    }

    /// `func_x` and `call_x` for a function that is kept in a field of `owner`.
    pub(crate) fn call_method(&self, place: &Place, func: &Function, owner: &TokenStream) -> TokenStream {
        let (root, doc, field) = (&self.options.root, docs(&func.docs), names::field(self.resolve, func));
        let name = names::export(func);
        let (get, call) = (format_ident!("func_{name}"), format_ident!("call_{name}"));
        let signature = self.signature(place, func);
        let args: Vec<_> = (0..func.params.len()).map(|n| format_ident!("arg{n}")).collect();
        let types = func.params.iter().map(|param| self.ty(place, &param.ty, Mode::Borrowed));
        let result = self.optional_ty(place, func.result.as_ref(), Mode::Owned);
        let ret = func.result.iter().map(|_| quote!(r,)).collect::<TokenStream>();
        let value = if func.result.is_some() { quote!(r) } else { quote!(()) };
        let flags = self.options.exports.flags(self.resolve, place.key(), &func.name);
        let (before, after) = self.tracing(place, func, flags, "wit-bindgen export");
        quote! {
            /// The function itself, typed.
            pub fn #get(&self) -> #root::component::TypedFunc<#signature> {
                #root::component::__internal::typed_unchecked(#owner.#field)
            }

            #doc
            pub fn #call<S: #root::AsContextMut>(&self, mut store: S, #(#args: #types,)*) -> #root::Result<#result> {
                #before
                let callee = self.#get();
                let (#ret) = callee.call(#root::AsContextMut::as_context_mut(&mut store), (#(#args,)*))?;
                #after
                Ok(#value)
            }
        }
    }
}

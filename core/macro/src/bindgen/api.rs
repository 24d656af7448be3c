//! Every path that generated bindings name, in one place: what moves in the façade is changed here.

use proc_macro2::TokenStream;
use quote::quote;

/// The paths, ready to be written into bindings.
pub(crate) struct Api {
    /// The façade crate.
    pub(crate) root: TokenStream,
    pub(crate) engine: TokenStream,
    pub(crate) result: TokenStream,
    /// What trappable host functions return: the façade's `Result`, or that of the crate `anyhow`.
    pub(crate) host_result: TokenStream,
    /// The function that makes the façade's `Result` of any `Result` that a host function may return.
    pub(crate) to_result: TokenStream,
    pub(crate) as_context: TokenStream,
    pub(crate) as_context_mut: TokenStream,
    pub(crate) store_context: TokenStream,
    pub(crate) component: TokenStream,
    pub(crate) linker: TokenStream,
    pub(crate) linker_instance: TokenStream,
    pub(crate) instance_pre: TokenStream,
    pub(crate) instance: TokenStream,
    pub(crate) func: TokenStream,
    pub(crate) typed_func: TokenStream,
    pub(crate) export_index: TokenStream,
    pub(crate) resource: TokenStream,
    pub(crate) resource_any: TokenStream,
    pub(crate) resource_type: TokenStream,
    pub(crate) has_data: TokenStream,
    pub(crate) access: TokenStream,
    pub(crate) accessor: TokenStream,
    pub(crate) stream: TokenStream,
    pub(crate) future: TokenStream,
    pub(crate) error_context: TokenStream,
    pub(crate) component_type: TokenStream,
    pub(crate) lift: TokenStream,
    pub(crate) lower: TokenStream,
    pub(crate) flags: TokenStream,
    /// The façade's hidden module, for what is nobody's business but the bindings'.
    pub(crate) internal: TokenStream,
    pub(crate) string: TokenStream,
    pub(crate) vec: TokenStream,
    pub(crate) map: TokenStream,
    pub(crate) boxed: TokenStream,
    pub(crate) option: TokenStream,
    /// `Result` of the language, which an embedder's own `Result` must not be taken for.
    pub(crate) core_result: TokenStream,
    /// `Ok` and `Err` likewise.
    pub(crate) ok: TokenStream,
    pub(crate) err: TokenStream,
    pub(crate) tracing: TokenStream,
}

impl Api {
    /// The paths below the façade at `root`.
    pub(crate) fn new(root: &TokenStream, anyhow: bool) -> Self {
        let component = quote!(#root::component);
        let internal = quote!(#component::__internal);
        Self {
            root: root.clone(),
            engine: quote!(#root::Engine),
            result: quote!(#root::Result),
            host_result: if anyhow { quote!(#root::anyhow::Result) } else { quote!(#root::Result) },
            to_result: quote!(#root::ToWasmtimeResult::to_wasmtime_result),
            as_context: quote!(#root::AsContext),
            as_context_mut: quote!(#root::AsContextMut),
            store_context: quote!(#root::StoreContextMut),
            linker: quote!(#component::Linker),
            linker_instance: quote!(#component::LinkerInstance),
            instance_pre: quote!(#component::InstancePre),
            instance: quote!(#component::Instance),
            func: quote!(#component::Func),
            typed_func: quote!(#component::TypedFunc),
            export_index: quote!(#component::ComponentExportIndex),
            resource: quote!(#component::Resource),
            resource_any: quote!(#component::ResourceAny),
            resource_type: quote!(#component::ResourceType),
            has_data: quote!(#component::HasData),
            access: quote!(#component::Access),
            accessor: quote!(#component::Accessor),
            stream: quote!(#component::StreamReader),
            future: quote!(#component::FutureReader),
            error_context: quote!(#component::ErrorContext),
            component_type: quote!(#component::ComponentType),
            lift: quote!(#component::Lift),
            lower: quote!(#component::Lower),
            flags: quote!(#component::flags),
            string: quote!(#internal::String),
            vec: quote!(#internal::Vec),
            map: quote!(#internal::HashMap),
            boxed: quote!(#internal::Box),
            option: quote!(::core::option::Option),
            core_result: quote!(::core::result::Result),
            ok: quote!(::core::result::Result::Ok),
            err: quote!(::core::result::Result::Err),
            tracing: quote!(::tracing),
            component: quote!(#component::Component),
            internal,
        }
    }
}

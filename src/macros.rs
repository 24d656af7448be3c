//! `bindgen!` and `flags!`, as rules: they alone know by which path this crate was reached, and read no manifest for it.

/// Makes Rust bindings for a WIT world: types, traits for what the host provides, methods for what the guest exports.
///
/// `bindgen!()`, `bindgen!("world")`, `bindgen!("world" in "path")`, or options in braces, which are Wasmtime's:
///
/// | option | what it does |
/// |---|---|
/// | `path: "wit"`, `path: ["a", "b"]` | the folders or files that are read, from the package's folder on; `wit` by default |
/// | `inline: "package …"` | WIT in place, on top of what was read |
/// | `world: "name"` | which world; none needed where there is one |
/// | `interfaces: "import …;"` | bindings for interfaces without a world |
/// | `imports: { "a:b/c.f": async \| store, default: trappable }` | how functions of the host are written: `async`, `store`, `trappable`, `tracing`, `verbose_tracing`, `exact`, `ignore_wit` |
/// | `exports: { "f": async, "a:b/c": optional }` | how functions of the guest are called: `async`, `store`, `tracing`, and `optional` |
/// | `trappable_error_type: { "a:b/c.err" => E }` | a host function fails with an `E`, which becomes the guest's error or a trap |
/// | `with: { "a:b/c": path, "a:b/c.res": T }` | bindings made elsewhere; the type behind a host's resource |
/// | `named_imports: { "a:b/c": Id }` | each import of the interface is told to the host by an `Id` |
/// | `ownership: Owning`, `Borrowing { duplicate_if_necessary: … }` | whether what a guest takes owns its parts |
/// | `additional_derives: [Hash]` | more derives for records, variants and enums |
/// | `anyhow: true` | trappable host functions return `anyhow::Result` |
/// | `include_component_type: true` | the world, encoded, as `COMPONENT_TYPE` |
/// | `require_store_data_send: true` | the store's data is `Send`, async or not |
/// | `skip_mut_forwarding_impls: true` | no impls of host traits for `&mut T` |
/// | `wasmtime_crate: path` | this crate, where it is reached by another path |
/// | `stringify: true`, `debug: true` | the bindings as a text; in a file that errors point into |
///
/// An export that is `optional` may be missing: its `func_x` gives an `Option`, its `call_x` a `Result<Option<…>>`, an
/// interface an `Option` of its functions. One of another type is an error all the same.
///
/// Names and types of all exports are compared when a `…Pre` is made, and never again.
#[doc(hidden)]
#[macro_export]
macro_rules! __bindgen {
    ($($input:tt)*) => { $crate::component::__macros::bindgen! { [$crate] $($input)* } };
}

/// Makes a type for `flags`: a set of named bits.
///
/// ```
/// coracle::component::flags! {
///     Permissions {
///         #[component(name = "read")]
///         const READ;
///         #[component(name = "write")]
///         const WRITE;
///     }
/// }
/// assert!((Permissions::READ | Permissions::WRITE).contains(Permissions::READ));
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __flags {
    ($($input:tt)*) => { $crate::component::__macros::flags! { [$crate] $($input)* } };
}

//! Generated bindings compile: each golden of `core/macro/tests/golden`, as it stands there.
#![allow(dead_code, missing_docs)]

/// What the goldens' options name.
pub mod given {
    /// Bindings of the package `a:b`, as another macro would have made them.
    pub mod types {
        coracle::component::bindgen!({
            inline: "package a:b; interface types { record point { x: u32 } get: func() -> point; } world w { import types; }",
        });
        pub use a::b::types::*;
    }
    pub struct Thing;
    #[derive(Debug)]
    pub struct Failure;
    #[derive(Debug)]
    pub struct Generic<T>(T);
    #[derive(Clone)]
    pub struct Id;
}

macro_rules! goldens {
    ($($name:ident $file:literal)*) => {
        $(mod $name {
            include!(concat!("../core/macro/tests/golden/", $file, ".bindings"));
        })*

        const COMPILED: &[&str] = &[$($file),*];
    };
}

goldens! {
    aliases "aliases"
    anyhow "anyhow"
    async_exports "async-exports"
    async_imports "async-imports"
    async_named "async-named"
    async_optional "async-optional"
    async_tracing "async-tracing"
    borrowing "borrowing"
    borrowing_duplicate "borrowing-duplicate"
    component_type "component-type"
    compound "compound"
    empty "empty"
    enums "enums"
    exports_alone "exports-alone"
    flags "flags"
    host_names "host-names"
    includes "includes"
    inline_interfaces "inline-interfaces"
    interfaces_only "interfaces-only"
    keywords "keywords"
    labelled "labelled"
    labelled_and_plain "labelled-and-plain"
    lists "lists"
    maps "maps"
    named_imports "named-imports"
    no_forwarding "no-forwarding"
    optional "optional"
    optional_all "optional-all"
    owning "owning"
    records "records"
    resources_both "resources-both"
    resources_exported "resources-exported"
    resources_imported "resources-imported"
    rules "rules"
    std_names "std-names"
    store "store"
    store_no_drop "store-no-drop"
    tracing "tracing"
    trappable "trappable"
    trappable_error "trappable-error"
    trappable_error_unreached "trappable-error-unreached"
    trappable_error_versions "trappable-error-versions"
    trappable_some "trappable-some"
    unstable "unstable"
    variants "variants"
    versions "versions"
    with_interface "with-interface"
    with_package "with-package"
    world_items "world-items"
}

#[test]
fn no_golden_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("core/macro/tests/golden");
    let mut expected = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        let wit = file.extension().is_some_and(|extension| extension == "wit");
        if wit && !std::fs::read_to_string(&file).unwrap().starts_with("//!! text only: ") {
            expected.push(file.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    expected.sort();
    assert_eq!(COMPILED, expected);
}

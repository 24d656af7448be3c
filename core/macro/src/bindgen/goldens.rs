//! Bindings as files: for each `tests/golden/x.wit` what the macro makes of it stands in `x.bindings`.
//!
//! Lines that begin with `//! ` at the head of a WIT file are options of `bindgen!`; a line `//!! text only: why` says
//! that the façade cannot compile the bindings, which its own tests do with all others. `BLESS=1` rewrites.

use crate::bindgen::{Options, generate};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// Each golden: its name, its WIT and what the macro makes of it.
fn each() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wit"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), bindings(&file))).collect()
}

fn bindings(file: &Path) -> String {
    let name = file.file_name().unwrap().to_str().unwrap();
    let wit = std::fs::read_to_string(file).unwrap();
    let given: String =
        wit.lines().map_while(|line| line.strip_prefix("//!")).filter(|line| !line.starts_with('!')).collect();
    let world = name.strip_suffix(".wit").unwrap();
    let several = wit.lines().filter(|line| line.starts_with("world ")).count() > 1;
    let world = if several { format!("world: {world:?},") } else { String::new() };
    let options = format!("{{ path: \"tests/golden/{name}\", wasmtime_crate: ::coracle, {world} {given} }}");
    let options: Options = syn::parse_str(&options).unwrap_or_else(|e| panic!("{name}: {e}: {options}"));
    let (code, ..) = generate(&options).unwrap_or_else(|e| panic!("{name}: {e}"));
    let code = syn::parse2(code.clone()).unwrap_or_else(|e| panic!("{name}: {e}: {code}"));
    prettyplease::unparse(&code)
}

#[test]
fn goldens() {
    let mut wrong = Vec::new();
    let all = each();
    for (file, got) in &all {
        let golden = file.with_extension("bindings");
        if std::fs::read_to_string(&golden).is_ok_and(|want| want == *got) {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&golden, got).unwrap();
        } else {
            println!("{}:\n{got}", golden.display());
            wrong.push(golden.file_name().unwrap().to_owned());
        }
    }
    println!("{} goldens", all.len());
    assert!(wrong.is_empty() && all.len() >= 30, "{wrong:?}: BLESS=1 rewrites");
}

/// Text in the bodies of functions that make an instance or take its exports, and calls that check a type.
#[derive(Default)]
struct Instantiating {
    within: bool,
    bodies: usize,
    texts: Vec<String>,
    checks: usize,
}

impl<'a> Visit<'a> for Instantiating {
    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        let name = function.sig.ident.to_string();
        let method = function.sig.inputs.first().is_some_and(|first| matches!(first, syn::FnArg::Receiver(_)));
        self.within = method && ["instantiate", "instantiate_async", "load"].contains(&name.as_str());
        self.bodies += usize::from(self.within);
        visit::visit_impl_item_fn(self, function);
        self.within = false;
    }
    /// What is done for an instance of something else than what was checked.
    fn visit_expr_if(&mut self, _: &'a syn::ExprIf) {}
    fn visit_lit_str(&mut self, text: &'a syn::LitStr) {
        if self.within {
            self.texts.push(text.value());
        }
    }
    fn visit_ident(&mut self, ident: &'a proc_macro2::Ident) {
        let checks = ["export_func", "optional_func", "export_instance", "has_export", "get_typed_func", "typed"];
        self.checks += usize::from(self.within && checks.iter().any(|name| ident == name));
    }
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}
}

/// No name and no type is left to compare when an instance is made: there is no text for it, and no call.
#[test]
fn instantiation_compares_nothing() {
    let mut all = Instantiating::default();
    for (_, code) in each() {
        all.visit_file(&syn::parse_file(&code).unwrap());
    }
    assert!(all.bodies > 60, "{} bodies", all.bodies);
    assert_eq!((all.texts, all.checks), (Vec::new(), 0));
}

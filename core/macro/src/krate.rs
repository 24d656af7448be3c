//! By which name the calling package knows the façade crate.
//!
//! A package that writes `wasmtime = { package = "coracle" }` calls it `::wasmtime`. A derive is not told that, so
//! the package's manifest is searched for the dependency that is `coracle` under another name; where nothing is
//! found, the name is `::coracle`. An attribute `wasmtime_crate = …` overrides all of this.

use proc_macro2::Span;
use std::path::{Path, PathBuf};
use syn::{Ident, parse_quote};

const PACKAGE: &str = "coracle";

/// The path of the façade crate.
pub(crate) fn root() -> syn::Path {
    let name = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).and_then(|dir| renamed(&dir));
    let name = Ident::new(&name.unwrap_or_else(|| PACKAGE.into()).replace('-', "_"), Span::call_site());
    parse_quote!(::#name)
}

fn renamed(package: &Path) -> Option<String> {
    let manifest = std::fs::read_to_string(package.join("Cargo.toml")).ok()?;
    if let Some(name) = alias(&manifest, "dependencies") {
        return Some(name);
    }
    if !inherits(&manifest) {
        return None;
    }
    package.ancestors().skip(1).find_map(|dir| {
        let manifest = std::fs::read_to_string(dir.join("Cargo.toml")).ok()?;
        let name = alias(&manifest, "workspace.dependencies")?;
        Some(name)
    })
}

fn inherits(manifest: &str) -> bool {
    manifest.lines().any(|line| line.contains("workspace") && line.contains("true"))
}

/// The name of the dependency whose package is ours, in a table of this kind.
fn alias(manifest: &str, kind: &str) -> Option<String> {
    let mut table = String::new();
    for line in manifest.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = head.trim().into();
            continue;
        }
        let squeezed: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        if !squeezed.contains(&format!("package=\"{PACKAGE}\"")) {
            continue;
        }
        // `[dependencies]` with `name = { package = "…" }`, or `[dependencies.name]` with `package = "…"`.
        if table == kind || table.ends_with(&format!(".{kind}")) || table.ends_with(&format!("-{kind}")) {
            let name = squeezed.split(['=', '.']).next()?;
            return Some(name.trim_matches('"').into());
        }
        if let Some((head, name)) = table.rsplit_once('.')
            && (head == kind || head.ends_with(&format!(".{kind}")) || head.ends_with(&format!("-{kind}")))
        {
            return Some(name.trim_matches('"').into());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_found() {
        for manifest in [
            "[dependencies]\nwasmtime = { version = \"1\", package = \"coracle\" }",
            "[dependencies.wasmtime]\npackage = \"coracle\"",
            "[dev-dependencies]\nwasmtime = { package = \"coracle\", path = \"..\" } # here",
            "[target.'cfg(unix)'.dependencies]\nwasmtime = { package=\"coracle\" }",
        ] {
            assert_eq!(alias(manifest, "dependencies").as_deref(), Some("wasmtime"), "{manifest}");
        }
        assert_eq!(alias("[dependencies]\ncoracle = \"1\"", "dependencies"), None);
        assert_eq!(alias("[dependencies]\nx = { package = \"coracle-wasi\" }", "dependencies"), None);
        let workspace = "[workspace.dependencies]\nwasmtime = { package = \"coracle\" }";
        assert_eq!(alias(workspace, "workspace.dependencies").as_deref(), Some("wasmtime"));
    }
}

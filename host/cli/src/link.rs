//! What components are linked to: all of WASI 0.2, which does what is granted; and what is said of imports beyond it.

use crate::grant::Grants;
use crate::options::wasm::Unknown;
use crate::report::UsageError;
use crate::state::State;
use coracle::component::{Component, Linker, MissingImports};
use coracle::{Error, Result};
use wasmtime_wasi::p2::bindings;
use wasmtime_wasi_config::WasiConfig;
use wasmtime_wasi_keyvalue::WasiKeyValue;

/// Missing imports that are told one by one.
const MOST_TOLD: usize = 50;

/// How the host's functions wait: with the guest's thread, or beside others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    OnTheThread,
    BesideOthers,
}

/// A linker with all of WASI 0.2.
pub(crate) fn linker(component: &Component, grants: &Grants, waiting: Waiting) -> Result<Linker<State>> {
    let mut linker = Linker::<State>::new(component.engine());
    let error_code = grants.wasi.network_error_code;
    match waiting {
        Waiting::OnTheThread => {
            let mut options = bindings::sync::LinkOptions::default();
            options.network_error_code(error_code);
            wasmtime_wasi::p2::add_to_linker_with_options_sync(&mut linker, &options)?;
            wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut linker)?;
        }
        Waiting::BesideOthers => {
            let mut options = bindings::LinkOptions::default();
            options.network_error_code(error_code);
            wasmtime_wasi::p2::add_to_linker_with_options_async(&mut linker, &options)?;
            wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        }
    }
    wasmtime_wasi_config::add_to_linker(&mut linker, |state| WasiConfig::from(&state.config))?;
    wasmtime_wasi_keyvalue::add_to_linker(&mut linker, |state| WasiKeyValue::new(&state.keyvalue, &mut state.table))?;
    match grants.wasm.unknown_imports {
        Unknown::Refused => {}
        Unknown::Trap => linker.define_unknown_imports_as_traps(component)?,
        Unknown::Zero => {
            return Err(UsageError::error(
                "`-W unknown-imports-default` is for core modules; `-W unknown-imports-trap` is for components too",
            ));
        }
    }
    Ok(linker)
}

/// The error of linking; where imports are missing, all of them with what would link each.
pub(crate) fn explained(error: Error) -> Error {
    let Some(missing) = error.downcast_ref::<MissingImports>() else { return error };
    let mut lines = Vec::new();
    for import in missing.iter().take(MOST_TOLD) {
        let of = import.instance().map_or(String::new(), |instance| format!(" of instance `{instance}`"));
        let what = import.instance().unwrap_or(import.name());
        let advice = match (absent(what), import.near()) {
            (Some(absent), _) => absent.to_owned(),
            (None, []) if what.starts_with("wasi:") => "it is not of WASI 0.2".to_owned(),
            (None, []) => "another component has to export it".to_owned(),
            (None, near) => format!("the linker has `{}`", near.join("`, `")),
        };
        lines.push(format!("{} `{}`{of}: {advice}", import.kind(), import.name()));
    }
    unlinked(&lines, missing.iter().len())
}

/// The error for imports that nothing defines, a line for each.
pub(crate) fn unlinked(lines: &[String], all: usize) -> Error {
    let mut text = match all {
        1 => "an import is not linked:".to_owned(),
        _ => format!("{all} imports are not linked:"),
    };
    for line in lines {
        text += "\n  ";
        text += line;
    }
    if lines.len() < all {
        text += "\n  …";
    }
    text += "\n`-W unknown-imports-trap` runs it all the same, and a call of what is missing traps";
    Error::msg(text)
}

/// What is not there at all, of which this import is a part.
fn absent(name: &str) -> Option<&'static str> {
    let package = name.split_once('/').map_or(name, |(package, _)| package);
    let version = name.split_once('@').map_or("", |(_, version)| version);
    match package {
        "wasi:nn" => Some("there is no wasi-nn"),
        "wasi:tls" => Some("there is no wasi-tls"),
        _ if package.starts_with("wasi:") && version.starts_with("0.3") => Some("there is no WASI 0.3"),
        _ => None,
    }
}

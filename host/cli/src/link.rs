//! What components are linked to: all of WASI 0.2, which does what is granted.

use crate::grant::Grants;
use crate::options::wasm::Unknown;
use crate::report::UsageError;
use crate::state::State;
use coracle::Result;
use coracle::component::{Component, Linker};
use wasmtime_wasi::p2::bindings;
use wasmtime_wasi_config::WasiConfig;
use wasmtime_wasi_keyvalue::WasiKeyValue;

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

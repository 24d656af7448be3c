//! What the command line grants to a guest. What it does not name stays on this side.

use crate::flags::{RunFlags, WasiOption, WasmOption};
use crate::http::Http;
use crate::load;
use crate::report::UsageError;
use crate::state::{ModuleState, State};
use coracle::component::ResourceTable;
use coracle::{Error, Result, StoreLimits, StoreLimitsBuilder};
use std::env;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_keyvalue::WasiKeyValueCtx;

/// The state of a component's store.
pub(crate) fn component(flags: &RunFlags) -> Result<State> {
    let (mut config, mut data) = (Vec::new(), Vec::new());
    let mut requests = Http { granted: false };
    for option in &flags.wasi {
        match option {
            WasiOption::Http(granted) => requests.granted = *granted,
            WasiOption::ConfigVar(name, value) => config.push((name.clone(), value.clone())),
            WasiOption::KeyValue(name, value) => data.push((name.clone(), value.clone().into_bytes())),
            _ => {}
        }
    }
    Ok(State {
        wasi: wasi(flags)?.build(),
        table: ResourceTable::new(),
        http: WasiHttpCtx::new(),
        requests,
        config: config.into_iter().collect(),
        keyvalue: WasiKeyValueCtx::builder().in_memory_data(data).build(),
        limits: limits(flags),
    })
}

/// The state of a module's store.
pub(crate) fn module(flags: &RunFlags) -> Result<ModuleState> {
    Ok(ModuleState { wasi: wasi(flags)?.build_p1(), limits: limits(flags) })
}

fn limits(flags: &RunFlags) -> StoreLimits {
    let mut limits = StoreLimitsBuilder::new();
    for option in &flags.engine.wasm {
        if let WasmOption::MaxMemorySize(bytes) = *option {
            limits = limits.memory_size(bytes);
        }
    }
    limits.build()
}

fn wasi(flags: &RunFlags) -> Result<WasiCtxBuilder> {
    let mut wasi = WasiCtxBuilder::new();
    // One guest runs here and waits for its files anyway: a thread of its own for each access would only cost time.
    wasi.allow_blocking_current_thread(true);
    wasi.inherit_stdio().arg(load::program_name(flags.file())?);
    for arg in flags.args() {
        let text = arg.to_str().ok_or_else(|| {
            UsageError::error(format!("argument {arg:?} is not UTF-8, and WASI's arguments are strings"))
        })?;
        wasi.arg(text);
    }
    for option in &flags.wasi {
        match *option {
            WasiOption::InheritEnv(true) => {
                wasi.inherit_env();
            }
            WasiOption::InheritNetwork(true) => {
                wasi.inherit_network();
            }
            WasiOption::InheritNetwork(false) => {
                wasi.socket_addr_check(|_, _| Box::pin(async { false }));
            }
            WasiOption::Tcp(granted) => {
                wasi.allow_tcp(granted);
            }
            WasiOption::Udp(granted) => {
                wasi.allow_udp(granted);
            }
            WasiOption::IpNameLookup(granted) => {
                wasi.allow_ip_name_lookup(granted);
            }
            _ => {}
        }
    }
    for setting in &flags.env {
        match setting.split_once('=') {
            Some((name, value)) => wasi.env(name, value),
            None => match env::var(setting) {
                Ok(value) => wasi.env(setting, value),
                Err(error) => return Err(UsageError::error(format!("`--env {setting}`: {error}"))),
            },
        };
    }
    for dir in &flags.dir {
        let opened = wasi.preopened_dir(&dir.host, &dir.guest, FsPerms::ReadWrite);
        opened.map_err(|error| Error::context(error, format!("failed to open directory `{}`", dir.host)))?;
    }
    Ok(wasi)
}

//! What the command line grants to a guest. What it does not name stays on this side.

use crate::flags::{EngineFlags, GrantFlags, RunFlags, ServeFlags, WasiOption, WasmOption};
use crate::http::Http;
use crate::load;
use crate::report::UsageError;
use crate::state::{ModuleState, State};
use coracle::component::ResourceTable;
use coracle::{Error, Result, StoreLimits, StoreLimitsBuilder};
use std::env;
use std::ffi::OsString;
use std::path::Path;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_keyvalue::WasiKeyValueCtx;

/// Who is granted what.
#[derive(Clone, Copy)]
pub(crate) struct Grantee<'a> {
    engine: &'a EngineFlags,
    grants: &'a GrantFlags,
    file: &'a Path,
    args: &'a [OsString],
    /// Whether the guest has this process for itself, so that it may hold up the thread that it runs on.
    alone: bool,
}

impl<'a> From<&'a RunFlags> for Grantee<'a> {
    fn from(flags: &'a RunFlags) -> Self {
        let RunFlags { engine, grants, .. } = flags;
        Self { engine, grants, file: flags.file(), args: flags.args(), alone: true }
    }
}

impl<'a> From<&'a ServeFlags> for Grantee<'a> {
    fn from(flags: &'a ServeFlags) -> Self {
        let ServeFlags { engine, grants, file, .. } = flags;
        Self { engine, grants, file, args: &[], alone: false }
    }
}

/// The state of a component's store.
pub(crate) fn component(grantee: Grantee<'_>) -> Result<State> {
    let (mut config, mut data) = (Vec::new(), Vec::new());
    // A service may ask others, as under Wasmtime; a command may where it is granted.
    let mut requests = Http { granted: !grantee.alone };
    for option in &grantee.grants.wasi {
        match option {
            WasiOption::Http(granted) => requests.granted = *granted,
            WasiOption::ConfigVar(name, value) => config.push((name.clone(), value.clone())),
            WasiOption::KeyValue(name, value) => data.push((name.clone(), value.clone().into_bytes())),
            _ => {}
        }
    }
    Ok(State {
        wasi: wasi(grantee)?.build(),
        table: ResourceTable::new(),
        http: WasiHttpCtx::new(),
        requests,
        config: config.into_iter().collect(),
        keyvalue: WasiKeyValueCtx::builder().in_memory_data(data).build(),
        limits: limits(grantee.engine),
    })
}

/// The state of a module's store.
pub(crate) fn module(grantee: Grantee<'_>) -> Result<ModuleState> {
    Ok(ModuleState { wasi: wasi(grantee)?.build_p1(), limits: limits(grantee.engine) })
}

fn limits(flags: &EngineFlags) -> StoreLimits {
    let mut limits = StoreLimitsBuilder::new();
    for option in &flags.wasm {
        match *option {
            WasmOption::MaxMemorySize(bytes) => limits = limits.memory_size(bytes),
            WasmOption::MaxStoreSize(bytes) => limits = limits.store_size(bytes),
            _ => {}
        }
    }
    limits.build()
}

fn wasi(Grantee { grants, file, args, alone, .. }: Grantee<'_>) -> Result<WasiCtxBuilder> {
    let mut wasi = WasiCtxBuilder::new();
    // A guest that is alone waits for its files anyway: a thread of its own for each access would only cost time.
    wasi.allow_blocking_current_thread(alone);
    wasi.inherit_stdout().inherit_stderr().arg(load::program_name(file)?);
    if alone {
        wasi.inherit_stdin();
    }
    for arg in args {
        let text = arg.to_str().ok_or_else(|| {
            UsageError::error(format!("argument {arg:?} is not UTF-8, and WASI's arguments are strings"))
        })?;
        wasi.arg(text);
    }
    for option in &grants.wasi {
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
    for setting in &grants.env {
        match setting.split_once('=') {
            Some((name, value)) => wasi.env(name, value),
            None => match env::var(setting) {
                Ok(value) => wasi.env(setting, value),
                Err(error) => return Err(UsageError::error(format!("`--env {setting}`: {error}"))),
            },
        };
    }
    for dir in &grants.dir {
        let opened = wasi.preopened_dir(&dir.host, &dir.guest, FsPerms::ReadWrite);
        opened.map_err(|error| Error::context(error, format!("failed to open directory `{}`", dir.host)))?;
    }
    Ok(wasi)
}

//! What the command line grants to a guest. What it does not name stays on this side.

use crate::flags::{Dir, RunFlags, ServeFlags, Variable};
use crate::http::Http;
use crate::load;
use crate::options::wasi::Wasi;
use crate::options::wasm::Wasm;
use crate::report::UsageError;
use crate::state::{ModuleState, State};
use coracle::component::ResourceTable;
use coracle::{Engine, Error, Result, Store};
use std::env;
use std::ffi::OsString;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_keyvalue::WasiKeyValueCtx;

/// What a guest is granted, read once.
pub(crate) struct Grants {
    pub(crate) wasm: Wasm,
    pub(crate) wasi: Wasi,
    env: Vec<(String, String)>,
    dirs: Vec<Dir>,
    /// Its arguments, the program's name among them.
    args: Vec<String>,
    /// Whether the guest has this process for itself, so that it may hold up the thread that it runs on.
    alone: bool,
}

impl Grants {
    /// Those of a command.
    pub(crate) fn of_command(flags: &RunFlags) -> Result<Self> {
        let program = match &flags.argv0 {
            Some(name) => name,
            None => load::program_name(flags.file())?,
        };
        Ok(Self {
            wasm: flags.engine.wasm(),
            wasi: flags.grants.wasi(),
            env: variables(&flags.grants.env)?,
            dirs: flags.grants.dir.clone(),
            args: arguments(program, flags.args())?,
            alone: true,
        })
    }

    /// Those of a service.
    pub(crate) fn of_service(flags: &ServeFlags) -> Result<Self> {
        Ok(Self {
            wasm: flags.engine.wasm(),
            wasi: flags.grants.wasi(),
            env: variables(&flags.grants.env)?,
            dirs: flags.grants.dir.clone(),
            args: arguments(load::program_name(&flags.file)?, &[])?,
            alone: false,
        })
    }

    /// A store for a component, with its fuel and its limits.
    pub(crate) fn component_store(&self, engine: &Engine) -> Result<Store<State>> {
        let mut store = Store::new(engine, self.component()?);
        store.limiter(|state| &mut state.limits);
        self.wasm.fuel(&mut store)?;
        if let Some(fuel) = self.wasi.hostcall_fuel {
            store.set_hostcall_fuel(fuel);
        }
        Ok(store)
    }

    /// A store for core modules, with its fuel and its limits.
    pub(crate) fn module_store(&self, engine: &Engine) -> Result<Store<ModuleState>> {
        let state = ModuleState { wasi: self.context()?.build_p1(), limits: self.wasm.limits() };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limits);
        self.wasm.fuel(&mut store)?;
        Ok(store)
    }

    /// The state of a component's store.
    fn component(&self) -> Result<State> {
        let wasi = &self.wasi;
        let mut http = WasiHttpCtx::new();
        if let Some(bytes) = wasi.max_http_fields_size {
            http.set_field_size_limit(bytes);
        }
        let mut table = ResourceTable::new();
        if let Some(most) = wasi.max_resources {
            table.set_max_capacity(most);
        }
        let data = wasi.keyvalue.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        Ok(State {
            wasi: self.context()?.build(),
            table,
            http,
            requests: Http {
                // A service may ask others, as under Wasmtime; a command may where it is granted.
                granted: wasi.http.unwrap_or(!self.alone),
                body_chunks: wasi.body_chunks,
                body_chunk_size: wasi.body_chunk_size,
            },
            config: wasi.config_vars.iter().cloned().collect(),
            keyvalue: WasiKeyValueCtx::builder().in_memory_data(data.collect::<Vec<_>>()).build(),
            limits: self.wasm.limits(),
        })
    }

    fn context(&self) -> Result<WasiCtxBuilder> {
        let granted = &self.wasi;
        let mut wasi = WasiCtxBuilder::new();
        // A guest that is alone waits for its files anyway: a thread of its own for each access would only cost time.
        wasi.allow_blocking_current_thread(self.alone);
        wasi.inherit_stdout().inherit_stderr().args(&self.args);
        if self.alone {
            wasi.inherit_stdin();
        }
        if granted.inherit_env {
            wasi.inherit_env();
        }
        match granted.inherit_network {
            Some(true) => {
                wasi.inherit_network();
            }
            Some(false) => {
                wasi.socket_addr_check(|_, _| Box::pin(async { false }));
            }
            None => {}
        }
        if let Some(on) = granted.tcp {
            wasi.allow_tcp(on);
        }
        if let Some(on) = granted.udp {
            wasi.allow_udp(on);
        }
        if let Some(on) = granted.ip_name_lookup {
            wasi.allow_ip_name_lookup(on);
        }
        if let Some(bytes) = granted.max_random_size {
            wasi.max_random_size(bytes);
        }
        wasi.envs(&self.env);
        for dir in &self.dirs {
            let opened = wasi.preopened_dir(&dir.host, &dir.guest, FsPerms::ReadWrite);
            opened.map_err(|error| Error::context(error, format!("failed to open directory `{}`", dir.host)))?;
        }
        Ok(wasi)
    }
}

fn arguments(program: &str, args: &[OsString]) -> Result<Vec<String>> {
    let mut all = vec![program.to_owned()];
    for arg in args {
        let text = arg.to_str().ok_or_else(|| {
            UsageError::error(format!("argument {arg:?} is not UTF-8, and WASI's arguments are strings"))
        })?;
        all.push(text.to_owned());
    }
    Ok(all)
}

fn variables(wanted: &[Variable]) -> Result<Vec<(String, String)>> {
    let value = |variable: &Variable| match &variable.value {
        Some(value) => Ok(value.clone()),
        None => env::var(&variable.name),
    };
    let read = |variable: &Variable| {
        let name = &variable.name;
        let value = value(variable).map_err(|error| UsageError::error(format!("`--env {name}`: {error}")))?;
        Ok((name.clone(), value))
    };
    wanted.iter().map(read).collect()
}

//! What stands on the command line: commands, flags, their values and help.

use crate::with::WithFlags;
use clap::{Args, Parser, Subcommand, ValueEnum};
use coracle::TierPolicy;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Runs WebAssembly components: in an interpreter at once, as native code where they are hot.
#[derive(Parser)]
#[command(name = "coracle", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run a component: its `wasi:cli/run`, or the function that `--invoke` names; or a module of WASI preview 1.
    Run(RunFlags),
    /// Print what a component imports and exports, and what the runtime makes of it.
    Inspect(InspectFlags),
    /// Serve HTTP with a component: its `wasi:http/incoming-handler`, an instance for each request. It may send requests
    /// of its own, unless `-S http=n` takes that back.
    Serve(ServeFlags),
    /// Run test scripts (`*.wast`).
    Wast(WastFlags),
}

/// Flags that say how code is run.
#[derive(Args, Default)]
pub(crate) struct EngineFlags {
    /// How functions become native code: `off` and `interp` interpret only, `background` compiles hot
    /// ones beside the program, `sync=N` compiles at the Nth call, `eager` at load.
    #[arg(long, value_name = "TIER", value_parser = tier, help_heading = "Engine")]
    pub(crate) tier: Option<TierPolicy>,

    /// Tell on standard error which functions become native code, or why not.
    #[arg(long, help_heading = "Engine")]
    pub(crate) tier_log: bool,

    /// Limits and checks: `max-memory-size=BYTES`, `max-store-size=BYTES`, `max-wasm-stack=BYTES`, `fuel=N`; separated by
    /// commas, or the flag repeated.
    #[arg(short = 'W', long = "wasm", value_name = "KEY=VALUE", value_delimiter = ',', help_heading = "Engine")]
    pub(crate) wasm: Vec<WasmOption>,
}

/// Flags that say what a guest is granted.
#[derive(Args, Default)]
pub(crate) struct GrantFlags {
    /// Set an environment variable of the guest; without `=VALUE`, pass this process's on.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,

    /// Grant a directory and all below it, to be read and written; the guest sees it as GUEST, or as HOST.
    #[arg(long, value_name = "HOST[::GUEST]")]
    pub(crate) dir: Vec<Dir>,

    /// What else is granted, in Wasmtime's spelling: `inherit-network` (with `tcp`, `udp`), `allow-ip-name-lookup`,
    /// `http`, `inherit-env`, `config-var=NAME=VALUE`, `keyvalue-in-memory-data=NAME=VALUE`; `=n` takes back.
    #[arg(short = 'S', long = "wasi", value_name = "KEY[=VALUE]", value_delimiter = ',')]
    pub(crate) wasi: Vec<WasiOption>,
}

#[derive(Args)]
pub(crate) struct RunFlags {
    #[command(flatten)]
    pub(crate) engine: EngineFlags,

    #[command(flatten)]
    pub(crate) grants: GrantFlags,

    #[command(flatten)]
    pub(crate) with: WithFlags,

    /// Call an exported function and print what it returns. Arguments and results are WAVE text:
    /// `ns:pkg/iface@1.0.0#func(1, "two")`. A plain `func(…)` is looked for in all exports.
    #[arg(long, value_name = "CALL")]
    pub(crate) invoke: Option<String>,

    /// Print on standard error how often the interpreter dispatched each op, and each pair of ops: the N most
    /// frequent. Only in builds with the feature `profile-ops`.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "30")]
    pub(crate) profile_ops: Option<usize>,

    /// The component or module, as binary or text, and the guest's arguments: what follows FILE is never ours.
    // One list, since that is where the parser can be told to stop looking for flags.
    #[arg(value_names = ["FILE", "ARGS"], required = true, trailing_var_arg = true)]
    file_and_args: Vec<OsString>,
}

impl RunFlags {
    /// The guest's file.
    pub(crate) fn file(&self) -> &Path {
        Path::new(&self.file_and_args[0])
    }

    /// The guest's arguments, without the program's name.
    pub(crate) fn args(&self) -> &[OsString] {
        &self.file_and_args[1..]
    }
}

#[derive(Args)]
pub(crate) struct ServeFlags {
    #[command(flatten)]
    pub(crate) engine: EngineFlags,

    #[command(flatten)]
    pub(crate) grants: GrantFlags,

    #[command(flatten)]
    pub(crate) with: WithFlags,

    /// Where to listen. Port 0 takes a free one, and standard error says which.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    pub(crate) addr: SocketAddr,

    /// Requests that guests work on at once; others wait.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_concurrent: u32,

    /// Seconds that a guest has for a request, its body's end included, and a client for the head of its request.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,

    /// The component, as binary or text.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Args)]
pub(crate) struct InspectFlags {
    #[command(flatten)]
    pub(crate) with: WithFlags,

    /// How imports and exports are printed.
    #[arg(long, value_enum, default_value_t = Format::Tree)]
    pub(crate) format: Format,

    /// Print the instantiation plan instead: the steps that making an instance takes.
    #[arg(long, conflicts_with_all = ["explain", "format"])]
    pub(crate) plan: bool,

    /// Say instead what the name of an export resolves to, and why; `#` parts an instance's name from
    /// its member's: `ns:pkg/iface@1.0.0#func`. With `--with`, say by which file, and why, an import of that name is
    /// given. Ends with 1 if nothing is found.
    #[arg(long, value_name = "NAME", conflicts_with = "format")]
    pub(crate) explain: Option<String>,

    /// Print the interpreter's code of a function instead. FUNC is an export's path (`ns:pkg/iface@1.0.0#func`),
    /// `module0.func3`, or a name of a name section.
    #[arg(long, value_name = "FUNC", conflicts_with_all = ["explain", "format", "plan"])]
    pub(crate) code: Option<String>,

    /// The component, as binary or text.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Args)]
pub(crate) struct WastFlags {
    #[command(flatten)]
    pub(crate) engine: EngineFlags,

    /// The scripts.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Tree,
    /// For programs.
    Json,
    /// For graph tools.
    Dot,
    /// For browsers.
    Svg,
}

fn tier(text: &str) -> Result<TierPolicy, String> {
    text.parse().map_err(|error: coracle::Error| error.to_string())
}

/// One `-W` option.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum WasmOption {
    /// Bytes that one linear memory may have.
    MaxMemorySize(usize),
    /// Bytes of the host's memory that all of a guest's may take together.
    MaxStoreSize(usize),
    /// Bytes of stack that a guest may use.
    MaxWasmStack(usize),
    /// Fuel that a guest may burn.
    Fuel(u64),
}

impl FromStr for WasmOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        fn number<N: FromStr>(key: &str, value: Option<&str>) -> Result<N, String> {
            let value = value.ok_or_else(|| format!("`{key}` needs a value: {key}=N"))?;
            value.parse().map_err(|_| format!("`{value}` is no number that `{key}` can have"))
        }
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, None),
        };
        match key {
            "max-memory-size" => Ok(Self::MaxMemorySize(number(key, value)?)),
            "max-store-size" => Ok(Self::MaxStoreSize(number(key, value)?)),
            "max-wasm-stack" => Ok(Self::MaxWasmStack(number(key, value)?)),
            "fuel" => Ok(Self::Fuel(number(key, value)?)),
            "component-model" if matches!(value, None | Some("y" | "yes" | "true")) => {
                Err("the component model is always on; leave `component-model` out".to_owned())
            }
            _ => {
                Err(format!("unknown option `{key}`; known are max-memory-size, max-store-size, max-wasm-stack, fuel"))
            }
        }
    }
}

/// A directory that is granted, and its name for the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dir {
    pub(crate) host: String,
    pub(crate) guest: String,
}

impl FromStr for Dir {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, guest) = text.split_once("::").unwrap_or((text, text));
        if host.is_empty() || guest.is_empty() {
            return Err("both sides of `HOST::GUEST` name a directory".to_owned());
        }
        Ok(Self { host: host.to_owned(), guest: guest.to_owned() })
    }
}

/// One `-S` option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WasiOption {
    /// What asks for nothing that is not there anyway.
    Given,
    /// All environment variables of this process.
    InheritEnv(bool),
    /// The addresses that this process reaches.
    InheritNetwork(bool),
    /// TCP sockets, to the addresses that are granted.
    Tcp(bool),
    /// UDP sockets, to the addresses that are granted.
    Udp(bool),
    /// Names of hosts are looked up.
    IpNameLookup(bool),
    /// HTTP requests are sent.
    Http(bool),
    /// A value of `wasi:config`.
    ConfigVar(String, String),
    /// A value that `wasi:keyvalue` has at the start.
    KeyValue(String, String),
}

impl FromStr for WasiOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, None),
        };
        let flag = || match value {
            None | Some("y" | "yes" | "true") => Ok(true),
            Some("n" | "no" | "false") => Ok(false),
            Some(other) => Err(format!("`{other}` is neither `y` nor `n`, which is what `{key}` takes")),
        };
        let pair = || {
            let pair = value.and_then(|value| value.split_once('='));
            let (name, value) = pair.ok_or_else(|| format!("`{key}` needs a name and a value: {key}=NAME=VALUE"))?;
            Ok::<_, String>((name.to_owned(), value.to_owned()))
        };
        match key {
            // Every interface of WASI 0.2 is linked, whatever is granted.
            "cli" | "common" | "preview2" | "config" | "keyvalue" => match flag()? {
                true => Ok(Self::Given),
                false => Err(format!("`{key}` cannot be switched off: it is linked always, and grants nothing")),
            },
            "inherit-env" => Ok(Self::InheritEnv(flag()?)),
            "inherit-network" => Ok(Self::InheritNetwork(flag()?)),
            "tcp" => Ok(Self::Tcp(flag()?)),
            "udp" => Ok(Self::Udp(flag()?)),
            "allow-ip-name-lookup" => Ok(Self::IpNameLookup(flag()?)),
            "http" => Ok(Self::Http(flag()?)),
            "config-var" => pair().map(|(name, value)| Self::ConfigVar(name, value)),
            "keyvalue-in-memory-data" => pair().map(|(name, value)| Self::KeyValue(name, value)),
            _ => Err(format!(
                "unknown or unsupported option `{key}`; known are inherit-network, tcp, udp, allow-ip-name-lookup, \
                 http, inherit-env, config-var, keyvalue-in-memory-data, cli, config, keyvalue"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<RunFlags, clap::Error> {
        let args = ["coracle", "run"].iter().chain(args);
        match Cli::try_parse_from(args)?.command {
            Command::Run(flags) => Ok(flags),
            _ => unreachable!("the command is `run`"),
        }
    }

    #[test]
    fn the_table_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn what_follows_the_file_is_the_guests() {
        let flags = run(&["--env", "A=1", "x.wasm", "--env", "-W", "--", ""]).unwrap();
        assert_eq!(flags.grants.env, ["A=1"]);
        assert_eq!(flags.file(), "x.wasm");
        assert_eq!(flags.args(), ["--env", "-W", "--", ""]);
        assert!(run(&["--env", "A=1"]).is_err(), "no file");
    }

    #[test]
    fn wasm_options() {
        let flags = run(&["-W", "fuel=7,max-memory-size=10", "-Wmax-wasm-stack=9", "x"]).unwrap();
        let want = [WasmOption::Fuel(7), WasmOption::MaxMemorySize(10), WasmOption::MaxWasmStack(9)];
        assert_eq!(flags.engine.wasm, want);
        for bad in ["fuel", "fuel=", "fuel=-1", "max-memory-size=1e9", "simd=y", ""] {
            assert!(run(&["-W", bad, "x"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn grants() {
        let flags = run(&["--dir", "a::/b", "--dir", ".", "-Stcp=n,http", "-S", "config-var=a=b=c", "x"]).unwrap();
        let dir = |host: &str, guest: &str| Dir { host: host.into(), guest: guest.into() };
        assert_eq!(flags.grants.dir, [dir("a", "/b"), dir(".", ".")]);
        let want = [WasiOption::Tcp(false), WasiOption::Http(true), WasiOption::ConfigVar("a".into(), "b=c".into())];
        assert_eq!(flags.grants.wasi, want);
        for bad in ["p3", "nn", "tcp=maybe", "config-var=a", "cli=n", "", "="] {
            assert!(run(&["-S", bad, "x"]).is_err(), "{bad}");
        }
        for bad in ["", "::", "a::", "::b"] {
            assert!(run(&["--dir", bad, "x"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn tiers() {
        assert_eq!(tier("sync=0"), Ok(TierPolicy::Sync(0)));
        assert_eq!(tier("eager"), Ok(TierPolicy::Eager));
        for bad in ["", "sync", "sync=", "sync=x", "sync=-1", "fast"] {
            assert!(tier(bad).is_err(), "{bad}");
        }
    }
}

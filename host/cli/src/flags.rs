//! What stands on the command line: commands, flags, their values and help.

use crate::options::codegen::{Codegen, Debug, Optimize};
use crate::options::wasi::Wasi;
use crate::options::wasm::Wasm;
use crate::options::{self, Chosen, OptionError};
use crate::with::WithFlags;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use coracle::TierPolicy;
use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// What Wasmtime's command has and this one has not, and what is there instead.
const ELSEWHERE: [(&str, &str); 8] = [
    ("explore", "`coracle inspect` shows what a guest is"),
    ("objdump", "`coracle inspect --code` shows a function's code"),
    ("config", "there is nothing to configure"),
    ("settings", "`-W help`, `-S help` and `-O help` print what there is"),
    ("wizer", "guests are not started ahead of time"),
    ("replay", "runs are not recorded"),
    ("hot-blocks", "`coracle run --tier-log` tells what is hot"),
    ("wat2wasm", "text is taken wherever a binary is"),
];

/// Runs WebAssembly components: in an interpreter at once, as native code where they are hot.
///
/// `coracle FILE …` is `coracle run FILE …`.
#[derive(Parser)]
#[command(name = "coracle", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the command line; where it is none, or asks for help, the process ends with the answer.
    pub(crate) fn read() -> Self {
        Self::try_read(std::env::args_os()).unwrap_or_else(|error| {
            if let Some(OptionError::Help(table)) = error.source().and_then(|source| source.downcast_ref()) {
                // Nobody reads on: there is nowhere left to say so.
                let _ = io::stdout().write_all(table.as_bytes());
                std::process::exit(0);
            }
            error.exit()
        })
    }

    fn try_read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut args: Vec<OsString> = args.into_iter().collect();
        if let Some(first) = args.get(1).filter(|first| !is_command(first)) {
            if let Some(why) = no_file(first) {
                return Err(Self::command().error(ErrorKind::InvalidSubcommand, why));
            }
            args.insert(1, "run".into());
        }
        Self::try_parse_from(args)
    }
}

/// Whether what stands first is the name of a command, or asks for what is true of all of them.
fn is_command(first: &OsString) -> bool {
    let general = ["help", "-h", "--help", "-V", "--version"];
    first.to_str().is_some_and(|first| general.contains(&first) || Cli::command().find_subcommand(first).is_some())
}

/// What to say of a word that looks like a command, and is neither that nor a file.
fn no_file(first: &OsString) -> Option<String> {
    let word = first.to_str().filter(|word| word.starts_with(|sign: char| sign.is_ascii_alphabetic()))?;
    if !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') || Path::new(word).exists() {
        return None;
    }
    if let Some((_, instead)) = ELSEWHERE.iter().find(|(name, _)| *name == word) {
        return Some(format!("there is no command `{word}`: {instead}"));
    }
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    Some(format!("`{word}` is neither a file nor a command; commands are {}", names.join(", ")))
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run a component: its `wasi:cli/run`, or the function that `--invoke` names; or a core module: its `_start`.
    Run(RunFlags),
    /// Print what a component imports and exports, and what the runtime makes of it.
    Inspect(InspectFlags),
    /// Prepare a component for a machine that has neither parser nor translator: `--portable`.
    Compile(CompileFlags),
    /// Serve HTTP with a component: its `wasi:http/incoming-handler`, an instance for each request. It may send requests
    /// of its own, unless `-S http=n` takes that back.
    Serve(ServeFlags),
    /// Run test scripts (`*.wast`).
    Wast(WastFlags),
    /// Print what completes this command line in a shell.
    Completion(CompletionFlags),
    /// Print the manual's page, or that of one command, for `man -l -`.
    Man(ManFlags),
}

impl Command {
    /// A word about each flag that is taken and has no effect.
    pub(crate) fn notes(&self) -> Vec<String> {
        match self {
            Self::Run(flags) => [flags.engine.notes(), flags.grants.notes()].concat(),
            Self::Serve(flags) => [flags.engine.notes(), flags.grants.notes(), flags.notes()].concat(),
            Self::Wast(flags) => flags.engine.notes(),
            Self::Compile(flags) => flags.engine.notes(),
            Self::Inspect(_) | Self::Completion(_) | Self::Man(_) => Vec::new(),
        }
    }
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

    /// Write what becomes native code, and when, to a file that Chrome's `about:tracing` and Perfetto show.
    #[arg(long, value_name = "FILE", help_heading = "Engine")]
    pub(crate) tier_trace: Option<PathBuf>,

    /// Tell `perf` the names of native functions, by the map that it looks for (`/tmp/perf-PID.map`).
    #[arg(long, help_heading = "Engine")]
    pub(crate) perf_map: bool,

    /// Limits, checks and proposals: `fuel=N`, `timeout=TIME`, `max-memory-size=BYTES`, …; separated by commas, or the
    /// flag repeated. `-W help` prints all.
    #[arg(short = 'W', long, value_name = "KEY[=VALUE]", value_delimiter = ',', help_heading = "Engine")]
    wasm: Vec<Chosen<Wasm>>,

    /// How memories are laid out. `-O help` prints all.
    #[arg(short = 'O', long, value_name = "KEY[=VALUE]", value_delimiter = ',', help_heading = "Engine")]
    optimize: Vec<Chosen<Optimize>>,

    /// Accepted as Wasmtime's, without effect. `-C help` prints all.
    #[arg(short = 'C', long, value_name = "KEY[=VALUE]", value_delimiter = ',', help_heading = "Engine")]
    codegen: Vec<Chosen<Codegen>>,

    /// Accepted as Wasmtime's, without effect. `-D help` prints all.
    #[arg(short = 'D', long, value_name = "KEY[=VALUE]", value_delimiter = ',', help_heading = "Engine")]
    debug: Vec<Chosen<Debug>>,

    /// As `-D debug-info`.
    #[arg(short = 'g', help_heading = "Engine")]
    debug_info: bool,

    /// The machine that code is made for: this one.
    #[arg(long, value_name = "TARGET", hide = true)]
    pub(crate) target: Option<String>,

    /// Run a component that `coracle compile --portable` made. Its code is run as it is: whoever wrote the file can do what
    /// this process can.
    #[arg(long, help_heading = "Engine")]
    pub(crate) allow_precompiled: bool,

    /// Runs are not recorded.
    #[arg(
        short = 'R',
        long = "record",
        value_name = "KEY=VALUE",
        hide = true,
        value_parser = refused("runs are not recorded")
    )]
    _record: Option<String>,

    /// Profilers are told by flags of their own.
    #[arg(
        long = "profile",
        value_name = "STRATEGY",
        hide = true,
        value_parser = refused("no profiler but `perf` is told of code, by `--perf-map`; `--tier-log` tells what is hot")
    )]
    _profile: Option<String>,

    /// There are no files of options.
    #[arg(
        long = "config",
        value_name = "FILE",
        hide = true,
        value_parser = refused("options stand on the command line")
    )]
    _config: Option<String>,
}

impl EngineFlags {
    /// What `-W` asks for.
    pub(crate) fn wasm(&self) -> Wasm {
        options::sum(&self.wasm)
    }

    /// What `-O` asks for.
    pub(crate) fn optimize(&self) -> Optimize {
        options::sum(&self.optimize)
    }

    /// What the options of `-C` come to.
    pub(crate) fn codegen(&self) -> Codegen {
        options::sum(&self.codegen)
    }

    fn notes(&self) -> Vec<String> {
        let groups = options::notes(&self.wasm).chain(options::notes(&self.optimize));
        let groups = groups.chain(options::notes(&self.codegen)).chain(options::notes(&self.debug));
        let mut notes: Vec<String> = groups.map(str::to_owned).collect();
        if self.debug_info {
            notes.push("`-g` has no effect: backtraces name functions and offsets in any case".to_owned());
        }
        notes
    }
}

/// Refuses a flag of Wasmtime's, whatever its value is.
fn refused(why: &'static str) -> impl Fn(&str) -> Result<String, String> + Clone {
    move |_| Err(why.to_owned())
}

/// Flags that say what a guest is granted.
#[derive(Args, Default)]
pub(crate) struct GrantFlags {
    /// Set an environment variable of the guest; without `=VALUE`, pass this process's on.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<Variable>,

    /// Grant a directory and all below it, to be read and written; the guest sees it as GUEST, or as HOST.
    #[arg(long, value_name = "HOST[::GUEST]")]
    pub(crate) dir: Vec<Dir>,

    /// What else is granted: `inherit-network` (with `tcp`, `udp`), `allow-ip-name-lookup`, `http`, `inherit-env`, …;
    /// `=n` takes back. `-S help` prints all.
    #[arg(short = 'S', long, value_name = "KEY[=VALUE]", value_delimiter = ',')]
    wasi: Vec<Chosen<Wasi>>,
}

impl GrantFlags {
    /// What `-S` asks for.
    pub(crate) fn wasi(&self) -> Wasi {
        options::sum(&self.wasi)
    }

    fn notes(&self) -> Vec<String> {
        options::notes(&self.wasi).map(str::to_owned).collect()
    }
}

#[derive(Args)]
pub(crate) struct RunFlags {
    #[command(flatten)]
    pub(crate) engine: EngineFlags,

    #[command(flatten)]
    pub(crate) grants: GrantFlags,

    #[command(flatten)]
    pub(crate) with: WithFlags,

    /// Call an exported function and print what it returns. Of a component: arguments and results are WAVE text,
    /// `ns:pkg/iface@1.0.0#func(1, "two")`; a plain `func(…)` is looked for in all exports. Of a core module: a name, and
    /// what follows FILE are its arguments, numbers.
    #[arg(long, value_name = "CALL")]
    pub(crate) invoke: Option<String>,

    /// Instantiate a core module before FILE, and give it what that imports from NAME.
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) preload: Vec<Preload>,

    /// The guest's argument 0; else the file's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) argv0: Option<String>,

    /// Print on standard error how often the interpreter dispatched each op, and each pair of ops: the N most
    /// frequent. Only in builds with the feature `profile-ops`.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "30")]
    pub(crate) profile_ops: Option<usize>,

    /// The component or module, as binary or text (`-`: from standard input), and the guest's arguments: what follows
    /// FILE is never ours.
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

    /// Where a connection asks for the end, as SIGINT and SIGTERM do.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) shutdown_addr: Option<SocketAddr>,

    /// Requests that guests work on at once; others wait.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_concurrent: u32,

    /// Requests that an instance answers, one after the other, before it is dropped.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_instance_reuse_count: u32,

    /// Requests that an instance answers at once: instances of WASI 0.2 answer one.
    #[arg(long, value_name = "N", hide = true)]
    max_instance_concurrent_reuse_count: Option<u32>,

    /// How long an instance that may answer more waits for the next request.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = options::time)]
    pub(crate) idle_instance_timeout: Duration,

    /// How long a guest has for a request, its body's end included, and a client for the head of its request.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = patience)]
    pub(crate) timeout: Duration,

    /// Tell of failures alone, not of each request.
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// What guests print has no prefix in any case.
    #[arg(long = "no-logging-prefix", hide = true)]
    _no_logging_prefix: bool,

    /// The component, as binary or text.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

impl ServeFlags {
    fn notes(&self) -> Vec<String> {
        match self.max_instance_concurrent_reuse_count {
            None | Some(1) => Vec::new(),
            Some(_) => vec![
                "`--max-instance-concurrent-reuse-count` has no effect: instances of WASI 0.2 answer one request at a \
                 time; `--max-concurrent` says how many there are"
                    .to_owned(),
            ],
        }
    }
}

/// A time that can be waited for with a clock that counts on.
fn patience(text: &str) -> Result<Duration, String> {
    let time = options::time(text)?;
    if time > Duration::from_secs(86_400) { Err("a day is the most".to_owned()) } else { Ok(time) }
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
pub(crate) struct CompileFlags {
    #[command(flatten)]
    pub(crate) engine: EngineFlags,

    /// Write what runs as it lies on a machine of 32-bit addresses whose build is `compact`: the image of the component and
    /// the interpreter's code, validated and translated. Fuel is charged as `-W fuel` says. There is no other form.
    #[arg(long)]
    pub(crate) portable: bool,

    /// The machine's build is not `compact`: it has all ops of the interpreter.
    #[arg(long)]
    pub(crate) all_ops: bool,

    /// The machine's build has the feature `simd`.
    #[arg(long)]
    pub(crate) simd: bool,

    /// The machine's build has the feature `threads`.
    #[arg(long)]
    pub(crate) threads: bool,

    /// The machine's addresses have 64 bits.
    #[arg(long)]
    pub(crate) wide: bool,

    /// Leave out the names of functions, which backtraces tell.
    #[arg(long)]
    pub(crate) no_names: bool,

    /// Where to write it: by default beside the component, ending in `.portable`.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,

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

#[derive(Args)]
pub(crate) struct CompletionFlags {
    /// Whose completions: bash, elvish, fish, powershell, zsh.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Args)]
pub(crate) struct ManFlags {
    /// The command that the page is about.
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
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

/// An environment variable of the guest: its name, and its value unless it is passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

impl FromStr for Variable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("a variable has a name: NAME or NAME=VALUE".to_owned());
        }
        Ok(Self { name: name.to_owned(), value })
    }
}

/// A core module that is instantiated first, and the name by which it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preload {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

impl FromStr for Preload {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, file)) if !file.is_empty() => Ok(Self { name: name.to_owned(), file: file.into() }),
            _ => Err("it is written NAME=FILE".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<RunFlags, clap::Error> {
        let args = ["coracle"].iter().chain(args).map(OsString::from);
        match Cli::try_read(args)?.command {
            Command::Run(flags) => Ok(flags),
            _ => unreachable!("the command is `run`"),
        }
    }

    #[test]
    fn the_table_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_follows_the_file_is_the_guests() {
        let flags = run(&["--env", "A=1", "x.wasm", "--env", "-W", "--", ""]).unwrap();
        assert_eq!(flags.grants.env, [Variable { name: "A".into(), value: Some("1".into()) }]);
        assert_eq!(flags.file(), "x.wasm");
        assert_eq!(flags.args(), ["--env", "-W", "--", ""]);
        assert!(run(&["--env", "A=1"]).is_err(), "no file");
    }

    #[test]
    fn the_command_may_be_left_out() {
        for args in
            [&["x.wasm", "a"][..], &["run", "x.wasm", "a"], &["-Wfuel=1", "x.wasm", "a"], &["--", "x.wasm", "a"]]
        {
            let flags = run(args).unwrap();
            assert_eq!((flags.file(), flags.args()), (Path::new("x.wasm"), &["a".into()][..]), "{args:?}");
        }
        assert!(
            run(&["walk"]).is_err_and(|error| error.to_string().contains("`walk` is neither a file nor a command"))
        );
        assert!(run(&["explore", "x.wasm"]).is_err_and(|error| error.to_string().contains("coracle inspect")));
    }

    #[test]
    fn wasm_options() {
        let flags = run(&["-W", "fuel=7,max-memory-size=10", "-Wmax-wasm-stack=9,timeout=1ms,fuel=8", "x"]).unwrap();
        let wasm = flags.engine.wasm();
        assert_eq!((wasm.fuel, wasm.timeout), (Some(8), Some(std::time::Duration::from_millis(1))));
        for bad in ["fuel", "fuel=", "fuel=-1", "max-memory-size=1e9", "simd=maybe", "gc", "component-model=n", ""] {
            assert!(run(&["-W", bad, "x"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn grants() {
        let flags = run(&["--dir", "a::/b", "--dir", ".", "-Stcp=n,http", "-S", "config-var=a=b=c", "x"]).unwrap();
        let dir = |host: &str, guest: &str| Dir { host: host.into(), guest: guest.into() };
        assert_eq!(flags.grants.dir, [dir("a", "/b"), dir(".", ".")]);
        let wasi = flags.grants.wasi();
        assert_eq!((wasi.tcp, wasi.http, wasi.udp), (Some(false), Some(true), None));
        assert_eq!(wasi.config_vars, [("a".to_owned(), "b=c".to_owned())]);
        for bad in ["p3", "nn", "tcp=maybe", "config-var=a", "config-var==a", "cli=n", "", "="] {
            assert!(run(&["-S", bad, "x"]).is_err(), "{bad}");
        }
        for bad in ["", "::", "a::", "::b"] {
            assert!(run(&["--dir", bad, "x"]).is_err(), "{bad}");
        }
        for bad in ["", "=", "=x"] {
            assert!(run(&["--env", bad, "x"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_has_no_effect_is_told() {
        let notes = |args: &[&str]| Command::Run(run(args).unwrap()).notes();
        assert_eq!(notes(&["-W", "fuel=1", "-S", "cli,tcp", "x"]), [""; 0]);
        let all = ["-O", "opt-level=2", "-Ccache,cranelift-x=y", "-D", "debug-info", "-g", "-Spreview2=n", "x"];
        assert_eq!(notes(&all).len(), 6);
        for args in [["-C", "pcc"], ["-O", "pooling-total-memories=1"], ["-D", "coredump=x"], ["--profile", "perfmap"]]
        {
            assert!(run(&[args[0], args[1], "x"]).is_err(), "{args:?}");
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

//! What one guest may touch. Empty by default.

use crate::cli::{StdinStream, StdoutStream, WasiCliCtx};
use crate::clocks::{HostMonotonicClock, HostWallClock, WasiClocksCtx};
use crate::filesystem::WasiFilesystemCtx;
use crate::random::WasiRandomCtx;
use rand_core::Rng;
use std::mem;

/// Collects the grants for a [`WasiCtx`].
///
/// What is not set is not granted: no arguments, no variables, an empty input, outputs that swallow.
/// Clocks and random numbers are those of the host unless replaced.
#[derive(Default)]
pub struct WasiCtxBuilder {
    cli: WasiCliCtx,
    clocks: WasiClocksCtx,
    random: WasiRandomCtx,
    built: bool,
}

impl WasiCtxBuilder {
    /// Starts with nothing granted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what the guest reads as its standard input.
    pub fn stdin(&mut self, stdin: impl StdinStream + 'static) -> &mut Self {
        self.cli.stdin = Box::new(stdin);
        self
    }

    /// Sets where the guest's standard output goes.
    pub fn stdout(&mut self, stdout: impl StdoutStream + 'static) -> &mut Self {
        self.cli.stdout = Box::new(stdout);
        self
    }

    /// Sets where the guest's standard error goes.
    pub fn stderr(&mut self, stderr: impl StdoutStream + 'static) -> &mut Self {
        self.cli.stderr = Box::new(stderr);
        self
    }

    /// Lets the guest read this process's standard input.
    pub fn inherit_stdin(&mut self) -> &mut Self {
        self.stdin(std::io::stdin())
    }

    /// Lets the guest write to this process's standard output.
    pub fn inherit_stdout(&mut self) -> &mut Self {
        self.stdout(std::io::stdout())
    }

    /// Lets the guest write to this process's standard error.
    pub fn inherit_stderr(&mut self) -> &mut Self {
        self.stderr(std::io::stderr())
    }

    /// Lets the guest use all three standard streams of this process.
    pub fn inherit_stdio(&mut self) -> &mut Self {
        self.inherit_stdin().inherit_stdout().inherit_stderr()
    }

    /// Appends environment variables.
    pub fn envs(&mut self, env: &[(impl AsRef<str>, impl AsRef<str>)]) -> &mut Self {
        for (name, value) in env {
            self.env(name, value);
        }
        self
    }

    /// Appends an environment variable.
    pub fn env(&mut self, k: impl AsRef<str>, v: impl AsRef<str>) -> &mut Self {
        self.cli.environment.push((k.as_ref().to_owned(), v.as_ref().to_owned()));
        self
    }

    /// Appends all variables of this process, but for those that are no Unicode: a guest's strings
    /// cannot hold them.
    pub fn inherit_env(&mut self) -> &mut Self {
        for (name, value) in std::env::vars_os() {
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
                self.cli.environment.push((name, value));
            }
        }
        self
    }

    /// Appends arguments; the first of all is the program's name by custom.
    pub fn args(&mut self, args: &[impl AsRef<str>]) -> &mut Self {
        for arg in args {
            self.arg(arg);
        }
        self
    }

    /// Appends an argument.
    pub fn arg(&mut self, arg: impl AsRef<str>) -> &mut Self {
        self.cli.arguments.push(arg.as_ref().to_owned());
        self
    }

    /// Appends all arguments of this process; what is no Unicode becomes U+FFFD.
    pub fn inherit_args(&mut self) -> &mut Self {
        let args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned());
        self.cli.arguments.extend(args);
        self
    }

    /// Sets what the guest is told its working directory is; nothing is opened by it.
    pub fn initial_cwd(&mut self, path: impl AsRef<str>) -> &mut Self {
        self.cli.initial_cwd = Some(path.as_ref().to_owned());
        self
    }

    /// Replaces the source of `wasi:random/random`, which is the operating system's.
    pub fn secure_random(&mut self, random: impl Rng + Send + 'static) -> &mut Self {
        self.random.set_secure(random);
        self
    }

    /// Replaces the source of `wasi:random/insecure`.
    pub fn insecure_random(&mut self, insecure_random: impl Rng + Send + 'static) -> &mut Self {
        self.random.set_insecure(insecure_random);
        self
    }

    /// Sets the number that `wasi:random/insecure-seed` gives.
    pub fn insecure_random_seed(&mut self, insecure_random_seed: u128) -> &mut Self {
        self.random.set_seed(insecure_random_seed);
        self
    }

    /// Sets how many bytes a guest may ask for in one call to `wasi:random`; more is a trap.
    pub fn max_random_size(&mut self, max_size: u64) -> &mut Self {
        self.random.set_max_bytes(max_size);
        self
    }

    /// Replaces the clock that tells the time of day.
    pub fn wall_clock(&mut self, clock: impl HostWallClock + 'static) -> &mut Self {
        self.clocks.wall_clock = Box::new(clock);
        self
    }

    /// Replaces the clock that measures spans of time.
    pub fn monotonic_clock(&mut self, clock: impl HostMonotonicClock + 'static) -> &mut Self {
        self.clocks.monotonic_clock = Box::new(clock);
        self
    }

    /// Gives the context and leaves the builder used up.
    ///
    /// # Panics
    ///
    /// When called for the second time: a guest without its grants would be a surprise.
    pub fn build(&mut self) -> WasiCtx {
        assert!(!self.built, "a WasiCtxBuilder builds one WasiCtx");
        self.built = true;
        WasiCtx {
            cli: mem::take(&mut self.cli),
            clocks: mem::take(&mut self.clocks),
            filesystem: WasiFilesystemCtx::default(),
            random: mem::take(&mut self.random),
        }
    }
}

/// What one guest may touch; lives in the store's data and is reached through
/// [`WasiView`](crate::WasiView).
#[derive(Default)]
pub struct WasiCtx {
    pub(crate) cli: WasiCliCtx,
    pub(crate) clocks: WasiClocksCtx,
    pub(crate) filesystem: WasiFilesystemCtx,
    pub(crate) random: WasiRandomCtx,
}

impl WasiCtx {
    /// The same as [`WasiCtxBuilder::new`].
    pub fn builder() -> WasiCtxBuilder {
        WasiCtxBuilder::new()
    }

    /// The part behind `wasi:cli`.
    pub fn cli(&mut self) -> &mut WasiCliCtx {
        &mut self.cli
    }

    /// The part behind `wasi:clocks`.
    pub fn clocks(&mut self) -> &mut WasiClocksCtx {
        &mut self.clocks
    }

    /// The part behind `wasi:filesystem`.
    pub fn filesystem(&mut self) -> &mut WasiFilesystemCtx {
        &mut self.filesystem
    }

    /// The part behind `wasi:random`.
    pub fn random(&mut self) -> &mut WasiRandomCtx {
        &mut self.random
    }
}

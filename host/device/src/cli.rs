//! `wasi:cli`, `wasi:clocks` and `wasi:random`: what the machine answers itself.

use crate::bindings::wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr, terminal_stdin,
    terminal_stdout,
};
use crate::bindings::wasi::clocks::{monotonic_clock, timezone, wall_clock};
use crate::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::io::{INPUT, STDERR, STDOUT};
use crate::{Clock, Exit, Wasi};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use coracle::component::Resource;
use coracle::error::{bail, ensure};
use coracle::{Error, Result};

/// Random bytes that a guest gets at once.
const RANDOM_BYTES: u64 = 64 << 10;

impl environment::Host for Wasi<'_> {
    fn get_environment(&mut self) -> Result<Vec<(String, String)>> {
        Ok(self.ctx.env.clone())
    }
    fn get_arguments(&mut self) -> Result<Vec<String>> {
        Ok(self.ctx.args.clone())
    }
    fn initial_cwd(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
}

impl exit::Host for Wasi<'_> {
    fn exit(&mut self, status: Result<(), ()>) -> Result<()> {
        Err(Error::new(Exit(u8::from(status.is_err()))))
    }
    fn exit_with_code(&mut self, code: u8) -> Result<()> {
        Err(Error::new(Exit(code)))
    }
}

impl stdin::Host for Wasi<'_> {
    fn get_stdin(&mut self) -> Result<Resource<stdin::InputStream>> {
        Ok(Resource::new_own(INPUT))
    }
}

impl stdout::Host for Wasi<'_> {
    fn get_stdout(&mut self) -> Result<Resource<stdout::OutputStream>> {
        Ok(Resource::new_own(STDOUT))
    }
}

impl stderr::Host for Wasi<'_> {
    fn get_stderr(&mut self) -> Result<Resource<stderr::OutputStream>> {
        Ok(Resource::new_own(STDERR))
    }
}

// No stream is a terminal, so there is none whose handle could be dropped.
impl terminal_input::Host for Wasi<'_> {}
impl terminal_input::HostTerminalInput for Wasi<'_> {
    fn drop(&mut self, _: Resource<terminal_input::TerminalInput>) -> Result<()> {
        bail!("there is no terminal")
    }
}
impl terminal_output::Host for Wasi<'_> {}
impl terminal_output::HostTerminalOutput for Wasi<'_> {
    fn drop(&mut self, _: Resource<terminal_output::TerminalOutput>) -> Result<()> {
        bail!("there is no terminal")
    }
}
impl terminal_stdin::Host for Wasi<'_> {
    fn get_terminal_stdin(&mut self) -> Result<Option<Resource<terminal_stdin::TerminalInput>>> {
        Ok(None)
    }
}
impl terminal_stdout::Host for Wasi<'_> {
    fn get_terminal_stdout(&mut self) -> Result<Option<Resource<terminal_stdout::TerminalOutput>>> {
        Ok(None)
    }
}
impl terminal_stderr::Host for Wasi<'_> {
    fn get_terminal_stderr(&mut self) -> Result<Option<Resource<terminal_stderr::TerminalOutput>>> {
        Ok(None)
    }
}

impl monotonic_clock::Host for Wasi<'_> {
    fn now(&mut self) -> Result<u64> {
        Ok(self.device.monotonic_ns())
    }
    fn resolution(&mut self) -> Result<u64> {
        Ok(1)
    }
    fn subscribe_instant(&mut self, when: u64) -> Result<Resource<monotonic_clock::Pollable>> {
        self.ctx.pollables.add(when)
    }
    fn subscribe_duration(&mut self, duration: u64) -> Result<Resource<monotonic_clock::Pollable>> {
        let when = self.device.monotonic_ns().saturating_add(duration);
        self.ctx.pollables.add(when)
    }
}

impl From<Clock> for wall_clock::Datetime {
    fn from(Clock { seconds, nanoseconds }: Clock) -> Self {
        Self { seconds, nanoseconds }
    }
}

impl wall_clock::Host for Wasi<'_> {
    fn now(&mut self) -> Result<wall_clock::Datetime> {
        Ok(self.device.wall_clock().into())
    }
    fn resolution(&mut self) -> Result<wall_clock::Datetime> {
        Ok(Clock { seconds: 0, nanoseconds: 1 }.into())
    }
}

impl timezone::Host for Wasi<'_> {
    fn display(&mut self, _: wall_clock::Datetime) -> Result<timezone::TimezoneDisplay> {
        Ok(timezone::TimezoneDisplay { utc_offset: 0, name: "UTC".into(), in_daylight_saving_time: false })
    }
    fn utc_offset(&mut self, _: wall_clock::Datetime) -> Result<i32> {
        Ok(0)
    }
}

impl Wasi<'_> {
    fn random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        ensure!(len <= RANDOM_BYTES, "{len} random bytes at once are more than {RANDOM_BYTES}");
        let mut bytes = vec![0; len as usize];
        self.device.random(&mut bytes);
        Ok(bytes)
    }

    fn random_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.device.random(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

impl random::Host for Wasi<'_> {
    fn get_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.random_bytes(len)
    }
    fn get_random_u64(&mut self) -> Result<u64> {
        Ok(self.random_u64())
    }
}

impl insecure::Host for Wasi<'_> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.random_bytes(len)
    }
    fn get_insecure_random_u64(&mut self) -> Result<u64> {
        Ok(self.random_u64())
    }
}

impl insecure_seed::Host for Wasi<'_> {
    fn insecure_seed(&mut self) -> Result<(u64, u64)> {
        Ok((self.random_u64(), self.random_u64()))
    }
}

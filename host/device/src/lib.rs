//! WASI 0.2 for machines without an operating system: a console, clocks and random numbers, as a [`Device`] has them.
//!
//! A command that `rustc` built for `wasm32-wasip2` runs over it, on a microcontroller or in a web page.
//! Every interface of `wasi:cli/command` is linked. Files and sockets answer as where none is granted: there is no
//! directory, a socket is refused, no name is found.
//!
//! ```
//! use coracle::component::{Component, Linker};
//! use coracle::{Engine, Result, Store};
//! use coracle_device::{Clock, Device, Output, Wasi, WasiCtx, WasiView};
//!
//! /// A console without input, a clock that goes on by a microsecond whenever it is read, and poor luck.
//! #[derive(Default)]
//! struct Board(u64);
//!
//! impl Device for Board {
//!     fn write(&mut self, _: Output, bytes: &[u8]) {
//!         print!("{}", String::from_utf8_lossy(bytes));
//!     }
//!     fn monotonic_ns(&mut self) -> u64 {
//!         self.0 += 1_000;
//!         self.0
//!     }
//!     fn random(&mut self, bytes: &mut [u8]) {
//!         bytes.fill(4);
//!     }
//! }
//!
//! struct Host(WasiCtx, Board);
//!
//! impl WasiView for Host {
//!     fn wasi(&mut self) -> Wasi<'_> {
//!         Wasi { ctx: &mut self.0, device: &mut self.1 }
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! let engine = Engine::default();
//! let component = Component::new(&engine, "(component)")?;
//! let mut linker = Linker::new(&engine);
//! coracle_device::add_to_linker(&mut linker)?;
//! let mut store = Store::new(&engine, Host(WasiCtx::new(["program"]), Board::default()));
//! assert!(coracle_device::run(&mut store, &linker, &component).is_err(), "it exports no `wasi:cli/run`");
//! # Ok(())
//! # }
//! ```
#![no_std]

extern crate alloc;

mod bindings;
mod cli;
mod io;
mod ungranted;

use alloc::string::String;
use alloc::vec::Vec;
use bindings::{LinkOptions, Program};
use coracle::component::{Component, HasData, Linker};
use coracle::{AsContextMut, Result};
use core::fmt;
use io::Pollables;

/// What a machine has.
///
/// Each has an answer for a machine that lacks it, but for the console's output, a clock and random numbers, which
/// programs cannot do without.
pub trait Device {
    /// Takes what the program prints, at most 4 KiB at a time.
    fn write(&mut self, to: Output, bytes: &[u8]);

    /// Fills the start of `buffer`, which is not empty, and says how many bytes; waits for the first; 0 at the end.
    ///
    /// Without one, input has ended.
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        let _ = buffer;
        0
    }

    /// Nanoseconds since some start; never less than before.
    fn monotonic_ns(&mut self) -> u64;

    /// Returns when [`monotonic_ns`](Self::monotonic_ns) has reached `ns`, or earlier: whoever waits asks again.
    ///
    /// Without one, the clock is read until it is time.
    ///
    /// # Errors
    /// When the machine will not wait so long: neither fuel nor epochs end a wait. The program ends with the error.
    fn wait_until(&mut self, ns: u64) -> Result<()> {
        let _ = ns;
        Ok(())
    }

    /// The time since 1970-01-01T00:00:00Z. Without one, what has passed since the start of the other clock.
    fn wall_clock(&mut self) -> Clock {
        let ns = self.monotonic_ns();
        Clock { seconds: ns / 1_000_000_000, nanoseconds: (ns % 1_000_000_000) as u32 }
    }

    /// Fills the buffer with random bytes. Programs take them for keys, so they must be good.
    fn random(&mut self, bytes: &mut [u8]);
}

/// Where a program prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A time since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Whole seconds.
    pub seconds: u64,
    /// Nanoseconds beyond, below 10⁹.
    pub nanoseconds: u32,
}

/// What belongs to one program: its arguments, its environment, what it waits for.
#[derive(Debug, Default)]
pub struct WasiCtx {
    args: Vec<String>,
    env: Vec<(String, String)>,
    pollables: Pollables,
}

impl WasiCtx {
    /// That of a program with these arguments, the program's name first, and an empty environment.
    pub fn new(args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { args: args.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The same with one more variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }
}

/// A program's part and the machine, together: what WASI's functions work on.
pub struct Wasi<'a> {
    /// The program's part.
    pub ctx: &'a mut WasiCtx,
    /// The machine.
    pub device: &'a mut dyn Device,
}

impl fmt::Debug for Wasi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wasi").field("ctx", self.ctx).finish_non_exhaustive()
    }
}

/// Data of a store that has both.
pub trait WasiView: 'static {
    /// Both.
    fn wasi(&mut self) -> Wasi<'_>;
}

/// The way from a store's data to WASI, for [`HasData`].
struct HasWasi;

impl HasData for HasWasi {
    type Data<'a> = Wasi<'a>;
}

/// A program ended by `exit`: the error that [`run`] makes a code of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(
    /// The code that it asked for; 0 is success.
    pub u8,
);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the program ended with code {}", self.0)
    }
}

impl core::error::Error for Exit {}

/// Adds every interface that `wasi:cli/command` of 0.2 imports.
///
/// # Errors
/// When one of the names is defined already.
pub fn add_to_linker<T: WasiView>(linker: &mut Linker<T>) -> Result<()> {
    Program::add_to_linker::<T, HasWasi>(linker, &LinkOptions::default(), T::wasi)
}

/// Instantiates a command and runs it; its exit code.
///
/// # Errors
/// When an import is missing, when there is no `wasi:cli/run`, when the program traps.
pub fn run<T: WasiView>(
    mut store: impl AsContextMut<Data = T>,
    linker: &Linker<T>,
    component: &Component,
) -> Result<u8> {
    let program = Program::instantiate(&mut store, component, linker)?;
    match program.wasi_cli_run().call_run(&mut store) {
        Ok(result) => Ok(u8::from(result.is_err())),
        Err(error) => error.downcast::<Exit>().map(|exit| exit.0),
    }
}

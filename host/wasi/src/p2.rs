//! WASI 0.2: its bindings, and a linker that offers it.

pub mod bindings;
pub mod pipe;

pub use crate::cli::{TerminalInput, TerminalOutput};
pub use crate::filesystem::{FsError, FsResult, ReaddirIterator};
pub use crate::io::{
    DynFuture, DynInputStream, DynOutputStream, DynPollable, Error, InputStream, MakeFuture, OutputStream, Pollable,
    StreamError, StreamResult, subscribe,
};

use crate::WasiView;
use crate::cli::{WasiCli, WasiCliView};
use crate::clocks::{WasiClocks, WasiClocksView};
use crate::filesystem::{WasiFilesystem, WasiFilesystemView};
use crate::random::{WasiRandom, WasiRandomView};
use coracle::Result;
use coracle::component::{HasData, Linker, ResourceTable};

/// Adds everything that this crate has of the `wasi:cli/command` world to a linker.
///
/// The functions that wait (for input, a timer, a flush) block the thread. Any 0.2.x version that a
/// component imports is served.
///
/// # Errors
///
/// When the linker already has one of the interfaces and does not allow shadowing.
pub fn add_to_linker_sync<T: WasiView + 'static>(linker: &mut Linker<T>) -> Result<()> {
    add_to_linker_proxy_interfaces_sync(linker)?;

    let l = linker;
    bindings::cli::environment::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::exit::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::terminal_input::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::terminal_output::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::terminal_stdin::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::terminal_stdout::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::terminal_stderr::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::clocks::timezone::add_to_linker::<T, WasiClocks>(l, T::clocks)?;
    bindings::filesystem::preopens::add_to_linker::<T, WasiFilesystem>(l, T::filesystem)?;
    bindings::sync::filesystem::types::add_to_linker::<T, WasiFilesystem>(l, T::filesystem)?;
    bindings::random::insecure::add_to_linker::<T, WasiRandom>(l, T::random)?;
    bindings::random::insecure_seed::add_to_linker::<T, WasiRandom>(l, T::random)?;
    Ok(())
}

/// Adds only those interfaces that the `wasi:http/proxy` world shares with the command world.
///
/// # Errors
///
/// When the linker already has one of the interfaces and does not allow shadowing.
pub fn add_to_linker_proxy_interfaces_sync<T: WasiView + 'static>(linker: &mut Linker<T>) -> Result<()> {
    let l = linker;
    bindings::io::error::add_to_linker::<T, HasIo>(l, |state| state.ctx().table)?;
    bindings::sync::io::poll::add_to_linker::<T, HasIo>(l, |state| state.ctx().table)?;
    bindings::sync::io::streams::add_to_linker::<T, HasIo>(l, |state| state.ctx().table)?;
    bindings::cli::stdin::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::stdout::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::cli::stderr::add_to_linker::<T, WasiCli>(l, T::cli)?;
    bindings::clocks::monotonic_clock::add_to_linker::<T, WasiClocks>(l, T::clocks)?;
    bindings::clocks::wall_clock::add_to_linker::<T, WasiClocks>(l, T::clocks)?;
    bindings::random::random::add_to_linker::<T, WasiRandom>(l, T::random)?;
    Ok(())
}

/// `wasi:io` needs nothing but the table.
struct HasIo;

impl HasData for HasIo {
    type Data<'a> = &'a mut ResourceTable;
}

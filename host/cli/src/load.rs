//! From a file to a component, with a sign of life when that takes long.

use crate::report::UsageError;
use coracle::component::Component;
use coracle::{Engine, Error, Module, Result};
use indicatif::ProgressBar;
use std::borrow::Cow;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long loading may take before a terminal is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a core module begins: magic number, version 1, layer 0.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// What a file holds.
pub(crate) enum Guest {
    Component(Component),
    Module(Module),
}

/// Reads and loads what is in a file.
pub(crate) fn guest(engine: &Engine, path: &Path) -> Result<Guest> {
    let binary = read(path)?;
    if binary.starts_with(CORE_MODULE) {
        load(path, || Module::from_binary(engine, &binary)).map(Guest::Module)
    } else {
        load(path, || Component::from_binary(engine, &binary)).map(Guest::Component)
    }
}

/// Reads and loads a component.
pub(crate) fn component(engine: &Engine, path: &Path) -> Result<Component> {
    let binary = read(path)?;
    if binary.starts_with(CORE_MODULE) {
        return Err(Error::msg(format!(
            "`{}` is a core module where a component is expected; `wasm-tools component new` makes a component out \
             of a module",
            path.display()
        )));
    }
    load(path, || Component::from_binary(engine, &binary))
}

/// The binary in a file, or what the text in it stands for.
fn read(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| Error::new(error).context(format!("failed to read `{shown}`")))?;
    if bytes.is_empty() {
        return Err(Error::msg(format!("`{shown}` is empty: neither component nor module is in it")));
    }
    let binary = wat::parse_bytes(&bytes).map(Cow::into_owned);
    binary.map_err(|error| Error::new(error).context(format!("failed to load `{shown}`")))
}

fn load<R>(path: &Path, load: impl FnOnce() -> Result<R>) -> Result<R> {
    let shown = path.display();
    with_sign_of_life(&format!("loading {shown}"), load)
        .map_err(|error| error.context(format!("failed to load `{shown}`")))
}

/// The file's name as a guest's argument 0.
pub(crate) fn program_name(path: &Path) -> Result<&str> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_str().ok_or_else(|| UsageError::error(format!("the name of `{}` is no Unicode", path.display())))
}

/// Does the work; if it takes long and standard error is a terminal, something moves there.
fn with_sign_of_life<R>(what: &str, work: impl FnOnce() -> R) -> R {
    if !io::stderr().is_terminal() {
        return work();
    }
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new_spinner().with_message(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            // Ends when the sender is dropped, be it by a panic.
            let _ = waiting.recv();
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

//! From a file to a component, with a sign of life when that takes long.
#![allow(unsafe_code)] // Loads what the user vouches for.

use crate::report::UsageError;
use coracle::component::Component;
use coracle::{Engine, Error, Module, Result};
use indicatif::ProgressBar;
use std::borrow::Cow;
use std::fs;
use std::io::{self, IsTerminal, Read};
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
    loaded(engine, path, &read(path)?)
}

/// The same of what runs; a prepared component too, if that is `allowed`.
pub(crate) fn runnable(engine: &Engine, path: &Path, allowed: bool) -> Result<Guest> {
    let bytes = contents(path)?;
    if !Component::is_portable(&bytes) {
        return loaded(engine, path, &binary(path, &bytes)?);
    }
    if !allowed {
        return Err(UsageError::error(format!(
            "`{}` is a prepared component, whose code is run as it is; `--allow-precompiled` says that you trust it",
            path.display()
        )));
    }
    // SAFETY: whoever runs the command vouches for the file, by the flag.
    load(path, || unsafe { Component::deserialize_portable(engine, &bytes) }).map(Guest::Component)
}

/// Loads what was read from a file.
pub(crate) fn loaded(engine: &Engine, path: &Path, binary: &[u8]) -> Result<Guest> {
    if binary.starts_with(CORE_MODULE) {
        load(path, || Module::from_binary(engine, binary)).map(Guest::Module)
    } else {
        load(path, || Component::from_binary(engine, binary)).map(Guest::Component)
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

/// What else a component may be, by how the names of its exports begin.
const KINDS: [(&str, &str); 2] = [
    ("wasi:cli/run@0.2", "`wasi:cli/run`, which `coracle run` runs"),
    ("wasi:http/incoming-handler@0.2", "`wasi:http/incoming-handler`, which `coracle serve` serves"),
];

/// A component is not what it was taken for: it lacks an interface. Says what it has instead; `advice` is for those of
/// which nothing better is known.
pub(crate) fn missing(component: &Component, what: &str, interface: &str, advice: &str) -> Error {
    let ty = component.component_type();
    let names: Vec<&str> = ty.exports(component.engine()).map(|(name, _)| name).collect();
    let kind = KINDS.iter().find(|(start, _)| names.iter().any(|name| name.starts_with(start)));
    let exports = match (kind, names.as_slice()) {
        (Some((_, kind)), _) => format!("it exports {kind}"),
        (None, []) => "it exports nothing".to_owned(),
        (None, names) => format!("it exports {}{advice}", names.join(", ")),
    };
    Error::msg(format!("not {what}: `{interface}` is not exported; {exports}"))
}

/// The binary in a file, or what the text in it stands for.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    binary(path, &contents(path)?)
}

/// What is in a file, as it is.
fn contents(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|error| Error::new(error).context(format!("failed to read `{shown}`")))?;
    if bytes.is_empty() {
        return Err(Error::msg(format!("`{shown}` is empty: neither component nor module is in it")));
    }
    Ok(bytes)
}

/// What the text stands for, if it is one.
fn binary(path: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    let shown = path.display();
    let binary = wat::Parser::new().parse_bytes(Some(path), bytes).map(Cow::into_owned);
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

//! How a command ends: its exit code, and errors as text.

use coracle::{Error, Printable, Trap};
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use wasmtime_wasi::I32Exit;

/// What a shell reports for a program that was aborted: 128 + SIGABRT.
const TRAPPED: u8 = 134;

/// What a command returns: an exit code, or an error that [`exit`] turns into one.
pub(crate) type Outcome = coracle::Result<u8>;

/// The command line asks for what cannot be; ends with exit code 2.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl UsageError {
    /// As an error to return.
    pub(crate) fn error(message: impl Into<String>) -> Error {
        Error::new(Self(message.into()))
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Brings what is buffered out, tells of the error on standard error, and gives the exit code.
pub(crate) fn exit(outcome: Outcome) -> ExitCode {
    // Nobody reads on, or the disk is full: there is nowhere left to say so but the exit code of a
    // command that has otherwise succeeded.
    let flushed = io::stdout().flush();
    match outcome {
        Ok(code) => match flushed {
            Err(error) if code == 0 && error.kind() != io::ErrorKind::BrokenPipe => {
                complain(&Error::new(error).context("failed to write to standard output"));
                ExitCode::FAILURE
            }
            _ => ExitCode::from(code),
        },
        Err(error) => {
            if let Some(&I32Exit(code)) = error.downcast_ref::<I32Exit>() {
                // Shells see the lowest eight bits; a failure must not look like a success.
                return ExitCode::from(u8::try_from(code).unwrap_or(1));
            }
            complain(&error);
            if error.downcast_ref::<Trap>().is_some() {
                ExitCode::from(TRAPPED)
            } else if error.downcast_ref::<UsageError>().is_some() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Prints to standard output, and succeeds also where nobody reads on.
pub(crate) fn print(text: &[u8]) -> Outcome {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(0),
    }
}

/// A text of several lines whose parts may be a guest's: a line each that does nothing to a terminal.
pub(crate) fn plain(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| Printable(line).to_string()).collect();
    lines.join("\n")
}

/// Says what is without effect.
pub(crate) fn notes(notes: &[String]) {
    for note in notes {
        let _ = writeln!(io::stderr(), "note: {}", plain(note));
    }
}

/// Ends the process as after a trap.
pub(crate) fn abort(error: &Error) -> ! {
    let _ = io::stdout().flush();
    complain(error);
    std::process::exit(TRAPPED.into())
}

fn complain(error: &Error) {
    // A closed standard error is no reason to panic.
    let _ = writeln!(io::stderr(), "Error: {}", plain(&format!("{error:?}")));
}

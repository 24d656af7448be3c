//! `wasi:cli`: arguments, variables, exit, and the standard streams.

mod file;
mod stdin;
mod stdout;

use crate::I32Exit;
use crate::io::{DynInputStream, DynOutputStream, InputStream, OutputStream};
use crate::p2::bindings::cli::{
    environment, exit, stderr, stdin as wasi_stdin, stdout as wasi_stdout, terminal_input, terminal_output,
    terminal_stderr, terminal_stdin, terminal_stdout,
};
use crate::p2::pipe;
use coracle::component::{HasData, Resource, ResourceTable};
use coracle::{Error, Result};
pub use file::{InputFile, OutputFile};

/// Names [`WasiCliCtxView`] for the `D` parameter of the `add_to_linker` functions.
pub struct WasiCli;

impl HasData for WasiCli {
    type Data<'a> = WasiCliCtxView<'a>;
}

/// Gives access to the state behind `wasi:cli`.
pub trait WasiCliView: Send {
    /// Borrows it.
    fn cli(&mut self) -> WasiCliCtxView<'_>;
}

/// The state that the functions of `wasi:cli` work on.
pub struct WasiCliCtxView<'a> {
    /// What the guest may touch.
    pub ctx: &'a mut WasiCliCtx,
    /// The host's side of the resources that the guest holds.
    pub table: &'a mut ResourceTable,
}

/// Arguments, variables and standard streams of one guest.
pub struct WasiCliCtx {
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) arguments: Vec<String>,
    pub(crate) initial_cwd: Option<String>,
    pub(crate) stdin: Box<dyn StdinStream>,
    pub(crate) stdout: Box<dyn StdoutStream>,
    pub(crate) stderr: Box<dyn StdoutStream>,
}

impl Default for WasiCliCtx {
    fn default() -> Self {
        Self {
            environment: Vec::new(),
            arguments: Vec::new(),
            initial_cwd: None,
            stdin: Box::new(pipe::ClosedInputStream),
            stdout: Box::new(pipe::SinkOutputStream),
            stderr: Box::new(pipe::SinkOutputStream),
        }
    }
}

/// Tells whether a stream leads to a terminal.
pub trait IsTerminal {
    /// Whether it does.
    fn is_terminal(&self) -> bool;
}

/// What can be a guest's standard input.
pub trait StdinStream: IsTerminal + Send {
    /// Makes a stream for the guest; all streams that are made share one position.
    fn p2_stream(&self) -> Box<dyn InputStream>;
}

/// What can be a guest's standard output or standard error.
pub trait StdoutStream: IsTerminal + Send {
    /// Makes a stream for the guest; all streams that are made lead to the same place.
    fn p2_stream(&self) -> Box<dyn OutputStream>;
}

/// Streams that lead nowhere near a terminal and are their own handle.
macro_rules! plain_streams {
    ($($stream:ty: $role:ident -> $made:ident;)*) => {
        $(
            impl IsTerminal for $stream {
                fn is_terminal(&self) -> bool {
                    false
                }
            }

            impl $role for $stream {
                fn p2_stream(&self) -> Box<dyn $made> {
                    Box::new(self.clone())
                }
            }
        )*
    };
}

plain_streams! {
    pipe::MemoryInputPipe: StdinStream -> InputStream;
    pipe::MemoryOutputPipe: StdoutStream -> OutputStream;
    pipe::ClosedInputStream: StdinStream -> InputStream;
    pipe::ClosedOutputStream: StdoutStream -> OutputStream;
    pipe::SinkOutputStream: StdoutStream -> OutputStream;
}

impl IsTerminal for std::io::Empty {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for std::io::Empty {
    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(pipe::ClosedInputStream)
    }
}

impl StdoutStream for std::io::Empty {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(pipe::SinkOutputStream)
    }
}

/// The host's side of a `terminal-input`: a mark, no more.
pub struct TerminalInput;

/// The host's side of a `terminal-output`: a mark, no more.
pub struct TerminalOutput;

impl environment::Host for WasiCliCtxView<'_> {
    fn get_environment(&mut self) -> Result<Vec<(String, String)>> {
        Ok(self.ctx.environment.clone())
    }

    fn get_arguments(&mut self) -> Result<Vec<String>> {
        Ok(self.ctx.arguments.clone())
    }

    fn initial_cwd(&mut self) -> Result<Option<String>> {
        Ok(self.ctx.initial_cwd.clone())
    }
}

impl exit::Host for WasiCliCtxView<'_> {
    fn exit(&mut self, status: std::result::Result<(), ()>) -> Result<()> {
        Err(Error::new(I32Exit(if status.is_ok() { 0 } else { 1 })))
    }

    fn exit_with_code(&mut self, status_code: u8) -> Result<()> {
        Err(Error::new(I32Exit(status_code.into())))
    }
}

impl wasi_stdin::Host for WasiCliCtxView<'_> {
    fn get_stdin(&mut self) -> Result<Resource<DynInputStream>> {
        Ok(self.table.push(self.ctx.stdin.p2_stream())?)
    }
}

impl wasi_stdout::Host for WasiCliCtxView<'_> {
    fn get_stdout(&mut self) -> Result<Resource<DynOutputStream>> {
        Ok(self.table.push(self.ctx.stdout.p2_stream())?)
    }
}

impl stderr::Host for WasiCliCtxView<'_> {
    fn get_stderr(&mut self) -> Result<Resource<DynOutputStream>> {
        Ok(self.table.push(self.ctx.stderr.p2_stream())?)
    }
}

impl terminal_input::Host for WasiCliCtxView<'_> {}

impl terminal_input::HostTerminalInput for WasiCliCtxView<'_> {
    fn drop(&mut self, this: Resource<TerminalInput>) -> Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl terminal_output::Host for WasiCliCtxView<'_> {}

impl terminal_output::HostTerminalOutput for WasiCliCtxView<'_> {
    fn drop(&mut self, this: Resource<TerminalOutput>) -> Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl terminal_stdin::Host for WasiCliCtxView<'_> {
    fn get_terminal_stdin(&mut self) -> Result<Option<Resource<TerminalInput>>> {
        if !self.ctx.stdin.is_terminal() {
            return Ok(None);
        }
        Ok(Some(self.table.push(TerminalInput)?))
    }
}

impl WasiCliCtxView<'_> {
    fn terminal_output(&mut self, is_terminal: bool) -> Result<Option<Resource<TerminalOutput>>> {
        if !is_terminal {
            return Ok(None);
        }
        Ok(Some(self.table.push(TerminalOutput)?))
    }
}

impl terminal_stdout::Host for WasiCliCtxView<'_> {
    fn get_terminal_stdout(&mut self) -> Result<Option<Resource<TerminalOutput>>> {
        self.terminal_output(self.ctx.stdout.is_terminal())
    }
}

impl terminal_stderr::Host for WasiCliCtxView<'_> {
    fn get_terminal_stderr(&mut self) -> Result<Option<Resource<TerminalOutput>>> {
        self.terminal_output(self.ctx.stderr.is_terminal())
    }
}

#[cfg(test)]
mod tests {
    use super::environment::Host as _;
    use super::exit::Host as _;
    use super::terminal_stdout::Host as _;
    use super::*;
    use crate::WasiCtx;
    use crate::p2::bindings::io::streams::HostOutputStream;

    #[test]
    fn nothing_is_granted_by_default() {
        let (mut ctx, mut table) = (WasiCliCtx::default(), ResourceTable::new());
        let mut view = WasiCliCtxView { ctx: &mut ctx, table: &mut table };
        assert!(view.get_environment().unwrap().is_empty());
        assert!(view.get_arguments().unwrap().is_empty());
        assert!(view.initial_cwd().unwrap().is_none());
        assert!(view.get_terminal_stdout().unwrap().is_none());
        assert!(view.ctx.stdin.p2_stream().read(1).is_err());
    }

    #[test]
    fn exit_carries_its_code() {
        let (mut ctx, mut table) = (WasiCliCtx::default(), ResourceTable::new());
        let mut view = WasiCliCtxView { ctx: &mut ctx, table: &mut table };
        let code = |result: Result<()>| result.unwrap_err().downcast::<I32Exit>().unwrap().0;
        assert_eq!(code(view.exit(Ok(()))), 0);
        assert_eq!(code(view.exit(Err(()))), 1);
        assert_eq!(code(view.exit_with_code(200)), 200);
    }

    #[test]
    fn what_is_granted_is_there() {
        let output = pipe::MemoryOutputPipe::new(100);
        let mut ctx = WasiCtx::builder()
            .arg("prog")
            .args(&["a", ""])
            .env("K", "v")
            .envs(&[("L", "ž")])
            .initial_cwd("/x")
            .stdout(output.clone())
            .build();
        let mut table = ResourceTable::new();
        let mut view = WasiCliCtxView { ctx: &mut ctx.cli, table: &mut table };
        assert_eq!(view.get_arguments().unwrap(), ["prog", "a", ""]);
        assert_eq!(
            view.get_environment().unwrap(),
            [("K".to_owned(), "v".to_owned()), ("L".to_owned(), "ž".to_owned())]
        );
        assert_eq!(view.initial_cwd().unwrap().as_deref(), Some("/x"));
        let stream = wasi_stdout::Host::get_stdout(&mut view).unwrap();
        table.blocking_write_and_flush(stream, b"hello".to_vec()).unwrap();
        assert_eq!(output.contents(), "hello");
    }
}

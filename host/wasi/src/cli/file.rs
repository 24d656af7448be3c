//! Files of the host as standard streams.

use crate::cli::stdout::BlockingOutput;
use crate::cli::{IsTerminal, StdinStream, StdoutStream};
use crate::io::{InputStream, OutputStream, Pollable, StreamError, StreamResult};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// A file as standard input; reading it blocks the thread.
#[derive(Debug, Clone)]
pub struct InputFile {
    file: Arc<File>,
}

impl InputFile {
    /// Reads from where the file stands.
    pub fn new(file: File) -> Self {
        Self { file: Arc::new(file) }
    }
}

impl IsTerminal for InputFile {
    fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(&*self.file)
    }
}

impl StdinStream for InputFile {
    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for InputFile {
    async fn ready(&mut self) {}
}

#[async_trait]
impl InputStream for InputFile {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let mut bytes = BytesMut::zeroed(size.min(crate::MAX_READ_SIZE_ALLOC));
        loop {
            match (&*self.file).read(&mut bytes) {
                Ok(0) => return Err(StreamError::Closed),
                Ok(count) => {
                    bytes.truncate(count);
                    return Ok(bytes.freeze());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(StreamError::LastOperationFailed(error.into())),
            }
        }
    }
}

/// A file as standard output or standard error; writing it blocks the thread.
#[derive(Debug, Clone)]
pub struct OutputFile {
    file: Arc<File>,
}

impl OutputFile {
    /// Writes from where the file stands.
    pub fn new(file: File) -> Self {
        Self { file: Arc::new(file) }
    }
}

impl IsTerminal for OutputFile {
    fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(&*self.file)
    }
}

impl StdoutStream for OutputFile {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(BlockingOutput::new(self.clone()))
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.file).flush()
    }
}

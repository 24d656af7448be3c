//! This process's standard output and standard error.
//!
//! Both go through the buffers of `std`, so that a host's own `println!` and a guest's output keep
//! their order: standard output is written line by line and at each flush, standard error at once. What
//! is left is written when the process ends in an orderly way.

use crate::MAX_READ_SIZE_ALLOC;
use crate::cli::{IsTerminal, StdoutStream};
use crate::io::{OutputStream, Pollable, StreamError, StreamResult};
use async_trait::async_trait;
use bytes::Bytes;
use std::io::{self, Stderr, Stdout, Write};

/// A writer of the host as a stream of the guest; writes block the thread.
pub(super) struct BlockingOutput<W> {
    writer: W,
    closed: bool,
}

impl<W> BlockingOutput<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, closed: false }
    }

    /// Reports a result to the guest; after a failure the stream is closed.
    fn report(&mut self, result: io::Result<()>) -> StreamResult<()> {
        match result {
            Ok(()) => Ok(()),
            Err(error) => {
                self.closed = true;
                if error.kind() == io::ErrorKind::BrokenPipe {
                    return Err(StreamError::Closed);
                }
                Err(StreamError::LastOperationFailed(error.into()))
            }
        }
    }
}

#[async_trait]
impl<W: Write + Send + 'static> Pollable for BlockingOutput<W> {
    async fn ready(&mut self) {}
}

#[async_trait]
impl<W: Write + Send + 'static> OutputStream for BlockingOutput<W> {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if self.closed {
            return Err(StreamError::Closed);
        }
        let result = self.writer.write_all(&bytes);
        self.report(result)
    }

    fn flush(&mut self) -> StreamResult<()> {
        if self.closed {
            return Err(StreamError::Closed);
        }
        let result = self.writer.flush();
        self.report(result)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        if self.closed { Err(StreamError::Closed) } else { Ok(MAX_READ_SIZE_ALLOC) }
    }
}

impl IsTerminal for Stdout {
    fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(self)
    }
}

impl StdoutStream for Stdout {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(BlockingOutput::new(io::stdout()))
    }
}

impl IsTerminal for Stderr {
    fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(self)
    }
}

impl StdoutStream for Stderr {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(BlockingOutput::new(io::stderr()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails with one kind of error once its room is used up.
    struct Narrow {
        room: usize,
        kind: io::ErrorKind,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(self.kind.into());
            }
            let count = bytes.len().min(self.room);
            self.room -= count;
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_pipe_is_a_closed_stream() {
        let mut stream = BlockingOutput::new(Narrow { room: 2, kind: io::ErrorKind::BrokenPipe });
        stream.write("ab".into()).unwrap();
        assert_eq!(stream.check_write().unwrap(), MAX_READ_SIZE_ALLOC);
        assert!(matches!(stream.write("c".into()), Err(StreamError::Closed)));
        assert!(matches!(stream.check_write(), Err(StreamError::Closed)));
        assert!(matches!(stream.flush(), Err(StreamError::Closed)));
    }

    #[test]
    fn another_failure_is_told_once() {
        let mut stream = BlockingOutput::new(Narrow { room: 0, kind: io::ErrorKind::StorageFull });
        let Err(StreamError::LastOperationFailed(error)) = stream.write("c".into()) else { panic!("not a failure") };
        let error = error.downcast::<io::Error>().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(matches!(stream.write("c".into()), Err(StreamError::Closed)));
    }
}

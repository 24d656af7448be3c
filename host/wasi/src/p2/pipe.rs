//! Streams that lead to memory, to nowhere, or are closed.

use crate::MAX_READ_SIZE_ALLOC;
use crate::io::{InputStream, OutputStream, Pollable, StreamError, StreamResult};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An input that gives the bytes it was made of, then ends; clones share the position.
#[derive(Debug, Clone)]
pub struct MemoryInputPipe {
    buffer: Arc<Mutex<Bytes>>,
}

impl MemoryInputPipe {
    /// Makes an input out of bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { buffer: Arc::new(Mutex::new(bytes.into())) }
    }

    /// Whether all bytes have been read.
    pub fn is_empty(&self) -> bool {
        lock(&self.buffer).is_empty()
    }
}

#[async_trait]
impl Pollable for MemoryInputPipe {
    async fn ready(&mut self) {}
}

#[async_trait]
impl InputStream for MemoryInputPipe {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let mut buffer = lock(&self.buffer);
        if buffer.is_empty() {
            return Err(StreamError::Closed);
        }
        let size = size.min(buffer.len());
        Ok(buffer.split_to(size))
    }
}

/// An output that keeps what is written to it, up to a capacity; clones share the bytes.
#[derive(Debug, Clone)]
pub struct MemoryOutputPipe {
    capacity: usize,
    buffer: Arc<Mutex<BytesMut>>,
}

impl MemoryOutputPipe {
    /// Makes an output that is closed once it holds `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, buffer: Arc::default() }
    }

    /// A copy of what has been written so far.
    pub fn contents(&self) -> Bytes {
        lock(&self.buffer).clone().freeze()
    }

    /// What has been written, if this is the last clone.
    pub fn try_into_inner(self) -> Option<BytesMut> {
        let buffer = Arc::into_inner(self.buffer)?;
        Some(buffer.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Pollable for MemoryOutputPipe {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for MemoryOutputPipe {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut buffer = lock(&self.buffer);
        if bytes.len() > self.capacity.saturating_sub(buffer.len()) {
            return Err(StreamError::trap("write beyond the capacity of a MemoryOutputPipe"));
        }
        buffer.extend_from_slice(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        match self.capacity.saturating_sub(lock(&self.buffer).len()) {
            0 => Err(StreamError::Closed),
            permit => Ok(permit),
        }
    }
}

/// An output that swallows everything.
#[derive(Debug, Copy, Clone)]
pub struct SinkOutputStream;

#[async_trait]
impl Pollable for SinkOutputStream {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for SinkOutputStream {
    fn write(&mut self, _: Bytes) -> StreamResult<()> {
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_READ_SIZE_ALLOC)
    }
}

/// An input that has ended.
#[derive(Debug, Copy, Clone)]
pub struct ClosedInputStream;

#[async_trait]
impl Pollable for ClosedInputStream {
    async fn ready(&mut self) {}
}

#[async_trait]
impl InputStream for ClosedInputStream {
    fn read(&mut self, _: usize) -> StreamResult<Bytes> {
        Err(StreamError::Closed)
    }
}

/// An output that is closed.
#[derive(Debug, Copy, Clone)]
pub struct ClosedOutputStream;

#[async_trait]
impl Pollable for ClosedOutputStream {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for ClosedOutputStream {
    fn write(&mut self, _: Bytes) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Err(StreamError::Closed)
    }
}

/// Byte buffers stay whole when a thread panics while holding them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share() {
        let mut input = MemoryInputPipe::new("ab");
        let mut twin = input.clone();
        assert_eq!(input.read(1).unwrap(), "a");
        assert_eq!(twin.read(1).unwrap(), "b");
        assert!(input.is_empty());

        let mut output = MemoryOutputPipe::new(10);
        let mut twin = output.clone();
        output.write("x".into()).unwrap();
        twin.write("y".into()).unwrap();
        drop(twin);
        assert_eq!(output.try_into_inner().unwrap(), "xy");
    }

    #[test]
    fn closed_and_sink() {
        assert!(matches!(ClosedInputStream.read(1), Err(StreamError::Closed)));
        assert!(matches!(ClosedOutputStream.check_write(), Err(StreamError::Closed)));
        assert!(matches!(ClosedOutputStream.write("a".into()), Err(StreamError::Closed)));
        assert_eq!(SinkOutputStream.check_write().unwrap(), MAX_READ_SIZE_ALLOC);
        SinkOutputStream.write("a".into()).unwrap();
    }
}

//! `wasi:io/error` and `wasi:io/streams`: the stream traits, and what the guest's functions do.

use crate::MAX_READ_SIZE_ALLOC;
use crate::executor::block_on;
use crate::io::{DynPollable, Pollable, subscribe};
use crate::p2::bindings::io::{error, streams};
use async_trait::async_trait;
use bytes::Bytes;
use coracle::Result;
use coracle::component::{Resource, ResourceTable, ResourceTableError};
use std::fmt;

/// Most bytes that one `blocking-write-and-flush` or its zero-writing twin takes, by the WIT text.
const MAX_BLOCKING_WRITE: usize = 4096;

/// The host's side of an `error` resource.
pub type Error = coracle::Error;

/// What stream operations return.
pub type StreamResult<T> = std::result::Result<T, StreamError>;

/// The host's side of an `input-stream`.
pub type DynInputStream = Box<dyn InputStream>;

/// The host's side of an `output-stream`.
pub type DynOutputStream = Box<dyn OutputStream>;

/// How a stream operation fails.
#[derive(Debug)]
pub enum StreamError {
    /// The other end is gone, or an earlier failure has closed the stream.
    Closed,
    /// The operation failed; the guest gets the error as a resource.
    LastOperationFailed(coracle::Error),
    /// The guest broke the contract, or the host cannot go on: a trap.
    Trap(coracle::Error),
}

impl StreamError {
    /// Makes a trap out of a message.
    pub fn trap(msg: &str) -> Self {
        Self::Trap(coracle::Error::msg(msg.to_owned()))
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::LastOperationFailed(error) => write!(f, "last operation failed: {error}"),
            Self::Trap(error) => write!(f, "trap: {error}"),
        }
    }
}

impl std::error::Error for StreamError {}

impl From<ResourceTableError> for StreamError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

/// A source of bytes. [`Pollable::ready`] resolves when [`InputStream::read`] has bytes or an error.
#[async_trait]
pub trait InputStream: Pollable {
    /// Reads at most `size` bytes without blocking; none when none are there yet.
    ///
    /// # Errors
    ///
    /// `Closed` at the end, or the failure of the source.
    fn read(&mut self, size: usize) -> StreamResult<Bytes>;

    /// Reads at most `size` bytes, and at least one unless `size` is 0; waits for it.
    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return self.read(0);
        }
        loop {
            self.ready().await;
            let bytes = self.read(size)?;
            if !bytes.is_empty() {
                return Ok(bytes);
            }
        }
    }

    /// Reads at most `nelem` bytes without blocking, throws them away and gives their number.
    ///
    /// # Errors
    ///
    /// As [`InputStream::read`].
    fn skip(&mut self, nelem: usize) -> StreamResult<usize> {
        Ok(self.read(nelem)?.len())
    }

    /// As [`InputStream::skip`], but waits for the first byte.
    async fn blocking_skip(&mut self, nelem: usize) -> StreamResult<usize> {
        Ok(self.blocking_read(nelem).await?.len())
    }

    /// Stops what goes on in the background; called before the stream is dropped.
    async fn cancel(&mut self) {}
}

/// A sink of bytes. [`Pollable::ready`] resolves when [`OutputStream::check_write`] has a permit or
/// an error.
#[async_trait]
pub trait OutputStream: Pollable {
    /// Writes bytes without blocking, at most as many as the last [`OutputStream::check_write`] gave.
    ///
    /// # Errors
    ///
    /// `Closed`, the failure of the sink, or a trap when there are too many bytes.
    fn write(&mut self, bytes: Bytes) -> StreamResult<()>;

    /// Starts to pass on what is buffered, without blocking; until that is done there is no permit.
    ///
    /// # Errors
    ///
    /// `Closed`, or the failure of the sink.
    fn flush(&mut self) -> StreamResult<()>;

    /// Gives the number of bytes that may be written now; 0 when the stream is not ready. It bounds
    /// what a guest can make the host allocate.
    ///
    /// # Errors
    ///
    /// `Closed`, or the failure of an earlier write or flush.
    fn check_write(&mut self) -> StreamResult<usize>;

    /// Writes and flushes all of `bytes`; waits for it.
    async fn blocking_write_and_flush(&mut self, mut bytes: Bytes) -> StreamResult<()> {
        while !bytes.is_empty() {
            let permit = self.write_ready().await?;
            let chunk = bytes.split_to(bytes.len().min(permit));
            self.write(chunk)?;
        }
        // All was written; a stream that is closed by it is for the next call to report.
        match self.flush() {
            Ok(()) => {}
            Err(StreamError::Closed) => return Ok(()),
            Err(error) => return Err(error),
        }
        match self.write_ready().await {
            Ok(_) | Err(StreamError::Closed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes `nelem` zeroes without blocking, within the permit.
    ///
    /// # Errors
    ///
    /// As [`OutputStream::write`].
    fn write_zeroes(&mut self, nelem: usize) -> StreamResult<()> {
        if nelem > self.check_write()? {
            return Err(StreamError::trap("cannot write more zeroes than `check-write` allows"));
        }
        self.write(zeroes(nelem))
    }

    /// Waits for a permit and gives it.
    async fn write_ready(&mut self) -> StreamResult<usize> {
        loop {
            self.ready().await;
            let permit = self.check_write()?;
            if permit > 0 {
                return Ok(permit);
            }
        }
    }

    /// Stops what goes on in the background; called before the stream is dropped.
    async fn cancel(&mut self) {}
}

#[async_trait]
impl Pollable for Box<dyn InputStream> {
    async fn ready(&mut self) {
        (**self).ready().await;
    }
}

#[async_trait]
impl Pollable for Box<dyn OutputStream> {
    async fn ready(&mut self) {
        (**self).ready().await;
    }
}

fn zeroes(count: usize) -> Bytes {
    const ZEROES: &[u8] = &[0; MAX_READ_SIZE_ALLOC];
    match ZEROES.get(..count) {
        Some(zeroes) => Bytes::from_static(zeroes),
        None => Bytes::from(vec![0; count]),
    }
}

/// A guest's length, cut to what the host is willing to hold at once.
fn clamp(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX).min(MAX_READ_SIZE_ALLOC)
}

impl error::Host for ResourceTable {}

impl error::HostError for ResourceTable {
    fn to_debug_string(&mut self, this: Resource<Error>) -> Result<String> {
        Ok(format!("{:?}", self.get(&this)?))
    }

    fn drop(&mut self, this: Resource<Error>) -> Result<()> {
        self.delete(this)?;
        Ok(())
    }
}

impl streams::Host for ResourceTable {
    fn convert_stream_error(&mut self, error: StreamError) -> Result<streams::StreamError> {
        match error {
            StreamError::Closed => Ok(streams::StreamError::Closed),
            StreamError::LastOperationFailed(error) => Ok(streams::StreamError::LastOperationFailed(self.push(error)?)),
            StreamError::Trap(error) => Err(error),
        }
    }
}

impl streams::HostInputStream for ResourceTable {
    fn read(&mut self, this: Resource<DynInputStream>, len: u64) -> StreamResult<Vec<u8>> {
        Ok(self.get_mut(&this)?.read(clamp(len))?.into())
    }

    fn blocking_read(&mut self, this: Resource<DynInputStream>, len: u64) -> StreamResult<Vec<u8>> {
        Ok(block_on(self.get_mut(&this)?.blocking_read(clamp(len)))?.into())
    }

    fn skip(&mut self, this: Resource<DynInputStream>, len: u64) -> StreamResult<u64> {
        Ok(self.get_mut(&this)?.skip(clamp(len))? as u64)
    }

    fn blocking_skip(&mut self, this: Resource<DynInputStream>, len: u64) -> StreamResult<u64> {
        Ok(block_on(self.get_mut(&this)?.blocking_skip(clamp(len)))? as u64)
    }

    fn subscribe(&mut self, this: Resource<DynInputStream>) -> Result<Resource<DynPollable>> {
        subscribe(self, this)
    }

    fn drop(&mut self, this: Resource<DynInputStream>) -> Result<()> {
        block_on(self.delete(this)?.cancel());
        Ok(())
    }
}

impl streams::HostOutputStream for ResourceTable {
    fn check_write(&mut self, this: Resource<DynOutputStream>) -> StreamResult<u64> {
        Ok(self.get_mut(&this)?.check_write()? as u64)
    }

    fn write(&mut self, this: Resource<DynOutputStream>, contents: Vec<u8>) -> StreamResult<()> {
        self.get_mut(&this)?.write(contents.into())
    }

    fn blocking_write_and_flush(&mut self, this: Resource<DynOutputStream>, contents: Vec<u8>) -> StreamResult<()> {
        if contents.len() > MAX_BLOCKING_WRITE {
            return Err(StreamError::trap("more than 4096 bytes for blocking-write-and-flush"));
        }
        block_on(self.get_mut(&this)?.blocking_write_and_flush(contents.into()))
    }

    fn flush(&mut self, this: Resource<DynOutputStream>) -> StreamResult<()> {
        self.get_mut(&this)?.flush()
    }

    fn blocking_flush(&mut self, this: Resource<DynOutputStream>) -> StreamResult<()> {
        let stream = self.get_mut(&this)?;
        stream.flush()?;
        block_on(stream.write_ready())?;
        Ok(())
    }

    fn subscribe(&mut self, this: Resource<DynOutputStream>) -> Result<Resource<DynPollable>> {
        subscribe(self, this)
    }

    fn write_zeroes(&mut self, this: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        self.get_mut(&this)?.write_zeroes(len)
    }

    fn blocking_write_zeroes_and_flush(&mut self, this: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        if len > MAX_BLOCKING_WRITE as u64 {
            return Err(StreamError::trap("more than 4096 bytes for blocking-write-zeroes-and-flush"));
        }
        block_on(self.get_mut(&this)?.blocking_write_and_flush(zeroes(len as usize)))
    }

    fn splice(
        &mut self,
        this: Resource<DynOutputStream>,
        src: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        let permit = self.get_mut(&this)?.check_write()?;
        let bytes = self.get_mut(&src)?.read(clamp(len).min(permit))?;
        let moved = bytes.len() as u64;
        if moved > 0 {
            self.get_mut(&this)?.write(bytes)?;
        }
        Ok(moved)
    }

    fn blocking_splice(
        &mut self,
        this: Resource<DynOutputStream>,
        src: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        let permit = block_on(self.get_mut(&this)?.write_ready())?;
        let bytes = block_on(self.get_mut(&src)?.blocking_read(clamp(len).min(permit)))?;
        let moved = bytes.len() as u64;
        if moved > 0 {
            self.get_mut(&this)?.write(bytes)?;
        }
        Ok(moved)
    }

    fn drop(&mut self, this: Resource<DynOutputStream>) -> Result<()> {
        block_on(self.delete(this)?.cancel());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::streams::{Host, HostInputStream, HostOutputStream};
    use super::*;
    use crate::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

    fn input(table: &mut ResourceTable, bytes: &'static [u8]) -> Resource<DynInputStream> {
        table.push(Box::new(MemoryInputPipe::new(bytes)) as DynInputStream).unwrap()
    }

    fn output(table: &mut ResourceTable, pipe: &MemoryOutputPipe) -> Resource<DynOutputStream> {
        table.push(Box::new(pipe.clone()) as DynOutputStream).unwrap()
    }

    fn i(stream: &Resource<DynInputStream>) -> Resource<DynInputStream> {
        Resource::new_borrow(stream.rep())
    }

    fn o(stream: &Resource<DynOutputStream>) -> Resource<DynOutputStream> {
        Resource::new_borrow(stream.rep())
    }

    #[test]
    fn reads_until_closed() {
        let mut table = ResourceTable::new();
        let stream = input(&mut table, b"abcdef");
        assert_eq!(table.read(i(&stream), 2).unwrap(), b"ab");
        assert_eq!(table.read(i(&stream), 0).unwrap(), b"");
        assert_eq!(table.skip(i(&stream), 1).unwrap(), 1);
        assert_eq!(table.blocking_read(i(&stream), u64::MAX).unwrap(), b"def");
        assert!(matches!(table.blocking_read(i(&stream), 1), Err(StreamError::Closed)));
        assert!(matches!(table.blocking_skip(i(&stream), 1), Err(StreamError::Closed)));
        HostInputStream::drop(&mut table, stream).unwrap();
        assert!(table.is_empty());
    }

    #[test]
    fn writes_within_the_permit() {
        let mut table = ResourceTable::new();
        let pipe = MemoryOutputPipe::new(8);
        let stream = output(&mut table, &pipe);
        assert_eq!(table.check_write(o(&stream)).unwrap(), 8);
        table.write(o(&stream), b"abc".to_vec()).unwrap();
        table.write_zeroes(o(&stream), 2).unwrap();
        assert!(matches!(table.write_zeroes(o(&stream), 4), Err(StreamError::Trap(_))));
        assert!(matches!(table.write_zeroes(o(&stream), u64::MAX), Err(StreamError::Trap(_))));
        assert!(matches!(table.write(o(&stream), vec![1; 4]), Err(StreamError::Trap(_))));
        table.blocking_write_and_flush(o(&stream), b"xyz".to_vec()).unwrap();
        assert_eq!(pipe.contents(), &b"abc\0\0xyz"[..]);
        assert!(matches!(table.check_write(o(&stream)), Err(StreamError::Closed)));
        assert!(matches!(table.blocking_write_and_flush(o(&stream), b"!".to_vec()), Err(StreamError::Closed)));
    }

    #[test]
    fn blocking_writes_are_bounded() {
        let mut table = ResourceTable::new();
        let pipe = MemoryOutputPipe::new(1 << 20);
        let stream = output(&mut table, &pipe);
        let over = table.blocking_write_and_flush(o(&stream), vec![0; 4097]);
        assert!(matches!(over, Err(StreamError::Trap(_))));
        let over = table.blocking_write_zeroes_and_flush(o(&stream), 4097);
        assert!(matches!(over, Err(StreamError::Trap(_))));
        table.blocking_write_zeroes_and_flush(o(&stream), 4096).unwrap();
        assert_eq!(pipe.contents().len(), 4096);
    }

    #[test]
    fn splice_moves_what_both_sides_allow() {
        let mut table = ResourceTable::new();
        let pipe = MemoryOutputPipe::new(4);
        let to = output(&mut table, &pipe);
        let from = input(&mut table, b"abcdef");
        assert_eq!(table.splice(o(&to), i(&from), 3).unwrap(), 3);
        assert_eq!(table.blocking_splice(o(&to), i(&from), 9).unwrap(), 1);
        assert!(matches!(table.splice(o(&to), i(&from), 1), Err(StreamError::Closed)));
        assert_eq!(pipe.contents(), &b"abcd"[..]);
    }

    #[test]
    fn a_watched_stream_outlives_its_pollable() {
        let mut table = ResourceTable::new();
        let stream = input(&mut table, b"a");
        let pollable = HostInputStream::subscribe(&mut table, i(&stream)).unwrap();
        assert!(table.delete(Resource::<DynInputStream>::new_own(stream.rep())).is_err());
        crate::p2::bindings::io::poll::HostPollable::drop(&mut table, pollable).unwrap();
        HostInputStream::drop(&mut table, stream).unwrap();
    }

    #[test]
    fn failures_become_resources_and_traps_stay_traps() {
        let mut table = ResourceTable::new();
        let failed = StreamError::LastOperationFailed(coracle::Error::msg("disk on fire"));
        let Ok(streams::StreamError::LastOperationFailed(error)) = table.convert_stream_error(failed) else {
            panic!("not a failure")
        };
        let text = error::HostError::to_debug_string(&mut table, error).unwrap();
        assert!(text.contains("disk on fire"), "{text}");
        assert!(table.convert_stream_error(StreamError::trap("no")).is_err());
    }
}

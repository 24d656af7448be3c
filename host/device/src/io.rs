//! `wasi:io`: three streams, and times to wait for.
//!
//! A stream's handle is a number that says which of the three it is, so there is nothing to keep for it. Input counts as
//! ready always: whoever reads waits in [`Device::read`](crate::Device::read).

use crate::bindings::wasi::io::{error, poll, streams};
use crate::{Output, Wasi};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use coracle::Result;
use coracle::component::Resource;
use coracle::error::{Context, bail, ensure};
use streams::{InputStream, OutputStream, Pollable, StreamError};

/// Handles: the input, and both outputs.
pub(crate) const INPUT: u32 = 0;
pub(crate) const STDOUT: u32 = 1;
pub(crate) const STDERR: u32 = 2;

/// Bytes that go through a stream at once.
const CHUNK: u64 = 4096;

/// What a program waits for: the times, by handle; none where a handle is free.
#[derive(Debug, Default)]
pub(crate) struct Pollables {
    times: Vec<Option<u64>>,
    free: Vec<u32>,
}

impl Pollables {
    /// One more, of which guests have as many as a store grants handles.
    pub(crate) fn add(&mut self, when: u64) -> Result<Resource<Pollable>> {
        let rep = match self.free.pop() {
            Some(rep) => rep,
            None => {
                self.times.push(None);
                u32::try_from(self.times.len() - 1)?
            }
        };
        self.times[rep as usize] = Some(when);
        Ok(Resource::new_own(rep))
    }

    fn when(&self, pollable: &Resource<Pollable>) -> Result<u64> {
        self.times.get(pollable.rep() as usize).copied().flatten().context("there is no such pollable")
    }
}

impl error::Host for Wasi<'_> {}
// No operation fails with more than a word, so no handle on an error exists.
impl error::HostError for Wasi<'_> {
    fn to_debug_string(&mut self, _: Resource<error::Error>) -> Result<String> {
        bail!("there is no such error")
    }
    fn drop(&mut self, _: Resource<error::Error>) -> Result<()> {
        bail!("there is no such error")
    }
}

impl poll::Host for Wasi<'_> {
    fn poll(&mut self, list: Vec<Resource<Pollable>>) -> Result<Vec<u32>> {
        ensure!(!list.is_empty(), "a poll of nothing would wait for ever");
        let times: Vec<u64> = list.iter().map(|pollable| self.ctx.pollables.when(pollable)).collect::<Result<_>>()?;
        let first = times.iter().copied().min().unwrap_or(0);
        let now = self.wait(first)?;
        Ok((0..).zip(&times).filter(|(_, when)| **when <= now).map(|(index, _)| index).collect())
    }
}

impl Wasi<'_> {
    /// Waits for a time, and says what time it is then.
    fn wait(&mut self, when: u64) -> Result<u64> {
        loop {
            let now = self.device.monotonic_ns();
            if now >= when {
                return Ok(now);
            }
            self.device.wait_until(when)?;
        }
    }
}

impl poll::HostPollable for Wasi<'_> {
    fn ready(&mut self, pollable: Resource<Pollable>) -> Result<bool> {
        Ok(self.ctx.pollables.when(&pollable)? <= self.device.monotonic_ns())
    }
    fn block(&mut self, pollable: Resource<Pollable>) -> Result<()> {
        let when = self.ctx.pollables.when(&pollable)?;
        self.wait(when).map(drop)
    }
    fn drop(&mut self, pollable: Resource<Pollable>) -> Result<()> {
        self.ctx.pollables.when(&pollable)?;
        self.ctx.pollables.times[pollable.rep() as usize] = None;
        self.ctx.pollables.free.push(pollable.rep());
        Ok(())
    }
}

impl streams::Host for Wasi<'_> {}

impl streams::HostInputStream for Wasi<'_> {
    fn read(&mut self, _: Resource<InputStream>, len: u64) -> Result<Result<Vec<u8>, StreamError>> {
        let mut buffer = vec![0; len.min(CHUNK) as usize];
        if buffer.is_empty() {
            return Ok(Ok(buffer));
        }
        let read = self.device.read(&mut buffer);
        ensure!(read <= buffer.len(), "the device has read {read} bytes into {}", buffer.len());
        buffer.truncate(read);
        Ok(if read == 0 { Err(StreamError::Closed) } else { Ok(buffer) })
    }
    fn blocking_read(&mut self, stream: Resource<InputStream>, len: u64) -> Result<Result<Vec<u8>, StreamError>> {
        self.read(stream, len)
    }
    fn skip(&mut self, stream: Resource<InputStream>, len: u64) -> Result<Result<u64, StreamError>> {
        Ok(self.read(stream, len)?.map(|bytes| bytes.len() as u64))
    }
    fn blocking_skip(&mut self, stream: Resource<InputStream>, len: u64) -> Result<Result<u64, StreamError>> {
        self.skip(stream, len)
    }
    fn subscribe(&mut self, _: Resource<InputStream>) -> Result<Resource<Pollable>> {
        self.ctx.pollables.add(0)
    }
    fn drop(&mut self, _: Resource<InputStream>) -> Result<()> {
        Ok(())
    }
}

impl Wasi<'_> {
    /// Prints at most so much as [`check_write`](streams::HostOutputStream::check_write) permits.
    fn print(&mut self, stream: &Resource<OutputStream>, bytes: &[u8]) -> Result<()> {
        ensure!(bytes.len() as u64 <= CHUNK, "a write of {} bytes, where {CHUNK} were permitted", bytes.len());
        let to = match stream.rep() {
            STDOUT => Output::Stdout,
            STDERR => Output::Stderr,
            _ => bail!("there is no such stream"),
        };
        if !bytes.is_empty() {
            self.device.write(to, bytes);
        }
        Ok(())
    }
}

impl streams::HostOutputStream for Wasi<'_> {
    fn check_write(&mut self, _: Resource<OutputStream>) -> Result<Result<u64, StreamError>> {
        Ok(Ok(CHUNK))
    }
    fn write(&mut self, stream: Resource<OutputStream>, bytes: Vec<u8>) -> Result<Result<(), StreamError>> {
        self.print(&stream, &bytes).map(Ok)
    }
    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<OutputStream>,
        bytes: Vec<u8>,
    ) -> Result<Result<(), StreamError>> {
        self.print(&stream, &bytes).map(Ok)
    }
    fn flush(&mut self, _: Resource<OutputStream>) -> Result<Result<(), StreamError>> {
        Ok(Ok(()))
    }
    fn blocking_flush(&mut self, _: Resource<OutputStream>) -> Result<Result<(), StreamError>> {
        Ok(Ok(()))
    }
    fn subscribe(&mut self, _: Resource<OutputStream>) -> Result<Resource<Pollable>> {
        self.ctx.pollables.add(0)
    }
    fn write_zeroes(&mut self, stream: Resource<OutputStream>, len: u64) -> Result<Result<(), StreamError>> {
        ensure!(len <= CHUNK, "a write of {len} bytes, where {CHUNK} were permitted");
        self.print(&stream, &vec![0; len as usize]).map(Ok)
    }
    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<OutputStream>,
        len: u64,
    ) -> Result<Result<(), StreamError>> {
        self.write_zeroes(stream, len)
    }
    fn splice(
        &mut self,
        stream: Resource<OutputStream>,
        from: Resource<InputStream>,
        len: u64,
    ) -> Result<Result<u64, StreamError>> {
        let bytes = match streams::HostInputStream::read(self, from, len)? {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error)),
        };
        self.print(&stream, &bytes)?;
        Ok(Ok(bytes.len() as u64))
    }
    fn blocking_splice(
        &mut self,
        stream: Resource<OutputStream>,
        from: Resource<InputStream>,
        len: u64,
    ) -> Result<Result<u64, StreamError>> {
        self.splice(stream, from, len)
    }
    fn drop(&mut self, _: Resource<OutputStream>) -> Result<()> {
        Ok(())
    }
}

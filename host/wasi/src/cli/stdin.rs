//! This process's standard input, read ahead by a thread so that a guest can poll it.
//!
//! # Invariants
//!
//! - There is one standard input per process, so its state is global: all guests' streams share it.
//! - The thread reads only when a guest has asked; bytes that no guest wants stay in the pipe.

use crate::MAX_READ_SIZE_ALLOC;
use crate::cli::{IsTerminal, StdinStream};
use crate::io::{InputStream, Pollable, StreamError, StreamResult};
use async_trait::async_trait;
use bytes::Bytes;
use std::future::poll_fn;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::{mem, thread};

static STDIN: Ahead =
    Ahead { state: Mutex::new(State { phase: Phase::Idle, thread: false, wakers: Vec::new() }), asked: Condvar::new() };

struct Ahead {
    state: Mutex<State>,
    asked: Condvar,
}

struct State {
    phase: Phase,
    /// Whether the reading thread runs.
    thread: bool,
    /// Who waits for the phase to leave `Asked`.
    wakers: Vec<Waker>,
}

enum Phase {
    /// Nothing is there and nobody has asked.
    Idle,
    /// The thread reads.
    Asked,
    /// Read and not yet taken; never empty.
    Full(Bytes),
    /// A failure that no stream has reported yet.
    Failed(io::Error),
    /// The end, for good.
    Closed,
}

impl Ahead {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A phase is replaced whole, so it is sound even if a holder of the lock panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the thread read if nothing is there.
    fn ask(&'static self, state: &mut State) {
        if !matches!(state.phase, Phase::Idle) {
            return;
        }
        if !state.thread {
            let spawned = thread::Builder::new().name("wasi-stdin".to_owned()).spawn(|| self.serve());
            match spawned {
                Ok(_) => state.thread = true,
                Err(error) => {
                    state.phase = Phase::Failed(error);
                    return;
                }
            }
        }
        state.phase = Phase::Asked;
        self.asked.notify_one();
    }

    fn serve(&self) {
        let mut buffer = vec![0; MAX_READ_SIZE_ALLOC];
        loop {
            let mut state = self.lock();
            while !matches!(state.phase, Phase::Asked) {
                state = self.asked.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            let phase = match io::stdin().lock().read(&mut buffer) {
                Ok(0) => Phase::Closed,
                Ok(count) => Phase::Full(Bytes::copy_from_slice(&buffer[..count])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Phase::Failed(error),
            };
            let mut state = self.lock();
            state.phase = phase;
            for waker in state.wakers.drain(..) {
                waker.wake();
            }
        }
    }
}

struct Stream;

#[async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {
        poll_fn(|cx| {
            let mut state = STDIN.lock();
            STDIN.ask(&mut state);
            if !matches!(state.phase, Phase::Asked) {
                return Poll::Ready(());
            }
            if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                state.wakers.push(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

#[async_trait]
impl InputStream for Stream {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let mut state = STDIN.lock();
        match &mut state.phase {
            Phase::Full(bytes) => {
                let read = bytes.split_to(size.min(bytes.len()));
                if bytes.is_empty() {
                    state.phase = Phase::Idle;
                }
                Ok(read)
            }
            Phase::Idle | Phase::Asked => {
                if size > 0 {
                    STDIN.ask(&mut state);
                }
                Ok(Bytes::new())
            }
            Phase::Failed(_) => match mem::replace(&mut state.phase, Phase::Closed) {
                Phase::Failed(error) => Err(StreamError::LastOperationFailed(error.into())),
                _ => Err(StreamError::Closed),
            },
            Phase::Closed => Err(StreamError::Closed),
        }
    }
}

impl IsTerminal for io::Stdin {
    fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(self)
    }
}

impl StdinStream for io::Stdin {
    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(Stream)
    }
}

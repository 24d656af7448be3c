//! Hot functions in, one worker, small batches.
//!
//! # Invariants
//! - Q1. What waits does not keep its module alive; the worker does while it compiles.
//! - Q2. The queue is bounded. A function that finds it full stays cold, and asks again when it is hot again.
//! - Q3. The worker ends with the queue; nobody waits for it.

use crate::code::all_functions;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::{Module, WeakModule};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Jobs that may wait.
const CAPACITY: usize = 4096;
/// Functions in one batch: few, so that the first is published soon.
const BATCH_FUNCTIONS: usize = 8;
/// Bytes of wasm in one batch, beyond its first function.
const BATCH_BYTES: usize = 8 << 10;

/// Something to compile.
pub(crate) enum Job {
    /// A function, claimed.
    Body(WeakModule, DefinedFuncIndex),
    /// A loop, by its number. Where everything lies at its head is found when it is compiled.
    Osr(WeakModule, DefinedFuncIndex, u32),
}

/// Jobs of one module, to be done together.
pub(crate) enum Batch {
    /// Functions.
    Bodies(Module, Vec<DefinedFuncIndex>),
    /// A loop.
    Osr(Module, DefinedFuncIndex, u32),
}

#[derive(Default)]
struct State {
    /// A loop that spins in the interpreter goes before functions that may be called.
    loops: VecDeque<Job>,
    bodies: VecDeque<Job>,
    started: bool,
    closed: bool,
}

/// What waits to be compiled.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more would be accepted, but for races.
    pub(crate) fn has_room(&self) -> bool {
        self.state().bodies.len() < CAPACITY
    }

    /// Appends a job; gives it back when the queue is full or closed. `work` is run on a thread of its own from the
    /// first job on.
    pub(crate) fn push(self: &Arc<Self>, job: Job, work: impl FnOnce() + Send + 'static) -> Result<(), Job> {
        let mut state = self.state();
        if state.closed || state.bodies.len() + state.loops.len() >= 2 * CAPACITY {
            return Err(job);
        }
        if !state.started {
            let spawned = std::thread::Builder::new().name("coracle-compile".into()).spawn(work);
            if spawned.is_err() {
                return Err(job);
            }
            state.started = true;
        }
        match job {
            Job::Osr(..) => state.loops.push_back(job),
            Job::Body(..) => state.bodies.push_back(job),
        }
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The next batch whose module still lives; `None` when the queue is closed. Waits.
    pub(crate) fn next(&self) -> Option<Batch> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            let first = match state.loops.pop_front() {
                Some(job) => Some(job),
                None => state.bodies.pop_front(),
            };
            let batch = match first {
                Some(Job::Osr(module, func, index)) => module.upgrade().map(|module| Batch::Osr(module, func, index)),
                Some(Job::Body(module, func)) => module.upgrade().map(|module| {
                    let funcs = more(&mut state, &module, func);
                    Batch::Bodies(module, funcs)
                }),
                None => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
            };
            if batch.is_some() {
                return batch;
            }
        }
    }

    /// Ends the worker after the batch at hand.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.loops.clear();
        state.bodies.clear();
        drop(state);
        self.changed.notify_all();
    }
}

/// The jobs behind the first one that go well with it.
fn more(state: &mut State, module: &Module, first: DefinedFuncIndex) -> Vec<DefinedFuncIndex> {
    let mut funcs = vec![first];
    let mut bytes = 0;
    while funcs.len() < BATCH_FUNCTIONS && bytes < BATCH_BYTES {
        match state.bodies.front() {
            Some(Job::Body(other, func)) if other.is(module) => {
                bytes += module.body(*func).0.len();
                funcs.push(*func);
                state.bodies.pop_front();
            }
            _ => break,
        }
    }
    funcs
}

/// All functions of a module that nobody has claimed, claimed.
pub(crate) fn claim_all(module: &Module) -> Vec<DefinedFuncIndex> {
    all_functions(module).filter(|&func| module.slot(func).claim()).collect()
}

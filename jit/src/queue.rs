//! Hot functions in, a few threads, small batches.
//!
//! A running loop goes before functions that may be called. Modules take turns; of a module's functions those go first
//! that the strategy says most is to be won by, and those that have cooled go back.
//!
//! # Invariants
//! - Q1. What waits does not keep its module alive; a worker does while it compiles.
//! - Q2. The queue is bounded. A function that finds it full stays cold, and asks again when it is hot again.
//! - Q3. Workers begin when there is more to do than others are free for, and end with the queue; nobody waits for them.
//! - Q4. Whoever is in `bodies` is claimed; it leaves for a batch, or gives its claim back.

use crate::code::all_functions;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::{Module, WeakModule};
use coracle_vm::tier::TierStrategy;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Functions and loops that may wait.
const CAPACITY: usize = 4096;
/// Functions in one batch: few, so that the first is published soon.
const BATCH_FUNCTIONS: usize = 8;
/// Bytes of wasm in one batch, beyond its first function.
const BATCH_BYTES: usize = 8 << 10;

/// Something to compile.
pub(crate) enum Job {
    /// A function, claimed.
    Body(DefinedFuncIndex),
    /// A loop, by its number. Where everything lies at its head is found when it is compiled.
    Osr(DefinedFuncIndex, u32),
}

/// Jobs of one module, to be done together.
pub(crate) enum Batch {
    /// Functions; and those that have cooled, which are no longer claimed.
    Bodies(Module, Vec<DefinedFuncIndex>, Vec<DefinedFuncIndex>),
    /// A loop, and for how long it has waited, in microseconds.
    Osr(Module, DefinedFuncIndex, u32, u64),
}

/// What waits of one module.
struct Waiting {
    key: usize,
    module: WeakModule,
    bodies: HashMap<DefinedFuncIndex, Body>,
}

/// A function that waits.
struct Body {
    bytes: usize,
    since: Instant,
    /// The heat that it has used up meanwhile.
    spent: u64,
}

#[derive(Default)]
struct State {
    loops: VecDeque<(WeakModule, DefinedFuncIndex, u32, Instant)>,
    modules: VecDeque<Waiting>,
    /// How many functions wait.
    bodies: usize,
    /// Workers that have begun.
    workers: usize,
    /// Those of them that wait for something to do.
    idle: usize,
    closed: bool,
}

/// What waits to be compiled.
pub(crate) struct Queue {
    strategy: TierStrategy,
    /// Workers that there may be.
    threads: usize,
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    /// A queue that goes by this strategy, and has so many workers at most.
    pub(crate) fn new(strategy: TierStrategy, threads: usize) -> Self {
        Self { strategy, threads, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more would be accepted, but for races.
    pub(crate) fn has_room(&self) -> bool {
        self.state().bodies < CAPACITY
    }

    /// Adds a job; false when the queue is full or closed. `work` is run by each new worker, which is given its number.
    pub(crate) fn push(self: &Arc<Self>, module: &Module, job: Job, work: impl FnOnce(u32) + Send + 'static) -> bool {
        let mut state = self.state();
        if state.closed || state.bodies + state.loops.len() >= 2 * CAPACITY {
            return false;
        }
        // Whoever is idle has perhaps been told of what waits already, and has not come to it yet.
        if state.idle <= state.loops.len() + state.modules.len() && state.workers < self.threads {
            let number = state.workers as u32 + 1;
            let thread = std::thread::Builder::new().name("coracle-compile".into());
            match thread.spawn(move || work(number)) {
                Ok(_) => state.workers += 1,
                // Those that there are will do.
                Err(_) if state.workers > 0 => {}
                Err(_) => return false,
            }
        }
        match job {
            Job::Osr(func, index) => state.loops.push_back((module.downgrade(), func, index, Instant::now())),
            Job::Body(func) => {
                let body = Body { bytes: module.body(func).0.len(), since: Instant::now(), spent: 0 };
                if state.waiting(module).bodies.insert(func, body).is_none() {
                    state.bodies += 1;
                }
            }
        }
        drop(state);
        self.changed.notify_one();
        true
    }

    /// A function that waits has used up this much heat since it asked before.
    pub(crate) fn asked(&self, module: &Module, func: DefinedFuncIndex, heat: i32) {
        let mut state = self.state();
        let waiting = state.modules.iter_mut().find(|waiting| waiting.key == module.key());
        if let Some(body) = waiting.and_then(|waiting| waiting.bodies.get_mut(&func)) {
            body.spent += u64::from(heat.unsigned_abs());
        }
    }

    /// The next batch whose module still lives; `None` when the queue is closed. Waits.
    pub(crate) fn next(&self) -> Option<Batch> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some((module, func, index, since)) = state.loops.pop_front() {
                if let Some(module) = module.upgrade() {
                    return Some(Batch::Osr(module, func, index, waited_us(since)));
                }
            } else if let Some(waiting) = state.modules.pop_front() {
                if let Some(batch) = self.bodies(&mut state, waiting) {
                    return Some(batch);
                }
            } else {
                state.idle += 1;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    /// What is to be compiled of a module whose turn it is, which goes to the end of the line.
    fn bodies(&self, state: &mut State, mut waiting: Waiting) -> Option<Batch> {
        let before = waiting.bodies.len();
        let module = waiting.module.upgrade();
        let Some(module) = module else {
            state.bodies -= before;
            return None;
        };
        let strategy = &self.strategy;
        let cooled = waiting.bodies.extract_if(|_, body| strategy.has_cooled(body.spent, waited_us(body.since)));
        let cooled: Vec<_> = cooled.map(|(func, _)| func).collect();
        for &func in &cooled {
            module.slot(func).give_back();
        }
        let gain = |body: &Body| strategy.gain(body.bytes, body.spent, waited_us(body.since));
        let mut ranked: Vec<_> = waiting.bodies.iter().map(|(&func, body)| (gain(body), func, body.bytes)).collect();
        if ranked.len() > BATCH_FUNCTIONS {
            ranked.select_nth_unstable_by(BATCH_FUNCTIONS - 1, |a, b| b.cmp(a));
            ranked.truncate(BATCH_FUNCTIONS);
        }
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        let (mut funcs, mut bytes) = (Vec::new(), 0);
        for (_, func, length) in ranked {
            if !funcs.is_empty() && bytes + length > BATCH_BYTES {
                break;
            }
            bytes += if funcs.is_empty() { 0 } else { length };
            waiting.bodies.remove(&func);
            funcs.push(func);
        }
        state.bodies -= before - waiting.bodies.len();
        if !waiting.bodies.is_empty() {
            state.modules.push_back(waiting);
        }
        Some(Batch::Bodies(module, funcs, cooled))
    }

    /// Ends the workers after the batches at hand.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.loops.clear();
        state.modules.clear();
        state.bodies = 0;
        drop(state);
        self.changed.notify_all();
    }
}

impl State {
    /// What waits of this module.
    fn waiting(&mut self, module: &Module) -> &mut Waiting {
        let key = module.key();
        let at = self.modules.iter().position(|waiting| waiting.key == key).unwrap_or_else(|| {
            self.modules.push_back(Waiting { key, module: module.downgrade(), bodies: HashMap::new() });
            self.modules.len() - 1
        });
        &mut self.modules[at]
    }
}

fn waited_us(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// All functions of a module that nobody has claimed, claimed.
pub(crate) fn claim_all(module: &Module) -> Vec<DefinedFuncIndex> {
    all_functions(module).filter(|&func| module.slot(func).claim()).collect()
}

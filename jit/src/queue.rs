//! Hot functions in, a few threads, small batches.
//!
//! Modules take turns, with their loops as with their functions: nobody's loops hold up what others promote. In its turn a
//! module's running loop goes before its functions, which may be called, but no two loops in a row where functions wait;
//! and functions that are shorter than the loop's body go before it until they come to its length together: most of the
//! loop's turns have them then. Of its functions those go first that the strategy says most is to be won by, and those
//! that have cooled go back.
//!
//! # Invariants
//! - Q1. What waits does not keep its module alive; a worker does while it compiles.
//! - Q2. What waits of a module is bounded. A function or loop that finds its module's share taken stays as it is, and asks
//!   again when it is hot again; that of other modules is theirs.
//! - Q3. Workers begin when there is more to do than others are free for, and end with the queue; nobody waits for them.
//! - Q4. Whoever is in `bodies` is claimed; it leaves for a batch, or gives its claim back.
//!
//! Q3, and that what is pushed is taken, are models for loom (CONTRIBUTING.md has the command).

use crate::code::all_functions;
use crate::sync::{Builder, Condvar, Mutex, MutexGuard};
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::{Module, WeakModule};
use coracle_vm::tier::TierStrategy;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// Functions of a module that may wait.
const CAPACITY: usize = 4096;
/// Loops of a module that may wait.
const LOOPS: usize = 256;
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
    /// A loop.
    Osr(Module, DefinedFuncIndex, u32),
}

impl Batch {
    /// How many bodies are to be compiled, and how many bytes they have.
    pub(crate) fn size(&self) -> (u64, u64) {
        let bytes = |module: &Module, func: &DefinedFuncIndex| module.body(*func).0.len() as u64;
        match self {
            Self::Bodies(module, funcs, _) => (funcs.len() as u64, funcs.iter().map(|func| bytes(module, func)).sum()),
            Self::Osr(module, func, ..) => (1, bytes(module, func)),
        }
    }
}

/// What waits of one module.
struct Waiting {
    key: usize,
    module: WeakModule,
    loops: VecDeque<(DefinedFuncIndex, u32)>,
    bodies: HashMap<DefinedFuncIndex, Body>,
    /// Whether its last turn was a loop's.
    loop_last: bool,
    /// Bytes of functions that have gone before the loop that is next.
    ahead: usize,
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
    modules: VecDeque<Waiting>,
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

    /// Whether one more function of the module would be accepted, but for races.
    pub(crate) fn has_room(&self, module: &Module) -> bool {
        let state = self.state();
        let waiting = state.modules.iter().find(|waiting| waiting.key == module.key());
        waiting.is_none_or(|waiting| waiting.bodies.len() < CAPACITY)
    }

    /// Adds a job; false for a loop that finds its module's share taken, and when the queue is closed. `work` is run by
    /// each new worker, which is given its number.
    pub(crate) fn push(self: &Arc<Self>, module: &Module, job: Job, work: impl FnOnce(u32) + Send + 'static) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        // Whoever is idle has perhaps been told of what waits already, and has not come to it yet.
        if state.idle <= state.modules.len() && state.workers < self.threads {
            let number = state.workers as u32 + 1;
            let thread = Builder::new().name("coracle-compile".into());
            match thread.spawn(move || work(number)) {
                Ok(_) => state.workers += 1,
                // Those that there are will do.
                Err(_) if state.workers > 0 => {}
                Err(_) => return false,
            }
        }
        let waiting = state.waiting(module);
        match job {
            Job::Osr(..) if waiting.loops.len() >= LOOPS => return false,
            Job::Osr(func, index) => waiting.loops.push_back((func, index)),
            Job::Body(func) => {
                let body = Body { bytes: module.body(func).0.len(), since: Instant::now(), spent: 0 };
                waiting.bodies.insert(func, body);
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
            if let Some(waiting) = state.modules.pop_front() {
                if let Some(batch) = self.turn(&mut state, waiting) {
                    return Some(batch);
                }
            } else {
                state.idle += 1;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    /// What is to be done for a module whose turn it is, which goes to the end of the line if more waits.
    fn turn(&self, state: &mut State, mut waiting: Waiting) -> Option<Batch> {
        let module = waiting.module.upgrade()?;
        let loop_bytes = waiting.loops.front().map(|&(func, ..)| module.body(func).0.len());
        let most = match loop_bytes {
            Some(_) if waiting.bodies.is_empty() => None,
            Some(bytes) if !waiting.loop_last => {
                let best = self.best(&waiting);
                bytes.checked_sub(waiting.ahead.saturating_add(best)).filter(|_| best < bytes)
            }
            _ => Some(BATCH_BYTES),
        };
        let batch = match most {
            None => {
                (waiting.loop_last, waiting.ahead) = (true, 0);
                waiting.loops.pop_front().map(|(func, index)| Batch::Osr(module, func, index))
            }
            Some(most) => {
                let after_loop = core::mem::take(&mut waiting.loop_last);
                let batch = self.bodies(module, &mut waiting, most.min(BATCH_BYTES));
                // Nothing is ahead of a loop that is not there, nor is what has its turn behind one.
                let counts = loop_bytes.is_some() && !after_loop;
                waiting.ahead += if counts { batch.size().1 as usize } else { 0 };
                Some(batch)
            }
        };
        if !waiting.bodies.is_empty() || !waiting.loops.is_empty() {
            state.modules.push_back(waiting);
        }
        batch
    }

    /// The bytes of the function that most is to be won by.
    fn best(&self, waiting: &Waiting) -> usize {
        let best = waiting.bodies.values().max_by_key(|body| self.gain(body));
        best.map_or(usize::MAX, |body| body.bytes)
    }

    fn gain(&self, body: &Body) -> u64 {
        self.strategy.gain(body.bytes, body.spent, waited_us(body.since))
    }

    /// The functions that are to be compiled next of a module: so many bytes at most, beyond the first of them.
    fn bodies(&self, module: Module, waiting: &mut Waiting, most: usize) -> Batch {
        let strategy = &self.strategy;
        let cooled = waiting.bodies.extract_if(|_, body| strategy.has_cooled(body.spent, waited_us(body.since)));
        let cooled: Vec<_> = cooled.map(|(func, _)| func).collect();
        for &func in &cooled {
            module.slot(func).give_back();
        }
        let rank = |(&func, body): (&_, &Body)| (self.gain(body), func, body.bytes);
        let mut ranked: Vec<_> = waiting.bodies.iter().map(rank).collect();
        if ranked.len() > BATCH_FUNCTIONS {
            ranked.select_nth_unstable_by(BATCH_FUNCTIONS - 1, |a, b| b.cmp(a));
            ranked.truncate(BATCH_FUNCTIONS);
        }
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        let (mut funcs, mut bytes) = (Vec::new(), 0);
        for (_, func, length) in ranked {
            if !funcs.is_empty() && bytes + length > most {
                break;
            }
            bytes += if funcs.is_empty() { 0 } else { length };
            waiting.bodies.remove(&func);
            funcs.push(func);
        }
        Batch::Bodies(module, funcs, cooled)
    }

    /// Ends the workers after the batches at hand.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.modules.clear();
        drop(state);
        self.changed.notify_all();
    }
}

impl State {
    /// What waits of this module.
    fn waiting(&mut self, module: &Module) -> &mut Waiting {
        let key = module.key();
        let at = self.modules.iter().position(|waiting| waiting.key == key).unwrap_or_else(|| {
            let (loops, bodies) = (VecDeque::new(), HashMap::new());
            self.modules.push_back(Waiting {
                key,
                module: module.downgrade(),
                loops,
                bodies,
                loop_last: false,
                ahead: 0,
            });
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::compile::tests::module;
    use coracle_image::entity::EntityRef;
    use coracle_vm::engine::Settings;
    use coracle_vm::tuning::{TierPolicy, Tuning};

    /// Two modules of 20 functions, and a queue whose worker never comes.
    fn two() -> (Arc<Queue>, [Module; 2]) {
        let text = format!("(module {})", "(func)".repeat(20));
        let strategy = TierStrategy::new(TierPolicy::Background, Tuning::default());
        (Arc::new(Queue::new(strategy, 1)), [0, 1].map(|_| module(&text, Settings::default())))
    }

    fn func(index: usize) -> DefinedFuncIndex {
        DefinedFuncIndex::new(index)
    }

    #[test]
    fn loops_of_one_module_hold_up_neither_its_functions_nor_others() {
        let (queue, [one, two]) = two();
        let taken = (0..1000).filter(|&index| queue.push(&one, Job::Osr(func(0), index), |_| ())).count();
        assert_eq!(taken, LOOPS);
        for index in 0..20 {
            assert!(queue.has_room(&one) && queue.push(&one, Job::Body(func(index)), |_| ()));
        }
        assert!(queue.has_room(&two) && queue.push(&two, Job::Body(func(3)), |_| ()));
        assert!(queue.push(&two, Job::Osr(func(4), 0), |_| ()));
        let mut turns = Vec::new();
        for _ in 0..7 {
            turns.push(match queue.next().expect("it is open") {
                Batch::Osr(module, ..) => (module.key() == one.key(), 0),
                Batch::Bodies(module, funcs, _) => (module.key() == one.key(), funcs.len()),
            });
        }
        let wanted = [(true, 0), (false, 0), (true, 8), (false, 1), (true, 0), (true, 8), (true, 0)];
        assert_eq!(turns, wanted, "in turns, loops and functions");
    }

    #[test]
    fn a_loop_in_a_long_body_lets_short_functions_go_first() {
        let text = format!("(module (func {}) {})", "(nop)".repeat(20), "(func (nop))".repeat(20));
        let strategy = TierStrategy::new(TierPolicy::Background, Tuning::default());
        let (queue, module) = (Arc::new(Queue::new(strategy, 1)), module(&text, Settings::default()));
        for index in 1..20 {
            assert!(queue.push(&module, Job::Body(func(index)), |_| ()));
        }
        assert!(queue.push(&module, Job::Osr(func(0), 0), |_| ()) && queue.push(&module, Job::Osr(func(0), 1), |_| ()));
        let mut turns = Vec::new();
        for _ in 0..5 {
            turns.push(match queue.next().expect("it is open") {
                Batch::Osr(..) => 0,
                Batch::Bodies(_, funcs, _) => funcs.len(),
            });
        }
        // Together no longer than the loop, which has 22 bytes; and in their own turn as many as ever.
        assert_eq!(turns, [7, 0, 8, 4, 0]);
    }

    #[test]
    fn what_waits_of_a_dead_module_is_forgotten() {
        let (queue, [one, two]) = two();
        assert!(queue.push(&one, Job::Osr(func(0), 0), |_| ()) && queue.push(&one, Job::Body(func(1)), |_| ()));
        assert!(queue.push(&two, Job::Body(func(2)), |_| ()));
        drop(one);
        assert!(matches!(queue.next(), Some(Batch::Bodies(module, ..)) if module.key() == two.key()));
        queue.close();
        assert!(queue.next().is_none());
    }
}

#[cfg(all(test, loom))]
mod model {
    //! Models of the queue: loom runs each in every order that its threads allow, and finds threads that wait for ever.

    use super::{Batch, Job, Queue};
    use crate::compile::tests;
    use crate::sync::Builder;
    use coracle_image::entity::{DefinedFuncIndex, EntityRef};
    use coracle_vm::engine::Settings;
    use coracle_vm::module::Module;
    use coracle_vm::tier::{Promotion, TierStrategy};
    use coracle_vm::tuning::{TierPolicy, Tuning};
    use loom::sync::{Condvar, Mutex};
    use loom::thread;
    use std::sync::Arc;

    /// What workers have taken, and a bell for whoever waits for that.
    #[derive(Default)]
    struct Taken {
        jobs: Mutex<Vec<usize>>,
        more: Condvar,
    }

    impl Taken {
        fn wait_for(&self, count: usize) -> Vec<usize> {
            let mut jobs = self.jobs.lock().expect("no panic");
            while jobs.len() < count {
                jobs = self.more.wait(jobs).expect("no panic");
            }
            jobs.clone()
        }
    }

    /// A module, made on a stack that has room for that: those of loom's threads are small.
    fn module(text: &'static str) -> Module {
        let make = move || tests::module(text, Settings::default());
        Builder::new().stack_size(1 << 17).spawn(make).expect("a thread").join().expect("no panic")
    }

    fn queue(threads: usize) -> Arc<Queue> {
        Arc::new(Queue::new(TierStrategy::new(TierPolicy::Background, Tuning::default()), threads))
    }

    /// What a worker does: takes batches until there are no more, and does nothing with them.
    fn work(queue: &Arc<Queue>, taken: &Arc<Taken>) -> impl FnOnce(u32) + Send + 'static {
        let (queue, taken) = (queue.clone(), taken.clone());
        move |_| {
            while let Some(batch) = queue.next() {
                let mut jobs = taken.jobs.lock().expect("no panic");
                match batch {
                    // What waited for too long in this model's own time is asked for again by nobody.
                    Batch::Bodies(_, funcs, cooled) => {
                        jobs.extend(funcs.into_iter().chain(cooled).map(EntityRef::index))
                    }
                    Batch::Osr(_, _, index) => jobs.push(100 + index as usize),
                }
                taken.more.notify_one();
            }
        }
    }

    fn push(queue: &Arc<Queue>, module: &Module, index: usize, taken: &Arc<Taken>) -> bool {
        let func = DefinedFuncIndex::new(index);
        module.slot(func).claim() && queue.push(module, Job::Body(func), work(queue, taken))
    }

    /// Whatever is pushed is taken, once, by whichever worker, however few they are: no bell is rung in vain.
    #[test]
    fn what_is_pushed_is_taken_once() {
        for threads in [1, 2] {
            let mut model = loom::model::Builder::new();
            model.preemption_bound = Some(3);
            model.check(move || {
                let (queue, taken) = (queue(threads), Arc::new(Taken::default()));
                let module = module("(module (func) (func))");
                let other = {
                    let (queue, module, taken) = (queue.clone(), module.clone(), taken.clone());
                    thread::spawn(move || assert!(push(&queue, &module, 0, &taken)))
                };
                assert!(push(&queue, &module, 1, &taken));
                let mut jobs = taken.wait_for(2);
                jobs.sort_unstable();
                assert_eq!(jobs, [0, 1]);
                other.join().expect("no panic");
                queue.close();
            });
        }
    }

    /// A queue that is closed while somebody pushes ends its workers, whether or not they have come to what was pushed; nothing
    /// is taken afterwards.
    #[test]
    fn who_pushes_while_it_is_closed_leaves_no_worker() {
        loom::model(|| {
            let (queue, taken) = (queue(1), Arc::new(Taken::default()));
            let module = module("(module (func))");
            let other = {
                let (queue, module, taken) = (queue.clone(), module.clone(), taken.clone());
                thread::spawn(move || push(&queue, &module, 0, &taken))
            };
            queue.close();
            let pushed = other.join().expect("no panic");
            assert!(queue.next().is_none() && !push_again(&queue, &module, &taken));
            assert_eq!(module.slot(DefinedFuncIndex::new(0)).promotion(), Promotion::Queued);
            // Loom tells of workers that wait for ever.
            let jobs = taken.jobs.lock().expect("no panic").len();
            assert!(jobs <= usize::from(pushed));
        });
    }

    fn push_again(queue: &Arc<Queue>, module: &Module, taken: &Arc<Taken>) -> bool {
        queue.push(module, Job::Osr(DefinedFuncIndex::new(0), 0), work(queue, taken))
    }
}

//! `Compiler` for the engine: a hot function or loop comes in, code is published or a reason logged.
//!
//! # Invariants
//! - Whoever claims a slot publishes or refuses it, or leaves it queued because its module is dying.
//! - Locks are held for look-ups only: nobody waits for a compilation that is not its own.
//! - A worker outlives whatever happens in a batch.

use crate::code::memory::Budget;
use crate::code::{Made, ModuleCode};
use crate::compile::Workbench;
use crate::compile::refusal::Refusal;
use crate::events::Events;
use crate::perf::PerfMap;
use crate::queue::{Batch, Job, Queue, claim_all};
use crate::{Options, isa, trap};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::provider;
use coracle_vm::tier::{ArrayEntry, Compiler, LoopChoice, Promotion, Reply, TierChange, TierEvent, When};
use cranelift_codegen::isa::OwnedTargetIsa;
use hashbrown::HashMap;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

#[cfg(test)]
mod tests;

/// Bytes of the host's stack that a compilation may take.
const COMPILE_STACK_BYTES: usize = 1 << 20;

/// The compiler of one engine.
pub(crate) struct Jit {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    /// The target, or why nothing is compiled here.
    isa: core::result::Result<OwnedTargetIsa, Refusal>,
    budget: Arc<Budget>,
    queue: Arc<Queue>,
    modules: Mutex<HashMap<usize, Arc<ModuleEntry>>>,
    events: Events,
    perf_map: Option<Arc<PerfMap>>,
    /// Buffers that nobody compiles with at the moment.
    benches: Mutex<Vec<Workbench>>,
}

/// What belongs to one module.
#[derive(Default)]
struct ModuleEntry {
    code: OnceLock<core::result::Result<ModuleCode, Refusal>>,
    loops: Mutex<HashMap<(DefinedFuncIndex, u32), LoopState>>,
}

/// How far one loop's OSR function has come.
#[derive(Clone, Copy)]
enum LoopState {
    /// It waits; and when it asked last.
    Queued(Instant),
    /// Its entry, the bytes of its code, and when a frame went on in it last.
    Ready(ArrayEntry, u32, Option<Instant>),
    Refused,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a compilation for a caller that waits for it; on a thread of its own where the caller's stack might end, since a
/// guest may be met for the first time anywhere on any stack. False if there is no such thread to be had.
fn with_stack(compile: impl FnOnce() + Send) -> bool {
    if provider::stack_left().is_some_and(|bytes| bytes >= COMPILE_STACK_BYTES) {
        compile();
        return true;
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("coracle-compile".into()).stack_size(2 * COMPILE_STACK_BYTES);
        let Ok(thread) = thread.spawn_scoped(scope, compile) else { return false };
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
        true
    })
}

/// How many threads compile: half of what there is, so that guests have the rest; more than four find little to do.
fn threads(wanted: Option<NonZeroUsize>) -> usize {
    let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    wanted.map_or_else(|| (processors() / 2).clamp(1, 4), NonZeroUsize::get)
}

fn no_thread() -> Refusal {
    Refusal::new("there is no compile thread")
}

impl Jit {
    /// A compiler with these options.
    pub(crate) fn new(options: Options) -> Self {
        let isa = isa::host(&options.settings).and_then(|isa| trap::install().map(|()| isa)).map_err(Refusal::new);
        let budget = Arc::new(Budget::new(options.code_limit_bytes));
        let queue = Arc::new(Queue::new(options.strategy, threads(options.threads)));
        let events = Events::new(options.log.clone());
        // Without it nothing is missing but names.
        let perf_map = options.perf_map.then(|| PerfMap::open().ok()).flatten().map(Arc::new);
        let (modules, benches) = Default::default();
        let shared = Shared { options, isa, budget, queue, modules, events, perf_map, benches };
        Self { shared: Arc::new(shared) }
    }

    /// Hands a job to the worker; whether it takes it.
    fn enqueue(&self, module: &Module, job: Job) -> bool {
        let shared = self.shared.clone();
        self.shared.queue.push(module, job, move |thread| shared.work(thread))
    }

    /// The heat after which what waits asks again.
    fn patience(&self, module: &Module, func: DefinedFuncIndex) -> i32 {
        self.shared.options.strategy.patience(module.body(func).0.len())
    }
}

impl Jit {
    /// A loop gets code of its own, now or behind.
    fn new_loop(
        &self,
        module: &Module,
        entry: &ModuleEntry,
        key: (DefinedFuncIndex, u32),
    ) -> core::result::Result<ArrayEntry, Reply> {
        let (func, index) = key;
        if lock(&entry.loops).insert(key, LoopState::Queued(Instant::now())).is_some() {
            // Somebody was faster.
            return Err(Reply::Wait(self.patience(module, func)));
        }
        if self.shared.options.strategy.when() == When::Behind {
            if !self.enqueue(module, Job::Osr(func, index)) {
                lock(&entry.loops).remove(&key);
            }
            return Err(Reply::Wait(self.patience(module, func)));
        }
        self.shared.compile_loop_now(module, func, index);
        // Asks again, and finds what has become of it.
        let made = matches!(lock(&entry.loops).get(&key), Some(LoopState::Ready(..)));
        if made { self.loop_hot(module, func, index) } else { Err(Reply::Never) }
    }
}

impl Drop for Jit {
    fn drop(&mut self) {
        self.shared.queue.close();
    }
}

impl Compiler for Jit {
    fn call_hot(&self, module: &Module, func: DefinedFuncIndex) -> Reply {
        let slot = module.slot(func);
        let patience = self.patience(module, func);
        match slot.promotion() {
            Promotion::Published => return Reply::Published,
            Promotion::Refused => return Reply::Never,
            Promotion::Queued => {
                self.shared.queue.asked(module, func, patience);
                return Reply::Wait(patience);
            }
            Promotion::Cold => {}
        }
        match self.shared.options.strategy.when() {
            When::Never => Reply::Never,
            When::Behind => {
                if !self.shared.queue.has_room(module) || !slot.claim() {
                    return Reply::Wait(patience);
                }
                self.shared.events.tell(module, func, TierChange::Queued);
                if self.enqueue(module, Job::Body(func)) {
                    return Reply::Wait(patience);
                }
                self.shared.refuse(module, &[func], &no_thread());
                Reply::Never
            }
            When::Now => {
                if !slot.claim() {
                    return Reply::Wait(patience);
                }
                self.shared.compile_bodies_now(module, &[func]);
                match slot.promotion() {
                    Promotion::Published => Reply::Published,
                    _ => Reply::Never,
                }
            }
        }
    }

    fn loop_hot(&self, module: &Module, func: DefinedFuncIndex, index: u32) -> core::result::Result<ArrayEntry, Reply> {
        let entry = self.shared.entry(module);
        let key = (func, index);
        let wait = Err(Reply::Wait(self.patience(module, func)));
        let known = {
            let mut loops = lock(&entry.loops);
            let known = loops.get(&key).copied();
            match known {
                Some(LoopState::Ready(code, bytes, _)) => {
                    loops.insert(key, LoopState::Ready(code, bytes, Some(Instant::now())));
                }
                Some(LoopState::Queued(_)) => {
                    loops.insert(key, LoopState::Queued(Instant::now()));
                }
                Some(LoopState::Refused) | None => {}
            }
            known
        };
        match known {
            Some(LoopState::Refused) => Err(Reply::Never),
            Some(LoopState::Queued(_)) => wait,
            Some(LoopState::Ready(code, code_bytes, entered)) => {
                if entered.is_some() {
                    // Called again and hot again: worth an entry from the start.
                    let _ = self.call_hot(module, func);
                } else {
                    self.shared.events.tell(module, func, TierChange::LoopEntered { index, code_bytes });
                }
                Ok(code)
            }
            None => {
                let slot = module.slot(func);
                match self.shared.options.strategy.hot_loop(slot.promotion(), slot.calls()) {
                    LoopChoice::Stay => Err(Reply::Never),
                    LoopChoice::Enter => self.new_loop(module, &entry, key),
                    // What waits has asked again.
                    LoopChoice::Body | LoopChoice::Wait => match self.call_hot(module, func) {
                        Reply::Published => wait,
                        reply => Err(reply),
                    },
                }
            }
        }
    }

    fn module_loaded(&self, module: &Module) -> Result<()> {
        if self.shared.options.strategy.compiles_all() {
            if let Err(refusal) = &self.shared.isa {
                return Err(Error::fault(ErrorKind::Resource, refusal.to_string()));
            }
            let funcs = claim_all(module);
            self.shared.compile_bodies_now(module, &funcs);
        }
        Ok(())
    }

    fn module_dropped(&self, key: usize) {
        let entry = lock(&self.shared.modules).remove(&key);
        drop(entry);
    }

    fn take_events(&self) -> Vec<TierEvent> {
        self.shared.events.take()
    }

    fn leave_process(&self) {
        trap::uninstall();
    }
}

impl Shared {
    /// A worker: until the queue is closed.
    fn work(&self, thread: u32) {
        Events::on_thread(thread);
        let (mut bodies, mut bytes, mut gave_way) = (0, 0, false);
        while let Some(batch) = self.queue.next() {
            let (more, more_bytes) = batch.size();
            (bodies, bytes) = (bodies + more, bytes + more_bytes);
            if !gave_way && self.options.strategy.gives_way(bodies, bytes) {
                provider::give_way();
                gave_way = true;
            }
            match batch {
                Batch::Bodies(module, funcs, cooled) => {
                    for func in cooled {
                        self.events.tell(&module, func, TierChange::Cooled);
                    }
                    self.outlive(&module, &funcs, || self.compile_bodies(&module, &funcs));
                }
                Batch::Osr(module, func, index) => {
                    let key = (func, index);
                    if !self.forget_ended(&module, key) {
                        self.outlive(&module, &[], || self.compile_loop(&module, func, index));
                        let entry = self.entry(&module);
                        let mut loops = lock(&entry.loops);
                        if matches!(loops.get(&key), Some(LoopState::Queued(_))) {
                            loops.insert(key, LoopState::Refused);
                        }
                    }
                }
            }
        }
    }

    /// Does a batch; what is left claimed by a panic is refused.
    fn outlive(&self, module: &Module, funcs: &[DefinedFuncIndex], batch: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(batch)) {
            mem::forget(panic);
            let left: Vec<_> =
                funcs.iter().copied().filter(|&func| module.slot(func).promotion() == Promotion::Queued).collect();
            self.refuse(module, &left, &Refusal::new("the compiler failed"));
        }
    }

    /// A loop that turns no more is as if it had never asked: one that has not asked for long, or whose frame has gone on
    /// in native code since, from another loop of its body.
    fn forget_ended(&self, module: &Module, key: (DefinedFuncIndex, u32)) -> bool {
        let entry = self.entry(module);
        let mut loops = lock(&entry.loops);
        let Some(&LoopState::Queued(asked)) = loops.get(&key) else { return false };
        let left = |(of, state): (&(DefinedFuncIndex, u32), &LoopState)| {
            of.0 == key.0 && matches!(state, LoopState::Ready(.., Some(entered)) if *entered > asked)
        };
        let silent_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        let bytes = module.body(key.0).0.len();
        let ended = self.options.strategy.has_ended(bytes, silent_us) || loops.iter().any(left);
        if ended {
            loops.remove(&key);
        }
        ended
    }

    fn entry(&self, module: &Module) -> Arc<ModuleEntry> {
        lock(&self.modules).entry(module.key()).or_default().clone()
    }

    /// Runs `f` with the module's code, which is made at the first call, and with buffers to compile in.
    fn with_code<R>(
        &self,
        module: &Module,
        f: impl FnOnce(&ModuleCode, &mut Workbench) -> R,
    ) -> core::result::Result<R, Refusal> {
        let entry = self.entry(module);
        let make = |isa| ModuleCode::new(module, isa, self.budget.clone(), self.perf_map.clone());
        let code = entry.code.get_or_init(|| self.isa.clone().and_then(make)).as_ref().map_err(Refusal::clone)?;
        let mut bench = lock(&self.benches).pop().unwrap_or_else(Workbench::new);
        let result = f(code, &mut bench);
        lock(&self.benches).push(bench);
        Ok(result)
    }

    /// Compiles functions whose claims the caller holds.
    fn compile_bodies(&self, module: &Module, funcs: &[DefinedFuncIndex]) {
        if funcs.is_empty() {
            return;
        }
        match self.with_code(module, |code, bench| code.bodies(module, funcs, bench)) {
            Ok(outcomes) => {
                for (&func, outcome) in funcs.iter().zip(outcomes) {
                    match outcome {
                        Ok(Made { us, bytes, .. }) => {
                            let change = TierChange::Promoted { code_bytes: bytes, compile_us: us };
                            self.events.tell(module, func, change);
                        }
                        Err(refusal) => self.refused(module, func, &refusal),
                    }
                }
            }
            Err(refusal) => self.refuse(module, funcs, &refusal),
        }
    }

    /// The same for a caller that waits, wherever its stack ends.
    fn compile_bodies_now(&self, module: &Module, funcs: &[DefinedFuncIndex]) {
        if !with_stack(|| self.compile_bodies(module, funcs)) {
            self.refuse(module, funcs, &no_thread());
        }
    }

    /// The same for a loop.
    fn compile_loop_now(&self, module: &Module, func: DefinedFuncIndex, index: u32) {
        if !with_stack(|| self.compile_loop(module, func, index)) {
            self.refused(module, func, &no_thread());
            lock(&self.entry(module).loops).insert((func, index), LoopState::Refused);
        }
    }

    fn compile_loop(&self, module: &Module, func: DefinedFuncIndex, index: u32) {
        let made = match internals::interpreter(module.engine()).loop_head(module, func, index) {
            Some(head) => {
                self.with_code(module, |code, bench| code.osr(module, func, &head, bench)).and_then(|made| made)
            }
            None => Err(Refusal::new("the loop to enter is not in the body")),
        };
        let state = match &made {
            Ok(made) => LoopState::Ready(made.value, made.bytes, None),
            Err(_) => LoopState::Refused,
        };
        match &made {
            Ok(Made { us, bytes, .. }) => {
                let change = TierChange::LoopCompiled { index, code_bytes: *bytes, compile_us: *us };
                self.events.tell(module, func, change);
            }
            Err(refusal) => self.refused(module, func, refusal),
        }
        lock(&self.entry(module).loops).insert((func, index), state);
    }

    /// Refuses functions whose claims the caller holds.
    fn refuse(&self, module: &Module, funcs: &[DefinedFuncIndex], refusal: &Refusal) {
        for &func in funcs {
            module.slot(func).refuse();
            self.refused(module, func, refusal);
        }
    }

    fn refused(&self, module: &Module, func: DefinedFuncIndex, refusal: &Refusal) {
        self.events.tell(module, func, TierChange::Refused { reason: refusal.to_string() });
    }
}

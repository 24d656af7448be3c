//! `Compiler` for the engine: a hot function or loop comes in, code is published or a reason logged.
//!
//! # Invariants
//! - Whoever claims a slot publishes or refuses it, or leaves it queued because its module is dying.
//! - The map of modules is locked for look-ups only. A module's code is locked while it compiles; what a running loop
//!   asks (`loops`) is locked for look-ups only, so that it never waits for a compilation that is not its own.

use crate::code::memory::Budget;
use crate::code::{Made, ModuleCode};
use crate::compile::refusal::Refusal;
use crate::names;
use crate::queue::{Batch, Job, Queue, claim_all};
use crate::{Options, isa, trap};
use coracle_error::{Error, ErrorKind, Result};
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::provider;
use coracle_vm::tier::{ArrayEntry, Compiler, Promotion, Reply, TierChange, TierEvent};
use coracle_vm::tuning::TierPolicy;
use cranelift_codegen::isa::OwnedTargetIsa;
use hashbrown::HashMap;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Heat until a caller asks again for what is being compiled.
const ASK_AGAIN_CALLS: i32 = 2_000;
/// Turns until a loop asks again for what is being compiled.
const ASK_AGAIN_TURNS: i32 = 1_000;

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
}

/// What belongs to one module.
#[derive(Default)]
struct ModuleEntry {
    code: Mutex<Option<core::result::Result<ModuleCode, Refusal>>>,
    loops: Mutex<HashMap<(DefinedFuncIndex, u32), LoopState>>,
}

/// How far one loop's OSR function has come.
#[derive(Clone, Copy)]
enum LoopState {
    Queued,
    /// Its entry, the bytes of its code, and whether a call has gone through it.
    Ready(ArrayEntry, u32, bool),
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
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("coracle-compile".into()).stack_size(2 * COMPILE_STACK_BYTES);
        let Ok(thread) = thread.spawn_scoped(scope, compile) else { return false };
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
        true
    })
}

fn no_thread() -> Refusal {
    Refusal::new("there is no compile thread")
}

impl Jit {
    /// A compiler with these options.
    pub(crate) fn new(options: Options) -> Self {
        let isa = isa::host(&options.settings).and_then(|isa| trap::install().map(|()| isa)).map_err(Refusal::new);
        let budget = Arc::new(Budget::new(options.code_limit_bytes));
        let shared = Shared { options, isa, budget, queue: Arc::default(), modules: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Hands a job to the worker.
    fn enqueue(&self, job: Job) -> core::result::Result<(), Job> {
        let shared = self.shared.clone();
        self.shared.queue.push(job, move || shared.work())
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
        match slot.promotion() {
            Promotion::Published => return Reply::Published,
            Promotion::Refused => return Reply::Never,
            Promotion::Queued => return Reply::Wait(ASK_AGAIN_CALLS),
            Promotion::Cold => {}
        }
        match self.shared.options.policy {
            TierPolicy::Background => {
                if !self.shared.queue.has_room() || !slot.claim() {
                    return Reply::Wait(ASK_AGAIN_CALLS);
                }
                self.shared.log(module, func, TierChange::Queued);
                match self.enqueue(Job::Body(module.downgrade(), func)) {
                    Ok(()) => Reply::Wait(ASK_AGAIN_CALLS),
                    Err(_) => {
                        self.shared.refuse(module, &[func], &no_thread());
                        Reply::Never
                    }
                }
            }
            TierPolicy::Sync(_) | TierPolicy::Eager => {
                if !slot.claim() {
                    return Reply::Wait(ASK_AGAIN_CALLS);
                }
                self.shared.compile_bodies_now(module, &[func]);
                match slot.promotion() {
                    Promotion::Published => Reply::Published,
                    _ => Reply::Never,
                }
            }
            _ => Reply::Never,
        }
    }

    fn loop_hot(&self, module: &Module, func: DefinedFuncIndex, index: u32) -> core::result::Result<ArrayEntry, Reply> {
        let entry = self.shared.entry(module);
        let key = (func, index);
        let known = {
            let mut loops = lock(&entry.loops);
            let known = loops.get(&key).copied();
            match known {
                None if module.slot(func).promotion() == Promotion::Refused => return Err(Reply::Never),
                None => drop(loops.insert(key, LoopState::Queued)),
                Some(LoopState::Ready(code, bytes, _)) => drop(loops.insert(key, LoopState::Ready(code, bytes, true))),
                Some(LoopState::Queued | LoopState::Refused) => {}
            }
            known
        };
        match known {
            Some(LoopState::Refused) => Err(Reply::Never),
            Some(LoopState::Queued) => Err(Reply::Wait(ASK_AGAIN_TURNS)),
            Some(LoopState::Ready(code, code_bytes, entered)) => {
                if entered {
                    // Called again and hot again: worth an entry from the start.
                    let _ = self.call_hot(module, func);
                } else {
                    self.shared.log(module, func, TierChange::LoopEntered { index, code_bytes });
                }
                Ok(code)
            }
            None if self.shared.options.policy == TierPolicy::Background => {
                match self.enqueue(Job::Osr(module.downgrade(), func, index)) {
                    Ok(()) => Err(Reply::Wait(ASK_AGAIN_TURNS)),
                    Err(_) => {
                        lock(&entry.loops).remove(&key);
                        Err(Reply::Wait(ASK_AGAIN_TURNS))
                    }
                }
            }
            None if !matches!(self.shared.options.policy, TierPolicy::Sync(_) | TierPolicy::Eager) => Err(Reply::Never),
            None => {
                self.shared.compile_loop_now(module, func, index);
                // Asks again, and finds what has become of it.
                match lock(&entry.loops).get(&key) {
                    Some(LoopState::Ready(..)) => {}
                    _ => return Err(Reply::Never),
                }
                self.loop_hot(module, func, index)
            }
        }
    }

    fn module_loaded(&self, module: &Module) -> Result<()> {
        if self.shared.options.policy == TierPolicy::Eager {
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
}

impl Shared {
    /// The worker: until the queue is closed.
    fn work(&self) {
        while let Some(batch) = self.queue.next() {
            match batch {
                Batch::Bodies(module, funcs) => self.compile_bodies(&module, &funcs),
                Batch::Osr(module, func, index) => self.compile_loop(&module, func, index),
            }
        }
    }

    fn entry(&self, module: &Module) -> Arc<ModuleEntry> {
        lock(&self.modules).entry(module.key()).or_default().clone()
    }

    /// Runs `f` with the module's code, which is made at the first call.
    fn with_code<R>(&self, module: &Module, f: impl FnOnce(&mut ModuleCode) -> R) -> core::result::Result<R, Refusal> {
        let entry = self.entry(module);
        let mut code = lock(&entry.code);
        let code = code
            .get_or_insert_with(|| self.isa.clone().and_then(|isa| ModuleCode::new(module, isa, self.budget.clone())));
        match code {
            Ok(code) => Ok(f(code)),
            Err(refusal) => Err(refusal.clone()),
        }
    }

    /// Compiles functions whose claims the caller holds.
    fn compile_bodies(&self, module: &Module, funcs: &[DefinedFuncIndex]) {
        if funcs.is_empty() {
            return;
        }
        match self.with_code(module, |code| code.bodies(module, funcs)) {
            Ok(outcomes) => {
                for (&func, outcome) in funcs.iter().zip(outcomes) {
                    match outcome {
                        Ok(Made { us, bytes, .. }) => {
                            let change = TierChange::Promoted { code_bytes: bytes, compile_us: us };
                            self.log(module, func, change);
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
            Some(head) => self.with_code(module, |code| code.osr(module, func, &head)).and_then(|made| made),
            None => Err(Refusal::new("the loop to enter is not in the body")),
        };
        let state = match &made {
            Ok(made) => LoopState::Ready(made.value, made.bytes, false),
            Err(_) => LoopState::Refused,
        };
        if let Err(refusal) = &made {
            self.refused(module, func, refusal);
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
        self.log(module, func, TierChange::Refused { reason: refusal.to_string() });
    }

    /// Tells the embedder. A panic of its log ends here: behind this stand native frames, the promise of a slot, or the
    /// thread that compiles for all.
    fn log(&self, module: &Module, func: DefinedFuncIndex, change: TierChange) {
        if let Some(log) = &self.options.log {
            let event = TierEvent {
                module: module.data().name.clone(),
                func: module.data().imported.funcs + func.as_u32(),
                name: names::function(module, func),
                change,
            };
            // What the closure left half done is its own.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| log(&event))) {
                // To drop what a panic carries may panic once more.
                mem::forget(panic);
            }
        }
    }
}

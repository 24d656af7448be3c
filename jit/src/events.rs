//! What is told of tiers: to the embedder's log as it happens, and to whoever asks later.
//!
//! What is kept names no function, since to find a name takes time that is linear in the names: it is looked up when
//! somebody asks, if the module still lives.
//!
//! # Invariants
//! - What is kept is bounded, and keeps no module alive.
//! - The embedder's log runs under no lock, and its panics end here: behind this stand native frames, the promise of a
//!   slot, or a thread that compiles for all.

use crate::names;
use coracle_image::entity::DefinedFuncIndex;
use coracle_vm::module::{Module, WeakModule};
use coracle_vm::tier::{TierChange, TierEvent, TierLog};
use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Events that are kept.
const KEPT: usize = 4096;

thread_local! {
    /// Which compile thread this is; 0 for all others.
    static THREAD: Cell<u32> = const { Cell::new(0) };
}

/// What has happened, and who is told.
pub(crate) struct Events {
    begun: Instant,
    log: Option<TierLog>,
    kept: Mutex<VecDeque<Kept>>,
}

/// An event without the names that a living module tells.
struct Kept {
    module: WeakModule,
    func: DefinedFuncIndex,
    event: TierEvent,
}

impl Events {
    /// None yet.
    pub(crate) fn new(log: Option<TierLog>) -> Self {
        Self { begun: Instant::now(), log, kept: Mutex::default() }
    }

    /// From now on this is compile thread number `thread`.
    pub(crate) fn on_thread(thread: u32) {
        THREAD.set(thread);
    }

    /// Tells of a change.
    pub(crate) fn tell(&self, module: &Module, func: DefinedFuncIndex, change: TierChange) {
        let mut event = TierEvent {
            at_us: u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            thread: THREAD.get(),
            module: module.data().name.clone(),
            func: module.data().imported.funcs + func.as_u32(),
            name: None,
            change,
        };
        self.keep(Kept { module: module.downgrade(), func, event: event.clone() });
        if let Some(log) = &self.log {
            event.name = names::function(module, func);
            // What the closure left half done is its own.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| log(&event))) {
                // To drop what a panic carries may panic once more.
                mem::forget(panic);
            }
        }
    }

    fn keep(&self, kept: Kept) {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == KEPT {
            all.pop_front();
        }
        all.push_back(kept);
    }

    /// Takes what is kept.
    pub(crate) fn take(&self) -> Vec<TierEvent> {
        let kept = mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let named = |Kept { module, func, event }: Kept| {
            let name = module.upgrade().and_then(|module| names::function(&module, func));
            TierEvent { name, ..event }
        };
        kept.into_iter().map(named).collect()
    }
}

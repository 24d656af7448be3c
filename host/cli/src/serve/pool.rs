//! Instances that may answer another request, until they have answered as many as they may.
//!
//! # Invariants
//! - What has trapped, or was stopped in the middle, is never here.
//! - The last one that came is the first that goes: those that are not needed grow old, and are dropped.

use crate::state::State;
use coracle::Store;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use wasmtime_wasi_http::p2::bindings::Proxy;

/// An instance, and how often it has answered.
pub(crate) struct Worker {
    pub(crate) store: Store<State>,
    pub(crate) proxy: Proxy,
    pub(crate) served: u32,
}

/// Instances that have nothing to do.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<Vec<(Instant, Worker)>>,
}

impl Pool {
    /// One that is there.
    pub(crate) fn take(&self) -> Option<Worker> {
        self.with(|idle| idle.pop()).map(|(_, worker)| worker)
    }

    pub(crate) fn put(&self, worker: Worker) {
        self.with(|idle| idle.push((Instant::now(), worker)));
    }

    /// Drops those that have been here for so long.
    pub(crate) fn drop_older(&self, than: Duration) {
        let old: Vec<_> = self.with(|idle| {
            let kept = idle.iter().position(|(since, _)| since.elapsed() < than).unwrap_or(idle.len());
            idle.drain(..kept).collect()
        });
        // To drop a store takes a while; nobody waits for the lock meanwhile.
        drop(old);
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<(Instant, Worker)>) -> R) -> R {
        // Nothing that runs under the lock leaves the list half changed.
        work(&mut self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

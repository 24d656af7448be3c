//! The store's arena of host references and exceptions.
//!
//! `externref` and `exnref` cells hold an index into it plus one (D14). A limit with its own trap bounds how many
//! entries there are. Cells of references are known to the tiers' translators, so precise roots can be added without
//! a change of the cells. Until then:
//!
//! # Invariants
//! - R1. What the host has, or ever had, a handle on lives as long as the store.
//! - R2. An exception is *fresh* from its `throw` until a guest throws it again by reference. A handler that takes no
//!   reference ends a fresh exception: nothing else refers to it.
//! - R3. Other exceptions are freed between calls from the host, unless a global, a table, a segment or a living
//!   exception refers to them.

use crate::raw::RawVal;
use crate::tier::VmTag;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::Trap;
use coracle_image::limits::STORE_REFERENCES;
use core::any::Any;
use core::sync::atomic::{AtomicBool, Ordering};
use smallvec::SmallVec;

/// What a reference cell refers to.
pub enum Referent {
    /// A value of the host's.
    Host(Box<dyn Any + Send + Sync>),
    /// An exception.
    Exception(Exception),
}

/// An exception: its tag, by address, and its arguments.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The tag: its address is its identity.
    pub tag: *const VmTag,
    /// The arguments' cells, in order.
    pub args: SmallVec<[RawVal; 2]>,
}

/// One place of the arena.
enum Entry {
    /// Nothing; and the next place that is free.
    Free(u32),
    /// Something that lives as long as the store (R1).
    Kept(Referent),
    /// An exception of a guest's, and whether the host has seen it (R1).
    Exception { exception: Exception, fresh: bool, seen: AtomicBool },
}

/// No place.
const NONE: u32 = u32::MAX;
/// Entries below which nothing is freed between calls: going through all of them has to be worth it.
const FIRST_SWEEP: usize = 1 << 10;

/// All host references and exceptions of a store.
pub struct RefArena {
    entries: Vec<Entry>,
    free: u32,
    used: usize,
    sweep_at: usize,
}

impl Default for RefArena {
    fn default() -> Self {
        Self { entries: Vec::new(), free: NONE, used: 0, sweep_at: FIRST_SWEEP }
    }
}

/// The place that a cell names; `None` for null. A reference has 32 bits; what lies above is not said.
fn place(cell: RawVal) -> Option<usize> {
    (cell.u32() as usize).checked_sub(1)
}

impl RefArena {
    /// Adds an entry that lives as long as the store, and returns the cell that refers to it.
    ///
    /// # Errors
    /// `Trap::ReferenceLimit` when the arena is full.
    pub fn keep(&mut self, referent: Referent) -> Result<RawVal, Trap> {
        self.add(Entry::Kept(referent))
    }

    /// Adds an exception that a guest throws, and returns the cell that refers to it.
    ///
    /// # Errors
    /// `Trap::ReferenceLimit` when the arena is full.
    pub fn throw(&mut self, exception: Exception) -> Result<RawVal, Trap> {
        self.add(Entry::Exception { exception, fresh: true, seen: AtomicBool::new(false) })
    }

    fn add(&mut self, entry: Entry) -> Result<RawVal, Trap> {
        if self.free == NONE {
            if self.entries.len() >= STORE_REFERENCES as usize || self.entries.try_reserve(1).is_err() {
                return Err(Trap::ReferenceLimit);
            }
            self.entries.push(Entry::Free(NONE));
            self.free = self.entries.len() as u32 - 1;
        }
        let at = self.free;
        if let Entry::Free(next) = core::mem::replace(&mut self.entries[at as usize], entry) {
            self.free = next;
        }
        self.used += 1;
        Ok(RawVal::from_u32(at + 1))
    }

    fn remove(&mut self, at: usize) {
        self.entries[at] = Entry::Free(self.free);
        self.free = at as u32;
        self.used -= 1;
    }

    /// What a cell refers to; `None` for null.
    pub fn get(&self, cell: RawVal) -> Option<&Referent> {
        match self.entries.get(place(cell)?)? {
            Entry::Kept(referent) => Some(referent),
            Entry::Free(_) | Entry::Exception { .. } => None,
        }
    }

    /// What a cell refers to, for change; `None` for null.
    pub fn get_mut(&mut self, cell: RawVal) -> Option<&mut Referent> {
        match self.entries.get_mut(place(cell)?)? {
            Entry::Kept(referent) => Some(referent),
            Entry::Free(_) | Entry::Exception { .. } => None,
        }
    }

    /// The exception that a cell refers to; `None` for null.
    pub fn exception(&self, cell: RawVal) -> Option<&Exception> {
        match self.entries.get(place(cell)?)? {
            Entry::Exception { exception, .. } | Entry::Kept(Referent::Exception(exception)) => Some(exception),
            Entry::Free(_) | Entry::Kept(Referent::Host(_)) => None,
        }
    }

    /// A guest throws an exception again, so references to it may exist (R2).
    pub fn thrown_again(&mut self, cell: RawVal) {
        if let Some(Entry::Exception { fresh, .. }) = place(cell).and_then(|at| self.entries.get_mut(at)) {
            *fresh = false;
        }
    }

    /// A handler without a reference has taken an exception (R2).
    pub fn handled(&mut self, cell: RawVal) {
        if let Some(at) = place(cell)
            && let Some(Entry::Exception { fresh: true, seen, .. }) = self.entries.get_mut(at)
            && !*seen.get_mut()
        {
            self.remove(at);
        }
    }

    /// The host is given a handle: the entry lives as long as the store (R1).
    pub fn pin(&self, cell: RawVal) {
        if let Some(Entry::Exception { seen, .. }) = place(cell).and_then(|at| self.entries.get(at)) {
            seen.store(true, Ordering::Relaxed);
        }
    }

    /// Whether there are so many entries that going through them is due.
    #[inline]
    pub fn sweep_is_due(&self) -> bool {
        self.used >= self.sweep_at
    }

    /// Frees the exceptions that neither these cells nor living exceptions may refer to (R3).
    ///
    /// `is_ref` tells for a tag which of its arguments' cells are references into this arena.
    pub fn sweep(&mut self, roots: impl Iterator<Item = RawVal>, is_ref: &dyn Fn(&Exception) -> Vec<usize>) {
        let mut live = alloc::vec![false; self.entries.len()];
        let mut todo: Vec<usize> = roots.filter_map(place).collect();
        let stays = |entry: &Entry| match entry {
            Entry::Kept(_) => true,
            Entry::Exception { seen, .. } => seen.load(Ordering::Relaxed),
            Entry::Free(_) => false,
        };
        todo.extend((0..self.entries.len()).filter(|&at| stays(&self.entries[at])));
        while let Some(at) = todo.pop() {
            if at >= live.len() || core::mem::replace(&mut live[at], true) {
                continue;
            }
            if let Some(exception) = self.exception(RawVal::from_u32(at as u32 + 1)) {
                todo.extend(is_ref(exception).into_iter().filter_map(|i| place(exception.args[i])));
            }
        }
        for (at, live) in live.into_iter().enumerate() {
            if !live && matches!(self.entries[at], Entry::Exception { .. }) {
                self.remove(at);
            }
        }
        self.sweep_at = (self.used * 2).max(FIRST_SWEEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(args: &[RawVal]) -> Exception {
        Exception { tag: core::ptr::null(), args: args.into() }
    }

    #[test]
    fn what_nobody_refers_to_is_freed() {
        let mut arena = RefArena::default();
        let fresh = arena.throw(exception(&[])).unwrap();
        arena.handled(fresh);
        assert!(arena.exception(fresh).is_none());
        let reused = arena.throw(exception(&[])).unwrap();
        assert_eq!(reused, fresh);
        arena.thrown_again(reused);
        arena.handled(reused);
        assert!(arena.exception(reused).is_some());
        let outer = arena.throw(exception(&[reused])).unwrap();
        let lost = arena.throw(exception(&[outer])).unwrap();
        let seen = arena.throw(exception(&[])).unwrap();
        arena.pin(seen);
        arena.sweep([outer, RawVal::ZERO].into_iter(), &|exception| (0..exception.args.len()).collect());
        let alive = [reused, outer, lost, seen].map(|cell| arena.exception(cell).is_some());
        assert_eq!(alive, [true, true, false, true]);
    }
}

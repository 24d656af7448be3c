//! The store's arena of host references and exceptions.
//!
//! `externref` and `exnref` cells hold an index into it plus one (D14). Limits with their own trap bound how many
//! entries there are and how many bytes they take. What nothing leads to any more is freed between calls from the host:
//! only then does no frame hold a reference.
//!
//! # Invariants
//! - R1. What the host was given a handle on outside of any guest lives as long as the store. A handle that it was given
//!   within a call from a guest is good for as long as the reference lives; afterwards it names nothing, since each entry
//!   of a place has a number of its own.
//! - R2. An exception is *fresh* from its `throw` until a guest throws it again by reference. A handler that takes no
//!   reference ends a fresh exception that the host has not seen: nothing else refers to it.
//! - R3. Other entries are freed between calls from the host, unless a global, a table, a segment, an exception that is
//!   pending, or a living exception refers to them.

use crate::raw::RawVal;
use crate::store::budget::{BLOCK_BYTES, Budget, grown};
use crate::store::ids::RefId;
use crate::tier::VmTag;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::shared::Arc;
use coracle_error::{Error, ErrorKind, Result, Trap};
use coracle_image::limits::STORE_REFERENCES;
use core::any::Any;
use core::sync::atomic::{AtomicU8, Ordering};
use smallvec::SmallVec;

/// Whether there are exceptions in this build.
pub(crate) const EXCEPTIONS: bool = cfg!(feature = "exceptions");

/// An exception: its tag, by address, and its arguments. Without the feature `exceptions` there is none, and no code for
/// what becomes of it.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The tag: its address is its identity.
    pub tag: *const VmTag,
    /// The arguments' cells, in order.
    pub args: SmallVec<[RawVal; 2]>,
    _possible: Possible,
}

/// What there is where there can be exceptions.
#[cfg(feature = "exceptions")]
type Possible = ();
/// What there never is.
#[cfg(not(feature = "exceptions"))]
type Possible = core::convert::Infallible;

#[cfg(feature = "exceptions")]
fn possible() -> Result<Possible> {
    Ok(())
}
#[cfg(not(feature = "exceptions"))]
fn possible() -> Result<Possible> {
    Err(Error::fault(ErrorKind::Unsupported, "to throw takes the feature `exceptions`"))
}

impl Exception {
    /// A new one.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` without the feature `exceptions`.
    pub(crate) fn new(tag: *const VmTag, args: SmallVec<[RawVal; 2]>) -> Result<Self> {
        Ok(Self { tag, args, _possible: possible()? })
    }
}

/// One place of the arena.
struct Entry {
    /// Which of those that had this place it is.
    turn: u32,
    held: AtomicU8,
    what: What,
}

enum What {
    /// Nothing; and the next place that is free.
    Free(u32),
    /// A value of the host's.
    Host(Box<dyn Any + Send + Sync>),
    /// An exception, and whether it is fresh (R2).
    Exception { exception: Exception, fresh: bool },
}

/// The host has, or had, a handle on an entry.
const SEEN: u8 = 1;
/// The host has a handle on an entry for as long as the store lives (R1).
const PINNED: u8 = 2;
/// No place.
const NONE: u32 = u32::MAX;
/// Entries below which nothing is freed between calls: going through all of them has to be worth it.
const FIRST_SWEEP: usize = 1 << 10;

/// All host references and exceptions of a store.
pub(crate) struct RefArena {
    entries: Vec<Entry>,
    free: u32,
    used: usize,
    /// So many entries make it due to go through them; none where something did not fit.
    sweep_at: usize,
    budget: Arc<Budget>,
    /// Bytes that all entries take, and what they point to.
    bytes: usize,
    /// Bytes that they may take.
    limit: usize,
}

/// The place that a cell names; `None` for null. A reference has 32 bits; what lies above is not said.
fn place(cell: RawVal) -> Option<usize> {
    (cell.u32() as usize).checked_sub(1)
}

impl What {
    /// Bytes that it has allocated.
    fn bytes(&self) -> usize {
        match self {
            Self::Free(_) => 0,
            Self::Host(value) => size_of_val(&**value) + BLOCK_BYTES,
            Self::Exception { exception, .. } if exception.args.spilled() => {
                exception.args.capacity() * size_of::<RawVal>() + BLOCK_BYTES
            }
            Self::Exception { .. } => 0,
        }
    }
}

impl RefArena {
    /// An arena with nothing in it, which counts here.
    pub(crate) fn new(budget: Arc<Budget>) -> Self {
        let (entries, limit) = (Vec::new(), usize::MAX);
        Self { entries, free: NONE, used: 0, sweep_at: FIRST_SWEEP, budget, bytes: 0, limit }
    }

    /// Sets how many bytes there may be. What is there already stays.
    pub(crate) fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Adds a value of the host's, and returns the cell that refers to it.
    ///
    /// # Errors
    /// `Trap::ReferenceLimit` when the arena is full, or the store may not have the bytes.
    pub(crate) fn add_host(&mut self, value: Box<dyn Any + Send + Sync>) -> Result<RawVal> {
        self.add(What::Host(value), SEEN)
    }

    /// Adds an exception of the host's, and returns the cell that refers to it.
    ///
    /// # Errors
    /// As for [`RefArena::add_host`].
    pub(crate) fn add_exception(&mut self, exception: Exception) -> Result<RawVal> {
        self.add(What::Exception { exception, fresh: false }, SEEN)
    }

    /// Adds an exception that a guest throws, and returns the cell that refers to it.
    ///
    /// # Errors
    /// As for [`RefArena::add_host`].
    pub(crate) fn throw(&mut self, exception: Exception) -> Result<RawVal> {
        self.add(What::Exception { exception, fresh: true }, 0)
    }

    fn add(&mut self, what: What, held: u8) -> Result<RawVal> {
        let bytes = what.bytes();
        self.take(bytes)?;
        if self.free == NONE
            && let Err(error) = self.grow()
        {
            self.give_back(bytes);
            return Err(error);
        }
        let at = self.free;
        let entry = &mut self.entries[at as usize];
        if let What::Free(next) = core::mem::replace(&mut entry.what, what) {
            self.free = next;
        }
        *entry.held.get_mut() = held;
        self.used += 1;
        Ok(RawVal::from_u32(at + 1))
    }

    /// Makes one more place.
    fn grow(&mut self) -> Result<()> {
        let len = self.entries.len();
        if len >= STORE_REFERENCES as usize {
            self.sweep_at = 0;
            return Err(Error::new(Trap::ReferenceLimit));
        }
        if len == self.entries.capacity() {
            let more = grown(len) - len;
            self.take(more * size_of::<Entry>())?;
            if self.entries.try_reserve_exact(more).is_err() {
                self.give_back(more * size_of::<Entry>());
                return Err(Error::new(Trap::ReferenceLimit));
            }
        }
        self.entries.push(Entry { turn: 0, held: AtomicU8::new(0), what: What::Free(NONE) });
        self.free = len as u32;
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        let wanted = self.bytes.saturating_add(bytes);
        let taken = if wanted > self.limit { Err(self.exceeded(wanted)) } else { self.budget.take(bytes) };
        if let Err(error) = taken {
            self.sweep_at = 0;
            return Err(Error::new(Trap::ReferenceLimit).context(error));
        }
        self.bytes = wanted;
        Ok(())
    }

    #[cold]
    fn exceeded(&self, wanted: usize) -> Error {
        let limit = self.limit;
        let message = "resource limit exceeded: exceptions and references would take";
        Error::fault(ErrorKind::Limit, coracle_error::wording!("{message} {wanted} bytes, of at most {limit}"))
    }

    fn give_back(&mut self, bytes: usize) {
        self.budget.give_back(bytes);
        self.bytes -= bytes;
    }

    fn remove(&mut self, at: usize) {
        let entry = &mut self.entries[at];
        let what = core::mem::replace(&mut entry.what, What::Free(self.free));
        entry.turn = entry.turn.wrapping_add(1);
        self.free = at as u32;
        self.used -= 1;
        self.give_back(what.bytes());
    }

    fn at(&self, cell: RawVal) -> Option<&Entry> {
        self.entries.get(place(cell)?)
    }

    /// What names the entry of a cell from now on; `None` for null.
    pub(crate) fn id(&self, cell: RawVal) -> Option<RefId> {
        let place = cell.u32().checked_sub(1)?;
        Some(RefId { place, turn: self.at(cell).map_or(0, |entry| entry.turn) })
    }

    /// The cell that refers to an entry; `None` where it was freed.
    pub(crate) fn cell(&self, id: RefId) -> Option<RawVal> {
        let entry = self.entries.get(id.place as usize)?;
        let lives = entry.turn == id.turn && !matches!(entry.what, What::Free(_));
        lives.then(|| RawVal::from_u32(id.place + 1))
    }

    /// The host's value that an id names; `None` where it was freed, or is an exception.
    pub(crate) fn host(&self, id: RefId) -> Option<&(dyn Any + Send + Sync)> {
        match &self.at(self.cell(id)?)?.what {
            What::Host(value) => Some(&**value),
            What::Free(_) | What::Exception { .. } => None,
        }
    }

    /// The same, for change.
    pub(crate) fn host_mut(&mut self, id: RefId) -> Option<&mut (dyn Any + Send + Sync)> {
        let place = place(self.cell(id)?)?;
        match &mut self.entries[place].what {
            What::Host(value) => Some(&mut **value),
            What::Free(_) | What::Exception { .. } => None,
        }
    }

    /// The exception that a cell refers to; `None` for null.
    pub(crate) fn exception(&self, cell: RawVal) -> Option<&Exception> {
        match &self.at(cell)?.what {
            What::Exception { exception, .. } => Some(exception),
            What::Free(_) | What::Host(_) => None,
        }
    }

    /// A guest throws an exception again, so references to it may exist (R2).
    pub(crate) fn thrown_again(&mut self, cell: RawVal) {
        if let Some(entry) = place(cell).and_then(|at| self.entries.get_mut(at))
            && let What::Exception { fresh, .. } = &mut entry.what
        {
            *fresh = false;
        }
    }

    /// A handler without a reference has taken an exception (R2).
    pub(crate) fn handled(&mut self, cell: RawVal) {
        if let Some(at) = place(cell)
            && let Some(entry) = self.entries.get_mut(at)
            && matches!(entry.what, What::Exception { fresh: true, .. })
            && *entry.held.get_mut() == 0
        {
            self.remove(at);
        }
    }

    /// The host is given a handle: for as long as the store lives, or for that of the reference (R1).
    pub(crate) fn show(&self, cell: RawVal, for_ever: bool) {
        if let Some(entry) = self.at(cell) {
            entry.held.fetch_max(if for_ever { PINNED } else { SEEN }, Ordering::Relaxed);
        }
    }

    /// Whether there are so many entries that going through them is due.
    #[inline]
    pub(crate) fn sweep_is_due(&self) -> bool {
        self.used >= self.sweep_at
    }

    /// Makes it due.
    pub(crate) fn sweep_soon(&mut self) {
        self.sweep_at = 0;
    }

    /// Frees what neither these cells nor living exceptions may refer to, and the host has no lasting handle on (R3).
    ///
    /// `is_ref` tells for a tag which of its arguments' cells are references into this arena.
    pub(crate) fn sweep(&mut self, roots: impl Iterator<Item = RawVal>, is_ref: impl Fn(&Exception) -> Vec<usize>) {
        let mut live = alloc::vec![false; self.entries.len()];
        let mut todo: Vec<usize> = roots.filter_map(place).collect();
        let pinned = |at: &usize| self.entries[*at].held.load(Ordering::Relaxed) == PINNED;
        todo.extend((0..self.entries.len()).filter(pinned));
        while let Some(at) = todo.pop() {
            if at >= live.len() || core::mem::replace(&mut live[at], true) {
                continue;
            }
            if let Some(exception) = self.exception(RawVal::from_u32(at as u32 + 1)) {
                todo.extend(is_ref(exception).into_iter().filter_map(|i| place(exception.args[i])));
            }
        }
        for (at, live) in live.into_iter().enumerate() {
            if !live && !matches!(self.entries[at].what, What::Free(_)) {
                self.remove(at);
            }
        }
        self.sweep_at = (self.used * 2).max(FIRST_SWEEP);
    }
}

impl Drop for RefArena {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(args: &[RawVal]) -> Exception {
        Exception::new(core::ptr::null(), args.into()).unwrap()
    }

    fn arena() -> RefArena {
        RefArena::new(Arc::new(Budget::new()))
    }

    #[test]
    fn what_nobody_refers_to_is_freed() {
        let mut arena = arena();
        let fresh = arena.throw(exception(&[])).unwrap();
        arena.handled(fresh);
        assert!(arena.exception(fresh).is_none());
        let reused = arena.throw(exception(&[])).unwrap();
        assert_eq!(reused, fresh);
        arena.thrown_again(reused);
        arena.handled(reused);
        assert!(arena.exception(reused).is_some());
        let held = arena.add_host(Box::new(5_u8)).unwrap();
        let outer = arena.throw(exception(&[reused, held])).unwrap();
        let lost = arena.throw(exception(&[outer])).unwrap();
        let [seen, pinned] = [false, true].map(|for_ever| {
            let cell = arena.throw(exception(&[])).unwrap();
            arena.show(cell, for_ever);
            arena.handled(cell);
            cell
        });
        let value = arena.add_host(Box::new(6_u8)).unwrap();
        let (value, held) = (arena.id(value).unwrap(), arena.id(held).unwrap());
        arena.sweep([outer, RawVal::ZERO].into_iter(), |exception: &Exception| (0..exception.args.len()).collect());
        let alive = [reused, outer, lost, seen, pinned].map(|cell| arena.exception(cell).is_some());
        assert_eq!(alive, [true, true, false, false, true]);
        assert!(arena.host(held).is_some() && arena.host(value).is_none());
        // Its place is somebody else's by now.
        for _ in 0..3 {
            arena.add_host(Box::new(7_u8)).unwrap();
        }
        assert!(arena.host(value).is_none() && arena.cell(value).is_none());
    }

    #[test]
    fn bytes_are_counted_and_limited() {
        let mut arena = arena();
        arena.set_limit(64 << 10);
        let mut made = 0;
        let error = loop {
            match arena.throw(exception(&[RawVal::ZERO; 100])) {
                Ok(_) => made += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::ReferenceLimit));
        assert!((40..100).contains(&made), "{made}");
        assert!(arena.bytes <= 64 << 10 && arena.bytes == arena.budget.used());
        arena.sweep(core::iter::empty(), |_: &Exception| Vec::new());
        assert!(arena.throw(exception(&[RawVal::ZERO; 100])).is_ok());
        let budget = arena.budget.clone();
        drop(arena);
        assert_eq!(budget.used(), 0);
    }
}

//! The entrances of component instances that other guests call: which are open in the call that runs, which are shut.
//!
//! A native frame names its function only, so an adapter itself notes which instance it enters: it sets that instance's
//! bit in a word that all adapters of the store share, 64 instances to a word, and puts the old word back when the call
//! has returned. What the host enters stands in the scopes of [`Handles`].
//!
//! # Invariants
//! - While a guest runs, the words tell what is open in the innermost call from the host; what was open around it is in
//!   `saved`, and both belong to the task that runs.
//! - The mask of an instance is its bit of its word, and 0 once the instance is poisoned: an adapter that finds 0 traps.

use crate::abi::handles::{HandleTableId, Handles};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::TryVec;
use coracle_image::arena::SecondaryMap;
use coracle_vm::raw::RawVal;
use coracle_vm::store::extension::Globals;
use coracle_vm::store::ids::GlobalId;

/// What an adapter goes by to enter an instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entrance {
    instance: HandleTableId,
    /// The global with the instance's bit.
    pub(crate) word: GlobalId,
    /// The global that holds the bit.
    pub(crate) mask: GlobalId,
}

/// All of a store.
#[derive(Debug, Default)]
pub(crate) struct Entrances {
    words: Vec<GlobalId>,
    all: Vec<Entrance>,
    numbers: SecondaryMap<HandleTableId, Option<u32>>,
    /// What was open around the calls from the host, outermost first: all words of each.
    saved: Vec<u64>,
}

/// What of it belongs to a task that does not run.
#[derive(Debug, Default)]
pub(crate) struct OpenEntrances {
    words: Vec<u64>,
    saved: Vec<u64>,
}

/// What was open before a call from the host.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EntranceMark(usize);

impl Entrances {
    /// Whether no instance of the store is called by another guest.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The entrance of an instance, if an adapter goes through it already.
    pub(crate) fn get(&self, instance: HandleTableId) -> Option<Entrance> {
        self.numbers.get(instance).map(|number| self.all[number as usize])
    }

    /// The word of the next entrance, if it is there already, and the entrance's bit of it.
    pub(crate) fn next(&self) -> (Option<GlobalId>, u64) {
        let number = self.all.len();
        (self.words.get(number / 64).copied(), 1 << (number % 64))
    }

    /// Adds the entrance of an instance, with the word and a mask of the bit that [`Entrances::next`] has told.
    ///
    /// # Errors
    /// `OutOfMemory`; then nothing is added.
    pub(crate) fn add(&mut self, instance: HandleTableId, word: GlobalId, mask: GlobalId) -> Result<Entrance> {
        self.words.make_room(1)?;
        self.all.make_room(1)?;
        let entrance = Entrance { instance, word, mask };
        self.numbers.try_set(instance, Some(self.all.len() as u32))?;
        if self.next().0.is_none() {
            self.words.push(word);
        }
        self.all.push(entrance);
        Ok(entrance)
    }

    /// Where a call begins that has saved nothing.
    #[inline]
    pub(crate) fn mark(&self) -> EntranceMark {
        EntranceMark(self.saved.len())
    }

    /// A call from the host begins, in which nothing is open yet.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn begin(&mut self, globals: &mut Globals<'_>) -> Result<EntranceMark> {
        self.saved.make_room(self.words.len())?;
        let mark = EntranceMark(self.saved.len());
        for &word in &self.words {
            self.saved.push(globals.get(word).u64());
            globals.set(word, RawVal::ZERO);
        }
        Ok(mark)
    }

    /// The call that began at `mark` has ended.
    pub(crate) fn end(&mut self, globals: &mut Globals<'_>, mark: EntranceMark) {
        for (at, &word) in self.words.iter().enumerate() {
            let before = self.saved.get(mark.0 + at).copied().unwrap_or(0);
            globals.set(word, RawVal::from_u64(before));
        }
        self.saved.truncate(mark.0);
    }

    /// Poisons what is open.
    pub(crate) fn poison(&self, globals: &Globals<'_>, handles: &mut Handles) {
        for (&word, entrances) in self.words.iter().zip(self.all.chunks(64)) {
            let open = globals.get(word).u64();
            let is_open = |&(bit, _): &(usize, &Entrance)| open & 1 << bit != 0;
            entrances.iter().enumerate().filter(is_open).for_each(|(_, entrance)| handles.poison(entrance.instance));
        }
    }

    /// Shuts the entrances of what is poisoned.
    pub(crate) fn shut(&self, globals: &mut Globals<'_>, handles: &Handles) {
        let poisoned = self.all.iter().filter(|entrance| handles.is_poisoned(entrance.instance));
        poisoned.for_each(|entrance| globals.set(entrance.mask, RawVal::ZERO));
    }

    /// Exchanges what belongs to the task that runs with what belongs to another.
    pub(crate) fn exchange(&mut self, globals: &mut Globals<'_>, task: &mut OpenEntrances) {
        task.words.resize(self.words.len(), 0);
        for (&word, value) in self.words.iter().zip(&mut task.words) {
            let here = globals.get(word).u64();
            globals.set(word, RawVal::from_u64(core::mem::replace(value, here)));
        }
        core::mem::swap(&mut self.saved, &mut task.saved);
    }
}

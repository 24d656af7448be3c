//! The store's arena of host references and exceptions.
//!
//! `externref` and `exnref` cells hold an index into it plus one (D14). An entry lives as long as the store; a limit
//! with its own trap bounds how many there are. Cells of references are known to the tiers' translators, so precise
//! roots, and with them collection, can be added without a change of the cells.

use crate::limits::STORE_REFERENCES;
use crate::raw::RawVal;
use crate::tier::VmTag;
use crate::trap::Trap;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
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

/// All host references and exceptions of a store.
#[derive(Default)]
pub struct RefArena {
    entries: Vec<Referent>,
}

impl RefArena {
    /// Adds an entry, and returns the cell that refers to it.
    ///
    /// # Errors
    /// `Trap::ReferenceLimit` when the arena is full.
    pub fn add(&mut self, referent: Referent) -> Result<RawVal, Trap> {
        if self.entries.len() >= STORE_REFERENCES as usize || self.entries.try_reserve(1).is_err() {
            return Err(Trap::ReferenceLimit);
        }
        self.entries.push(referent);
        Ok(RawVal::from_u32(self.entries.len() as u32))
    }

    /// What a cell refers to; `None` for null.
    pub fn get(&self, cell: RawVal) -> Option<&Referent> {
        // A reference has 32 bits; what lies above is not said.
        self.entries.get((cell.u32() as usize).checked_sub(1)?)
    }

    /// What a cell refers to, for change; `None` for null.
    pub fn get_mut(&mut self, cell: RawVal) -> Option<&mut Referent> {
        self.entries.get_mut((cell.u32() as usize).checked_sub(1)?)
    }

    /// The exception that a cell refers to; `None` for null.
    pub fn exception(&self, cell: RawVal) -> Option<&Exception> {
        match self.get(cell)? {
            Referent::Exception(exception) => Some(exception),
            Referent::Host(_) => None,
        }
    }
}

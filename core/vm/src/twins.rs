//! What was loaded from equal bytes before: found by a cheap hash, and then compared.
//!
//! The hash looks at a part of the bytes only, and proves nothing; whoever asks compares what it is given. So nobody can
//! pass one thing off as another, and who makes hashes meet finds no more than [`MOST`] to compare with.

use crate::sync::Lock;
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, collect};
use coracle_error::{Error, Result};
use coracle_image::keyed::KeyMap;

/// Things of one hash that are remembered; of more, the newest.
const MOST: usize = 4;

/// Things that do not keep each other alive, by hash.
pub(crate) struct Twins<W>(Lock<KeyMap<u64, Vec<W>>>);

impl<W> Default for Twins<W> {
    fn default() -> Self {
        Self(Lock::new(KeyMap::new()))
    }
}

impl<W: Clone> Twins<W> {
    /// What may be equal to something of this hash. Nothing is compared, or dropped, under the lock.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn candidates(&self, hash: u64) -> Result<Vec<W>> {
        self.0.with(|all| all.get(&hash).map_or(Ok(Vec::new()), |of_hash| collect(of_hash.iter().cloned())))
    }

    /// Remembers something.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn add(&self, hash: u64, thing: W) -> Result<()> {
        let forgotten: Result<_> = self.0.with(|all| {
            all.try_reserve(1).map_err(|_| Error::out_of_memory())?;
            let of_hash = all.entry(hash).or_default();
            of_hash.try_push(thing)?;
            Ok((of_hash.len() > MOST).then(|| of_hash.remove(0)))
        });
        forgotten.map(drop)
    }

    /// Forgets something that dies.
    pub(crate) fn remove(&self, hash: u64, mut is: impl FnMut(&W) -> bool) {
        self.0.with(|all| {
            if let Some(of_hash) = all.get_mut(&hash) {
                of_hash.retain(|thing| !is(thing));
                if of_hash.is_empty() {
                    all.remove(&hash);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_hash_are_remembered() {
        let twins = Twins::default();
        (0..MOST + 2).for_each(|i| twins.add(7, i).unwrap());
        twins.add(8, 100).unwrap();
        let candidates = |hash| twins.candidates(hash).unwrap();
        assert_eq!(candidates(7), (2..MOST + 2).collect::<Vec<_>>());
        twins.remove(7, |&i| i == 3);
        assert!(!candidates(7).contains(&3));
        twins.remove(8, |&i| i == 100);
        assert!(candidates(8).is_empty() && candidates(9).is_empty());
    }
}

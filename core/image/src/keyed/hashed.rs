//! Hash tables.

use coracle_error::{Error, Result};
use core::hash::BuildHasher;
use hashbrown::{DefaultHashBuilder, HashTable};

/// A map from keys.
pub type KeyMap<K, V> = hashbrown::HashMap<K, V>;

/// A set of keys.
pub type KeySet<K> = hashbrown::HashSet<K>;

/// How texts are hashed, in all tables of one owner.
#[derive(Clone, Debug, Default)]
pub struct Hasher(DefaultHashBuilder);

impl Hasher {
    #[inline]
    fn hash(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

/// Things that are found by texts which somebody else keeps, as whoever asks says (`text_of`).
#[derive(Clone, Debug)]
pub struct TextTable<T>(HashTable<T>);

impl<T> Default for TextTable<T> {
    fn default() -> Self {
        Self(HashTable::new())
    }
}

impl<T> TextTable<T> {
    /// Room for so many.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn with_room(count: usize) -> Result<Self> {
        let mut table = HashTable::new();
        table.try_reserve(count, |_| 0).map_err(|_| Error::out_of_memory())?;
        Ok(Self(table))
    }

    /// What has this text. O(length), no allocation.
    #[inline]
    pub fn find<'t>(&self, hasher: &Hasher, text: &str, text_of: impl Fn(&T) -> &'t str) -> Option<&T> {
        self.0.find(hasher.hash(text), |one| text_of(one) == text)
    }

    /// The same, for change; its text stays.
    pub fn find_mut<'t>(&mut self, hasher: &Hasher, text: &str, text_of: impl Fn(&T) -> &'t str) -> Option<&mut T> {
        self.0.find_mut(hasher.hash(text), |one| text_of(one) == text)
    }

    /// Adds something that has another text than all that are there.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn try_insert<'t>(&mut self, hasher: &Hasher, one: T, text_of: impl Fn(&T) -> &'t str) -> Result<()> {
        let hash = |one: &T| hasher.hash(text_of(one));
        self.0.try_reserve(1, hash).map_err(|_| Error::out_of_memory())?;
        self.0.insert_unique(hash(&one), one, hash);
        Ok(())
    }

    /// Whether there is nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

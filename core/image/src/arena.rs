//! Tables keyed by an entity, never by a bare `usize`.
//!
//! `PrimaryMap` owns the space and hands out keys; `SecondaryMap` hangs data onto a space that something else owns.
//! Neither dereferences to a slice: that would let any integer in.

use crate::entity::EntityRef;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::{TryVec, collect_results};
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Index, IndexMut};

/// A dense table that allocates its keys in order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrimaryMap<K: EntityRef, V> {
    items: Vec<V>,
    key: PhantomData<K>,
}

/// A table of what is in order already.
impl<K: EntityRef, V> From<Vec<V>> for PrimaryMap<K, V> {
    fn from(items: Vec<V>) -> Self {
        Self { items, key: PhantomData }
    }
}

impl<K: EntityRef, V> PrimaryMap<K, V> {
    /// An empty table.
    pub const fn new() -> Self {
        Self { items: Vec::new(), key: PhantomData }
    }

    /// An empty table with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { items: Vec::with_capacity(capacity), key: PhantomData }
    }

    /// Makes room for so many more entries.
    pub fn reserve(&mut self, additional: usize) {
        self.items.reserve(additional);
    }

    /// Appends `value` and returns its key. Amortised O(1).
    pub fn push(&mut self, value: V) -> K {
        let key = K::new(self.items.len());
        self.items.push(value);
        key
    }

    /// An empty table with room for exactly so many entries.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn with_room(count: usize) -> Result<Self> {
        Ok(Self { items: TryVec::with_room(count)?, key: PhantomData })
    }

    /// Makes room for so many more entries.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn make_room(&mut self, additional: usize) -> Result<()> {
        self.items.make_room(additional)
    }

    /// As [`PrimaryMap::push`].
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn try_push(&mut self, value: V) -> Result<K> {
        let key = K::new(self.items.len());
        self.items.try_push(value)?;
        Ok(key)
    }

    /// A table of all that there is.
    ///
    /// # Errors
    /// `OutOfMemory`, or the first error among them.
    pub fn try_collect(all: impl IntoIterator<Item = Result<V>, IntoIter: ExactSizeIterator>) -> Result<Self> {
        Ok(Self { items: collect_results(all)?, key: PhantomData })
    }

    /// The entry of `key`, or `None` past the end.
    #[inline]
    pub fn get(&self, key: K) -> Option<&V> {
        self.items.get(key.index())
    }

    /// The entry of `key` for change, or `None` past the end.
    #[inline]
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.items.get_mut(key.index())
    }

    /// The key that the next `push` will return.
    pub fn next_key(&self) -> K {
        K::new(self.items.len())
    }

    /// How many entries there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All entries with their keys, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> + ExactSizeIterator {
        self.items.iter().enumerate().map(|(i, v)| (K::new(i), v))
    }

    /// All entries with their keys, in order, for change.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (K, &mut V)> + ExactSizeIterator {
        self.items.iter_mut().enumerate().map(|(i, v)| (K::new(i), v))
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = K> + ExactSizeIterator + use<K, V> {
        (0..self.items.len()).map(K::new)
    }

    /// All entries, in order.
    pub fn values(&self) -> core::slice::Iter<'_, V> {
        self.items.iter()
    }

    /// All entries, in order, given up.
    pub fn into_values(self) -> alloc::vec::IntoIter<V> {
        self.items.into_iter()
    }

    /// The last entry.
    pub fn last(&self) -> Option<&V> {
        self.items.last()
    }

    /// Forgets every entry from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.items.truncate(len);
    }
}

impl<K: EntityRef, V> Default for PrimaryMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: EntityRef, V> Index<K> for PrimaryMap<K, V> {
    type Output = V;
    #[inline]
    fn index(&self, key: K) -> &V {
        &self.items[key.index()]
    }
}

impl<K: EntityRef, V> IndexMut<K> for PrimaryMap<K, V> {
    #[inline]
    fn index_mut(&mut self, key: K) -> &mut V {
        &mut self.items[key.index()]
    }
}

impl<K: EntityRef, V: fmt::Debug> fmt::Debug for PrimaryMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: EntityRef, V> FromIterator<V> for PrimaryMap<K, V> {
    fn from_iter<I: IntoIterator<Item = V>>(iter: I) -> Self {
        Self { items: iter.into_iter().collect(), key: PhantomData }
    }
}

/// Data hung onto a space that another table owns; what was never set reads as the default.
#[derive(Clone)]
pub struct SecondaryMap<K: EntityRef, V: Clone> {
    items: Vec<V>,
    default: V,
    key: PhantomData<K>,
}

impl<K: EntityRef, V: Clone> SecondaryMap<K, V> {
    /// A map in which every key reads as `default`.
    pub fn with_default(default: V) -> Self {
        Self { items: Vec::new(), default, key: PhantomData }
    }

    /// The entry of `key`.
    #[inline]
    pub fn get(&self, key: K) -> &V {
        self.items.get(key.index()).unwrap_or(&self.default)
    }

    /// Sets the entry of `key`. Grows to hold it.
    pub fn set(&mut self, key: K, value: V) {
        if self.items.len() <= key.index() {
            self.items.resize(key.index() + 1, self.default.clone());
        }
        self.items[key.index()] = value;
    }

    /// As [`SecondaryMap::set`].
    ///
    /// # Errors
    /// `OutOfMemory`; then nothing is set.
    pub fn try_set(&mut self, key: K, value: V) -> Result<()> {
        self.items.make_room((key.index() + 1).saturating_sub(self.items.len()))?;
        self.set(key, value);
        Ok(())
    }
}

impl<K: EntityRef, V: Clone + Default> Default for SecondaryMap<K, V> {
    fn default() -> Self {
        Self::with_default(V::default())
    }
}

impl<K: EntityRef, V: Clone + fmt::Debug> fmt::Debug for SecondaryMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.items).finish()
    }
}

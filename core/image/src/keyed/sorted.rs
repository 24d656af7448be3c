//! Sorted lists, with the names that hash tables have.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::TryVec;
use core::borrow::Borrow;
use core::ops::Index;

/// Puts something into a list, with half as much room again where there is none, and no more: most lists have one thing
/// or two. Apart, since it is the same for all that are as large.
#[inline(never)]
fn put<T>(list: &mut Vec<T>, at: usize, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 2).max(1));
    }
    list.insert(at, value);
}

/// A map from keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for KeyMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> KeyMap<K, V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Makes room for so many more.
    ///
    /// # Errors
    /// Where there is no memory for them.
    pub fn try_reserve(&mut self, more: usize) -> core::result::Result<(), TryReserveError> {
        self.0.try_reserve(more)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All keys with their values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// All keys.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Takes out what is not to be kept.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    /// All values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> KeyMap<K, V> {
    /// Where a key is, or would be.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> core::result::Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(one, _)| one.borrow().cmp(key))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    /// The same, for change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &mut self.0[at].1)
    }

    /// Whether there is such a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Gives a key a value; returns the old one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => Some(core::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                put(&mut self.0, at, (key, value));
                None
            }
        }
    }

    /// Takes a key out, and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| self.0.remove(at).1)
    }

    /// The place of a key.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }
}

/// The place of a key in a map.
#[derive(Debug)]
pub struct Entry<'a, K, V> {
    map: &'a mut KeyMap<K, V>,
    key: K,
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// What is there, or what is made now.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let list = &mut self.map.0;
        let at = match list.binary_search_by(|(one, _)| one.cmp(&self.key)) {
            Ok(at) => at,
            Err(at) => {
                put(list, at, (self.key, make()));
                at
            }
        };
        &mut list[at].1
    }

    /// What is there, or this.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// What is there, or what is made of the key now.
    pub fn or_insert_with_key(self, make: impl FnOnce(&K) -> V) -> &'a mut V {
        let value = match self.map.contains_key(&self.key) {
            true => None,
            false => Some(make(&self.key)),
        };
        self.or_insert_with(|| value.expect("it is not there"))
    }

    /// What is there, or the default.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<K: Ord + Borrow<Q>, Q: Ord + ?Sized, V> Index<&Q> for KeyMap<K, V> {
    type Output = V;
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is there")
    }
}

impl<K: Ord, V> Extend<(K, V)> for KeyMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, all: I) {
        all.into_iter().for_each(|(key, value)| _ = self.insert(key, value));
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for KeyMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(all: I) -> Self {
        let mut map = Self::new();
        map.extend(all);
        map
    }
}

impl<K, V> IntoIterator for KeyMap<K, V> {
    type Item = (K, V);
    type IntoIter = alloc::vec::IntoIter<(K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A set of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet<K>(KeyMap<K, ()>);

impl<K> Default for KeySet<K> {
    fn default() -> Self {
        Self(KeyMap::new())
    }
}

impl<K: Ord> KeySet<K> {
    /// An empty set.
    pub const fn new() -> Self {
        Self(KeyMap::new())
    }

    /// Adds a key; whether it is new.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Whether there is such a key.
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Nothing is hashed here.
#[derive(Clone, Debug, Default)]
pub struct Hasher;

/// Things that are found by texts which somebody else keeps, as whoever asks says (`text_of`).
#[derive(Clone, Debug)]
pub struct TextTable<T>(Vec<T>);

impl<T> Default for TextTable<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> TextTable<T> {
    /// Room for so many.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn with_room(count: usize) -> Result<Self> {
        Vec::with_room(count).map(Self)
    }

    /// What has this text. O(length × log count), no allocation.
    pub fn find<'t>(&self, _: &Hasher, text: &str, text_of: impl Fn(&T) -> &'t str) -> Option<&T> {
        self.place(text, text_of).ok().map(|at| &self.0[at])
    }

    /// The same, for change; its text stays.
    pub fn find_mut<'t>(&mut self, _: &Hasher, text: &str, text_of: impl Fn(&T) -> &'t str) -> Option<&mut T> {
        self.place(text, text_of).ok().map(|at| &mut self.0[at])
    }

    /// Adds something that has another text than all that are there.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn try_insert<'t>(&mut self, _: &Hasher, one: T, text_of: impl Fn(&T) -> &'t str) -> Result<()> {
        self.0.make_room(1)?;
        let (Ok(at) | Err(at)) = self.place(text_of(&one), text_of);
        self.0.insert(at, one);
        Ok(())
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place<'t>(&self, text: &str, text_of: impl Fn(&T) -> &'t str) -> core::result::Result<usize, usize> {
        self.0.binary_search_by(|one| text_of(one).cmp(text))
    }
}

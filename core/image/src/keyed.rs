//! What is found by a key or by a text: hash tables; in compact builds sorted lists, whose code is a small part of that and
//! which take no more memory than what is in them.
//!
//! # Invariants
//! - The order in which a map or a set is walked means nothing.
//! - Sorted lists take time linear in their length for each thing that is added. Devices have no room for lists that are
//!   long enough for that to matter.

pub use table::{Hasher, KeyMap, KeySet, TextTable};

use coracle_error::{Error, Result};
use core::hash::Hash;

/// An empty map with room for so many.
///
/// # Errors
/// `OutOfMemory`.
pub fn with_room<K: Ord + Hash, V>(count: usize) -> Result<KeyMap<K, V>> {
    let mut map = KeyMap::default();
    map.try_reserve(count).map_err(|_| Error::out_of_memory())?;
    Ok(map)
}

/// Gives a key a value; returns the old one.
///
/// # Errors
/// `OutOfMemory`.
pub fn try_insert<K: Ord + Hash, V>(map: &mut KeyMap<K, V>, key: K, value: V) -> Result<Option<V>> {
    map.try_reserve(1).map_err(|_| Error::out_of_memory())?;
    Ok(map.insert(key, value))
}

#[cfg_attr(not(feature = "compact"), path = "keyed/hashed.rs")]
#[cfg_attr(feature = "compact", path = "keyed/sorted.rs")]
mod table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_to_values() {
        let mut map = KeyMap::new();
        for key in [5, 1, 3, 1] {
            map.insert(key, key * 10);
        }
        *map.entry(7).or_default() += 70;
        assert_eq!(*map.entry(7).or_insert_with(|| 0), 70);
        assert_eq!((map.len(), map.get(&1), map.get(&2), map[&5]), (4, Some(&10), None, 50));
        assert_eq!((map.remove(&1), map.remove(&1), map.contains_key(&1)), (Some(10), None, false));
        assert_eq!(map.values().sum::<i32>(), 150);
        let again: KeyMap<_, _> = map.iter().map(|(&key, &value)| (key, value)).collect();
        assert_eq!(again, map);
        let mut set = KeySet::default();
        assert!(set.insert("b") && set.insert("a") && !set.insert("b") && set.contains("a"));
        assert_eq!(set.len(), 2);
    }

    #[test]
    fn texts_lead_to_whoever_has_them() {
        let texts = ["b", "", "a", "abc"];
        let (hasher, mut table) = (Hasher::default(), TextTable::default());
        for at in 0..texts.len() {
            table.try_insert(&hasher, at, |&at| texts[at]).unwrap();
        }
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(table.find(&hasher, text, |&at| texts[at]), Some(&at));
        }
        assert_eq!(table.find(&hasher, "ab", |&at| texts[at]), None);
        assert!(!table.is_empty());
    }
}

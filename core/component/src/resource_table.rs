//! `ResourceTable`: a host's own values behind the representations of its resources.

use crate::abi::resource::host::Resource;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;

/// Why a [`ResourceTable`] refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceTableError {
    /// The table has as many entries as it may.
    Full,
    /// There is no entry behind the resource.
    NotPresent,
    /// The entry is of another Rust type.
    WrongType,
    /// The entry still has children.
    HasChildren,
}

impl fmt::Display for ResourceTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "resource table has no free keys",
            Self::NotPresent => "resource not present",
            Self::WrongType => "resource is of another type",
            Self::HasChildren => "resource has children",
        })
    }
}

impl core::error::Error for ResourceTableError {}

/// Entries of a table unless the embedder says otherwise.
const DEFAULT_MAX_CAPACITY: usize = 1_000_000;

/// A table of values of any type, keyed by [`Resource`].
///
/// An entry can be the child of another; a parent cannot be deleted while it has children.
#[derive(Debug)]
pub struct ResourceTable {
    slots: Vec<Slot>,
    free: Option<u32>,
    max_capacity: usize,
}

#[derive(Debug)]
enum Slot {
    Free { next: Option<u32> },
    Used(Entry),
}

#[derive(Debug)]
struct Entry {
    value: Box<dyn Any + Send>,
    parent: Option<u32>,
    children: BTreeSet<u32>,
}

impl Default for ResourceTable {
    fn default() -> Self {
        Self::new()
    }
}

impl ResourceTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty table with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { slots: Vec::with_capacity(capacity), free: None, max_capacity: DEFAULT_MAX_CAPACITY }
    }

    /// Whether there are no entries. O(entries).
    pub fn is_empty(&self) -> bool {
        self.slots.iter().all(|slot| matches!(slot, Slot::Free { .. }))
    }

    /// How many entries the table may have at most.
    pub fn max_capacity(&self) -> usize {
        self.max_capacity
    }

    /// Sets how many entries the table may have at most.
    pub fn set_max_capacity(&mut self, max: usize) {
        self.max_capacity = max;
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// `Full`.
    pub fn push<T: Send + 'static>(&mut self, entry: T) -> Result<Resource<T>, ResourceTableError> {
        self.insert(Box::new(entry), None).map(Resource::new_own)
    }

    /// Adds an entry that is the child of another.
    ///
    /// # Errors
    /// `Full`; `NotPresent` when there is no such parent.
    pub fn push_child<T: Send + 'static, U: 'static>(
        &mut self,
        entry: T,
        parent: &Resource<U>,
    ) -> Result<Resource<T>, ResourceTableError> {
        self.entry(parent.rep())?;
        let child = self.insert(Box::new(entry), Some(parent.rep()))?;
        self.entry_mut(parent.rep())?.children.insert(child);
        Ok(Resource::new_own(child))
    }

    /// Makes an entry the child of another.
    ///
    /// # Errors
    /// `NotPresent` when either is missing.
    ///
    /// # Panics
    /// If the child already has a parent.
    pub fn add_child<T: 'static, U: 'static>(
        &mut self,
        child: Resource<T>,
        parent: Resource<U>,
    ) -> Result<(), ResourceTableError> {
        self.entry(parent.rep())?;
        let entry = self.entry_mut(child.rep())?;
        assert!(entry.parent.is_none(), "the resource has a parent already");
        entry.parent = Some(parent.rep());
        self.entry_mut(parent.rep())?.children.insert(child.rep());
        Ok(())
    }

    /// Undoes [`add_child`](Self::add_child).
    ///
    /// # Errors
    /// `NotPresent` when either is missing.
    ///
    /// # Panics
    /// If `parent` is not the child's parent.
    pub fn remove_child<T: 'static, U: 'static>(
        &mut self,
        child: Resource<T>,
        parent: Resource<U>,
    ) -> Result<(), ResourceTableError> {
        let entry = self.entry_mut(child.rep())?;
        assert_eq!(entry.parent, Some(parent.rep()), "the resource has another parent");
        entry.parent = None;
        self.entry_mut(parent.rep())?.children.remove(&child.rep());
        Ok(())
    }

    /// The entry of a resource.
    ///
    /// # Errors
    /// `NotPresent`, `WrongType`.
    pub fn get<T: Any>(&self, key: &Resource<T>) -> Result<&T, ResourceTableError> {
        self.entry(key.rep())?.value.downcast_ref().ok_or(ResourceTableError::WrongType)
    }

    /// The entry of a resource, for change.
    ///
    /// # Errors
    /// `NotPresent`, `WrongType`.
    pub fn get_mut<T: Any>(&mut self, key: &Resource<T>) -> Result<&mut T, ResourceTableError> {
        self.entry_mut(key.rep())?.value.downcast_mut().ok_or(ResourceTableError::WrongType)
    }

    /// The entry of a representation, of whatever type, for change.
    ///
    /// # Errors
    /// `NotPresent`.
    pub fn get_any_mut(&mut self, key: u32) -> Result<&mut dyn Any, ResourceTableError> {
        Ok(&mut *self.entry_mut(key)?.value)
    }

    /// Removes the entry of a resource.
    ///
    /// # Errors
    /// `NotPresent`, `HasChildren`; `WrongType`, in which case the entry stays.
    pub fn delete<T: Any>(&mut self, resource: Resource<T>) -> Result<T, ResourceTableError> {
        let entry = self.entry(resource.rep())?;
        if !entry.children.is_empty() {
            return Err(ResourceTableError::HasChildren);
        }
        if !entry.value.is::<T>() {
            return Err(ResourceTableError::WrongType);
        }
        let entry = self.remove(resource.rep())?;
        entry.value.downcast().map(|value| *value).map_err(|_| ResourceTableError::WrongType)
    }

    /// The entries of several representations at once, for change, each with what `map` holds for it.
    pub fn iter_entries<'a, T>(
        &'a mut self,
        mut map: BTreeMap<u32, T>,
    ) -> impl Iterator<Item = (Result<&'a mut dyn Any, ResourceTableError>, T)> + use<'a, T> {
        let mut found = Vec::with_capacity(map.len());
        for (key, slot) in (0..).zip(&mut self.slots) {
            if let Some(with) = map.remove(&key) {
                let entry: Result<&'a mut dyn Any, _> = match slot {
                    Slot::Used(entry) => Ok(&mut *entry.value),
                    Slot::Free { .. } => Err(ResourceTableError::NotPresent),
                };
                found.push((entry, with));
            }
        }
        found.extend(map.into_values().map(|with| (Err(ResourceTableError::NotPresent), with)));
        found.into_iter()
    }

    /// The children of an entry.
    ///
    /// # Errors
    /// `NotPresent` when there is no such parent.
    pub fn iter_children<T: 'static>(
        &self,
        parent: &Resource<T>,
    ) -> Result<impl Iterator<Item = &(dyn Any + Send)> + use<'_, T>, ResourceTableError> {
        let children = &self.entry(parent.rep())?.children;
        Ok(children.iter().filter_map(|&child| self.entry(child).ok().map(|entry| &*entry.value)))
    }

    /// All entries, for change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut (dyn Any + Send)> {
        self.slots.iter_mut().filter_map(|slot| match slot {
            Slot::Used(entry) => Some(&mut *entry.value),
            Slot::Free { .. } => None,
        })
    }

    fn entry(&self, key: u32) -> Result<&Entry, ResourceTableError> {
        match self.slots.get(key as usize) {
            Some(Slot::Used(entry)) => Ok(entry),
            _ => Err(ResourceTableError::NotPresent),
        }
    }

    fn entry_mut(&mut self, key: u32) -> Result<&mut Entry, ResourceTableError> {
        match self.slots.get_mut(key as usize) {
            Some(Slot::Used(entry)) => Ok(entry),
            _ => Err(ResourceTableError::NotPresent),
        }
    }

    fn insert(&mut self, value: Box<dyn Any + Send>, parent: Option<u32>) -> Result<u32, ResourceTableError> {
        let used = Slot::Used(Entry { value, parent, children: BTreeSet::new() });
        if let Some(at) = self.free {
            if let Slot::Free { next } = core::mem::replace(&mut self.slots[at as usize], used) {
                self.free = next;
            }
            return Ok(at);
        }
        let at = u32::try_from(self.slots.len()).map_err(|_| ResourceTableError::Full)?;
        if self.slots.len() >= self.max_capacity {
            return Err(ResourceTableError::Full);
        }
        self.slots.push(used);
        Ok(at)
    }

    fn remove(&mut self, key: u32) -> Result<Entry, ResourceTableError> {
        self.entry(key)?;
        let slot = core::mem::replace(&mut self.slots[key as usize], Slot::Free { next: self.free });
        self.free = Some(key);
        let Slot::Used(entry) = slot else {
            return Err(ResourceTableError::NotPresent);
        };
        if let Some(parent) = entry.parent {
            self.entry_mut(parent)?.children.remove(&key);
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};

    #[test]
    fn entries_come_and_go() {
        let mut table = ResourceTable::new();
        let a = table.push(1_u32).unwrap();
        let b = table.push("b".to_string()).unwrap();
        assert_eq!((a.rep(), b.rep()), (0, 1));
        *table.get_mut(&a).unwrap() += 1;
        assert_eq!(table.delete(a).unwrap(), 2);
        assert_eq!(table.get::<u32>(&Resource::new_own(0)).unwrap_err(), ResourceTableError::NotPresent);
        assert_eq!(table.get::<u32>(&Resource::new_own(1)).unwrap_err(), ResourceTableError::WrongType);
        assert_eq!(table.delete::<u32>(Resource::new_own(1)).unwrap_err(), ResourceTableError::WrongType);
        assert_eq!(table.push(5_u8).unwrap().rep(), 0);
        assert_eq!(table.delete::<String>(b).unwrap(), "b");
        assert!(!table.is_empty());
    }

    #[test]
    fn parents_outlive_children() {
        let mut table = ResourceTable::new();
        let parent = table.push(1_u32).unwrap();
        let child = table.push_child(2_u64, &parent).unwrap();
        assert_eq!(table.iter_children(&parent).unwrap().count(), 1);
        let rep = parent.rep();
        assert_eq!(table.delete(parent).unwrap_err(), ResourceTableError::HasChildren);
        table.delete(child).unwrap();
        table.delete(Resource::<u32>::new_own(rep)).unwrap();
        assert!(table.is_empty());
    }

    #[test]
    fn capacity_is_a_limit() {
        let mut table = ResourceTable::new();
        table.set_max_capacity(1);
        let only = table.push(()).unwrap();
        assert_eq!(table.push(()).unwrap_err(), ResourceTableError::Full);
        table.delete(only).unwrap();
        table.push(()).unwrap();
    }

    #[test]
    fn several_entries_at_once() {
        let mut table = ResourceTable::new();
        let keys: Vec<_> = (0..4_u32).map(|n| table.push(n).unwrap().rep()).collect();
        table.delete::<u32>(Resource::new_own(keys[2])).unwrap();
        let want = BTreeMap::from([(keys[1], 'a'), (keys[2], 'b'), (99, 'c')]);
        let found: Vec<_> = table.iter_entries(want).map(|(entry, with)| (entry.is_ok(), with)).collect();
        assert_eq!(found, [(true, 'a'), (false, 'b'), (false, 'c')]);
    }
}

//! `AddressMap`: what lies where in the address space, for a signal handler to ask.
//!
//! A search tree that is never changed: who adds or takes out makes the nodes on the way anew, O(log n) of them, and
//! shares the rest. Readers take no lock and allocate nothing.
//!
//! # Rejected
//! A sorted list, copied as a whole at each change: with two thousand modules each new one copied 69 KB.
//!
//! # Invariants
//! - A1. A node is freed by whoever changes the map, never by a reader, and only when no reader runs that may have seen
//!   the tree that it was in: a reader is counted before it loads the root.
//! - A2. Ranges do not overlap: each is taken out before its addresses are used again.
#![allow(unsafe_code)] // Shares a tree with readers that take no lock.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Ranges of addresses and what lies there.
pub struct AddressMap<V> {
    /// What `Arc::into_raw` gave; null for none.
    root: AtomicPtr<Node<V>>,
    readers: AtomicUsize,
    /// Held by whoever changes the map; trees that a reader may still have been in.
    retired: Mutex<Vec<Tree<V>>>,
}

/// A map at one moment.
pub struct Snapshot<'a, V>(Option<&'a Node<V>>);

type Tree<V> = Option<Arc<Node<V>>>;

/// A node; its priority is not below those of the nodes under it, which keeps the tree flat.
struct Node<V> {
    range: Range<V>,
    priority: u64,
    left: Tree<V>,
    right: Tree<V>,
}

#[derive(Clone)]
struct Range<V> {
    start: usize,
    end: usize,
    value: V,
}

impl<V> Snapshot<'_, V> {
    /// What lies at an address, and where that begins.
    pub fn find(&self, address: usize) -> Option<(usize, &V)> {
        let (mut at, mut last) = (self.0, None);
        while let Some(node) = at {
            at = if node.range.start <= address {
                last = Some(&node.range);
                node.right.as_deref()
            } else {
                node.left.as_deref()
            };
        }
        last.filter(|range| address < range.end).map(|range| (range.start, &range.value))
    }
}

impl<V: Clone> AddressMap<V> {
    /// Nothing lies anywhere.
    #[allow(clippy::new_without_default)] // Maps are statics.
    pub const fn new() -> Self {
        Self { root: AtomicPtr::new(null_mut()), readers: AtomicUsize::new(0), retired: Mutex::new(Vec::new()) }
    }

    /// Says what lies from `start` to `end`, where nothing did.
    pub fn insert(&self, start: usize, end: usize, value: V) {
        self.change(|tree| Some(insert(tree, Range { start, end, value })));
    }

    /// Nothing begins at `start` any more.
    pub fn remove(&self, start: usize) {
        self.change(|tree| remove(tree, start));
    }

    /// Runs `f` with the map; in a signal handler as well.
    pub fn read<R>(&self, f: impl FnOnce(Snapshot<'_, V>) -> R) -> R {
        self.readers.fetch_add(1, Ordering::SeqCst);
        let root = self.root.load(Ordering::SeqCst);
        // SAFETY: A1: this reader was counted before it loaded the root, so nobody frees the tree until it is done.
        let result = f(Snapshot(unsafe { root.as_ref() }));
        self.readers.fetch_sub(1, Ordering::SeqCst);
        result
    }

    fn change(&self, change: impl FnOnce(&Tree<V>) -> Tree<V>) {
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let root = self.root.load(Ordering::Relaxed);
        // SAFETY: it came from `Arc::into_raw` below, and is taken back once, by the holder of the lock that replaces it.
        let old = (!root.is_null()).then(|| unsafe { Arc::from_raw(root.cast_const()) });
        let new = change(&old).map_or(null_mut(), |root| Arc::into_raw(root).cast_mut());
        self.root.store(new, Ordering::SeqCst);
        retired.push(old);
        // A reader that counts itself from now on finds the new tree.
        if self.readers.load(Ordering::SeqCst) == 0 {
            retired.clear();
        }
    }
}

impl<V> Drop for AddressMap<V> {
    fn drop(&mut self) {
        let root = *self.root.get_mut();
        if !root.is_null() {
            // SAFETY: it came from `Arc::into_raw` in `change`, and nobody reads any more.
            drop(unsafe { Arc::from_raw(root.cast_const()) });
        }
    }
}

impl<V: Clone> Node<V> {
    fn with(&self, left: Tree<V>, right: Tree<V>) -> Arc<Self> {
        Arc::new(Self { range: self.range.clone(), priority: self.priority, left, right })
    }
}

/// A number that looks as if it had nothing to do with the address.
fn priority(start: usize) -> u64 {
    let x = (start as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 29)
}

fn insert<V: Clone>(tree: &Tree<V>, range: Range<V>) -> Arc<Node<V>> {
    let wanted = priority(range.start);
    match tree {
        Some(node) if node.priority >= wanted => {
            if range.start < node.range.start {
                node.with(Some(insert(&node.left, range)), node.right.clone())
            } else {
                node.with(node.left.clone(), Some(insert(&node.right, range)))
            }
        }
        _ => {
            let (left, right) = split(tree, range.start);
            Arc::new(Node { range, priority: wanted, left, right })
        }
    }
}

/// What begins below an address, and the rest.
fn split<V: Clone>(tree: &Tree<V>, at: usize) -> (Tree<V>, Tree<V>) {
    match tree {
        None => (None, None),
        Some(node) if node.range.start < at => {
            let (left, right) = split(&node.right, at);
            (Some(node.with(node.left.clone(), left)), right)
        }
        Some(node) => {
            let (left, right) = split(&node.left, at);
            (left, Some(node.with(right, node.right.clone())))
        }
    }
}

fn remove<V: Clone>(tree: &Tree<V>, start: usize) -> Tree<V> {
    let node = tree.as_ref()?;
    if start == node.range.start {
        return merge(&node.left, &node.right);
    }
    Some(if start < node.range.start {
        node.with(remove(&node.left, start), node.right.clone())
    } else {
        node.with(node.left.clone(), remove(&node.right, start))
    })
}

/// Two trees of which the first lies below the second.
fn merge<V: Clone>(low: &Tree<V>, high: &Tree<V>) -> Tree<V> {
    match (low, high) {
        (None, tree) | (tree, None) => tree.clone(),
        (Some(a), Some(b)) if a.priority >= b.priority => Some(a.with(a.left.clone(), merge(&a.right, high))),
        (Some(_), Some(b)) => Some(b.with(merge(low, &b.left), b.right.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth<V>(node: Option<&Node<V>>) -> usize {
        node.map_or(0, |node| 1 + depth(node.left.as_deref()).max(depth(node.right.as_deref())))
    }

    #[test]
    fn what_lies_there_is_found_in_few_steps() {
        const COUNT: usize = 5000;
        let map = AddressMap::new();
        // In an order of its own, with gaps.
        let start = |i: usize| 0x10_0000 + (i * 7919 % COUNT) * 0x1000;
        for i in 0..COUNT {
            map.insert(start(i), start(i) + 0x800, i);
        }
        for i in 0..COUNT {
            for (at, found) in [(0, true), (0x7ff, true), (0x800, false)] {
                map.read(|map| assert_eq!(map.find(start(i) + at).is_some(), found));
            }
            assert_eq!(map.read(|map| map.find(start(i)).map(|(at, &value)| (at, value))), Some((start(i), i)));
        }
        assert!(map.read(|map| map.find(0).is_none() && map.find(usize::MAX).is_none()));
        let deep = map.read(|map| depth(map.0));
        assert!(deep < 60, "{deep}");
        for i in (0..COUNT).filter(|i| i % 3 != 0) {
            map.remove(start(i));
        }
        for i in 0..COUNT {
            assert_eq!(map.read(|map| map.find(start(i)).is_some()), i % 3 == 0);
        }
        (0..COUNT).for_each(|i| map.remove(start(i)));
        assert!(map.read(|map| map.0.is_none()) && map.retired.lock().unwrap().is_empty());
    }

    #[test]
    fn readers_see_whole_trees_while_others_change_them() {
        let map = AddressMap::new();
        map.insert(0x1000, 0x2000, 1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (1..4)
                .map(|thread| {
                    let map = &map;
                    scope.spawn(move || {
                        for i in 0..500 {
                            let start = (thread << 24) + (i << 12);
                            map.insert(start, start + 16, i);
                            assert_eq!(map.read(|map| map.find(start + 1).map(|found| *found.1)), Some(i));
                            map.remove(start);
                        }
                    })
                })
                .collect();
            while threads.iter().any(|thread| !thread.is_finished()) {
                assert_eq!(map.read(|map| map.find(0x1800).map(|found| *found.1)), Some(1));
            }
        });
    }
}

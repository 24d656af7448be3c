//! Models of shares: loom runs each in every order that its threads and their caches allow.
//!
//! `RUSTFLAGS="--cfg loom"` makes the counts loom's atomics, and blocks its memory: one that is given back twice or never
//! fails. A cell of loom's is the value: whoever reads it while another thread may still write it, or after it was dropped
//! there, has found a race.

extern crate std;

use crate::shared::{Arc, Weak};
use loom::cell::UnsafeCell;
use loom::thread;
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A value, and how often it was dropped.
struct Value(UnsafeCell<u32>, StdArc<AtomicUsize>);

// SAFETY: loom tells whoever reads it too early or too late.
unsafe impl Sync for Value {}

impl Value {
    fn new() -> (Self, StdArc<AtomicUsize>) {
        let drops = StdArc::new(AtomicUsize::new(0));
        (Self(UnsafeCell::new(7), drops.clone()), drops)
    }

    fn read(&self) -> u32 {
        // SAFETY: loom looks whether anybody may write it.
        self.0.with(|value| unsafe { *value })
    }

    fn write(&mut self, value: u32) {
        // SAFETY: loom looks whether anybody else may read or write it.
        self.0.with_mut(|at| unsafe { *at = value });
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.write(0);
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

fn dropped(drops: &AtomicUsize) -> usize {
    drops.load(Ordering::Relaxed)
}

#[test]
fn the_last_share_drops_the_value_once_after_all_others() {
    loom::model(|| {
        let (value, drops) = Value::new();
        let ours = Arc::try_new(value).unwrap();
        let theirs = ours.clone();
        let other = thread::spawn(move || {
            let more = theirs.clone();
            drop(theirs);
            assert_eq!(more.read(), 7);
        });
        assert_eq!(ours.read(), 7);
        drop(ours);
        other.join().unwrap();
        assert_eq!(dropped(&drops), 1);
    });
}

#[test]
fn one_of_two_takes_the_value() {
    loom::model(|| {
        let (value, drops) = Value::new();
        let ours = Arc::try_new(value).unwrap();
        let theirs = ours.clone();
        let take = |share: Arc<Value>| {
            Arc::into_inner(share).is_some_and(|mut value| {
                assert_eq!(value.read(), 7);
                value.write(8);
                true
            })
        };
        let other = thread::spawn(move || take(theirs));
        let taken = take(ours);
        assert_ne!(taken, other.join().unwrap());
        assert_eq!(dropped(&drops), 1);
    });
}

#[test]
fn what_is_alone_is_changed_after_all_that_others_read() {
    loom::model(|| {
        let mut ours = Arc::try_new(Value::new().0).unwrap();
        let theirs = ours.clone();
        let other = thread::spawn(move || assert_eq!(theirs.read(), 7));
        if let Some(value) = Arc::get_mut(&mut ours) {
            value.write(8);
        }
        other.join().unwrap();
        assert!(Arc::get_mut(&mut ours).is_some());
    });
}

#[test]
fn a_weak_one_becomes_a_share_or_the_value_is_gone() {
    loom::model(|| {
        let (value, drops) = Value::new();
        let ours = Arc::try_new(value).unwrap();
        let weak = Arc::downgrade(&ours);
        let other = thread::spawn(move || match weak.upgrade() {
            Some(share) => assert_eq!(share.read(), 7),
            None => assert!(weak.strong_count() == 0),
        });
        drop(ours);
        other.join().unwrap();
        assert_eq!(dropped(&drops), 1);
    });
}

#[test]
fn nothing_is_changed_while_a_weak_one_may_become_a_share() {
    loom::model(|| {
        let mut ours = Arc::try_new(Value::new().0).unwrap();
        let weak = Arc::downgrade(&ours);
        let other = thread::spawn(move || {
            if let Some(share) = weak.upgrade() {
                drop(weak);
                assert!(share.read() == 7);
            }
        });
        if let Some(value) = Arc::get_mut(&mut ours) {
            value.write(7);
        }
        other.join().unwrap();
        assert!(Arc::get_mut(&mut ours).is_some());
    });
}

#[test]
fn weak_ones_are_made_while_another_asks_whether_it_is_alone() {
    loom::model(|| {
        let mut ours = Arc::try_new(Value::new().0).unwrap();
        let theirs = ours.clone();
        let other = thread::spawn(move || {
            let weak = Arc::downgrade(&theirs);
            drop(theirs);
            if let Some(share) = weak.upgrade() {
                assert_eq!(share.read(), 7);
            }
        });
        if let Some(value) = Arc::get_mut(&mut ours) {
            value.write(7);
        }
        drop(ours);
        other.join().unwrap();
    });
}

#[test]
fn what_leads_to_itself_is_whole_when_it_is_reached() {
    loom::model(|| {
        let mut other = None;
        let made = Arc::try_new_cyclic(|weak: &Weak<Value>| {
            let weak = weak.clone();
            other = Some(thread::spawn(move || weak.upgrade().map(|share| share.read())));
            Value::new().0
        });
        drop(made.unwrap());
        let seen = other.and_then(|other| other.join().unwrap());
        assert!(seen.is_none_or(|value| value == 7));
    });
}

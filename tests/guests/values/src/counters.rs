//! `counters`: a resource with every kind of function, and counts of what was made and dropped.

use crate::Values;
use crate::exports::coracle::values::counters::{Counter, CounterBorrow, Guest, GuestCounter};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static MADE: AtomicU32 = AtomicU32::new(0);
static DROPPED: AtomicU32 = AtomicU32::new(0);

/// The thing behind a handle.
pub struct Count(Cell<u32>);

impl Count {
    fn of(start: u32) -> Count {
        MADE.fetch_add(1, Relaxed);
        Count(Cell::new(start))
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Relaxed);
    }
}

impl GuestCounter for Count {
    fn new(start: u32) -> Count {
        Count::of(start)
    }

    fn add(&self, n: u32) -> u32 {
        self.0.set(self.0.get().wrapping_add(n));
        self.0.get()
    }

    fn get(&self) -> u32 {
        self.0.get()
    }

    fn join(a: Counter, b: Counter) -> Counter {
        Counter::new(Count::of(value(&a).wrapping_add(value(&b))))
    }
}

fn value(counter: &Counter) -> u32 {
    counter.get::<Count>().0.get()
}

impl Guest for Values {
    type Counter = Count;

    fn live() -> u32 {
        MADE.load(Relaxed) - DROPPED.load(Relaxed)
    }

    fn dropped() -> u32 {
        DROPPED.load(Relaxed)
    }

    fn consume(c: Counter) -> u32 {
        value(&c)
    }

    fn peek(c: CounterBorrow<'_>) -> u32 {
        c.get::<Count>().0.get()
    }

    fn pass(c: Counter) -> Counter {
        c
    }

    fn make(n: u32) -> Vec<Counter> {
        (0..n).map(|start| Counter::new(Count::of(start))).collect()
    }

    fn sum(all: Vec<Counter>) -> u32 {
        all.iter().map(value).fold(0, u32::wrapping_add)
    }

    fn sum_peek(all: Vec<CounterBorrow<'_>>, one: Option<CounterBorrow<'_>>) -> u32 {
        all.iter().chain(&one).map(|c| c.get::<Count>().0.get()).fold(0, u32::wrapping_add)
    }
}

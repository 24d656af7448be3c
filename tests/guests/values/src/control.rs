//! `control`: where `echo` answers from, and what this component does to the counters that it imports.

use crate::Values;
use crate::coracle::values::counters::{self, Counter};
use crate::exports::coracle::values::control::{Guest, Route};
use std::cell::RefCell;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static THROUGH_IMPORT: AtomicBool = AtomicBool::new(false);

thread_local! {
    static KEPT: RefCell<Option<Counter>> = const { RefCell::new(None) };
}

/// Whether `echo` asks the imported one.
pub fn through_import() -> bool {
    THROUGH_IMPORT.load(Relaxed)
}

impl Guest for Values {
    fn set_route(to: Route) {
        THROUGH_IMPORT.store(matches!(to, Route::ThroughImport), Relaxed);
    }

    fn drive_counters() -> Vec<String> {
        let (live, dropped) = (counters::live(), counters::dropped());
        let mut lines = Vec::new();
        let a = Counter::new(40);
        lines.push(format!("add {}", a.add(2)));
        lines.push(format!("peek {}", counters::peek(&a)));
        let b = counters::pass(Counter::new(7));
        lines.push(format!("live {}", counters::live() - live));
        let joined = Counter::join(a, b);
        lines.push(format!("join {} live {}", joined.get(), counters::live() - live));
        let many = counters::make(5);
        let borrowed: Vec<&Counter> = many.iter().collect();
        lines.push(format!("sum-peek {}", counters::sum_peek(&borrowed, Some(&joined))));
        lines.push(format!("consume {}", counters::consume(joined)));
        lines.push(format!("sum {}", counters::sum(many)));
        drop(Counter::new(1));
        lines.push(format!("live {} dropped {}", counters::live() - live, counters::dropped() - dropped));
        lines
    }

    fn keep_counter(start: u32) -> u32 {
        let counter = Counter::new(start);
        let value = counter.get();
        KEPT.set(Some(counter));
        value
    }

    fn add_to_kept(n: u32) -> Option<u32> {
        KEPT.with_borrow(|kept| kept.as_ref().map(|counter| counter.add(n)))
    }

    fn drop_kept() {
        KEPT.set(None);
    }

    fn churn(bytes: u32) {
        black_box(vec![1_u8; bytes as usize]);
    }

    fn trap() {
        core::arch::wasm32::unreachable()
    }

    fn recurse(depth: u32) -> u32 {
        if black_box(depth) == 0 { 0 } else { black_box(Self::recurse(depth - 1)) + 1 }
    }
}

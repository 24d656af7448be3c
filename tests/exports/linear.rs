//! Loading and looking up cost what the exports cost, however many there are.

use crate::wide::{DEEP, name, wide};
use coracle::Engine;
use coracle::component::Component;
use std::time::{Duration, Instant};

/// What each of `count` exports takes to load and to look up, the best of a few tries.
fn each(engine: &Engine, count: u32, depth: u32) -> [Duration; 2] {
    let bytes = wide(count, depth);
    let mut best = [Duration::MAX; 2];
    for _ in 0..3 {
        let start = Instant::now();
        let component = Component::new(engine, &bytes).unwrap();
        best[0] = best[0].min(start.elapsed() / count);
        let names: Vec<String> = (0..count / depth).map(name).collect();
        let start = Instant::now();
        let mut parent = None;
        for _ in 0..depth {
            if depth > 1 {
                parent = component.get_export_index(parent.as_ref(), "down");
            }
            let found = names.iter().filter(|name| component.get_export_index(parent.as_ref(), *name).is_some());
            assert_eq!(found.count(), names.len());
        }
        best[1] = best[1].min(start.elapsed() / count);
    }
    best
}

#[test]
fn a_hundred_times_the_exports_cost_a_hundred_times_as_much() {
    let engine = Engine::default();
    for depth in [1, DEEP] {
        let times = [1_000, 10_000, 100_000].map(|count| each(&engine, count, depth));
        println!("{depth} deep: load and look-up of each export, of 1k, 10k, 100k: {times:?}");
        // Caches are left behind on the way, and machines are shared. Quadratic would be a hundred times as much.
        for what in 0..2 {
            let floor = times[0][what].max(Duration::from_nanos(100));
            assert!(times[2][what] < floor * 12, "{depth} deep: {times:?}");
        }
    }
}

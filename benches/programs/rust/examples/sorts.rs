//! Sorting: numbers, pairs by a key, strings and floats, by the library and by hand, and a search in what is sorted.

use programs::{mix, Numbers};

fn heap_sort(values: &mut [u32]) {
    fn sink(values: &mut [u32], mut at: usize) {
        while let Some(mut child) = Some(2 * at + 1).filter(|child| *child < values.len()) {
            if child + 1 < values.len() && values[child] < values[child + 1] {
                child += 1;
            }
            if values[at] >= values[child] {
                return;
            }
            values.swap(at, child);
            at = child;
        }
    }
    (0..values.len() / 2).rev().for_each(|at| sink(values, at));
    for end in (1..values.len()).rev() {
        values.swap(0, end);
        sink(&mut values[..end], 0);
    }
}

fn round(i: u32) -> u32 {
    let mut numbers = Numbers::from(i + 31);
    let values: Vec<u32> = (0..4_096).map(|_| numbers.next()).collect();
    let (mut quick, mut heap) = (values.clone(), values.clone());
    quick.sort_unstable();
    heap_sort(&mut heap);
    assert!(quick == heap);
    let mut pairs: Vec<(u16, u32)> = values.iter().map(|v| ((v >> 24) as u16, *v)).collect();
    pairs.sort_by_key(|pair| pair.0);
    let mut floats: Vec<f64> = values.iter().map(|v| f64::from(*v as i32) / 3.0).collect();
    floats.sort_by(f64::total_cmp);
    let mut names: Vec<String> = values.iter().step_by(8).map(|v| format!("n{:x}", v % 9_999)).collect();
    names.sort();
    names.dedup();
    let mut sum = names.len() as u32;
    for value in &values {
        let at = quick.partition_point(|v| v < value);
        sum = mix(sum, at as u32 ^ pairs[at].1 ^ floats[at].to_bits() as u32);
    }
    names.iter().flat_map(|name| name.bytes()).fold(sum, |sum, byte| mix(sum, byte.into()))
}

programs::rounds!(round);

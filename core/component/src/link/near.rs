//! What somebody may have meant who asks for a name that is not there.
//! `near_off` stands in for this file in compact builds.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Names that are like `name`: the same but for the version, or few letters apart.
pub(crate) fn near(name: &str, names: impl FnOnce() -> Vec<String>) -> Vec<String> {
    let names = names();
    let base = |n: &str| n.split('@').next().unwrap_or(n).to_string();
    let package = |n: &str| base(n).split('/').next().map(ToString::to_string);
    let want = base(name);
    let mut found: Vec<_> = names.iter().filter(|n| base(n) == want || distance(&base(n), &want) <= 2).collect();
    if found.is_empty() && want.contains('/') {
        found = names.iter().filter(|n| package(n) == package(name)).collect();
    }
    found.into_iter().take(8).cloned().collect()
}

/// How many letters must be changed, added or removed; stops counting where that is more than a few.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 2 || a.len() > 200 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

//! Strings: a text is made, split, folded, counted, sorted, joined and printed, in more than one alphabet.

use programs::{mix, Numbers};
use std::collections::BTreeMap;
use std::fmt::Write;

const SYLLABLES: [&str; 12] = ["ka", "mö", "ri", "ça", "лу", "no", "σι", "te", "wy", "bra", "ži", "o"];

fn text(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for _ in 0..700 {
        for _ in 0..1 + numbers.next() % 3 {
            text.push_str(SYLLABLES[numbers.next() as usize % SYLLABLES.len()]);
        }
        text.push(if numbers.next() % 9 == 0 { '\n' } else { ' ' });
    }
    text
}

fn round(i: u32) -> u32 {
    let text = text(&mut Numbers::from(i.wrapping_mul(2_654_435_761) | 1));
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_uppercase()).or_default() += 1;
    }
    let mut page = String::new();
    for (word, count) in &counts {
        writeln!(page, "{word:>12} {count:04} {:.2}", f64::from(*count) / 7.0).unwrap();
    }
    let parsed: u32 = page.lines().filter_map(|line| line.split(' ').rev().nth(1)?.parse::<u32>().ok()).sum();
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let turned: String = text.chars().rev().filter(|c| c.is_alphabetic()).collect();
    let found = ["kari", "лу", "te wy"].iter().map(|word| text.matches(word).count() as u32).sum::<u32>();
    page.bytes().chain(turned.bytes()).fold(parsed ^ longest as u32 ^ found, |sum, b| mix(sum, b.into()))
}

programs::rounds!(round);

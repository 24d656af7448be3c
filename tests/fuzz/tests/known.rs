//! What was found once, and a hundred inputs more: `cargo test --release` here.

use coracle_fuzz::drive::{input, known};

#[test]
fn known_inputs_of_parse() {
    known("parse").for_each(|(_, bytes)| coracle_fuzz::parse(&bytes));
    (0..100).for_each(|seed| coracle_fuzz::parse(&input(seed)));
}

#[test]
fn known_inputs_of_translate_exec() {
    known("translate_exec").for_each(|(_, bytes)| coracle_fuzz::translate_exec(&bytes));
    (0..100).for_each(|seed| coracle_fuzz::translate_exec(&input(seed)));
}

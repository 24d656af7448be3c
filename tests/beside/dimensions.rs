//! What tests run with besides: words of `CORACLE_TEST_WITH` in the environment.
//!
//! `movable`: memories are not reserved, so native code compares addresses, and memories move when they grow. `garbage`:
//! the interpreter's stacks hold garbage before they are used. `prepared`: the interpreter's code is prepared first, as for
//! a machine with few ops and addresses of another size. A test that asks for something itself gets that.

use coracle::Config;

/// Sets what the environment asks for.
///
/// # Panics
/// On a word that nobody knows: a test that runs with less than was meant would pass for nothing.
pub(crate) fn apply(config: &mut Config) {
    let asked = std::env::var("CORACLE_TEST_WITH").unwrap_or_default();
    for word in asked.split([',', ' ']).filter(|word| !word.is_empty()) {
        match word {
            "movable" => config.memory_reservation(0),
            "garbage" => config.garbage_in_stacks(true),
            "prepared" => config.prepare_code(true),
            _ => panic!("CORACLE_TEST_WITH knows `movable`, `garbage` and `prepared`, not `{word}`"),
        };
    }
}

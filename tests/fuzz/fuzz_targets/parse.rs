//! Bytes → parser, validator, translator: an error or none, never a panic.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| coracle_fuzz::parse(data));

#[cfg(not(fuzzing))]
fn main() {
    coracle_fuzz::drive::main("parse", coracle_fuzz::parse);
}

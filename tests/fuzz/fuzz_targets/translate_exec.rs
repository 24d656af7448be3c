//! A valid module, in the tail dispatcher and in the loop: the same results, traps, fuel and memories.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| coracle_fuzz::translate_exec(data));

#[cfg(not(fuzzing))]
fn main() {
    coracle_fuzz::drive::main("translate_exec", coracle_fuzz::translate_exec);
}

//! What a runtime does with a case, told as lines of text.
//!
//! This is built twice, over Coracle and over wasmtime, from one source: nothing in it knows which. So it is also a
//! program that uses much of the API that both have.
//!
//! # Invariants
//! - A line says nothing that two right runtimes may say differently. What ends with the fuel or the stack says that
//!   nothing behind it is to be compared.

#[path = "../../roundtrip/guest.rs"]
mod guest;
#[path = "../../roundtrip/ty.rs"]
mod ty;

mod component;
mod module;
mod raw;

pub use component::{Shape, components};
pub use module::{Numbers, Program, call_rounds, modules};

use coracle::{Config, Error, ThrownException, Trap};

/// One thing that was seen, and whether all behind it may differ.
pub type Seen = (String, bool);

/// Settings that both runtimes have: the proposals that generated programs use, canonical NaNs if asked for.
pub fn config(canonical_nans: bool, fuel: bool) -> Config {
    let mut config = Config::new();
    config.wasm_memory64(true).wasm_multi_memory(true).wasm_tail_call(true).wasm_exceptions(true).wasm_threads(true);
    config.wasm_function_references(true).wasm_relaxed_simd(true).relaxed_simd_deterministic(true);
    config.wasm_custom_page_sizes(true).wasm_wide_arithmetic(true).wasm_extended_const(true).shared_memory(true);
    config.wasm_component_model_map(true).wasm_component_model_fixed_length_lists(true);
    config.cranelift_nan_canonicalization(canonical_nans).consume_fuel(fuel).max_wasm_stack(256 << 10);
    config
}

/// How a call failed.
fn why(error: &Error) -> Seen {
    if error.is::<ThrownException>() {
        return ("thrown".into(), false);
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => (format!("trap {trap:?}"), matches!(trap, Trap::OutOfFuel | Trap::StackOverflow)),
        None => ("error".into(), false),
    }
}

/// A sum over bytes, in their order.
pub fn sum(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

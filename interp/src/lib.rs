//! The interpreter of the Coracle component runtime.
//!
//! It translates a wasm body, at its first call, to code in register form, and runs that: operands are frame slots,
//! immediates and accumulators; the code word of an op is its handler's address; a callee's frame begins at its
//! arguments. Modules, in the order in which a function meets them: `tier` is what an engine sees, `translate` makes
//! `code` out of the ops of the table (`exec/ops`), `verify` looks at it, `exec` runs it, `print` shows it. `prepare` makes
//! code to be run elsewhere, and `prepared` is what becomes of such code.
//!
//! # Invariants
//! - Guest calls never recurse on the host's stack, and translation does not recurse at all.
//! - Translation of a validated body takes time and memory linear in it, or ends with an error of a limit.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod code;
mod exec;
#[cfg(all(feature = "translate", op_forms, target_endian = "little"))]
mod prepare;
#[cfg(not(all(feature = "translate", op_forms, target_endian = "little")))]
#[path = "prepare_off.rs"]
mod prepare;
mod prepared;
#[cfg(all(feature = "inspect", feature = "translate"))]
mod print;
#[cfg(not(all(feature = "inspect", feature = "translate")))]
#[path = "print_off.rs"]
mod print;
pub mod tier;
#[cfg(feature = "translate")]
mod translate;
#[cfg(not(feature = "translate"))]
#[path = "translate_off.rs"]
mod translate;
#[cfg(all(feature = "translate", any(verify_code, test)))]
mod verify;

pub use tier::tier;

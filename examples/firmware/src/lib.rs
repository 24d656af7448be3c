//! What the programs share: an engine, the console, the heap, and figures about flash, heap and stack.
//!
//! # Invariants
//! - There is one core, and no interrupt runs code of ours.
#![no_std]

extern crate alloc;

pub mod flash;
pub mod greet;
pub mod heap;
pub mod stack;

#[cfg(feature = "translate")]
use coracle::component::Component;
use coracle::{Config, Engine, Result};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};
use cortex_m_semihosting::{debug, hprintln};

core::arch::global_asm!(include_str!("memory.s"));

/// Bytes of the guest's stack of cells.
const STACK_BYTES: usize = 1 << 10;

/// Bytes of the stack that calls of guests and of the host by them may take.
const HOST_STACK_BYTES: usize = 16 << 10;

/// An engine for guests that take little.
///
/// # Errors
/// Where there is no memory for it.
pub fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .wasm_backtrace(false)
        .max_wasm_stack(HOST_STACK_BYTES)
        .interpreter_stack_size(STACK_BYTES);
    Engine::new(&config)
}

/// Loads a component from flash, and validates it.
#[cfg(feature = "validate")]
pub fn load(engine: &Engine, bytes: &'static [u8]) -> Result<Component> {
    Component::from_static(engine, bytes)
}

/// Loads a component from flash as it is.
#[cfg(all(feature = "translate", not(feature = "validate")))]
pub fn load(engine: &Engine, bytes: &'static [u8]) -> Result<Component> {
    // SAFETY: the components in this firmware are valid, but for one that ends too early, of which no body is run. A
    // device would check a signature here.
    unsafe { Component::from_static_unchecked(engine, bytes) }
}

/// The most that any step took, since [`figures`] was called last.
static MOST: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// A step has ended: how much of heap and stack it took at most.
pub fn step(what: &str) {
    let taken = [heap::peak(), stack::peak()];
    hprintln!("  {}: heap {}, stack {}", what, taken[0], taken[1]);
    for (most, taken) in MOST.iter().zip(taken) {
        most.fetch_max(taken, Ordering::Relaxed);
    }
    heap::forget_peak();
    stack::paint();
}

/// A component's life has ended: how much of heap and stack it took at most.
pub fn figures(what: &str) {
    step("end");
    let [heap, stack] = [0, 1].map(|i| MOST[i].swap(0, Ordering::Relaxed));
    hprintln!("{}: heap {} bytes, stack {} bytes at most", what, heap, stack);
}

/// Ends the program with an answer that the runner can see.
pub fn exit(right: bool) -> ! {
    debug::exit(if right { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    // A debugger may go on; a board has nowhere to go.
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    hprintln!("panicked");
    exit(false)
}

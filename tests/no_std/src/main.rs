//! A program without `std` that links the runtime and runs on the host.
//!
//! It brings its own panic handler and its own allocator.
//! If any crate below pulled `std` in, there would be two panic handlers and this would not compile;
//! so it proves, without a cross toolchain, that the portable half of the runtime stays portable.
#![no_std]
#![no_main]

mod heap;

use coracle as _;
use coracle_core as _;
use coracle_interp as _;

/// Prints through the C library, the only thing here that belongs to an operating system.
fn print(text: &str) {
    // SAFETY: the pointer and the length are those of one live string.
    unsafe { libc::write(1, text.as_ptr().cast(), text.len()) };
}

/// The entry that the C start-up code calls.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    print("no_std: linked\n");
    0
}

/// The precompiled `core` names this symbol, though nothing unwinds here and it is never called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    print("no_std: panic\n");
    // SAFETY: ending the process has no precondition.
    unsafe { libc::abort() }
}

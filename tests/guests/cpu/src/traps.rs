//! One trap for each name, reached through code that works at first.
//!
//! The broken promises below are the point: what Rust leaves undefined, WebAssembly defines as a trap.
//! Operands are opaque to the compiler, so it emits the plain instruction.

use std::hint::black_box;
use std::process::ExitCode;

/// Raises the trap of a kind; returns only when there is no such kind.
pub fn run(kind: &str) -> ExitCode {
    println!("before {kind}");
    match kind {
        "unreachable" => core::arch::wasm32::unreachable(),
        "divide" => println!("{}", divide_down(black_box(1000))),
        "overflow" => println!("{}", divide(black_box(i32::MIN), black_box(-1))),
        "load" => println!("{}", walk()),
        "stack" => println!("{}", sink(black_box(1))),
        "indirect" => println!("{}", call(black_box(0xffff_fff0))),
        _ => {
            eprintln!("no trap `{kind}`");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Divides by ever smaller numbers until the divisor is zero: hot before it traps.
#[inline(never)]
fn divide_down(from: i32) -> i32 {
    (0..=from).rev().fold(0, |sum: i32, by| sum.wrapping_add(divide(1_000_000, by)))
}

/// The machine's division, without the check that Rust puts before it.
#[inline(never)]
fn divide(a: i32, b: i32) -> i32 {
    // SAFETY: broken on purpose, see the head of this file.
    unsafe { black_box(a).checked_div(black_box(b)).unwrap_unchecked() }
}

/// Reads ever higher addresses until there is no memory.
#[inline(never)]
fn walk() -> u32 {
    let mut sum: u32 = 0;
    let mut address: usize = 0x1_0000;
    loop {
        // SAFETY: broken on purpose, see the head of this file.
        sum = sum.wrapping_add(unsafe { (black_box(address) as *const u32).read_volatile() });
        address += 4096;
    }
}

/// Calls itself without end, and not in tail position.
#[inline(never)]
#[allow(unconditional_recursion, reason = "the trap that is asked for")]
fn sink(depth: u64) -> u64 {
    black_box(sink(black_box(depth + 1))) ^ depth
}

/// Calls what is no entry of the function table.
#[inline(never)]
fn call(index: usize) -> u32 {
    // SAFETY: broken on purpose, see the head of this file.
    let function: fn(u32) -> u32 = unsafe { core::mem::transmute(index) };
    function(1)
}

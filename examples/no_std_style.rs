//! A component called from code that needs no `std`: bytes that lie in the program, `alloc`, and no file, thread or clock.
//!
//! `cargo run --example no_std_style`; `tests/no_std` is a program that links without `std` at all.

#![cfg_attr(not(test), no_std)]

extern crate alloc;
extern crate std;

use alloc::format;
use alloc::string::String;
use coracle::component::{Component, Linker};
use coracle::error::Context;
use coracle::{Engine, Result, Store};

/// A raw component, as it would lie in flash. It is borrowed, not copied, and nothing has prepared it elsewhere.
static GUEST: &[u8] = include_bytes!("../tests/guests/values/values.wasm");

/// Bytes of memory that a guest may have on a small machine.
const MEMORY_BYTES: usize = 2 << 20;

/// Sends a text through the guest and back.
fn echo(text: &str) -> Result<String> {
    let engine = Engine::default();
    let component = Component::from_static(&engine, GUEST)?;
    // Names are looked up once; what is left are numbers.
    let interface = component.get_export_index(None, "coracle:values/echo@0.1.0").context("no interface")?;
    let echo = component.get_export_index(Some(&interface), "echo-string").context("no function")?;

    let mut linker = Linker::<coracle::StoreLimits>::new(&engine);
    linker.define_unknown_imports_as_traps(&component)?;
    let limits = coracle::StoreLimitsBuilder::new().memory_size(MEMORY_BYTES).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let instance = linker.instantiate(&mut store, &component)?;
    let echo = instance.get_typed_func::<(&str,), (String,)>(&mut store, &echo)?;
    Ok(echo.call(&mut store, (text,))?.0)
}

/// What a board would do with a line: a UART, a display.
fn print(line: &str) {
    std::println!("{line}");
}

pub(crate) fn main() -> Result<()> {
    let text = echo("through a component and back")?;
    print(&format!("the guest says: {text}"));
    assert_eq!(text, "through a component and back");
    // What is broken is an error with a place, never a panic.
    let error = Component::from_static(&Engine::default(), &GUEST[..1000]).err().context("it is cut off")?;
    print(&format!("cut off: {error}"));
    Ok(())
}

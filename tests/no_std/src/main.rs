//! A program without `std` that links the runtime and runs on the host.
//!
//! It loads raw components from its own image, links them, sends a string through one and waits in another.
//! It brings its own panic handler and its own allocator.
//! If any crate below pulled `std` in, there would be two panic handlers and this would not compile;
//! so it proves, without a cross toolchain, that the portable half of the runtime stays portable.
#![no_std]
#![no_main]

mod heap;
mod waits;

extern crate alloc;

use alloc::format;
use alloc::string::String;
use coracle::component::{Component, Linker};
use coracle::error::Context;
use coracle::{Engine, Result, Store};

/// A library over every kind of value; what it imports is not called here.
static GUEST: &[u8] = include_bytes!("../../guests/values/values.wasm");

/// Prints through the C library, the only thing here that belongs to an operating system.
fn print(text: &str) {
    // SAFETY: the pointer and the length are those of one live string.
    unsafe { libc::write(1, text.as_ptr().cast(), text.len()) };
}

fn echo(text: &str) -> Result<String> {
    let engine = Engine::default();
    let component = Component::from_static(&engine, GUEST)?;
    let interface = component.get_export_index(None, "coracle:values/echo@0.1.0").context("no interface")?;
    let function = component.get_export_index(Some(&interface), "echo-string").context("no function")?;
    let mut linker = Linker::<()>::new(&engine);
    linker.define_unknown_imports_as_traps(&component)?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component)?;
    let function = instance.get_typed_func::<(&str,), (String,)>(&mut store, &function)?;
    Ok(function.call(&mut store, (text,))?.0)
}

/// The entry that the C start-up code calls.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let text = "through a component and back";
    let tested = echo(text).and_then(|back| {
        waits::modules()?;
        waits::components()?;
        Ok(back)
    });
    match tested {
        Ok(back) => {
            print(&format!("no_std: {back}\n"));
            i32::from(back != text)
        }
        Err(error) => {
            print(&format!("no_std: {error:?}\n"));
            1
        }
    }
}

/// The precompiled `core` names this symbol, though nothing unwinds here and it is never called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// The precompiled `alloc` names this symbol for its landing pads, which nothing ever enters: a panic aborts.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    // SAFETY: ending the process has no precondition.
    unsafe { libc::abort() }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    print(&format!("no_std: {info}\n"));
    // SAFETY: ending the process has no precondition.
    unsafe { libc::abort() }
}

//! A raw component with strings: loaded from flash, linked with a function of the host, called, and an error where it
//! is broken.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use coracle::component::Linker;
use coracle::{Config, Engine, Result, Store, StoreContextMut};
use coracle_firmware::{exit, figures, flash, heap, load, stack, step};
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;

static STRING: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/string.wasm"));
static PAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.wasm"));

/// What these calls take of fuel, here as on any machine.
const FUEL: &str = include_str!("../../guests/fuel.txt");

/// Bytes of the guest's stack of cells.
const STACK_BYTES: usize = 1 << 10;

/// Bytes of the stack that calls of guests and of the host by them may take.
const HOST_STACK_BYTES: usize = 16 << 10;

/// Loads a component, links it, calls it, and prints what it says.
fn run(guest: &'static [u8]) -> Result<bool> {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .wasm_backtrace(false)
        .max_wasm_stack(HOST_STACK_BYTES)
        .interpreter_stack_size(STACK_BYTES);
    let engine = Engine::new(&config)?;
    let component = load(&engine, guest)?;
    step("load");
    let mut linker = Linker::<u32>::new(&engine);
    linker.root().func_wrap("log", |mut store: StoreContextMut<'_, u32>, (line,): (String,)| {
        hprintln!("  guest: {}", line);
        *store.data_mut() += 1;
        Ok(())
    })?;
    let mut store = Store::new(&engine, 0);
    store.set_fuel(1_000_000)?;
    let instance = linker.instantiate(&mut store, &component)?;
    step("link");
    let greet = instance.get_typed_func::<(&str,), (String,)>(&mut store, "greet")?;
    let (text,) = greet.call(&mut store, ("board",))?;
    step("call");
    let fib = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "fib")?;
    let (number,) = fib.call(&mut store, (15,))?;
    let fuel = 1_000_000 - store.get_fuel()?;
    hprintln!("  {}, fib(15) = {}, fuel {}", text, number, fuel);
    Ok(text == "hello, board" && number == 610 && *store.data() == 1 && FUEL.trim().parse() == Ok(fuel))
}

/// The same with a verdict.
fn shown(what: &str, guest: &'static [u8]) -> bool {
    let right = run(guest).unwrap_or_else(|error| {
        hprintln!("  error: {}", error);
        false
    });
    figures(what);
    right
}

#[entry]
fn main() -> ! {
    heap::init();
    stack::paint();
    flash::print();
    let ran = shown("string, memory of 2 KiB", STRING);
    let page = shown("string, memory of 64 KiB", PAGE);
    let refused = !shown("a component that ends too early", &STRING[..STRING.len() / 2]);
    let again = shown("the same once more", STRING);
    hprintln!("heap behind all: {} bytes", heap::used());
    exit(ran && page && refused && again && heap::used() == 0)
}

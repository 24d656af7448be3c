//! A raw component with strings: loaded from flash, linked with a function of the host, called, and an error where it
//! is broken.
#![no_std]
#![no_main]

use coracle_firmware::greet::{refused, shown};
use coracle_firmware::{exit, flash, heap, load, stack};
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;

static STRING: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/string.wasm"));
static FLOATS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/floats.wasm"));
static PAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.wasm"));

#[entry]
fn main() -> ! {
    heap::init();
    stack::paint();
    flash::print();
    let ran = shown(load, "string, memory of 2 KiB", STRING);
    let page = shown(load, "string, memory of 64 KiB", PAGE);
    let early = refused(load, "a component that ends too early", &STRING[..STRING.len() / 2]);
    let floats = refused(load, "a component with floats", FLOATS);
    let again = shown(load, "the same once more", STRING);
    hprintln!("heap behind all: {} bytes", heap::used());
    exit(ran && page && early && floats != cfg!(feature = "floats") && again && heap::used() == 0)
}

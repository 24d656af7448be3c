//! The component with strings as `build.rs` prepared it: no parser, validator or translator is in this program, and the
//! code is run from flash. What is cut off or has changed is an error.
#![no_std]
#![no_main]

use coracle::component::Component;
use coracle::{Engine, Result};
use coracle_firmware::greet::{refused, shown};
use coracle_firmware::{exit, flash, heap, stack};
use core::ptr::NonNull;
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;

/// Code is run where it lies if it is aligned.
#[repr(C, align(8))]
struct Aligned<T>(T);

static STRING: Aligned<[u8; include_bytes!(concat!(env!("OUT_DIR"), "/string.prepared")).len()]> =
    Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/string.prepared")));
static PAGE: Aligned<[u8; include_bytes!(concat!(env!("OUT_DIR"), "/page.prepared")).len()]> =
    Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/page.prepared")));
static FLOATS: Aligned<[u8; include_bytes!(concat!(env!("OUT_DIR"), "/floats.prepared")).len()]> =
    Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/floats.prepared")));
static CHANGED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/changed.prepared"));

fn load(engine: &Engine, bytes: &'static [u8]) -> Result<Component> {
    // SAFETY: `build.rs` made these bytes, and changed some of them so that the checksum tells.
    unsafe { Component::deserialize_raw(engine, NonNull::from(bytes)) }
}

#[entry]
fn main() -> ! {
    heap::init();
    stack::paint();
    flash::print();
    let ran = shown(load, "prepared, memory of 2 KiB", &STRING.0);
    let page = shown(load, "prepared, memory of 64 KiB", &PAGE.0);
    let early = refused(load, "a component that ends too early", &STRING.0[..STRING.0.len() / 2]);
    let changed = refused(load, "a component in which a bit has changed", CHANGED);
    let floats = refused(load, "a component with floats", &FLOATS.0);
    let again = shown(load, "the same once more", &STRING.0);
    hprintln!("heap behind all: {} bytes", heap::used());
    exit(ran && page && early && changed && floats != cfg!(feature = "floats") && again && heap::used() == 0)
}

//! A raw component with resources: pins that the host has, counters that the guest has.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use coracle::component::{Linker, Resource, ResourceAny, ResourceType};
use coracle::{Result, Store, StoreContextMut};
use coracle_firmware::{engine, exit, figures, flash, heap, load, stack, step};
use cortex_m_rt::entry;
use cortex_m_semihosting::hprintln;

static RESOURCE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/resource.wasm"));

/// A pin of the board; here only a note of it.
struct Pin {
    number: u32,
    switched: u32,
}

#[derive(Default)]
struct Board {
    pins: Vec<Pin>,
    free: u32,
}

fn link(linker: &mut Linker<Board>) -> Result<()> {
    let mut pins = linker.instance("board:io/pins")?;
    pins.resource("pin", ResourceType::host::<Pin>(), |mut store, rep| {
        let board: &mut Board = store.data_mut();
        hprintln!("  pin {} was switched {} times", board.pins[rep as usize].number, board.pins[rep as usize].switched);
        board.free += 1;
        Ok(())
    })?;
    pins.func_wrap("[constructor]pin", |mut store: StoreContextMut<'_, Board>, (number,): (u32,)| {
        let pins = &mut store.data_mut().pins;
        pins.push(Pin { number, switched: 0 });
        Ok((Resource::<Pin>::new_own(pins.len() as u32 - 1),))
    })?;
    pins.func_wrap("[method]pin.set", |mut store: StoreContextMut<'_, Board>, (pin, _): (Resource<Pin>, bool)| {
        store.data_mut().pins[pin.rep() as usize].switched += 1;
        Ok(())
    })
}

fn run() -> Result<bool> {
    let engine = engine()?;
    let component = load(&engine, RESOURCE)?;
    step("load");
    let mut linker = Linker::<Board>::new(&engine);
    link(&mut linker)?;
    let mut store = Store::new(&engine, Board::default());
    store.set_fuel(1_000_000)?;
    let instance = linker.instantiate(&mut store, &component)?;
    step("link");
    instance.get_typed_func::<(u32, u32), ()>(&mut store, "blink")?.call(&mut store, (13, 5))?;
    let new = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "[constructor]counter")?;
    let add = instance.get_typed_func::<(ResourceAny, u32), (u32,)>(&mut store, "[method]counter.add")?;
    let dropped = instance.get_typed_func::<(), (u32,)>(&mut store, "dropped")?;
    let (counter,) = new.call(&mut store, (40,))?;
    let (sum,) = add.call(&mut store, (counter, 2))?;
    counter.resource_drop(&mut store)?;
    let (dropped,) = dropped.call(&mut store, ())?;
    hprintln!("  counter {}, {} dropped, fuel {}", sum, dropped, 1_000_000 - store.get_fuel()?);
    Ok(sum == 42 && dropped == 1 && store.data().pins[0].switched == 10 && store.data().free == 1)
}

#[entry]
fn main() -> ! {
    heap::init();
    stack::paint();
    flash::print();
    let right = run().unwrap_or_else(|error| {
        hprintln!("  error: {}", error);
        false
    });
    figures("resource, memory of 2 KiB");
    exit(right && heap::used() == 0)
}

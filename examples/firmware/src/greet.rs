//! The component with strings: linked with a function of the host, called, and an error shown where it is broken.

use alloc::string::String;
use coracle::component::{Component, Linker};
use coracle::{Engine, Result, Store, StoreContextMut};
use cortex_m_semihosting::hprintln;

/// How a component is loaded.
pub type Load = fn(&Engine, &'static [u8]) -> Result<Component>;

/// What these calls take of fuel, here as on any machine.
const FUEL: &str = include_str!("../guests/fuel.txt");

/// Loads a component, links it, calls it, and prints what it says.
fn run(load: Load, guest: &'static [u8]) -> Result<bool> {
    let component = loaded(load, guest)?;
    crate::step("load");
    called(&component)
}

/// The component. Apart, so that what calls take of the stack is not there while it is loaded, and the other way round.
#[inline(never)]
fn loaded(load: Load, guest: &'static [u8]) -> Result<Component> {
    load(&crate::engine()?, guest)
}

/// What its functions say.
#[inline(never)]
fn called(component: &Component) -> Result<bool> {
    let engine = component.engine();
    let mut linker = Linker::<u32>::new(engine);
    linker.root().func_wrap("log", |mut store: StoreContextMut<'_, u32>, (line,): (String,)| {
        hprintln!("  guest: {}", line);
        *store.data_mut() += 1;
        Ok(())
    })?;
    let mut store = Store::new(engine, 0);
    store.set_fuel(1_000_000)?;
    let instance = linker.instantiate(&mut store, component)?;
    crate::step("link");
    let greet = instance.get_typed_func::<(&str,), (String,)>(&mut store, "greet")?;
    let (text,) = greet.call(&mut store, ("board",))?;
    crate::step("call");
    let fib = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "fib")?;
    let (number,) = fib.call(&mut store, (15,))?;
    let fuel = 1_000_000 - store.get_fuel()?;
    hprintln!("  {}, fib(15) = {}, fuel {}", text, number, fuel);
    Ok(text == "hello, board" && number == 610 && *store.data() == 1 && FUEL.trim().parse() == Ok(fuel))
}

/// The same with a verdict.
pub fn shown(load: Load, what: &str, guest: &'static [u8]) -> bool {
    let right = run(load, guest).unwrap_or_else(|error| {
        hprintln!("  error: {}", error);
        false
    });
    crate::figures(what);
    right
}

//! The component with strings: linked with a function of the host, called, and an error shown where it is broken.

use alloc::string::String;
use coracle::component::{Component, Instance, InstancePre, Linker};
use coracle::{Engine, Result, Store, StoreContextMut};
use cortex_m_semihosting::hprintln;

/// How a component is loaded.
pub type Load = fn(&Engine, &'static [u8]) -> Result<Component>;

/// What there is of fuel.
const FUEL: u64 = 1_000_000;

/// What these calls take of it, here as on any machine.
const TAKES: &str = include_str!("../guests/fuel.txt");

/// Loads a component, links it, calls it, and prints what it says.
fn run(load: Load, guest: &'static [u8]) -> Result<bool> {
    let component = loaded(load, guest)?;
    crate::step("load");
    let (mut store, instance) = started(linked(&component)?)?;
    crate::step("link");
    let text = greeted(&mut store, instance)?;
    crate::step("call");
    let fib = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "fib")?;
    let (number,) = fib.call(&mut store, (15,))?;
    let fuel = FUEL - store.get_fuel()?;
    hprintln!("  {}, fib(15) = {}, fuel {}", text, number, fuel);
    Ok(text == "hello, board" && number == 610 && *store.data() == 1 && TAKES.trim().parse() == Ok(fuel))
}

/// The component. Each step is apart, so that what it takes of the stack is not there in the others.
#[inline(never)]
fn loaded(load: Load, guest: &'static [u8]) -> Result<Component> {
    load(&crate::engine()?, guest)
}

/// The component with what it imports: it may print. The linker has ended by then.
#[inline(never)]
fn linked(component: &Component) -> Result<InstancePre<u32>> {
    let mut linker = Linker::<u32>::new(component.engine());
    linker.root().func_wrap("log", |mut store: StoreContextMut<'_, u32>, (line,): (String,)| {
        hprintln!("  guest: {}", line);
        *store.data_mut() += 1;
        Ok(())
    })?;
    linker.instantiate_pre(component)
}

/// An instance of it.
#[inline(never)]
fn started(pre: InstancePre<u32>) -> Result<(Store<u32>, Instance)> {
    let mut store = Store::new(pre.engine(), 0);
    store.set_fuel(FUEL)?;
    let instance = pre.instantiate(&mut store)?;
    Ok((store, instance))
}

/// What it says.
#[inline(never)]
fn greeted(store: &mut Store<u32>, instance: Instance) -> Result<String> {
    let greet = instance.get_typed_func::<(&str,), (String,)>(&mut *store, "greet")?;
    let (text,) = greet.call(store, ("board",))?;
    Ok(text)
}

/// Whether a component is refused when it is loaded, with the error.
pub fn refused(load: Load, what: &str, guest: &'static [u8]) -> bool {
    let refused = match loaded(load, guest) {
        Ok(_) => false,
        Err(error) => {
            hprintln!("  error: {}", error);
            true
        }
    };
    crate::figures(what);
    refused
}

/// The same as `run`, with a verdict.
pub fn shown(load: Load, what: &str, guest: &'static [u8]) -> bool {
    let right = run(load, guest).unwrap_or_else(|error| {
        hprintln!("  error: {}", error);
        false
    });
    crate::figures(what);
    right
}

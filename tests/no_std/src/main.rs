//! A program without `std` that links the runtime and runs on the host.
//!
//! It loads raw components from its own image, links them, sends a string through one and waits in another.
//! It does so by names and types at run time, and by what `bindgen!` writes, which needs no more.
//! It brings its own panic handler and its own allocator.
//! If any crate below pulled `std` in, there would be two panic handlers and this would not compile;
//! so it proves, without a cross toolchain, that the portable half of the runtime stays portable.
#![no_std]
#![no_main]

mod absent;
mod heap;
mod waits;

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bindings::coracle::values::counters::{self, Counter, Host as _};
use bindings::coracle::values::types;
use bindings::exports::coracle::values::echo::Shape;
use coracle::component::{Access, Component, HasSelf, Linker, Resource};
use coracle::error::Context;
use coracle::{Engine, Result, Store};

mod bindings {
    // The package's namespace is `coracle` too: the leading colons tell the crate from the module made here.
    ::coracle::component::bindgen!({
        path: "../guests/values/wit",
        inline: "
            package tests:no-std;
            world plugin {
                import coracle:values/counters@0.1.0;
                export coracle:values/control@0.1.0;
                export coracle:values/echo@0.1.0;
            }
        ",
        imports: { default: trappable, "coracle:values/counters.live": store },
    });
}

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

/// The counters that a guest makes: their values, by representation.
#[derive(Default)]
struct Host(Vec<u32>);

// An interface of types alone: nothing to implement.
impl types::Host for Host {}

impl<T: 'static> counters::HostWithStore<T> for HasSelf<Host> {
    fn live(mut host: Access<'_, T, Self>) -> u32 {
        host.get().0.len() as u32
    }
}

impl counters::Host for Host {
    fn dropped(&mut self) -> Result<u32> {
        Ok(0)
    }
    fn consume(&mut self, counter: Resource<Counter>) -> Result<u32> {
        self.peek(counter)
    }
    fn peek(&mut self, counter: Resource<Counter>) -> Result<u32> {
        self.0.get(counter.rep() as usize).copied().context("no such counter")
    }
    fn pass(&mut self, counter: Resource<Counter>) -> Result<Resource<Counter>> {
        Ok(counter)
    }
    fn make(&mut self, n: u32) -> Result<Vec<Resource<Counter>>> {
        (0..n).map(|start| counters::HostCounter::new(self, start)).collect()
    }
    fn sum(&mut self, all: Vec<Resource<Counter>>) -> Result<u32> {
        all.into_iter().map(|counter| self.peek(counter)).sum()
    }
    fn sum_peek(&mut self, all: Vec<Resource<Counter>>, one: Option<Resource<Counter>>) -> Result<u32> {
        all.into_iter().chain(one).map(|counter| self.peek(counter)).sum()
    }
}

impl counters::HostCounter for Host {
    fn new(&mut self, start: u32) -> Result<Resource<Counter>> {
        self.0.push(start);
        Ok(Resource::new_own(self.0.len() as u32 - 1))
    }
    fn add(&mut self, counter: Resource<Counter>, n: u32) -> Result<u32> {
        let counter = self.0.get_mut(counter.rep() as usize).context("no such counter")?;
        *counter += n;
        Ok(*counter)
    }
    fn get(&mut self, counter: Resource<Counter>) -> Result<u32> {
        self.peek(counter)
    }
    fn join(&mut self, a: Resource<Counter>, b: Resource<Counter>) -> Result<Resource<Counter>> {
        let sum = self.peek(a)? + self.peek(b)?;
        counters::HostCounter::new(self, sum)
    }
    fn drop(&mut self, _: Resource<Counter>) -> Result<()> {
        Ok(())
    }
}

/// A shape through generated bindings and back, and the guest's counters at the host.
fn bound() -> Result<(Shape, u32)> {
    let engine = Engine::default();
    let component = Component::from_static(&engine, GUEST)?;
    let mut linker = Linker::new(&engine);
    bindings::Plugin::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    linker.define_unknown_imports_as_traps(&component)?;
    let mut store = Store::new(&engine, Host::default());
    let plugin = bindings::PluginPre::new(linker.instantiate_pre(&component)?)?.instantiate(&mut store)?;
    let shape = plugin.coracle_values_echo().call_echo_shape(&mut store, &Shape::Pair((-1.5, 7)))?;
    let control = plugin.coracle_values_control();
    control.call_keep_counter(&mut store, 40)?;
    Ok((shape, control.call_add_to_kept(&mut store, 2)?.unwrap_or_default()))
}

fn run() -> Result<bool> {
    let text = echo("through a component and back")?;
    print(&format!("no_std: {text}\n"));
    let (shape, counter) = bound()?;
    print(&format!("no_std: {shape:?} and {counter} through bindings\n"));
    absent::refused()?;
    waits::modules()?;
    waits::components()?;
    Ok(text == "through a component and back" && matches!(shape, Shape::Pair((-1.5, 7))) && counter == 42)
}

/// The entry that the C start-up code calls.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    match run() {
        Ok(right) => i32::from(!right),
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

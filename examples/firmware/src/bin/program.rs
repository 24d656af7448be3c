//! A program that `rustc` made for `wasm32-wasip2`, as it is: it prints, sleeps, asks the time, hashes with random keys,
//! and is told that there are no files.
#![no_std]
#![no_main]

extern crate alloc;

use coracle::component::Linker;
use coracle::{Config, Engine, Result, Store};
use coracle_device::{Clock, Device, Output, Wasi, WasiCtx, WasiView};
use coracle_firmware::{exit, figures, flash, heap, load, stack, step};
use cortex_m_rt::entry;
use cortex_m_semihosting::hio::{HostStream, hstderr, hstdout};
use cortex_m_semihosting::{hprintln, syscall};

static PROGRAM: &[u8] = include_bytes!("../../../../tests/guests/console/console.wasm");

/// Bytes of the guest's stack of cells.
const STACK_BYTES: usize = 8 << 10;

/// Bytes of the stack that calls of guests and of the host by them may take.
const HOST_STACK_BYTES: usize = 24 << 10;

/// The board: a debugger is its console and its clock.
struct Board {
    random: u64,
}

impl Device for Board {
    fn write(&mut self, to: Output, bytes: &[u8]) {
        let print =
            |stream: core::result::Result<HostStream, ()>| stream.and_then(|mut stream| stream.write_all(bytes));
        // A console that is not there is no reason to stop.
        let _ = print(if to == Output::Stdout { hstdout() } else { hstderr() });
    }

    fn monotonic_ns(&mut self) -> u64 {
        // SAFETY: it takes no argument, and gives hundredths of a second.
        let hundredths = unsafe { syscall!(CLOCK) };
        hundredths as u64 * 10_000_000
    }

    fn wall_clock(&mut self) -> Clock {
        // SAFETY: it takes no argument, and gives seconds since 1970.
        let seconds = unsafe { syscall!(TIME) };
        Clock { seconds: seconds as u64, nanoseconds: 0 }
    }

    fn random(&mut self, bytes: &mut [u8]) {
        // QEMU's board has no source of random numbers, so this is a sequence that anyone can guess. A real board asks
        // its generator here.
        for byte in bytes {
            self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.random >> 56) as u8;
        }
    }
}

struct Host(WasiCtx, Board);

impl WasiView for Host {
    fn wasi(&mut self) -> Wasi<'_> {
        Wasi { ctx: &mut self.0, device: &mut self.1 }
    }
}

fn run() -> Result<u8> {
    let mut config = Config::new();
    config.wasm_backtrace(false).max_wasm_stack(HOST_STACK_BYTES).interpreter_stack_size(STACK_BYTES);
    let engine = Engine::new(&config)?;
    let component = load(&engine, PROGRAM)?;
    step("load");
    let mut linker = Linker::new(&engine);
    coracle_device::add_to_linker(&mut linker)?;
    let ctx = WasiCtx::new(["console", "board"]).env("HOME", "/flash");
    let mut store = Store::new(&engine, Host(ctx, Board { random: 1 }));
    let code = coracle_device::run(&mut store, &linker, &component)?;
    step("run");
    Ok(code)
}

#[entry]
fn main() -> ! {
    heap::init();
    stack::paint();
    flash::print();
    let code = run().unwrap_or_else(|error| {
        hprintln!("  error: {:?}", error);
        134
    });
    figures("program");
    // It ends with failure where it is given an argument.
    exit(code == 1 && heap::used() == 0)
}

//! Coracle as a module of a web page, which `coracle.js` drives.
//!
//! The page puts the arguments and the component where [`take`] says, and calls [`run`]; what a program prints, asks the
//! time or reads goes to the page by five imports. A component that is broken, or traps, is an error that is printed;
//! the module is instantiated anew for each run, so that nothing of one reaches the next.

use coracle::component::{Component, Linker};
use coracle::{Engine, Result, Store};
use coracle_device::{Clock, Device, Output, Wasi, WasiCtx, WasiView};

mod page {
    #[link(wasm_import_module = "page")]
    unsafe extern "C" {
        pub fn write(to: u32, bytes: *const u8, len: usize);
        pub fn read(buffer: *mut u8, len: usize) -> usize;
        pub fn monotonic_ns() -> f64;
        pub fn wall_ms() -> f64;
        pub fn random(buffer: *mut u8, len: usize);
    }
}

/// The page as a machine.
struct Page;

impl Device for Page {
    fn write(&mut self, to: Output, bytes: &[u8]) {
        // SAFETY: the bytes are one live slice, which the page copies.
        unsafe { page::write(if to == Output::Stdout { 1 } else { 2 }, bytes.as_ptr(), bytes.len()) }
    }
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        // SAFETY: the page writes no more than so many bytes there.
        unsafe { page::read(buffer.as_mut_ptr(), buffer.len()) }
    }
    fn monotonic_ns(&mut self) -> u64 {
        // SAFETY: it takes nothing and gives a number.
        unsafe { page::monotonic_ns() as u64 }
    }
    fn wall_clock(&mut self) -> Clock {
        // SAFETY: it takes nothing and gives a number.
        let ms = unsafe { page::wall_ms() };
        Clock { seconds: (ms / 1e3) as u64, nanoseconds: (ms % 1e3 * 1e6) as u32 }
    }
    fn random(&mut self, bytes: &mut [u8]) {
        // SAFETY: the page fills so many bytes there.
        unsafe { page::random(bytes.as_mut_ptr(), bytes.len()) }
    }
}

/// The store's data.
struct Host(WasiCtx, Page);

impl WasiView for Host {
    fn wasi(&mut self) -> Wasi<'_> {
        Wasi { ctx: &mut self.0, device: &mut self.1 }
    }
}

/// Room for so many bytes, which [`run`] takes.
#[unsafe(no_mangle)]
pub extern "C" fn take(len: usize) -> *mut u8 {
    Box::leak(vec![0; len].into_boxed_slice()).as_mut_ptr()
}

/// Runs the component, with the arguments, which end in a zero byte each; its exit code, and 134 where it trapped or is
/// no program, which is printed then.
///
/// # Safety
/// Both are places that [`take`] gave out for so many bytes; they are given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run(args: *mut u8, args_len: usize, component: *mut u8, component_len: usize) -> u32 {
    // SAFETY: as above: each is a box of its own, of that length.
    let [args, component] = [(args, args_len), (component, component_len)]
        .map(|(at, len)| unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(at, len)) });
    match program(&args, &component) {
        Ok(code) => code.into(),
        Err(error) => {
            Page.write(Output::Stderr, format!("{error:?}\n").as_bytes());
            134
        }
    }
}

fn program(args: &[u8], component: &[u8]) -> Result<u8> {
    let args = args.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let engine = Engine::default();
    let component = Component::new(&engine, component)?;
    let mut linker = Linker::new(&engine);
    coracle_device::add_to_linker(&mut linker)?;
    let mut store = Store::new(&engine, Host(WasiCtx::new(args), Page));
    coracle_device::run(&mut store, &linker, &component)
}

//! The same programs on a machine without an operating system that a standard library knows: they lie in this program,
//! as does what they must come to.
//!
//! For riscv32 it is a Linux program of two system calls, which QEMU's user emulation runs; for wasm32 a module that
//! imports one function and exports `run`.
#![no_std]
#![no_main]
#![allow(unsafe_code)] // The heap, and the ways out.

extern crate alloc;

use alloc::format;
use coracle_machines::{Kind, engine, line};
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::ptr::NonNull;
use linked_list_allocator::Heap;

/// What all programs come to, with the fuel that they take.
const EXPECTED: &str = include_str!("../expected.txt");

macro_rules! programs {
    ($($kind:ident $folder:literal: $($name:literal)*;)*) => {
        &[$($((Kind::$kind, $name, include_bytes!(concat!("../../../benches/programs/", $folder, "/", $name, ".wasm")))),*),*]
    };
}

/// All programs. One that is missing is told by the expected lines.
const PROGRAMS: &[(Kind, &str, &[u8])] = programs! {
    Core "core": "bignum" "boxes" "calls" "carried" "dispatch" "fft" "hashing" "json" "life" "lz" "simd" "sorts" "throw"
        "vm" "words";
    Component "components": "chain" "lists" "records" "resources" "strings";
};

/// Bytes of the heap: stacks, memories, and what is made of the programs.
const HEAP_BYTES: usize = 128 << 20;

/// There is one thread.
struct Single(UnsafeCell<Heap>);

// SAFETY: as above.
unsafe impl Sync for Single {}

// SAFETY: all is handed on.
unsafe impl GlobalAlloc for Single {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and the heap calls nobody.
        let heap = unsafe { &mut *self.0.get() };
        heap.allocate_first_fit(layout).map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; by the caller's contract the block is one of this heap's.
        unsafe { (*self.0.get()).deallocate(NonNull::new_unchecked(block), layout) }
    }
}

#[global_allocator]
static HEAP: Single = Single(UnsafeCell::new(Heap::empty()));

/// Runs all programs; whether any came to something else.
fn all() -> bool {
    static mut ARENA: [u8; HEAP_BYTES] = [0; HEAP_BYTES];
    // SAFETY: nobody else names the arena, and this is called once.
    unsafe { (*HEAP.0.get()).init((&raw mut ARENA).cast(), HEAP_BYTES) };
    let mut expected = EXPECTED.lines();
    let mut wrong = false;
    match engine() {
        Err(error) => {
            write(&format!("no engine: {error}\n"));
            return true;
        }
        Ok(engine) => {
            for &(kind, name, bytes) in PROGRAMS {
                let said = line(&engine, kind, name, bytes).unwrap_or_else(|error| format!("{name}: {error}"));
                if expected.next() != Some(&said) {
                    write(&format!("not as expected: {said}\n"));
                    wrong = true;
                }
            }
        }
    }
    if !wrong && expected.next().is_none() {
        write(&format!("{} programs, all as expected\n", PROGRAMS.len()));
    }
    wrong || EXPECTED.lines().count() != PROGRAMS.len()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    write(&format!("{info}\n"));
    leave()
}

#[cfg(target_arch = "riscv32")]
mod machine {
    use core::arch::{asm, global_asm};

    // The stack pointer is where Linux puts it, at the arguments.
    global_asm!(
        ".globl _start",
        "_start:",
        ".option push",
        ".option norelax",
        "la gp, __global_pointer$",
        ".option pop",
        "andi sp, sp, -16",
        "call {start}",
        start = sym start,
    );

    extern "C" fn start() -> ! {
        exit(super::all().into())
    }

    /// Linux's `write`, to standard output.
    pub(super) fn write(text: &str) {
        // SAFETY: the pointer and the length are those of one live text.
        unsafe {
            asm!("ecall", in("a7") 64, inlateout("a0") 1 => _, in("a1") text.as_ptr(), in("a2") text.len());
        }
    }

    /// After a panic.
    pub(super) fn leave() -> ! {
        exit(2)
    }

    /// Linux's `exit`.
    fn exit(code: u32) -> ! {
        // SAFETY: it does not return.
        unsafe { asm!("ecall", in("a7") 93, in("a0") code, options(noreturn)) }
    }
}

#[cfg(target_arch = "wasm32")]
mod machine {
    mod host {
        #[link(wasm_import_module = "host")]
        unsafe extern "C" {
            pub(super) fn write(text: *const u8, bytes: usize);
        }
    }

    /// Whether any program came to something else.
    #[unsafe(no_mangle)]
    extern "C" fn run() -> u32 {
        super::all().into()
    }

    /// The host prints.
    pub(super) fn write(text: &str) {
        // SAFETY: the pointer and the length are those of one live text.
        unsafe { host::write(text.as_ptr(), text.len()) }
    }

    /// After a panic.
    pub(super) fn leave() -> ! {
        core::arch::wasm32::unreachable()
    }
}

use machine::{leave, write};

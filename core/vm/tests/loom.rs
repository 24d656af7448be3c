//! Models of a slot: loom runs each in every order that its threads and their caches allow.
//!
//! `RUSTFLAGS="--cfg loom"` makes the slot's atomics loom's, and this file a test. Cells of loom's stand for machine code
//! and for code of the interpreter: whoever reads one that another thread may still write has found a race.
#![cfg(loom)]
#![allow(unsafe_code)] // Publishes what stands for code.

use coracle_image::entity::{DefinedFuncIndex, SigId};
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{ArrayEntry, CodeBlock, Promotion, Slot, Status, Stubs, VmCtx, VmStore};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

// Each has one address: what may be inlined has one for each unit of the build.
#[inline(never)]
extern "C" fn interpreted(_: *const Slot, _: *mut VmCtx, _: *mut VmStore, _: *mut VmCtx, _: *mut RawVal) -> Status {
    Status::Done
}

#[inline(never)]
extern "C" fn native(_: *const Slot, _: *mut VmCtx, _: *mut VmStore, _: *mut VmCtx, _: *mut RawVal) -> Status {
    Status::Trap
}

const LAZY: *mut () = 8 as *mut ();
const FOREIGN: *mut () = 16 as *mut ();

fn stubs() -> Stubs {
    Stubs { lazy: LAZY, foreign: FOREIGN }
}

fn slot() -> Slot {
    let (func, sig) = (DefinedFuncIndex::from_u32(0), SigId::from_u32(0));
    Slot::for_body(std::ptr::null(), func, sig, 1, 1, interpreted, stubs())
}

fn is(entry: ArrayEntry, other: ArrayEntry) -> bool {
    entry as usize == other as usize
}

/// What stands for code.
struct Code(UnsafeCell<u32>);

// SAFETY: loom tells whoever reads it too early.
unsafe impl Sync for Code {}

impl Code {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn write(&self) {
        // SAFETY: loom looks whether anybody else may read or write it.
        self.0.with_mut(|code| unsafe { *code = 7 });
    }

    fn run(&self) {
        // SAFETY: loom looks whether anybody may write it.
        assert_eq!(self.0.with(|code| unsafe { *code }), 7, "code is run before it is finished");
    }

    fn address(&self) -> *mut () {
        std::ptr::from_ref(self).cast_mut().cast()
    }
}

fn publish(slot: &Slot, code: &Code) {
    code.write();
    let block = Box::leak(Box::new(CodeBlock { native: code.address().cast(), array: native, code_bytes: 4 }));
    // SAFETY: the block lives on; what stands for its code outlives the slot.
    unsafe { slot.publish(block, stubs()) };
}

/// Of all that ask at the same time one may compile, and one that finds the function cold again.
#[test]
fn one_claims() {
    loom::model(|| {
        let slot = Arc::new(slot());
        let other = slot.clone();
        let thread = thread::spawn(move || other.claim());
        let (here, there) = (slot.claim(), thread.join().expect("no panic"));
        assert!(here != there, "one of two claims");
        assert_eq!(slot.promotion(), Promotion::Queued);
        slot.give_back();
        assert!(slot.claim() && !slot.claim());
    });
}

/// Whatever a reader finds of what is published, the code behind it is finished.
#[test]
fn what_is_published_is_finished() {
    loom::model(|| {
        let both = Arc::new((slot(), Code::new()));
        let writer = both.clone();
        let thread = thread::spawn(move || {
            assert!(writer.0.claim());
            publish(&writer.0, &writer.1);
        });
        let (slot, code) = &*both;
        if slot.code() == FOREIGN {
            // The interpreter's way: its stub calls the entry.
            assert!(is(slot.entry(), native), "the stub would call the interpreter's entry");
            code.run();
        }
        if is(slot.entry(), native) {
            assert!(!slot.native().is_null() && slot.block().is_some());
            code.run();
        }
        if !slot.native().is_null() {
            // Native code's way.
            assert!(slot.block().is_some());
            code.run();
        }
        if slot.promotion() == Promotion::Published {
            assert!(is(slot.entry(), native) && slot.code() == FOREIGN);
        }
        thread.join().expect("no panic");
    });
}

/// Two translate the same function, and a third publishes native code: one translation is kept, whoever runs one runs a
/// finished one, and the last word is the native code's.
#[test]
fn one_translation_is_kept() {
    loom::model(|| {
        let all = Arc::new((slot(), Code::new(), [Code::new(), Code::new()]));
        let translate = |which: usize| {
            let all = all.clone();
            move || {
                let (slot, _, codes) = &*all;
                codes[which].write();
                let mine = codes[which].address();
                let kept = slot.offer_code(mine, stubs());
                codes.iter().find(|code| code.address() == kept).expect("one of the two").run();
                let now = slot.code();
                // Who came second may look before the first has led the slot to what was kept.
                let early = kept != mine && now == LAZY;
                assert!(now == kept || now == FOREIGN || early, "the slot leads to a translation that was dropped");
                kept == mine
            }
        };
        let threads = [thread::spawn(translate(0)), thread::spawn(translate(1))];
        assert!(all.0.claim());
        publish(&all.0, &all.1);
        let kept = threads.map(|thread| thread.join().expect("no panic"));
        assert!(kept[0] != kept[1], "one of two is kept");
        assert_eq!(all.0.code(), FOREIGN);
    });
}

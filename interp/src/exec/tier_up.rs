//! What a hot function or loop does besides running: it counts down, asks the compiler, and lets native code go on;
//! and how a function's code is made when it is first entered.
#![allow(unsafe_code)] // Slots and frames, reached from code words.

use crate::code;
use crate::exec::machine::{Dispatch, Regs};
use crate::exec::stack::{Header, call_out, left, returns};
use coracle_error::Trap;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{ArrayEntry, Reply, Slot, Status, TrapRecord, VmCtx, VmStore};
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

/// Takes `heat` from the slot of the code that begins `back` words before this op: whether some is left. Lossy, since
/// a count that is lost costs nothing (S4). `CALL`: a call is counted too.
#[inline(always)]
pub(crate) fn heat<const CALL: bool>(m: &Regs, back: usize, heat: i32) -> bool {
    // SAFETY: M1: the translator emitted this op `back` words behind the first.
    let slot = unsafe { &*code::slot_of(m.ip.sub(back)) };
    let left = slot.heat().load(Ordering::Relaxed).wrapping_sub(heat);
    slot.heat().store(left, Ordering::Relaxed);
    if CALL {
        slot.count_call();
    }
    left >= 0
}

/// The function whose first op this is has been called too often to stay here: asks the compiler, and goes on at
/// `skip` words, or wherever the function's slot leads now.
#[inline(always)]
pub(crate) fn call_hot<P: Dispatch>(m: Regs, skip: usize) -> P::Out {
    let mut m = m;
    // SAFETY: M1: this is the first op of finished code.
    let slot = unsafe { code::slot_of(m.ip) };
    // SAFETY: the slot's module is alive, since an instance of it runs.
    if unsafe { ask_compiler(slot) } {
        // SAFETY: as above.
        m.ip = unsafe { (*slot).code() }.cast::<u64>().cast_const();
        m.acc = slot as usize as u64;
        return P::next(m);
    }
    m.skip(skip);
    P::next(m)
}

/// Whether the function is published now.
///
/// # Safety
/// The slot's module is alive.
#[cold]
#[inline(never)]
unsafe fn ask_compiler(slot: *const Slot) -> bool {
    // Without `std` there is no compiler.
    if !cfg!(feature = "std") {
        return false;
    }
    // SAFETY: by contract.
    let (slot, module) = unsafe { (&*slot, Module::of_slot(&*slot)) };
    let Some(module) = module else { return false };
    let reply = match internals::compiler(module.engine()) {
        _ if slot.block().is_some() => Reply::Published,
        Some(compiler) => compiler.call_hot(&module, slot.func()),
        None => Reply::Never,
    };
    wait(slot, reply);
    reply == Reply::Published
}

fn wait(slot: &Slot, reply: Reply) {
    let heat = match reply {
        Reply::Wait(heat) => heat,
        Reply::Never | Reply::Published => i32::MAX,
    };
    slot.heat().store(heat, Ordering::Relaxed);
}

/// A loop's head was passed too often: asks the compiler, and goes on at `skip` words, or lets native code take this
/// frame over and returns with its results. The head is number `index`; the code begins `back` words before.
#[inline(always)]
pub(crate) fn loop_hot<P: Dispatch>(m: Regs, index: u32, back: usize, skip: usize) -> P::Out {
    let mut m = m;
    // SAFETY: M1: the translator emitted this op `back` words behind the first.
    let code = unsafe { m.ip.sub(back) };
    m.store_fuel();
    // SAFETY: `code` is finished code, whose module is alive, since an instance of it runs; the frame is `code`'s; its
    // size was compared when it was entered (F3).
    let Some(status) = (unsafe { take_over(code, index, m.vmstore(), m.fp, m.ctx) }) else {
        m.skip(skip);
        return P::next(m);
    };
    // SAFETY: as above: the header is where the slot says.
    let header = unsafe { Header::read(m.fp.add((*code::slot_of(code)).cells() as usize)) };
    // What the frame returns lies at its start. F5.
    m.acc = m.cell(0).u64();
    m.ip = header.ret;
    m.fp = header.fp;
    m.ctx = header.ctx;
    m.reload_fuel();
    if status == Status::Done {
        m.reload_memory();
        return P::next(m);
    }
    left::<P>(m, status)
}

/// Lets native code take a frame over at a loop's head, if there is some for it. Apart from the handler, since what
/// has an address on the host's stack would cost the handler its jump.
///
/// # Safety
/// `code` is finished code whose module is alive; `fp` is a frame of it, in the stack of `store`, that runs in `ctx`.
#[cold]
#[inline(never)]
unsafe fn take_over(
    code: *const u64,
    index: u32,
    store: *mut VmStore,
    fp: *mut RawVal,
    ctx: *mut VmCtx,
) -> Option<Status> {
    // SAFETY: by contract.
    unsafe {
        let slot = code::slot_of(code);
        let entry = ask_for_loop(slot, index)?;
        let header = Header::read(fp.add((*slot).cells() as usize));
        (*(*store).activation).state = returns(header.ret, header.fp, header.ctx);
        let top = fp.cast::<u8>().add(code::frame_bytes(code)).cast::<RawVal>();
        Some(call_out(entry, top, slot, ctx, ctx, store, fp))
    }
}

/// The entry that takes a frame over at a loop's head, if there is one.
///
/// # Safety
/// The slot's module is alive.
#[cold]
#[inline(never)]
unsafe fn ask_for_loop(slot: *const Slot, index: u32) -> Option<ArrayEntry> {
    if !cfg!(feature = "std") {
        return None;
    }
    // SAFETY: by contract.
    let (slot, module) = unsafe { (&*slot, Module::of_slot(&*slot)) };
    let module = module?;
    let reply = match internals::compiler(module.engine()) {
        Some(compiler) => match compiler.loop_hot(&module, slot.func(), index) {
            Ok(entry) => return Some(entry),
            Err(reply) => reply,
        },
        None => Reply::Never,
    };
    wait(slot, reply);
    None
}

/// The lazy stub: translates the slot in the accumulator, then goes on at its code.
#[inline(always)]
pub(crate) fn lazy_stub<P: Dispatch>(m: Regs) -> P::Out {
    let mut m = m;
    let slot = m.acc as usize as *const Slot;
    // SAFETY: whoever jumps to a slot's code has put the slot in the accumulator and written a header; the slot's
    // module is alive, since an instance of it runs.
    unsafe {
        match code_for(slot, m.vmstore(), m.fp) {
            Some(code) => m.ip = code.as_ptr(),
            None => return P::exit(m, Status::Trap),
        }
    }
    P::next(m)
}

/// The code of a slot, made now unless somebody was faster, if its frame fits at `fp`.
///
/// An error of translation means that a frame would be larger than any stack, so it is the same trap.
///
/// # Safety
/// The slot's module and the store are alive.
#[cold]
#[inline(never)]
unsafe fn code_for(slot: *const Slot, store: *mut VmStore, fp: *mut RawVal) -> Option<NonNull<u64>> {
    // SAFETY: by contract.
    unsafe {
        let code = translate_slot(&*slot);
        if code.is_none_or(|code| fp as usize + code::frame_bytes(code.as_ptr()) > (*store).stack_end as usize) {
            (*store).trap = TrapRecord { code: Trap::StackOverflow as u32, offset: u32::MAX, slot };
            return None;
        }
        code
    }
}

/// # Safety
/// The slot's module is alive.
unsafe fn translate_slot(slot: &Slot) -> Option<NonNull<u64>> {
    // SAFETY: by contract.
    let module = unsafe { Module::of_slot(slot) }?;
    // Through the engine, since what translates stands above what runs.
    let interpreter = internals::interpreter(module.engine());
    let code = interpreter.make_code(&module, slot.func())?;
    let kept = slot.offer_code(code, interpreter.stubs());
    if kept != code {
        // SAFETY: the slot kept another's code; ours was never run.
        unsafe { code::free(code) };
    }
    NonNull::new(kept.cast::<u64>())
}

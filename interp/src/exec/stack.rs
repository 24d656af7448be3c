//! Frames on a task's value stack: entering, leaving, walking; and how a run begins and ends.
//!
//! A frame is `[params or results | header | locals | operands]`. The callee's first cell is the caller's first
//! argument cell, so arguments are handed over where they were computed and results come back there. The header lies
//! behind the greater of the two, which [`Slot::cells`] tells, so a foreign callee's results do not touch it either.
//!
//! # Invariants
//! - F1. Every frame of a run but the first was entered by a call op; its header's `ret` is the end of that op, whose
//!   last half word is its distance from the start of the function, in words.
//! - F2. The first frame's `ret` is the static exit op, and its `ctx` is the frame's own.
//! - F3. A frame's whole size, outgoing headers included, lies below the stack's end when it is entered.
//! - F4. Where fuel is charged, a fuel op lies where `ret` points, or nothing that costs.
//! - F5. A function whose only result is an integer leaves it in the accumulator as well.
#![allow(unsafe_code)] // Frames are raw cells of the task's stack.

use crate::code::{self, Handler, Offsets};
use crate::exec::guess;
use crate::exec::machine::{Dispatch, Exec, FUEL, Registers, Regs};
use crate::exec::operand::{Name, Operand, imm16, name, place, words};
use coracle_error::Trap;
use coracle_vm::backtrace::RECORDED;
use coracle_vm::module::Module;
use coracle_vm::raw::RawVal;
use coracle_vm::tier::vmctx::{Activation, Report};
use coracle_vm::tier::{ArrayEntry, Slot, Status, SuspendPoint, TailTarget, TrapRecord, VmCtx, VmStore};
use core::ops::ControlFlow;
use core::sync::atomic::Ordering;

/// Cells of a frame's header: where to return to, the caller's frame, the caller's instance.
pub(crate) const HEADER_CELLS: usize = 3;

/// Words of a fuel op.
pub(crate) const FUEL_WORDS: usize = words(&FUEL);

/// What all calls begin with: where the callee's frame begins in this one, and its header in its own.
pub(crate) const CALLEE: [Operand; 2] = [imm16(Name::Base), imm16(Name::Header)];

/// A frame's header.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) ret: *const u64,
    pub(crate) fp: *mut RawVal,
    pub(crate) ctx: *mut VmCtx,
}

impl Header {
    /// # Safety
    /// `at` is the place of a header in a live frame.
    #[inline(always)]
    pub(crate) unsafe fn read(at: *const RawVal) -> Self {
        // SAFETY: by contract; `write` wrote these cells.
        unsafe {
            Self {
                ret: (*at).usize() as *const u64,
                fp: (*at.add(1)).usize() as *mut RawVal,
                ctx: (*at.add(2)).usize() as *mut VmCtx,
            }
        }
    }

    /// # Safety
    /// `at` and the two cells behind it lie in the task's stack and are free.
    #[inline(always)]
    unsafe fn write(self, at: *mut RawVal) {
        // SAFETY: by contract.
        unsafe {
            at.write(RawVal::from_usize(self.ret as usize));
            at.add(1).write(RawVal::from_usize(self.fp as usize));
            at.add(2).write(RawVal::from_usize(self.ctx as usize));
        }
    }
}

/// The code of a function that is not the interpreter's.
pub(crate) struct Foreign;
impl Exec for Foreign {
    const CALLS: bool = true;
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        foreign_stub::<P>(m)
    }
}

/// The way out of tail calls whose target is not the interpreter's.
pub(crate) struct ForeignTail;
impl Exec for ForeignTail {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        foreign_tail::<P>(m)
    }
}

/// The way out of ops that trap.
pub(crate) struct Trapped;
impl Exec for Trapped {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        trapped::<P>(m)
    }
}

/// How a callee begins.
pub(crate) struct Entered<const FUEL: bool>;
impl<const FUEL: bool> Exec for Entered<FUEL> {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        enter::<P, FUEL>(m)
    }
}

/// The way out of a fuel op, and of ops that pay for one, when that took more than was left.
pub(crate) struct Unpaid;
impl Exec for Unpaid {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &FUEL;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        let mut m = m;
        let apart = m.u32(Self::at(name::Apart)) as i32;
        if apart != 0 {
            m.give_back();
            m.jump(apart);
            return P::next(m);
        }
        if !m.out_of_fuel(m.u16(Self::at(name::Top))) {
            return leave::<P>(m);
        }
        m.skip(Self::WORDS);
        P::next(m)
    }
}

/// Runs a slot's body: the array entry of every function that has no native code.
///
/// # Safety
/// The array convention's contract (`core/tier`).
pub(crate) unsafe extern "C" fn entry<P: Dispatch>(
    slot: *const Slot,
    callee: *mut VmCtx,
    store: *mut VmStore,
    _caller: *mut VmCtx,
    cells: *mut RawVal,
) -> Status {
    // SAFETY: the contract: slot, context and store are alive; `cells` has room for the slot's own cells, and the
    // header is written only after the limit was compared.
    unsafe {
        let code = (*slot).code().cast::<u64>().cast_const();
        let header = cells.add((*slot).cells() as usize);
        let need = code::frame_bytes(code).max(((*slot).cells() as usize + HEADER_CELLS) * size_of::<RawVal>());
        if cells as usize + need > (*store).stack_end as usize {
            (*store).trap = TrapRecord { code: Trap::StackOverflow as u32, offset: u32::MAX, slot };
            return Status::Trap;
        }
        Header { ret: P::exit_op(), fp: cells, ctx: callee }.write(header);
        let mut activation = Activation { prev: (*store).activation, walk: walk::<P>, state: [0; 3] };
        let top = (*store).stack_top;
        (*store).activation = &raw mut activation;
        let status = P::run(registers(code, cells, callee, slot as usize as u64));
        (*store).stack_top = top;
        (*store).activation = activation.prev;
        status
    }
}

/// Whether there are exceptions in this build.
const EXCEPTIONS: bool = cfg!(feature = "exceptions");

/// Goes on where a run was left by `Suspended`: the call that waited has returned `status`.
///
/// # Safety
/// [`ResumeEntry`](coracle_vm::tier::ResumeEntry)'s contract.
pub(crate) unsafe extern "C" fn resume<P: Dispatch>(
    store: *mut VmStore,
    at: *const SuspendPoint,
    status: Status,
) -> Status {
    // SAFETY: the contract: `suspend` has left the frame there that the call returns to, and its store runs this task.
    unsafe {
        let [ip, fp, ctx] = (*at).state;
        let (ip, fp, ctx) = (ip as *const u64, fp as *mut RawVal, ctx as *mut VmCtx);
        let state = returns(ip, fp, ctx);
        let mut activation = Activation { prev: (*store).activation, walk: walk::<P>, state };
        let top = (*store).stack_top;
        (*store).activation = &raw mut activation;
        let goes_on = match status {
            // F5: a result lies there, if there is one.
            Status::Done => Some((ip, fp, ctx, (*(*at).cells).u64())),
            Status::Throw if EXCEPTIONS && unwind::<P>(ip, fp, ctx) => {
                let [ip, fp, ctx] = (*(*store).activation).state;
                Some((ip as *const u64, fp as *mut RawVal, ctx as *mut VmCtx, 0))
            }
            Status::Trap => {
                ((*(*store).builtins).record_frames)(ctx);
                None
            }
            _ => None,
        };
        let status = goes_on.map_or(status, |(ip, fp, ctx, acc)| P::run(registers(ip, fp, ctx, acc)));
        (*store).stack_top = top;
        (*store).activation = activation.prev;
        status
    }
}

/// The registers of code that begins or goes on at `ip`, in the frame `fp` of an instance.
///
/// # Safety
/// Those three are of a live run.
#[inline(always)]
unsafe fn registers(ip: *const u64, fp: *mut RawVal, ctx: *mut VmCtx, acc: u64) -> Registers {
    // SAFETY: M3, V1: there is always a memory 0.
    let (memory, fuel) = unsafe { (&*(*ctx).memory0, (*(*ctx).store).fuel) };
    let (mem, len) = (memory.base, memory.len.load(Ordering::Relaxed));
    Registers {
        ip,
        fp,
        mem,
        len,
        ctx,
        acc,
        facc: 0.0,
        sacc: 0.0,
        fuel,
        #[cfg(tail_dispatch)]
        back: core::ptr::null_mut(),
        #[cfg(tail_dispatch)]
        callee: core::ptr::null_mut(),
    }
}

/// The bit of a context's address that tells that a run's state is an address to return to. Contexts have even ones.
const RETURNS: usize = 1;

/// A run's state: an address to return to, the frame there, and its instance.
#[inline(always)]
pub(crate) fn returns(ret: *const u64, fp: *mut RawVal, ctx: *mut VmCtx) -> [usize; 3] {
    [ret as usize, fp as usize, ctx as usize | RETURNS]
}

/// Leaves the frame that a call returns to, which waits, for [`resume`].
///
/// # Safety
/// `ip` returns to the frame `fp`, which runs in `ctx` (F1).
#[cold]
#[inline(never)]
unsafe fn suspend(ip: *const u64, fp: *mut RawVal, ctx: *mut VmCtx) {
    // SAFETY: by contract.
    unsafe { (*(*ctx).store).suspended.state = [ip as usize, fp as usize, ctx as usize] }
}

/// Whether a frame of this code fits at `fp`.
///
/// # Safety
/// `code` came from a slot, `fp` lies in the stack of the run.
#[inline(always)]
unsafe fn fits(m: &Regs, code: *const u64, fp: *const RawVal) -> bool {
    // SAFETY: by contract; M3.
    unsafe { (*m.vmstore()).stack_end as usize - fp as usize >= code::frame_bytes(code) }
}

/// Enters `slot` in the frame that begins `base` cells behind this one's start, to return behind this op of `words`
/// words. The header's place in the frame is read late, since registers are scarce here. The callee runs in the same
/// instance.
#[cfg_attr(not(handlers_apart), inline(always))]
pub(crate) fn call<P: Dispatch, const FUEL: bool>(m: Regs, slot: *const Slot, base: u16, words: usize) -> P::Out {
    let mut m = m;
    // SAFETY: slots outlive every frame (M1); the header's room belongs to this frame (F3), the callee's is compared.
    unsafe {
        let code = (*slot).code().cast::<u64>().cast_const();
        let fp = m.fp.add(base as usize);
        if !fits(&m, code, fp) {
            return trap::<P>(m, Trap::StackOverflow);
        }
        let header = Header { ret: m.ip.add(words), fp: m.fp, ctx: m.ctx };
        header.write(fp.add(m.u16(const { place(&CALLEE, Name::Header) }) as usize));
        m.ip = code;
        m.fp = fp;
        m.acc = slot as usize as u64;
    }
    guess::called::<P, Entered<FUEL>>(m)
}

/// The same where the callee may run in another instance, or may be the host's.
#[cfg_attr(not(handlers_apart), inline(always))]
pub(crate) fn call_other<P: Dispatch, const FUEL: bool>(
    m: Regs,
    slot: *const Slot,
    callee: *mut VmCtx,
    base: u16,
    words: usize,
) -> P::Out {
    if callee == m.ctx {
        return call::<P, FUEL>(m, slot, base, words);
    }
    call_elsewhere::<P, FUEL>(m, slot, callee, base, words)
}

/// The same where it does not run in this instance.
#[cfg_attr(not(handlers_apart), inline(always))]
pub(crate) fn call_elsewhere<P: Dispatch, const FUEL: bool>(
    m: Regs,
    slot: *const Slot,
    callee: *mut VmCtx,
    base: u16,
    words: usize,
) -> P::Out {
    let mut m = m;
    // SAFETY: as in `call`; a slot whose code is not the foreign stub is wasm's, so `callee` is an instance (V5).
    unsafe {
        let code = (*slot).code().cast::<u64>().cast_const();
        let fp = m.fp.add(base as usize);
        if !fits(&m, code, fp) {
            return trap::<P>(m, Trap::StackOverflow);
        }
        let header = Header { ret: m.ip.add(words), fp: m.fp, ctx: m.ctx };
        header.write(fp.add(m.u16(const { place(&CALLEE, Name::Header) }) as usize));
        m.ip = code;
        m.fp = fp;
        m.ctx = callee;
        m.acc = slot as usize as u64;
        // The host's functions have a context that is no instance, and no memory.
        if code == P::foreign_op() {
            return P::rare::<Foreign>(m);
        }
    }
    m.reload_memory();
    enter::<P, FUEL>(m)
}

/// Goes on at the first op of a function. `FUEL`: where fuel is charged; mostly it is a fuel op, which is paid for then.
#[inline(always)]
pub(crate) fn enter<P: Dispatch, const FUEL: bool>(m: Regs) -> P::Out {
    // SAFETY: M1.
    if FUEL && unsafe { m.ip.read() } == P::fuel_word() {
        return paid::<P>(m);
    }
    P::next(m)
}

/// Replaces this frame, whose header lies at `header`, by one of `slot`, whose arguments lie from `src` on.
#[cfg_attr(not(handlers_apart), inline(always))]
pub(crate) fn tail_call<P: Dispatch>(
    m: Regs,
    slot: *const Slot,
    callee: *mut VmCtx,
    (src, count): (u16, u16),
    header: u16,
    cells: u16,
) -> P::Out {
    let mut m = m;
    // SAFETY: as in `call`. The frame that is replaced has room for the arguments and the new header, since it holds
    // the arguments behind its own header.
    unsafe {
        let saved = Header::read(m.fp.add(header as usize));
        let code = (*slot).code().cast::<u64>().cast_const();
        let fp = m.fp;
        if !fits(&m, code, fp) {
            return trap::<P>(m, Trap::StackOverflow);
        }
        // Most have few; and a call would cost this handler a frame of its own.
        for i in 0..count as usize {
            fp.add(i).write(fp.add(src as usize + i).read());
        }
        saved.write(fp.add(cells as usize));
        if code == P::foreign_op() {
            (*m.vmstore()).tail = TailTarget { slot, callee, caller: m.ctx };
            return P::rare::<ForeignTail>(m);
        }
        m.ip = code;
        m.acc = slot as usize as u64;
        if callee != m.ctx {
            m.ctx = callee;
            m.reload_memory();
        }
    }
    P::next(m)
}

/// Leaves the frame whose header lies at `header`; its results lie at its start. `FUEL`: where fuel is charged, so that
/// a fuel op lies behind every call (F4).
#[cfg_attr(not(handlers_apart), inline(always))]
pub(crate) fn ret<P: Dispatch, const FUEL: bool>(m: Regs, header: u16) -> P::Out {
    let mut m = m;
    // SAFETY: F1 or F2.
    unsafe {
        let header = Header::read(m.fp.add(header as usize));
        m.ip = header.ret;
        m.fp = header.fp;
        if header.ctx != m.ctx {
            m.ctx = header.ctx;
            m.reload_memory();
        }
    }
    arrive::<P, FUEL>(m)
}

/// Goes on at `ip`. `FUEL`: a fuel op lies there, which is paid for on the way.
#[inline(always)]
pub(crate) fn arrive<P: Dispatch, const FUEL: bool>(m: Regs) -> P::Out {
    if FUEL { paid::<P>(m) } else { P::next(m) }
}

/// Goes on at `ip`. `FUEL`: a fuel op ends there, which is paid for.
#[inline(always)]
pub(crate) fn arrived<P: Dispatch, const FUEL: bool>(m: Regs) -> P::Out {
    let mut m = m;
    if FUEL && !m.pay_for_last() {
        m.step_back(FUEL_WORDS);
        return P::rare::<Unpaid>(m);
    }
    P::next(m)
}

/// Goes on at `ip`, where a fuel op lies, and pays for it on the way if there is enough.
#[cfg_attr(not(handlers_apart), inline(always))]
pub(crate) fn paid<P: Dispatch>(m: Regs) -> P::Out {
    let mut m = m;
    if !m.pay() {
        return P::rare::<Unpaid>(m);
    }
    m.skip(FUEL_WORDS);
    P::next(m)
}

/// The foreign stub: a frame was entered whose function is the host's, or native by now. Its slot is in the
/// accumulator, its context is this instance's.
#[inline(always)]
pub(crate) fn foreign_stub<P: Dispatch>(m: Regs) -> P::Out {
    let slot = m.acc as usize as *const Slot;
    // SAFETY: whoever jumps to a slot's code has put the slot in the accumulator and written a header.
    unsafe {
        let header = Header::read(m.fp.add((*slot).cells() as usize));
        if header.ret == P::exit_op() {
            (*m.vmstore()).tail = TailTarget { slot, callee: m.ctx, caller: m.ctx };
            return P::exit(m, Status::TailCall);
        }
        let (callee, cells) = (m.ctx, m.fp);
        let mut m = m;
        m.ctx = header.ctx;
        foreign::<P>(m, header, slot, callee, cells)
    }
}

/// A tail call of a foreign function, which stands in the store: this frame has its arguments and its header already.
#[inline(always)]
pub(crate) fn foreign_tail<P: Dispatch>(m: Regs) -> P::Out {
    // SAFETY: `tail_call` left the target there, with its arguments and header in this frame.
    unsafe {
        let TailTarget { slot, callee, .. } = (*m.vmstore()).tail;
        let header = Header::read(m.fp.add((*slot).cells() as usize));
        if header.ret == P::exit_op() {
            return P::exit(m, Status::TailCall);
        }
        let cells = m.fp;
        foreign::<P>(m, header, slot, callee, cells)
    }
}

/// Calls a function through its array entry, goes on with whatever it tail-calls, and returns to `header`.
///
/// # Safety
/// The array convention's contract.
#[inline(always)]
unsafe fn foreign<P: Dispatch>(
    m: Regs,
    header: Header,
    slot: *const Slot,
    callee: *mut VmCtx,
    cells: *mut RawVal,
) -> P::Out {
    let mut m = m;
    // SAFETY: by contract.
    let status = unsafe {
        let store = (*header.ctx).store;
        (*(*store).activation).state = returns(header.ret, header.fp, header.ctx);
        (*store).fuel = m.fuel;
        let top = cells.wrapping_add((*slot).cells() as usize);
        call_out((*slot).entry(), top, slot, callee, m.ctx, store, cells)
    };
    m.ip = header.ret;
    m.fp = header.fp;
    m.ctx = header.ctx;
    m.reload_fuel();
    if status == Status::Done {
        // SAFETY: by contract: a result lies there, if there is one. F5.
        m.acc = unsafe { cells.read() }.u64();
        m.reload_memory();
        return P::next(m);
    }
    left::<P>(m, status)
}

/// A call has not returned: an exception may have a handler in this run, anything else leaves it.
#[inline(always)]
pub(crate) fn left<P: Dispatch>(m: Regs, status: Status) -> P::Out {
    let mut m = m;
    if EXCEPTIONS && status == Status::Throw {
        // SAFETY: the frame that `m` returns to is live (F1); `unwind` leaves the frame that it found in the run's state.
        unsafe {
            if unwind::<P>(m.ip, m.fp, m.ctx) {
                let [ip, fp, ctx] = (*(*m.vmstore()).activation).state;
                (m.ip, m.fp, m.ctx) = (ip as *const u64, fp as *mut RawVal, ctx as *mut VmCtx);
                m.reload_memory();
                return P::next(m);
            }
        }
    }
    if status == Status::Suspended {
        // SAFETY: as above.
        unsafe { suspend(m.ip, m.fp, m.ctx) };
    }
    P::exit(m, status)
}

/// Goes on after a runtime call that threw, or failed to, in an op of `words` words whose last half word is its
/// distance, as a call's is.
#[inline(always)]
pub(crate) fn thrown<P: Dispatch>(m: Regs, status: Status, words: usize) -> P::Out {
    if status == Status::Trap {
        return leave::<P>(m);
    }
    let mut m = m;
    m.skip(words);
    left::<P>(m, status)
}

/// Looks for the innermost handler of the exception on its way, in the frame that `ret` returns to or one below, of
/// this run: whether there is one. Where it goes on is left in the run's state: a place on the host's stack would cost
/// the handlers that come here their jump.
///
/// # Safety
/// `ret` returns to the frame `fp`, which runs in `ctx` (F1).
#[cold]
#[inline(never)]
unsafe fn unwind<P: Dispatch>(ret: *const u64, fp: *mut RawVal, ctx: *mut VmCtx) -> bool {
    let (left, of) = (returns(ret, fp, ctx), ctx);
    let (mut ret, mut fp, mut ctx) = (ret, fp, ctx);
    // SAFETY: F1 and F2 lead from each frame to the next; handlers name cells of their function's frame (T1).
    unsafe {
        let store = (*ctx).store;
        let builtins = &*(*store).builtins;
        while ret != P::exit_op() {
            let distance = ret.cast::<u32>().sub(1).read();
            let code = ret.sub(distance as usize);
            let thrown = (*store).exception;
            let catches = |handler: &Handler| {
                handler.tag == u32::MAX
                    || (builtins.exception_match)(ctx, thrown.u64(), handler.tag, fp.add(handler.cell as usize)) != 0
            };
            if let Some(handler) = code::handler(code, distance - 1, catches) {
                if handler.with_ref {
                    fp.add((handler.cell + handler.args) as usize).write(thrown);
                } else {
                    (builtins.exception_handled)(ctx, thrown.u64());
                }
                let target = code.add(handler.target as usize);
                (*(*store).activation).state = [target as usize, fp as usize, ctx as usize];
                return true;
            }
            let header = Header::read(fp.add((*code::slot_in(code, ctx)).cells() as usize));
            (ret, fp, ctx) = (header.ret, header.fp, header.ctx);
        }
        (*(*store).activation).state = left;
        (builtins.record_thrown)(of);
    }
    false
}

/// Calls an entry of `target`, and goes on with whatever it tail-calls. `top` is the first cell that is free while it
/// runs.
///
/// # Safety
/// The array convention's contract.
#[inline(never)]
pub(crate) unsafe fn call_out(
    entry: ArrayEntry,
    top: *mut RawVal,
    slot: *const Slot,
    callee: *mut VmCtx,
    caller: *mut VmCtx,
    store: *mut VmStore,
    cells: *mut RawVal,
) -> Status {
    let (mut entry, mut top, mut target) = (entry, top, TailTarget { slot, callee, caller });
    loop {
        // SAFETY: by contract; a `TailCall` leaves a live target of the same store with its arguments at `cells`.
        unsafe {
            if top > (*store).stack_end {
                (*store).trap = TrapRecord { code: Trap::StackOverflow as u32, offset: u32::MAX, slot: target.slot };
                return Status::Trap;
            }
            (*store).stack_top = top;
            match entry(target.slot, target.callee, store, target.caller, cells) {
                Status::TailCall => {
                    target = (*store).tail;
                    entry = (*target.slot).entry();
                    top = cells.wrapping_add((*target.slot).cells() as usize);
                }
                status => return status,
            }
        }
    }
}

/// Ends the run with a trap at the current op.
#[inline(always)]
pub(crate) fn trap<P: Dispatch>(m: Regs, trap: Trap) -> P::Out {
    let mut m = m;
    m.acc = u64::from(trap as u32);
    P::rare::<Trapped>(m)
}

/// Ends the run with a trap whose code a runtime call has set.
#[inline(always)]
pub(crate) fn leave<P: Dispatch>(m: Regs) -> P::Out {
    let mut m = m;
    m.acc = u64::from(u32::MAX);
    P::rare::<Trapped>(m)
}

/// The way out of ops that trap; the code is in the accumulator.
#[inline(always)]
pub(crate) fn trapped<P: Dispatch>(m: Regs) -> P::Out {
    let mut m = m;
    let prepaid = record_trap(m.ip, m.fp, m.ctx, m.acc as u32);
    m.fuel = m.fuel.saturating_add_unsigned(prepaid);
    // A compiler that sees the whole program and knows the answer has handlers call this and answer themselves, in a
    // frame, where they would jump.
    P::exit(m, core::hint::black_box(Status::Trap))
}

/// Records a trap at `ip`; `u32::MAX` keeps the code that stands. Returns the fuel that was charged ahead there.
#[cold]
#[inline(never)]
fn record_trap(ip: *const u64, fp: *mut RawVal, ctx: *mut VmCtx, code: u32) -> u64 {
    // SAFETY: M3: a handler's registers are those of a live run, whose activation is the innermost.
    unsafe {
        let store = (*ctx).store;
        (*(*store).activation).state = [ip as usize, fp as usize, ctx as usize];
        if code != u32::MAX {
            (*store).trap.code = code;
        }
        // Compact code is not charged ahead.
        let mut ahead = 0;
        if RECORDED || !cfg!(feature = "compact") {
            let Origin { slot, offset, prepaid } = origin(ctx, ip);
            (*store).trap.offset = offset;
            (*store).trap.slot = slot;
            ahead = prepaid;
        }
        if RECORDED {
            ((*(*store).builtins).record_frames)(ctx);
        }
        ahead
    }
}

/// Where an op comes from.
struct Origin {
    /// Whose operator it is, if that is known, and where in the module's binary that stands.
    slot: *const Slot,
    offset: u32,
    /// The fuel that was charged ahead.
    prepaid: u64,
}

/// Where the op at `ip` comes from.
///
/// # Safety
/// As for [`locate`].
unsafe fn origin(ctx: *mut VmCtx, ip: *const u64) -> Origin {
    let unknown = |slot| Origin { slot, offset: u32::MAX, prepaid: 0 };
    // SAFETY: by contract; the slot's module is alive, since its code runs.
    unsafe {
        let Some((slot, word)) = locate(ctx, ip) else { return unknown(core::ptr::null()) };
        let Some(module) = Module::of_slot(&*slot) else { return unknown(core::ptr::null()) };
        let Some(offsets) = Offsets::of(&module, (*slot).func()) else { return unknown(slot) };
        let innermost = offsets.within(word).next().map_or(slot, |(func, _)| module.slot(func));
        Origin { slot: innermost, offset: offsets.at(word).unwrap_or(u32::MAX), prepaid: offsets.prepaid(word) }
    }
}

/// Which function's code `ip` lies in, and at which word.
///
/// # Safety
/// `ctx` is a live context, and `ip` lies in code of its module.
unsafe fn locate(ctx: *mut VmCtx, ip: *const u64) -> Option<(*const Slot, usize)> {
    // SAFETY: by contract: a module whose code runs has at least one slot, and its slots are alive.
    let module = unsafe { Module::of_slot(&*(*ctx).slots) }?;
    module.slots().iter().find_map(|slot| Some((core::ptr::from_ref(slot), word_in(slot, ip)?)))
}

/// At which word of a slot's code `ip` lies, if it lies there.
fn word_in(slot: &Slot, ip: *const u64) -> Option<usize> {
    let code = slot.made();
    // SAFETY: C1: `made` is code that this interpreter gave to the slot.
    let range = if code.is_null() { 0..0 } else { unsafe { code::range(code) } };
    range.contains(&(ip as usize)).then(|| (ip as usize - range.start) / 8)
}

/// Where the ops of the function come from that was asked for last: a recursive function is translated once, not once
/// for each of its frames.
struct Places(*const Slot, Option<Offsets>);

impl Places {
    /// Those of a function.
    ///
    /// # Safety
    /// The slot's module is alive.
    unsafe fn of(&mut self, slot: *const Slot) -> Option<&Offsets> {
        if self.0 != slot {
            // SAFETY: by contract.
            let (module, func) = unsafe { (Module::of_slot(&*slot), (*slot).func()) };
            *self = Self(slot, module.and_then(|module| Offsets::of(&module, func)));
        }
        self.1.as_ref()
    }
}

/// Reports the frame that stands at a word of a function's code, and before it those of the bodies that are inlined
/// there, innermost first.
///
/// # Safety
/// The slot has code of this interpreter's, and its module is alive.
unsafe fn report_at(
    (slot, word): (*const Slot, usize),
    places: &mut Places,
    report: &mut Report<'_>,
) -> ControlFlow<()> {
    // SAFETY: by contract; C1.
    unsafe {
        if !code::inlines((*slot).made().cast::<u64>()) {
            let mut find = || places.of(slot).and_then(|offsets| offsets.at(word)).unwrap_or(u32::MAX);
            return report(slot, &mut find);
        }
        let (Some(offsets), Some(module)) = (places.of(slot), Module::of_slot(&*slot)) else {
            return report(slot, &mut || u32::MAX);
        };
        let mut offset = offsets.at(word).unwrap_or(u32::MAX);
        for (func, call) in offsets.within(word) {
            report(module.slot(func), &mut || offset)?;
            offset = call;
        }
        report(slot, &mut || offset)
    }
}

/// Reports the frames of a run, innermost first. Its state: an op that trapped or that reaches the embedder, its frame
/// and its instance; or what [`returns`] made.
///
/// # Safety
/// `activation` is that of a run of this interpreter that stands in a call or in such an op, or has just trapped.
unsafe fn walk<P: Dispatch>(activation: *const Activation, report: &mut Report<'_>) -> ControlFlow<()> {
    if !RECORDED {
        return ControlFlow::Continue(());
    }
    // SAFETY: by contract; F1 and F2 lead from each frame to the next; code and slots outlive the frames.
    unsafe {
        let [ip, fp, ctx] = (*activation).state;
        let (mut ip, mut fp) = (ip as *const u64, fp as *mut RawVal);
        let returns = ctx & RETURNS != 0;
        let mut ctx = (ctx & !RETURNS) as *mut VmCtx;
        let mut places = Places(core::ptr::null(), None);
        if !returns && !ctx.is_null() {
            let store = (*ctx).store;
            // Where the innermost run has trapped, the store tells of it, and functions need not be gone through again.
            let trap = (*store).trap.slot;
            let noted = core::ptr::eq(activation, (*store).activation) && !trap.is_null();
            let here = if noted { word_in(&*trap, ip) } else { None };
            let place = here.map(|word| (trap, word)).or_else(|| locate(ctx, ip));
            let Some((slot, word)) = place else { return ControlFlow::Continue(()) };
            if here.is_some() && !code::inlines((*slot).made().cast::<u64>()) {
                let offset = (*store).trap.offset;
                report(slot, &mut || offset)?;
            } else {
                report_at((slot, word), &mut places, report)?;
            }
            let header = Header::read(fp.add((*slot).cells() as usize));
            (ip, fp, ctx) = (header.ret, header.fp, header.ctx);
        }
        while !ip.is_null() && ip != P::exit_op() {
            let distance = ip.cast::<u32>().sub(1).read() as usize;
            let slot = code::slot_in(ip.sub(distance), ctx);
            report_at((slot, distance - 1), &mut places, report)?;
            let header = Header::read(fp.add((*slot).cells() as usize));
            (ip, fp, ctx) = (header.ret, header.fp, header.ctx);
        }
    }
    ControlFlow::Continue(())
}

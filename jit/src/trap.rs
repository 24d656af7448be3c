//! How native code is left, and what a fault in it means.
//!
//! Native code is left by return, or by a jump to the array stub that entered it. The jump restores that stub's stack
//! and frame pointer and goes to its handler, with two words: a status and null, or a trap and the slot of the
//! function that trapped. Two make it: [`leave`], called by native code when something that it called has failed,
//! reads the target from the innermost activation, which lies in the stub's frame ([`Run`]); the signal handler finds
//! that by walking frame pointers from the fault up to the stub, for which it needs no store and no thread-local state,
//! and goes on below the frame that faulted, where the frames can still be recorded ([`faulted`]). An exception goes no
//! further than to the innermost native frame of the run that can catch it ([`catcher`]), by the same kind of jump.
//! None of the jumps passes a frame of Rust's that has anything to drop.
//!
//! # Invariants
//! - T1. Every function of ours keeps a frame pointer; above the frames of native bodies stands that of an array stub.
//! - T2. A handler takes no lock and allocates nothing: the table of code is an `AddressMap`.
//! - T3. A fault at an address that is no trap site of ours goes to whoever handled it before; and so does one at a trap
//!   site that is about an address outside of all reservations, guards included, that the engine's memories have made,
//!   unless it is one that reads through null to find out: something is broken then, and the process is to end.
//! - T4. Addresses of calls in code ([`InlinedCall`]) lead to what the table keeps as long as the code; slots that it
//!   names are of modules whose instances the store at hand has, since their code has run.
#![allow(unsafe_code)] // Signal handler, frame walk, and the jump out of native code.

use coracle_error::Trap;
use coracle_vm::address_map::{AddressMap, Snapshot};
use coracle_vm::provider::is_reserved;
use coracle_vm::stamp::Stamp;
use coracle_vm::tier::vmctx::{Activation, Report};
use coracle_vm::tier::{Slot, Status, VmCtx, VmStore};
use cranelift_codegen::ir::TrapCode;
use std::mem::offset_of;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where an activation's state holds the stub's stack pointer.
pub(crate) const STATE_SP: usize = 0;
/// Where it holds the stub's frame pointer.
pub(crate) const STATE_FP: usize = 1;
/// Where it holds the address of the stub's handler.
pub(crate) const STATE_HANDLER: usize = 2;

/// The activation of one array stub, in its frame.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Run {
    /// What everyone knows of it.
    pub(crate) base: Activation,
    /// The context that was entered.
    pub(crate) ctx: *mut VmCtx,
    /// The frame pointer of the function of ours that has called out of native code; 0 while none has.
    pub(crate) exit_fp: usize,
    /// The slot of that function, if it is a body.
    pub(crate) exit_slot: *const Slot,
    /// Where the body stands in the module's binary.
    pub(crate) exit_offset: u32,
    /// The trap that a fault was.
    pub(crate) fault: u32,
    /// The address of the call in whose place the body stands ([`InlinedCall`]); 0 where it stands for itself.
    pub(crate) exit_call: usize,
}

/// A place where code may trap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// The instruction, in bytes from the function's start.
    pub(crate) at: u32,
    /// The trap.
    pub(crate) code: u8,
    /// The operator in the module's binary, in bytes; `u32::MAX` when unknown. From [`INLINED`] on, the number of a place.
    pub(crate) offset: u32,
}

/// From here on operators are numbers of places of inlined code.
pub(crate) const INLINED: u32 = 1 << 31;

/// Where code of a function stands in the place of a call in another's.
#[derive(Debug)]
pub(crate) struct Inlined {
    /// Operators of such code, by number.
    pub(crate) places: Box<[Place]>,
    /// The calls that it stands for, kept since their addresses are in the code.
    #[expect(clippy::vec_box, reason = "code holds the calls' addresses")]
    pub(crate) _calls: Vec<Box<InlinedCall>>,
}

/// An operator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The slot of the function that has it.
    pub(crate) slot: usize,
    /// Where it stands in that function's module's binary, in bytes.
    pub(crate) offset: u32,
    /// The address of the call in whose place that function stands; 0 if it stands for itself.
    pub(crate) call: usize,
}

/// A call in whose place a body stands.
#[derive(Debug)]
pub(crate) struct InlinedCall {
    /// The slot of the function that calls.
    pub(crate) slot: usize,
    /// Where the call stands in that function's module's binary, in bytes.
    pub(crate) offset: u32,
    /// The address of the call in whose place the function that calls stands itself; 0 if it stands for itself.
    pub(crate) around: usize,
}

/// Where a call goes on when what it called has thrown; in bytes from the function's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Landing {
    /// The address that the call returns to.
    pub(crate) back: u32,
    /// Where it goes on.
    pub(crate) at: u32,
    /// How far the stack pointer lies below the frame pointer there.
    pub(crate) frame: u32,
}

/// What a function of ours is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A wasm body.
    Body {
        /// Its slot's address.
        slot: usize,
        /// Where it may trap, in order.
        sites: Box<[Site]>,
        /// Addresses to which calls return, in bytes from the function's start, in order; and the operators.
        returns: Box<[(u32, u32)]>,
        /// Calls that a handler of the body may catch from, in order of the addresses to which they return.
        landings: Box<[Landing]>,
        /// What of it is other functions' code.
        inlined: Option<Box<Inlined>>,
    },
    /// A stub that never faults and has native code above it.
    Stub,
    /// An array stub.
    Entry {
        /// How far its stack pointer lies below its frame pointer during the call.
        frame: u32,
        /// How far its activation lies above its stack pointer.
        run: u32,
    },
}

/// A function in its place.
#[derive(Debug)]
pub(crate) struct Placed {
    /// Its first byte's address.
    pub(crate) start: usize,
    /// How many bytes it has.
    pub(crate) len: usize,
    /// What it is.
    pub(crate) kind: Kind,
}

/// The trap that a Cranelift code stands for.
pub(crate) fn native_trap(code: TrapCode) -> u8 {
    let trap = match code {
        TrapCode::STACK_OVERFLOW => Trap::StackOverflow,
        TrapCode::INTEGER_OVERFLOW => Trap::IntegerOverflow,
        TrapCode::HEAP_OUT_OF_BOUNDS => Trap::MemoryOutOfBounds,
        TrapCode::INTEGER_DIVISION_BY_ZERO => Trap::IntegerDivisionByZero,
        TrapCode::BAD_CONVERSION_TO_INTEGER => Trap::BadConversionToInteger,
        own => return own.as_raw().get(),
    };
    trap as u8
}

/// The address of the function that reports an activation's frames.
pub(crate) fn walk_address() -> usize {
    let walk: unsafe fn(*const Activation, &mut Report<'_>) -> ControlFlow<()> = walk;
    walk as *const () as usize
}

/// Reports the bodies of a run, innermost first.
///
/// # Safety
/// `activation` is the base of a [`Run`] whose stub is on the stack, with its exit up to date.
unsafe fn walk(activation: *const Activation, report: &mut Report<'_>) -> ControlFlow<()> {
    // SAFETY: by contract.
    let run = unsafe { &*activation.cast::<Run>() };
    if run.exit_fp == 0 {
        return ControlFlow::Continue(());
    }
    if !run.exit_slot.is_null() {
        report(run.exit_slot, &mut || run.exit_offset)?;
        // SAFETY: code has left there what it has of this kind, or 0 (T4).
        unsafe { report_calls(run.exit_call, report) }?;
    }
    with_table(|table| {
        let mut fp = run.exit_fp;
        loop {
            // SAFETY: T1: `fp` is the frame pointer of a function of ours that has not returned.
            let (above, back) = unsafe { frame(fp) };
            match find(table, back - 1) {
                Some(Placed { start, kind: Kind::Body { slot, returns, inlined, .. }, .. }) => {
                    let at = u32::try_from(back - start).unwrap_or(u32::MAX);
                    let offset = || operator_of(returns, at);
                    match inlined {
                        None => report(*slot as *const Slot, &mut || offset())?,
                        Some(inlined) => {
                            let place = place_of(*slot, Some(inlined), offset());
                            report(place.slot as *const Slot, &mut || place.offset)?;
                            // SAFETY: T4.
                            unsafe { report_calls(place.call, report) }?;
                        }
                    }
                }
                Some(Placed { kind: Kind::Stub, .. }) => {}
                _ => return ControlFlow::Continue(()),
            }
            fp = above;
        }
    })
}

/// The operator that calls, as its machine code is marked, by where the call returns to; `u32::MAX` when unknown.
fn operator_of(returns: &[(u32, u32)], back: u32) -> u32 {
    returns.binary_search_by_key(&back, |&(at, _)| at).map_or(u32::MAX, |i| returns[i].1)
}

/// What an operator of a body is, by what its machine code is marked with.
fn place_of(slot: usize, inlined: Option<&Inlined>, offset: u32) -> Place {
    let own = Place { slot, offset, call: 0 };
    let Some(inlined) = inlined.filter(|_| offset >= INLINED) else { return own };
    inlined.places.get((offset - INLINED) as usize).copied().unwrap_or(own)
}

/// Reports the functions in whose code a body stands, innermost first.
///
/// # Safety
/// `call` is 0 or the address of a call that the table of code keeps (T4).
unsafe fn report_calls(call: usize, report: &mut Report<'_>) -> ControlFlow<()> {
    let mut call = call as *const InlinedCall;
    // SAFETY: by contract, and so is each that leads on from there.
    while let Some(&InlinedCall { slot, offset, around }) = unsafe { call.as_ref() } {
        report(slot as *const Slot, &mut || offset)?;
        call = around as *const InlinedCall;
    }
    ControlFlow::Continue(())
}

/// The frame pointer of the caller, and the address to return to.
///
/// # Safety
/// `fp` is the frame pointer of a function of ours that has not returned (T1).
unsafe fn frame(fp: usize) -> (usize, usize) {
    let fp = fp as *const usize;
    // SAFETY: by contract: the caller's frame pointer lies there, and the return address behind it.
    unsafe { (*fp, *fp.add(1)) }
}

/// The address of [`failed`].
pub(crate) fn failed_address() -> usize {
    failed as *const () as usize
}

/// Leaves native code after something that it called has come back with a status. `slot` and `offset` say where the
/// body stands that called, `slot` null for a bounce; `fp` is its frame pointer, `call` that in whose place it stands.
///
/// # Safety
/// Called from native code whose array stub made the store's innermost activation.
unsafe extern "C" fn failed(ctx: *mut VmCtx, status: u64, slot: *const Slot, offset: u64, fp: usize, call: usize) -> ! {
    // SAFETY: native code has a context, and its store; the innermost activation is a run of ours.
    unsafe {
        let store = (*ctx).store;
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        if status == Status::Trap as u64 {
            if !slot.is_null() {
                ((*store).trap.offset, (*store).trap.slot) = (offset, slot);
            }
            let run = (*store).activation.cast::<Run>();
            ((*run).exit_fp, (*run).exit_slot, (*run).exit_offset) = (fp, slot, offset);
            (*run).exit_call = call;
            ((*(*store).builtins).record_frames)(ctx);
        }
        if status == Status::Throw as u64 {
            let run = (*store).activation.cast::<Run>();
            if let Some(catcher) = catcher(fp) {
                (*run).exit_fp = 0;
                land(catcher.sp, catcher.fp, catcher.pc, (*store).exception.u64(), catcher.offset.into())
            }
            ((*run).exit_fp, (*run).exit_slot, (*run).exit_offset) = (fp, slot, offset);
            (*run).exit_call = call;
            ((*(*store).builtins).record_thrown)(ctx);
        }
        leave(store, status, 0)
    }
}

/// The address of [`stopped`].
pub(crate) fn stopped_address() -> usize {
    stopped as *const () as usize
}

/// Leaves native code with the trap that is set, of the operator in whose name a body has called a stub; `fp` is the
/// stub's frame pointer.
///
/// # Safety
/// As [`failed`]; the stub's caller is a body.
unsafe extern "C" fn stopped(ctx: *mut VmCtx, fp: usize) -> ! {
    // SAFETY: by contract the stub has not returned (T1).
    let (above, back) = unsafe { frame(fp) };
    let place = with_table(|table| match find(table, back - 1) {
        Some(Placed { start, kind: Kind::Body { slot, returns, inlined, .. }, .. }) => {
            let at = u32::try_from(back - start).unwrap_or(u32::MAX);
            place_of(*slot, inlined.as_deref(), operator_of(returns, at))
        }
        _ => Place { slot: 0, offset: u32::MAX, call: 0 },
    });
    let slot = place.slot as *const Slot;
    // SAFETY: by contract; T4.
    unsafe { failed(ctx, Status::Trap as u64, slot, place.offset.into(), above, place.call) }
}

/// A frame of native code that may catch an exception, and where it goes on.
struct Catcher {
    sp: usize,
    fp: usize,
    pc: usize,
    /// The operator of that function's that has called; `u32::MAX` when unknown.
    offset: u32,
}

/// The innermost frame of the run above the frame `fp` that has a landing for what is thrown out of it.
///
/// # Safety
/// `fp` is the frame pointer of a function of ours that has not returned (T1).
unsafe fn catcher(fp: usize) -> Option<Catcher> {
    with_table(|table| {
        let mut at = fp;
        loop {
            // SAFETY: T1, by contract at first, then from frame to frame up to that of an array stub.
            let (above, back) = unsafe { frame(at) };
            match find(table, back - 1)? {
                Placed { start, kind: Kind::Body { landings, returns, inlined, .. }, .. } => {
                    let found = u32::try_from(back - start).ok().and_then(|back| {
                        let at = landings.binary_search_by_key(&back, |landing| landing.back).ok()?;
                        Some(landings[at])
                    });
                    if let Some(Landing { at, frame, back }) = found {
                        // SAFETY: T4, of the body that the frame is of.
                        let offset = unsafe { own_offset(returns, inlined.as_deref(), back) };
                        return Some(Catcher {
                            sp: above - frame as usize,
                            fp: above,
                            pc: start + at as usize,
                            offset,
                        });
                    }
                }
                Placed { kind: Kind::Stub, .. } => {}
                Placed { kind: Kind::Entry { .. }, .. } => return None,
            }
            at = above;
        }
    })
}

/// The operator of a body itself that has called, by the address to which the call returns, in bytes from the start.
///
/// # Safety
/// `returns` and `inlined` are of one body that the table of code keeps (T4).
unsafe fn own_offset(returns: &[(u32, u32)], inlined: Option<&Inlined>, back: u32) -> u32 {
    let place = place_of(0, inlined, operator_of(returns, back));
    let (mut offset, mut call) = (place.offset, place.call as *const InlinedCall);
    // SAFETY: by contract, and so is each that leads on from there.
    while let Some(outer) = unsafe { call.as_ref() } {
        (offset, call) = (outer.offset, outer.around as *const InlinedCall);
    }
    offset
}

/// Where the signal handler goes on, below the frame that faulted: records the frames, then leaves.
///
/// # Safety
/// `run` is the innermost activation, and its exit and fault are set.
unsafe extern "C" fn faulted(run: *mut Run) -> ! {
    // SAFETY: by contract; the context of a run is that of a wasm instance.
    unsafe {
        let (ctx, slot) = ((*run).ctx, (*run).exit_slot);
        let store = (*ctx).store;
        let payload = u64::from((*run).fault) | u64::from((*run).exit_offset) << 32;
        ((*(*store).builtins).record_frames)(ctx);
        leave(store, payload, slot.addr() as u64)
    }
}

const AT_SP: usize = offset_of!(Activation, state) + STATE_SP * size_of::<usize>();
const AT_FP: usize = offset_of!(Activation, state) + STATE_FP * size_of::<usize>();
const AT_HANDLER: usize = offset_of!(Activation, state) + STATE_HANDLER * size_of::<usize>();
const AT_ACTIVATION: usize = offset_of!(VmStore, activation);

/// Jumps to the handler of the innermost array stub with these two words.
///
/// # Safety
/// Called from native code whose array stub made the store's innermost activation.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "sysv64" fn leave(store: *mut VmStore, status: u64, slot: u64) -> ! {
    // Exceptional returns of Cranelift's `tail` convention bring their words in rax and rdx.
    core::arch::naked_asm!(
        "mov rcx, [rdi + {activation}]",
        "mov rax, rsi",
        "mov rsp, [rcx + {sp}]",
        "mov rbp, [rcx + {fp}]",
        "jmp [rcx + {handler}]",
        activation = const AT_ACTIVATION,
        sp = const AT_SP,
        fp = const AT_FP,
        handler = const AT_HANDLER,
    )
}

/// Jumps to the handler of the innermost array stub with these two words.
///
/// # Safety
/// Called from native code whose array stub made the store's innermost activation.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn leave(store: *mut VmStore, status: u64, slot: u64) -> ! {
    // Exceptional returns of Cranelift's `tail` convention bring their words in x0 and x1.
    core::arch::naked_asm!(
        "ldr x9, [x0, #{activation}]",
        "ldr x10, [x9, #{sp}]",
        "mov sp, x10",
        "ldr x29, [x9, #{fp}]",
        "ldr x10, [x9, #{handler}]",
        "mov x0, x1",
        "mov x1, x2",
        "br x10",
        activation = const AT_ACTIVATION,
        sp = const AT_SP,
        fp = const AT_FP,
        handler = const AT_HANDLER,
    )
}

/// Goes on at `pc` in the frame of `sp` and `fp`, with these two words.
///
/// # Safety
/// They are those of a landing in a native frame of the innermost run; the frames below it hold nothing to drop.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "sysv64" fn land(sp: usize, fp: usize, pc: usize, first: u64, second: u64) -> ! {
    core::arch::naked_asm!("mov r9, rdx", "mov rax, rcx", "mov rdx, r8", "mov rsp, rdi", "mov rbp, rsi", "jmp r9",)
}

/// Goes on at `pc` in the frame of `sp` and `fp`, with these two words.
///
/// # Safety
/// They are those of a landing in a native frame of the innermost run; the frames below it hold nothing to drop.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn land(sp: usize, fp: usize, pc: usize, first: u64, second: u64) -> ! {
    core::arch::naked_asm!("mov sp, x0", "mov x29, x1", "mov x9, x2", "mov x0, x3", "mov x1, x4", "br x9",)
}

/// No native code is made for this machine (`isa::host`).
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe extern "C" fn land(_sp: usize, _fp: usize, _pc: usize, _first: u64, _second: u64) -> ! {
    std::process::abort()
}

/// No native code is made for this machine (`isa::host`).
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe extern "C" fn leave(_store: *mut VmStore, _status: u64, _slot: u64) -> ! {
    std::process::abort()
}

// ---- the table of code ----

/// One batch of functions that lie together.
#[derive(Clone)]
struct Batch {
    /// In order of their addresses.
    functions: Arc<[Placed]>,
    /// Whose memories faults in them may be about.
    memories: Option<Stamp>,
    /// Whether what is left of the fuel is in a register while they run.
    fuel: bool,
}

type Table<'a> = Snapshot<'a, Batch>;

static TABLE: AddressMap<Batch> = AddressMap::new();

/// A batch's place in the table; taken out when dropped.
pub(crate) struct Registration {
    start: usize,
}

/// Makes faults in these functions known. The functions lie in one reservation that outlives the registration;
/// `memories` is the stamp of their engine's memories, and `fuel` says whether it counts fuel.
pub(crate) fn register(mut functions: Vec<Placed>, memories: Option<Stamp>, fuel: bool) -> Option<Registration> {
    functions.sort_by_key(|function| function.start);
    let start = functions.first()?.start;
    let end = functions.last().map(|last| last.start + last.len)?;
    TABLE.insert(start, end, Batch { functions: functions.into(), memories, fuel });
    Some(Registration { start })
}

impl Drop for Registration {
    fn drop(&mut self) {
        TABLE.remove(self.start);
    }
}

/// Runs `f` with the table; in a signal handler as well.
fn with_table<R>(f: impl FnOnce(&Table<'_>) -> R) -> R {
    TABLE.read(|table| f(&table))
}

fn find<'a>(table: &'a Table<'_>, pc: usize) -> Option<&'a Placed> {
    find_in(table.find(pc)?.1, pc)
}

fn find_in(batch: &Batch, pc: usize) -> Option<&Placed> {
    let next = batch.functions.partition_point(|function| function.start <= pc);
    batch.functions[..next].last().filter(|function| pc < function.start + function.len)
}

/// Bytes from address 0 on where nothing ever lies.
pub(crate) const NULL_PAGE_BYTES: usize = 4096;

/// Whether code finds out by an access through null that this trap is due: elements outside of tables, null references.
fn reads_through_null(trap: u8) -> bool {
    [Trap::TableOutOfBounds, Trap::IndirectCallToNull, Trap::NullReference].iter().any(|&due| due as u8 == trap)
}

/// A fault: where code stood, its frame pointer, what the register of fuel had, and the address that was not to be had,
/// where it was that.
struct Fault {
    pc: usize,
    fp: usize,
    fuel: i64,
    address: Option<usize>,
}

/// The run in which a fault is a trap of ours, with the trap in it (T3).
fn landing(Fault { pc, fp, fuel, address }: Fault) -> Option<*mut Run> {
    with_table(|table| {
        let (_, batch) = table.find(pc)?;
        let function = find_in(batch, pc)?;
        let Kind::Body { slot, sites, inlined, .. } = &function.kind else { return None };
        let at = u32::try_from(pc - function.start).ok()?;
        let site = &sites[sites.binary_search_by_key(&at, |site| site.at).ok()?];
        if let Some(address) = address
            && !batch.memories.is_some_and(|memories| is_reserved(memories, address))
            && !(address < NULL_PAGE_BYTES && reads_through_null(site.code))
        {
            return None;
        }
        let place = place_of(*slot, inlined.as_deref(), site.offset);
        let mut at = fp;
        loop {
            // SAFETY: T1: `at` is the frame pointer of a function of ours that has not returned.
            let (above, back) = unsafe { frame(at) };
            if let Kind::Entry { frame, run } = find(table, back - 1)?.kind {
                let run = (above - frame as usize + run as usize) as *mut Run;
                // SAFETY: the stub's frame lives, and holds its activation there; the context that was entered is that of
                // a wasm instance, and its store is the one that runs.
                unsafe {
                    ((*run).exit_fp, (*run).exit_slot) = (fp, place.slot as *const Slot);
                    ((*run).exit_offset, (*run).fault) = (place.offset, u32::from(site.code));
                    (*run).exit_call = place.call;
                    if batch.fuel {
                        (*(*(*run).ctx).store).fuel = fuel;
                    }
                }
                return Some(run);
            }
            at = above;
        }
    })
}

// ---- signals ----

#[cfg(target_os = "linux")]
const SIGNALS: [libc::c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// Who handled each signal before; null where the handler was never installed. What was there is never freed: a handler
/// may look at it at any time.
#[cfg(target_os = "linux")]
static BEFORE: AtomicPtr<[libc::sigaction; 4]> = AtomicPtr::new(std::ptr::null_mut());

/// Whether the handler is installed, or why it cannot be.
static INSTALLED: Mutex<Option<Result<(), String>>> = Mutex::new(None);

/// Installs the signal handler, once per process; why not, where that fails.
///
/// The handler runs on the thread's alternate stack where the thread has one. It needs none: native code leaves room
/// below its stack limit.
pub(crate) fn install() -> Result<(), String> {
    INSTALLED.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(install_now).clone()
}

/// Puts back those who handled the signals before, where nobody else does by now. It can be installed again.
pub(crate) fn uninstall() {
    if let Some(Ok(())) = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        uninstall_now();
    }
}

#[cfg(target_os = "linux")]
fn install_now() -> Result<(), String> {
    let mut before = [const { std::mem::MaybeUninit::<libc::sigaction>::zeroed() }; 4];
    for (signal, old) in SIGNALS.iter().zip(&mut before) {
        // SAFETY: asks only; `old` has room for the answer.
        if unsafe { libc::sigaction(*signal, std::ptr::null(), old.as_mut_ptr()) } != 0 {
            return Err(format!("signal {signal} cannot be handled: {}", std::io::Error::last_os_error()));
        }
    }
    // SAFETY: zeroes are a valid `sigaction`, and the calls above have filled them in.
    let before = before.map(|old| unsafe { old.assume_init() });
    BEFORE.store(Box::into_raw(Box::new(before)), Ordering::Release);
    for signal in SIGNALS {
        let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = handle;
        // SAFETY: zeroes are a valid `sigaction`.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_ONSTACK;
        action.sa_sigaction = handler as *const () as usize;
        // SAFETY: `handle` is async-signal-safe (T2) and chains what is not ours (T3).
        if unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) } != 0 {
            return Err(format!("signal {signal} cannot be handled: {}", std::io::Error::last_os_error()));
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn uninstall_now() {
    // SAFETY: it is what was put there, and never freed.
    let Some(before) = (unsafe { BEFORE.load(Ordering::Acquire).as_ref() }) else { return };
    for (signal, before) in SIGNALS.iter().zip(before) {
        // SAFETY: zeroes are a valid `sigaction`; asks, and puts back what the system has told.
        unsafe {
            let mut now: libc::sigaction = std::mem::zeroed();
            let asked = libc::sigaction(*signal, std::ptr::null(), &mut now) == 0;
            if asked && now.sa_sigaction == handle as *const () as usize {
                libc::sigaction(*signal, before, std::ptr::null_mut());
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn uninstall_now() {}

#[cfg(not(target_os = "linux"))]
fn install_now() -> Result<(), String> {
    Err("faults are handled on Linux only".into())
}

#[cfg(target_os = "linux")]
extern "C" fn handle(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let context_ptr = context.cast::<libc::ucontext_t>();
    // SAFETY: the system passes the interrupted context to a `SA_SIGINFO` handler.
    let registers = unsafe { &mut (*context_ptr).uc_mcontext };
    let (pc, fp, fuel) = machine::place(registers);
    // Other signals are instructions that trap, and have no address of data.
    let address = matches!(signal, libc::SIGSEGV | libc::SIGBUS).then(|| {
        // SAFETY: the system passes what it knows of the fault to a `SA_SIGINFO` handler.
        unsafe { (*info).si_addr() }.addr()
    });
    match landing(Fault { pc, fp, fuel, address }) {
        Some(run) => machine::go_on(registers, faulted as *const () as usize, run.addr()),
        None => chain(signal, info, context),
    }
}

/// Passes a fault on to whoever handled it before.
#[cfg(target_os = "linux")]
fn chain(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let at = SIGNALS.iter().position(|&s| s == signal);
    // SAFETY: it is what was put there before the handler was, and never freed.
    let before = at.and_then(|at| unsafe { BEFORE.load(Ordering::Acquire).as_ref() }.map(|before| &before[at]));
    let action = before.map_or(libc::SIG_DFL, |before| before.sa_sigaction);
    if action == libc::SIG_IGN {
        return;
    }
    let Some(before) = before.filter(|_| action != libc::SIG_DFL) else {
        // SAFETY: zeroes are a valid `sigaction`: the default action. The fault happens again and ends the process.
        unsafe {
            let default: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, &default, std::ptr::null_mut());
        }
        return;
    };
    if before.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: an action with this flag is a function of this type.
        let action = unsafe {
            std::mem::transmute::<usize, extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void)>(action)
        };
        action(signal, info, context);
    } else {
        // SAFETY: an action without it is a function of this type.
        let action = unsafe { std::mem::transmute::<usize, extern "C" fn(libc::c_int)>(action) };
        action(signal);
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod machine {
    //! Registers of x86-64.
    use libc::{REG_R15, REG_RBP, REG_RDI, REG_RIP, REG_RSP, mcontext_t};

    /// Where code stands, its frame pointer, and Cranelift's pinned register.
    pub(crate) fn place(registers: &mcontext_t) -> (usize, usize, i64) {
        let [pc, fp, pinned] = [REG_RIP, REG_RBP, REG_R15].map(|register| registers.gregs[register as usize]);
        (pc as usize, fp as usize, pinned)
    }

    /// As if the instruction were a call of `function` with one argument.
    pub(crate) fn go_on(registers: &mut mcontext_t, function: usize, argument: usize) {
        let sp = registers.gregs[REG_RSP as usize] as usize;
        registers.gregs[REG_RIP as usize] = function as i64;
        registers.gregs[REG_RSP as usize] = ((sp & !15) - 8) as i64;
        registers.gregs[REG_RDI as usize] = argument as i64;
    }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
mod machine {
    //! Registers of AArch64.
    use libc::mcontext_t;

    /// Where code stands, its frame pointer, and Cranelift's pinned register.
    pub(crate) fn place(registers: &mcontext_t) -> (usize, usize, i64) {
        (registers.pc as usize, registers.regs[29] as usize, registers.regs[21] as i64)
    }

    /// As if the instruction were a call of `function` with one argument.
    pub(crate) fn go_on(registers: &mut mcontext_t, function: usize, argument: usize) {
        registers.pc = function as u64;
        registers.sp &= !15;
        registers.regs[0] = argument as u64;
    }
}

#[cfg(all(target_os = "linux", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod machine {
    //! No native code is made for this machine: every fault is foreign.
    pub(crate) fn place(_registers: &libc::mcontext_t) -> (usize, usize, i64) {
        (0, 0, 0)
    }

    pub(crate) fn go_on(_registers: &mut libc::mcontext_t, _function: usize, _argument: usize) {}
}

//! The machine's registers, and every unchecked read and write that a handler makes, but those of any memory (`any`) and
//! of vectors (`lanes`).
//!
//! A handler is a safe function from registers to registers: what it may do to raw memory stands here. The registers
//! are few, so that a dispatcher can pass them all in machine registers: where the code stands, the frame, memory 0
//! with its length, the instance, one accumulator for each class of number.
//!
//! # Invariants
//! - M1. `ip` points to the first word of an op that the translator emitted (its code is kept by the slot, and slots
//!   outlive every frame), or to a static stub. Operands are read where the op's own `OPERANDS` lie.
//! - M2. Every slot number in code is below the frame size of its function, and a frame is entered only after its size
//!   was compared with the stack's end. So `fp + slot` lies in the task's stack.
//! - M3. `ctx` is the context of the instance whose code runs (invariants V1 to V5 of `core/tier/vmctx` hold for it), and
//!   offsets into it come from the layout of its module.
//! - M4. `mem` and `len` are memory 0's base and length as `ctx` gives them, unless the memory is shared: then code
//!   does not use them. They are read again after whatever may have moved or grown it: a call of a foreign function or through
//!   the gate to the embedder (`exec/gate`).
//! - M5. While handlers run, the store's own count of fuel is out of date. Whatever leaves the interpreter, or lets the
//!   host look at the store, writes `fuel` back first and reads it again after.
#![allow(unsafe_code)] // This is the module that reads code words and cells without checks.

use crate::exec::operand::{Kind, Name, Named, Operand, imm16, imm64, place, target, words};
use coracle_vm::raw::RawVal;
use coracle_vm::tier::{Builtins, Slot, Status, VmCtx, VmFuncRef, VmGlobal, VmStore, VmTable};
use core::sync::atomic::Ordering;

/// What carries on after a handler: one of the two dispatchers.
pub(crate) trait Dispatch {
    /// What a handler returns to its dispatcher.
    type Out;
    /// Runs the op that `m` stands at.
    fn next(m: Regs) -> Self::Out;
    /// Runs another handler at the same op: where two ways out of a handler must not be merged.
    fn apart<E: Exec>(m: Regs) -> Self::Out;
    /// The same for a way out that is seldom gone: what it needs of the host's stack must not cost the handler anything.
    fn rare<E: Exec>(m: Regs) -> Self::Out;
    /// Leaves the run: what is left of the fuel goes back to the store.
    fn exit(m: Regs, status: Status) -> Self::Out;
    /// Runs from `m` on until the first frame returns.
    ///
    /// # Safety
    /// The registers are those of a frame that was just entered.
    unsafe fn run(m: Registers) -> Status;
    /// Where the first frame of a run returns to.
    fn exit_op() -> *const u64;
    /// The code of a function that is not wasm, or not any more.
    fn foreign_op() -> *const u64;
    /// The code word of a fuel op.
    fn fuel_word() -> u64;
}

/// The handler of one op in one form.
pub(crate) trait Exec {
    /// The form, as the printer shows it behind the name: one letter per operand.
    const FORM: &'static str;
    /// The operands, in order: where each lies follows from it.
    const OPERANDS: &'static [Operand];
    /// Whether there is such an op.
    const VALID: bool = true;
    /// Whether it does no more than other ops do, only sooner: compact builds do without.
    const SHORTCUT: bool = false;
    /// Whether it goes on with the next op or traps, and until then shows nobody how much fuel is left
    /// (`translate/fuel`). None such has an operand that leads elsewhere or reaches the embedder.
    const QUIET: bool = false;
    /// Whether it calls functions that are not inlined: the portable dispatcher runs it out of its loop, which would have
    /// to save its registers around such calls, and the fast one within no other handler.
    #[allow(dead_code, reason = "where all handlers are called nobody asks")]
    const CALLS: bool = false;
    /// How many words the op takes, its code word included.
    const WORDS: usize = words(Self::OPERANDS);
    /// Runs the op and dispatches the next.
    fn exec<P: Dispatch>(m: Regs) -> P::Out;
    /// Where the operand of this name lies, in bytes behind the code word.
    #[inline(always)]
    fn at<N: Named>(_: N) -> usize {
        const { place(Self::OPERANDS, N::NAME) }
    }
}

/// The operands of a fuel op: the cost, the first free slot, and where it goes on if there is less, or 0
/// (`translate/fuel`). Ops that lead to one pay for it.
pub(crate) const FUEL: [Operand; 3] = [imm64(Name::Cost), imm16(Name::Top), target(Name::Apart)];

/// Whether this build has few ops, for machines with little memory for code: none takes an operand from an accumulator,
/// leaves its result there alone or pays for a fuel op that follows, and no shortcut.
pub(crate) const COMPACT: bool = cfg!(feature = "compact");

/// Whether memories and tables may have 64-bit addresses in this build.
pub(crate) const MEMORY64: bool = cfg!(feature = "memory64");

/// Whether this build has an op.
#[cfg(any(op_forms, handlers_apart))]
pub(crate) const fn exists<E: Exec>() -> bool {
    exists_in::<E>(COMPACT)
}

/// Whether builds have an op that are compact, or are not.
pub(crate) const fn exists_in<E: Exec>(compact: bool) -> bool {
    if !compact {
        return E::VALID;
    }
    let mut i = 0;
    while i < E::OPERANDS.len() {
        if matches!(E::OPERANDS[i].kind, Kind::DstAcc | Kind::SrcAcc) {
            return false;
        }
        i += 1;
    }
    E::VALID && !E::SHORTCUT && !pays(E::FORM)
}

/// Whether an op of this form pays for the fuel ops that it leads to.
pub(crate) const fn pays(form: &str) -> bool {
    matches!(form.as_bytes(), [.., b'f', b'u', b'e', b'l'])
}

/// The registers, as handlers have them: by value, since a dispatcher passes them in machine registers.
#[cfg(not(handlers_apart))]
pub(crate) type Regs = Registers;

/// The same where handlers are called through a table: they stand in the loop's frame, and a handler changes what it
/// changes in place.
#[cfg(handlers_apart)]
pub(crate) struct Regs(&'static mut Registers);

#[cfg(handlers_apart)]
impl Regs {
    /// The registers of a run.
    ///
    /// # Safety
    /// The handler that takes them ends before `registers` do.
    #[inline(always)]
    pub(crate) unsafe fn of(registers: &mut Registers) -> Self {
        // SAFETY: by contract; nothing keeps registers longer than it runs.
        Self(unsafe { &mut *core::ptr::from_mut(registers) })
    }
}

#[cfg(handlers_apart)]
impl core::ops::Deref for Regs {
    type Target = Registers;
    #[inline(always)]
    fn deref(&self) -> &Registers {
        self.0
    }
}

#[cfg(handlers_apart)]
impl core::ops::DerefMut for Regs {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Registers {
        self.0
    }
}

/// The registers.
#[derive(Clone, Copy)]
pub(crate) struct Registers {
    /// The op that runs.
    pub(crate) ip: *const u64,
    /// The frame's first cell.
    pub(crate) fp: *mut RawVal,
    /// Memory 0.
    pub(crate) mem: *mut u8,
    /// Bytes of memory 0.
    pub(crate) len: usize,
    /// The instance.
    pub(crate) ctx: *mut VmCtx,
    /// The integer accumulator; on entry to a callee, its slot.
    pub(crate) acc: u64,
    /// The `f64` accumulator.
    pub(crate) facc: f64,
    /// The `f32` accumulator.
    pub(crate) sacc: f32,
    /// What is left of the fuel, if it is charged.
    pub(crate) fuel: i64,
    /// Where the last branch back led (`guess`).
    #[cfg(tail_dispatch)]
    pub(crate) back: *mut u64,
    /// Where the last call within an instance led.
    #[cfg(tail_dispatch)]
    pub(crate) callee: *mut u64,
}

/// A Rust type that a cell, an immediate or an accumulator can hold.
pub(crate) trait Val: Copy {
    /// Whether immediates of it take a word.
    const WIDE: bool;
    /// Whether it is a float: compact builds compute with those from slots alone, and branch on no comparison of them.
    const FLOAT: bool;
    /// From a cell.
    fn of(cell: RawVal) -> Self;
    /// To a cell.
    fn cell(self) -> RawVal;
    /// From the accumulator of its class.
    fn acc(m: &Regs) -> Self;
    /// To the accumulator of its class, where this build has ops that take something from there.
    fn set_acc(self, m: &mut Regs);
}

macro_rules! vals {
    ($($ty:ty, $wide:literal, $of:ident, $from:ident, |$m:ident| $get:expr, |$n:ident, $v:ident| $set:expr;)*) => {$(
        impl Val for $ty {
            const WIDE: bool = $wide;
            const FLOAT: bool = matches!(stringify!($ty).as_bytes()[0], b'f');
            #[inline(always)]
            fn of(cell: RawVal) -> Self { cell.$of() }
            #[inline(always)]
            fn cell(self) -> RawVal { RawVal::$from(self) }
            #[inline(always)]
            fn acc($m: &Regs) -> Self { $get }
            #[inline(always)]
            fn set_acc(self, $n: &mut Regs) { let $v = self; if !COMPACT { $set } }
        }
    )*};
}
vals! {
    u32, false, u32, from_u32, |m| m.acc as u32, |m, v| m.acc = u64::from(v);
    i32, false, i32, from_i32, |m| m.acc as i32, |m, v| m.acc = u64::from(v as u32);
    u64, true, u64, from_u64, |m| m.acc, |m, v| m.acc = v;
    i64, true, i64, from_i64, |m| m.acc as i64, |m, v| m.acc = v as u64;
    f32, false, f32, from_f32, |m| m.sacc, |m, v| m.sacc = v;
    f64, true, f64, from_f64, |m| m.facc, |m, v| m.facc = v;
}

/// Where an operand comes from.
pub(crate) trait Src {
    /// The form's letter.
    const KIND: u8;
    /// Reads it: its slot's number, or itself, lies at `at`.
    fn read<T: Val>(m: &Regs, at: usize) -> T;
}

/// Where a result goes.
pub(crate) trait Dst {
    /// The form's letter.
    const KIND: u8;
    /// Writes it: its slot's number lies at `at`.
    fn write<T: Val>(m: &mut Regs, at: usize, value: T);
}

/// A frame slot.
pub(crate) struct S;
/// The accumulator of the value's class.
pub(crate) struct R;
/// An immediate.
pub(crate) struct I;

impl Src for S {
    const KIND: u8 = b's';
    #[inline(always)]
    fn read<T: Val>(m: &Regs, at: usize) -> T {
        T::of(m.cell(m.u16(at)))
    }
}
impl Src for R {
    const KIND: u8 = b'r';
    #[inline(always)]
    fn read<T: Val>(m: &Regs, _: usize) -> T {
        T::acc(m)
    }
}
impl Src for I {
    const KIND: u8 = b'i';
    #[inline(always)]
    fn read<T: Val>(m: &Regs, at: usize) -> T {
        T::of(if T::WIDE { RawVal::from_u64(m.u64(at)) } else { RawVal::from_u32(m.u32(at)) })
    }
}
/// A result always stays in the accumulator as well, at no cost; the translator makes use of it.
impl Dst for S {
    const KIND: u8 = b's';
    #[inline(always)]
    fn write<T: Val>(m: &mut Regs, at: usize, value: T) {
        m.set_cell(m.u16(at), value.cell());
        value.set_acc(m);
    }
}
impl Dst for R {
    const KIND: u8 = b'r';
    #[inline(always)]
    fn write<T: Val>(m: &mut Regs, _: usize, value: T) {
        value.set_acc(m);
    }
}

impl Regs {
    /// A 16-bit operand.
    #[inline(always)]
    pub(crate) fn u16(&self, at: usize) -> u16 {
        // SAFETY: M1.
        unsafe { self.ip.add(1).cast::<u8>().add(at).cast::<u16>().read_unaligned() }
    }

    /// A 32-bit operand.
    #[inline(always)]
    pub(crate) fn u32(&self, at: usize) -> u32 {
        // SAFETY: M1.
        unsafe { self.ip.add(1).cast::<u8>().add(at).cast::<u32>().read_unaligned() }
    }

    /// A 64-bit operand.
    #[inline(always)]
    pub(crate) fn u64(&self, at: usize) -> u64 {
        // SAFETY: M1.
        unsafe { self.ip.add(1).cast::<u8>().add(at).cast::<u64>().read_unaligned() }
    }

    /// The first cell and the length of a run.
    #[inline(always)]
    pub(crate) fn run(&self, at: usize) -> (u16, u16) {
        (self.u16(at), self.u16(at + 2))
    }

    /// A cell of the frame.
    #[inline(always)]
    pub(crate) fn cell(&self, slot: u16) -> RawVal {
        // SAFETY: M2.
        unsafe { self.fp.add(slot as usize).read() }
    }

    /// Writes a cell of the frame.
    #[inline(always)]
    pub(crate) fn set_cell(&mut self, slot: u16, value: RawVal) {
        // SAFETY: M2.
        unsafe { self.fp.add(slot as usize).write(value) }
    }

    /// Sets `count` cells from `slot` to zero.
    #[inline(always)]
    pub(crate) fn zero_cells(&mut self, slot: u16, count: u16) {
        // SAFETY: M2, for the whole run.
        unsafe { self.fp.add(slot as usize).write_bytes(0, count as usize) }
    }

    /// Moves `count` cells from `src` down to `dst` of the frame; the runs may overlap.
    #[inline(always)]
    pub(crate) fn move_cells(&mut self, dst: u16, src: u16, count: u16) {
        debug_assert!(dst <= src);
        // SAFETY: M2, for both runs. A call would cost the handler a frame of its own, and most runs are short.
        unsafe {
            for i in 0..count as usize {
                self.fp.add(dst as usize + i).write(self.fp.add(src as usize + i).read());
            }
        }
    }

    /// Steps over an op of `words` words.
    #[inline(always)]
    pub(crate) fn skip(&mut self, words: usize) {
        self.ip = self.ip.wrapping_add(words);
    }

    /// Goes back over an op of `words` words.
    #[inline(always)]
    pub(crate) fn step_back(&mut self, words: usize) {
        self.ip = self.ip.wrapping_sub(words);
    }

    /// Goes `words` words on, or back.
    #[inline(always)]
    pub(crate) fn jump(&mut self, words: i32) {
        self.ip = self.ip.wrapping_offset(words as isize);
    }

    /// Target number `index` of those whose count lies at `at`.
    #[inline(always)]
    pub(crate) fn target(&self, at: usize, index: u32) -> i32 {
        self.u32(at + 4 + 4 * index as usize) as i32
    }

    /// The address of `N` bytes of memory 0, or nothing where it ends before.
    #[inline(always)]
    fn place<const N: usize>(&self, base: u32, offset: u32) -> Option<*mut u8> {
        let at = u64::from(base) + u64::from(offset);
        if at + N as u64 > self.len as u64 { None } else { Some(self.mem.wrapping_add(at as usize)) }
    }

    /// Loads `N` bytes of memory 0.
    #[inline(always)]
    pub(crate) fn load<const N: usize>(&self, base: u32, offset: u32) -> Option<[u8; N]> {
        let at = self.place::<N>(base, offset)?;
        // SAFETY: M4, V3: `place` compared with the length.
        Some(unsafe { at.cast::<[u8; N]>().read() })
    }

    /// Stores `N` bytes to memory 0.
    #[inline(always)]
    pub(crate) fn store<const N: usize>(&mut self, base: u32, offset: u32, bytes: [u8; N]) -> Option<()> {
        let at = self.place::<N>(base, offset)?;
        // SAFETY: M4, V3: `place` compared with the length.
        unsafe { at.cast::<[u8; N]>().write(bytes) };
        Some(())
    }

    /// `memory.copy` within memory 0, or nothing where it ends before.
    #[inline(always)]
    pub(crate) fn copy_within(&mut self, dst: u32, src: u32, len: u32) -> Option<()> {
        if u64::from(dst.max(src)) + u64::from(len) > self.len as u64 {
            return None;
        }
        // SAFETY: M4, V3: both runs were compared with the length; they may overlap.
        unsafe { core::ptr::copy(self.mem.add(src as usize), self.mem.add(dst as usize), len as usize) };
        Some(())
    }

    /// `memory.fill` of memory 0, or nothing where it ends before.
    #[inline(always)]
    pub(crate) fn fill_bytes(&mut self, dst: u32, byte: u8, len: u32) -> Option<()> {
        if u64::from(dst) + u64::from(len) > self.len as u64 {
            return None;
        }
        // SAFETY: M4, V3: the run was compared with the length.
        unsafe { self.mem.add(dst as usize).write_bytes(byte, len as usize) };
        Some(())
    }

    /// The same where `N` to twice as many bytes are copied: the first `N` of them and the last, which may overlap.
    #[inline(always)]
    pub(crate) fn copy_ends<const N: usize>(&mut self, dst: u32, src: u32, len: u32) -> Option<()> {
        debug_assert!((N..=2 * N).contains(&(len as usize)));
        if u64::from(dst.max(src)) + u64::from(len) > self.len as u64 {
            return None;
        }
        let last = len as usize - N;
        // SAFETY: M4, V3: both runs were compared with the length. Both ends are read before one is written.
        unsafe {
            let (src, dst) = (self.mem.add(src as usize), self.mem.add(dst as usize));
            let ends = (src.cast::<[u8; N]>().read(), src.add(last).cast::<[u8; N]>().read());
            dst.cast::<[u8; N]>().write(ends.0);
            dst.add(last).cast::<[u8; N]>().write(ends.1);
        }
        Some(())
    }

    /// `memory.fill` likewise.
    #[inline(always)]
    pub(crate) fn fill_ends<const N: usize>(&mut self, dst: u32, byte: u8, len: u32) -> Option<()> {
        debug_assert!((N..=2 * N).contains(&(len as usize)));
        if u64::from(dst) + u64::from(len) > self.len as u64 {
            return None;
        }
        // SAFETY: M4, V3: the run was compared with the length.
        unsafe {
            let dst = self.mem.add(dst as usize);
            dst.cast::<[u8; N]>().write([byte; N]);
            dst.add(len as usize - N).cast::<[u8; N]>().write([byte; N]);
        }
        Some(())
    }

    /// The store.
    #[inline(always)]
    pub(crate) fn vmstore(&self) -> *mut VmStore {
        // SAFETY: M3, V1.
        unsafe { (*self.ctx).store }
    }

    /// The runtime calls.
    #[inline(always)]
    pub(crate) fn builtins(&self) -> &'static Builtins {
        // SAFETY: V1: the table of runtime calls is a static of the store's crate.
        unsafe { &*(*self.vmstore()).builtins }
    }

    /// Reads memory 0's base and length again.
    #[inline(always)]
    pub(crate) fn reload_memory(&mut self) {
        // SAFETY: M3, V1: there is always a memory 0, if one of no bytes.
        let memory = unsafe { &*(*self.ctx).memory0 };
        self.mem = memory.base;
        self.len = memory.len.load(Ordering::Relaxed);
    }

    /// The global whose pointer lies at `offset` of the context.
    #[inline(always)]
    pub(crate) fn global(&self, offset: u32) -> *mut VmGlobal {
        // SAFETY: M3.
        unsafe { *VmCtx::at::<*mut VmGlobal>(self.ctx, offset) }
    }

    /// The cell of a global.
    #[inline(always)]
    pub(crate) fn global_get(&self, offset: u32) -> RawVal {
        // SAFETY: M3, V1, V2.
        unsafe { (*self.global(offset)).cells[0] }
    }

    /// Sets the cell of a global.
    #[inline(always)]
    pub(crate) fn global_set(&mut self, offset: u32, value: RawVal) {
        // SAFETY: M3, V1, V2.
        unsafe { (*self.global(offset)).cells[0] = value }
    }

    /// Adds to a global as `i32`; its new value.
    #[inline(always)]
    pub(crate) fn global_add(&mut self, offset: u32, number: u32) -> u32 {
        let global = self.global(offset);
        // SAFETY: M3, V1, V2.
        unsafe {
            let sum = (*global).cells[0].u32().wrapping_add(number);
            (*global).cells[0] = RawVal::from_u32(sum);
            sum
        }
    }

    /// Both cells of a global.
    #[inline(always)]
    pub(crate) fn global_get_wide(&self, offset: u32) -> u128 {
        // SAFETY: M3, V1, V2.
        RawVal::v128(unsafe { (*self.global(offset)).cells })
    }

    /// Sets both cells of a global.
    #[inline(always)]
    pub(crate) fn global_set_wide(&mut self, offset: u32, value: u128) {
        // SAFETY: M3, V1, V2.
        unsafe { (*self.global(offset)).cells = RawVal::from_v128(value) }
    }

    /// The table whose pointer lies at `offset` of the context.
    #[inline(always)]
    fn table(&self, offset: u32) -> &VmTable {
        // SAFETY: M3, V1.
        unsafe { &**VmCtx::at::<*mut VmTable>(self.ctx, offset) }
    }

    /// How many elements a table has.
    #[inline(always)]
    pub(crate) fn table_len(&self, offset: u32) -> u64 {
        self.table(offset).len as u64
    }

    /// An element of a table.
    #[inline(always)]
    pub(crate) fn table_get(&self, offset: u32, index: u64) -> Option<usize> {
        let table = self.table(offset);
        if index >= table.len as u64 {
            return None;
        }
        // SAFETY: V4.
        Some(unsafe { table.base.add(index as usize).read() })
    }

    /// Sets an element of a table.
    #[inline(always)]
    pub(crate) fn table_set(&mut self, offset: u32, index: u64, value: usize) -> Option<()> {
        let table = self.table(offset);
        if index >= table.len as u64 {
            return None;
        }
        // SAFETY: V4, V2.
        unsafe { table.base.add(index as usize).write(value) };
        Some(())
    }

    /// The address of the function reference at `offset` of the context: what a `funcref` cell holds.
    #[inline(always)]
    pub(crate) fn func_ref(&self, offset: u32) -> usize {
        // SAFETY: M3.
        unsafe { VmCtx::at::<VmFuncRef>(self.ctx, offset) as usize }
    }

    /// What a `funcref` that is not null refers to.
    #[inline(always)]
    pub(crate) fn target_of(&self, func_ref: usize) -> VmFuncRef {
        debug_assert!(func_ref != 0);
        // SAFETY: V4, V5: a `funcref` cell that is not null holds the address of a pinned record.
        unsafe { *(func_ref as *const VmFuncRef) }
    }

    /// The type of what a `funcref` that is not null refers to.
    #[inline(always)]
    pub(crate) fn sig_of(&self, func_ref: usize) -> u32 {
        // SAFETY: V5.
        unsafe { (*self.target_of(func_ref).slot).sig().as_u32() }
    }

    /// The slot `bytes` bytes behind the first slot of this instance's module.
    #[inline(always)]
    pub(crate) fn slot(&self, bytes: u32) -> *const Slot {
        // SAFETY: M3; the translator computed the distance from an index of the module.
        unsafe { (*self.ctx).slots.cast::<u8>().add(bytes as usize).cast::<Slot>() }
    }

    /// Pays for the fuel op at `ip`: whether there was enough.
    #[inline(always)]
    pub(crate) fn pay(&mut self) -> bool {
        self.fuel = self.fuel.wrapping_sub(self.u64(const { place(&FUEL, Name::Cost) }) as i64);
        self.fuel >= 0
    }

    /// The same of the one that ends at `ip`.
    #[inline(always)]
    pub(crate) fn pay_for_last(&mut self) -> bool {
        self.step_back(const { words(&FUEL) });
        let enough = self.pay();
        self.skip(const { words(&FUEL) });
        enough
    }

    /// Takes back what was paid for the fuel op at `ip`.
    #[inline(always)]
    pub(crate) fn give_back(&mut self) {
        self.fuel = self.fuel.wrapping_add(self.u64(const { place(&FUEL, Name::Cost) }) as i64);
    }

    /// Writes what is left of the fuel to the store (M5).
    #[inline(always)]
    pub(crate) fn store_fuel(&self) {
        // SAFETY: M3, V1, V2.
        unsafe { (*self.vmstore()).fuel = self.fuel }
    }

    /// Reads it again.
    #[inline(always)]
    pub(crate) fn reload_fuel(&mut self) {
        // SAFETY: M3, V1, V2.
        self.fuel = unsafe { (*self.vmstore()).fuel };
    }

    /// Whether the epoch's deadline is reached.
    #[inline(always)]
    pub(crate) fn epoch_over(&self) -> bool {
        // SAFETY: M3, V1: the engine's epoch lives as long as the store.
        unsafe {
            let store = self.vmstore();
            (*(*store).epoch).load(Ordering::Relaxed) >= (*store).epoch_deadline
        }
    }
}

/// Any memory, and the runtime calls. Each call gets this instance's context and numbers that the translator took
/// from the module, which is their contract. Bulk operations are paid for by the byte or element, in the store (M5).
impl Regs {
    /// The bytes of the memory whose pointer lies at `offset` of the context.
    #[inline(always)]
    pub(crate) fn memory_len(&self, offset: u32) -> usize {
        self.memory(offset).len.load(Ordering::Acquire)
    }

    /// `memory.fill`: whether it was done.
    #[inline(always)]
    pub(crate) fn memory_fill(&mut self, memory: u32, dst: u64, byte: u32, len: u64) -> bool {
        self.store_fuel();
        // SAFETY: M3.
        let status = unsafe { (self.builtins().memory_fill)(self.ctx, memory, dst, byte, len) };
        self.reload_fuel();
        status == Status::Done
    }

    /// `memory.copy`: whether it was done.
    #[inline(always)]
    pub(crate) fn memory_copy(&mut self, to: u32, from: u32, dst: u64, src: u64, len: u64) -> bool {
        self.store_fuel();
        // SAFETY: M3.
        let status = unsafe { (self.builtins().memory_copy)(self.ctx, to, from, dst, src, len) };
        self.reload_fuel();
        status == Status::Done
    }

    /// `memory.init`: whether it was done.
    #[inline(always)]
    pub(crate) fn memory_init(&mut self, memory: u32, data: u32, dst: u64, src: u32, len: u32) -> bool {
        self.store_fuel();
        // SAFETY: M3.
        let status = unsafe { (self.builtins().memory_init)(self.ctx, memory, data, dst, src, len) };
        self.reload_fuel();
        status == Status::Done
    }

    /// `data.drop`.
    #[inline(always)]
    pub(crate) fn data_drop(&mut self, data: u32) {
        // SAFETY: M3.
        unsafe { (self.builtins().data_drop)(self.ctx, data) }
    }

    /// `table.fill`: whether it was done.
    #[inline(always)]
    pub(crate) fn table_fill(&mut self, table: u32, at: u64, value: usize, len: u64) -> bool {
        self.store_fuel();
        // SAFETY: M3.
        let status = unsafe { (self.builtins().table_fill)(self.ctx, table, at, value, len) };
        self.reload_fuel();
        status == Status::Done
    }

    /// `table.copy`: whether it was done.
    #[inline(always)]
    pub(crate) fn table_copy(&mut self, to: u32, from: u32, dst: u64, src: u64, len: u64) -> bool {
        self.store_fuel();
        // SAFETY: M3.
        let status = unsafe { (self.builtins().table_copy)(self.ctx, to, from, dst, src, len) };
        self.reload_fuel();
        status == Status::Done
    }

    /// `table.init`: whether it was done.
    #[inline(always)]
    pub(crate) fn table_init(&mut self, table: u32, elem: u32, dst: u64, src: u32, len: u32) -> bool {
        self.store_fuel();
        // SAFETY: M3.
        let status = unsafe { (self.builtins().table_init)(self.ctx, table, elem, dst, src, len) };
        self.reload_fuel();
        status == Status::Done
    }

    /// `elem.drop`.
    #[inline(always)]
    pub(crate) fn elem_drop(&mut self, elem: u32) {
        // SAFETY: M3.
        unsafe { (self.builtins().elem_drop)(self.ctx, elem) }
    }

    /// `throw`, with arguments from `slot` on.
    #[inline(always)]
    pub(crate) fn throw(&mut self, tag: u32, slot: u16) -> Status {
        // SAFETY: M3; M2 for as many cells as the tag's type has.
        unsafe { (self.builtins().throw)(self.ctx, tag, self.fp.add(slot as usize)) }
    }

    /// `throw_ref`.
    #[inline(always)]
    pub(crate) fn throw_ref(&mut self, exception: u64) -> Status {
        // SAFETY: M3.
        unsafe { (self.builtins().throw_ref)(self.ctx, exception) }
    }

    /// `memory.atomic.notify`.
    #[cfg(feature = "threads")]
    #[inline(always)]
    pub(crate) fn atomic_notify(&mut self, memory: u32, address: u64, count: u32) -> u64 {
        // SAFETY: M3.
        unsafe { (self.builtins().atomic_notify)(self.ctx, memory, address, count) }
    }

    /// Says from where on the stack is free: whoever runs next may begin frames there.
    #[inline(always)]
    pub(crate) fn set_stack_top(&mut self, slot: u16) {
        // SAFETY: M2, M3.
        unsafe { (*self.vmstore()).stack_top = self.fp.add(slot as usize) }
    }

    /// Says where this run stands, for whoever walks the frames: at an op that has not returned (`stack::walk`).
    #[inline(always)]
    pub(crate) fn set_place(&mut self) {
        // SAFETY: M3, V1: the innermost activation is that of this run.
        unsafe { (*(*self.vmstore()).activation).state = [self.ip as usize, self.fp as usize, self.ctx as usize] }
    }
}

/// The number, computed now. A compiler that puts that off keeps what it is computed from in registers, of which there
/// are too few; the rest of them would have to be saved, in a frame of the host's stack.
#[inline(always)]
pub(crate) fn now(number: u64) -> u64 {
    #[cfg(tail_dispatch)]
    {
        let mut number = number;
        // SAFETY: no instruction.
        unsafe { core::arch::asm!("/* {0} */", inout(reg) number, options(nomem, nostack, preserves_flags)) };
        number
    }
    #[cfg(not(tail_dispatch))]
    number
}

/// A code word that the translator never emits.
#[inline(always)]
pub(crate) fn invalid<P: Dispatch>(_: Regs) -> P::Out {
    debug_assert!(false, "an op that does not exist");
    // SAFETY: M1: code words are those of ops that exist.
    unsafe { core::hint::unreachable_unchecked() }
}

/// The handler in the place of a form that a row does not have.
pub(crate) struct Invalid;

impl Exec for Invalid {
    const FORM: &'static str = "";
    const OPERANDS: &'static [Operand] = &[];
    const VALID: bool = false;
    #[inline(always)]
    fn exec<P: Dispatch>(m: Regs) -> P::Out {
        invalid::<P>(m)
    }
}

//! The gate to the embedder: the runtime calls in which a hook or a callback may look at the store, grow what is in it,
//! and call guests.
//!
//! Ops that make one say with an operand from where on the frame is free.
#![allow(unsafe_code)] // Makes runtime calls with the contexts of live runs.

use crate::exec::machine::Regs;
use coracle_vm::tier::builtin::Gate;
use coracle_vm::tier::{Status, VmCtx};

/// Registers at an op that reaches the embedder, and the frame's first free slot.
struct Leaving<'m>(&'m mut Regs, u16);

impl Gate for Leaving<'_> {
    #[inline(always)]
    fn publish(&mut self) -> *mut VmCtx {
        let Self(m, top) = self;
        m.set_stack_top(*top);
        m.set_place();
        m.store_fuel();
        m.ctx
    }

    #[inline(always)]
    fn reload(&mut self) {
        self.0.reload_memory();
        self.0.reload_fuel();
    }
}

/// `top` is the frame's first free slot. The numbers are those that the translator took from the module.
impl Regs {
    /// `memory.grow`.
    #[inline(always)]
    pub(crate) fn memory_grow(&mut self, top: u16, memory: u32, delta: u64) -> u64 {
        // SAFETY: M3.
        unsafe { self.builtins().memory_grow(&mut Leaving(self, top), memory, delta) }
    }

    /// `table.grow`.
    #[inline(always)]
    pub(crate) fn table_grow(&mut self, top: u16, table: u32, delta: u64, value: usize) -> u64 {
        // SAFETY: M3.
        unsafe { self.builtins().table_grow(&mut Leaving(self, top), table, delta, value) }
    }

    /// `memory.atomic.wait32`.
    #[cfg(feature = "threads")]
    #[inline(always)]
    pub(crate) fn atomic_wait32(&mut self, top: u16, memory: u32, address: u64, expected: u32, timeout: i64) -> u64 {
        // SAFETY: M3.
        unsafe { self.builtins().atomic_wait32(&mut Leaving(self, top), memory, address, expected, timeout) }
    }

    /// `memory.atomic.wait64`.
    #[cfg(feature = "threads")]
    #[inline(always)]
    pub(crate) fn atomic_wait64(&mut self, top: u16, memory: u32, address: u64, expected: u64, timeout: i64) -> u64 {
        // SAFETY: M3.
        unsafe { self.builtins().atomic_wait64(&mut Leaving(self, top), memory, address, expected, timeout) }
    }

    /// Refuels, or says that the fuel is used up.
    #[inline(always)]
    pub(crate) fn out_of_fuel(&mut self, top: u16) -> bool {
        // SAFETY: M3.
        unsafe { self.builtins().out_of_fuel(&mut Leaving(self, top)) == Status::Done }
    }

    /// Sets a new deadline, or says that this one holds.
    #[inline(always)]
    pub(crate) fn new_epoch(&mut self, top: u16) -> bool {
        // SAFETY: M3.
        unsafe { self.builtins().new_epoch(&mut Leaving(self, top)) == Status::Done }
    }
}

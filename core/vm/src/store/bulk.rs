//! Bulk operations on memories and tables, and what they cost.
//!
//! A guest pays a unit of fuel for each byte or element, beside what the instruction itself costs: Wasmtime's price. It
//! pays before anything is done and after the bounds were looked at, so a run that does not lie inside costs nothing, and
//! one that is not paid for is not begun. Growth is paid for when it is done: nobody knows before whether it will be.
//!
//! # Invariants
//! - The counter is not below zero after this, unless the guest ends in `Trap::OutOfFuel`: only who charges a block looks
//!   at it, and not every way out of a function does.
#![allow(unsafe_code)] // Copies runs that were checked, between memories that guests write.

use crate::store::ids::{InstanceId, MemoryId, TableId};
use crate::store::inner::StoreInner;
use crate::store::instance::ElemState;
use crate::store::table;
use coracle_error::Trap;
use coracle_image::entity::*;
use coracle_image::module::ElemItems;
use core::ops::Range;
use core::sync::atomic::{AtomicU8, Ordering};

impl StoreInner {
    /// Pays for work of so many units, where fuel is charged.
    ///
    /// # Errors
    /// `Trap::OutOfFuel` when there is not so much.
    pub(crate) fn pay(&mut self, units: u64) -> Result<(), Trap> {
        if !self.engine().settings().fuel {
            return Ok(());
        }
        let left = i128::from(self.vm.get().fuel) - i128::from(units);
        if left + i128::from(self.fuel_reserve) < 0 {
            return Err(Trap::OutOfFuel);
        }
        self.pay_late(units)
    }

    /// Pays for work that is done.
    ///
    /// # Errors
    /// As for [`StoreInner::pay`]; all that there was is used up then.
    pub(crate) fn pay_late(&mut self, units: u64) -> Result<(), Trap> {
        if !self.engine().settings().fuel {
            return Ok(());
        }
        let fuel = &mut self.vm.get_mut().fuel;
        *fuel = fuel.saturating_sub_unsigned(units);
        if *fuel < 0 {
            // No more than is owed: a guest that gives way now and then does so at its next block.
            let owed = fuel.unsigned_abs();
            let reserve = self.fuel_reserve.checked_sub(owed).ok_or(Trap::OutOfFuel)?;
            (*fuel, self.fuel_reserve) = (0, reserve);
        }
        Ok(())
    }

    /// `memory.init`: copies a run of a data segment into a memory; to `dst`, from `src`, so many bytes. `charged`:
    /// whether somebody pays.
    ///
    /// # Errors
    /// `Trap::MemoryOutOfBounds` when either run does not lie inside; `Trap::OutOfFuel`.
    pub(crate) fn init_memory(
        &mut self,
        instance: InstanceId,
        memory: MemoryId,
        data: DataIndex,
        (dst, src, len): (u64, u32, u32),
        charged: bool,
    ) -> Result<(), Trap> {
        self.memory_run(memory, dst, u64::from(len))?;
        let state = &self.instances[instance];
        let module = state.module.clone();
        let range = if state.dropped_datas[data.index()] { 0..0 } else { module.data().datas[data].range.clone() };
        let run = sub_range(range.start as usize..range.end as usize, src, len).ok_or(Trap::MemoryOutOfBounds)?;
        if charged {
            self.pay(u64::from(len))?;
        }
        self.memories[memory].write(dst as usize, &module.data().bytes.as_slice()[run])
    }

    /// `table.init`: copies a run of an element segment into a table; as [`StoreInner::init_memory`].
    ///
    /// # Errors
    /// `Trap::TableOutOfBounds` when either run does not lie inside; `Trap::OutOfFuel`.
    pub(crate) fn init_table(
        &mut self,
        instance: InstanceId,
        table: TableId,
        elem: ElemIndex,
        (dst, src, len): (u64, u32, u32),
        charged: bool,
    ) -> Result<(), Trap> {
        let to = table::range(dst, u64::from(len), self.tables[table].len())?;
        let state = &self.instances[instance];
        let held = match (&state.elems[elem], &state.module.data().elems[elem].items) {
            (ElemState::Refs(refs), _) => refs.len(),
            (ElemState::Funcs, ElemItems::Funcs(funcs)) => funcs.len(),
            _ => 0,
        };
        let from = table::range(u64::from(src), u64::from(len), held)?;
        if charged {
            self.pay(u64::from(len))?;
        }
        let state = &self.instances[instance];
        let elements = &mut self.tables[table].elements_mut()[to];
        match (&state.elems[elem], &state.module.data().elems[elem].items) {
            (ElemState::Refs(refs), _) => elements.copy_from_slice(&refs[from]),
            (ElemState::Funcs, ElemItems::Funcs(funcs)) => {
                for (to, &func) in elements.iter_mut().zip(&funcs[from]) {
                    *to = state.func_ref(func).map_or(0, |record| record.as_ptr() as usize);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A run of bytes that lies in a memory.
    fn memory_run(&self, memory: MemoryId, at: u64, len: u64) -> Result<Range<usize>, Trap> {
        let end = at.checked_add(len).filter(|&end| end <= self.memories[memory].byte_len() as u64);
        end.map(|end| at as usize..end as usize).ok_or(Trap::MemoryOutOfBounds)
    }

    /// `memory.copy`, to, from, so many bytes.
    ///
    /// # Errors
    /// `Trap::MemoryOutOfBounds` when either run does not lie inside; `Trap::OutOfFuel`.
    pub(crate) fn copy_memory(
        &mut self,
        dst_id: MemoryId,
        src_id: MemoryId,
        [dst, src, len]: [u64; 3],
    ) -> Result<(), Trap> {
        let (to, from) = (self.memory_run(dst_id, dst, len)?, self.memory_run(src_id, src, len)?);
        self.pay(len)?;
        let (dst, src, len) = (to.start, from.start, from.len());
        let (to, from) = (&self.memories[dst_id], &self.memories[src_id]);
        if to.shared().is_none() && from.shared().is_none() {
            // SAFETY: both runs were checked against the memories' lengths; they may overlap. No other thread
            // reaches memories that are not shared, and the store is borrowed (V2).
            unsafe {
                let (to, from) = ((*to.vm()).base.add(dst), (*from.vm()).base.add(src));
                core::ptr::copy(from, to, len);
            }
            return Ok(());
        }
        // One side is shared: byte by byte as atomics, in the direction that overlap asks for.
        let one = |i: usize| {
            // SAFETY: the runs were checked; a byte of memory may be accessed as an atomic while no reference to it
            // exists, and there is none (M2).
            unsafe {
                let to = (*to.vm()).base.add(dst + i).cast::<AtomicU8>();
                let from = (*from.vm()).base.add(src + i).cast::<AtomicU8>();
                (*to).store((*from).load(Ordering::Relaxed), Ordering::Relaxed);
            }
        };
        if dst <= src {
            (0..len).for_each(one)
        } else {
            (0..len).rev().for_each(one)
        }
        Ok(())
    }

    /// `memory.fill`.
    ///
    /// # Errors
    /// `Trap::MemoryOutOfBounds` when the run does not lie inside; `Trap::OutOfFuel`.
    pub(crate) fn fill_memory(&mut self, id: MemoryId, dst: u64, byte: u8, len: u64) -> Result<(), Trap> {
        let range = self.memory_run(id, dst, len)?;
        self.pay(len)?;
        let memory = &mut self.memories[id];
        match memory.shared() {
            Some(shared) => shared.data()[range].iter().for_each(|to| to.store(byte, Ordering::Relaxed)),
            None => memory.data_mut()[range].fill(byte),
        }
        Ok(())
    }

    /// Copies a run of elements between tables of one element type, or within one; to, from, so many. `charged`: whether
    /// somebody pays.
    ///
    /// # Errors
    /// `Trap::TableOutOfBounds` when either run does not lie inside, or `Trap::OutOfFuel`; then nothing is written.
    pub(crate) fn copy_table(
        &mut self,
        to: TableId,
        from: TableId,
        [dst, src, len]: [u64; 3],
        charged: bool,
    ) -> Result<(), Trap> {
        let dst = table::range(dst, len, self.tables[to].len())?;
        let src = table::range(src, len, self.tables[from].len())?;
        if charged {
            self.pay(len)?;
        }
        if to == from {
            self.tables[to].elements_mut().copy_within(src, dst.start);
        } else {
            // SAFETY: the runs were checked, and different tables' elements do not overlap.
            unsafe {
                let (to, from) = ((*self.tables[to].vm()).base, (*self.tables[from].vm()).base);
                core::ptr::copy_nonoverlapping(from.add(src.start), to.add(dst.start), src.len());
            }
        }
        Ok(())
    }

    /// `table.fill`.
    ///
    /// # Errors
    /// `Trap::TableOutOfBounds` when the run does not lie inside, or `Trap::OutOfFuel`; then nothing is written.
    pub(crate) fn fill_table(&mut self, table: TableId, at: u64, value: usize, len: u64) -> Result<(), Trap> {
        table::range(at, len, self.tables[table].len())?;
        self.pay(len)?;
        self.tables[table].fill(at, value, len)
    }
}

/// `len` bytes from `at` on within a range, if they lie inside.
fn sub_range(range: Range<usize>, at: u32, len: u32) -> Option<Range<usize>> {
    let end = at.checked_add(len)? as usize;
    (end <= range.len()).then(|| range.start + at as usize..range.start + end)
}

//! One core instance: its context, and which of the store's things it holds.
#![allow(unsafe_code)] // Allocates contexts, and fills them by the offsets of their layout.

use crate::module::Module;
use crate::raw::RawVal;
use crate::store::ids::{GlobalId, InstanceId, MemoryId, TableId, TagId};
use crate::tier::{VmCtx, VmFuncRef, VmGlobal, VmLayout, VmMemory, VmStore, VmTable, VmTag};
use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::{Error, Result};
use coracle_image::arena::PrimaryMap;
use coracle_image::entity::*;
use coracle_image::module::ValType;
use core::ptr::NonNull;

/// One core instance of a store.
#[derive(Debug)]
pub struct InstanceState {
    pub(crate) module: Module,
    pub(crate) ctx: ContextBox,
    pub(crate) tables: PrimaryMap<TableIndex, TableId>,
    pub(crate) memories: PrimaryMap<MemoryIndex, MemoryId>,
    pub(crate) globals: PrimaryMap<GlobalIndex, GlobalId>,
    pub(crate) tags: PrimaryMap<TagIndex, TagId>,
    /// The references of segments that are given by expressions; of the others the module says it.
    pub(crate) elems: PrimaryMap<ElemIndex, ElemState>,
    /// Which data segments are dropped.
    pub(crate) dropped_datas: Vec<bool>,
}

/// What is left of an element segment.
#[derive(Debug)]
pub(crate) enum ElemState {
    /// Nothing: it was dropped, or applied.
    Dropped,
    /// The functions that the module names.
    Funcs,
    /// These references.
    Refs(Box<[usize]>),
}

impl InstanceState {
    /// The module that it is an instance of.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Its context.
    pub fn ctx(&self) -> *mut VmCtx {
        self.ctx.as_ptr()
    }

    /// The references that its element segments of the given types hold.
    pub(crate) fn held_refs(&self, wanted: &dyn Fn(ValType) -> bool) -> Vec<RawVal> {
        let mut held = Vec::new();
        for (elem, state) in self.elems.iter() {
            if let ElemState::Refs(refs) = state
                && wanted(ValType::Ref(self.module.data().elems[elem].ty))
            {
                held.extend(refs.iter().map(|&value| RawVal::from_usize(value)));
            }
        }
        held
    }

    /// The pinned reference to a function: of imports and of functions that escape.
    pub(crate) fn func_ref(&self, func: FuncIndex) -> Option<NonNull<VmFuncRef>> {
        let position = self.module.func_ref(func)?;
        let offset = self.module.layout().func_ref(position);
        // SAFETY: the offset comes from the layout of this context's module.
        NonNull::new(unsafe { VmCtx::at(self.ctx.as_ptr(), offset) })
    }
}

/// A context's allocation.
pub(crate) struct ContextBox {
    ctx: NonNull<VmCtx>,
    layout: Layout,
}

// SAFETY: the allocation belongs to this object alone; what it points to belongs to the same store.
unsafe impl Send for ContextBox {}
// SAFETY: as above.
unsafe impl Sync for ContextBox {}

impl ContextBox {
    /// A context of a store with nothing in its arrays; `instance` becomes its owner, `empty` its memory 0.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn new(
        module: &Module,
        instance: InstanceId,
        store: *mut VmStore,
        empty: *mut VmMemory,
    ) -> Result<Self> {
        let layout = Layout::from_size_align(module.layout().bytes(), align_of::<VmCtx>().max(align_of::<VmFuncRef>()))
            .expect("a layout has at most `u32::MAX` bytes and a small alignment");
        // SAFETY: the layout has at least the head's size.
        let block = unsafe { alloc_zeroed(layout) }.cast::<VmCtx>();
        let ctx = NonNull::new(block).ok_or_else(Error::out_of_memory)?;
        // SAFETY: callers pass the record of the store at hand, and its empty memory, both of which it keeps.
        let (base0, epoch) = unsafe { ((*empty).base, (*store).epoch) };
        let head = VmCtx {
            store,
            slots: module.slots().as_ptr(),
            memory0: empty,
            base0,
            epoch,
            module: module.key() as *const (),
            owner: core::ptr::without_provenance_mut(instance.as_u32() as usize),
        };
        // SAFETY: the block is large enough and aligned for the head.
        unsafe { ctx.as_ptr().write(head) };
        Ok(Self { ctx, layout })
    }

    pub(crate) fn as_ptr(&self) -> *mut VmCtx {
        self.ctx.as_ptr()
    }

    /// Writes the pointers and the records of a context's arrays.
    pub(crate) fn fill(&mut self, at: &VmLayout, entries: &ContextEntries<'_>) {
        let ctx = self.ctx.as_ptr();
        // SAFETY: every offset comes from the layout that this context was allocated with, and each index is below
        // the number that the layout was made for, since the entries are those of the same module.
        unsafe {
            for (index, &memory) in entries.memories.iter().enumerate() {
                VmCtx::at::<*mut VmMemory>(ctx, at.memory(MemoryIndex::new(index))).write(memory);
            }
            for (index, &table) in entries.tables.iter().enumerate() {
                VmCtx::at::<*mut VmTable>(ctx, at.table(TableIndex::new(index))).write(table);
            }
            for (index, &global) in entries.globals.iter().enumerate() {
                VmCtx::at::<*mut VmGlobal>(ctx, at.global(GlobalIndex::new(index))).write(global);
            }
            for (index, &tag) in entries.tags.iter().enumerate() {
                VmCtx::at::<*mut VmTag>(ctx, at.tag(TagIndex::new(index))).write(tag);
            }
            for (index, &func) in entries.funcs.iter().enumerate() {
                VmCtx::at::<VmFuncRef>(ctx, at.func_ref(index as u32)).write(func);
            }
            if let Some(&memory) = entries.memories.first() {
                (*ctx).memory0 = memory;
                (*ctx).base0 = (*memory).base;
            }
        }
    }
}

/// What a context's arrays hold, in order.
#[derive(Default)]
pub(crate) struct ContextEntries<'a> {
    pub(crate) memories: &'a [*mut VmMemory],
    pub(crate) tables: &'a [*mut VmTable],
    pub(crate) globals: &'a [*mut VmGlobal],
    pub(crate) tags: &'a [*mut VmTag],
    pub(crate) funcs: &'a [VmFuncRef],
}

impl Drop for ContextBox {
    fn drop(&mut self) {
        // SAFETY: the block was allocated with this layout; the store dies, so nobody refers to it any more.
        unsafe { dealloc(self.ctx.as_ptr().cast(), self.layout) };
    }
}

impl core::fmt::Debug for ContextBox {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:p}", self.ctx)
    }
}

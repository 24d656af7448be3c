//! How code reaches what it works on: context, store, memories, tables, globals, slots, runtime calls.
//!
//! Every place comes from `tier/vmctx`; this file knows which of them never change while code runs, and tells
//! Cranelift, which then loads them once.
//!
//! # Invariants
//! - Pointers in a context are pinned (V1), and so are the bases of memories that do not move: such loads are
//!   `readonly` and may be hoisted, but not out of code that is guarded (`inline`). All else is loaded again after
//!   whatever may change it.
//! - Code is made for one module of one engine: slots and type ids are constants in it.

use crate::compile::sig::{WORD, array};
use crate::trap::{self, Run};
use coracle_error::Trap;
use coracle_image::entity::{DefinedFuncIndex, EntityRef, FuncIndex, GlobalIndex, MemoryIndex, SigId, TableIndex};
use coracle_image::module::MemoryType;
use coracle_vm::engine::Settings;
use coracle_vm::internals;
use coracle_vm::module::Module;
use coracle_vm::provider::{MemoryStyle, style};
use coracle_vm::tier::builtin::RuntimeCall;
use coracle_vm::tier::{Known, Slot, Status, VmCtx, VmFuncRef, VmMemory, VmStore, VmTable};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, AliasRegion, AliasRegionData, Endianness, InstBuilder, MemFlagsData, Signature, TrapCode, Type, Value,
    types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use std::borrow::Cow;
use std::mem::offset_of;

/// What memory a load or store touches; two of different kinds never overlap.
#[derive(Clone, Copy)]
pub(crate) enum Region {
    /// Linear memories.
    Heap,
    /// Elements of tables.
    Table,
    /// Cells of globals.
    Global,
    /// Contexts, stores, slots, records of memories and tables.
    Vm,
    /// Cells of the value stack.
    Cells,
}

/// The Cranelift code of one of ours.
pub(crate) const fn trap_code(trap: Trap) -> TrapCode {
    TrapCode::unwrap_user(trap as u8)
}

/// What is in Cranelift's *pinned* register while native code of an engine runs, which nobody else has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinned {
    /// Nothing; the register is one like others.
    Nothing,
    /// What is left of the fuel.
    Fuel,
    /// The epoch at which the guest is asked, where no fuel is counted.
    Deadline,
}

impl Pinned {
    /// What the code of a module has there.
    pub(crate) fn of(module: &Module) -> Self {
        Self::by(internals::settings(module.engine()))
    }

    /// What code has there under these settings.
    pub(crate) fn by(settings: &Settings) -> Self {
        match (settings.fuel, settings.epochs) {
            (true, _) => Self::Fuel,
            (false, true) => Self::Deadline,
            (false, false) => Self::Nothing,
        }
    }

    /// Writes the count of fuel to the store (F1). Code never changes a deadline.
    pub(crate) fn put_down(self, b: &mut FunctionBuilder<'_>, store: Value) {
        if self == Self::Fuel {
            let left = b.ins().get_pinned_reg(WORD);
            let flags = in_region(b, Region::Vm);
            b.ins().store(flags, left, store, offset_of!(VmStore, fuel) as i32);
        }
    }

    /// Reads it from there again (F1).
    pub(crate) fn take_up(self, b: &mut FunctionBuilder<'_>, store: Value) {
        let at = match self {
            Self::Nothing => return,
            Self::Fuel => offset_of!(VmStore, fuel),
            Self::Deadline => offset_of!(VmStore, epoch_deadline),
        };
        let flags = in_region(b, Region::Vm);
        let value = b.ins().load(WORD, flags, store, at as i32);
        b.ins().set_pinned_reg(value);
    }

    /// What the host had in the register, to be given back (`give_back`).
    pub(crate) fn of_host(self, b: &mut FunctionBuilder<'_>) -> Option<Value> {
        (self != Self::Nothing).then(|| b.ins().get_pinned_reg(WORD))
    }

    /// Gives the host its register back.
    pub(crate) fn give_back(b: &mut FunctionBuilder<'_>, of_host: Option<Value>) {
        if let Some(value) = of_host {
            b.ins().set_pinned_reg(value);
        }
    }
}

/// Where a reference knows a native entry, in bytes.
pub(crate) const KNOWN_NATIVE: i32 = (offset_of!(VmFuncRef, known) + offset_of!(Known, native)) as i32;
/// Where it knows the number of that entry's type.
pub(crate) const KNOWN_SIG: i32 = (offset_of!(VmFuncRef, known) + offset_of!(Known, sig)) as i32;

/// A runtime call and its signature: the context, then `params`.
pub(crate) struct Builtin<'a> {
    /// Which.
    pub(crate) call: RuntimeCall,
    /// Its arguments after the context.
    pub(crate) params: &'a [Type],
    /// What it returns.
    pub(crate) result: Option<Type>,
}

/// What one function is compiled in.
pub(crate) struct Env<'m> {
    /// The module.
    pub(crate) module: &'m Module,
    /// The convention of host functions.
    pub(crate) host: CallConv,
    /// Which function this is.
    pub(crate) defined: DefinedFuncIndex,
    /// The context, once the function has begun.
    pub(crate) ctx: Value,
    /// The context of the function that is compiled, which is another one's in code that stands in the place of a call.
    pub(crate) home: Value,
    /// Whether the context is one of this module only behind a comparison, so that nothing of it may be read in front.
    pub(crate) guarded: bool,
    /// The address of the call (`trap::InlinedCall`) in whose place this code stands; 0 for the function's own.
    pub(crate) call: usize,
}

impl<'m> Env<'m> {
    /// The environment of a function whose context is `ctx`.
    pub(crate) fn new(module: &'m Module, host: CallConv, defined: DefinedFuncIndex, ctx: Value) -> Self {
        Self { module, host, defined, ctx, home: ctx, guarded: false, call: 0 }
    }

    /// A pinned pointer in the context.
    fn pinned(&self, b: &mut FunctionBuilder<'_>, offset: usize) -> Value {
        b.ins().load(WORD, self.pinned_flags(), self.ctx, offset as i32)
    }

    /// Flags of a load of what a context has for ever, or what that leads to.
    fn pinned_flags(&self) -> MemFlagsData {
        if self.guarded { MemFlagsData::trusted().with_readonly() } else { fixed() }
    }

    /// The store.
    pub(crate) fn store(&self, b: &mut FunctionBuilder<'_>) -> Value {
        // All contexts that meet in a function are of one store.
        b.ins().load(WORD, fixed(), self.home, VmCtx::OFFSET_STORE as i32)
    }

    /// Where the engine's epoch lies.
    pub(crate) fn epoch(&self, b: &mut FunctionBuilder<'_>) -> Value {
        // All contexts that meet in a function are of one store.
        b.ins().load(WORD, fixed(), self.home, VmCtx::OFFSET_EPOCH as i32)
    }

    /// The record of a memory.
    fn memory(&self, b: &mut FunctionBuilder<'_>, index: MemoryIndex) -> Value {
        match index.as_u32() {
            0 => self.pinned(b, VmCtx::OFFSET_MEMORY0),
            _ => self.pinned(b, self.module.layout().memory(index) as usize),
        }
    }

    /// A memory's type.
    pub(crate) fn memory_type(&self, index: MemoryIndex) -> MemoryType {
        self.module.data().memories[index]
    }

    /// How a memory lies.
    pub(crate) fn memory_style(&self, index: MemoryIndex) -> MemoryStyle {
        style(&self.memory_type(index), internals::settings(self.module.engine()).reserve_memories)
    }

    /// A memory's first byte.
    pub(crate) fn memory_base(&self, b: &mut FunctionBuilder<'_>, index: MemoryIndex) -> Value {
        if index.as_u32() == 0 && self.memory_style(index) != MemoryStyle::Movable {
            return self.pinned(b, VmCtx::OFFSET_BASE0);
        }
        let record = self.memory(b, index);
        let flags = match self.memory_style(index) {
            MemoryStyle::Movable => in_region(b, Region::Vm),
            MemoryStyle::Fixed | MemoryStyle::Reserved => self.pinned_flags(),
        };
        b.ins().load(WORD, flags, record, offset_of!(VmMemory, base) as i32)
    }

    /// A memory's length in bytes.
    pub(crate) fn memory_len(&self, b: &mut FunctionBuilder<'_>, index: MemoryIndex) -> Value {
        let record = self.memory(b, index);
        let offset = offset_of!(VmMemory, len) as i32;
        if self.memory_type(index).shared {
            // Another thread may have grown it: no two looks are made one.
            let at = b.ins().iadd_imm_s(record, i64::from(offset));
            return b.ins().atomic_load(WORD, MemFlagsData::trusted(), at);
        }
        let flags = in_region(b, Region::Vm);
        b.ins().load(WORD, flags, record, offset)
    }

    /// A table's first element and its length.
    pub(crate) fn table(&self, b: &mut FunctionBuilder<'_>, index: TableIndex) -> (Value, Value) {
        let record = self.pinned(b, self.module.layout().table(index) as usize);
        let ty = self.module.data().tables[index];
        if ty.max == Some(ty.min) {
            // It never grows, so it stays where it is.
            let base = b.ins().load(WORD, self.pinned_flags(), record, offset_of!(VmTable, base) as i32);
            return (base, b.ins().iconst(WORD, ty.min as i64));
        }
        let flags = in_region(b, Region::Vm);
        let base = b.ins().load(WORD, flags, record, offset_of!(VmTable, base) as i32);
        let len = b.ins().load(WORD, flags, record, offset_of!(VmTable, len) as i32);
        (base, len)
    }

    /// The cells of a global.
    pub(crate) fn global(&self, b: &mut FunctionBuilder<'_>, index: GlobalIndex) -> Value {
        self.pinned(b, self.module.layout().global(index) as usize)
    }

    /// Slot and context of an imported function.
    pub(crate) fn import(&self, b: &mut FunctionBuilder<'_>, func: FuncIndex) -> (Value, Value) {
        let at = self.module.layout().func_ref(func.as_u32()) as usize;
        let slot = self.pinned(b, at + offset_of!(VmFuncRef, slot));
        let callee = self.pinned(b, at + offset_of!(VmFuncRef, callee));
        (slot, callee)
    }

    /// The address of a function's reference in the context.
    pub(crate) fn func_ref(&self, b: &mut FunctionBuilder<'_>, func: FuncIndex) -> Option<Value> {
        let index = self.module.func_ref(func)?;
        let at = self.module.layout().func_ref(index);
        Some(b.ins().iadd_imm_s(self.ctx, i64::from(at)))
    }

    /// The slot of a reference that is not null.
    pub(crate) fn referred_slot(&self, b: &mut FunctionBuilder<'_>, func_ref: Value) -> Value {
        let flags = in_region(b, Region::Vm).with_readonly();
        b.ins().load(WORD, flags, func_ref, offset_of!(VmFuncRef, slot) as i32)
    }

    /// The context of a reference that is not null.
    pub(crate) fn referred_callee(&self, b: &mut FunctionBuilder<'_>, func_ref: Value) -> Value {
        let flags = in_region(b, Region::Vm).with_readonly();
        b.ins().load(WORD, flags, func_ref, offset_of!(VmFuncRef, callee) as i32)
    }

    /// The native entry that a reference knows, or null. `null` is the trap where the reference is null, if it may be.
    pub(crate) fn known_native(&self, b: &mut FunctionBuilder<'_>, func_ref: Value, null: Option<Trap>) -> Value {
        let flags = in_region(b, Region::Vm).with_trap_code(null.map(trap_code));
        b.ins().load(WORD, flags, func_ref, KNOWN_NATIVE)
    }

    /// The number of the type of the native entry that a reference knows; a trap where the reference is null.
    pub(crate) fn known_sig(&self, b: &mut FunctionBuilder<'_>, func_ref: Value, null: Trap) -> Value {
        let flags = in_region(b, Region::Vm).with_trap_code(Some(trap_code(null)));
        b.ins().load(types::I32, flags, func_ref, KNOWN_SIG)
    }

    /// The id of the type of a slot's function.
    pub(crate) fn slot_sig(&self, b: &mut FunctionBuilder<'_>, slot: Value) -> Value {
        let flags = in_region(b, Region::Vm).with_readonly();
        b.ins().load(types::I32, flags, slot, Slot::OFFSET_SIG as i32)
    }

    /// A type's id, as [`Self::slot_sig`] gives it.
    pub(crate) fn sig_id(&self, b: &mut FunctionBuilder<'_>, sig: SigId) -> Value {
        b.ins().iconst(types::I32, i64::from(sig.as_u32()))
    }

    /// The native entry of a slot, or null.
    pub(crate) fn slot_native(&self, b: &mut FunctionBuilder<'_>, slot: Value) -> Value {
        let flags = in_region(b, Region::Vm);
        b.ins().load(WORD, flags, slot, Slot::OFFSET_NATIVE as i32)
    }

    /// The slot of a function of this module.
    pub(crate) fn own_slot(&self, b: &mut FunctionBuilder<'_>, func: DefinedFuncIndex) -> Value {
        let slots = self.module.slots();
        address(b, std::ptr::from_ref(&slots[func.index()]).addr())
    }

    /// Makes a runtime call, for the operator at `offset`.
    pub(crate) fn builtin(
        &self,
        b: &mut FunctionBuilder<'_>,
        call: &Builtin<'_>,
        args: &[Value],
        offset: u64,
    ) -> Option<Value> {
        let mut sig = Signature::new(self.host);
        sig.params.push(AbiParam::new(WORD));
        sig.params.extend(call.params.iter().map(|&ty| AbiParam::new(ty)));
        sig.returns.extend(call.result.map(AbiParam::new));
        let sig = b.import_signature(sig);
        let store = self.store(b);
        let table = b.ins().load(WORD, fixed(), store, offset_of!(VmStore, builtins) as i32);
        let callee = b.ins().load(WORD, fixed(), table, call.call.offset as i32);
        let mut all = vec![self.ctx];
        all.extend_from_slice(args);
        let pinned = Pinned::of(self.module);
        pinned.put_down(b, store);
        let run = call.call.reaches_embedder.then(|| self.publish(b, store, offset));
        let inst = b.ins().call_indirect(sig, callee, &all);
        pinned.take_up(b, store);
        if let Some(run) = run {
            self.come_back(b, run);
        }
        b.inst_results(inst).first().copied()
    }

    /// The gate to the embedder, on the way out: tells the run where this body stands, for whoever walks the frames.
    ///
    /// There is no more to tell: the fuel is put down for every runtime call, and `stack_top` is what the run's entry set,
    /// or the last bounce put back. And nothing else is read again by hand: whatever the embedder may change is loaded
    /// where it is used, and no such load is taken for one that was made before a call.
    fn publish(&self, b: &mut FunctionBuilder<'_>, store: Value, offset: u64) -> Value {
        let flags = in_region(b, Region::Vm);
        let run = b.ins().load(WORD, flags, store, offset_of!(VmStore, activation) as i32);
        let fp = b.ins().get_frame_pointer(WORD);
        let slot = self.own_slot(b, self.defined);
        let at = b.ins().iconst(types::I32, offset as u32 as i64);
        b.ins().store(flags, fp, run, offset_of!(Run, exit_fp) as i32);
        b.ins().store(flags, slot, run, offset_of!(Run, exit_slot) as i32);
        b.ins().store(flags, at, run, offset_of!(Run, exit_offset) as i32);
        let call = address(b, self.call);
        b.ins().store(flags, call, run, offset_of!(Run, exit_call) as i32);
        run
    }

    /// The same on the way back: the run stands in native code again. A bounce says of itself only where its frame is.
    fn come_back(&self, b: &mut FunctionBuilder<'_>, run: Value) {
        let flags = in_region(b, Region::Vm);
        let none = b.ins().iconst(WORD, 0);
        b.ins().store(flags, none, run, offset_of!(Run, exit_fp) as i32);
        b.ins().store(flags, none, run, offset_of!(Run, exit_slot) as i32);
    }

    /// Leaves native code when a runtime call's status is not `Done`; the trap happened at this operator.
    pub(crate) fn check_status(&self, b: &mut FunctionBuilder<'_>, status: Value, offset: u64) {
        let failed = b.ins().icmp_imm_u(IntCC::NotEqual, status, Status::Done as i64);
        self.leave_if(b, failed, offset);
    }

    /// Leaves native code with the trap that a runtime call has set, if `failed`.
    pub(crate) fn leave_if(&self, b: &mut FunctionBuilder<'_>, failed: Value, offset: u64) {
        let (out, on) = (b.create_block(), b.create_block());
        b.set_cold_block(out);
        b.ins().brif(failed, out, &[], on, &[]);
        b.switch_to_block(out);
        b.seal_block(out);
        let status = b.ins().iconst(WORD, Status::Trap as i64);
        let slot = self.own_slot(b, self.defined);
        let at = b.ins().iconst(WORD, offset as i64);
        leave(b, self.host, [self.ctx, status, slot, at], self.call);
        b.switch_to_block(on);
        b.seal_block(on);
    }

    /// Traps if `condition` is not zero.
    pub(crate) fn trap_if(&self, b: &mut FunctionBuilder<'_>, condition: Value, trap: Trap) {
        b.ins().trapnz(condition, trap_code(trap));
    }
}

/// Leaves native code with a status: context, status, and where the caller stands (slot or null, offset), in the place
/// of which call. Ends the block.
pub(crate) fn leave(b: &mut FunctionBuilder<'_>, host: CallConv, args: [Value; 4], call: usize) {
    let mut sig = Signature::new(host);
    sig.params.extend([AbiParam::new(WORD); 6]);
    let sig = b.import_signature(sig);
    let callee = address(b, trap::failed_address());
    let fp = b.ins().get_frame_pointer(WORD);
    let [ctx, status, slot, offset] = args;
    let call = address(b, call);
    b.ins().call_indirect(sig, callee, &[ctx, status, slot, offset, fp, call]);
    b.ins().trap(trap_code(Trap::UnreachableCodeReached));
}

/// Calls the array entry of a slot: its status.
pub(crate) fn call_entry(b: &mut FunctionBuilder<'_>, host: CallConv, entry: Value, args: [Value; 5]) -> Value {
    let sig = b.import_signature(array(host));
    let inst = b.ins().call_indirect(sig, entry, &args);
    b.inst_results(inst)[0]
}

/// An address of this process as a constant.
pub(crate) fn address(b: &mut FunctionBuilder<'_>, address: usize) -> Value {
    b.ins().iconst(WORD, address as i64)
}

/// Flags of a load that gives the same each time, and may be made at any time.
pub(crate) fn fixed() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly().with_can_move()
}

/// Flags of an access that does not fault.
pub(crate) fn in_region(b: &mut FunctionBuilder<'_>, region: Region) -> MemFlagsData {
    MemFlagsData::trusted().with_alias_region(Some(alias(b, region)))
}

/// Flags of an access to cells of the value stack that hold a value of this type. A vector lies in two cells, which are
/// aligned like one.
pub(crate) fn cell(b: &mut FunctionBuilder<'_>, ty: Type) -> MemFlagsData {
    let flags = if ty.is_vector() { MemFlagsData::new().with_notrap() } else { MemFlagsData::trusted() };
    flags.with_alias_region(Some(alias(b, Region::Cells)))
}

/// Flags of an access to a linear memory: of any alignment; a fault is a trap.
pub(crate) fn heap(b: &mut FunctionBuilder<'_>) -> MemFlagsData {
    MemFlagsData::new()
        .with_trap_code(Some(trap_code(Trap::MemoryOutOfBounds)))
        .with_alias_region(Some(alias(b, Region::Heap)))
}

/// Flags of a store of a number to a linear memory. They say what every machine that code is made for does anyhow, and
/// so differ from a load's: Cranelift makes one instruction of a load, an operation and a store whose flags are the
/// same, and when that faults, the place would be the store's.
pub(crate) fn heap_store(b: &mut FunctionBuilder<'_>) -> MemFlagsData {
    heap(b).with_endianness(Endianness::Little)
}

fn alias(b: &mut FunctionBuilder<'_>, region: Region) -> AliasRegion {
    let name = match region {
        Region::Heap => "heap",
        Region::Table => "table",
        Region::Global => "global",
        Region::Vm => "vm",
        Region::Cells => "cells",
    };
    b.func.dfg.alias_regions.insert(AliasRegionData { user_id: region as u32, description: Cow::Borrowed(name) })
}

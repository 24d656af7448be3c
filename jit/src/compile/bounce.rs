//! Stubs between the native and the array convention, one per function type and direction.
//!
//! # Invariants
//! - An array stub links an activation that says where native code is left to: its own stack and frame pointer and
//!   the address of its handler. All that it needs after that lies in its frame; no register survives the jump.
//! - Between the entry and the exit of an array stub the count of fuel, or the end of the epoch, is in its register
//!   (`fuel`, F1), which the host gets back however native code is left.
//! - A bounce moves `stack_top` beyond the cells that it hands over and puts it back; when native code is left, the
//!   array stub puts back what it found.

use crate::compile::cells::{load_cells, store_cells};
use crate::compile::env::{KNOWN_NATIVE, KNOWN_SIG, Pinned, Region, address, call_entry, in_region, leave, trap_code};
use crate::compile::links::{Links, Stub, func_ref};
use crate::compile::refusal::Refusal;
use crate::compile::sig::{self, CELL, WORD, results_in_memory};
use crate::publish;
use crate::trap::{self, Run};
use coracle_error::Trap;
use coracle_image::module::FuncType;
use coracle_vm::tier::builtin::{RuntimeCall, call};
use coracle_vm::tier::vmctx::Activation;
use coracle_vm::tier::{ENTRY_HEADER_CELLS, Slot, Status, TailTarget, TrapRecord, VmCtx, VmFuncRef, VmStore};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{
    AbiParam, BlockArg, BlockCall, ExceptionTableData, ExceptionTableItem, FuncRef, InstBuilder, Signature,
    StackSlotData, StackSlotKind, Value,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use cranelift_module::FuncId;
use std::mem::offset_of;

/// What an array stub enters.
pub(crate) enum Entered {
    /// The native entry of the slot that it is given.
    Native,
    /// An OSR function.
    Osr(FuncRef),
}

/// Builds a stub.
pub(crate) fn build(
    b: &mut FunctionBuilder<'_>,
    links: &mut Links,
    stub: Stub,
    ty: &FuncType,
    pinned: Pinned,
) -> Result<(), Refusal> {
    match stub {
        Stub::Array(_) => array(b, ty, Entered::Native, pinned),
        Stub::Bounce(_) => bounce(b, links.host(), ty, pinned),
        Stub::Meet(sig) => meet(b, links.stub(Stub::Bounce(sig), ty)?, ty),
        Stub::Resume(_) => resume(b, ty),
        Stub::OutOfFuel => ask(b, links.host(), call::out_of_fuel, pinned),
        Stub::NewEpoch => ask(b, links.host(), call::new_epoch, pinned),
    }
    Ok(())
}

fn begin(b: &mut FunctionBuilder<'_>) -> Vec<Value> {
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    b.seal_block(block);
    b.block_params(block).to_vec()
}

fn get(b: &mut FunctionBuilder<'_>, from: Value, offset: usize) -> Value {
    let flags = in_region(b, Region::Vm);
    b.ins().load(WORD, flags, from, offset as i32)
}

fn set(b: &mut FunctionBuilder<'_>, to: Value, offset: usize, value: Value) {
    let flags = in_region(b, Region::Vm);
    b.ins().store(flags, value, to, offset as i32);
}

/// What an array stub changes in the store, to put it back.
struct Saved {
    activation: Value,
    top: Value,
}

/// An array entry: arguments from cells, native code, results to cells.
pub(crate) fn array(b: &mut FunctionBuilder<'_>, ty: &FuncType, entered: Entered, pinned: Pinned) {
    let args = begin(b);
    let [slot, callee, store, caller, cells] = args[..] else { unreachable!("five parameters") };
    let of_host = pinned.of_host(b);
    pinned.take_up(b, store);
    let saved = Saved {
        activation: get(b, store, offset_of!(VmStore, activation)),
        top: get(b, store, offset_of!(VmStore, stack_top)),
    };
    let record = b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size_of::<Run>() as u32, 4));
    let (call, done, failed) = (b.create_block(), b.create_block(), b.create_block());
    link(b, store, callee, record, &saved, call);
    b.ins().jump(call, &[]);
    b.switch_to_block(call);
    b.seal_block(call);

    // Where results go through memory, cells serve as the area.
    let area = results_in_memory(ty).then_some(cells);
    let (signature, mut native_args) = match entered {
        Entered::Native => {
            let params = load_cells(b, &ty.params, cells);
            (sig::native(ty), [&[callee, caller], &params[..]].concat())
        }
        Entered::Osr(_) => (sig::osr(ty), vec![callee, caller, cells]),
    };
    native_args.extend(area);
    try_call(b, &entered, slot, signature, &native_args, done, failed);

    b.switch_to_block(done);
    b.seal_block(done);
    if area.is_none() {
        let results = b.block_params(done).to_vec();
        // Who reads a cell as a whole would wait for one of which half was just written.
        let whole = |value| if b.func.dfg.value_type(value) == I32 { b.ins().uextend(I64, value) } else { value };
        let results: Vec<_> = results.into_iter().map(whole).collect();
        store_cells(b, &ty.results, &results, cells);
    }
    unlink(b, store, &saved);
    pinned.put_down(b, store);
    Pinned::give_back(b, of_host);
    let status = b.ins().iconst(WORD, Status::Done as i64);
    b.ins().return_(&[status]);

    b.switch_to_block(failed);
    b.seal_block(failed);
    // Whoever has left native code has put the fuel down.
    Pinned::give_back(b, of_host);
    handler(b, store, &saved, failed);
}

/// Makes the activation of this entry the innermost one.
fn link(
    b: &mut FunctionBuilder<'_>,
    store: Value,
    callee: Value,
    record: cranelift_codegen::ir::StackSlot,
    saved: &Saved,
    call: cranelift_codegen::ir::Block,
) {
    let sp = b.ins().get_stack_pointer(WORD);
    let fp = b.ins().get_frame_pointer(WORD);
    let handler = b.ins().get_exception_handler_address(WORD, call, 0);
    let walk = address(b, trap::walk_address());
    let activation = b.ins().stack_addr(WORD, record, 0);
    set(b, activation, offset_of!(Activation, prev), saved.activation);
    set(b, activation, offset_of!(Activation, walk), walk);
    let state = offset_of!(Activation, state);
    for (index, value) in [(trap::STATE_SP, sp), (trap::STATE_FP, fp), (trap::STATE_HANDLER, handler)] {
        set(b, activation, state + index * size_of::<usize>(), value);
    }
    set(b, activation, offset_of!(Run, ctx), callee);
    let none = b.ins().iconst(WORD, 0);
    set(b, activation, offset_of!(Run, exit_fp), none);
    set(b, activation, offset_of!(Run, exit_slot), none);
    set(b, store, offset_of!(VmStore, activation), activation);
}

fn unlink(b: &mut FunctionBuilder<'_>, store: Value, saved: &Saved) {
    set(b, store, offset_of!(VmStore, activation), saved.activation);
}

fn try_call(
    b: &mut FunctionBuilder<'_>,
    entered: &Entered,
    slot: Value,
    signature: Signature,
    args: &[Value],
    done: cranelift_codegen::ir::Block,
    failed: cranelift_codegen::ir::Block,
) {
    let payloads = CallConv::Tail.exception_payload_types(WORD).to_vec();
    for &ty in &payloads {
        b.append_block_param(failed, ty);
    }
    let results: Vec<_> = signature.returns.iter().map(|param| param.value_type).collect();
    for &ty in &results {
        b.append_block_param(done, ty);
    }
    let lists = &mut b.func.dfg.value_lists;
    let normal = BlockCall::new(done, (0..results.len() as u32).map(BlockArg::TryCallRet), lists);
    let exception = BlockCall::new(failed, (0..payloads.len() as u32).map(BlockArg::TryCallExn), lists);
    let signature = b.import_signature(signature);
    let table = ExceptionTableData::new(signature, normal, [ExceptionTableItem::Default(exception)]);
    match entered {
        Entered::Native => {
            let native = get(b, slot, Slot::OFFSET_NATIVE);
            let table = b.func.dfg.exception_tables.push(table);
            b.ins().try_call_indirect(native, args, table);
        }
        Entered::Osr(func) => {
            let table = b.func.dfg.exception_tables.push(table);
            b.ins().try_call(*func, args, table);
        }
    }
}

/// Where native code is left to: payloads are a status and null, or a trap and its function.
fn handler(b: &mut FunctionBuilder<'_>, store: Value, saved: &Saved, failed: cranelift_codegen::ir::Block) {
    let (payload, slot) = (b.block_params(failed)[0], b.block_params(failed)[1]);
    unlink(b, store, saved);
    set(b, store, offset_of!(VmStore, stack_top), saved.top);
    let (fault, status) = (b.create_block(), b.create_block());
    b.ins().brif(slot, fault, &[], status, &[]);
    b.seal_block(fault);
    b.seal_block(status);
    b.switch_to_block(fault);
    record_trap(b, store, payload, slot);
    let trapped = b.ins().iconst(WORD, Status::Trap as i64);
    b.ins().return_(&[trapped]);
    b.switch_to_block(status);
    b.ins().return_(&[payload]);
}

/// Records a trap: code in the low half of `payload`, offset in the high one.
fn record_trap(b: &mut FunctionBuilder<'_>, store: Value, payload: Value, slot: Value) {
    let record = offset_of!(VmStore, trap);
    let flags = in_region(b, Region::Vm);
    let code = b.ins().ireduce(I32, payload);
    b.ins().store(flags, code, store, (record + offset_of!(TrapRecord, code)) as i32);
    let high = b.ins().ushr_imm_u(payload, 32);
    let offset = b.ins().ireduce(I32, high);
    b.ins().store(flags, offset, store, (record + offset_of!(TrapRecord, offset)) as i32);
    b.ins().store(flags, slot, store, (record + offset_of!(TrapRecord, slot)) as i32);
}

/// From native code to a slot's array entry.
fn bounce(b: &mut FunctionBuilder<'_>, host: CallConv, ty: &FuncType, pinned: Pinned) {
    let args = begin(b);
    let (callee, caller, slot) = (args[0], args[1], args[2]);
    let params = &args[3..3 + ty.params.len()];
    let area = args.get(3 + ty.params.len()).copied();
    let store = get(b, caller, VmCtx::OFFSET_STORE);
    pinned.put_down(b, store);
    let top = get(b, store, offset_of!(VmStore, stack_top));
    let cells = b.ins().iadd_imm_s(top, (ENTRY_HEADER_CELLS as i64) * i64::from(CELL));
    let own = ty.param_cells().max(ty.result_cells());
    let new_top = b.ins().iadd_imm_s(cells, i64::from(own) * i64::from(CELL));
    let end = get(b, store, offset_of!(VmStore, stack_end));
    let full = b.ins().icmp(IntCC::UnsignedGreaterThan, new_top, end);
    let (overflow, spill) = (b.create_block(), b.create_block());
    b.set_cold_block(overflow);
    b.ins().brif(full, overflow, &[], spill, &[]);
    b.seal_block(overflow);
    b.seal_block(spill);
    b.switch_to_block(overflow);
    leave_with(b, host, (store, caller), slot, Trap::StackOverflow);

    b.switch_to_block(spill);
    store_cells(b, &ty.params, params, cells);
    set(b, store, offset_of!(VmStore, stack_top), new_top);
    let activation = get(b, store, offset_of!(VmStore, activation));
    let fp = b.ins().get_frame_pointer(WORD);
    set(b, activation, offset_of!(Run, exit_fp), fp);
    let run = b.create_block();
    for _ in 0..3 {
        b.append_block_param(run, WORD);
    }
    b.ins().jump(run, &[slot.into(), callee.into(), caller.into()]);
    b.switch_to_block(run);
    let target = b.block_params(run).to_vec();
    let entry = get(b, target[0], Slot::OFFSET_ENTRY);
    let status = call_entry(b, host, entry, [target[0], target[1], store, target[2], cells]);
    pinned.take_up(b, store);
    let (odd, done) = (b.create_block(), b.create_block());
    b.set_cold_block(odd);
    b.ins().brif(status, odd, &[], done, &[]);
    b.seal_block(odd);
    b.seal_block(done);

    b.switch_to_block(done);
    set(b, store, offset_of!(VmStore, stack_top), top);
    let inside = b.ins().iconst(WORD, 0);
    set(b, activation, offset_of!(Run, exit_fp), inside);
    let results = load_cells(b, &ty.results, cells);
    match area {
        None => b.ins().return_(&results),
        Some(area) => {
            store_cells(b, &ty.results, &results, area);
            b.ins().return_(&[])
        }
    };

    b.switch_to_block(odd);
    not_done(b, host, Pending { store, ctx: caller, run: (activation, run), status, top, cells, area }, ty);
    b.seal_block(run);
}

/// From native code to what a reference leads to: callee, caller, reference. Where its slot has native code by now, the
/// reference knows it from now on (V6), and this goes on there; else in a bounce.
fn meet(b: &mut FunctionBuilder<'_>, bounce: FuncId, ty: &FuncType) {
    let args = begin(b);
    let (reference, params) = (args[2], &args[3..]);
    let slot = get(b, reference, offset_of!(VmFuncRef, slot));
    let native = get(b, slot, Slot::OFFSET_NATIVE);
    let (known, unknown) = (b.create_block(), b.create_block());
    b.ins().brif(native, known, &[], unknown, &[]);
    b.seal_block(known);
    b.seal_block(unknown);
    b.switch_to_block(known);
    let flags = in_region(b, Region::Vm);
    let sig = b.ins().load(I32, flags, slot, Slot::OFFSET_SIG as i32);
    b.ins().store(flags, native, reference, KNOWN_NATIVE);
    b.ins().store(flags, sig, reference, KNOWN_SIG);
    let signature = b.import_signature(sig::native(ty));
    b.ins().return_call_indirect(signature, native, &[&args[..2], params].concat());
    b.switch_to_block(unknown);
    let bounce = func_ref(b.func, bounce, sig::bounce(ty));
    b.ins().return_call(bounce, &[&args[..2], &[slot], params].concat());
}

/// A call that came back without results.
struct Pending {
    store: Value,
    /// The context of the native code that has called.
    ctx: Value,
    status: Value,
    top: Value,
    cells: Value,
    area: Option<Value>,
    /// The activation, and where a call is made again.
    run: (Value, cranelift_codegen::ir::Block),
}

/// Goes on with a tail call, or leaves native code.
fn not_done(b: &mut FunctionBuilder<'_>, host: CallConv, pending: Pending, ty: &FuncType) {
    let Pending { store, ctx, status, top, cells, area, run: (activation, run) } = pending;
    let is_tail = b.ins().icmp_imm_u(IntCC::Equal, status, Status::TailCall as i64);
    let (tail, out) = (b.create_block(), b.create_block());
    b.ins().brif(is_tail, tail, &[], out, &[]);
    b.seal_block(tail);
    b.seal_block(out);

    b.switch_to_block(tail);
    let record = offset_of!(VmStore, tail);
    let slot = get(b, store, record + offset_of!(TailTarget, slot));
    let callee = get(b, store, record + offset_of!(TailTarget, callee));
    let caller = get(b, store, record + offset_of!(TailTarget, caller));
    let block = get(b, slot, Slot::OFFSET_BLOCK);
    let (native, again) = (b.create_block(), b.create_block());
    b.ins().brif(block, native, &[], again, &[]);
    b.seal_block(native);
    b.seal_block(again);
    // Native code goes on in the place of this bounce, so that the stack stays as it is.
    b.switch_to_block(native);
    let resume = get(b, block, publish::OFFSET_RESUME);
    let inside = b.ins().iconst(WORD, 0);
    set(b, activation, offset_of!(Run, exit_fp), inside);
    set(b, store, offset_of!(VmStore, stack_top), top);
    let signature = b.import_signature(sig::osr(ty));
    let args = [&[callee, caller, cells][..], area.as_slice()].concat();
    b.ins().return_call_indirect(signature, resume, &args);
    b.switch_to_block(again);
    b.ins().jump(run, &[slot.into(), callee.into(), caller.into()]);

    b.switch_to_block(out);
    let suspended = b.ins().icmp_imm_u(IntCC::Equal, status, Status::Suspended as i64);
    let (stuck, plain) = (b.create_block(), b.create_block());
    b.ins().brif(suspended, stuck, &[], plain, &[]);
    b.seal_block(stuck);
    b.seal_block(plain);
    // Native frames cannot be set aside: a guest below them cannot wait.
    b.switch_to_block(stuck);
    let nowhere = b.ins().iconst(WORD, 0);
    leave_with(b, host, (store, ctx), nowhere, Trap::CannotBlockSyncTask);
    b.switch_to_block(plain);
    // What was thrown may be caught in the native code that has called.
    set(b, store, offset_of!(VmStore, stack_top), top);
    let none = b.ins().iconst(WORD, 0);
    leave(b, host, [ctx, status, none, none], 0);
}

/// Records a trap at no known place and leaves native code. Ends the block.
fn leave_with(b: &mut FunctionBuilder<'_>, host: CallConv, (store, ctx): (Value, Value), slot: Value, trap: Trap) {
    let payload = b.ins().iconst(WORD, (i64::from(u32::MAX) << 32) | i64::from(trap as u8));
    record_trap(b, store, payload, slot);
    let status = b.ins().iconst(WORD, Status::Trap as i64);
    let none = b.ins().iconst(WORD, 0);
    leave(b, host, [ctx, status, none, none], 0);
}

/// Asks the store whether the body that calls may go on, and comes back if so: context. Whoever walks the frames finds
/// the body by the address to which this returns, as that of a call.
fn ask(b: &mut FunctionBuilder<'_>, host: CallConv, call: RuntimeCall, pinned: Pinned) {
    let ctx = begin(b)[0];
    let store = get(b, ctx, VmCtx::OFFSET_STORE);
    pinned.put_down(b, store);
    let activation = get(b, store, offset_of!(VmStore, activation));
    let fp = b.ins().get_frame_pointer(WORD);
    set(b, activation, offset_of!(Run, exit_fp), fp);
    let table = get(b, store, offset_of!(VmStore, builtins));
    let callee = get(b, table, call.offset);
    let mut signature = Signature::new(host);
    signature.params.push(AbiParam::new(WORD));
    signature.returns.push(AbiParam::new(WORD));
    let signature = b.import_signature(signature);
    let inst = b.ins().call_indirect(signature, callee, &[ctx]);
    let status = b.inst_results(inst)[0];
    pinned.take_up(b, store);
    let (stopped, done) = (b.create_block(), b.create_block());
    b.set_cold_block(stopped);
    b.ins().brif(status, stopped, &[], done, &[]);
    b.seal_block(stopped);
    b.seal_block(done);

    b.switch_to_block(done);
    let inside = b.ins().iconst(WORD, 0);
    set(b, activation, offset_of!(Run, exit_fp), inside);
    b.ins().return_(&[]);

    b.switch_to_block(stopped);
    let mut signature = Signature::new(host);
    signature.params.extend([AbiParam::new(WORD); 2]);
    let signature = b.import_signature(signature);
    let callee = address(b, trap::stopped_address());
    b.ins().call_indirect(signature, callee, &[ctx, fp]);
    b.ins().trap(trap_code(Trap::UnreachableCodeReached));
}

/// From cells to a native entry, as a tail call: callee, caller, cells.
///
/// The native entry is found in the slot that the store's tail target still names.
fn resume(b: &mut FunctionBuilder<'_>, ty: &FuncType) {
    let args = begin(b);
    let (callee, caller, cells) = (args[0], args[1], args[2]);
    let area = args.get(3).copied();
    let store = get(b, caller, VmCtx::OFFSET_STORE);
    let slot = get(b, store, offset_of!(VmStore, tail) + offset_of!(TailTarget, slot));
    let native = get(b, slot, Slot::OFFSET_NATIVE);
    let params = load_cells(b, &ty.params, cells);
    let native_args = [&[callee, caller], &params[..], area.as_slice()].concat();
    let signature = b.import_signature(sig::native(ty));
    b.ins().return_call_indirect(signature, native, &native_args);
}

/// A stand-in for a body that cannot be compiled but has been named: goes through the slot.
pub(crate) fn stand_in(
    b: &mut FunctionBuilder<'_>,
    links: &mut Links,
    slot: &Slot,
    ty: &FuncType,
) -> Result<(), Refusal> {
    let bounce = links.stub(Stub::Bounce(slot.sig()), ty)?;
    let args = begin(b);
    let slot = address(b, std::ptr::from_ref(slot).addr());
    let all = [&args[..2], &[slot], &args[2..]].concat();
    let callee = func_ref(b.func, bounce, sig::bounce(ty));
    b.ins().return_call(callee, &all);
    Ok(())
}

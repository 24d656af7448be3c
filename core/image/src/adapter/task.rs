//! The call itself: enter, lift and lower the parameters, call, lift and lower the result, post-return, leave.

use crate::adapter::body::{Body, Local, Place, Side, val_type};
use crate::adapter::write::Writer;
use crate::adapter::{Builtin, Call, Import, MAY_LEAVE};
use crate::types::{Content, CoreSig, FlatType, InterfaceType};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::Trap;
use wasm_encoder::{BlockType, Catch, Instruction, ValType};

impl Writer<'_> {
    pub(super) fn declare_call(&mut self, call: &Call) -> u32 {
        let (ty, options) = call.caller;
        let sig = self.types[ty].abi(options.ptr()).lower;
        let (params, results) = core_types(&sig);
        self.module.declare(&params, &results)
    }

    pub(super) fn call(&mut self, call: &Call) -> Result<Body> {
        let (caller, callee) = (self.side(call.caller.1), self.side(call.callee.1));
        let tys = [call.caller.0, call.callee.0];
        let [caller_abi, callee_abi] = [*self.types[tys[0]].abi(caller.ptr()), *self.types[tys[1]].abi(callee.ptr())];
        let mut body = self.new_body(caller_abi.lower.params().len());
        let content = self.types.layout(InterfaceType::Tuple(self.types[tys[0]].params)).content;

        let caller_flags = self.module.global(Import::Flags(caller.options.instance));
        test_flag(&mut body, caller_flags, MAY_LEAVE, Trap::CannotLeaveComponent);
        let open = self.module.global(Import::Open(callee.options.instance));
        let mask = self.module.global(Import::Mask(callee.options.instance));
        let before = enter(&mut body, open, mask);
        if content.borrows {
            let enter = self.builtin(Builtin::EnterScope(callee.options.instance));
            body.call(enter);
        }

        let callee_flags = self.module.global(Import::Flags(callee.options.instance));
        let args = self.params(&mut body, tys, &[caller, callee], callee_flags)?;
        args.iter().for_each(|&local| body.get(local));
        let results = self.callee(&mut body, call, &callee_abi.lift);
        if content.borrows {
            let exit = self.builtin(Builtin::ExitScope(callee.options.instance));
            body.call(exit);
        }

        let returned = self.result(&mut body, tys, &[callee, caller], &results, caller_flags)?;
        if let Some(key) = call.post_return {
            let types: Vec<ValType> = callee_abi.lift.result().into_iter().map(val_type).collect();
            let post_return = self.module.import_func(Import::Func(key), &types, &[]);
            clear_flag(&mut body, callee_flags, MAY_LEAVE);
            results.iter().for_each(|&(local, _)| body.get(local));
            body.call(post_return);
            set_flag(&mut body, callee_flags, MAY_LEAVE);
        }
        body.get(before);
        body.emit(Instruction::GlobalSet(open));
        returned.iter().for_each(|&local| body.get(local));
        Ok(body)
    }

    /// Calls the lifted function with its arguments on the stack; its results end in locals.
    fn callee(&mut self, body: &mut Body, call: &Call, sig: &CoreSig) -> Vec<(Local, FlatType)> {
        let (params, results) = core_types(sig);
        let func = self.module.import_func(Import::Func(call.func), &params, &results);
        if call.can_throw {
            // The arguments are on the stack already, so the guarded block takes them as its parameters.
            let guarded = self.module.func_type(&params, &results);
            let returns = self.module.func_type(&params, &results);
            body.emit(Instruction::Block(BlockType::FunctionType(returns)));
            let caught = self.module.func_type(&params, &[]);
            body.emit(Instruction::Block(BlockType::FunctionType(caught)));
            let catch = [Catch::All { label: 0 }];
            body.emit(Instruction::TryTable(BlockType::FunctionType(guarded), catch.to_vec().into()));
            body.call(func);
            body.emit(Instruction::End);
            body.emit(Instruction::Br(1));
            body.emit(Instruction::End);
            body.trap(Trap::UncaughtException);
            body.emit(Instruction::End);
        } else {
            body.call(func);
        }
        let locals: Vec<_> = sig.result().into_iter().map(|ty| (body.local(ty), ty)).collect();
        locals.iter().rev().for_each(|&(local, _)| body.set(local));
        locals
    }

    /// Lifts the caller's parameters, lowers them for the callee; returns the callee's arguments.
    fn params(
        &mut self,
        body: &mut Body,
        tys: [crate::types::FuncTypeIndex; 2],
        sides: &[Side; 2],
        callee_flags: u32,
    ) -> Result<Vec<Local>> {
        let tuples = tys.map(|ty| InterfaceType::Tuple(self.types[ty].params));
        let abis = [0, 1].map(|i| *self.types[tys[i]].abi(sides[i].ptr()));
        let reallocs = abis[1].params_spill() || self.types.layout(tuples[1]).content.pointers;
        if reallocs {
            clear_flag(body, callee_flags, MAY_LEAVE);
        }
        let from = match abis[0].params.types().filter(|_| !abis[0].params_spill()) {
            Some(types) => Place::Flat(types.iter().enumerate().map(|(i, &ty)| (i as Local, ty)).collect()),
            None => {
                self.check_range(body, 0, tuples[0], &sides[0], Trap::UnalignedPointer, Trap::MemoryOutOfBounds);
                Place::Memory { addr: 0, offset: 0 }
            }
        };
        let mut args = Vec::new();
        let to = match abis[1].params.types().filter(|_| !abis[1].params_spill()) {
            Some(types) => {
                let locals: Vec<_> = types.iter().map(|&ty| (body.local(ty), ty)).collect();
                args.extend(locals.iter().map(|&(local, _)| local));
                Place::Flat(locals)
            }
            None => {
                let layout = *self.types.layout(tuples[1]);
                let (bytes, addr) = (body.local(FlatType::I64), body.local(sides[1].ptr().flat()));
                body.i64(i64::from(layout.size(sides[1].ptr())));
                body.set(bytes);
                self.realloc(body, bytes, layout.align(sides[1].ptr()), addr, &sides[1], Trap::MemoryOutOfBounds);
                args.push(addr);
                Place::Memory { addr, offset: 0 }
            }
        };
        self.fields(body, tuples, sides, [&from, &to])?;
        if reallocs {
            set_flag(body, callee_flags, MAY_LEAVE);
        }
        Ok(args)
    }

    /// Lifts the callee's result, lowers it for the caller; returns what the adapter returns.
    fn result(
        &mut self,
        body: &mut Body,
        tys: [crate::types::FuncTypeIndex; 2],
        sides: &[Side; 2],
        results: &[(Local, FlatType)],
        caller_flags: u32,
    ) -> Result<Vec<Local>> {
        let (Some(to_ty), Some(from_ty)) = (self.types[tys[0]].result, self.types[tys[1]].result) else {
            return Ok(Vec::new());
        };
        let pair = [from_ty, to_ty];
        let content: Content = self.types.layout(to_ty).content;
        let abis = [*self.types[tys[1]].abi(sides[0].ptr()), *self.types[tys[0]].abi(sides[1].ptr())];
        let from = if abis[0].results_spill() {
            let addr = results[0].0;
            self.check_range(body, addr, pair[0], &sides[0], Trap::UnalignedPointer, Trap::MemoryOutOfBounds);
            Place::Memory { addr, offset: 0 }
        } else {
            Place::Flat(results.to_vec())
        };
        let mut returned = Vec::new();
        let to = if abis[1].results_spill() {
            let addr = abis[1].lower.params().len() as Local - 1;
            self.check_range(body, addr, pair[1], &sides[1], Trap::UnalignedPointer, Trap::MemoryOutOfBounds);
            Place::Memory { addr, offset: 0 }
        } else {
            let locals: Vec<_> = self.flat_types(pair[1], &sides[1]).iter().map(|&ty| (body.local(ty), ty)).collect();
            returned.extend(locals.iter().map(|&(local, _)| local));
            Place::Flat(locals)
        };
        if content.pointers {
            clear_flag(body, caller_flags, MAY_LEAVE);
        }
        self.value(body, pair, sides, [&from, &to])?;
        if content.pointers {
            set_flag(body, caller_flags, MAY_LEAVE);
        }
        Ok(returned)
    }

    fn check_range(
        &mut self,
        body: &mut Body,
        addr: Local,
        ty: InterfaceType,
        side: &Side,
        unaligned: Trap,
        outside: Trap,
    ) {
        let layout = *self.types.layout(ty);
        body.check_aligned(addr, layout.align(side.ptr()), side.ptr(), unaligned);
        let bytes = body.local(FlatType::I64);
        body.i64(i64::from(layout.size(side.ptr())));
        body.set(bytes);
        body.check_bounds(addr, bytes, side, outside);
    }
}

fn core_types(sig: &CoreSig) -> (Vec<ValType>, Vec<ValType>) {
    (sig.params().iter().map(|&ty| val_type(ty)).collect(), sig.result().into_iter().map(val_type).collect())
}

fn test_flag(body: &mut Body, flags: u32, bit: i32, trap: Trap) {
    body.emit(Instruction::GlobalGet(flags));
    body.i32(bit);
    body.emit(Instruction::I32And);
    body.emit(Instruction::I32Eqz);
    body.trap_if(trap);
}

/// Opens the callee, unless it may not be entered; returns what was open before.
fn enter(body: &mut Body, open: u32, mask: u32) -> Local {
    let (before, bit) = (body.local(FlatType::I64), body.local(FlatType::I64));
    body.emit(Instruction::GlobalGet(mask));
    body.set(bit);
    body.get(bit);
    body.emit(Instruction::I64Eqz);
    body.trap_if(Trap::CannotEnterComponent);
    body.emit(Instruction::GlobalGet(open));
    body.set(before);
    body.get(before);
    body.get(bit);
    body.emit(Instruction::I64Or);
    body.emit(Instruction::GlobalSet(open));
    before
}

fn clear_flag(body: &mut Body, flags: u32, bit: i32) {
    body.emit(Instruction::GlobalGet(flags));
    body.i32(!bit);
    body.emit(Instruction::I32And);
    body.emit(Instruction::GlobalSet(flags));
}

fn set_flag(body: &mut Body, flags: u32, bit: i32) {
    body.emit(Instruction::GlobalGet(flags));
    body.i32(bit);
    body.emit(Instruction::I32Or);
    body.emit(Instruction::GlobalSet(flags));
}

//! Values without parts: read on one side, normalised, written on the other.

use crate::adapter::Builtin;
use crate::adapter::body::{Body, Place, Side};
use crate::adapter::write::Writer;
use crate::types::{FlatType, InterfaceType};
use coracle_error::Trap;
use wasm_encoder::Instruction;

/// How a scalar is read from and written to memory.
struct Access {
    load: fn(wasm_encoder::MemArg) -> Instruction<'static>,
    store: fn(wasm_encoder::MemArg) -> Instruction<'static>,
    align_log2: u32,
}

fn access(bytes: u32, signed: bool, flat: FlatType) -> Access {
    use Instruction as I;
    type Make = fn(wasm_encoder::MemArg) -> I<'static>;
    let (load, store): (Make, Make) = match (flat, bytes, signed) {
        (FlatType::F32, ..) => (I::F32Load, I::F32Store),
        (FlatType::F64, ..) => (I::F64Load, I::F64Store),
        (FlatType::I64, ..) => (I::I64Load, I::I64Store),
        (FlatType::I32, 1, false) => (I::I32Load8U, I::I32Store8),
        (FlatType::I32, 1, true) => (I::I32Load8S, I::I32Store8),
        (FlatType::I32, 2, false) => (I::I32Load16U, I::I32Store16),
        (FlatType::I32, 2, true) => (I::I32Load16S, I::I32Store16),
        (FlatType::I32, ..) => (I::I32Load, I::I32Store),
    };
    Access { load, store, align_log2: bytes.trailing_zeros() }
}

impl Writer<'_> {
    /// Whether `ty` is one core value that `scalar` moves.
    pub(super) fn is_scalar(&self, ty: InterfaceType) -> bool {
        use InterfaceType as T;
        match ty {
            T::Flags(flags) => self.types[flags].names.len() <= 32,
            T::Enum(_) | T::Own(_) | T::Borrow(_) => true,
            T::Bool
            | T::S8
            | T::U8
            | T::S16
            | T::U16
            | T::S32
            | T::U32
            | T::S64
            | T::U64
            | T::F32
            | T::F64
            | T::Char => true,
            _ => false,
        }
    }

    /// Moves one scalar.
    pub(super) fn scalar(&mut self, body: &mut Body, pair: [InterfaceType; 2], sides: &[Side; 2], places: [&Place; 2]) {
        let ty = pair[0];
        let layout = self.types.layout(ty);
        let flat = layout.flat(sides[0].ptr()).types().map_or(FlatType::I32, |types| types[0]);
        let bytes = layout.size(sides[0].ptr()).max(1);
        let signed = matches!(ty, InterfaceType::S8 | InterfaceType::S16);
        let access = access(bytes, signed, flat);
        if let Place::Memory { addr, .. } = places[1] {
            body.get(*addr);
        }
        match places[0] {
            Place::Flat(locals) => {
                body.get(locals[0].0);
                self.normalise(body, ty, true);
            }
            Place::Memory { addr, offset } => {
                body.get(*addr);
                body.emit((access.load)(sides[0].memarg(*offset, access.align_log2)));
                self.normalise(body, ty, false);
            }
        }
        self.check(body, pair, sides);
        match places[1] {
            Place::Flat(locals) => body.set(locals[0].0),
            Place::Memory { offset, .. } => body.emit((access.store)(sides[1].memarg(*offset, access.align_log2))),
        }
    }

    /// Brings the value on the stack into its type's range; `wide` if it comes from a whole core value.
    fn normalise(&mut self, body: &mut Body, ty: InterfaceType, wide: bool) {
        use InterfaceType as T;
        match ty {
            T::Bool => {
                body.i32(0);
                body.emit(Instruction::I32Ne);
            }
            T::U8 | T::U16 if wide => {
                body.i32(if ty == T::U8 { 0xff } else { 0xffff });
                body.emit(Instruction::I32And);
            }
            T::S8 if wide => body.emit(Instruction::I32Extend8S),
            T::S16 if wide => body.emit(Instruction::I32Extend16S),
            T::Flags(flags) => {
                let count = self.types[flags].names.len();
                if count < 32 {
                    body.i32(((1_u32 << count) - 1) as i32);
                    body.emit(Instruction::I32And);
                }
            }
            _ => {}
        }
    }

    /// Checks what not every bit pattern is, and moves handles, with the value on the stack.
    fn check(&mut self, body: &mut Body, pair: [InterfaceType; 2], sides: &[Side; 2]) {
        use InterfaceType as T;
        match pair[0] {
            T::Char => {
                let value = body.local(FlatType::I32);
                body.emit(Instruction::LocalTee(value));
                // In one comparison each: past the last scalar value, or among the surrogates.
                body.i32(0x11_0000);
                body.emit(Instruction::I32GeU);
                body.get(value);
                body.i32(0xd800);
                body.emit(Instruction::I32Sub);
                body.i32(0x800);
                body.emit(Instruction::I32LtU);
                body.emit(Instruction::I32Or);
                body.trap_if(Trap::InvalidChar);
                body.get(value);
            }
            T::Enum(index) => {
                let value = body.local(FlatType::I32);
                body.emit(Instruction::LocalTee(value));
                body.i32(self.types[index].names.len() as i32);
                body.emit(Instruction::I32GeU);
                body.trap_if(Trap::InvalidDiscriminant);
                body.get(value);
            }
            T::Own(_) | T::Borrow(_) => {
                let from = (sides[0].options.instance, pair[0]);
                let to = (sides[1].options.instance, pair[1]);
                let builtin = match pair[0] {
                    T::Own(_) => Builtin::TransferOwn { from, to },
                    _ => Builtin::TransferBorrow { from, to },
                };
                let func = self.builtin(builtin);
                body.call(func);
            }
            _ => {}
        }
    }

    /// Moves flags of more than 32 names: word by word.
    pub(super) fn wide_flags(&mut self, body: &mut Body, ty: InterfaceType, sides: &[Side; 2], places: [&Place; 2]) {
        let InterfaceType::Flags(flags) = ty else { return };
        let count = self.types[flags].names.len();
        for word in 0..count.div_ceil(32) {
            let offset = word as u32 * 4;
            if let Place::Memory { addr, .. } = places[1] {
                body.get(*addr);
            }
            match places[0] {
                Place::Flat(locals) => body.get(locals[word].0),
                Place::Memory { addr, offset: base } => {
                    body.get(*addr);
                    body.emit(Instruction::I32Load(sides[0].memarg(base + offset, 2)));
                }
            }
            let bits = count - word * 32;
            if bits < 32 {
                body.i32(((1_u32 << bits) - 1) as i32);
                body.emit(Instruction::I32And);
            }
            match places[1] {
                Place::Flat(locals) => body.set(locals[word].0),
                Place::Memory { offset: base, .. } => {
                    body.emit(Instruction::I32Store(sides[1].memarg(base + offset, 2)));
                }
            }
        }
    }
}

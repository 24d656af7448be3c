//! The check of a string that stays in its encoding: short ASCII is looked at here, all else by the runtime.
//!
//! Most strings that cross are short and ASCII, and for them the way to the runtime and back costs more than the check
//! itself. One function of the batch does it for all strings of a side.

use crate::adapter::Builtin;
use crate::adapter::body::{Body, Side};
use crate::adapter::options::SideOptions;
use crate::adapter::write::Writer;
use crate::types::{FlatType, Ptr};
use wasm_encoder::{BlockType, Instruction, ValType};

/// Bytes of the longest string that is looked at here: four loads.
const SHORT_BYTES: i64 = 32;
/// What no ASCII character has, eight times.
const NOT_ASCII: i64 = 0x8080_8080_8080_8080_u64 as i64;

impl Writer<'_> {
    /// The function `(ptr: i64, bytes: i64)` that checks a UTF-8 string of a side, or traps.
    pub(super) fn utf8_check(&mut self, options: SideOptions) -> u32 {
        if let Some(&func) = self.text_checks.get(&options) {
            return func;
        }
        let func = self.module.declare(&[ValType::I64, ValType::I64], &[]);
        self.text_checks.insert(options, func);
        let body = self.utf8_check_body(options);
        self.module.define(func, body);
        func
    }

    fn utf8_check_body(&mut self, options: SideOptions) -> Body {
        let side = self.side(options);
        let mut body = self.new_body(2);
        let (ptr, len) = (0, 1);
        let size = body.local(FlatType::I64);
        body.emit(Instruction::Block(BlockType::Empty));
        less(&mut body, len, SHORT_BYTES + 1);
        body.emit(Instruction::I32Eqz);
        body.emit(Instruction::BrIf(0));
        // What lies outside gets the runtime's trap.
        body.emit(Instruction::MemorySize(side.memory));
        if side.ptr() == Ptr::P32 {
            body.emit(Instruction::I64ExtendI32U);
        }
        body.i64(16);
        body.emit(Instruction::I64Shl);
        body.emit(Instruction::LocalTee(size));
        body.get(len);
        body.emit(Instruction::I64LtU);
        body.get(ptr);
        body.get(size);
        body.get(len);
        body.emit(Instruction::I64Sub);
        body.emit(Instruction::I64GtU);
        body.emit(Instruction::I32Or);
        body.emit(Instruction::BrIf(0));
        // Two loads that meet or overlap, of whichever width fits.
        for (width, mask) in [(8, NOT_ASCII), (4, NOT_ASCII & 0xffff_ffff), (2, NOT_ASCII & 0xffff), (1, 0x80)] {
            less(&mut body, len, width);
            body.emit(Instruction::I32Eqz);
            body.emit(Instruction::If(BlockType::Empty));
            load(&mut body, &side, width, 0);
            load_back(&mut body, &side, width, width);
            body.emit(Instruction::I64Or);
            if width == 8 {
                // Beyond sixteen bytes two more lie between them.
                body.emit(Instruction::LocalSet(size));
                less(&mut body, len, 2 * width + 1);
                body.emit(Instruction::I32Eqz);
                body.emit(Instruction::If(BlockType::Empty));
                load(&mut body, &side, width, width as u32);
                load_back(&mut body, &side, width, 2 * width);
                body.emit(Instruction::I64Or);
                body.get(size);
                body.emit(Instruction::I64Or);
                body.set(size);
                body.emit(Instruction::End);
                body.get(size);
            }
            body.i64(mask);
            body.emit(Instruction::I64And);
            body.emit(Instruction::I64Eqz);
            body.emit(Instruction::BrIf(2));
            body.emit(Instruction::Br(1));
            body.emit(Instruction::End);
        }
        // The empty string.
        body.emit(Instruction::Return);
        body.emit(Instruction::End);
        body.get(ptr);
        body.get(len);
        let check = self.builtin(Builtin::StringCheck(options));
        body.call(check);
        body
    }
}

/// Pushes whether a local is below a number.
fn less(body: &mut Body, local: u32, number: i64) {
    body.get(local);
    body.i64(number);
    body.emit(Instruction::I64LtU);
}

/// Pushes the `width` bytes that begin `offset` bytes in.
fn load(body: &mut Body, side: &Side, width: i64, offset: u32) {
    body.get(0);
    load_at(body, side, width, offset);
}

/// Pushes the `width` bytes that begin `back` bytes before the end.
fn load_back(body: &mut Body, side: &Side, width: i64, back: i64) {
    body.get(0);
    body.get(1);
    body.emit(Instruction::I64Add);
    body.i64(back);
    body.emit(Instruction::I64Sub);
    load_at(body, side, width, 0);
}

/// The same from the address on the stack, an `i64`.
fn load_at(body: &mut Body, side: &Side, width: i64, offset: u32) {
    body.narrow(side.ptr());
    let at = side.memarg(offset, 0);
    body.emit(match width {
        8 => Instruction::I64Load(at),
        4 => Instruction::I64Load32U(at),
        2 => Instruction::I64Load16U(at),
        _ => Instruction::I64Load8U(at),
    });
}

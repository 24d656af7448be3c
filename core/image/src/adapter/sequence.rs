//! Strings, lists and maps: an address and a length, with `realloc` on the side that receives.

use crate::adapter::body::{Body, Local, Place, Side};
use crate::adapter::value::push_address;
use crate::adapter::write::Writer;
use crate::adapter::{Builtin, Import};
use crate::limits;
use crate::plan::StringEncoding;
use crate::types::{FlatType, InterfaceType, Ptr};
use coracle_error::Result;
use coracle_error::Trap;
use wasm_encoder::{BlockType, Instruction};

impl Writer<'_> {
    /// Moves a string.
    pub(super) fn string(&mut self, body: &mut Body, sides: &[Side; 2], places: [&Place; 2]) {
        let [ptr, len] = load_pair(body, &sides[0], places[0]);
        let encodings = sides.each_ref().map(|side| side.options.encoding);
        let unit = match encodings {
            [StringEncoding::Utf8, StringEncoding::Utf8] => Some(1),
            [StringEncoding::Utf16, StringEncoding::Utf16] => Some(2),
            _ => None,
        };
        let result = sides[1].ptr();
        let (to_ptr, to_len) = (body.local(result.flat()), body.local(result.flat()));
        body.get_wide(ptr, sides[0].ptr());
        body.get_wide(len, sides[0].ptr());
        if let Some(unit) = unit {
            let check = match encodings[0] {
                StringEncoding::Utf8 => self.utf8_check(sides[0].options),
                _ => self.builtin(Builtin::StringCheck(sides[0].options)),
            };
            body.call(check);
            let bytes = body.local(FlatType::I64);
            body.get_wide(len, sides[0].ptr());
            body.i64(unit);
            body.emit(Instruction::I64Mul);
            body.set(bytes);
            self.realloc(body, bytes, unit as u32, to_ptr, &sides[1], Trap::StringOutOfBounds);
            self.copy(body, [ptr, to_ptr], bytes, sides);
            body.get_wide(len, sides[0].ptr());
        } else {
            let transcode = self.builtin(Builtin::StringTranscode(sides[0].options, sides[1].options));
            body.call(transcode);
            let units = body.local(FlatType::I64);
            body.set(units);
            body.narrow(result);
            body.set(to_ptr);
            body.get(units);
        }
        body.narrow(result);
        body.set(to_len);
        store_pair(body, [to_ptr, to_len], &sides[1], places[1]);
    }

    /// Moves a list: as bytes where every bit pattern of an element is valid on both sides, else element by element.
    pub(super) fn list(
        &mut self,
        body: &mut Body,
        elements: [InterfaceType; 2],
        sides: &[Side; 2],
        places: [&Place; 2],
    ) -> Result<()> {
        let layouts = elements.map(|ty| *self.types.layout(ty));
        let sizes = [0, 1].map(|i| layouts[i].size(sides[i].ptr()));
        let [ptr, len] = load_pair(body, &sides[0], places[0]);
        let count = body.local(FlatType::I64);
        body.get_wide(len, sides[0].ptr());
        body.set(count);
        let mut bytes = [0, 0];
        for i in [0, 1] {
            bytes[i] = self.list_bytes(body, count, sizes[i]);
        }
        body.check_aligned(ptr, layouts[0].align(sides[0].ptr()), sides[0].ptr(), Trap::UnalignedPointer);
        body.check_bounds(ptr, bytes[0], &sides[0], Trap::ListOutOfBounds);
        let to_ptr = body.local(sides[1].ptr().flat());
        self.realloc(body, bytes[1], layouts[1].align(sides[1].ptr()), to_ptr, &sides[1], Trap::ListOutOfBounds);
        let same_bytes = !layouts[0].content.checked && !layouts[0].content.pointers && sizes[0] == sizes[1];
        if same_bytes {
            self.copy(body, [ptr, to_ptr], bytes[0], sides);
        } else {
            let left = body.local(FlatType::I64);
            body.get(count);
            body.set(left);
            let mut cursors = [0, 0];
            for (i, start) in [ptr, to_ptr].into_iter().enumerate() {
                cursors[i] = body.local(sides[i].ptr().flat());
                body.get(start);
                body.set(cursors[i]);
            }
            self.elements(body, elements, left, cursors, sides)?;
        }
        let to_len = body.local(sides[1].ptr().flat());
        body.get(count);
        body.narrow(sides[1].ptr());
        body.set(to_len);
        store_pair(body, [to_ptr, to_len], &sides[1], places[1]);
        Ok(())
    }

    /// Moves `left` elements from the first cursor to the second; uses up all three locals.
    pub(super) fn elements(
        &mut self,
        body: &mut Body,
        elements: [InterfaceType; 2],
        left: Local,
        cursors: [Local; 2],
        sides: &[Side; 2],
    ) -> Result<()> {
        body.emit(Instruction::Block(BlockType::Empty));
        body.get(left);
        body.emit(Instruction::I64Eqz);
        body.emit(Instruction::BrIf(0));
        body.emit(Instruction::Loop(BlockType::Empty));
        let places = cursors.map(|addr| Place::Memory { addr, offset: 0 });
        self.element(body, elements, sides, [&places[0], &places[1]])?;
        for i in [0, 1] {
            push_address(body, cursors[i], self.types.layout(elements[i]).size(sides[i].ptr()), &sides[i]);
            body.set(cursors[i]);
        }
        body.get(left);
        body.i64(1);
        body.emit(Instruction::I64Sub);
        body.emit(Instruction::LocalTee(left));
        body.i64(0);
        body.emit(Instruction::I64Ne);
        body.emit(Instruction::BrIf(0));
        body.emit(Instruction::End);
        body.emit(Instruction::End);
        Ok(())
    }

    /// The byte length of `count` elements, at most the canonical ABI's maximum, else a trap.
    fn list_bytes(&mut self, body: &mut Body, count: Local, size: u32) -> Local {
        let bytes = body.local(FlatType::I64);
        body.get(count);
        body.i64(limits::MAX_LIST_BYTES as i64 / i64::from(size.max(1)));
        body.emit(Instruction::I64GtU);
        body.trap_if(Trap::TooLong);
        body.get(count);
        body.i64(i64::from(size));
        body.emit(Instruction::I64Mul);
        body.set(bytes);
        bytes
    }

    /// Calls the side's `realloc` for `bytes` new bytes and checks what it returns; `outside` is the trap for memory
    /// that is not there.
    pub(super) fn realloc(
        &mut self,
        body: &mut Body,
        bytes: Local,
        align: u32,
        result: Local,
        side: &Side,
        outside: Trap,
    ) {
        let ptr = side.ptr();
        let ty = crate::adapter::body::val_type(ptr.flat());
        // Validation demands a realloc wherever a value with pointers is lowered.
        let key = side.options.realloc.unwrap_or(u32::MAX);
        let func = self.module.import_func(Import::Func(key), &[ty; 4], &[ty]);
        body.ptr_const(0, ptr);
        body.ptr_const(0, ptr);
        body.ptr_const(align, ptr);
        body.get(bytes);
        body.narrow(ptr);
        body.call(func);
        body.set(result);
        body.check_aligned(result, align, ptr, Trap::UnalignedPointer);
        body.check_bounds(result, bytes, side, outside);
    }

    /// Copies bytes from the first address to the second.
    fn copy(&mut self, body: &mut Body, ptrs: [Local; 2], bytes: Local, sides: &[Side; 2]) {
        body.get(ptrs[1]);
        body.get(ptrs[0]);
        body.get(bytes);
        // The length of a copy between memories has the narrower address width of the two.
        if sides.iter().any(|side| side.ptr() == Ptr::P32) {
            body.emit(Instruction::I32WrapI64);
        }
        body.emit(Instruction::MemoryCopy { src_mem: sides[0].memory, dst_mem: sides[1].memory });
    }
}

/// An address and a length from two core values, or from memory.
fn load_pair(body: &mut Body, side: &Side, place: &Place) -> [Local; 2] {
    match place {
        Place::Flat(locals) => [locals[0].0, locals[1].0],
        Place::Memory { addr, offset } => {
            let ptr = side.ptr();
            [0, 1].map(|i| {
                let local = body.local(ptr.flat());
                body.get(*addr);
                let at = side.memarg(offset + i * ptr.bytes(), ptr.bytes().trailing_zeros());
                body.emit(match ptr {
                    Ptr::P32 => Instruction::I32Load(at),
                    Ptr::P64 => Instruction::I64Load(at),
                });
                body.set(local);
                local
            })
        }
    }
}

fn store_pair(body: &mut Body, pair: [Local; 2], side: &Side, place: &Place) {
    for (i, local) in pair.into_iter().enumerate() {
        match place {
            Place::Flat(locals) => {
                body.get(local);
                body.set(locals[i].0);
            }
            Place::Memory { addr, offset } => {
                let ptr = side.ptr();
                body.get(*addr);
                body.get(local);
                let at = side.memarg(offset + i as u32 * ptr.bytes(), ptr.bytes().trailing_zeros());
                body.emit(match ptr {
                    Ptr::P32 => Instruction::I32Store(at),
                    Ptr::P64 => Instruction::I64Store(at),
                });
            }
        }
    }
}

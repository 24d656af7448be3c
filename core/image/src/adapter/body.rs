//! One function body under construction, and where its values lie.

use crate::adapter::options::SideOptions;
use crate::types::{FlatType, Ptr};
use alloc::vec::Vec;
use coracle_error::Trap;
use wasm_encoder::{BlockType, Function, Instruction, MemArg, MemArgTarget, ValType};

/// A local of the body.
pub(super) type Local = u32;

/// Whether a value crosses in locals or in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Form {
    Flat,
    Memory,
}

/// Where a value lies.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In these locals, one per core value of its flattening.
    Flat(Vec<(Local, FlatType)>),
    /// At this address plus so many bytes.
    Memory { addr: Local, offset: u32 },
}

impl Place {
    pub(super) fn form(&self) -> Form {
        match self {
            Self::Flat(_) => Form::Flat,
            Self::Memory { .. } => Form::Memory,
        }
    }

    /// The part of this place that begins `offset` bytes or `skip` core values in, and has `count` core values.
    pub(super) fn part(&self, offset: u32, skip: usize, count: usize) -> Self {
        match self {
            Self::Flat(locals) => Self::Flat(locals[skip..skip + count].to_vec()),
            Self::Memory { addr, offset: base } => Self::Memory { addr: *addr, offset: base + offset },
        }
    }
}

/// One side as the body sees it: its options, and its memory's index in the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) options: SideOptions,
    pub(super) memory: u32,
}

impl Side {
    pub(super) fn ptr(&self) -> Ptr {
        self.options.ptr()
    }

    pub(super) fn memarg(&self, offset: u32, align_log2: u32) -> MemArg {
        MemArg {
            offset: u64::from(offset),
            align: align_log2,
            target: MemArgTarget::Memory(self.memory),
            ordering: None,
        }
    }
}

/// A function body under construction.
#[derive(Debug)]
pub(super) struct Body {
    params: u32,
    locals: Vec<ValType>,
    code: Vec<Instruction<'static>>,
    /// The imported function that traps by code.
    trap: u32,
}

pub(super) fn val_type(ty: FlatType) -> ValType {
    match ty {
        FlatType::I32 => ValType::I32,
        FlatType::I64 => ValType::I64,
        FlatType::F32 => ValType::F32,
        FlatType::F64 => ValType::F64,
    }
}

impl Body {
    pub(super) fn new(params: usize, trap: u32) -> Self {
        Self { params: params as u32, locals: Vec::new(), code: Vec::new(), trap }
    }

    pub(super) fn local(&mut self, ty: FlatType) -> Local {
        self.locals.push(val_type(ty));
        self.params + self.locals.len() as u32 - 1
    }

    pub(super) fn emit(&mut self, instruction: Instruction<'static>) {
        self.code.push(instruction);
    }

    pub(super) fn get(&mut self, local: Local) {
        self.emit(Instruction::LocalGet(local));
    }

    pub(super) fn set(&mut self, local: Local) {
        self.emit(Instruction::LocalSet(local));
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.emit(Instruction::I32Const(value));
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.emit(Instruction::I64Const(value));
    }

    pub(super) fn call(&mut self, func: u32) {
        self.emit(Instruction::Call(func));
    }

    /// Traps if the `i32` on the stack is not zero.
    pub(super) fn trap_if(&mut self, trap: Trap) {
        self.emit(Instruction::If(BlockType::Empty));
        self.trap(trap);
        self.emit(Instruction::End);
    }

    /// Traps.
    pub(super) fn trap(&mut self, trap: Trap) {
        self.i32(trap as i32);
        self.call(self.trap);
        self.emit(Instruction::Unreachable);
    }

    /// Pushes an address or length of `ptr` width as `i64`.
    pub(super) fn get_wide(&mut self, local: Local, ptr: Ptr) {
        self.get(local);
        if ptr == Ptr::P32 {
            self.emit(Instruction::I64ExtendI32U);
        }
    }

    /// Pushes an address constant of `ptr` width.
    pub(super) fn ptr_const(&mut self, value: u32, ptr: Ptr) {
        match ptr {
            Ptr::P32 => self.i32(value as i32),
            Ptr::P64 => self.i64(i64::from(value)),
        }
    }

    /// Narrows the `i64` on the stack to `ptr` width.
    pub(super) fn narrow(&mut self, ptr: Ptr) {
        if ptr == Ptr::P32 {
            self.emit(Instruction::I32WrapI64);
        }
    }

    /// Traps unless `local`, an address of `side`, is a multiple of `align`.
    pub(super) fn check_aligned(&mut self, local: Local, align: u32, ptr: Ptr, trap: Trap) {
        if align <= 1 {
            return;
        }
        self.get_wide(local, ptr);
        self.i64(i64::from(align - 1));
        self.emit(Instruction::I64And);
        self.i64(0);
        self.emit(Instruction::I64Ne);
        self.trap_if(trap);
    }

    /// Traps unless the bytes from address `local` on, as many as the `i64` local `bytes` says, lie in `side`'s
    /// memory. `bytes` is below 2^60.
    pub(super) fn check_bounds(&mut self, local: Local, bytes: Local, side: &Side, trap: Trap) {
        // size - bytes >= address, and size >= bytes: neither side can wrap.
        let size = self.local(FlatType::I64);
        self.emit(Instruction::MemorySize(side.memory));
        if side.ptr() == Ptr::P32 {
            self.emit(Instruction::I64ExtendI32U);
        }
        self.i64(16);
        self.emit(Instruction::I64Shl);
        self.emit(Instruction::LocalTee(size));
        self.get(bytes);
        self.emit(Instruction::I64LtU);
        self.get_wide(local, side.ptr());
        self.get(size);
        self.get(bytes);
        self.emit(Instruction::I64Sub);
        self.emit(Instruction::I64GtU);
        self.emit(Instruction::I32Or);
        self.trap_if(trap);
    }

    pub(super) fn finish(mut self) -> Function {
        self.emit(Instruction::End);
        let mut function = Function::new_with_locals_types(self.locals);
        for instruction in &self.code {
            function.instruction(instruction);
        }
        function
    }
}

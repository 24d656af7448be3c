//! Core sections → [`ModuleData`].
//!
//! A [`ModuleBuilder`] is fed with payloads, of a module on its own or of one nested in a component; it copies nothing that
//! can stay a range of the binary.
//!
//! # Invariants
//! - Ranges refer to the bytes that the whole binary was parsed from, component or module.
//! - Every function that `ref.func` can name escapes: validation demands that it occurs outside of bodies.

use crate::entity::*;
use crate::func_types::FuncTypesBuilder;
use crate::module::*;
use crate::parse::error::invalid;
use crate::parse::name_section;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, boxed_str, collect_results};
use coracle_error::{Error, ErrorKind, Result};
use core::ops::Range;
use smallvec::SmallVec;
use wasmparser::{
    AbstractHeapType, BinaryReader, CompositeInnerType, ExternalKind, Payload, SectionLimited, TypeRef, UnpackedIndex,
};

const END: u8 = 0x0b;
/// What a table begins with that says what it is filled with.
const TABLE_WITH_INIT: u8 = 0x40;
const I32_CONST: u8 = 0x41;
const I64_CONST: u8 = 0x42;
const F32_CONST: u8 = 0x43;
const F64_CONST: u8 = 0x44;
const GLOBAL_GET: u8 = 0x23;
const I32_ADD: u8 = 0x6a;
const I32_SUB: u8 = 0x6b;
const I32_MUL: u8 = 0x6c;
const I64_ADD: u8 = 0x7c;
const I64_SUB: u8 = 0x7d;
const I64_MUL: u8 = 0x7e;
const REF_NULL: u8 = 0xd0;
const REF_FUNC: u8 = 0xd2;
/// What operators of garbage collection begin with.
const GC: u8 = 0xfb;
/// What vector operators begin with, and the number of a constant behind it.
const VECTOR: u8 = 0xfd;
const V128_CONST: u32 = 0x0c;

/// Collects what the sections of one module say.
///
/// It looks at what it reads where the validator of small builds does not: at indices, and at the types of constant
/// expressions and of segments.
pub struct ModuleBuilder {
    /// What the sections have said so far.
    pub(crate) data: ModuleData,
    /// Which functions are named outside of bodies.
    pub(crate) escapes: Vec<bool>,
    /// Whether types are being read, so that the next one may refer to itself.
    defines: bool,
}

#[cold]
fn not_valid(message: &'static str, offset: u64) -> Error {
    Error::fault_at(ErrorKind::Invalid, message, offset)
}

#[cold]
fn unsupported(what: &str, offset: u64) -> Error {
    Error::fault_at(ErrorKind::Unsupported, coracle_error::wording!("{what} is not supported"), offset)
}

/// How many entries a section can have at most, each of a byte at least.
fn most<T>(section: &SectionLimited<'_, T>) -> usize {
    let range = section.range();
    section.count().min((range.end - range.start) as u32) as usize
}

/// Offsets into a binary that [`check_size`] has let pass.
fn range(range: Range<u64>) -> Range<u32> {
    range.start as u32..range.end as u32
}

impl ModuleBuilder {
    /// A builder for a module of `bytes`, or of one nested in the component that `bytes` are.
    pub fn new(bytes: Bytes) -> Self {
        let data = ModuleData {
            bytes,
            name: None,
            types: Default::default(),
            imports: Vec::new(),
            funcs: Default::default(),
            tables: Default::default(),
            table_inits: Vec::new(),
            memories: Default::default(),
            globals: Default::default(),
            global_inits: Vec::new(),
            tags: Default::default(),
            imported: ImportCounts::default(),
            exports: Default::default(),
            start: None,
            elems: Default::default(),
            datas: Default::default(),
            bodies: Default::default(),
            form: BodyForm::Wasm,
            name_section: None,
            escaping: Vec::new(),
        };
        Self { data, escapes: Vec::new(), defines: false }
    }

    /// Takes the next payload of the module, which the validator has accepted. Bodies are to be validated besides.
    /// The module's function types are numbered by `func_types`.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` for what is valid but not to be had here.
    pub fn payload(&mut self, payload: &Payload<'_>, func_types: &mut FuncTypesBuilder) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => self.types(section.clone(), func_types),
            Payload::ImportSection(section) => self.imports(section.clone()),
            Payload::FunctionSection(section) => {
                let room = most(section);
                self.data.funcs.make_room(room)?;
                self.data.bodies.make_room(room)?;
                for ty in section.clone() {
                    let sig = self.sig(ty.map_err(invalid)?, section.range().start)?;
                    self.data.funcs.try_push(sig)?;
                }
                Ok(())
            }
            Payload::TableSection(section) => self.each(section.range(), section.count(), Self::table),
            Payload::MemorySection(section) => {
                for ty in section.clone() {
                    let ty = memory_type(ty.map_err(invalid)?, section.range().start)?;
                    self.data.memories.try_push(ty)?;
                }
                Ok(())
            }
            Payload::TagSection(section) => {
                for ty in section.clone() {
                    let sig = self.sig(ty.map_err(invalid)?.func_type_idx, section.range().start)?;
                    self.data.tags.try_push(sig)?;
                }
                Ok(())
            }
            Payload::GlobalSection(section) => self.each(section.range(), section.count(), Self::global),
            Payload::ExportSection(section) => self.exports(section.clone()),
            Payload::StartSection { func, .. } => {
                self.data.start = Some(FuncIndex::from_u32(*func));
                Ok(())
            }
            Payload::ElementSection(section) => self.each(section.range(), section.count(), Self::element),
            Payload::DataSection(section) => {
                // A module may have a hundred thousand segments.
                self.data.datas.make_room(most(section))?;
                self.each(section.range(), section.count(), Self::data_segment)
            }
            Payload::CodeSectionEntry(body) => {
                self.data.bodies.try_push(range(body.range()))?;
                Ok(())
            }
            Payload::CustomSection(section) if section.name() == "name" => {
                self.data.name = name_section::module_name(section.data()).map(Into::into);
                let end = range(section.range()).end as usize;
                self.data.name_section = Some(end - section.data().len()..end);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The module's data.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn finish(mut self) -> Result<ModuleData> {
        let first = self.data.imported.funcs;
        let escaping = self.escapes.iter().enumerate().filter(|&(_, &escapes)| escapes).map(|(i, _)| i as u32);
        let escaping = escaping.filter(|&func| func >= first).map(FuncIndex::from_u32);
        self.data.escaping.make_room(escaping.clone().count())?;
        self.data.escaping.extend(escaping);
        Ok(self.data)
    }

    fn escape(&mut self, func: u32, offset: u64) -> Result<()> {
        let at = func as usize;
        if at >= self.data.funcs.len() {
            return Err(not_valid("unknown function", offset));
        }
        if self.escapes.len() <= at {
            self.escapes.make_room(at + 1 - self.escapes.len())?;
            self.escapes.resize(at + 1, false);
        }
        self.escapes[at] = true;
        Ok(())
    }

    fn sig(&self, ty: u32, offset: u64) -> Result<SigId> {
        let sig = self.data.types.get(TypeIndex::from_u32(ty));
        // Types of rec groups and subtypes are refused where they are defined.
        sig.copied().ok_or_else(|| match self.defines && ty as usize == self.data.types.len() {
            true => {
                unsupported("a function type that refers to itself, of the garbage collection (gc) proposal,", offset)
            }
            false => not_valid("unknown type", offset),
        })
    }

    fn types(&mut self, section: wasmparser::TypeSectionReader<'_>, func_types: &mut FuncTypesBuilder) -> Result<()> {
        self.defines = true;
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group.map_err(invalid)?;
            if group.is_explicit_rec_group() {
                return Err(unsupported("a recursion group, of the garbage collection (gc) proposal,", offset));
            }
            for ty in group.types() {
                if !ty.is_final || !ty.supertype_idxs.is_empty() {
                    return Err(unsupported("a subtype, of the garbage collection (gc) proposal,", offset));
                }
                let CompositeInnerType::Func(func) = &ty.composite_type.inner else {
                    return Err(unsupported("a type of the garbage collection (gc) proposal", offset));
                };
                let list = |types: &[wasmparser::ValType]| -> Result<Box<[ValType]>> {
                    Ok(collect_results(types.iter().map(|&ty| self.val_type(ty, offset)))?.into())
                };
                let func = FuncType { params: list(func.params())?, results: list(func.results())? };
                self.data.types.try_push(func_types.intern(func)?)?;
            }
        }
        self.defines = false;
        Ok(())
    }

    /// A type of a value, in this module's terms.
    ///
    /// # Errors
    /// `ErrorKind::Unsupported` where it is of a proposal that cannot be had here.
    pub(crate) fn val_type(&self, ty: wasmparser::ValType, offset: u64) -> Result<ValType> {
        Ok(match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::V128 => ValType::V128,
            wasmparser::ValType::Ref(ty) => ValType::Ref(self.ref_type(ty, offset)?),
        })
    }

    /// The same for a reference.
    ///
    /// # Errors
    /// As those of [`ModuleBuilder::val_type`].
    pub(crate) fn ref_type(&self, ty: wasmparser::RefType, offset: u64) -> Result<RefType> {
        let heap = match ty.heap_type() {
            wasmparser::HeapType::Abstract { shared: false, ty } => match ty {
                AbstractHeapType::Func => HeapType::Func,
                AbstractHeapType::NoFunc => HeapType::NoFunc,
                AbstractHeapType::Extern => HeapType::Extern,
                AbstractHeapType::NoExtern => HeapType::NoExtern,
                AbstractHeapType::Exn => HeapType::Exn,
                AbstractHeapType::NoExn => HeapType::NoExn,
                AbstractHeapType::Cont | AbstractHeapType::NoCont => {
                    return Err(unsupported("a type of the stack switching proposal", offset));
                }
                _ => return Err(unsupported("a type of the garbage collection (gc) proposal", offset)),
            },
            wasmparser::HeapType::Concrete(UnpackedIndex::Module(index)) => HeapType::Sig(self.sig(index, offset)?),
            wasmparser::HeapType::Concrete(_) => {
                return Err(unsupported(
                    "a function type that refers to itself, of the garbage collection (gc) proposal,",
                    offset,
                ));
            }
            wasmparser::HeapType::Abstract { shared: true, .. } => {
                return Err(unsupported("a type of the shared-everything-threads proposal", offset));
            }
            wasmparser::HeapType::Exact(_) => {
                return Err(unsupported("a type of the custom descriptors proposal", offset));
            }
        };
        Ok(RefType { nullable: ty.is_nullable(), heap })
    }

    fn table_type(&self, ty: wasmparser::TableType, offset: u64) -> Result<TableType> {
        let element = self.ref_type(ty.element_type, offset)?;
        if ty.shared {
            return Err(unsupported("a table of the shared-everything-threads proposal", offset));
        }
        let table64 = has_64_bits(ty.table64, offset)?;
        Ok(TableType { element, min: ty.initial, max: ty.maximum, table64 })
    }

    fn global_type(&self, ty: wasmparser::GlobalType, offset: u64) -> Result<GlobalType> {
        if ty.shared {
            return Err(unsupported("a global of the shared-everything-threads proposal", offset));
        }
        Ok(GlobalType { content: self.val_type(ty.content_type, offset)?, mutable: ty.mutable })
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Result<()> {
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import.map_err(invalid)?;
            let item = match import.ty {
                TypeRef::Func(ty) => {
                    let sig = self.sig(ty, offset)?;
                    self.data.imported.funcs += 1;
                    EntityIndex::Func(self.data.funcs.try_push(sig)?)
                }
                TypeRef::Table(ty) => {
                    let ty = self.table_type(ty, offset)?;
                    self.data.imported.tables += 1;
                    EntityIndex::Table(self.data.tables.try_push(ty)?)
                }
                TypeRef::Memory(ty) => {
                    self.data.imported.memories += 1;
                    EntityIndex::Memory(self.data.memories.try_push(memory_type(ty, offset)?)?)
                }
                TypeRef::Global(ty) => {
                    let ty = self.global_type(ty, offset)?;
                    self.data.imported.globals += 1;
                    EntityIndex::Global(self.data.globals.try_push(ty)?)
                }
                TypeRef::Tag(ty) => {
                    let sig = self.sig(ty.func_type_idx, offset)?;
                    self.data.imported.tags += 1;
                    EntityIndex::Tag(self.data.tags.try_push(sig)?)
                }
                TypeRef::FuncExact(_) => {
                    return Err(unsupported("an import of the custom descriptors proposal", offset));
                }
            };
            let (module, name) = (boxed_str(import.module)?, boxed_str(import.name)?);
            self.data.imports.try_push(Import { module, name, item })?;
        }
        Ok(())
    }

    /// Reads a section whose entries have constant expressions. wasmparser's own readers look for the end of an expression
    /// with one that knows all operators.
    fn each(
        &mut self,
        range: Range<u64>,
        count: u32,
        mut read: impl FnMut(&mut Self, &mut BinaryReader<'_>) -> Result<()>,
    ) -> Result<()> {
        let bytes = self.data.bytes.clone();
        let mut reader = BinaryReader::new(&bytes.as_slice()[range.start as usize..range.end as usize], range.start);
        reader.read_var_u32().map_err(invalid)?;
        (0..count).try_for_each(|_| read(self, &mut reader))?;
        if reader.eof() { Ok(()) } else { Err(not_valid("section size mismatch", reader.original_position())) }
    }

    fn table(&mut self, reader: &mut BinaryReader<'_>) -> Result<()> {
        let offset = reader.original_position();
        let has_init = reader.clone().read_u8().map_err(invalid)? == TABLE_WITH_INIT;
        if has_init && reader.read_bytes(2).map_err(invalid)?[1] != 0 {
            return Err(not_valid("invalid table encoding", offset));
        }
        let ty = self.table_type(reader.read().map_err(invalid)?, offset)?;
        let init = match has_init {
            true => self.const_expr(reader, ValType::Ref(ty.element))?,
            false if ty.element.nullable => ConstExpr::One(ConstOp::RefNull),
            false => return Err(not_valid("type mismatch", offset)),
        };
        self.data.tables.try_push(ty)?;
        self.data.table_inits.try_push(init)
    }

    fn global(&mut self, reader: &mut BinaryReader<'_>) -> Result<()> {
        let offset = reader.original_position();
        let ty = self.global_type(reader.read().map_err(invalid)?, offset)?;
        let init = self.const_expr(reader, ty.content)?;
        self.data.globals.try_push(ty)?;
        self.data.global_inits.try_push(init)
    }

    fn exports(&mut self, section: wasmparser::ExportSectionReader<'_>) -> Result<()> {
        for export in section.into_iter_with_offsets() {
            let (offset, export) = export.map_err(invalid)?;
            let item = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    self.escape(export.index, offset)?;
                    EntityIndex::Func(FuncIndex::from_u32(export.index))
                }
                ExternalKind::Table => EntityIndex::Table(TableIndex::from_u32(export.index)),
                ExternalKind::Memory => EntityIndex::Memory(MemoryIndex::from_u32(export.index)),
                ExternalKind::Global => EntityIndex::Global(GlobalIndex::from_u32(export.index)),
                ExternalKind::Tag => EntityIndex::Tag(TagIndex::from_u32(export.index)),
            };
            self.data.exports.push(boxed_str(export.name)?, item)?;
        }
        Ok(())
    }

    fn element(&mut self, reader: &mut BinaryReader<'_>) -> Result<()> {
        let offset = reader.original_position();
        let flags = reader.read_var_u32().map_err(invalid)?;
        if flags > 7 {
            return Err(not_valid("invalid flags byte in element segment", offset));
        }
        let (apart, explicit, exprs) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
        // The type of the elements stands behind the offset, which needs the table's alone.
        let (mode, table) = match (apart, explicit) {
            (true, false) => (SegmentMode::Passive, None),
            (true, true) => (SegmentMode::Declared, None),
            (false, _) => {
                let index = if explicit { reader.read_var_u32().map_err(invalid)? } else { 0 };
                let index = TableIndex::from_u32(index);
                let Some(&table) = self.data.tables.get(index) else {
                    return Err(not_valid("unknown table", offset));
                };
                let at = self.segment_offset(reader, table.table64)?;
                (SegmentMode::Active(index, at), Some(table.element))
            }
        };
        let ty = match (apart || explicit, exprs) {
            (true, true) => self.ref_type(reader.read().map_err(invalid)?, offset)?,
            (true, false) if reader.read::<ExternalKind>().map_err(invalid)? != ExternalKind::Func => {
                return Err(not_valid("malformed element kind", offset));
            }
            (false, true) => RefType::FUNCREF,
            (_, false) => RefType { nullable: false, heap: HeapType::Func },
        };
        if table.is_some_and(|table| !ty.matches(table)) {
            return Err(not_valid("type mismatch", offset));
        }
        let count = reader.read_var_u32().map_err(invalid)? as usize;
        // Each takes a byte at least.
        let room = count.min(reader.bytes_remaining());
        let items = if exprs {
            let mut items = Vec::new();
            for _ in 0..count {
                items.try_push(self.const_expr(reader, ValType::Ref(ty))?)?;
            }
            elem_items(items)
        } else {
            let mut items = Vec::with_room(room)?;
            for _ in 0..count {
                let func = reader.read_var_u32().map_err(invalid)?;
                self.escape(func, offset)?;
                items.try_push(FuncIndex::from_u32(func))?;
            }
            ElemItems::Funcs(items.into())
        };
        self.data.elems.try_push(ElemSegment { ty, items, mode }).map(drop)
    }

    fn data_segment(&mut self, reader: &mut BinaryReader<'_>) -> Result<()> {
        let offset = reader.original_position();
        let flags = reader.read_var_u32().map_err(invalid)?;
        let mode = match flags {
            1 => SegmentMode::Passive,
            0 | 2 => {
                let index = if flags == 2 { reader.read_var_u32().map_err(invalid)? } else { 0 };
                let index = MemoryIndex::from_u32(index);
                let Some(memory) = self.data.memories.get(index) else {
                    return Err(not_valid("unknown memory", offset));
                };
                SegmentMode::Active(index, self.segment_offset(reader, memory.memory64)?)
            }
            _ => return Err(not_valid("invalid flags byte in data segment", offset)),
        };
        let len = reader.read_var_u32().map_err(invalid)?;
        let start = reader.original_position() as u32;
        reader.read_bytes(len as usize).map_err(invalid)?;
        self.data.datas.try_push(DataSegment { range: start..start + len, mode }).map(drop)
    }

    /// An offset expression; most are one number.
    fn segment_offset(&mut self, reader: &mut BinaryReader<'_>, wide: bool) -> Result<ConstExpr> {
        let mut ahead = reader.clone();
        let number = match (ahead.read_u8().map_err(invalid)?, wide) {
            (I32_CONST, false) => Some(ahead.read_var_i32().map_err(invalid)? as u32 as u64),
            (I64_CONST, true) => Some(ahead.read_var_i64().map_err(invalid)? as u64),
            _ => None,
        };
        match (number, ahead.read_u8()) {
            (Some(number), Ok(END)) => {
                *reader = ahead;
                Ok(ConstExpr::One(ConstOp::Value(number)))
            }
            _ => self.const_expr(reader, if wide { ValType::I64 } else { ValType::I32 }),
        }
    }

    /// A constant expression, by hand: one more instance of wasmparser's reader, which knows a thousand operators, is nine
    /// kilobytes. Its value is of the type that is wanted.
    fn const_expr(&mut self, reader: &mut BinaryReader<'_>, wanted: ValType) -> Result<ConstExpr> {
        let start = reader.original_position();
        let mut ops: SmallVec<[ConstOp; 1]> = SmallVec::new();
        let mut stack: SmallVec<[ValType; 2]> = SmallVec::new();
        loop {
            let offset = reader.original_position();
            let (op, ty) = match reader.read_u8().map_err(invalid)? {
                END => break,
                I32_CONST => (ConstOp::Value(u64::from(reader.read_var_i32().map_err(invalid)? as u32)), ValType::I32),
                I64_CONST => (ConstOp::Value(reader.read_var_i64().map_err(invalid)? as u64), ValType::I64),
                F32_CONST => (ConstOp::Value(u64::from(reader.read_f32().map_err(invalid)?.bits())), ValType::F32),
                F64_CONST => (ConstOp::Value(reader.read_f64().map_err(invalid)?.bits()), ValType::F64),
                GLOBAL_GET => {
                    let index = GlobalIndex::from_u32(reader.read_var_u32().map_err(invalid)?);
                    let Some(global) = self.data.globals.get(index) else {
                        return Err(not_valid("unknown global", offset));
                    };
                    if global.mutable {
                        return Err(not_valid("constant expression required", offset));
                    }
                    (ConstOp::GlobalGet(index), global.content)
                }
                REF_NULL => {
                    let ty = reader.read::<wasmparser::HeapType>().map_err(invalid)?;
                    let Some(ty) = wasmparser::RefType::new(true, ty) else {
                        return Err(not_valid("unknown type", offset));
                    };
                    (ConstOp::RefNull, ValType::Ref(self.ref_type(ty, offset)?))
                }
                REF_FUNC => {
                    let func = reader.read_var_u32().map_err(invalid)?;
                    self.escape(func, offset)?;
                    let func = FuncIndex::from_u32(func);
                    let ty = RefType { nullable: false, heap: HeapType::Sig(self.data.funcs[func]) };
                    (ConstOp::RefFunc(func), ValType::Ref(ty))
                }
                VECTOR if reader.read_var_u32().map_err(invalid)? == V128_CONST => {
                    let bytes = reader.read_bytes(16).map_err(invalid)?;
                    (ConstOp::V128(bytes.try_into().unwrap_or_default()), ValType::V128)
                }
                byte => {
                    let (op, ty) = match byte {
                        I32_ADD => (ConstOp::I32Add, ValType::I32),
                        I32_SUB => (ConstOp::I32Sub, ValType::I32),
                        I32_MUL => (ConstOp::I32Mul, ValType::I32),
                        I64_ADD => (ConstOp::I64Add, ValType::I64),
                        I64_SUB => (ConstOp::I64Sub, ValType::I64),
                        I64_MUL => (ConstOp::I64Mul, ValType::I64),
                        GC => return Err(unsupported("an operator of the garbage collection (gc) proposal", offset)),
                        _ => return Err(not_valid("constant expression required", offset)),
                    };
                    if stack.pop() != Some(ty) || stack.pop() != Some(ty) {
                        return Err(not_valid("type mismatch", offset));
                    }
                    (op, ty)
                }
            };
            ops.try_reserve(1).map_err(|_| Error::out_of_memory())?;
            ops.push(op);
            stack.try_reserve(1).map_err(|_| Error::out_of_memory())?;
            stack.push(ty);
        }
        match stack[..] {
            [ty] if ty.matches(wanted) => {}
            _ => return Err(not_valid("type mismatch", start)),
        }
        Ok(match ops[..] {
            [op] => ConstExpr::One(op),
            _ => ConstExpr::Many(ops.into_vec().into()),
        })
    }
}

/// Expressions that are all `ref.func` are kept as indices: a fraction of the memory.
fn elem_items(exprs: Vec<ConstExpr>) -> ElemItems {
    let func = |expr: &ConstExpr| match *expr {
        ConstExpr::One(ConstOp::RefFunc(func)) => Some(func),
        _ => None,
    };
    match exprs.iter().map(func).collect() {
        Some(funcs) => ElemItems::Funcs(funcs),
        None => ElemItems::Exprs(exprs.into()),
    }
}

fn memory_type(ty: wasmparser::MemoryType, offset: u64) -> Result<MemoryType> {
    Ok(MemoryType {
        min: ty.initial,
        max: ty.maximum,
        page_size_log2: ty.page_size_log2.unwrap_or(16),
        memory64: has_64_bits(ty.memory64, offset)?,
        shared: ty.shared,
    })
}

/// Whether addresses or indices have 64 bits. What somebody vouches for may be for other builds.
fn has_64_bits(wide: bool, offset: u64) -> Result<bool> {
    match wide && !cfg!(feature = "memory64") {
        true => Err(unsupported("a memory or table with 64-bit addresses", offset)),
        false => Ok(wide),
    }
}

//! Core sections → [`ModuleData`].
//!
//! A [`ModuleBuilder`] is fed with payloads that the validator has accepted, of a module on its own or of one nested
//! in a component; it copies nothing that can stay a range of the binary. [`parse_module`] drives parser, validator
//! and builder for a module on its own.
//!
//! # Invariants
//! - Ranges refer to the bytes that the whole binary was parsed from, component or module.
//! - Every function that `ref.func` can name escapes: validation demands that it occurs outside of bodies.

use crate::entity::*;
use crate::func_types::FuncTypesBuilder;
use crate::limits;
use crate::module::*;
use crate::module_image::ModuleImage;
use crate::parse::check::{Check, check_own};
use crate::parse::error::invalid;
use crate::parse::explain::explain;
use crate::parse::features::{Features, Trust};
use crate::parse::name_section;
use alloc::boxed::Box;
use alloc::vec::Vec;
use coracle_error::fallible::{TryVec, boxed_str, collect_results};
use coracle_error::{Error, ErrorKind, Result};
use core::ops::Range;
use smallvec::SmallVec;
use wasmparser::{
    AbstractHeapType, BinaryReader, CompositeInnerType, ElementItems, ElementKind, Encoding, ExternalKind, Parser,
    Payload, TableInit, TypeRef, UnpackedIndex, WasmFeatures,
};

const END: u8 = 0x0b;
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
/// What vector operators begin with, and the number of a constant behind it.
const VECTOR: u8 = 0xfd;
const V128_CONST: u32 = 0x0c;

/// Reads and validates a core module; one that somebody vouches for is only read.
///
/// # Errors
/// `ErrorKind::Invalid` with an offset when the bytes are no valid module, a component included;
/// `ErrorKind::Unsupported` when they are one of a proposal that is off or not supported, which the message names, and
/// for what nobody vouches for in builds without the feature `validate`.
pub fn parse_module(features: &Features, bytes: Bytes, trust: Trust) -> Result<ModuleImage> {
    check_size(&bytes)?;
    let features = features.wasmparser();
    read(&bytes, features, trust).map_err(|error| explain(error, bytes.as_slice(), features))
}

/// Reads a module that this crate wrote itself. It is validated in debug builds only, with every proposal on.
///
/// # Errors
/// `ErrorKind::Bug`, or a panic in debug builds, when the bytes are not what they should be.
pub fn parse_trusted(func_types: &mut FuncTypesBuilder, bytes: Bytes) -> Result<ModuleData> {
    let features = WasmFeatures::all();
    if cfg!(debug_assertions) {
        check_own(bytes.as_slice())
            .map_err(|error| coracle_error::bug!("a synthesised module is not valid: {error}"))?;
    }
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut builder = ModuleBuilder::new(bytes.clone());
    for payload in parser.parse_all(bytes.as_slice()) {
        let payload = payload.map_err(|error| coracle_error::bug!("a synthesised module cannot be read: {error}"))?;
        builder.payload(&payload, func_types)?;
    }
    builder.finish()
}

fn read(bytes: &Bytes, features: WasmFeatures, trust: Trust) -> Result<ModuleImage> {
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut check = Check::new(features, trust)?;
    let mut func_types = FuncTypesBuilder::default();
    let mut builder = ModuleBuilder::new(bytes.clone());
    for payload in parser.parse_all(bytes.as_slice()) {
        let payload = payload.map_err(invalid)?;
        if let Payload::Version { encoding: Encoding::Component, .. } = payload {
            let message = "this is a component, where a core module is expected";
            return Err(Error::fault_at(ErrorKind::Invalid, message, 0));
        }
        check.payload(&payload)?;
        builder.payload(&payload, &mut func_types)?;
    }
    Ok(ModuleImage { data: builder.finish()?, func_types: func_types.finish() })
}

/// Collects what the sections of one module say.
pub struct ModuleBuilder {
    data: ModuleData,
    escapes: Vec<bool>,
}

#[cold]
fn unsupported(what: &str, offset: u64) -> Error {
    Error::fault_at(ErrorKind::Unsupported, coracle_error::wording!("{what} is not supported"), offset)
}

/// Offsets into a binary that [`check_size`] has let pass.
fn range(range: Range<u64>) -> Range<u32> {
    range.start as u32..range.end as u32
}

/// Whether offsets into a binary fit in 32 bits: a range for each of a million functions is kept.
///
/// # Errors
/// `ErrorKind::Limit` when they do not.
pub fn check_size(bytes: &Bytes) -> Result<()> {
    let fits = u32::try_from(bytes.as_slice().len()).is_ok();
    if fits { Ok(()) } else { Err(limits::exceeded("bytes of a binary", u32::MAX as usize)) }
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
        Self { data, escapes: Vec::new() }
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
                self.data.funcs.make_room(section.count() as usize)?;
                self.data.bodies.make_room(section.count() as usize)?;
                for ty in section.clone() {
                    let sig = self.sig(ty.map_err(invalid)?, section.range().start)?;
                    self.data.funcs.try_push(sig)?;
                }
                Ok(())
            }
            Payload::TableSection(section) => self.tables(section.clone()),
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
            Payload::GlobalSection(section) => self.globals(section.clone()),
            Payload::ExportSection(section) => self.exports(section.clone()),
            Payload::StartSection { func, .. } => {
                self.data.start = Some(FuncIndex::from_u32(*func));
                Ok(())
            }
            Payload::ElementSection(section) => self.elements(section.clone()),
            Payload::DataSection(section) => self.datas(section.clone()),
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

    fn escape(&mut self, func: u32) -> Result<()> {
        let at = func as usize;
        if self.escapes.len() <= at {
            self.escapes.make_room(at + 1 - self.escapes.len())?;
            self.escapes.resize(at + 1, false);
        }
        self.escapes[at] = true;
        Ok(())
    }

    fn sig(&self, ty: u32, offset: u64) -> Result<SigId> {
        // Validation leaves only types of rec groups and of subtypes, which are refused where they are defined.
        let sig = self.data.types.get(TypeIndex::from_u32(ty));
        sig.copied().ok_or_else(|| {
            unsupported("a function type that refers to itself, of the garbage collection (gc) proposal,", offset)
        })
    }

    fn types(&mut self, section: wasmparser::TypeSectionReader<'_>, func_types: &mut FuncTypesBuilder) -> Result<()> {
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
        Ok(())
    }

    fn val_type(&self, ty: wasmparser::ValType, offset: u64) -> Result<ValType> {
        Ok(match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::V128 => ValType::V128,
            wasmparser::ValType::Ref(ty) => ValType::Ref(self.ref_type(ty, offset)?),
        })
    }

    fn ref_type(&self, ty: wasmparser::RefType, offset: u64) -> Result<RefType> {
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
        let table64 = has_64_bits(ty.table64, offset)?;
        Ok(TableType { element, min: ty.initial, max: ty.maximum, table64 })
    }

    fn global_type(&self, ty: wasmparser::GlobalType, offset: u64) -> Result<GlobalType> {
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

    fn tables(&mut self, section: wasmparser::TableSectionReader<'_>) -> Result<()> {
        for table in section.into_iter_with_offsets() {
            let (offset, table) = table.map_err(invalid)?;
            let ty = self.table_type(table.ty, offset)?;
            let init = match table.init {
                TableInit::RefNull => ConstExpr::One(ConstOp::RefNull),
                TableInit::Expr(expr) => self.const_expr(&expr)?,
            };
            self.data.tables.try_push(ty)?;
            self.data.table_inits.try_push(init)?;
        }
        Ok(())
    }

    fn globals(&mut self, section: wasmparser::GlobalSectionReader<'_>) -> Result<()> {
        for global in section.into_iter_with_offsets() {
            let (offset, global) = global.map_err(invalid)?;
            let ty = self.global_type(global.ty, offset)?;
            let init = self.const_expr(&global.init_expr)?;
            self.data.globals.try_push(ty)?;
            self.data.global_inits.try_push(init)?;
        }
        Ok(())
    }

    fn exports(&mut self, section: wasmparser::ExportSectionReader<'_>) -> Result<()> {
        for export in section {
            let export = export.map_err(invalid)?;
            let item = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    self.escape(export.index)?;
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

    fn elements(&mut self, section: wasmparser::ElementSectionReader<'_>) -> Result<()> {
        for element in section.into_iter_with_offsets() {
            let (offset, element) = element.map_err(invalid)?;
            let (ty, items) = match element.items {
                ElementItems::Functions(funcs) => {
                    let mut items = Vec::with_room(funcs.count() as usize)?;
                    for func in funcs {
                        let func = func.map_err(invalid)?;
                        self.escape(func)?;
                        items.try_push(FuncIndex::from_u32(func))?;
                    }
                    (RefType { nullable: false, heap: HeapType::Func }, ElemItems::Funcs(items.into()))
                }
                ElementItems::Expressions(ty, exprs) => {
                    let ty = self.ref_type(ty, offset)?;
                    let mut items = Vec::new();
                    for expr in exprs {
                        items.try_push(self.const_expr(&expr.map_err(invalid)?)?)?;
                    }
                    (ty, elem_items(items))
                }
            };
            let mode = match element.kind {
                ElementKind::Passive => SegmentMode::Passive,
                ElementKind::Declared => SegmentMode::Declared,
                ElementKind::Active { table_index, offset_expr } => {
                    let table = TableIndex::from_u32(table_index.unwrap_or(0));
                    SegmentMode::Active(table, self.const_expr(&offset_expr)?)
                }
            };
            self.data.elems.try_push(ElemSegment { ty, items, mode })?;
        }
        Ok(())
    }

    fn datas(&mut self, section: wasmparser::DataSectionReader<'_>) -> Result<()> {
        // A module may have a hundred thousand segments. Its own readers for them are the validator's to use.
        let Range { start, end } = section.range();
        let bytes = self.data.bytes.clone();
        let mut reader = BinaryReader::new(&bytes.as_slice()[start as usize..end as usize], start);
        let count = reader.read_var_u32().map_err(invalid)?;
        self.data.datas.make_room(section.count().min(count) as usize)?;
        for _ in 0..count {
            let segment = self.data_segment(&mut reader)?;
            self.data.datas.try_push(segment)?;
        }
        Ok(())
    }

    fn data_segment(&mut self, reader: &mut BinaryReader<'_>) -> Result<DataSegment> {
        let flags = reader.read_var_u32().map_err(invalid)?;
        let memory = if flags == 2 { reader.read_var_u32().map_err(invalid)? } else { 0 };
        let mode = match flags {
            1 => SegmentMode::Passive,
            _ => SegmentMode::Active(MemoryIndex::from_u32(memory), self.segment_offset(reader)?),
        };
        let len = reader.read_var_u32().map_err(invalid)?;
        let start = reader.original_position() as u32;
        reader.read_bytes(len as usize).map_err(invalid)?;
        Ok(DataSegment { range: start..start + len, mode })
    }

    /// An offset expression; most are one number.
    fn segment_offset(&mut self, reader: &mut BinaryReader<'_>) -> Result<ConstExpr> {
        let mut ahead = reader.clone();
        let number = match ahead.read_u8().map_err(invalid)? {
            I32_CONST => Some(ahead.read_var_i32().map_err(invalid)? as u32 as u64),
            I64_CONST => Some(ahead.read_var_i64().map_err(invalid)? as u64),
            _ => None,
        };
        match (number, ahead.read_u8()) {
            (Some(number), Ok(END)) => {
                *reader = ahead;
                Ok(ConstExpr::One(ConstOp::Value(number)))
            }
            _ => self.const_expr(&reader.read().map_err(invalid)?),
        }
    }

    fn const_expr(&mut self, expr: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr> {
        let mut ops: SmallVec<[ConstOp; 1]> = SmallVec::new();
        // By hand: one more instance of wasmparser's reader, which knows a thousand operators, is nine kilobytes.
        let mut reader = expr.get_binary_reader();
        loop {
            let offset = reader.original_position();
            ops.push(match reader.read_u8().map_err(invalid)? {
                END => break,
                I32_CONST => ConstOp::Value(u64::from(reader.read_var_i32().map_err(invalid)? as u32)),
                I64_CONST => ConstOp::Value(reader.read_var_i64().map_err(invalid)? as u64),
                F32_CONST => ConstOp::Value(u64::from(reader.read_f32().map_err(invalid)?.bits())),
                F64_CONST => ConstOp::Value(reader.read_f64().map_err(invalid)?.bits()),
                GLOBAL_GET => ConstOp::GlobalGet(GlobalIndex::from_u32(reader.read_var_u32().map_err(invalid)?)),
                REF_NULL => {
                    reader.read::<wasmparser::HeapType>().map_err(invalid)?;
                    ConstOp::RefNull
                }
                REF_FUNC => {
                    let func = reader.read_var_u32().map_err(invalid)?;
                    self.escape(func)?;
                    ConstOp::RefFunc(FuncIndex::from_u32(func))
                }
                I32_ADD => ConstOp::I32Add,
                I32_SUB => ConstOp::I32Sub,
                I32_MUL => ConstOp::I32Mul,
                I64_ADD => ConstOp::I64Add,
                I64_SUB => ConstOp::I64Sub,
                I64_MUL => ConstOp::I64Mul,
                VECTOR if reader.read_var_u32().map_err(invalid)? == V128_CONST => {
                    let bytes = reader.read_bytes(16).map_err(invalid)?;
                    ConstOp::V128(bytes.try_into().unwrap_or_default())
                }
                _ => return Err(unsupported("this operator in a constant expression", offset)),
            });
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

//! A module's sections.
//!
//! What [`ModuleBuilder`] reads it has looked at itself: indices in types, constant expressions and segments. Here is what it
//! does not ask: which proposals are on, sizes, names, and bodies. Such an error of an entry has its section's offset.

use crate::entity::{EntityRef, FuncIndex};
use crate::func_types::FuncTypesBuilder;
use crate::limits;
use crate::module::*;
use crate::parse::builder::ModuleBuilder;
use crate::parse::features::section_features;
use crate::parse::valid::body::Bodies;
use crate::parse::valid::{Context, refused};
use coracle_error::Result;
use wasmparser::{Encoding, Payload, WasmFeatures};

/// Bytes of a body, and its locals, tables and so on: the ceilings that engines have agreed on (JavaScript embedding,
/// “Implementation-defined limits”).
const BODY_BYTES: u64 = 7_654_321;
const ITEMS: usize = 1_000_000;
const SEGMENTS: usize = 100_000;
const TABLES: usize = 100_000;
const MEMORIES: usize = 100;
const TABLE_ENTRIES: usize = 10_000_000;
/// What the version of a binary module is.
const VERSION: u16 = 1;

/// Validates one module, payload by payload.
pub(crate) struct ModuleCheck {
    /// What bodies may use.
    features: WasmFeatures,
    /// What sections may use.
    sections: WasmFeatures,
    data_count: Option<u32>,
    /// The next body.
    next: u32,
    bodies: Bodies,
}

impl ModuleCheck {
    pub(crate) fn new(features: WasmFeatures) -> Self {
        Self { features, sections: section_features(features), data_count: None, next: 0, bodies: Bodies::default() }
    }

    /// Reads the next payload into `module`, and validates what it says.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` with an offset; those of [`ModuleBuilder::payload`].
    pub(crate) fn payload(
        &mut self,
        payload: &Payload<'_>,
        module: &mut ModuleBuilder,
        types: &mut FuncTypesBuilder,
    ) -> Result<()> {
        module.payload(payload, types)?;
        let cx = Context { module, types, features: self.sections, data_count: self.data_count };
        let data = &module.data;
        match payload {
            Payload::Version { num, encoding, range } => match (*num, *encoding) {
                (VERSION, Encoding::Module) => Ok(()),
                _ => refused("unknown binary version", range.start),
            },
            Payload::TypeSection(section) => self.types(cx, section.range().start),
            Payload::ImportSection(section) => {
                let at = section.range().start;
                data.imports.iter().try_for_each(|import| self.item(cx, import.item, at))?;
                self.counts(data)
            }
            Payload::TableSection(section) => {
                let at = section.range().start;
                let mut defined = data.tables.iter().skip(data.imported.tables as usize);
                defined.try_for_each(|(index, _)| self.item(cx, EntityIndex::Table(index), at))?;
                let inits = data.table_inits.iter();
                for init in inits.filter(|init| !matches!(init, ConstExpr::One(ConstOp::RefNull))) {
                    if !self.sections.function_references() {
                        return refused("tables with expression initializers are not enabled", at);
                    }
                    self.expr(data, init, at)?;
                }
                self.counts(data)
            }
            Payload::MemorySection(section) => {
                let at = section.range().start;
                let mut defined = data.memories.iter().skip(data.imported.memories as usize);
                defined.try_for_each(|(index, _)| self.item(cx, EntityIndex::Memory(index), at))?;
                self.counts(data)
            }
            Payload::TagSection(section) => {
                let at = section.range().start;
                let mut defined = data.tags.iter().skip(data.imported.tags as usize);
                defined.try_for_each(|(index, _)| self.item(cx, EntityIndex::Tag(index), at))?;
                self.counts(data)
            }
            Payload::GlobalSection(section) => {
                let at = section.range().start;
                let mut defined = data.globals.iter().skip(data.imported.globals as usize);
                defined.try_for_each(|(index, _)| self.item(cx, EntityIndex::Global(index), at))?;
                data.global_inits.iter().try_for_each(|init| self.expr(data, init, at))?;
                self.counts(data)
            }
            Payload::FunctionSection(_) => self.counts(data),
            Payload::ExportSection(section) => self.exports(data, section.range().start),
            Payload::StartSection { func, range } => {
                let ty = data.funcs.get(FuncIndex::from_u32(*func)).map(|&sig| cx.func_type(sig));
                match ty {
                    Some(ty) if ty.params.is_empty() && ty.results.is_empty() => Ok(()),
                    Some(_) => refused("start function", range.start),
                    None => refused("unknown function", range.start),
                }
            }
            Payload::ElementSection(section) => self.elements(cx, section.range().start),
            Payload::DataCountSection { count, range } => {
                self.data_count = Some(*count);
                let on = self.features.bulk_memory();
                if on { room(*count as usize, SEGMENTS) } else { refused("bulk memory must be enabled", range.start) }
            }
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                if range.end - range.start > BODY_BYTES {
                    return Err(limits::exceeded("bytes of a body", BODY_BYTES as usize));
                }
                let func = FuncIndex::from_u32(data.imported.funcs + self.next);
                self.next += 1;
                self.bodies.check(Context { features: self.features, ..cx }, func, body)
            }
            Payload::DataSection(section) => {
                let at = section.range().start;
                for segment in data.datas.values() {
                    match &segment.mode {
                        SegmentMode::Active(_, offset) => self.expr(data, offset, at)?,
                        _ if self.features.bulk_memory() => {}
                        _ => return refused("bulk memory must be enabled", at),
                    }
                }
                room(data.datas.len(), SEGMENTS)
            }
            Payload::UnknownSection { range, .. } => refused("malformed section id", range.start),
            _ => Ok(()),
        }
    }

    fn types(&self, cx: Context<'_>, at: u64) -> Result<()> {
        let data = cx.data();
        for &sig in data.types.values() {
            let ty = cx.func_type(sig);
            if ty.results.len() > 1 && !self.features.multi_value() {
                return refused("invalid result arity", at);
            }
            ty.params.iter().chain(&ty.results).try_for_each(|&ty| cx.allowed(ty, at))?;
        }
        room(data.types.len(), ITEMS)
    }

    /// The type of an item that is imported or defined.
    fn item(&self, cx: Context<'_>, item: EntityIndex, at: u64) -> Result<()> {
        let data = cx.data();
        match item {
            EntityIndex::Func(_) => Ok(()),
            EntityIndex::Table(index) => {
                let ty = data.tables[index];
                // As old as tables are.
                if ty.element != RefType::FUNCREF {
                    cx.allowed(ValType::Ref(ty.element), at)?;
                }
                let most = if ty.table64 { u64::MAX } else { u32::MAX.into() };
                self.sizes(ty.min, ty.max, most, ty.table64, at)
            }
            EntityIndex::Memory(index) => {
                let ty = data.memories[index];
                if ty.shared && (!self.features.threads() || ty.max.is_none()) {
                    return refused("shared memory must have maximum", at);
                }
                let most = match (ty.page_size_log2, ty.memory64) {
                    (16, false) => 1 << 16,
                    (16, true) => 1 << 48,
                    (0, _) if !self.features.custom_page_sizes() => return refused("invalid page size", at),
                    (0, false) => u32::MAX.into(),
                    (0, true) => u64::MAX,
                    _ => return refused("invalid custom page size", at),
                };
                self.sizes(ty.min, ty.max, most, ty.memory64, at)
            }
            EntityIndex::Global(index) => cx.allowed(data.globals[index].content, at),
            EntityIndex::Tag(_) if !self.features.exceptions() => refused("exceptions proposal not enabled", at),
            EntityIndex::Tag(index) => match cx.func_type(data.tags[index]).results.is_empty() {
                true => Ok(()),
                false => refused("non-empty tag result type", at),
            },
        }
    }

    fn sizes(&self, min: u64, max: Option<u64>, most: u64, wide: bool, at: u64) -> Result<()> {
        if wide && !self.features.memory64() {
            return refused("memory64 must be enabled", at);
        }
        let max = max.unwrap_or(most);
        if min > most || max > most {
            return refused("size is above the limit", at);
        }
        if min > max { refused("size minimum must not be greater than maximum", at) } else { Ok(()) }
    }

    /// What a constant expression may use.
    fn expr(&self, data: &ModuleData, expr: &ConstExpr, at: u64) -> Result<()> {
        let on = expr.ops().iter().all(|op| match *op {
            ConstOp::Value(_) | ConstOp::V128(_) => true,
            ConstOp::GlobalGet(global) => global.index() < data.imported.globals as usize || self.sections.gc(),
            ConstOp::RefNull | ConstOp::RefFunc(_) => self.features.reference_types(),
            ConstOp::I32Add
            | ConstOp::I32Sub
            | ConstOp::I32Mul
            | ConstOp::I64Add
            | ConstOp::I64Sub
            | ConstOp::I64Mul => self.features.extended_const(),
        });
        if on { Ok(()) } else { refused("constant expression required", at) }
    }

    fn exports(&self, data: &ModuleData, at: u64) -> Result<()> {
        for (i, (name, item)) in data.exports.iter().enumerate() {
            let known = match *item {
                // The builder has seen to it.
                EntityIndex::Func(_) => true,
                EntityIndex::Table(index) => data.tables.get(index).is_some(),
                EntityIndex::Memory(index) => data.memories.get(index).is_some(),
                EntityIndex::Global(index) => data.globals.get(index).is_some(),
                EntityIndex::Tag(index) => data.tags.get(index).is_some(),
            };
            if !known {
                return refused("unknown item in an export", at);
            }
            if data.exports.position(name) != Some(i) {
                return refused("duplicate export name", at);
            }
        }
        room(data.exports.len(), ITEMS)
    }

    fn elements(&self, cx: Context<'_>, at: u64) -> Result<()> {
        let data = cx.data();
        for segment in data.elems.values() {
            match &segment.mode {
                SegmentMode::Active(_, offset) => self.expr(data, offset, at)?,
                _ if self.features.bulk_memory() => {}
                _ => return refused("bulk memory must be enabled", at),
            }
            match &segment.items {
                ElemItems::Funcs(funcs) => room(funcs.len(), TABLE_ENTRIES)?,
                ElemItems::Exprs(exprs) => {
                    cx.allowed(ValType::Ref(segment.ty), at)?;
                    exprs.iter().try_for_each(|expr| self.expr(data, expr, at))?;
                    room(exprs.len(), TABLE_ENTRIES)?;
                }
            }
        }
        room(data.elems.len(), SEGMENTS)
    }

    /// How many items of a kind there may be.
    fn counts(&self, data: &ModuleData) -> Result<()> {
        room(data.funcs.len(), ITEMS)?;
        room(data.globals.len(), ITEMS)?;
        room(data.tags.len(), ITEMS)?;
        room(data.tables.len(), if self.sections.reference_types() { TABLES } else { 1 })?;
        room(data.memories.len(), if self.sections.multi_memory() { MEMORIES } else { 1 })
    }
}

fn room(count: usize, most: usize) -> Result<()> {
    if count <= most { Ok(()) } else { Err(limits::exceeded("items of a module", most)) }
}

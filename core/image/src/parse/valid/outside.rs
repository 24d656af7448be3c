//! What wasmparser's validator is told of core modules that it does not see.
//!
//! A component is validated as if it stood in another one, which imports its modules by their types. Where a module stands,
//! the validator finds an alias of such an import: like the module, it is the next of the core modules, and nothing else.

use crate::entity::{EntityRef, SigId};
use crate::func_types::FuncTypesBuilder;
use crate::module::*;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::TryVec;

/// Sorts of core items, as they are written.
const FUNC: u8 = 0x00;
const TABLE: u8 = 0x01;
const MEMORY: u8 = 0x02;
const GLOBAL: u8 = 0x03;
const TAG: u8 = 0x04;
const MODULE: u8 = 0x11;

/// The types of modules, and imports of them, as sections without what they begin with.
#[derive(Default)]
pub(crate) struct Outside {
    types: Section,
    imports: Section,
    /// For each function type the last module that has it, counted from one, and which of the module's types it is.
    indices: Vec<(u32, u32)>,
}

impl Outside {
    /// How many modules there are.
    pub(crate) fn len(&self) -> u32 {
        self.imports.count
    }

    /// Adds the type of a module that is valid, and an import of that type.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn add(&mut self, module: &ModuleData, func_types: &FuncTypesBuilder) -> Result<()> {
        let known = func_types.types.len();
        self.indices.make_room(known - self.indices.len())?;
        self.indices.resize(known, (0, 0));
        let number = self.types.count + 1;
        let mut ty = ModuleType { decls: Section::default(), indices: &mut self.indices, number, next: 0 };
        for &sig in module.types.values() {
            ty.define(sig, &func_types.types[sig])?;
        }
        for import in &module.imports {
            ty.decls.byte(0x00)?;
            ty.decls.text(&import.module)?;
            ty.decls.text(&import.name)?;
            ty.item(module, import.item)?;
        }
        for (name, item) in &module.exports {
            ty.decls.byte(0x03)?;
            ty.decls.text(name)?;
            ty.item(module, *item)?;
        }
        let decls = ty.decls;
        self.types.byte(0x50)?;
        self.types.section(&decls)?;
        // A name of its own: its number, behind a letter.
        self.imports.bytes(&[0x00, 9, b'm'])?;
        (0..8).rev().try_for_each(|digit| self.imports.byte(b'a' + (self.imports.count >> (4 * digit) & 0xf) as u8))?;
        self.imports.bytes(&[0x00, MODULE])?;
        self.imports.number(self.imports.count.into())?;
        self.types.count += 1;
        self.imports.count += 1;
        Ok(())
    }

    /// The section of types, and the section of imports.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn sections(&self) -> Result<[Vec<u8>; 2]> {
        Ok([self.types.whole()?, self.imports.whole()?])
    }

    /// A section that takes over one module, so many components below where it is imported.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn alias(depth: u32, index: u32) -> Result<Vec<u8>> {
        let mut alias = Section { bytes: Vec::new(), count: 1 };
        alias.bytes(&[0x00, MODULE, 0x02])?;
        alias.number(depth.into())?;
        alias.number(index.into())?;
        alias.whole()
    }
}

/// Entries of a section, or declarations.
#[derive(Default)]
struct Section {
    bytes: Vec<u8>,
    count: u32,
}

impl Section {
    fn byte(&mut self, byte: u8) -> Result<()> {
        self.bytes.try_push(byte)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes.make_room(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// An unsigned number, in LEB128.
    fn number(&mut self, mut number: u64) -> Result<()> {
        while number > 0x7f {
            self.byte(number as u8 | 0x80)?;
            number >>= 7;
        }
        self.byte(number as u8)
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.number(text.len() as u64)?;
        self.bytes(text.as_bytes())
    }

    fn section(&mut self, section: &Section) -> Result<()> {
        self.number(section.count.into())?;
        self.bytes(&section.bytes)
    }

    fn whole(&self) -> Result<Vec<u8>> {
        let mut all = Self::default();
        all.section(self)?;
        Ok(all.bytes)
    }
}

/// A module's type as it is written.
struct ModuleType<'a> {
    decls: Section,
    /// [`Outside::indices`], and the number of this module.
    indices: &'a mut [(u32, u32)],
    number: u32,
    /// How many types it has.
    next: u32,
}

impl ModuleType<'_> {
    /// The type of this number, once.
    fn define(&mut self, sig: SigId, ty: &FuncType) -> Result<()> {
        if self.indices[sig.index()].0 == self.number {
            return Ok(());
        }
        self.begin();
        self.decls.bytes(&[0x01, 0x60])?;
        for list in [&ty.params, &ty.results] {
            self.decls.number(list.len() as u64)?;
            list.iter().try_for_each(|&ty| self.value(ty))?;
        }
        self.indices[sig.index()] = (self.number, self.next);
        self.next += 1;
        Ok(())
    }

    fn begin(&mut self) {
        self.decls.count += 1;
    }

    fn value(&mut self, ty: ValType) -> Result<()> {
        self.decls.byte(match ty {
            ValType::I32 => 0x7f,
            ValType::I64 => 0x7e,
            ValType::F32 => 0x7d,
            ValType::F64 => 0x7c,
            ValType::V128 => 0x7b,
            ValType::Ref(ty) => return self.reference(ty),
        })
    }

    fn reference(&mut self, ty: RefType) -> Result<()> {
        self.decls.byte(if ty.nullable { 0x63 } else { 0x64 })?;
        let heap = match ty.heap {
            HeapType::Func => 0x70,
            HeapType::Extern => 0x6f,
            HeapType::Exn => 0x69,
            HeapType::NoFunc => 0x73,
            HeapType::NoExtern => 0x72,
            HeapType::NoExn => 0x74,
            HeapType::Sig(sig) => {
                // A signed number, which is negative where the highest bit of the last byte is set.
                let mut index = self.index(sig);
                while index > 0x3f {
                    self.decls.byte(index as u8 | 0x80)?;
                    index >>= 7;
                }
                index as u8
            }
        };
        self.decls.byte(heap)
    }

    fn index(&self, sig: SigId) -> u32 {
        self.indices[sig.index()].1
    }

    /// What an import or an export is; ends the declaration.
    fn item(&mut self, module: &ModuleData, item: EntityIndex) -> Result<()> {
        self.begin();
        match item {
            EntityIndex::Func(func) => {
                self.decls.byte(FUNC)?;
                self.decls.number(self.index(module.funcs[func]).into())
            }
            EntityIndex::Table(table) => {
                let ty = module.tables[table];
                self.decls.byte(TABLE)?;
                self.reference(ty.element)?;
                self.limits(ty.min, ty.max, u8::from(ty.table64) << 2)
            }
            EntityIndex::Memory(memory) => {
                let ty = module.memories[memory];
                let custom = ty.page_size_log2 != 16;
                let flags = u8::from(ty.shared) << 1 | u8::from(ty.memory64) << 2 | u8::from(custom) << 3;
                self.decls.byte(MEMORY)?;
                self.limits(ty.min, ty.max, flags)?;
                if custom { self.decls.number(ty.page_size_log2.into()) } else { Ok(()) }
            }
            EntityIndex::Global(global) => {
                let ty = module.globals[global];
                self.decls.byte(GLOBAL)?;
                self.value(ty.content)?;
                self.decls.byte(ty.mutable.into())
            }
            EntityIndex::Tag(tag) => {
                self.decls.bytes(&[TAG, 0x00])?;
                self.decls.number(self.index(module.tags[tag]).into())
            }
        }
    }

    fn limits(&mut self, min: u64, max: Option<u64>, flags: u8) -> Result<()> {
        self.decls.byte(flags | u8::from(max.is_some()))?;
        self.decls.number(min)?;
        max.map_or(Ok(()), |max| self.decls.number(max))
    }
}

//! The module of a batch, written: its sections, and which helpers its bodies need.

use crate::adapter::body::{Body, Form, val_type};
use crate::adapter::options::{MemoryOption, SideOptions};
use crate::adapter::{Builtin, Call, Import};
use crate::keyed::KeyMap;
use crate::types::{FlatType, InterfaceType, Ptr, TypeTable};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use coracle_error::Result;
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, GlobalType, ImportSection, MemoryType, Module,
    TypeSection, ValType,
};

/// A batch of adapters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    /// The module. It exports one function per call, named by its number from 0 on.
    pub(super) bytes: Vec<u8>,
    /// What it imports, in order.
    pub(super) imports: Vec<Import>,
}

/// Writes the module for `calls`.
///
/// # Errors
/// `ErrorKind::Unsupported` for types that only asynchronous components have.
pub(super) fn generate(types: &TypeTable, calls: &[Call]) -> Result<Batch> {
    let mut module = ModuleBuilder::default();
    // Imported functions come first in the index space, so all of them must be known before a body is written.
    // A first pass finds them, a second one writes with the final numbers.
    let mut writer = Writer::new(types, &mut module);
    writer.all(calls)?;
    let imported = module.func_imports.len() as u32;
    module = ModuleBuilder { imported_funcs: imported, ..module.imports_only() };
    let mut writer = Writer::new(types, &mut module);
    writer.all(calls)?;
    Ok(module.finish(calls.len()))
}

/// Everything about one translation that decides which helper it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct HelperKey {
    pub(super) pair: [InterfaceType; 2],
    pub(super) sides: [SideOptions; 2],
    pub(super) forms: [Form; 2],
}

#[derive(Default)]
pub(super) struct ModuleBuilder {
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    type_ids: KeyMap<(Vec<ValType>, Vec<ValType>), u32>,
    imports: Vec<(Import, EntityType)>,
    memory_imports: KeyMap<u32, u32>,
    func_imports: KeyMap<Import, u32>,
    global_imports: KeyMap<Import, u32>,
    /// How many functions are imported, once that is known.
    imported_funcs: u32,
    funcs: Vec<(u32, Option<wasm_encoder::Function>)>,
}

impl ModuleBuilder {
    fn imports_only(self) -> Self {
        Self { funcs: Vec::new(), ..self }
    }

    pub(super) fn func_type(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let key = (params.to_vec(), results.to_vec());
        if let Some(&id) = self.type_ids.get(&key) {
            return id;
        }
        let id = self.types.len() as u32;
        self.types.push(key.clone());
        self.type_ids.insert(key, id);
        id
    }

    pub(super) fn memory(&mut self, memory: MemoryOption) -> u32 {
        if let Some(&index) = self.memory_imports.get(&memory.key) {
            return index;
        }
        let index = self.memory_imports.len() as u32;
        self.memory_imports.insert(memory.key, index);
        let ty = MemoryType {
            minimum: 0,
            maximum: None,
            memory64: memory.ptr == Ptr::P64,
            shared: false,
            page_size_log2: None,
        };
        self.imports.push((Import::Memory(memory.key), EntityType::Memory(ty)));
        index
    }

    /// A global that is [`Import::Flags`], [`Import::Open`] or [`Import::Mask`].
    pub(super) fn global(&mut self, import: Import) -> u32 {
        if let Some(&index) = self.global_imports.get(&import) {
            return index;
        }
        let index = self.global_imports.len() as u32;
        self.global_imports.insert(import, index);
        let val_type = if let Import::Flags(_) = import { ValType::I32 } else { ValType::I64 };
        let ty = GlobalType { val_type, mutable: true, shared: false };
        self.imports.push((import, EntityType::Global(ty)));
        index
    }

    pub(super) fn import_func(&mut self, import: Import, params: &[ValType], results: &[ValType]) -> u32 {
        if let Some(&index) = self.func_imports.get(&import) {
            return index;
        }
        let index = self.func_imports.len() as u32;
        let ty = self.func_type(params, results);
        self.func_imports.insert(import, index);
        self.imports.push((import, EntityType::Function(ty)));
        index
    }

    pub(super) fn declare(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = self.func_type(params, results);
        self.funcs.push((ty, None));
        self.imported_funcs + self.funcs.len() as u32 - 1
    }

    pub(super) fn define(&mut self, func: u32, body: Body) {
        self.funcs[(func - self.imported_funcs) as usize].1 = Some(body.finish());
    }

    fn finish(self, calls: usize) -> Batch {
        let (mut types, mut imports, mut funcs) = (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
        for (params, results) in &self.types {
            types.ty().function(params.iter().copied(), results.iter().copied());
        }
        for (_, ty) in &self.imports {
            imports.import("", "", *ty);
        }
        for (ty, body) in &self.funcs {
            funcs.function(*ty);
            code.function(body.as_ref().expect("every declared function is defined"));
        }
        for i in 0..calls as u32 {
            exports.export(&alloc::format!("{i}"), ExportKind::Func, self.imported_funcs + i);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&funcs).section(&exports).section(&code);
        Batch { bytes: module.finish(), imports: self.imports.into_iter().map(|(import, _)| import).collect() }
    }
}

/// Writes the bodies of one batch.
pub(super) struct Writer<'a> {
    pub(super) types: &'a TypeTable,
    pub(super) module: &'a mut ModuleBuilder,
    pub(super) helpers: KeyMap<HelperKey, u32>,
    pub(super) queue: VecDeque<(HelperKey, u32)>,
    /// Functions that check strings, by side.
    pub(super) text_checks: KeyMap<SideOptions, u32>,
}

impl<'a> Writer<'a> {
    fn new(types: &'a TypeTable, module: &'a mut ModuleBuilder) -> Self {
        Self { types, module, helpers: KeyMap::new(), queue: VecDeque::new(), text_checks: KeyMap::new() }
    }

    pub(super) fn all(&mut self, calls: &[Call]) -> Result<()> {
        let funcs: Vec<u32> = calls.iter().map(|call| self.declare_call(call)).collect();
        for (call, func) in calls.iter().zip(funcs) {
            let body = self.call(call)?;
            self.module.define(func, body);
        }
        while let Some((key, func)) = self.queue.pop_front() {
            let body = self.helper_body(key)?;
            self.module.define(func, body);
        }
        Ok(())
    }

    pub(super) fn builtin(&mut self, builtin: Builtin) -> u32 {
        let (params, results) = builtin.sig();
        let val_types = |types: &[FlatType]| types.iter().map(|&ty| val_type(ty)).collect::<Vec<_>>();
        self.module.import_func(Import::Builtin(builtin), &val_types(params), &val_types(results))
    }
}

//! A fused adapter as a synthesised wasm body.
//!
//! A call from one guest to another is a function like any other: it is written here as core wasm, and any tier runs
//! it through a slot. One *batch* of adapters is one module; it imports both sides' memories, reallocs, post-returns
//! and flags, and the builtins that it needs. The same generator serves at flatten and when components are linked at
//! run time.
//!
//! What stays out of wasm: the checks and copies of strings between encodings, and handle tables. They are
//! [`Builtin`]s, so that each rule of the canonical ABI exists once, in the component package, for hosts and guests.
//!
//! # Invariants
//! - A batch is linear in the types that its signatures reach: everything nested goes through one helper function per
//!   (type pair, form, options pair), never inline twice.
//! - Bodies are trusted: they use several memories, 64-bit memories and exceptions whatever the guest may.
//!
//! # Rejected
//! Realloc calls from the host for every string: a nested entry costs more than the copy. Equal encodings are copied
//! by `memory.copy` after a check; only transcoding calls out.

pub mod batch;
mod body;
pub mod options;
mod scalar;
mod sequence;
mod task;
mod value;

#[cfg(test)]
mod tests;

pub use options::{MemoryOption, SideOptions};

use crate::plan::{AdapterIndex, Plan};
use crate::types::{FlatType, FuncTypeIndex, InterfaceType, Ptr, TypeTable};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use body::{Body, Form, val_type};
use coracle_error::Result;
use hashbrown::HashMap;
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, GlobalType, ImportSection, MemoryType, Module,
    TypeSection, ValType,
};

/// One call to be fused: `canon lower` of a `canon lift`.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's type as the caller knows it, and the caller's options.
    pub caller: (FuncTypeIndex, SideOptions),
    /// The function's type as the callee knows it, and the callee's options.
    pub callee: (FuncTypeIndex, SideOptions),
    /// The core function that is lifted.
    pub func: u32,
    /// The core function `post-return`.
    pub post_return: Option<u32>,
    /// Whether the callee's modules can throw: an exception that leaves a lifted function is a trap.
    pub can_throw: bool,
}

impl Call {
    /// An adapter of a plan. Functions that options name have the plan's index as key, lifted functions the adapter's
    /// index with the top bit set.
    pub fn of_plan(plan: &Plan, adapter: AdapterIndex, can_throw: bool) -> Self {
        let spec = &plan.adapters[adapter];
        Self {
            caller: (spec.lower_ty, SideOptions::of_plan(plan, spec.lower)),
            callee: (spec.lift_ty, SideOptions::of_plan(plan, spec.lift)),
            func: adapter.as_u32() | Self::LIFTED,
            post_return: plan.options[spec.lift].post_return.map(|func| func.as_u32()),
            can_throw,
        }
    }

    /// The bit that tells a lifted function's key from one that options name.
    pub const LIFTED: u32 = 1 << 31;
}

/// A runtime call that an adapter makes. Addresses and lengths cross as `i64`, handles as `i32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// `(code: i32)`: traps with this [`Trap`](coracle_error::Trap) code. Does not return.
    Trap,
    /// `(ptr, units)`: checks that a string lies in its memory, is aligned, not too long, and valid.
    StringCheck(SideOptions),
    /// `(ptr, units) -> (ptr, units)`: lifts a string on the first side and lowers it on the second.
    StringTranscode(SideOptions, SideOptions),
    /// `(handle) -> handle`: takes an own handle out of the first instance's table and puts it into the second's.
    TransferOwn {
        /// The instance that gives, and the resource type it knows it by.
        from: (u32, InterfaceType),
        /// The instance that takes, and the resource type it knows it by.
        to: (u32, InterfaceType),
    },
    /// `(handle) -> handle or rep`: lends a handle of the first instance's table to the call in progress.
    TransferBorrow {
        /// The instance that lends, and the resource type it knows it by.
        from: (u32, InterfaceType),
        /// The instance that borrows, and the resource type it knows it by.
        to: (u32, InterfaceType),
    },
    /// `()`: opens the borrow scope of a call into this instance.
    EnterScope(u32),
    /// `()`: the callee has returned: checks that no borrow remains.
    ExitScope(u32),
}

impl Builtin {
    /// Its core signature.
    pub fn sig(&self) -> (&'static [FlatType], &'static [FlatType]) {
        use FlatType::{I32, I64};
        match self {
            Self::Trap => (&[I32], &[]),
            Self::StringCheck(_) => (&[I64, I64], &[]),
            Self::StringTranscode(..) => (&[I64, I64], &[I64, I64]),
            Self::TransferOwn { .. } | Self::TransferBorrow { .. } => (&[I32], &[I32]),
            Self::EnterScope(_) | Self::ExitScope(_) => (&[], &[]),
        }
    }
}

/// What a batch imports, in the order of its import section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Import {
    /// A memory of the plan's.
    Memory(u32),
    /// A core function of the plan's: lifted, realloc or post-return.
    Func(u32),
    /// The flags of a component instance: a mutable `i32`, see [`MAY_LEAVE`].
    Flags(u32),
    /// A runtime call.
    Builtin(Builtin),
}

/// Bit of an instance's flags: it may call out.
pub const MAY_LEAVE: i32 = 1;

/// A batch of adapters.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The module. It exports one function per call, named by its number from 0 on.
    pub bytes: Vec<u8>,
    /// What it imports, in order.
    pub imports: Vec<Import>,
}

/// Writes the module for `calls`.
///
/// # Errors
/// `ErrorKind::Unsupported` for types that only asynchronous components have.
pub fn generate(types: &TypeTable, calls: &[Call]) -> Result<Batch> {
    let mut module = ModuleBuilder::default();
    // Imported functions come first in the index space, so all of them must be known before a body is written.
    // A first pass finds them, a second one writes with the final numbers.
    let mut writer = Writer { types, module: &mut module, helpers: HashMap::new(), queue: VecDeque::new() };
    writer.all(calls)?;
    let imported = module.func_imports.len() as u32;
    module = ModuleBuilder { imported_funcs: imported, ..module.imports_only() };
    let mut writer = Writer { types, module: &mut module, helpers: HashMap::new(), queue: VecDeque::new() };
    writer.all(calls)?;
    Ok(module.finish(calls.len()))
}

/// Everything about one translation that decides which helper it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct HelperKey {
    pair: [InterfaceType; 2],
    sides: [SideOptions; 2],
    forms: [Form; 2],
}

#[derive(Default)]
struct ModuleBuilder {
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    type_ids: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
    imports: Vec<(Import, EntityType)>,
    memory_imports: HashMap<u32, u32>,
    func_imports: HashMap<Import, u32>,
    flag_imports: HashMap<u32, u32>,
    /// How many functions are imported, once that is known.
    imported_funcs: u32,
    funcs: Vec<(u32, Option<wasm_encoder::Function>)>,
}

impl ModuleBuilder {
    fn imports_only(self) -> Self {
        Self { funcs: Vec::new(), ..self }
    }

    fn func_type(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let key = (params.to_vec(), results.to_vec());
        if let Some(&id) = self.type_ids.get(&key) {
            return id;
        }
        let id = self.types.len() as u32;
        self.types.push(key.clone());
        self.type_ids.insert(key, id);
        id
    }

    fn memory(&mut self, memory: MemoryOption) -> u32 {
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

    fn flags(&mut self, instance: u32) -> u32 {
        if let Some(&index) = self.flag_imports.get(&instance) {
            return index;
        }
        let index = self.flag_imports.len() as u32;
        self.flag_imports.insert(instance, index);
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        self.imports.push((Import::Flags(instance), EntityType::Global(ty)));
        index
    }

    fn import_func(&mut self, import: Import, params: &[ValType], results: &[ValType]) -> u32 {
        if let Some(&index) = self.func_imports.get(&import) {
            return index;
        }
        let index = self.func_imports.len() as u32;
        let ty = self.func_type(params, results);
        self.func_imports.insert(import, index);
        self.imports.push((import, EntityType::Function(ty)));
        index
    }

    fn declare(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = self.func_type(params, results);
        self.funcs.push((ty, None));
        self.imported_funcs + self.funcs.len() as u32 - 1
    }

    fn define(&mut self, func: u32, body: Body) {
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
struct Writer<'a> {
    types: &'a TypeTable,
    module: &'a mut ModuleBuilder,
    helpers: HashMap<HelperKey, u32>,
    queue: VecDeque<(HelperKey, u32)>,
}

impl Writer<'_> {
    fn all(&mut self, calls: &[Call]) -> Result<()> {
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

    fn builtin(&mut self, builtin: Builtin) -> u32 {
        let (params, results) = builtin.sig();
        let val_types = |types: &[FlatType]| types.iter().map(|&ty| val_type(ty)).collect::<Vec<_>>();
        self.module.import_func(Import::Builtin(builtin), &val_types(params), &val_types(results))
    }
}

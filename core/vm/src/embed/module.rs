//! `Module` as an embedder sees it.
#![allow(unsafe_code)] // Declares the loader whose caller vouches for the bytes.

use crate::embed::extern_type::{ExportType, ExternType, ImportType, ModuleExport};
use crate::engine::Engine;
use crate::module;
use alloc::string::String;
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::entity::{EntityRef, FuncIndex};
use coracle_image::module::{Bytes, EntityIndex};
use coracle_image::parse::features::Trust;
use coracle_image::parse::module::parse_module;
use coracle_image::plan::StaticModuleIndex;
use core::fmt;

/// A validated core module, ready to be instantiated. Cloning is cheap.
// Transparent, because `raw::as_module` makes a borrow of it from one of the runtime's.
#[derive(Clone)]
#[repr(transparent)]
pub struct Module(pub(crate) module::Module);

/// What an instance of a module takes, as far as its types tell. Imports are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourcesRequired {
    /// Memories.
    pub num_memories: u32,
    /// Pages of the largest memory at the start; `None` where there is no memory.
    pub max_initial_memory_size: Option<u64>,
    /// Tables.
    pub num_tables: u32,
    /// Elements of the largest table at the start; `None` where there is no table.
    pub max_initial_table_size: Option<u64>,
}

impl ResourcesRequired {
    /// What one instance of each module takes.
    pub(crate) fn of<'a>(modules: impl Iterator<Item = &'a module::Module>) -> Self {
        let mut all = Self::default();
        for module in modules {
            let data = module.data();
            let memories = data.memories.values().skip(data.imported.memories as usize).map(|ty| ty.min);
            let tables = data.tables.values().skip(data.imported.tables as usize).map(|ty| ty.min);
            all.num_memories += memories.clone().count() as u32;
            all.num_tables += tables.clone().count() as u32;
            all.max_initial_memory_size = all.max_initial_memory_size.max(memories.max());
            all.max_initial_table_size = all.max_initial_table_size.max(tables.max());
        }
        all
    }
}

/// A function that a module defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFunction {
    /// Which of the component's modules it belongs to; 0 where a module was asked.
    pub module: StaticModuleIndex,
    /// Its index, imports counted.
    pub index: FuncIndex,
    /// Its name, if the name section tells it.
    pub name: Option<String>,
    /// Where its body begins, in bytes of the binary. (In Wasmtime: in the native code, which here need not exist.)
    pub offset: usize,
    /// How many bytes its body has.
    pub len: usize,
}

impl ModuleFunction {
    /// All that a module defines, in order. O(functions + names).
    pub(crate) fn all(module: &module::Module, at: StaticModuleIndex) -> alloc::vec::IntoIter<Self> {
        let data = module.data();
        let imported = data.funcs.len() - data.bodies.len();
        let mut all: Vec<_> = data
            .bodies
            .values()
            .zip(imported..)
            .map(|(body, index)| Self {
                module: at,
                index: FuncIndex::new(index),
                name: None,
                offset: body.start as usize,
                len: body.len(),
            })
            .collect();
        module.each_func_name(|func, name| {
            if let Some(named) = func.index().checked_sub(imported) {
                all[named].name = Some(name.into());
            }
        });
        all.into_iter()
    }
}

impl Module {
    /// Loads a module: binary, or text where the feature `wat` is on.
    ///
    /// # Errors
    /// `ErrorKind::Invalid` when it is malformed or invalid; `ErrorKind::Unsupported` when it uses a proposal that is
    /// off, or is a component; `ErrorKind::Limit` when it exceeds an implementation limit.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::from_binary(engine, &coracle_image::text::to_binary(bytes.as_ref())?)
    }

    /// Loads a module from a file: binary, or text where the feature `wat` is on.
    ///
    /// # Errors
    /// When the file cannot be read, and as for [`Module::new`].
    #[cfg(feature = "std")]
    pub fn from_file(engine: &Engine, file: impl AsRef<std::path::Path>) -> Result<Self> {
        use coracle_error::Told;
        let file = file.as_ref();
        let bytes = std::fs::read(file).told(|| coracle_error::wording!("cannot read `{}`", file.display()))?;
        let binary = coracle_image::text::file_to_binary(file, &bytes)?;
        Self::from_binary(engine, &binary).told(|| coracle_error::wording!("cannot load `{}`", file.display()))
    }

    /// Loads a module in binary form.
    ///
    /// # Errors
    /// As for [`Module::new`].
    pub fn from_binary(engine: &Engine, binary: &[u8]) -> Result<Self> {
        Self::load(engine, Bytes::Shared(binary.into()), Trust::None)
    }

    /// Loads a module in binary form without copying it: function bodies are read where they lie, in flash perhaps.
    ///
    /// # Errors
    /// As for [`Module::new`].
    pub fn from_static(engine: &Engine, binary: &'static [u8]) -> Result<Self> {
        Self::load(engine, Bytes::Static(binary), Trust::None)
    }

    /// The same without validating it: for builds without the feature `validate`, which a signed program does without.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    ///
    /// # Safety
    /// `binary` is a valid module with the proposals that are on, its bodies included: whoever runs it relies on it.
    pub unsafe fn from_static_unchecked(engine: &Engine, binary: &'static [u8]) -> Result<Self> {
        Self::load(engine, Bytes::Static(binary), Trust::Vouched)
    }

    fn load(engine: &Engine, bytes: Bytes, trust: Trust) -> Result<Self> {
        module::Module::read(engine, bytes, trust).map(Self)
    }

    /// Whether a module in binary form is valid.
    ///
    /// # Errors
    /// As for [`Module::new`].
    pub fn validate(engine: &Engine, binary: &[u8]) -> Result<()> {
        parse_module(&engine.settings().features, Bytes::Shared(binary.into()), Trust::None).map(drop)
    }

    /// The name that the module's name section gives it.
    pub fn name(&self) -> Option<&str> {
        self.0.data().name.as_deref()
    }

    /// What it imports, in order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        let data = self.0.data();
        data.imports.iter().map(move |import| ImportType::of(self.engine(), data, import))
    }

    /// What it exports, in order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        let data = self.0.data();
        (0..data.exports.len()).map(move |at| ExportType::of(self.engine(), data, at))
    }

    /// The type of what it exports under a name.
    pub fn get_export(&self, name: &str) -> Option<ExternType> {
        Some(ExternType::of(self.engine(), self.0.data(), self.export_item(name)?))
    }

    /// Where an export lies: found once, then good for every instance of this module.
    pub fn get_export_index(&self, name: &str) -> Option<ModuleExport> {
        Some(ModuleExport { module: self.0.stamp(), item: self.export_item(name)? })
    }

    /// What an instance takes of memories and tables that the module defines itself.
    pub fn resources_required(&self) -> ResourcesRequired {
        ResourcesRequired::of(core::iter::once(&self.0))
    }

    /// The functions that it defines, in order. O(functions + names).
    pub fn functions(&self) -> impl ExactSizeIterator<Item = ModuleFunction> + '_ {
        ModuleFunction::all(&self.0, StaticModuleIndex::from_u32(0))
    }

    /// Where its binary lies in memory. (In Wasmtime: its native code.)
    pub fn image_range(&self) -> core::ops::Range<*const u8> {
        self.0.data().bytes.as_slice().as_ptr_range()
    }

    /// Does nothing: memories are filled by copying.
    ///
    /// # Errors
    /// None; Wasmtime's has some.
    pub fn initialize_copy_on_write_image(&self) -> Result<()> {
        Ok(())
    }

    fn export_item(&self, name: &str) -> Option<EntityIndex> {
        self.0.data().exports.get(name)
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        self.0.engine()
    }

    /// Whether two handles are of one loaded module.
    pub fn same(a: &Self, b: &Self) -> bool {
        a.0.key() == b.0.key()
    }

    /// The module as the runtime knows it.
    pub(crate) fn inner(&self) -> &module::Module {
        &self.0
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! Exports as they came out → entries of the export graph, members before instances.
//!
//! One entry stands for one item at one type: a re-export finds the entry that is there.

use crate::arena::PrimaryMap;
use crate::entity::EntityRef;
use crate::export::{ExportEntry, ExportIndex, FuncSource, Member, ModuleSource};
use crate::flatten::def::*;
use crate::flatten::inline::Exports;
use crate::flatten::scope::{Machine, refuse_anywhere};
use crate::keyed::{KeyMap, try_insert};
use crate::limits;
use crate::parse::names::NameMap;
use crate::types::TypeDef;
use alloc::string::{String, ToString};
use coracle_error::Result;

/// The entries of a graph, the root last.
pub(crate) struct Entries {
    pub(crate) table: PrimaryMap<ExportIndex, ExportEntry>,
    known: KeyMap<Def, ExportIndex>,
}

impl Machine<'_> {
    /// The entries of a component with these exports.
    pub(crate) fn entries(&mut self, exports: Exports) -> Result<Entries> {
        let root = self.defs.instance(exports)?;
        let mut entries = Entries { table: PrimaryMap::new(), known: KeyMap::new() };
        self.entry(&mut entries, Def::Instance(root))?;
        Ok(entries)
    }

    /// The entry of an item, new or old. Recursion is bounded by [`limits::INSTANCE_DEPTH`].
    fn entry(&mut self, entries: &mut Entries, def: Def) -> Result<ExportIndex> {
        if let Some(&old) = entries.known.get(&def) {
            return Ok(old);
        }
        let entry = match def {
            Def::Func(func) => self.func_entry(func)?,
            Def::Module(module) => self.module_entry(module)?,
            Def::Instance(instance) => self.instance_entry(entries, instance)?,
            Def::Component(_) => return Err(refuse_anywhere("an export of a component at the root")),
            Def::Type(_) => match self.type_of(def)? {
                TypeDef::Resource(resource) => ExportEntry::Resource(resource),
                ty => ExportEntry::Type(ty),
            },
        };
        if entries.table.len() >= limits::EXPORT_ENTRIES {
            return Err(limits::exceeded("exports of a component", limits::EXPORT_ENTRIES));
        }
        let index = entries.table.try_push(entry)?;
        try_insert(&mut entries.known, def, index)?;
        Ok(index)
    }

    fn func_entry(&mut self, func: FuncId) -> Result<ExportEntry> {
        let FuncDef { ty, source } = self.defs.funcs[func].clone();
        let source = match source {
            FuncFrom::Lift { func, options } => FuncSource::Lifted { func, options },
            FuncFrom::Import(path) => FuncSource::Import(self.runtime_import(path, TypeDef::Func(ty))?),
            FuncFrom::Declared => return Err(lost()),
        };
        Ok(ExportEntry::Func { ty, source })
    }

    fn module_entry(&mut self, module: ModuleId) -> Result<ExportEntry> {
        let ty = self.module_type(module)?;
        let source = match self.defs.modules[module] {
            ModuleDef::Static(index) | ModuleDef::Ascribed(index, _) => ModuleSource::Static(index),
            ModuleDef::Import(path, _) => ModuleSource::Import(self.runtime_import(path, TypeDef::Module(ty))?),
            ModuleDef::Declared(_) => return Err(lost()),
        };
        Ok(ExportEntry::Module { ty, source })
    }

    fn instance_entry(&mut self, entries: &mut Entries, instance: InstanceId) -> Result<ExportEntry> {
        let count = self.defs.instances[instance].exports.len();
        let mut members = NameMap::with_room(count)?;
        for i in 0..count {
            self.step_work()?;
            let (name, attributes, def) = self.defs.instances[instance].exports[i];
            let export = self.entry(entries, def)?;
            let suffix: Option<String> = attributes.version_suffix.map(|id| self.types.table().name(id).to_string());
            let member = Member { export, attributes };
            members.insert(self.types.names_mut(), name, suffix.as_deref(), member, false)?;
        }
        Ok(ExportEntry::Instance { ty: self.instance_type(instance)?, members })
    }
}

impl Entries {
    /// The root, which is the last entry.
    pub(crate) fn root(&self) -> ExportIndex {
        ExportIndex::new(self.table.len() - 1)
    }
}

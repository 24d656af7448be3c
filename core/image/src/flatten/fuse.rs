//! Lifts and lowers: canonical options are resolved, and each lower becomes a trampoline or a fused adapter.
//!
//! A lower of an imported function is a trampoline; a lower of a lifted function is an adapter. Adapters are made in
//! batches, as late as possible: when something of core wasm is about to refer to one, or when one is the callee of
//! the next. All that an adapter refers to exists when it is defined, so a batch never waits for anything.

use crate::flatten::def::*;
use crate::flatten::scope::Machine;
use crate::keyed::try_insert;
use crate::parse::parsed::Options;
use crate::plan::*;
use crate::types::{Ptr, TypeDef};
use coracle_error::Result;

impl Machine<'_> {
    /// `canon lift`: nothing happens yet but that its options are resolved.
    pub(crate) fn lift(&mut self, at_: Place, func: u32, ty: u32, options: &Options) -> Result<FuncId> {
        let scope = &self.scopes[at_.scope];
        let func = at(&scope.core_funcs, func)?;
        let TypeVal::Func(ty) = at(&scope.types, ty)? else { return Err(lost()) };
        self.check_synchronous(ty)?;
        let options = self.options(at_, options)?;
        self.defs.funcs.try_push(FuncDef { ty, source: FuncFrom::Lift { func, options } })
    }

    /// `canon lower`.
    pub(crate) fn lower(&mut self, at_: Place, func: u32, options: &Options) -> Result<CoreDef> {
        let func = at(&self.scopes[at_.scope].funcs, func)?;
        let FuncDef { ty, source } = self.defs.funcs[func].clone();
        self.check_synchronous(ty)?;
        let options = self.options(at_, options)?;
        match source {
            FuncFrom::Import(path) => {
                let import = self.runtime_import(path, TypeDef::Func(ty))?;
                self.trampoline(Trampoline::LowerImport { import, ty, options })
            }
            FuncFrom::Lift { func: callee, options: lift } => {
                let spec = AdapterSpec { callee, lift_ty: ty, lift, lower_ty: ty, lower: options };
                self.adapter(spec)
            }
            FuncFrom::Declared => Err(lost()),
        }
    }

    /// The trampoline of this description.
    pub(crate) fn trampoline(&mut self, trampoline: Trampoline) -> Result<CoreDef> {
        if let Some(&old) = self.memo.trampolines.get(&trampoline) {
            return Ok(CoreDef::Trampoline(old));
        }
        let index = self.plan.trampolines.try_push(trampoline.clone())?;
        try_insert(&mut self.memo.trampolines, trampoline, index)?;
        Ok(CoreDef::Trampoline(index))
    }

    fn adapter(&mut self, spec: AdapterSpec) -> Result<CoreDef> {
        if let Some(&old) = self.memo.adapters.get(&spec) {
            return Ok(CoreDef::Adapter(old));
        }
        self.require(&spec.callee.clone())?;
        let index = self.plan.adapters.try_push(spec.clone())?;
        try_insert(&mut self.memo.adapters, spec, index)?;
        Ok(CoreDef::Adapter(index))
    }

    /// Makes sure that a step before the next one makes this item.
    pub(crate) fn require(&mut self, def: &CoreDef) -> Result<()> {
        match def {
            CoreDef::Adapter(index) if *index >= self.adapters_made => self.make_adapters(),
            _ => Ok(()),
        }
    }

    fn make_adapters(&mut self) -> Result<()> {
        let (first, end) = (self.adapters_made, self.plan.adapters.next_key());
        self.adapters_made = end;
        self.step(Step::Adapters { first, end })
    }

    fn options(&mut self, at_: Place, options: &Options) -> Result<OptionsIndex> {
        let (mut memory, mut ptr) = (None, Ptr::P32);
        if let Some(index) = options.memory {
            let (def, width) = at(&self.scopes[at_.scope].core_memories, index)?;
            (memory, ptr) = (Some(self.memory(def)?), width);
        }
        let realloc = self.option_func(at_, options.realloc)?;
        let post_return = self.option_func(at_, options.post_return)?;
        let all =
            CanonOptions { instance: at_.instance, encoding: options.encoding, memory, ptr, realloc, post_return };
        if let Some(&old) = self.memo.options.get(&all) {
            return Ok(old);
        }
        let index = self.plan.options.try_push(all.clone())?;
        try_insert(&mut self.memo.options, all, index)?;
        Ok(index)
    }

    fn memory(&mut self, def: CoreDef) -> Result<RuntimeMemoryIndex> {
        if let Some(&old) = self.memo.memories.get(&def) {
            return Ok(old);
        }
        let CoreDef::Export(export) = &def else { return Err(lost()) };
        self.step(Step::ExtractMemory(export.clone()))?;
        let index = RuntimeMemoryIndex::from_u32(self.plan.num_memories);
        self.plan.num_memories += 1;
        try_insert(&mut self.memo.memories, def, index)?;
        Ok(index)
    }

    fn option_func(&mut self, at_: Place, index: Option<u32>) -> Result<Option<RuntimeFuncIndex>> {
        let Some(index) = index else { return Ok(None) };
        let def = at(&self.scopes[at_.scope].core_funcs, index)?;
        if let Some(&old) = self.memo.funcs.get(&def) {
            return Ok(Some(old));
        }
        self.require(&def)?;
        self.step(Step::ExtractFunc(def.clone()))?;
        let index = RuntimeFuncIndex::from_u32(self.plan.num_funcs);
        self.plan.num_funcs += 1;
        try_insert(&mut self.memo.funcs, def, index)?;
        Ok(Some(index))
    }

    /// Makes what adapters are left.
    pub(crate) fn finish_plan(&mut self) -> Result<()> {
        if self.adapters_made < self.plan.adapters.next_key() {
            self.make_adapters()?;
        }
        Ok(())
    }
}

/// Where a definition is carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) scope: ScopeId,
    pub(crate) instance: RuntimeComponentInstanceIndex,
}

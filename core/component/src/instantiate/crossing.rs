//! Adapters of an instance: their modules are instantiated over both sides' memories and functions.

use crate::abi::handles::HandleTableId;
use crate::call::raw::bind;
use crate::component::AdapterBatch;
use crate::entrances::Entrance;
use crate::ids::NodeIndex;
use crate::instantiate::defs::{core_func, data};
use crate::state::{self, Shared};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::TryVec;
use coracle_error::shared::Arc;
use coracle_image::adapter::{Call, Import};
use coracle_image::export::{ExportEntry, ExportIndex, FuncSource};
use coracle_image::module::{GlobalType, ValType};
use coracle_image::plan::{AdapterIndex, RuntimeComponentInstanceIndex, RuntimeFuncIndex, RuntimeMemoryIndex};
use coracle_vm::host_func::HostFunc;
use coracle_vm::internals;
use coracle_vm::store::ids::{FuncHandle, InstanceId, RawExtern};
use coracle_vm::store::opaque::StoreOpaque;
use coracle_vm::store::value::Value;

/// How many batches of adapters were made: inside the component, and of its seams.
#[derive(Default)]
pub(crate) struct Crossed {
    batches: usize,
    seams: usize,
}

impl Crossed {
    /// Makes the core functions of the next batch inside a component.
    ///
    /// # Errors
    /// Those of instantiating its module.
    pub(crate) fn batch(
        &mut self,
        store: &mut StoreOpaque,
        shared: &Arc<Shared>,
        range: core::ops::Range<AdapterIndex>,
    ) -> Result<()> {
        let batch = &shared.component().adapter_batches()[self.batches];
        let builtins = &shared.pre.crossings.builtins[self.batches];
        self.batches += 1;
        let instance = instantiate_batch(store, shared, None, batch, builtins)?;
        for number in 0..range.end.as_u32() - range.start.as_u32() {
            let func = adapter(store, instance, batch, number as usize)?;
            state::of_mut(store).instances[shared.id].adapters.try_push(func)?;
        }
        Ok(())
    }

    /// Makes the core functions of the batches that lead to nodes and are needed before this step.
    ///
    /// # Errors
    /// Those of instantiating their modules.
    pub(crate) fn seams(&mut self, store: &mut StoreOpaque, shared: &Arc<Shared>, step: usize) -> Result<()> {
        let crossings = &shared.pre.crossings;
        while let Some(seam) = crossings.seams.get(self.seams).filter(|seam| seam.step == step) {
            let builtins = &crossings.of_seams[self.seams];
            self.seams += 1;
            let instance = instantiate_batch(store, shared, Some(seam.node), &seam.batch, builtins)?;
            for (number, &trampoline) in seam.trampolines.iter().enumerate() {
                let func = adapter(store, instance, &seam.batch, number)?;
                state::of_mut(store).instances[shared.id].trampolines[trampoline] = Some(func);
            }
        }
        Ok(())
    }
}

/// A function of a batch of adapters.
fn adapter(store: &StoreOpaque, instance: InstanceId, batch: &AdapterBatch, number: usize) -> Result<FuncHandle> {
    match internals::instance_item(store, instance, batch.module.data().exports[number].1) {
        Some(RawExtern::Func(func)) => Ok(func),
        _ => Err(coracle_error::bug!("a batch of adapters exports something that is no function")),
    }
}

fn instantiate_batch(
    store: &mut StoreOpaque,
    shared: &Arc<Shared>,
    node: Option<NodeIndex>,
    batch: &AdapterBatch,
    builtins: &[HostFunc],
) -> Result<InstanceId> {
    let mut builtins = builtins.iter();
    let mut args = Vec::with_room(batch.imports.len())?;
    for import in &batch.imports {
        let part = |key| {
            let (shared, part) = shared.side(node, key);
            shared.parts[RuntimeComponentInstanceIndex::from_u32(part)]
        };
        args.push(match *import {
            Import::Memory(key) => {
                let (shared, memory) = shared.side(node, key);
                RawExtern::Memory(data(store, shared.id).memories[RuntimeMemoryIndex::from_u32(memory)])
            }
            Import::Flags(instance) => RawExtern::Global(part(instance).flags),
            Import::Open(instance) => RawExtern::Global(entrance(store, part(instance).table)?.word),
            Import::Mask(instance) => RawExtern::Global(entrance(store, part(instance).table)?.mask),
            Import::Func(key) if key & Call::LIFTED != 0 => {
                RawExtern::Func(lifted(store, shared.side(node, key & !Call::LIFTED), node.is_some())?)
            }
            Import::Func(key) => {
                let (shared, func) = shared.side(node, key);
                RawExtern::Func(data(store, shared.id).funcs[RuntimeFuncIndex::from_u32(func)])
            }
            Import::Builtin(_) => {
                let builtin =
                    builtins.next().ok_or_else(|| coracle_error::bug!("an adapter's builtin was not made"))?;
                RawExtern::Func(bind(store, builtin, shared)?)
            }
        });
    }
    internals::instantiate_module(store, &batch.module, &args)
}

/// The core function that an adapter calls: that of an adapter of the plan, or of an export.
fn lifted(store: &StoreOpaque, (shared, key): (&Shared, u32), exported: bool) -> Result<FuncHandle> {
    let component = shared.component();
    let def = match exported {
        false => &component.plan().adapters[AdapterIndex::from_u32(key)].callee,
        true => match component.entry(ExportIndex::from_u32(key)) {
            ExportEntry::Func { source: FuncSource::Lifted { func, .. }, .. } => func,
            _ => return Err(coracle_error::bug!("an import was linked to an export that is not lifted")),
        },
    };
    core_func(store, data(store, shared.id), def)
}

/// What adapters go by to enter an instance, made when the first one is.
fn entrance(store: &mut StoreOpaque, instance: HandleTableId) -> Result<Entrance> {
    let entrances = &state::of(store).entrances;
    if let Some(known) = entrances.get(instance) {
        return Ok(known);
    }
    let (word, bit) = entrances.next();
    let ty = GlobalType { content: ValType::I64, mutable: true };
    let word = word.map_or_else(|| internals::new_global(store, ty, &Value::I64(0)), Ok)?;
    let mask = internals::new_global(store, ty, &Value::I64(bit as i64))?;
    state::of_mut(store).entrances.add(instance, word, mask)
}

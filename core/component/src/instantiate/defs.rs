//! What definitions of a plan stand for in an instance that is being made.

use crate::ids::ComponentInstanceId;
use crate::state::{self, InstanceData};
use coracle_error::Result;
use coracle_image::plan::{CoreDef, CoreExport, ExportItem};
use coracle_vm::internals;
use coracle_vm::store::ids::{FuncHandle, RawExtern};
use coracle_vm::store::opaque::StoreOpaque;

/// What has been made of an instance so far.
pub(crate) fn data(store: &StoreOpaque, id: ComponentInstanceId) -> &InstanceData {
    &state::of(store).instances[id]
}

/// The item that a definition stands for.
pub(crate) fn core_def(store: &StoreOpaque, data: &InstanceData, def: &CoreDef) -> Result<RawExtern> {
    match def {
        CoreDef::Export(export) => core_export(store, data, export),
        CoreDef::Trampoline(index) => match data.trampolines[*index] {
            Some(func) => Ok(RawExtern::Func(func)),
            None => Err(coracle_error::bug!("a step refers to an adapter that is made behind it")),
        },
        CoreDef::Adapter(index) => Ok(RawExtern::Func(data.adapters[*index])),
    }
}

/// The item that an export of an instance is.
pub(crate) fn core_export(store: &StoreOpaque, data: &InstanceData, export: &CoreExport) -> Result<RawExtern> {
    let instance = data.core[export.instance];
    let item = match export.item {
        ExportItem::Index(item) => internals::instance_item(store, instance, item),
        ExportItem::Name(name) => internals::instance_export(store, instance, data.shared.types().name(name)),
    };
    item.ok_or_else(|| coracle_error::bug!("a plan refers to an export that its instance does not have"))
}

/// The function that a definition stands for.
pub(crate) fn core_func(store: &StoreOpaque, data: &InstanceData, def: &CoreDef) -> Result<FuncHandle> {
    match core_def(store, data, def)? {
        RawExtern::Func(func) => Ok(func),
        _ => Err(coracle_error::bug!("a plan takes something for a function that is none")),
    }
}

//! Names of functions, for the tier log.

use coracle_image::entity::{DefinedFuncIndex, FuncIndex};
use coracle_image::module::EntityIndex;
use coracle_vm::module::Module;

/// The name of a function: from the name section, or from its first export. Only the tier log asks.
pub(crate) fn function(module: &Module, defined: DefinedFuncIndex) -> Option<String> {
    let func = FuncIndex::from_u32(module.data().imported.funcs + defined.as_u32());
    let exported = || {
        let wanted = EntityIndex::Func(func);
        module.data().exports.iter().find(|(_, item)| *item == wanted).map(|(name, _)| name.to_string())
    };
    module.func_name(func).map(Into::into).or_else(exported)
}

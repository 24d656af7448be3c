//! What a tier compiles: the bytes of one function and the module that they are read in.

use crate::module::Module;
use coracle_image::entity::{DefinedFuncIndex, FuncIndex};
use coracle_image::module::FuncType;

/// One function body, validated before.
#[derive(Clone, Debug)]
pub struct FuncBody<'a> {
    /// The module: index spaces, types, layout.
    pub module: &'a Module,
    /// Which function, among those that the module defines.
    pub defined: DefinedFuncIndex,
    /// The same in the index space that imports share.
    pub func: FuncIndex,
    /// Its type.
    pub ty: &'a FuncType,
    /// Its bytes: local declarations, then operators up to the last `end`.
    pub bytes: &'a [u8],
    /// Where `bytes` begins in the module's binary, in bytes.
    pub offset: usize,
}

impl<'a> FuncBody<'a> {
    /// The body of a function that `module` defines.
    pub fn of(module: &'a Module, defined: DefinedFuncIndex) -> Self {
        let func = FuncIndex::from_u32(module.data().imported.funcs + defined.as_u32());
        let (bytes, offset) = module.body(defined);
        Self { module, defined, func, ty: module.func_type(func), bytes, offset }
    }
}

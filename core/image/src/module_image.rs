//! `ModuleImage`: a core module as its bytes say it, before any engine.

use crate::func_types::FuncTypes;
use crate::module::ModuleData;

/// A core module as its bytes say it: the sections, and the function types that they number.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleImage {
    /// What the sections say.
    pub data: ModuleData,
    /// The function types that `data` numbers.
    pub func_types: FuncTypes,
}

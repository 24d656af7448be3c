//! What a linker knows: definitions by name.

use crate::abi::resource::ResourceType;
use crate::host_function::{HostDtor, HostFunction};
use alloc::sync::Arc;
use alloc::vec::Vec;
use coracle_image::parse::names::NameMap;
use coracle_image::strings::{NameId, StringPool};
use coracle_vm::module::Module;

/// What the host gives for a name.
#[derive(Clone)]
pub(crate) enum Definition {
    Instance(NameMap<Definition>),
    Func(Arc<HostFunction>),
    Module(Module),
    Resource(ResourceType, Arc<HostDtor>),
}

impl Definition {
    pub(crate) fn desc(&self) -> &'static str {
        match self {
            Self::Instance(_) => "instance",
            Self::Func(_) => "function",
            Self::Module(_) => "module",
            Self::Resource(..) => "resource",
        }
    }
}

/// Names and definitions, with the pool that interns the names.
#[derive(Clone, Default)]
pub(crate) struct Definitions {
    pub(crate) strings: StringPool,
    pub(crate) root: NameMap<Definition>,
}

/// The names of a map, as text, sorted.
pub(crate) fn names(strings: &StringPool, map: &NameMap<Definition>) -> Vec<alloc::string::String> {
    let mut names: Vec<_> = map.iter().map(|(id, _): (NameId, _)| strings.text(id).into()).collect();
    names.sort();
    names
}

//! What a linker knows: definitions by name.

use crate::abi::resource::ResourceType;
use crate::host_function::{HostDtor, HostFunction};
use crate::link::pre::Node;
use alloc::vec::Vec;
use coracle_error::shared::Arc;
use coracle_image::export::ExportIndex;
use coracle_image::parse::names::NameMap;
use coracle_image::strings::{NameId, StringPool};
use coracle_vm::module::Module;

/// What stands for a name: something of the host's, or an export of another component.
#[derive(Clone)]
#[cfg_attr(not(feature = "adapters"), expect(dead_code))] // Nothing is linked to another component there.
pub(crate) enum Definition {
    Instance(NameMap<Definition>),
    Func(Arc<HostFunction>),
    Module(Module),
    Resource(ResourceType, Arc<HostDtor>),
    Export(Node, ExportIndex),
    /// What was there when a component was linked before, and what that component does not take.
    Given,
}

impl Definition {
    pub(crate) fn desc(&self) -> &'static str {
        match self {
            Self::Instance(_) => "instance",
            Self::Func(_) => "function",
            Self::Module(_) => "module",
            Self::Resource(..) => "resource",
            Self::Given => "import that is not taken",
            Self::Export(node, export) => node.pre.component.entry(*export).desc(),
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
    names.sort_unstable();
    names
}

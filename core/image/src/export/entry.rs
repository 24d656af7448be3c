//! What an export graph consists of.

use crate::parse::names::NameMap;
use crate::plan::{Attributes, CoreDef, OptionsIndex, RuntimeImportIndex, StaticModuleIndex};
use crate::types::{FuncTypeIndex, InstanceTypeIndex, ModuleTypeIndex, ResourceIndex, TypeDef};
use core::fmt;

crate::entity! {
    /// An entry of an export graph.
    ExportIndex = "export";
}

/// What identifies an export graph: equal for every load of the same component.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GraphId([u64; 2]);

impl GraphId {
    /// The id that is this hash.
    pub fn from_bytes(hash: [u8; 16]) -> Self {
        let word = |i: usize| u64::from_le_bytes(core::array::from_fn(|j| hash[i * 8 + j]));
        Self([word(0), word(1)])
    }
}

impl fmt::Debug for GraphId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0[0].swap_bytes(), self.0[1].swap_bytes())
    }
}

/// One item, with the type that it is exported at.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportEntry {
    /// A function.
    Func {
        /// Its type.
        ty: FuncTypeIndex,
        /// Where it is.
        source: FuncSource,
    },
    /// A core module.
    Module {
        /// Its type.
        ty: ModuleTypeIndex,
        /// Where it is.
        source: ModuleSource,
    },
    /// An instance.
    Instance {
        /// Its type.
        ty: InstanceTypeIndex,
        /// Its members by name.
        members: NameMap<Member>,
    },
    /// A resource type.
    Resource(ResourceIndex),
    /// Any other type. It is only information.
    Type(TypeDef),
}

impl ExportEntry {
    /// Its type.
    pub fn type_def(&self) -> TypeDef {
        match *self {
            Self::Func { ty, .. } => TypeDef::Func(ty),
            Self::Module { ty, .. } => TypeDef::Module(ty),
            Self::Instance { ty, .. } => TypeDef::Instance(ty),
            Self::Resource(resource) => TypeDef::Resource(resource),
            Self::Type(ty) => ty,
        }
    }

    /// What an error message calls it.
    pub fn desc(&self) -> &'static str {
        match self {
            Self::Func { .. } => "function",
            Self::Module { .. } => "module",
            Self::Instance { .. } => "instance",
            Self::Resource(_) => "resource",
            Self::Type(_) => "type",
        }
    }
}

/// Where an exported function is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FuncSource {
    /// A lifted core function.
    Lifted {
        /// The core function.
        func: CoreDef,
        /// Its canonical options.
        options: OptionsIndex,
    },
    /// A function that is imported, and exported again.
    Import(RuntimeImportIndex),
}

/// Where an exported module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleSource {
    /// In the component.
    Static(StaticModuleIndex),
    /// A module that is imported, and exported again.
    Import(RuntimeImportIndex),
}

/// A named member of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Its entry.
    pub export: ExportIndex,
    /// What its name does not say.
    pub attributes: Attributes,
}

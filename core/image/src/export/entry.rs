//! What an export graph consists of.

use crate::codec::{self, Codec, Reader, Writer};
use crate::parse::names::NameMap;
use crate::plan::{Attributes, CoreDef, OptionsIndex, RuntimeImportIndex, StaticModuleIndex};
use crate::strings::{NameId, StringPool};
use crate::types::{FuncTypeIndex, InstanceTypeIndex, ModuleTypeIndex, ResourceIndex, TypeDef};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_error::fallible::boxed_str;
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModuleSource {
    /// In the component.
    Static(StaticModuleIndex),
    /// A module that is imported, and exported again.
    Import(RuntimeImportIndex),
}

/// A named member of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// Its entry.
    pub export: ExportIndex,
    /// What its name does not say.
    pub attributes: Attributes,
}

codec::indices! { ExportIndex }
codec::record! {
    Member { export, attributes }
}
codec::choice! {
    FuncSource { 0 = Lifted { func, options }, 1 = Import(import) }
    ModuleSource { 0 = Static(module), 1 = Import(import) }
    Stored {
        0 = Func { ty, source }, 1 = Module { ty, source }, 2 = Instance { ty, members }, 3 = Resource(resource), 4 = Type(ty),
    }
}

impl Codec for GraphId {
    fn write(&self, to: &mut Writer) {
        self.0.iter().for_each(|word| to.bytes(&word.to_le_bytes()));
    }
    fn read(from: &mut Reader<'_>) -> Self {
        Self::from_bytes(Codec::read(from))
    }
}

/// An entry as it is written: an instance's members are a list.
enum Stored {
    Func { ty: FuncTypeIndex, source: FuncSource },
    Module { ty: ModuleTypeIndex, source: ModuleSource },
    Instance { ty: InstanceTypeIndex, members: Vec<(NameId, Member)> },
    Resource(ResourceIndex),
    Type(TypeDef),
}

impl ExportEntry {
    /// Writes it for [`ExportEntry::read`].
    pub(crate) fn write(&self, to: &mut Writer) {
        let stored = match self {
            Self::Func { ty, source } => Stored::Func { ty: *ty, source: source.clone() },
            Self::Module { ty, source } => Stored::Module { ty: *ty, source: *source },
            Self::Instance { ty, members } => {
                Stored::Instance { ty: *ty, members: members.iter().map(|(name, member)| (name, *member)).collect() }
            }
            Self::Resource(resource) => Stored::Resource(*resource),
            Self::Type(ty) => Stored::Type(*ty),
        };
        stored.write(to);
    }

    /// Reads an entry whose names are of a pool.
    pub(crate) fn read(from: &mut Reader<'_>, pool: &mut StringPool) -> Self {
        match Stored::read(from) {
            Stored::Func { ty, source } => Self::Func { ty, source },
            Stored::Module { ty, source } => Self::Module { ty, source },
            Stored::Instance { ty, members } => {
                let members = named(members, pool).unwrap_or_else(|error| {
                    from.fail(&error);
                    NameMap::default()
                });
                Self::Instance { ty, members }
            }
            Stored::Resource(resource) => Self::Resource(resource),
            Stored::Type(ty) => Self::Type(ty),
        }
    }
}

fn named(stored: Vec<(NameId, Member)>, pool: &mut StringPool) -> Result<NameMap<Member>> {
    let mut members = NameMap::default();
    for (name, member) in stored {
        let suffix = member.attributes.version_suffix.map(|id| boxed_str(pool.text(id))).transpose()?;
        members.insert(pool, name, suffix.as_deref(), member, false)?;
    }
    Ok(members)
}

//! What a linker has for the name of an import: a definition, or an export of another component.
//!
//! Below an export of another component names are those of its export graph, by the same rule.

use crate::ids::NodeIndex;
use crate::link::definition::{Definition, names};
use crate::link::pre::{Linked, Linking, Node, NodeKey};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use coracle_error::Result;
use coracle_image::arena::PrimaryMap;
use coracle_image::export::{ExportEntry, ExportIndex, FuncSource, ModuleSource};
use coracle_image::keyed::KeyMap;
use coracle_image::parse::names::NameMap;
use coracle_image::plan::ResourceOrigin;
use coracle_image::strings::StringPool;
use coracle_vm::module::Module;

/// What was found for a name.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    Defined(&'a Definition),
    Export(&'a Node, ExportIndex, Linking),
}

impl<'a> Found<'a> {
    /// What a name of a namespace resolves to.
    pub(crate) fn get(map: &'a NameMap<Definition>, strings: &StringPool, name: &str) -> Option<Self> {
        map.get(strings, name).map(|definition| match definition {
            Definition::Export(node, export) => Self::Export(node, *export, node.linking),
            definition => Self::Defined(definition),
        })
    }

    /// The member of that name, if this is an instance.
    pub(crate) fn member(self, strings: &StringPool, name: &str) -> Option<Self> {
        match self {
            Self::Defined(Definition::Instance(map)) => Self::get(map, strings, name),
            Self::Defined(_) => None,
            Self::Export(node, export, linking) => {
                let member = node.pre.component.graph().resolve(export, name);
                member.map(|(member, _)| Self::Export(node, member, linking))
            }
        }
    }

    /// The export's entry, if it is one.
    pub(crate) fn entry(self) -> Option<(&'a Node, &'a ExportEntry)> {
        match self {
            Self::Defined(_) => None,
            Self::Export(node, export, _) => Some((node, node.pre.component.entry(export))),
        }
    }

    /// Whether it is an instance.
    pub(crate) fn is_instance(self) -> bool {
        match self {
            Self::Defined(definition) => matches!(definition, Definition::Instance(_)),
            Self::Export(node, export, _) => matches!(node.pre.component.entry(export), ExportEntry::Instance { .. }),
        }
    }

    /// The core module that it is, if it is one.
    pub(crate) fn module(self) -> Option<&'a Module> {
        let (node, import) = match self {
            Self::Defined(Definition::Module(module)) => return Some(module),
            Self::Defined(_) => return None,
            Self::Export(node, export, _) => match node.pre.component.entry(export) {
                ExportEntry::Module { source: ModuleSource::Static(index), .. } => {
                    return Some(&node.pre.component.modules()[*index]);
                }
                ExportEntry::Module { source: ModuleSource::Import(import), .. } => (node, *import),
                _ => return None,
            },
        };
        match &node.pre.imports[import] {
            Linked::Module(module) => Some(module),
            _ => None,
        }
    }

    /// What an error message calls it.
    pub(crate) fn desc(self) -> &'static str {
        match self {
            Self::Defined(definition) => definition.desc(),
            Self::Export(node, export, _) => node.pre.component.entry(export).desc(),
        }
    }

    /// The names of its members, sorted, if it is an instance.
    pub(crate) fn names(self, strings: &StringPool) -> Vec<String> {
        match self {
            Self::Defined(Definition::Instance(map)) => names(strings, map),
            Self::Defined(_) => Vec::new(),
            Self::Export(node, export, _) => match node.pre.component.entry(export) {
                ExportEntry::Instance { members, .. } => {
                    let name = |(id, _)| node.pre.component.types().name(id).to_string();
                    let mut names: Vec<_> = members.iter().map(name).collect();
                    names.sort_unstable();
                    names
                }
                _ => Vec::new(),
            },
        }
    }

    /// What an import is linked to that this stands for. `None` for what no import is: an instance, a type.
    #[cfg_attr(not(feature = "adapters"), expect(unreachable_code, unused_variables))] // No other component is there.
    pub(crate) fn linked(self, nodes: &mut Nodes) -> Result<Option<Linked>> {
        let (node, entry) = match self {
            Self::Defined(Definition::Func(func)) => return Ok(Some(Linked::Func(func.clone()))),
            Self::Defined(Definition::Module(module)) => return Ok(Some(Linked::Module(module.clone()))),
            Self::Defined(Definition::Resource(ty, dtor)) => return Ok(Some(Linked::Resource(*ty, dtor.clone()))),
            Self::Defined(Definition::Instance(_) | Definition::Export(..) | Definition::Given) => return Ok(None),
            Self::Export(node, export, _) => match (node, node.pre.component.entry(export)) {
                (node, ExportEntry::Func { source: FuncSource::Lifted { .. }, .. }) => {
                    return Ok(Some(Linked::Export(nodes.add(node), export, node.linking)));
                }
                found => found,
            },
        };
        let import = match *entry {
            ExportEntry::Func { source: FuncSource::Import(import), .. } => import,
            ExportEntry::Resource(resource) => match node.pre.component.plan().resources[resource] {
                ResourceOrigin::Imported(import) => import,
                ResourceOrigin::Defined { .. } => {
                    return Ok(Some(Linked::Defined(nodes.add(node), resource, node.linking)));
                }
                ResourceOrigin::Abstract => {
                    return Err(coracle_error::bug!("a resource type that is only described is exported"));
                }
            },
            ExportEntry::Module { .. } => return Ok(self.module().cloned().map(Linked::Module)),
            ExportEntry::Func { .. } | ExportEntry::Instance { .. } | ExportEntry::Type(_) => return Ok(None),
        };
        // The component passes on what it imports: the link goes past it, to where that is defined.
        Ok(Some(match &node.pre.imports[import] {
            Linked::Export(origin, export, linking) => {
                Linked::Export(nodes.add(&node.node(*origin)), *export, *linking)
            }
            Linked::Defined(origin, resource, linking) => {
                Linked::Defined(nodes.add(&node.node(*origin)), *resource, *linking)
            }
            host => host.clone(),
        }))
    }
}

/// The nodes that a component is linked to, each once, in the order in which they are added.
#[derive(Default)]
pub(crate) struct Nodes {
    all: PrimaryMap<NodeIndex, Node>,
    known: KeyMap<NodeKey, NodeIndex>,
}

impl Nodes {
    /// The number of a node, new or old.
    pub(crate) fn add(&mut self, node: &Node) -> NodeIndex {
        let all = &mut self.all;
        *self.known.entry(node.key()).or_insert_with(|| all.push(node.clone()))
    }

    /// All of them.
    pub(crate) fn finish(self) -> PrimaryMap<NodeIndex, Node> {
        self.all
    }
}

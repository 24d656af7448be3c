//! Walking exports with errors that say what went wrong.

use crate::export::{ComponentExportIndex, ExportEntry, ExportGraph, ExportIndex};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// Why an export was not found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportError {
    /// The instance has no export that the name resolves to.
    Missing {
        /// The name.
        name: String,
        /// Names that the instance has and that are close to it.
        near: Vec<String>,
    },
    /// The handle is of another component's export graph.
    Foreign,
    /// The export is of another kind.
    WrongKind {
        /// What it is.
        found: &'static str,
        /// What it would have to be.
        wanted: &'static str,
    },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, near } => {
                write!(f, "there is no export `{name}`")?;
                for (i, name) in near.iter().enumerate() {
                    write!(f, "{}`{name}`", if i == 0 { "; near: " } else { ", " })?;
                }
                Ok(())
            }
            Self::Foreign => f.write_str("the handle is of another component's exports"),
            Self::WrongKind { found, wanted } => write!(f, "the export is of kind {found}, not {wanted}"),
        }
    }
}

impl core::error::Error for ExportError {}

/// An export of a component, on the way to others.
#[derive(Clone, Copy)]
pub struct ExportNode<'a> {
    graph: &'a ExportGraph,
    index: ExportIndex,
}

impl<'a> ExportNode<'a> {
    /// The root of a graph: the component itself, as the instance that it will be.
    pub fn root(graph: &'a ExportGraph) -> Self {
        Self { graph, index: graph.root() }
    }

    /// The export of a handle.
    ///
    /// # Errors
    /// [`ExportError::Foreign`] when the handle is of another graph.
    pub fn of(graph: &'a ExportGraph, handle: ComponentExportIndex) -> Result<Self, ExportError> {
        handle.of(graph).map(|index| Self { graph, index }).ok_or(ExportError::Foreign)
    }

    /// Its handle. O(1).
    pub fn index(&self) -> ComponentExportIndex {
        self.graph.handle(self.index)
    }

    /// Its entry in the graph.
    pub fn entry(&self) -> &'a ExportEntry {
        &self.graph.entries()[self.index]
    }

    /// What it is: `function`, `module`, `instance`, `resource` or `type`.
    pub fn kind(&self) -> &'static str {
        self.entry().desc()
    }

    /// The export of that name of this instance, by the rule for versions.
    ///
    /// # Errors
    /// [`ExportError::Missing`] when there is none, [`ExportError::WrongKind`] when this is no instance.
    pub fn child(&self, name: &str) -> Result<Self, ExportError> {
        if !matches!(self.entry(), ExportEntry::Instance { .. }) {
            return Err(ExportError::WrongKind { found: self.kind(), wanted: "instance" });
        }
        match self.graph.resolve(self.index, name) {
            Some((index, _)) => Ok(Self { graph: self.graph, index }),
            None => Err(ExportError::Missing { name: name.to_string(), near: self.near(name) }),
        }
    }

    /// The exports of this instance with their names, in order; none if it is no instance.
    pub fn children(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let graph = self.graph;
        let members = match self.entry() {
            ExportEntry::Instance { members, .. } => Some(members),
            _ => None,
        };
        members
            .into_iter()
            .flat_map(|members| members.iter())
            .map(move |(name, member)| (graph.name(name), Self { graph, index: member.export }))
    }

    /// The handle, if this is a function.
    ///
    /// # Errors
    /// [`ExportError::WrongKind`] when it is something else.
    pub fn func(&self) -> Result<ComponentExportIndex, ExportError> {
        self.of_kind("function")
    }

    /// The handle, if this is an instance.
    ///
    /// # Errors
    /// [`ExportError::WrongKind`] when it is something else.
    pub fn instance(&self) -> Result<ComponentExportIndex, ExportError> {
        self.of_kind("instance")
    }

    /// The handle, if this is a core module.
    ///
    /// # Errors
    /// [`ExportError::WrongKind`] when it is something else.
    pub fn module(&self) -> Result<ComponentExportIndex, ExportError> {
        self.of_kind("module")
    }

    /// The handle, if this is a resource type.
    ///
    /// # Errors
    /// [`ExportError::WrongKind`] when it is something else.
    pub fn resource(&self) -> Result<ComponentExportIndex, ExportError> {
        self.of_kind("resource")
    }

    fn of_kind(&self, wanted: &'static str) -> Result<ComponentExportIndex, ExportError> {
        match self.kind() {
            found if found == wanted => Ok(self.index()),
            found => Err(ExportError::WrongKind { found, wanted }),
        }
    }

    /// Names that differ from `name` only in version, case or interface path.
    fn near(&self, name: &str) -> Vec<String> {
        let key = |name: &str| {
            let bare = name.split('@').next().unwrap_or(name);
            bare.rsplit(['/', '.', '#']).next().unwrap_or(bare).to_ascii_lowercase()
        };
        let wanted = key(name);
        self.children().filter(|(other, _)| key(other) == wanted).map(|(other, _)| other.to_string()).take(8).collect()
    }
}

impl fmt::Debug for ExportNode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.index)
    }
}

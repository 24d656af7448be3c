//! What exports are looked up by.

use crate::export::{ComponentExportIndex, ExportGraph, ExportIndex};
use alloc::string::String;

/// What an export can be looked up by: its name, or its handle.
pub trait ExportLookup {
    /// The entry in `graph`, as seen from the instance `parent`. A handle is absolute and ignores `parent`.
    #[doc(hidden)]
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex>;

    /// The handle that this is, if it is no name.
    #[doc(hidden)]
    #[inline]
    fn as_handle(&self) -> Option<ComponentExportIndex> {
        None
    }
}

impl<T: ExportLookup + ?Sized> ExportLookup for &T {
    #[inline]
    fn as_handle(&self) -> Option<ComponentExportIndex> {
        (**self).as_handle()
    }
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        (**self).lookup_in(graph, parent)
    }
}

impl ExportLookup for str {
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        graph.resolve(parent, self).map(|(index, _)| index)
    }
}

impl ExportLookup for String {
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        self.as_str().lookup_in(graph, parent)
    }
}

/// An item of an interface, `ns:pkg/iface.item@1.0.0`, as seen from the parent instance like any other name.
///
/// An interface that is not there ends the search: the item is not looked for one level up.
#[cfg(feature = "wit-parser")]
impl ExportLookup for wit_parser::ItemName {
    fn lookup_in(&self, graph: &ExportGraph, parent: ExportIndex) -> Option<ExportIndex> {
        let instance = match self.instance_name() {
            Some(name) => name.lookup_in(graph, parent)?,
            None => parent,
        };
        self.name.lookup_in(graph, instance)
    }
}

impl ExportLookup for ComponentExportIndex {
    #[inline]
    fn as_handle(&self) -> Option<ComponentExportIndex> {
        Some(*self)
    }
    #[inline]
    fn lookup_in(&self, graph: &ExportGraph, _parent: ExportIndex) -> Option<ExportIndex> {
        self.of(graph)
    }
}

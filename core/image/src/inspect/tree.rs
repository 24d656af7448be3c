//! A tree of lines, for people.

use crate::inspect::rows::{Row, export_rows, import_rows};
use crate::inspect::view::View;
use alloc::string::String;
use core::fmt::Write;

/// Imports and exports as a tree: exports with index, kind, type and where they lead.
pub fn tree(component: &View<'_>) -> String {
    let mut out = String::new();
    for (head, rows) in [("imports", import_rows(component)), ("exports", export_rows(component))] {
        let _ = writeln!(out, "{head}");
        rows.iter().for_each(|row| line(&mut out, row));
    }
    out
}

fn line(out: &mut String, row: &Row<'_>) {
    let _ = write!(out, "{:indent$}{} {}", "", row.kind, row.name, indent = 2 + 2 * row.depth);
    if let Some(ty) = &row.ty {
        let _ = write!(out, ": {ty}");
    }
    if let Some((index, again)) = row.export {
        let _ = write!(out, "  [{index}{}]", if again && row.kind == "instance" { ", see above" } else { "" });
    }
    if let Some(source) = &row.source {
        let _ = write!(out, " -> {source}");
    }
    out.push('\n');
}

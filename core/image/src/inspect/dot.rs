//! DOT, for graph tools.

use crate::export::ExportEntry;
use crate::inspect::rows::{Places, type_text};
use crate::inspect::view::View;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

/// The export graph in the DOT language: entries, names on the edges, and the modules that functions lead to.
pub fn dot(component: &View<'_>) -> String {
    let graph = component.graph;
    let places = Places::new(component);
    let mut out = String::from("digraph exports {\n  rankdir=LR;\n  node [shape=box, fontname=monospace];\n");
    let mut seen = BTreeSet::new();
    for (index, entry) in graph.entries().iter() {
        let shape = match entry {
            ExportEntry::Instance { .. } => "folder",
            ExportEntry::Func { .. } => "box",
            ExportEntry::Module { .. } => "component",
            ExportEntry::Resource(_) | ExportEntry::Type(_) => "note",
        };
        let ty = type_text(component, entry.type_def()).map_or(String::new(), |ty| format!("\n{ty}"));
        let label = quoted(&format!("{index} {}{ty}", entry.desc()));
        let _ = writeln!(out, "  {index} [shape={shape}, label={label}];");
        if let ExportEntry::Instance { members, .. } = entry {
            for (name, member) in members.iter() {
                let _ = writeln!(out, "  {index} -> {} [label={}];", member.export, quoted(graph.name(name)));
            }
        }
        if let Some(source) = places.source(entry) {
            let item = source.item.as_deref().unwrap_or("");
            let _ = writeln!(out, "  {index} -> {} [style=dashed, label={}];", quoted(&source.place), quoted(item));
            if !seen.contains(&source.place) {
                seen.insert(source.place);
            }
        }
    }
    for place in seen {
        let _ = writeln!(out, "  {} [shape=box3d];", quoted(&place));
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

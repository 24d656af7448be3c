//! JSON, for programs.

use crate::inspect::rows::{Row, export_rows, import_rows};
use crate::inspect::view::View;
use crate::printable::acts;
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

/// Imports and exports as one JSON object.
///
/// Each item has `name` and `kind`; `type` where there is a text for it; an instance has `exports`. Exports have
/// `index`, and functions and modules `source`. An instance that was given before has `"shared": true` in place of its
/// `exports`.
pub fn json(component: &View<'_>) -> String {
    let mut out = format!("{{\n  \"graph\": \"{:?}\",\n  \"imports\": ", component.graph.id());
    list(&mut out, &import_rows(component));
    out.push_str(",\n  \"exports\": ");
    list(&mut out, &export_rows(component));
    out.push_str("\n}\n");
    out
}

fn list(out: &mut String, rows: &[Row<'_>]) {
    out.push('[');
    for (i, row) in rows.iter().enumerate() {
        let next = rows.get(i + 1).map(|next| next.depth);
        let first = i == 0 || rows[i - 1].depth < row.depth;
        let _ = write!(out, "{}\n{:pad$}", if first { "" } else { "," }, "", pad = 4 + 2 * row.depth);
        item(out, row);
        let opens = row.kind == "instance" && !matches!(row.export, Some((_, true)));
        let has_members = next.is_some_and(|next| next > row.depth);
        if opens {
            out.push_str(", \"exports\": [");
            if !has_members {
                out.push_str("]}");
            }
        } else {
            out.push('}');
        }
        if !has_members {
            // Close every instance that ends here.
            for _ in next.unwrap_or(0)..row.depth {
                out.push_str("]}");
            }
        }
    }
    out.push(']');
}

fn item(out: &mut String, row: &Row<'_>) {
    let _ = write!(out, "{{\"name\": {}, \"kind\": {}", quoted(row.name), quoted(row.kind));
    if let Some(ty) = &row.ty {
        let _ = write!(out, ", \"type\": {}", quoted(ty));
    }
    if let Some((index, again)) = row.export {
        let _ = write!(out, ", \"index\": {}", index.as_u32());
        if again {
            out.push_str(", \"shared\": true");
        }
    }
    if let Some(source) = &row.source {
        let _ = write!(out, ", \"source\": {}", quoted(&format!("{source}")));
    }
}

/// A JSON string. What acts on a terminal, or hides, is escaped as well.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if acts(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

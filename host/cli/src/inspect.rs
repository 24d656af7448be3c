//! `coracle inspect`: what a component imports and exports.

use crate::flags::{EngineFlags, Format, InspectFlags};
use crate::report::Outcome;
use crate::{load, run, signature};
use coracle::Engine;
use coracle::component::types::{ComponentInstance, ComponentItem};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Items that are printed; a hostile component can have exponentially many.
const MOST_ITEMS: usize = 100_000;

/// Prints what the flags ask for.
pub(crate) fn inspect(flags: &InspectFlags) -> Outcome {
    let engine = run::engine(&EngineFlags::default())?;
    let component = load::component(&engine, &flags.file)?;
    let ty = component.component_type();
    let mut room = MOST_ITEMS;
    let imports = ty.imports(&engine).map(|(name, item)| Item::new(&engine, name, item.ty, &mut room)).collect();
    let exports = ty.exports(&engine).map(|(name, item)| Item::new(&engine, name, item.ty, &mut room)).collect();
    let text = match flags.format {
        Format::Tree => tree(imports, exports),
        Format::Json => json(imports, exports),
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(0),
    }
}

/// An import or export, and what is in it.
struct Item {
    name: String,
    kind: &'static str,
    /// WIT text, where there is one that says more than the kind.
    ty: Option<String>,
    items: Vec<Item>,
}

impl Item {
    fn new(engine: &Engine, name: &str, item: ComponentItem, room: &mut usize) -> Self {
        *room = room.saturating_sub(1);
        let mut items = Vec::new();
        let (kind, ty) = match &item {
            ComponentItem::ComponentFunc(ty) => ("func", Some(signature::func(name, ty))),
            ComponentItem::ComponentInstance(instance) => {
                items = Self::nested(engine, instance, room);
                ("instance", None)
            }
            ComponentItem::Type(ty) => ("type", Some(signature::ty(ty))),
            ComponentItem::Resource(_) => ("resource", None),
            ComponentItem::Module(_) => ("module", None),
            ComponentItem::Component(_) => ("component", None),
            ComponentItem::CoreFunc(_) => ("core func", None),
        };
        Self { name: name.to_owned(), kind, ty, items }
    }

    fn nested(engine: &Engine, instance: &ComponentInstance, room: &mut usize) -> Vec<Self> {
        let mut items = Vec::new();
        for (name, item) in instance.exports(engine) {
            if *room == 0 {
                break;
            }
            items.push(Self::new(engine, name, item.ty, room));
        }
        items
    }
}

fn tree(imports: Vec<Item>, exports: Vec<Item>) -> String {
    fn print(out: &mut String, items: &[Item], depth: usize) {
        for item in items {
            let _ = match (item.kind, &item.ty) {
                ("func", Some(ty)) => writeln!(out, "{:indent$}{ty}", "", indent = depth * 2),
                (kind, Some(ty)) => writeln!(out, "{:indent$}{kind} {} = {ty}", "", item.name, indent = depth * 2),
                (kind, None) => writeln!(out, "{:indent$}{kind} {}", "", item.name, indent = depth * 2),
            };
            print(out, &item.items, depth + 1);
        }
    }
    let mut out = String::new();
    for (head, items) in [("imports", imports), ("exports", exports)] {
        let _ = writeln!(out, "{head}");
        print(&mut out, &items, 1);
    }
    out
}

fn json(imports: Vec<Item>, exports: Vec<Item>) -> String {
    fn print(out: &mut String, items: &[Item], depth: usize) {
        let pad = depth * 2;
        out.push('[');
        for (position, item) in items.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            let _ =
                write!(out, "{comma}\n{:pad$}{{\"name\": {}, \"kind\": {}", "", quoted(&item.name), quoted(item.kind));
            if let Some(ty) = &item.ty {
                let _ = write!(out, ", \"type\": {}", quoted(ty));
            }
            if item.kind == "instance" {
                out.push_str(", \"exports\": ");
                print(out, &item.items, depth + 1);
            }
            out.push('}');
        }
        out.push(']');
    }
    let mut out = String::from("{\n  \"imports\": ");
    print(&mut out, &imports, 2);
    out.push_str(",\n  \"exports\": ");
    print(&mut out, &exports, 2);
    out.push_str("\n}\n");
    out
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

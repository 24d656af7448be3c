//! The graph of linked components, for `inspect --with`: components as boxes, what one imports of another as arrows.
//!
//! What the host gives stands in each component's box, since no arrow of it would tell anything.

use crate::flags::Format;
use crate::with::{Link, Parts, imports};
use std::collections::HashMap;
use std::fmt::Write;

/// Pixels from row to row.
const ROW: usize = 18;
/// Pixels of a character of a monospaced font of 12 pixels.
const CHAR: usize = 8;
/// Pixels between columns, and between boxes.
const GAP: usize = 90;
/// Characters of a name that are drawn; the whole is the element's title.
const DRAWN: usize = 60;

/// The graph in a format.
pub(crate) fn show(parts: &Parts, format: Format) -> String {
    match format {
        Format::Tree => tree(parts),
        Format::Json => json(parts),
        Format::Dot => dot(parts),
        Format::Svg => svg(parts),
    }
}

/// By whom, and why, an import is given, for each component that has it; `None` where no component does.
pub(crate) fn explain(parts: &Parts, import: &str) -> Option<String> {
    let mut text = String::new();
    for &number in parts.order.iter().rev() {
        let part = &parts.all[number];
        if !imports(&part.component).iter().any(|name| name == import) {
            continue;
        }
        let _ = writeln!(text, "`{}` imports `{import}`", part.name);
        let Some(link) = parts.links[number].iter().find(|link| link.import == import) else {
            text.push_str("  no file exports it: it is left to the host\n");
            continue;
        };
        let exporter = &parts.all[link.exporter];
        let why = match link.exporter < number {
            true => "the last one before it that exports it",
            false => "the first one behind it that exports it, and none before it does",
        };
        let _ = writeln!(text, "  `{}` of `{}` is linked: {why}", export_name(parts, link), exporter.name);
        if link.export != exporter.component.root().index() {
            for line in exporter.component.explain_export(import).to_string().lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    (!text.is_empty()).then_some(text)
}

/// What an export is called; an empty name is that of all exports together.
fn export_name(parts: &Parts, link: &Link) -> String {
    let component = &parts.all[link.exporter].component;
    let ty = component.component_type();
    let mut names = ty.exports(component.engine()).map(|(name, _)| name);
    let name = names.find(|name| component.get_export_index(None, *name) == Some(link.export));
    name.map_or_else(|| "*".to_owned(), str::to_owned)
}

/// Imports of a part that no file gives.
fn of_the_host(parts: &Parts, number: usize) -> Vec<String> {
    let mut names = imports(&parts.all[number].component);
    names.retain(|name| !parts.links[number].iter().any(|link| link.import == *name));
    names
}

/// Parts as a tree, from the program down. What several import from is shown in full where it is met first.
fn tree(parts: &Parts) -> String {
    let mut text = String::new();
    let mut seen = vec![false; parts.all.len()];
    let _ = writeln!(text, "{}", parts.all[parts.program()].name);
    branch(parts, parts.program(), "", &mut seen, &mut text);
    for part in parts.left_over() {
        let _ = writeln!(text, "{} (nothing imports from it)", part.name);
    }
    text
}

fn branch(parts: &Parts, number: usize, indent: &str, seen: &mut [bool], text: &mut String) {
    seen[number] = true;
    // One branch for each exporter, however many of its exports are linked.
    let mut from: Vec<(usize, Vec<String>)> = Vec::new();
    for link in &parts.links[number] {
        let (import, export) = (&link.import, export_name(parts, link));
        let shown = if *import == export { export } else { format!("{import} = {export}") };
        match from.iter_mut().find(|(exporter, _)| *exporter == link.exporter) {
            Some((_, names)) => names.push(shown),
            None => from.push((link.exporter, vec![shown])),
        }
    }
    let host = of_the_host(parts, number);
    for (n, (exporter, names)) in from.iter().enumerate() {
        let last = n + 1 == from.len() && host.is_empty();
        let (corner, below) = if last { ("└── ", "    ") } else { ("├── ", "│   ") };
        let again = if seen[*exporter] { " (see above)" } else { "" };
        let _ = writeln!(text, "{indent}{corner}{}{again}: {}", parts.all[*exporter].name, names.join(", "));
        if !seen[*exporter] {
            branch(parts, *exporter, &format!("{indent}{below}"), seen, text);
        }
    }
    if !host.is_empty() {
        let _ = writeln!(text, "{indent}└── host: {}", host.join(", "));
    }
}

fn json(parts: &Parts) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    let places: HashMap<usize, usize> = parts.order.iter().enumerate().map(|(at, &number)| (number, at)).collect();
    let component = |&number: &usize| {
        let host = of_the_host(parts, number).iter().map(|name| quoted(name)).collect();
        format!("    {{ \"name\": {}, \"host\": {} }}", quoted(&parts.all[number].name), list(host))
    };
    let components: Vec<_> = parts.order.iter().map(component).collect();
    let mut links = Vec::new();
    for &number in &parts.order {
        for link in &parts.links[number] {
            links.push(format!(
                "    {{ \"importer\": {}, \"import\": {}, \"exporter\": {}, \"export\": {} }}",
                places[&number],
                quoted(&link.import),
                places[&link.exporter],
                quoted(&export_name(parts, link))
            ));
        }
    }
    format!(
        "{{\n  \"components\": [\n{}\n  ],\n  \"links\": [\n{}\n  ]\n}}\n",
        components.join(",\n"),
        links.join(",\n")
    )
}

fn dot(parts: &Parts) -> String {
    let mut text = String::from("digraph components {\n  rankdir = LR;\n  node [shape = box, fontname = monospace];\n");
    for &number in parts.order.iter().rev() {
        let _ = writeln!(text, "  c{number} [label = {}];", quoted(&parts.all[number].name));
    }
    for &number in parts.order.iter().rev() {
        for link in &parts.links[number] {
            let _ = writeln!(text, "  c{number} -> c{} [label = {}];", link.exporter, quoted(&link.import));
        }
    }
    text.push_str("}\n");
    text
}

/// A text as JSON and DOT quote it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Where a box is drawn.
#[derive(Clone, Copy, Default)]
struct Place {
    column: usize,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// Boxes in columns, the program's on the left, each to the right of all that import from it; in a box the imports that
/// arrows begin at.
fn svg(parts: &Parts) -> String {
    let places = placed(parts);
    let drawn = || parts.order.iter().rev().map(|&number| (number, places[number]));
    let width = drawn().map(|(_, place)| place.x + place.width).max().unwrap_or(0) + GAP / 2;
    let height = drawn().map(|(_, place)| place.y + place.height).max().unwrap_or(0) + ROW;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"12\">\n\
         <defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\">\
         <path d=\"M0 0 L8 4 L0 8 z\" fill=\"#1f5fa8\"/></marker></defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (number, Place { x, y, width, height, .. }) in drawn() {
        let _ = writeln!(
            out,
            "<g><title>{name}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"5\" \
             fill=\"#eef3f9\" stroke=\"#1f5fa8\"/><text x=\"{}\" y=\"{}\" font-weight=\"bold\">{shown}</text></g>",
            x + CHAR,
            y + ROW - 4,
            name = escaped(&parts.all[number].name),
            shown = escaped(&shortened(&parts.all[number].name)),
        );
        for (row, link) in parts.links[number].iter().enumerate() {
            let (at, to) = (y + (row + 2) * ROW, places[link.exporter]);
            let (from_x, from_y, to_x, to_y) = (x + width, at - 5, to.x, to.y + ROW - 5);
            let half = from_x + (to_x.saturating_sub(from_x)) / 2;
            let _ = writeln!(
                out,
                "<g><title>{import}</title><text x=\"{}\" y=\"{at}\">{shown}</text>\
                 <path d=\"M{from_x} {from_y} C{half} {from_y} {half} {to_y} {to_x} {to_y}\" fill=\"none\" \
                 stroke=\"#1f5fa8\" marker-end=\"url(#tip)\"/></g>",
                x + CHAR,
                import = escaped(&link.import),
                shown = escaped(&shortened(&link.import)),
            );
        }
        let host = of_the_host(parts, number);
        if !host.is_empty() {
            let _ = writeln!(
                out,
                "<g><title>{}</title><text x=\"{}\" y=\"{}\" fill=\"#555\">{}</text></g>",
                escaped(&host.join(", ")),
                x + CHAR,
                y + (parts.links[number].len() + 2) * ROW,
                host_row(&host),
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn host_row(host: &[String]) -> String {
    format!("host: {} imports", host.len())
}

fn placed(parts: &Parts) -> Vec<Place> {
    let mut places = vec![Place::default(); parts.all.len()];
    for &number in parts.order.iter().rev() {
        let host = of_the_host(parts, number);
        let links = &parts.links[number];
        let texts = links.iter().map(|link| &link.import).chain([&parts.all[number].name]);
        let chars = texts.map(|text| text.chars().count().min(DRAWN)).max().unwrap_or(0);
        let chars = if host.is_empty() { chars } else { chars.max(host_row(&host).len()) };
        let rows = 1 + links.len() + usize::from(!host.is_empty());
        places[number].width = (chars + 2) * CHAR;
        places[number].height = rows * ROW + ROW / 2;
        for link in links {
            places[link.exporter].column = places[link.exporter].column.max(places[number].column + 1);
        }
    }
    let columns = places.iter().map(|place| place.column).max().unwrap_or(0) + 1;
    let mut x = GAP / 2;
    for column in 0..columns {
        let (mut y, mut widest) = (ROW, 0);
        for &number in parts.order.iter().rev() {
            let place = &mut places[number];
            if place.column == column {
                (place.x, place.y) = (x, y);
                y += place.height + ROW;
                widest = widest.max(place.width);
            }
        }
        x += widest + GAP;
    }
    places
}

/// As much of a text as is drawn.
fn shortened(text: &str) -> String {
    match text.chars().count() > DRAWN {
        true => text.chars().take(DRAWN - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// A text as XML wants it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c < ' ' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

//! SVG, for browsers: exports as a tree on the left, what they lead to on the right, a line from each to its place;
//! imports as a list below.

use crate::inspect::rows::{Row, Source, export_rows, import_rows};
use crate::inspect::view::View;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// Pixels from row to row.
const ROW: usize = 20;
/// Pixels that a member stands to the right of its instance.
const INDENT: usize = 18;
/// Tenths of a pixel that a character of a monospaced font of 12 pixels takes, in the widest that browsers choose.
const CHAR: usize = 73;
/// Pixels between the things in a row.
const GAP: usize = 8;
/// Characters of a name or type that are drawn. The whole text is the element's title.
const DRAWN: usize = 72;
/// Rows that are drawn; no browser shows more.
const ROWS: usize = 20_000;

/// The export graph as an SVG document.
pub fn svg(component: &View<'_>) -> String {
    let mut rows = export_rows(component);
    let mut imports = import_rows(component);
    imports.retain(|row| row.depth == 0);
    let left_out = rows.len().saturating_sub(ROWS) + imports.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    imports.truncate(ROWS);
    let places = place_rows(&rows);
    // A third row of the head is that of `imports`; places at the end may stand below all rows.
    let lowest = places.values().copied().max().unwrap_or(0);
    let below = (rows.len() + 2) * ROW;
    let height = (below + (imports.len() + 3) * ROW).max(lowest + 2 * ROW);
    let left = rows.iter().chain(&imports).map(right_end).max().unwrap_or(0) + 2 * GAP;
    let place_chars = places.keys().map(|place| place.chars().count().min(DRAWN)).max().unwrap_or(0);
    let right = left + 120;
    let width = right + pixels(place_chars) + 5 * GAP;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"
    );
    draw_head(&mut out, &format!("exports of {:?}", component.graph.id()), ROW);
    for (i, row) in rows.iter().enumerate() {
        if let Some(source) = &row.source {
            let y = places.get(source.place.as_str()).copied().unwrap_or(0);
            draw_line(&mut out, (right_end(row), (i + 2) * ROW - 4), left, (right, y - 4), source);
        }
    }
    for (i, row) in rows.iter().enumerate() {
        draw_row(&mut out, row, (i + 2) * ROW);
    }
    for (place, y) in &places {
        draw_place(&mut out, place, (right, *y));
    }
    draw_head(&mut out, "imports", below + ROW);
    for (i, row) in imports.iter().enumerate() {
        draw_row(&mut out, row, below + (i + 2) * ROW);
    }
    if left_out > 0 {
        draw_head(&mut out, &format!("… and {left_out} more"), height - ROW / 2);
    }
    out.push_str("</svg>\n");
    out
}

/// How wide a text of so many characters is.
fn pixels(chars: usize) -> usize {
    (chars * CHAR).div_ceil(10)
}

fn draw_head(out: &mut String, text: &str, y: usize) {
    let _ = writeln!(out, "<text x=\"10\" y=\"{y}\" font-weight=\"bold\">{}</text>", escaped(text));
}

/// Where each place is drawn: at the mean of the rows that lead to it, moved down until places do not touch.
fn place_rows<'a>(rows: &'a [Row<'_>]) -> BTreeMap<&'a str, usize> {
    let mut uses: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some(source) = &row.source {
            let sum = uses.entry(&source.place).or_default();
            *sum = (sum.0 + (i + 2) * ROW, sum.1 + 1);
        }
    }
    let mut order: Vec<_> = uses.into_iter().map(|(place, (sum, count))| (sum / count, place)).collect();
    order.sort_unstable();
    let mut next = 2 * ROW;
    let settle = |(y, place): (usize, &'a str)| {
        let y = y.max(next);
        next = y + 2 * ROW;
        (place, y)
    };
    order.into_iter().map(settle).collect()
}

/// The text of a row behind its kind: index, name and type.
fn label(row: &Row<'_>) -> String {
    let mut text = String::new();
    if let Some((index, again)) = row.export {
        let seen = if again && row.kind == "instance" { ", see above" } else { "" };
        let _ = write!(text, "[{}{seen}] ", index.as_u32());
    }
    text.push_str(row.name);
    if let Some(ty) = &row.ty {
        let _ = write!(text, ": {ty}");
    }
    text
}

/// What of its place a row leads to, as it is written where the line begins.
fn target(row: &Row<'_>) -> Option<String> {
    row.source.as_ref()?.item.as_deref().filter(|item| !item.is_empty()).map(|item| format!("→ {}", shortened(item)))
}

/// Where the parts of a row begin: kind, label, target, line.
fn parts(row: &Row<'_>) -> [usize; 4] {
    let kind = 10 + row.depth * INDENT;
    let label_at = kind + pixels(row.kind.len() + 1) + GAP;
    let target_at = label_at + pixels(label(row).chars().count().min(DRAWN)) + GAP;
    let end = target(row).map_or(target_at, |text| target_at + pixels(text.chars().count()) + GAP);
    [kind, label_at, target_at, end]
}

fn right_end(row: &Row<'_>) -> usize {
    parts(row)[3]
}

fn draw_row(out: &mut String, row: &Row<'_>, y: usize) {
    let colour = match row.kind {
        "instance" => "#1f5fa8",
        "function" => "#1d7a3e",
        "module" => "#8a4b08",
        "resource" => "#8a1f6a",
        _ => "#555",
    };
    let text = label(row);
    let [kind, label_at, target_at, _] = parts(row);
    let _ = write!(
        out,
        "<g><title>{}</title><rect x=\"{kind}\" y=\"{}\" width=\"{}\" height=\"16\" rx=\"4\" fill=\"{colour}\"/>\
         <text x=\"{}\" y=\"{y}\" fill=\"#fff\">{}</text><text x=\"{label_at}\" y=\"{y}\">{}</text>",
        escaped(&text),
        y - 12,
        pixels(row.kind.len() + 1),
        kind + pixels(1) / 2,
        row.kind,
        escaped(&shortened(&text)),
    );
    if let Some(target) = target(row) {
        let _ = write!(out, "<text x=\"{target_at}\" y=\"{y}\" fill=\"#8a4b08\">{}</text>", escaped(&target));
    }
    out.push_str("</g>\n");
}

/// A line that runs level until all rows have ended, and only then goes up or down: it crosses no text.
fn draw_line(out: &mut String, from: (usize, usize), level: usize, to: (usize, usize), source: &Source) {
    let middle = (level + to.0) / 2;
    let _ = writeln!(
        out,
        "<path d=\"M{} {} H{level} C{middle} {} {middle} {} {} {}\" fill=\"none\" stroke=\"#bbb\">\
         <title>{}</title></path>",
        from.0,
        from.1,
        from.1,
        to.1,
        to.0,
        to.1,
        escaped(&format!("{source}")),
    );
}

fn draw_place(out: &mut String, place: &str, (x, y): (usize, usize)) {
    let text = shortened(place);
    let width = pixels(text.chars().count()) + 12;
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"20\" fill=\"#f3f0e6\" stroke=\"#8a4b08\"/>\
         <text x=\"{}\" y=\"{y}\">{}</text>",
        y - 14,
        x + 6,
        escaped(&text),
    );
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= DRAWN {
        return text.into();
    }
    text.chars().take(DRAWN - 1).chain(['…']).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // Control characters have no place in XML, not even escaped.
            c if c < ' ' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

//! SVG, for browsers: exports as a tree on the left, what they lead to on the right, a line from each to its place.

use crate::component::Component;
use crate::inspect::{Row, Source, export_rows};
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt::Write;

/// Pixels from row to row.
const ROW: usize = 20;
/// Pixels that a member stands to the right of its instance.
const INDENT: usize = 18;
/// Pixels of a character.
const CHAR: usize = 7;
/// Characters of a name or type that are drawn. The whole text is the element's title.
const DRAWN: usize = 72;
/// Rows that are drawn; no browser shows more.
const ROWS: usize = 20_000;

/// The export graph as an SVG document.
pub fn svg(component: &Component) -> String {
    let mut rows = export_rows(component);
    let left_out = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let width = rows.iter().map(right_end).max().unwrap_or(0) + 40;
    let places = place_rows(&rows);
    let place_chars = places.keys().map(|place| place.chars().count().min(DRAWN)).max().unwrap_or(0);
    let right = width + 160;
    let total = (right + place_chars * CHAR + 40, (rows.len() + 3) * ROW);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" \
         font-family=\"monospace\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>",
        total.0, total.1
    );
    let _ = writeln!(out, "<text x=\"10\" y=\"{ROW}\" font-weight=\"bold\">{:?}</text>", component.graph().id());
    for (i, row) in rows.iter().enumerate() {
        draw_row(&mut out, row, (i + 2) * ROW);
        if let Some(source) = &row.source {
            let y = places.get(source.place.as_str()).copied().unwrap_or(0);
            draw_line(&mut out, (right_end(row) + 8, (i + 2) * ROW - 4), (right, y - 4), source);
        }
    }
    for (place, y) in &places {
        draw_place(&mut out, place, (right, *y));
    }
    if left_out > 0 {
        let _ = writeln!(out, "<text x=\"10\" y=\"{}\">… and {left_out} more</text>", total.1 - ROW / 2);
    }
    out.push_str("</svg>\n");
    out
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
    let mut order: alloc::vec::Vec<_> = uses.into_iter().map(|(place, (sum, count))| (sum / count, place)).collect();
    order.sort_unstable();
    let mut next = 2 * ROW;
    let settle = |(y, place): (usize, &'a str)| {
        let y = y.max(next);
        next = y + 2 * ROW;
        (place, y)
    };
    order.into_iter().map(settle).collect()
}

/// The text of a row behind its kind.
fn label(row: &Row<'_>) -> String {
    let mut text = String::from(row.name);
    if let Some(ty) = &row.ty {
        let _ = write!(text, ": {ty}");
    }
    if let Some((index, again)) = row.export {
        let _ =
            write!(text, " [{}{}]", index.as_u32(), if again && row.kind == "instance" { ", see above" } else { "" });
    }
    text
}

fn right_end(row: &Row<'_>) -> usize {
    let chars = label(row).chars().count().min(DRAWN) + row.kind.len() + 3;
    10 + row.depth * INDENT + chars * CHAR
}

fn draw_row(out: &mut String, row: &Row<'_>, y: usize) {
    let x = 10 + row.depth * INDENT;
    let colour = match row.kind {
        "instance" => "#1f5fa8",
        "function" => "#1d7a3e",
        "module" => "#8a4b08",
        "resource" => "#8a1f6a",
        _ => "#555",
    };
    let pill = (row.kind.len() + 1) * CHAR;
    let text = label(row);
    let _ = writeln!(
        out,
        "<g><title>{}</title><rect x=\"{x}\" y=\"{}\" width=\"{pill}\" height=\"16\" rx=\"4\" fill=\"{colour}\"/>\
         <text x=\"{}\" y=\"{y}\" fill=\"#fff\">{}</text><text x=\"{}\" y=\"{y}\">{}</text></g>",
        escaped(&text),
        y - 12,
        x + CHAR / 2,
        row.kind,
        x + pill + CHAR,
        escaped(&shortened(&text)),
    );
}

fn draw_line(out: &mut String, from: (usize, usize), to: (usize, usize), source: &Source) {
    let middle = (from.0 + to.0) / 2;
    let _ = writeln!(
        out,
        "<path d=\"M{} {} C{middle} {} {middle} {} {} {}\" fill=\"none\" stroke=\"#bbb\"><title>{}</title></path>",
        from.0,
        from.1,
        from.1,
        to.1,
        to.0,
        to.1,
        escaped(&alloc::format!("{source}")),
    );
}

fn draw_place(out: &mut String, place: &str, (x, y): (usize, usize)) {
    let text = shortened(place);
    let width = text.chars().count() * CHAR + 12;
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

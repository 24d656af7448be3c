//! Plots, as HTML and SVG without a script.
//!
//! Bars are boxes whose width is a share of the page's, so they fit a phone; lines are an SVG that scales, drawn small
//! enough that its letters can still be read there.

use crate::curve::Curve;
use crate::report::page::{STYLE, escape};
use crate::section::{Row, Section, quantity};
use std::fmt::Write as _;

/// What a figure's bar stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The ratio to the base, doublings of equal width: what is faster reaches to the left of the line, what is slower to
    /// the right.
    Ratio,
    /// The figure itself, from nothing on.
    Plain,
}

/// The colour class of an engine.
pub fn family(engine: &str) -> &'static str {
    match engine {
        name if name.starts_with("coracle") => "ours",
        name if name.starts_with("wasmi") => "wasmi",
        "wasmtime" | "wasmtime-pooling" | "winch" | "pulley" => "wasmtime",
        _ => "other",
    }
}

/// A group of bars for each subject.
pub fn bars(section: &Section, scale: Scale) -> String {
    let mut out = String::from("<div class=\"bars\">");
    let value = |row: &Row| match scale {
        Scale::Ratio => row.ratio.map(|ratio| ratio.median),
        Scale::Plain => row.own.map(|own| own.median),
    };
    let all: Vec<f64> = section.rows.iter().filter_map(value).collect();
    for subject in section.subjects() {
        let _ = write!(out, "<section><h4>{}</h4>", escape(subject));
        for row in section.rows.iter().filter(|row| row.subject == subject) {
            out += &bar(row, value(row), &all, scale, &section.unit);
        }
        out += "</section>";
    }
    out + "</div>"
}

fn bar(row: &Row, value: Option<f64>, all: &[f64], scale: Scale, unit: &str) -> String {
    let name = escape(&row.engine);
    let Some(value) = value else {
        let note = escape(
            row.note.as_deref().and_then(|note| note.lines().next()).unwrap_or("no ratio: the base has no figure"),
        );
        return format!("<div class=\"bar\"><span>{name}</span><i class=\"none\">{note}</i></div>");
    };
    let (left, width) = place(value, all, scale);
    let own = row.own.map_or(String::new(), |own| quantity(own.median, unit));
    let text = match scale {
        Scale::Ratio if own.is_empty() => format!("{value:.2}"),
        Scale::Ratio => format!("{value:.2}<small> · {own}</small>"),
        Scale::Plain => own,
    };
    let (mark, noisy) = if row.is_noisy() { (" ≈", " noisy") } else { ("", "") };
    format!(
        "<div class=\"bar\"><span>{name}</span><i class=\"track{line}\" style=\"--one:{one:.2}%\">\
         <b class=\"{family}{noisy}\" style=\"left:{left:.2}%;width:{width:.2}%\"></b></i><em>{text}{mark}</em></div>",
        line = if scale == Scale::Ratio { " line" } else { "" },
        one = place(1.0, all, scale).0,
        family = family(&row.engine),
    )
}

/// Where a bar begins and how wide it is, in percent of its track.
fn place(value: f64, all: &[f64], scale: Scale) -> (f64, f64) {
    let most = all.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    if scale == Scale::Plain {
        return (0.0, value / most * 100.0);
    }
    let least = all.iter().copied().fold(1.0, f64::min).max(1e-6);
    let (low, high) = (least.log2().floor(), most.max(2.0).log2().ceil());
    let at = |value: f64| (value.max(1e-6).log2() - low) / (high - low) * 100.0;
    let (from, to) = (at(value.min(1.0)), at(value.max(1.0)));
    (from, to - from)
}

/// The left edge, right edge, top and bottom of the plane of lines, in units of the drawing.
const PLANE: [f64; 4] = [44.0, 412.0, 10.0, 216.0];

/// Speed over time, a line for each engine; as a share of the fastest.
pub fn lines(curves: &[&Curve]) -> String {
    let key = |curve: &Curve| {
        let name = escape(&curve.engine);
        format!("<span><svg viewBox=\"0 0 24 8\"><path class=\"curve {name}\" d=\"M0 4H24\"/></svg>{name}</span>")
    };
    let keys: String = shown(curves).map(key).collect();
    format!(
        "<svg viewBox=\"0 0 420 250\" role=\"img\" aria-label=\"speed over time\">{}</svg><p class=\"keys\">{keys}</p>",
        plane(curves)
    )
}

/// The same as a picture that stands alone.
pub fn picture(title: &str, curves: &[&Curve]) -> String {
    let key = |(index, curve): (usize, &Curve)| {
        let (name, x, y) = (escape(&curve.engine), 14 + index % 4 * 102, 262 + index / 4 * 16);
        format!("<path class=\"curve {name}\" d=\"M{x} {y}h18\"/><text x=\"{}\" y=\"{}\">{name}</text>", x + 22, y + 4)
    };
    let keys: String = shown(curves).enumerate().map(key).collect();
    let height = 260 + shown(curves).count().div_ceil(4) * 16;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 420 {height}\" role=\"img\"><title>{}</title>\
         <style>{STYLE}</style><rect width=\"420\" height=\"{height}\" style=\"fill:var(--card)\"/>{}{keys}</svg>\n",
        escape(title),
        plane(curves)
    )
}

fn shown<'a>(curves: &[&'a Curve]) -> impl Iterator<Item = &'a Curve> {
    curves.iter().copied().filter(|curve| !curve.points.is_empty())
}

/// Grid and lines, without what stands around them.
fn plane(curves: &[&Curve]) -> String {
    let curves: Vec<&Curve> = shown(curves).collect();
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let (most, end) = points().fold((0.0_f64, 1.0_f64), |(most, end), point| (most.max(point[1]), end.max(point[0])));
    if most == 0.0 {
        return String::new();
    }
    let [left, right, top, bottom] = PLANE;
    let x = |ms: f64| left + (right - left) * ms.max(1.0).log10() / end.max(10.0).log10();
    let y = |speed: f64| bottom - (bottom - top) * speed / most;
    let mut out = String::new();
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let at = y(share * most);
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{left} {at:.1}H{right}\"/><text x=\"40\" y=\"{:.1}\" text-anchor=\"end\">{:.0}%</text>",
            at + 4.0,
            share * 100.0
        );
    }
    for ms in [1.0, 10.0, 100.0, 1_000.0, 10_000.0].into_iter().filter(|ms| *ms <= end) {
        let text = if ms < 1_000.0 { format!("{ms} ms") } else { format!("{} s", ms / 1e3) };
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{at:.1} {top}V{bottom}\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
            bottom + 16.0,
            at = x(ms)
        );
    }
    for curve in &curves {
        let path: Vec<String> =
            curve.points.iter().map(|point| format!("{:.1} {:.1}", x(point[0]), y(point[1]))).collect();
        let name = escape(&curve.engine);
        let _ = write!(out, "<path class=\"curve {name}\" d=\"M{}\"><title>{name}</title></path>", path.join("L"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_alone() {
        let curve = Curve {
            subject: "p".into(),
            engine: "coracle-interp".into(),
            unit: "iterations".into(),
            points: vec![[10.0, 0.0], [100.0, 5.0]],
            done: vec![0.0, 0.5],
            first_ms: Some(10.0),
            last_ms: Some(100.0),
            note: None,
        };
        let absent = Curve { engine: "absent".into(), points: Vec::new(), ..curve.clone() };
        let picture = picture("a < b", &[&curve, &absent]);
        assert!(picture.starts_with("<svg xmlns") && picture.contains("<title>a &lt; b</title>"), "{picture}");
        assert!(picture.contains(">coracle-interp</text>") && !picture.contains("absent"), "{picture}");
    }

    #[test]
    fn bars_reach_from_the_line() {
        let all = [0.25, 1.0, 4.0];
        assert_eq!(place(1.0, &all, Scale::Ratio), (50.0, 0.0));
        assert_eq!(place(0.25, &all, Scale::Ratio), (0.0, 50.0));
        assert_eq!(place(4.0, &all, Scale::Ratio), (50.0, 50.0));
        assert_eq!(place(1.0, &all, Scale::Plain), (0.0, 25.0));
    }
}

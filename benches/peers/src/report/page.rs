//! Reports as one page that needs nothing else: no script, no font, no picture from elsewhere.

use crate::curve::Curve;
use crate::measure::geomean;
use crate::report::markdown::{cell, notes};
use crate::report::plot::{Scale, bars, lines};
use crate::report::{Report, targets};
use crate::section::{Row, Section, figure};
use std::fmt::Write as _;

pub const STYLE: &str = include_str!("page.css");

/// Engines whose speed is drawn over time; with all of them nothing could be told apart.
const DRAWN: [&str; 7] = ["coracle-interp", "coracle-tiered", "coracle-eager", "wasmi", "wasmtime", "winch", "pulley"];

/// Text as HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The page of all reports.
pub fn html(reports: &[Report]) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Coracle and its peers</title><style>{STYLE}</style><body><h1>Coracle and its peers</h1>\
         <p>Every figure is paired: in each round all engines run once, in an order that rotates, and ratios are taken within \
         the round. Less is better throughout. Bars of ratios reach to the left of the line for what is faster than the \
         base and to the right for what is slower, doublings of equal width; ≈ and paleness mark a figure whose samples \
         spread too much to be trusted.</p>"
    );
    if reports.len() > 1 {
        out += &machines(reports);
    }
    for report in reports {
        out += &one(report);
    }
    out + "</body></html>\n"
}

/// A table of text that may be wide.
fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let cells = |row: &[String], tag: &str| -> String {
        // Figures stand to the right, words to the left.
        let number = |cell: &str| tag == "td" && cell.starts_with(|c: char| c.is_ascii_digit() || "+-–".contains(c));
        let class = |index: usize, cell: &str| if index > 0 && number(cell) { " class=\"n\"" } else { "" };
        let cells = row.iter().enumerate().map(|(index, cell)| format!("<{tag}{}>{cell}</{tag}>", class(index, cell)));
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let rows: String = rows.iter().map(|row| cells(row, "td")).collect();
    format!("<div class=\"scroll\"><table>{}{rows}</table></div>", cells(head, "th"))
}

/// The geometric means of all machines side by side.
fn machines(reports: &[Report]) -> String {
    let means = |engine: &str| -> Vec<Option<f64>> {
        let mean = |report: &Report| {
            let ratios = report.sections.iter().find(|section| section.topic == "programs")?.ratios(engine);
            (!ratios.is_empty()).then(|| geomean(&ratios))
        };
        reports.iter().map(mean).collect()
    };
    let mut names: Vec<&str> = Vec::new();
    for engine in reports.iter().flat_map(|report| &report.engines) {
        if !names.contains(&engine.name.as_str()) {
            names.push(&engine.name);
        }
    }
    let head: Vec<String> = std::iter::once(String::new())
        .chain(reports.iter().map(|report| escape(&format!("{}, {}", report.machine.cpu, report.date))))
        .chain(["range".to_owned()])
        .collect();
    let rows: Vec<Vec<String>> = names
        .iter()
        .map(|name| {
            let means = means(name);
            let known: Vec<f64> = means.iter().flatten().copied().collect();
            let (low, high) = known.iter().fold((f64::MAX, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
            let range = if known.is_empty() { String::new() } else { format!("{low:.2}–{high:.2}") };
            let cells = means.iter().map(|mean| mean.map_or("–".to_owned(), |mean| format!("{mean:.3}")));
            std::iter::once(escape(name)).chain(cells).chain([range]).collect()
        })
        .collect();
    "<h2>All machines</h2><p class=\"about\">Geometric mean of the ratios over all programs.</p>".to_owned()
        + &table(&head, &rows)
}

fn one(report: &Report) -> String {
    let machine = &report.machine;
    let mut out = format!("<h2>{}, {}</h2>", escape(&machine.cpu), report.date);
    if !report.finished {
        out += "<p class=\"bad\">Unfinished: the run was interrupted, and what was not measured is missing.</p>";
    }
    if report.settings.quick {
        out += "<p class=\"bad\">A quick run: good for a look, not for a claim.</p>";
    }
    out += &setting(report);
    out += &verdicts(report);
    for section in report.sections.iter().filter(|section| !section.rows.is_empty()) {
        out += &figures(section);
    }
    out + &curves(report)
}

fn setting(report: &Report) -> String {
    let (machine, settings) = (&report.machine, &report.settings);
    let mut out = format!(
        "<p class=\"soft\">{} processors, {} MiB, {}; load {} before and {} after; {}, {}, {}; {} rounds of {} ms.</p>",
        machine.cores,
        machine.memory_mib,
        escape(&machine.system),
        figure(machine.load_before),
        figure(machine.load_after),
        escape(&machine.rustc),
        escape(&machine.profile),
        escape(&machine.target),
        settings.runs,
        settings.run_ms,
    );
    let engine = |engine: &crate::report::Engine| {
        [&engine.name, &engine.about, &engine.version].map(|text| escape(text)).to_vec()
    };
    let rows: Vec<Vec<String>> = report.engines.iter().map(engine).collect();
    let head = ["engine", "what it is", "version"].map(str::to_owned);
    let _ = write!(out, "<details><summary>Engines</summary>{}</details>", table(&head, &rows));
    out
}

fn verdicts(report: &Report) -> String {
    let head = ["target", "measured", "verdict", "gate", "goal"].map(str::to_owned);
    let rows: Vec<Vec<String>> = targets::all(report)
        .iter()
        .map(|target| {
            let class = match target.value {
                Some(value) if value > target.gate => "bad",
                Some(_) => "good",
                None => "soft",
            };
            let verdict = format!("<span class=\"verdict {class}\">{}</span>", target.verdict());
            let value = target.value.map_or("–".to_owned(), figure);
            vec![escape(&target.what), value, verdict, figure(target.gate), figure(target.goal)]
        })
        .collect();
    "<h3>Targets</h3>".to_owned() + &table(&head, &rows)
}

/// The geometric means of a section as bars of their own.
fn means(section: &Section) -> Option<String> {
    let bases: Vec<&str> = section.rows.iter().filter(|row| row.ratio.is_some()).map(|row| row.base.as_str()).collect();
    if section.subjects().len() < 3 || bases.iter().any(|base| *base != bases[0]) {
        return None;
    }
    let row = |engine: &str| {
        let ratios = section.ratios(engine);
        let mean = (!ratios.is_empty()).then(|| crate::measure::Spread::of(&[geomean(&ratios)]));
        Row {
            subject: format!("Geometric mean, to {}", bases.first().unwrap_or(&"")),
            engine: engine.to_owned(),
            ratio: mean,
            note: mean.is_none().then(|| "no figure".to_owned()),
            ..Row::default()
        }
    };
    let rows = section.engines().into_iter().map(row).collect();
    Some(bars(&Section { rows, ..section.clone() }, Scale::Ratio))
}

fn figures(section: &Section) -> String {
    let scale = if section.topic == "memory" { Scale::Plain } else { Scale::Ratio };
    let mut out = format!(
        "<h3>{}</h3><p class=\"about\">{} Unit: {}.</p>",
        escape(&section.title),
        escape(&section.about),
        escape(&section.unit)
    );
    if let Some(means) = means(section) {
        out += &means;
    }
    out += &bars(section, scale);
    let engines = section.engines();
    let head: Vec<String> = std::iter::once(String::new()).chain(engines.iter().map(|engine| escape(engine))).collect();
    let rows: Vec<Vec<String>> = section
        .subjects()
        .iter()
        .map(|subject| {
            let cells = engines.iter().map(|engine| section.row(subject, engine).map_or(String::new(), cell));
            std::iter::once(escape(subject)).chain(cells).collect()
        })
        .collect();
    let notes: String =
        notes(section).lines().filter(|line| !line.is_empty()).map(|line| format!("<p>{}</p>", escape(line))).collect();
    let _ = write!(out, "<details><summary>As a table</summary>{}{notes}</details>", table(&head, &rows));
    out
}

fn curves(report: &Report) -> String {
    if report.curves.is_empty() {
        return String::new();
    }
    let mut out = "<h3>Speed over time</h3><p class=\"about\">Since before the program is loaded; time in powers of ten, speed as a share of the fastest.</p>".to_owned();
    for (subject, drawn) in drawn(report) {
        let _ = write!(out, "<h4>{}</h4><figure>{}</figure>", escape(subject), lines(&drawn));
    }
    out
}

/// The curves of each program, of those engines that are drawn.
pub fn drawn(report: &Report) -> Vec<(&str, Vec<&Curve>)> {
    let mut subjects: Vec<&str> = report.curves.iter().map(|curve| curve.subject.as_str()).collect();
    subjects.dedup();
    let of = |subject| {
        let wanted = |curve: &&Curve| curve.subject == subject && DRAWN.contains(&curve.engine.as_str());
        (subject, report.curves.iter().filter(wanted).collect())
    };
    subjects.into_iter().map(of).collect()
}

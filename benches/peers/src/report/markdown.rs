//! A report as Markdown: for an issue, a terminal, a diff.

use crate::measure::geomean;
use crate::report::{Report, targets};
use crate::section::{NOISY, Row, Section, figure};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut out = format!("# Coracle and its peers, {}\n\n", report.date);
    if !report.finished {
        out += "**Unfinished**: the run was interrupted, and what was not measured is missing.\n\n";
    }
    out += &setting(report);
    out += &verdicts(report);
    for section in report.sections.iter().filter(|section| !section.rows.is_empty()) {
        out += &one(section);
    }
    out += &curves(report);
    out
}

/// A line of a table. Bars are the table's own.
fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn head(cells: &[&str]) -> String {
    line(cells.iter().map(|cell| (*cell).to_owned())) + &line(cells.iter().map(|_| "---".to_owned()))
}

fn setting(report: &Report) -> String {
    let (machine, settings) = (&report.machine, &report.settings);
    let mut out = head(&["what", "with what"]);
    let kind = if settings.quick { "quick: good for a look, not for a claim; " } else { "" };
    let rows = [
        ("processor", machine.cpu.clone()),
        ("machine", format!("{} processors, {} MiB, {}", machine.cores, machine.memory_mib, machine.system)),
        ("load", format!("{} before, {} after", figure(machine.load_before), figure(machine.load_after))),
        ("build", format!("{}, {}, {}", machine.rustc, machine.profile, machine.target)),
        (
            "run",
            format!("{kind}{} rounds of {} ms, {} ms of warming", settings.runs, settings.run_ms, settings.warm_ms),
        ),
    ];
    for (name, value) in rows {
        out += &line([name.to_owned(), value]);
    }
    for engine in &report.engines {
        out += &line([format!("`{}`", engine.name), format!("{}: {}", engine.about, engine.version)]);
    }
    out + "\n"
}

fn verdicts(report: &Report) -> String {
    let mut out = "## Targets\n\n".to_owned() + &head(&["what", "gate", "goal", "measured", "verdict"]);
    for target in targets::all(report) {
        let value = target.value.map_or("–".to_owned(), figure);
        let verdict = target.verdict();
        out += &line([target.what, figure(target.gate), figure(target.goal), value, verdict]);
    }
    out + "\n"
}

/// A row's figure, its ratio and its mark, in one cell.
pub fn cell(row: &Row) -> String {
    let Some(own) = row.own else { return "–".to_owned() };
    let ratio =
        row.ratio.filter(|_| row.base != row.engine).map_or(String::new(), |ratio| format!(" ({:.2} ×)", ratio.median));
    format!("{}{ratio}{}", figure(own.median), if row.is_noisy() { " ≈" } else { "" })
}

fn one(section: &Section) -> String {
    let engines = section.engines();
    let mut out = format!("## {}\n\n{}\nMedians, in {}", section.title, section.about, section.unit);
    out += &match bases(section).as_slice() {
        [base] => format!("; in brackets the ratio to `{base}`"),
        [] => String::new(),
        many => format!("; in brackets the ratio to {}", many.join(" or ")),
    };
    out += &format!("; ≈: the middle half of the samples spreads over more than {:.0} %.\n\n", NOISY * 100.0);
    let heads: Vec<&str> = std::iter::once("").chain(engines.iter().copied()).collect();
    out += &head(&heads);
    for subject in section.subjects() {
        let cells = engines.iter().map(|engine| section.row(subject, engine).map_or(String::new(), cell));
        out += &line(std::iter::once(subject.to_owned()).chain(cells));
    }
    if section.subjects().len() > 2 && bases(section).len() == 1 {
        let means = engines.iter().map(|engine| {
            let ratios = section.ratios(engine);
            if ratios.is_empty() { "–".to_owned() } else { format!("**{:.3}** ({})", geomean(&ratios), ratios.len()) }
        });
        out += &line(std::iter::once("geometric mean of the ratios (of how many)".to_owned()).chain(means));
    }
    out += &others(section);
    out += &notes(section);
    out + "\n"
}

/// Tables of the other figures.
fn others(section: &Section) -> String {
    let engines = section.engines();
    let mut names: Vec<&String> = section.rows.iter().flat_map(|row| row.more.keys()).collect();
    names.sort();
    names.dedup();
    let mut out = String::new();
    for name in names {
        let heads: Vec<&str> = std::iter::once(name.as_str()).chain(engines.iter().copied()).collect();
        let _ = write!(out, "\n{}", head(&heads));
        for subject in section.subjects() {
            let cells = engines.iter().map(|engine| {
                let value = section.row(subject, engine).and_then(|row| row.more.get(name));
                value.map_or("–".to_owned(), |value| figure(*value))
            });
            out += &line(std::iter::once(subject.to_owned()).chain(cells));
        }
    }
    out
}

/// Why figures are missing: each reason once.
pub fn notes(section: &Section) -> String {
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in &section.rows {
        if let Some(note) = &row.note {
            let first = note.lines().next().unwrap_or_default();
            reasons.entry((&row.engine, first)).or_default().push(&row.subject);
        }
    }
    let lines: String = reasons
        .iter()
        .map(|((engine, why), subjects)| format!("- `{engine}` on {}: {why}\n", subjects.join(", ")))
        .collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// The engines that ratios are to.
fn bases(section: &Section) -> Vec<&str> {
    let mut bases: Vec<&str> =
        section.rows.iter().filter(|row| row.ratio.is_some()).map(|row| row.base.as_str()).collect();
    bases.sort_unstable();
    bases.dedup();
    bases
}

fn curves(report: &Report) -> String {
    if report.curves.is_empty() {
        return String::new();
    }
    let mut out =
        "## Speed over time\n\nWhat was done per second in the span of time that ends then, since before the load.\n"
            .to_owned();
    let mut subjects: Vec<&str> = report.curves.iter().map(|curve| curve.subject.as_str()).collect();
    subjects.dedup();
    for subject in subjects {
        let times = [10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0];
        let unit = report.curves.iter().find(|curve| curve.subject == subject).map_or("", |curve| &curve.unit);
        let heads: Vec<String> = [format!("{subject}, {unit}"), "first, ms".to_owned(), "last, ms".to_owned()]
            .into_iter()
            .chain(times.iter().map(|ms| format!("{ms} ms")))
            .collect();
        let _ = write!(out, "\n{}", head(&heads.iter().map(String::as_str).collect::<Vec<_>>()));
        for curve in report.curves.iter().filter(|curve| curve.subject == subject) {
            let at = |ms: &f64| {
                curve.points.iter().find(|point| point[0] >= *ms).map_or("–".to_owned(), |point| figure(point[1]))
            };
            let first = curve.first_ms.map_or_else(|| curve.note.clone().unwrap_or_default(), figure);
            let last = curve.last_ms.map_or("–".to_owned(), figure);
            out += &line([format!("`{}`", curve.engine), first, last].into_iter().chain(times.iter().map(at)));
        }
    }
    out
}

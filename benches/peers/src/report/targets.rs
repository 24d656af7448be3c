//! What Coracle wants to be, as rows: met or not, and by how much.

use crate::measure::geomean;
use crate::report::Report;
use crate::section::Section;
use std::collections::BTreeSet;

/// One of them, with what was measured.
pub struct Target {
    /// What is wanted to be small.
    pub what: String,
    /// What it must not exceed.
    pub gate: f64,
    /// What it should not exceed.
    pub goal: f64,
    /// What it is; none if this report does not say.
    pub value: Option<f64>,
}

impl Target {
    /// In a word, with the distance to what was missed or met.
    pub fn verdict(&self) -> String {
        let Some(value) = self.value else { return "not measured".to_owned() };
        let percent = |limit: f64| format!("{:+.0} %", (value / limit - 1.0) * 100.0);
        if value <= self.goal {
            format!("goal met ({})", percent(self.goal))
        } else if value <= self.gate {
            format!("gate met ({}), goal not ({})", percent(self.gate), percent(self.goal))
        } else {
            format!("missed ({})", percent(self.gate))
        }
    }
}

/// Programs of which calls are most of the work; those of other collections too, which `--with` may bring.
const CALLS: [&str; 6] = ["calls", "dispatch", "boxes", "fib", "bintrees", "vdispatch"];

/// All of them.
pub fn all(report: &Report) -> Vec<Target> {
    let of = |topic: &str| report.sections.iter().find(|section| section.topic == topic);
    let programs = |own: &str, base: &str, only: &[&str]| of("programs").and_then(|s| against(s, own, base, only));
    let ratio = |topic: &str, subject: &str, engine: &str| {
        of(topic).and_then(|section| Some(section.row(subject, engine)?.ratio?.median))
    };
    let medians = |topic: &str, subject: &str, own: &str, base: &str| {
        let median = |engine: &str| of(topic).and_then(|section| Some(section.row(subject, engine)?.own?.median));
        Some(median(own)? / median(base)?)
    };
    let may_wait = |engine: &str| {
        let median = |subject: &str| Some(of("calls")?.row(subject, engine)?.own?.median);
        Some(median(MAY_WAIT)? / median(INTO_GUEST)?)
    };
    let peak = |engine: &str| of("real").and_then(|s| s.row("esbuild", engine)?.more.get("peak_MiB").copied());
    let row =
        |what: &str, gate: f64, goal: f64, value: Option<f64>| Target { what: what.to_owned(), gate, goal, value };
    vec![
        row("interpreter ÷ wasmi, all programs", 1.0, 0.7, programs("coracle-interp", "wasmi", &[])),
        row("interpreter ÷ wasmi, programs of calls", 0.75, 0.5, programs("coracle-interp", "wasmi", &CALLS)),
        row("portable dispatch ÷ wasmi's tail dispatch", 1.9, 1.4, programs("coracle-portable", "wasmi", &[])),
        row("interpreter with fuel ÷ without", 1.06, 1.06, programs("coracle-interp-fuel", "coracle-interp", &[])),
        row("native ÷ Cranelift, steady", 1.1, 1.0, programs("coracle-eager", "wasmtime", &[])),
        row("as it comes ÷ Cranelift, steady", 1.1, 1.0, programs("coracle-tiered", "wasmtime", &[])),
        row("native with fuel ÷ Cranelift without", 1.25, 1.1, programs("coracle-eager-fuel", "wasmtime", &[])),
        row("first result of a module of 14 MB ÷ wasmi, time", 1.2, 1.0, ratio("real", "esbuild", "coracle-tiered")),
        row(
            "first result of a module of 14 MB ÷ wasmi, peak memory",
            1.2,
            1.0,
            peak("coracle-tiered").zip(peak("wasmi")).map(|(own, base)| own / base),
        ),
        row("as it comes ÷ the better of interpreting and compiling first, a second's work", 1.0, 1.0, tier_up(report)),
        row("typed call of flat values, native ÷ wasmtime", 1.0, 0.5, ratio("lookup", TYPED, "coracle-eager")),
        row("function by index ÷ wasmtime", 1.0, 0.5, ratio("lookup", "instance: func by index", "coracle-eager")),
        row("typed function through a pre ÷ wasmtime by index", 1.0, 0.5, ratio("lookup", PRE, "coracle-eager")),
        row(
            "small component made and dropped ÷ wasmtime on demand",
            1.0,
            1.0,
            medians("instantiate", SMALL, "coracle-tiered", "wasmtime"),
        ),
        row(
            "small component made and dropped ÷ wasmtime with pooling",
            1.0,
            1.0,
            medians("instantiate", SMALL, "coracle-tiered", "wasmtime-pooling"),
        ),
        row("`call_async` ÷ `call`, flat, interpreter", 1.5, 1.5, may_wait("coracle-interp")),
        row("`call_async` ÷ `call`, flat, native", 1.5, 1.5, may_wait("coracle-eager")),
        row("async host function, ready at once, ÷ wasmtime", 1.0, 0.6, ratio("calls", AWAITED, "coracle-eager")),
        row("guest to guest, flat, interpreter ÷ Pulley", 0.5, 0.5, ratio("calls", BETWEEN, "coracle-interp")),
        row("guest to guest, flat, native ÷ wasmtime", 2.0, 1.0, ratio("calls", BETWEEN, "coracle-eager")),
    ]
}

const TYPED: &str = "call, flat, typed (eager)";
const PRE: &str = "typed func by pre / typed func by index";
const SMALL: &str = "small component, 1 thread";
const AWAITED: &str = "func_wrap_async, ready: guest → host";
const MAY_WAIT: &str = "call_async: host → guest";
const INTO_GUEST: &str = "host → guest: flat";
const BETWEEN: &str = "guest → guest: flat";

/// The geometric mean of one engine's medians over another's, where both have one.
pub fn against(section: &Section, own: &str, base: &str, only: &[&str]) -> Option<f64> {
    let median = |subject: &str, engine: &str| Some(section.row(subject, engine)?.own?.median);
    let subjects: BTreeSet<&str> =
        section.subjects().into_iter().filter(|subject| only.is_empty() || only.contains(subject)).collect();
    let ratios: Vec<f64> =
        subjects.into_iter().filter_map(|subject| Some(median(subject, own)? / median(subject, base)?)).collect();
    (!ratios.is_empty()).then(|| geomean(&ratios))
}

/// The time in which the engine as it comes does what the better of its two tiers alone does in a second, in seconds;
/// the worst of the programs.
fn tier_up(report: &Report) -> Option<f64> {
    let of = |subject: &str, engine: &str| {
        report.curves.iter().find(|curve| curve.subject == subject && curve.engine == engine)
    };
    let subjects: BTreeSet<&str> = report.curves.iter().map(|curve| curve.subject.as_str()).collect();
    let times = subjects.into_iter().filter_map(|subject| {
        let done = |engine| of(subject, engine).and_then(|curve| curve.done_by(1_000.0));
        let best = done("coracle-interp")?.max(done("coracle-eager")?);
        Some(of(subject, "coracle-tiered")?.reaches(best)? / 1_000.0)
    });
    times.max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_say_by_how_much() {
        let verdict = |value| Target { what: String::new(), gate: 1.0, goal: 0.5, value }.verdict();
        assert_eq!(verdict(None), "not measured");
        assert_eq!(verdict(Some(0.25)), "goal met (-50 %)");
        assert_eq!(verdict(Some(0.75)), "gate met (-25 %), goal not (+50 %)");
        assert_eq!(verdict(Some(1.2)), "missed (+20 %)");
    }
}

//! Tier-up: how much of a program's work is done by when, from before it is loaded.
//!
//! A worker runs short calls one after the other and says when each ended; of a command, what it prints is looked at. Speeds are the slope of what was done, in spans
//! of time that grow by a fixed factor, and of each span the median over the rounds.

use crate::commands::Command;
use crate::interrupt;
use crate::measure::{Spread, run_command};
use crate::programs::Pace;
use crate::worker::{Ask, Worker};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// The end of the first span, in ms.
const FIRST_MS: f64 = 1.0;
/// How much longer each span lasts than the one before.
const GROWTH: f64 = 1.25;

/// What one engine did of a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// The program.
    pub subject: String,
    /// The engine.
    pub engine: String,
    /// What is counted.
    #[serde(default = "iterations")]
    pub unit: String,
    /// Ends of spans, in ms since before the load, and how much was done per second in them.
    pub points: Vec<[f64; 2]>,
    /// How much was done by the end of each span.
    pub done: Vec<f64>,
    /// When the first of it was done, in ms.
    pub first_ms: Option<f64>,
    /// When the last of it was done, in ms.
    #[serde(default)]
    pub last_ms: Option<f64>,
    /// Why there are no points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One program in all engines.
pub fn measure(path: &Path, subject: &str, engines: &[String], ms: u64, pace: &Pace) -> Vec<Curve> {
    let runs = rounds(engines.len(), pace.runs.min(3), |index| run(path, &engines[index], ms, pace));
    drawn(subject, "iterations", engines, &runs, ms as f64)
}

/// Commands that do the same and print as they go: the speed of a command is that of its output.
pub fn of_commands(subject: &str, names: &[String], commands: &[Command], runs: usize) -> Vec<Curve> {
    let runs = rounds(commands.len(), runs, |index| {
        let Command { words, quiet } = &commands[index];
        let ended = run_command(words, *quiet)?;
        ensure!(ended.code == 0, "{}", ended.stderr.lines().next().unwrap_or("it said nothing"));
        Ok(kibibytes(&ended.arrivals))
    });
    let end = runs.iter().flatten().flatten().flatten().copied().fold(FIRST_MS, f64::max);
    drawn(subject, "KiB of output", names, &runs, end)
}

/// For each runner, the times of each round at which one more unit of work was done, or why there are none.
type Runs = [Result<Vec<Vec<f64>>>];

fn rounds(runners: usize, rounds: usize, mut run: impl FnMut(usize) -> Result<Vec<f64>>) -> Vec<Result<Vec<Vec<f64>>>> {
    let mut runs: Vec<Result<Vec<Vec<f64>>>> = (0..runners).map(|_| Ok(Vec::new())).collect();
    for round in (0..rounds).take_while(|_| !interrupt::wanted()) {
        for turn in 0..runners {
            let index = (round + turn) % runners;
            let Ok(ends) = &mut runs[index] else { continue };
            match run(index) {
                Ok(run) => ends.push(run),
                Err(error) => runs[index] = Err(error),
            }
        }
    }
    runs
}

fn drawn(subject: &str, unit: &str, engines: &[String], runs: &Runs, ms: f64) -> Vec<Curve> {
    let spans: Vec<f64> = std::iter::successors(Some(FIRST_MS), |end| Some(end * GROWTH))
        .take_while(|end| *end < ms)
        .chain([ms])
        .collect();
    let curve = |(engine, runs): (&String, &Result<Vec<Vec<f64>>>)| {
        let note = match runs {
            Err(error) => Some(format!("{error:#}")),
            Ok(runs) if runs.iter().all(Vec::is_empty) => Some("interrupted".to_owned()),
            Ok(_) => None,
        };
        let runs = runs.as_ref().map_or(&[][..], Vec::as_slice);
        let median =
            |of: &dyn Fn(&[f64]) -> f64| Spread::of(&runs.iter().map(|run| of(run)).collect::<Vec<_>>()).median;
        // A command ends before others do; the span in which it does says nothing of its speed.
        let end = if note.is_some() { 0.0 } else { median(&|run| run.last().copied().unwrap_or_default()) };
        let whole = spans.partition_point(|span| *span <= end);
        let speed = |(start, end): (&f64, &f64)| {
            [*end, median(&|run| (done(run, *end) - done(run, *start)) / (end - start)) * 1e3]
        };
        Curve {
            subject: subject.to_owned(),
            engine: engine.clone(),
            unit: unit.to_owned(),
            points: std::iter::once(&0.0).chain(&spans).zip(&spans[..whole]).map(speed).collect(),
            done: spans[..whole].iter().map(|end| median(&|run| done(run, *end))).collect(),
            first_ms: note.is_none().then(|| median(&|run| run.first().copied().unwrap_or_default())),
            last_ms: note.is_none().then_some(end),
            note,
        }
    };
    engines.iter().zip(runs).map(curve).collect()
}

/// When each whole KiB of what was printed had come, in ms.
fn kibibytes(arrivals: &[(usize, Duration)]) -> Vec<f64> {
    let mut ends = Vec::new();
    for (bytes, at) in arrivals {
        ends.resize(bytes >> 10, at.as_secs_f64() * 1e3);
    }
    ends
}

fn run(path: &Path, engine: &str, ms: u64, pace: &Pace) -> Result<Vec<f64>> {
    let mut worker = Worker::start(engine)?;
    worker.ask(&Ask::Load { path: path.to_owned(), export: "run".into() }, pace.within())?;
    let within = pace.within() + Duration::from_millis(ms);
    Ok(worker.ask(&Ask::Curve { n: 1, ms }, within)?.ends_ms)
}

/// What is counted where nothing is said.
fn iterations() -> String {
    "iterations".to_owned()
}

/// How much was done by a time, the last of it in part.
fn done(ends: &[f64], ms: f64) -> f64 {
    let whole = ends.partition_point(|end| *end <= ms);
    let start = if whole == 0 { 0.0 } else { ends[whole - 1] };
    // Before the first result nothing shows: how much of that is loading is not known.
    let part = if whole == 0 { 0.0 } else { ends.get(whole).map_or(0.0, |end| (ms - start) / (end - start)) };
    whole as f64 + part
}

impl Curve {
    /// When so much was done, in ms, if it was by the end.
    pub fn reaches(&self, wanted: f64) -> Option<f64> {
        let span = self.done.iter().position(|done| *done >= wanted)?;
        let (end, last) = (self.points[span][0], self.done[span]);
        let (start, first) = if span == 0 { (0.0, 0.0) } else { (self.points[span - 1][0], self.done[span - 1]) };
        Some(start + (end - start) * (wanted - first) / (last - first).max(1e-9))
    }

    /// How much was done by a time, as the points say.
    pub fn done_by(&self, ms: f64) -> Option<f64> {
        let span = self.points.iter().position(|point| point[0] >= ms)?;
        let end = self.points[span][0];
        Some(self.done[span] - (end - ms) / 1e3 * self.points[span][1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_between_ends() {
        let ends = [10.0, 20.0, 40.0];
        assert_eq!(
            [0.0, 9.0, 10.0, 15.0, 30.0, 40.0, 90.0].map(|ms| done(&ends, ms)),
            [0.0, 0.0, 1.0, 1.5, 2.5, 3.0, 3.0]
        );
    }

    #[test]
    fn a_command_is_as_fast_as_what_it_prints() {
        let at = Duration::from_millis;
        let ends = kibibytes(&[(100, at(1)), (2_100, at(5)), (2_200, at(7)), (3_072, at(9))]);
        assert_eq!(ends, [5.0, 5.0, 9.0]);
        let words = |text: &str| Command { words: ["sh", "-c", text].map(str::to_owned).to_vec(), quiet: true };
        let commands = [words("sleep 0.01; head -c 4096 /dev/zero"), words("echo no >&2; exit 1")];
        let curves = of_commands("s", &["a".to_owned(), "b".to_owned()], &commands, 1);
        assert_eq!(curves[0].done.last(), Some(&4.0));
        assert_eq!((curves[1].note.as_deref(), curves[1].points.len()), (Some("no"), 0));
    }

    #[test]
    fn a_curve_says_when() {
        let points = vec![[10.0, 0.0], [20.0, 100.0], [40.0, 200.0]];
        let curve = Curve {
            subject: "p".into(),
            engine: "e".into(),
            unit: iterations(),
            points,
            done: vec![0.0, 1.0, 5.0],
            first_ms: Some(12.0),
            last_ms: Some(40.0),
            note: None,
        };
        assert_eq!(curve.reaches(3.0), Some(30.0));
        assert_eq!(curve.reaches(9.0), None);
        assert_eq!(curve.done_by(30.0), Some(3.0));
    }
}
